#include "common/wire/messages.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "common/crypto/sha256.h"
#include "common/json/json.h"
#include "common/wire/bodies.h"

namespace loa::wire {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostMs = 7LL * 24 * 3600 * 1000;
constexpr std::int64_t kLongestLateMs = 24LL * 3600 * 1000;
constexpr std::int64_t kMostBytes = 1LL << 32;
constexpr std::size_t kLongestReason = 200;
constexpr std::size_t kMostCritical = 16;
constexpr std::size_t kMostChecks = 32;
constexpr std::size_t kMostHealthFields = 32;
constexpr std::size_t kLongestWord = 16;
constexpr std::size_t kLongestAlarm = 32;
constexpr std::int64_t kLeastCelsius = -100;
constexpr std::int64_t kMostCelsius = 200;
constexpr double kLeastLufs = -200;
constexpr double kLeastDbfs = -300;
constexpr double kMostDb = 50;
constexpr double kLeastSnr = -50;
constexpr double kMostSnr = 200;
constexpr std::int64_t kMostDelayMs = 10'000;
constexpr std::size_t kLongestCode = 32;
constexpr std::size_t kMostLiveFields = 8;
constexpr std::int64_t kMostAheadMs = 60'000;

std::int64_t to_us_rounded(nanoseconds d) {
  return std::chrono::round<microseconds>(d).count();
}

// A meter may say −∞ of silence and NaN of nothing; JSON has neither, so both stand as absent.
void put_level(json& object, const char* field, const std::optional<double>& value, double least) {
  if (value && std::isfinite(*value)) object[field] = std::clamp(*value, least, kMostDb);
}

std::optional<nanoseconds> optional_us(const FieldReader& reader, const char* field, std::int64_t least,
                                       std::int64_t most) {
  const auto us = reader.optional_integer(field, least, most);
  if (!us) return std::nullopt;
  return microseconds{*us};
}

template <class Value>
Value read_word(const FieldReader& reader, const char* field, std::optional<Value> (*parse)(std::string_view)) {
  const auto value = parse(reader.text(field, 32));
  if (!value) throw BadJson(std::string{field} + ": unknown word");
  return *value;
}

std::string_view to_string(Presence presence) {
  return presence == Presence::kOnline ? "online" : "offline";
}

std::optional<Presence> parse_presence(std::string_view text) {
  if (text == "online") return Presence::kOnline;
  if (text == "offline") return Presence::kOffline;
  return std::nullopt;
}

// Text that came in as broken UTF-8 is replaced rather than refused: a report must always be able to leave.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string read_nonce(const FieldReader& reader) {
  std::string nonce = reader.text("nonce", 64);
  if (nonce.size() < 16) throw BadJson("nonce: too short");
  return nonce;
}

// ---- one pair of put and read per type

void put(json& out, const Plan& plan) {
  out["from_us"] = to_us(plan.from);
  out["until_us"] = to_us(plan.until);
  json clips = json::object();
  for (const auto& [hash, clip] : plan.clips)
    clips[hash.str()] = {{"bytes", clip.bytes}, {"duration_ms", clip.duration.count()}};
  out["clips"] = std::move(clips);
  json plays = json::array();
  for (const PlannedPlay& play : plan.plays) {
    json each = {{"play", play.play.str()},
                 {"announcement", play.announcement.str()},
                 {"class", loa::to_string(play.announcement_class)},
                 {"start_us", to_us(play.start)},
                 {"late_ms", play.late.count()},
                 {"volume_pct", play.volume_pct},
                 {"clip", play.clip.str()}};
    if (play.chime) each["chime"] = play.chime->str();
    if (play.longest) each["longest_ms"] = play.longest->count();
    plays.push_back(std::move(each));
  }
  out["plays"] = std::move(plays);
  if (plan.delay != milliseconds{0}) out["delay_ms"] = plan.delay.count();
}

