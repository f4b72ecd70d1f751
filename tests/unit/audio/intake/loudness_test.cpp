#include "audio/intake/loudness.h"

#include <limits>

#include <gtest/gtest.h>

#include "audio/intake/decibel.h"
#include "audio/intake/gain_plan.h"
#include "audio/intake/limiter.h"
#include "tests/unit/audio/intake/intake_signals.h"

namespace loa::intake {
namespace {

double measure(const std::vector<float>& samples) {
  LoudnessMeter meter;
  meter.add(samples);
  return meter.integrated().value_or(-1000.0);
}

LoudnessGrid grid_of(const std::vector<float>& samples) {
  GridMeter meter;
  meter.add(samples);
  return meter.finish();
}

std::vector<float> limit(const std::vector<float>& in, double gain_db, double ceiling_db) {
  Limiter limiter(static_cast<float>(amplitude_of_db(gain_db)), static_cast<float>(amplitude_of_db(ceiling_db)), {});
  std::vector<float> out;
  limiter.process(in, out);
  limiter.finish(out);
  return out;
}

// BS.1770-4: a 997 Hz sine at 0 dBFS in one channel reads -3.01 LKFS.
TEST(LoudnessMeter, ReadsTheReferenceTone) {
  EXPECT_NEAR(measure(sine(997.0, 1.0, 5.0)), -3.01, 0.02);
}

TEST(LoudnessMeter, HasNoAnswerForSilence) {
  LoudnessMeter meter;
  EXPECT_FALSE(meter.integrated().has_value());
  meter.add(std::vector<float>(96'000));
  EXPECT_FALSE(meter.integrated().has_value());
  meter.add(sine(1000.0, 0.0001, 2.0));  // -83 LUFS
  EXPECT_FALSE(meter.integrated().has_value());
}

TEST(LoudnessMeter, TakesAShortSoundForItsOwnMean) {
  const double whole = measure(sine(1000.0, 0.5, 4.0));
  EXPECT_NEAR(measure(sine(1000.0, 0.5, 0.1)), whole, 0.3);
  EXPECT_NEAR(measure(sine(1000.0, 0.5, 0.399)), whole, 0.3);
}

TEST(LoudnessMeter, IsNotSpoiltByOneBrokenSample) {
  std::vector<float> samples = sine(997.0, 0.5, 5.0);
  const double clean = measure(samples);
  samples[1000] = std::numeric_limits<float>::quiet_NaN();
  samples[2000] = std::numeric_limits<float>::infinity();
  EXPECT_NEAR(measure(samples), clean, 0.01);
}

// The planner's own filter and gating must agree with libebur128.
TEST(LoudnessGrid, AgreesWithTheMeter) {
  for (const auto& samples : {sine(997.0, 0.3, 3.0), sine(60.0, 0.9, 3.0), sine(9000.0, 0.1, 3.0), babble(0.7, 9.0),
                              babble(0.01, 7.3), sine(1000.0, 0.5, 0.2)}) {
    const auto predicted = loudness_of(grid_of(samples));
    ASSERT_TRUE(predicted.has_value());
    EXPECT_NEAR(*predicted, measure(samples), 0.02);
  }
  EXPECT_FALSE(loudness_of(grid_of(std::vector<float>(48'000))).has_value());
  EXPECT_FALSE(loudness_of({}).has_value());
}

TEST(GainPlan, LeavesTheLimiterAtTheTarget) {
  for (const double amplitude : {0.01, 0.1, 0.9}) {
    const std::vector<float> samples = babble(amplitude, 12.0);
    const auto gain_db = plan_gain(grid_of(samples), -16.0, -3.0, {});
    ASSERT_TRUE(gain_db.has_value());
    EXPECT_NEAR(measure(limit(samples, *gain_db, -3.0)), -16.0, 0.3) << amplitude;
  }
}

TEST(GainPlan, GivesUpOnSilenceAndOnWhatTheLimiterEats) {
  EXPECT_FALSE(plan_gain(grid_of(std::vector<float>(48'000)), -16.0, -3.0, {}).has_value());
  EXPECT_FALSE(plan_gain({}, -16.0, -3.0, {}).has_value());
  std::vector<float> click(480'000);
  click[1000] = 1.0F;
  EXPECT_FALSE(plan_gain(grid_of(click), -16.0, -3.0, {}).has_value());
}

}  // namespace
}  // namespace loa::intake
