// A year of a whole ward, as the server reckons with it: `year` expands and arbitrates 366 days and asks what each of
// 500 loudspeakers is to play on them; `edit` puts, changes and removes one schedule at a time, compares the next 31
// days (`edit_year`: 366) with what they were and asks anew for the 7 days of every loudspeaker that it touches.
// `first_ms`: those days for the first time, as after a start. Each for 1,000, 2,000 and 4,000 schedules; `growth` is
// the cost against that of 1,000.
#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <time.h>

#include "schedules/holidays/holiday_file.h"
#include "schedules/timetable/timetable.h"

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::minutes;

// What this thread has computed: nothing here waits, so on a core of its own it takes as long, whoever else is busy.
struct Clock {
  static nanoseconds now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return seconds{time.tv_sec} + nanoseconds{time.tv_nsec};
  }
};

constexpr int kGroups = 50;
constexpr int kNodes = 500;
constexpr int kEdits = 200;
constexpr const char* kZone = "Asia/Ho_Chi_Minh";
const civil::Day kFirst = civil::parse_day("2026-01-01");
const civil::Day kToday = civil::parse_day("2026-03-16");

AreaId group(int i) {
  return AreaId{"to-dan-pho-" + std::to_string(i)};
}
AreaId pole(int i) {
  return AreaId{"cot-loa-" + std::to_string(i)};
}

std::vector<AreaPlace> ward() {
  std::vector<AreaPlace> places{{AreaId{"phu-lien"}, std::nullopt}};
  for (int i = 0; i < kGroups; ++i) places.push_back({group(i), AreaId{"phu-lien"}});
  for (int i = 0; i < kNodes; ++i) places.push_back({pole(i), group(i % kGroups)});
  return places;
}

WardRules rules() {
  WardRules rules;
  rules.quiet = QuietHours{21h, 5h + 30min};
  rules.sessions = {{"sang", 6h, 8h, 30min}, {"chieu", 16h + 30min, 18h + 30min, 30min}};
  rules.gap = 6s;
  return rules;
}

// What a ward writes down: mostly weekly, some daily, by the moon and around holidays; half of it packed into sessions.
class Editor {
 public:
  explicit Editor(std::uint64_t seed) : random_(seed) {}

  Schedule write(WallTime made) {
    Schedule schedule;
    schedule.id = ScheduleId{"s-" + std::to_string(1'000'000'000'000 + ++written_)};
    schedule.announcement = AnnouncementId{"a-" + std::to_string(written_)};
    schedule.announcement_class = percent(1)    ? AnnouncementClass::kEmergency
                                  : percent(15) ? AnnouncementClass::kPriority
                                                : AnnouncementClass::kNormal;
    place(schedule);
    schedule.rule = rule();
    if (percent(50)) schedule.session = percent(60) ? "sang" : "chieu";
    schedule.rank = upto(3);
    if (percent(70)) schedule.later = minutes{15 * (1 + upto(3))};
    schedule.duration = seconds{30 + 10 * upto(9)};
    if (percent(20)) schedule.shortest = 20s;
    if (percent(3)) schedule.exception = Exception{ExceptionReason::kPoliticalEvent, "ward"};
    schedule.late = 60s;
    schedule.volume_pct = 60;
    schedule.made = made;
    return schedule;
  }

  int upto(int most) { return std::uniform_int_distribution{0, most}(random_); }
  bool percent(int of_hundred) { return upto(99) < of_hundred; }

 private:
  void place(Schedule& schedule) {
    if (percent(5)) {
      schedule.areas = {AreaId{"phu-lien"}};
    } else if (percent(70)) {
      schedule.areas = {group(upto(kGroups - 1))};
    } else if (percent(30)) {
      const int first = upto(kGroups - 1);
      for (int i = 0; i <= 1 + upto(3); ++i) schedule.areas.push_back(group((first + i) % kGroups));
      if (percent(50)) schedule.stagger = 3s;
    } else {
      for (int i = 0; i <= upto(2); ++i) schedule.areas.push_back(pole(upto(kNodes - 1)));
    }
  }

