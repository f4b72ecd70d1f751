#include "audio/intake/container.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/intake/mono.h"

namespace loa::intake {
namespace {

using Bytes = std::vector<std::uint8_t>;
using namespace std::string_literals;

Bytes bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

std::string le32(std::uint32_t value) {
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift);
  return out;
}

std::string wav(std::uint32_t byte_rate, std::uint32_t data_length) {
  return "RIFF"s + le32(0) + "WAVEfmt " + le32(16) + "\1\0\1\0"s + le32(48'000) + le32(byte_rate) + "\2\0\20\0"s +
         "data" + le32(data_length);
}

std::string mp3_frames(int count, const std::string& first_payload = "") {
  std::string out;
  for (int i = 0; i < count; ++i) {
    std::string frame = "\xff\xfb\x90\xc0"s + std::string(417 - 4, '\0');  // MPEG-1 III, 128 kb/s, 44100 Hz, mono
    if (i == 0) frame.replace(21, first_payload.size(), first_payload);
    out += frame;
  }
  return out;
}

std::optional<Container> kind(const std::string& head) {
  const auto sniffed = sniff(bytes(head));
  if (!sniffed) return std::nullopt;
  return sniffed->container;
}

TEST(Sniff, KnowsWhatWeTake) {
  EXPECT_EQ(kind(wav(96'000, 10)), Container::kWav);
  EXPECT_EQ(kind("RF64\xff\xff\xff\xffWAVE"), Container::kWav);
  EXPECT_EQ(kind("fLaC...."), Container::kFlac);
  EXPECT_EQ(kind("OggS...."), Container::kOgg);
  EXPECT_EQ(kind("\x1a\x45\xdf\xa3"), Container::kMatroska);
  EXPECT_EQ(kind("\0\0\0\x18"s + "ftypM4A "), Container::kIsoMedia);
  EXPECT_EQ(kind(mp3_frames(4)), Container::kMpegAudio);
  EXPECT_EQ(kind(std::string(100, '\0') + mp3_frames(4)), Container::kMpegAudio);
}

TEST(Sniff, RefusesWhatWouldOpenOrUnpackSomethingElse) {
  for (const std::string& head : {"#EXTM3U\nhttp://127.0.0.1/a.mp3\n"s, "[playlist]\nFile1=http://127.0.0.1/\n"s,
                                  "<?xml version=\"1.0\"?><MPD/>"s, "<smil><audio src=\"http://127.0.0.1/\"/></smil>"s,
                                  "PK\3\4........"s, "\x1f\x8b\x08"s, "RIFF....AVI LIST"s, "concat:a.wav|b.wav"s,
                                  "ffconcat version 1.0\n"s, ""s, "R"s, "%PDF-1.4"s, "\xff\xd8\xff\xe0JFIF"s})
    EXPECT_FALSE(kind(head).has_value()) << head;
}

TEST(Sniff, TakesThreeFramesForAStreamNotOneSyncWord) {
  EXPECT_FALSE(kind(mp3_frames(2)).has_value());
  EXPECT_FALSE(kind("\xff\xfb\x90\xc0"s + std::string(5000, '\0')).has_value());
}

TEST(Sniff, ReadsThePromisedLength) {
  EXPECT_DOUBLE_EQ(sniff(bytes(wav(96'000, 960'000)))->declared_s.value_or(0.0), 10.0);
  const std::string xing = "\0\0\0\0"s.substr(0, 0) + "Xing\0\0\0\1"s + "\0\0\3\xe8"s;
  EXPECT_NEAR(sniff(bytes(mp3_frames(4, xing)))->declared_s.value_or(0.0), 1000.0 * 1152 / 44'100, 1e-6);
}

TEST(Sniff, ReadsNoPromiseFromAStreamedWav) {
  for (const std::uint32_t length : {0U, 0xffff'ffffU, 0x7fff'ffffU, 0x7fff'f000U})
    EXPECT_FALSE(sniff(bytes(wav(96'000, length)))->declared_s.has_value()) << length;
  EXPECT_FALSE(sniff(bytes(wav(0, 960'000)))->declared_s.has_value());
}

TEST(TagLength, SkipsId3) {
  EXPECT_EQ(tag_length(bytes("ID3\4\0\0"s + "\0\0\2\1"s)), 10U + 257U);
  EXPECT_EQ(tag_length(bytes("ID3\4\0\x10"s + "\0\0\0\1"s)), 21U);
  EXPECT_EQ(tag_length(bytes("ID3\4\0\0"s + "\0\0\2\xff"s)), 0U);
  EXPECT_EQ(tag_length(bytes("ID3")), 0U);
}

TEST(Mono, ReadsEveryFormatToTheSameScale) {
  const auto first = [](SampleFormat format, const Bytes& raw) {
    std::vector<float> out;
    mix_to_mono(raw, {format, 1, 0}, out);
    return out.at(0);
  };
  EXPECT_FLOAT_EQ(first(SampleFormat::kU8, {0}), -1.0F);
  EXPECT_FLOAT_EQ(first(SampleFormat::kS8, {0x80}), -1.0F);
  EXPECT_FLOAT_EQ(first(SampleFormat::kS16, {0, 0x40}), 0.5F);
  EXPECT_FLOAT_EQ(first(SampleFormat::kS24, {0, 0, 0xc0}), -0.5F);
  EXPECT_FLOAT_EQ(first(SampleFormat::kS24In32, {0, 0, 0x40, 0}), 0.5F);
  EXPECT_FLOAT_EQ(first(SampleFormat::kS32, {0, 0, 0, 0xc0}), -0.5F);
  EXPECT_FLOAT_EQ(first(SampleFormat::kF32, {0, 0, 0x80, 0x3e}), 0.25F);
  EXPECT_FLOAT_EQ(first(SampleFormat::kF64, {0, 0, 0, 0, 0, 0, 0xd0, 0x3f}), 0.25F);
}

TEST(Mono, TamesBrokenFloats) {
  std::vector<float> out;
  const Bytes raw{0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0x7f, 0xca, 0xf2, 0x49, 0x71};  // NaN, inf, 1e30
  mix_to_mono(raw, {SampleFormat::kF32, 1, 0}, out);
  EXPECT_EQ(out, (std::vector<float>{0.0F, 0.0F, 16.0F}));
}

TEST(Mono, AveragesChannelsWithoutTheSubwooferAndDropsHalfFrames) {
  std::vector<float> out;
  const Bytes raw{0, 0x40, 0, 0, 0, 0x7f, 0, 0x40};
  mix_to_mono(raw, {SampleFormat::kS16, 3, 0b100}, out);
  EXPECT_EQ(out, (std::vector<float>{0.25F}));
}

TEST(DcBlocker, TakesOutTheOffsetAndLeavesTheRest) {
  std::vector<float> samples(96'000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = 0.5F + (i % 48 < 24 ? 0.1F : -0.1F);
  DcBlocker blocker;
  blocker.process(std::span(samples).first(50'001));
  blocker.process(std::span(samples).subspan(50'001));
  double mean = 0.0;
  for (std::size_t i = 48'000; i < 96'000; ++i) mean += static_cast<double>(samples[i]) / 48'000.0;
  EXPECT_NEAR(mean, 0.0, 0.002);
  EXPECT_NEAR(samples[95'000] - samples[95'000 - 24], samples[95'000] > 0 ? 0.2F : -0.2F, 0.02F);
}

}  // namespace
}  // namespace loa::intake
