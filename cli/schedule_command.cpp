#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/schedules/schedule_commands.h"

namespace loa::cli {

void add_schedule(CLI::App& app, Action& chosen) {
  CLI::App* schedule = app.add_subcommand("schedule", "The ward's schedules");
  schedule->require_subcommand(1);

  const auto office = std::make_shared<OfficeArguments>();
  CLI::App* list = schedule->add_subcommand("list", "Every schedule, newest first");
  add_office(*list, *office);
  list->callback([office, &chosen] { chosen = [office] { return list_schedules(*office, std::cout, std::cerr); }; });

  const auto imported = std::make_shared<ImportArguments>();
  CLI::App* from_file = schedule->add_subcommand("import", "Makes one schedule of each event of an .ics file, or none");
  from_file->add_option("file", imported->file, "the calendar")->required();
  from_file->add_option("--announcement", imported->announcement, "what is heard")->required();
  from_file->add_option("--area", imported->areas, "where; may come several times");
  from_file->add_option("--node", imported->nodes, "a single loudspeaker beside the areas; may come several times");
  from_file->add_option("--volume", imported->volume_pct, "1 to 100")->required();
  from_file->add_option("--session", imported->session, "a session of the ward's rules; the file then gives the days");
  from_file->add_option("--later-ms", imported->later_ms, "how much later it may be put");
  from_file->add_flag("--preview", imported->is_preview, "only say what it would change");
  add_office(*from_file, imported->office);
  from_file->callback(
      [imported, &chosen] { chosen = [imported] { return import_schedules(*imported, std::cout, std::cerr); }; });

  const auto exported = std::make_shared<ExportArguments>();
  CLI::App* write = schedule->add_subcommand("export", "All schedules with their rules, as import reads them");
  write->add_option("file", exported->file, "where to (default: standard output)");
  add_office(*write, exported->office);
  write->callback(
      [exported, &chosen] { chosen = [exported] { return export_schedules(*exported, std::cout, std::cerr); }; });

  const auto cancelled = std::make_shared<std::pair<OfficeArguments, std::string>>();
  CLI::App* cancel = schedule->add_subcommand("cancel", "Cancels a schedule; what sounds of it stops");
  cancel->add_option("schedule", cancelled->second, "id of the schedule")->required();
  add_office(*cancel, cancelled->first);
  cancel->callback([cancelled, &chosen] {
    chosen = [cancelled] { return cancel_schedule(cancelled->first, cancelled->second, std::cout, std::cerr); };
  });
}

void add_feed(CLI::App& app, Action& chosen) {
  CLI::App* feed = app.add_subcommand("feed", "Calendars that office programs subscribe to");
  feed->require_subcommand(1);

  const auto added = std::make_shared<FeedArguments>();
  CLI::App* add = feed->add_subcommand("add", "Makes one; its address is shown this once");
  add->add_option("name", added->name, "what subscribers see")->required();
  add->add_option("--area", added->area, "only what reaches this area");
  add_office(*add, added->office);
  add->callback([added, &chosen] { chosen = [added] { return add_feed(*added, std::cout, std::cerr); }; });

  const auto office = std::make_shared<OfficeArguments>();
  CLI::App* list = feed->add_subcommand("list", "Those there are");
  add_office(*list, *office);
  list->callback([office, &chosen] { chosen = [office] { return list_feeds(*office, std::cout, std::cerr); }; });

  const auto removed = std::make_shared<std::pair<OfficeArguments, std::string>>();
  CLI::App* remove = feed->add_subcommand("remove", "Closes one: who subscribed gets nothing any more");
  remove->add_option("feed", removed->second, "id of the feed")->required();
  add_office(*remove, removed->first);
  remove->callback(
      [removed, &chosen] { chosen = [removed] { return remove_feed(removed->first, removed->second, std::cerr); }; });
}

}  // namespace loa::cli
