// The node's decisions: believes the server's signed words, fetches ahead, plays by the station clock, and owes the
// server one outcome for each planned play.
//
// One thread; reads no clock; everything it wants done leaves through the interfaces passed in.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "audio/opus/live_feed.h"
#include "audio/playout/player.h"
#include "audio/playout/station_clock.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/link/link.h"
#include "common/wire/messages.h"
#include "node-agent/clock/station_estimate.h"
#include "node-agent/core/messages.h"
#include "node-agent/core/selftest.h"
#include "node-agent/store/store.h"
#include "node-agent/trust/node_trust.h"

namespace loa::node {

// The clips on this node's disk.
class ClipCache {
 public:
  virtual ~ClipCache() = default;
  // Present with this length. Cheap.
  [[nodiscard]] virtual bool has(const ClipHash& clip, std::int64_t bytes) = 0;
  // Reads it all: does it hash to its name?
  [[nodiscard]] virtual bool verify(const ClipHash& clip) = 0;
  virtual void discard(const ClipHash& clip) = 0;
  // From now on these alone are kept whatever room is needed: the clips of the plan.
  virtual void pin(std::set<ClipHash> clips) = 0;
  [[nodiscard]] virtual std::filesystem::path path(const ClipHash& clip) const = 0;
  // Brings it from the server in the background; ends in ClipFetched or ClipFailed. One at a time.
  virtual void fetch(const ClipHash& clip, std::int64_t bytes) = 0;
};

struct NodeSettings {
  StationId station;
  NodeId node;
  crypto::PublicKey root;  // the trust anchor
  std::string boot;        // random per start
  std::string version;
  milliseconds lead_in{4000};
  // This loudspeaker's sound comes out this much later than the sink says (negative: earlier); it is sent as much
  // earlier.
  milliseconds delay{0};
  int ceiling_pct = 100;  // no play is louder, whatever its plan says
  std::string restart;    // why it started, see last_run.h
  TestTone tone;
};

using RandomId = std::function<std::string()>;

class NodeCore {
 public:
  // All references outlive the core. `now` is the moment of the start. Sets the clock when anything is known of time.
  NodeCore(NodeSettings settings, Store& store, link::Link& link, playout::Player& player, playout::StationClock& clock,
           ClipCache& cache, Ear& ear, const crypto::SecretKey& node_key, RandomId random_id, Now now);

  // Handles one message to its end. Never throws for what a message says; a failing disk is logged and the core goes
  // on.
  void on(NodeMessage message, Now now);

  // When on(Tick) is wanted next.
  [[nodiscard]] MonoTime next_deadline() const { return next_deadline_; }

  [[nodiscard]] const std::map<std::string, std::int64_t>& refused() const { return refused_; }
  // For whoever judges whether the link is alive.
  struct LinkLife {
    bool is_up = false;
    MonoTime last;  // message from the broker, or that the link came up
    bool is_server_present = false;
    bool is_sounding = false;
  };
  [[nodiscard]] LinkLife link_life() const;
  // The will that the link leaves with the broker.
  [[nodiscard]] link::Publication offline_status(Now now);

 private:
  struct Fetch {
    enum class State { kWanted, kFetching, kReady };
    State state = State::kWanted;
    MonoTime next_try = MonoTime::min();
    int failures = 0;
    bool damaged = false;
  };
  // A play that is armed or sounds: the one that comes first, and perhaps the one that follows it through the same open
  // output.
  struct Armed {
    wire::PlannedPlay planned;
    milliseconds duration{0};  // of what is to sound: of the announcement alone when its chime is not held
    milliseconds ahead{0};     // ahead() as it was when it was armed
    StationTime until;         // behind its last sample, by the plan that armed it
    bool lacks_chime = false;
    bool is_once = true;    // ends with its clip
    wire::Outcome outcome;  // so far, what an earlier life let sound included
    // Held until shortly before the first sample: only then the disk says that it begins, and the player may let it
    // sound. So a restart before that plays it, and none after it can make two beginnings.
    enum class Stage { kHeld, kReleased };
    Stage stage = Stage::kHeld;
    int volume_pct = 0;                        // after every ceiling
    std::optional<milliseconds> heard_before;  // in an earlier life of this node, when it sounded there
    std::optional<milliseconds> joined_at;     // once it sounds in this one
    milliseconds saved_heard{0};               // heard as on disk
    std::string_view stop_reason;              // set once a stop was asked for
    std::shared_ptr<opus::LiveFeed> feed;      // of a live channel
  };
  // What the server has put on the air beside the plan, as long as it is there; core/air_handlers.cpp.
  struct AirPlay {
    wire::Air air;
    std::shared_ptr<opus::LiveFeed> feed;  // none: from the disk, or not wanted
    std::optional<MonoTime> last_bundle;
    bool is_settled = false;  // nothing more to do
  };

