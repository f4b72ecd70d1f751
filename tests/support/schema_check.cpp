#include "tests/support/schema_check.h"

#include <algorithm>
#include <array>
#include <regex>

#include <nlohmann/json.hpp>

#include "common/base/time.h"

namespace loa::test {
namespace {

using nlohmann::json;

constexpr std::array kKeywords = {"$ref",    "type",   "properties",  "required",  "additionalProperties",
                                  "items",   "enum",   "const",       "pattern",   "minimum",
                                  "maximum", "format", "description", "minLength", "maxLength"};

bool is_of_type(const json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  return type == "number" && value.is_number();
}

std::string below(std::string place, const std::string& child) {
  place += '/';
  place += child;
  return place;
}

std::string problem_at(std::string place, const char* what, const std::string& name) {
  place += ": ";
  place += what;
  place += name;
  return place;
}

class Check {
 public:
  explicit Check(const json& document) : document_(document) {}

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the schema
  [[nodiscard]] std::string problem(const json& schema, const json& value, const std::string& place) const {
    for (const auto& [keyword, unused] : schema.items())
      if (std::find(kKeywords.begin(), kKeywords.end(), keyword) == kKeywords.end())
        return problem_at(place, "the checker does not know ", keyword);
    if (schema.contains("$ref")) {
      const std::string target = schema["$ref"];
      return problem(document_.at(json::json_pointer(target.substr(1))), value, place);
    }
    if (schema.contains("type")) {
      const json types = schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
      if (std::none_of(types.begin(), types.end(), [&](const json& type) { return is_of_type(value, type); }))
        return place + ": " + value.dump() + " is not " + schema["type"].dump();
    }
    if (schema.contains("const") && schema["const"] != value) return place + ": not " + schema["const"].dump();
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
      return place + ": " + value.dump() + " is none of " + schema["enum"].dump();
    if (value.is_number()) return number_problem(schema, value, place);
    if (value.is_string()) return text_problem(schema, value, place);
    if (value.is_array()) return array_problem(schema, value, place);
    if (value.is_object()) return object_problem(schema, value, place);
    return {};
  }

 private:
  static std::string number_problem(const json& schema, const json& value, const std::string& place) {
    if (schema.contains("minimum") && value < schema["minimum"]) return place + ": too small: " + value.dump();
    if (schema.contains("maximum") && value > schema["maximum"]) return place + ": too large: " + value.dump();
    return {};
  }

  static std::string text_problem(const json& schema, const json& value, const std::string& place) {
    const std::string text = value;
    if (schema.contains("pattern") && !std::regex_search(text, std::regex(schema["pattern"].get<std::string>())))
      return place + ": " + text + " does not match " + schema["pattern"].dump();
    if (schema.contains("minLength") && text.size() < schema["minLength"]) return place + ": too short";
    if (schema.contains("maxLength") && text.size() > schema["maxLength"]) return place + ": too long";
    if (!schema.contains("format")) return {};
    if (schema["format"] != "date-time") return place + ": the checker does not know " + schema["format"].dump();
    return parse_utc(text) ? "" : place + ": " + text + " is no instant";
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  [[nodiscard]] std::string array_problem(const json& schema, const json& value, const std::string& place) const {
    if (!schema.contains("items")) return {};
    for (std::size_t i = 0; i < value.size(); ++i)
      if (auto found = problem(schema["items"], value[i], below(place, std::to_string(i))); !found.empty())
        return found;
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  [[nodiscard]] std::string object_problem(const json& schema, const json& value, const std::string& place) const {
    if (schema.contains("required"))
      for (const json& name : schema["required"])
        if (!value.contains(name.get<std::string>())) return place + ": lacks " + name.dump();
    for (const auto& [name, child] : value.items()) {
      std::string found;
      if (schema.contains("properties") && schema["properties"].contains(name)) {
        found = problem(schema["properties"][name], child, below(place, name));
      } else if (schema.contains("additionalProperties")) {
        const json& others = schema["additionalProperties"];
        found = others.is_object()   ? problem(others, child, below(place, name))
                : others.get<bool>() ? ""
                                     : problem_at(place, "not in the schema: ", name);
      }
      if (!found.empty()) return found;
    }
    return {};
  }

  const json& document_;
};

}  // namespace

std::string schema_problem(const json& document, const json& schema, const json& value) {
  return Check(document).problem(schema, value, "");
}

}  // namespace loa::test
