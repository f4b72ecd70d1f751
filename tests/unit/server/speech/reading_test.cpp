#include "server/speech/reading.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "server/speech/lexicon_file.h"

namespace loa::speech {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Line {
  std::string written;
  std::string spoken;
  std::string place;
};

std::vector<Line> table() {
  std::vector<Line> lines;
  for (const auto& entry : std::filesystem::directory_iterator{LOA_SOURCE_DIR "/tests/data/speech"}) {
    std::ifstream in(entry.path());
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      if (line.starts_with("# ")) continue;
      const auto tab = line.find('\t');
      const std::string place = entry.path().filename().string() + ":" + std::to_string(number);
      EXPECT_NE(tab, std::string::npos) << place;
      if (tab != std::string::npos) lines.push_back({line.substr(0, tab), line.substr(tab + 1), place});
    }
  }
  return lines;
}

const Lexicon& lexicon() {
  static const Lexicon words = vietnamese();
  return words;
}
std::string say(std::string_view text) {
  return read_text(text, lexicon()).spoken;
}

// What every reading keeps to, whatever was written.
void expect_sound(const Reading& reading) {
  const std::string& spoken = reading.spoken;
  EXPECT_EQ(std::ranges::count_if(spoken, [](char c) { return c >= '0' && c <= '9'; }), 0) << spoken;
  EXPECT_EQ(spoken.find("  "), std::string::npos) << spoken;
  for (const char c : spoken)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                std::string_view{" ,.?!"}.find(c) != std::string_view::npos)
        << spoken;
  std::size_t end = 0;
  for (const Piece& piece : reading.pieces) {
    EXPECT_GE(piece.at, end);
    EXPECT_GT(piece.length, 0U);
    end = piece.at + piece.length;
    EXPECT_LE(end, reading.written.size());
    EXPECT_THAT(spoken, HasSubstr(piece.spoken));
  }
}

TEST(Reading, SaysWhatTheTablesSay) {
  const auto lines = table();
  EXPECT_GE(lines.size(), 500U);
  for (const Line& line : lines) EXPECT_EQ(say(line.written), line.spoken) << line.place << ": " << line.written;
}

TEST(Reading, IsSoundAndStaysWhatItIsWhenReadAgain) {
  for (const Line& line : table()) {
    expect_sound(read_text(line.written, lexicon()));
    const Reading again = read_text(line.spoken, lexicon());
    EXPECT_EQ(again.spoken, line.spoken) << line.place;
    EXPECT_THAT(again.pieces, IsEmpty()) << line.place;
  }
}

TEST(Reading, AnyMixtureOfTheTablesIsSoundAndStaysWhatItIs) {
  const auto lines = table();
  std::mt19937 random(1);
  const auto any = [&](std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random); };
  const std::vector<std::string> between = {" ", ", ", ". ", "\n", "; ", " và "};
  for (int i = 0; i < 400; ++i) {
    std::string text;
    for (int j = 0; j < 5; ++j) text += lines[any(lines.size())].written + between[any(between.size())];
    const Reading reading = read_text(text, lexicon());
    expect_sound(reading);
    EXPECT_EQ(say(reading.spoken), reading.spoken) << text;
  }
}

TEST(Reading, ComposesWhatIsWrittenInParts) {
  // Ủ as U and a hook above; ạ as a and a dot below; Đ has no parts.
  EXPECT_EQ(read_text("U\u0309y ban HĐND", lexicon()).written, "Ủy ban HĐND");
  EXPECT_EQ(say("thu\u031b\u0301 4"), "thứ tư");
  EXPECT_EQ(say("HĐND nga\u0300y 2/9"), "hội đồng nhân dân ngày hai tháng chín");
}

