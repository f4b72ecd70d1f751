// The books of a few days at a small ward, with sums that a person can do.
//
// Areas: phu-lien above to-1, to-2, to-3. Loudspeakers: n-1 and n-10 in to-1, n-2 in to-2; none in to-3.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/store/store.h"
#include "tests/unit/server/books.h"

namespace loa::server {

// Local time of the ward, `2026-11-24T14:30`.
inline WallTime at(const std::string& local) {
  return civil::Zone{"Asia/Ho_Chi_Minh"}.to_wall(civil::parse_time(local));
}

struct ReportBooks {
  explicit ReportBooks(Store& books) : store(books) {
    store.add_area({AreaId{"phu-lien"}, std::nullopt, "Phường Phù Liễn"}, kMorning);
    for (const char* number : {"1", "2", "3"})
      store.add_area({AreaId{std::string{"to-"} + number}, AreaId{"phu-lien"}, std::string{"Tổ dân phố "} + number},
                     kMorning);
    for (const auto& [node, area] : {std::pair{"n-1", "to-1"}, {"n-10", "to-1"}, {"n-2", "to-2"}}) {
      store.add_node({NodeId{node}, AreaId{area}, std::string{"Loa "} + node, key}, kMorning);
      store.add_certificate(NodeId{node},
                            {std::string{"serial-"} + node, "pem", kMorning, kMorning + civil::days{400}});
    }
  }

  void announce(const std::string& name, const std::string& title, AnnouncementClass announcement_class,
                milliseconds duration) {
    add_clip(store, name, duration);
    store.add_announcement({AnnouncementId{"a-" + name}, title, "", announcement_class, clip_named(name)}, kMorning);
  }
  // Written down as sounding so long, chime and all.
  schedules::Schedule schedule(const std::string& name, const std::string& announcement, WallTime start,
                               milliseconds length, std::optional<schedules::Exception> exception = std::nullopt,
                               std::optional<CampaignId> campaign = std::nullopt) {
    schedules::Schedule made = schedule_of(name, announcement, start);
    made.exception = std::move(exception);
    made.campaign = std::move(campaign);
    made.duration = length;
    store.add_schedule(made, kMorning);
    store.save_fates({{made.id, start, {schedules::Verdict::kPlays, start, length, {}}}});
    return made;
  }
  // What the node's next plan holds; what an earlier one held and this one does not is taken back.
  void plan(const std::string& node, const std::vector<schedules::Schedule>& plays, WallTime now) {
    std::vector<PlannedPlay> promised;
    for (const auto& each : plays) promised.push_back(play_of(each));
    store.save_plan(NodeId{node}, {++seq, "name-" + std::to_string(seq), now, "{}", "envelope"}, promised, now);
  }
  void outcome(const std::string& node, const schedules::Schedule& schedule, OutcomeResult result, std::string_view why,
               milliseconds heard) {
    wire::Outcome said = outcome_of(play_of(schedule), result, why);
    said.heard = heard;
    store.book_outcomes(NodeId{node}, {said}, play_of(schedule).due);
  }
  void hear(const std::string& node, WallTime now, wire::Presence presence) {
    wire::Status status;
    status.presence = presence;
    store.save_report(NodeId{node}, {now, status});
  }

