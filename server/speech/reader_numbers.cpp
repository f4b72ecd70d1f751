// Numbers, their units, documents and telephones.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "server/speech/letters.h"
#include "server/speech/numbers.h"
#include "server/speech/reader.h"

namespace loa::speech {
namespace {

constexpr std::size_t kLongestNumber = 9;  // written without separators; a longer one is a number of something

// By groups of `size` digits, with a pause between them.
std::string say_in_groups(std::string_view digits, std::size_t size) {
  std::string said;
  for (std::size_t at = 0; at < digits.size();) {
    // Nothing is left alone at the end.
    const std::size_t left = digits.size() - at;
    const std::size_t length = left < size + 2 ? left : size;
    if (!said.empty()) said += ", ";
    said += say_digits(digits.substr(at, length));
    at += length;
  }
  return said;
}

// A telephone number that was written in one piece: 0912 345 678.
std::string say_phone(std::string_view digits) {
  if (digits.size() < 8) return say_in_groups(digits, 4);
  if (digits.size() == 8) return say_digits(digits.substr(0, 4)) + ", " + say_digits(digits.substr(4));
  return say_digits(digits.substr(0, 4)) + ", " + say_in_groups(digits.substr(4), 3);
}

bool is_phone_number(std::string_view digits) {
  if (digits.starts_with("1900") || digits.starts_with("1800")) return digits.size() == 8 || digits.size() == 10;
  if (digits.size() < 10 || digits[0] != '0') return false;
  if (digits[1] == '2') return digits.size() == 10 || digits.size() == 11;
  return digits.size() == 10 && std::string_view{"35789"}.find(digits[1]) != std::string_view::npos;
}

}  // namespace

// --- numbers

std::size_t Reader::past_spaced_thousands(std::size_t i) const {
  std::size_t end = i + 1;
  if (text(i).size() > 3 || text(i)[0] == '0') return end;
  const auto has_group = [&] {
    return is(end, Kind::kSpace) && text(end).size() <= 2 && is(end + 1, Kind::kDigits) && text(end + 1).size() == 3;
  };
  while (has_group()) end += 2;
  // Two numbers may stand beside each other: 15 100
  return end > i + 3 || text(end - 1) == "000" ? end : i + 1;
}

Reader::Found Reader::plain_number(std::size_t i) const {
  if (!is(i, Kind::kDigits)) return std::nullopt;
  const std::string_view first = text(i);
  const auto has_group = [&](std::size_t place, std::string_view mark) {
    return is_mark(place, mark) && is(place + 1, Kind::kDigits);
  };
  // 1.234.567 and, with at least two of them, 1,234,567
  const auto thousands = [&](std::string_view mark) {
    std::size_t end = i + 1;
    if (first.size() > 3 || first[0] == '0') return end;
    while (has_group(end, mark) && text(end + 1).size() == 3) end += 2;
    return has_group(end, mark) ? i + 1 : end;
  };
  std::size_t end = thousands(".");
  if (end == i + 1) {
    const std::size_t english = thousands(",");
    if (english > i + 3) end = english;
  }
  if (end == i + 1) end = past_spaced_thousands(i);
  std::string digits;
  for (std::size_t j = i; j < end; j += 2) digits += text(j);
  if (end == i + 1 && (first.size() > kLongestNumber || (first.size() > 2 && first[0] == '0')))
    return Said{end, say_in_groups(first, 3), Last::kWord};
  if (end == i + 1 && has_group(end, ".")) {
    // Sections and versions: Điều 1.2.3
    std::string said = say_digits_as_number(first);
    for (; has_group(end, "."); end += 2) said += " chấm " + say_digits_as_number(text(end + 1));
    return Said{end, std::move(said), Last::kWord};
  }
  std::string said = say_digits_as_number(digits);
  if (has_group(end, ",") && !has_group(end + 2, ",") && !has_group(end + 2, "/")) {
    const std::string_view decimals = text(end + 1);
    said += " phẩy ";
    said += decimals.size() <= 2 && decimals[0] != '0' ? say_digits_as_number(decimals) : say_digits(decimals);
    digits.append(1, '.').append(decimals);
    end += 2;
  }
  return Said{end, std::move(said), Last::kNumber, std::strtod(digits.c_str(), nullptr)};
}

Reader::Found Reader::quantity(std::size_t i) const {
  Found number = plain_number(i);
  if (!number || number->as != Last::kNumber) return number;
  if (number->end == i + 1 && is_behind(i, {"thứ"})) {
    if (text(i) == "1") number->words = "nhất";
    if (text(i) == "4") number->words = "tư";
  }
  const std::size_t place = past_spaces(number->end);
  if (const auto unit = entry(lexicon_.units, place)) {
    number->words.append(1, ' ').append(unit->said);
    number->end = unit->end;
    number->as = Last::kMeasure;
  }
  return number;
}

Reader::Found Reader::sign_before(std::size_t i) const {
  if (!is_mark(i, "$") && !is_mark(i, "₫")) return std::nullopt;
  Found number = quantity(i + 1);
  const auto unit = entry(lexicon_.units, i);
  if (!number || number->as != Last::kNumber || !unit) return std::nullopt;
  number->words.append(1, ' ').append(unit->said);
  number->as = Last::kMeasure;
  return number;
}

Reader::Found Reader::negative(std::size_t i) const {
  if (!is_mark(i, "-") && !is_mark(i, "−")) return std::nullopt;
  if (!is(i + 1, Kind::kDigits) || is_glued(i)) return std::nullopt;
  Found number = quantity(i + 1);
  if (!number) return std::nullopt;
  // A dash that begins a line is a list's, but nothing else than a temperature is so much below nought.
  const bool is_temperature = number->words.find(" độ") != std::string::npos;
  if (starts_line(i) ? !is_temperature : !is(before(i), Kind::kWord) && !is_mark(before(i), "(") && !is_temperature)
    return std::nullopt;
  if (last_end_ == before(i) + 1 && (last_ == Last::kNumber || last_ == Last::kMeasure) && !is_temperature)
    return std::nullopt;
  number->words.insert(0, "âm ");
  number->as = Last::kMeasure;
  return number;
}

Reader::Found Reader::fraction(std::size_t i) const {
  const auto above = number(i, kLongestNumber);
  const auto below = number(i + 2, kLongestNumber);
  if (!above || !below || !is_mark(i + 1, "/") || is_glued(i)) return std::nullopt;
  const auto unit = entry(lexicon_.units, past_spaces(i + 3));
  if (is(i + 3, Kind::kWord) && !unit) return std::nullopt;
  if (is_mark(i + 3, "/") && is(i + 4, Kind::kDigits)) return std::nullopt;
  const bool is_address = is_behind(i, {"số", "nhà", "ngõ", "ngách", "hẻm", "kiệt", "lô", "thửa"});
  const bool is_part = !is_address && *above < *below && *below <= 10;
  const std::string last = is_part && *below == 4 ? "tư" : say_number(*below);
  std::string said = say_number(*above) + (is_part ? " phần " : " trên ") + last;
  if (!unit) return Said{i + 3, std::move(said), Last::kNumber};
  return Said{unit->end, said.append(1, ' ').append(unit->said), Last::kMeasure};
}

Reader::Found Reader::ratio(std::size_t i) const {
  const auto first = number(i, kLongestNumber);
  const auto second = number(i + 2, kLongestNumber);
  if (!first || !second || !is_mark(i + 1, ":") || is_glued(i)) return std::nullopt;
  // TCVN 7957:2023
  const bool is_year = text(i + 2).size() == 4 && *second >= 1900 && *second < 2200 && !is_behind(i, {"lệ"});
  return Said{i + 3, say_number(*first) + (is_year ? " năm " : " trên ") + say_number(*second), Last::kWord};
}

// --- documents

std::string Reader::say_issuers(std::size_t i, std::size_t& end) const {
  std::string said;
  end = i;
  while ((is_mark(end, "-") || is_mark(end, "/")) && is(end + 1, Kind::kWord) && starts_upper(text(end + 1))) {
    const std::string_view written = text(end + 1);
    end += 2;
    std::string words;
    if (const auto issuer = lexicon_.issuers.find(written); issuer != lexicon_.issuers.end())
      words = issuer->second;
    else if (const auto known = lexicon_.abbreviations.find(written); known != lexicon_.abbreviations.end())
      words = known->second;
    else
      words = spell(written);
    if (written.ends_with("QH") && is(end, Kind::kDigits)) words += " khóa " + say_digits_as_number(text(end++));
    said += (said.empty() ? " của " : ", ") + words;
  }
  return said;
}

Reader::Found Reader::document(std::size_t i) const {
  if (is_glued(i) || text(i).size() > 6) return std::nullopt;
  std::size_t end = i + 1;
  std::string year;
  if (is_mark(end, "/") && is(end + 1, Kind::kDigits) && text(end + 1).size() == 4) {
    year = " năm " + say_digits_as_number(text(end + 1));
    end += 2;
  }
  if ((!is_mark(end, "/") && !is_mark(end, "-")) || !is(end + 1, Kind::kWord)) return std::nullopt;
  const std::string_view code = text(end + 1);
  const auto kind = lexicon_.documents.find(code);
  std::string number_said = say_digits_as_number(text(i)) + year;
  std::size_t issued = 0;
  if (kind == lexicon_.documents.end() && lexicon_.issuers.contains(code) && is_mark(end, "/")) {
    number_said += say_issuers(end, issued);
    return Said{issued, std::move(number_said), Last::kWord};
  }
  if (kind == lexicon_.documents.end()) {
    // A number of some office that no list knows: 12/ABC-XYZ.
    if (!is_mark(end, "/") || !is_upper(code) || characters(code).size() < 2 || entry(lexicon_.units, end + 1))
      return std::nullopt;
    std::string said = number_said + " gạch chéo " + spell(code);
    for (end += 2; (is_mark(end, "-") || is_mark(end, "/")) && is(end + 1, Kind::kWord) && starts_upper(text(end + 1));
         end += 2)
      said += ", " + spell(text(end + 1));
    return Said{end, std::move(said), Last::kWord};
  }
  const bool is_joined = is_mark(end, "-");
  const std::string issuers = say_issuers(end + 2, issued);
  // 12-CT alone is more often a number and a name than a document.
  if (is_joined && issuers.empty()) return std::nullopt;
  // “Quyết định số 115/QĐ-UBND” names its kind already.
  const std::size_t colon = is_mark(before(i), ":") ? before(i) : i;
  const bool is_numbered = is_behind(colon, {"số"});
  const std::size_t number_word = is_numbered ? before(colon) : i;
  std::size_t place = number_word;
  bool is_named = true;
  std::string_view name = text(before(place)) == code ? std::string_view{} : kind->second;
  while (is_named && !name.empty()) {
    const std::size_t space = name.rfind(' ');
    const std::string_view word = space == std::string_view::npos ? name : name.substr(space + 1);
    place = before(place);
    is_named = word_at(place) == word;
    name = space == std::string_view::npos ? std::string_view{} : name.substr(0, space);
  }
  if (is_named) return Said{issued, number_said + issuers, Last::kWord};
  if (is_numbered) return Said{issued, number_said + ", " + kind->second + issuers, Last::kWord};
  return Said{issued, kind->second + " số " + number_said + issuers, Last::kWord};
}

Reader::Found Reader::document_kind(std::size_t i) const {
  const auto kind = lexicon_.documents.find(text(i));
  if (kind == lexicon_.documents.end() || is_glued(i) || !is_mark(i + 1, "-") ||
      lexicon_.issuers.find(text(i + 2)) == lexicon_.issuers.end())
    return std::nullopt;
  std::size_t end = 0;
  const std::string issuers = say_issuers(i + 1, end);
  return Said{end, kind->second + issuers, Last::kWord};
}

// --- telephones

Reader::Found Reader::phone(std::size_t i) const {
  if (is_glued(i)) return std::nullopt;
  std::size_t end = i;
  std::string digits;
  std::string said;
  if (is_mark(i, "+")) {
    end = past_spaces(i + 1);
    if (!text(end).starts_with("84") || !is(end, Kind::kDigits)) return std::nullopt;
    said = "cộng " + say_digits("84");
    digits = "0";
  } else if (is_mark(i, "(")) {
    if (!is(i + 1, Kind::kDigits) || !is_mark(i + 2, ")")) return std::nullopt;
    digits = text(i + 1);
    said = say_digits(digits);
    end = past_spaces(i + 3);
  }
  const bool is_in_front = !said.empty();
  std::optional<Said> found;
  std::string_view first = text(end);
  if (is_mark(i, "+")) {
    first.remove_prefix(2);
    if (first.empty()) {
      end = is_mark(end + 1, ".") || is_mark(end + 1, "-") || is(end + 1, Kind::kSpace) ? end + 2 : end + 1;
      first = text(end);
    }
  }
  for (int group = 0; group < 6 && is(end, Kind::kDigits); ++group) {
    const std::string_view part = group == 0 ? first : text(end);
    digits += part;
    if (digits.size() > 11) break;
    if (!said.empty()) said += ", ";
    said += group == 0 && part.size() > 5 ? say_phone(part) : say_digits(part);
    ++end;
    if (is_phone_number(digits) && !is(end, Kind::kWord)) found = Said{end, said, Last::kPhone};
    if ((is_mark(end, ".") || is_mark(end, "-") || (is(end, Kind::kSpace) && text(end).size() <= 2)) &&
        is(end + 1, Kind::kDigits))
      ++end;
    else
      break;
  }
  if (!found || is_in_front) return found;
  // Years that stand beside each other, 1900 2000, and years of a span are no telephone.
  if (digits.starts_with('1') && is_behind(i, {"năm"})) return std::nullopt;
  return found;
}

bool Reader::is_phone_before(std::size_t i, bool& is_call) const {
  is_call = false;
  std::size_t place = before(i);
  for (int steps = 0; steps < 5 && place < tokens_.size(); ++steps, place = before(place)) {
    if (place + 1 == phone_end_) return true;
    const std::string word = word_at(place);
    if (word.empty()) {
      if (!is_mark(place, ":") && !is_mark(place, ".") && !is_mark(place, "(") && !is_mark(place, "/") &&
          !is_mark(place, ",") && !is_dash(place))
        return false;
      continue;
    }
    for (const char* known : {"thoại", "nóng", "hotline", "đài", "đt", "đtdđ", "sđt", "tel", "zalo", "fax"})
      if (word == known) return true;
    if (word == "gọi" || word == "báo") {
      is_call = true;
      return true;
    }
    bool is_passed = false;
    for (const char* known : {"số", "là", "theo", "ngay", "về", "tới", "đến", "qua", "cho", "và", "hoặc", "hay"})
      is_passed = is_passed || word == known;
    if (!is_passed) return false;
  }
  return false;
}

Reader::Found Reader::phone_by_context(std::size_t i) const {
  if (is_glued(i) || text(i).size() < 3) return std::nullopt;
  bool is_call = false;
  if (!is_phone_before(i, is_call)) return std::nullopt;
  std::string digits{text(i)};
  std::string said = digits.size() > 5 ? say_phone(digits) : say_digits(digits);
  std::size_t end = i + 1;
  while ((is_mark(end, ".") || is_mark(end, "-") || (is(end, Kind::kSpace) && text(end).size() <= 2)) &&
         is(end + 1, Kind::kDigits) && text(end + 1).size() >= 2 && digits.size() < 11) {
    digits += text(end + 1);
    said += ", " + say_digits(text(end + 1));
    end += 2;
  }
  if (is(end, Kind::kWord) || entry(lexicon_.units, past_spaces(end))) return std::nullopt;
  // One calls 114, and 300 people too.
  if (is_call && digits.size() < 6 && !digits.starts_with("11") && !(digits.size() == 4 && digits[0] == '1'))
    return std::nullopt;
  return Said{end, std::move(said), Last::kPhone};
}

Reader::Found Reader::account(std::size_t i) const {
  if (is_glued(i) || text(i).size() < 4) return std::nullopt;
  std::size_t place = before(i);
  while (is_mark(place, ":") || word_at(place) == "số" || word_at(place) == "là") place = before(place);
  const std::string word = word_at(place);
  for (const char* known : {"khoản", "stk", "cccd", "cmnd", "mã", "thuế", "sơ", "công", "thẻ"})
    if (word == known && (word != "công" || text(i).size() >= 9))
      return Said{i + 1, say_in_groups(text(i), 3), Last::kWord};
  return std::nullopt;
}

}  // namespace loa::speech
