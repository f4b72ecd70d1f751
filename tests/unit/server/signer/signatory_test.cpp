// Each rule by which the signer refuses, and the sequence.
#include "server/signer/signatory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/vocabulary.h"
#include "tests/support/root_key.h"

namespace loa::signer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const StationId kStation{"phu-lien"};
const std::string kNode = "node:tdp-01";
// 2026-11-24, 07:00 in Vietnam.
const WallTime kMorning = *parse_utc("2026-11-24T00:00:00Z");

class SignatoryTest : public testing::Test {
 protected:
  SignatoryTest() {
    policy_.by_default.quiet = QuietHours{21h, 5h};
    policy_.by_default.longest_play = 10min;
    policy_.by_default.starts_per_hour = 2;
    policy_.by_default.ceiling_pct.fill(80);
    policy_.nodes[NodeId{"tdp-02"}] = test::open_policy().by_default;
    start(0);
  }

  void start(std::int64_t used) {
    signatory_.emplace(kStation, crypto::SecretKey::from_seed({7}), policy_, used, [this](std::int64_t until) {
      if (is_disk_broken_) throw Error("file.cannot_write", {"sequence", "broken"});
      reserved_.push_back(until);
    });
  }

  Signed sign(const wire::Body& body, const std::string& audience = kNode, WallTime now = kMorning) {
    return signatory_->sign(audience, body, now);
  }
  // "rule: detail" of the refusal, or empty.
  std::string refusal(const wire::Body& body, const std::string& audience = kNode, WallTime now = kMorning) {
    try {
      (void)sign(body, audience, now);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), kRefused);
      EXPECT_TRUE(is_known_text(error.code()));
      EXPECT_FALSE(is_away(error));
      return error.text().args.at(0) + ": " + error.text().args.at(1);
    }
    return "";
  }

  static wire::Plan plan(const std::vector<WallTime>& starts, milliseconds duration = 1min, int volume_pct = 80) {
    wire::Plan plan;
    plan.from = station_from_wall(kMorning);
    plan.until = station_from_wall(kMorning + std::chrono::days{7});
    const ClipHash clip{std::string(64, 'a')};
    plan.clips[clip] = {1000, duration};
    for (const WallTime start : starts)
      plan.plays.push_back({PlayId{"p-" + std::to_string(plan.plays.size())}, AnnouncementId{"a"},
                            AnnouncementClass::kNormal, station_from_wall(start), 1min, volume_pct, clip});
    return plan;
  }
  static wire::ClockReply clock(WallTime t2, WallTime t3) {
    return {"nonce-0123456789ab", 1, station_from_wall(t2), station_from_wall(t3)};
  }

  Policy policy_ = test::open_policy();
  std::optional<Signatory> signatory_;
  std::vector<std::int64_t> reserved_;
  bool is_disk_broken_ = false;
};

TEST_F(SignatoryTest, TheHeaderIsTheSignersAndTheSignatureHolds) {
  const Signed what = sign(wire::StopOrder{PlayId{"p-1"}, "test"});
  wire::Expectation expectation{kStation, {kNode}, std::string{wire::kServer}, kMorning};
  const auto opened =
      wire::open_message(wire::MessageType::kOrder, view_bytes(what.envelope()), expectation,
                         [&](std::string_view id) { return id == what.key_id ? &signatory_->public_key() : nullptr; });
  ASSERT_TRUE(std::holds_alternative<wire::Received>(opened)) << std::get<wire::Refusal>(opened).detail;
  const auto& received = std::get<wire::Received>(opened);
  EXPECT_EQ(received.body, what.body);
  EXPECT_EQ(received.message.header.seq, what.seq);
  EXPECT_EQ(received.message.header.issued, kMorning);
  EXPECT_EQ(received.message.header.not_after, kMorning + 60s);
  EXPECT_EQ(std::get<wire::StopOrder>(received.message.body), (wire::StopOrder{PlayId{"p-1"}, "test"}));
}

TEST_F(SignatoryTest, EachTypeIsGoodForItsTime) {
  const auto lasts = [](const Signed& what) {
    const auto decoded = wire::decode_body(what.type, what.body);
    return std::get<wire::Message>(decoded).header.not_after - what.issued;
  };
  EXPECT_EQ(lasts(sign(plan({}))), std::chrono::days{8});
  EXPECT_EQ(lasts(sign(wire::Ack{{PlayId{"p"}}})), 60s);
  EXPECT_EQ(lasts(sign(clock(kMorning, kMorning))), 5s);
  EXPECT_EQ(lasts(sign(wire::ServerState{wire::Presence::kOnline, "b"}, "nodes")), std::chrono::days{365});
}

