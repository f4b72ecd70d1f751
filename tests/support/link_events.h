// Collects what a link tells, and waits for what a test expects.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/link/link.h"

namespace loa::test {

class LinkEvents {
 public:
  // To be given to the link; this object must outlive it.
  [[nodiscard]] link::OnLinkEvent collector();

  // These wait up to 30 s; false or nullopt when it did not come. `count` counts from the beginning of the collection.
  [[nodiscard]] bool wait_for_ups(std::size_t count);
  [[nodiscard]] bool wait_for_downs(std::size_t count);
  [[nodiscard]] bool wait_for_messages(std::size_t count);
  [[nodiscard]] std::optional<link::LinkMessage> wait_for_message(const std::string& topic);

  [[nodiscard]] std::vector<link::LinkEvent> all() const;
  [[nodiscard]] std::vector<link::LinkMessage> messages() const;
  [[nodiscard]] std::vector<link::LinkDown> downs() const;

 private:
  [[nodiscard]] bool wait_until(const std::function<bool()>& is_true);
  template <class Kind>
  [[nodiscard]] std::vector<Kind> pick() const;  // holding mutex_

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<link::LinkEvent> events_;  // protected by mutex_
};

}  // namespace loa::test
