// How often something happened within a window of time, by key. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>

#include "common/base/time.h"

namespace loa::server {

template <class Key>
class Windows {
 public:
  explicit Windows(std::chrono::minutes length) : length_(length) {}

  // The key's count, begun anew when its window is over. A window begins with its first count.
  int& count(const Key& key, MonoTime now) {
    const auto [entry, is_new] = counts_.try_emplace(key, Count{now, 0});
    if (!is_new && now - entry->second.since >= length_) entry->second = Count{now, 0};
    return entry->second.count;
  }
  // False: so many keys are counted already that this is an attack from very many places.
  [[nodiscard]] bool has_room(MonoTime now) {
    if (counts_.size() < kMostKeys) return true;
    std::erase_if(counts_, [&](const auto& entry) { return now - entry.second.since >= length_; });
    return counts_.size() < kMostKeys;
  }

 private:
  static constexpr std::size_t kMostKeys = 10'000;
  struct Count {
    MonoTime since;
    int count = 0;
  };
  const std::chrono::minutes length_;
  std::map<Key, Count> counts_;
};

}  // namespace loa::server
