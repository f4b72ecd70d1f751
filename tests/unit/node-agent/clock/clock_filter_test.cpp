#include "node-agent/clock/clock_filter.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace loa::node {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kBoot{1h};
const StationTime kStation = station_from_us(1'801'872'000'000'000);  // what the station shows at kBoot

// A machine whose clock runs `ppm` slower than the station's, and a network between the two.
struct Rig {
  double ppm = 0;
  std::mt19937_64 random{1};
  nanoseconds least = 30ms;
  nanoseconds jitter = 40ms;  // uniform, each way for itself

  [[nodiscard]] StationTime station(MonoTime mono) const {
    const nanoseconds elapsed = mono - kBoot;
    return kStation + elapsed +
           nanoseconds{static_cast<std::int64_t>(static_cast<double>(elapsed.count()) * ppm * 1e-6)};
  }
  nanoseconds way() {
    return least + nanoseconds{std::uniform_int_distribution<std::int64_t>(0, jitter.count())(random)};
  }
  ClockExchange exchange(nanoseconds at) {
    const MonoTime t1 = kBoot + at;
    const MonoTime received = t1 + way();
    const MonoTime sent = received + 200us;
    // As on the wire: whole microseconds, rounded down.
    return {t1, station_from_us(to_us(station(received))), station_from_us(to_us(station(sent))), sent + way()};
  }
  [[nodiscard]] nanoseconds error(const ClockFilter& filter, nanoseconds at) const {
    const MonoTime now = kBoot + at;
    return StationTime{now.time_since_epoch() + filter.offset(now)} - station(now);
  }
};

TEST(ClockFilter, EqualWaysGiveTheExactOffset) {
  Rig rig;
  rig.jitter = 0ns;
  const ClockFilter filter(rig.exchange(0s));
  EXPECT_LE(std::chrono::abs(rig.error(filter, 61ms)), 1us);
}

// RFC 5905 §8: whatever the two ways are, the error is at most half of the round trip.
TEST(ClockFilter, TheErrorStaysWithinTheBound) {
  for (const double ppm : {-180.0, -20.0, 0.0, 50.0, 180.0}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Rig rig;
      rig.ppm = ppm;
      rig.random.seed(seed);
      ClockFilter filter(rig.exchange(0s));
      nanoseconds at = 1s;
      for (int i = 0; i < 300; ++i) {
        if (seed % 2 == 0 || i % 3 != 0) filter.add(rig.exchange(at));
        at += i < 8 ? 1s : 16s;
        const nanoseconds error = std::chrono::abs(rig.error(filter, at));
        ASSERT_LE(error, filter.bound(kBoot + at)) << ppm << " ppm, seed " << seed << ", exchange " << i;
      }
      const nanoseconds alone = std::chrono::abs(rig.error(filter, at + 7 * 24h));
      ASSERT_LE(alone, filter.bound(kBoot + at + 7 * 24h)) << ppm << " ppm, seed " << seed;
    }
  }
}

// The link of a bad day: 50 ± 20 ms each way.
TEST(ClockFilter, SettlesToMillisecondsOverAJitteryLink) {
  std::vector<nanoseconds> errors;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rig rig;
    rig.ppm = seed % 2 == 0 ? 100 : -100;
    rig.random.seed(seed);
    ClockFilter filter(rig.exchange(0s));
    for (int i = 1; i < 8; ++i) filter.add(rig.exchange(seconds{i}));
    for (int i = 1; i < 100; ++i) {
      const nanoseconds at = 8s + i * 16s;
      filter.add(rig.exchange(at));
      if (i > 40) errors.push_back(std::chrono::abs(rig.error(filter, at + 8s)));
    }
  }
  std::sort(errors.begin(), errors.end());
  EXPECT_LT(errors[errors.size() * 95 / 100], 5ms);
  EXPECT_LT(errors[errors.size() / 2], 2ms);
}

// Sure of a middle that was wrong, because one way was always the slower: one fast exchange proves better at once.
TEST(ClockFilter, WhatIsProvedHoldsAgainstWhatSeemedSure) {
  Rig rig;
  rig.jitter = 0ns;
  rig.least = 0ns;
  const auto slow_back = [&](nanoseconds at) {
    ClockExchange exchange = rig.exchange(at);
    exchange.t4 += 40ms;
    return exchange;
  };
  ClockFilter filter(slow_back(0s));
  for (int i = 1; i < 20; ++i) filter.add(slow_back(seconds{i}));
  EXPECT_LT(rig.error(filter, 20s), -18ms);
  rig.least = 2ms;
  filter.add(rig.exchange(20s));
  EXPECT_LE(std::chrono::abs(rig.error(filter, 20s + 5ms)), 2ms + 10us);
}

