#include "cli/schedules/schedule_commands.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

using nlohmann::json;

TEST(ScheduleCommands, AScheduleIsALine) {
  const json schedules = {{{"schedule", "s-1"},
                           {"cancelled", nullptr},
                           {"rule", {{"kind", "recurring"}, {"start", "2026-11-27T06:00"}, {"rrules", {"FREQ=DAILY"}}}},
                           {"areas", {"to-1", "to-2"}},
                           {"nodes", {"n-1"}},
                           {"volume_pct", 60},
                           {"announcement", "a-1"}},
                          {{"schedule", "s-2"},
                           {"cancelled", "2026-11-27T06:00:00Z"},
                           {"rule", {{"kind", "once"}, {"start", "2026-11-27T06:00:00Z"}}},
                           {"areas", json::array()},
                           {"nodes", {"n-1", "n-2"}},
                           {"volume_pct", 50},
                           {"announcement", "a-1"}}};
  std::ostringstream out;
  print_schedules(schedules, out);
  EXPECT_EQ(out.str(),
            "s-1\tactive\t2026-11-27T06:00 FREQ=DAILY\tto-1,to-2,node:n-1\t60\ta-1\n"
            "s-2\tcancelled\t2026-11-27T06:00:00Z\tnode:n-1,node:n-2\t50\ta-1\n");
}

TEST(ScheduleCommands, ADifferenceIsOneLine) {
  std::ostringstream out;
  print_difference({{"added", 12}, {"moved", 3}, {"shortened", 0}, {"cancelled", 1}, {"silent", 2}}, Language::kEnglish,
                   out);
  EXPECT_EQ(out.str(), "Adds 12, moves 3, shortens 0, cancels 1, silent 2.\n");
}

TEST(ScheduleCommands, AnImportCarriesTheFileAndTheTermsThatWereGiven) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "week.ics", std::ios::binary) << "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
  ImportArguments arguments;
  arguments.file = folder / "week.ics";
  arguments.announcement = "a-1";
  arguments.areas = {"to-1"};
  arguments.volume_pct = 55;
  EXPECT_EQ(import_body(arguments), (json{{"ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"},
                                          {"announcement", "a-1"},
                                          {"areas", {"to-1"}},
                                          {"volume_pct", 55},
                                          {"mode", "save"}}));
  arguments.is_preview = true;
  arguments.session = "morning";
  arguments.later_ms = 0;
  EXPECT_EQ(import_body(arguments).at("mode"), "preview");
  EXPECT_EQ(import_body(arguments).at("session"), "morning");
  EXPECT_EQ(import_body(arguments).at("later_ms"), 0);
  arguments.nodes = {"n-1", "n-2"};
  EXPECT_EQ(import_body(arguments).at("nodes"), (json{"n-1", "n-2"}));
  arguments.areas.clear();
  EXPECT_FALSE(import_body(arguments).contains("areas"));
  std::filesystem::resize_file(arguments.file, 1024UL * 1024 + 1);
  EXPECT_THROW((void)import_body(arguments), Error);
  arguments.file = folder / "none.ics";
  EXPECT_THROW((void)import_body(arguments), Error);
}

TEST(ScheduleCommands, AnOfficeThatCannotBeAskedIsOneLine) {
  std::ostringstream out;
  std::ostringstream err;
  const OfficeArguments nowhere{"https://localhost:1", "/nonexistent/ca.pem", "/nonexistent/token"};
  EXPECT_EQ(list_schedules(nowhere, out, err), 1);
  EXPECT_EQ(export_schedules({nowhere, {}}, out, err), 1);
  EXPECT_EQ(cancel_schedule(nowhere, "s-1", out, err), 1);
  EXPECT_EQ(add_feed({nowhere, "x", {}}, out, err), 1);
  EXPECT_EQ(list_feeds(nowhere, out, err), 1);
  EXPECT_EQ(remove_feed(nowhere, "c-1", err), 1);
  EXPECT_EQ(out.str(), "");
  const std::string said = err.str();
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 6);
}

}  // namespace
}  // namespace loa::cli
