#include "cli/office.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
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

json parsed(const http::ClientResponse& response) {
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
  return options;
}

}  // namespace

Office::Office(std::string base, const std::filesystem::path& authority, const std::string& token)
    : state_(new State{std::move(base), http::Client{believing(authority)}, {{"Authorization", "Bearer " + token}}}) {}

Office::~Office() = default;

json Office::get(const std::string& path) {
  return parsed(state_->client.request(http::Method::kGet, state_->base + path, state_->headers));
}

json Office::post(const std::string& path, const json& body, int tolerated) {
  const auto response = state_->client.request(http::Method::kPost, state_->base + path, state_->headers,
                                               body.is_null() ? std::string{} : body.dump());
  return response.status == tolerated ? json() : parsed(response);
}

json Office::upload(const std::filesystem::path& recording) {
  return parsed(state_->client.upload(
      state_->base + "/api/recordings?name=" + http::percent_encode(recording.filename().string()), recording,
      "application/octet-stream", state_->headers));
}

const std::string& Office::address() const {
  return state_->base;
}

}  // namespace loa::cli
