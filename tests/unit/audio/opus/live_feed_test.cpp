#include "audio/opus/live_feed.h"

#include <memory>

#include <gtest/gtest.h>

namespace loa::opus {
namespace {

class Feed : public testing::Test {
 protected:
  void put(std::uint32_t first, int count) {
    for (int i = 0; i < count; ++i)
      feed_->put(first + static_cast<std::uint32_t>(i), {static_cast<std::uint8_t>(first + static_cast<unsigned>(i))});
  }
  // The number of the frame that comes next, -1 for a moment without one.
  int pull() {
    const Pulled pulled = source_.pull();
    if (const auto* missing = std::get_if<NothingYet>(&pulled)) {
      missing_until_ = missing->until;
      return -1;
    }
    const auto& packet = std::get<OpusPacket>(pulled);
    EXPECT_EQ(packet.position, packet.bytes.front() * kLiveFrameSamples - kLookahead);
    EXPECT_EQ(packet.samples, kLiveFrameSamples);
    return packet.bytes.front();
  }

  std::shared_ptr<LiveFeed> feed_ = std::make_shared<LiveFeed>();
  LiveSource source_{feed_};
  std::int64_t missing_until_ = 0;
};

TEST_F(Feed, FramesComeInTheirOrder) {
  put(2, 2);
  put(0, 2);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(pull(), i);
  EXPECT_EQ(feed_->counts().taken, 4);
  EXPECT_EQ(feed_->counts().missing, 0);
}

TEST_F(Feed, AMomentPassesWithoutItsFrame) {
  put(0, 1);
  EXPECT_EQ(pull(), 0);
  EXPECT_EQ(pull(), -1);
  EXPECT_EQ(missing_until_, 2 * kLiveFrameSamples - kLookahead);
  put(1, 1);
  EXPECT_EQ(pull(), -1) << "what comes too late is never played";
  put(3, 1);
  EXPECT_EQ(pull(), 3);
  EXPECT_EQ(feed_->counts().missing, 2);
}

TEST_F(Feed, AGapThatStaysIsSeenByTheFrameAfterIt) {
  put(0, 1);
  put(3, 1);
  EXPECT_EQ(pull(), 0);
  EXPECT_EQ(pull(), 3) << "the timeline conceals up to its position";
  EXPECT_EQ(feed_->counts().missing, 2);
}

TEST_F(Feed, AFrameThatWasNeverMadeIsNotMissing) {
  put(0, 1);
  feed_->put(1, {});
  put(2, 1);
  EXPECT_EQ(pull(), 0);
  EXPECT_EQ(pull(), -1);
  EXPECT_EQ(pull(), 2);
  EXPECT_EQ(feed_->counts().missing, 0);
}

TEST_F(Feed, WhatWasBeforeTheFirstFrameIsNotMissing) {
  EXPECT_EQ(pull(), -1);
  put(5, 1);
  EXPECT_EQ(pull(), 5);
  EXPECT_EQ(feed_->counts().missing, 0);
}

TEST_F(Feed, HowFarAheadTheScarcestCame) {
  EXPECT_EQ(feed_->counts().least_ahead, std::nullopt);
  put(0, 5);
  EXPECT_EQ(feed_->counts().least_ahead, 0);
  EXPECT_EQ(feed_->counts().least_ahead, std::nullopt) << "since it was last asked";
  for (int i = 0; i < 3; ++i) pull();
  put(5, 5);
  EXPECT_EQ(feed_->counts().least_ahead, 2);
  for (int i = 0; i < 10; ++i) pull();
  put(10, 1);
  EXPECT_EQ(feed_->counts().least_ahead, -3) << "too late by three";
}

TEST_F(Feed, WhoComesLateBeginsWithThePreRollOfItsMoment) {
  put(0, 100);
  source_.skip_to(50 * kLiveFrameSamples);
  EXPECT_EQ(pull(), 46) << "80 ms before, in whole frames";
}

TEST_F(Feed, HoldsNoMoreThanAChannelCanBeAhead) {
  for (std::uint32_t i = 0; i < 3'000; ++i) feed_->put(i, {1});
  int held = 0;
  while (std::holds_alternative<OpusPacket>(source_.pull())) ++held;
  EXPECT_EQ(held, 1'500);
}

}  // namespace
}  // namespace loa::opus
