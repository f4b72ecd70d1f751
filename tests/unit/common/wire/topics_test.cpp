#include "common/wire/topics.h"

#include <set>

#include <gtest/gtest.h>

namespace loa::wire {
namespace {

using namespace std::string_view_literals;

const StationId kStation{"phu-lien"};
const NodeId kNode{"tdp-01"};

NodeId addressee_of(const TopicRule& rule) {
  return rule.direction == Direction::kAll ? NodeId{} : kNode;
}

TEST(Topics, EveryTypeComesBackFromItsTopic) {
  std::set<std::string> topics;
  for (const TopicRule& rule : topic_rules()) {
    const std::string topic = topic_of(rule.type, kStation, addressee_of(rule));
    const auto read = parse_topic(topic);
    ASSERT_TRUE(read) << topic;
    EXPECT_EQ(read->type, rule.type) << topic;
    EXPECT_EQ(read->station, kStation);
    EXPECT_EQ(read->node, addressee_of(rule));
    EXPECT_EQ(&rule_of(rule.type), &rule);
    topics.insert(topic);
  }
  EXPECT_EQ(topics.size(), topic_rules().size());
}

TEST(Topics, LongestIdsFit) {
  const std::string longest(64, 'x');
  for (const TopicRule& rule : topic_rules()) {
    const NodeId node{rule.direction == Direction::kAll ? "" : longest};
    EXPECT_TRUE(parse_topic(topic_of(rule.type, StationId{longest}, node)));
  }
}

TEST(Topics, ExactlyOurs) {
  for (const char* topic : {
           "",
           "loa",
           "loa/1",
           "loa/1/",
           "loa/2/phu-lien/all/server",
           "Loa/1/phu-lien/all/server",
           "loa/1/phu-lien/all",
           "loa/1/phu-lien/all/",
           "loa/1/phu-lien/all/plan",
           "loa/1/phu-lien/all/tdp-01/server",
           "loa/1/phu-lien/all/server/",
           "loa/1/Phu-Lien/all/server",
           "loa/1//all/server",
           "loa/1/-x/all/server",
           "loa/1/+/all/server",
           "loa/1/phu-lien/down/plan",
           "loa/1/phu-lien/down//plan",
           "loa/1/phu-lien/down/TDP/plan",
           "loa/1/phu-lien/down/+/plan",
           "loa/1/phu-lien/down/../plan",
           "loa/1/phu-lien/down/tdp-01/Plan",
           "loa/1/phu-lien/down/tdp-01/plans",
           "loa/1/phu-lien/down/tdp-01/status",
           "loa/1/phu-lien/down/tdp-01/plan/x",
           "loa/1/phu-lien/up/tdp-01/plan",
           "loa/1/phu-lien/up/tdp-01/server",
           "loa/1/phu-lien/sideways/tdp-01/plan",
           "/loa/1/phu-lien/all/server",
       })
    EXPECT_FALSE(parse_topic(topic)) << topic;
  EXPECT_FALSE(parse_topic("loa/1/phu-lien/down/" + std::string(65, 'x') + "/plan"));
  EXPECT_FALSE(parse_topic("loa/1/phu-lien/down/tdp\000/plan"sv));
  EXPECT_FALSE(parse_topic("loa/1/" + std::string(1 << 20, '/')));
}

TEST(Topics, TheTwoClocksAreTwoTypes) {
  EXPECT_EQ(parse_topic("loa/1/phu-lien/down/tdp-01/clock")->type, MessageType::kClockReply);
  EXPECT_EQ(parse_topic("loa/1/phu-lien/up/tdp-01/clock")->type, MessageType::kClockRequest);
}

TEST(Topics, FiltersReachOnesOwnAndNoOther) {
  EXPECT_EQ(server_filter(kStation), "loa/1/phu-lien/up/+/+");
  EXPECT_EQ(node_filter(kStation, kNode), "loa/1/phu-lien/down/tdp-01/+");
  EXPECT_EQ(all_filter(kStation), "loa/1/phu-lien/all/+");
}

TEST(Topics, PayloadTypesCarryTheVersion) {
  EXPECT_EQ(payload_type_of(MessageType::kPlan), "application/vnd.loa.plan.v1+json");
  EXPECT_EQ(payload_type_of(MessageType::kClockReply), "application/vnd.loa.clock-reply.v1+json");
  std::set<std::string> all;
  for (const TopicRule& rule : topic_rules()) all.insert(payload_type_of(rule.type));
  EXPECT_EQ(all.size(), topic_rules().size());  // a signature for one type is none for another
}

}  // namespace
}  // namespace loa::wire
