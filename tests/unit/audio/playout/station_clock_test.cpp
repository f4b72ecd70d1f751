#include "audio/playout/station_clock.h"

#include <gtest/gtest.h>

namespace loa::playout {
namespace {

constexpr MonoTime kMono{seconds{1'000}};
constexpr StationTime kStation{seconds{1'800'000'000}};

TEST(StationClock, OffsetAndRateApplyBothWays) {
  const StationClock clock({kMono, kStation, 100'000});  // 100 ppm
  EXPECT_EQ(clock.at(kMono), kStation);
  EXPECT_EQ(clock.at(kMono + seconds{10'000}), kStation + seconds{10'001});
  EXPECT_EQ(clock.at(kMono - seconds{10'000}), kStation - seconds{10'001});
  EXPECT_EQ(clock.when(kStation + seconds{10'001}), kMono + seconds{10'000});
}

TEST(StationClock, StaysExactOverYears) {
  const StationClock clock({kMono, kStation, -37'123});
  const MonoTime later = kMono + std::chrono::hours{24 * 365 * 20};
  EXPECT_LE(std::chrono::abs(clock.when(clock.at(later)) - later), nanoseconds{1});
}

TEST(StationClock, TellsItsListenerAfterTheChange) {
  StationClock clock({kMono, kStation, 0});
  StationTime seen{};
  clock.set_on_change([&](const ClockCalibration& calibration) {
    seen = clock.at(kMono);
    EXPECT_EQ(calibration.station, seen);
  });
  clock.set({kMono, kStation + seconds{5}, 0});
  EXPECT_EQ(seen, kStation + seconds{5});
  clock.set_on_change(nullptr);
  clock.set({kMono, kStation, 0});
  EXPECT_EQ(seen, kStation + seconds{5});
}

TEST(StationClock, CutsARateThatNoClockHas) {
  StationClock clock({kMono, kStation, 0});
  clock.set({kMono, kStation, -2'000'000'000});
  EXPECT_EQ(clock.calibration().rate_ppb, -kMaxRatePpb);
  EXPECT_GT(clock.at(kMono + seconds{1}), kStation);
}

}  // namespace
}  // namespace loa::playout
