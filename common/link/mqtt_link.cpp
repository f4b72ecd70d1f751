#include "common/link/mqtt_link.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <new>
#include <random>
#include <thread>
#include <utility>

#include <mqtt/async_client.h>

#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "common/crypto/random.h"

namespace loa::link {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kMqttLargestPacket = 268'435'455;  // MQTT 5 §1.5.5
constexpr std::size_t kMqttMostOutstanding = 60'000;     // of 65,535 packet identifiers
constexpr std::size_t kLargestPem = std::size_t{64} * 1024;
constexpr std::size_t kPacketHead = 64;  // fixed header, topic length, packet id, properties
constexpr auto kFlushBeforeGoodbye = milliseconds{500};
constexpr auto kLongestStop = milliseconds{1800};
constexpr auto kSteadyAfter = seconds{10};  // a connection that stood this long starts the pauses anew

// Paho stops its threads and frees its tables with the last client, waiting up to a second for them, and doing that
// while another thread makes a client has crashed it (paho.mqtt.c issues 323, 889, 1107). One client that is never
// connected and never destroyed keeps them.
void keep_paho_alive() {
  alignas(mqtt::async_client) static std::array<std::byte, sizeof(mqtt::async_client)> place;
  static const auto* const anchor =
      new (place.data()) mqtt::async_client("tcp://127.0.0.1:1883", "anchor", mqtt::create_options(MQTTVERSION_5));
  static_cast<void>(anchor);
}

std::string describe(const mqtt::token& token) {
  return mqtt::exception::printable_error(token.get_return_code(), token.get_reason_code());
}

// Paho's text for a failed connection is only in the exception that asking for the answer gives; the token is complete,
// so this does not wait.
std::string describe_connect(const mqtt::token& token) {
  try {
    static_cast<void>(token.get_connect_response());
  } catch (const std::exception& exception) {
    return exception.what();
  }
  return describe(token);
}

void check(bool is_good, const char* option, const std::string& value) {
  if (!is_good) throw Error("link.bad_options", {option, value});
}

std::string text_of(auto duration) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(duration).count()) + " ms";
}

std::size_t cost_of(std::string_view topic, std::size_t payload) {
  return topic.size() + payload + kPacketHead;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':';
  });
}

void check_options(const MqttOptions& options) {
  check(is_host(options.host), "host", options.host);
  check(options.port != 0, "port", "0");
  check(is_valid_topic(options.client_id) && options.client_id.size() <= 128, "client_id", options.client_id);
  for (const Subscription& subscription : options.subscriptions)
    check(is_valid_filter(subscription.filter), "subscription", subscription.filter);
  check(options.keep_alive >= seconds{1} && options.keep_alive <= seconds{65535}, "keep_alive",
        text_of(options.keep_alive));
  check(options.connect_timeout >= seconds{1} && options.connect_timeout <= seconds{300}, "connect_timeout",
        text_of(options.connect_timeout));
  check(options.shortest_pause >= milliseconds{1}, "shortest_pause", text_of(options.shortest_pause));
  check(options.longest_pause >= options.shortest_pause && options.longest_pause <= seconds{3600}, "longest_pause",
        text_of(options.longest_pause));
  check(options.most_outstanding >= 1 && options.most_outstanding <= kMqttMostOutstanding, "most_outstanding",
        std::to_string(options.most_outstanding));
  check(options.largest_message >= 1 && options.largest_message <= kMqttLargestPacket, "largest_message",
        std::to_string(options.largest_message));
  if (options.will) {
    check(is_valid_topic(options.will->topic), "will", options.will->topic);
    check(options.will->payload.size() <= options.largest_message && options.will->payload.size() <= 65535, "will",
          std::to_string(options.will->payload.size()));
  }
  // Paho says no more than "failure" about them, at every attempt.
  for (const std::filesystem::path* file : {&options.tls.ca, &options.tls.certificate})
    static_cast<void>(crypto::read_certificate_file(*file));
  Bytes key = crypto::read_secret_file(options.tls.key, kLargestPem);
  crypto::wipe(key);
}

