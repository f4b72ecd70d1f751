#include "cli/template/template.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace loa::cli {
namespace {

using nlohmann::json;

const json kForm = json::parse(R"({
  "template": "greeting", "title": {"vi": "Lời chúc", "en": "Greeting"}, "note": {"vi": "Thu.", "en": "Record."},
  "basis": "NĐ 145", "class": "priority", "route": "/api/schedules",
  "parameters": [
    {"name": "holiday", "kind": "holiday", "label": {"vi": "Ngày lễ", "en": "Holiday"}, "required": true,
     "default": null, "example": "gio-to", "choices": [{"value": "gio-to", "vi": "Giỗ Tổ", "en": "Kings"}]},
    {"name": "time", "kind": "time", "label": {"vi": "Giờ", "en": "Time"}, "required": false, "default": "07:00",
     "example": null, "choices": []},
    {"name": "session", "kind": "session", "label": {"vi": "Buổi", "en": "Session"}, "required": false,
     "default": null, "example": null, "choices": []}]})");

std::string printed(void (*print)(const json&, Language, std::ostream&), const json& value, Language language) {
  std::ostringstream out;
  print(value, language, out);
  return out.str();
}

TEST(TemplateCommand, ListsOneALine) {
  EXPECT_EQ(printed(print_templates, json::array({kForm}), Language::kVietnamese), "greeting\tLời chúc\n");
  EXPECT_EQ(printed(print_templates, json::array({kForm}), Language::kEnglish), "greeting\tGreeting\n");
}

TEST(TemplateCommand, ShowsWhatMustBeGiven) {
  EXPECT_EQ(printed(print_template, kForm, Language::kEnglish),
            "Greeting\nRecord.\nNĐ 145\npriority  /api/schedules\n"
            "  holiday\tHoliday\tmust be given, e.g. gio-to\n    gio-to\tKings\n"
            "  time\tTime\t07:00 unless given\n  session\tSession\tmay be left out\n");
}

TEST(TemplateCommand, PrintsTheBodyAndWhenItIsDue) {
  const json filled = {{"route", "/api/schedules"},
                       {"body", {{"rank", 1}}},
                       {"dues",
                        {{{"time", "2027-04-16T07:00:00"}, {"silence", nullptr}},
                         {{"time", "2027-04-30T07:00:00"}, {"silence", {{"vi", "30/4 là lễ"}, {"en", "a holiday"}}}}}}};
  EXPECT_EQ(printed(print_filled, filled, Language::kVietnamese),
            "POST /api/schedules\n{\n  \"rank\": 1\n}\n2027-04-16 07:00:00\n2027-04-30 07:00:00\t30/4 là lễ\n");
}

TEST(TemplateCommand, ReadsNamesAndValues) {
  EXPECT_EQ(parameters_of({"holiday=gio-to", "words=a=b", "session="}),
            (json{{"parameters", {{"holiday", "gio-to"}, {"words", "a=b"}, {"session", ""}}}}));
  EXPECT_EQ(parameters_of({}), json::parse(R"({"parameters": {}})"));
  EXPECT_THROW(static_cast<void>(parameters_of({"gio-to"})), Error);
  EXPECT_THROW(static_cast<void>(parameters_of({"=gio-to"})), Error);
}

}  // namespace
}  // namespace loa::cli
