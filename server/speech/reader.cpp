#include "server/speech/reader.h"

#include <algorithm>

namespace loa::speech {

Reader::Reader(std::string_view text, const Lexicon& lexicon) : text_(text), lexicon_(lexicon), tokens_(split(text)) {}

bool Reader::is_mark(std::size_t i, std::string_view mark) const {
  return is(i, Kind::kMark) && tokens_[i].text == mark;
}

bool Reader::is_dash(std::size_t i) const {
  return is_mark(i, "-") || is_mark(i, "–") || is_mark(i, "—") || is_mark(i, "‑") || is_mark(i, "−");
}

bool Reader::is_glued(std::size_t i) const {
  return i > 0 && (is(i - 1, Kind::kWord) || is(i - 1, Kind::kDigits));
}

bool Reader::starts_line(std::size_t i) const {
  const std::size_t place = before(i);
  return place == tokens_.size() || is(place, Kind::kBreak);
}

std::optional<std::uint64_t> Reader::number(std::size_t i, std::size_t longest) const {
  if (!is(i, Kind::kDigits) || tokens_[i].text.size() > longest) return std::nullopt;
  return std::stoull(std::string{tokens_[i].text});
}

std::size_t Reader::past_spaces(std::size_t i) const {
  while (is(i, Kind::kSpace) || is(i, Kind::kUnheard)) ++i;
  return i;
}

std::size_t Reader::before(std::size_t i) const {
  while (i > 0) {
    --i;
    if (!is(i, Kind::kSpace) && !is(i, Kind::kUnheard)) return i;
  }
  return tokens_.size();
}

std::string Reader::word_at(std::size_t i) const {
  return is(i, Kind::kWord) ? lower(tokens_[i].text) : std::string{};
}

std::string Reader::word_before(std::size_t i) const {
  return word_at(before(i));
}

bool Reader::is_behind(std::size_t i, std::initializer_list<std::string_view> words) const {
  const std::string word = word_before(i);
  return !word.empty() && std::ranges::find(words, word) != words.end();
}

std::optional<std::size_t> Reader::past_words(std::size_t i, std::string_view words) const {
  while (!words.empty()) {
    const std::size_t length = std::min(words.find(' '), words.size());
    i = past_spaces(i);
    if (word_at(i) != words.substr(0, length)) return std::nullopt;
    ++i;
    words.remove_prefix(std::min(length + 1, words.size()));
  }
  return i;
}

std::size_t Reader::token_at(std::size_t byte, std::size_t from) const {
  const auto first = tokens_.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::size_t>(std::ranges::lower_bound(first, tokens_.end(), byte, {}, &Token::at) -
                                  tokens_.begin());
}

std::optional<Reader::Entry> Reader::entry(const Words& words, std::size_t i) const {
  constexpr std::size_t kLongest = 64;  // lexicon_file.cpp refuses longer ones
  const std::string_view rest = text_.substr(byte(i), kLongest);
  for (std::size_t j = token_at(byte(i) + rest.size(), i); j > i; --j) {
    const std::size_t length = byte(j) - byte(i);
    if (length > rest.size()) continue;
    const auto found = words.find(rest.substr(0, length));
    if (found == words.end()) continue;
    if ((is(j - 1, Kind::kWord) || is(j - 1, Kind::kDigits)) && is(j, Kind::kWord)) continue;
    return Entry{j, found->first, found->second};
  }
  return std::nullopt;
}

Reader::Found Reader::apply(std::size_t i) const {
  using Rule = Found (Reader::*)(std::size_t) const;
  static constexpr std::initializer_list<Rule> kForDigits = {
      &Reader::address,      &Reader::document,      &Reader::phone,          &Reader::phone_by_context,
      &Reader::account,      &Reader::date,          &Reader::month_and_year, &Reader::fraction,
      &Reader::days_to_date, &Reader::hours_to_time, &Reader::time,           &Reader::ratio,
      &Reader::weekday,      &Reader::month,         &Reader::lunar_day,      &Reader::quantity};
  static constexpr std::initializer_list<Rule> kForWords = {
      &Reader::address,      &Reader::document_kind, &Reader::letter_t, &Reader::roman,
      &Reader::abbreviation, &Reader::times_sign,    &Reader::spelled};
  static constexpr std::initializer_list<Rule> kForMarks = {&Reader::phone, &Reader::sign_before, &Reader::negative,
                                                            &Reader::until, &Reader::each,        &Reader::times_sign,
                                                            &Reader::symbol};
  const auto& rules = is(i, Kind::kDigits) ? kForDigits : is(i, Kind::kWord) ? kForWords : kForMarks;
  for (const Rule rule : rules)
    if (Found found = (this->*rule)(i)) return found;
  return std::nullopt;
}

void Reader::read(Reading& reading) {
  for (std::size_t i = 0; i < tokens_.size();) {
    if (is(i, Kind::kSpace) || is(i, Kind::kUnheard)) {
      ++i;
      continue;
    }
    if (!is(i, Kind::kBreak)) {
      if (Found found = apply(i)) {
        const std::string_view written = text_.substr(byte(i), byte(found->end) - byte(i));
        if (found->words != written) reading.pieces.push_back({byte(i), written.size(), found->words});
        speaker_.say(found->words);
        last_ = found->as;
        last_value_ = found->value;
        i = last_end_ = found->end;
        if (last_ == Last::kPhone) phone_end_ = i;
        continue;
      }
      if (is(i, Kind::kWord)) {
        speaker_.say(tokens_[i].text);
        last_ = Last::kWord;
        last_end_ = ++i;
        continue;
      }
    }
    speaker_.pause(pause_of(i));
    ++i;
  }
  speaker_.finish(reading);
}

Reading read_text(std::string_view text, const Lexicon& lexicon) {
  Reading reading;
  reading.written = compose(text);
  Reader(reading.written, lexicon).read(reading);
  return reading;
}

}  // namespace loa::speech
