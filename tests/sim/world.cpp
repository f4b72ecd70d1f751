#include "tests/sim/world.h"

#include <algorithm>
#include <cmath>

#include "common/crypto/encoding.h"
#include "common/crypto/sha256.h"
#include "common/wire/topics.h"

namespace loa::sim {

using std::chrono::hours;

// --- world

void World::after(nanoseconds delay, std::function<void()> event) {
  events_.push({now_ + std::max(delay, nanoseconds{0}), order_++, std::move(event)});
}

void World::run_until(WallTime end) {
  while (!events_.empty() && events_.top().at <= end) {
    Event event = events_.top();
    events_.pop();
    now_ = event.at;
    event.run();
  }
  now_ = end;
}

std::int64_t World::number(std::int64_t least, std::int64_t most) {
  return least + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most - least + 1));
}

bool World::chance(double p) {
  return static_cast<double>(random_() >> 11) * 0x1p-53 < p;
}

std::string World::id() {
  std::string text;
  for (int i = 0; i < 16; ++i) text += "0123456789abcdef"[random_() % 16];
  return text;
}

// --- broker

link::PublishResult Broker::Client::publish(link::Publication publication) {
  if (!connected_) return link::PublishResult::kDown;
  if (publication.qos == link::Qos::kAtMostOnce && broker_.world_.chance(broker_.loss_))
    return link::PublishResult::kTaken;
  const std::uint64_t session = *connected_;
  broker_.world_.after(milliseconds{broker_.world_.number(2, 60)},
                       [this, alive = alive_, session, publication = std::move(publication)] {
                         if (*alive && connected_ == session) broker_.route(publication);
                       });
  return link::PublishResult::kTaken;
}

void Broker::Client::connect(std::optional<link::Publication> will) {
  if (connected_) return;
  will_ = std::move(will);
  connected_ = ++session_;
  broker_.clients_.push_back(this);
  on_event_(link::LinkUp{session_});
  for (const auto& [topic, publication] : broker_.retained_)
    for (const std::string& filter : filters_)
      if (link::matches(filter, topic)) deliver(publication, true);
}

void Broker::Client::vanish() {
  if (!connected_) return;
  connected_.reset();
  std::erase(broker_.clients_, this);
  if (will_) broker_.route(*will_);
  on_event_(link::LinkDown{"gone"});
}

void Broker::Client::deliver(const link::Publication& publication, bool retained) {
  if (publication.qos == link::Qos::kAtMostOnce && broker_.world_.chance(broker_.loss_)) return;
  const std::uint64_t session = *connected_;
  broker_.world_.after(
      milliseconds{broker_.world_.number(2, 60)}, [this, alive = alive_, session, publication, retained] {
        if (*alive && connected_ == session)
          on_event_(link::LinkMessage{publication.topic, publication.payload, retained, publication.qos, session});
      });
}

void Broker::route(const link::Publication& publication) {
  if (publication.retain) retained_[publication.topic] = publication;
  for (Client* client : clients_)
    for (const std::string& filter : client->filters_)
      if (link::matches(filter, publication.topic)) client->deliver(publication, false);
}

void Broker::wipe() {
  retained_.clear();
  const std::vector<Client*> clients = clients_;
  for (Client* client : clients) {
    const auto will = client->will_;
    client->will_.reset();  // a dead broker speaks nothing
    client->vanish();
    world_.after(milliseconds{world_.number(500, 5000)}, [client, will, alive = client->alive_] {
      if (*alive) client->connect(will);
    });
  }
}

// --- node

// A loudspeaker that keeps the station clock of its node and remembers what sounded.
class SimNode::Speaker final : public playout::Player {
  static constexpr milliseconds kToldAfter{300};

 public:
  explicit Speaker(SimNode& node) : node_(node) {}

  void arm(playout::PlayRequest request) override {
    while (!playing_.empty()) finish(playing_.begin()->first, playout::PlayEnd::kStopped);
    follow(std::move(request));
  }

  void follow(playout::PlayRequest request) override {
    const StationTime shown = node_.clock_->at(node_.local_now().mono);
    // What is over is skipped; a late join needs a moment to decode.
    const StationTime first = std::max(request.start, shown + milliseconds{120});
    const StationTime end =
        request.start + request.clip_at + node_.ward_.clips.at(ClipHash{request.clip.stem().string()});
    playing_[request.play] = Playing{request.start, first, Playing::Stage::kHeld, Playing::Told::kNothing, {}};
    sound_at(request.play, first);
    // The speaker is gone after a crash: the node's life is asked first.
    at(std::max(first, end), [this, node = &node_, life = node_.life_, play = request.play] {
      if (node->life_ == life && playing_.contains(play)) finish(play, playout::PlayEnd::kCompleted);
    });
  }

