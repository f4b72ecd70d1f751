// A core publishes through a link, and a link wants a will that only the core can sign. So the core gets this first,
// and the link is put in when it exists.
#pragma once

#include <memory>
#include <utility>

#include "common/link/link.h"

namespace loa::link {

class LinkSlot final : public Link {
 public:
  // Before other threads publish. An empty pointer takes the link out and ends it.
  void put(std::unique_ptr<Link> link) { link_ = std::move(link); }

  PublishResult publish(Publication publication) override {
    return link_ ? link_->publish(std::move(publication)) : PublishResult::kDown;
  }
  void subscribe(const Subscription& subscription) override {
    if (link_) link_->subscribe(subscription);
  }
  void unsubscribe(const std::string& filter) override {
    if (link_) link_->unsubscribe(filter);
  }

 private:
  std::unique_ptr<Link> link_;
};

}  // namespace loa::link
