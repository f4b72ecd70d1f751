#include "server/http/keys.h"

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "common/crypto/keys.h"
#include "server/http/schemas.h"

namespace loa::server {

using nlohmann::json;

namespace {

std::string clock_of(std::chrono::minutes of_day) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(of_day.count() / 60),
                static_cast<int>(of_day.count() % 60));
  return text.data();
}

const char* state_of(const wire::TrustedKey& key, WallTime now) {
  if (key.state == wire::KeyState::kRevoked) return "revoked";
  if (now >= key.until) return "expired";
  return now < key.from ? "not_yet" : "in_force";
}

json rules_json(const PolicyRules& rules) {
  json quiet;
  if (rules.quiet) quiet = {{"from", clock_of(rules.quiet->from)}, {"until", clock_of(rules.quiet->to)}};
  return {{"quiet", std::move(quiet)},
          {"ceiling_pct", rules.ceiling_pct},
          {"longest_play_ms", milliseconds{rules.longest_play}.count()},
          {"most_minutes_per_day", rules.most_per_day.count()},
          {"starts_per_hour", rules.starts_per_hour}};
}

std::string date_of(WallTime instant) {
  return format_utc(instant).substr(0, 10);
}

}  // namespace

std::vector<Text> warnings_of(const trust::TrustBook& book, const std::vector<ShownCertificate>& certificates,
                              WallTime now) {
  std::vector<Text> warnings;
  const auto watch = [&](const std::string& name, WallTime until, const char* ended, const char* ends) {
    if (now >= until)
      warnings.push_back({ended, {name, date_of(until)}});
    else if (until - now <= kWarnedBefore)
      warnings.push_back({ends, {name, date_of(until)}});
  };
  if (book.trust())
    for (const wire::TrustedKey& key : book.trust()->keys) {
      if (key.state == wire::KeyState::kRevoked) continue;
      const std::string name = key.label.empty() ? crypto::key_id(key.key) : key.label;
      if (now < key.from) warnings.push_back({"keys.key_early", {name, date_of(key.from)}});
      watch(name, key.until, "keys.key_ended", "keys.key_ends");
    }
  for (const ShownCertificate& each : certificates)
    watch(each.facts.common_name, each.facts.not_after, "keys.certificate_ended", "keys.certificate_ends");
  return warnings;
}

json keys_json(const trust::TrustBook& book, const std::vector<ShownCertificate>& certificates,
               const std::optional<Text>& signer_trouble, WallTime now) {
  json keys = json::array();
  if (book.trust())
    for (const wire::TrustedKey& key : book.trust()->keys)
      keys.push_back({{"key", crypto::key_id(key.key)},
                      {"kind", to_string(key.role)},
                      {"label", key.label},
                      {"from", format_utc(key.from)},
                      {"until", format_utc(key.until)},
                      {"state", state_of(key, now)}});
  json policy;
  if (book.policy()) {
    policy = {{"seq", book.seq_of(wire::MessageType::kPolicy)},
              {"utc_offset_minutes", book.policy()->utc_offset.count()},
              {"rules", rules_json(book.policy()->by_default)},
              {"nodes", json::array()}};
    for (const auto& [node, rules] : book.policy()->nodes)
      policy["nodes"].push_back({{"node", node.str()}, {"rules", rules_json(rules)}});
  }
  json shown = json::array();
  for (const ShownCertificate& each : certificates)
    shown.push_back({{"use", each.use},
                     {"name", each.facts.common_name},
                     {"from", format_utc(each.facts.not_before)},
                     {"until", format_utc(each.facts.not_after)}});
  json warnings = json::array();
  for (const Text& text : warnings_of(book, certificates, now)) warnings.push_back(to_json(text));
  return {{"root", crypto::key_id(book.root())},
          {"trust", {{"seq", book.seq_of(wire::MessageType::kTrust)}, {"keys", std::move(keys)}}},
          {"policy", std::move(policy)},
          {"signer", {{"answers", !signer_trouble}, {"trouble", signer_trouble ? to_json(*signer_trouble) : json()}}},
          {"certificates", std::move(shown)},
          {"warnings", std::move(warnings)}};
}

}  // namespace loa::server
