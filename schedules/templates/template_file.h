// Reads templates from TOML, one a file; its name without `.toml` is its id.
//
//   [template]
//   title_vi = "Thủ tục trả ngay trong ngày thứ Sáu"
//   title_en = "Friday same-day procedures"
//   note_vi = "…"                           # what to record, and where to air it
//   note_en = "…"
//   basis = "…"                             # law, or place in the ward's plan
//   class = "normal"                        # or "priority", "emergency": of the announcement
//   parameters = ["evening", "session"]     # in the order in which they are asked for
//
//   [parameters.evening]
//   kind = "time"                           # or "date", "weekday", "month_day", "number", "text", "holiday", "session"
//   label_vi = "Giờ phát chiều hôm trước"
//   label_en = "Time on the evening before"
//   default = "17:30"                       # "" when it may be left out; or, for one that must be given,
//   example = "17:30"
//   least = 1                               # number
//   most = 30
//   weekdays = ["sa", "su"]                 # date, weekday: only these
//
//   [schedule]                              # or [campaign]
//   start = "{from}"                        # date; today without it
//   time = "{evening}"
//   rrule = "FREQ=WEEKLY;BYDAY=FR"          # or `holiday = "{day}"`: the yearly feast, solar or lunar
//   days = ["skip_on not_working", "air_at -1 {evening}, 0 {morning}", "move_from not_working before"]
//   session = "{session}"
//   exception = "great_holiday"             # with exception_words
//   rank = 0                                # these unless said otherwise
//   later_min = 0
//   shortest_s = 0
//   stagger_s = 0
//   late_min = 1
//   volume_pct = 60
//
// and of a campaign further
//
//   title = "…"
//   source = "{source}"
//   per_turn = 1
//   consecutive_days = 3
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "schedules/templates/template.h"

namespace loa::templates {

// Those that are built in, by id.
[[nodiscard]] std::vector<Template> built_in();

// Those that are built in and those of the folder's `*.toml`, by id; of two with one id the folder's. Throws Error
// file.cannot_read, config.cannot_parse, or config.bad with every mistake of a file, its line and key.
[[nodiscard]] std::vector<Template> with_folder(const std::filesystem::path& folder);

// Throws Error config.cannot_parse or config.bad.
[[nodiscard]] Template parse_template(const std::filesystem::path& name, std::string_view text);

}  // namespace loa::templates