TEST(Reading, RefusesWhatIsNoUtf8AndSaysWhere) {
  const auto refusal = [](std::string_view text) -> Text {
    try {
      (void)read_text(text, lexicon());
    } catch (const Error& error) {
      return error.text();
    }
    return {};
  };
  EXPECT_EQ(refusal("abc\xff").code, "speech.bad_utf8");
  EXPECT_THAT(refusal("abc\xff").args, ElementsAre("4"));
  EXPECT_THAT(refusal("ạ\xc3").args, ElementsAre("4"));          // cut off in the middle of a letter
  EXPECT_THAT(refusal("\xc0\xaf").args, ElementsAre("1"));       // longer than it need be
  EXPECT_THAT(refusal("x\xed\xa0\x80").args, ElementsAre("2"));  // half of a pair
  EXPECT_EQ(refusal("Ủy ban").code, "");
}

TEST(Reading, NamesWhereEachPieceStood) {
  const Reading reading = read_text("Họp TDP 5 lúc 7h30.", lexicon());
  EXPECT_EQ(reading.spoken, "Họp tổ dân phố năm lúc bảy giờ ba mươi phút.");
  ASSERT_EQ(reading.pieces.size(), 3U);
  const auto written = [&](const Piece& piece) { return reading.written.substr(piece.at, piece.length); };
  EXPECT_EQ(written(reading.pieces[0]), "TDP");
  EXPECT_EQ(written(reading.pieces[1]), "5");
  EXPECT_EQ(written(reading.pieces[2]), "7h30");
  EXPECT_EQ(reading.pieces[2].spoken, "bảy giờ ba mươi phút");
}

TEST(Reading, OfNothingIsNothing) {
  for (const char* text : {"", " ", "\n\n", "…", "😀", "\u200b", "- - -", "()"}) {
    const Reading reading = read_text(text, lexicon());
    EXPECT_EQ(reading.spoken, "") << text;
    EXPECT_EQ(reading.syllables, 0) << text;
    EXPECT_EQ(reading.length.count(), 0) << text;
  }
}

TEST(Reading, ALineThatWasOnlyWrappedGoesOn) {
  EXPECT_EQ(say("Kính mời\nbà con"), "Kính mời bà con");
  EXPECT_EQ(say("Kính mời\r\nbà con"), "Kính mời bà con");
  EXPECT_EQ(say("Kính mời\n\nbà con"), "Kính mời. bà con");
  EXPECT_EQ(say("THÔNG BÁO\nKính mời"), "THÔNG BÁO. Kính mời");
  EXPECT_EQ(say("Kính gửi:\nBà con"), "Kính gửi. Bà con");
  EXPECT_EQ(say("- Một\n- Hai"), "Một. Hai");
}

TEST(Reading, CountsSyllablesAndTheirTime) {
  const Reading reading = read_text("Ủy ban nhân dân phường Phù Liễn, thứ Bảy. Zalo", lexicon());
  EXPECT_EQ(reading.syllables, 11);
  const Reading words = read_text("một hai ba bốn", lexicon());
  const Reading paused = read_text("một, hai, ba, bốn", lexicon());
  EXPECT_EQ(words.syllables, 4);
  EXPECT_GT(paused.length, words.length);
}

TEST(Reading, ReadsWhateverBytesThereAre) {
  std::mt19937 random(7);
  const std::vector<std::string> parts = {
      "1", "0225", ".",    ",", "/",      "-",      "–",  ":",       "h",    "TT",    "QĐ",  "UBND", "ngày",
      " ", "\n",   "2026", "(", ")",      "+",      "%",  "đ",       "x",    "thứ",   "T",   "XV",   "I",
      "@", "gọi",  "km",   "²", "\u0301", "\u200b", "số", "âm lịch", "mùng", "tháng", "quý", "$"};
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (int j = 0; j < 12; ++j) text += parts[std::uniform_int_distribution<std::size_t>(0, parts.size() - 1)(random)];
    expect_sound(read_text(text, lexicon()));
  }
  for (int i = 0; i < 3000; ++i) {
    std::string bytes;
    for (int j = 0; j < 20; ++j) bytes += static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random));
    try {
      (void)read_text(bytes, lexicon());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "speech.bad_utf8");
    }
  }
}

}  // namespace
}  // namespace loa::speech
