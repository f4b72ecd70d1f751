#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/template/template.h"

namespace loa::cli {

void add_template(CLI::App& app, Action& chosen) {
  struct Words {
    OfficeArguments office;
    std::string id;
    std::vector<std::string> values;
    bool body = false;
  };
  const auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand("template", "Ready-made schedules of a ward's year");
  command->require_subcommand(1);

  CLI::App* list = command->add_subcommand("list", "All templates");
  add_office(*list, words->office);
  list->callback(
      [words, &chosen] { chosen = [words] { return list_templates(words->office, std::cout, std::cerr); }; });

  CLI::App* show = command->add_subcommand("show", "What one is for and what it must be given");
  show->add_option("template", words->id, "its id")->required();
  add_office(*show, words->office);
  show->callback(
      [words, &chosen] { chosen = [words] { return show_template(words->office, words->id, std::cout, std::cerr); }; });

  CLI::App* fill = command->add_subcommand("fill", "The body for the HTTP interface, and when it would be due");
  fill->add_option("template", words->id, "its id")->required();
  fill->add_option("values", words->values, "name=value, e.g. holiday=gio-to");
  fill->add_flag("--body", words->body, "the body alone, as JSON");
  add_office(*fill, words->office);
  fill->callback([words, &chosen] {
    chosen = [words] {
      return fill_template(words->office, words->id, words->values, words->body ? FillOutput::kBody : FillOutput::kAll,
                           std::cout, std::cerr);
    };
  });
}

}  // namespace loa::cli
