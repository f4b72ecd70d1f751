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
  // `about` is what has the trouble, where several can have the same: one alarm for each of them, and the newest words
  // stand. Logged when they are new.
  void raise(Text text, const std::string& about = {}) {
    const std::lock_guard lock(mutex_);
    const auto same = std::ranges::find_if(
        raised_, [&](const Raised& each) { return each.text.code == text.code && each.about == about; });
    if (same != raised_.end() && same->text.args == text.args) return;
    log::error("alarm", {{"code", text.code}, {"says", render(text, Language::kEnglish)}});
    if (same == raised_.end())
      raised_.push_back({std::move(text), about});
    else
      same->text.args = std::move(text.args);
  }

  void clear(std::string_view code, std::string_view about = {}) {
    const std::lock_guard lock(mutex_);
    if (std::erase_if(raised_, [&](const Raised& each) { return each.text.code == code && each.about == about; }) > 0)
      log::info("alarm is over", {{"code", std::string{code}}, {"about", std::string{about}}});
  }

  // In the order they were raised; of each code the first.
  [[nodiscard]] std::vector<Text> list() const {
    const std::lock_guard lock(mutex_);
    std::vector<Text> texts;
    for (const Raised& each : raised_)
      if (std::ranges::find(texts, each.text.code, &Text::code) == texts.end()) texts.push_back(each.text);
    return texts;
  }

 private:
  mutable std::mutex mutex_;
  struct Raised {
    Text text;
    std::string about;
  };
  std::vector<Raised> raised_;  // guarded by mutex_
};

}  // namespace loa::server