  void handle(LinkArrived& message, Now now);
  void handle(ClipFetched& message, Now now);
  void handle(ClipFailed& message, Now now);
  void handle(AmplifierSwitched& message, Now now);
  void handle(MachineRead& message, Now now);
  void handle(PlayerSaid& message, Now now);
  void handle(Tick& message, Now now);
  // core/selftest_handlers.cpp
  void handle(ToneHeard& message, Now now);
  void on_test_order(const wire::SelfTestOrder& order, Now now);
  [[nodiscard]] Ruling judge_test(const wire::SelfTestOrder& order, Now now);
  // When the tone of a test that begins now reaches the loudspeaker.
  [[nodiscard]] StationTime test_due(Now now) const;
  void finish_test(const wire::TestResult& result, Now now);
  // A policy has come that may forbid what sounds.
  void rejudge_test(Now now);
  void advance_test(Now now);

  void on_link_message(const link::LinkMessage& message, Now arrived, Now now);
  void on_root_document(wire::MessageType type, const link::LinkMessage& message, Now now);
  void on_plan(wire::Received& received, const std::string& key_id, Now now);
  void on_order(const wire::Received& received, const std::string& key_id, Now now);
  // core/air_handlers.cpp
  void on_air(const wire::Received& received, const std::string& key_id, Now now);
  void on_bundle(const PlayId& play, const link::LinkMessage& message, Now now);
  void adopt_air(const wire::Air& air, Now now);
  // It is off the air.
  void end_air(AirPlay& play, Now now);
  void advance_airs(Now now);
  void begin(AirPlay& play, Now now);
  [[nodiscard]] Ruling judge(const wire::Air& air, Now now);
  // What sounds gives way to what is of a higher class. Whether there is room now.
  [[nodiscard]] bool make_place_for(const wire::Air& air);
  [[nodiscard]] wire::Outcome outcome_of(const wire::Air& air, Now now) const;
  void open_channel(AirPlay& play);
  void close_channel(AirPlay& play);
  void reopen_channels();
  // What was heard of an armed one that has ended, as its outcome says it.
  void name_air_outcome(const Armed& armed, playout::PlayEnd end, wire::Outcome& outcome) const;
  [[nodiscard]] AirPlay* find_air(const PlayId& play);
  // Everything that was heard here before it, or is going to be.
  [[nodiscard]] std::vector<wire::Outcome> sounded_before(const PlayId& play, StationTime start);

  void on_clock_reply(const wire::ClockReply& reply, Now arrived, Now now);
  void on_server_state(const wire::ServerState& state, Now now);
  void on_started(Armed& armed, const playout::PlayStarted& started);
  void on_progress(Armed& armed, const playout::PlayProgress& progress);
  void save_so_far(const Armed& armed);
  void on_ended(Armed armed, const playout::PlayEnded& ended, Now now);

  // Everything whose time has come; sets next_deadline_.
  void advance(Now now);
  void advance_plays(Now now);
  void advance_fetches(Now now);
  void begin(const wire::PlannedPlay& play, Now now);
  // Whether it may be armed now: nothing is, or what is leaves it its place.
  [[nodiscard]] bool has_place_for(const wire::PlannedPlay& play) const;
  // Writes down that an armed play begins and lets it sound, when the time has come.
  void advance_release(Armed& armed, Now now);
  // By the policy held, the clock's error bound and what sounded here before.
  [[nodiscard]] Ruling judge(const wire::PlannedPlay& play, milliseconds duration, Now now);
  void settle(wire::Outcome outcome, Now now);
  // Puts what has ended on the disk; a disk that fails is asked again, and nothing of it is begun anew meanwhile.
  void save_unsaved(Now now);
  void settle_missed(wire::Outcome outcome, std::string_view why, Now now);
  void settle_stopped(wire::Outcome outcome, Now now);
  void settle_cut_off(wire::Outcome outcome, Now now);
  // The same for each play that a crash cut off and that the plan holds no more.
  void settle_cut_off_unplanned(Now now);
  [[nodiscard]] const wire::PlannedPlay* find_planned(const PlayId& play) const;
  [[nodiscard]] std::deque<Armed>::iterator find_armed(const PlayId& play);
  [[nodiscard]] int volume_of(const wire::PlannedPlay& play) const;
  // How much earlier than its start a play is sent: for what its devices take, less what the office delays it by.
  [[nodiscard]] milliseconds ahead() const;
  [[nodiscard]] StationTime prepare_at(const wire::PlannedPlay& play) const;
  [[nodiscard]] StationTime last_begin_of(const wire::PlannedPlay& play) const;
  [[nodiscard]] std::string_view why_missed(const wire::PlannedPlay& play) const;
  void stop_armed(Armed& armed, std::string_view why);
  void resolve_begun(Now now);
  void adopt_plan(wire::Plan plan);
  void apply_clock(Now now);
  void notice_sleep(Now now);
  void request_clock(Now now);
  // A play is near and the clock is not as sharp as it could be.
  [[nodiscard]] bool is_worth_sharpening(Now now) const;
  void send_status(Now now);
  [[nodiscard]] wire::Health health(Now now);
  // Of one kind of trouble, named by the first part of its code: the problem, or that it is over.
  void set_alarm(std::string_view kind, const std::optional<Text>& problem, Now now);
  void send_outbox(Now now);
  void send(const wire::Body& body, Now now);
  [[nodiscard]] wire::Header header(Now now, WallTime not_after);
  [[nodiscard]] wire::Outcome outcome_of(const wire::PlannedPlay& play, Now now) const;
  [[nodiscard]] milliseconds duration_of(const wire::PlannedPlay& play) const;
  [[nodiscard]] bool is_held(const ClipHash& clip) const;
  // Verifies a chime that is held. One that is not is waited for until the lead-in begins; it never costs its
  // announcement.
  [[nodiscard]] bool waits_for_chime(const wire::PlannedPlay& play, Now now);
  // Reads it all; what is damaged is fetched anew.
  [[nodiscard]] bool verify(const ClipHash& clip, Now now);
  [[nodiscard]] WallTime station_wall(Now now) const;
  // By an exchange with the server since the start.
  [[nodiscard]] bool is_time_proved(Now now) const;
  // What freshness is judged by; max() = it is not.
  [[nodiscard]] WallTime freshness_now(wire::MessageType type, Now now) const;
  void refuse(const wire::Refusal& refusal, const std::string& topic);
  void wake_at(MonoTime t);
  void wake_at_station(StationTime t);

