#include "common/base/log.h"

#include <cstdlib>
#include <memory>
#include <mutex>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace loa::log {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

Level level_of_environment() {
  const char* value = std::getenv("LOA_LOG");
  const std::string_view name = value == nullptr ? "info" : value;
  if (name == "debug") return Level::kDebug;
  if (name == "warning") return Level::kWarning;
  if (name == "error") return Level::kError;
  return Level::kInfo;
}

void append_value(std::string& line, std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
  if (!plain) line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      line += ' ';
    } else {
      line += c;
    }
  }
  if (!plain) line += '"';
}

bool g_initialised = false;

}  // namespace

void init(std::string_view program) {
  g_initialised = true;
  auto logger =
      std::make_shared<spdlog::logger>(std::string{program}, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %n %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog_level(level_of_environment()));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  static std::once_flag once;
  std::call_once(once, [] {
    if (!g_initialised) init("loa");
  });
  const auto at = spdlog_level(level);
  if (!spdlog::default_logger_raw()->should_log(at)) return;
  std::string line{event};
  for (const Field& field : fields) {
    line += ' ';
    line += field.first;
    line += '=';
    append_value(line, field.second);
  }
  spdlog::default_logger_raw()->log(at, spdlog::string_view_t{line});
}

}  // namespace loa::log
