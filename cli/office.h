// The server's HTTP interface as this tool speaks to it.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/http/client.h"

namespace loa::cli {

class Office {
 public:
  // `base` is https://host:port; `authority` (PEM) vouches for it. Throws Error http.bad_certificate.
  Office(std::string base, const std::filesystem::path& authority, const std::string& token);
  // As a person, until sign_in() nobody.
  Office(std::string base, const std::filesystem::path& authority);
  ~Office();
  Office(const Office&) = delete;
  Office& operator=(const Office&) = delete;

  // From then on in a session of this person; `digits` of the second factor, or empty.
  void sign_in(const std::string& person, const std::string& password, const std::string& digits);

  // Each throws Error office.refused with the server's own words when the status is no success, and http.*.
  [[nodiscard]] nlohmann::json get(const std::string& path);
  // `tolerated`: a status that is no failure here, such as 409 for what exists from an earlier run; gives null. A null
  // body is none.
  nlohmann::json post(const std::string& path, const nlohmann::json& body, int tolerated = 0);
  // Sends DELETE; null when the answer has no body.
  nlohmann::json remove(const std::string& path);
  // An answer that is no JSON, as it came.
  [[nodiscard]] std::string text(const std::string& path);
  nlohmann::json upload(const std::filesystem::path& recording);
  // As http::Client::speak, with what the office says first.
  void speak(const std::string& path, const std::function<void(const nlohmann::json&)>& on_told,
             const std::function<std::optional<http::Client::Message>()>& next);
  [[nodiscard]] const std::string& address() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Throws Error file.*, office.no_token.
[[nodiscard]] std::string read_token(const std::filesystem::path& file);

// Where the office is and who asks.
struct OfficeArguments {
  std::string server;               // https://host:port, as nodes reach it too
  std::filesystem::path authority;  // PEM: who vouches for it
  std::filesystem::path token;      // file with an access token
};

// Runs one command with it. 0, or 1 after exactly one line on `err` that says why.
[[nodiscard]] int run_office(const OfficeArguments& arguments, std::ostream& err,
                             const std::function<void(Office&)>& command);

}  // namespace loa::cli
