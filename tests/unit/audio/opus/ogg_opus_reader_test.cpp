#include "audio/opus/ogg_opus_reader.h"

#include <sstream>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/clip.h"

namespace loa::opus {
namespace {

constexpr std::int64_t kLength = 3 * kSampleRate + 123;

const test::EncodedClip& clip() {
  static const test::EncodedClip made = test::encode(test::chirp(kLength));
  return made;
}
const std::string& file() {
  static const std::string made = test::to_ogg(clip(), kLength);
  return made;
}

std::vector<OpusPacket> read_all(const std::string& bytes) {
  OggOpusReader reader(std::make_unique<std::istringstream>(bytes), "clip");
  std::vector<OpusPacket> packets;
  for (;;) {
    Pulled pulled = reader.pull();
    if (std::holds_alternative<EndOfPackets>(pulled)) return packets;
    packets.push_back(std::get<OpusPacket>(std::move(pulled)));
  }
}

// The code of the error that reading ends in; empty when it reads well.
std::string refusal(const std::string& bytes) {
  try {
    (void)read_all(bytes);
  } catch (const Error& e) {
    return e.code();
  }
  return {};
}

std::string edited(const std::function<void(std::vector<test::OggPage>&)>& edit) {
  auto pages = test::take_apart(file());
  edit(pages);
  return test::put_together(pages);
}

TEST(OggOpusReader, GivesEveryPacketAtItsPositionAndTrimsTheEnd) {
  const auto packets = read_all(file());
  ASSERT_EQ(packets.size(), clip().packets.size());
  std::int64_t position = -clip().pre_skip;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].bytes, clip().packets[i]);
    EXPECT_EQ(packets[i].position, position);
    EXPECT_EQ(packets[i].stream_start, 0);
    EXPECT_EQ(packets[i].gain_q8, 0);
    position += packets[i].samples;
  }
  EXPECT_EQ(position, kLength);
  OggOpusReader reader(std::make_unique<std::istringstream>(file()), "clip");
  EXPECT_EQ(reader.length(), kLength);
  EXPECT_EQ(reader.channels(), 1);
}

TEST(OggOpusReader, ReadsPacketsThatSpanPages) {
  // The same packets, one page for every 100 bytes of body or so: continued pages, and pages that end no packet.
  auto pages = test::take_apart(file());
  std::vector<test::OggPage> split{pages.begin(), pages.begin() + 2};
  const auto packets = read_all(file());
  std::size_t packet = 0;
  bool continued = false;
  for (std::size_t p = 2; p < pages.size(); ++p) {
    std::size_t at = 0;
    for (const char lace : pages[p].lacing) {
      const std::string part = pages[p].body.substr(at, static_cast<std::uint8_t>(lace));
      at += part.size();
      const bool ends = static_cast<std::uint8_t>(lace) < 255;
      // Lacing must be 255 to continue: keep whole segments, one a page.
      test::OggPage page{static_cast<std::uint8_t>(continued ? 1 : 0),
                         -1,
                         pages[p].serial,
                         static_cast<std::uint32_t>(split.size()),
                         std::string{lace},
                         part};
      if (ends) page.granule = packets[packet].position + packets[packet].samples + clip().pre_skip, ++packet;
      continued = !ends;
      split.push_back(page);
    }
  }
  split.back().flags |= 4;
  EXPECT_EQ(read_all(test::put_together(split)).size(), packets.size());
}

TEST(OggOpusReader, SkipsToWhatADecoderNeeds) {
  for (const std::int64_t target : {0L, 1L, 4'000L, 70'000L, kLength - 1, kLength + 100'000}) {
    OggOpusReader reader(std::make_unique<std::istringstream>(file()), "clip");
    reader.skip_to(target);
    Pulled pulled = reader.pull();
    if (target > kLength + kPreRoll) {
      EXPECT_TRUE(std::holds_alternative<EndOfPackets>(pulled));
      continue;
    }
    const auto packet = std::get<OpusPacket>(pulled);
    EXPECT_LE(packet.position, std::max(target - kPreRoll, -clip().pre_skip)) << target;
    EXPECT_GT(packet.position + packet.samples, target - kPreRoll) << target;
  }
}

TEST(OggOpusReader, CountsFromAStreamThatWasCutFromALongerOne) {
  const std::string bytes = edited([](auto& pages) {
    for (std::size_t i = 2; i < pages.size(); ++i) pages[i].granule += 1'000'000;
  });
  const auto packets = read_all(bytes);
  EXPECT_EQ(packets.front().position, -clip().pre_skip);
  EXPECT_EQ(packets.back().position + packets.back().samples, kLength);
}

TEST(OggOpusReader, EachPacketHasTheGainAsked) {
  const std::string bytes = edited([](auto& pages) {
    pages[0].body[16] = static_cast<char>(0x00);
    pages[0].body[17] = static_cast<char>(0xFA);
  });
  for (const OpusPacket& packet : read_all(bytes)) ASSERT_EQ(packet.gain_q8, -6 * 256);
}

TEST(OggOpusReader, RefusesWhatIsNoOpusFile) {
  EXPECT_EQ(refusal(""), "opus.not_opus");
  EXPECT_EQ(refusal("RIFF....WAVEfmt "), "opus.not_opus");
  EXPECT_EQ(refusal("OggS"), "opus.truncated");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[0].body.replace(0, 8, "\x01vorbis!"); })), "opus.not_opus");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[1].body.replace(0, 8, "OpusTaps"); })), "opus.corrupt");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[0].flags = 0; })), "opus.corrupt");
}

