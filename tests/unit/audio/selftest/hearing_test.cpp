// What a microphone may hear instead of the tone, or of the tone, made here to the sample.
#include "audio/selftest/hearing.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace loa::selftest {
namespace {

constexpr std::int64_t kRate = opus::kSampleRate;
constexpr std::int64_t kDue = kRate * 3 / 2;

// So many seconds around the moment at which the tone is due.
class Room {
 public:
  explicit Room(unsigned seed = 1) : random_(seed) {}

  Room& tone(double gain, milliseconds late = milliseconds{0}) {
    return sound(make_tone(), gain, kDue + late.count() * kRate / 1000);
  }
  Room& sound(const std::vector<float>& samples, double gain, std::int64_t at) {
    for (std::size_t i = 0; i < samples.size(); ++i)
      if (at + static_cast<std::int64_t>(i) < static_cast<std::int64_t>(air_.size()))
        air_[static_cast<std::size_t>(at) + i] += gain * static_cast<double>(samples[i]);
    return *this;
  }
  // White, its RMS of full scale.
  Room& noise(double rms) {
    std::normal_distribution<double> each(0, rms);
    for (double& sample : air_) sample += each(random_);
    return *this;
  }
  Room& sine(double hz, double peak) {
    for (std::size_t i = 0; i < air_.size(); ++i)
      air_[i] += peak * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / static_cast<double>(kRate));
    return *this;
  }
  // Bursts of tones of any pitch and length, as voices and motors are.
  Room& bustle(double peak) {
    std::uniform_real_distribution<double> pitch(200, 4000);
    std::uniform_int_distribution<std::size_t> length(2'000, 30'000);
    for (std::size_t from = 0; from < air_.size();) {
      const double hz = pitch(random_);
      const std::size_t until = std::min(air_.size(), from + length(random_));
      for (; from < until; ++from)
        air_[from] +=
            peak * std::sin(2 * std::numbers::pi * hz * static_cast<double>(from) / static_cast<double>(kRate));
    }
    return *this;
  }
  [[nodiscard]] std::vector<std::int16_t> heard() const {
    std::vector<std::int16_t> samples;
    for (const double sample : air_)
      samples.push_back(static_cast<std::int16_t>(std::lrint(std::clamp(sample, -1.0, 1.0) * 32767)));
    return samples;
  }
  [[nodiscard]] Hearing hearing() const { return find_tone(heard(), kDue); }

 private:
  std::mt19937 random_;
  std::vector<double> air_ = std::vector<double>(static_cast<std::size_t>(kRate) * 5);
};

TEST(FindTone, ALoopBackHearsItAsItWasSent) {
  const Hearing hearing = Room().tone(0.5).hearing();
  EXPECT_EQ(hearing.steps, 5);
  EXPECT_NEAR(hearing.level_dbfs, to_dbfs(kTonePeak * 0.5), 0.2);
  EXPECT_NEAR(static_cast<double>(hearing.delay.count()), 0, 2);
  EXPECT_GT(hearing.snr_db, 60);
  EXPECT_EQ(grade(hearing), HearingGrade::kClear);
}

TEST(FindTone, ToldHowMuchLaterItCame) {
  for (const int late : {-90, -7, 33, 250, 801, 1590}) {
    const Hearing hearing = Room().tone(0.1, milliseconds{late}).noise(0.002).hearing();
    EXPECT_NEAR(static_cast<double>(hearing.delay.count()), late, 4) << late;
    EXPECT_EQ(grade(hearing), HearingGrade::kClear) << late;
  }
}

TEST(FindTone, InTheNoiseOfAStreet) {
  // As loud together as the tone itself.
  const Hearing hearing = Room().tone(0.1, milliseconds{120}).noise(0.014).hearing();
  EXPECT_EQ(hearing.steps, 5);
  EXPECT_EQ(grade(hearing), HearingGrade::kClear);
  EXPECT_NEAR(hearing.level_dbfs, to_dbfs(kTonePeak * 0.1), 1.0);
  EXPECT_NEAR(static_cast<double>(hearing.delay.count()), 120, 10);
}

TEST(FindTone, AFaintOneIsWeak) {
  int weak = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const HearingGrade found = grade(Room(seed).tone(0.02).noise(0.05).hearing());
    EXPECT_NE(found, HearingGrade::kClear) << seed;
    if (found == HearingGrade::kWeak) ++weak;
  }
  EXPECT_GE(weak, 5);
}

TEST(FindTone, AMicrophoneThatClipsStillHearsIt) {
  const Hearing hearing = Room().tone(40).noise(0.01).hearing();
  EXPECT_EQ(hearing.steps, 5);
  EXPECT_EQ(grade(hearing), HearingGrade::kClear);
}

TEST(FindTone, AHornThatLosesAStepIsStillClear) {
  std::vector<float> thin = make_tone();
  std::fill(thin.begin() + 2 * kStep, thin.begin() + 3 * kStep, 0.0F);  // 525 Hz
  const Hearing hearing = Room().sound(thin, 0.5, kDue).noise(0.005).hearing();
  EXPECT_EQ(hearing.steps, 4);
  EXPECT_EQ(grade(hearing), HearingGrade::kClear);
}

TEST(FindTone, SilenceIsNothing) {
  const Hearing hearing = Room().hearing();
  EXPECT_EQ(hearing.steps, 0);
  EXPECT_EQ(grade(hearing), HearingGrade::kNothing);
}

TEST(FindTone, NoiseAndBustleAreNothing) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    EXPECT_EQ(grade(Room(seed).noise(0.1).hearing()), HearingGrade::kNothing) << seed;
    EXPECT_EQ(grade(Room(seed).bustle(0.2).noise(0.01).hearing()), HearingGrade::kNothing) << seed;
  }
}

TEST(FindTone, AHumAtAStepIsNoStep) {
  Room room;
  for (const double hz : kStepsHz) room.sine(hz, 0.1);
  EXPECT_EQ(grade(room.hearing()), HearingGrade::kNothing);
}

TEST(FindTone, TheSameNotesInAnotherOrderAreAnotherTone) {
  const std::vector<float> tone = make_tone();
  std::vector<float> turned;
  for (const int step : {4, 2, 3, 1, 0})
    turned.insert(turned.end(), tone.begin() + step * kStep, tone.begin() + (step + 1) * kStep);
  EXPECT_EQ(grade(Room().sound(turned, 0.5, kDue).noise(0.001).hearing()), HearingGrade::kNothing);
}

TEST(FindTone, AToneOfAnotherTimeIsNotThisOne) {
  EXPECT_EQ(grade(Room().sound(make_tone(), 0.5, 0).noise(0.001).hearing()), HearingGrade::kNothing);
}

TEST(FindTone, TooLittleIsNothing) {
  const std::vector<std::int16_t> heard = Room().tone(0.5).heard();
  EXPECT_EQ(find_tone({}, kDue).steps, 0);
  EXPECT_EQ(find_tone(std::span{heard}.first(static_cast<std::size_t>(kDue + kToneLength - kRate / 2)), kDue).steps, 0);
  EXPECT_EQ(find_tone(std::span{heard}.subspan(static_cast<std::size_t>(kDue)).first(kToneLength), 0).steps, 0)
      << "no time without it: the noise is not known";
}

}  // namespace
}  // namespace loa::selftest