  Rule rule() {
    static const char* const kWeekdays[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    Recurring recurring{{kFirst + minutes{(percent(60) ? 6 * 60 : 16 * 60 + 30) + 5 * upto(23)},
                         civil::Zone{kZone},
                         {},
                         {},
                         {},
                         {},
                         {}},
                        {}};
    const auto repeat = [&](const std::string& text) { recurring.set.rules = {recurrence::parse_rule(text)}; };
    const auto step = [&](holidays::DayStep one) { recurring.days.steps.push_back(std::move(one)); };
    const int kind = upto(99);
    if (kind < 12) {
      repeat("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
      if (percent(50)) step(holidays::SkipOn{holidays::DaySet::kDayOff});
    } else if (kind < 20) {
      repeat("FREQ=DAILY");
    } else if (kind < 55) {
      repeat(std::string{"FREQ=WEEKLY;BYDAY="} + kWeekdays[upto(4)] +
             (percent(40) ? "," + std::string{kWeekdays[upto(6)]} : ""));
    } else if (kind < 63) {
      repeat("FREQ=WEEKLY;BYDAY=FR");
      step(holidays::MoveFrom{holidays::DaySet::kNotWorking, holidays::Direction::kBefore});
    } else if (kind < 75) {
      repeat(percent(50) ? "FREQ=MONTHLY;BYDAY=1MO,-1FR" : "FREQ=MONTHLY;BYMONTHDAY=15,-1");
    } else if (kind < 87) {
      repeat("RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=1,15");
    } else if (kind < 91) {
      repeat("RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=10");
      step(holidays::evening_before_and_morning_of(17h + 30min, 6h + 30min));
    } else if (kind < 96) {
      repeat("FREQ=MONTHLY;BYDAY=2TH");
      step(holidays::MoveFrom{holidays::DaySet::kNotWorking, holidays::Direction::kAfter});
      step(holidays::days_before({3, 1}));
    } else {
      return Once{recurring.set.zone.to_wall(recurring.set.dtstart + days{upto(365)})};
    }
    return recurring;
  }

  std::mt19937_64 random_;
  std::int64_t written_ = 0;
};

Timetable empty() {
  return Timetable{ward(), rules(), Almanac{civil::Zone{kZone}, holidays::vietnam()}};
}

double growth_of(const char* what, double cost) {
  static std::map<std::string, double> first;
  return cost / first.emplace(what, cost).first->second;
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double milliseconds_between(nanoseconds begin, nanoseconds end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

void year(benchmark::State& state) {
  Editor editor{1};
  std::vector<Schedule> schedules;
  for (int i = 0; i < state.range(0); ++i) schedules.push_back(editor.write(WallTime{}));
  double arbitrated = 0;
  double asked = 0;
  std::size_t occurrences = 0;
  std::size_t silent = 0;
  std::size_t sounds = 0;
  for (auto _ : state) {
    const auto begin = Clock::now();
    Timetable table = empty();
    for (const Schedule& schedule : schedules) table.put(schedule);
    for (int day = 0; day < 366; ++day) {
      for (const Decided& each : table.day(kFirst + days{day})) {
        ++occurrences;
        if (each.fate.verdict == Verdict::kCancelled) ++silent;
      }
    }
    const auto middle = Clock::now();
    for (int node = 0; node < kNodes; ++node)
      sounds += table.soundings(pole(node), table.midnight(kFirst), table.midnight(kFirst + days{366})).size();
    const auto end = Clock::now();
    arbitrated = milliseconds_between(begin, middle);
    asked = milliseconds_between(middle, end);
    state.SetIterationTime((arbitrated + asked) / 1000);
  }
  state.counters["occurrences"] = static_cast<double>(occurrences);
  state.counters["silent"] = static_cast<double>(silent);
  state.counters["sounds"] = static_cast<double>(sounds);
  state.counters["arbitrated_ms"] = arbitrated;
  state.counters["asked_ms"] = asked;
  state.counters["growth"] = growth_of("year", arbitrated + asked);
  state.counters["peak_MB"] = peak_megabytes();
}

// The poles that hear one of the areas.
std::vector<int> poles_below(const std::set<AreaId>& areas) {
  std::vector<int> found;
  for (int i = 0; i < kNodes; ++i)
    if (areas.contains(AreaId{"phu-lien"}) || areas.contains(group(i % kGroups)) || areas.contains(pole(i)))
      found.push_back(i);
  return found;
}

void edit_foreseeing(benchmark::State& state, days foreseen_days, const char* name) {
  Editor editor{1};
  Timetable table = empty();
  std::vector<Schedule> schedules;
  for (int i = 0; i < state.range(0); ++i) {
    schedules.push_back(editor.write(WallTime{}));
    table.put(schedules.back());
  }
  const WallTime now = table.midnight(kToday) + 9h;
  // As server/core/schedule_handlers.cpp does it.
  const auto foreseen = [&] { return table.foresee(kToday - days{1}, kToday + foreseen_days); };
  static_cast<void>(table.settle(now - Timetable::kHistory, now + 8s));
  const auto start = Clock::now();
  static_cast<void>(foreseen());
  state.counters["first_ms"] = milliseconds_between(start, Clock::now());

  std::vector<double> costs;
  std::size_t changes = 0;
  std::size_t nodes = 0;
  for (auto _ : state) {
    for (int i = 0; i < kEdits; ++i) {
      Schedule& old = schedules[static_cast<std::size_t>(editor.upto(static_cast<int>(schedules.size()) - 1))];
      Schedule wanted = editor.write(WallTime{});
      const auto begin = Clock::now();
      const auto before = foreseen();
      if (i % 3 != 0) table.remove(old.id);
      if (i % 3 != 2) table.put(wanted);
      const Difference change = difference(before, foreseen());
      std::set<AreaId> areas;
      for (const Difference::Change& each : change.changes) {
        if ((each.after ? each.after->start : each.before->start) >= now + days{7}) continue;
        const Schedule* known = table.find(each.schedule);
        const auto& reached = known ? known->areas : old.areas;
        areas.insert(reached.begin(), reached.end());
      }
      const std::vector<int> touched = poles_below(areas);
      for (const int node : touched) benchmark::DoNotOptimize(table.soundings(pole(node), now, now + days{7}));
      costs.push_back(milliseconds_between(begin, Clock::now()));
      changes += change.changes.size();
      nodes += touched.size();
      if (i % 3 == 2)
        old = schedules.back(), schedules.pop_back();
      else if (i % 3 == 1)
        old = std::move(wanted);
      else
        schedules.push_back(std::move(wanted));
    }
  }
  std::ranges::sort(costs);
  const auto at = [&](double share) {
    return costs[static_cast<std::size_t>(share * static_cast<double>(costs.size() - 1))];
  };
  double sum = 0;
  for (const double cost : costs) sum += cost;
  state.SetIterationTime(sum / 1000);
  state.counters["p50_ms"] = at(0.5);
  state.counters["p99_ms"] = at(0.99);
  state.counters["max_ms"] = costs.back();
  state.counters["changes"] = static_cast<double>(changes);
  state.counters["nodes"] = static_cast<double>(nodes);
  state.counters["growth"] = growth_of(name, sum);
  state.counters["peak_MB"] = peak_megabytes();
}

void edit(benchmark::State& state) {
  edit_foreseeing(state, days{31}, "edit");
}
void edit_year(benchmark::State& state) {
  edit_foreseeing(state, days{366}, "edit_year");
}

BENCHMARK(year)->Arg(1000)->Arg(2000)->Arg(4000)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(edit)->Arg(1000)->Arg(2000)->Arg(4000)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(edit_year)->Arg(1000)->Arg(2000)->Arg(4000)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace loa::schedules
