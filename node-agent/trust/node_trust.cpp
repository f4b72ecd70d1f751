#include "node-agent/trust/node_trust.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/wire/grant.h"

namespace loa::node {
namespace {

std::vector<std::string> believed_keys(const trust::TrustBook& book) {
  std::vector<std::string> ids;
  for (const wire::TrustedKey& key : book.trust()->keys) {
    std::string id = crypto::key_id(key.key);
    if (book.is_station_key(id)) ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace

NodeTrust::NodeTrust(const StationId& station, NodeId node, const crypto::PublicKey& anchor, Store& store)
    : station_(station), node_(std::move(node)), anchor_(anchor), store_(store), book_(station, anchor) {
  const auto held = store_.load_root();
  if (held && held->anchor != anchor) {
    log::warning("the trust anchor is another one now; what the old one vouched for is forgotten",
                 {{"anchor", crypto::key_id(anchor)}});
    store_.forget_root();
  }
  for (const trust::RootDocument& document : store_.load_root_documents())
    if (!book_.adopt(document))
      log::error("a root document on the disk is damaged",
                 {{"type", std::string{wire::rule_of(document.type).payload_type}}});
}

std::variant<NodeTrust::Adopted, wire::Refusal> NodeTrust::on_document(wire::MessageType type, ByteView envelope) {
  auto opened = book_.open(type, envelope);
  if (auto* refusal = std::get_if<wire::Refusal>(&opened)) return std::move(*refusal);
  if (std::holds_alternative<trust::AlreadyHeld>(opened)) return Adopted::kNothing;
  const auto& document = std::get<trust::RootDocument>(opened);
  trust::TrustBook next = book_;
  next.adopt(document);
  if (type == wire::MessageType::kTrust)
    store_.save_trust(anchor_, document, believed_keys(next));
  else
    store_.save_policy(anchor_, document);
  const bool is_new_root = next.root() != book_.root();
  book_ = std::move(next);
  log::info("root document", {{"type", std::string{wire::rule_of(type).payload_type}},
                              {"seq", std::to_string(document.seq)},
                              {"root", crypto::key_id(document.root)}});
  if (is_new_root) log::warning("the root key was handed over", {{"root", crypto::key_id(document.root)}});
  return type == wire::MessageType::kTrust ? Adopted::kTrust : Adopted::kPolicy;
}

Ruling NodeTrust::judge(const wire::Air& air, WallTime now, nanoseconds clock_error,
                        std::span<const wire::Outcome> before) const {
  if (air.grant.empty())
    return judge({wall_from_station(air.start), std::chrono::ceil<milliseconds>(air.until - air.start)}, clock_error,
                 before);
  const auto refusal =
      wire::check_grant(air, station_, now, [this](std::string_view id) { return book_.find_emergency(id); });
  if (!refusal) return schedules::PolicyAllows{100};
  log::warning(
      "grant refused",
      {{"play", air.play.str()}, {"check", std::string{wire::to_string(refusal->check)}}, {"detail", refusal->detail}});
  return reason::kGrantRefused;
}

Ruling NodeTrust::judge(const schedules::Sound& play, nanoseconds clock_error,
                        std::span<const wire::Outcome> before) const {
  if (!has_policy()) return reason::kPolicyMissing;
  std::vector<schedules::Sound> sounds;
  sounds.reserve(before.size());
  for (const wire::Outcome& outcome : before)
    sounds.push_back({wall_from_station(outcome.started.value_or(outcome.planned)), outcome.heard});
  const auto verdict =
      schedules::judge(book_.policy()->rules_of(node_), book_.policy()->utc_offset, play, clock_error, sounds);
  if (const auto* refused = std::get_if<schedules::PolicyRefuses>(&verdict))
    return schedules::reason_of(refused->clause);
  return std::get<schedules::PolicyAllows>(verdict);
}

std::vector<std::string> NodeTrust::alarms(std::optional<WallTime> now) {
  std::vector<std::string> codes = book_.alarms(now);
  for (const std::string& code : codes)
    if (std::ranges::find(told_, code) == told_.end()) log::warning("alarm", {{"code", code}});
  told_ = codes;
  return codes;
}

}  // namespace loa::node
