#include "cli/speak/speak.h"

#include <fstream>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/clip.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

class SpeechInputTest : public testing::Test {
 protected:
  // A WAV head (44 octets) with these facts, and samples 0, 1, 2 …
  std::string wav(std::uint16_t format, std::uint16_t channels, std::uint32_t rate, std::uint16_t bits) {
    std::string head = "RIFF....WAVEfmt ....";
    const auto put = [&](std::uint32_t value, int octets) {
      for (int i = 0; i < octets; ++i) head += static_cast<char>(value >> (8 * i) & 0xFFU);
    };
    put(format, 2);
    put(channels, 2);
    put(rate, 4);
    put(0, 6);
    put(bits, 2);
    head += "data....";
    for (std::uint32_t i = 0; i < 1000; ++i) put(i, 2);
    const auto file = folder_ / "speech.wav";
    std::ofstream(file, std::ios::binary) << head;
    return file.string();
  }
  const test::ScratchFolder folder_;
};

TEST_F(SpeechInputTest, AWavOfOurKindIsReadToItsEnd) {
  const auto input = open_speech(wav(1, 1, 48'000, 16));
  const auto first = input->read(960);
  ASSERT_EQ(first.size(), 960U);
  EXPECT_EQ(first.at(7), 7);
  EXPECT_EQ(input->read(960).size(), 40U);
  EXPECT_TRUE(input->read(960).empty());
}

TEST_F(SpeechInputTest, AnyOtherIsRefusedWithAWord) {
  EXPECT_EQ(test::code_of([&] { static_cast<void>(open_speech(wav(3, 1, 48'000, 16))); }), "speak.wrong_wav");
  EXPECT_EQ(test::code_of([&] { static_cast<void>(open_speech(wav(1, 2, 48'000, 16))); }), "speak.wrong_wav");
  EXPECT_EQ(test::code_of([&] { static_cast<void>(open_speech(wav(1, 1, 44'100, 16))); }), "speak.wrong_wav");
  EXPECT_EQ(test::code_of([&] { static_cast<void>(open_speech(wav(1, 1, 48'000, 24))); }), "speak.wrong_wav");
  EXPECT_EQ(test::code_of([&] { static_cast<void>(open_speech((folder_ / "none.wav").string())); }),
            "file.cannot_read");
  EXPECT_NE(test::code_of([&] { static_cast<void>(open_speech((folder_ / "none.opus").string())); }), "");
}

TEST_F(SpeechInputTest, AnOpusFileIsDecoded) {
  const auto file = folder_ / "speech.opus";
  std::ofstream(file, std::ios::binary) << test::to_ogg(test::encode(test::chirp(9'600)), 9'600);
  const auto input = open_speech(file.string());
  std::size_t read = 0;
  for (auto part = input->read(960); !part.empty(); part = input->read(960)) read += part.size();
  EXPECT_GE(read, 9'600U);
}

}  // namespace
}  // namespace loa::cli
