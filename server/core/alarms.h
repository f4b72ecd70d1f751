// What somebody has to see to at the server itself: raised and cleared by the core, shown by the API.
//
// Any thread.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/log.h"

namespace loa::server {

class Alarms {
 public:
  // One of each code: the newest words stand. Logged when they are new.
  void raise(Text text) {
    const std::lock_guard lock(mutex_);
    const auto same = std::ranges::find(raised_, text.code, &Text::code);
    if (same != raised_.end() && same->args == text.args) return;
    log::error("alarm", {{"code", text.code}, {"says", render(text, Language::kEnglish)}});
    if (same == raised_.end())
      raised_.push_back(std::move(text));
    else
      same->args = std::move(text.args);
  }

  void clear(std::string_view code) {
    const std::lock_guard lock(mutex_);
    if (std::erase_if(raised_, [code](const Text& text) { return text.code == code; }) > 0)
      log::info("alarm is over", {{"code", std::string{code}}});
  }

  // In the order they were raised.
  [[nodiscard]] std::vector<Text> list() const {
    const std::lock_guard lock(mutex_);
    return raised_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Text> raised_;  // guarded by mutex_
};

}  // namespace loa::server