Plan read_plan(const FieldReader& reader) {
  Plan plan;
  plan.from = read_station(reader, "from_us");
  plan.until = read_station(reader, "until_us");
  if (plan.until <= plan.from) throw BadJson("plan: window is empty");
  plan.delay = milliseconds{reader.optional_integer("delay_ms", -kMostDelay.count(), kMostDelay.count()).value_or(0)};
  for (const auto& [hash, value] : reader.object("clips", kMostPlays).items()) {
    if (!is_digest(hash)) throw BadJson("plan.clips: not a SHA-256");
    const FieldReader clip(value, "clip");
    plan.clips[ClipHash{hash}] = {clip.integer("bytes", 1, kMostBytes),
                                  milliseconds{clip.integer("duration_ms", 1, kMostMs)}};
  }
  std::set<PlayId> seen;
  StationTime free_from = StationTime::min();
  for (const json& value : reader.array("plays", kMostPlays)) {
    const FieldReader fields(value, "play");
    PlannedPlay play;
    play.play = fields.id<PlayId>("play");
    play.announcement = fields.id<AnnouncementId>("announcement");
    play.announcement_class = read_class(fields, "class");
    play.start = read_station(fields, "start_us");
    play.late = milliseconds{fields.integer("late_ms", 0, kLongestLateMs)};
    play.volume_pct = static_cast<int>(fields.integer("volume_pct", 0, 100));
    play.clip = ClipHash{fields.digest("clip")};
    if (fields.find("chime") != nullptr) play.chime = ClipHash{fields.digest("chime")};
    if (const auto longest = fields.optional_integer("longest_ms", 1, kMostMs)) play.longest = milliseconds{*longest};
    for (const ClipHash& clip : clips_of(play))
      if (!plan.clips.contains(clip)) throw BadJson("play: a clip of it is not listed");
    if (play.longest && *play.longest <= clip_at(play, plan.clips))
      throw BadJson("play: it would end before its announcement");
    if (!seen.insert(play.play).second) throw BadJson("play: twice in one plan");
    if (play.start < free_from) throw BadJson("plays: overlap or not in order");
    free_from = play.start + length_of(play, plan.clips);
    plan.plays.push_back(std::move(play));
  }
  return plan;
}

void put(json& out, const StopOrder& order) {
  out["order"] = "stop";
  if (order.play) out["play"] = order.play->str();
  out["reason"] = order.why;
}

void put(json& out, const SelfTestOrder& order) {
  out["order"] = "self_test";
  out["test"] = order.test.str();
  out["volume_pct"] = order.volume_pct;
}

Body read_order(const FieldReader& reader) {
  const std::string word = reader.text("order", 32);
  if (word == "self_test")
    return SelfTestOrder{reader.id<PlayId>("test"), static_cast<int>(reader.integer("volume_pct", 1, 100))};
  if (word != "stop") throw BadJson("order: unknown order");
  StopOrder order;
  if (reader.find("play") != nullptr) order.play = reader.id<PlayId>("play");
  order.why = reader.text_or("reason", kLongestReason, "");
  return order;
}

json to_json(const Outcome& outcome) {
  json out = {{"play", outcome.play.str()},
              {"announcement", outcome.announcement.str()},
              {"planned_us", to_us(outcome.planned)},
              {"result", loa::to_string(outcome.result)},
              {"reason", outcome.reason},
              {"heard_ms", outcome.heard.count()},
              {"clock_state", loa::to_string(outcome.clock_state)},
              {"historical", outcome.historical}};
  if (outcome.on_air) out["on_air"] = true;
  if (outcome.clip) out["clip"] = outcome.clip->str();
  if (outcome.lost > milliseconds{0}) out["lost_ms"] = outcome.lost.count();
  if (outcome.started) out["started_us"] = to_us(*outcome.started);
  if (outcome.start_error) out["start_error_us"] = to_us_rounded(*outcome.start_error);
  if (outcome.clock_error) out["clock_error_us"] = to_us_rounded(*outcome.clock_error);
  put_level(out, "loudness_lufs", outcome.loudness_lufs, kLeastLufs);
  put_level(out, "peak_dbfs", outcome.peak_dbfs, kLeastDbfs);
  return out;
}

