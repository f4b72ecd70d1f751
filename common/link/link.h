// What a core knows of MQTT: it publishes, and it is told what came. MqttLink is the real one; the simulation has its
// own.
//
// A link is never a store. While it is down, publications are dropped (and counted): the core keeps what must not be
// lost (outbox, plans) and states it anew after each LinkUp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/bytes.h"
#include "common/base/time.h"

namespace loa::link {

enum class Qos : std::uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1 };

struct Publication {
  std::string topic;
  Bytes payload;  // an empty retained payload removes the retained message
  Qos qos = Qos::kAtLeastOnce;
  bool retain = false;
  std::optional<seconds> expiry = std::nullopt;  // MQTT 5 message expiry interval
};

struct Subscription {
  std::string filter;
  Qos qos = Qos::kAtLeastOnce;
};

// Connected, and every subscription granted: what is published from now on can be answered. `session` counts up with
// each connection, so that answers of an earlier one can be told apart.
struct LinkUp {
  std::uint64_t session = 0;
};
// After a LinkUp; or once, when the first connection fails, and again only when the reason changes.
struct LinkDown {
  std::string reason;  // for the log, in the library's words
};
struct LinkMessage {
  std::string topic;
  Bytes payload;
  bool retained = false;  // held by the broker from before we subscribed
  Qos qos = Qos::kAtMostOnce;
  std::uint64_t session = 0;
};
using LinkEvent = std::variant<LinkUp, LinkDown, LinkMessage>;

// Called on a thread of the link, never twice at once, in the order LinkUp, its messages, LinkDown: copy, post, return.
// Must not block, throw, or call the link.
using OnLinkEvent = std::function<void(LinkEvent)>;

enum class PublishResult {
  kTaken,    // handed to the connection; with QoS 1 it may still be lost when the connection breaks
  kDown,     // not connected: dropped
  kTooMany,  // too many or too large publications not yet acknowledged: dropped
  kRefused   // cannot be sent at all: empty topic, wildcard in the topic, over the size limit
};

class Link {
 public:
  virtual ~Link() = default;
  // Any thread; never blocks, never throws. The core decides what a drop means (usually: nothing, the next exchange
  // repairs it).
  virtual PublishResult publish(Publication publication) = 0;
  // For a while, beside the subscriptions that every connection begins with. Any thread; never blocks, never throws.
  // Holds until unsubscribe() or the end of the connection; whoever still wants it asks again after LinkUp. One that
  // the broker refuses ends the connection, as of any other subscription.
  virtual void subscribe(const Subscription& subscription) = 0;
  virtual void unsubscribe(const std::string& filter) = 0;
};

// MQTT 5 §4.7: a name that can be published to, 1–1024 octets of UTF-8 without NUL and wildcards.
[[nodiscard]] bool is_valid_topic(std::string_view topic);
// The same with `+` and `#` where they may stand.
[[nodiscard]] bool is_valid_filter(std::string_view filter);
// Whether a message on `topic` belongs to `filter`. Both valid.
[[nodiscard]] bool matches(std::string_view filter, std::string_view topic);

}  // namespace loa::link
