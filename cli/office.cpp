#include "cli/office.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/files.h"
#include "common/http/client.h"
#include "common/http/uri.h"

namespace loa::cli {

using nlohmann::json;

struct Office::State {
  std::string base;
  http::Client client;
  http::Headers headers;
};

namespace {

constexpr std::size_t kLongestToken = 4096;
// A report of a year takes its time to make, and some room.
constexpr std::chrono::seconds kPatience{70};
constexpr std::uint64_t kLargestAnswer = 1ULL << 30U;

json parsed(const http::ClientResponse& response) {
  if (response.status == 204) return {};
  json body = json::parse(response.body, nullptr, false);
  if (response.status < 300 && !body.is_discarded()) return body;
  const char* language = language_of_environment() == Language::kVietnamese ? "vi" : "en";
  if (body.is_object() && body.contains("error"))
    throw Error("office.refused", {body["error"].value(language, std::to_string(response.status))});
  throw Error("office.refused", {"HTTP " + std::to_string(response.status)});
}

http::ClientOptions believing(const std::filesystem::path& authority) {
  http::ClientOptions options;
  options.authorities = authority;
  options.stall = kPatience;
  options.largest_body = kLargestAnswer;
  return options;
}

}  // namespace

std::string read_token(const std::filesystem::path& file) {
  std::string token{view_text(crypto::read_secret_file(file, kLongestToken))};
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.empty()) throw Error("office.no_token", {file.string()});
  return token;
}

Office::Office(std::string base, const std::filesystem::path& authority, const std::string& token)
    : state_(new State{std::move(base), http::Client{believing(authority)}, {{"Authorization", "Bearer " + token}}}) {}

Office::Office(std::string base, const std::filesystem::path& authority)
    : state_(new State{std::move(base), http::Client{believing(authority)}, {}}) {}

Office::~Office() = default;

void Office::sign_in(const std::string& person, const std::string& password, const std::string& digits) {
  json body = {{"person", person}, {"password", password}};
  if (!digits.empty()) body["digits"] = digits;
  const auto response =
      state_->client.request(http::Method::kPost, state_->base + "/api/session", state_->headers, body.dump());
  static_cast<void>(parsed(response));
  const std::string cookie = response.headers.at("set-cookie");
  state_->headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}, {"Origin", state_->base}};
}

json Office::get(const std::string& path) {
  return parsed(state_->client.request(http::Method::kGet, state_->base + path, state_->headers));
}

json Office::post(const std::string& path, const json& body, int tolerated) {
  const auto response = state_->client.request(http::Method::kPost, state_->base + path, state_->headers,
                                               body.is_null() ? std::string{} : body.dump());
  return response.status == tolerated ? json() : parsed(response);
}

json Office::remove(const std::string& path) {
  return parsed(state_->client.request(http::Method::kDelete, state_->base + path, state_->headers));
}

std::string Office::text(const std::string& path) {
  auto response = state_->client.request(http::Method::kGet, state_->base + path, state_->headers);
  if (response.status != 200) static_cast<void>(parsed(response));
  return std::move(response.body);
}

json Office::upload(const std::filesystem::path& recording) {
  return parsed(state_->client.upload(
      state_->base + "/api/recordings?name=" + http::percent_encode(recording.filename().string()), recording,
      "application/octet-stream", state_->headers));
}

void Office::speak(const std::string& path, const std::function<void(const json&)>& on_told,
                   const std::function<std::optional<http::Client::Message>()>& next) {
  const auto response = state_->client.speak(
      state_->base + path, state_->headers,
      [&](std::string_view text) { on_told(json::parse(text.substr(0, text.find('\n')))); }, next);
  if (response.status != 101) static_cast<void>(parsed(response));
}

const std::string& Office::address() const {
  return state_->base;
}

int run_office(const OfficeArguments& arguments, std::ostream& err, const std::function<void(Office&)>& command) {
  try {
    std::string base = arguments.server;
    while (base.ends_with('/')) base.pop_back();
    Office office(base, arguments.authority, read_token(arguments.token));
    command(office);
    return 0;
  } catch (const Error& error) {
    std::string line = render(error.text(), language_of_environment());
    std::replace(line.begin(), line.end(), '\n', ' ');
    err << line << std::endl;
  } catch (const json::exception& error) {
    err << render({"office.refused", {error.what()}}, language_of_environment()) << std::endl;
  }
  return 1;
}

}  // namespace loa::cli
