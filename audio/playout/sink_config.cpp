#include "audio/playout/sink_config.h"

#include <system_error>

#include "common/base/error.h"

namespace loa::playout {
namespace {

constexpr std::size_t kMaxDeviceName = 256;

bool is_plain(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  return text.size() <= kMaxDeviceName;
}

}  // namespace

SinkConfig parse_sink(std::string_view text, std::string_view record) {
  const auto colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  SinkConfig config;
  if (!is_plain(rest)) throw Error("playout.bad_sink", {std::string{text}});
  if (kind == "alsa" || kind == "pulse") {
    config.kind = kind == "alsa" ? SinkKind::kAlsa : SinkKind::kPulse;
    if (rest != "default") config.device = rest;
    if (!record.empty()) config.record = std::filesystem::path{record};
  } else if (kind == "file" && !rest.empty() && record.empty()) {
    config.kind = SinkKind::kFile;
    config.record = std::filesystem::path{rest};
  } else {
    throw Error("playout.bad_sink", {std::string{text}});
  }
  if (config.record) {
    std::error_code error;
    std::filesystem::create_directories(*config.record, error);
    if (error) throw Error("file.cannot_write", {config.record->string(), error.message()});
  }
  return config;
}

std::string describe(const SinkConfig& config) {
  if (config.kind == SinkKind::kFile) return "file:" + config.record.value_or(std::filesystem::path{}).string();
  return describe(SourceConfig{config.kind, config.device});
}

std::string describe(const SourceConfig& config) {
  return (config.kind == SinkKind::kAlsa ? "alsa:" : "pulse:") + (config.device.empty() ? "default" : config.device);
}

SourceConfig parse_source(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  if (!is_plain(rest) || (kind != "alsa" && kind != "pulse")) throw Error("playout.bad_source", {std::string{text}});
  return {kind == "alsa" ? SinkKind::kAlsa : SinkKind::kPulse, rest == "default" ? std::string{} : std::string{rest}};
}

}  // namespace loa::playout
