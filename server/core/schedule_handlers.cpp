// The core's part in schedules: every edit is tried on the timetable, compared with what was, and only then written
// down together with the plans that it changes.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "server/core/commands.h"
#include "server/core/server_core.h"

namespace loa::server {
namespace {

using schedules::Clause;
using schedules::Difference;
using schedules::LostTo;
using std::chrono::days;
using std::chrono::hours;

constexpr milliseconds kLongestLate = hours{24};
constexpr days kForeseen{31};
constexpr days kNever{400};  // a schedule that is not due once in as long is a mistake
constexpr days kLongestExplained{92};
constexpr seconds kLongestChime{10};
// Enough to hear that one announcement has ended and another begins.
constexpr milliseconds kDefaultGap{2000};

bool sounds(const std::optional<schedules::Fate>& fate) {
  return fate && fate->verdict != schedules::Verdict::kCancelled;
}

std::string local_time(const schedules::Timetable& table, WallTime instant) {
  const civil::Day day = table.day_of(instant);
  return civil::format_time(civil::Time{day} + std::chrono::floor<seconds>(instant - table.midnight(day)));
}

const char* refusal_by(Clause clause) {
  switch (clause) {
    case Clause::kQuietHours:
      return "schedule.rule_quiet_hours";
    case Clause::kWeekday:
      return "schedule.rule_weekday";
    case Clause::kOutsideSessions:
      return "schedule.rule_outside_sessions";
    case Clause::kSessionFull:
      return "schedule.rule_session_full";
    case Clause::kPast:
      return "schedule.rule_past";
  }
  std::abort();
}

const char* refusal_by(schedules::PolicyClause clause) {
  switch (clause) {
    case schedules::PolicyClause::kLongestPlay:
      return "schedule.policy_longest_play";
    case schedules::PolicyClause::kQuietHours:
      return "schedule.policy_quiet_hours";
    case schedules::PolicyClause::kStartsPerHour:
      return "schedule.policy_starts_per_hour";
    case schedules::PolicyClause::kMinutesPerDay:
      return "schedule.policy_minutes_per_day";
  }
  std::abort();
}

// Nothing of a schedule would sound: why not.
[[noreturn]] void refuse_silent(const schedules::Foresight::Row& first, const schedules::Timetable& table) {
  const std::string due = local_time(table, first.due);
  const auto& why = first.fate.why;
  if (const auto* clause = std::get_if<Clause>(&why)) throw Error(refusal_by(*clause), {due});
  if (std::holds_alternative<LostTo>(why)) throw Error("schedule.overlaps", {due});
  throw Error("schedule.silent", {due});
}

const schedules::Schedule* find_in(const std::vector<schedules::Schedule>& schedules, const ScheduleId& id) {
  const auto found = std::ranges::find(schedules, id, &schedules::Schedule::id);
  return found == schedules.end() ? nullptr : &*found;
}

bool is_over(const schedules::Rule& rule, WallTime since) {
  const auto* once = std::get_if<schedules::Once>(&rule);
  return once != nullptr && once->start < since;
}

}  // namespace

// --- the timetable

schedules::Timetable& ServerCore::timetable(WallTime now) {
  if (timetable_) return *timetable_;
  std::vector<schedules::AreaPlace> places;
  for (Area& area : store_.load_areas()) places.push_back({std::move(area.id), std::move(area.parent)});
  const auto versions = store_.load_ward_rules();
  schedules::WardRules rules;
  rules.gap = kDefaultGap;
  if (!versions.empty()) rules = versions.front().rules;
  auto table = std::make_unique<schedules::Timetable>(places, std::move(rules), settings_.almanac);
  const WallTime since = now - schedules::Timetable::kHistory - days{1};
  auto former = store_.load_former_versions(since);
  for (schedules::Schedule& schedule : store_.load_active_schedules()) {
    if (is_over(schedule.rule, since)) continue;
    std::vector<schedules::Schedule> before = std::move(former[schedule.id]);
    place_nodes(*table, schedule.nodes);
    for (const schedules::Schedule& each : before) place_nodes(*table, each.nodes);
    table->put(std::move(schedule), std::move(before));
  }
  std::vector<schedules::FateOf> settled;
  for (FateRow& row : store_.load_fates(since, now + days{1}))
    settled.push_back({std::move(row.schedule), row.due, row.fate, std::move(row.winner), std::move(row.silence),
                       std::move(row.chime)});
  // After a restart nothing is known of the time since: what the nodes' plans promised is decided as it was then.
  table->restore(settled, settled_ ? *settled_ + settings_.shortest_notice : WallTime{});
  timetable_ = std::move(table);
  return *timetable_;
}

void ServerCore::place_nodes(schedules::Timetable& table, const std::vector<NodeId>& nodes) {
  for (const NodeId& node : nodes) table.add({schedules::place_of(node), store_.load_node(node)->area});
}

AreaId ServerCore::spot_of(const Node& node, WallTime now) {
  return timetable(now).spot(node.area, node.id);
}

void ServerCore::settle(WallTime now) {
  const WallTime since = settled_ ? *settled_ - days{1} : now - schedules::Timetable::kHistory;
  const auto settled = timetable(now).settle(since, now + settings_.shortest_notice);
  if (!settled.empty()) {
    try {
      store_.save_fates(settled);
    } catch (const Error&) {
      timetable_.reset();
      throw;
    }
  }
  settled_ = now;
}

schedules::Foresight ServerCore::foreseen(WallTime now) {
  schedules::Timetable& table = timetable(now);
  // What began yesterday may still sound.
  const civil::Day today = table.day_of(now);
  return table.foresee(today - days{1}, today + kForeseen);
}

std::vector<NodeId> ServerCore::touched(const Difference& difference, WallTime now) {
  const WallTime until = now + settings_.plan_window;
  const auto is_near = [&](const std::optional<schedules::Fate>& fate) { return sounds(fate) && fate->start < until; };
  std::set<ScheduleId> changed;
  for (const Difference::Change& change : difference.changes)
    if (is_near(change.before) || is_near(change.after)) changed.insert(change.schedule);
  std::set<AreaId> areas;
  std::set<NodeId> nodes;
  for (const ScheduleId& id : changed) {
    const schedules::Schedule* known = timetable(now).find(id);
    const schedules::Schedule reaching = known ? *known : store_.load_schedule(id)->schedule;
    areas.insert(reaching.areas.begin(), reaching.areas.end());
    nodes.insert(reaching.nodes.begin(), reaching.nodes.end());
  }
  return store_.nodes_below({areas.begin(), areas.end()}, {nodes.begin(), nodes.end()});
}

int ServerCore::volume_at(const AreaId& area, const schedules::Sounding& sounding,
                          const schedules::PolicyAllows& allowed, WallTime now) {
  return std::min({sounding.schedule->volume_pct, allowed.ceiling_pct,
                   timetable(now).ceiling(area, sounding.start, sounding.length)});
}

void ServerCore::judge_plays(Tried& tried, const std::vector<schedules::Schedule>& wanted,
                             const std::vector<NodeId>& nodes, WallTime now) {
  // What is within two days of a play counts for the same budgets, whichever sounds first: the new one gives way.
  constexpr days kSameBudgets{2};
  const Policy& policy = settings_.rules;
  for (const NodeId& node : nodes) {
    const AreaId area = spot_of(nodes_.at(node), now);
    const milliseconds delay = nodes_.at(node).delay;
    std::vector<schedules::Sound> others;
    std::vector<schedules::Sounding> own;
    for (const schedules::Sounding& each :
         timetable(now).soundings(area, now - kSameBudgets, now + settings_.plan_window + kSameBudgets)) {
      if (is_of(wanted, each.schedule, now))
        own.push_back(each);
      else
        others.push_back({each.start + delay, each.length});
    }
    for (const schedules::Sounding& sounding : own) {
      if (sounding.start >= now + settings_.plan_window) break;
      const schedules::Sound sound{sounding.start + delay, sounding.length};
      const auto verdict = schedules::judge(policy.rules_of(node), policy.utc_offset, sound, nanoseconds{0}, others);
      if (const auto* refused = std::get_if<schedules::PolicyRefuses>(&verdict)) {
        tried.kept.push_back({node, sounding.start, refused->clause});
        continue;
      }
      others.push_back(sound);
      const int volume = volume_at(area, sounding, std::get<schedules::PolicyAllows>(verdict), now);
      if (volume < sounding.schedule->volume_pct) tried.softer.push_back({node, sounding.start, volume});
    }
  }
}

bool ServerCore::is_of(const std::vector<schedules::Schedule>& wanted, const schedules::Schedule* sounding,
                       WallTime now) {
  return find_in(wanted, sounding->id) != nullptr && timetable(now).find(sounding->id) == sounding;
}

// --- commands

Announcement ServerCore::announcement_to_air(const AnnouncementId& id) {
  const auto announcement = store_.load_announcement(id);
  if (!announcement) throw Error("announcement.unknown", {id.str()});
  if (announcement->is_synthetic && !announcement->heard) throw Error("announcement.not_heard", {announcement->title});
  if (announcement->state == ApprovalState::kWithdrawn) throw Error("announcement.withdrawn", {announcement->title});
  return *announcement;
}

void ServerCore::complete(schedules::Schedule& wanted, Now now) {
  const Announcement announcement = announcement_to_air(wanted.announcement);
  const auto clip = store_.load_clip(announcement.clip);
  if (!clip) throw Error("clip.unknown", {announcement.clip.str()});
  if (wanted.id.str().empty()) wanted.id = ScheduleId{"s-" + random_id_()};
  wanted.announcement_class = announcement.announcement_class;
  wanted.clip = announcement.clip;
  wanted.duration = clip->duration;
  wanted.approval = approval_of_new(announcement);
  wanted.made = now.wall;
  if (wanted.areas.empty() && wanted.nodes.empty()) throw Error("schedule.no_area");
  if (wanted.volume_pct < 1 || wanted.volume_pct > 100) throw Error("schedule.bad_volume");
  if (wanted.late < milliseconds{0} || wanted.late > kLongestLate) throw Error("schedule.bad_late");
  if (wanted.later < milliseconds{0} || wanted.later > kLongestLate) throw Error("schedule.bad_later");
  if (wanted.shortest < milliseconds{0} || wanted.shortest > wanted.duration) throw Error("schedule.bad_shortest");
  if (wanted.stagger && wanted.announcement_class == AnnouncementClass::kEmergency)
    throw Error("schedule.emergency_staggered");
  if (wanted.exception) wanted.exception->words = required_text(wanted.exception->words, "exception", kLongestTitle);
  if (is_over(wanted.rule, now.wall + settings_.shortest_notice))
    throw Error("schedule.too_soon", {std::to_string(settings_.shortest_notice.count() / 1000)});
  for (const AreaId& area : wanted.areas)
    if (!store_.has_area(area)) throw Error("area.unknown", {area.str()});
  for (const NodeId& id : wanted.nodes) {
    const auto node = nodes_.find(id);
    if (node == nodes_.end()) throw Error("node.unknown", {id.str()});
    if (node->second.revoked) throw Error("schedule.node_revoked", {node->second.name});
  }
}

ServerCore::Tried ServerCore::write(const Edit& edit, WallTime now) {
  const std::vector<schedules::Schedule>& wanted = edit.wanted;
  std::set<AreaId> areas;
  std::set<NodeId> single;
  for (const schedules::Schedule& each : wanted) {
    areas.insert(each.areas.begin(), each.areas.end());
    single.insert(each.nodes.begin(), each.nodes.end());
  }
  const std::vector<NodeId> nodes = store_.nodes_below({areas.begin(), areas.end()}, {single.begin(), single.end()});
  if (nodes.empty()) throw Error("schedule.no_node");
  settle(now);
  schedules::Timetable& table = timetable(now);
  place_nodes(table, {single.begin(), single.end()});
  const auto before = foreseen(now);
  const std::vector<CampaignId> whole = whole_disclosures(now);
  // Whom only places or loudness concern: these are no difference in time.
  std::set<NodeId> concerned;
  std::vector<ScheduleId> put;
  std::vector<ScheduleId> replaced;
  const auto undo = [&] {
    for (const ScheduleId& id : replaced) table.take_back(id);
    for (const ScheduleId& id : put) table.remove(id);
  };
  const auto place = [&](const std::vector<schedules::Schedule>& versions) {
    for (const schedules::Schedule& each : versions) {
      if (const schedules::Schedule* known = table.find(each.id)) {
        for (const auto& reached : {nodes, store_.nodes_below(known->areas, known->nodes)})
          concerned.insert(reached.begin(), reached.end());
        table.replace(each);
        replaced.push_back(each.id);
      } else {
        table.put(each);
        put.push_back(each.id);
      }
    }
  };
  // One that waits for approval is judged as what it will be.
  std::vector<schedules::Schedule> approved = wanted;
  bool waits = false;
  for (schedules::Schedule& each : approved) {
    waits = waits || each.approval == schedules::Schedule::Approval::kWanting;
    each.approval = schedules::Schedule::Approval::kGiven;
  }
  Tried tried;
  std::vector<NodePlan> plans;
  try {
    place(approved);
    const auto after = foreseen(now);
    tried.difference = difference(before, after);
    edit.require(after);
    if (wanted.front().announcement_class != AnnouncementClass::kEmergency) require_whole(whole, now);
    judge_plays(tried, wanted, nodes, now);
    require_allowed(tried.kept, wanted, nodes, now);
    if (edit.mode == EditMode::kPreview) {
      undo();
      return tried;
    }
    Difference by_now = tried.difference;
    if (waits) {
      undo();
      put.clear();
      replaced.clear();
      place(wanted);
      by_now = difference(before, foreseen(now));
    }
    store_.together([&] {
      edit.book();
      for (const schedules::Schedule& each : wanted) {
        if (each.approval == schedules::Schedule::Approval::kWanting)
          add_step(each.announcement, StepKind::kScheduled, each.id.str(), now);
      }
      for (NodeId& node : touched(by_now, now)) concerned.insert(std::move(node));
      plans = plan({concerned.begin(), concerned.end()}, now, Reissue::kIfChanged);
    });
  } catch (const Error&) {
    undo();
    throw;
  }
  send_plans(plans);
  return tried;
}

ScheduleMade ServerCore::write_one(const schedules::Schedule& wanted, EditMode mode, WallTime now,
                                   const std::function<void()>& book) {
  const std::vector<schedules::Schedule> all = {wanted};
  Tried tried = write({all, mode, [&](const auto& foresight) { require_sound(foresight, all, now); }, book}, now);
  return {{wanted, std::nullopt}, std::move(tried.difference), std::move(tried.kept), std::move(tried.softer)};
}

void ServerCore::handle(CreateSchedule& message, Now now) {
  answer<ScheduleMade>(message.reply, "create_schedule", [&]() -> ScheduleMade {
    complete(message.wanted, now);
    return write_one(message.wanted, message.mode, now.wall, [&] {
      store_.add_schedule(message.wanted, now.wall);
      note({"create_schedule", message.wanted.id.str(), "", as_json(ScheduleRow{message.wanted, std::nullopt})},
           now.wall);
    });
  });
}

void ServerCore::handle(EditSchedule& message, Now now) {
  answer<ScheduleMade>(message.reply, "edit_schedule", [&]() -> ScheduleMade {
    schedules::Schedule& wanted = message.wanted;
    const auto row = store_.load_schedule(wanted.id);
    if (!row) throw Error("schedule.unknown", {wanted.id.str()});
    if (row->cancelled) throw Error("schedule.cancelled", {wanted.id.str()});
    if (row->schedule.campaign) throw Error("schedule.of_campaign", {row->schedule.campaign->str()});
    if (wanted.announcement != row->schedule.announcement)
      throw Error("schedule.other_announcement", {row->schedule.announcement.str()});
    if (message.made && *message.made != row->schedule.made)
      throw changed_meanwhile(
          "schedule.changed_meanwhile", {wanted.id.str(), wanted.announcement.str()}, now.wall,
          // Of the announcement only what gave the schedule its version: not what was done to it since.
          [&](const AuditRow& each) { return each.at <= row->schedule.made; });
    if (is_over(row->schedule.rule, now.wall + settings_.shortest_notice))
      throw Error("schedule.over", {wanted.id.str()});
    complete(wanted, now);
    settle(now.wall);
    // After a clock that was ahead, what was decided by it stands.
    wanted.made = std::max(timetable(now.wall).settled_until(), row->schedule.made + microseconds{1});
    return write_one(wanted, message.mode, now.wall, [&] {
      store_.replace_schedule(wanted);
      note({"replace_schedule", wanted.id.str(), as_json(*row), as_json(ScheduleRow{wanted, std::nullopt})}, now.wall);
    });
  });
}

void ServerCore::require_sound(const schedules::Foresight& foresight, const std::vector<schedules::Schedule>& wanted,
                               WallTime now) {
  std::map<std::uint32_t, const schedules::Schedule*> by_age;
  for (const auto& [age, id] : *foresight.ids)
    if (const schedules::Schedule* schedule = find_in(wanted, id)) by_age.emplace(age, schedule);
  const schedules::Foresight::Row* first = nullptr;
  for (const auto& day : foresight.days)
    for (const schedules::Foresight::Row& each : *day) {
      const auto schedule = by_age.find(each.schedule);
      if (schedule == by_age.end() || each.due < schedule->second->made) continue;
      if (sounds(each.fate)) return;
      if (first == nullptr) first = &each;
    }
  const schedules::Timetable& table = timetable(now);
  if (first != nullptr) refuse_silent(*first, table);
  const civil::Day today = table.day_of(now);
  for (const schedules::Schedule& each : wanted)
    for (const schedules::Occurrence& occurrence : expand(each, settings_.almanac, today, today + kNever))
      if (occurrence.due >= each.made) return;
  throw Error("schedule.never", {std::to_string(kNever.count())});
}

void ServerCore::require_allowed(const std::vector<ScheduleMade::Kept>& kept,
                                 const std::vector<schedules::Schedule>& wanted, const std::vector<NodeId>& nodes,
                                 WallTime now) {
  if (kept.empty()) return;
  std::size_t plays = 0;
  for (const NodeId& node : nodes)
    for (const auto& each : timetable(now).soundings(spot_of(nodes_.at(node), now), now, now + settings_.plan_window))
      if (is_of(wanted, each.schedule, now)) ++plays;
  if (kept.size() < plays) return;
  const ScheduleMade::Kept& first = kept.front();
  throw Error(refusal_by(first.clause), {local_time(timetable(now), first.start), first.node.str()});
}

Difference ServerCore::withdraw(const std::vector<ScheduleId>& schedules, EditMode mode, WallTime now,
                                const std::function<void()>& book) {
  settle(now);
  const auto before = foreseen(now);
  schedules::Timetable& table = timetable(now);
  Difference change =
      difference(before, table.foresee_without(schedules, table.day_of(now) - days{1}, table.day_of(now) + kForeseen));
  // What is over goes with its schedule and is no change to anybody.
  change.cancelled -= static_cast<int>(std::erase_if(change.changes, [&](const Difference::Change& each) {
    return sounds(each.before) && each.before->start + each.before->length <= now;
  }));
  if (mode == EditMode::kPreview) return change;
  std::vector<NodePlan> plans;
  try {
    for (const ScheduleId& schedule : schedules) table.remove(schedule);
    store_.together([&] {
      book();
      plans = plan(touched(change, now), now, Reissue::kIfChanged);
    });
  } catch (const Error&) {
    timetable_.reset();
    throw;
  }
  send_plans(plans);
  return change;
}

void ServerCore::handle(CancelSchedule& message, Now now) {
  answer<Difference>(message.reply, "cancel_schedule", [&]() -> Difference {
    const auto row = store_.load_schedule(message.schedule);
    if (!row) throw Error("schedule.unknown", {message.schedule.str()});
    if (row->cancelled) return {};
    if (row->schedule.campaign) throw Error("schedule.of_campaign", {row->schedule.campaign->str()});
    return withdraw({message.schedule}, message.mode, now.wall, [&] {
      store_.cancel_schedule(message.schedule, now.wall);
      note({"cancel_schedule", message.schedule.str(), as_json(*row), ""}, now.wall);
    });
  });
}

schedules::Chime ServerCore::chime_of(const AnnouncementId& id) {
  const Announcement announcement = announcement_to_air(id);
  if (announcement.state != ApprovalState::kApproved) throw Error("announcement.not_approved", {announcement.title});
  const milliseconds duration = store_.load_clip(announcement.clip)->duration;
  if (duration > kLongestChime)
    throw Error("rules.chime_too_long", {announcement.title, std::to_string(kLongestChime.count())});
  return {id, announcement.clip, duration};
}

void ServerCore::handle(SetWardRules& message, Now now) {
  answer<WardRulesRow>(message.reply, "set_ward_rules", [&]() -> WardRulesRow {
    WardRulesRow row{0, required_text(message.decision, "decision", kLongestTitle), now.wall, message.rules};
    if (message.version) {
      const auto versions = store_.load_ward_rules();
      const std::int64_t present = versions.empty() ? 0 : versions.front().version;
      if (*message.version != present)
        throw changed_meanwhile("rules.changed_meanwhile", {std::to_string(present)}, now.wall,
                                [](const AuditRow& each) { return each.entry.action == "set_ward_rules"; });
    }
    for (const schedules::Schedule& schedule : store_.load_active_schedules())
      if (schedule.session && std::ranges::find(row.rules.sessions, *schedule.session, &schedules::Session::name) ==
                                  row.rules.sessions.end())
        throw Error("rules.session_in_use", {*schedule.session, schedule.id.str()});
    for (const schedules::AreaClass& each : row.rules.classes)
      for (const AreaId& area : each.areas)
        if (!store_.has_area(area)) throw Error("area.unknown", {area.str()});
    for (auto& [announcement_class, chime] : row.rules.chimes) chime = chime_of(chime.announcement);
    settle(now.wall);
    const std::vector<CampaignId> whole = whole_disclosures(now.wall);
    std::vector<NodePlan> plans;
    try {
      store_.together([&] {
        const auto before = store_.load_ward_rules();
        row.version = store_.add_ward_rules(row.decision, row.rules, now.wall);
        note({"set_ward_rules", std::to_string(row.version), before.empty() ? "" : as_json(before.front()),
              as_json(row)},
             now.wall);
        timetable_.reset();
        require_whole(whole, now.wall);
        std::vector<NodeId> enrolled;
        for (const auto& [id, node] : nodes_)
          if (node.public_key) enrolled.push_back(id);
        plans = plan(enrolled, now.wall, Reissue::kIfChanged);
      });
    } catch (const Error&) {
      timetable_.reset();
      throw;
    }
    send_plans(plans);
    return row;
  });
}

std::vector<schedules::Schedule> ServerCore::load_versions(const ScheduleId& id) {
  std::vector<schedules::Schedule> versions = store_.load_former_versions(id);
  versions.push_back(store_.load_schedule(id)->schedule);
  std::ranges::reverse(versions);
  return versions;
}

void ServerCore::handle(Explain& message, Now now) {
  answer<std::vector<Explain::Told>>(message.reply, "explain", [&]() -> std::vector<Explain::Told> {
    schedules::Timetable& table = timetable(now.wall);
    const civil::Day today = table.day_of(now.wall);
    const civil::Day from = message.from.value_or(today);
    const civil::Day until = message.to.value_or(from) + days{1};
    if (until <= from || until - from > kLongestExplained)
      throw Error("explain.bad_range", {std::to_string(kLongestExplained.count())});
    if (until > today + kNever) throw Error("explain.too_far", {std::to_string(kNever.count())});
    if (message.area && !store_.has_area(*message.area)) throw Error("area.unknown", {message.area->str()});

    std::vector<FateRow> rows = store_.load_fates(table.midnight(from), table.midnight(until));
    std::set<std::pair<WallTime, ScheduleId>> settled;
    for (const FateRow& row : rows) settled.insert({row.due, row.schedule});
    std::map<AnnouncementId, std::string> titles;
    const auto title_of = [&](const AnnouncementId& id) -> const std::string& {
      const auto [title, is_new] = titles.try_emplace(id);
      if (is_new) title->second = store_.load_announcement(id)->title;
      return title->second;
    };
    for (civil::Day day = std::max(from, today - days{1}); day < until; day += days{1}) {
      for (schedules::Decided& each : table.day(day)) {
        if (settled.contains({each.due, each.schedule->id})) continue;
        rows.push_back({each.schedule->id, each.schedule->announcement, title_of(each.schedule->announcement), each.due,
                        each.fate, each.winner ? std::optional{each.winner->id} : std::nullopt,
                        std::move(each.silence)});
      }
    }
    if (message.area) {
      // What is of one loudspeaker is told of the area that it stands in, too.
      if (message.node) place_nodes(table, {*message.node});
      const AreaId here = message.node ? table.spot(*message.area, *message.node) : *message.area;
      const auto is_heard = [&](const schedules::Schedule& schedule) {
        return table.reaches(schedule.places(), here) ||
               (!message.node &&
                std::ranges::any_of(schedule.nodes, [&](const NodeId& node) { return nodes_.at(node).area == here; }));
      };
      std::map<ScheduleId, std::vector<schedules::Schedule>> versions;  // newest first
      std::erase_if(rows, [&](const FateRow& row) {
        const schedules::Schedule* known = table.find(row.schedule);
        if (known != nullptr && row.due >= known->made) return !is_heard(*known);
        const auto [found, is_new] = versions.try_emplace(row.schedule);
        if (is_new) found->second = load_versions(row.schedule);
        const auto then = std::ranges::find_if(found->second, [&](const auto& each) { return each.made <= row.due; });
        return !is_heard(then == found->second.end() ? found->second.back() : *then);
      });
    }
    std::ranges::stable_sort(rows, {}, &FateRow::due);
    std::vector<Explain::Told> told;
    told.reserve(rows.size());
    for (FateRow& row : rows) told.push_back({std::move(row), std::nullopt, std::nullopt});
    if (message.node) tell_of_plays_to_come(told, *message.node, now.wall);
    return told;
  });
}

void ServerCore::tell_of_plays_to_come(std::vector<Explain::Told>& told, const NodeId& node, WallTime now) {
  const AreaId area = spot_of(nodes_.at(node), now);
  std::map<std::pair<WallTime, ScheduleId>, Explain::Told*> to_come;
  WallTime last = now;
  for (Explain::Told& each : told) {
    if (each.row.fate.verdict == schedules::Verdict::kCancelled) continue;
    to_come[{each.row.fate.start, each.row.schedule}] = &each;
    last = std::max(last, each.row.fate.start + seconds{1});
  }
  const std::vector<schedules::Sounding> soundings = timetable(now).soundings(area, now, last);
  std::vector<schedules::Sound> sounds;
  sounds.reserve(soundings.size());
  for (const schedules::Sounding& each : soundings) sounds.push_back({each.start + nodes_.at(node).delay, each.length});
  const auto verdicts = schedules::judge_in_order(settings_.rules.rules_of(node), settings_.rules.utc_offset, sounds);
  for (std::size_t i = 0; i < soundings.size(); ++i) {
    const auto known = to_come.find({soundings[i].start, soundings[i].schedule->id});
    if (known == to_come.end() || soundings[i].start <= now) continue;
    if (const auto* refused = std::get_if<schedules::PolicyRefuses>(&verdicts[i]))
      known->second->kept = refused->clause;
    else
      known->second->volume_pct = volume_at(area, soundings[i], std::get<schedules::PolicyAllows>(verdicts[i]), now);
  }
}

}  // namespace loa::server
