#include "server/signer/protocol.h"

#include <gtest/gtest.h>

namespace loa::signer {
namespace {

const crypto::SecretKey kKey = crypto::SecretKey::from_seed({3});

TEST(SignerProtocol, AFrameSaysItsLength) {
  const std::string frame = encode_frame("xyz");
  EXPECT_EQ(frame, std::string("\0\0\0\3xyz", 7));
  EXPECT_EQ(decode_frame_head(frame.substr(0, kFrameHead)), 3U);
  EXPECT_EQ(decode_frame_head(encode_frame(std::string(kLongestFrame, 'x')).substr(0, kFrameHead)), kLongestFrame);
  EXPECT_FALSE(decode_frame_head(encode_frame(std::string(kLongestFrame + 1, 'x')).substr(0, kFrameHead)));
  EXPECT_FALSE(decode_frame_head("\xff\xff\xff\xff"));
  EXPECT_FALSE(decode_frame_head("\0\0\0"));
}

TEST(SignerProtocol, GreetingsComeBackWholeOrNotAtAll) {
  const std::string message = encode_greeting({StationId{"phu-lien"}, kKey.public_key()});
  const auto greeting = decode_greeting(message);
  ASSERT_TRUE(greeting);
  EXPECT_EQ(greeting->station, StationId{"phu-lien"});
  EXPECT_EQ(greeting->key, kKey.public_key());
  for (std::size_t length = 0; length < message.size(); ++length)
    EXPECT_FALSE(decode_greeting(message.substr(0, length))) << length;
  EXPECT_FALSE(decode_greeting(message + "x"));
  EXPECT_FALSE(decode_greeting(encode_greeting({StationId{"Phù Liễn"}, kKey.public_key()})));
}

TEST(SignerProtocol, ARequestIsWhatWasAskedFor) {
  const wire::StopOrder order{PlayId{"p-1"}, "vì mưa"};
  const std::string message = encode_request("node:tdp-01", order);
  const auto decoded = decode_request(message);
  ASSERT_TRUE(std::holds_alternative<Request>(decoded)) << std::get<Refused>(decoded).detail;
  EXPECT_EQ(std::get<Request>(decoded).audience, "node:tdp-01");
  EXPECT_EQ(std::get<Request>(decoded).body, wire::Body{order});
  for (std::size_t length = 0; length < message.size(); ++length)
    EXPECT_TRUE(std::holds_alternative<Refused>(decode_request(message.substr(0, length)))) << length;
}

TEST(SignerProtocol, WhatNoNodeCouldReadIsNoRequest) {
  const auto refusal = [](const std::string& message) {
    const auto decoded = decode_request(message);
    const auto* refused = std::get_if<Refused>(&decoded);
    return refused == nullptr ? "" : refused->rule + ": " + refused->detail;
  };
  EXPECT_EQ(refusal("\4plan\1x{}").substr(0, 9), "request: ");
  EXPECT_EQ(refusal("\5plans\1x{}"), "request: no such type");
  EXPECT_EQ(refusal("\5order\1x{\"order\":\"stop\",\"order\":\"stop\"}").substr(0, 9), "request: ");
  EXPECT_EQ(refusal(std::string{"\5order\1x"} + std::string(wire::kLongestBody + 1, ' ')).substr(0, 9), "request: ");
  EXPECT_EQ(refusal("\5order\1x{\"order\":\"stop\"}"), "");
}

TEST(SignerProtocol, RepliesComeBackWholeOrNotAtAll) {
  Signed what;
  what.seq = 1'801'872'000'000'007;
  what.issued = wall_from_us(1'801'872'000'000'001);
  what.body = "{}";
  what.signature = kKey.sign(view_bytes("{}"));
  const std::string message = encode_reply(what);
  const auto decoded = decode_reply(message);
  ASSERT_TRUE(decoded && std::holds_alternative<Signed>(*decoded));
  const auto& got = std::get<Signed>(*decoded);
  EXPECT_EQ(got.seq, what.seq);
  EXPECT_EQ(got.issued, what.issued);
  EXPECT_EQ(got.body, what.body);
  EXPECT_EQ(got.signature, what.signature);
  for (std::size_t length = 0; length < message.size() - what.body.size(); ++length)
    EXPECT_FALSE(decode_reply(message.substr(0, length))) << length;
  EXPECT_FALSE(decode_reply("\2"));
  std::string far = message;
  far[1] = '\x7f';
  EXPECT_FALSE(decode_reply(far)) << "a sequence that no JSON can hold";
}

TEST(SignerProtocol, ARefusalSaysItsRule) {
  const auto decoded = decode_reply(encode_reply(Refused{"policy", std::string(1000, 'x')}));
  ASSERT_TRUE(decoded && std::holds_alternative<Refused>(*decoded));
  EXPECT_EQ(std::get<Refused>(*decoded).rule, "policy");
  EXPECT_EQ(std::get<Refused>(*decoded).detail, std::string(255, 'x'));
  EXPECT_FALSE(decode_reply(std::string("\0\7policy", 8)));
}

}  // namespace
}  // namespace loa::signer
