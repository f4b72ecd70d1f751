#include "server/reports/document.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

namespace loa::server {
namespace {

using Row = std::vector<Cell>;

// Sentences and words in one language.
class Words {
 public:
  explicit Words(Language language) : language_(language) {}
  [[nodiscard]] std::string operator()(const char* code, std::vector<std::string> args = {}) const {
    return render({code, std::move(args)}, language_);
  }
  [[nodiscard]] Language language() const { return language_; }

 private:
  Language language_;
};

const char* code_of(AnnouncementClass value) {
  switch (value) {
    case AnnouncementClass::kNormal:
      return "report.class_normal";
    case AnnouncementClass::kPriority:
      return "report.class_priority";
    case AnnouncementClass::kEmergency:
      return "report.class_emergency";
  }
  std::abort();
}

const char* code_of(CampaignPart value) {
  switch (value) {
    case CampaignPart::kSingle:
      return "report.part_single";
    case CampaignPart::kRotation:
      return "report.part_rotation";
    case CampaignPart::kDisclosure:
      return "report.part_disclosure";
  }
  std::abort();
}

const char* code_of(OutcomeResult value) {
  switch (value) {
    case OutcomeResult::kPlayed:
      return "report.played";
    case OutcomeResult::kLate:
      return "report.late";
    case OutcomeResult::kPartial:
      return "report.partial";
    case OutcomeResult::kStopped:
      return "report.stopped";
    case OutcomeResult::kMissed:
      return "report.missed";
  }
  std::abort();
}

const char* code_of(schedules::ExceptionReason value) {
  switch (value) {
    case schedules::ExceptionReason::kGreatHoliday:
      return "report.exception_great_holiday";
    case schedules::ExceptionReason::kPoliticalEvent:
      return "report.exception_political_event";
    case schedules::ExceptionReason::kEmergency:
      return "report.exception_emergency";
    case schedules::ExceptionReason::kRepair:
      return "report.exception_repair";
  }
  std::abort();
}

// A reason that a newer node gives stands as it came.
std::string reason_words(const std::string& why, const Words& words) {
  static const std::map<std::string_view, const char*> known_reasons = {
      {reason::kJoinedLate, "report.reason_joined_late"},     {reason::kNodeRestarted, "report.reason_node_restarted"},
      {reason::kOutputFailed, "report.reason_output_failed"}, {reason::kOutputBusy, "report.reason_output_busy"},
      {reason::kStopOrder, "report.reason_stop_order"},       {reason::kCancelled, "report.reason_cancelled"},
      {reason::kNodeOff, "report.reason_node_off"},           {reason::kPlanLate, "report.reason_plan_late"},
      {reason::kClipMissing, "report.reason_clip_missing"},   {reason::kClipDamaged, "report.reason_clip_damaged"},
      {reason::kChimeMissing, "report.reason_chime_missing"}, {reason::kClockUnknown, "report.reason_clock_unknown"},
      {reason::kNoReport, "report.reason_no_report"},         {reason::kBusy, "report.reason_busy"},
      {reason::kPolicyMissing, "report.reason_policy"},       {reason::kPolicyQuietHours, "report.reason_policy"},
      {reason::kPolicyLongestPlay, "report.reason_policy"},   {reason::kPolicyMinutesPerDay, "report.reason_policy"},
      {reason::kPolicyStartsPerHour, "report.reason_policy"},
  };
  const auto known = known_reasons.find(why);
  return known == known_reasons.end() ? why : words(known->second);
}

Share share_of(const PlayCounts& counts) {
  return {counts.played, counts.planned()};
}

Share share_of(const Uptime& uptime) {
  return {uptime.heard.count(), uptime.watched.count()};
}

std::vector<Column> count_columns(const Words& words) {
  return {{words("report.airings"), ColumnKind::kCount},      {words("report.planned"), ColumnKind::kCount},
          {words("report.played"), ColumnKind::kCount},       {words("report.late"), ColumnKind::kCount},
          {words("report.partial"), ColumnKind::kCount},      {words("report.stopped"), ColumnKind::kCount},
          {words("report.missed"), ColumnKind::kCount},       {words("report.waiting"), ColumnKind::kCount},
          {words("report.completeness"), ColumnKind::kShare}, {words("report.airtime"), ColumnKind::kTime},
          {words("report.planned_time"), ColumnKind::kTime},  {words("report.heard_time"), ColumnKind::kTime}};
}

Row count_cells(Row row, const PlayCounts& counts) {
  for (Cell cell : std::initializer_list<Cell>{
           counts.airings, counts.planned(), counts.played, counts.late, counts.partial, counts.stopped, counts.missed,
           counts.waiting, share_of(counts), counts.airtime, counts.planned_time, counts.heard_time})
    row.push_back(std::move(cell));
  return row;
}

// The columns that a page held upright has room for.
constexpr std::array kBriefColumns = {0, 1, 2, 6, 7, 8, 9};
Table brief(const Table& table) {
  Table shorter{table.id, table.title, {}, {}};
  const std::size_t named = table.columns.size() - count_columns(Words{Language::kVietnamese}).size();
  const auto pick = [&](auto& to, const auto& from) {
    for (std::size_t i = 0; i < named; ++i) to.push_back(from[i]);
    for (const int column : kBriefColumns) to.push_back(from[named + static_cast<std::size_t>(column)]);
  };
  pick(shorter.columns, table.columns);
  for (const Row& row : table.rows) pick(shorter.rows.emplace_back(), row);
  return shorter;
}

Table counted(const char* id, std::string title, std::vector<Column> named, const Words& words) {
  for (Column& column : count_columns(words)) named.push_back(std::move(column));
  return {id, std::move(title), std::move(named), {}};
}

Table total_table(const EvidenceFigures& figures, const Words& words) {
  Table table = counted("total", words("report.table_total"), {{words("report.ward"), ColumnKind::kText}}, words);
  table.rows.push_back(count_cells({words("report.whole_ward")}, figures.total));
  return table;
}

Table announcements_table(const EvidenceFigures& figures, const Words& words) {
  Table table =
      counted("announcements", words("report.table_announcements"),
              {{words("report.announcement"), ColumnKind::kText}, {words("report.class"), ColumnKind::kText}}, words);
  for (const AnnouncementFigures& each : figures.announcements)
    table.rows.push_back(count_cells({each.title, words(code_of(each.announcement_class))}, each.counts));
  return table;
}

Table classes_table(const EvidenceFigures& figures, const Words& words) {
  Table table = counted("classes", words("report.table_classes"), {{words("report.class"), ColumnKind::kText}}, words);
  for (std::size_t i = 0; i < figures.classes.size(); ++i)
    table.rows.push_back(count_cells({words(code_of(static_cast<AnnouncementClass>(i)))}, figures.classes.at(i)));
  return table;
}

Table campaigns_table(const EvidenceFigures& figures, const Words& words) {
  Table table =
      counted("campaigns", words("report.table_campaigns"), {{words("report.campaign"), ColumnKind::kText}}, words);
  for (std::size_t i = 0; i < figures.campaigns.size(); ++i)
    table.rows.push_back(count_cells({words(code_of(static_cast<CampaignPart>(i)))}, figures.campaigns.at(i)));
  return table;
}

Table areas_table(const EvidenceFigures& figures, const Words& words) {
  Table table = counted("areas", words("report.table_areas"), {{words("report.area"), ColumnKind::kText}}, words);
  for (const AreaFigures& each : figures.areas) table.rows.push_back(count_cells({each.name}, each.counts));
  return table;
}

Table nodes_table(const EvidenceFigures& figures, const Words& words) {
  Table table = counted("nodes", words("report.table_nodes"),
                        {{words("report.node"), ColumnKind::kText}, {words("report.area"), ColumnKind::kText}}, words);
  table.columns.push_back({words("report.uptime"), ColumnKind::kShare});
  std::map<AreaId, std::string> names;
  for (const AreaFigures& area : figures.areas) names[area.id] = area.name;
  for (const NodeFigures& each : figures.nodes) {
    Row row = count_cells({each.name + " (" + each.id.str() + ")", names[each.area]}, each.counts);
    row.emplace_back(share_of(each.uptime));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table coverage_table(const EvidenceFigures& figures, const Words& words) {
  Table table{"coverage",
              words("report.table_coverage"),
              {{words("report.group"), ColumnKind::kText},
               {words("report.loudspeakers"), ColumnKind::kCount},
               {words("report.working"), ColumnKind::kCount},
               {words("report.uptime"), ColumnKind::kShare}},
              {}};
  for (const AreaFigures& each : figures.areas)
    if (each.is_group)
      table.rows.push_back(
          {each.name, std::int64_t{each.loudspeakers}, std::int64_t{each.working}, share_of(each.uptime)});
  return table;
}

Table reasons_table(const EvidenceFigures& figures, const Words& words) {
  Table table{"reasons",
              words("report.table_reasons"),
              {{words("report.result"), ColumnKind::kText},
               {words("report.why"), ColumnKind::kText},
               {words("report.plays"), ColumnKind::kCount},
               {words("report.of_planned"), ColumnKind::kShare}},
              {}};
  for (const auto& [why, count] : figures.reasons)
    table.rows.push_back(
        {words(code_of(why.first)), reason_words(why.second, words), count, Share{count, figures.total.planned()}});
  return table;
}

Table disclosures_table(const EvidenceFigures& figures, const Words& words) {
  Table table{"disclosures",
              words("report.table_disclosures"),
              {{words("report.disclosure"), ColumnKind::kText},
               {words("report.source"), ColumnKind::kText},
               {words("report.days_needed"), ColumnKind::kCount},
               {words("report.days_counted"), ColumnKind::kCount},
               {words("report.days_proved"), ColumnKind::kCount},
               {words("report.longest_run"), ColumnKind::kCount},
               {words("report.verdict"), ColumnKind::kText}},
              {}};
  for (const DisclosureFigures& each : figures.disclosures) {
    const char* verdict = each.is_proved()    ? "report.disclosure_proved"
                          : each.is_cancelled ? "report.disclosure_cancelled"
                                              : "report.disclosure_not_proved";
    table.rows.push_back({each.title, each.source, std::int64_t{each.days_needed}, std::int64_t{each.days_counted},
                          std::int64_t{each.days_proved}, std::int64_t{each.longest_run}, words(verdict)});
  }
  return table;
}

Table hours_table(const EvidenceFigures& figures, const Words& words) {
  Table table{"hours",
              words("report.table_hours"),
              {{words("report.hour"), ColumnKind::kText},
               {words("report.airings"), ColumnKind::kCount},
               {words("report.starts"), ColumnKind::kCount},
               {words("report.heard_time"), ColumnKind::kTime}},
              {}};
  for (std::size_t hour = 0; hour < figures.hours.size(); ++hour) {
    const HourFigures& each = figures.hours.at(hour);
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%02zu:00–%02zu:59", hour, hour);
    table.rows.push_back({std::string{name.data()}, each.airings, each.starts, each.heard_time});
  }
  return table;
}

std::string excuse_of(const OutsideFigures& each, const Words& words) {
  if (!each.is_planned) return words("report.no_plan");
  if (each.exception) {
    std::string text = words(code_of(each.exception->reason));
    if (!each.exception->words.empty()) text += ": " + each.exception->words;
    return text;
  }
  return words(each.announcement_class == AnnouncementClass::kEmergency ? "report.class_emergency"
                                                                        : "report.no_reason");
}

Table outside_table(const EvidenceFigures& figures, const civil::Zone& zone, const Words& words) {
  Table table{"outside",
              words("report.table_outside"),
              {{words("report.start"), ColumnKind::kInstant},
               {words("report.announcement"), ColumnKind::kText},
               {words("report.class"), ColumnKind::kText},
               {words("report.loudspeakers"), ColumnKind::kCount},
               {words("report.in_quiet_hours"), ColumnKind::kTime},
               {words("report.on_silent_day"), ColumnKind::kTime},
               {words("report.outside_sessions"), ColumnKind::kTime},
               {words("report.excuse"), ColumnKind::kText},
               {words("report.allowed_by"), ColumnKind::kText}},
              {}};
  for (const OutsideFigures& each : figures.outside)
    table.rows.push_back({zone.to_civil(each.start), each.title, words(code_of(each.announcement_class)),
                          each.loudspeakers, each.time[0], each.time[1], each.time[2], excuse_of(each, words),
                          each.allowed ? each.allowed->name : std::string{}});
  return table;
}

const char* code_of(ComplaintKind kind) {
  switch (kind) {
    case ComplaintKind::kTooLoud:
      return "report.too_loud";
    case ComplaintKind::kNotHeard:
      return "report.not_heard";
    case ComplaintKind::kBroken:
      return "report.broken";
    case ComplaintKind::kOther:
      return "report.other_complaint";
  }
  std::abort();
}

Table complaints_table(const EvidenceFigures& figures, const Words& words) {
  Table table{"complaints", words("report.table_complaints"), {{words("report.node"), ColumnKind::kText}}, {}};
  for (const ComplaintKind kind : kComplaintKinds) table.columns.push_back({words(code_of(kind)), ColumnKind::kCount});
  table.columns.push_back({words("report.complaints"), ColumnKind::kCount});
  table.columns.push_back({words("report.settled"), ColumnKind::kCount});
  for (const ComplaintFigures& each : figures.complaints) {
    Row row{each.node ? each.name + " (" + each.node->str() + ")" : words("report.no_loudspeaker")};
    for (const std::int64_t count : each.kinds) row.emplace_back(count);
    row.emplace_back(each.all());
    row.emplace_back(each.settled);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table satisfaction_table(const EvidenceFigures& figures, const Words& words) {
  Table table{"satisfaction", words("report.table_satisfaction"), {{words("report.quarter"), ColumnKind::kText}}, {}};
  for (const char* mark : {"report.mark_1", "report.mark_2", "report.mark_3", "report.mark_4", "report.mark_5"})
    table.columns.push_back({words(mark), ColumnKind::kCount});
  table.columns.push_back({words("report.satisfied"), ColumnKind::kShare});
  for (const SatisfactionFigures& each : figures.satisfaction) {
    Row row{each.quarter};
    for (const std::int64_t count : each.counts) row.emplace_back(count);
    row.emplace_back(Share{each.satisfied(), each.all()});
    table.rows.push_back(std::move(row));
  }
  return table;
}

// Every group of plays, one below the other.
Table figures_table(const EvidenceFigures& figures, const Words& words) {
  Table table =
      counted("figures", words("report.table_figures"),
              {{words("report.group_of"), ColumnKind::kText}, {words("report.item"), ColumnKind::kText}}, words);
  for (const Table& part :
       {total_table(figures, words), announcements_table(figures, words), classes_table(figures, words),
        campaigns_table(figures, words), areas_table(figures, words), nodes_table(figures, words)}) {
    const auto counts = static_cast<std::ptrdiff_t>(count_columns(words).size());
    const auto first = static_cast<std::ptrdiff_t>(
        std::ranges::find(part.columns, words("report.airings"), &Column::head) - part.columns.begin());
    for (const Row& row : part.rows) {
      Row joined = {part.title, row.front()};
      joined.insert(joined.end(), row.begin() + first, row.begin() + first + counts);
      table.rows.push_back(std::move(joined));
    }
  }
  return table;
}

std::string grouped(std::int64_t value, char separator) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, separator);
  return (value < 0 ? "-" : "") + digits;
}

// In tenths.
std::string with_tenth(std::int64_t tenths, Language language) {
  const bool is_vietnamese = language == Language::kVietnamese;
  return grouped(tenths / 10, is_vietnamese ? '.' : ',') + (is_vietnamese ? "," : ".") + std::to_string(tenths % 10);
}

std::string two_digits(unsigned value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

milliseconds outside_of(const EvidenceFigures& figures, std::size_t clause) {
  milliseconds sum{0};
  for (const OutsideFigures& each : figures.outside) sum += each.time.at(clause);
  return sum;
}

}  // namespace

std::string written(std::int64_t count, Language language) {
  return grouped(count, language == Language::kVietnamese ? '.' : ',');
}

std::string written_minutes(milliseconds time, Language language) {
  return with_tenth((time.count() + 3'000) / 6'000, language);
}

std::string written(const Share& share, Language language) {
  if (share.whole <= 0) return "–";
  // What is not all is never written as 100,0 %, nor what is something as 0,0 %.
  auto tenths = std::llround(static_cast<double>(share.part) * 1000.0 / static_cast<double>(share.whole));
  if (share.part < share.whole) tenths = std::min(tenths, 999LL);
  if (share.part > 0) tenths = std::max(tenths, 1LL);
  return with_tenth(tenths, language) + "%";
}

std::string written(civil::Day day, Language language) {
  const auto date = civil::date_of(day);
  const auto number = static_cast<unsigned>(date.day());
  const auto month = static_cast<unsigned>(date.month());
  const std::string year = std::to_string(static_cast<int>(date.year()));
  if (language == Language::kEnglish) return civil::format_day(day);
  // Nghị định 30/2020/NĐ-CP: days under 10 and the months 1 and 2 have a zero before them.
  return two_digits(number) + "/" + (month < 3 ? two_digits(month) : std::to_string(month)) + "/" + year;
}

std::string written(civil::Time instant, Language language) {
  const std::string clock = civil::format_time(instant).substr(11, 5);
  const std::string day = written(civil::day_of(instant), language);
  return language == Language::kVietnamese ? clock + " " + day : day + " " + clock;
}

std::string written(const Cell& cell, Language language) {
  struct Writer {
    Language language;
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::int64_t count) const { return written(count, language); }
    std::string operator()(milliseconds time) const { return written_minutes(time, language); }
    std::string operator()(const Share& share) const { return written(share, language); }
    std::string operator()(civil::Time instant) const { return written(instant, language); }
  };
  return std::visit(Writer{language}, cell);
}

Table table_of(const EvidenceFigures& figures, std::string_view id, const civil::Zone& zone, Language language) {
  const Words words(language);
  if (id == "figures") return figures_table(figures, words);
  if (id == "total") return total_table(figures, words);
  if (id == "announcements") return announcements_table(figures, words);
  if (id == "classes") return classes_table(figures, words);
  if (id == "campaigns") return campaigns_table(figures, words);
  if (id == "areas") return areas_table(figures, words);
  if (id == "nodes") return nodes_table(figures, words);
  if (id == "coverage") return coverage_table(figures, words);
  if (id == "reasons") return reasons_table(figures, words);
  if (id == "disclosures") return disclosures_table(figures, words);
  if (id == "hours") return hours_table(figures, words);
  if (id == "outside") return outside_table(figures, zone, words);
  if (id == "complaints") return complaints_table(figures, words);
  if (id == "satisfaction") return satisfaction_table(figures, words);
  throw Error("report.unknown_table", {std::string{id}});
}

ReportText report_text(const EvidenceFigures& figures, const ReportForm& form, const civil::Zone& zone,
                       Language language) {
  const Words words(language);
  const auto count = [&](std::int64_t value) { return written(value, language); };
  const auto minutes = [&](milliseconds time) { return written_minutes(time, language); };
  const auto share = [&](std::int64_t part, std::int64_t whole) { return written(Share{part, whole}, language); };
  const std::string from = written(figures.range.from, language);
  const std::string to = written(figures.range.to, language);
  const civil::Time made = zone.to_civil(figures.made);
  const auto date = civil::date_of(civil::day_of(made));
  const auto month = static_cast<unsigned>(date.month());

  ReportText text;
  text.kind = words("report.kind");
  text.subject = words("report.subject", {from, to});
  text.date = words("report.dated", {form.place, two_digits(static_cast<unsigned>(date.day())),
                                     month < 3 ? two_digits(month) : std::to_string(month),
                                     std::to_string(static_cast<int>(date.year()))});
  text.number = words("report.number", {form.symbol});
  text.enclosed = words("report.enclosed", {form.symbol, std::to_string(static_cast<int>(date.year()))});
  text.made = format_utc(figures.made);
  const auto say = [&](const char* code, std::vector<std::string> args = {}) {
    text.body.emplace_back(Paragraph{words(code, std::move(args))});
  };

  say("report.opening", {from, to, written(made, language)});
  if (figures.made < zone.to_wall(figures.range.to + civil::days{1})) say("report.not_over");

  text.body.emplace_back(Heading{words("report.part_1")});
  const PlayCounts& total = figures.total;
  if (total.planned() == 0) {
    say("report.nothing_planned");
  } else {
    say("report.sum_plays",
        {count(total.airings), count(total.planned()), count(total.played), share(total.played, total.planned())});
    say("report.sum_time", {minutes(total.airtime), minutes(total.heard_time), minutes(total.planned_time),
                            share(total.heard_time.count(), total.planned_time.count())});
    if (total.waiting > 0) say("report.sum_waiting", {count(total.waiting)});
    text.body.emplace_back(brief(classes_table(figures, words)));
    text.body.emplace_back(brief(campaigns_table(figures, words)));
    if (!figures.reasons.empty()) text.body.emplace_back(reasons_table(figures, words));
  }
  if (figures.unplanned > 0) say("report.sum_unplanned", {count(figures.unplanned), minutes(figures.unplanned_time)});

  text.body.emplace_back(Heading{words("report.part_2")});
  const Coverage& coverage = figures.coverage;
  if (coverage.groups == 0)
    say("report.no_groups");
  else
    say("report.sum_coverage",
        {count(coverage.groups), count(coverage.covered), share(coverage.covered, coverage.groups),
         count(coverage.working), share(coverage.working, coverage.groups)});
  if (figures.uptime.watched == milliseconds{0})
    say("report.no_uptime");
  else
    say("report.sum_uptime",
        {written(share_of(figures.uptime), language),
         written(std::max(figures.range.from, civil::day_of(zone.to_civil(*figures.watched_since))), language)});

  text.body.emplace_back(Heading{words("report.part_3")});
  if (figures.disclosures.empty()) {
    say("report.no_disclosures");
  } else {
    const auto proved = std::ranges::count_if(figures.disclosures, &DisclosureFigures::is_proved);
    say("report.sum_disclosures", {count(static_cast<std::int64_t>(figures.disclosures.size())), count(proved)});
    text.body.emplace_back(disclosures_table(figures, words));
  }

  text.body.emplace_back(Heading{words("report.part_4")});
  if (!figures.has_rules) {
    say("report.no_rules");
  } else if (figures.outside.empty()) {
    say("report.none_outside");
  } else {
    const auto excused = std::ranges::count_if(figures.outside, &OutsideFigures::is_excused);
    const auto all = static_cast<std::int64_t>(figures.outside.size());
    milliseconds sum{0};
    for (std::size_t i = 0; i < RuleHours::kClauses.size(); ++i) sum += outside_of(figures, i);
    say("report.sum_outside",
        {count(all), minutes(sum), minutes(outside_of(figures, 0)), minutes(outside_of(figures, 1)),
         minutes(outside_of(figures, 2)), count(excused), count(all - excused)});
  }
  Table hours = hours_table(figures, words);
  std::erase_if(hours.rows, [](const Row& row) { return std::get<std::int64_t>(row[2]) == 0; });
  if (!hours.rows.empty()) text.body.emplace_back(std::move(hours));

  text.body.emplace_back(Heading{words("report.part_5")});
  std::int64_t complaints = 0;
  std::int64_t settled = 0;
  for (const ComplaintFigures& each : figures.complaints) {
    complaints += each.all();
    settled += each.settled;
  }
  if (complaints == 0) {
    say("report.no_complaints");
  } else {
    say("report.sum_complaints", {count(complaints), count(settled), share(settled, complaints)});
    text.body.emplace_back(complaints_table(figures, words));
  }
  if (figures.satisfaction.empty()) {
    say("report.no_satisfaction");
  } else {
    for (const SatisfactionFigures& each : figures.satisfaction)
      say("report.sum_satisfaction", {each.quarter, count(each.all()), share(each.satisfied(), each.all())});
    text.body.emplace_back(satisfaction_table(figures, words));
  }

  say("report.closing");

  for (Table (*make)(const EvidenceFigures&, const Words&) :
       {announcements_table, areas_table, nodes_table, coverage_table})
    if (Table table = make(figures, words); !table.rows.empty() && total.planned() > 0)
      text.appendices.push_back(std::move(table));
  if (!figures.outside.empty()) text.appendices.push_back(outside_table(figures, zone, words));
  return text;
}

}  // namespace loa::server
