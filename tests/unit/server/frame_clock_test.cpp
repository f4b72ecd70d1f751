#include "server/live/frame_clock.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace loa::live {
namespace {

const StationTime kFirst = station_from_us(1'801'872'000'000'000);
constexpr milliseconds kDelay{300};

StationTime at(double ms) {
  return kFirst + std::chrono::round<nanoseconds>(std::chrono::duration<double, std::milli>(ms));
}

TEST(FrameClock, AFrameIsTheOneDueThatLongAfterItCame) {
  FrameClock clock(kFirst, kDelay);
  EXPECT_EQ(clock.number(at(-301)), std::nullopt) << "the chime still sounds";
  EXPECT_EQ(clock.number(at(-300)), 0U);
  FrameClock later(kFirst, kDelay);
  EXPECT_EQ(later.number(at(719)), 50U);
}

TEST(FrameClock, NumbersRunOnThroughBurstsAndShortStalls) {
  FrameClock clock(kFirst, kDelay);
  std::uint32_t expected = 15;
  for (int burst = 0; burst < 200; ++burst)
    for (int i = 0; i < 3; ++i) EXPECT_EQ(clock.number(at(burst * 60.0)), expected++) << burst;
}

// So many numbers left out (positive) or frames dropped (negative) in ten minutes.
int corrections(double ppm) {
  FrameClock clock(kFirst, kDelay);
  int sum = 0;
  std::uint32_t last = 0;
  for (int i = 0; i < 30'000; ++i) {
    const auto number = clock.number(at(i * 20.0 * (1.0 + ppm * 1e-6) + (i % 7)));
    if (!number) {
      --sum;
      continue;
    }
    if (i > 0) sum += static_cast<int>(*number - last) - 1;
    last = *number;
  }
  return sum;
}

TEST(FrameClock, FollowsASpeakersClockByOneFrameAtATime) {
  EXPECT_EQ(corrections(0), 0);
  EXPECT_NEAR(corrections(200), 6, 1) << "slower than the station: 120 ms in ten minutes";
  EXPECT_NEAR(corrections(-200), -6, 4);
}

TEST(FrameClock, IsNeverFarFromTheMomentThatIsMeant) {
  for (const double ppm : {-300.0, 300.0}) {
    FrameClock clock(kFirst, kDelay);
    for (int i = 0; i < 30'000; ++i) {
      const double came = i * 20.0 * (1.0 + ppm * 1e-6);
      const auto number = clock.number(at(came));
      if (number) {
        EXPECT_NEAR(*number * 20.0, came + 300.0, 90.0);
      }
    }
  }
}

TEST(FrameClock, ALongerDelayLeavesNumbersOutOnce) {
  FrameClock clock(kFirst, kDelay);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(clock.number(at(i * 20.0)), 15U + static_cast<unsigned>(i));
  clock.set_delay(kDelay + milliseconds{120});
  for (int i = 10; i < 300; ++i) EXPECT_EQ(clock.number(at(i * 20.0)), 21U + static_cast<unsigned>(i));
}

TEST(FrameClock, AfterALongStallSpeechGoesOnInTime) {
  FrameClock clock(kFirst, kDelay);
  for (int i = 0; i < 50; ++i) static_cast<void>(clock.number(at(i * 20.0)));
  EXPECT_EQ(clock.number(at(3000.0)), 165U) << "not 300 ms behind what was said two seconds ago";
}

}  // namespace
}  // namespace loa::live
