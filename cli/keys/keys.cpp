#include "cli/keys/keys.h"

#include <algorithm>
#include <iomanip>
#include <ostream>

#include "cli/keys/policy_file.h"
#include "cli/keys/root_folder.h"
#include "cli/told.h"
#include "common/base/error.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/keys.h"

namespace loa::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string time_of_day(minutes m) {
  const auto two = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return two(m / hours{1}) + ":" + two((m % hours{1}).count());
}

void show_rules(std::ostream& out, const std::string& name, const PolicyRules& rules, Language language) {
  const auto [least, most] = std::ranges::minmax(rules.ceiling_pct);
  const std::string quiet = rules.quiet ? time_of_day(rules.quiet->from) + "–" + time_of_day(rules.quiet->to) : "–";
  out << render({"keys.rules",
                 {name, quiet, std::to_string(least), std::to_string(most), std::to_string(rules.longest_play.count()),
                  std::to_string(rules.most_per_day.count()), std::to_string(rules.starts_per_hour)}},
                language)
      << "\n";
}

void show(const RootFolder& root, std::ostream& out, Language language) {
  out << render({"keys.root", {root.station().str(), crypto::key_id(root.root())}}, language) << "\n";
  out << render({"keys.table_head", {}}, language) << "\n";
  for (const wire::TrustedKey& key : root.trust().keys)
    out << "  " << crypto::key_id(key.key) << "  " << std::left << std::setw(10) << to_string(key.role) << std::setw(9)
        << to_string(key.state) << format_utc(key.from).substr(0, 10) << "  " << format_utc(key.until).substr(0, 10)
        << "  " << key.label << "\n";
  if (!root.policy()) {
    out << render({"keys.no_policy", {}}, language) << "\n";
    return;
  }
  show_rules(out, "default", root.policy()->by_default, language);
  for (const auto& [node, rules] : root.policy()->nodes) show_rules(out, node.str(), rules, language);
}

void make_station_key(RootFolder& root, const KeysArguments& arguments, WallTime now) {
  // A key that an earlier run made and could not sign any more is signed now.
  if (!std::filesystem::exists(arguments.file)) crypto::save_secret_key(crypto::SecretKey::make(), arguments.file);
  root.add_key(wire::KeyRole::kStation, crypto::load_secret_key(arguments.file).public_key(), arguments.label, now,
               hours{24 * arguments.days});
}

void run(const KeysArguments& arguments, std::ostream& out, Language language) {
  const WallTime now = system_now().wall;
  if (arguments.deed == KeysDeed::kInit) {
    if (!is_valid_id(arguments.station)) throw Error("field.not_an_id", {"--station", arguments.station});
    show(RootFolder::init(arguments.root, StationId{arguments.station}, now), out, language);
    return;
  }
  RootFolder root = RootFolder::load(arguments.root);
  switch (arguments.deed) {
    case KeysDeed::kStation:
      make_station_key(root, arguments, now);
      break;
    case KeysDeed::kEmergency: {
      const auto octets = crypto::decode_base64(arguments.key);
      const auto key = octets ? crypto::decode_public_key(*octets) : std::nullopt;
      if (!key) throw Error("keys.not_a_key", {arguments.key});
      root.add_key(wire::KeyRole::kEmergency, *key, arguments.label, now, hours{24 * arguments.days});
      break;
    }
    case KeysDeed::kRevoke:
      root.revoke(arguments.key, now);
      break;
    case KeysDeed::kRotateRoot:
      root.rotate(now);
      break;
    case KeysDeed::kPolicy:
      root.set_policy(load_policy_file(arguments.file), now);
      break;
    case KeysDeed::kExport:
      root.export_to(arguments.file);
      out << render({"keys.exported", {arguments.file.string()}}, language) << "\n";
      return;
    case KeysDeed::kShow:
      show(root, out, language);
      return;
    case KeysDeed::kInit:
      return;
  }
  show(root, out, language);
  out << render({"keys.export_next", {arguments.root.string()}}, language) << "\n";
}

}  // namespace

int run_keys(const KeysArguments& arguments, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language language) { run(arguments, out, language); });
}

}  // namespace loa::cli
