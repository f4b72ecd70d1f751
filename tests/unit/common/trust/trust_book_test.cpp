#include "common/trust/trust_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/vocabulary.h"
#include "common/wire/succession.h"
#include "tests/support/root_key.h"

namespace loa::trust {
namespace {

using testing::Contains;
using testing::Not;
using wire::MessageType;

const StationId kStation{"phu-lien"};

class TrustBookTest : public testing::Test {
 protected:
  // "adopted", "held" or the check that refused.
  std::string offer(TrustBook& book, const std::string& envelope, MessageType type = MessageType::kTrust) {
    const auto opened = book.open(type, view_bytes(envelope));
    if (const auto* refusal = std::get_if<wire::Refusal>(&opened)) return std::string{wire::to_string(refusal->check)};
    if (std::holds_alternative<AlreadyHeld>(opened)) return "held";
    EXPECT_TRUE(book.adopt(std::get<RootDocument>(opened)));
    return "adopted";
  }
  std::string offer(const std::string& envelope, MessageType type = MessageType::kTrust) {
    return offer(book_, envelope, type);
  }
  [[nodiscard]] bool believes(const crypto::SecretKey& key, MessageType type = MessageType::kPlan) const {
    return book_.find(type, crypto::key_id(key.public_key())) != nullptr;
  }

