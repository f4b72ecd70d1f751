#include "common/json/json.h"

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

namespace loa {

using nlohmann::json;

json parse_json(std::string_view text) {
  // The library takes a NUL for the end and does not look behind it.
  if (text.find('\0') != std::string_view::npos) throw BadJson("a NUL");
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const json::parser_callback_t watch = [&keys](int depth, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        if (depth >= kDeepestJson) throw BadJson("nested too deeply");
        keys.emplace_back();
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        keys.pop_back();
        break;
      case json::parse_event_t::key:
        if (!keys.back().insert(parsed.get<std::string>()).second) throw BadJson("duplicate key");
        break;
      case json::parse_event_t::value:
        break;
    }
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), watch);
  } catch (const json::exception& error) {
    throw BadJson(error.what());
  }
}

FieldReader::FieldReader(const json& object, std::string_view name) : object_(object), name_(name) {
  if (!object.is_object()) throw BadJson(name_ + ": not an object");
}

void FieldReader::fail(const char* field, std::string_view problem) const {
  throw BadJson(name_ + "." + field + ": " + std::string{problem});
}

const json* FieldReader::find(const char* field) const {
  const auto found = object_.find(field);
  return found == object_.end() ? nullptr : &*found;
}

const json& FieldReader::required(const char* field) const {
  const json* found = find(field);
  if (found == nullptr) fail(field, "missing");
  return *found;
}

std::optional<std::int64_t> FieldReader::optional_integer(const char* field, std::int64_t least,
                                                          std::int64_t most) const {
  const json* found = find(field);
  if (found == nullptr) return std::nullopt;
  if (!found->is_number_integer()) fail(field, "not an integer");
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    fail(field, "out of range");
  const auto value = found->get<std::int64_t>();
  if (value < least || value > most) fail(field, "out of range");
  return value;
}

std::int64_t FieldReader::integer(const char* field, std::int64_t least, std::int64_t most) const {
  const auto value = optional_integer(field, least, most);
  if (!value) fail(field, "missing");
  return *value;
}

std::optional<double> FieldReader::optional_real(const char* field, double least, double most) const {
  const json* found = find(field);
  if (found == nullptr) return std::nullopt;
  if (!found->is_number()) fail(field, "not a number");
  const auto value = found->get<double>();
  if (!(value >= least && value <= most)) fail(field, "out of range");
  return value;
}

std::string FieldReader::text(const char* field, std::size_t longest) const {
  const json& found = required(field);
  if (!found.is_string()) fail(field, "not a string");
  const auto& value = found.get_ref<const std::string&>();
  if (value.size() > longest) fail(field, "too long");
  return value;
}

std::string FieldReader::text_or(const char* field, std::size_t longest, std::string_view otherwise) const {
  return find(field) == nullptr ? std::string{otherwise} : text(field, longest);
}

bool FieldReader::flag_or(const char* field, bool otherwise) const {
  const json* found = find(field);
  if (found == nullptr) return otherwise;
  if (!found->is_boolean()) fail(field, "not true or false");
  return found->get<bool>();
}

std::string FieldReader::checked_id(const char* field) const {
  std::string value = text(field, 64);
  if (!is_valid_id(value)) fail(field, "not an id");
  return value;
}

std::string FieldReader::digest(const char* field) const {
  std::string value = text(field, 64);
  if (!is_digest(value)) fail(field, "not a SHA-256");
  return value;
}

const json& FieldReader::array(const char* field, std::size_t most) const {
  const json& found = required(field);
  if (!found.is_array()) fail(field, "not an array");
  if (found.size() > most) fail(field, "too many");
  return found;
}

const json& FieldReader::object(const char* field, std::size_t most) const {
  const json& found = required(field);
  if (!found.is_object()) fail(field, "not an object");
  if (found.size() > most) fail(field, "too many");
  return found;
}

bool is_digest(std::string_view text) {
  if (text.size() != 64) return false;
  for (const char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  return true;
}

}  // namespace loa
