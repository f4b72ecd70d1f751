#include "audio/opus/packet_decoder.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "audio/opus/packet_source.h"
#include "common/base/error.h"
#include "tests/support/clip.h"

namespace loa::opus {
namespace {

float peak(std::span<const float> samples) {
  float highest = 0;
  for (const float sample : samples) highest = std::max(highest, std::abs(sample));
  return highest;
}

class PacketDecoderTest : public testing::Test {
 protected:
  const test::EncodedClip clip_ = test::encode(test::chirp(kSampleRate));
  std::vector<float> out_ = std::vector<float>(static_cast<std::size_t>(kMaxPacketSamples));

  std::span<float> decode(PacketDecoder& decoder, std::size_t packet) {
    return {out_.data(), decoder.decode(clip_.packets.at(packet), out_)};
  }
};

TEST_F(PacketDecoderTest, GivesTheSoundBack) {
  PacketDecoder decoder(0);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(decode(decoder, i).size(), 960U);
  EXPECT_NEAR(peak(decode(decoder, 10)), 0.5F, 0.1F);
}

TEST_F(PacketDecoderTest, AppliesTheGainAsked) {
  PacketDecoder plain(0);
  PacketDecoder quiet(-20 * 256);
  for (std::size_t i = 0; i < 10; ++i) (void)decode(plain, i), (void)decode(quiet, i);
  const float loud = peak(decode(plain, 10));
  EXPECT_NEAR(peak(decode(quiet, 10)), loud / 10, 0.01F);
  EXPECT_THROW(PacketDecoder(1 << 20), Error);
}

TEST_F(PacketDecoderTest, ConcealsAShortGapAndFallsSilentInALongOne) {
  PacketDecoder decoder(0);
  for (std::size_t i = 0; i < 10; ++i) (void)decode(decoder, i);
  std::vector<float> gap(kSampleRate / 2 + 7);
  decoder.conceal(gap);
  EXPECT_GT(peak(std::span{gap}.first(480)), 0.1F);
  EXPECT_EQ(peak(std::span{gap}.subspan(kSampleRate / 10)), 0.0F);
  // After the gap it hears again, and the next gap is concealed again.
  (void)decode(decoder, 11);
  EXPECT_GT(peak(decode(decoder, 12)), 0.2F);
  decoder.conceal(gap);
  EXPECT_GT(peak(std::span{gap}.first(480)), 0.1F);
}

TEST_F(PacketDecoderTest, RefusesABrokenPacketAndGoesOn) {
  PacketDecoder decoder(0);
  const std::vector<std::uint8_t> broken{0xFF, 0x3F, 0x00};
  EXPECT_THROW((void)decoder.decode(broken, out_), Error);
  EXPECT_EQ(decode(decoder, 0).size(), 960U);
}

TEST_F(PacketDecoderTest, ResetForgetsThePast) {
  PacketDecoder decoder(0);
  for (std::size_t i = 0; i < 10; ++i) (void)decode(decoder, i);
  decoder.reset();
  std::vector<float> gap(960);
  decoder.conceal(gap);
  EXPECT_EQ(peak(gap), 0.0F);
}

}  // namespace
}  // namespace loa::opus