  void release(const PlayId& play) override {
    const auto found = playing_.find(play);
    if (found == playing_.end()) return;
    found->second.stage = Playing::Stage::kReleased;
    const StationTime shown = node_.clock_->at(node_.local_now().mono);
    if (shown < found->second.first) return;
    found->second.first = shown + milliseconds{20};
    sound_at(play, found->second.first);
  }

  void stop(const PlayId& play) override {
    if (playing_.contains(play)) finish(play, playout::PlayEnd::kStopped);
  }

  void set_on_event(std::function<void(playout::PlayerEvent)>) override {}

  // The power fails: silence, and nobody is told.
  void cut() {
    while (!playing_.empty()) cut(playing_.begin()->first);
  }

 private:
  struct Playing {
    StationTime start;
    StationTime first;
    enum class Stage { kHeld, kReleased };
    Stage stage = Stage::kHeld;
    enum class Told { kNothing, kStarted };
    Told told = Told::kNothing;
    std::optional<WallTime> sounding_since;
  };

  void cut(const PlayId& play) {
    const auto found = playing_.find(play);
    if (found->second.sounding_since)
      node_.sounded_.push_back({play, *found->second.sounding_since, node_.ward_.world.now()});
    playing_.erase(found);
  }

  void sound_at(const PlayId& play, StationTime first) {
    at(first, [this, node = &node_, life = node_.life_, play] {
      const auto found = node->life_ == life ? playing_.find(play) : playing_.end();
      if (found == playing_.end() || found->second.sounding_since) return;
      if (found->second.stage == Playing::Stage::kHeld) return;
      found->second.sounding_since = node_.ward_.world.now();
      // As the real player: what has left is known a little after it left.
      node_.ward_.world.after(kToldAfter, [this, node, life, play] {
        if (node->life_ != life || !playing_.contains(play)) return;
        tell_started(play);
        report(play);
      });
    });
  }

  void tell_started(const PlayId& play) {
    Playing& playing = playing_.at(play);
    if (!playing.sounding_since || std::exchange(playing.told, Playing::Told::kStarted) != Playing::Told::kNothing)
      return;
    say(playout::PlayStarted{play, playing.first, playing.first - std::max(playing.start, playing.first),
                             std::chrono::duration_cast<milliseconds>(playing.first - playing.start)});
  }

  // About once a second.
  void report(const PlayId& play) {
    node_.ward_.world.after(seconds{1}, [this, node = &node_, life = node_.life_, play] {
      if (node->life_ != life || !playing_.contains(play)) return;
      say(playout::PlayProgress{
          play, std::chrono::duration_cast<milliseconds>(node_.ward_.world.now() - *playing_.at(play).sounding_since)});
      report(play);
    });
  }

  void at(StationTime t, std::function<void()> event) {
    node_.ward_.world.after(node_.true_time(node_.clock_->when(t)) - node_.ward_.world.now(), std::move(event));
  }

  void say(playout::PlayerEvent event) { node_.post(node::PlayerSaid{std::move(event)}); }

  void finish(const PlayId& id, playout::PlayEnd end) {
    const PlayId play = id;  // what is named may go with its entry
    tell_started(play);
    playout::PlayEnded ended{play, end, milliseconds{0}, std::nullopt, std::nullopt, {}};
    if (const auto since = playing_.at(play).sounding_since) {
      ended.heard = std::chrono::duration_cast<milliseconds>(node_.ward_.world.now() - *since);
      ended.loudness_lufs = -20.0;
    }
    cut(play);
    // Never from inside a call to the player.
    node_.ward_.world.after(milliseconds{1}, [node = &node_, life = node_.life_, ended] {
      if (node->life_ == life) node->post(node::PlayerSaid{ended});
    });
  }

  SimNode& node_;
  std::map<PlayId, Playing> playing_;
};

class SimNode::Shelf final : public node::ClipCache {
 public:
  explicit Shelf(SimNode& node) : node_(node) {}
  bool has(const ClipHash& clip, std::int64_t) override { return node_.disk_.contains(clip); }
  bool verify(const ClipHash& clip) override { return node_.disk_.contains(clip) && !node_.rotten_.contains(clip); }
  void discard(const ClipHash& clip) override {
    node_.disk_.erase(clip);
    node_.rotten_.erase(clip);
  }
  void pin(std::set<ClipHash>) override {}
  std::filesystem::path path(const ClipHash& clip) const override { return clip.str() + ".opus"; }
  void fetch(const ClipHash& clip, std::int64_t) override {
    World& world = node_.ward_.world;
    world.after(milliseconds{world.number(20, 3000)}, [node = &node_, life = node_.life_, clip] {
      if (node->life_ != life) return;
      World& w = node->ward_.world;
      if (w.chance(0.1)) {
        node->post(node::ClipFailed{clip, {"fetch.failed", {"simulated"}}});
        return;
      }
      node->disk_.insert(clip);
      if (w.chance(0.05)) node->rotten_.insert(clip);
      node->post(node::ClipFetched{clip});
    });
  }

