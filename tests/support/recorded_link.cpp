#include "tests/support/recorded_link.h"

#include <stdexcept>
#include <variant>

namespace loa::test {

link::PublishResult RecordedLink::publish(link::Publication publication) {
  const auto topic = wire::parse_topic(publication.topic);
  if (!topic) throw std::runtime_error("published on no topic of ours: " + publication.topic);
  if (wire::rule_of(topic->type).signer == wire::Signer::kRoot) {
    root_documents_.push_back(std::move(publication));
    return link::PublishResult::kTaken;
  }
  const auto body = wire::open_envelope(publication.payload, wire::payload_type_of(topic->type),
                                        [this](std::string_view) { return &sender_; });
  if (!std::holds_alternative<std::string>(body))
    throw std::runtime_error("published an envelope that nobody can open on " + publication.topic);
  auto decoded = wire::decode_body(topic->type, std::get<std::string>(body));
  if (!std::holds_alternative<wire::Message>(decoded))
    throw std::runtime_error("published a body that nobody can read on " + publication.topic);
  auto message = std::get<wire::Message>(std::move(decoded));
  if (on_publish_) on_publish_(*topic, message);
  sent_.push_back({*topic, std::move(message), std::move(publication)});
  return link::PublishResult::kTaken;
}

}  // namespace loa::test
