#include "common/json/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace loa {
namespace {

using nlohmann::json;
using namespace std::string_literals;

// What BadJson says, or "taken".
template <class Action>
std::string complaint(Action&& action) {
  try {
    static_cast<void>(action());
  } catch (const BadJson& bad) {
    return bad.what();
  }
  return "taken";
}

std::string parsing(std::string_view text) {
  return complaint([&] { return parse_json(text); });
}

TEST(ParseJson, TakesWhatRfc8259Describes) {
  for (const char* text : {"null", "true", "0", "-0", "1.5e3", "\"\"", "[]", "{}", " [1,\t2,\r\n3 ] ", R"("ê\u00ea\n")",
                           R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "18446744073709551615", "-9223372036854775808"})
    EXPECT_EQ(parsing(text), "taken") << text;
}

TEST(ParseJson, RefusesAllElse) {
  for (const std::string& text : {""s,
                                  " "s,
                                  "{"s,
                                  "}"s,
                                  "[1,]"s,
                                  "[1 2]"s,
                                  "{\"a\"}"s,
                                  "{\"a\":}"s,
                                  "{\"a\":1,}"s,
                                  "{a:1}"s,
                                  "{'a':1}"s,
                                  "01"s,
                                  "1."s,
                                  ".5"s,
                                  "+1"s,
                                  "0x1"s,
                                  "NaN"s,
                                  "Infinity"s,
                                  "-Infinity"s,
                                  "1e999"s,
                                  "-1e999"s,
                                  "nul"s,
                                  "nulll"s,
                                  "True"s,
                                  "1 1"s,
                                  "\"a"s,
                                  "\"\n\""s,
                                  "\"\\x\""s,
                                  "\"\\ud800\""s,
                                  "\"\\u12\""s,
                                  "\"\xff\""s,
                                  "\"\xc0\xaf\""s,
                                  "\"\xed\xa0\x80\""s,
                                  "// c\n1"s,
                                  "/* c */1"s,
                                  "1\0"s,
                                  "{}\0{"s,
                                  "{\"a\":\"\0\"}"s,
                                  "\0"s})
    EXPECT_NE(parsing(text), "taken") << text;
}

TEST(ParseJson, NoKeyTwiceInOneObject) {
  EXPECT_EQ(parsing(R"({"a":1,"a":1})"), "duplicate key");
  EXPECT_EQ(parsing(R"({"a":{"b":1,"b":2}})"), "duplicate key");
  EXPECT_EQ(parsing(R"([{"a":1},{"b":1,"c":2,"b":3}])"), "duplicate key");
  EXPECT_EQ(parsing(R"({"a":1,"\u0061":2})"), "duplicate key");
  EXPECT_EQ(parsing(R"({"a":{"x":1},"x":1,"b":[{"x":1}]})"), "taken");
}

TEST(ParseJson, TwelveLevelsAndNoMore) {
  const auto nested = [](std::size_t levels, std::string_view open, std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < levels; ++i) text += close;
    return text;
  };
  EXPECT_EQ(parsing(nested(kDeepestJson, "[", "]")), "taken");
  EXPECT_EQ(parsing(nested(kDeepestJson, "{\"a\":", "}")), "taken");
  EXPECT_EQ(parsing(nested(kDeepestJson + 1, "[", "]")), "nested too deeply");
  EXPECT_EQ(parsing(nested(kDeepestJson + 1, "{\"a\":", "}")), "nested too deeply");
  EXPECT_EQ(parsing(std::string(1'000'000, '[')), "nested too deeply");
}

class Reading : public ::testing::Test {
 protected:
  json value_ =
      json::parse(R"({"int":5,"neg":-5,"huge":18446744073709551615,"real":2.5,"text":"abc","flag":true,"id":"tdp-01",
      "digest":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","list":[1,2],"object":{"a":1,"b":2},"null":null})");
  FieldReader reader_{value_, "thing"};
};

TEST_F(Reading, OnlyObjects) {
  for (const json& value : {json(), json(1), json("x"), json::array()})
    EXPECT_EQ(complaint([&] { return FieldReader(value, "thing").find("a"); }), "thing: not an object") << value;
}

TEST_F(Reading, Integers) {
  EXPECT_EQ(reader_.integer("int", 5, 5), 5);
  EXPECT_EQ(reader_.integer("neg", -5, -5), -5);
  EXPECT_EQ(reader_.optional_integer("int", 0, 9), 5);
  EXPECT_EQ(reader_.optional_integer("absent", 0, 9), std::nullopt);
  EXPECT_EQ(complaint([&] { return reader_.integer("int", 6, 9); }), "thing.int: out of range");
  EXPECT_EQ(complaint([&] { return reader_.integer("int", 0, 4); }), "thing.int: out of range");
  EXPECT_EQ(complaint([&] { return reader_.integer("huge", INT64_MIN, INT64_MAX); }), "thing.huge: out of range");
  EXPECT_EQ(complaint([&] { return reader_.integer("absent", 0, 9); }), "thing.absent: missing");
  for (const char* field : {"real", "text", "flag", "list", "object", "null"})
    EXPECT_EQ(complaint([&] { return reader_.optional_integer(field, 0, 9); }), "thing."s + field + ": not an integer");
}

