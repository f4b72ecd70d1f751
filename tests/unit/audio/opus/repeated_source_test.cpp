#include "audio/opus/repeated_source.h"

#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/clip.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::opus {
namespace {

constexpr std::int64_t kClip = 48'000;
constexpr std::int64_t kEvery = 72'000;

class Repeated : public testing::Test {
 protected:
  Repeated() {
    std::ofstream(file_, std::ios::binary)
        << test::to_ogg(test::encode(test::chirp(static_cast<std::size_t>(kClip))), static_cast<std::uint64_t>(kClip));
  }
  const test::ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "clip.opus";
};

TEST_F(Repeated, EachTurnIsAStreamOfItsOwnAtItsOwnPlace) {
  RepeatedSource source(file_, kEvery);
  EXPECT_EQ(source.length(), std::nullopt);
  std::map<std::int64_t, std::int64_t> ends;  // stream → behind its last sample
  for (int i = 0; i < 150; ++i) {
    const auto packet = std::get<OpusPacket>(source.pull());
    std::int64_t& end = ends[packet.stream_start];
    EXPECT_GE(packet.position + packet.samples, end);
    end = packet.position + packet.samples;
  }
  ASSERT_GE(ends.size(), 3U);
  EXPECT_EQ(ends.at(0), kClip);
  EXPECT_EQ(ends.at(kEvery), kEvery + kClip);
}

TEST_F(Repeated, ALongerClipIsCutByTheNextBeginning) {
  RepeatedSource source(file_, 24'000);
  std::int64_t last = 0;
  while (true) {
    const auto packet = std::get<OpusPacket>(source.pull());
    if (packet.stream_start > 0) break;
    last = packet.position + packet.samples;
  }
  EXPECT_EQ(last, 24'000);
}

TEST_F(Repeated, WhoComesLateFindsTheTurnOfThatMoment) {
  RepeatedSource source(file_, kEvery);
  source.skip_to(5 * kEvery + 24'000);
  const auto packet = std::get<OpusPacket>(source.pull());
  EXPECT_EQ(packet.stream_start, 5 * kEvery);
  EXPECT_LE(packet.position, 5 * kEvery + 24'000 - kPreRoll);
  EXPECT_GT(packet.position, 5 * kEvery + 24'000 - kPreRoll - 2'000);
}

TEST_F(Repeated, WhatIsNoClipIsToldAtOnce) {
  EXPECT_NE(test::code_of([&] { RepeatedSource(folder_ / "none.opus", kEvery); }), "");
}

}  // namespace
}  // namespace loa::opus
