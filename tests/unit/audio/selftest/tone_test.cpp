#include "audio/selftest/tone.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "audio/opus/ogg_opus_reader.h"
#include "audio/opus/packet_decoder.h"

namespace loa::selftest {
namespace {

// All that the player would get of the file.
std::vector<float> decode(const std::vector<std::uint8_t>& file) {
  opus::OggOpusReader reader(std::make_unique<std::istringstream>(std::string(file.begin(), file.end())), "tone");
  opus::PacketDecoder decoder(0);
  std::vector<float> sound(static_cast<std::size_t>(reader.length().value()));
  std::vector<float> packet(static_cast<std::size_t>(opus::kMaxPacketSamples));
  while (true) {
    const opus::Pulled pulled = reader.pull();
    const auto* got = std::get_if<opus::OpusPacket>(&pulled);
    if (got == nullptr) return sound;
    EXPECT_EQ(got->gain_q8, 0);
    const std::size_t samples = decoder.decode(got->bytes, packet);
    for (std::size_t i = 0; i < samples; ++i) {
      const std::int64_t at = got->position + static_cast<std::int64_t>(i);
      if (at >= 0 && at < static_cast<std::int64_t>(sound.size())) sound[static_cast<std::size_t>(at)] = packet[i];
    }
  }
}

TEST(Tone, NeverPassesItsPeakAndBeginsAndEndsInSilence) {
  const std::vector<float> tone = make_tone();
  ASSERT_EQ(tone.size(), static_cast<std::size_t>(kToneLength));
  const float peak = *std::max_element(tone.begin(), tone.end());
  EXPECT_NEAR(peak, kTonePeak, 0.001);
  EXPECT_NEAR(*std::min_element(tone.begin(), tone.end()), -kTonePeak, 0.001);
  // Steps touch in silence: none clicks.
  for (std::int64_t edge = 0; edge <= kToneLength; edge += kStep)
    for (const std::int64_t at : {edge - 1, edge}) {
      if (at < 0 || at >= kToneLength) continue;
      EXPECT_NEAR(tone[static_cast<std::size_t>(at)], 0, 0.001) << at;
    }
}

TEST(Tone, AsAClipItIsAsLongAndAsLoud) {
  const std::vector<std::uint8_t> file = encode_tone();
  EXPECT_EQ(file, encode_tone()) << "always the same octets";
  const std::vector<float> sound = decode(file);
  ASSERT_EQ(sound.size(), static_cast<std::size_t>(kToneLength));
  const std::vector<float> tone = make_tone();
  for (std::size_t step = 0; step < kStepsHz.size(); ++step) {
    double wanted = 0;
    double got = 0;
    for (std::size_t i = step * kStep; i < (step + 1) * kStep; ++i) {
      wanted += static_cast<double>(tone[i]) * tone[i];
      got += static_cast<double>(sound[i]) * sound[i];
    }
    EXPECT_NEAR(10 * std::log10(got / wanted), 0, 1.0) << kStepsHz[step] << " Hz";
  }
}

TEST(Tone, LevelsAreOfASineOfFullScale) {
  EXPECT_DOUBLE_EQ(to_dbfs(1.0), 0.0);
  EXPECT_NEAR(to_dbfs(kTonePeak), -13.98, 0.01);
  EXPECT_DOUBLE_EQ(to_dbfs(0.0), -120.0);
}

}  // namespace
}  // namespace loa::selftest
