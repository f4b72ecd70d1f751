#include "server/reports/evidence_reader.h"

#include <algorithm>
#include <utility>

namespace loa::server {
namespace {

// A sound may come so long after it was due (docs/schedules.md §4).
constexpr civil::days kLatestAfterDue{2};

}  // namespace

EvidenceGround load_ground(Store& books, const DayRange& range, const civil::Zone& zone, WallTime now) {
  EvidenceGround ground{range, zone, now, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
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
  return ground;
}

EvidenceFigures tell_evidence(Store& books, const EvidenceGround& ground) {
  Evidence evidence(ground);
  const WallTime from = ground.from();
  books.each_play(from, std::max(ground.until(), from), [&](const PlayRow& row) { evidence.add(row); });
  return evidence.finish();
}

}  // namespace loa::server
