// A whole ward in one thread: virtual time, broker, disks and loudspeakers around the real cores and the real stores. A
// failure is a seed.
//
// True time is the server's; each node's clocks are bent: its monotonic clock drifts and started at some other number,
// its wall clock may be hours off. What happens is an event at a true instant; equal instants run in the order they
// were made.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/link/link.h"
#include "node-agent/core/node_core.h"
#include "server/core/server_core.h"
#include "tests/support/enrolment_fixture.h"
#include "tests/support/recorded_channels.h"
#include "tests/support/root_key.h"
#include "tests/support/signer_nearby.h"

namespace loa::sim {

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] WallTime now() const { return now_; }
  void after(nanoseconds delay, std::function<void()> event);
  void run_until(WallTime end);

  [[nodiscard]] std::int64_t number(std::int64_t least, std::int64_t most);
  [[nodiscard]] bool chance(double p);
  [[nodiscard]] std::string id();

 private:
  struct Event {
    WallTime at;
    std::uint64_t order;
    std::function<void()> run;
    bool operator>(const Event& other) const { return std::tie(at, order) > std::tie(other.at, other.order); }
  };
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0;
  WallTime now_ = *parse_utc("2026-11-24T00:00:00Z");
  std::mt19937_64 random_;
};

// MQTT as the protocol relies on it: retained messages, delays, loss of what was under way when a connection broke.
class Broker {
 public:
  explicit Broker(World& world) : world_(world) {}

  // A client's place. While down, publications vanish.
  class Client final : public link::Link {
   public:
    Client(Broker& broker, std::vector<std::string> filters, std::function<void(link::LinkEvent)> on_event)
        : broker_(broker), filters_(std::move(filters)), on_event_(std::move(on_event)) {}
    ~Client() override {
      *alive_ = false;
      vanish();
    }
    link::PublishResult publish(link::Publication publication) override;
    void subscribe(const link::Subscription& subscription) override { filters_.push_back(subscription.filter); }
    void unsubscribe(const std::string& filter) override { std::erase(filters_, filter); }
    void connect(std::optional<link::Publication> will);
    // The connection breaks: messages under way are lost, the broker speaks the will.
    void vanish();

   private:
    friend class Broker;
    void deliver(const link::Publication& publication, bool retained);
    Broker& broker_;
    std::vector<std::string> filters_;
    std::function<void(link::LinkEvent)> on_event_;
    std::optional<link::Publication> will_;
    std::uint64_t session_ = 0;
    std::optional<std::uint64_t> connected_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  };

  // Everything in the broker's memory and on its disk is gone; clients find out at once and come back later.
  void wipe();
  void route(const link::Publication& publication);
  void set_loss(double probability) { loss_ = probability; }

 private:
  World& world_;
  std::vector<Client*> clients_;  // in the order they connected, so that a seed is the same run everywhere
  std::map<std::string, link::Publication> retained_;
  double loss_ = 0;  // of QoS 0 messages
};

// What came out of one loudspeaker, in true time.
struct Sounded {
  PlayId play;
  WallTime from;
  WallTime until;
};

class Ward;

class SimNode {
 public:
  SimNode(Ward& ward, NodeId id);
  ~SimNode();

  void start();
  // kill -9, or the power fails: memory is gone, the disk stays.
  void crash();
  void connect();
  void disconnect();
  void wipe_clip_bytes();  // the disk rots: clips no longer hash to their names

  [[nodiscard]] const NodeId& id() const { return id_; }
  [[nodiscard]] const crypto::PublicKey& public_key() const { return key_.public_key(); }
  [[nodiscard]] const std::vector<Sounded>& sounded() const { return sounded_; }
  [[nodiscard]] bool is_running() const { return core_ != nullptr; }
  [[nodiscard]] std::int64_t owed() { return store_.outbox_size(); }
  [[nodiscard]] Now local_now() const;

 private:
  class Speaker;
  class Shelf;
  void post(node::NodeMessage message);
  void wake();
  // The true instant at which the node's monotonic clock will show `mono`.
  [[nodiscard]] WallTime true_time(MonoTime mono) const;

  Ward& ward_;
  const NodeId id_;
  const crypto::SecretKey key_ = crypto::SecretKey::make();
  node::Store store_;
  const nanoseconds mono_offset_;
  const double drift_;  // of the monotonic clock, e.g. 50e-6
  const nanoseconds wall_error_;
  std::set<ClipHash> disk_;  // clips held
  std::set<ClipHash> rotten_;
  std::vector<Sounded> sounded_;

  std::uint64_t life_ = 0;  // counts starts; events of an earlier life do nothing
  std::unique_ptr<playout::StationClock> clock_;
  std::unique_ptr<Speaker> speaker_;
  std::unique_ptr<Shelf> shelf_;
  node::NoEar ear_;
  std::unique_ptr<Broker::Client> client_;
  std::unique_ptr<node::NodeCore> core_;
  friend class Ward;
};

class Ward {
 public:
  Ward(std::uint64_t seed, int nodes);

  void start_server();
  void crash_server();
  // The signer is a process of its own: it goes and comes while the server lives, which learns of it a moment later.
  void crash_signer();
  void start_signer();
  // A clip of this length in the server's books, and an announcement of it.
  AnnouncementId announce(milliseconds duration, AnnouncementClass announcement_class = AnnouncementClass::kNormal);
  // In front of every announcement of class normal.
  void set_chime(const AnnouncementId& announcement);
  // The refusal's code, or empty.
  std::string schedule(const AnnouncementId& announcement, WallTime start, milliseconds late, const AreaId& area);
  void cancel_all();
  void stop(const NodeId& node);
  void post(server::ServerMessage message);

  World world;
  Broker broker{world};
  const StationId station{"phu-lien"};
  test::RootKey root{station};
  const crypto::PublicKey anchor = root.public_key();  // that the nodes were set up with
  test::SignerNearby signer{station};
  test::RecordedChannels channels;
  server::Alarms alarms;
  std::string trust = root.sign_trust({test::station_key(signer.public_key())});
  std::string policy = root.sign(test::open_policy());
  std::vector<std::unique_ptr<SimNode>> nodes;
  server::Store books;
  std::map<ClipHash, milliseconds> clips;
  std::map<PlayId, ScheduleId> scheduled;

 private:
  class NoIntake final : public server::Intake {
   public:
    void keep(const RecordingId&, const std::filesystem::path&) override {}
    void discard(const RecordingId&, const std::filesystem::path&) override {}
    void forget(const RecordingId&) override {}
    void start(const RecordingId&) override {}
    void speak(const RecordingId&, const std::string&) override {}
  };
  void wake();
  void greet_signer();

  NoIntake intake_;
  test::EnrolmentFixture enrolment_{books, station, world.now()};  // nobody enrols here: the nodes are in the books
  std::uint64_t life_ = 0;
  std::unique_ptr<Broker::Client> client_;
  std::unique_ptr<server::ServerCore> core_;
};

}  // namespace loa::sim
