// The messages of docs/protocol.md §3 as values, and their one encoding. Decoding never throws and is bounded: a
// hostile body ends in a Refusal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/chime.h"
#include "common/base/ids.h"
#include "common/base/policy.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"
#include "common/crypto/keys.h"
#include "common/wire/envelope.h"
#include "common/wire/topics.h"
#include "common/wire/trust.h"

namespace loa::wire {

inline constexpr std::size_t kMostPlays = 1000;
inline constexpr std::size_t kMostOutcomes = 100;
inline constexpr std::size_t kMostAlarms = 16;
inline constexpr milliseconds kMostDelay{500};  // of a loudspeaker, either way: sound goes 170 m in as long

// The first fields of every body.
struct Header {
  StationId station;
  std::string audience;  // audience_of(node), kAudienceNodes or kServer
  std::string sender;    // kServer, kRoot or audience_of(node)
  std::int64_t seq = 0;
  WallTime issued;
  WallTime not_after;
};
inline constexpr std::string_view kServer = "server";
inline constexpr std::string_view kRoot = "root";
inline constexpr std::string_view kAudienceNodes = "nodes";
[[nodiscard]] std::string audience_of(const NodeId& node);

struct PlannedClip {
  std::int64_t bytes = 0;
  milliseconds duration{0};
  bool operator==(const PlannedClip&) const = default;
};
struct PlannedPlay {
  PlayId play;
  AnnouncementId announcement;
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  StationTime start;
  milliseconds late{0};  // how late it may still begin
  int volume_pct = 0;
  ClipHash clip;
  std::optional<milliseconds> longest = std::nullopt;  // of the whole sound: ends here, before the end of the clip
  std::optional<ClipHash> chime = std::nullopt;        // sounds first; the clip begins kChimePause after its end
  bool operator==(const PlannedPlay&) const = default;
};
using PlannedClips = std::map<ClipHash, PlannedClip>;
// Its own, then its chime's.
[[nodiscard]] std::vector<ClipHash> clips_of(const PlannedPlay& play);
// From its start to its clip's first sample: chime and pause. Its clips are among `clips`, here and below.
[[nodiscard]] milliseconds clip_at(const PlannedPlay& play, const PlannedClips& clips);
// How long it sounds, chime included.
[[nodiscard]] milliseconds length_of(const PlannedPlay& play, const PlannedClips& clips);
struct Plan {
  StationTime from;
  StationTime until;
  PlannedClips clips;
  std::vector<PlannedPlay> plays;  // ascending by start
  milliseconds delay{0};           // each play sounds so much after its start, before it when negative; ± kMostDelay
  bool operator==(const Plan&) const = default;
};

// What a play on the air sounds from: a clip of the node's own disk, or the channel.
struct AirClip {
  ClipHash clip;
  PlannedClip facts;
  bool operator==(const AirClip&) const = default;
};
// A play beside the plans, on the air now.
struct Air {
  PlayId play;
  AnnouncementId announcement;
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  StationTime start;
  StationTime until;  // silence from here on at the latest
  int volume_pct = 0;
  std::optional<std::vector<NodeId>> nodes = std::nullopt;  // none: every node
  std::optional<AirClip> clip = std::nullopt;
  std::optional<AirClip> chime = std::nullopt;
  std::optional<crypto::PublicKey> channel = std::nullopt;  // one of `clip` and `channel` at least
  std::optional<milliseconds> every = std::nullopt;         // the clip again, from beginning to beginning
  std::string grant = {};                                   // envelope of an emergency key (grant.h); empty: none
  bool operator==(const Air&) const = default;
};
// From its start to the first sample of its clip or channel.
[[nodiscard]] milliseconds sound_at(const Air& air);
inline constexpr std::size_t kMostAirs = 16;
inline constexpr std::size_t kMostNodes = 1000;
inline constexpr std::chrono::hours kLongestAir{24};
// All of them: what is absent has ended.
struct OnAir {
  std::vector<Air> airs;  // each play once
  bool operator==(const OnAir&) const = default;
};

struct StopOrder {
  std::optional<PlayId> play;  // none: whatever sounds or is about to
  std::string why;             // for the evidence
  bool operator==(const StopOrder&) const = default;
};

// Plays a tone and says in the status what became of it.
struct SelfTestOrder {
  PlayId test;  // as a play's id, and no play's
  int volume_pct = 0;
  bool operator==(const SelfTestOrder&) const = default;
};

struct Outcome {
  PlayId play;
  AnnouncementId announcement;
  std::optional<ClipHash> clip;  // none: it came by a live channel
  StationTime planned;
  OutcomeResult result = OutcomeResult::kMissed;
  std::string reason;  // a code of loa::reason, empty for kPlayed with all it should have
  std::optional<StationTime> started;
  std::optional<nanoseconds> start_error;  // measured minus planned; wire: microseconds
  milliseconds heard{0};
  milliseconds lost{0};  // of a live channel: not there in time, concealed
  std::optional<double> loudness_lufs;
  std::optional<double> peak_dbfs;
  ClockState clock_state = ClockState::kCold;
  std::optional<nanoseconds> clock_error;  // bound; none when unknown
  bool historical = false;
  bool on_air = false;  // of an Air, not of a plan
  bool operator==(const Outcome&) const = default;
};
struct Outcomes {
  std::vector<Outcome> outcomes;
  bool operator==(const Outcomes&) const = default;
};

struct Ack {
  std::vector<PlayId> plays;
  bool operator==(const Ack&) const = default;
};

enum class Presence { kOnline, kOffline };

// What became of a self-test. Levels are of a sine's peak, 0 = full scale.
struct TestResult {
  PlayId test;
  std::optional<StationTime> at;  // of the tone, or of the refusal; none while the time was unknown
  TestVerdict verdict = TestVerdict::kRefused;
  std::string reason;                    // a code of loa::reason; empty when the verdict says it all
  int volume_pct = 0;                    // after every ceiling; as ordered when it was refused
  std::optional<double> commanded_dbfs;  // what the tone at that volume is
  std::optional<double> rendered_dbfs;   // what went to the output
  std::optional<double> heard_dbfs;      // what the monitor heard of the tone, on its own scale
  std::optional<double> snr_db;          // over the noise in the tone's bands
  std::optional<milliseconds> delay;     // from the due moment to the monitor, devices included
  bool operator==(const TestResult&) const = default;
};

// How the node and its cabinet are; what it cannot read is absent.
struct Health {
  std::string restart;  // why it started: clean, crash, watchdog, power; empty at its very first start
  seconds uptime{0};
  std::optional<int> volume_pct;     // of the last play, after the node's ceiling
  std::optional<double> level_lufs;  // of the last play, as rendered
  std::int64_t reconnects = 0;       // of the broker, since start
  std::int64_t received_bytes = 0;   // messages and clips, since start
  std::int64_t sent_bytes = 0;
  std::optional<StationTime> next_play;
  std::int64_t plays_missing = 0;  // plays of the next 24 h whose clip is not held
  std::optional<std::int64_t> disk_free_mb;
  std::optional<double> temperature_c;
  std::optional<int> battery_pct;
  std::string supply;               // mains, battery, or empty
  std::vector<std::string> alarms;  // codes of loa::alarm and of errors: what somebody has to see to
  std::optional<TestResult> test;   // the last one
  bool operator==(const Health&) const = default;
};

// How a live channel reaches the node that plays it.
struct LiveReport {
  PlayId play;
  milliseconds lost{0};                              // so far, of what should have sounded
  std::optional<milliseconds> ahead = std::nullopt;  // the scarcest frame since the last status came so much before it
                                                     // was needed; negative: too late
  bool operator==(const LiveReport&) const = default;
};

struct Status {
  Presence presence = Presence::kOnline;
  std::string boot;
  std::string version;
  std::string plan;  // SHA-256 of the plan held, empty if none
  std::int64_t plan_seq = 0;
  std::int64_t clips_wanted = 0;
  std::int64_t clips_ready = 0;
  ClockState clock_state = ClockState::kCold;
  std::optional<nanoseconds> clock_error;
  std::optional<PlayId> playing;
  std::int64_t outbox = 0;
  std::int64_t trust_seq = 0;  // of the documents held, 0 = none
  std::int64_t policy_seq = 0;
  std::map<std::string, std::int64_t> refused;  // check → count since start
  std::optional<Health> health;                 // none in the will
  std::optional<LiveReport> live = std::nullopt;
  bool operator==(const Status&) const = default;
};

struct ServerState {
  Presence presence = Presence::kOnline;
  std::string boot;
  bool operator==(const ServerState&) const = default;
};

// The newest row of the server's audit, docs/audit.md: who keeps one of these can tell whether rows before it were
// changed.
struct AuditHead {
  std::int64_t row = 0;  // from 1
  std::string hash;      // SHA-256, 64 lower-case hex digits
  bool operator==(const AuditHead&) const = default;
};

struct ClockRequest {
  std::string nonce;
  std::int64_t t1_us = 0;  // the node's monotonic clock; means nothing to anyone else
  bool operator==(const ClockRequest&) const = default;
};
struct ClockReply {
  std::string nonce;
  std::int64_t t1_us = 0;
  StationTime t2;
  StationTime t3;
  bool operator==(const ClockReply&) const = default;
};

using Body = std::variant<Plan, OnAir, StopOrder, SelfTestOrder, Ack, ClockReply, ServerState, AuditHead, Trust, Policy,
                          Status, Outcomes, ClockRequest>;
[[nodiscard]] MessageType type_of(const Body& body);

// The body's bytes; these are what is signed and, for a plan, what its name is made of.
[[nodiscard]] std::string encode_body(const Header& header, const Body& body);

struct Message {
  Header header;
  Body body;
};
[[nodiscard]] std::variant<Message, Refusal> decode_body(MessageType type, std::string_view body);

// A body without the fields of the header, for whoever has the header made: the signer.
[[nodiscard]] std::string encode_content(const Body& body);
[[nodiscard]] std::variant<Body, Refusal> decode_content(MessageType type, std::string_view content);

// One of what is on the air by itself, for the server's books.
[[nodiscard]] std::string encode_air(const Air& air);
[[nodiscard]] std::optional<Air> decode_air(std::string_view text);

// One outcome by itself, for the node's disk.
[[nodiscard]] std::string encode_outcome(const Outcome& outcome);
[[nodiscard]] std::optional<Outcome> decode_outcome(std::string_view text);

// The health by itself, for the server's books.
[[nodiscard]] std::string encode_health(const Health& health);
[[nodiscard]] std::optional<Health> decode_health(std::string_view text);

// A test's result by itself, for the node's disk.
[[nodiscard]] std::string encode_test_result(const TestResult& result);
[[nodiscard]] std::optional<TestResult> decode_test_result(std::string_view text);

// encode_body and seal.
[[nodiscard]] std::string encode_message(const Header& header, const Body& body, const crypto::SecretKey& key);

// What a receiver expects of a message, besides its type. Sequence floors are the receiver's own affair.
struct Expectation {
  StationId station;
  std::vector<std::string> audiences;  // one of these
  std::string sender;
  WallTime now;  // by the clock the receiver trusts; max() skips freshness (no proof of time)
};
struct Received {
  Message message;
  std::string body;  // exact bytes, verified
};
// Runs every check but the sequence, in the order of docs/protocol.md §2.
[[nodiscard]] std::variant<Received, Refusal> open_message(MessageType type, ByteView envelope,
                                                           const Expectation& expectation, const FindKey& find_key);

// Of the exact bytes of a body; a plan's name.
[[nodiscard]] std::string name_of_body(std::string_view body);

}  // namespace loa::wire
