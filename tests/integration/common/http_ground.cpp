#include "tests/integration/common/http_ground.h"

#include <fstream>
#include <iterator>

#include <unistd.h>

#include "common/crypto/certificates.h"

namespace loa::http {

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "loa-http-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::size_t Folder::files() const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) count += entry.is_regular_file() ? 1U : 0U;
  return count;
}

const Certificates& Certificates::all() {
  static const Certificates& certificates = []() -> const Certificates& {
    static Certificates made;
    const WallTime now = system_now().wall;
    const auto ours = crypto::CertificateAuthority::make("Loa test", now);
    write_file(made.authority, ours.certificate_pem());
    crypto::save_identity(ours.issue_server({{"localhost"}}, now), made.server, made.server_key);
    crypto::save_identity(ours.issue_client("thuy-tu-03", now), made.client, made.client_key);
    const auto strange = crypto::CertificateAuthority::make("Strange", now);
    write_file(made.strange_authority, strange.certificate_pem());
    crypto::save_identity(strange.issue_client("thuy-tu-03", now), made.strange_client, made.strange_client_key);
    return made;
  }();
  return certificates;
}

ServerOptions server_options() {
  ServerOptions options;
  options.certificate_chain = Certificates::all().server;
  options.private_key = Certificates::all().server_key;
  return options;
}

LineOptions line_to(const Server& server) {
  return {.port = server.port(), .authorities = Certificates::all().authority};
}

ClientOptions client_options() {
  return {.authorities = Certificates::all().authority};
}

std::string url_of(const Server& server, const std::string& target) {
  return "https://127.0.0.1:" + std::to_string(server.port()) + target;
}

Route route_that_says(std::string path, std::string body) {
  Route route;
  route.path = std::move(path);
  route.operation = "say";
  route.summary = "Says the same every time";
  route.answers = {{200, "What it says"}};
  route.handler = [body = std::move(body)](const Request&, const Responder& responder) {
    responder.send(Response{.body = body});
  };
  return route;
}

std::string bytes_of_size(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return bytes;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
}

}  // namespace loa::http
