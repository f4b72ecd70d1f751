#include "node-agent/enrol/enrol.h"

#include <nlohmann/json.hpp>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/config/config.h"
#include "common/crypto/certificates.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/enrol/code.h"
#include "common/enrol/exchange.h"
#include "common/http/client.h"
#include "common/http/uri.h"
#include "common/wire/envelope.h"

namespace loa::node {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLargestPem = std::size_t{64} * 1024;
constexpr const char* kCodeFile = "code";

void write_text(const fs::path& file, std::string_view text) {
  crypto::write_file_atomically(file, view_bytes(text), crypto::Readers::kEveryone, crypto::IfExists::kReplace);
}

// The address without anything behind it.
std::string base_of(const std::string& server) {
  const auto url = http::parse_url(server);
  if (!url || url->target != "/") throw Error("http.bad_url", {server});
  return "https://" + url->authority;
}

fs::path whole_path(const fs::path& folder) {
  fs::path whole = fs::absolute(folder).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  return whole;
}

void require_free(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / "node.toml", ignored)) throw Error("enrol.already", {folder.string()});
  if (fs::exists(folder, ignored) && !fs::is_empty(folder, ignored)) throw Error("file.exists", {folder.string()});
}

// The keys of this enrolment, in a folder of their own until there is a certificate for them.
class Draft {
 public:
  Draft(const fs::path& folder, const std::string& key_id)
      : path_(folder.parent_path() / ("." + folder.filename().string() + ".enrolling")) {
    // Keys that were made for another code go with it.
    std::error_code ignored;
    if (fs::exists(path_, ignored) && !is_of(key_id)) fs::remove_all(path_, ignored);
    std::error_code failed;
    fs::create_directories(path_ / "trust", failed);
    if (!failed) fs::create_directories(path_ / "data", failed);
    if (!failed) fs::permissions(path_, fs::perms::owner_all, failed);
    if (failed) throw Error("file.cannot_write", {path_.string(), failed.message()});
    write_text(path_ / kCodeFile, key_id);
    if (!fs::exists(path_ / "node.key")) crypto::save_secret_key(crypto::SecretKey::make(), path_ / "node.key");
    if (!fs::exists(path_ / "client.key.pem")) {
      crypto::TlsKey made = crypto::make_tls_key();
      crypto::write_file_atomically(path_ / "client.key.pem", view_bytes(made.key_pem), crypto::Readers::kOwner,
                                    crypto::IfExists::kReplace);
      crypto::wipe({reinterpret_cast<std::uint8_t*>(made.key_pem.data()), made.key_pem.size()});
    }
  }

  [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }
  [[nodiscard]] crypto::PublicKey node_key() const { return crypto::load_secret_key(path_ / "node.key").public_key(); }
  [[nodiscard]] std::string tls_key() const {
    return crypto::parse_tls_key(view_text(crypto::read_secret_file(path_ / "client.key.pem", kLargestPem))).public_pem;
  }
  void discard() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  void become(const fs::path& folder) const {
    crypto::rename_durably(path_, folder);
    std::error_code ignored;
    fs::remove(folder / kCodeFile, ignored);
  }

 private:
  [[nodiscard]] bool is_of(const std::string& key_id) const {
    try {
      return view_text(crypto::read_small_file(path_ / kCodeFile, kLargestPem)) == key_id;
    } catch (const Error&) {
      return false;
    }
  }

  const fs::path path_;
};

// The server's words in our language. Nothing proves them, so they are shown and not believed.
std::string words_of(const http::ClientResponse& response) {
  const json body = json::parse(response.body, nullptr, false);
  const char* language = language_of_environment() == Language::kVietnamese ? "vi" : "en";
  if (body.is_object() && body.contains("error") && body["error"].is_object() && body["error"].contains(language) &&
      body["error"][language].is_string())
    return body["error"][language].get<std::string>();
  return "HTTP " + std::to_string(response.status);
}