  const NodeSettings settings_;
  Store& store_;
  link::Link& link_;
  playout::Player& player_;
  playout::StationClock& clock_;
  ClipCache& cache_;
  const crypto::SecretKey& node_key_;
  const RandomId random_id_;
  const MonoTime booted_;
  NodeTrust trust_;

  std::optional<wire::Plan> plan_;
  std::string plan_name_;
  std::int64_t plan_seq_ = 0;
  std::string plan_key_id_;
  MonoTime plan_received_;
  std::set<PlayId> settled_;  // of the plan: nothing more to do
  struct Unsaved {
    wire::Outcome outcome;
    WallTime ended;
  };
  std::deque<Unsaved> unsaved_;  // settled, but not yet on the disk
  std::map<PlayId, MonoTime> failed_until_;
  std::map<ClipHash, Fetch> fetches_;  // of the plan
  std::deque<Armed> armed_;            // at most kMostArmed, in the order they sound
  std::map<PlayId, AirPlay> airs_;
  std::optional<link::LinkMessage> unjudged_air_;  // the newest, while the time is not proved
  std::map<PlayId, wire::Outcome> cut_off_;  // begun in an earlier life, not ended, and may still be taken up again
  enum class Begun { kUnresolved, kResolved };
  Begun begun_ = Begun::kUnresolved;  // what a crash cut off waits for a known clock

  StationEstimate estimate_;
  std::optional<MonoTime> playable_since_;  // this time; none while the clock is not good enough
  // The last time that the station turned out to be ahead of what was shown: nobody could begin anything in between.
  struct Leap {
    StationTime from;
    StationTime to;
  };
  std::optional<Leap> leap_;
  std::optional<MonoTime> clock_known_since_;
  nanoseconds asleep_;  // as of the last message
  struct Pending {
    std::string nonce;
    MonoTime sent;
  };
  std::optional<Pending> exchange_;
  int exchanges_sent_ = 0;  // since the link came up
  std::optional<MonoTime> proven_saved_;

  enum class LinkState { kDown, kUp };
  LinkState link_state_ = LinkState::kDown;
  std::string server_boot_;
  std::int64_t last_seq_ = 0;
  MonoTime next_exchange_ = MonoTime::max();
  ClockState told_clock_ = ClockState::kCold;  // in the last status
  MonoTime next_status_ = MonoTime::max();
  MonoTime next_outbox_ = MonoTime::max();
  MonoTime next_deadline_ = MonoTime::min();
  std::map<std::string, std::int64_t> refused_;

  MonoTime last_life_;  // of the link
  wire::Presence server_presence_ = wire::Presence::kOffline;
  std::int64_t connections_ = 0;
  std::int64_t received_bytes_ = 0;
  std::int64_t sent_bytes_ = 0;
  Machine machine_;
  std::optional<Store::LastPlay> last_play_;
  SelfTest self_test_;
  std::optional<wire::TestResult> last_test_;
  std::map<std::string, std::string, std::less<>> alarms_;  // kind → code
};

}  // namespace loa::node