TEST(OggOpusReader, RefusesWhatItDoesNotPlay) {
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[0].body[18] = 1; })), "opus.unsupported");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[0].body[8] = 0x11; })), "opus.unsupported");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[0].body[9] = 0; })), "opus.corrupt");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[0].body[9] = 3; })), "opus.corrupt");
  // Two streams side by side and one behind the other.
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[3].serial += 1; })), "opus.unsupported");
  EXPECT_EQ(refusal(file() + file()), "opus.unsupported");
}

TEST(OggOpusReader, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < file().size(); size += size < 400 ? 1 : 97)
    EXPECT_NE(refusal(file().substr(0, size)), "") << size;
  EXPECT_EQ(refusal(edited([](auto& pages) { pages.pop_back(); })), "opus.truncated");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages.back().flags = 0; })), "opus.truncated");
}

TEST(OggOpusReader, RefusesEveryFlippedByte) {
  for (std::size_t at = 0; at < file().size(); at += 13) {
    std::string bytes = file();
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    EXPECT_NE(refusal(bytes), "") << at;
  }
  EXPECT_NE(refusal(file() + "x"), "");
  EXPECT_NE(refusal("x" + file()), "");
}

TEST(OggOpusReader, RefusesPositionsThatDoNotAddUp) {
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[3].granule += 1; })), "opus.corrupt");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[3].granule -= 1; })), "opus.corrupt");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[2].granule -= 1; })), "opus.corrupt");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages[3].granule = -1; })), "opus.corrupt");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages.back().granule += 960; })), "opus.corrupt");
  // A trim that reaches back before the last page.
  EXPECT_EQ(refusal(edited([](auto& pages) { pages.back().granule = pages[pages.size() - 2].granule - 1; })),
            "opus.corrupt");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages.back().granule = std::int64_t{1} << 62; })), "opus.corrupt");
}

TEST(OggOpusReader, RefusesMissingAndRepeatedPages) {
  EXPECT_EQ(refusal(edited([](auto& pages) { pages.erase(pages.begin() + 3); })), "opus.corrupt");
  EXPECT_EQ(refusal(edited([](auto& pages) { pages.insert(pages.begin() + 3, pages[3]); })), "opus.corrupt");
}

TEST(OggOpusReader, RefusesImpossiblePackets) {
  // No byte at all, and a code 3 packet that claims 63 frames.
  const std::string empty = edited([](auto& pages) { pages[2].lacing.insert(0, 1, '\0'); });
  EXPECT_EQ(refusal(empty), "opus.corrupt");
  const std::string long_packet = edited([](auto& pages) {
    pages[2].body[0] = static_cast<char>(0xFF);
    pages[2].body[1] = static_cast<char>(0x3F);
  });
  EXPECT_EQ(refusal(long_packet), "opus.corrupt");
}

TEST(OggOpusReader, RefusesHeadersAndPacketsWithoutEnd) {
  const auto endless = [](std::vector<test::OggPage>& pages, std::size_t at) {
    test::OggPage page = pages[at];
    page.lacing.assign(255, static_cast<char>(255));
    page.body.assign(65'025, 'x');
    page.granule = -1;
    pages.erase(pages.begin() + static_cast<std::ptrdiff_t>(at), pages.end() - 1);
    for (std::size_t i = 0; i < 20; ++i) {
      page.flags = i == 0 ? 0 : 1;
      pages.insert(pages.begin() + static_cast<std::ptrdiff_t>(at + i), page);
    }
    for (std::size_t i = at; i < pages.size(); ++i) pages[i].sequence = static_cast<std::uint32_t>(i);
  };
  EXPECT_EQ(refusal(edited([&](auto& pages) { endless(pages, 1); })), "opus.unsupported");
  EXPECT_EQ(refusal(edited([&](auto& pages) { endless(pages, 2); })), "opus.corrupt");
}

TEST(OggOpusReader, NamesTheFileItCannotRead) {
  try {
    (void)OggOpusReader::open("/nonexistent/clip.opus");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), "file.cannot_read");
    EXPECT_NE(std::string{e.what()}.find("/nonexistent/clip.opus"), std::string::npos);
  }
  EXPECT_THROW((void)OggOpusReader::open("/tmp"), Error);
}

}  // namespace
}  // namespace loa::opus
