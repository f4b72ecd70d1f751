#include <gtest/gtest.h>

#include "common/http/uri.h"

namespace loa::http {
namespace {

using Values = std::vector<std::string>;

TEST(PercentDecode, RefusesBrokenEscapesControlsAndNonUtf8) {
  EXPECT_EQ(percent_decode("a%20b%C3%A9"), "a b\u00e9");
  EXPECT_EQ(percent_decode("Ph%C3%B9%20Li%E1%BB%85n"), "Ph\u00f9 Li\u1ec5n");
  EXPECT_EQ(percent_decode(""), "");
  for (const char* bad :
       {"%", "%4", "%4g", "%00", "%0d%0a", "%7f", "%ff", "%c0%af", "%ed%a0%80", "%f5%80%80%80", "%e1%bb", "%c2%85"})
    EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
}

TEST(PercentEncode, ComesBackTheSame) {
  const std::string text = "Ph\u00f9 Li\u1ec5n/a?b&c=d%+~-._";
  EXPECT_EQ(percent_encode("a b/"), "a%20b%2F");
  EXPECT_EQ(percent_decode(percent_encode(text)), text);
}

TEST(ParseQuery, DecodesAndRefusesNamesThatComeTwice) {
  const Query expected = {{"a", "1"}, {"b", "x y"}, {"c", ""}};
  EXPECT_EQ(parse_query("a=1&&b=x+y&c"), expected);
  EXPECT_EQ(parse_query(""), Query{});
  EXPECT_EQ(parse_query("a=1&a=2"), std::nullopt);
  EXPECT_EQ(parse_query("a=1&%61=2"), std::nullopt);
  EXPECT_EQ(parse_query("=1"), std::nullopt);
  EXPECT_EQ(parse_query("a=%"), std::nullopt);
  std::string many;
  for (std::size_t i = 0; i <= kMostQueryFields; ++i) many += "f" + std::to_string(i) + "=1&";
  EXPECT_EQ(parse_query(many), std::nullopt);
}

TEST(ParseTarget, TakesTheOriginFormOnly) {
  EXPECT_EQ(parse_target("/a/b?c=d")->path, "/a/b");
  EXPECT_EQ(parse_target("/a/b?c=d")->query.size(), 1U);
  for (const std::string bad : {"", "a", "*", "https://a/b", "/a b", "/a#b", "/a\x01", "/\xc3\xa9", "/a?b=%0a"})
    EXPECT_FALSE(parse_target(bad)) << bad;
  EXPECT_TRUE(parse_target("/" + std::string(kLongestTarget - 1, 'a')));
  EXPECT_FALSE(parse_target("/" + std::string(kLongestTarget, 'a')));
}

TEST(PathPattern, MatchesSegmentBySegment) {
  const auto pattern = *PathPattern::parse("/api/nodes/{node}/plan");
  EXPECT_EQ(pattern.names(), Values{"node"});
  EXPECT_EQ(pattern.match("/api/nodes/thuy-tu/plan"), Values{"thuy-tu"});
  EXPECT_EQ(pattern.match("/api/nodes/a%20b/plan"), Values{"a b"});
  for (const char* other :
       {"/api/nodes/plan", "/api/nodes//plan", "/api/nodes/a/plan/", "/api/nodes/../plan", "/api/nodes/%2e%2e/plan",
        "/api/nodes/a%2fb/plan", "/api/nodes/a%5cb/plan", "/api/nodes/%/plan", "api/nodes/a/plan", "", "/"})
    EXPECT_EQ(pattern.match(other), std::nullopt) << other;
  EXPECT_EQ(PathPattern::parse("/")->match("/"), Values{});
  EXPECT_EQ(PathPattern::parse("/")->match("//"), std::nullopt);
}

TEST(PathPattern, TheRestNeverLeavesItsFolder) {
  const auto pattern = *PathPattern::parse("/assets/{file...}");
  EXPECT_EQ(pattern.match("/assets/a/b%20c.js"), Values{"a/b c.js"});
  for (const char* other : {"/assets", "/assets/", "/assets/a/../b", "/assets/a//b", "/assets/a/%2e%2e",
                            "/assets/a%2f..", "/assets/./a", "/assets/a%00"})
    EXPECT_EQ(pattern.match(other), std::nullopt) << other;
  EXPECT_TRUE(PathPattern::parse("/{all...}")->match("/" + std::string("a/") + "b"));
  std::string deep;
  for (std::size_t i = 0; i <= kMostSegments; ++i) deep += "/a";
  EXPECT_EQ(PathPattern::parse("/{all...}")->match(deep), std::nullopt);
}

TEST(PathPattern, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "a", "/{}", "/{a}{b}", "/{a}/{a}", "/{rest...}/b", "/a b", "/..", "//", "/a/", "/{a", "/%20", "/{a-b}"})
    EXPECT_FALSE(PathPattern::parse(bad)) << bad;
}

TEST(PathPattern, OrdersByExactness) {
  const auto literal = *PathPattern::parse("/a/b");
  const auto name = *PathPattern::parse("/a/{x}");
  const auto rest = *PathPattern::parse("/{x...}");
  EXPECT_TRUE(literal.is_more_exact_than(name));
  EXPECT_TRUE(name.is_more_exact_than(rest));
  EXPECT_FALSE(rest.is_more_exact_than(literal));
  EXPECT_TRUE(name.same_shape(*PathPattern::parse("/a/{y}")));
  EXPECT_FALSE(name.same_shape(literal));
}

TEST(NetworkOf, IsWhatOneHouseholdHas) {
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2:ffff::1"), network_of("2001:db8:1:2::7"));
  EXPECT_NE(network_of("2001:db8:1:3::7"), network_of("2001:db8:1:2::7"));
  EXPECT_EQ(network_of("unknown"), "unknown");
}

TEST(ParseUrl, TakesHttpsOnly) {
  const auto url = parse_url("HTTPS://phu-lien.example:8443/a/b?c=d");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "phu-lien.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(url->authority, "phu-lien.example:8443");
  EXPECT_EQ(parse_url("https://a")->target, "/");
  EXPECT_EQ(parse_url("https://a?b=c")->target, "/?b=c");
  EXPECT_EQ(parse_url("https://a")->port, 443);
  EXPECT_EQ(parse_url("https://[::1]:99/")->host, "::1");
  EXPECT_EQ(parse_url("https://[::1]:99/")->port, 99);
  for (const char* bad : {"", "https://", "http://a/", "https://a:0/", "https://a:65536/", "https://a:b/",
                          "https://a:/", "https://u@a/", "https://a/#b", "https://a b/", "https://[::1/",
                          "https://[::1]9/", "https://a\r\nHost: b/", "https://a/\r\n", "ftp://a/"})
    EXPECT_FALSE(parse_url(bad)) << bad;
}

}  // namespace
}  // namespace loa::http
