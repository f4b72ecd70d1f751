#include "audio/playout/wav_file.h"

#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::playout {
namespace {

std::uint32_t number(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<std::uint8_t>(bytes.at(at + i));
  return value;
}

// Both lengths in the header fit the bytes that are there.
void expect_valid(const std::string& bytes) {
  ASSERT_GE(bytes.size(), 44U);
  EXPECT_EQ(bytes.substr(0, 4), "RIFF");
  EXPECT_EQ(bytes.substr(8, 8), "WAVEfmt ");
  EXPECT_EQ(bytes.substr(36, 4), "data");
  EXPECT_EQ(number(bytes, 4), bytes.size() - 8);
  EXPECT_EQ(number(bytes, 40), bytes.size() - 44);
  EXPECT_EQ(number(bytes, 24), 48'000U);
}

TEST(WavFile, IsValidAfterEveryWrite) {
  const test::ScratchFolder folder;
  WavFile wav(folder / "a.wav");
  expect_valid(test::read_whole_file(folder / "a.wav"));
  const std::vector<std::int16_t> block{1, -2, 3};
  for (std::int64_t frame : {0, 3, 100, 50}) {
    wav.write_at(frame, block);
    expect_valid(test::read_whole_file(folder / "a.wav"));
  }
  const std::string bytes = test::read_whole_file(folder / "a.wav");
  EXPECT_EQ(bytes.size(), 44U + 2U * 103U);
  EXPECT_EQ(bytes.substr(44, 6), std::string("\x01\x00\xFE\xFF\x03\x00", 6));
  EXPECT_EQ(bytes.substr(44 + 2 * 20, 4), std::string(4, '\0'));
}

TEST(WavFile, TakesTheSamplesOfAnHourLateWithoutTheDisk) {
  const test::ScratchFolder folder;
  WavFile wav(folder / "a.wav");
  wav.write_at(3'600LL * 48'000, std::vector<std::int16_t>{7});
  EXPECT_EQ(std::filesystem::file_size(folder / "a.wav"), 44U + 2U * (3'600U * 48'000U + 1U));
}

TEST(WavFile, ReplacesWhatIsThere) {
  const test::ScratchFolder folder;
  { WavFile(folder / "a.wav").write_at(500, std::vector<std::int16_t>{7}); }
  const WavFile again(folder / "a.wav");
  EXPECT_EQ(std::filesystem::file_size(folder / "a.wav"), 44U);
}

TEST(WavFile, SaysWhatItCannotWrite) {
  EXPECT_THROW(WavFile("/nonexistent/a.wav"), Error);
  const test::ScratchFolder folder;
  WavFile wav(folder / "a.wav");
  EXPECT_THROW(wav.write_at(-1, std::vector<std::int16_t>{7}), Error);
  EXPECT_THROW(wav.write_at(0x8000'0000LL, std::vector<std::int16_t>{7}), Error);
  EXPECT_THROW(WavFile("/dev/full").write_at(0, std::vector<std::int16_t>{7}), Error);
}

}  // namespace
}  // namespace loa::playout
