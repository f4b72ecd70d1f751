#include "server/people/resident_limits.h"

#include <gtest/gtest.h>

namespace loa::server {
namespace {

const NodeId kNode{"n-1"};
const MonoTime kStart{std::chrono::hours{1}};

std::string network(int number) {
  return "network-" + std::to_string(number);
}

TEST(ResidentLimits, OneHousehold) {
  ResidentLimits limits;
  for (int i = 0; i < ResidentLimits::kOfOneNetwork; ++i) EXPECT_TRUE(limits.take_complaint("a", std::nullopt, kStart));
  EXPECT_FALSE(limits.take_complaint("a", std::nullopt, kStart));
  EXPECT_TRUE(limits.take_complaint("b", std::nullopt, kStart));
  EXPECT_TRUE(limits.take_complaint("a", std::nullopt, kStart + std::chrono::minutes{10}));
}

TEST(ResidentLimits, OneLoudspeakerWhoeverComplains) {
  ResidentLimits limits;
  for (int i = 0; i < ResidentLimits::kOfOneNode; ++i) EXPECT_TRUE(limits.take_complaint(network(i), kNode, kStart));
  EXPECT_FALSE(limits.take_complaint("another", kNode, kStart));
  EXPECT_TRUE(limits.take_complaint("another", NodeId{"n-2"}, kStart));
  EXPECT_TRUE(limits.take_complaint("another", kNode, kStart + std::chrono::hours{1}));
}

TEST(ResidentLimits, TheWardInAll) {
  ResidentLimits limits;
  for (int i = 0; i < ResidentLimits::kInAll; ++i)
    EXPECT_TRUE(limits.take_complaint(network(i), NodeId{"n-" + std::to_string(i)}, kStart));
  EXPECT_FALSE(limits.take_complaint("another", std::nullopt, kStart));
}

TEST(ResidentLimits, WhatIsRefusedCountsForNothing) {
  ResidentLimits limits;
  for (int i = 0; i < ResidentLimits::kOfOneNode; ++i) EXPECT_TRUE(limits.take_complaint(network(i), kNode, kStart));
  for (int i = 0; i < 2 * ResidentLimits::kOfOneNetwork; ++i) EXPECT_FALSE(limits.take_complaint("a", kNode, kStart));
  EXPECT_TRUE(limits.take_complaint("a", std::nullopt, kStart));
}

TEST(ResidentLimits, MarksOfAStreet) {
  ResidentLimits limits;
  for (int i = 0; i < ResidentLimits::kMarks; ++i) EXPECT_TRUE(limits.take_mark("a", kStart));
  EXPECT_FALSE(limits.take_mark("a", kStart));
  EXPECT_TRUE(limits.take_mark("b", kStart));
  EXPECT_TRUE(limits.take_mark("a", kStart + std::chrono::hours{24}));
}

}  // namespace
}  // namespace loa::server
