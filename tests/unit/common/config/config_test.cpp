#include "common/config/config.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/scratch_folder.h"

namespace loa::config {
namespace {

using ::testing::HasSubstr;

class Config : public ::testing::Test {
 protected:
  ConfigFile open(std::string_view content) {
    std::ofstream{file_, std::ios::binary} << content;
    return ConfigFile(file_);
  }
  std::string at(int line, std::string_view words) const {
    return file_.string() + ":" + std::to_string(line) + ": " + std::string{words};
  }

  test::ScratchFolder folder_;
  std::filesystem::path file_ = folder_ / "node.toml";
};

// The code and what a person reads.
template <class Action>
std::pair<std::string, std::string> failure(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_TRUE(is_known_text(error.code())) << error.code();
    return {error.code(), error.what()};
  }
  return {};
}

TEST_F(Config, ReadsWhatIsThere) {
  ConfigFile config = open(
      "[node]\nname = \"tdp-01\"\nport = 8883\nclips = \"clips\"\nkeys = \"/etc/loa/keys\"\nwords = \"Tổ dân phố số "
      "1\"\n");
  EXPECT_EQ(config.id("node.name"), "tdp-01");
  EXPECT_EQ(config.integer("node.port", 1, 65535), 8883);
  EXPECT_EQ(config.path("node.clips"), folder_ / "clips");
  EXPECT_EQ(config.path("node.keys"), "/etc/loa/keys");
  EXPECT_EQ(config.text("node.words"), "Tổ dân phố số 1");
  EXPECT_NO_THROW(config.finish());
}

TEST_F(Config, AFlagIsTrueOrFalseAndNothingElse) {
  ConfigFile config = open("[amplifier]\nactive_low = true\ninverted = \"true\"\n");
  EXPECT_TRUE(config.flag_or("amplifier.active_low", false));
  EXPECT_TRUE(config.flag_or("amplifier.other", true));
  EXPECT_FALSE(config.flag_or("amplifier.inverted", false));
  const auto [code, text] = failure([&] { config.finish(); });
  EXPECT_EQ(code, "config.bad");
  EXPECT_THAT(text, HasSubstr(at(3, "amplifier.inverted: true or false")));
}

TEST_F(Config, TextsAreReplacedWhateverFormTheFileHas) {
  const std::string text =
      "station.data = \"a\" # why\nhttp = { port = 8443, web = \"w\" }\n[speech]\ncommand = [\"espeak-ng\", \"-v\"]\n";
  const std::string changed =
      with_texts({"c.toml", text}, {{"station.data", "../\"b\""}, {"http.web", "x"}, {"speech.words", "words.toml"}});
  ConfigFile config(Content{"c.toml", changed});
  EXPECT_EQ(config.text("station.data"), "../\"b\"");
  EXPECT_EQ(config.text("http.web"), "x");
  EXPECT_EQ(config.integer("http.port", 1, 65'535), 8443);
  EXPECT_EQ(config.texts_or_none("speech.command"), (std::vector<std::string>{"espeak-ng", "-v"}));
  EXPECT_EQ(config.text("speech.words"), "words.toml");
  EXPECT_NO_THROW(config.finish());
  EXPECT_EQ(failure([&] { (void)with_texts({"c.toml", text}, {{"broker.host", "x"}}); }).first, "config.bad");
  EXPECT_EQ(failure([] { (void)with_texts({"c.toml", "a = "}, {}); }).first, "config.cannot_parse");
}

TEST_F(Config, ASectionCanBeADictionaryOfAnyKeys) {
  ConfigFile config =
      open("[words]\n\"v.v.\" = \"vân vân\"\nUBND = \"ủy ban\"\n\"số\" = 5\nnone = \"\"\n[other]\na = \"b\"\n");
  const auto words = config.dictionary("words");
  EXPECT_EQ(words, (std::map<std::string, std::string>{{"UBND", "ủy ban"}, {"v.v.", "vân vân"}}));
  EXPECT_TRUE(config.dictionary("absent").empty());
  const auto [code, text] = failure([&] { config.finish(); });
  EXPECT_EQ(code, "config.bad");
  EXPECT_THAT(text, HasSubstr(at(4, "words.số: text, not empty")));
  EXPECT_THAT(text, HasSubstr(at(5, "words.none: text, not empty")));
  EXPECT_THAT(text, HasSubstr(at(7, "other.a: unknown key")));
}

TEST_F(Config, ListsOfTextsAreReadAndAnythingElseInThemIsAMistake) {
  ConfigFile config = open("[amplifier]\ncommand = [\"/usr/bin/relay\", \"4\"]\n");
  EXPECT_EQ(config.texts_or_none("amplifier.command"), (std::vector<std::string>{"/usr/bin/relay", "4"}));
  EXPECT_TRUE(config.texts_or_none("amplifier.other").empty());
  EXPECT_NO_THROW(config.finish());
  for (const char* bad : {"\"relay 4\"", "[\"relay\", 4]", "[\"relay\", \"\"]"}) {
    ConfigFile wrong = open(std::string{"[amplifier]\ncommand = "} + bad + "\n");
    EXPECT_TRUE(wrong.texts_or_none("amplifier.command").empty());
    EXPECT_EQ(failure([&] { wrong.finish(); }).first, "config.bad") << bad;
  }
}

TEST_F(Config, DefaultsStandForWhatIsAbsent) {
  ConfigFile config = open("[node]\nempty = \"\"\n");
  EXPECT_EQ(config.text_or("node.sink", "auto"), "auto");
  EXPECT_EQ(config.text_or("node.empty", "auto"), "");
  EXPECT_EQ(config.integer_or("node.port", 8883, 1, 65535), 8883);
  EXPECT_EQ(config.integer_or("other.port", 1, 1, 65535), 1);
  EXPECT_NO_THROW(config.finish());
}

TEST_F(Config, WhatIsQuotedIsReadBack) {
  std::string text = "a \"b\" \\ Tổ\n[trust]\tx = 1\x7f";
  text += '\x01';
  ConfigFile config = open("[node]\nname = " + toml_string(text) + "\n");
  EXPECT_EQ(config.text("node.name"), text);
  EXPECT_NO_THROW(config.finish());
}

TEST_F(Config, APathMayBeAbsent) {
  ConfigFile config = open("[node]\npid = \"run/pid\"\nbad = 7\n");
  EXPECT_EQ(config.path_or_none("node.pid"), folder_ / "run/pid");
  EXPECT_EQ(config.path_or_none("node.other"), "");
  EXPECT_EQ(config.path_or_none("node.bad"), "");
  EXPECT_THROW(config.finish(), Error) << "there, and no path";
}

TEST_F(Config, TellsEveryMistakeAtOnce) {
  ConfigFile config = open(
      "[node]\n"             // 1
      "name = \"Tdp 01\"\n"  // 2
      "port = 70000\n"       // 3
      "low = 0\n"            // 4
      "words = 7\n"          // 5
      "sink = true\n"        // 6
      "empty = \"\"\n"       // 7
      "pott = 1\n"           // 8
      "real = 1.0\n"         // 9
      "\n"                   // 10
      "[nodes]\n"            // 11
      "x = 1\n");            // 12
  EXPECT_EQ(config.id("node.name"), "Tdp 01");
  EXPECT_EQ(config.integer("node.port", 1, 65535), 1);
  EXPECT_EQ(config.integer_or("node.low", 9, 1, 10), 1);
  EXPECT_EQ(config.text("node.words"), "");
  EXPECT_EQ(config.text_or("node.sink", "auto"), "");
  EXPECT_EQ(config.text("node.empty"), "");
  EXPECT_EQ(config.integer("node.real", 0, 9), 0);
  EXPECT_EQ(config.path("node.folder"), "");
  EXPECT_EQ(config.integer("node.absent", 3, 9), 3);
  EXPECT_EQ(config.id("node.who"), "");
  const auto [code, words] = failure([&] { config.finish(); });
  EXPECT_EQ(code, "config.bad");
  EXPECT_THAT(words, HasSubstr(at(2, "node.name: lower-case letters, digits and hyphens, at most 64")));
  EXPECT_THAT(words, HasSubstr(at(3, "node.port: integer from 1 to 65535")));
  EXPECT_THAT(words, HasSubstr(at(4, "node.low: integer from 1 to 10")));
  EXPECT_THAT(words, HasSubstr(at(5, "node.words: text, not empty")));
  EXPECT_THAT(words, HasSubstr(at(6, "node.sink: text")));
  EXPECT_THAT(words, HasSubstr(at(7, "node.empty: text, not empty")));
  EXPECT_THAT(words, HasSubstr(at(8, "node.pott: unknown key")));
  EXPECT_THAT(words, HasSubstr(at(9, "node.real: integer from 0 to 9")));
  EXPECT_THAT(words, HasSubstr(file_.string() + ": node.folder: text, not empty"));
  EXPECT_THAT(words, HasSubstr(file_.string() + ": node.absent: integer from 3 to 9"));
  EXPECT_THAT(words, HasSubstr(file_.string() + ": node.who: text, not empty"));
  EXPECT_THAT(words, HasSubstr(at(12, "nodes.x: unknown key")));
  EXPECT_EQ(std::ranges::count(words, '\n'), 12) << words;  // each once
}

TEST_F(Config, KeysStandInSections) {
  ConfigFile config = open("port = 1\n[node]\nport = 2\n");
  EXPECT_EQ(config.integer("node.port", 1, 9), 2);
  const auto [code, words] = failure([&] { config.finish(); });
  EXPECT_EQ(code, "config.bad");
  EXPECT_THAT(words, HasSubstr(at(1, "port: a [section]")));
}

TEST_F(Config, ASectionWhereAValueBelongs) {
  ConfigFile config = open("[node.port]\nx = 1\n[node.name]\n");
  EXPECT_EQ(config.integer("node.port", 1, 9), 1);
  EXPECT_EQ(config.text("node.name"), "");
  const auto [code, words] = failure([&] { config.finish(); });
  EXPECT_EQ(code, "config.bad");
  EXPECT_THAT(words, HasSubstr("node.port: integer from 1 to 9"));
  EXPECT_THAT(words, HasSubstr("node.name: text, not empty"));
}

TEST_F(Config, NotToml) {
  for (const char* content : {"[node\n", "[node]\nname = \n", "[node]\nname = tdp\n", "[a]\nx = 1\nx = 2\n",
                              "[a]\n[a]\n", "\xff", "[a]\nx = \"\xff\"\n", "[a]\nx = 99999999999999999999\n"}) {
    const auto [code, words] = failure([&] { static_cast<void>(open(content)); });
    EXPECT_EQ(code, "config.cannot_parse") << content;
    EXPECT_THAT(words, HasSubstr(file_.string())) << content;
  }
  const auto [code, words] = failure([&] { static_cast<void>(open("[a]\nx = 1\ny = \n")); });
  EXPECT_THAT(words, HasSubstr("3"));
}

TEST_F(Config, NoFileOrAFolder) {
  EXPECT_EQ(failure([&] { const ConfigFile absent(folder_ / "absent.toml"); }).first, "file.cannot_read");
  EXPECT_EQ(failure([&] { const ConfigFile folder(folder_.path()); }).first, "file.cannot_read");
}

TEST_F(Config, AnEmptyFileLacksOnlyWhatIsAskedFor) {
  ConfigFile config = open("");
  EXPECT_NO_THROW(config.finish());
  EXPECT_EQ(config.text("node.name"), "");
  EXPECT_EQ(failure([&] { config.finish(); }).first, "config.bad");
}

}  // namespace
}  // namespace loa::config