Outcome read_outcome(const json& value) {
  const FieldReader fields(value, "outcome");
  Outcome outcome;
  outcome.play = fields.id<PlayId>("play");
  outcome.announcement = fields.id<AnnouncementId>("announcement");
  if (fields.find("clip") != nullptr) outcome.clip = ClipHash{fields.digest("clip")};
  outcome.planned = read_station(fields, "planned_us");
  outcome.result = read_word(fields, "result", &parse_outcome_result);
  outcome.reason = fields.text_or("reason", kLongestReason, "");
  if (fields.find("started_us") != nullptr) outcome.started = read_station(fields, "started_us");
  outcome.start_error = optional_us(fields, "start_error_us", -kMostUs, kMostUs);
  outcome.heard = milliseconds{fields.integer("heard_ms", 0, kMostMs)};
  outcome.lost = milliseconds{fields.optional_integer("lost_ms", 0, kMostMs).value_or(0)};
  outcome.loudness_lufs = fields.optional_real("loudness_lufs", kLeastLufs, kMostDb);
  outcome.peak_dbfs = fields.optional_real("peak_dbfs", kLeastDbfs, kMostDb);
  outcome.clock_state = read_word(fields, "clock_state", &parse_clock_state);
  outcome.clock_error = optional_us(fields, "clock_error_us", 0, kMostUs);
  outcome.historical = fields.flag_or("historical", false);
  outcome.on_air = fields.flag_or("on_air", false);
  const bool is_whole = outcome.reason.empty() || outcome.reason == reason::kChimeMissing;
  if ((outcome.result == OutcomeResult::kPlayed) != is_whole)
    throw BadJson("outcome.reason: present exactly when it was not played, or lacked its chime");
  return outcome;
}

void put(json& out, const Outcomes& outcomes) {
  json list = json::array();
  for (const Outcome& outcome : outcomes.outcomes) list.push_back(to_json(outcome));
  out["outcomes"] = std::move(list);
}

Outcomes read_outcomes(const FieldReader& reader) {
  Outcomes outcomes;
  for (const json& value : reader.array("outcomes", kMostOutcomes)) outcomes.outcomes.push_back(read_outcome(value));
  if (outcomes.outcomes.empty()) throw BadJson("outcomes: empty");
  return outcomes;
}

void put(json& out, const Ack& ack) {
  json plays = json::array();
  for (const PlayId& play : ack.plays) plays.push_back(play.str());
  out["plays"] = std::move(plays);
}

Ack read_ack(const FieldReader& reader) {
  Ack ack;
  for (const json& value : reader.array("plays", kMostOutcomes)) {
    if (!value.is_string() || !is_valid_id(value.get_ref<const std::string&>())) throw BadJson("plays: not an id");
    ack.plays.emplace_back(value.get<std::string>());
  }
  return ack;
}

json to_json(const TestResult& result) {
  json out = {{"test", result.test.str()},
              {"verdict", loa::to_string(result.verdict)},
              {"reason", result.reason},
              {"volume_pct", result.volume_pct}};
  if (result.at) out["at_us"] = to_us(*result.at);
  put_level(out, "commanded_dbfs", result.commanded_dbfs, kLeastDbfs);
  put_level(out, "rendered_dbfs", result.rendered_dbfs, kLeastDbfs);
  put_level(out, "heard_dbfs", result.heard_dbfs, kLeastDbfs);
  if (result.snr_db && std::isfinite(*result.snr_db)) out["snr_db"] = std::clamp(*result.snr_db, kLeastSnr, kMostSnr);
  if (result.delay) out["delay_ms"] = result.delay->count();
  return out;
}

