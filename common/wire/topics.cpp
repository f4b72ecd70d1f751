#include "common/wire/topics.h"

#include <array>
#include <cstdlib>
#include <vector>

namespace loa::wire {
namespace {

using std::chrono::seconds;

constexpr std::string_view kRoot = "loa/1/";
constexpr std::size_t kLongestTopic = 256;

constexpr std::array<TopicRule, 12> kRules = {{
    {MessageType::kPlan, Direction::kDown, "plan", "plan", Signer::kStation, 1, true, std::nullopt},
    {MessageType::kOrder, Direction::kDown, "order", "order", Signer::kStation, 1, false, seconds{60}},
    {MessageType::kAck, Direction::kDown, "ack", "ack", Signer::kStation, 1, false, seconds{60}},
    {MessageType::kClockReply, Direction::kDown, "clock", "clock-reply", Signer::kStation, 0, false, seconds{5}},
    {MessageType::kServer, Direction::kAll, "server", "server", Signer::kStation, 1, true, std::nullopt},
    {MessageType::kAudit, Direction::kAll, "audit", "audit", Signer::kStation, 1, true, std::nullopt},
    {MessageType::kAir, Direction::kAll, "air", "air", Signer::kStation, 1, true, seconds{60}},
    {MessageType::kTrust, Direction::kAll, "trust", "trust", Signer::kRoot, 1, true, std::nullopt},
    {MessageType::kPolicy, Direction::kAll, "policy", "policy", Signer::kRoot, 1, true, std::nullopt},
    {MessageType::kStatus, Direction::kUp, "status", "status", Signer::kNode, 1, true, std::nullopt},
    {MessageType::kOutcome, Direction::kUp, "outcome", "outcome", Signer::kNode, 1, false, std::nullopt},
    {MessageType::kClockRequest, Direction::kUp, "clock", "clock-request", Signer::kNode, 0, false, seconds{5}},
}};

std::string_view name_of(Direction direction) {
  switch (direction) {
    case Direction::kDown:
      return "down";
    case Direction::kAll:
      return "all";
    case Direction::kUp:
      return "up";
  }
  std::abort();
}

std::vector<std::string_view> split_levels(std::string_view topic) {
  std::vector<std::string_view> levels;
  while (true) {
    const std::size_t slash = topic.find('/');
    levels.push_back(topic.substr(0, slash));
    if (slash == std::string_view::npos) return levels;
    topic.remove_prefix(slash + 1);
  }
}

std::string root_of(const StationId& station) {
  return std::string{kRoot} + station.str() + "/";
}

}  // namespace

std::span<const TopicRule> topic_rules() {
  return kRules;
}

const TopicRule& rule_of(MessageType type) {
  for (const TopicRule& rule : kRules)
    if (rule.type == type) return rule;
  std::abort();
}

std::string payload_type_of(MessageType type) {
  return "application/vnd.loa." + std::string{rule_of(type).payload_type} + ".v1+json";
}

std::string topic_of(MessageType type, const StationId& station, const NodeId& node) {
  const TopicRule& rule = rule_of(type);
  std::string topic = root_of(station) + std::string{name_of(rule.direction)} + "/";
  if (rule.direction != Direction::kAll) topic += node.str() + "/";
  return topic + std::string{rule.kind};
}

std::string server_filter(const StationId& station) {
  return root_of(station) + "up/+/+";
}
std::string node_filter(const StationId& station, const NodeId& node) {
  return root_of(station) + "down/" + node.str() + "/+";
}
std::string all_filter(const StationId& station) {
  return root_of(station) + "all/+";
}

std::string live_topic(const StationId& station, const PlayId& play) {
  return root_of(station) + "live/" + play.str();
}

std::optional<PlayId> parse_live_topic(std::string_view topic, const StationId& station) {
  const std::string before = root_of(station) + "live/";
  if (topic.size() > kLongestTopic || !topic.starts_with(before)) return std::nullopt;
  topic.remove_prefix(before.size());
  if (!is_valid_id(topic)) return std::nullopt;
  return PlayId{std::string{topic}};
}

std::optional<Topic> parse_topic(std::string_view topic) {
  if (topic.size() > kLongestTopic || !topic.starts_with(kRoot)) return std::nullopt;
  const std::vector<std::string_view> levels = split_levels(topic.substr(kRoot.size()));
  if (levels.size() < 3 || levels.size() > 4 || !is_valid_id(levels[0])) return std::nullopt;
  for (const TopicRule& rule : kRules) {
    const std::size_t expected = rule.direction == Direction::kAll ? 3 : 4;
    if (levels.size() != expected || levels[1] != name_of(rule.direction) || levels.back() != rule.kind) continue;
    Topic found{rule.type, StationId{std::string{levels[0]}}, {}};
    if (expected == 3) return found;
    if (!is_valid_id(levels[2])) return std::nullopt;
    found.node = NodeId{std::string{levels[2]}};
    return found;
  }
  return std::nullopt;
}

}  // namespace loa::wire
