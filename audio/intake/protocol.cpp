#include "audio/intake/protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace loa::intake {
namespace {

constexpr std::size_t kMostArguments = 3;
constexpr std::size_t kLongestArgument = 80;
constexpr std::string_view kArea = "intake.";

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> out;
  for (std::size_t end = line.find(separator); end != std::string_view::npos; end = line.find(separator)) {
    out.push_back(line.substr(0, end));
    line.remove_prefix(end + 1);
  }
  out.push_back(line);
  return out;
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t lowest, std::int64_t highest) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < lowest || value > highest)
    return std::nullopt;
  return value;
}

std::int64_t thousandths(double value) {
  return std::llround(value * 1000.0);
}

// An argument lands in a sentence that people read: plain characters only.
std::string printable(std::string_view text) {
  std::string out{text.substr(0, kLongestArgument)};
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

std::optional<Report> parse_refusal(std::string_view rest) {
  const std::vector<std::string_view> parts = split(rest, '\t');
  if (!parts[0].starts_with(kArea) || !is_known_text(parts[0]) || parts.size() > 1 + kMostArguments)
    return std::nullopt;
  RefusedReport refused;
  refused.reason.code = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].size() > kLongestArgument || printable(parts[i]) != parts[i]) return std::nullopt;
    refused.reason.args.emplace_back(parts[i]);
  }
  return refused;
}

std::optional<Report> parse_done(std::string_view rest) {
  const std::vector<std::string_view> parts = split(rest, ' ');
  if (parts.size() != 5) return std::nullopt;
  const auto duration = parse_number(parts[0], 1, static_cast<std::int64_t>(kLongestSeconds * 1e6) + 1'000'000);
  const auto input = parse_number(parts[1], -70'000, 40'000);
  const auto output = parse_number(parts[2], thousandths(kTargetLufs - kLufsTolerance) - 1,
                                   thousandths(kTargetLufs + kLufsTolerance) + 1);
  const auto peak = parse_number(parts[3], -70'000, thousandths(kCeilingDbtp));
  const auto bitrate = parse_number(parts[4], 1, 4'000'000);
  if (!duration || !input || !output || !peak || !bitrate) return std::nullopt;
  return DoneReport{{static_cast<double>(*duration) / 1e6, static_cast<double>(*input) / 1e3,
                     static_cast<double>(*output) / 1e3, static_cast<double>(*peak) / 1e3, *bitrate}};
}

}  // namespace

std::string encode_report(const Report& report) {
  struct Encode {
    std::string operator()(const ProgressReport& r) const {
      return "progress " + std::to_string(std::clamp<std::int64_t>(thousandths(r.share), 0, 1000));
    }
    std::string operator()(const NeedsLibavReport& /*report*/) const { return "need_libav"; }
    std::string operator()(const RefusedReport& r) const {
      std::string line = "refused " + r.reason.code;
      for (std::size_t i = 0; i < std::min(r.reason.args.size(), kMostArguments); ++i)
        line += "\t" + printable(r.reason.args[i]);
      return line.substr(0, kLongestLine - 1);
    }
    std::string operator()(const DoneReport& r) const {
      return "done " + std::to_string(std::llround(r.facts.duration_s * 1e6)) + " " +
             std::to_string(thousandths(r.facts.input_lufs)) + " " + std::to_string(thousandths(r.facts.output_lufs)) +
             " " + std::to_string(thousandths(r.facts.output_true_peak_dbtp)) + " " +
             std::to_string(r.facts.bitrate_bps);
    }
  };
  return std::visit(Encode{}, report) + "\n";
}

std::optional<Report> parse_report(std::string_view line) {
  if (line == "need_libav") return NeedsLibavReport{};
  const auto rest_after = [&](std::string_view word) -> std::optional<std::string_view> {
    if (!line.starts_with(word)) return std::nullopt;
    return line.substr(word.size());
  };
  if (const auto rest = rest_after("progress ")) {
    const auto share = parse_number(*rest, 0, 1000);
    if (!share) return std::nullopt;
    return ProgressReport{static_cast<double>(*share) / 1000.0};
  }
  if (const auto rest = rest_after("refused ")) return parse_refusal(*rest);
  if (const auto rest = rest_after("done ")) return parse_done(*rest);
  return std::nullopt;
}

bool ReportReader::add(std::span<const char> bytes, std::vector<Report>& out) {
  for (const char c : bytes) {
    if (c != '\n') {
      if (line_.size() == kLongestLine) return false;
      line_ += c;
      continue;
    }
    std::optional<Report> report = parse_report(line_);
    if (!report) return false;
    out.push_back(std::move(*report));
    line_.clear();
  }
  return true;
}

}  // namespace loa::intake
