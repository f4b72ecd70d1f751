// Topics and message types of docs/protocol.md §1, in one table.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/ids.h"

namespace loa::wire {

enum class MessageType {
  kPlan,
  kOrder,
  kAck,
  kClockReply,
  kServer,
  kAudit,
  kAir,
  kTrust,
  kPolicy,
  kStatus,
  kOutcome,
  kClockRequest
};
// Whose key alone may sign a type.
enum class Signer { kRoot, kStation, kNode };
enum class Direction { kDown, kAll, kUp };

struct TopicRule {
  MessageType type;
  Direction direction;
  std::string_view kind;          // last level of the topic
  std::string_view payload_type;  // of the envelope, without prefix and suffix
  Signer signer;
  int qos;
  bool retained;
  std::optional<std::chrono::seconds> expiry;
};

[[nodiscard]] std::span<const TopicRule> topic_rules();
[[nodiscard]] const TopicRule& rule_of(MessageType type);
// application/vnd.loa.plan.v1+json
[[nodiscard]] std::string payload_type_of(MessageType type);

// `node` is empty for Direction::kAll.
[[nodiscard]] std::string topic_of(MessageType type, const StationId& station, const NodeId& node);
// What the two sides subscribe to.
[[nodiscard]] std::string server_filter(const StationId& station);
[[nodiscard]] std::string node_filter(const StationId& station, const NodeId& node);
[[nodiscard]] std::string all_filter(const StationId& station);

// A live channel: bundles of live.h, by a key of their own.
[[nodiscard]] std::string live_topic(const StationId& station, const PlayId& play);
// The play of a topic that is exactly one of ours; nullopt for any other.
[[nodiscard]] std::optional<PlayId> parse_live_topic(std::string_view topic, const StationId& station);

struct Topic {
  MessageType type;
  StationId station;
  NodeId node;  // empty for Direction::kAll
};
// nullopt for anything that is not exactly one of ours. Bounded: never longer than 256 bytes.
[[nodiscard]] std::optional<Topic> parse_topic(std::string_view topic);

}  // namespace loa::wire
