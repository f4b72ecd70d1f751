// JSON from outside, read strictly: bounded depth, no duplicate keys, every field's type and range checked.
// Throws BadJson, which the doors (common/wire, the HTTP interface) turn into a value or an answer.
//
// Any thread. Whoever looks into a value includes nlohmann/json.hpp; this header only names it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include "common/base/ids.h"

namespace loa {

class BadJson : public std::exception {
 public:
  explicit BadJson(std::string detail) : detail_(std::move(detail)) {}
  [[nodiscard]] const char* what() const noexcept override { return detail_.c_str(); }

 private:
  std::string detail_;
};

inline constexpr int kDeepestJson = 12;

// RFC 8259, UTF-8. Throws BadJson also for duplicate keys and for depth over kDeepestJson.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

// Reads the fields of one object; every function throws BadJson naming the field.
class FieldReader {
 public:
  // `name` stands in error texts. The object must outlive the reader.
  FieldReader(const nlohmann::json& object, std::string_view name);

  [[nodiscard]] std::int64_t integer(const char* field, std::int64_t least, std::int64_t most) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(const char* field, std::int64_t least,
                                                             std::int64_t most) const;
  [[nodiscard]] std::optional<double> optional_real(const char* field, double least, double most) const;
  [[nodiscard]] std::string text(const char* field, std::size_t longest) const;
  [[nodiscard]] std::string text_or(const char* field, std::size_t longest, std::string_view otherwise) const;
  [[nodiscard]] bool flag_or(const char* field, bool otherwise) const;
  template <class IdType>
  [[nodiscard]] IdType id(const char* field) const {
    return IdType{checked_id(field)};
  }
  // 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string digest(const char* field) const;
  [[nodiscard]] const nlohmann::json& array(const char* field, std::size_t most) const;
  [[nodiscard]] const nlohmann::json& object(const char* field, std::size_t most) const;
  [[nodiscard]] const nlohmann::json* find(const char* field) const;

 private:
  [[nodiscard]] const nlohmann::json& required(const char* field) const;
  [[nodiscard]] std::string checked_id(const char* field) const;
  [[noreturn]] void fail(const char* field, std::string_view problem) const;

  const nlohmann::json& object_;
  std::string name_;
};

[[nodiscard]] bool is_digest(std::string_view text);

}  // namespace loa
