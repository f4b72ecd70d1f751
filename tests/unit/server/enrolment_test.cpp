// Each guard of docs/protocol.md §5 on the server's side, and what is booked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/enrolment_fixture.h"
#include "tests/unit/server/books.h"

namespace loa::server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::IsEmpty;
using testing::SizeIs;

const NodeId kNew{"n-new"};

class EnrolmentTest : public testing::Test {
 protected:
  EnrolmentTest() {
    add_ward(store_, crypto::SecretKey::make().public_key());
    store_.add_node({kNew, AreaId{"to-1"}, "Loa mới"}, kMorning);
    code_ = fixture_.enrolment.make_code(kNew, kMorning).code;
  }

  std::string refusal_of(const std::string& envelope, WallTime now = kMorning) {
    try {
      (void)fixture_.enrolment.check(view_bytes(envelope), now);
    } catch (const Error& error) {
      EXPECT_TRUE(is_known_text(error.code())) << error.code();
      return error.code();
    }
    return "";
  }
  enrol::Answer enrol(const test::Candidate& candidate, const std::string& code, WallTime now = kMorning) {
    const std::string envelope = candidate.sealed(code);
    const std::string answer = fixture_.enrolment.accept(fixture_.enrolment.check(view_bytes(envelope), now), now);
    const auto opened = enrol::open_answer(view_bytes(answer), enrol::Code::parse(code).server_key().public_key(),
                                           enrol::request_name(candidate.request()));
    if (const auto* refusal = std::get_if<wire::Refusal>(&opened)) throw std::runtime_error(refusal->detail);
    return std::get<enrol::Answer>(opened);
  }

  Store store_ = Store::make_writer(db::Database::open_in_memory());
  test::EnrolmentFixture fixture_{store_, StationId{"phu-lien"}, kMorning};
  test::Candidate candidate_;
  std::string code_;
};

TEST_F(EnrolmentTest, AProvedRequestIsBookedAndAnswered) {
  const enrol::Answer answer = enrol(candidate_, code_);
  EXPECT_EQ(answer.node, kNew);
  EXPECT_EQ(answer.station.str(), "phu-lien");
  EXPECT_EQ(answer.authority, fixture_.authority_pem);
  EXPECT_EQ(answer.trust, (std::vector<enrol::TrustFile>{{"root.pub", "the root key"}}));
  EXPECT_EQ(answer.now, kMorning);
  EXPECT_EQ(crypto::read_certificate(answer.certificate).common_name, kNew.str());
  EXPECT_EQ(crypto::public_key_of(answer.certificate), candidate_.tls.public_pem);
  EXPECT_EQ(store_.load_node(kNew)->public_key, candidate_.key.public_key());
  EXPECT_EQ(store_.find_certified(crypto::read_certificate(answer.certificate).serial), kNew);
}

TEST_F(EnrolmentTest, ALostAnswerIsGivenAgainToTheSameKeysOnly) {
  const enrol::Answer first = enrol(candidate_, code_);
  EXPECT_EQ(enrol(candidate_, code_, kMorning + hours{1}).certificate, first.certificate);
  const test::Candidate other;
  EXPECT_EQ(refusal_of(other.sealed(code_)), "enrol.used");
  test::Candidate same_node_other_tls;
  same_node_other_tls.key = std::move(candidate_.key);
  EXPECT_EQ(refusal_of(same_node_other_tls.sealed(code_)), "enrol.used");
}

TEST_F(EnrolmentTest, AUsedCodeIsClosedAndItsSecretForgotten) {
  (void)enrol(candidate_, code_);
  fixture_.enrolment.note_heard(kNew);
  EXPECT_EQ(refusal_of(candidate_.sealed(code_)), "enrol.used");
  EXPECT_EQ(store_.find_code_of(kNew)->verifier.server_seed, (std::array<std::uint8_t, 32>{}));
}

TEST_F(EnrolmentTest, ANodeThatSpeaksWithoutACodeOpenChangesNothing) {
  fixture_.enrolment.note_heard(kNew);
  EXPECT_EQ(store_.find_code_of(kNew)->state, CodeState::kOpen);
  fixture_.enrolment.note_heard(NodeId{"n-1"});
}

