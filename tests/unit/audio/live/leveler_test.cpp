#include "audio/live/leveler.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "audio/intake/loudness.h"

namespace loa::live {
namespace {

constexpr std::size_t kRate = 48'000;

// A tone of so many dB below full scale; 997 Hz has a loudness 3 dB below that.
std::vector<float> tone(double dbfs, double seconds) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * kRate));
  const double peak = std::pow(10.0, dbfs / 20.0);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(peak * std::sin(2.0 * std::numbers::pi * 997.0 * static_cast<double>(i) / kRate));
  return samples;
}

std::vector<float> through(Leveler& leveler, const std::vector<float>& in) {
  std::vector<float> out;
  leveler.process(in, out);
  return out;
}

double lufs(std::span<const float> samples) {
  intake::LoudnessMeter meter;
  meter.add(samples);
  return meter.integrated().value_or(-100.0);
}

float peak(std::span<const float> samples) {
  float most = 0.0F;
  for (const float sample : samples) most = std::max(most, std::abs(sample));
  return most;
}

TEST(Leveler, BringsSpeechToTheHouseLoudnessFromBelowAndAbove) {
  for (const double level : {-30.0, -20.0, -12.0, -1.0}) {
    Leveler leveler;
    const auto out = through(leveler, tone(level, 6.0));
    EXPECT_NEAR(lufs(std::span{out}.last(2 * kRate)), kTargetLufs, 0.5) << level;
  }
}

TEST(Leveler, IsQuietWithinASecondWhenSomebodyShouts) {
  Leveler leveler;
  static_cast<void>(through(leveler, tone(-30.0, 6.0)));
  const auto out = through(leveler, tone(0.0, 2.5));
  EXPECT_LE(peak(out), std::pow(10.0F, -1.4F / 20.0F)) << "the limiter holds from the first sample";
  EXPECT_LT(lufs(std::span{out}.last(kRate)), kTargetLufs + 3.0);
}

TEST(Leveler, DoesNotTurnUpThePauses) {
  Leveler leveler;
  static_cast<void>(through(leveler, tone(-20.0, 5.0)));
  const double before = leveler.gain_db();
  static_cast<void>(through(leveler, tone(-45.0, 10.0)));
  EXPECT_NEAR(leveler.gain_db(), before, 0.01) << "a room, 25 dB below the speech";
  static_cast<void>(through(leveler, std::vector<float>(kRate * 10)));
  EXPECT_NEAR(leveler.gain_db(), before, 0.01);
}

TEST(Leveler, TurnsUpSlowlyAndNotForever) {
  Leveler leveler;
  static_cast<void>(through(leveler, tone(-45.0, 1.0)));
  EXPECT_NEAR(leveler.gain_db(), 8.0, 0.5);
  static_cast<void>(through(leveler, tone(-45.0, 20.0)));
  EXPECT_NEAR(leveler.gain_db(), kMostGainDb, 0.01);
}

TEST(Leveler, LosesNoSample) {
  Leveler leveler;
  std::size_t left = 0;
  for (const std::size_t size : {1U, 479U, 960U, 7U, 48'000U})
    left += through(leveler, std::vector<float>(size)).size();
  EXPECT_GE(left + 400, 1U + 479U + 960U + 7U + 48'000U) << "but what the limiter looks ahead";
}

}  // namespace
}  // namespace loa::live