 private:
  SimNode& node_;
};

SimNode::SimNode(Ward& ward, NodeId id)
    : ward_(ward),
      id_(std::move(id)),
      store_(node::Store::open(db::Database::open_in_memory())),
      mono_offset_(seconds{ward.world.number(1, 100'000)}),
      drift_(static_cast<double>(ward.world.number(-50, 50)) * 1e-6),
      wall_error_(ward.world.chance(0.5) ? milliseconds{ward.world.number(-3'600'000, 3'600'000)} : milliseconds{0}) {}

SimNode::~SimNode() = default;

Now SimNode::local_now() const {
  const nanoseconds since = ward_.world.now() - *parse_utc("2026-11-24T00:00:00Z");
  const nanoseconds bent =
      since + nanoseconds{static_cast<std::int64_t>(std::llround(static_cast<double>(since.count()) * drift_))};
  return {ward_.world.now() + wall_error_, MonoTime{bent + mono_offset_}};
}

WallTime SimNode::true_time(MonoTime mono) const {
  const nanoseconds bent = mono.time_since_epoch() - mono_offset_;
  return *parse_utc("2026-11-24T00:00:00Z") +
         nanoseconds{static_cast<std::int64_t>(std::llround(static_cast<double>(bent.count()) / (1.0 + drift_)))};
}

void SimNode::start() {
  if (core_) return;
  ++life_;
  const Now now = local_now();
  clock_ = std::make_unique<playout::StationClock>(playout::ClockCalibration{now.mono, station_from_wall(now.wall), 0});
  speaker_ = std::make_unique<Speaker>(*this);
  shelf_ = std::make_unique<Shelf>(*this);
  client_ = std::make_unique<Broker::Client>(
      ward_.broker, std::vector<std::string>{wire::node_filter(ward_.station, id_), wire::all_filter(ward_.station)},
      [this](link::LinkEvent event) {
        post(node::LinkArrived{std::move(event), local_now()});
      });
  node::NodeSettings settings;
  settings.station = ward_.station;
  settings.node = id_;
  settings.root = ward_.anchor;
  settings.boot = ward_.world.id();
  settings.version = "sim";
  core_ = std::make_unique<node::NodeCore>(
      settings, store_, *client_, *speaker_, *clock_, *shelf_, ear_, key_, [this] { return ward_.world.id(); }, now);
  wake();
  connect();
}

void SimNode::crash() {
  if (!core_) return;
  ++life_;
  speaker_->cut();
  // The broker notices a dead node by its keep-alive; here at once, which is the harder order of events.
  core_.reset();
  client_.reset();
}

void SimNode::connect() {
  if (core_) client_->connect(core_->offline_status(local_now()));
}

void SimNode::disconnect() {
  if (client_) client_->vanish();
}

void SimNode::wipe_clip_bytes() {
  rotten_ = disk_;
}

void SimNode::post(node::NodeMessage message) {
  const std::uint64_t life = life_;
  ward_.world.after(nanoseconds{0}, [this, life, message = std::move(message)] {
    if (life_ != life || !core_) return;
    core_->on(message, local_now());
    wake();
  });
}

void SimNode::wake() {
  const MonoTime deadline = core_->next_deadline();
  if (deadline == MonoTime::max()) return;
  const std::uint64_t life = life_;
  // A little after the deadline, as a real loop is.
  ward_.world.after(true_time(deadline) - ward_.world.now() + microseconds{200}, [this, life, deadline] {
    if (life_ != life || !core_ || core_->next_deadline() != deadline) return;
    core_->on(node::Tick{}, local_now());
    wake();
  });
}

// --- ward

Ward::Ward(std::uint64_t seed, int node_count)
    : world(seed), books(server::Store::make_writer(db::Database::open_in_memory())) {
  books.add_area({AreaId{"phu-lien"}, std::nullopt, "Phường Phù Liễn"}, world.now());
  for (int i = 0; i < node_count; ++i) {
    const AreaId area{"to-" + std::to_string(i / 2)};
    if (i % 2 == 0) books.add_area({area, AreaId{"phu-lien"}, "Tổ"}, world.now());
    nodes.push_back(std::make_unique<SimNode>(*this, NodeId{"n-" + std::to_string(i)}));
    books.add_node({nodes.back()->id(), area, "Loa", nodes.back()->public_key()}, world.now());
  }
  start_server();
}

void Ward::start_server() {
  if (core_) return;
  ++life_;
  client_ = std::make_unique<Broker::Client>(
      broker, std::vector<std::string>{wire::server_filter(station)}, [this](link::LinkEvent event) {
        post(server::LinkArrived{std::move(event), {world.now(), MonoTime{world.now().time_since_epoch()}}});
      });
  server::ServerSettings settings;
  settings.station = station;
  settings.boot = world.id();
  settings.trust = trust;
  settings.policy = policy;
  settings.rules = test::open_policy();
  core_ = std::make_unique<server::ServerCore>(settings, books, *client_, intake_, enrolment_.enrolment, signer,
                                               channels, alarms, [this] { return world.id(); });
  core_->on(server::Tick{}, {world.now(), MonoTime{world.now().time_since_epoch()}});
  wake();
  if (signer.is_there()) greet_signer();
}

void Ward::greet_signer() {
  if (!core_) return;
  post(server::SignerChanged{});
  // Does nothing when it is connected already.
  client_->connect(core_->presence(wire::Presence::kOffline, world.now()));
}

void Ward::start_signer() {
  signer.set_policy(test::open_policy());
  signer.come_back();
  greet_signer();
}

void Ward::crash_signer() {
  signer.go_away();
  post(server::SignerChanged{Text{"signer.away", {"crashed"}}});
}

void Ward::crash_server() {
  ++life_;
  core_.reset();
  client_.reset();
}

void Ward::post(server::ServerMessage message) {
  const std::uint64_t life = life_;
  world.after(nanoseconds{0}, [this, life, message = std::move(message)] {
    if (life_ != life || !core_) return;
    core_->on(message, {world.now(), MonoTime{world.now().time_since_epoch()}});
    wake();
  });
}

void Ward::wake() {
  const std::uint64_t life = life_;
  const MonoTime deadline = core_->next_deadline();
  world.after(deadline.time_since_epoch() - world.now().time_since_epoch() + microseconds{200}, [this, life, deadline] {
    if (life_ != life || !core_ || core_->next_deadline() != deadline) return;
    core_->on(server::Tick{}, {world.now(), MonoTime{world.now().time_since_epoch()}});
    wake();
  });
}

AnnouncementId Ward::announce(milliseconds duration, AnnouncementClass announcement_class) {
  const ClipHash hash{crypto::to_hex(crypto::sha256(view_bytes(world.id())))};
  clips[hash] = duration;
  const RecordingId recording{"r-" + world.id()};
  books.add_recording({recording, "sim", 1, world.now(), server::RecordingState::kIngesting, 0, {}, {}});
  books.save_clip_of(recording, {hash, 1000, duration, -20, -16, -2, 24000}, world.now());
  AnnouncementId id{"a-" + world.id()};
  books.add_announcement({id, "Thông báo", "", announcement_class, hash}, world.now());
  return id;
}

void Ward::set_chime(const AnnouncementId& announcement) {
  server::SetWardRules message{"sim", {}, [](const auto&) {}};
  message.rules.gap = seconds{6};
  message.rules.chimes[AnnouncementClass::kNormal].announcement = announcement;
  post(std::move(message));
}

std::string Ward::schedule(const AnnouncementId& announcement, WallTime start, milliseconds late, const AreaId& area) {
  std::string refusal = "server is down";
  if (!core_) return refusal;
  server::CreateSchedule message;
  message.wanted.announcement = announcement;
  message.wanted.areas = {area};
  message.wanted.rule = schedules::Once{start};
  message.wanted.late = late;
  message.wanted.volume_pct = 60;
  message.reply = [&](std::variant<server::ScheduleMade, Text> result) {
    const auto* why = std::get_if<Text>(&result);
    refusal = why == nullptr ? "" : why->code;
    if (const auto* made = std::get_if<server::ScheduleMade>(&result))
      scheduled[schedules::play_id(made->row.schedule.id, start)] = made->row.schedule.id;
  };
  core_->on(std::move(message), {world.now(), MonoTime{world.now().time_since_epoch()}});
  wake();
  return refusal;
}

void Ward::cancel_all() {
  for (const server::ScheduleRow& row : books.load_schedules())
    if (!row.cancelled) post(server::CancelSchedule{row.schedule.id, [](const auto&) {}});
}

void Ward::stop(const NodeId& node) {
  post(server::StopSound{{}, {node}, "sim", [](const auto&) {}});
}

}  // namespace loa::sim