enrol::Answer ask(const std::string& base, const enrol::Code& code, const Draft& draft) {
  enrol::Request request;
  request.nonce = crypto::encode_hex(crypto::random_bytes(16));
  request.node_key = draft.node_key();
  request.tls_key = draft.tls_key();
  request.server_certificate = http::fetch_fingerprint(base);
  http::ClientOptions pinned;
  pinned.pinned_certificate = request.server_certificate;
  const auto response = http::Client(pinned).request(http::Method::kPost, base + "/api/enrol", {},
                                                     enrol::seal_request(request, code.node_key()));
  if (response.status / 100 == 4) {
    draft.discard();
    throw Error("enrol.refused", {base, words_of(response)});
  }
  if (response.status != 200) throw Error("enrol.no_answer", {base, words_of(response)});
  auto opened =
      enrol::open_answer(view_bytes(response.body), code.server_key().public_key(), enrol::request_name(request));
  if (const auto* refusal = std::get_if<wire::Refusal>(&opened))
    throw Error("enrol.bad_answer", {base, std::string{wire::to_string(refusal->check)}});
  return std::get<enrol::Answer>(std::move(opened));
}

void require_clock(const enrol::Answer& answer, WallTime now) {
  for (const std::string* pem : {&answer.certificate, &answer.authority}) {
    const crypto::CertificateFacts facts = crypto::read_certificate(*pem);
    if (now < facts.not_before || now >= facts.not_after)
      throw Error("enrol.clock", {format_utc(now), format_utc(answer.now)});
  }
}

std::string render_config(const EnrolArguments& arguments, const std::string& base, const enrol::Answer& answer) {
  std::string text = "[node]\nstation = " + config::toml_string(answer.station.str()) +
                     "\nid = " + config::toml_string(answer.node.str()) +
                     "\ndata = \"data\"\n\n[server]\nurl = " + config::toml_string(base) +
                     "\nbroker_host = " + config::toml_string(answer.broker_host) +
                     "\nbroker_port = " + std::to_string(answer.broker_port) +
                     "\n\n[trust]\nauthority = \"authority.pem\"\ncertificate = \"client.pem\"\n"
                     "certificate_key = \"client.key.pem\"\nroot = \"trust/root.pub\"\n"
                     "node_key = \"node.key\"\n\n[sound]\nsink = " +
                     config::toml_string(arguments.sink) + "\n";
  if (!arguments.record.empty()) text += "record = " + config::toml_string(arguments.record) + "\n";
  return text;
}

// With nothing but what a node has from now on.
void require_reachable(const std::string& base, const Draft& draft) {
  http::ClientOptions options;
  options.authorities = draft / "authority.pem";
  options.certificate_chain = draft / "client.pem";
  options.private_key = draft / "client.key.pem";
  try {
    const auto response = http::Client(options).request(http::Method::kGet, base + "/api/health");
    if (response.status != 200) throw Error("enrol.no_answer", {base, words_of(response)});
  } catch (const Error& error) {
    throw Error("enrol.unfinished", {render(error.text(), language_of_environment())});
  }
}

}  // namespace

EnrolledNode enrol(const EnrolArguments& arguments, WallTime now) {
  const enrol::Code code = enrol::Code::parse(arguments.code);
  const std::string base = base_of(arguments.server);
  const fs::path folder = whole_path(arguments.folder);
  require_free(folder);
  const Draft draft(folder, crypto::key_id(code.node_key().public_key()));
  const enrol::Answer answer = ask(base, code, draft);
  require_clock(answer, now);
  write_text(draft / "client.pem", answer.certificate);
  write_text(draft / "authority.pem", answer.authority);
  for (const enrol::TrustFile& file : answer.trust) write_text(draft / "trust" / file.name, file.content);
  write_text(draft / "node.toml", render_config(arguments, base, answer));
  require_reachable(base, draft);
  draft.become(folder);
  return {answer.station, answer.node, folder / "node.toml"};
}

}  // namespace loa::node
