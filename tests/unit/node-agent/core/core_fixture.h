// A node's core with a player, a cache and an ear that write down what they are asked.
#pragma once

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/sha256.h"
#include "node-agent/core/node_core.h"
#include "tests/support/recorded_link.h"
#include "tests/support/root_key.h"
#include "tests/support/scratch_folder.h"

namespace loa::node {

using std::chrono::hours;
using std::chrono::minutes;

inline const StationId kStation{"phu-lien"};
inline const NodeId kNode{"n-1"};
inline const WallTime kMorning = *parse_utc("2026-11-24T07:00:00Z");
inline constexpr milliseconds kDuration{30'000};
inline constexpr milliseconds kLeadAndPrepare = milliseconds{4000} + playout::kArmAhead;

// Player and cache write what they are asked into one list, so that a test sees the order of things.
using Doings = std::vector<std::string>;

class RecordedPlayer final : public playout::Player {
 public:
  explicit RecordedPlayer(Doings& doings) : doings_(doings) {}
  void arm(playout::PlayRequest request) override {
    if (on_arm) on_arm();
    doings_.push_back("arm " + request.play.str());
    armed.push_back(std::move(request));
  }
  void follow(playout::PlayRequest request) override {
    doings_.push_back("follow " + request.play.str());
    armed.push_back(std::move(request));
  }
  void release(const PlayId& play) override {
    if (on_release) on_release();
    released.push_back(play);
  }
  void stop(const PlayId& play) override { doings_.push_back("stop " + play.str()); }
  void set_on_event(std::function<void(playout::PlayerEvent)>) override {}

  std::function<void()> on_arm;
  std::function<void()> on_release;
  std::vector<PlayId> released;
  std::vector<playout::PlayRequest> armed;

 private:
  Doings& doings_;
};

class RecordedCache final : public ClipCache {
 public:
  explicit RecordedCache(Doings& doings) : doings_(doings) {}
  bool has(const ClipHash& clip, std::int64_t) override { return held.contains(clip); }
  bool verify(const ClipHash& clip) override {
    doings_.push_back("verify");
    return held.contains(clip) && !damaged.contains(clip);
  }
  void discard(const ClipHash& clip) override {
    doings_.push_back("discard");
    held.erase(clip);
    damaged.erase(clip);
  }
  void pin(std::set<ClipHash> clips) override { pinned = std::move(clips); }
  std::filesystem::path path(const ClipHash& clip) const override { return clip.str() + ".opus"; }
  void fetch(const ClipHash& clip, std::int64_t bytes) override {
    doings_.push_back("fetch");
    fetched.emplace_back(clip, bytes);
  }

  std::set<ClipHash> held;
  std::set<ClipHash> damaged;
  std::set<ClipHash> pinned;
  std::vector<std::pair<ClipHash, std::int64_t>> fetched;

 private:
  Doings& doings_;
};

class RecordedEar final : public Ear {
 public:
  Listening listen(const PlayId& test, StationTime due) override {
    listened.emplace_back(test, due);
    return listening;
  }
  Listening listening = Listening::kYes;
  std::vector<std::pair<PlayId, StationTime>> listened;
};

class NodeCoreTest : public testing::Test {
 protected:
  NodeCoreTest() {
    cache_.held = {kClip};
    power_on();
    say_root(root_.sign_trust({test::station_key(station_key_.public_key())}));
    say_root(root_.sign(test::open_policy()));
  }

  // The node as after its machine started; whatever ran before is dead without a word.
  void power_on() {
    core_.reset();
    NodeSettings settings;
    settings.station = kStation;
    settings.node = kNode;
    settings.root = anchor_;
    settings.boot = "boot-1";
    settings.version = "test";
    settings.delay = delay_;
    settings.ceiling_pct = ceiling_pct_;
    settings.tone = {"self_test.opus", kClip};
    clock_ =
        std::make_unique<playout::StationClock>(playout::ClockCalibration{now_.mono, station_from_wall(now_.wall), 0});
    core_ = std::make_unique<NodeCore>(
        settings, store_, link_, player_, *clock_, cache_, ear_, node_key_,
        [this] { return "id-" + std::to_string(10'000 + ++ids_); }, now_);
  }

  void restart() {
    power_on();
    connect();
    answer_clock();
  }

  void on(NodeMessage message) { core_->on(std::move(message), now_); }
  void pass(nanoseconds time) { now_ = {now_.wall + time, now_.mono + time, now_.asleep}; }
  // Lets time pass up to that station instant, waking the core whenever it wants to be woken.
  void run_until(WallTime end) {
    while (core_->next_deadline() - now_.mono <= end - now_.wall) {
      pass(std::max(core_->next_deadline() - now_.mono, nanoseconds{1000}));
      on(Tick{});
      answer_clock();
    }
    pass(end - now_.wall);
    on(Tick{});
  }

  void connect() { on(LinkArrived{link::LinkUp{1}, now_}); }
  // Answers the last clock request, as a server does whose time is now_.wall + server_ahead_.
  void answer_clock() {
    if (!is_server_answering_) return;
    const auto requests = link_.bodies<wire::ClockRequest>();
    if (requests.size() == answered_) return;
    answered_ = requests.size();
    const StationTime station = station_from_wall(now_.wall + server_ahead_);
    const nanoseconds half = half_trips_[answered_ % half_trips_.size()];
    pass(2 * half);
    say(wire::ClockReply{requests.back().nonce, requests.back().t1_us, station + half, station + half});
  }
  void synchronise() {
    connect();
    answer_clock();
    ASSERT_TRUE(last_status_state() != ClockState::kCold);
  }
  ClockState last_status_state() {
    pass(seconds{31});
    on(Tick{});
    answer_clock();
    return link_.bodies<wire::Status>().back().clock_state;
  }

  void say(const wire::Body& body, std::optional<std::int64_t> seq = {}) {
    const wire::MessageType type = wire::type_of(body);
    const bool to_all = wire::rule_of(type).direction == wire::Direction::kAll;
    const WallTime server_now = now_.wall + server_ahead_;
    const wire::Header header{kStation,
                              to_all ? std::string{wire::kAudienceNodes} : wire::audience_of(kNode),
                              std::string{wire::kServer},
                              seq.value_or(++seq_),
                              server_now,
                              server_now + minutes{10}};
    on(LinkArrived{link::LinkMessage{wire::topic_of(type, kStation, to_all ? NodeId{} : kNode),
                                     bytes_of(wire::encode_message(header, body, station_key_)), false,
                                     link::Qos::kAtLeastOnce, 1},
                   now_});
  }

  void say_root(const std::string& envelope) {
    const bool is_trust = envelope.find("vnd.loa.trust") != std::string::npos;
    on(LinkArrived{link::LinkMessage{
                       wire::topic_of(is_trust ? wire::MessageType::kTrust : wire::MessageType::kPolicy, kStation, {}),
                       bytes_of(envelope), true, link::Qos::kAtLeastOnce, 1},
                   now_});
  }

  static wire::PlannedPlay play(const std::string& name, WallTime start, milliseconds late = seconds{60}) {
    return {PlayId{name}, AnnouncementId{"a"}, AnnouncementClass::kNormal, station_from_wall(start), late, 60, kClip};
  }
  void say_plan(std::vector<wire::PlannedPlay> plays, std::optional<std::int64_t> seq = {},
                milliseconds delay = milliseconds{0}) {
    wire::Plan plan;
    plan.delay = delay;
    plan.from = station_from_wall(kMorning);
    plan.until = station_from_wall(kMorning + hours{24 * 7});
    plan.clips[kClip] = {1000, kDuration};
    plan.plays = std::move(plays);
    say(plan, seq);
  }

  // One play, p-1, that begins so long from now.
  WallTime synchronise_and_plan(minutes ahead, milliseconds late = seconds{60}) {
    synchronise();
    const WallTime start = now_.wall + ahead;
    say_plan({play("p-1", start, late)});
    return start;
  }

  void say_started(const std::string& name, StationTime first, milliseconds joined_at = milliseconds{0}) {
    on(PlayerSaid{playout::PlayStarted{PlayId{name}, first, nanoseconds{0}, joined_at}});
  }
  void say_ended(const std::string& name, playout::PlayEnd end, milliseconds heard) {
    on(PlayerSaid{playout::PlayEnded{PlayId{name}, end, heard, -20.0, -3.0, "test"}});
  }
  // From arming to `heard` into the sound.
  void sound_for(const std::string& name, WallTime start, milliseconds heard) {
    run_until(start);
    say_started(name, station_from_wall(start));
    run_until(start + heard);
    on(PlayerSaid{playout::PlayProgress{PlayId{name}, heard}});
  }
  // One play from arming to its end.
  void play_whole(const std::string& name, WallTime start) {
    run_until(start);
    say_started(name, station_from_wall(start));
    run_until(start + kDuration);
    say_ended(name, playout::PlayEnd::kCompleted, kDuration);
  }

  // The last self-test as the office learns of it.
  std::optional<wire::TestResult> told_test() { return link_.bodies<wire::Status>().back().health->test; }
  // Of the tone at 50 %: −20 dB.
  void say_tone_ended(const std::string& test, std::optional<double> peak_dbfs = -20.2) {
    on(PlayerSaid{playout::PlayEnded{PlayId{test}, playout::PlayEnd::kCompleted, kToneDuration, -22.0, peak_dbfs, ""}});
  }
  void say_tone_heard(const std::string& test, int steps, double snr_db) {
    on(ToneHeard{PlayId{test}, selftest::Hearing{steps, -41.0, snr_db, milliseconds{85}}});
  }

  std::optional<wire::Outcome> outcome(const std::string& name) {
    const auto record = store_.load_play(PlayId{name});
    if (!record || !record->ended) return std::nullopt;
    return record->outcome;
  }
  bool is_armed(const std::string& name) {
    for (const auto& request : player_.armed)
      if (request.play == PlayId{name}) return true;
    return false;
  }
  void break_table(const std::string& table, const std::string& operation) {
    db::Database::open_writer(folder_ / "node.db")
        .execute("CREATE TRIGGER broken_" + table + " BEFORE " + operation + " ON " + table +
                 " BEGIN SELECT RAISE(ABORT, 'broken'); END");
  }
  void mend_table(const std::string& table) {
    db::Database::open_writer(folder_ / "node.db").execute("DROP TRIGGER broken_" + table);
  }

  static inline const ClipHash kClip{crypto::to_hex(crypto::sha256(view_bytes("clip")))};
  const test::ScratchFolder folder_;
  test::RootKey root_{kStation};
  crypto::PublicKey anchor_ = root_.public_key();
  const crypto::SecretKey station_key_ = crypto::SecretKey::make();
  const crypto::SecretKey node_key_ = crypto::SecretKey::make();
  Store store_ = Store::open(db::Database::open_writer(folder_ / "node.db"));
  test::RecordedLink link_{node_key_.public_key()};
  Doings doings_;
  RecordedPlayer player_{doings_};
  RecordedCache cache_{doings_};
  RecordedEar ear_;
  Now now_{kMorning, MonoTime{hours{1}}};
  nanoseconds server_ahead_{0};
  std::vector<nanoseconds> half_trips_{milliseconds{1}};
  bool is_server_answering_ = true;
  std::size_t answered_ = 0;
  std::unique_ptr<playout::StationClock> clock_;
  std::unique_ptr<NodeCore> core_;
  milliseconds delay_{0};
  int ceiling_pct_ = 100;
  int ids_ = 0;
  std::int64_t seq_ = 0;
};

}  // namespace loa::node
