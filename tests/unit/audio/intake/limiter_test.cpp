#include "audio/intake/limiter.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "audio/intake/decibel.h"
#include "audio/intake/true_peak.h"
#include "tests/unit/audio/intake/intake_signals.h"

namespace loa::intake {
namespace {

float true_peak_of(const std::vector<float>& samples) {
  TruePeakMeter meter;
  meter.add(samples);
  meter.add(std::vector<float>(kPeakDelay));
  return meter.peak();
}

std::vector<float> limit(const std::vector<float>& in, float gain, float ceiling, std::size_t piece,
                         const LimiterShape& shape = {}) {
  Limiter limiter(gain, ceiling, shape);
  std::vector<float> out;
  for (std::size_t at = 0; at < in.size(); at += piece)
    limiter.process(std::span(in).subspan(at, std::min(piece, in.size() - at)), out);
  limiter.finish(out);
  return out;
}

// BS.1770-4 Annex 2: between the samples of a sine at a quarter of the rate, 45° off, the curve is 3 dB higher.
TEST(TruePeak, SeesBetweenTheSamples) {
  std::vector<float> samples;
  samples.reserve(4800);
  for (int i = 0; i < 4800; ++i) samples.push_back(i / 2 % 2 == 0 ? 0.5F : -0.5F);
  EXPECT_NEAR(db_of_amplitude(static_cast<double>(true_peak_of(samples))), -3.01, 0.35);  // its start is an edge
  EXPECT_NEAR(true_peak_of(sine(997.0, 0.5, 0.5)), 0.5F, 0.002F);
}

TEST(TruePeak, SkipsOnlyWhatCannotMatter) {
  const std::vector<float> samples = babble(0.8, 3.0);
  std::vector<float> padded(kPeakHistory);
  padded.insert(padded.end(), samples.begin(), samples.end());
  padded.resize(padded.size() + kPeakDelay);
  std::vector<float> all(samples.size() + kPeakDelay);
  find_true_peaks(padded, all);
  EXPECT_FLOAT_EQ(true_peak_of(samples), *std::max_element(all.begin(), all.end()));
}

TEST(TruePeak, BoundHolds) {
  // The worst signal: every sample at full scale with the sign of its tap.
  EXPECT_GT(true_peak_bound(), 1.5F);
  std::uint32_t random = 7;
  std::vector<float> samples;
  for (int i = 0; i < 48'000; ++i) {
    random = random * 1'664'525U + 1'013'904'223U;
    samples.push_back((random >> 31) != 0 ? 1.0F : -1.0F);
  }
  EXPECT_LE(true_peak_of(samples), true_peak_bound());
}

TEST(TruePeak, TellsWhere) {
  std::vector<float> samples(9600);
  samples[5000] = 0.9F;
  TruePeakMeter meter;
  for (std::size_t at = 0; at < samples.size(); at += 960) meter.add(std::span(samples).subspan(at, 960));
  EXPECT_NEAR(static_cast<double>(meter.position()), 5000.0, 1.0);
}

TEST(Limiter, KeepsTruePeaksBelowTheCeiling) {
  const float ceiling = static_cast<float>(amplitude_of_db(-3.0));
  std::vector<float> click(48'000);
  click[20'000] = 1.0F;
  click[20'003] = -1.0F;
  for (const auto& in : {babble(0.9, 5.0), sine(11'000.0, 0.9, 1.0), click}) {
    for (const LimiterShape& shape : {LimiterShape{0.005, 0.080}, LimiterShape{0.001, 0.005}}) {
      const std::vector<float> out = limit(in, 4.0F, ceiling, 777, shape);
      ASSERT_EQ(out.size(), in.size());
      EXPECT_LE(db_of_amplitude(static_cast<double>(true_peak_of(out))), -3.0 + 0.05);
    }
  }
}

TEST(Limiter, IsTransparentBelowTheCeiling) {
  const std::vector<float> in = babble(0.2, 2.0);
  const std::vector<float> out = limit(in, 2.0F, 0.9F, 480);
  ASSERT_EQ(out.size(), in.size());
  for (std::size_t i = 0; i < in.size(); ++i) ASSERT_EQ(out[i], in[i] * 2.0F) << i;
}

// Turning down is not clipping: around a peak the shape stays, its size changes.
TEST(Limiter, DoesNotClip) {
  const std::vector<float> in = sine(200.0, 1.0, 1.0);
  const std::vector<float> out = limit(in, 3.0F, 0.5F, 4800);
  for (std::size_t i = 12'000; i < 36'000; ++i) ASSERT_NEAR(out[i], in[i] * 0.5F, 0.01F) << i;
}

TEST(Limiter, GivesTheSameInAnyPieces) {
  const std::vector<float> in = babble(0.9, 2.0);
  const std::vector<float> whole = limit(in, 3.0F, 0.7F, in.size());
  for (const std::size_t piece : {1U, 239U, 240U, 241U, 4096U}) EXPECT_EQ(limit(in, 3.0F, 0.7F, piece), whole) << piece;
}

TEST(Limiter, KeepsTheLengthOfShortSounds) {
  for (const std::size_t length : {0U, 1U, 239U, 240U, 252U, 480U, 500U})
    EXPECT_EQ(limit(std::vector<float>(length, 0.1F), 1.0F, 0.5F, 100).size(), length);
}

}  // namespace
}  // namespace loa::intake