TEST_F(SignatoryTest, SignsNothingThatIsAnothersToSay) {
  for (const wire::Body& body :
       {wire::Body{wire::Trust{}}, wire::Body{test::open_policy()}, wire::Body{wire::Status{}},
        wire::Body{wire::Outcomes{}}, wire::Body{wire::ClockRequest{"nonce-0123456789ab", 1}}}) {
    EXPECT_THAT(refusal(body), HasSubstr("type: "));
    EXPECT_THAT(refusal(body, "nodes"), HasSubstr("type: "));
  }
}

TEST_F(SignatoryTest, OneNodeIsNamedWellOrAllAreMeantByWhatIsForAll) {
  for (const char* audience : {"", "nodes", "server", "node:", "tdp-01", "node:TDP", "node:a/b", "node:tdp-01 ",
                               "nodes:tdp-01", "node:node:tdp-01"})
    EXPECT_THAT(refusal(wire::StopOrder{}, audience), HasSubstr("audience: ")) << audience;
  for (const char* audience : {"", "node:tdp-01", "server", "Nodes"})
    EXPECT_THAT(refusal(wire::ServerState{wire::Presence::kOnline, "b"}, audience), HasSubstr("audience: "))
        << audience;
  EXPECT_EQ(refusal(wire::StopOrder{}), "");
  EXPECT_EQ(refusal(wire::ServerState{wire::Presence::kOnline, "b"}, "nodes"), "");
}

TEST_F(SignatoryTest, AClockReplyTellsThisMachinesTime) {
  EXPECT_EQ(refusal(clock(kMorning - 40ms, kMorning)), "");
  EXPECT_EQ(refusal(clock(kMorning - 1s, kMorning - 1s)), "");
  EXPECT_EQ(refusal(clock(kMorning, kMorning + 1s)), "");
  EXPECT_THAT(refusal(clock(kMorning - 1001ms, kMorning - 1001ms)), HasSubstr("clock: t3"));
  EXPECT_THAT(refusal(clock(kMorning, kMorning + 1001ms)), HasSubstr("clock: t3"));
  EXPECT_THAT(refusal(clock(kMorning - 12h, kMorning - 12h)), HasSubstr("clock: t3"));
  EXPECT_EQ(refusal(clock(kMorning - 5s, kMorning)), "");
  EXPECT_THAT(refusal(clock(kMorning - 5001ms, kMorning)), HasSubstr("clock: t2"));
  EXPECT_THAT(refusal(clock(kMorning + 1ms, kMorning)), HasSubstr("clock: t2"));
}

TEST_F(SignatoryTest, SignsNoPlayThatThePolicyForbids) {
  EXPECT_EQ(refusal(plan({kMorning + 1h, kMorning + 3h})), "");
  // 03:15 of the next morning.
  const std::string night = refusal(plan({kMorning + 1h, kMorning + 20h + 15min}));
  EXPECT_THAT(night, HasSubstr("policy: p-1 at 2026-11-24T20:15:00.000Z: policy_quiet_hours"));
  EXPECT_THAT(refusal(plan({kMorning + 13h + 59min + 1s})), HasSubstr("policy_quiet_hours")) << "it ends after 21:00";
  EXPECT_THAT(refusal(plan({kMorning + 1h}, 10min + 1ms)), HasSubstr("policy_longest_play"));
  EXPECT_THAT(refusal(plan({kMorning + 1h, kMorning + 65min, kMorning + 70min})), HasSubstr("policy_starts_per_hour"));
  EXPECT_THAT(refusal(plan({kMorning + 1h}, 1min, 81)), HasSubstr("81 % is over the ceiling of 80"));
}

TEST_F(SignatoryTest, AChimeCountsForThePolicy) {
  const auto chimed = [](WallTime start, milliseconds duration) {
    wire::Plan made = plan({start}, duration);
    const ClipHash chime{std::string(64, 'c')};
    made.clips[chime] = {100, 2700ms};
    made.plays[0].chime = chime;
    return made;
  };
  EXPECT_EQ(refusal(chimed(kMorning + 1h, 10min - 3s)), "");
  EXPECT_THAT(refusal(chimed(kMorning + 1h, 10min - 2999ms)), HasSubstr("policy_longest_play"));
  EXPECT_EQ(refusal(chimed(kMorning + 13h + 59min, 57s)), "");
  EXPECT_THAT(refusal(chimed(kMorning + 13h + 59min, 57s + 1ms)), HasSubstr("policy_quiet_hours"));
}

