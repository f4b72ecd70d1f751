#include "server/http/console.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/random.h"
#include "common/crypto/sha256.h"
#include "common/http/packing.h"

namespace loa::server {

namespace {

constexpr std::string_view kNonceHere = "LOA-NONCE";
constexpr std::size_t kNonceBytes = 16;  // at least 128 bits (CSP Level 3 §7.1)
constexpr std::size_t kLongestCertificate = 65'536;
constexpr std::string_view kForAYear = "public, max-age=31536000, immutable";

// Of what a build makes; anything else is not there.
std::optional<std::string_view> content_type_of(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".woff2", "font/woff2"},
  };
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (name.starts_with('.') || !std::ranges::all_of(name, is_plain)) return std::nullopt;
  for (const auto& [ending, type] : kTypes)
    if (name.ends_with(ending)) return type;
  return std::nullopt;
}

// Libraries of the console write styles of their own; the policy lets those run that carry this page's nonce.
void send_page(const Desk& desk, const http::Responder& responder) {
  std::ifstream file(desk.settings.web / "index.html", std::ios::binary);
  if (!file) throw http::Refused(404, "http.file_missing");
  std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string nonce = crypto::encode_hex(crypto::random_bytes(kNonceBytes));
  for (std::size_t at = 0; (at = page.find(kNonceHere, at)) != std::string::npos; at += nonce.size())
    page.replace(at, kNonceHere.size(), nonce);
  http::Response response;
  response.body = std::move(page);
  response.content_type = "text/html; charset=utf-8";
  response.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce +
           "'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self' data:; "
           "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
           "frame-src 'self' blob:"},
      {"Permissions-Policy", "microphone=(self), camera=(), geolocation=(self)"}};
  responder.send(std::move(response));
}

// Names of assets hold a hash of their bytes, so whoever has one never asks again.
void send_asset(const Desk& desk, const http::Request& request, const http::Responder& responder) {
  const std::string name{request.parameter("file")};
  const auto type = content_type_of(name);
  if (!type) throw http::Refused(404, "http.file_missing");
  std::filesystem::path file = desk.settings.web / "assets" / name;
  http::Headers headers = {{"Cache-Control", std::string{kForAYear}}, {"Vary", "Accept-Encoding"}};
  std::string etag = name;
  std::error_code ignored;
  if (std::filesystem::path packed = file.string() + ".br";
      http::accepts_coding(request.header("accept-encoding"), "br") &&
      std::filesystem::is_regular_file(packed, ignored)) {
    headers.emplace_back("Content-Encoding", "br");
    etag += ".br";
    file = std::move(packed);
  }
  responder.send(http::FileResponse{std::move(file), std::string{*type}, std::move(etag), std::move(headers)});
}

constexpr int kDeepestTiles = 22;
constexpr std::string_view kForADay = "private, max-age=86400";

// The path is made of numbers alone, so nothing else of the disk can be named.
void send_tile(const Desk& desk, const http::Request& request, const http::Responder& responder) {
  constexpr std::string_view kEnding = ".png";
  std::string_view row = request.parameter("y");
  if (!row.ends_with(kEnding)) throw http::Refused(404, "http.file_missing");
  row.remove_suffix(kEnding.size());
  const auto zoom = *request.integer("z");
  const std::int64_t side = std::int64_t{1} << zoom;
  std::int64_t y = 0;
  const auto [end, wrong] = std::from_chars(row.data(), row.data() + row.size(), y);
  const auto x = *request.integer("x");
  if (wrong != std::errc{} || end != row.data() + row.size() || y < 0 || y >= side || x >= side)
    throw http::Refused(404, "http.file_missing");
  const std::filesystem::path file =
      desk.settings.tiles / std::to_string(zoom) / std::to_string(x) / (std::to_string(y) + ".png");
  std::error_code ignored;
  if (desk.settings.tiles.empty() || !std::filesystem::is_regular_file(file, ignored))
    throw http::Refused(404, "http.file_missing");
  responder.send(http::FileResponse{
      file, "image/png", crypto::to_hex(crypto::sha256_of_file(file)), {{"Cache-Control", std::string{kForADay}}}});
}

}  // namespace

std::vector<http::Route> console_routes(Desk& desk) {
  std::vector<http::Route> all;
  const auto add = [&](const char* path, const char* operation, const char* summary, const char* type,
                       http::Handler handler) -> http::Route& {
    all.push_back(make_route(http::Method::kGet, path, operation, {}, summary, {200, "the file", "", type}));
    all.back().handler = std::move(handler);
    return all.back();
  };
  const auto file = [&](const char* path, const char* operation, const char* summary, const char* type,
                        const char* name) {
    add(path, operation, summary, type, [&desk, name, type](const http::Request&, const http::Responder& responder) {
      desk.send_web_file(responder, name, type);
    });
  };
  add("/", "get_console", "The console", "text/html",
      [&desk](const http::Request&, const http::Responder& responder) { send_page(desk, responder); });
  add("/assets/{file}", "get_console_part", "A part of the console", "*/*",
      [&desk](const http::Request& request, const http::Responder& responder) { send_asset(desk, request, responder); })
      .parameters = {{"file", http::ParameterType::kText, "as the console names it"}};
  file("/icon.svg", "get_console_icon", "The console's picture", "image/svg+xml", "icon.svg");
  file("/trust", "get_trust_page", "How a telephone learns to trust this server", "text/html", "trust.html");
  file("/trust.js", "get_trust_script", "The script of that page", "text/javascript", "trust.js");
  file("/trust.css", "get_trust_style", "The style of that page", "text/css", "trust.css");
  http::Route tile = make_route(http::Method::kGet, "/tiles/{z}/{x}/{y}", "get_tile", everyone(),
                                "A square of the map that the ward has put here", {200, "the file", "", "image/png"});
  tile.parameters = {{"z", http::ParameterType::kInteger, "zoom", http::Presence::kOptional, {}, 0, kDeepestTiles},
                     {"x", http::ParameterType::kInteger, "column from the west"},
                     {"y", http::ParameterType::kText, "row from the north, with .png"}};
  tile.handler = [&desk](const http::Request& request, const http::Responder& responder) {
    send_tile(desk, request, responder);
  };
  all.push_back(std::move(tile));
  http::Route settings = make_route(http::Method::kGet, "/api/console", "get_console_settings", everyone(),
                                    "What the console can count on here", ok(200, "found", "ConsoleSettings"));
  settings.handler = [&desk](const http::Request&, const http::Responder& responder) {
    send_json(responder, 200, {{"tiles", !desk.settings.tiles.empty()}});
  };
  all.push_back(std::move(settings));
  if (!desk.settings.authority.empty())
    add("/authority.crt", "get_authority", "The certificate of the ward's own authority", "application/x-x509-ca-cert",
        [&desk](const http::Request&, const http::Responder& responder) {
          http::Response response;
          const Bytes pem = crypto::read_small_file(desk.settings.authority, kLongestCertificate);
          response.body.assign(pem.begin(), pem.end());
          response.content_type = "application/x-x509-ca-cert";
          response.headers = {
              {"Content-Disposition", "attachment; filename=\"loa-" + desk.settings.station.str() + ".crt\""}};
          responder.send(std::move(response));
        });
  return all;
}

}  // namespace loa::server