TestResult read_test_result(const json& value) {
  const FieldReader fields(value, "status.health.test");
  TestResult result;
  result.test = fields.id<PlayId>("test");
  if (fields.find("at_us") != nullptr) result.at = read_station(fields, "at_us");
  result.verdict = read_word(fields, "verdict", &parse_test_verdict);
  result.reason = fields.text_or("reason", kLongestCode, "");
  result.volume_pct = static_cast<int>(fields.integer("volume_pct", 0, 100));
  result.commanded_dbfs = fields.optional_real("commanded_dbfs", kLeastDbfs, kMostDb);
  result.rendered_dbfs = fields.optional_real("rendered_dbfs", kLeastDbfs, kMostDb);
  result.heard_dbfs = fields.optional_real("heard_dbfs", kLeastDbfs, kMostDb);
  result.snr_db = fields.optional_real("snr_db", kLeastSnr, kMostSnr);
  if (const auto delay = fields.optional_integer("delay_ms", -kMostDelayMs, kMostDelayMs))
    result.delay = milliseconds{*delay};
  return result;
}

json to_json(const Health& health) {
  json out = {{"restart", health.restart},       {"uptime_s", health.uptime.count()},
              {"reconnects", health.reconnects}, {"received_bytes", health.received_bytes},
              {"sent_bytes", health.sent_bytes}, {"plays_missing", health.plays_missing},
              {"supply", health.supply},         {"alarms", health.alarms}};
  if (health.volume_pct) out["volume_pct"] = *health.volume_pct;
  put_level(out, "level_lufs", health.level_lufs, kLeastLufs);
  if (health.next_play) out["next_play_us"] = to_us(*health.next_play);
  if (health.disk_free_mb) out["disk_free_mb"] = *health.disk_free_mb;
  if (health.temperature_c)
    out["temperature_c"] =
        std::clamp(*health.temperature_c, static_cast<double>(kLeastCelsius), static_cast<double>(kMostCelsius));
  if (health.battery_pct) out["battery_pct"] = *health.battery_pct;
  if (health.test) out["test"] = to_json(*health.test);
  return out;
}

