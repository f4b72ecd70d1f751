#include "node-agent/enrol/renewal.h"

#include <nlohmann/json.hpp>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "common/json/json.h"

namespace loa::node {
namespace {

constexpr std::size_t kLargestPem = std::size_t{64} * 1024;

std::string ask(const RenewalOptions& options, const std::stop_token& stop) {
  const std::string url = options.server_url + "/api/certificate";
  const auto response = http::Client(options.http).request(http::Method::kPost, url, {}, {}, stop);
  if (response.status != 200) throw Error("renewal.refused", {"HTTP " + std::to_string(response.status)});
  try {
    const nlohmann::json body = parse_json(response.body);
    return FieldReader(body, "certificate").text("certificate", kLargestPem);
  } catch (const BadJson& bad) {
    throw Error("renewal.refused", {bad.what()});
  }
}

Renewed renew(const RenewalOptions& options, WallTime now, const std::stop_token& stop) {
  const std::filesystem::path& file = options.http.certificate_chain;
  const Bytes content = crypto::read_small_file(file, kLargestPem);
  const crypto::CertificateFacts held = crypto::read_certificate(view_text(content));
  if (held.not_after - now > options.before) return Renewed::kNotDue;
  const std::string pem = ask(options, stop);
  const crypto::CertificateFacts given = crypto::read_certificate(pem);
  if (given.common_name != held.common_name || given.not_after <= held.not_after ||
      crypto::public_key_of(pem) != crypto::public_key_of(view_text(content)))
    throw Error("renewal.refused", {"not a later certificate of this node"});
  crypto::write_file_atomically(file, view_bytes(pem), crypto::Readers::kEveryone, crypto::IfExists::kReplace);
  log::info("certificate renewed", {{"until", format_utc(given.not_after)}});
  return Renewed::kYes;
}

}  // namespace

Renewed renew_if_due(const RenewalOptions& options, WallTime now) {
  return renew(options, now, {});
}

Renewal::Renewal(RenewalOptions options) : options_(std::move(options)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Renewal::~Renewal() = default;

void Renewal::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      renew(options_, system_now().wall, stop);
    } catch (const Error& error) {
      if (stop.stop_requested()) return;
      log::warning("certificate not renewed", {{"why", error.what()}});
    }
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, options_.every, [] { return false; });
  }
}

}  // namespace loa::node
