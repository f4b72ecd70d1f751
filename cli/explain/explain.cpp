#include "cli/explain/explain.h"

#include <array>
#include <cstdio>
#include <ostream>

#include <nlohmann/json.hpp>

#include "common/http/uri.h"

namespace loa::cli {
namespace {

using nlohmann::json;

std::string minutes_and_seconds(std::int64_t ms) {
  std::array<char, 32> text{};
  const std::int64_t seconds = (ms + 500) / 1000;
  std::snprintf(text.data(), text.size(), "%02lld:%02lld", static_cast<long long>(seconds / 60),
                static_cast<long long>(seconds % 60));
  return text.data();
}

std::string local(const json& instant, const civil::Zone& zone) {
  const auto wall = parse_utc(instant.get<std::string>());
  if (!wall) throw Error("office.refused", {instant.dump()});
  std::string text = civil::format_time(zone.to_civil(*wall));
  text[10] = ' ';
  return text;
}

std::string reason_of(const json& fate, Language language) {
  std::string text;
  if (fate.at("why").is_object()) text = fate["why"].at(language == Language::kVietnamese ? "vi" : "en");
  if (fate.contains("kept_by_policy") && fate["kept_by_policy"].is_string())
    text = render({"explain.kept_by_policy", {fate["kept_by_policy"].get<std::string>()}}, language);
  if (fate.contains("outcome") && fate["outcome"].is_object()) {
    const json& outcome = fate["outcome"];
    text += (text.empty() ? "" : " ") + std::string{"["} + outcome.at("result").get<std::string>();
    if (const std::string why = outcome.at("reason"); !why.empty()) text += ": " + why;
    text += "]";
  }
  return text;
}

}  // namespace

int run_explain(const ExplainArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& office) {
    const civil::Zone zone{arguments.zone};
    std::string path = arguments.node.empty() ? "/api/explain" : "/api/nodes/" + arguments.node + "/explain";
    char separator = '?';
    for (const auto& [name, value] :
         {std::pair{"from", &arguments.from}, std::pair{"to", &arguments.to}, std::pair{"area", &arguments.area}}) {
      if (value->empty()) continue;
      path += separator + std::string{name} + "=" + http::percent_encode(*value);
      separator = '&';
    }
    print_fates(office.get(path), zone, language_of_environment(), out);
  });
}

void print_fates(const json& fates, const civil::Zone& zone, Language language, std::ostream& out) {
  if (fates.empty()) out << render({"explain.nothing", {}}, language) << "\n";
  for (const json& fate : fates) {
    const bool is_silent = fate.at("verdict") == "cancelled";
    out << local(fate.at("due"), zone) << "\t" << fate["verdict"].get<std::string>() << "\t"
        << (is_silent ? "-" : local(fate.at("start"), zone)) << "\t"
        << (is_silent ? "-" : minutes_and_seconds(fate.at("length_ms"))) << "\t" << fate.at("title").get<std::string>()
        << "\t" << reason_of(fate, language) << "\n";
  }
  out << std::flush;
}

}  // namespace loa::cli
