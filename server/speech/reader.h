// Goes through a text once and applies the first rule that fits at each place. Internal to server/speech.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/speech/lexicon.h"
#include "server/speech/reading.h"
#include "server/speech/speaker.h"
#include "server/speech/text.h"

namespace loa::speech {

class Reader {
 public:
  // The text is composed and outlives the reader, as the lexicon does.
  Reader(std::string_view text, const Lexicon& lexicon);
  // Fills all but `written`.
  void read(Reading& reading);

 private:
  // What the last thing said was: a dash behind it depends on that.
  enum class Last { kNothing, kWord, kNumber, kMeasure, kWhen, kPhone };
  // What a rule makes of the tokens from a place up to `end`.
  struct Said {
    std::size_t end = 0;
    std::string words;
    Last as = Last::kWord;
    double value = 0;  // of a kNumber
  };
  using Found = std::optional<Said>;

  // --- looking around: reader.cpp
  [[nodiscard]] bool is(std::size_t i, Kind kind) const { return i < tokens_.size() && tokens_[i].kind == kind; }
  [[nodiscard]] bool is_mark(std::size_t i, std::string_view mark) const;
  [[nodiscard]] bool is_dash(std::size_t i) const;
  [[nodiscard]] std::string_view text(std::size_t i) const { return i < tokens_.size() ? tokens_[i].text : ""; }
  [[nodiscard]] std::size_t byte(std::size_t i) const { return i < tokens_.size() ? tokens_[i].at : text_.size(); }
  [[nodiscard]] bool is_glued(std::size_t i) const;     // a letter or digit stands directly before
  [[nodiscard]] bool starts_line(std::size_t i) const;  // but for spaces and bullets
  // Of at most `longest` digits.
  [[nodiscard]] std::optional<std::uint64_t> number(std::size_t i, std::size_t longest) const;
  [[nodiscard]] std::size_t past_spaces(std::size_t i) const;
  // The place before, not counting spaces; tokens_.size() when there is none.
  [[nodiscard]] std::size_t before(std::size_t i) const;
  // The word before, in small letters, when nothing but spaces is between; else empty.
  [[nodiscard]] std::string word_before(std::size_t i) const;
  [[nodiscard]] bool is_behind(std::size_t i, std::initializer_list<std::string_view> words) const;
  [[nodiscard]] std::string word_at(std::size_t i) const;  // in small letters; empty when it is none
  // Where these small words, with spaces between, end.
  [[nodiscard]] std::optional<std::size_t> past_words(std::size_t i, std::string_view words) const;
  // The longest entry that the text begins with at a token and that ends with one.
  struct Entry {
    std::size_t end = 0;
    std::string_view written;
    std::string_view said;
  };
  [[nodiscard]] std::optional<Entry> entry(const Words& words, std::size_t i) const;
  [[nodiscard]] std::size_t token_at(std::size_t byte, std::size_t from) const;

  // --- dates and times: reader_dates.cpp
  struct Date {
    std::uint64_t day = 0;
    std::uint64_t month = 0;
    std::uint64_t year = 0;  // 0: not written
    std::size_t end = 0;
  };
  [[nodiscard]] std::optional<Date> date_at(std::size_t i) const;
  [[nodiscard]] bool is_meant_as_date(std::size_t i, const Date& date) const;
  [[nodiscard]] bool is_lunar(std::size_t end) const;
  enum class DayWord { kSaid, kWritten };  // whether “ngày” stands in the text already
  [[nodiscard]] static std::string say_day(std::uint64_t day, bool lunar, DayWord word);
  [[nodiscard]] std::string say_date(const Date& date, DayWord word) const;
  [[nodiscard]] DayWord day_word(std::size_t i) const;
  [[nodiscard]] Found date(std::size_t i) const;
  [[nodiscard]] Found days_to_date(std::size_t i) const;  // 15–17/8
  [[nodiscard]] Found month_and_year(std::size_t i) const;
  [[nodiscard]] Found month(std::size_t i) const;      // behind “tháng”
  [[nodiscard]] Found lunar_day(std::size_t i) const;  // ngày 5 tháng 5 âm lịch
  [[nodiscard]] Found time(std::size_t i) const;
  [[nodiscard]] Found hours_to_time(std::size_t i) const;  // 7–11h
  [[nodiscard]] Found weekday(std::size_t i) const;        // behind “thứ”, and T2 … T7
  [[nodiscard]] Found letter_t(std::size_t i) const;

  // --- numbers: reader_numbers.cpp
  [[nodiscard]] std::size_t past_spaced_thousands(std::size_t i) const;  // 1 500 000
  [[nodiscard]] Found plain_number(std::size_t i) const;
  [[nodiscard]] Found quantity(std::size_t i) const;     // with its unit
  [[nodiscard]] Found sign_before(std::size_t i) const;  // $5
  [[nodiscard]] Found negative(std::size_t i) const;
  [[nodiscard]] Found fraction(std::size_t i) const;
  [[nodiscard]] Found ratio(std::size_t i) const;
  [[nodiscard]] Found document(std::size_t i) const;
  [[nodiscard]] Found document_kind(std::size_t i) const;  // QĐ-UBND, without a number
  [[nodiscard]] std::string say_issuers(std::size_t i, std::size_t& end) const;
  [[nodiscard]] Found phone(std::size_t i) const;
  [[nodiscard]] Found phone_by_context(std::size_t i) const;
  [[nodiscard]] Found account(std::size_t i) const;
  [[nodiscard]] bool is_phone_before(std::size_t i, bool& is_call) const;

  // --- words and marks: reader_words.cpp
  [[nodiscard]] Found address(std::size_t i) const;  // e-mail and web
  [[nodiscard]] Found roman(std::size_t i) const;
  [[nodiscard]] Found abbreviation(std::size_t i) const;
  [[nodiscard]] Found spelled(std::size_t i) const;
  [[nodiscard]] Found times_sign(std::size_t i) const;
  [[nodiscard]] Found each(std::size_t i) const;   // /người: mỗi người
  [[nodiscard]] Found until(std::size_t i) const;  // a dash that is said “đến”
  [[nodiscard]] Found symbol(std::size_t i) const;
  [[nodiscard]] Pause pause_of(std::size_t i) const;

  [[nodiscard]] Found apply(std::size_t i) const;

  const std::string_view text_;
  const Lexicon& lexicon_;
  const std::vector<Token> tokens_;
  Speaker speaker_;
  Last last_ = Last::kNothing;
  std::size_t last_end_ = 0;
  double last_value_ = 0;
  std::size_t phone_end_ = 0;  // of the last telephone number
};

}  // namespace loa::speech