mqtt::message_ptr encode(const Publication& publication) {
  // A null pointer for "nothing" is not accepted.
  const void* payload = publication.payload.empty() ? "" : static_cast<const void*>(publication.payload.data());
  auto message = mqtt::message::create(publication.topic, payload, publication.payload.size(),
                                       static_cast<int>(publication.qos), publication.retain);
  if (publication.expiry) {
    message->set_properties({mqtt::property(mqtt::property::MESSAGE_EXPIRY_INTERVAL,
                                            static_cast<std::int32_t>(publication.expiry->count()))});
  }
  return message;
}

mqtt::connect_options connect_options_of(const MqttOptions& options) {
  mqtt::ssl_options tls;
  tls.set_trust_store(options.tls.ca.string());
  tls.set_key_store(options.tls.certificate.string());
  tls.set_private_key(options.tls.key.string());
  tls.set_enable_server_cert_auth(true);
  tls.set_verify(true);  // the host's name; off by default
  // No error handler: Paho C keeps a pointer to it in an object that Paho C++ destroys when connect() returns.
  mqtt::connect_options out;
  out.set_mqtt_version(MQTTVERSION_5);
  out.set_clean_start(true);
  out.set_automatic_reconnect(false);
  out.set_keep_alive_interval(options.keep_alive);
  out.set_connect_timeout(options.connect_timeout);
  out.set_max_inflight(65535);
  out.set_ssl(tls);
  if (options.will) out.set_will(mqtt::will_options(*encode(*options.will)));
  out.set_properties({mqtt::property(mqtt::property::MAXIMUM_PACKET_SIZE,
                                     static_cast<std::int32_t>(options.largest_message + kPacketHead + 1024))});
  return out;
}

}  // namespace

