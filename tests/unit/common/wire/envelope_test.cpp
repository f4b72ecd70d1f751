#include "common/wire/envelope.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "tests/unit/common/wire/samples.h"

namespace loa::wire {
namespace {

using nlohmann::json;

constexpr std::string_view kType = "application/vnd.loa.server.v1+json";

class Envelope : public ::testing::Test {
 protected:
  std::variant<std::string, Refusal> open(std::string_view envelope, std::string_view type = kType) const {
    return open_envelope(view_bytes(envelope), type, [this](std::string_view id) {
      return id == crypto::key_id(key_.public_key()) ? &key_.public_key() : nullptr;
    });
  }
  // The name of the check that refused it, or "opened".
  std::string verdict(std::string_view envelope, std::string_view type = kType) const {
    const auto opened = open(envelope, type);
    const auto* refusal = std::get_if<Refusal>(&opened);
    return refusal == nullptr ? "opened" : std::string{to_string(refusal->check)};
  }
  json parsed() const { return json::parse(good_); }

  crypto::SecretKey key_ = sample_key();
  std::string good_ = seal(kType, R"({"a":1})", key_);
};

// The example of DSSE's protocol.md.
TEST(Pae, KnownAnswer) {
  EXPECT_EQ(encode_pae("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(encode_pae("", ""), "DSSEv1 0  0 ");
}

TEST(Pae, LengthsCountOctetsAndPartWhatJoins) {
  EXPECT_EQ(encode_pae("t", "lễ"), "DSSEv1 1 t 4 lễ");
  EXPECT_NE(encode_pae("a", "b c"), encode_pae("a b", "c"));
  EXPECT_NE(encode_pae("a 1", "b"), encode_pae("a", "1 b"));
}

TEST_F(Envelope, GivesBackTheExactBody) {
  for (const std::string& body : {std::string{R"({"a":1})"}, std::string{"{ \"a\" : 1.0 }\n"}, std::string{},
                                  std::string{"\0\xff", 2}, std::string(kLongestBody, 'x')}) {
    const auto opened = open(seal(kType, body, key_));
    ASSERT_TRUE(std::holds_alternative<std::string>(opened)) << std::get<Refusal>(opened).detail;
    EXPECT_EQ(std::get<std::string>(opened), body);
  }
}

TEST_F(Envelope, SealingIsDeterministic) {
  EXPECT_EQ(seal(kType, R"({"a":1})", key_), good_);
}

TEST_F(Envelope, Length) {
  EXPECT_EQ(verdict(""), "length");
  const std::string longest = good_ + std::string(kLongestEnvelope - good_.size(), ' ');
  EXPECT_EQ(verdict(longest), "opened");
  EXPECT_EQ(verdict(longest + " "), "length");
  EXPECT_EQ(verdict(seal(kType, std::string(kLongestBody + 1, 'x'), key_)), "length");
}

TEST_F(Envelope, Malformed) {
  for (const char* text : {"{", "null", "[]", "1", "\"x\"", "{}", "\xff", "{\"payloadType\":NaN}", "nul\0"})
    EXPECT_EQ(verdict(text), "envelope") << text;
  for (const char* field : {"payloadType", "payload", "signatures"}) {
    json without = parsed();
    without.erase(field);
    EXPECT_EQ(verdict(without.dump()), "envelope") << field;
    for (const json& wrong : {json(), json(1), json(1e300), json(true), json::object(), json::array()}) {
      json other = parsed();
      other[field] = wrong;
      EXPECT_EQ(verdict(other.dump()), "envelope") << field << " " << wrong;
    }
    // A second value for the same key must not hide behind the first.
    std::string twice = good_;
    twice.insert(1, json(field).dump() + ":" + parsed()[field].dump() + ",");
    EXPECT_EQ(verdict(twice), "envelope") << field;
  }
  for (const char* field : {"keyid", "sig"}) {
    json without = parsed();
    without["signatures"][0].erase(field);
    EXPECT_EQ(verdict(without.dump()), "envelope") << field;
    for (const json& wrong : {json(), json(1), json::array(), json(std::string(129, 'a'))}) {
      json other = parsed();
      other["signatures"][0][field] = wrong;
      EXPECT_EQ(verdict(other.dump()), "envelope") << field << " " << wrong;
    }
  }
  json other = parsed();
  other["payloadType"] = std::string(129, 'a');
  EXPECT_EQ(verdict(other.dump()), "envelope");
}

TEST_F(Envelope, Base64HasOneForm) {
  const std::string payload = parsed()["payload"];
  for (const std::string& form : {payload + "=", payload.substr(0, payload.size() - 1), payload + "\n", " " + payload,
                                  std::string{"a"}, std::string{"-_=="}}) {
    json other = parsed();
    other["payload"] = form;
    EXPECT_EQ(verdict(other.dump()), "envelope") << form;
  }
}

TEST_F(Envelope, ExactlyOneSignatureOf64Octets) {
  json other = parsed();
  other["signatures"].push_back(other["signatures"][0]);
  EXPECT_EQ(verdict(other.dump()), "envelope");
  for (const std::size_t octets : {std::size_t{0}, std::size_t{63}, std::size_t{65}}) {
    other = parsed();
    other["signatures"][0]["sig"] = crypto::encode_base64(Bytes(octets));
    EXPECT_EQ(verdict(other.dump()), "envelope") << octets;
  }
}

TEST_F(Envelope, NestedAsDeepAsAllowed) {
  const auto nested = [this](int levels) {
    std::string text = good_;
    const auto depth = static_cast<std::size_t>(levels);
    return text.insert(1, "\"x\":" + std::string(depth, '[') + std::string(depth, ']') + ",");
  };
  EXPECT_EQ(verdict(nested(11)), "opened");
  EXPECT_EQ(verdict(nested(12)), "envelope");
  EXPECT_EQ(verdict(nested(100'000)), "envelope");
}

TEST_F(Envelope, Type) {
  EXPECT_EQ(verdict(good_, "application/vnd.loa.plan.v1+json"), "type");
  EXPECT_EQ(verdict(good_, ""), "type");
}

TEST_F(Envelope, Key) {
  EXPECT_EQ(verdict(seal(kType, R"({"a":1})", crypto::SecretKey::make())), "key");
  json other = parsed();
  other["signatures"][0]["keyid"] = "";
  EXPECT_EQ(verdict(other.dump()), "key");
}

TEST_F(Envelope, SignatureOfAnotherKeyBodyOrType) {
  json other = parsed();
  const json by_another = json::parse(seal(kType, R"({"a":1})", crypto::SecretKey::make()));
  other["signatures"][0]["sig"] = by_another["signatures"][0]["sig"];
  EXPECT_EQ(verdict(other.dump()), "signature");
  other = parsed();
  other["payload"] = crypto::encode_base64(view_bytes(R"({"a":2})"));
  EXPECT_EQ(verdict(other.dump()), "signature");
  other = parsed();
  other["payloadType"] = "application/vnd.loa.plan.v1+json";
  EXPECT_EQ(verdict(other.dump(), "application/vnd.loa.plan.v1+json"), "signature");
}

TEST_F(Envelope, NoBitMayFlip) {
  for (std::size_t at = 0; at < good_.size(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string flipped = good_;
      flipped[at] = static_cast<char>(static_cast<unsigned char>(flipped[at]) ^ (1U << bit));
      ASSERT_NE(verdict(flipped), "opened") << at << " " << bit;
    }
}

TEST_F(Envelope, NoOctetMayBeMissing) {
  for (std::size_t size = 0; size < good_.size(); ++size)
    ASSERT_NE(verdict(std::string_view{good_}.substr(0, size)), "opened") << size;
}

TEST_F(Envelope, UnknownFieldsAreIgnored) {
  json other = parsed();
  other["later"] = {1, "x"};
  other["signatures"][0]["later"] = nullptr;
  EXPECT_EQ(verdict(other.dump()), "opened");
}

TEST(Checks, EachHasItsName) {
  const std::vector<std::pair<Check, std::string>> names = {
      {Check::kLength, "length"},       {Check::kEnvelope, "envelope"},
      {Check::kType, "type"},           {Check::kKey, "key"},
      {Check::kSignature, "signature"}, {Check::kBody, "body"},
      {Check::kStation, "station"},     {Check::kAudience, "audience"},
      {Check::kSequence, "sequence"},   {Check::kFreshness, "freshness"}};
  for (const auto& [check, name] : names) EXPECT_EQ(to_string(check), name);
}

}  // namespace
}  // namespace loa::wire
