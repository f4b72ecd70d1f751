// Each field of request and answer changed, and each guard of the transcript.
#include "common/enrol/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/enrol/code.h"

namespace loa::enrol {
namespace {

using nlohmann::json;

class Exchange : public testing::Test {
 protected:
  Exchange() {
    request_.nonce = std::string(32, 'n');
    request_.node_key = crypto::SecretKey::make().public_key();
    request_.tls_key = "-----BEGIN PUBLIC KEY-----\n";
    request_.server_certificate = std::string(64, 'a');
    answer_.request = request_name(request_);
    answer_.station = StationId{"phu-lien"};
    answer_.node = NodeId{"tdp-01"};
    answer_.certificate = "certificate";
    answer_.authority = "authority";
    answer_.trust = {{"station.pub", "loa-ed25519-public AAAA\n"}, {"root.json", std::string("\0\xff", 2)}};
    answer_.broker_host = "loa.phulien.vn";
    answer_.broker_port = 8883;
    answer_.now = wall_from_us(1'801'872'000'000'000);
  }

  [[nodiscard]] auto open_as_server(const std::string& envelope) const {
    const crypto::PublicKey key = code_.verifier().node_key;
    return open_request(view_bytes(envelope),
                        [&](std::string_view id) { return id == crypto::key_id(key) ? &key : nullptr; });
  }
  [[nodiscard]] auto open_as_node(const std::string& envelope) const {
    return open_answer(view_bytes(envelope), code_.server_key().public_key(), request_name(request_));
  }
  template <class Opened>
  static std::string refusal_of(const Opened& opened) {
    const auto* refusal = std::get_if<wire::Refusal>(&opened);
    return refusal == nullptr ? "" : std::string{to_string(refusal->check)};
  }
  static json body_of(const std::string& envelope) {
    const auto octets = crypto::decode_base64(json::parse(envelope).at("payload").get<std::string>());
    return json::parse(octets->begin(), octets->end());
  }
  // The envelope with another body under the old signature.
  static std::string with_body(const std::string& envelope, const json& body) {
    json changed = json::parse(envelope);
    changed["payload"] = crypto::encode_base64(view_bytes(body.dump()));
    return changed.dump();
  }
  // The same body signed well.
  static std::string signed_well(const std::string& envelope, const json& body, const crypto::SecretKey& key) {
    return wire::seal(json::parse(envelope).at("payloadType").get<std::string>(), body.dump(), key);
  }

  const Code code_ = Code::make();
  Request request_;
  Answer answer_;
};

TEST_F(Exchange, WhatIsSealedComesOut) {
  const auto opened = open_as_server(seal_request(request_, code_.node_key()));
  EXPECT_EQ(std::get<OpenedRequest>(opened).request, request_);
  EXPECT_EQ(std::get<OpenedRequest>(opened).name, request_name(request_));
  EXPECT_EQ(std::get<Answer>(open_as_node(seal_answer(answer_, code_.server_key()))), answer_);
}

TEST_F(Exchange, EveryFieldStandsUnderTheSignature) {
  const std::string request = seal_request(request_, code_.node_key());
  const json asked = body_of(request);
  for (const auto& [field, value] : asked.items()) {
    json changed = asked;
    changed[field] = field == "node_key" ? crypto::encode_base64(crypto::SecretKey::make().public_key().bytes)
                                         : std::string(64, 'b');
    EXPECT_EQ(refusal_of(open_as_server(with_body(request, changed))), "signature") << field;
  }
  const std::string answer = seal_answer(answer_, code_.server_key());
  const json answered = body_of(answer);
  for (const auto& [field, value] : answered.items()) {
    json changed = answered;
    if (value.is_number())
      changed[field] = value.get<std::int64_t>() + 1;
    else if (value.is_array())
      changed[field][0]["content"] = "AAAA";
    else
      changed[field] = std::string(64, 'b');
    EXPECT_EQ(refusal_of(open_as_node(with_body(answer, changed))), "signature") << field;
  }
}

TEST_F(Exchange, AnotherCodeProvesNothing) {
  const Code other = Code::make();
  EXPECT_EQ(refusal_of(open_as_server(seal_request(request_, other.node_key()))), "key");
  EXPECT_EQ(refusal_of(open_as_node(seal_answer(answer_, other.server_key()))), "key");
  // Neither side can speak for the other.
  EXPECT_EQ(refusal_of(open_as_node(seal_answer(answer_, code_.node_key()))), "key");
  EXPECT_EQ(refusal_of(open_as_server(seal_request(request_, code_.server_key()))), "key");
}

TEST_F(Exchange, RequestAndAnswerDoNotStandForEachOther) {
  EXPECT_EQ(refusal_of(open_as_node(seal_request(request_, code_.server_key()))), "type");
  EXPECT_EQ(refusal_of(open_as_server(seal_answer(answer_, code_.node_key()))), "type");
}

TEST_F(Exchange, AnAnswerIsToOneRequest) {
  answer_.request = std::string(64, 'b');
  EXPECT_EQ(refusal_of(open_as_node(seal_answer(answer_, code_.server_key()))), "audience");
}

TEST_F(Exchange, BodiesAreReadStrictly) {
  const std::string request = seal_request(request_, code_.node_key());
  const std::map<std::string, json> bad_requests = {{"nonce", std::string(31, 'n')},
                                                    {"node_key", crypto::encode_base64(Bytes(32, 0))},
                                                    {"tls_key", std::string(20'000, 'k')},
                                                    {"server_certificate", "A"}};
  for (const auto& [field, value] : bad_requests) {
    json body = body_of(request);
    body[field] = value;
    EXPECT_EQ(refusal_of(open_as_server(signed_well(request, body, code_.node_key()))), "body") << field;
    body.erase(field);
    EXPECT_EQ(refusal_of(open_as_server(signed_well(request, body, code_.node_key()))), "body") << field;
  }
  const std::string answer = seal_answer(answer_, code_.server_key());
  const json file = {{"name", "a"}, {"content", ""}};
  json too_many = json::array();
  for (std::size_t i = 0; i <= kMostTrustFiles; ++i) too_many.push_back({{"name", std::to_string(i)}, {"content", ""}});
  const std::vector<std::pair<std::string, json>> bad_answers = {
      {"station", "Phù Liễn"},
      {"node", "server"},
      {"node", "../x"},
      {"certificate", 1},
      {"authority", std::string(20'000, 'k')},
      {"trust", json::array()},
      {"trust", json::array({file, file})},
      {"trust", too_many},
      {"trust", json::array({{{"name", "../key"}, {"content", ""}}})},
      {"trust", json::array({{{"name", ".hidden"}, {"content", ""}}})},
      {"trust", json::array({{{"name", "a"}, {"content", "?"}}})},
      {"trust", json::array({{{"name", "a"}, {"content", crypto::encode_base64(Bytes(kLargestTrustFile + 1))}}})},
      {"broker_host", ""},
      {"broker_host", "a\"\nport = 1"},
      {"broker_port", 0},
      {"broker_port", 65'536},
      {"now_us", -1}};
  for (const auto& [field, value] : bad_answers) {
    json body = body_of(answer);
    body[field] = value;
    EXPECT_EQ(refusal_of(open_as_node(signed_well(answer, body, code_.server_key()))), "body") << field << value.dump();
    body.erase(field);
    EXPECT_EQ(refusal_of(open_as_node(signed_well(answer, body, code_.server_key()))), "body") << field;
  }
}

}  // namespace
}  // namespace loa::enrol