// A packet that TCP sends again arrives hundreds of milliseconds later, one way only.
TEST(ClockFilter, LostPacketsDoNotBlurIt) {
  std::vector<nanoseconds> errors;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rig rig;
    rig.ppm = 100;
    rig.random.seed(seed);
    ClockFilter filter(rig.exchange(0s));
    for (int i = 1; i < 120; ++i) {
      ClockExchange exchange = rig.exchange(seconds{i});
      const auto chance = rig.random() % 20;
      const nanoseconds again{static_cast<std::int64_t>(300'000'000 + rig.random() % 400'000'000)};
      if (chance == 0) exchange.t4 += again;
      if (chance == 1) {
        exchange.t2 += again;
        exchange.t3 += again;
        exchange.t4 += again;
      }
      filter.add(exchange);
    }
    errors.push_back(std::chrono::abs(rig.error(filter, 120s)));
    EXPECT_LE(errors.back(), filter.bound(kBoot + 120s));
    EXPECT_LT(filter.deviation(), 2200us);
  }
  std::sort(errors.begin(), errors.end());
  EXPECT_LT(errors[errors.size() * 95 / 100], 5ms);
}

TEST(ClockFilter, MeasuresTheRateAndHoldsItAlone) {
  Rig rig;
  rig.ppm = 80;
  ClockFilter filter(rig.exchange(0s));
  for (int i = 1; i <= 225; ++i) filter.add(rig.exchange(i * 16s));
  EXPECT_NEAR(static_cast<double>(filter.rate_ppb()), 80'000, 3'000);
  // A day alone: 80 ppm would be 6.9 s.
  EXPECT_LT(std::chrono::abs(rig.error(filter, 1h + 24h)), 300ms);
}

TEST(ClockFilter, TheBoundGrowsWithWhatIsNotKnownOfTheRate) {
  Rig rig;
  ClockFilter filter(rig.exchange(0s));
  const nanoseconds young = filter.bound(kBoot + 1s + 1000s) - filter.bound(kBoot + 1s);
  EXPECT_NEAR(static_cast<double>(young.count()), 200e6, 1e6);  // 200 ppm
  for (int i = 1; i <= 225; ++i) filter.add(rig.exchange(i * 16s));
  const nanoseconds old = filter.bound(kBoot + 1h + 1000s) - filter.bound(kBoot + 1h);
  EXPECT_LT(old, 40ms);
  EXPECT_GT(old, 19ms);  // never surer than a cabinet between night and noon
}

TEST(ClockFilter, ASlowExchangeHardlyMovesWhatIsKnown) {
  Rig rig;
  rig.jitter = 0ns;
  rig.least = 1ms;
  ClockFilter filter(rig.exchange(0s));
  for (int i = 1; i < 8; ++i) filter.add(rig.exchange(seconds{i}));
  ClockExchange slow = rig.exchange(8s);
  slow.t4 += 800ms;  // the way back hung
  filter.add(slow);
  EXPECT_LT(std::chrono::abs(rig.error(filter, 9s)), 1ms);
}

TEST(ClockFilter, ContradictionIsTheGapBetweenTheProofs) {
  Rig rig;
  rig.jitter = 0ns;
  const ClockFilter filter(rig.exchange(0s));
  ClockExchange later = rig.exchange(1s);
  EXPECT_EQ(filter.contradiction(later), 0ns);
  later.t2 += 1s;
  later.t3 += 1s;
  EXPECT_GT(filter.contradiction(later), 1s - 62ms);
  EXPECT_LT(filter.contradiction(later), 1s - 58ms);
  later.t2 -= 2s;
  later.t3 -= 2s;
  EXPECT_GT(filter.contradiction(later), 1s - 62ms);
  EXPECT_LT(filter.contradiction(later), 1s - 58ms);
}

TEST(ClockFilter, WhatContradictsIsBelieved) {
  Rig rig;
  rig.jitter = 0ns;
  ClockFilter filter(rig.exchange(0s));
  ClockExchange later = rig.exchange(1s);
  later.t2 += 200ms;
  later.t3 += 200ms;
  filter.add(later);
  EXPECT_LT(std::chrono::abs(rig.error(filter, 2s) - 200ms), 40ms);
  EXPECT_GE(filter.bound(kBoot + 2s), std::chrono::abs(rig.error(filter, 2s) - 200ms));
}

}  // namespace
}  // namespace loa::node
