#include "audio/playout/rendered.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kEarly = -1'000'000;  // a `now` that makes nothing late

std::vector<std::int16_t> tone(std::int64_t samples, double amplitude) {
  std::vector<std::int16_t> out(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::int16_t>(
        std::lrint(32'767 * amplitude * std::sin(2 * std::numbers::pi * 997.0 * static_cast<double>(i) / 48'000)));
  return out;
}

std::vector<std::int16_t> samples_of_wav(const std::filesystem::path& file) {
  const std::string bytes = test::read_whole_file(file);
  std::vector<std::int16_t> out;
  for (std::size_t i = 44; i + 1 < bytes.size(); i += 2)
    out.push_back(
        static_cast<std::int16_t>(static_cast<std::uint8_t>(bytes[i]) | static_cast<std::uint8_t>(bytes[i + 1]) << 8U));
  return out;
}

TEST(Rendered, CountsOnlyTheSound) {
  Rendered rendered(std::nullopt, 0);
  const auto block = tone(960, 0.5);
  rendered.add(-960, block, {0, 1'500}, kEarly);
  EXPECT_EQ(rendered.heard(), 0);
  rendered.add(0, block, {0, 1'500}, kEarly);
  rendered.add(960, block, {0, 1'500}, kEarly);
  rendered.add(1'920, block, {0, 1'500}, kEarly);
  EXPECT_EQ(rendered.heard(), 1'500);
  EXPECT_EQ(rendered.lost(), 0);
}

TEST(Rendered, WhatComesTooLateIsNeitherHeardNorKept) {
  const test::ScratchFolder folder;
  Rendered rendered(folder / "a.wav", -960);
  const std::vector<std::int16_t> ones(960, 1);
  rendered.add(0, ones, {0, 9'600}, 0);
  rendered.add(960, ones, {0, 9'600}, 1'000);     // 40 samples late
  rendered.add(1'920, ones, {0, 9'600}, 10'000);  // all late
  rendered.add(2'880, ones, {0, 9'600}, kEarly);
  EXPECT_EQ(rendered.heard(), 960 + 920 + 960);
  EXPECT_EQ(rendered.lost(), 40 + 960);
  const auto wav = samples_of_wav(folder / "a.wav");
  ASSERT_EQ(wav.size(), 960U * 5U);
  const auto at = [&](std::size_t position) { return wav[position + 960]; };
  EXPECT_EQ(wav[0], 0);
  EXPECT_EQ(at(0), 1);
  EXPECT_EQ(at(959), 1);
  EXPECT_EQ(at(960), 0);
  EXPECT_EQ(at(999), 0);
  EXPECT_EQ(at(1'000), 1);
  EXPECT_EQ(at(1'920), 0);
  EXPECT_EQ(at(2'879), 0);
  EXPECT_EQ(at(2'880), 1);
}

TEST(Rendered, WhatLiesBeforeTheWavIsLeftOut) {
  const test::ScratchFolder folder;
  Rendered rendered(folder / "a.wav", 0);
  const std::vector<std::int16_t> ones(960, 1);
  rendered.add(-960, ones, {0, 9'600}, kEarly);
  rendered.add(0, ones, {0, 9'600}, kEarly);
  EXPECT_EQ(samples_of_wav(folder / "a.wav").size(), 960U);
}

// EBU Tech 3341: a 1 kHz sine at −23 dBFS in one channel of a stereo pair reads −26 LUFS less 0.0; mono as one channel
// the same. 997 Hz is the frequency of BS.1770's own calibration: full scale mono = −3.01 LUFS.
TEST(Rendered, MeasuresLoudnessAndPeak) {
  Rendered rendered(std::nullopt, 0);
  const auto sound = tone(144'000, 0.1);
  rendered.add(0, sound, {0, 144'000}, kEarly);
  ASSERT_TRUE(rendered.loudness_lufs());
  EXPECT_NEAR(*rendered.loudness_lufs(), -3.01 - 20.0, 0.15);
  ASSERT_TRUE(rendered.peak_dbfs());
  EXPECT_NEAR(*rendered.peak_dbfs(), -20.0, 0.05);
}

TEST(Rendered, SilenceHasNeither) {
  Rendered rendered(std::nullopt, 0);
  EXPECT_FALSE(rendered.loudness_lufs());
  EXPECT_FALSE(rendered.peak_dbfs());
  rendered.add(0, std::vector<std::int16_t>(48'000, 0), {0, 48'000}, kEarly);
  EXPECT_FALSE(rendered.loudness_lufs());
  EXPECT_FALSE(rendered.peak_dbfs());
  EXPECT_EQ(rendered.heard(), 48'000);
}

TEST(Rendered, TheLowestSampleCounts) {
  Rendered rendered(std::nullopt, 0);
  rendered.add(0, std::vector<std::int16_t>(960, -32'768), {0, 960}, kEarly);
  EXPECT_NEAR(rendered.peak_dbfs().value_or(1), 0.0, 1e-9);
}

}  // namespace
}  // namespace loa::playout