// Locks, in the order they may be taken: Paho's own (held during its callbacks) → delivery_mutex_ → mutex_. Nothing
// calls Paho while holding one of ours.
class MqttLink::Impl : public std::enable_shared_from_this<MqttLink::Impl> {
 public:
  Impl(MqttOptions options, OnLinkEvent on_event) : options_(std::move(options)), on_event_(std::move(on_event)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void start() {
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
  }

  void stop() {
    {
      const std::scoped_lock lock(delivery_mutex_, mutex_);
      is_stopping_ = true;
    }
    changed_.notify_all();
    bool is_finished = false;
    {
      std::unique_lock lock(mutex_);
      is_finished = changed_.wait_for(lock, kLongestStop, [this] { return is_finished_; });
    }
    // Paho resolves host names while it holds its lock: a dead name server must not hold up our end. The thread then
    // ends by itself, in silence, and owns what it needs.
    if (is_finished)
      thread_.join();
    else
      thread_.detach();
  }

  void subscribe(const Subscription& subscription) {
    with_connection([&](Connection& connection) {
      connection.client.subscribe(subscription.filter, static_cast<int>(subscription.qos), nullptr,
                                  connection.on_subscribe);
    });
  }
  void unsubscribe(const std::string& filter) {
    with_connection([&](Connection& connection) { connection.client.unsubscribe(filter); });
  }

  PublishResult publish(const Publication& publication) {
    const std::size_t cost = cost_of(publication.topic, publication.payload.size());
    const bool is_sendable =
        is_valid_topic(publication.topic) && publication.payload.size() <= options_.largest_message &&
        (!publication.expiry || (publication.expiry->count() >= 0 && publication.expiry->count() <= INT32_MAX));
    Connection* connection = nullptr;
    std::uint64_t session = 0;
    {
      const std::lock_guard lock(mutex_);
      const auto result = !is_sendable           ? PublishResult::kRefused
                          : stage_ != Stage::kUp ? PublishResult::kDown
                          : !has_room(cost)      ? PublishResult::kTooMany
                                                 : PublishResult::kTaken;
      if (result != PublishResult::kTaken) {
        ++counts_.dropped;
        return result;
      }
      ++counts_.published;
      ++outstanding_;
      outstanding_bytes_ += cost;
      ++publishing_;
      connection = connection_;
      session = session_;
    }
    bool is_taken = true;
    try {
      connection->client.publish(encode(publication), nullptr, connection->on_publish);
    } catch (const std::exception&) {
      is_taken = false;  // the connection broke this moment
    }
    {
      const std::lock_guard lock(mutex_);
      --publishing_;
      if (!is_taken) {
        ++counts_.dropped;
        --counts_.published;
        release(session, cost);
      }
    }
    changed_.notify_all();
    return is_taken ? PublishResult::kTaken : PublishResult::kDown;
  }

  [[nodiscard]] LinkCounts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  enum class Stage {
    kIdle,        // between two attempts
    kConnecting,  // until CONNACK
    kSubscribing,
    kUp,
    kOver,  // lost or given up; its callbacks mean nothing any more
  };
  enum class Fate { kDelivered, kFailed };

  // One attempt, from its first octet to its last. A fresh Paho client each time: a used one keeps tokens and messages
  // of the connection before.
  struct Connection {
    struct OnConnect : mqtt::iaction_listener {
      explicit OnConnect(Connection& connection) : owner(connection) {}
      void on_success(const mqtt::token& /*token*/) override { owner.impl.on_connected(owner.session); }
      void on_failure(const mqtt::token& token) override { owner.impl.on_lost(owner.session, describe_connect(token)); }
      Connection& owner;
    };
    struct OnSubscribe : mqtt::iaction_listener {
      explicit OnSubscribe(Connection& connection) : owner(connection) {}
      // One filter each, so a refusal is a failure to Paho too.
      void on_success(const mqtt::token& /*token*/) override { owner.impl.on_subscribed(owner.session); }
      void on_failure(const mqtt::token& token) override {
        owner.impl.on_lost(owner.session, "subscription refused: " + describe(token));
      }
      Connection& owner;
    };
    struct OnPublish : mqtt::iaction_listener {
      explicit OnPublish(Connection& connection) : owner(connection) {}
      void on_success(const mqtt::token& token) override { finish(token, Fate::kDelivered); }
      void on_failure(const mqtt::token& token) override { finish(token, Fate::kFailed); }
      void finish(const mqtt::token& token, Fate fate) const {
        const auto* delivery = dynamic_cast<const mqtt::delivery_token*>(&token);
        const mqtt::const_message_ptr message = delivery != nullptr ? delivery->get_message() : nullptr;
        if (message)
          owner.impl.on_published(owner.session, cost_of(message->get_topic(), message->get_payload_ref().size()),
                                  fate);
      }
      Connection& owner;
    };

    Connection(Impl& owner, std::uint64_t number)
        : impl(owner),
          session(number),
          on_connect(*this),
          on_subscribe(*this),
          on_publish(*this),
          client(uri_of(owner.options_), owner.options_.client_id, create_options_of(owner.options_)) {
      client.set_message_callback(
          [this](const mqtt::const_message_ptr& message) { impl.on_message(session, *message); });
      client.set_connection_lost_handler([this](const std::string& cause) {
        impl.on_lost(session, cause.empty() ? "connection lost" : "connection lost: " + cause);
      });
      client.set_disconnected_handler([this](const mqtt::properties& /*properties*/, mqtt::ReasonCode code) {
        impl.on_lost(session, "closed by the broker: " + mqtt::exception::reason_code_str(code));
      });
    }

    void connect() {
      // Kept and passed as an lvalue: a moved one would leave Paho a pointer to properties that are gone.
      const mqtt::connect_options options = connect_options_of(impl.options_);
      client.connect(options, nullptr, on_connect);
    }
    void subscribe() {
      // One packet each: for a list, Paho reports success even when the broker refused some.
      for (const Subscription& subscription : impl.options_.subscriptions)
        client.subscribe(subscription.filter, static_cast<int>(subscription.qos), nullptr, on_subscribe);
    }

    static std::string uri_of(const MqttOptions& options) {
      const bool is_v6 = options.host.find(':') != std::string::npos;
      return "ssl://" + (is_v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port);
    }
    static mqtt::create_options create_options_of(const MqttOptions& options) {
      mqtt::create_options out(MQTTVERSION_5);
      // Counts while connected too; nothing is buffered while disconnected.
      out.set_max_buffered_messages(static_cast<int>(options.most_outstanding) + 1);
      return out;
    }

    Impl& impl;
    const std::uint64_t session;
    OnConnect on_connect;
    OnSubscribe on_subscribe;
    OnPublish on_publish;
    mqtt::async_client client;  // destroyed first: it calls the listeners while it dies
  };

  // Nothing while there is none.
  template <class Call>
  void with_connection(Call call) {
    Connection* connection = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (stage_ != Stage::kUp) return;
      ++publishing_;
      connection = connection_;
    }
    try {
      call(*connection);
    } catch (const std::exception&) {
      // It broke this moment.
    }
    {
      const std::lock_guard lock(mutex_);
      --publishing_;
    }
    changed_.notify_all();
  }

