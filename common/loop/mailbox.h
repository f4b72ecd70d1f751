// The only way into a core: library threads copy what they saw and post it; the core's thread takes it out in order.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace loa {

template <class Message>
class Mailbox {
 public:
  // `wake` is called after a post into an empty mailbox, on the poster's thread; it must not block.
  Mailbox(std::size_t capacity, std::function<void()> wake) : capacity_(capacity), wake_(std::move(wake)) {}

  // Any thread. False when full: the message is not taken and the poster decides what that means for it.
  [[nodiscard]] bool post(Message message) { return put(std::move(message), Place::kLast, capacity_); }
  // The same before all that waits, for what may not wait; taken also when the mailbox is full, up to as much again.
  [[nodiscard]] bool post_first(Message message) { return put(std::move(message), Place::kFirst, 2 * capacity_); }

  // The core's thread.
  [[nodiscard]] std::optional<Message> take() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return std::nullopt;
    Message message = std::move(queue_.front());
    queue_.pop_front();
    return message;
  }

  [[nodiscard]] std::size_t refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  enum class Place { kFirst, kLast };
  bool put(Message message, Place place, std::size_t most) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.size() >= most) {
        ++refused_;
        return false;
      }
      was_empty = queue_.empty();
      queue_.insert(place == Place::kFirst ? queue_.begin() : queue_.end(), std::move(message));
    }
    if (was_empty) wake_();
    return true;
  }

  const std::size_t capacity_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::deque<Message> queue_;  // protected by mutex_
  std::size_t refused_ = 0;    // protected by mutex_
};

}  // namespace loa
