// What the handlers of commands share. Internal to server/core.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/log.h"
#include "common/base/time.h"
#include "server/core/messages.h"
#include "server/core/server_core.h"
#include "server/store/books_json.h"

namespace loa::server {

inline constexpr std::size_t kLongestTitle = 200;

inline std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

inline std::string required_text(std::string text, const char* field, std::size_t longest) {
  text = trimmed(text);
  if (text.empty()) throw Error("field.missing", {field});
  if (text.size() > longest) throw Error("field.too_long", {field, std::to_string(longest)});
  return text;
}

template <class IdType>
void require_id(const IdType& id, const char* field) {
  if (!is_valid_id(id.str())) throw Error("field.not_an_id", {field, id.str()});
}

// For the audit.
template <class Value>
std::string as_json(const Value& value) {
  return dump(to_json(value));
}

template <class Result, class Command>
void ServerCore::answer(const Reply<Result>& reply, const char* name, Command command) {
  std::optional<std::variant<Result, Text>> result;
  try {
    result = command();
  } catch (const Error& error) {
    log::info("command refused", {{"command", name}, {"why", error.what()}});
    note_trouble(error.text());
    result = error.text();
  }
  reply(std::move(*result));
}

}  // namespace loa::server