TEST_F(EnrolmentTest, ACodeHoldsForADay) {
  EXPECT_EQ(refusal_of(candidate_.sealed(code_), kMorning + hours{24} - nanoseconds{1}), "");
  EXPECT_EQ(refusal_of(candidate_.sealed(code_), kMorning + hours{24}), "enrol.expired");
}

TEST_F(EnrolmentTest, ACodeThatNobodyMadeIsWrong) {
  EXPECT_EQ(refusal_of(candidate_.sealed(enrol::Code::make().text())), "enrol.wrong_code");
}

TEST_F(EnrolmentTest, ANewerCodeVoidsTheOneBefore) {
  const std::string newer = fixture_.enrolment.make_code(kNew, kMorning).code;
  EXPECT_EQ(refusal_of(candidate_.sealed(code_)), "enrol.wrong_code");
  EXPECT_EQ(refusal_of(candidate_.sealed(newer)), "");
}

TEST_F(EnrolmentTest, FalseSignaturesLockTheCode) {
  // The right key id, another's signature: what one who has seen a request could send.
  std::string forged = candidate_.sealed(code_);
  const std::size_t at = forged.rfind("\"sig\":\"") + 7;
  forged[at] = forged[at] == 'A' ? 'B' : 'A';
  for (int i = 0; i < 5; ++i) EXPECT_EQ(refusal_of(forged), "enrol.wrong_code");
  EXPECT_EQ(refusal_of(candidate_.sealed(code_)), "enrol.too_many_tries");
  EXPECT_EQ(refusal_of(candidate_.sealed(fixture_.enrolment.make_code(kNew, kMorning).code)), "");
}

TEST_F(EnrolmentTest, ACertificateThatIsNotOursMeansSomebodyBetween) {
  EXPECT_EQ(refusal_of(candidate_.sealed(code_, std::string(64, 'd'))), "enrol.intercepted");
}