TEST_F(SignatoryTest, APlayIsJudgedWhenItIsHeardAndNotWhenItIsDue) {
  wire::Plan late = plan({kMorning + 13h + 59min});
  EXPECT_EQ(refusal(late), "");
  late.delay = 1ms;
  EXPECT_THAT(refusal(late), HasSubstr("policy_quiet_hours")) << "it ends after 21:00";
  late.delay = -500ms;
  EXPECT_EQ(refusal(late), "");
}

TEST_F(SignatoryTest, EachNodeIsJudgedByItsOwnRules) {
  EXPECT_EQ(refusal(plan({kMorning + 20h}, 1min, 100), "node:tdp-02"), "");
  EXPECT_THAT(refusal(plan({kMorning + 20h})), HasSubstr("policy_quiet_hours"));
}

TEST_F(SignatoryTest, APlayWhoseLengthIsNotToldIsNotJudgedAndNotSigned) {
  wire::Plan without = plan({kMorning + 1h});
  without.clips.clear();
  EXPECT_THAT(refusal(without), HasSubstr("policy: p-0: a clip of it is not listed"));
  wire::Plan without_chime = plan({kMorning + 1h});
  without_chime.plays[0].chime = ClipHash{std::string(64, 'c')};
  EXPECT_THAT(refusal(without_chime), HasSubstr("policy: p-0: a clip of it is not listed"));
}

TEST_F(SignatoryTest, SignsNoBodyThatNoNodeWouldTake) {
  wire::Ack ack;
  while (ack.plays.size() * 64 < wire::kLongestBody) ack.plays.emplace_back(std::string(64, 'p'));
  EXPECT_THAT(refusal(ack), HasSubstr("length: "));
}

TEST_F(SignatoryTest, TheSequenceFollowsTheClockAndNeverGoesBack) {
  const std::int64_t first = sign(wire::StopOrder{}).seq;
  EXPECT_EQ(first, to_us(kMorning));
  EXPECT_EQ(sign(wire::StopOrder{}).seq, first + 1);
  EXPECT_EQ(sign(wire::StopOrder{}, kNode, kMorning - 24h).seq, first + 2) << "the clock was set back";
  EXPECT_EQ(sign(wire::StopOrder{}, kNode, kMorning + 1s).seq, first + 1'000'000);
}

TEST_F(SignatoryTest, ARefusalUsesUpNoSequence) {
  const std::int64_t first = sign(wire::StopOrder{}).seq;
  EXPECT_NE(refusal(wire::StopOrder{}, "nodes"), "");
  EXPECT_EQ(sign(wire::StopOrder{}).seq, first + 1);
}

TEST_F(SignatoryTest, TheSequenceIsReservedAheadAndSeldom) {
  EXPECT_THAT(reserved_, IsEmpty());
  for (int i = 0; i < 100; ++i) (void)sign(wire::StopOrder{}, kNode, kMorning + i * 500ms);
  EXPECT_THAT(reserved_, ElementsAre(to_us(kMorning + kReserve)));
  (void)sign(wire::StopOrder{}, kNode, kMorning + kReserve);
  EXPECT_THAT(reserved_, SizeIs(1)) << "the last one that is reserved";
  (void)sign(wire::StopOrder{}, kNode, kMorning + kReserve);
  EXPECT_THAT(reserved_, SizeIs(2));
}

TEST_F(SignatoryTest, AfterARestartNothingIsUsedTwiceWhateverTheClockSays) {
  std::int64_t last = 0;
  for (int i = 0; i < 10; ++i) last = sign(wire::StopOrder{}).seq;
  start(reserved_.back());
  const std::int64_t next = sign(wire::StopOrder{}, kNode, kMorning - 24h).seq;
  EXPECT_GT(next, last);
  EXPECT_EQ(next, to_us(kMorning + kReserve) + 1);
}

TEST_F(SignatoryTest, WithoutItsReservationNothingIsSigned) {
  is_disk_broken_ = true;
  EXPECT_THAT(refusal(wire::StopOrder{}), HasSubstr("state: "));
  is_disk_broken_ = false;
  EXPECT_EQ(refusal(wire::StopOrder{}), "");
  EXPECT_THAT(reserved_, SizeIs(1));
}

}  // namespace
}  // namespace loa::signer
