#include "server/store/schedule_json.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/json/json.h"

namespace loa::server {
namespace {

using nlohmann::json;

const json kEverything = json::parse(R"({
  "kind": "recurring", "start": "2026-11-27T06:00:00", "zone": "Asia/Ho_Chi_Minh",
  "rrules": ["FREQ=WEEKLY;BYDAY=FR", "FREQ=YEARLY;RSCALE=VIETNAMESE;BYMONTH=3;BYMONTHDAY=10"],
  "rdates": ["2026-12-01T06:00:00"], "exdates": ["2026-12-04T06:00:00"], "exdays": ["2027-01-01"],
  "moved": [{"from": "2026-12-11T06:00:00", "to": "2026-12-11T07:30:00"}],
  "rotation": {"place": 2, "pool": 3, "per_turn": 2, "session": 1, "sessions": 2},
  "days": [{"skip_on": "day_off"}, {"only_on": "great_day"}, {"move_from": "not_working", "to": "before"},
           {"air_at": [{"days": -1, "time": "18:30"}, {"days": 0}]}]})");

// The code of what is thrown; of BadJson its words.
std::string refusal(const json& value) {
  try {
    static_cast<void>(read_rule(value, "rule"));
  } catch (const BadJson& bad) {
    return bad.what();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

json with(const char* field, json value) {
  json changed = kEverything;
  changed[field] = std::move(value);
  return changed;
}

TEST(RuleJson, IsReadAsItIsWritten) {
  const json once = {{"kind", "once"}, {"start", "2027-02-06T00:00:00.000Z"}};
  EXPECT_EQ(rule_json(read_rule(once, "rule")), once);
  const schedules::Rule rule = read_rule(kEverything, "rule");
  const json written = rule_json(rule);
  EXPECT_EQ(read_rule(written, "rule"), rule);
  for (const auto& [field, value] : kEverything.items())
    if (field != "rrules") {
      EXPECT_EQ(written[field], value) << field;
    }
  EXPECT_EQ(std::get<schedules::Recurring>(rule).days.steps.size(), 4U);
  EXPECT_EQ(std::get<schedules::Recurring>(rule).set.rules.size(), 2U);
  const json plain = {{"kind", "recurring"}, {"start", "2026-11-27T06:00:00"}};
  EXPECT_EQ(rule_json(read_rule(plain, "rule")).at("zone"), "Asia/Ho_Chi_Minh");
}

TEST(RuleJson, SaysWhichFieldIsWrong) {
  EXPECT_THAT(refusal(with("kind", "sometimes")), testing::HasSubstr("rule.kind"));
  EXPECT_THAT(refusal({{"kind", "once"}, {"start", "2027-02-06"}}), testing::HasSubstr("rule.start"));
  EXPECT_EQ(refusal(with("start", "2026-11-31T06:00")), "civil.no_such_day");
  EXPECT_EQ(refusal(with("zone", "Asia/Hanoy")), "zone.unknown");
  EXPECT_THAT(refusal(with("rrules", json::array({"FREQ=FORTNIGHTLY"}))), testing::StartsWith("rrule."));
  EXPECT_THAT(refusal(with("rrules", json::array({7}))), testing::HasSubstr("rrules"));
  EXPECT_THAT(refusal(with("moved", json::array({"x"}))), testing::HasSubstr("moved"));
  EXPECT_THAT(refusal(with("days", json::array({json{{"skip_on", "rain"}}}))), testing::HasSubstr("skip_on"));
  EXPECT_THAT(refusal(with("days", json::array({json{{"move_from", "day_off"}, {"to", "up"}}}))),
              testing::HasSubstr("days.to"));
  EXPECT_THAT(refusal(with("days", json::array({json::object()}))), testing::HasSubstr("air_at"));
  EXPECT_THAT(refusal(with("days", json::array({json{{"air_at", json::array({json{{"days", 367}}})}}}))),
              testing::HasSubstr("days"));
  const json turns = kEverything["rotation"];
  for (const auto& [field, most] :
       std::map<std::string, int>{{"place", 2}, {"pool", 50}, {"per_turn", 3}, {"session", 1}, {"sessions", 12}}) {
    json changed = turns;
    changed[field] = most + 1;
    EXPECT_THAT(refusal(with("rotation", changed)), testing::HasSubstr("rotation." + field));
    changed.erase(field);
    EXPECT_THAT(refusal(with("rotation", changed)), testing::HasSubstr("rotation." + field));
  }
}

std::string rules_refusal(const json& value) {
  try {
    static_cast<void>(read_ward_rules(value, "rules"));
  } catch (const BadJson& bad) {
    return bad.what();
  }
  return "";
}

TEST(WardRulesJson, IsReadAsItIsWritten) {
  const json rules = json::parse(R"({
    "quiet": {"from": "21:00", "until": "05:30"}, "weekdays": ["mo", "tu", "we", "th", "fr"], "gap_ms": 12000,
    "sessions": [{"name": "sáng", "from": "06:00", "until": "07:00", "longest_ms": 900000},
                 {"name": "chiều", "from": "16:30", "until": "24:00", "longest_ms": 900000}],
    "classes": [{"name": "trường học", "areas": ["to-7", "to-8"],
                 "ceilings": [{"from": "00:00", "until": "06:00", "volume_pct": 10},
                              {"from": "21:00", "until": "24:00", "volume_pct": 20}]},
                {"name": "nhà ở", "areas": ["phu-lien"], "ceilings": []}]})");
  EXPECT_EQ(ward_rules_json(read_ward_rules(rules, "rules")), rules);
  const json open = {{"weekdays", json::array()}, {"sessions", json::array()}, {"gap_ms", 0}};
  EXPECT_EQ(ward_rules_json(read_ward_rules(open, "rules")), open);
}

TEST(WardRulesJson, ChimesAreByClassAndMayLackWhatTheServerLooksUp) {
  json rules = {{"weekdays", json::array()}, {"sessions", json::array()}, {"gap_ms", 0}};
  const std::string hash(64, 'c');
  rules["chimes"] = {{"normal", {{"announcement", "a-bells"}, {"clip", hash}, {"duration_ms", 2400}}},
                     {"emergency", {{"announcement", "a-siren"}, {"clip", hash}, {"duration_ms", 9000}}}};
  const schedules::WardRules read = read_ward_rules(rules, "rules");
  ASSERT_EQ(read.chimes.size(), 2U);
  EXPECT_EQ(read.chimes.at(AnnouncementClass::kNormal),
            (schedules::Chime{AnnouncementId{"a-bells"}, ClipHash{hash}, milliseconds{2400}}));
  EXPECT_EQ(ward_rules_json(read), rules);
  rules["chimes"] = {{"priority", {{"announcement", "a-bells"}}}};
  EXPECT_EQ(read_ward_rules(rules, "rules").chimes.at(AnnouncementClass::kPriority).announcement.str(), "a-bells");

  const auto with = [&](json chimes) {
    rules["chimes"] = std::move(chimes);
    return rules_refusal(rules);
  };
  EXPECT_THAT(with(json::array()), testing::HasSubstr("chimes"));
  EXPECT_THAT(with({{"urgent", {{"announcement", "a-bells"}}}}), testing::HasSubstr("normal, priority or emergency"));
  EXPECT_THAT(with({{"normal", "a-bells"}}), testing::HasSubstr("chimes.normal"));
  EXPECT_THAT(with({{"normal", json::object()}}), testing::HasSubstr("announcement"));
  EXPECT_THAT(with({{"normal", {{"announcement", "Chuông"}}}}), testing::HasSubstr("announcement"));
  EXPECT_THAT(with({{"normal", {{"announcement", "a-bells"}, {"clip", "abc"}}}}), testing::HasSubstr("clip"));
  EXPECT_THAT(with({{"normal", {{"announcement", "a-bells"}, {"duration_ms", 0}}}}), testing::HasSubstr("duration_ms"));
}

TEST(WardRulesJson, SaysWhatCannotBe) {
  const json good = {{"weekdays", json::array({"mo"})}, {"sessions", json::array()}, {"gap_ms", 0}};
  const auto with_field = [&](const char* field, json value) {
    json changed = good;
    changed[field] = std::move(value);
    return rules_refusal(changed);
  };
  const auto session = [](const char* name, const char* from, const char* until, int longest) {
    return json{{"name", name}, {"from", from}, {"until", until}, {"longest_ms", longest}};
  };
  EXPECT_EQ(rules_refusal(good), "");
  EXPECT_THAT(with_field("weekdays", json::array({"monday"})), testing::HasSubstr("weekdays"));
  EXPECT_THAT(with_field("quiet", {{"from", "21:00"}, {"until", "21:00"}}), testing::HasSubstr("quiet"));
  for (const char* time : {"25:00", "24:01", "7:00", "07:60", "07-00", "0a:00"})
    EXPECT_THAT(with_field("quiet", {{"from", time}, {"until", "05:00"}}), testing::HasSubstr("quiet.from")) << time;
  EXPECT_THAT(with_field("gap_ms", -1), testing::HasSubstr("gap_ms"));
  EXPECT_THAT(with_field("sessions", json::array({session("a", "07:00", "07:00", 1)})), testing::HasSubstr("must end"));
  EXPECT_THAT(with_field("sessions", json::array({session("a", "06:00", "07:00", 0)})),
              testing::HasSubstr("longest_ms"));
  EXPECT_THAT(
      with_field("sessions", json::array({session("a", "06:00", "07:00", 1), session("b", "06:59", "08:00", 1)})),
      testing::HasSubstr("begins before"));
  EXPECT_THAT(
      with_field("sessions", json::array({session("a", "06:00", "07:00", 1), session("a", "08:00", "09:00", 1)})),
      testing::HasSubstr("have the name"));
  const auto area_class = [](const char* name, const char* area, const char* from, const char* until, int volume) {
    return json{
        {"name", name}, {"areas", {area}}, {"ceilings", {{{"from", from}, {"until", until}, {"volume_pct", volume}}}}};
  };
  const auto classes = [&](const json& first, const json& second) {
    return with_field("classes", json::array({first, second}));
  };
  const json home = area_class("a", "to-1", "06:00", "21:00", 70);
  EXPECT_EQ(classes(home, area_class("b", "to-2", "06:00", "21:00", 1)), "");
  EXPECT_THAT(classes(home, area_class("b", "to-2", "06:00", "21:00", 0)), testing::HasSubstr("volume_pct"));
  EXPECT_THAT(classes(home, area_class("b", "to-2", "21:00", "06:00", 9)), testing::HasSubstr("give two"));
  EXPECT_THAT(classes(home, area_class("b", "to-2", "6:00", "21:00", 9)), testing::HasSubstr("ceilings.from"));
  EXPECT_THAT(classes(home, area_class("b", "to-1", "06:00", "21:00", 9)), testing::HasSubstr("the area to-1"));
  EXPECT_THAT(classes(home, area_class("a", "to-2", "06:00", "21:00", 9)), testing::HasSubstr("have the name"));
  EXPECT_THAT(classes(home, area_class("b", "Tổ 2", "06:00", "21:00", 9)), testing::HasSubstr("not an id"));
}

}  // namespace
}  // namespace loa::server
