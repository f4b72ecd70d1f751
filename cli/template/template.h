// `loa template`: the ward's ready-made schedules, and the body that one of them makes of its parameters.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/office.h"
#include "common/base/error.h"

namespace loa::cli {

// Each 0, or 1 after exactly one line on `err`.
[[nodiscard]] int list_templates(const OfficeArguments& office, std::ostream& out, std::ostream& err);
[[nodiscard]] int show_template(const OfficeArguments& office, const std::string& id, std::ostream& out,
                                std::ostream& err);

enum class FillOutput {
  kAll,   // where the body goes, the body, and when it would be due
  kBody,  // the body alone, for another program
};
// `values`: name=text. Throws nothing; one that is not of that form is an error like others.
[[nodiscard]] int fill_template(const OfficeArguments& office, const std::string& id,
                                const std::vector<std::string>& values, FillOutput output, std::ostream& out,
                                std::ostream& err);

// What the server answered, in words. One template a line; a template with its parameters; a filled one.
void print_templates(const nlohmann::json& templates, Language language, std::ostream& out);
void print_template(const nlohmann::json& form, Language language, std::ostream& out);
void print_filled(const nlohmann::json& filled, Language language, std::ostream& out);

// {"parameters": {…}} of name=text. Throws Error template.bad_value.
[[nodiscard]] nlohmann::json parameters_of(const std::vector<std::string>& values);

}  // namespace loa::cli
