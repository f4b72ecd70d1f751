// `loa explain`: what was and will be due on a day, what becomes of it, and why.
#pragma once

#include <iosfwd>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/office.h"
#include "common/base/error.h"
#include "schedules/civil/zone.h"

namespace loa::cli {

struct ExplainArguments {
  OfficeArguments office;
  std::string node;  // empty: see area
  std::string area;  // empty: the whole ward
  std::string from;  // 2026-11-24; empty: today
  std::string to;    // included; empty: `from` alone
  std::string zone = "Asia/Ho_Chi_Minh";
};

// 0, or 1 after exactly one line on `err`.
[[nodiscard]] int run_explain(const ExplainArguments& arguments, std::ostream& out, std::ostream& err);

// What the server answered, one occurrence a line, between tabs: local time due, verdict, local time of the sound,
// length, title, and why or what the node reported. Throws Error office.refused for an instant that is none.
void print_fates(const nlohmann::json& fates, const civil::Zone& zone, Language language, std::ostream& out);

}  // namespace loa::cli
