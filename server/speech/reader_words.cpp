// Words, addresses and marks.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "server/speech/letters.h"
#include "server/speech/numbers.h"
#include "server/speech/reader.h"

namespace loa::speech {
namespace {

constexpr std::size_t kLongestAddress = 256;
constexpr std::size_t kLongestSpelled = 10;

bool is_ascii_word(std::string_view text, std::string_view also) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

bool is_host(std::string_view text) {
  constexpr std::array<std::string_view, 8> kTops = {"vn", "com", "net", "org", "gov", "edu", "info", "asia"};
  const std::size_t dot = text.rfind('.');
  return dot != std::string_view::npos && dot > 0 && text.find("..") == std::string_view::npos && text.front() != '.' &&
         is_ascii_word(text, ".-") && std::ranges::find(kTops, text.substr(dot + 1)) != kTops.end();
}

void add(std::string& out, std::string_view words) {
  if (words.empty()) return;
  if (!out.empty()) out += ' ';
  out += words;
}

// Words as they are where they can be said, letters and digits one by one where not.
std::string say_address(std::string_view address) {
  static const std::map<char, std::string_view> names = {
      {'.', "chấm"}, {'/', "gạch chéo"}, {'-', "gạch ngang"}, {'_', "gạch dưới"}, {'@', "a còng"}, {':', "hai chấm"},
      {'?', "hỏi"},  {'=', "bằng"},      {'&', "và"},         {'%', "phần trăm"}, {'#', "thăng"},  {'+', "cộng"}};
  std::string out;
  for (const Token& token : split(address)) {
    if (token.kind == Kind::kDigits)
      add(out, say_digits(token.text));
    else if (token.kind == Kind::kWord)
      add(out, has_vowel(token.text) ? lower(token.text) : spell(token.text));
    else if (const auto name = names.find(token.text.front()); token.text.size() == 1 && name != names.end())
      add(out, name->second);
  }
  return out;
}

}  // namespace

Reader::Found Reader::address(std::size_t i) const {
  if (i > 0 && !is(i - 1, Kind::kSpace) && !is(i - 1, Kind::kBreak) && !is_mark(i - 1, "(") && !is_mark(i - 1, ":") &&
      !is_mark(i - 1, "\"") && !is_mark(i - 1, "“") && !is_mark(i - 1, "<"))
    return std::nullopt;
  std::string_view chunk = text_.substr(byte(i), kLongestAddress);
  chunk = chunk.substr(0, chunk.find_first_of(" \t\r\n"));
  while (!chunk.empty() && !is_ascii_word(chunk.substr(chunk.size() - 1), "/")) chunk.remove_suffix(1);
  if (chunk.find('.') == std::string_view::npos || !is_ascii_word(chunk, "./-_@:?=&%#+~")) return std::nullopt;
  const std::size_t end = token_at(byte(i) + chunk.size(), i);
  if (byte(end) != byte(i) + chunk.size()) return std::nullopt;
  if (const std::size_t at = chunk.find('@'); at != std::string_view::npos) {
    if (at == 0 || !is_ascii_word(chunk.substr(0, at), "._-+") || !is_ascii_word(chunk.substr(at + 1), ".-") ||
        chunk.substr(at + 1).find('.') == std::string_view::npos)
      return std::nullopt;
    return Said{end, say_address(chunk), Last::kWord};
  }
  std::string_view shown = chunk;
  const bool has_scheme = shown.find("://") != std::string_view::npos;
  if (has_scheme) shown.remove_prefix(shown.find("://") + 3);
  if (shown.starts_with("www.")) shown.remove_prefix(4);
  if (!is_host(shown.substr(0, shown.find_first_of("/:?#")))) return std::nullopt;
  while (shown.ends_with('/')) shown.remove_suffix(1);
  return Said{end, say_address(shown), Last::kWord};
}

Reader::Found Reader::roman(std::size_t i) const {
  const int value = roman_value(text(i));
  if (value == 0 || is_glued(i) || is(i + 1, Kind::kDigits)) return std::nullopt;
  const std::size_t letters = text(i).size();
  // I. Tình hình; II) Nhiệm vụ
  if (starts_line(i) && (is_mark(i + 1, ".") || is_mark(i + 1, ")") || is_mark(i + 1, "/")) && is(i + 2, Kind::kSpace))
    return Said{i + 1, say_number(static_cast<std::uint64_t>(value)), Last::kWord};
  if (is_behind(i, {"thứ"})) {
    const std::string said = value == 1 ? "nhất" : value == 4 ? "tư" : say_number(static_cast<std::uint64_t>(value));
    return Said{i + 1, said, Last::kWord};
  }
  const bool is_counted =
      is_behind(i, {"quý",  "khóa", "khoá", "kỳ",   "kỷ",  "kỉ",    "chương", "mục", "phần", "loại", "hạng", "cấp",
                    "vùng", "vực",  "nhóm", "đoạn", "tập", "quyển", "đợt",    "cụm", "bậc",  "lần",  "lục",  "mức"});
  // Of two letters and more nothing but a numeral is written so, but for the words vi, xi and the like.
  const bool is_evident = letters > 1 && text(i).find_first_of("LC") == std::string_view::npos && text(i) != "VI" &&
                          text(i) != "XI" && text(i) != "XV" && text(i) != "XX";
  if (!is_counted && !is_evident) return std::nullopt;
  if (is_mark(i + 1, "/") && is(i + 2, Kind::kDigits) && text(i + 2).size() == 4)
    return Said{i + 3, say_number(static_cast<std::uint64_t>(value)) + " năm " + say_digits_as_number(text(i + 2)),
                Last::kWhen};
  return Said{i + 1, say_number(static_cast<std::uint64_t>(value)), Last::kNumber, static_cast<double>(value)};
}

Reader::Found Reader::abbreviation(std::size_t i) const {
  if (is_glued(i) && is(i - 1, Kind::kWord)) return std::nullopt;
  if (const auto found = entry(lexicon_.before_names, i)) {
    const std::size_t name = past_spaces(found->end);
    if (is(name, Kind::kDigits) || (is(name, Kind::kWord) && starts_upper(text(name))))
      return Said{found->end, std::string{found->said}, Last::kWord};
  }
  auto found = entry(lexicon_.abbreviations, i);
  if (!found) return std::nullopt;
  // The full stop of a sentence that ends with it.
  const std::size_t behind = past_spaces(found->end);
  std::size_t end = found->end;
  if (is_mark(end - 1, ".") && end - 1 > i && (behind == tokens_.size() || is(behind, Kind::kBreak))) --end;
  return Said{end, std::string{found->said}, Last::kWord};
}

Reader::Found Reader::spelled(std::size_t i) const {
  const std::string_view word = text(i);
  if (!is_upper(word)) return std::nullopt;
  const std::size_t length = characters(word).size();
  if (length > kLongestSpelled || !is_unpronounceable(word)) return std::nullopt;
  return Said{i + 1, spell(word), Last::kWord};
}

Reader::Found Reader::times_sign(std::size_t i) const {
  const bool is_sign = text(i) == "x" || text(i) == "X" || is_mark(i, "×") || is_mark(i, "*");
  if (!is_sign || last_end_ != before(i) + 1 || (last_ != Last::kNumber && last_ != Last::kMeasure) ||
      !is(past_spaces(i + 1), Kind::kDigits))
    return std::nullopt;
  return Said{i + 1, "nhân", Last::kWord};
}

Reader::Found Reader::each(std::size_t i) const {
  if (!is_mark(i, "/") || last_ == Last::kNothing || last_ == Last::kPhone) return std::nullopt;
  if (last_end_ != before(i) + 1) return std::nullopt;
  // 3 lần/tuần, but xã/phường
  if (last_ == Last::kWord && !is(before(before(i)), Kind::kDigits) &&
      !is_behind(i, {"đồng", "triệu", "nghìn", "tỷ", "lần", "lượt", "suất", "người", "hộ"}))
    return std::nullopt;
  const std::size_t place = past_spaces(i + 1);
  const std::string word = word_at(place);
  for (const char* known :
       {"ngày", "tuần", "tháng", "quý", "năm",  "giờ", "phút", "giây",   "người", "hộ",  "lần", "lượt",  "chuyến",
        "suất", "khẩu", "buổi",  "đêm", "cháu", "em",  "học",  "trẻ",    "nhân",  "xe",  "bộ",  "cái",   "con",
        "tấn",  "tạ",   "lít",   "mét", "gói",  "bao", "hồ",   "trường", "đơn",   "khu", "tổ",  "phường"})
    if (word == known) return Said{i + 1, "mỗi", Last::kWord};
  if (const auto unit = entry(lexicon_.units, place); unit && is(place, Kind::kWord))
    return Said{unit->end, "mỗi " + std::string{unit->said}, Last::kMeasure};
  if (is(place, Kind::kDigits) && last_ == Last::kNumber) return Said{i + 1, "trên", Last::kWord};
  return std::nullopt;
}

Reader::Found Reader::until(std::size_t i) const {
  if (!is_dash(i) || last_end_ != before(i) + 1) return std::nullopt;
  const std::size_t next = past_spaces(i + 1);
  const std::string word = word_at(next);
  const bool is_open = is(i - 1, Kind::kSpace) || next > i + 1;
  const Said until{i + 1, "đến", Last::kWord};
  if (last_ == Last::kWhen && (is(next, Kind::kDigits) || word == "thứ" || word == "ngày" || word == "chủ" ||
                               word == "cn" || (word == "t" && is(next + 1, Kind::kDigits)) || word == "tháng"))
    return until;
  if (last_ == Last::kMeasure && is(next, Kind::kDigits)) {
    const Found other = quantity(next);
    if (!is_open || (other && other->as == Last::kMeasure)) return until;
  }
  if (last_ != Last::kNumber) return std::nullopt;
  if (const int value = roman_value(word.empty() ? std::string_view{} : text(next)); value > last_value_) return until;
  if (!is(next, Kind::kDigits)) return std::nullopt;
  const Found other = quantity(next);
  if (other && other->value > last_value_) return until;
  if (is_open) return std::nullopt;
  return Said{i + 1, "gạch ngang", Last::kWord};
}

Reader::Found Reader::symbol(std::size_t i) const {
  static const std::map<std::string_view, std::string_view> names = {
      {"&", "và"},         {"%", "phần trăm"}, {"‰", "phần nghìn"}, {"@", "a còng"},       {"=", "bằng"},
      {"<", "nhỏ hơn"},    {">", "lớn hơn"},   {"≤", "không quá"},  {"≥", "ít nhất"},      {"±", "cộng trừ"},
      {"~", "khoảng"},     {"≈", "khoảng"},    {"°", "độ"},         {"½", "một phần hai"}, {"¼", "một phần tư"},
      {"¾", "ba phần tư"}, {"№", "số"},        {"$", "đô la"},      {"₫", "đồng"}};
  if (is_mark(i + 1, "=") && (is_mark(i, ">") || is_mark(i, "<")))
    return Said{i + 2, is_mark(i, ">") ? "ít nhất" : "không quá", Last::kWord};
  if (is_mark(i, "+") && !starts_line(i)) return Said{i + 1, "cộng", Last::kWord};
  const auto name = names.find(text(i));
  if (name == names.end()) return std::nullopt;
  return Said{i + 1, std::string{name->second}, Last::kWord};
}

Pause Reader::pause_of(std::size_t i) const {
  if (is(i, Kind::kBreak)) {
    // A line that was only wrapped goes on in small letters.
    const std::size_t next = past_spaces(i + 1);
    const bool is_wrapped = is(next, Kind::kWord) && !starts_upper(text(next)) && text(i).size() <= 2 &&
                            text(i).find("\n\n") == std::string_view::npos && speaker_.pending() == Pause::kNone;
    return is_wrapped ? Pause::kNone : Pause::kStop;
  }
  const std::string_view mark = text(i);
  const bool is_inside = is_glued(i) && (is(i + 1, Kind::kWord) || is(i + 1, Kind::kDigits));
  if (mark == ".") {
    constexpr std::size_t kShort = 2;  // Th.S, T.V.A
    const bool is_of_abbreviation =
        is_inside && is(i - 1, Kind::kWord) && starts_upper(text(i - 1)) && characters(text(i - 1)).size() <= kShort;
    return is_of_abbreviation ? Pause::kNone : Pause::kStop;
  }
  if (mark == "?") return Pause::kQuestion;
  if (mark == "!") return Pause::kExclamation;
  if (mark == "…") return Pause::kStop;
  // e-mail, Covid-19; but UBND-HĐND
  const bool is_of_two = is_upper(text(i + 1)) && last_end_ == i && is_inside && is_upper(text(i - 1));
  if (mark == "-" && is_inside) return is_of_two ? Pause::kComma : Pause::kNone;
  if (is_dash(i)) return starts_line(i) ? Pause::kNone : Pause::kComma;
  // Số: 12/TB-UBND
  if (mark == ":" && is_behind(i, {"số"}) && is(past_spaces(i + 1), Kind::kDigits)) return Pause::kNone;
  for (const char* other : {",", ";", ":", "(", ")", "[", "]", "/", "|", "→", "⇒"})
    if (mark == other) return Pause::kComma;
  return Pause::kNone;
}

}  // namespace loa::speech
