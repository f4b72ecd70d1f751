// The Link over MQTT 5 and TLS, through Paho (this folder is its only door). Clean sessions, our own reconnect with
// growing, random pauses, subscriptions made anew after each connect; reason codes from 0x80 up are failures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/link/link.h"

namespace loa::link {

struct TlsFiles {
  std::filesystem::path ca;           // the only authority that is believed
  std::filesystem::path certificate;  // our own, PEM
  std::filesystem::path key;          // PEM, readable by the owner only
};

struct MqttOptions {
  std::string host;  // must be named in the broker's certificate
  std::uint16_t port = 8883;
  std::string client_id;  // one connection per id: a second one takes over
  TlsFiles tls;
  std::vector<Subscription> subscriptions;
  std::optional<Publication> will;  // published by the broker when we vanish; its expiry is not sent
  seconds keep_alive{20};
  seconds connect_timeout{10};
  milliseconds shortest_pause{500};     // before the second attempt; doubles up to
  milliseconds longest_pause{30000};    // each pause is random between half and the whole of its value
  std::size_t most_outstanding = 8192;  // publications not yet finished
  std::size_t most_outstanding_bytes = std::size_t{16} * 1024 * 1024;
  std::size_t most_held_bytes = std::size_t{16} * 1024 * 1024;  // messages that come before LinkUp
  std::size_t largest_message = std::size_t{272} * 1024;        // both ways: an envelope of 256 KiB and its signatures
};

// Counted since construction.
struct LinkCounts {
  std::uint64_t published = 0;  // taken over
  std::uint64_t delivered = 0;  // QoS 1: acknowledged; QoS 0: written to the socket
  std::uint64_t failed = 0;     // taken, then lost with the connection or refused by the broker
  std::uint64_t dropped = 0;    // not taken: kDown, kTooMany, kRefused
  std::uint64_t received = 0;
  std::uint64_t received_too_large = 0;  // dropped
  std::uint64_t held_too_many = 0;       // dropped: more before LinkUp than may be held
  std::uint64_t connects = 0;            // LinkUp events
};

class MqttLink : public Link {
 public:
  // Starts connecting at once and keeps at it until destruction. Events may come before the constructor returns.
  // Throws Error: link.bad_options (which one), file.cannot_read for a missing TLS file. A broker that cannot be
  // reached is no error: LinkDown tells.
  MqttLink(MqttOptions options, OnLinkEvent on_event);
  // Says good-bye when connected (no will), stops trying, and returns within 2 s; no event comes afterwards. Never call
  // it from inside on_event.
  ~MqttLink() override;
  MqttLink(const MqttLink&) = delete;
  MqttLink& operator=(const MqttLink&) = delete;

  PublishResult publish(Publication publication) override;
  void subscribe(const Subscription& subscription) override;
  void unsubscribe(const std::string& filter) override;
  [[nodiscard]] LinkCounts counts() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace loa::link
