// Structured log lines on stderr: `time level event key=value …`. No secrets, no payloads.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace loa::log {

enum class Level { kDebug, kInfo, kWarning, kError };
using Field = std::pair<std::string_view, std::string>;

// Before the first line; `program` stands in every line. Level from LOA_LOG (debug, info, warning, error), else info.
void init(std::string_view program);

// Any thread. Values with spaces are quoted, control characters escaped.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
inline void debug(std::string_view e, std::initializer_list<Field> f = {}) {
  write(Level::kDebug, e, f);
}
inline void info(std::string_view e, std::initializer_list<Field> f = {}) {
  write(Level::kInfo, e, f);
}
inline void warning(std::string_view e, std::initializer_list<Field> f = {}) {
  write(Level::kWarning, e, f);
}
inline void error(std::string_view e, std::initializer_list<Field> f = {}) {
  write(Level::kError, e, f);
}

}  // namespace loa::log