  test::RootKey root_{kStation};
  const crypto::SecretKey old_ = crypto::SecretKey::make();
  const crypto::SecretKey new_ = crypto::SecretKey::make();
  TrustBook book_{kStation, root_.public_key()};
};

TEST_F(TrustBookTest, WithoutADocumentNobodyIsBelieved) {
  EXPECT_FALSE(believes(old_));
  EXPECT_THAT(book_.alarms(std::nullopt), Contains(std::string{alarm::kTrustMissing}));
  EXPECT_THAT(book_.alarms(std::nullopt), Contains(std::string{alarm::kPolicyMissing}));
}

TEST_F(TrustBookTest, SeveralStationKeysAtOnce) {
  EXPECT_EQ(offer(root_.sign_trust({test::station_key(old_.public_key()), test::station_key(new_.public_key())})),
            "adopted");
  EXPECT_TRUE(believes(old_));
  EXPECT_TRUE(believes(new_));
  EXPECT_EQ(offer(root_.sign_trust({test::station_key(new_.public_key())})), "adopted");
  EXPECT_FALSE(believes(old_)) << "no longer listed";
}

TEST_F(TrustBookTest, ARevokedKeyIsRefusedAtOnce) {
  wire::TrustedKey revoked = test::station_key(old_.public_key());
  revoked.state = wire::KeyState::kRevoked;
  EXPECT_EQ(offer(root_.sign_trust({test::station_key(old_.public_key())})), "adopted");
  EXPECT_EQ(offer(root_.sign_trust({revoked})), "adopted");
  EXPECT_FALSE(believes(old_));
}

TEST_F(TrustBookTest, ExpiryAlarmsAndNeverMutes) {
  wire::TrustedKey key = test::station_key(old_.public_key());
  key.from = *parse_utc("2026-01-01T00:00:00Z");
  key.until = *parse_utc("2026-06-01T00:00:00Z");
  EXPECT_EQ(offer(root_.sign_trust({key})), "adopted");
  EXPECT_THAT(book_.alarms(key.until - nanoseconds{1}), Not(Contains(std::string{alarm::kKeyExpired})));
  EXPECT_THAT(book_.alarms(key.until), Contains(std::string{alarm::kKeyExpired}));
  EXPECT_THAT(book_.alarms(key.from - nanoseconds{1}), Contains(std::string{alarm::kKeyEarly}));
  EXPECT_THAT(book_.alarms(std::nullopt), Not(Contains(std::string{alarm::kKeyExpired}))) << "no time, no judgement";
  EXPECT_TRUE(believes(old_));
}

TEST_F(TrustBookTest, EachRoleSignsItsOwnTypes) {
  wire::TrustedKey emergency = test::station_key(new_.public_key());
  emergency.role = wire::KeyRole::kEmergency;
  EXPECT_EQ(offer(root_.sign_trust({test::station_key(old_.public_key()), emergency})), "adopted");
  for (const wire::TopicRule& rule : wire::topic_rules()) {
    EXPECT_EQ(believes(old_, rule.type), rule.signer == wire::Signer::kStation) << rule.payload_type;
    EXPECT_FALSE(believes(new_, rule.type)) << rule.payload_type;
    EXPECT_EQ(believes(root_.secret(), rule.type), rule.signer == wire::Signer::kRoot) << rule.payload_type;
  }
  // A station key vouches for nobody, itself included.
  const std::string forged = wire::encode_message(root_.header(9000), wire::Trust{{emergency}}, old_);
  EXPECT_EQ(offer(forged), "key");
}

TEST_F(TrustBookTest, OnlyUpward) {
  const std::string first = root_.sign_trust({test::station_key(old_.public_key())});
  const std::string second = root_.sign_trust({test::station_key(new_.public_key())});
  EXPECT_EQ(offer(second), "adopted");
  EXPECT_EQ(offer(first), "sequence");
  EXPECT_EQ(offer(second), "held");
  EXPECT_FALSE(believes(old_));
  const std::string other = wire::encode_message(root_.header(root_.last_seq()),
                                                 wire::Trust{{test::station_key(old_.public_key())}}, root_.secret());
  EXPECT_EQ(offer(other), "sequence") << "the same number, other contents";
}

TEST_F(TrustBookTest, OfThisStationToItsNodesByItsRoot) {
  test::RootKey elsewhere{StationId{"other"}};
  EXPECT_EQ(offer(elsewhere.sign_trust({})), "key");
  const auto sealed = [&](auto change) {
    wire::Header header = root_.header(5000);
    change(header);
    return wire::encode_message(header, wire::Trust{}, root_.secret());
  };
  EXPECT_EQ(offer(sealed([](wire::Header& h) { h.station = StationId{"other"}; })), "station");
  EXPECT_EQ(offer(sealed([](wire::Header& h) { h.audience = "node:n-1"; })), "audience");
  EXPECT_EQ(offer(sealed([](wire::Header& h) { h.sender = wire::kServer; })), "audience");
  EXPECT_EQ(offer(root_.sign(test::open_policy())), "type") << "a policy where a trust document belongs";
}

// --- succession

TEST_F(TrustBookTest, ANodeThatWasAwayForThreeRootsWalksToTheFourth) {
  for (int i = 0; i < 3; ++i) root_.rotate();
  EXPECT_EQ(offer(root_.sign_trust({test::station_key(new_.public_key())})), "adopted");
  EXPECT_EQ(book_.root(), root_.public_key());
  EXPECT_TRUE(believes(new_));
}

TEST_F(TrustBookTest, AlsoAPolicyLeadsToTheNewRoot) {
  root_.rotate();
  EXPECT_EQ(offer(root_.sign(test::open_policy()), MessageType::kPolicy), "adopted");
  EXPECT_EQ(book_.root(), root_.public_key());
}

TEST_F(TrustBookTest, ARootThatHandedOverIsBelievedNoMore) {
  const std::string before = root_.sign_trust({});
  test::RootKey stolen{kStation};
  // What the old key would sign after the node has heard of its successor.
  const std::string late = wire::encode_message(root_.header(root_.last_seq() + 1'000'000),
                                                wire::Trust{{test::station_key(old_.public_key())}}, root_.secret());
  root_.rotate();
  EXPECT_EQ(offer(root_.sign_trust({})), "adopted");
  EXPECT_EQ(offer(late), "key");
  EXPECT_EQ(offer(before), "key");
}

TEST_F(TrustBookTest, AForgedSuccessionLeadsNowhere) {
  test::RootKey thief{kStation};
  const crypto::PublicKey wanted = thief.public_key();
  const auto offered = [&](const std::vector<std::string>& succession) {
    const std::string body = wire::encode_body(root_.header(9000), wire::Trust{});
    TrustBook book = book_;
    return offer(book, wire::seal(wire::payload_type_of(MessageType::kTrust), body, thief.secret(), succession));
  };
  const WallTime now = wall_from_us(0);
  EXPECT_EQ(offered({wire::encode_succession(kStation, 1, now, wanted, root_.secret())}), "adopted")
      << "the honest one";
  EXPECT_EQ(offered({}), "key");
  EXPECT_EQ(offered({wire::encode_succession(kStation, 1, now, wanted, thief.secret())}), "key") << "signed by itself";
  EXPECT_EQ(offered({wire::encode_succession(StationId{"other"}, 1, now, wanted, root_.secret())}), "key");
  EXPECT_EQ(offered({wire::encode_message(root_.header(1), wire::Trust{{test::station_key(wanted)}}, root_.secret())}),
            "key")
      << "a document is no statement";
  const std::string honest = wire::encode_succession(kStation, 1, now, wanted, root_.secret());
  for (std::size_t i = 0; i < honest.size(); ++i) {
    std::string broken = honest;
    broken[i] = broken[i] == 'A' ? 'B' : 'A';
    if (broken == honest) continue;
    ASSERT_EQ(offered({broken}), "key") << i;
  }
  EXPECT_EQ(offered(std::vector<std::string>(wire::kMostStatements + 1, honest)), "key") << "too many";
  EXPECT_EQ(offered({honest + std::string(wire::kLongestStatement, ' ')}), "key") << "too long";
  EXPECT_EQ(offered({"", "{}", honest}), "adopted") << "what is no statement of ours is passed over";
}

TEST_F(TrustBookTest, ASuccessionInTheWrongOrderLeadsNowhere) {
  root_.rotate();
  root_.rotate();
  std::vector<std::string> backward(root_.succession().rbegin(), root_.succession().rend());
  const std::string body = wire::encode_body(root_.header(9000), wire::Trust{});
  EXPECT_EQ(offer(wire::seal(wire::payload_type_of(MessageType::kTrust), body, root_.secret(), backward)), "key");
}

TEST_F(TrustBookTest, OpeningChangesNothing) {
  root_.rotate();
  const auto opened = book_.open(MessageType::kTrust, view_bytes(root_.sign_trust({})));
  ASSERT_TRUE(std::holds_alternative<RootDocument>(opened));
  EXPECT_EQ(book_.seq_of(MessageType::kTrust), 0);
  EXPECT_NE(book_.root(), root_.public_key());
}

TEST_F(TrustBookTest, ADamagedDocumentOfTheDiskIsNotAdopted) {
  EXPECT_FALSE(book_.adopt({MessageType::kTrust, 5, "name", "{", root_.public_key()}));
  EXPECT_EQ(book_.seq_of(MessageType::kTrust), 0);
}

}  // namespace
}  // namespace loa::trust