  // ---- on Paho's threads ----

  void on_connected(std::uint64_t session) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (session != session_ || stage_ != Stage::kConnecting) return;
      stage_ = Stage::kSubscribing;
    }
    changed_.notify_all();
  }

  void on_subscribed(std::uint64_t session) noexcept {
    const std::lock_guard delivery(delivery_mutex_);
    {
      const std::lock_guard lock(mutex_);
      if (session != session_ || stage_ != Stage::kSubscribing || --subscriptions_left_ > 0) return;
    }
    come_up();
  }

  void on_lost(std::uint64_t session, std::string reason) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (session != session_ || stage_ == Stage::kOver) return;
      stage_ = Stage::kOver;
      reason_ = std::move(reason);
    }
    changed_.notify_all();
  }

  void on_published(std::uint64_t session, std::size_t cost, Fate fate) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (!release(session, cost)) return;
      ++(fate == Fate::kDelivered ? counts_.delivered : counts_.failed);
    }
    changed_.notify_all();
  }

  void on_message(std::uint64_t session, const mqtt::message& message) noexcept {
    const std::lock_guard delivery(delivery_mutex_);
    bool is_up = false;
    {
      const std::lock_guard lock(mutex_);
      if (session != session_ || is_stopping_ || (stage_ != Stage::kSubscribing && stage_ != Stage::kUp)) return;
      if (message.get_payload_ref().size() > options_.largest_message) {
        ++counts_.received_too_large;
        return;
      }
      ++counts_.received;
      is_up = stage_ == Stage::kUp;
    }
    const auto& payload = message.get_payload_ref();
    LinkMessage event{.topic = message.get_topic(),
                      .payload = bytes_of({payload.data(), payload.size()}),
                      .retained = message.is_retained(),
                      .qos = message.get_qos() == 0 ? Qos::kAtMostOnce : Qos::kAtLeastOnce,
                      .session = session};
    if (is_up) {
      on_event_(std::move(event));
      return;
    }
    // Retained messages come before the broker has granted every subscription.
    held_bytes_ += cost_of(event.topic, event.payload.size());
    if (held_bytes_ <= options_.most_held_bytes) {
      held_.push_back(std::move(event));
    } else {
      const std::lock_guard lock(mutex_);
      ++counts_.held_too_many;
    }
  }

  // Holding delivery_mutex_.
  void come_up() noexcept {
    std::uint64_t session = 0;
    {
      const std::lock_guard lock(mutex_);
      if (stage_ != Stage::kSubscribing || is_stopping_) return;
      stage_ = Stage::kUp;
      up_since_ = Steady::now();
      ++counts_.connects;
      session = session_;
    }
    on_event_(LinkUp{session});
    for (LinkMessage& message : std::exchange(held_, {})) on_event_(std::move(message));
    held_bytes_ = 0;
    changed_.notify_all();
  }

  // ---- holding mutex_ ----

  [[nodiscard]] bool has_room(std::size_t cost) const {
    return outstanding_ < options_.most_outstanding && outstanding_bytes_ + cost <= options_.most_outstanding_bytes;
  }

  // False when it belonged to a connection that has been written off as a whole.
  bool release(std::uint64_t session, std::size_t cost) {
    if (session != session_ || outstanding_ == 0) return false;
    --outstanding_;
    outstanding_bytes_ -= cost;
    return true;
  }

  // ---- the link's own thread ----

  void run() noexcept {
    std::mt19937 random{std::random_device{}()};
    milliseconds pause = options_.shortest_pause;
    std::string last_reason;
    for (;;) {
      const auto stood = hold_connection();
      std::string reason;
      {
        const std::lock_guard lock(mutex_);
        if (is_stopping_) break;
        reason = reason_;
      }
      if (stood >= kSteadyAfter) pause = options_.shortest_pause;
      if (stood > Steady::duration::zero() || reason != last_reason) report_down(reason);
      last_reason = reason;
      std::uniform_int_distribution<milliseconds::rep> part(pause.count() / 2, pause.count());
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, milliseconds{part(random)}, [this] { return is_stopping_; })) break;
      pause = std::min(pause * 2, options_.longest_pause);
    }
    {
      const std::lock_guard lock(mutex_);
      is_finished_ = true;
    }
    changed_.notify_all();
  }

  // One connection from beginning to end. Returns how long it was up; zero when it never was.
  Steady::duration hold_connection() {
    std::uint64_t session = 0;
    {
      const std::scoped_lock lock(delivery_mutex_, mutex_);
      session = ++session_;
      stage_ = Stage::kConnecting;
      subscriptions_left_ = options_.subscriptions.size();
      held_.clear();
      held_bytes_ = 0;
    }
    const auto deadline = Steady::now() + options_.connect_timeout;
    std::unique_ptr<Connection> connection;
    try {
      connection = std::make_unique<Connection>(*this, session);
      {
        const std::lock_guard lock(mutex_);
        connection_ = connection.get();
      }
      connection->connect();
      wait_while(Stage::kConnecting, deadline);
      if (is_in(Stage::kSubscribing)) {
        if (options_.subscriptions.empty()) {
          const std::lock_guard delivery(delivery_mutex_);
          come_up();
        } else {
          connection->subscribe();
        }
      }
      wait_while(Stage::kSubscribing, deadline);
    } catch (const std::exception& exception) {
      on_lost(session, exception.what());
    }

    Steady::duration stood{};
    {
      std::unique_lock lock(mutex_);
      if (stage_ == Stage::kConnecting || stage_ == Stage::kSubscribing) {
        stage_ = Stage::kOver;
        reason_ = "no answer from the broker";
      }
      if (stage_ == Stage::kUp) {
        changed_.wait(lock, [this] { return stage_ != Stage::kUp || is_stopping_; });
        if (stage_ == Stage::kUp)
          changed_.wait_for(lock, kFlushBeforeGoodbye, [this] { return outstanding_ == 0 || stage_ != Stage::kUp; });
      }
      if (up_since_) stood = Steady::now() - *std::exchange(up_since_, std::nullopt);
      stage_ = Stage::kOver;
      changed_.wait(lock, [this] { return publishing_ == 0; });
      connection_ = nullptr;
    }
    connection.reset();  // says good-bye when still connected
    const std::lock_guard lock(mutex_);
    counts_.failed += outstanding_;
    outstanding_ = 0;
    outstanding_bytes_ = 0;
    stage_ = Stage::kIdle;
    return stood;
  }

  [[nodiscard]] bool is_in(Stage stage) {
    const std::lock_guard lock(mutex_);
    return stage_ == stage && !is_stopping_;
  }

  void wait_while(Stage stage, Steady::time_point deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] { return stage_ != stage || is_stopping_; });
  }

  void report_down(const std::string& reason) {
    const std::lock_guard delivery(delivery_mutex_);
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
    }
    on_event_(LinkDown{reason});
  }

  const MqttOptions options_;
  const OnLinkEvent on_event_;  // called holding delivery_mutex_, so never twice at once
  std::thread thread_;          // touched by start() and stop() only

  std::mutex delivery_mutex_;
  std::vector<LinkMessage> held_;  // protected by delivery_mutex_
  std::size_t held_bytes_ = 0;     // protected by delivery_mutex_

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All below: protected by mutex_.
  Stage stage_ = Stage::kIdle;
  std::uint64_t session_ = 0;
  std::size_t subscriptions_left_ = 0;
  std::string reason_;
  std::optional<Steady::time_point> up_since_;
  Connection* connection_ = nullptr;
  std::size_t publishing_ = 0;  // calls of publish() inside Paho: the connection must live until they return
  std::size_t outstanding_ = 0;
  std::size_t outstanding_bytes_ = 0;
  LinkCounts counts_;
  bool is_stopping_ = false;
  bool is_finished_ = false;
};

MqttLink::MqttLink(MqttOptions options, OnLinkEvent on_event) {
  check_options(options);
  keep_paho_alive();
  impl_ = std::make_shared<Impl>(std::move(options), std::move(on_event));
  impl_->start();
}

MqttLink::~MqttLink() {
  impl_->stop();
}

void MqttLink::subscribe(const Subscription& subscription) {
  impl_->subscribe(subscription);
}

void MqttLink::unsubscribe(const std::string& filter) {
  impl_->unsubscribe(filter);
}

PublishResult MqttLink::publish(Publication publication) {
  return impl_->publish(publication);
}

LinkCounts MqttLink::counts() const {
  return impl_->counts();
}

}  // namespace loa::link
