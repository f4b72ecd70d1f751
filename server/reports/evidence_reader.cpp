#include "server/reports/evidence_reader.h"

#include <algorithm>
#include <utility>

namespace loa::server {
namespace {

// A sound may come so long after it was due (docs/schedules.md §4).
constexpr civil::days kLatestAfterDue{2};

// Of the schedules that may air against the rules.
std::map<ScheduleId, std::vector<Allowance>> load_allowances(Store& books, const EvidenceGround& ground) {
  std::map<ScheduleId, const schedules::Schedule*> wanted;
  std::set<std::string> subjects;
  for (const auto& [id, versions] : ground.schedules) {
    const schedules::Schedule& last = versions.back();
    const bool is_emergency = last.announcement_class == AnnouncementClass::kEmergency;
    if (!is_emergency && std::ranges::none_of(versions, [](const auto& each) { return each.exception.has_value(); }))
      continue;
    wanted.emplace(id, &last);
    subjects.insert(last.campaign ? last.campaign->str() : id.str());
  }
  std::map<ScheduleId, std::vector<Allowance>> allowances;
  if (wanted.empty()) return allowances;
  std::map<PersonId, std::string> names;
  for (Person& person : books.load_people()) names[person.id] = std::move(person.name);
  const auto writings = books.load_writings(subjects);
  for (const auto& [id, schedule] : wanted) {
    const auto written = writings.find(schedule->campaign ? schedule->campaign->str() : id.str());
    if (written == writings.end()) continue;
    auto of_schedule = allowances_of(id, written->second, books.load_steps(schedule->announcement));
    for (Allowance& each : of_schedule) each.name = names[each.person];
    allowances.emplace(id, std::move(of_schedule));
  }
  return allowances;
}

}  // namespace

EvidenceGround load_ground(Store& books, const DayRange& range, const civil::Zone& zone, WallTime now) {
  EvidenceGround ground{range, zone, now, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  ground.areas = books.load_areas();
  ground.nodes = books.load_nodes();
  ground.services = books.load_services();
  ground.announcements = books.load_announcements();
  ground.schedules = books.load_former_versions(ground.from());
  for (ScheduleRow& row : books.load_schedules()) ground.schedules[row.schedule.id].push_back(std::move(row.schedule));
  ground.fates = books.load_fates(ground.from() - kLatestAfterDue, ground.until());
  for (WardRulesRow& row : books.load_ward_rules()) ground.rules.push_back({row.made, std::move(row.rules)});
  for (Campaign& campaign : books.load_campaigns()) {
    std::vector<CampaignDay> days = books.load_campaign_days(campaign.id);
    ground.campaigns.emplace_back(std::move(campaign), std::move(days));
  }
  std::ranges::reverse(ground.campaigns);
  for (const Clip& clip : books.load_clips()) ground.clips[clip.hash] = clip.duration;
  ComplaintFilter complaints;
  complaints.from = ground.from();
  complaints.until = std::max(ground.until(), ground.from());
  complaints.limit = -1;  // all
  ground.complaints = books.load_complaints(complaints);
  ground.satisfaction = books.load_satisfaction(quarter_of(range.from), quarter_of(range.to));
  ground.allowances = load_allowances(books, ground);
  return ground;
}

EvidenceFigures tell_evidence(Store& books, const EvidenceGround& ground) {
  Evidence evidence(ground);
  const WallTime from = ground.from();
  books.each_play(from, std::max(ground.until(), from), [&](const PlayRow& row) { evidence.add(row); });
  return evidence.finish();
}

}  // namespace loa::server
