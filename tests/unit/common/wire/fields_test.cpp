// Every field of every body: left out, of another type, beyond its bounds, twice. One table says what a field may be;
// tests/checks/protocol.py holds docs/asyncapi.yaml against the same samples.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/common/wire/samples.h"

namespace loa::wire {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostUs = 9'007'199'254'740'991;
constexpr std::int64_t kWeekMs = 604'800'000;

enum class Kind { kInteger, kReal, kText, kId, kDigest, kWord, kFlag, kArray, kObject };
enum class Need { kRequired, kOptional };
// Whether the bounds themselves are fine here, or another rule refuses them.
enum class Bounds { kTaken, kOtherRule };

struct Field {
  std::string pointer;
  Kind kind;
  Need need = Need::kRequired;
  std::int64_t least = 0;  // of a number
  std::int64_t most = 0;   // of a number, of the octets of a text, of the items of a container
  Bounds bounds = Bounds::kTaken;

  [[nodiscard]] std::string leaf() const { return pointer.substr(pointer.rfind('/') + 1); }
};

struct Table {
  std::string sample;
  std::vector<Field> fields;
};

constexpr auto kOptional = Need::kOptional;
constexpr auto kRequired = Need::kRequired;
constexpr auto kOther = Bounds::kOtherRule;

const std::vector<Field>& header_fields() {
  static const std::vector<Field> fields = {
      {"/station", Kind::kId},
      {"/audience", Kind::kText, kRequired, 0, 80},
      {"/sender", Kind::kText, kRequired, 0, 80},
      {"/seq", Kind::kInteger, kRequired, 1, kMostUs},
      {"/issued_us", Kind::kInteger, kRequired, 0, kMostUs},
      {"/not_after_us", Kind::kInteger, kRequired, 0, kMostUs},
  };
  return fields;
}

const std::vector<Table>& tables() {
  static const std::string clip = "/clips/" + digest_of('a');
  static const std::string chime = "/clips/" + digest_of('b');
  static const std::vector<Table> all = {
      {"plan_one",
       {{"/from_us", Kind::kInteger, kRequired, 0, kMostUs, kOther},
        {"/until_us", Kind::kInteger, kRequired, 0, kMostUs, kOther},
        {"/clips", Kind::kObject, kRequired, 0, 1000},
        {clip + "/bytes", Kind::kInteger, kRequired, 1, 1LL << 32},
        {clip + "/duration_ms", Kind::kInteger, kRequired, 1, kWeekMs},
        {chime + "/bytes", Kind::kInteger, kRequired, 1, 1LL << 32},
        {chime + "/duration_ms", Kind::kInteger, kRequired, 1, kWeekMs, kOther},
        {"/plays", Kind::kArray, kRequired, 0, 1000},
        {"/plays/0/play", Kind::kId},
        {"/plays/0/announcement", Kind::kId},
        {"/plays/0/class", Kind::kWord},
        {"/plays/0/start_us", Kind::kInteger, kRequired, 0, kMostUs},
        {"/plays/0/late_ms", Kind::kInteger, kRequired, 0, 86'400'000},
        {"/plays/0/volume_pct", Kind::kInteger, kRequired, 0, 100},
        {"/plays/0/clip", Kind::kDigest},
        {"/plays/0/chime", Kind::kDigest, kOptional},
        {"/plays/0/longest_ms", Kind::kInteger, kOptional, 1, kWeekMs, kOther},
        {"/delay_ms", Kind::kInteger, kOptional, -500, 500}}},
      {"order",
       {{"/order", Kind::kWord}, {"/play", Kind::kId, kOptional}, {"/reason", Kind::kText, kOptional, 0, 200}}},
      {"order_self_test",
       {{"/order", Kind::kWord}, {"/test", Kind::kId}, {"/volume_pct", Kind::kInteger, kRequired, 1, 100}}},
      {"air",
       {{"/airs", Kind::kArray, kRequired, 0, 16},
        {"/airs/0/play", Kind::kId},
        {"/airs/0/announcement", Kind::kId},
        {"/airs/0/class", Kind::kWord},
        {"/airs/0/start_us", Kind::kInteger, kRequired, 0, kMostUs, kOther},
        {"/airs/0/until_us", Kind::kInteger, kRequired, 0, kMostUs, kOther},
        {"/airs/0/volume_pct", Kind::kInteger, kRequired, 0, 100},
        {"/airs/0/nodes", Kind::kArray, kOptional, 0, 1000},
        {"/airs/0/chime", Kind::kObject, kOptional, 0, 8},
        {"/airs/0/chime/clip", Kind::kDigest},
        {"/airs/0/chime/bytes", Kind::kInteger, kRequired, 1, 1LL << 32},
        {"/airs/0/chime/duration_ms", Kind::kInteger, kRequired, 1, kWeekMs, kOther},
        {"/airs/1/clip/duration_ms", Kind::kInteger, kRequired, 1, kWeekMs, kOther},
        {"/airs/1/every_ms", Kind::kInteger, kOptional, 1, kWeekMs, kOther},
        {"/airs/1/grant", Kind::kText, kOptional, 0, 4096}}},
      {"ack", {{"/plays", Kind::kArray, kRequired, 0, 100}}},
      {"clock_reply",
       {{"/nonce", Kind::kText, kRequired, 16, 64},
        {"/t1_us", Kind::kInteger, kRequired, 0, kMostUs},
        {"/t2_us", Kind::kInteger, kRequired, 0, kMostUs},
        {"/t3_us", Kind::kInteger, kRequired, 0, kMostUs}}},
      {"clock_request",
       {{"/nonce", Kind::kText, kRequired, 16, 64}, {"/t1_us", Kind::kInteger, kRequired, 0, kMostUs}}},
      {"server", {{"/state", Kind::kWord}, {"/boot", Kind::kText, kRequired, 0, 64}}},
      {"audit", {{"/row", Kind::kInteger, kRequired, 1, kMostUs}, {"/hash", Kind::kDigest}}},
      {"trust",
       {{"/keys", Kind::kArray, kRequired, 0, 64},
        {"/keys/0/public_key", Kind::kText, kRequired, 0, 44, kOther},
        {"/keys/0/role", Kind::kWord},
        {"/keys/0/label", Kind::kText, kRequired, 0, 100},
        {"/keys/0/from_us", Kind::kInteger, kRequired, 0, kMostUs, kOther},
        {"/keys/0/until_us", Kind::kInteger, kRequired, 0, kMostUs, kOther},
        {"/keys/0/state", Kind::kWord}}},
      {"policy",
       {{"/utc_offset_min", Kind::kInteger, kRequired, -720, 840},
        {"/default", Kind::kObject, kRequired, 0, 32},
        {"/default/quiet", Kind::kObject, kOptional, 0, 8},
        {"/default/quiet/from_min", Kind::kInteger, kRequired, 0, 1439},
        {"/default/quiet/to_min", Kind::kInteger, kRequired, 0, 1439},
        {"/default/ceiling_pct", Kind::kArray, kRequired, 24, 24},
        {"/default/longest_play_s", Kind::kInteger, kRequired, 1, 86'400},
        {"/default/minutes_per_day", Kind::kInteger, kRequired, 0, 1440},
        {"/default/starts_per_hour", Kind::kInteger, kRequired, 0, 3600},
        {"/nodes", Kind::kObject, kRequired, 0, 1000},
        {"/nodes/tdp-01", Kind::kObject, kOptional, 0, 32},
        {"/nodes/tdp-01/ceiling_pct", Kind::kArray, kRequired, 24, 24},
        {"/nodes/tdp-01/longest_play_s", Kind::kInteger, kRequired, 1, 86'400},
        {"/nodes/tdp-01/minutes_per_day", Kind::kInteger, kRequired, 0, 1440},
        {"/nodes/tdp-01/starts_per_hour", Kind::kInteger, kRequired, 0, 3600}}},
      {"status",
       {{"/state", Kind::kWord},
        {"/boot", Kind::kText, kRequired, 0, 64},
        {"/version", Kind::kText, kOptional, 0, 64},
        {"/plan", Kind::kDigest, kOptional},
        {"/plan_seq", Kind::kInteger, kOptional, 0, kMostUs},
        {"/clips_wanted", Kind::kInteger, kOptional, 0, 1'000'000},
        {"/live", Kind::kObject, kOptional, 0, 8},
        {"/live/play", Kind::kId},
        {"/live/lost_ms", Kind::kInteger, kRequired, 0, kWeekMs},
        {"/live/ahead_ms", Kind::kInteger, kOptional, -60'000, 60'000},
        {"/clips_ready", Kind::kInteger, kOptional, 0, 1'000'000},
        {"/clock_state", Kind::kWord},
        {"/clock_error_us", Kind::kInteger, kOptional, 0, kMostUs},
        {"/playing", Kind::kId, kOptional},
        {"/outbox", Kind::kInteger, kOptional, 0, 2'147'483'647},
        {"/trust_seq", Kind::kInteger, kOptional, 0, kMostUs},
        {"/policy_seq", Kind::kInteger, kOptional, 0, kMostUs},
        {"/refused", Kind::kObject, kOptional, 0, 32},
        {"/refused/key", Kind::kInteger, kOptional, 0, kMostUs},
        {"/health", Kind::kObject, kOptional, 0, 32},
        {"/health/restart", Kind::kText, kOptional, 0, 16},
        {"/health/uptime_s", Kind::kInteger, kOptional, 0, kMostUs},
        {"/health/volume_pct", Kind::kInteger, kOptional, 0, 100},
        {"/health/level_lufs", Kind::kReal, kOptional, -200, 50},
        {"/health/reconnects", Kind::kInteger, kOptional, 0, kMostUs},
        {"/health/received_bytes", Kind::kInteger, kOptional, 0, kMostUs},
        {"/health/sent_bytes", Kind::kInteger, kOptional, 0, kMostUs},
        {"/health/next_play_us", Kind::kInteger, kOptional, 0, kMostUs},
        {"/health/plays_missing", Kind::kInteger, kOptional, 0, 1000},
        {"/health/disk_free_mb", Kind::kInteger, kOptional, 0, kMostUs},
        {"/health/temperature_c", Kind::kReal, kOptional, -100, 200},
        {"/health/battery_pct", Kind::kInteger, kOptional, 0, 100},
        {"/health/supply", Kind::kText, kOptional, 0, 16},
        {"/health/alarms", Kind::kArray, kRequired, 0, 16},
        {"/health/test", Kind::kObject, kOptional, 0, 32},
        {"/health/test/test", Kind::kId},
        {"/health/test/at_us", Kind::kInteger, kOptional, 0, kMostUs},
        {"/health/test/verdict", Kind::kWord},
        {"/health/test/reason", Kind::kText, kOptional, 0, 32},
        {"/health/test/volume_pct", Kind::kInteger, kRequired, 0, 100},
        {"/health/test/commanded_dbfs", Kind::kReal, kOptional, -300, 50},
        {"/health/test/rendered_dbfs", Kind::kReal, kOptional, -300, 50},
        {"/health/test/heard_dbfs", Kind::kReal, kOptional, -300, 50},
        {"/health/test/snr_db", Kind::kReal, kOptional, -50, 200},
        {"/health/test/delay_ms", Kind::kInteger, kOptional, -10'000, 10'000}}},
      {"outcome_played",
       {{"/outcomes", Kind::kArray, kRequired, 1, 100},
        {"/outcomes/0/play", Kind::kId},
        {"/outcomes/0/announcement", Kind::kId},
        {"/outcomes/0/clip", Kind::kDigest, kOptional},
        {"/outcomes/0/planned_us", Kind::kInteger, kRequired, 0, kMostUs},
        {"/outcomes/0/result", Kind::kWord},
        {"/outcomes/0/reason", Kind::kText, kOptional, 0, 200, kOther},
        {"/outcomes/0/started_us", Kind::kInteger, kOptional, 0, kMostUs},
        {"/outcomes/0/start_error_us", Kind::kInteger, kOptional, -kMostUs, kMostUs},
        {"/outcomes/0/heard_ms", Kind::kInteger, kRequired, 0, kWeekMs},
        {"/outcomes/0/loudness_lufs", Kind::kReal, kOptional, -200, 50},
        {"/outcomes/0/peak_dbfs", Kind::kReal, kOptional, -300, 50},
        {"/outcomes/0/clock_state", Kind::kWord},
        {"/outcomes/0/clock_error_us", Kind::kInteger, kOptional, 0, kMostUs},
        {"/outcomes/0/historical", Kind::kFlag, kOptional}}},
  };
  return all;
}

MessageType type_of_sample(const std::string& name) {
  return type_of(sample(name).body);
}

json body_of(const std::string& name) {
  return json::parse(encode_body(sample(name).header, sample(name).body));
}

// "taken", or what the refusal says; anything but Check::kBody fails the test.
std::string judge(const std::string& name, const std::string& body) {
  const auto read = decode_body(type_of_sample(name), body);
  const auto* refusal = std::get_if<Refusal>(&read);
  if (refusal == nullptr) return "taken";
  EXPECT_EQ(refusal->check, Check::kBody) << refusal->detail;
  return refusal->detail;
}

// The body with one value replaced by text that need not be JSON.
std::string with_raw(const json& body, const std::string& pointer, const std::string& raw) {
  json marked = body;
  marked[json::json_pointer(pointer)] = "@@";
  std::string text = marked.dump();
  const std::size_t at = text.find("\"@@\"");
  EXPECT_NE(at, std::string::npos) << pointer;
  return text.replace(at, 4, raw);
}

template <class Use>
void for_each_field(Use&& use) {
  for (const Table& table : tables()) {
    std::vector<Field> fields = header_fields();
    fields.insert(fields.end(), table.fields.begin(), table.fields.end());
    const json body = body_of(table.sample);
    ASSERT_EQ(judge(table.sample, body.dump()), "taken");
    for (const Field& field : fields) {
      SCOPED_TRACE(table.sample + field.pointer);
      use(table.sample, body, field);
    }
  }
}

bool takes(Kind kind, const json& value) {
  switch (kind) {
    case Kind::kInteger:
      return value.is_number_integer();
    case Kind::kReal:
      return value.is_number();
    case Kind::kText:
    case Kind::kId:
    case Kind::kDigest:
    case Kind::kWord:
      return value.is_string();
    case Kind::kFlag:
      return value.is_boolean();
    case Kind::kArray:
      return value.is_array();
    case Kind::kObject:
      return value.is_object();
  }
  return false;
}

TEST(Fields, TheTableNamesEveryFieldThatLeaves) {
  for (const Table& table : tables()) {
    std::vector<Field> fields = header_fields();
    fields.insert(fields.end(), table.fields.begin(), table.fields.end());
    const json leaves = body_of(table.sample).flatten();
    for (const auto& [pointer, value] : leaves.items()) {
      bool named = false;
      for (const Field& field : fields)
        named = named || pointer == field.pointer ||
                (field.kind == Kind::kArray && pointer.starts_with(field.pointer)) || pointer.starts_with("/refused/");
      EXPECT_TRUE(named) << table.sample << pointer;
    }
  }
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kInteger:
      return "integer";
    case Kind::kReal:
      return "real";
    case Kind::kText:
      return "text";
    case Kind::kId:
      return "id";
    case Kind::kDigest:
      return "digest";
    case Kind::kWord:
      return "word";
    case Kind::kFlag:
      return "flag";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
      return "object";
  }
  return "";
}

TEST(Fields, TheTableIsWhatTheDocumentsAreHeldTo) {
  std::string lines;
  for_each_field([&](const std::string& name, const json&, const Field& field) {
    lines += name + "\t" + field.pointer + "\t" + std::string{name_of(field.kind)} + "\t" +
             (field.need == kRequired ? "required" : "optional") + "\t" + std::to_string(field.least) + "\t" +
             std::to_string(field.most) + "\n";
  });
  EXPECT_EQ(lines, golden("fields.tsv", lines));
}

TEST(Fields, LeftOut) {
  for_each_field([](const std::string& name, const json& body, const Field& field) {
    json without = body;
    const json::json_pointer pointer(field.pointer);
    without[pointer.parent_pointer()].erase(field.leaf());
    const std::string verdict = judge(name, without.dump());
    if (field.need == kOptional) {
      EXPECT_EQ(verdict, "taken");
    } else {
      EXPECT_NE(verdict.find(field.leaf() + ": missing"), std::string::npos) << verdict;
    }
  });
}

TEST(Fields, OfAnotherType) {
  for_each_field([](const std::string& name, const json& body, const Field& field) {
    for (const json& value : {json(), json(true), json(1), json(1.5), json("x"), json::array(), json::object()}) {
      if (takes(field.kind, value)) continue;
      json other = body;
      other[json::json_pointer(field.pointer)] = value;
      const std::string verdict = judge(name, other.dump());
      EXPECT_NE(verdict.find(field.leaf() + ": not "), std::string::npos) << value << ": " << verdict;
    }
  });
}

TEST(Fields, NumbersAtTheirBoundsAndBeyond) {
  for_each_field([](const std::string& name, const json& body, const Field& field) {
    if (field.kind != Kind::kInteger && field.kind != Kind::kReal) return;
    const auto with = [&](const json& value) {
      json other = body;
      other[json::json_pointer(field.pointer)] = value;
      return judge(name, other.dump());
    };
    for (const std::int64_t beyond : {field.least - 1, field.most + 1, INT64_MIN, INT64_MAX})
      EXPECT_NE(with(beyond).find(field.leaf() + ": out of range"), std::string::npos) << beyond;
    EXPECT_NE(with(UINT64_MAX).find(field.leaf() + ": out of range"), std::string::npos);
    if (field.bounds == kOther) return;
    EXPECT_EQ(with(field.least), "taken");
    EXPECT_EQ(with(field.most), "taken");
  });
}

TEST(Fields, NumbersThatAreNone) {
  for_each_field([](const std::string& name, const json& body, const Field& field) {
    for (const char* raw : {"NaN",
                            "Infinity",
                            "-Infinity",
                            "1e999",
                            "-1e999",
                            "0x10",
                            "01",
                            "+1",
                            "1.",
                            ".5",
                            "-",
                            "1e",
                            "18446744073709551616",
                            "-9223372036854775809",
                            "1e400",
                            "'1'",
                            "nul",
                            "tru",
                            "",
                            "1 2"}) {
      if (field.kind == Kind::kReal && std::string_view{raw}.size() > 18) continue;  // a real may be that long
      EXPECT_NE(judge(name, with_raw(body, field.pointer, raw)), "taken") << raw;
    }
  });
}

TEST(Fields, TextsAtTheirLengthAndBeyond) {
  for_each_field([](const std::string& name, const json& body, const Field& field) {
    if (field.kind != Kind::kText && field.kind != Kind::kId && field.kind != Kind::kDigest &&
        field.kind != Kind::kWord)
      return;
    const std::int64_t most = field.kind == Kind::kText ? field.most : field.kind == Kind::kWord ? 32 : 64;
    const auto with = [&](std::int64_t size) {
      json other = body;
      other[json::json_pointer(field.pointer)] = std::string(static_cast<std::size_t>(size), 'a');
      return judge(name, other.dump());
    };
    EXPECT_NE(with(most + 1).find("too long"), std::string::npos) << with(most + 1);
    EXPECT_NE(with(100'000).find("too long"), std::string::npos);
    if (field.kind != Kind::kWord && field.bounds != kOther) {
      EXPECT_EQ(with(most), "taken");
    }
    if (field.least > 0) {
      EXPECT_EQ(with(field.least), "taken");
      EXPECT_NE(with(field.least - 1).find("too short"), std::string::npos);
    }
  });
}

TEST(Fields, IdsDigestsAndWordsHaveOneSpelling) {
  for_each_field([](const std::string& name, const json& body, const Field& field) {
    std::vector<std::string> bad;
    if (field.kind == Kind::kId)
      bad = {"-a", "A", "a_b", "a/b", "a b", "a.b", "ă", "../x", "+", "#", std::string("a\0b", 3)};
    if (field.kind == Kind::kDigest)
      bad = {"a", std::string(63, 'a'), std::string(64, 'A'), std::string(64, 'g'), std::string(63, 'a') + " "};
    if (field.kind == Kind::kWord) bad = {"", "x", "Normal", "online ", "stop\n", "PLAYED", "in-doubt"};
    const bool empty_is_none = field.pointer == "/plan" || field.pointer == "/playing";
    if ((field.kind == Kind::kId || field.kind == Kind::kDigest) && !empty_is_none) bad.emplace_back();
    for (const std::string& value : bad) {
      json other = body;
      other[json::json_pointer(field.pointer)] = value;
      EXPECT_NE(judge(name, other.dump()), "taken") << value;
    }
  });
}

TEST(Fields, Twice) {
  for_each_field([](const std::string& name, const json& body, const Field& field) {
    const std::string value = body.at(json::json_pointer(field.pointer)).dump();
    EXPECT_EQ(judge(name, with_raw(body, field.pointer, value)), "taken");
    EXPECT_EQ(judge(name, with_raw(body, field.pointer, value + ",\"" + field.leaf() + "\":" + value)),
              "duplicate key");
  });
}

TEST(Fields, BrokenUtf8) {
  for_each_field([](const std::string& name, const json& body, const Field& field) {
    for (const char* raw : {"\"\xff\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                            "\"\\ud800\"", "\"\x01\"", "\"\\x41\"", "\""})
      EXPECT_NE(judge(name, with_raw(body, field.pointer, raw)), "taken") << raw;
  });
}

TEST(Fields, CutShortAnywhere) {
  for (const Sample& one : samples()) {
    const std::string body = encode_body(one.header, one.body);
    for (std::size_t size = 0; size < body.size(); ++size) {
      const auto read = decode_body(type_of(one.body), std::string_view{body}.substr(0, size));
      ASSERT_TRUE(std::holds_alternative<Refusal>(read)) << one.name << " " << size;
    }
    const auto trailed = decode_body(type_of(one.body), body + "x");
    EXPECT_TRUE(std::holds_alternative<Refusal>(trailed)) << one.name;
  }
}

TEST(Fields, UnknownOnesAreIgnoredAsDeepAsAllowed) {
  for (const Sample& one : samples()) {
    const auto with = [&](std::size_t levels) {
      std::string body = encode_body(one.header, one.body);
      body.insert(1, "\"later\":" + std::string(levels, '[') + std::string(levels, ']') + ",");
      const auto read = decode_body(type_of(one.body), body);
      const auto* refusal = std::get_if<Refusal>(&read);
      return refusal == nullptr ? std::string{"taken"} : refusal->detail;
    };
    EXPECT_EQ(with(11), "taken") << one.name;
    EXPECT_EQ(with(12), "nested too deeply") << one.name;
    EXPECT_EQ(with(50'000), "nested too deeply") << one.name;
  }
}

TEST(Fields, ABodyOfAnotherTypeIsRefused) {
  for (const Sample& one : samples())
    for (const TopicRule& rule : topic_rules()) {
      // A reply holds all that a request does; only the envelope's type parts the two.
      const bool reply_as_request = one.name == "clock_reply" && rule.type == MessageType::kClockRequest;
      const bool status_as_server = one.name.starts_with("status") && rule.type == MessageType::kServer;
      const bool plan_as_ack = one.name == "plan_empty" && rule.type == MessageType::kAck;
      if (rule.type == type_of(one.body) || reply_as_request || status_as_server || plan_as_ack) continue;
      const auto read = decode_body(rule.type, encode_body(one.header, one.body));
      EXPECT_TRUE(std::holds_alternative<Refusal>(read)) << one.name << " as " << rule.payload_type;
    }
}

TEST(Crit, AnyNameIsOneThatThisVersionDoesNotKnow) {
  json body = body_of("order");
  body["crit"] = json::array();
  EXPECT_EQ(judge("order", body.dump()), "taken");
  body["crit"] = {"play"};
  EXPECT_EQ(judge("order", body.dump()), "crit: a field this version does not know");
  body["crit"] = {1};
  EXPECT_EQ(judge("order", body.dump()), "crit: not names");
  for (const json& wrong : {json(), json("play"), json::object(), json(std::vector<int>(17))}) {
    body["crit"] = wrong;
    EXPECT_NE(judge("order", body.dump()), "taken") << wrong;
  }
}

class PlanRules : public ::testing::Test {
 protected:
  std::string judge_plan() const { return judge("plan", body_.dump()); }
  json body_ = body_of("plan");
};

TEST_F(PlanRules, TheWindowIsNotEmpty) {
  body_["until_us"] = body_["from_us"];
  EXPECT_EQ(judge_plan(), "plan: window is empty");
  body_["until_us"] = body_["from_us"].get<std::int64_t>() + 1;
  EXPECT_EQ(judge_plan(), "taken");
  body_["until_us"] = body_["from_us"].get<std::int64_t>() - 1;
  EXPECT_EQ(judge_plan(), "plan: window is empty");
}

TEST_F(PlanRules, PlaysTouchButDoNotOverlap) {
  json& start = body_["plays"][1]["start_us"];  // the sample's two touch
  start = start.get<std::int64_t>() - 1;
  EXPECT_EQ(judge_plan(), "plays: overlap or not in order");
}

TEST_F(PlanRules, PlaysAscend) {
  std::swap(body_["plays"][0], body_["plays"][1]);
  EXPECT_EQ(judge_plan(), "plays: overlap or not in order");
}

TEST_F(PlanRules, APlayStandsOnce) {
  body_["plays"][1]["play"] = body_["plays"][0]["play"];
  EXPECT_EQ(judge_plan(), "play: twice in one plan");
}

TEST_F(PlanRules, EveryClipIsListed) {
  body_["plays"][1]["clip"] = digest_of('d');
  EXPECT_EQ(judge_plan(), "play: a clip of it is not listed");
}

TEST_F(PlanRules, AChimeIsListedToo) {
  body_["plays"][0]["chime"] = digest_of('d');
  EXPECT_EQ(judge_plan(), "play: a clip of it is not listed");
}

TEST_F(PlanRules, AChimeAndItsPauseTakeTheirTime) {
  json& plays = body_["plays"];
  plays[0]["chime"] = digest_of('b');
  EXPECT_EQ(judge_plan(), "plays: overlap or not in order");
  plays[1]["start_us"] = plays[1]["start_us"].get<std::int64_t>() + 3'300'000;
  EXPECT_EQ(judge_plan(), "taken");
  plays[1]["start_us"] = plays[1]["start_us"].get<std::int64_t>() - 1;
  EXPECT_EQ(judge_plan(), "plays: overlap or not in order");
}

TEST_F(PlanRules, WhatIsCutHasSomethingOfItsAnnouncement) {
  body_["plays"].erase(1);
  json& play = body_["plays"][0];
  play["longest_ms"] = 1;
  EXPECT_EQ(judge_plan(), "taken");
  play["longest_ms"] = kWeekMs;
  EXPECT_EQ(judge_plan(), "taken");
  play["chime"] = digest_of('b');
  play["longest_ms"] = 3'300;
  EXPECT_EQ(judge_plan(), "play: it would end before its announcement");
  play["longest_ms"] = 3'301;
  EXPECT_EQ(judge_plan(), "taken");
}

TEST_F(PlanRules, ClipsAreNamedByDigests) {
  body_["clips"]["x"] = body_["clips"][digest_of('a')];
  EXPECT_EQ(judge_plan(), "plan.clips: not a SHA-256");
}

TEST_F(PlanRules, TheLastInstantsAddUpWithoutOverflow) {
  body_["plays"].erase(1);
  body_["plays"][0]["start_us"] = kMostUs;
  body_["clips"][digest_of('a')]["duration_ms"] = kWeekMs;
  EXPECT_EQ(judge_plan(), "taken");
}

// 1,000 plays and 1,000 clips fit the body only with short ids: both limits hold.
TEST_F(PlanRules, AThousandPlaysAndNoMore) {
  const json clip = body_["clips"][digest_of('a')];
  json play = body_["plays"][0];
  play["announcement"] = "a";
  body_["clips"] = {{digest_of('a'), {{"bytes", 1}, {"duration_ms", 1}}}};
  body_["plays"] = json::array();
  for (int i = 0; i < 1000; ++i) {
    play["play"] = "s-" + std::to_string(i);
    play["start_us"] = play["start_us"].get<std::int64_t>() + 1000;
    body_["plays"].push_back(play);
  }
  EXPECT_EQ(judge_plan(), "taken");
  play["play"] = "s-1000";
  play["start_us"] = play["start_us"].get<std::int64_t>() + 1000;
  body_["plays"].push_back(play);
  EXPECT_EQ(judge_plan(), "plan.plays: too many");
}

TEST_F(PlanRules, AThousandClipsAndNoMore) {
  body_["plays"] = json::array();
  body_["clips"] = json::object();
  for (int i = 0; i < 1000; ++i)
    body_["clips"][digest_of('0').substr(4) + std::to_string(1000 + i)] = {{"bytes", 1}, {"duration_ms", 1}};
  EXPECT_EQ(judge_plan(), "taken");
  body_["clips"][digest_of('a')] = {{"bytes", 1}, {"duration_ms", 1}};
  EXPECT_EQ(judge_plan(), "plan.clips: too many");
}

TEST(OutcomeRules, OneToAHundred) {
  json body = body_of("outcome_played");
  const json one = body["outcomes"][0];
  body["outcomes"] = json::array();
  EXPECT_EQ(judge("outcome", body.dump()), "outcomes: empty");
  body["outcomes"] = json::array_t(100, one);
  EXPECT_EQ(judge("outcome", body.dump()), "taken");
  body["outcomes"].push_back(one);
  EXPECT_EQ(judge("outcome", body.dump()), "outcome.outcomes: too many");
}

TEST(OutcomeRules, AReasonWhenItWasNotPlayedOrLackedItsChimeAndElseNone) {
  const std::string rule = "outcome.reason: present exactly when it was not played, or lacked its chime";
  json body = body_of("outcome_played");
  json& one = body["outcomes"][0];
  one["reason"] = "joined_late";
  EXPECT_EQ(judge("outcome", body.dump()), rule);
  one["reason"] = "chime_missing";
  EXPECT_EQ(judge("outcome", body.dump()), "taken");
  one["result"] = "late";
  EXPECT_EQ(judge("outcome", body.dump()), rule);
  one["reason"] = "joined_late";
  EXPECT_EQ(judge("outcome", body.dump()), "taken");
  one["reason"] = std::string(200, 'a');
  EXPECT_EQ(judge("outcome", body.dump()), "taken");
  one.erase("reason");
  EXPECT_EQ(judge("outcome", body.dump()), rule);
}

TEST(AckRules, AHundredIdsAndNoMore) {
  json body = body_of("ack");
  body["plays"] = json::array_t(100, json("s-1"));
  EXPECT_EQ(judge("ack", body.dump()), "taken");
  body["plays"].push_back("s-1");
  EXPECT_EQ(judge("ack", body.dump()), "ack.plays: too many");
  for (const json& wrong :
       {json(), json(1), json(""), json("A"), json("a/b"), json(std::string(65, 'a')), json::array()}) {
    body["plays"] = {"s-1", wrong};
    EXPECT_EQ(judge("ack", body.dump()), "plays: not an id") << wrong;
  }
}

TEST(StatusRules, CountsOfAtMost32Checks) {
  json body = body_of("status");
  body["refused"] = json::object();
  for (int i = 0; i < 32; ++i) body["refused"]["check-" + std::to_string(i)] = i;
  EXPECT_EQ(judge("status", body.dump()), "taken");
  body["refused"]["check-32"] = 1;
  EXPECT_EQ(judge("status", body.dump()), "status.refused: too many");
  body["refused"] = {{std::string(32, 'a'), 1}};
  EXPECT_EQ(judge("status", body.dump()), "taken");
  body["refused"] = {{std::string(33, 'a'), 1}};
  EXPECT_EQ(judge("status", body.dump()), "status.refused: too long");
  body["refused"] = {{std::string("a\0b", 3), 1}};
  EXPECT_NE(judge("status", body.dump()), "taken");
}

TEST(StatusRules, AlarmsAreCodes) {
  json body = body_of("status");
  body["health"]["alarms"] = json::array_t(16, json(std::string(32, 'a')));
  EXPECT_EQ(judge("status", body.dump()), "taken");
  for (const json& wrong : {json(), json(1), json(std::string(33, 'a')), json::array()}) {
    body["health"]["alarms"] = {"cache.full", wrong};
    EXPECT_EQ(judge("status", body.dump()), "status.health.alarms: not a code") << wrong;
  }
}

TEST(StatusRules, NoPlanAndNothingPlaying) {
  json body = body_of("status");
  body["plan"] = "";
  body["playing"] = "";
  const auto read = decode_body(MessageType::kStatus, body.dump());
  ASSERT_TRUE(std::holds_alternative<Message>(read));
  const auto& status = std::get<Status>(std::get<Message>(read).body);
  EXPECT_EQ(status.plan, "");
  EXPECT_EQ(status.playing, std::nullopt);
}

}  // namespace
}  // namespace loa::wire
