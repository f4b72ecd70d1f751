#include "server/signer/journal.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/base/log.h"

namespace loa::signer {

using nlohmann::json;

Journal::Journal(const std::filesystem::path& folder, std::int64_t most_bytes) : most_bytes_(most_bytes) {
  std::array<struct stat, 2> states{};
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::filesystem::path file = folder / ("journal." + std::to_string(i));
    parts_[i].file = Descriptor(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!parts_[i].file.is_open() || ::fstat(parts_[i].file.number(), &states[i]) != 0)
      throw Error("file.cannot_write", {file.string(), std::strerror(errno)});
    parts_[i].bytes = states[i].st_size;
    reserve(parts_[i]);
  }
  // The one with room that holds something; when both are full, the one that was written last.
  const auto is_full = [&](std::size_t i) { return parts_.at(i).bytes >= most_bytes_; };
  const auto written = [&](std::size_t i) {
    return std::pair{states.at(i).st_mtim.tv_sec, states.at(i).st_mtim.tv_nsec};
  };
  const bool is_second = is_full(0) == is_full(1) ? written(1) > written(0) : is_full(0);
  if (parts_[1].bytes > 0 && (parts_[0].bytes == 0 || is_second)) current_ = 1;
}

bool Journal::write(std::string_view audience, const Signed& what) {
  return append(json{{"at", format_utc(what.issued)},
                     {"type", wire::rule_of(what.type).payload_type},
                     {"audience", audience},
                     {"seq", what.seq},
                     {"sha256", wire::name_of_body(what.body)}}
                    .dump());
}

void Journal::write_start(std::string_view key_id, WallTime now) {
  (void)append(json{{"at", format_utc(now)}, {"type", "start"}, {"key", key_id}}.dump());
}

bool Journal::append(const std::string& line) {
  if (parts_.at(current_).bytes >= most_bytes_) {
    current_ = 1 - current_;
    if (::ftruncate(parts_.at(current_).file.number(), 0) == 0) parts_.at(current_).bytes = 0;
    reserve(parts_.at(current_));
  }
  Part& part = parts_.at(current_);
  const std::string whole = line + "\n";
  const ssize_t written = ::write(part.file.number(), whole.data(), whole.size());
  state_ = State::kDirty;
  if (written == static_cast<ssize_t>(whole.size())) {
    part.bytes += written;
    return true;
  }
  log::error("journal line not written", {{"why", std::strerror(written < 0 ? errno : ENOSPC)}});
  // Half a line would spoil the next one.
  if (written > 0 && ::ftruncate(part.file.number(), part.bytes) != 0) part.bytes += written;
  return false;
}

void Journal::reserve(const Part& part) const {
  const std::int64_t room = most_bytes_ - part.bytes;
  if (room > 0 && ::fallocate(part.file.number(), FALLOC_FL_KEEP_SIZE, part.bytes, room) != 0)
    log::warning("no room kept for the journal", {{"why", std::strerror(errno)}});
}

void Journal::on_idle(MonoTime now) {
  if (state_ == State::kClean || (synced_ != MonoTime::min() && now - synced_ < kSyncEvery)) return;
  for (const Part& part : parts_)
    if (::fdatasync(part.file.number()) != 0) log::error("journal not synced", {{"why", std::strerror(errno)}});
  state_ = State::kClean;
  synced_ = now;
}

}  // namespace loa::signer