std::optional<int> optional_percent(const FieldReader& reader, const char* field) {
  const auto value = reader.optional_integer(field, 0, 100);
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

Health read_health(const json& value) {
  const FieldReader fields(value, "status.health");
  Health health;
  health.restart = fields.text_or("restart", kLongestWord, "");
  health.uptime = seconds{fields.optional_integer("uptime_s", 0, kMostUs).value_or(0)};
  health.volume_pct = optional_percent(fields, "volume_pct");
  health.level_lufs = fields.optional_real("level_lufs", kLeastLufs, kMostDb);
  health.reconnects = fields.optional_integer("reconnects", 0, kMostUs).value_or(0);
  health.received_bytes = fields.optional_integer("received_bytes", 0, kMostUs).value_or(0);
  health.sent_bytes = fields.optional_integer("sent_bytes", 0, kMostUs).value_or(0);
  if (fields.find("next_play_us") != nullptr) health.next_play = read_station(fields, "next_play_us");
  health.plays_missing = fields.optional_integer("plays_missing", 0, kMostPlays).value_or(0);
  health.disk_free_mb = fields.optional_integer("disk_free_mb", 0, kMostUs);
  health.temperature_c = fields.optional_real("temperature_c", kLeastCelsius, kMostCelsius);
  health.battery_pct = optional_percent(fields, "battery_pct");
  health.supply = fields.text_or("supply", kLongestWord, "");
  for (const json& alarm : fields.array("alarms", kMostAlarms)) {
    if (!alarm.is_string() || alarm.get_ref<const std::string&>().size() > kLongestAlarm)
      throw BadJson("status.health.alarms: not a code");
    health.alarms.push_back(alarm.get<std::string>());
  }
  if (fields.find("test") != nullptr) health.test = read_test_result(fields.object("test", kMostHealthFields));
  return health;
}

void put(json& out, const Status& status) {
  out["state"] = to_string(status.presence);
  out["boot"] = status.boot;
  out["version"] = status.version;
  out["plan"] = status.plan;
  out["plan_seq"] = status.plan_seq;
  out["clips_wanted"] = status.clips_wanted;
  out["clips_ready"] = status.clips_ready;
  out["clock_state"] = loa::to_string(status.clock_state);
  if (status.clock_error) out["clock_error_us"] = to_us_rounded(*status.clock_error);
  out["playing"] = status.playing ? status.playing->str() : "";
  out["outbox"] = status.outbox;
  out["trust_seq"] = status.trust_seq;
  out["policy_seq"] = status.policy_seq;
  out["refused"] = status.refused;
  if (status.health) out["health"] = to_json(*status.health);
  if (!status.live) return;
  json live = {{"play", status.live->play.str()}, {"lost_ms", status.live->lost.count()}};
  if (status.live->ahead) live["ahead_ms"] = status.live->ahead->count();
  out["live"] = std::move(live);
}

Status read_status(const FieldReader& reader) {
  Status status;
  status.presence = read_word(reader, "state", &parse_presence);
  status.boot = reader.text("boot", 64);
  status.version = reader.text_or("version", 64, "");
  status.plan = reader.text_or("plan", 64, "");
  if (!status.plan.empty() && !is_digest(status.plan)) throw BadJson("status.plan: not a SHA-256");
  status.plan_seq = reader.optional_integer("plan_seq", 0, kMostUs).value_or(0);
  status.clips_wanted = reader.optional_integer("clips_wanted", 0, 1'000'000).value_or(0);
  status.clips_ready = reader.optional_integer("clips_ready", 0, 1'000'000).value_or(0);
  status.clock_state = read_word(reader, "clock_state", &parse_clock_state);
  status.clock_error = optional_us(reader, "clock_error_us", 0, kMostUs);
  const std::string playing = reader.text_or("playing", 64, "");
  if (!playing.empty()) status.playing = reader.id<PlayId>("playing");
  status.outbox = reader.optional_integer("outbox", 0, INT32_MAX).value_or(0);
  status.trust_seq = reader.optional_integer("trust_seq", 0, kMostUs).value_or(0);
  status.policy_seq = reader.optional_integer("policy_seq", 0, kMostUs).value_or(0);
  if (reader.find("refused") != nullptr) {
    const json& refused = reader.object("refused", kMostChecks);
    const FieldReader counts(refused, "status.refused");
    for (const auto& [check, count] : refused.items()) {
      if (check.size() > 32) throw BadJson("status.refused: too long");
      status.refused[check] = counts.integer(check.c_str(), 0, kMostUs);
    }
  }
  if (reader.find("health") != nullptr) status.health = read_health(reader.object("health", kMostHealthFields));
  if (reader.find("live") != nullptr) {
    const FieldReader live(reader.object("live", kMostLiveFields), "status.live");
    status.live.emplace();
    status.live->play = live.id<PlayId>("play");
    status.live->lost = milliseconds{live.integer("lost_ms", 0, kMostMs)};
    if (const auto ahead = live.optional_integer("ahead_ms", -kMostAheadMs, kMostAheadMs))
      status.live->ahead = milliseconds{*ahead};
  }
  return status;
}

void put(json& out, const ServerState& state) {
  out["state"] = to_string(state.presence);
  out["boot"] = state.boot;
}

ServerState read_server_state(const FieldReader& reader) {
  return {read_word(reader, "state", &parse_presence), reader.text("boot", 64)};
}

void put(json& out, const AuditHead& head) {
  out["row"] = head.row;
  out["hash"] = head.hash;
}

AuditHead read_audit_head(const FieldReader& reader) {
  return {reader.integer("row", 1, kMostUs), reader.digest("hash")};
}

void put(json& out, const ClockRequest& request) {
  out["nonce"] = request.nonce;
  out["t1_us"] = request.t1_us;
}

ClockRequest read_clock_request(const FieldReader& reader) {
  return {read_nonce(reader), reader.integer("t1_us", 0, kMostUs)};
}

void put(json& out, const ClockReply& reply) {
  out["nonce"] = reply.nonce;
  out["t1_us"] = reply.t1_us;
  out["t2_us"] = to_us(reply.t2);
  out["t3_us"] = to_us(reply.t3);
}

ClockReply read_clock_reply(const FieldReader& reader) {
  return {read_nonce(reader), reader.integer("t1_us", 0, kMostUs), read_station(reader, "t2_us"),
          read_station(reader, "t3_us")};
}

}  // namespace

