// Each program's --check-config: every mistake at once, and nothing started, made or changed.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/ward_fixture.h"

namespace loa::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class CheckConfig : public testing::Test {
 protected:
  Ward::Ended check(const std::string& program, const std::filesystem::path& config) {
    const std::filesystem::path output = ward_.folder() / "checked";
    Child child({std::string{LOA_BIN_DIR} + "/" + program, "--config", config.string(), "--check-config"}, output);
    return {child.wait(), read_whole_file(output)};
  }
  [[nodiscard]] std::size_t files() const {
    const std::filesystem::recursive_directory_iterator all(ward_.folder());
    return static_cast<std::size_t>(std::distance(begin(all), {}));
  }

  Ward ward_{LOA_BIN_DIR, LOA_WEB_DIR, 1};
};

TEST_F(CheckConfig, WhatIsWellIsSaidAndNothingIsStarted) {
  const std::size_t before = files();
  const auto server = check("loa-server", ward_.folder() / "station/server.toml");
  EXPECT_EQ(server.result, 0);
  EXPECT_THAT(server.output, HasSubstr("station/server.toml"));
  const auto signer = check("loa-signer", ward_.folder() / "signer/signer.toml");
  EXPECT_EQ(signer.result, 0);
  EXPECT_THAT(signer.output, HasSubstr("signer/signer.toml"));
  EXPECT_EQ(files(), before + 1) << "no more than what the programs printed";
}

TEST_F(CheckConfig, EveryMistakeIsToldWithItsLineAndWhatIsExpected) {
  const std::map<std::string, std::string> bad = {
      {"loa-server", "[station]\nid = \"Phù Liễn\"\ndata = 7\n\n[http]\nport = 99999\nprot = 1\n"},
      {"loa-signer", "[station]\nid = \"Phù Liễn\"\nkey = 7\n\n[signer]\nsocket = \"\"\nprot = 1\n"},
      {"loa-node", "[node]\nid = \"Phù Liễn\"\ndata = 7\n\n[server]\nbroker_port = 99999\nprot = 1\n"},
  };
  for (const auto& [program, text] : bad) {
    const std::filesystem::path file = ward_.folder() / (program + ".toml");
    std::ofstream(file) << text;
    const auto checked = check(program, file);
    EXPECT_EQ(checked.result, 1) << program;
    const std::string place = file.string();
    EXPECT_THAT(checked.output, AllOf(HasSubstr(place + ":2: "), HasSubstr(place + ":3: "), HasSubstr(place + ":6: "),
                                      HasSubstr(place + ":7: "), HasSubstr("unknown key"), HasSubstr("lower-case")))
        << program;
  }
}

TEST_F(CheckConfig, TheInterfaceIsPrintedWholeWithoutAWard) {
  const std::filesystem::path output = ward_.folder() / "interface.json";
  Child child({std::string{LOA_BIN_DIR} + "/loa-server", "--openapi"}, output);
  ASSERT_EQ(child.wait(), 0);
  std::set<std::string> printed;
  const nlohmann::json paths = nlohmann::json::parse(read_whole_file(output)).at("paths");
  for (const auto& [path, item] : paths.items())
    for (const auto& [method, operation] : item.items()) printed.insert(operation.at("operationId"));
  // Each operation of the table that people read; a running server holds itself to it, too (people_api_test.cpp).
  std::istringstream page(read_whole_file(std::filesystem::path{LOA_SOURCE_DIR} / "docs/people.md"));
  std::set<std::string> told;
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("| `") && std::ranges::count(line, '|') == 8)
      told.insert(line.substr(3, line.find('`', 3) - 3));
  told.erase("operation");
  EXPECT_GT(told.size(), 60U);
  for (const std::string& operation : told) EXPECT_TRUE(printed.contains(operation)) << operation;
}

TEST_F(CheckConfig, WhereTheConsoleIsAndItsMapAreChecked) {
  const std::filesystem::path file = ward_.folder() / "station/server.toml";
  std::string text = read_whole_file(file);
  const std::size_t url = text.find("url = \"https://localhost");
  ASSERT_NE(url, std::string::npos) << "loa ward run says where the console is";
  text.insert(text.find('"', text.find('"', url) + 1), "/");
  text.insert(url, "tiles = \"nowhere\"\n");
  std::ofstream(file) << text;
  const auto checked = check("loa-server", file);
  EXPECT_EQ(checked.result, 1);
  EXPECT_THAT(checked.output, AllOf(HasSubstr("https://loa.example.vn:8443"), HasSubstr("z/x/y.png")));
}

}  // namespace
}  // namespace loa::test
