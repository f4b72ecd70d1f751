#include "tests/unit/common/wire/samples.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include <gtest/gtest.h>

namespace loa::wire {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kIssuedUs = 1'801'872'000'000'000;  // 2027-02-06T00:00:00Z

Header from_server(std::string audience) {
  return {StationId{"phu-lien"}, std::move(audience),     std::string{kServer},
          kIssuedUs + 7,         wall_from_us(kIssuedUs), wall_from_us(kIssuedUs + 86'400'000'000)};
}

Header from_node() {
  Header header = from_server(std::string{kServer});
  header.sender = audience_of(NodeId{"tdp-01"});
  return header;
}

Header from_root() {
  Header header = from_server(std::string{kAudienceNodes});
  header.sender = kRoot;
  header.not_after = wall_from_us(9'007'199'254'740'991);
  return header;
}

Trust trust() {
  std::array<std::uint8_t, 32> seed{};
  const crypto::PublicKey old = crypto::SecretKey::from_seed(seed).public_key();
  return {{{sample_key().public_key(), KeyRole::kStation, "máy chủ phường", wall_from_us(kIssuedUs),
            wall_from_us(kIssuedUs + 63'072'000'000'000), KeyState::kTrusted},
           {old, KeyRole::kEmergency, "", wall_from_us(0), wall_from_us(kIssuedUs), KeyState::kRevoked}}};
}

Policy policy() {
  PolicyRules rules;
  rules.quiet = QuietHours{21h, 5h};
  rules.ceiling_pct.fill(80);
  rules.longest_play = 30min;
  rules.most_per_day = 120min;
  rules.starts_per_hour = 12;
  PolicyRules own = rules;
  own.quiet.reset();
  own.ceiling_pct.front() = 0;
  return {420min, rules, {{NodeId{"tdp-01"}, own}}};
}

StationTime at(std::int64_t us) {
  return station_from_us(kIssuedUs + us);
}

PlannedPlay planned(const std::string& play, std::int64_t us, char clip) {
  return {PlayId{play}, AnnouncementId{"a-greeting"}, AnnouncementClass::kPriority, at(us), 90s,
          60,           ClipHash{digest_of(clip)}};
}

PlannedPlay chimed_and_cut(PlannedPlay play) {
  play.chime = ClipHash{digest_of('b')};
  play.longest = 62s;
  return play;
}

Outcome outcome(OutcomeResult result, std::string_view why) {
  Outcome out;
  out.play = PlayId{"s-tet-20270206t000500z"};
  out.announcement = AnnouncementId{"a-greeting"};
  out.clip = ClipHash{digest_of('a')};
  out.planned = at(300'000'000);
  out.result = result;
  out.reason = why;
  out.started = at(300'000'412);
  out.start_error = 412us;
  out.heard = 61'250ms;
  out.loudness_lufs = -20.5;
  out.peak_dbfs = -6.25;
  out.clock_state = ClockState::kSynced;
  out.clock_error = 850us;
  return out;
}

Outcome missed() {
  Outcome out = outcome(OutcomeResult::kMissed, reason::kClipMissing);
  out.started.reset();
  out.start_error.reset();
  out.heard = 0ms;
  out.loudness_lufs.reset();
  out.peak_dbfs.reset();
  out.clock_state = ClockState::kCold;
  out.clock_error.reset();
  out.historical = true;
  return out;
}

Status online() {
  Status status;
  status.boot = "0f1e2d3c4b5a6978";
  status.version = "0.1.0";
  status.plan = digest_of('c');
  status.plan_seq = kIssuedUs;
  status.clips_wanted = 3;
  status.clips_ready = 2;
  status.clock_state = ClockState::kHoldover;
  status.clock_error = 12'345us;
  status.playing = PlayId{"s-tet-20270206t000500z"};
  status.outbox = 1;
  status.trust_seq = kIssuedUs;
  status.policy_seq = kIssuedUs + 1;
  status.refused = {{"key", 2}, {"freshness", 1}};
  Health health;
  health.restart = "power";
  health.uptime = seconds{86'400};
  health.volume_pct = 60;
  health.level_lufs = -20.5;
  health.reconnects = 2;
  health.received_bytes = 1'048'576;
  health.sent_bytes = 65'536;
  health.next_play = at(3'600'000'000);
  health.plays_missing = 1;
  health.disk_free_mb = 12'000;
  health.temperature_c = 41.5;
  health.battery_pct = 88;
  health.supply = "mains";
  health.alarms = {std::string{alarm::kKeyExpired}, "amplifier.failed"};
  health.test = TestResult{PlayId{"t-4f5e6d7c8b9a0f1e"},
                           at(-60'000'000),
                           TestVerdict::kNotHeard,
                           std::string{reason::kMonitorFailed},
                           50,
                           -20.0,
                           -20.25,
                           -71.5,
                           3.5,
                           milliseconds{84}};
  status.health = health;
  status.live = LiveReport{PlayId{"l-0f1e2d3c4b5a6978"}, 40ms, 80ms};
  return status;
}

Status will() {
  Status status;
  status.presence = Presence::kOffline;
  status.boot = "0f1e2d3c4b5a6978";
  return status;
}

// Everything that an air can have; the grant is any text here.
Air speech() {
  Air air;
  air.play = PlayId{"l-0f1e2d3c4b5a6978"};
  air.announcement = AnnouncementId{"l-0f1e2d3c4b5a6978"};
  air.announcement_class = AnnouncementClass::kPriority;
  air.start = at(5'000'000);
  air.until = at(605'000'000);
  air.volume_pct = 60;
  air.nodes = {NodeId{"tdp-01"}, NodeId{"tdp-02"}};
  air.chime = AirClip{ClipHash{digest_of('b')}, {9'000, 3s}};
  air.channel = sample_key().public_key();
  return air;
}

Air emergency() {
  Air air;
  air.play = PlayId{"l-1122334455667788"};
  air.announcement = AnnouncementId{"a-storm"};
  air.announcement_class = AnnouncementClass::kEmergency;
  air.start = at(120'000);
  air.until = at(1'800'120'000);
  air.volume_pct = 100;
  air.clip = AirClip{ClipHash{digest_of('a')}, {183'750, 61'250ms}};
  air.every = 66'250ms;
  air.grant = "{}";
  return air;
}

Outcome heard_by_channel() {
  Outcome out = outcome(OutcomeResult::kPlayed, "");
  out.clip.reset();
  out.lost = 40ms;
  out.on_air = true;
  return out;
}

std::vector<Sample> make() {
  const std::string node = audience_of(NodeId{"tdp-01"});
  const std::string nodes{kAudienceNodes};
  const std::string nonce = "9a8b7c6d5e4f3021";
  const PlannedClip greeting{183'750, 61'250ms};
  return {
      {"plan", from_server(node),
       Plan{at(0),
            at(604'800'000'000),
            {{ClipHash{digest_of('a')}, greeting}, {ClipHash{digest_of('b')}, {9'000, 3s}}},
            {planned("s-tet-20270206t000500z", 300'000'000, 'a'),
             planned("s-chime-20270206t000601z", 361'250'000, 'b')}}},
      {"plan_one", from_server(node),
       Plan{at(0),
            at(604'800'000'000),
            {{ClipHash{digest_of('a')}, greeting}, {ClipHash{digest_of('b')}, {9'000, 3s}}},
            {chimed_and_cut(planned("s-tet-20270206t000500z", 300'000'000, 'a'))},
            120ms}},
      {"plan_empty", from_server(node), Plan{at(0), at(1), {}, {}}},
      {"order", from_server(node), StopOrder{PlayId{"s-tet-20270206t000500z"}, "nhầm bài"}},
      {"order_all", from_server(node), StopOrder{std::nullopt, ""}},
      {"order_self_test", from_server(node), SelfTestOrder{PlayId{"t-4f5e6d7c8b9a0f1e"}, 50}},
      {"ack", from_server(node), Ack{{PlayId{"s-tet-20270206t000500z"}, PlayId{"s-chime-20270206t000601z"}}}},
      {"clock_reply", from_server(node), ClockReply{nonce, 5'000'000, at(1'000), at(1'250)}},
      {"server", from_server(nodes), ServerState{Presence::kOnline, "77aa55cc33ee1100"}},
      {"audit", from_server(nodes), AuditHead{42, std::string(64, 'c')}},
      {"server_will", from_server(nodes), ServerState{Presence::kOffline, "77aa55cc33ee1100"}},
      {"air", from_server(nodes), OnAir{{speech(), emergency()}}},
      {"air_none", from_server(nodes), OnAir{}},
      {"trust", from_root(), trust()},
      {"trust_empty", from_root(), Trust{}},
      {"policy", from_root(), policy()},
      {"status", from_node(), online()},
      {"status_will", from_node(), will()},
      {"outcome_played", from_node(), Outcomes{{outcome(OutcomeResult::kPlayed, "")}}},
      {"outcome", from_node(),
       Outcomes{{outcome(OutcomeResult::kLate, reason::kJoinedLate),
                 outcome(OutcomeResult::kPartial, reason::kOutputFailed),
                 outcome(OutcomeResult::kStopped, reason::kStopOrder), missed()}}},
      {"outcome_air", from_node(), Outcomes{{heard_by_channel()}}},
      {"clock_request", from_node(), ClockRequest{nonce, 5'000'000}},
  };
}

}  // namespace

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = make();
  return all;
}

const Sample& sample(const std::string& name) {
  for (const Sample& one : samples())
    if (one.name == name) return one;
  ADD_FAILURE() << "no sample " << name;
  return samples().front();
}

crypto::SecretKey sample_key() {
  std::array<std::uint8_t, 32> seed{};
  std::iota(seed.begin(), seed.end(), std::uint8_t{1});
  return crypto::SecretKey::from_seed(seed);
}

std::string digest_of(char digit) {
  return std::string(64, digit);
}

std::string golden(const std::string& file, const std::string& now) {
  const std::filesystem::path path = std::filesystem::path{LOA_SOURCE_DIR} / "tests/data/wire" / file;
  if (std::getenv("LOA_WRITE_SAMPLES") != nullptr) std::ofstream{path, std::ios::binary} << now;
  std::stringstream content;
  content << std::ifstream{path, std::ios::binary}.rdbuf();
  return content.str();
}

}  // namespace loa::wire