TEST_F(EnrolmentTest, WhatIsNoRequestIsRefused) {
  for (const std::string& bad : {std::string{}, std::string{"{}"}, std::string(400'000, 'x')})
    EXPECT_EQ(refusal_of(bad), "enrol.bad_request");
  const crypto::SecretKey key = enrol::Code::parse(code_).node_key();
  EXPECT_EQ(refusal_of(wire::seal("application/vnd.loa.enrol.v1+json", "{}", key)), "enrol.bad_request");
  test::Candidate no_key;
  no_key.tls.public_pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
  EXPECT_THROW((void)enrol(no_key, code_), Error);
  EXPECT_FALSE(store_.load_node(kNew)->public_key.has_value());
}

TEST_F(EnrolmentTest, NothingInTheBooksOpensTheDoor) {
  const EnrolmentCode row = *store_.find_code_of(kNew);
  // What a thief of the books holds: the public key and the server's seed. Neither signs a request.
  const std::string forged =
      enrol::seal_request(candidate_.request(), crypto::SecretKey::from_seed(row.verifier.server_seed));
  EXPECT_EQ(refusal_of(forged), "enrol.wrong_code");
}

TEST_F(EnrolmentTest, AnEnrolledNodeGetsNoCode) {
  (void)enrol(candidate_, code_);
  EXPECT_THROW((void)fixture_.enrolment.make_code(kNew, kMorning), Error);
  EXPECT_THROW((void)fixture_.enrolment.make_code(NodeId{"nobody"}, kMorning), Error);
}

// --- revocation

TEST_F(EnrolmentTest, ARevokedCertificateIsStruckAndListed) {
  const std::string serial = crypto::read_certificate(enrol(candidate_, code_).certificate).serial;
  fixture_.enrolment.revoke(kNew, "stolen", kMorning + hours{1});
  EXPECT_FALSE(store_.find_certified(serial).has_value());
  fixture_.enrolment.shut_out(kNew, kMorning + hours{1});
  EXPECT_THAT(crypto::read_revocation_list(fixture_.gate.current_list()).serials, testing::ElementsAre(serial));
  ASSERT_THAT(fixture_.gate.sessions, SizeIs(1));
  const auto facts = crypto::read_certificate(fixture_.gate.sessions[0].identity.certificate_pem);
  EXPECT_EQ(facts.common_name, kNew.str());
  EXPECT_NE(facts.serial, serial);
  EXPECT_LE(facts.not_after, kMorning + hours{1} + days{1});
  // The certificate that takes a session over opens nothing at the server.
  EXPECT_FALSE(store_.find_certified(facts.serial).has_value());
  EXPECT_EQ(refusal_of(candidate_.sealed(code_)), "enrol.used");
}

TEST_F(EnrolmentTest, TheListForgetsWhatHasEndedByItself) {
  (void)enrol(candidate_, code_);
  fixture_.enrolment.revoke(kNew, "", kMorning);
  fixture_.enrolment.shut_out(kNew, kMorning + days{800});
  EXPECT_THAT(crypto::read_revocation_list(fixture_.gate.current_list()).serials, IsEmpty());
}

TEST_F(EnrolmentTest, ACrashBetweenBooksAndBrokerIsMadeGood) {
  (void)enrol(candidate_, code_);
  fixture_.enrolment.restate(kMorning);
  EXPECT_EQ(fixture_.gate.times, 1) << "there was no list at all";
  fixture_.enrolment.restate(kMorning);
  EXPECT_EQ(fixture_.gate.times, 1) << "all is said";
  fixture_.enrolment.revoke(kNew, "", kMorning);
  fixture_.enrolment.restate(kMorning + seconds{5});
  EXPECT_EQ(fixture_.gate.times, 2);
  EXPECT_THAT(fixture_.gate.sessions, SizeIs(1));
  EXPECT_THAT(crypto::read_revocation_list(fixture_.gate.current_list()).serials, SizeIs(1));
  // Long after: listed, and no session to end.
  fixture_.enrolment.restate(kMorning + days{2});
  EXPECT_EQ(fixture_.gate.times, 2);
  // A list that went missing or broke is written anew.
  fixture_.gate.set_list("nonsense");
  fixture_.enrolment.restate(kMorning + days{2});
  EXPECT_THAT(crypto::read_revocation_list(fixture_.gate.current_list()).serials, SizeIs(1));
}

TEST_F(EnrolmentTest, ANodeEnrolledAgainKeepsItsSession) {
  (void)enrol(candidate_, code_);
  fixture_.enrolment.revoke(kNew, "", kMorning);
  fixture_.enrolment.shut_out(kNew, kMorning);
  const test::Candidate replacement;
  (void)enrol(replacement, fixture_.enrolment.make_code(kNew, kMorning).code);
  fixture_.enrolment.restate(kMorning + seconds{5});
  EXPECT_THAT(fixture_.gate.sessions, SizeIs(1));
  EXPECT_FALSE(store_.load_node(kNew)->revoked.has_value());
}

// --- renewal

TEST_F(EnrolmentTest, ACertificateIsRenewedForTheSameKey) {
  const std::string first = enrol(candidate_, code_).certificate;
  const std::string serial = crypto::read_certificate(first).serial;
  EXPECT_EQ(fixture_.enrolment.renew(kNew, serial, kMorning + hours{1}), first) << "asked again: the same";
  const std::string second = fixture_.enrolment.renew(kNew, serial, kMorning + days{640});
  EXPECT_EQ(crypto::public_key_of(second), candidate_.tls.public_pem);
  EXPECT_GT(crypto::read_certificate(second).not_after, crypto::read_certificate(first).not_after);
  EXPECT_EQ(store_.find_certified(serial), kNew) << "until it ends by itself";
  EXPECT_EQ(store_.find_certified(crypto::read_certificate(second).serial), kNew);
  EXPECT_THROW((void)fixture_.enrolment.renew(NodeId{"n-1"}, serial, kMorning), Error);
  EXPECT_THROW((void)fixture_.enrolment.renew(kNew, "00", kMorning), Error);
  // Revoked, both go.
  fixture_.enrolment.revoke(kNew, "", kMorning + days{641});
  EXPECT_THROW((void)fixture_.enrolment.renew(kNew, serial, kMorning + days{641}), Error);
  fixture_.enrolment.shut_out(kNew, kMorning + days{641});
  EXPECT_THAT(crypto::read_revocation_list(fixture_.gate.current_list()).serials, SizeIs(2));
}

}  // namespace
}  // namespace loa::server
