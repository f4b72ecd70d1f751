// A quarter's report over a million outcomes: 200 loudspeakers, 44 airings a day for 114 days, in books that hold the
// quarter before too. Each turn opens the books anew, so SQLite's own cache is empty and the system's is warm; the time
// is what whoever waits for the report waits. `figures` reads and adds up; the others do that and write the file;
// `year` packs both quarters with every outcome.
#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "common/crypto/keys.h"
#include "common/crypto/sha256.h"
#include "server/reports/report_writer.h"

namespace loa::server {
namespace {

namespace fs = std::filesystem;

constexpr int kNodes = 200;
constexpr int kGroups = 60;
constexpr int kSchedules = 44;  // each once a day
const civil::Zone kZone{"Asia/Ho_Chi_Minh"};
const DayRange kBefore{civil::parse_day("2026-07-30"), civil::parse_day("2026-11-20")};
const DayRange kQuarter{civil::parse_day("2026-11-21"), civil::parse_day("2027-03-14")};
const WallTime kNow = kZone.to_wall(civil::parse_time("2027-03-24T08:00"));

std::string numbered(const char* name, int number) {
  std::string digits = std::to_string(number);
  return name + std::string(3 - digits.size(), '0') + digits;
}

class Books {
 public:
  Books() : folder_(fs::temp_directory_path() / ("loa-report-bench-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    Store store = Store::make_writer(db::Database::open_writer(file()));
    store.together([&] { fill_ward(store); });
    db::Database raw = db::Database::open_writer(file());
    raw.execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-400000");  // nobody keeps these books
    for (const DayRange& quarter : {kBefore, kQuarter})
      for (civil::Day day = quarter.from; day <= quarter.to; day += civil::days{1}) fill_day(raw, day);
  }
  ~Books() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  [[nodiscard]] ReportWriter writer() const {
    return {{StationId{"phu-lien"}, folder_ / "reports", built_in_report_form(), kZone},
            Store::make_reader(db::Database::open_reader(file()))};
  }

 private:
  [[nodiscard]] fs::path file() const { return folder_ / "server.db"; }

  void fill_ward(Store& store) {
    const WallTime made = kZone.to_wall(kBefore.from);
    store.add_area({AreaId{"phu-lien"}, std::nullopt, "Phường Phù Liễn"}, made);
    for (int i = 0; i < kGroups; ++i)
      store.add_area({AreaId{numbered("tdp-", i)}, AreaId{"phu-lien"}, numbered("Tổ dân phố ", i)}, made);
    const auto key = crypto::SecretKey::make().public_key();
    for (int i = 0; i < kNodes; ++i)
      store.add_node({NodeId{numbered("loa-", i)}, AreaId{numbered("tdp-", i % kGroups)}, numbered("Loa ", i), key},
                     made);
    schedules::WardRules rules;
    rules.quiet = QuietHours{std::chrono::hours{21}, std::chrono::minutes{330}};
    rules.sessions = {{"sáng", std::chrono::hours{6}, std::chrono::hours{11}, std::chrono::hours{5}},
                      {"chiều", std::chrono::hours{14}, std::chrono::hours{18}, std::chrono::hours{4}}};
    store.add_ward_rules("12/QĐ-UBND", rules, made);
    for (int i = 0; i < kSchedules; ++i) {
      const std::string name = numbered("", i);
      const ClipHash clip{crypto::to_hex(crypto::sha256(view_bytes(name)))};
      store.add_recording({RecordingId{"r-" + name}, name, 1, made, RecordingState::kIngesting, 0, {}, {}});
      store.save_clip_of(RecordingId{"r-" + name}, {clip, 1, seconds{90}, -20, -16, -1.5, 24'000}, made);
      store.add_announcement({AnnouncementId{"a-db2c008f8311ae" + name}, "Thông báo " + name, "",
                              i % 20 == 0 ? AnnouncementClass::kPriority : AnnouncementClass::kNormal, clip},
                             made);
      schedules::Schedule schedule;
      schedule.id = ScheduleId{"s-db2c008f8311ae" + name};
      schedule.announcement = AnnouncementId{"a-db2c008f8311ae" + name};
      schedule.areas = {AreaId{"phu-lien"}};
      schedule.rule = schedules::Once{made};
      schedule.volume_pct = 60;
      schedule.clip = clip;
      schedule.duration = seconds{90};
      schedule.made = made;
      store.add_schedule(schedule, made);
    }
  }

  // As a server books it: each day's plays of every loudspeaker, in the order of time.
  void fill_day(db::Database& raw, civil::Day day) {
    db::Transaction transaction(raw);
    db::Statement fate = raw.prepare(
        "INSERT INTO fates (schedule_id, due_us, verdict, start_us, length_ms) VALUES (?1, ?2, 'plays', ?2, 92700)");
    db::Statement play = raw.prepare(
        "INSERT INTO planned_plays (node_id, play_id, schedule_id, announcement_id, clip_sha256, start_us, due_us, "
        "open) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0)");
    db::Statement outcome = raw.prepare(
        "INSERT INTO outcomes (node_id, play_id, announcement_id, clip_sha256, planned_us, result, reason, started_us, "
        "start_error_us, heard_ms, loudness_lufs, peak_dbfs, clock_state, clock_error_us, historical, reported_us, "
        "committed_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, -20.2, -3.5, 'synced', 700, 0, ?5, ?5)");
    for (int i = 0; i < kSchedules; ++i) {
      const std::string name = numbered("", i);
      const ScheduleId schedule{"s-db2c008f8311ae" + name};
      const AnnouncementId announcement{"a-db2c008f8311ae" + name};
      const ClipHash clip{crypto::to_hex(crypto::sha256(view_bytes(name)))};
      // From 6:00 on, one each quarter of an hour.
      const WallTime start = kZone.to_wall(day) + std::chrono::hours{6} + i * std::chrono::minutes{15};
      const PlayId id = schedules::play_id(schedule, start);
      fate.bind_all(schedule, start).run();
      for (int j = 0; j < kNodes; ++j) {
        const NodeId node{numbered("loa-", j)};
        const int luck = (i * 31 + j * 17 + static_cast<int>(day.time_since_epoch().count())) % 100;
        const bool is_missed = luck == 0;
        const bool is_late = luck == 1;
        play.bind_all(node, id, schedule, announcement, clip, start).run();
        outcome
            .bind_all(node, id, announcement, clip, start,
                      is_missed ? "missed"
                      : is_late ? "late"
                                : "played",
                      is_missed ? "no_report"
                      : is_late ? "joined_late"
                                : "",
                      is_missed ? std::nullopt : std::optional{start + microseconds{800}},
                      is_missed ? std::nullopt : std::optional{std::int64_t{800}}, is_missed ? 0 : 92'700)
            .run();
      }
    }
    transaction.commit();
  }

  const fs::path folder_;
};

Books& books() {
  static Books made;
  return made;
}

void figures(benchmark::State& state) {
  const Books& all = books();
  for (auto _ : state) {
    const EvidenceFigures told = all.writer().figures(kQuarter, kNow);
    state.counters["outcomes"] = static_cast<double>(told.total.planned());
  }
}

void write(benchmark::State& state, ReportFormat format, const DayRange& range) {
  const Books& all = books();
  for (auto _ : state) {
    const WrittenFile file = all.writer().write({range, format}, kNow);
    state.counters["bytes"] = static_cast<double>(file.bytes);
  }
}

constexpr int kTurns = 5;
BENCHMARK(figures)->Unit(benchmark::kSecond)->Iterations(kTurns)->UseRealTime();
BENCHMARK_CAPTURE(write, pdf, ReportFormat::kPdf, kQuarter)
    ->Unit(benchmark::kSecond)
    ->Iterations(kTurns)
    ->UseRealTime();
BENCHMARK_CAPTURE(write, xlsx, ReportFormat::kXlsx, kQuarter)
    ->Unit(benchmark::kSecond)
    ->Iterations(kTurns)
    ->UseRealTime();
BENCHMARK_CAPTURE(write, csv, ReportFormat::kCsv, kQuarter)
    ->Unit(benchmark::kSecond)
    ->Iterations(kTurns)
    ->UseRealTime();
BENCHMARK_CAPTURE(write, year, ReportFormat::kZip, DayRange{kBefore.from, kQuarter.to})
    ->Unit(benchmark::kSecond)
    ->Iterations(1)
    ->UseRealTime();

}  // namespace
}  // namespace loa::server
