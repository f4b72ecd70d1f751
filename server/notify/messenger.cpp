#include "server/notify/messenger.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include "common/base/bytes.h"
#include "common/base/log.h"
#include "common/crypto/encoding.h"

namespace loa::server {
namespace {

constexpr std::size_t kMostWaiting = 100;
constexpr std::size_t kBase64Line = 76;  // RFC 2045 §6.8

struct EndCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, EndCurl>;
using List = std::unique_ptr<curl_slist, EndCurl>;

void append(List& list, const std::string& text) {
  curl_slist* grown = curl_slist_append(list.get(), text.c_str());
  if (grown == nullptr) return;
  static_cast<void>(list.release());
  list.reset(grown);
}

// RFC 2047: Vietnamese in a header.
std::string encoded_word(const std::string& text) {
  return "=?UTF-8?B?" + crypto::encode_base64(view_bytes(text)) + "?=";
}

// What people read, and where they find it; every notice is about an announcement.
std::string words_of(const Notice& notice, const MessengerOptions& options, Language language) {
  const std::string text = render(notice.text, language);
  return options.console.empty() ? text : text + "\n" + options.console + "/#/approvals/" + notice.subject;
}

std::string mail_of(const Notice& notice, const MessengerOptions& options, WallTime now) {
  const std::string vietnamese = words_of(notice, options, Language::kVietnamese);
  const std::string english = words_of(notice, options, Language::kEnglish);
  const std::string body = crypto::encode_base64(view_bytes(vietnamese + "\r\n\r\n" + english + "\r\n"));
  std::string mail =
      "From: Loa <" + options.from + ">\r\nTo: undisclosed-recipients:;\r\nSubject: " +
      encoded_word("Loa: " + vietnamese.substr(0, vietnamese.find('\n'))) + "\r\nMessage-ID: <" +
      std::to_string(to_us(now)) + "." + notice.subject + "@loa>\r\n" +
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += kBase64Line) mail += body.substr(at, kBase64Line) + "\r\n";
  return mail;
}

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* rest) {
  auto& text = *static_cast<std::string_view*>(rest);
  const std::size_t taken = std::min(size * count, text.size());
  std::memcpy(buffer, text.data(), taken);
  text.remove_prefix(taken);
  return taken;
}

std::size_t drop(char* /*data*/, std::size_t size, std::size_t count, void* /*nobody*/) {
  return size * count;
}

}  // namespace

struct Messenger::State {
  MessengerOptions options;
  OnDelivery on_delivery;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Notice> waiting;  // guarded by mutex
  bool is_ending = false;      // guarded by mutex
  std::thread thread;

  // Empty when it went well.
  [[nodiscard]] std::string perform(CURL* handle, const std::string& url) const {
    std::array<char, CURL_ERROR_SIZE> words{};
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words.data());
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR,
                     options.tls == MessengerOptions::Tls::kNone ? "http,https,smtp,smtps" : "https,smtp,smtps");
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.time_limit.count()));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &drop);
    if (!options.authorities.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.authorities.c_str());
    const CURLcode code = curl_easy_perform(handle);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
    if (code == CURLE_OK) return {};
    return words.front() != '\0' ? std::string{words.data()} : std::string{curl_easy_strerror(code)};
  }

  [[nodiscard]] std::string post(const Notice& notice) const {
    const Handle handle{curl_easy_init()};
    List headers;
    append(headers, "Content-Type: application/json");
    if (!options.webhook_token.empty()) append(headers, "Authorization: Bearer " + options.webhook_token);
    const std::string body = nlohmann::json{{"event", notice.event},
                                            {"subject", notice.subject},
                                            {"vi", words_of(notice, options, Language::kVietnamese)},
                                            {"en", words_of(notice, options, Language::kEnglish)}}
                                 .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    return perform(handle.get(), options.webhook);
  }

  [[nodiscard]] std::string mail(const Notice& notice) const {
    const Handle handle{curl_easy_init()};
    List recipients;
    for (const std::string& address : notice.to)
      if (is_mail_address(address)) append(recipients, "<" + address + ">");
    if (!recipients) return {};
    const std::string text = mail_of(notice, options, system_now().wall);
    std::string_view rest = text;
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, ("<" + options.from + ">").c_str());
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, &give);
    curl_easy_setopt(handle.get(), CURLOPT_READDATA, &rest);
    if (options.tls == MessengerOptions::Tls::kRequired)
      curl_easy_setopt(handle.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (!options.smtp_user.empty()) {
      curl_easy_setopt(handle.get(), CURLOPT_USERNAME, options.smtp_user.c_str());
      curl_easy_setopt(handle.get(), CURLOPT_PASSWORD, options.smtp_password.c_str());
    }
    return perform(handle.get(), options.smtp);
  }

  // False when it ends before the pause is over.
  [[nodiscard]] bool wait(milliseconds pause) {
    std::unique_lock lock(mutex);
    return !changed.wait_for(lock, pause, [this] { return is_ending; });
  }

  void deliver(const Notice& notice, const char* way, std::string (State::*send)(const Notice&) const) {
    for (std::size_t tries = 0;; ++tries) {
      const std::string trouble = (this->*send)(notice);
      if (trouble.empty()) {
        on_delivery(std::nullopt);
        return;
      }
      log::warning("notice not delivered", {{"event", notice.event}, {"way", way}, {"why", trouble}});
      if (tries == options.pauses.size()) {
        on_delivery(Text{"notify.failed", {way, trouble}});
        return;
      }
      if (!wait(options.pauses[tries])) return;
    }
  }

  void work() {
    while (true) {
      Notice notice;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return is_ending || !waiting.empty(); });
        if (is_ending) return;
        notice = std::move(waiting.front());
        waiting.pop_front();
      }
      if (!options.webhook.empty()) deliver(notice, "webhook", &State::post);
      if (!options.smtp.empty()) deliver(notice, "e-mail", &State::mail);
    }
  }
};

Messenger::Messenger(MessengerOptions options, OnDelivery on_delivery)
    : state_(new State{std::move(options), std::move(on_delivery), {}, {}, {}, false, {}}) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  state_->thread = std::thread([state = state_.get()] { state->work(); });
}

Messenger::~Messenger() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_ending = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void Messenger::tell(Notice notice) {
  if (state_->options.webhook.empty() && state_->options.smtp.empty()) return;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->waiting.size() >= kMostWaiting) {
      log::error("notice dropped: too many wait", {{"event", notice.event}});
      return;
    }
    state_->waiting.push_back(std::move(notice));
  }
  state_->changed.notify_all();
}

}  // namespace loa::server
