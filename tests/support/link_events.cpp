#include "tests/support/link_events.h"

#include <chrono>
#include <utility>

namespace loa::test {
namespace {

constexpr auto kPatience = std::chrono::seconds{30};

}  // namespace

link::OnLinkEvent LinkEvents::collector() {
  return [this](link::LinkEvent event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    changed_.notify_all();
  };
}

template <class Kind>
std::vector<Kind> LinkEvents::pick() const {
  std::vector<Kind> out;
  for (const link::LinkEvent& event : events_)
    if (const Kind* found = std::get_if<Kind>(&event)) out.push_back(*found);
  return out;
}

bool LinkEvents::wait_until(const std::function<bool()>& is_true) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, is_true);
}

bool LinkEvents::wait_for_ups(std::size_t count) {
  return wait_until([&] { return pick<link::LinkUp>().size() >= count; });
}

bool LinkEvents::wait_for_downs(std::size_t count) {
  return wait_until([&] { return pick<link::LinkDown>().size() >= count; });
}

bool LinkEvents::wait_for_messages(std::size_t count) {
  return wait_until([&] {
    std::size_t found = 0;
    for (const link::LinkEvent& event : events_) found += std::holds_alternative<link::LinkMessage>(event) ? 1 : 0;
    return found >= count;
  });
}

std::optional<link::LinkMessage> LinkEvents::wait_for_message(const std::string& topic) {
  std::optional<link::LinkMessage> found;
  static_cast<void>(wait_until([&] {
    for (const link::LinkEvent& event : events_)
      if (const auto* message = std::get_if<link::LinkMessage>(&event); message != nullptr && message->topic == topic)
        found = *message;
    return found.has_value();
  }));
  return found;
}

std::vector<link::LinkEvent> LinkEvents::all() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

std::vector<link::LinkMessage> LinkEvents::messages() const {
  const std::lock_guard lock(mutex_);
  return pick<link::LinkMessage>();
}

std::vector<link::LinkDown> LinkEvents::downs() const {
  const std::lock_guard lock(mutex_);
  return pick<link::LinkDown>();
}

}  // namespace loa::test
