// Bundles of live channels, grants, and what an air must not say.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/wire/grant.h"
#include "common/wire/live.h"
#include "tests/unit/common/wire/samples.h"

namespace loa::wire {
namespace {

using nlohmann::json;

const StationId kStation{"phu-lien"};

Bytes frame_of(std::size_t size, std::uint8_t value) {
  return Bytes(size, value);
}

LiveBundle opened(ByteView message, const crypto::PublicKey& key) {
  auto result = open_bundle(message, key);
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    ADD_FAILURE() << to_string(refusal->check) << ": " << refusal->detail;
    return {};
  }
  return std::get<LiveBundle>(result);
}

Check refused(ByteView message, const crypto::PublicKey& key) {
  const auto result = open_bundle(message, key);
  return std::holds_alternative<Refusal>(result) ? std::get<Refusal>(result).check : Check::kSequence;
}

TEST(LiveBundle, ComesBackWhateverTheLengthsOfItsFrames) {
  const crypto::SecretKey key = sample_key();
  const std::vector<Bytes> frames = {frame_of(1, 1),   frame_of(0, 0),    frame_of(251, 2), frame_of(252, 3),
                                     frame_of(253, 4), frame_of(1274, 5), frame_of(1275, 6)};
  const LiveBundle bundle = opened(seal_bundle(0xFEDCBA98U, frames, key), key.public_key());
  EXPECT_EQ(bundle.first, 0xFEDCBA98U);
  EXPECT_EQ(bundle.frames, frames);
}

TEST(LiveBundle, CostsSoManyOctetsAndNoMore) {
  const std::vector<Bytes> frames(5, frame_of(60, 1));
  EXPECT_EQ(seal_bundle(0, frames, sample_key()).size(), 64U + 4U + 5U * 61U);
}

TEST(LiveBundle, NothingOfItIsBelievedWithoutItsSignature) {
  const crypto::SecretKey key = sample_key();
  const std::vector<Bytes> frames(5, frame_of(60, 1));
  const Bytes message = seal_bundle(7, frames, key);
  EXPECT_EQ(refused(message, crypto::SecretKey::make().public_key()), Check::kSignature);
  for (const std::size_t at : {std::size_t{0}, std::size_t{64}, message.size() - 1}) {
    Bytes changed = message;
    changed[at] ^= 1U;
    EXPECT_EQ(refused(changed, key.public_key()), Check::kSignature) << at;
  }
}

TEST(LiveBundle, WhatDoesNotFitIsRefused) {
  const crypto::SecretKey key = sample_key();
  const auto sign = [&](const Bytes& content) {
    const crypto::Signature signature =
        key.sign(view_bytes(encode_pae("application/vnd.loa.live.v1", view_text(content))));
    Bytes message(signature.bytes.begin(), signature.bytes.end());
    for (const std::uint8_t octet : content) message.push_back(octet);
    return message;
  };
  EXPECT_EQ(refused(sign({0, 0, 0, 1}), key.public_key()), Check::kLength) << "no frame";
  EXPECT_EQ(refused(sign({0, 0, 0, 1, 3, 9, 9}), key.public_key()), Check::kBody) << "cut off";
  EXPECT_EQ(refused(sign({0, 0, 0, 1, 252}), key.public_key()), Check::kBody) << "half a length";
  EXPECT_EQ(refused(sign({0xFF, 0xFF, 0xFF, 0xFF, 1, 9}), key.public_key()), Check::kBody) << "behind the last number";
  Bytes many{0, 0, 0, 0};
  for (std::size_t i = 0; i <= kMostFrames; ++i) many.insert(many.end(), {1, 9});
  EXPECT_EQ(refused(sign(many), key.public_key()), Check::kBody) << "too many";
  EXPECT_EQ(refused(Bytes(20'000), key.public_key()), Check::kLength);
}

TEST(LiveTopic, IsExactlyOurs) {
  const std::string topic = live_topic(kStation, PlayId{"l-1"});
  EXPECT_EQ(topic, "loa/1/phu-lien/live/l-1");
  EXPECT_EQ(parse_live_topic(topic, kStation), PlayId{"l-1"});
  EXPECT_FALSE(parse_topic(topic));
  for (const char* other :
       {"loa/1/phu-lien/live/", "loa/1/phu-lien/live/l-1/x", "loa/1/other/live/l-1", "loa/1/phu-lien/live/+"})
    EXPECT_FALSE(parse_live_topic(other, kStation)) << other;
}

class AirRules : public testing::Test {
 protected:
  // The sample with one air's field changed; empty: taken out.
  static bool is_taken(std::size_t which, const std::string& field, const json& value) {
    json body = json::parse(encode_body(sample("air").header, sample("air").body));
    json& air = body["airs"][which];
    if (value.is_null())
      air.erase(field);
    else
      air[field] = value;
    return std::holds_alternative<Message>(decode_body(MessageType::kAir, body.dump()));
  }
};

TEST_F(AirRules, OfClipAndChannelOneMustStandThere) {
  EXPECT_FALSE(is_taken(0, "channel", nullptr));
  EXPECT_FALSE(is_taken(1, "clip", nullptr));
}

TEST_F(AirRules, ItEndsAfterItsChimeAndWithinADay) {
  const std::int64_t start = to_us(std::get<OnAir>(sample("air").body).airs[0].start);
  EXPECT_FALSE(is_taken(0, "until_us", start + 3'300'000)) << "the chime and its pause are 3.3 s";
  EXPECT_TRUE(is_taken(0, "until_us", start + 3'300'001));
  EXPECT_TRUE(is_taken(0, "until_us", start + 86'400'000'000));
  EXPECT_FALSE(is_taken(0, "until_us", start + 86'400'000'001));
}

TEST_F(AirRules, ARepeatIsNoShorterThanItsClip) {
  EXPECT_TRUE(is_taken(1, "every_ms", 61'250));
  EXPECT_FALSE(is_taken(1, "every_ms", 61'249));
  EXPECT_FALSE(is_taken(0, "every_ms", 61'250)) << "a channel is not repeated";
}

TEST_F(AirRules, OnlyAnEmergencyHasAGrant) {
  EXPECT_FALSE(is_taken(0, "grant", "{}"));
  EXPECT_FALSE(is_taken(1, "class", "priority"));
}

TEST_F(AirRules, APlayStandsThereOnce) {
  EXPECT_FALSE(is_taken(1, "play", "l-0f1e2d3c4b5a6978"));
}

TEST(AirBooks, OneByItselfComesBack) {
  for (const Air& air : std::get<OnAir>(sample("air").body).airs) EXPECT_EQ(decode_air(encode_air(air)), air);
  EXPECT_FALSE(decode_air("{}"));
}

class Grants : public testing::Test {
 protected:
  Grants() { air_.grant = encode_grant(kStation, 1, now_, {air_.play, sound_of(air_), air_.until}, key_); }
  std::optional<Check> check(const Air& air, WallTime now, const StationId& station = kStation) {
    const std::string id = crypto::key_id(key_.public_key());
    const auto refusal = check_grant(
        air, station, now, [&](std::string_view wanted) { return wanted == id ? &key_.public_key() : nullptr; });
    if (!refusal) return std::nullopt;
    return refusal->check;
  }
  const crypto::SecretKey key_ = sample_key();
  Air air_ = std::get<OnAir>(sample("air").body).airs[1];
  const WallTime now_ = wall_from_station(air_.start);
};

TEST_F(Grants, IsGoodForWhatItNames) {
  EXPECT_EQ(check(air_, now_), std::nullopt);
  EXPECT_EQ(check(air_, WallTime::max()), std::nullopt) << "a node without time judges no date";
}

TEST_F(Grants, IsGoodForNothingElse) {
  Air other = air_;
  other.play = PlayId{"l-2"};
  EXPECT_EQ(check(other, now_), Check::kBody);
  other = air_;
  other.clip->clip = ClipHash{digest_of('c')};
  EXPECT_EQ(check(other, now_), Check::kBody);
  other = air_;
  other.until += seconds{1};
  EXPECT_EQ(check(other, now_), Check::kBody);
  other.until = air_.until - seconds{1};
  EXPECT_EQ(check(other, now_), std::nullopt) << "shorter is within it";
  EXPECT_EQ(check(air_, now_, StationId{"another"}), Check::kStation);
  EXPECT_EQ(check(air_, wall_from_station(air_.until)), Check::kFreshness);
}

TEST_F(Grants, ByAnotherKeyItIsNone) {
  air_.grant = encode_grant(kStation, 1, now_, {air_.play, sound_of(air_), air_.until}, crypto::SecretKey::make());
  EXPECT_EQ(check(air_, now_), Check::kKey);
  air_.grant = "x";
  EXPECT_EQ(check(air_, now_), Check::kEnvelope);
}

TEST_F(Grants, OfSpeechNamesItsChannel) {
  Air speech = std::get<OnAir>(sample("air").body).airs[0];
  EXPECT_EQ(sound_of(speech).size(), 44U);
}

}  // namespace
}  // namespace loa::wire