StationTime read_station(const FieldReader& reader, const char* field) {
  return station_from_us(reader.integer(field, 0, kMostUs));
}

AnnouncementClass read_class(const FieldReader& reader, const char* field) {
  return read_word(reader, field, &parse_announcement_class);
}

Header read_header(const FieldReader& reader) {
  Header header;
  header.station = reader.id<StationId>("station");
  header.audience = reader.text("audience", 80);
  header.sender = reader.text("sender", 80);
  header.seq = reader.integer("seq", 1, kMostUs);
  header.issued = wall_from_us(reader.integer("issued_us", 0, kMostUs));
  header.not_after = wall_from_us(reader.integer("not_after_us", 0, kMostUs));
  if (reader.find("crit") != nullptr) {
    for (const json& name : reader.array("crit", kMostCritical))
      throw BadJson("crit: " + std::string{name.is_string() ? "a field this version does not know" : "not names"});
  }
  return header;
}

json to_json(const Header& header) {
  return {{"station", header.station.str()},   {"audience", header.audience},
          {"sender", header.sender},           {"seq", header.seq},
          {"issued_us", to_us(header.issued)}, {"not_after_us", to_us(header.not_after)}};
}

namespace {

Body read_body(MessageType type, const FieldReader& reader) {
  switch (type) {
    case MessageType::kPlan:
      return read_plan(reader);
    case MessageType::kAir:
      return read_on_air(reader);
    case MessageType::kOrder:
      return read_order(reader);
    case MessageType::kAck:
      return read_ack(reader);
    case MessageType::kClockReply:
      return read_clock_reply(reader);
    case MessageType::kServer:
      return read_server_state(reader);
    case MessageType::kAudit:
      return read_audit_head(reader);
    case MessageType::kTrust:
      return read_trust(reader);
    case MessageType::kPolicy:
      return read_policy(reader);
    case MessageType::kStatus:
      return read_status(reader);
    case MessageType::kOutcome:
      return read_outcomes(reader);
    case MessageType::kClockRequest:
      return read_clock_request(reader);
  }
  throw BadJson("unknown type");
}

struct TypeOf {
  MessageType operator()(const Plan&) const { return MessageType::kPlan; }
  MessageType operator()(const OnAir&) const { return MessageType::kAir; }
  MessageType operator()(const StopOrder&) const { return MessageType::kOrder; }
  MessageType operator()(const SelfTestOrder&) const { return MessageType::kOrder; }
  MessageType operator()(const Ack&) const { return MessageType::kAck; }
  MessageType operator()(const ClockReply&) const { return MessageType::kClockReply; }
  MessageType operator()(const ServerState&) const { return MessageType::kServer; }
  MessageType operator()(const AuditHead&) const { return MessageType::kAudit; }
  MessageType operator()(const Trust&) const { return MessageType::kTrust; }
  MessageType operator()(const Policy&) const { return MessageType::kPolicy; }
  MessageType operator()(const Status&) const { return MessageType::kStatus; }
  MessageType operator()(const Outcomes&) const { return MessageType::kOutcome; }
  MessageType operator()(const ClockRequest&) const { return MessageType::kClockRequest; }
};

}  // namespace

std::vector<ClipHash> clips_of(const PlannedPlay& play) {
  std::vector<ClipHash> clips = {play.clip};
  if (play.chime) clips.push_back(*play.chime);
  return clips;
}

milliseconds clip_at(const PlannedPlay& play, const PlannedClips& clips) {
  return play.chime ? clips.at(*play.chime).duration + kChimePause : milliseconds{0};
}

