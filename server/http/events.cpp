#include "server/http/events.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/log.h"
#include "server/http/schemas.h"

namespace loa::server {

using nlohmann::json;

namespace {

constexpr milliseconds kLookEvery{500};
constexpr seconds kHeartbeat{15};
// Who may listen is asked again by the browser's next request.
constexpr std::chrono::minutes kLongestListening{30};
// More at once is cheaper asked for as a whole.
constexpr std::size_t kMostNodes = 100;
constexpr std::int64_t kMostDeeds = 100;

// After one of these, somebody who listens may have lost the right to.
bool concerns_rights(std::string_view action) {
  static constexpr std::array<std::string_view, 6> kActions = {
      "change_person", "close_person", "invite_person", "change_password", "revoke_token", "confirm_second_factor"};
  return std::ranges::find(kActions, action) != kActions.end();
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

EventDesk::EventDesk(Store books, const Alarms& alarms) : books_(std::move(books)), alarms_(alarms) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

EventDesk::~EventDesk() {
  thread_.request_stop();
  joined_.notify_all();
  thread_.join();
  for (Listener& each : listeners_) each.stream.close();
}

void EventDesk::join(http::EventStream stream, std::optional<std::set<AreaId>> areas, std::string session) {
  {
    const std::lock_guard lock(mutex_);
    listeners_.push_back({std::move(stream), std::move(areas), std::move(session), system_now().mono});
  }
  joined_.notify_all();
}

void EventDesk::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!joined_.wait(lock, stop, [&] { return !listeners_.empty(); })) return;
    }
    try {
      look();
    } catch (const Error& error) {
      // A busy or failing disk: an alarm of the core's says so. What was missed is told by the next look.
      log::warning("events: the books cannot be read", {{"why", error.what()}});
      version_ = -1;
    }
    std::unique_lock lock(mutex_);
    static_cast<void>(
        joined_.wait_for(lock, stop, kLookEvery, [&] { return std::ranges::any_of(listeners_, &Listener::is_new); }));
  }
}

void EventDesk::look() {
  const std::int64_t version = books_.data_version();
  if (version != version_) {
    part_from_signed_out();
    tell_nodes();
    tell_deeds();
    const Store::Tail tail = books_.tail();
    if (tail.outcome != tail_.outcome) tell("changed", R"({"action":"outcomes"})");
    if (tail.complaint != tail_.complaint) tell("changed", R"({"action":"complaints"})");
    // A short one may have begun and ended since the last look.
    if (tail.ingesting > 0 || tail.ingested != tail_.ingested) tell("changed", R"({"action":"progress"})");
    tail_ = tail;
    version_ = version;
  }
  tell_alarms();
  // A browser's script is not told of the comments that keep the line open.
  if (const MonoTime now = system_now().mono; now - beaten_ >= kHeartbeat) {
    tell("heartbeat", "{}");
    beaten_ = now;
  }
  // Last: whoever is new asks for everything, so it must not miss what came between.
  const std::string hello =
      text_of({{"version", LOA_VERSION}, {"seen", last_told_ ? json(format_utc(*last_told_)) : json()}});
  const MonoTime now = system_now().mono;
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](Listener& each) {
    if (now - each.joined > kLongestListening) {
      each.stream.close();
      return true;
    }
    if (!each.is_new) return false;
    each.is_new = false;
    return !each.stream.send("hello", hello) || !each.stream.send("alarms", each.areas ? "[]" : alarms_told_);
  });
}

void EventDesk::part_from_signed_out() {
  const WallTime now = system_now().wall;
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](Listener& each) {
    if (each.session.empty() || books_.find_session(each.session, now)) return false;
    each.stream.close();
    return true;
  });
}

void EventDesk::tell_nodes() {
  std::map<NodeId, Heard> heard;
  std::vector<NodeId> changed;
  for (const Store::NodeNews& news : books_.load_node_news()) {
    const Heard now{news.told, news.planned};
    last_told_ = std::max(last_told_, news.told);
    const auto before = heard_.find(news.node);
    if (before == heard_.end() || before->second != now) changed.push_back(news.node);
    heard.emplace(news.node, now);
  }
  const bool is_first = heard_.empty();
  const bool are_fewer = heard.size() < heard_.size();
  heard_ = std::move(heard);
  if (is_first) return;
  if (are_fewer || changed.size() > kMostNodes) {
    tell("changed", R"({"action":"nodes"})");
    return;
  }
  if (changed.empty()) return;
  std::vector<std::pair<AreaId, std::string>> told;
  for (const NodeId& id : changed)
    if (const auto node = books_.load_node(id))
      told.emplace_back(node->area, text_of(to_json(*node, books_.find_code_of(id), books_.load_report(id),
                                                    books_.load_plan_name(id))));
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](Listener& each) {
    std::string list = "[";
    for (const auto& [area, text] : told)
      if (!each.areas || each.areas->contains(area)) list.append(list.size() > 1 ? "," : "").append(text);
    return list.size() > 1 && !each.stream.send("nodes", list + "]");
  });
}

void EventDesk::tell_deeds() {
  if (!last_deed_) {
    const auto last = books_.last_audit();
    last_deed_ = last ? last->seq : 0;
    return;
  }
  bool are_rights_asked_again = false;
  AuditFilter newest;
  newest.limit = kMostDeeds;
  std::vector<AuditRow> rows = books_.load_audit(newest);
  std::ranges::reverse(rows);
  for (const AuditRow& row : rows) {
    if (row.seq <= *last_deed_) continue;
    last_deed_ = row.seq;
    const std::string action = text_of({{"action", row.entry.action}});
    tell("changed",
         text_of({{"action", row.entry.action}, {"subject", row.entry.subject}, {"person", row.by.person.str()}}),
         action);
    are_rights_asked_again = are_rights_asked_again || concerns_rights(row.entry.action);
  }
  if (!are_rights_asked_again) return;
  const std::lock_guard lock(mutex_);
  for (Listener& each : listeners_) each.stream.close();
  listeners_.clear();
}

void EventDesk::tell_alarms() {
  json list = json::array();
  for (const Text& alarm : alarms_.list()) list.push_back(to_json(alarm));
  std::string text = text_of(list);
  if (text == alarms_told_) return;
  alarms_told_ = std::move(text);
  tell("alarms", alarms_told_, "[]");
}

void EventDesk::tell(std::string_view event, const std::string& data) {
  tell(event, data, data);
}

void EventDesk::tell(std::string_view event, const std::string& data, const std::string& bound) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_,
                [&](Listener& each) { return !each.is_new && !each.stream.send(event, each.areas ? bound : data); });
}

}  // namespace loa::server
