// Expanding the same rules with libical's own iterator and with ours. Ours goes all the way to instants in a zone,
// libical's stays on the floating clock. The label says whether both gave the same times; the counters how much longer
// libical took (ratio) and what one occurrence costs. Rules that libical cannot do are timed alone.
#include <chrono>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <libical/ical.h>

#include "schedules/recurrence/recurrence_set.h"

namespace loa::recurrence {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kStart = "20260101T053000";
constexpr const char* kFrom = "2026-01-01T05:30";
constexpr const char* kUntil = "2036-01-01T00:00";

struct Case {
  const char* rule;
  enum class Peer { kCan, kCannot } peer = Peer::kCan;
};
const std::vector<Case> kCases = {
    {"FREQ=DAILY"},
    {"FREQ=DAILY;BYHOUR=5,17;BYMINUTE=30"},
    {"FREQ=DAILY;INTERVAL=3;COUNT=500"},
    {"FREQ=DAILY;BYMONTH=1,2,12;BYDAY=MO,TU,WE,TH,FR"},
    {"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"},
    {"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU"},
    {"FREQ=WEEKLY;BYDAY=FR;BYHOUR=5,17;BYMINUTE=30,45"},
    {"FREQ=MONTHLY"},
    {"FREQ=MONTHLY;BYMONTHDAY=-1"},
    {"FREQ=MONTHLY;BYMONTHDAY=15,30"},
    {"FREQ=MONTHLY;BYDAY=1MO,-1FR"},
    {"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"},
    {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"},
    {"FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=30"},
    {"FREQ=YEARLY;BYMONTH=3,6,9,11;BYDAY=2MO"},
    {"FREQ=YEARLY;BYYEARDAY=1,100,-1"},
    {"FREQ=YEARLY;BYDAY=20MO"},
    {"FREQ=HOURLY;INTERVAL=6"},
    // libical 3.0.16 refuses them, gives other times (06:30 as 05:30 + 90 minutes), passes BYSETPOS over, or does not
    // come back from one call.
    {"FREQ=MINUTELY;INTERVAL=90;BYHOUR=6,7,8", Case::Peer::kCannot},
    {"FREQ=YEARLY;BYMONTHDAY=31", Case::Peer::kCannot},
    {"FREQ=YEARLY;BYYEARDAY=100;BYMONTHDAY=9,10", Case::Peer::kCannot},
    {"FREQ=YEARLY;BYWEEKNO=20", Case::Peer::kCannot},
    {"FREQ=DAILY;BYHOUR=5,17;BYSETPOS=-1", Case::Peer::kCannot},
    {"FREQ=SECONDLY;BYMONTH=3;BYHOUR=7;BYMINUTE=0;BYSECOND=0", Case::Peer::kCannot},
    {"RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=1,15", Case::Peer::kCannot},
    {"RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1", Case::Peer::kCannot},
};

std::vector<Instance> ours(const Case& one) {
  const RecurrenceSet set{
      civil::parse_time(kFrom), civil::Zone{"Asia/Ho_Chi_Minh"}, {parse_rule(one.rule)}, {}, {}, {}, {}};
  return occurrences(set, set.zone.to_wall(set.dtstart), set.zone.to_wall(civil::parse_time(kUntil)));
}

std::vector<std::string> theirs(const Case& one) {
  std::vector<std::string> times;
  icalrecur_iterator* walk =
      icalrecur_iterator_new(icalrecurrencetype_from_string(one.rule), icaltime_from_string(kStart));
  if (walk == nullptr) return times;
  const icaltimetype until = icaltime_from_string("20360101T000000");
  for (icaltimetype time = icalrecur_iterator_next(walk);
       icaltime_is_null_time(time) == 0 && icaltime_compare(time, until) < 0; time = icalrecur_iterator_next(walk))
    times.emplace_back(icaltime_as_ical_string(time));
  icalrecur_iterator_free(walk);
  return times;
}

// The same without keeping anything: the iterator alone.
std::size_t count_theirs(const Case& one) {
  std::size_t count = 0;
  icalrecur_iterator* walk =
      icalrecur_iterator_new(icalrecurrencetype_from_string(one.rule), icaltime_from_string(kStart));
  const icaltimetype until = icaltime_from_string("20360101T000000");
  for (icaltimetype time = icalrecur_iterator_next(walk);
       icaltime_is_null_time(time) == 0 && icaltime_compare(time, until) < 0; time = icalrecur_iterator_next(walk))
    ++count;
  icalrecur_iterator_free(walk);
  return count;
}

bool agree(const std::vector<Instance>& mine, const std::vector<std::string>& other) {
  if (mine.size() != other.size()) return false;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    std::string text = civil::format_time(mine[i].civil);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    if (text != other[i]) return false;
  }
  return true;
}

void expand(benchmark::State& state, const Case& one) {
  const std::vector<Instance> mine = ours(one);
  const bool has_peer = one.peer == Case::Peer::kCan;
  if (has_peer && !agree(mine, theirs(one))) state.SkipWithError("the two disagree");
  Clock::duration peer{0};
  Clock::duration own{0};
  for (auto _ : state) {
    const auto begin = Clock::now();
    benchmark::DoNotOptimize(ours(one));
    const auto middle = Clock::now();
    if (has_peer) benchmark::DoNotOptimize(count_theirs(one));
    own += middle - begin;
    peer += Clock::now() - middle;
    state.SetIterationTime(std::chrono::duration<double>(middle - begin).count());
  }
  state.counters["occurrences"] = static_cast<double>(mine.size());
  if (has_peer) state.counters["libical/loa"] = static_cast<double>(peer.count()) / static_cast<double>(own.count());
  state.SetLabel(has_peer ? "same times" : "libical cannot");
}

const bool kRegistered = [] {
  for (const Case& one : kCases)
    benchmark::RegisterBenchmark(one.rule, [&one](benchmark::State& state) { expand(state, one); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->MinTime(0.1);
  return true;
}();

}  // namespace
}  // namespace loa::recurrence