milliseconds length_of(const PlannedPlay& play, const PlannedClips& clips) {
  const milliseconds whole = clip_at(play, clips) + clips.at(play.clip).duration;
  return std::min(whole, play.longest.value_or(whole));
}

std::string audience_of(const NodeId& node) {
  return "node:" + node.str();
}

MessageType type_of(const Body& body) {
  return std::visit(TypeOf{}, body);
}

std::string encode_body(const Header& header, const Body& body) {
  json out = to_json(header);
  std::visit([&out](const auto& value) { put(out, value); }, body);
  return dump(out);
}

std::variant<Message, Refusal> decode_body(MessageType type, std::string_view body) {
  if (body.size() > kLongestBody) return Refusal{Check::kLength, std::to_string(body.size()) + " bytes"};
  try {
    const json parsed = parse_json(body);
    const FieldReader reader(parsed, rule_of(type).payload_type);
    return Message{read_header(reader), read_body(type, reader)};
  } catch (const BadJson& bad) {
    return Refusal{Check::kBody, bad.what()};
  }
}

std::string encode_content(const Body& body) {
  json out = json::object();
  std::visit([&out](const auto& value) { put(out, value); }, body);
  return dump(out);
}

std::variant<Body, Refusal> decode_content(MessageType type, std::string_view content) {
  if (content.size() > kLongestBody) return Refusal{Check::kLength, std::to_string(content.size()) + " bytes"};
  try {
    const json parsed = parse_json(content);
    return read_body(type, FieldReader(parsed, rule_of(type).payload_type));
  } catch (const BadJson& bad) {
    return Refusal{Check::kBody, bad.what()};
  }
}

std::string encode_outcome(const Outcome& outcome) {
  return dump(to_json(outcome));
}

std::optional<Outcome> decode_outcome(std::string_view text) {
  try {
    return read_outcome(parse_json(text));
  } catch (const BadJson&) {
    return std::nullopt;
  }
}

std::string encode_health(const Health& health) {
  return dump(to_json(health));
}

std::optional<Health> decode_health(std::string_view text) {
  try {
    return read_health(parse_json(text));
  } catch (const BadJson&) {
    return std::nullopt;
  }
}

std::string encode_test_result(const TestResult& result) {
  return dump(to_json(result));
}

std::optional<TestResult> decode_test_result(std::string_view text) {
  try {
    return read_test_result(parse_json(text));
  } catch (const BadJson&) {
    return std::nullopt;
  }
}

std::string encode_message(const Header& header, const Body& body, const crypto::SecretKey& key) {
  return seal(payload_type_of(type_of(body)), encode_body(header, body), key);
}

std::variant<Received, Refusal> open_message(MessageType type, ByteView envelope, const Expectation& expectation,
                                             const FindKey& find_key) {
  auto opened = open_envelope(envelope, payload_type_of(type), find_key);
  if (auto* refusal = std::get_if<Refusal>(&opened)) return *refusal;
  auto& body = std::get<std::string>(opened);
  auto decoded = decode_body(type, body);
  if (auto* refusal = std::get_if<Refusal>(&decoded)) return *refusal;
  auto& message = std::get<Message>(decoded);
  const Header& header = message.header;
  if (header.station != expectation.station) return Refusal{Check::kStation, header.station.str()};
  bool addressed = false;
  for (const std::string& audience : expectation.audiences) addressed = addressed || audience == header.audience;
  if (!addressed) return Refusal{Check::kAudience, header.audience};
  if (header.sender != expectation.sender) return Refusal{Check::kAudience, "sender " + header.sender};
  if (expectation.now != WallTime::max() && header.not_after <= expectation.now)
    return Refusal{Check::kFreshness, format_utc(header.not_after)};
  return Received{std::move(message), std::move(body)};
}

std::string name_of_body(std::string_view body) {
  return crypto::to_hex(crypto::sha256(view_bytes(body)));
}

}  // namespace loa::wire
