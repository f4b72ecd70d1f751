// A link of a core's test: keeps what the core publishes, opened.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/crypto/keys.h"
#include "common/link/link.h"
#include "common/wire/messages.h"
#include "common/wire/topics.h"

namespace loa::test {

class RecordedLink final : public link::Link {
 public:
  // `on_publish` is called before a publication is kept, with its type and body.
  using OnPublish = std::function<void(const wire::Topic& topic, const wire::Message& message)>;

  explicit RecordedLink(const crypto::PublicKey& sender) : sender_(sender) {}

  link::PublishResult publish(link::Publication publication) override;
  void subscribe(const link::Subscription& subscription) override { subscribed_.insert(subscription.filter); }
  void unsubscribe(const std::string& filter) override { subscribed_.erase(filter); }
  // Beside what every connection begins with.
  [[nodiscard]] const std::set<std::string>& subscribed() const { return subscribed_; }
  void set_on_publish(OnPublish on_publish) { on_publish_ = std::move(on_publish); }

  struct Sent {
    wire::Topic topic;
    wire::Message message;
    link::Publication publication;
  };
  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }
  // What the root signed, passed on as it was; not among sent().
  [[nodiscard]] const std::vector<link::Publication>& root_documents() const { return root_documents_; }
  // The bodies of one type, in the order they were sent.
  template <class Kind>
  [[nodiscard]] std::vector<Kind> bodies() const {
    std::vector<Kind> found;
    for (const Sent& each : sent_)
      if (const auto* body = std::get_if<Kind>(&each.message.body)) found.push_back(*body);
    return found;
  }
  void clear() { sent_.clear(); }

 private:
  const crypto::PublicKey sender_;
  OnPublish on_publish_;
  std::set<std::string> subscribed_;
  std::vector<Sent> sent_;
  std::vector<link::Publication> root_documents_;
};

}  // namespace loa::test
