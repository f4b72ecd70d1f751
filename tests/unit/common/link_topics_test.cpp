#include <string>

#include <gtest/gtest.h>

#include "common/link/link.h"

namespace loa::link {
namespace {

TEST(Topic, HasNoWildcardAndIsText) {
  for (const char* good : {"loa/1/phu-lien/all/clock", "a", "/", "a//b", "phù-liễn", "\xf0\x9f\x93\xa2"})
    EXPECT_TRUE(is_valid_topic(good)) << good;
  for (const char* bad :
       {"", "a/+/b", "a/#", "a+", "#", "a\nb", "a\x7f", "\xff", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82", "\xe2\x82(", "\xc3("})
    EXPECT_FALSE(is_valid_topic(bad)) << bad;
  EXPECT_FALSE(is_valid_topic(std::string_view{"a\0b", 3}));
  EXPECT_TRUE(is_valid_topic(std::string(1024, 'a')));
  EXPECT_FALSE(is_valid_topic(std::string(1025, 'a')));
}

TEST(Filter, WildcardsFillALevel) {
  for (const char* good : {"a", "a/b", "+", "#", "a/+", "+/b", "a/#", "+/+/#", "/+", "a/+/b"})
    EXPECT_TRUE(is_valid_filter(good)) << good;
  for (const char* bad : {"", "a+", "+a", "a/#/b", "a#", "#/a", "a/b+/c", "##", "++", "a/#b", "\xff/+"})
    EXPECT_FALSE(is_valid_filter(bad)) << bad;
}

// MQTT 5 §4.7.
TEST(Matches, AsTheStandardSays) {
  for (const auto& [filter, topic] : {std::pair{"a/b", "a/b"},
                                      {"sport/#", "sport"},
                                      {"sport/#", "sport/tennis/x"},
                                      {"#", "a/b"},
                                      {"+", "a"},
                                      {"/+", "/a"},
                                      {"+/+", "/a"},
                                      {"sport/+", "sport/"},
                                      {"a/+/c", "a/b/c"},
                                      {"$SYS/#", "$SYS/x"},
                                      {"$SYS/+", "$SYS/x"},
                                      {"+/#", "a"},
                                      {"loa/1/+/up/+/#", "loa/1/phu-lien/up/node-1/outcome/7"}})
    EXPECT_TRUE(matches(filter, topic)) << filter << " " << topic;
  for (const auto& [filter, topic] : {std::pair{"a/b", "a"},
                                      {"a", "a/b"},
                                      {"a/b", "a/c"},
                                      {"+", "/a"},
                                      {"sport/+", "sport"},
                                      {"sport/+", "sport/a/b"},
                                      {"a/+/c", "a/b/d"},
                                      {"#", "$SYS/x"},
                                      {"+/x", "$SYS/x"},
                                      {"A", "a"},
                                      {"sport/#", "sports"},
                                      {"a/b/#", "a"}})
    EXPECT_FALSE(matches(filter, topic)) << filter << " " << topic;
}

}  // namespace
}  // namespace loa::link