  Store& store;
  const crypto::PublicKey key = crypto::SecretKey::make().public_key();
  std::int64_t seq = 0;
};

// Tuesday 2026-11-24 and Wednesday, up to `kTold`.
inline const WallTime kTold = at("2026-11-25T12:00");

inline void fill(ReportBooks& books) {
  schedules::WardRules rules;
  rules.quiet = QuietHours{std::chrono::hours{21}, std::chrono::minutes{5 * 60 + 30}};
  rules.sessions = {{"sáng", std::chrono::hours{6}, std::chrono::hours{7}, std::chrono::minutes{15}},
                    {"chiều", std::chrono::hours{14}, std::chrono::hours{15}, std::chrono::minutes{15}}};
  books.store.add_ward_rules("12/QĐ-UBND", rules, kMorning);
  books.announce("chao", "Lời chào", AnnouncementClass::kNormal, seconds{30});
  books.announce("khan", "Báo bão", AnnouncementClass::kEmergency, seconds{60});
  books.announce("phi", "Phí, lệ phí", AnnouncementClass::kNormal, seconds{40});
  books.store.add_campaign(
      {CampaignId{"c-phi"}, "Công khai phí", CampaignKind::kDisclosure, "15/TB-UBND", 3, kMorning});

  const auto greeting = books.schedule("chao", "chao", at("2026-11-24T14:30"), seconds{32});
  const auto storm = books.schedule("khan", "khan", at("2026-11-24T22:00"), seconds{60});
  const auto fees =
      books.schedule("phi", "phi", at("2026-11-25T06:10"), seconds{40}, std::nullopt, CampaignId{"c-phi"});
  const auto holiday =
      books.schedule("le", "chao", at("2026-11-25T09:00"), seconds{30},
                     schedules::Exception{schedules::ExceptionReason::kGreatHoliday, "Ngày hội phường"});
  const auto off = books.schedule("huy", "chao", at("2026-11-25T10:00"), seconds{30});
  const auto waiting = books.schedule("cho", "chao", at("2026-11-25T11:59"), seconds{30});
  const auto later = books.schedule("sau", "chao", at("2026-11-25T14:10"), seconds{30});

  const WallTime first = kMorning + std::chrono::minutes{1};
  books.plan("n-1", {greeting, storm, fees, holiday, off, later}, first);
  books.plan("n-10", {greeting, later}, first);
  books.plan("n-2", {greeting, storm, off, waiting, later}, first);
  const WallTime second = at("2026-11-25T09:30");  // `off` is taken back
  books.plan("n-1", {later}, second);
  books.plan("n-2", {waiting, later}, second);

  books.outcome("n-1", greeting, OutcomeResult::kPlayed, "", seconds{32});
  books.outcome("n-10", greeting, OutcomeResult::kLate, reason::kJoinedLate, seconds{20});
  books.outcome("n-2", greeting, OutcomeResult::kMissed, reason::kNodeOff, seconds{0});
  books.outcome("n-1", storm, OutcomeResult::kPlayed, reason::kChimeMissing, seconds{60});
  books.outcome("n-2", storm, OutcomeResult::kStopped, reason::kStopOrder, seconds{10});
  books.outcome("n-1", fees, OutcomeResult::kPlayed, "", seconds{40});
  books.outcome("n-1", holiday, OutcomeResult::kPlayed, "", seconds{30});
  // It had not heard that it was taken back.
  books.outcome("n-2", off, OutcomeResult::kPlayed, "", seconds{30});
  for (const auto& [day, proved] :
       {std::pair{"2026-11-23", 1}, {"2026-11-24", 1}, {"2026-11-25", 1}, {"2026-11-26", 1}})
    books.store.save_campaign_day(CampaignId{"c-phi"}, {civil::parse_day(day), 1, proved});

  const auto complain = [&](const char* id, const char* when, std::optional<NodeId> node, ComplaintKind kind) {
    books.store.add_complaint({ComplaintId{id}, at(when), at(when), std::move(node), std::nullopt, kind, ""});
  };
  complain("g-old", "2026-11-23T23:59", NodeId{"n-1"}, ComplaintKind::kBroken);
  complain("g-1", "2026-11-24T14:40", std::nullopt, ComplaintKind::kOther);
  complain("g-2", "2026-11-24T22:01", NodeId{"n-2"}, ComplaintKind::kTooLoud);
  complain("g-3", "2026-11-25T06:20", NodeId{"n-1"}, ComplaintKind::kNotHeard);
  complain("g-4", "2026-11-25T06:30", NodeId{"n-1"}, ComplaintKind::kTooLoud);
  complain("g-late", "2026-11-25T12:00", NodeId{"n-1"}, ComplaintKind::kTooLoud);
  books.store.settle_complaint(ComplaintId{"g-4"}, {at("2026-11-25T08:00"), PersonId{"hoa"}, "Đã giảm"});
  for (const char* quarter : {"2026-Q3", "2026-Q4"}) {
    books.store.count_mark(quarter, AreaId{"to-1"}, 5);
    books.store.count_mark(quarter, std::nullopt, 4);
    books.store.count_mark(quarter, AreaId{"to-1"}, 1);
  }
}

inline const DayRange kTwoDays{civil::parse_day("2026-11-24"), civil::parse_day("2026-11-25")};

}  // namespace loa::server
