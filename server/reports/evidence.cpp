#include "server/reports/evidence.h"

#include <cstdlib>
#include <numeric>
#include <tuple>

namespace loa::server {
namespace {

// What a loudspeaker rendered beyond a rule's edge in less than this is the clock's and the output's, not a sound.
constexpr milliseconds kLeastOutside{1000};

// tdp-2 before tdp-10.
bool goes_before(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const auto number = [&](std::string_view& text) {
        while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
        std::size_t size = 0;
        while (size < text.size() && is_digit(text[size])) ++size;
        const std::string_view digits = text.substr(0, size);
        text.remove_prefix(size);
        return digits;
      };
      const std::string_view left = number(a);
      const std::string_view right = number(b);
      if (left != right) return std::tuple{left.size(), left} < std::tuple{right.size(), right};
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

void count_play(PlayCounts& counts, const PlayRow& row, milliseconds length) {
  counts.planned_time += length;
  counts.heard_time += row.heard;
  if (!row.result) {
    ++counts.waiting;
    return;
  }
  switch (*row.result) {
    case OutcomeResult::kPlayed:
      ++counts.played;
      return;
    case OutcomeResult::kLate:
      ++counts.late;
      return;
    case OutcomeResult::kPartial:
      ++counts.partial;
      return;
    case OutcomeResult::kStopped:
      ++counts.stopped;
      return;
    case OutcomeResult::kMissed:
      ++counts.missed;
      return;
  }
  std::abort();
}

const schedules::Schedule* version_at(const std::vector<schedules::Schedule>& versions, WallTime start) {
  const schedules::Schedule* found = nullptr;
  for (const schedules::Schedule& version : versions)
    if (found == nullptr || version.made <= start) found = &version;
  return found;
}

Uptime watched(const NodeService& service, const std::optional<Revocation>& revoked, WallTime from, WallTime until,
               WallTime made) {
  Uptime uptime;
  if (revoked) until = std::min(until, revoked->when);
  if (service.enrolled) from = std::max(from, *service.enrolled);
  if (from >= until) return uptime;
  uptime.watched = std::chrono::round<milliseconds>(until - from);
  // The last word, and what it still says.
  WallTime last = service.heard.value_or(WallTime::min());
  if (service.was_online && service.heard && made - *service.heard <= kHeardFor) last = made;
  for (std::size_t i = 0; i < service.presence.size(); ++i) {
    const PresenceChange& change = service.presence[i];
    if (!change.is_heard) continue;
    const WallTime end = i + 1 < service.presence.size() ? service.presence[i + 1].since : last;
    const WallTime begin = std::max(change.since, from);
    if (begin < std::min(end, until)) uptime.heard += std::chrono::round<milliseconds>(std::min(end, until) - begin);
  }
  return uptime;
}

}  // namespace

std::string_view to_string(CampaignPart part) {
  switch (part) {
    case CampaignPart::kSingle:
      return "single";
    case CampaignPart::kRotation:
      return "rotation";
    case CampaignPart::kDisclosure:
      return "disclosure";
  }
  std::abort();
}

milliseconds OutsideFigures::whole() const {
  return std::accumulate(time.begin(), time.end(), milliseconds{0});
}

Evidence::Evidence(const EvidenceGround& ground) : ground_(ground), hours_(ground.zone, ground.rules) {
  figures_.range = ground.range;
  figures_.made = ground.made;
  figures_.has_rules =
      std::ranges::any_of(ground.rules, [&](const RulesSince& each) { return each.made < ground.until(); });
  for (const FateRow& row : ground.fates)
    if (row.fate.verdict != schedules::Verdict::kCancelled)
      lengths_[schedules::play_id(row.schedule, row.fate.start).str()] = row.fate.length;
  for (const Node& node : ground.nodes) figures_.nodes.push_back({node.id, node.name, node.area, {}, {}});
  std::ranges::sort(figures_.nodes,
                    [](const NodeFigures& a, const NodeFigures& b) { return goes_before(a.id.str(), b.id.str()); });
  place_areas();
}

void Evidence::place_areas() {
  std::vector<const Area*> sorted;
  for (const Area& area : ground_.areas) sorted.push_back(&area);
  // The last comes first: `waiting` is a stack.
  std::ranges::sort(sorted, [](const Area* a, const Area* b) { return goes_before(b->id.str(), a->id.str()); });
  std::map<AreaId, std::size_t> placed;
  std::map<AreaId, std::vector<std::size_t>> path;  // of an area: itself and what holds it
  std::vector<const Area*> waiting;
  // In the order in which a tree is read; the last of `waiting` is next.
  const auto wait_below = [&](const std::optional<AreaId>& parent) {
    for (const Area* area : sorted)
      if (area->parent == parent) waiting.push_back(area);
  };
  wait_below(std::nullopt);
  while (!waiting.empty()) {
    const Area& area = *waiting.back();
    waiting.pop_back();
    const std::size_t place = figures_.areas.size();
    std::vector<std::size_t> own;
    if (area.parent) own = path.at(*area.parent);
    figures_.areas.push_back({area.id, area.name, static_cast<int>(own.size()), true, {}, 0, 0, {}});
    if (area.parent) figures_.areas[placed.at(*area.parent)].is_group = false;
    own.push_back(place);
    placed[area.id] = place;
    path[area.id] = std::move(own);
    wait_below(area.id);
  }
  for (std::size_t i = 0; i < figures_.nodes.size(); ++i) {
    nodes_[figures_.nodes[i].id.str()] = i;
    above_.push_back(path.at(figures_.nodes[i].area));
  }
}

std::size_t Evidence::announcement_of(std::string_view id) {
  if (const auto known = announcements_.find(id); known != announcements_.end()) return known->second;
  AnnouncementFigures figures{AnnouncementId{std::string{id}}, std::string{id}, AnnouncementClass::kNormal, {}};
  for (const Announcement& each : ground_.announcements) {
    if (each.id != figures.id) continue;
    figures.title = each.title;
    figures.announcement_class = each.announcement_class;
  }
  announcements_.emplace(std::string{id}, figures_.announcements.size());
  figures_.announcements.push_back(std::move(figures));
  return figures_.announcements.size() - 1;
}

Evidence::Airing& Evidence::airing_of(const PlayRow& row) {
  if (const auto known = airings_.find(row.play); known != airings_.end()) return known->second;
  Airing airing;
  airing.announcement = announcement_of(row.announcement);
  airing.areas.assign(figures_.areas.size(), milliseconds{-1});
  return airings_.emplace(std::string{row.play}, std::move(airing)).first->second;
}

void Evidence::promise(Airing& airing, const PlayRow& row) const {
  airing.is_planned = true;
  if (const auto versions = ground_.schedules.find(ScheduleId{std::string{row.schedule}});
      versions != ground_.schedules.end()) {
    airing.schedule = version_at(versions->second, row.start);
    const auto& campaign = airing.schedule->campaign;
    for (const auto& [each, days] : ground_.campaigns)
      if (campaign == each.id)
        airing.part = each.kind == CampaignKind::kDisclosure ? CampaignPart::kDisclosure : CampaignPart::kRotation;
    if (const auto clip = ground_.clips.find(airing.schedule->clip); clip != ground_.clips.end())
      airing.length = clip->second;
  }
  if (const auto length = lengths_.find(row.play); length != lengths_.end()) airing.length = length->second;
}

PlayCounts& Evidence::day_of(WallTime instant) {
  if (day_ == nullptr || instant < day_begins_ || instant >= day_ends_) {
    const civil::Day day = civil::day_of(ground_.zone.to_civil(instant));
    day_begins_ = ground_.zone.to_wall(day);
    day_ends_ = ground_.zone.to_wall(day + std::chrono::days{1});
    day_ = &days_[day];
  }
  return *day_;
}

void Evidence::add(const PlayRow& row) {
  if (row.schedule.empty()) {
    add_unplanned(row);
    return;
  }
  Airing& airing = airing_of(row);
  const bool is_new = !airing.is_planned;
  if (is_new) promise(airing, row);
  AnnouncementFigures& announcement = figures_.announcements[airing.announcement];
  const std::size_t node = nodes_.find(row.node)->second;

  const milliseconds longer = std::max(row.heard - airing.airtime, milliseconds{0});
  airing.airtime += longer;
  for (PlayCounts* counts : {&figures_.total, &announcement.counts,
                             &figures_.classes.at(static_cast<std::size_t>(announcement.announcement_class)),
                             &figures_.campaigns.at(static_cast<std::size_t>(airing.part)), &day_of(row.start)}) {
    if (is_new) ++counts->airings;
    counts->airtime += longer;
    count_play(*counts, row, airing.length);
  }
  for (const std::size_t area : above_[node]) {
    PlayCounts& counts = figures_.areas[area].counts;
    milliseconds& airtime = airing.areas[area];
    if (airtime < milliseconds{0}) {
      ++counts.airings;
      airtime = milliseconds{0};
    }
    if (row.heard > airtime) {
      counts.airtime += row.heard - airtime;
      airtime = row.heard;
    }
    count_play(counts, row, airing.length);
  }
  PlayCounts& own = figures_.nodes[node].counts;
  ++own.airings;
  own.airtime += row.heard;
  count_play(own, row, airing.length);

  if (row.result && (row.result != OutcomeResult::kPlayed || !row.reason.empty()))
    ++figures_.reasons[{*row.result, std::string{row.reason}}];
  count_sound(airing, row);
}

void Evidence::add_unplanned(const PlayRow& row) {
  if (row.heard <= milliseconds{0}) return;
  ++figures_.unplanned;
  figures_.unplanned_time += row.heard;
  count_sound(airing_of(row), row);
}

void Evidence::count_sound(Airing& airing, const PlayRow& row) {
  if (row.heard <= milliseconds{0}) return;
  const auto hour_of = [&](WallTime instant) -> HourFigures& {
    const auto clock = civil::clock_of(ground_.zone.to_civil(instant));
    return figures_.hours.at(static_cast<std::size_t>(std::chrono::floor<std::chrono::hours>(clock).count()));
  };
  HourFigures& hour = hour_of(row.started);
  ++hour.starts;
  hour.heard_time += row.heard;
  if (!airing.has_begun) ++hour_of(row.start).airings;
  airing.has_begun = true;

  const RuleHours::Outside outside = hours_.outside(row.started, row.heard);
  if (std::accumulate(outside.begin(), outside.end(), milliseconds{0}) < kLeastOutside) return;
  if (!airing.outside) {
    const AnnouncementFigures& announcement = figures_.announcements[airing.announcement];
    airing.outside = figures_.outside.size();
    figures_.outside.push_back(
        {row.started, announcement.title, announcement.announcement_class, 0, {}, std::nullopt, false});
  }
  OutsideFigures& told = figures_.outside[*airing.outside];
  told.is_planned = airing.is_planned;
  if (airing.schedule != nullptr) {
    told.exception = airing.schedule->exception;
    const auto allowances = ground_.allowances.find(airing.schedule->id);
    if (told.is_excused() && allowances != ground_.allowances.end())
      told.allowed = allowance_at(allowances->second, row.start);
  }
  told.start = std::min(told.start, row.started);
  ++told.loudspeakers;
  for (std::size_t i = 0; i < outside.size(); ++i) told.time.at(i) += outside.at(i);
}

std::int64_t ComplaintFigures::all() const {
  return std::accumulate(kinds.begin(), kinds.end(), std::int64_t{0});
}

std::int64_t SatisfactionFigures::all() const {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

EvidenceFigures Evidence::finish() {
  tell_nodes();
  tell_areas();
  tell_disclosures();
  tell_residents();
  std::erase_if(figures_.announcements, [](const AnnouncementFigures& each) { return each.counts.airings == 0; });
  std::ranges::stable_sort(figures_.announcements, [](const AnnouncementFigures& a, const AnnouncementFigures& b) {
    return std::tuple{-a.counts.airings, a.title, a.id} < std::tuple{-b.counts.airings, b.title, b.id};
  });
  std::ranges::stable_sort(figures_.outside, {}, &OutsideFigures::start);
  for (const auto& [day, counts] : days_) figures_.days.push_back({day, counts});
  return std::move(figures_);
}

void Evidence::tell_residents() {
  std::map<std::optional<NodeId>, ComplaintFigures> told;
  for (const Complaint& complaint : ground_.complaints) {
    ComplaintFigures& figures = told[complaint.node];
    ++figures.kinds.at(static_cast<std::size_t>(complaint.kind));
    if (complaint.settled) ++figures.settled;
  }
  for (auto& [node, figures] : told) {
    figures.node = node;
    if (node) figures.name = figures_.nodes[nodes_.at(node->str())].name;
    figures_.complaints.push_back(std::move(figures));
  }
  std::ranges::stable_sort(figures_.complaints, [](const ComplaintFigures& a, const ComplaintFigures& b) {
    return std::tuple{!a.node, -a.all()} < std::tuple{!b.node, -b.all()};
  });
  for (const Satisfaction& each : ground_.satisfaction) {
    auto& quarters = figures_.satisfaction;
    if (quarters.empty() || quarters.back().quarter != each.quarter) quarters.push_back({each.quarter});
    for (std::size_t i = 0; i < each.counts.size(); ++i) quarters.back().counts.at(i) += each.counts.at(i);
  }
}

void Evidence::tell_nodes() {
  for (const auto& [id, service] : ground_.services)
    if (!service.presence.empty()) {
      const WallTime first = service.presence.front().since;
      figures_.watched_since = std::min(figures_.watched_since.value_or(first), first);
    }
  for (const Node& node : ground_.nodes) {
    NodeFigures& figures = figures_.nodes[nodes_.at(node.id.str())];
    const auto service = ground_.services.find(node.id);
    if (service == ground_.services.end()) continue;
    const bool was_enrolled =
        service->second.enrolled ? *service->second.enrolled < ground_.until() : node.public_key.has_value();
    figures.is_enrolled = was_enrolled && !(node.revoked && node.revoked->when < ground_.until());
    if (was_enrolled && figures_.watched_since)
      figures.uptime = watched(service->second, node.revoked, std::max(ground_.from(), *figures_.watched_since),
                               ground_.until(), ground_.made);
    figures_.uptime += figures.uptime;
  }
}

void Evidence::tell_areas() {
  for (std::size_t i = 0; i < figures_.nodes.size(); ++i) {
    const NodeFigures& node = figures_.nodes[i];
    const bool is_working = node.is_enrolled && node.counts.played > 0;
    for (const std::size_t area : above_[i]) {
      AreaFigures& figures = figures_.areas[area];
      figures.loudspeakers += node.is_enrolled ? 1 : 0;
      figures.working += is_working ? 1 : 0;
      figures.uptime += node.uptime;
    }
  }
  for (const AreaFigures& area : figures_.areas) {
    if (!area.is_group) continue;
    ++figures_.coverage.groups;
    figures_.coverage.covered += area.loudspeakers > 0 ? 1 : 0;
    figures_.coverage.working += area.working > 0 ? 1 : 0;
  }
  std::erase_if(figures_.nodes, [](const NodeFigures& each) {
    return !each.is_enrolled && each.counts.planned() == 0 && each.uptime.watched == milliseconds{0};
  });
}

void Evidence::tell_disclosures() {
  for (const auto& [campaign, days] : ground_.campaigns) {
    if (campaign.kind != CampaignKind::kDisclosure) continue;
    DisclosureFigures figures{campaign.id,
                              campaign.title,
                              campaign.source,
                              campaign.consecutive_days,
                              0,
                              0,
                              0,
                              campaign.cancelled.has_value()};
    int run = 0;
    std::optional<civil::Day> before;
    for (const CampaignDay& day : days) {
      if (day.day > ground_.range.to) break;
      run = day.is_proved() ? (before == day.day - civil::days{1} ? run : 0) + 1 : 0;
      before = day.day;
      if (day.day < ground_.range.from) continue;
      ++figures.days_counted;
      figures.days_proved += day.is_proved() ? 1 : 0;
      figures.longest_run = std::max(figures.longest_run, run);
    }
    if (figures.days_counted > 0) figures_.disclosures.push_back(std::move(figures));
  }
}

}  // namespace loa::server
