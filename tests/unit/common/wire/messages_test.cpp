#include "common/wire/messages.h"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/crypto/sha256.h"
#include "tests/unit/common/wire/samples.h"

namespace loa::wire {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

Outcome first_outcome(const Body& body) {
  return std::get<Outcomes>(body).outcomes.at(0);
}

TEST(Messages, EveryTypeComesBackWhole) {
  for (const Sample& one : samples()) {
    const auto read = decode_body(type_of(one.body), encode_body(one.header, one.body));
    ASSERT_TRUE(std::holds_alternative<Message>(read)) << one.name << ": " << std::get<Refusal>(read).detail;
    const auto& message = std::get<Message>(read);
    EXPECT_EQ(message.body, one.body) << one.name;
    EXPECT_EQ(message.header.station, one.header.station);
    EXPECT_EQ(message.header.audience, one.header.audience);
    EXPECT_EQ(message.header.sender, one.header.sender);
    EXPECT_EQ(message.header.seq, one.header.seq);
    EXPECT_EQ(message.header.issued, one.header.issued);
    EXPECT_EQ(message.header.not_after, one.header.not_after);
  }
}

TEST(Messages, TheNameOfABodyIsItsSha256) {
  EXPECT_EQ(name_of_body("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
}

TEST(Messages, TheLongestBodyAndOneOctetMore) {
  const Sample& one = sample("server");
  const std::string body = encode_body(one.header, one.body);
  const std::string longest = body + std::string(kLongestBody - body.size(), ' ');
  EXPECT_TRUE(std::holds_alternative<Message>(decode_body(MessageType::kServer, longest)));
  const auto refused = decode_body(MessageType::kServer, longest + " ");
  ASSERT_TRUE(std::holds_alternative<Refusal>(refused));
  EXPECT_EQ(std::get<Refusal>(refused).check, Check::kLength);
}

TEST(Messages, BrokenUtf8LeavesAsReplacementRatherThanNotAtAll) {
  const auto read =
      decode_body(MessageType::kOrder, encode_body(sample("order").header, StopOrder{std::nullopt, "a\xff"}));
  ASSERT_TRUE(std::holds_alternative<Message>(read));
  EXPECT_EQ(std::get<StopOrder>(std::get<Message>(read).body).why, "a\xef\xbf\xbd");
  Outcome outcome = first_outcome(sample("outcome").body);
  outcome.reason = "a\xff";
  EXPECT_EQ(decode_outcome(encode_outcome(outcome)).value().reason, "a\xef\xbf\xbd");
}

TEST(Messages, WhateverAMeterSaysCanBeReadBack) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Outcome outcome = first_outcome(sample("outcome").body);
  for (const double odd : {-kInfinity, kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
    outcome.loudness_lufs = outcome.peak_dbfs = odd;
    const auto read = decode_outcome(encode_outcome(outcome));
    ASSERT_TRUE(read) << odd;
    EXPECT_EQ(read->loudness_lufs, std::nullopt) << odd;
    EXPECT_EQ(read->peak_dbfs, std::nullopt) << odd;
  }
  outcome.loudness_lufs = outcome.peak_dbfs = -1e9;
  EXPECT_EQ(decode_outcome(encode_outcome(outcome)).value().loudness_lufs, -200);
  EXPECT_EQ(decode_outcome(encode_outcome(outcome)).value().peak_dbfs, -300);
  outcome.loudness_lufs = outcome.peak_dbfs = 1e9;
  EXPECT_EQ(decode_outcome(encode_outcome(outcome)).value().loudness_lufs, 50);
  EXPECT_EQ(decode_outcome(encode_outcome(outcome)).value().peak_dbfs, 50);
}

TEST(Messages, InstantsAndErrorsLeaveInMicroseconds) {
  Outcome outcome = first_outcome(sample("outcome").body);
  outcome.start_error = -1'600ns;
  EXPECT_EQ(decode_outcome(encode_outcome(outcome)).value().start_error, -2us);
}

TEST(OneOutcome, ComesBackWholeAndDamagedOnesDoNot) {
  for (const Outcome& one : std::get<Outcomes>(sample("outcome").body).outcomes) {
    const std::string text = encode_outcome(one);
    EXPECT_EQ(decode_outcome(text), one);
    for (std::size_t size = 0; size < text.size(); ++size)
      ASSERT_FALSE(decode_outcome(std::string_view{text}.substr(0, size))) << size;
  }
  for (const char* damaged : {"", "null", "[]", "{}", "{\"play\":1}"}) EXPECT_FALSE(decode_outcome(damaged)) << damaged;
}

class OpenMessage : public ::testing::Test {
 protected:
  std::string verdict(const std::string& envelope, MessageType type = MessageType::kOrder) const {
    const auto opened = open_message(type, view_bytes(envelope), expectation_, [this](std::string_view id) {
      return id == crypto::key_id(key_.public_key()) ? &key_.public_key() : nullptr;
    });
    const auto* refusal = std::get_if<Refusal>(&opened);
    return refusal == nullptr ? "opened" : std::string{to_string(refusal->check)};
  }
  std::string sealed(const std::string& body) const { return seal(payload_type_of(MessageType::kOrder), body, key_); }
  std::string encoded() const { return encode_message(header_, body_, key_); }

  crypto::SecretKey key_ = sample_key();
  Header header_ = sample("order").header;
  Body body_ = sample("order").body;
  Expectation expectation_{header_.station, {header_.audience}, header_.sender, header_.issued};
};

TEST_F(OpenMessage, GivesTheMessageAndItsExactBody) {
  const std::string envelope = encoded();
  const auto opened = open_message(MessageType::kOrder, view_bytes(envelope), expectation_,
                                   [this](std::string_view) { return &key_.public_key(); });
  ASSERT_TRUE(std::holds_alternative<Received>(opened));
  EXPECT_EQ(std::get<Received>(opened).message.body, body_);
  EXPECT_EQ(std::get<Received>(opened).body, encode_body(header_, body_));
}

TEST_F(OpenMessage, EncodingIsDeterministic) {
  EXPECT_EQ(encoded(), encoded());
}

TEST_F(OpenMessage, Length) {
  EXPECT_EQ(verdict(std::string(kLongestEnvelope + 1, ' ')), "length");
}
TEST_F(OpenMessage, EnvelopeOfNothing) {
  EXPECT_EQ(verdict("{}"), "envelope");
}
TEST_F(OpenMessage, Type) {
  EXPECT_EQ(verdict(encoded(), MessageType::kPlan), "type");
}
TEST_F(OpenMessage, Key) {
  EXPECT_EQ(verdict(encode_message(header_, body_, crypto::SecretKey::make())), "key");
}

TEST_F(OpenMessage, Signature) {
  json envelope = json::parse(encoded());
  envelope["payload"] = crypto::encode_base64(view_bytes(encode_body(header_, StopOrder{})));
  EXPECT_EQ(verdict(envelope.dump()), "signature");
}

TEST_F(OpenMessage, Body) {
  for (const char* body : {"", "{", "[]", "{}", "\xff"}) EXPECT_EQ(verdict(sealed(body)), "body") << body;
}

TEST_F(OpenMessage, Station) {
  header_.station = StationId{"phu-lien-2"};
  EXPECT_EQ(verdict(encoded()), "station");
}

TEST_F(OpenMessage, Audience) {
  for (const std::string& other : {std::string{"node:tdp-02"}, std::string{kAudienceNodes}, std::string{kServer},
                                   std::string{"node:tdp-011"}, std::string{"node:tdp-0"}, std::string{}}) {
    header_.audience = other;
    EXPECT_EQ(verdict(encoded()), "audience") << other;
  }
  expectation_.audiences.clear();
  header_.audience = "";
  EXPECT_EQ(verdict(encoded()), "audience");
}

TEST_F(OpenMessage, OneOfSeveralAudiences) {
  expectation_.audiences = {std::string{kAudienceNodes}, header_.audience};
  EXPECT_EQ(verdict(encoded()), "opened");
}

TEST_F(OpenMessage, SenderOtherThanWhoseKeyItIs) {
  header_.sender = "node:tdp-01";
  EXPECT_EQ(verdict(encoded()), "audience");
}

TEST_F(OpenMessage, FreshToTheLastNanosecond) {
  expectation_.now = header_.not_after - 1ns;
  EXPECT_EQ(verdict(encoded()), "opened");
  expectation_.now = header_.not_after;
  EXPECT_EQ(verdict(encoded()), "freshness");
  expectation_.now = header_.not_after + 24h;
  EXPECT_EQ(verdict(encoded()), "freshness");
  expectation_.now = WallTime::max();  // no proof of time
  EXPECT_EQ(verdict(encoded()), "opened");
}

// All is wrong at first; each time the check that spoke is satisfied, and the next one of docs/protocol.md §2 speaks.
TEST_F(OpenMessage, TheFirstFailingCheckEndsIt) {
  const crypto::SecretKey stranger = crypto::SecretKey::make();
  header_.station = StationId{"elsewhere"};
  header_.audience = "node:other";
  expectation_.now = header_.not_after;
  const auto forged = [&](const std::string& type, const std::string& key_id, const std::string& body) {
    json envelope = json::parse(seal(type, body, stranger));
    envelope["signatures"][0]["keyid"] = key_id;
    return envelope.dump();
  };
  const std::string ours = payload_type_of(MessageType::kOrder);
  const std::string our_key = crypto::key_id(key_.public_key());
  EXPECT_EQ(verdict(std::string(kLongestEnvelope + 1, '{')), "length");
  EXPECT_EQ(verdict("{"), "envelope");
  EXPECT_EQ(verdict(forged("x", "y", "{")), "type");
  EXPECT_EQ(verdict(forged(ours, "y", "{")), "key");
  EXPECT_EQ(verdict(forged(ours, our_key, "{")), "signature");
  EXPECT_EQ(verdict(sealed("{")), "body");
  EXPECT_EQ(verdict(encoded()), "station");
  header_.station = expectation_.station;
  EXPECT_EQ(verdict(encoded()), "audience");
  header_.audience = expectation_.audiences.front();
  EXPECT_EQ(verdict(encoded()), "freshness");
  expectation_.now = header_.issued;
  EXPECT_EQ(verdict(encoded()), "opened");
}

}  // namespace
}  // namespace loa::wire
