#include "cli/template/template.h"

#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "common/base/ids.h"

namespace loa::cli {
namespace {

using nlohmann::json;

std::string words(const json& said, Language language) {
  return said.at(language == Language::kVietnamese ? "vi" : "en");
}

// `06:30`, or what is expected where there is no default.
std::string expected(const json& parameter, Language language) {
  if (parameter.at("required").get<bool>())
    return render({"template.show_required", {parameter.at("example").get<std::string>()}}, language);
  if (parameter.at("default").is_null()) return render({"template.show_optional", {}}, language);
  return render({"template.show_default", {parameter.at("default").get<std::string>()}}, language);
}

}  // namespace

int list_templates(const OfficeArguments& office, std::ostream& out, std::ostream& err) {
  return run_office(office, err,
                    [&](Office& at) { print_templates(at.get("/api/templates"), language_of_environment(), out); });
}

int show_template(const OfficeArguments& office, const std::string& id, std::ostream& out, std::ostream& err) {
  return run_office(office, err, [&](Office& at) {
    const json templates = at.get("/api/templates");
    const auto found = std::ranges::find_if(templates, [&](const json& each) { return each.at("template") == id; });
    if (found == templates.end()) throw Error("template.unknown", {id});
    print_template(*found, language_of_environment(), out);
  });
}

int fill_template(const OfficeArguments& office, const std::string& id, const std::vector<std::string>& values,
                  FillOutput output, std::ostream& out, std::ostream& err) {
  return run_office(office, err, [&](Office& at) {
    // An id goes into a path.
    if (!is_valid_id(id)) throw Error("template.unknown", {id});
    const json filled = at.post("/api/templates/" + id + "/fill", parameters_of(values));
    if (output == FillOutput::kBody)
      out << filled.at("body").dump(2) << std::endl;
    else
      print_filled(filled, language_of_environment(), out);
  });
}

json parameters_of(const std::vector<std::string>& values) {
  json parameters = json::object();
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0) throw Error("template.bad_value", {value});
    parameters[value.substr(0, equals)] = value.substr(equals + 1);
  }
  return {{"parameters", std::move(parameters)}};
}

void print_templates(const json& templates, Language language, std::ostream& out) {
  for (const json& form : templates)
    out << form.at("template").get<std::string>() << "\t" << words(form.at("title"), language) << "\n";
  out << std::flush;
}

void print_template(const json& form, Language language, std::ostream& out) {
  out << words(form.at("title"), language) << "\n"
      << words(form.at("note"), language) << "\n"
      << form.at("basis").get<std::string>() << "\n"
      << form.at("class").get<std::string>() << "  " << form.at("route").get<std::string>() << "\n";
  for (const json& parameter : form.at("parameters")) {
    out << "  " << parameter.at("name").get<std::string>() << "\t" << words(parameter.at("label"), language) << "\t"
        << expected(parameter, language) << "\n";
    for (const json& choice : parameter.at("choices"))
      out << "    " << choice.at("value").get<std::string>() << "\t" << words(choice, language) << "\n";
  }
  out << std::flush;
}

void print_filled(const json& filled, Language language, std::ostream& out) {
  out << "POST " << filled.at("route").get<std::string>() << "\n" << filled.at("body").dump(2) << "\n";
  for (const json& due : filled.at("dues")) {
    std::string time = due.at("time");
    time[10] = ' ';
    out << time;
    if (due.at("silence").is_object()) out << "\t" << words(due["silence"], language);
    out << "\n";
  }
  out << std::flush;
}

}  // namespace loa::cli
