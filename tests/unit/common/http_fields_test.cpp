#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/http/fields.h"

namespace loa::http {
namespace {

void expect_part(const char* field, std::uint64_t size, ByteRange expected) {
  const RangeChoice choice = choose_range(field, size);
  EXPECT_EQ(choice.verdict, RangeVerdict::kPart) << field;
  EXPECT_EQ(choice.range, expected) << field;
}

TEST(ChooseRange, TakesOneRange) {
  expect_part("bytes=0-9", 100, {0, 10});
  expect_part("bytes=90-", 100, {90, 10});
  expect_part("bytes=90-1000", 100, {90, 10});
  expect_part("bytes=-10", 100, {90, 10});
  expect_part("bytes=-1000", 100, {0, 100});
  expect_part("Bytes= 0-0", 1, {0, 1});
  expect_part("bytes=0-18446744073709551615", 10, {0, 10});
}

TEST(ChooseRange, SendsTheWholeForWhatItDoesNotUnderstand) {
  for (const char* field : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "lines=0-1",
                            "bytes=0-99999999999999999999", "bytes=+1-2", "bytes=0x1-2", "bytes=1 - 2"})
    EXPECT_EQ(choose_range(field, 100).verdict, RangeVerdict::kWhole) << field;
}

TEST(ChooseRange, KnowsWhatCannotBeSatisfied) {
  EXPECT_EQ(choose_range("bytes=100-", 100).verdict, RangeVerdict::kUnsatisfiable);
  EXPECT_EQ(choose_range("bytes=-0", 100).verdict, RangeVerdict::kUnsatisfiable);
  EXPECT_EQ(choose_range("bytes=0-", 0).verdict, RangeVerdict::kUnsatisfiable);
  EXPECT_EQ(choose_range("bytes=-5", 0).verdict, RangeVerdict::kUnsatisfiable);
}

TEST(ParseContentRange, RefusesContradictions) {
  const auto part = parse_content_range("bytes 10-19/100");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->range, (ByteRange{10, 10}));
  EXPECT_EQ(part->size, 100U);
  for (const char* field : {"", "bytes 10-19", "bytes 10-19/*", "bytes */100", "bytes 19-10/100", "bytes 0-100/100",
                            "bytes 0/5-6", "10-19/100", "bytes -1-5/10", "bytes 0-1/2/3"})
    EXPECT_FALSE(parse_content_range(field)) << field;
}

TEST(Etags, CompareAsTheirFieldsSay) {
  EXPECT_TRUE(none_match_holds_etag("\"a\"", "a"));
  EXPECT_TRUE(none_match_holds_etag("\"b\", W/\"a\"", "a"));
  EXPECT_TRUE(none_match_holds_etag("*", "a"));
  for (const char* field : {"", "a", "\"a", "\"b\"", "W/", "\"b\" \"a\"", "\"b\",,"})
    EXPECT_FALSE(none_match_holds_etag(field, "a")) << field;
  EXPECT_TRUE(if_range_is_etag("\"a\"", "a"));
  EXPECT_FALSE(if_range_is_etag("W/\"a\"", "a"));
  EXPECT_FALSE(if_range_is_etag("Sat, 06 Feb 2027 00:00:00 GMT", "a"));
  EXPECT_EQ(parse_strong_etag(" \"x\" "), "x");
  EXPECT_FALSE(parse_strong_etag("\"a\"b\""));
}

TEST(MediaTypes, CompareWithoutParameters) {
  EXPECT_EQ(media_type("Audio/WAV; codecs=1"), "audio/wav");
  EXPECT_EQ(media_type("json"), "");
  EXPECT_EQ(media_type("a b/c"), "");
  EXPECT_TRUE(media_type_matches("audio/wav", "audio/*"));
  EXPECT_TRUE(media_type_matches("audio/wav", "*/*"));
  EXPECT_TRUE(media_type_matches("audio/wav", "audio/wav"));
  EXPECT_FALSE(media_type_matches("audiox/wav", "audio/*"));
  EXPECT_FALSE(media_type_matches("", "*/*"));
}

TEST(FieldValue, HoldsNoLineBreak) {
  EXPECT_TRUE(is_field_value("text/html; charset=utf-8"));
  for (const char* bad : {"a\r\nb", "a\nb", "a\x7f"}) EXPECT_FALSE(is_field_value(bad));
  EXPECT_FALSE(is_field_value(std::string_view{"a\0b", 3}));
}

TEST(ErrorJson, IsJsonWhateverTheArgumentsHold) {
  const auto json = nlohmann::json::parse(error_json({"file.cannot_read", {"a\"\xff\n", "b"}}));
  EXPECT_EQ(json["error"]["code"], "file.cannot_read");
  EXPECT_NE(json["error"]["vi"], json["error"]["en"]);
}

TEST(Events, ComeBackTheSameInWhateverPieces) {
  const std::string text = event_text("progress\nid: evil", "a\nb\r\nc\rd", "7\r\n") + ":\n\n" + event_text("", "", "");
  EXPECT_EQ(text.substr(0, text.find("data")), "id: 7\nevent: progress\n");
  for (std::size_t size = 1; size < text.size(); ++size) {
    EventParser parser;
    std::vector<EventParser::Event> events;
    for (std::size_t at = 0; at < text.size(); at += size) {
      EXPECT_TRUE(parser.feed(std::string_view{text}.substr(at, size)));
      while (auto event = parser.next()) events.push_back(*event);
    }
    ASSERT_EQ(events.size(), 2U) << size;
    EXPECT_EQ(events[0].event, "progress");
    EXPECT_EQ(events[0].data, "a\nb\nc\nd");
    EXPECT_EQ(events[1].data, "");
  }
}

TEST(Events, StopAtAnEventWithoutEnd) {
  EventParser parser;
  EXPECT_TRUE(parser.feed(std::string(1'000'000, 'a')));
  EXPECT_FALSE(parser.feed(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace loa::http
