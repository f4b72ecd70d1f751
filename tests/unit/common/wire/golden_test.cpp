// tests/data/wire holds what this version puts on the wire, octet for octet, for one key and one header. A node in the
// field must go on reading it, so these files change only together with docs/protocol.md. tests/checks/protocol.py
// holds them against docs/asyncapi.yaml.
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/common/wire/samples.h"

namespace loa::wire {
namespace {

std::string topic_lines() {
  std::string lines;
  for (const TopicRule& rule : topic_rules()) {
    const NodeId node{rule.direction == Direction::kAll ? "" : "tdp-01"};
    lines += topic_of(rule.type, StationId{"phu-lien"}, node) + "\t" + payload_type_of(rule.type) + "\t" +
             std::to_string(rule.qos) + "\t" + (rule.retained ? "yes" : "no") + "\t" +
             (rule.expiry ? std::to_string(rule.expiry->count()) : "-") + "\n";
  }
  return lines;
}

TEST(Golden, BodiesStayTheSameAndAreReadBack) {
  for (const Sample& one : samples()) {
    const std::string body = encode_body(one.header, one.body);
    const std::string held = golden(one.name + ".body.json", body);
    EXPECT_EQ(body, held) << one.name;
    const auto read = decode_body(type_of(one.body), held);
    ASSERT_TRUE(std::holds_alternative<Message>(read)) << one.name << ": " << std::get<Refusal>(read).detail;
    EXPECT_EQ(std::get<Message>(read).body, one.body) << one.name;
  }
}

TEST(Golden, EnvelopesStayTheSameAndAreOpened) {
  const crypto::SecretKey key = sample_key();
  for (const Sample& one : samples()) {
    const std::string envelope = encode_message(one.header, one.body, key);
    const std::string held = golden(one.name + ".envelope.json", envelope);
    EXPECT_EQ(envelope, held) << one.name;
    const auto opened = open_envelope(view_bytes(held), payload_type_of(type_of(one.body)),
                                      [&](std::string_view) { return &key.public_key(); });
    ASSERT_TRUE(std::holds_alternative<std::string>(opened)) << one.name << ": " << std::get<Refusal>(opened).detail;
    EXPECT_EQ(std::get<std::string>(opened), encode_body(one.header, one.body)) << one.name;
  }
}

TEST(Golden, TopicsStayTheSame) {
  EXPECT_EQ(topic_lines(), golden("topics.tsv", topic_lines()));
}

TEST(Golden, EveryTypeHasASampleAndEveryFileIsOne) {
  std::set<MessageType> types;
  std::set<std::string> files{"topics.tsv", "fields.tsv"};
  for (const Sample& one : samples()) {
    types.insert(type_of(one.body));
    files.insert({one.name + ".body.json", one.name + ".envelope.json"});
  }
  EXPECT_EQ(types.size(), topic_rules().size());
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator{LOA_SOURCE_DIR "/tests/data/wire"})
    found.insert(entry.path().filename());
  EXPECT_EQ(found, files);
}

}  // namespace
}  // namespace loa::wire
