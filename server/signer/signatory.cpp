#include "server/signer/signatory.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "schedules/policy.h"

namespace loa::signer {
namespace {

using std::chrono::hours;

// The way through the server's mailbox and to here.
constexpr seconds kLongestInMailbox{5};
constexpr std::string_view kNodePrefix = "node:";

[[noreturn]] void refuse(Rule rule, std::string detail) {
  throw Error(std::string{kRefused}, {std::string{to_string(rule)}, std::move(detail)});
}

// The node of a down topic; none of an all topic.
NodeId check_audience(wire::MessageType type, std::string_view audience) {
  if (wire::rule_of(type).direction == wire::Direction::kAll) {
    if (audience != wire::kAudienceNodes) refuse(Rule::kAudience, std::string{audience});
    return {};
  }
  if (!audience.starts_with(kNodePrefix) || !is_valid_id(audience.substr(kNodePrefix.size())))
    refuse(Rule::kAudience, std::string{audience});
  return NodeId{std::string{audience.substr(kNodePrefix.size())}};
}

// Who could have a false time signed could have a node play by day what it believes to be night, or the other way.
void check_clock(const wire::ClockReply& reply, WallTime now) {
  const nanoseconds sent = wall_from_station(reply.t3) - now;
  if (std::chrono::abs(sent) > kClockSlack)
    refuse(Rule::kClock, "t3 is off by " + std::to_string(sent.count()) + " ns");
  if (reply.t2 > reply.t3 || reply.t3 - reply.t2 > kLongestInMailbox)
    refuse(Rule::kClock, "t2 is " + std::to_string((reply.t3 - reply.t2).count()) + " ns before t3");
}

}  // namespace

std::string_view to_string(Rule rule) {
  switch (rule) {
    case Rule::kType:
      return "type";
    case Rule::kAudience:
      return "audience";
    case Rule::kClock:
      return "clock";
    case Rule::kPolicy:
      return "policy";
    case Rule::kLength:
      return "length";
    case Rule::kState:
      return "state";
  }
  std::abort();
}

bool is_away(const Error& error) {
  return error.code().starts_with("signer.") && error.code() != kRefused;
}

milliseconds validity_of(wire::MessageType type) {
  switch (type) {
    case wire::MessageType::kPlan:
      return hours{8 * 24};
    case wire::MessageType::kOrder:
    case wire::MessageType::kAck:
    case wire::MessageType::kAir:
      return seconds{60};
    case wire::MessageType::kClockReply:
      return seconds{5};
    case wire::MessageType::kServer:
      return hours{365 * 24};
    case wire::MessageType::kAudit:
      return hours{10 * 366 * 24};  // evidence: good for as long as a ward keeps its books
    case wire::MessageType::kTrust:
    case wire::MessageType::kPolicy:
    case wire::MessageType::kStatus:
    case wire::MessageType::kOutcome:
    case wire::MessageType::kClockRequest:
      break;
  }
  std::abort();  // nobody gets here with another's type
}

Signatory::Signatory(StationId station, crypto::SecretKey key, Policy policy, std::int64_t used,
                     std::function<void(std::int64_t)> reserve)
    : station_(std::move(station)),
      key_(std::move(key)),
      key_id_(crypto::key_id(key_.public_key())),
      policy_(std::move(policy)),
      reserve_(std::move(reserve)),
      last_seq_(used),
      reserved_(used) {}

Signed Signatory::sign(std::string_view audience, const wire::Body& body, WallTime now) {
  const wire::MessageType type = wire::type_of(body);
  if (wire::rule_of(type).signer != wire::Signer::kStation)
    refuse(Rule::kType, std::string{wire::rule_of(type).payload_type});
  const NodeId node = check_audience(type, audience);
  if (const auto* reply = std::get_if<wire::ClockReply>(&body)) check_clock(*reply, now);
  if (const auto* plan = std::get_if<wire::Plan>(&body)) judge_plan(*plan, node);
  if (const auto* on_air = std::get_if<wire::OnAir>(&body))
    for (const wire::Air& air : on_air->airs) judge_air(air);

  const std::int64_t seq = std::max(last_seq_ + 1, to_us(now));
  Signed result;
  result.type = type;
  result.seq = seq;
  result.issued = now;
  result.body = wire::encode_body(
      {station_, std::string{audience}, std::string{wire::kServer}, seq, now, now + validity_of(type)}, body);
  if (result.body.size() > wire::kLongestBody) refuse(Rule::kLength, std::to_string(result.body.size()) + " octets");
  if (seq > reserved_) {
    const std::int64_t until = seq + microseconds{kReserve}.count();
    try {
      reserve_(until);
    } catch (const Error& error) {
      refuse(Rule::kState, error.what());
    }
    reserved_ = until;
  }
  last_seq_ = seq;
  result.signature = key_.sign(view_bytes(wire::encode_pae(wire::payload_type_of(type), result.body)));
  result.key_id = key_id_;
  return result;
}

// A grant is the nodes' to judge: they alone hold the keys that may give one.
void Signatory::judge_air(const wire::Air& air) const {
  if (!air.grant.empty()) return;
  const auto judge = [&](const PolicyRules& rules) {
    const auto verdict = schedules::judge(
        rules, policy_.utc_offset,
        {wall_from_station(air.start), std::chrono::ceil<milliseconds>(air.until - air.start)}, nanoseconds{0}, {});
    if (const auto* forbidden = std::get_if<schedules::PolicyRefuses>(&verdict))
      refuse(Rule::kPolicy, air.play.str() + ": " + std::string{schedules::reason_of(forbidden->clause)});
    if (const int most = std::get<schedules::PolicyAllows>(verdict).ceiling_pct; air.volume_pct > most)
      refuse(Rule::kPolicy, air.play.str() + ": " + std::to_string(air.volume_pct) + " % is over the ceiling of " +
                                std::to_string(most));
  };
  if (air.nodes) {
    for (const NodeId& node : *air.nodes) judge(policy_.rules_of(node));
    return;
  }
  judge(policy_.by_default);
  for (const auto& [node, rules] : policy_.nodes) judge(rules);
}

void Signatory::judge_plan(const wire::Plan& plan, const NodeId& node) const {
  std::vector<schedules::Sound> sounds;
  sounds.reserve(plan.plays.size());
  for (const wire::PlannedPlay& play : plan.plays) {
    for (const ClipHash& clip : wire::clips_of(play))
      if (!plan.clips.contains(clip)) refuse(Rule::kPolicy, play.play.str() + ": a clip of it is not listed");
    sounds.push_back({wall_from_station(play.start + plan.delay), wire::length_of(play, plan.clips)});
  }
  const auto verdicts = schedules::judge_in_order(policy_.rules_of(node), policy_.utc_offset, sounds);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto forbid = [&play = plan.plays[i], &sound = sounds[i]](const std::string& why) {
      refuse(Rule::kPolicy, play.play.str() + " at " + format_utc(sound.from) + ": " + why);
    };
    if (const auto* forbidden = std::get_if<schedules::PolicyRefuses>(&verdicts[i]))
      forbid(std::string{schedules::reason_of(forbidden->clause)});
    else if (const int most = std::get<schedules::PolicyAllows>(verdicts[i]).ceiling_pct;
             plan.plays[i].volume_pct > most)
      forbid(std::to_string(plan.plays[i].volume_pct) + " % is over the ceiling of " + std::to_string(most));
  }
}

}  // namespace loa::signer
