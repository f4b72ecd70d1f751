#include "cli/audit/audit.h"

#include <map>
#include <ostream>

#include "cli/backup/ward_paths.h"
#include "cli/told.h"
#include "common/base/bytes.h"
#include "common/crypto/files.h"
#include "common/trust/trust_folder.h"
#include "common/wire/envelope.h"
#include "common/wire/messages.h"

namespace loa::cli {
namespace {

using wire::AuditHead;

// What a head's envelope says, when the station signed it.
std::variant<AuditHead, Text> open_head(const std::string& envelope, const std::string& name, const StationId& station,
                                        const wire::FindKey& find_key) {
  const auto body =
      wire::open_envelope(view_bytes(envelope), wire::payload_type_of(wire::MessageType::kAudit), find_key);
  if (const auto* refusal = std::get_if<wire::Refusal>(&body))
    return Text{"audit.head_not_signed", {name, std::string{wire::to_string(refusal->check)}}};
  const auto message = wire::decode_body(wire::MessageType::kAudit, std::get<std::string>(body));
  const auto* read = std::get_if<wire::Message>(&message);
  if (read == nullptr || read->header.station != station) return Text{"audit.head_not_signed", {name, "station"}};
  return std::get<AuditHead>(read->body);
}

}  // namespace

AuditFound check_audit(server::Store& books, const StationId& station, const wire::FindKey& find_key,
                       const std::vector<std::string>& kept) {
  AuditFound found;
  std::map<std::int64_t, std::string> claimed;  // row → hash
  const auto take = [&](const std::string& envelope, const std::string& name) -> std::optional<AuditHead> {
    const auto opened = open_head(envelope, name, station, find_key);
    if (const auto* fault = std::get_if<Text>(&opened)) {
      found.faults.push_back(*fault);
      return std::nullopt;
    }
    const auto& head = std::get<AuditHead>(opened);
    ++found.heads;
    found.covered = std::max(found.covered, head.row);
    const auto [known, is_new] = claimed.emplace(head.row, head.hash);
    if (!is_new && known->second != head.hash)
      found.faults.push_back({"audit.row_changed", {std::to_string(head.row)}});
    return head;
  };
  for (const server::AuditHead& head : books.load_audit_heads()) {
    const auto said = take(head.envelope, std::to_string(head.seq));
    if (said && said->row != head.seq)
      found.faults.push_back({"audit.head_not_signed", {std::to_string(head.seq), std::to_string(said->row)}});
  }
  for (const std::string& envelope : kept) static_cast<void>(take(envelope, "--head"));

  std::string before;
  bool is_whole = true;
  books.each_audit([&](const server::AuditRow& row) {
    if (is_whole && row.seq != found.rows + 1) {
      found.faults.push_back({"audit.row_missing", {std::to_string(found.rows + 1)}});
      is_whole = false;
    }
    if (is_whole && row.hash != server::hash_of(row, before)) {
      found.faults.push_back({"audit.row_changed", {std::to_string(row.seq)}});
      is_whole = false;
    }
    // A chain that was forged from some row on holds in itself; a signed head tells.
    const auto head = claimed.find(row.seq);
    if (is_whole && head != claimed.end() && head->second != row.hash) {
      found.faults.push_back({"audit.row_changed", {std::to_string(row.seq)}});
      is_whole = false;
    }
    before = row.hash;
    found.rows = row.seq;
  });
  if (is_whole && found.covered > found.rows)
    found.faults.push_back({"audit.row_missing", {std::to_string(found.rows + 1)}});
  return found;
}

int run_verify_audit(const VerifyAuditArguments& arguments, std::ostream& out, std::ostream& err) {
  bool is_whole = true;
  const int ended = told(err, [&](Language language) {
    const WardConfig config = load_ward_config(arguments.server, server_paths());
    const StationId station{config.station};
    const trust::TrustFolder trusted = trust::load_trust_folder(config.at("enrolment.trust"), station);
    auto books = server::Store::make_reader(db::Database::open_reader(config.at("station.data") / "server.db"));
    std::vector<std::string> kept;
    if (arguments.head) kept.emplace_back(view_text(crypto::read_small_file(*arguments.head, wire::kLongestEnvelope)));
    const AuditFound found = check_audit(
        books, station, [&](std::string_view key_id) { return trusted.book.find(wire::MessageType::kAudit, key_id); },
        kept);
    for (const Text& fault : found.faults) err << render(fault, language) << std::endl;
    is_whole = found.faults.empty();
    if (is_whole)
      out << render({"audit.whole",
                     {std::to_string(found.rows), std::to_string(found.heads), std::to_string(found.covered)}},
                    language)
          << std::endl;
  });
  return is_whole ? ended : 1;
}

}  // namespace loa::cli
