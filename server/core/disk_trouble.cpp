#include "server/core/disk_trouble.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/base/log.h"
#include "server/core/server_core.h"

namespace loa::server {
namespace {

constexpr seconds kProveEvery{5};
constexpr std::string_view kFull = "disk.full";
constexpr std::string_view kFailing = "disk.failing";

std::string argument(const Text& text, std::size_t at) {
  return at < text.args.size() ? text.args[at] : std::string{};
}

bool is_full(const Text& why) {
  return why.code == "db.disk_full" || why.code == "file.disk_full";
}

bool is_failing(const Text& why) {
  return why.code == "db.io_failed" || why.code == "file.cannot_write" || why.code == "intake.output";
}

}  // namespace

bool is_disk_trouble(const Text& why) {
  return is_full(why) || is_failing(why);
}

void ServerCore::note_trouble(const Text& why) {
  if (why.code == "db.damaged") alarms_.raise(why);
  if (!is_disk_trouble(why)) return;
  disk_ = Disk::kInTrouble;
  next_tick_ = std::min(next_tick_, handled_ + kProveEvery);
  if (is_full(why))
    alarms_.raise({std::string{kFull}, {argument(why, 0)}});
  else
    alarms_.raise({std::string{kFailing}, {argument(why, 0), argument(why, 1)}});
}

bool ServerCore::book_or_owe(std::function<void()> book) {
  try {
    if (owed_.empty()) {
      book();
      return true;
    }
  } catch (const Error& error) {
    if (!is_disk_trouble(error.text())) throw;
    log::warning("not in the books yet", {{"why", error.what()}});
    note_trouble(error.text());
  }
  owed_.push_back(std::move(book));
  return false;
}

void ServerCore::recover(Now now) {
  if (disk_ == Disk::kInTrouble) {
    next_tick_ = now.mono + kProveEvery;
    store_.prove_writable();
    while (!owed_.empty()) {
      try {
        owed_.front()();
      } catch (const Error& error) {
        if (is_disk_trouble(error.text())) throw;
        log::error("what was owed to the books cannot be written", {{"why", error.what()}});
      }
      owed_.pop_front();
    }
    disk_ = Disk::kGood;
    next_tick_ = now.mono + settings_.tick;
    alarms_.clear(kFull);
    alarms_.clear(kFailing);
  }
  if (cut_off_.empty() || now.mono < next_intake_) return;
  for (const RecordingId& recording : std::exchange(cut_off_, {})) start_intake(recording);
}

}  // namespace loa::server
