// The core's part in campaigns: turns are schedules like any other; a disclosure must have its days.
#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/core/commands.h"
#include "server/core/server_core.h"

namespace loa::server {
namespace {

using schedules::Difference;
using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t kMostPooled = 50;
constexpr std::size_t kMostSessions = 12;
constexpr days kLongestCampaign{400};
constexpr int kFewestDays = 3;  // Luật Thực hiện dân chủ ở cơ sở 10/2022/QH15
constexpr int kMostDays = 60;
// Reports that a node brings after an outage are counted again so long: as the timetable knows what was due.
constexpr days kRecounted{7};
constexpr hours kRecount{1};

template <class Value>
bool has_twice(std::vector<Value> values) {
  std::ranges::sort(values);
  return std::ranges::adjacent_find(values) != values.end();
}

bool is_due(const schedules::Decided& each) {
  return !each.silence;
}

bool sounds(const schedules::Decided& each) {
  return each.fate.verdict != schedules::Verdict::kCancelled;
}

std::optional<civil::Day> latest_missed(const std::map<civil::Day, CampaignDay>& counted, int wanted) {
  int run = 0;
  std::optional<civil::Day> before;
  std::optional<civil::Day> missed;
  for (const auto& [day, count] : counted) {
    run = count.is_proved() ? (before == day - days{1} ? run : 0) + 1 : 0;
    if (run >= wanted) return std::nullopt;
    before = day;
    if (!count.is_proved()) missed = day;
  }
  return missed;
}

}  // namespace

ServerCore::Disclosure ServerCore::disclosure_of(Campaign campaign, std::vector<schedules::Schedule> parts) {
  Disclosure disclosure;
  const civil::Day begin =
      civil::day_of(std::get<schedules::Recurring>(parts.front().rule).set.dtstart) - days{holidays::kFarthestAiring};
  const auto due =
      expand(parts.front(), settings_.almanac, begin, begin + days{holidays::kFarthestAiring} + kLongestCampaign);
  const auto day_of = [&](WallTime instant) { return civil::day_of(settings_.almanac.zone.to_civil(instant)); };
  disclosure.first = due.empty() ? begin : day_of(due.front().due);
  disclosure.last = due.empty() ? begin - days{1} : day_of(due.back().due);
  for (const CampaignDay& day : store_.load_campaign_days(campaign.id)) disclosure.days[day.day] = day;
  disclosure.campaign = std::move(campaign);
  disclosure.parts = std::move(parts);
  return disclosure;
}

bool ServerCore::has_its_days(const Disclosure& disclosure, WallTime now) {
  schedules::Timetable& table = timetable(now);
  const civil::Day oldest = table.day_of(now) - kRecounted;  // of a day before, no report is awaited any more
  std::set<AnnouncementId> pool;
  for (const schedules::Schedule& part : disclosure.parts) pool.insert(part.announcement);
  const auto is_whole = [&](civil::Day day) {
    if (const auto counted = disclosure.days.find(day); counted != disclosure.days.end())
      return counted->second.is_proved();
    if (day < oldest) return false;
    std::set<AnnouncementId> heard;
    for (const schedules::Decided& each : table.day(day))
      if (each.schedule->campaign == disclosure.campaign.id && sounds(each)) heard.insert(each.schedule->announcement);
    return heard == pool;
  };
  int run = 0;
  for (civil::Day day = disclosure.first; day <= disclosure.last; day += days{1}) {
    run = is_whole(day) ? run + 1 : 0;
    if (run >= disclosure.campaign.consecutive_days) return true;
  }
  return false;
}

std::vector<CampaignId> ServerCore::whole_disclosures(WallTime now) {
  std::vector<CampaignId> whole;
  for (const auto& [id, disclosure] : disclosures_)
    if (has_its_days(disclosure, now)) whole.push_back(id);
  return whole;
}

void ServerCore::require_whole(const std::vector<CampaignId>& whole, WallTime now) {
  for (const CampaignId& id : whole) {
    const Disclosure& disclosure = disclosures_.at(id);
    if (!has_its_days(disclosure, now))
      throw Error("campaign.would_break",
                  {disclosure.campaign.title, std::to_string(disclosure.campaign.consecutive_days)});
  }
}

void ServerCore::handle(CreateCampaign& message, Now now) {
  answer<CampaignMade>(message.reply, "create_campaign", [&]() -> CampaignMade {
    Campaign& campaign = message.campaign;
    campaign.id = CampaignId{"c-" + random_id_()};
    campaign.title = required_text(campaign.title, "title", kLongestTitle);
    campaign.made = now.wall;
    const bool is_disclosure = campaign.kind == CampaignKind::kDisclosure;
    const auto pool = static_cast<int>(message.pool.size());
    if (message.pool.empty() || message.pool.size() > kMostPooled || has_twice(message.pool))
      throw Error("campaign.bad_pool", {std::to_string(kMostPooled)});
    if (message.sessions.size() > kMostSessions || has_twice(message.sessions)) throw Error("campaign.bad_sessions");
    if (is_disclosure) {
      campaign.source = required_text(campaign.source, "source", kLongestTitle);
      if (message.per_turn == 0) message.per_turn = pool;
      if (message.per_turn != pool) throw Error("campaign.whole_pool");
      if (campaign.consecutive_days == 0) campaign.consecutive_days = kFewestDays;
      if (campaign.consecutive_days < kFewestDays || campaign.consecutive_days > kMostDays)
        throw Error("campaign.bad_days", {std::to_string(kFewestDays), std::to_string(kMostDays)});
    } else {
      if (!campaign.source.empty() || campaign.consecutive_days != 0) throw Error("campaign.not_a_disclosure");
      if (message.per_turn == 0) message.per_turn = 1;
      if (message.per_turn < 1 || message.per_turn > pool) throw Error("campaign.bad_per_turn", {std::to_string(pool)});
    }
    const auto* recurring = std::get_if<schedules::Recurring>(&message.terms.rule);
    if (recurring == nullptr) throw Error("campaign.not_recurring");
    const civil::Day end = civil::day_of(recurring->set.dtstart) + kLongestCampaign;
    if (!expand(message.terms, settings_.almanac, end, end + days{366}).empty())
      throw Error("campaign.too_long", {std::to_string(kLongestCampaign.count())});
    if (message.sessions.empty() && message.per_turn > 1 && message.terms.later == milliseconds{0})
      throw Error("campaign.no_room");

    std::vector<schedules::Schedule> parts;
    std::vector<std::vector<schedules::Schedule>> of_messages;
    const auto turns = static_cast<int>(std::max<std::size_t>(message.sessions.size(), 1));
    for (int place = 0; place < pool; ++place) {
      of_messages.emplace_back();
      for (int session = 0; session < turns; ++session) {
        schedules::Schedule part = message.terms;
        part.campaign = campaign.id;
        part.announcement = message.pool[static_cast<std::size_t>(place)];
        if (!message.sessions.empty()) part.session = message.sessions[static_cast<std::size_t>(session)];
        std::get<schedules::Recurring>(part.rule).rotation =
            schedules::Rotation{place, pool, message.per_turn, session, turns};
        complete(part, now);
        if (part.announcement_class == AnnouncementClass::kEmergency) throw Error("campaign.emergency");
        of_messages.back().push_back(part);
        parts.push_back(std::move(part));
      }
    }
    const auto require = [&](const schedules::Foresight& foresight) {
      for (const auto& of_message : of_messages) require_sound(foresight, of_message, now.wall);
      if (is_disclosure && !has_its_days(disclosure_of(campaign, parts), now.wall))
        throw Error("campaign.too_few_days", {std::to_string(campaign.consecutive_days)});
    };
    const auto book = [&] {
      store_.add_campaign(campaign);
      note({"create_campaign", campaign.id.str(), "", as_json(campaign)}, now.wall);
      for (const schedules::Schedule& part : parts) store_.add_schedule(part, now.wall);
    };
    Tried tried = write({parts, message.mode, require, book}, now.wall);
    if (is_disclosure && message.mode == EditMode::kSave) {
      disclosures_[campaign.id] = disclosure_of(campaign, parts);
      next_proof_ = MonoTime::min();
    }
    return {std::move(campaign), std::move(parts), std::move(tried.difference), std::move(tried.kept),
            std::move(tried.softer)};
  });
}

void ServerCore::handle(CancelCampaign& message, Now now) {
  answer<Difference>(message.reply, "cancel_campaign", [&]() -> Difference {
    const auto campaign = store_.load_campaign(message.campaign);
    if (!campaign) throw Error("campaign.unknown", {message.campaign.str()});
    if (campaign->cancelled) return {};
    std::vector<ScheduleId> parts;
    for (const schedules::Schedule& part : store_.load_schedules_of(message.campaign)) parts.push_back(part.id);
    Difference change = withdraw(parts, message.mode, now.wall, [&] {
      store_.cancel_campaign(message.campaign, now.wall);
      note({"cancel_campaign", message.campaign.str(), as_json(*campaign), ""}, now.wall);
    });
    if (message.mode == EditMode::kPreview) return change;
    disclosures_.erase(message.campaign);
    next_proof_ = MonoTime::min();
    return change;
  });
}

std::optional<WallTime> ServerCore::closing_of(const Disclosure& disclosure, civil::Day day, WallTime now) {
  std::optional<WallTime> closing;
  for (const schedules::Decided& each : timetable(now).day(day)) {
    const schedules::Schedule& schedule = *each.schedule;
    if (schedule.campaign != disclosure.campaign.id || !is_due(each)) continue;
    WallTime end = each.due;
    if (sounds(each)) {
      const auto areas = static_cast<int>(schedule.stagger ? schedule.places().size() : 1);
      end = each.fate.start + areas * (each.fate.length + schedule.stagger.value_or(milliseconds{0})) + schedule.late;
    }
    closing = std::max(closing.value_or(end), end);
  }
  if (closing) *closing += settings_.report_grace;
  return closing;
}

void ServerCore::prove_disclosures(Now now) {
  if (now.mono < next_proof_) return;
  next_proof_ = now.mono + kRecount;
  const schedules::Timetable& table = timetable(now.wall);
  const civil::Day today = table.day_of(now.wall);
  std::string missed;
  for (auto& [id, disclosure] : disclosures_) {
    for (civil::Day day = std::max(disclosure.first, today - kRecounted); day <= std::min(disclosure.last, today);
         day += days{1}) {
      const auto known = disclosure.days.find(day);
      if (known != disclosure.days.end() && known->second.is_proved()) continue;
      const auto closing = closing_of(disclosure, day, now.wall);
      if (!closing) continue;
      if (*closing >= now.wall) {
        next_proof_ = std::min(next_proof_, now.mono + (*closing - now.wall) + settings_.tick);
        continue;
      }
      const CampaignDay counted = store_.count_proof(id, day, table.midnight(day), table.midnight(day + days{1}));
      store_.save_campaign_day(id, counted);
      disclosure.days[day] = counted;
    }
    if (const auto day = latest_missed(disclosure.days, disclosure.campaign.consecutive_days)) {
      const CampaignDay& count = disclosure.days.at(*day);
      missed += (missed.empty() ? "" : "; ") + disclosure.campaign.title + ", " + civil::format_day(*day) + ": " +
                std::to_string(count.proved) + "/" + std::to_string(count.nodes);
    }
  }
  if (missed.empty())
    alarms_.clear("campaign.missed");
  else
    alarms_.raise({"campaign.missed", {missed}});
}

}  // namespace loa::server