TEST_F(Reading, Reals) {
  EXPECT_EQ(reader_.optional_real("real", 2.5, 2.5), 2.5);
  EXPECT_EQ(reader_.optional_real("int", 0, 9), 5.0);
  EXPECT_EQ(reader_.optional_real("absent", 0, 9), std::nullopt);
  EXPECT_EQ(complaint([&] { return reader_.optional_real("real", 2.6, 9); }), "thing.real: out of range");
  EXPECT_EQ(complaint([&] { return reader_.optional_real("real", 0, 2.4); }), "thing.real: out of range");
  for (const char* field : {"text", "flag", "list", "object", "null"})
    EXPECT_EQ(complaint([&] { return reader_.optional_real(field, 0, 9); }), "thing."s + field + ": not a number");
}

TEST_F(Reading, TextCountsOctets) {
  EXPECT_EQ(reader_.text("text", 3), "abc");
  EXPECT_EQ(complaint([&] { return reader_.text("text", 2); }), "thing.text: too long");
  EXPECT_EQ(complaint([&] { return reader_.text("absent", 2); }), "thing.absent: missing");
  EXPECT_EQ(reader_.text_or("absent", 1, "else"), "else");
  EXPECT_EQ(reader_.text_or("text", 3, "else"), "abc");
  EXPECT_EQ(complaint([&] { return reader_.text_or("text", 2, "else"); }), "thing.text: too long");
  const json accented = {{"t", "ễ"}};
  EXPECT_EQ(FieldReader(accented, "x").text("t", 3), "ễ");
  EXPECT_EQ(complaint([&] { return FieldReader(accented, "x").text("t", 2); }), "x.t: too long");
  for (const char* field : {"int", "real", "flag", "list", "object", "null"})
    EXPECT_EQ(complaint([&] { return reader_.text_or(field, 9, ""); }), "thing."s + field + ": not a string");
}

TEST_F(Reading, Flags) {
  EXPECT_TRUE(reader_.flag_or("flag", false));
  EXPECT_TRUE(reader_.flag_or("absent", true));
  EXPECT_FALSE(reader_.flag_or("absent", false));
  for (const char* field : {"int", "text", "null"})
    EXPECT_EQ(complaint([&] { return reader_.flag_or(field, true); }), "thing."s + field + ": not true or false");
}

TEST_F(Reading, IdsAndDigests) {
  EXPECT_EQ(reader_.id<NodeId>("id").str(), "tdp-01");
  EXPECT_EQ(complaint([&] { return reader_.id<NodeId>("absent"); }), "thing.absent: missing");
  EXPECT_EQ(reader_.digest("digest"), std::string(64, 'a'));
  EXPECT_EQ(complaint([&] { return reader_.digest("id"); }), "thing.id: not a SHA-256");
  value_["id"] = "Tdp";
  EXPECT_EQ(complaint([&] { return reader_.id<NodeId>("id"); }), "thing.id: not an id");
  value_["id"] = "";
  EXPECT_EQ(complaint([&] { return reader_.id<NodeId>("id"); }), "thing.id: not an id");
  value_["id"] = std::string(65, 'a');
  EXPECT_EQ(complaint([&] { return reader_.id<NodeId>("id"); }), "thing.id: too long");
}

TEST_F(Reading, ContainersAndTheirSize) {
  EXPECT_EQ(reader_.array("list", 2).size(), 2U);
  EXPECT_EQ(reader_.object("object", 2).size(), 2U);
  EXPECT_EQ(complaint([&] { return reader_.array("list", 1); }), "thing.list: too many");
  EXPECT_EQ(complaint([&] { return reader_.object("object", 1); }), "thing.object: too many");
  EXPECT_EQ(complaint([&] { return reader_.array("object", 9); }), "thing.object: not an array");
  EXPECT_EQ(complaint([&] { return reader_.object("list", 9); }), "thing.list: not an object");
  EXPECT_EQ(complaint([&] { return reader_.array("absent", 9); }), "thing.absent: missing");
  EXPECT_EQ(complaint([&] { return reader_.object("absent", 9); }), "thing.absent: missing");
}

TEST_F(Reading, FindTellsAbsentFromNull) {
  EXPECT_EQ(reader_.find("absent"), nullptr);
  ASSERT_NE(reader_.find("null"), nullptr);
  EXPECT_TRUE(reader_.find("null")->is_null());
}

TEST(Digest, SixtyFourLowerCaseHexDigits) {
  EXPECT_TRUE(is_digest(std::string(32, 'a') + "0123456789abcdef0123456789abcdef"));
  for (const std::string& text :
       {std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "A", std::string(63, 'a') + "g",
        std::string(63, 'a') + "/", std::string(63, 'a') + ":", ""s})
    EXPECT_FALSE(is_digest(text)) << text;
}

}  // namespace
}  // namespace loa
