// Words to those who must act, by e-mail and to a webhook (docs/approval.md §4). Nothing waits for it: what cannot be
// delivered is tried again a few times, then told as the alarm notify.failed, and the console shows it all anyway.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/time.h"
#include "server/people/notice.h"

namespace loa::server {

struct MessengerOptions {
  // https://…; gets POST {"event","subject","vi","en"}. Empty: none.
  std::string webhook = {};
  std::string webhook_token = {};  // sent as Authorization: Bearer; empty: none
  // smtps://host:465, or smtp://host:587 with STARTTLS, which is then required. Empty: none.
  std::string smtp = {};
  std::string smtp_user = {};
  std::string smtp_password = {};
  std::string from = {};                   // mail address
  std::string console = {};                // https://…, for a link to what a notice is about; empty: none
  std::filesystem::path authorities = {};  // PEM; empty: the system's
  enum class Tls { kRequired, kNone };     // kNone: for tests on this machine
  Tls tls = Tls::kRequired;
  milliseconds time_limit{20'000};                                              // of one delivery
  std::vector<milliseconds> pauses{milliseconds{5'000}, milliseconds{60'000}};  // before each further try
};

// The trouble with the last delivery; none: it went well. On the messenger's thread.
using OnDelivery = std::function<void(std::optional<Text> trouble)>;

class Messenger {
 public:
  Messenger(MessengerOptions options, OnDelivery on_delivery);
  // Gives up what waits.
  ~Messenger();
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;

  // Any thread; returns at once. When a hundred wait, one more is dropped and logged.
  void tell(Notice notice);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace loa::server
