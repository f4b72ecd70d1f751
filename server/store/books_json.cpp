#include "server/store/books_json.h"

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/crypto/sha256.h"
#include "server/store/schedule_json.h"

namespace loa::server {

using nlohmann::json;

namespace {

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json instant_or_null(const std::optional<WallTime>& instant) {
  return instant ? json(format_utc(*instant)) : json(nullptr);
}

}  // namespace

namespace {

// As format_utc(), with microseconds: of two instants that the books tell apart each its own.
std::string format_utc_us(WallTime t) {
  std::array<char, 8> rest{};
  const auto us = std::chrono::floor<microseconds>(t) - std::chrono::floor<milliseconds>(t);
  std::snprintf(rest.data(), rest.size(), "%03dZ", static_cast<int>(us.count()));
  std::string text = format_utc(t);
  text.pop_back();
  return text + rest.data();
}

}  // namespace

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json to_json(const Area& area) {
  return {{"area", area.id.str()},
          {"parent", area.parent ? json(area.parent->str()) : json()},
          {"name", area.name},
          {"residents", area.residents ? json(*area.residents) : json()}};
}

namespace {

json content_of(const Announcement& announcement) {
  return {{"announcement", announcement.id.str()},
          {"title", announcement.title},
          {"transcript", announcement.transcript},
          {"class", to_string(announcement.announcement_class)},
          {"clip", announcement.clip.str()},
          {"synthetic", announcement.is_synthetic},
          {"heard", instant_or_null(announcement.heard)},
          {"category", to_string(announcement.category)},
          {"source", announcement.source},
          {"names_citizen", announcement.names_citizen},
          {"consent", announcement.consent},
          {"author", announcement.author ? json(announcement.author->str()) : json()},
          {"state", to_string(announcement.state)}};
}

std::string version_of(const json& content) {
  constexpr std::size_t kDigits = 32;
  return crypto::to_hex(crypto::sha256(view_bytes(dump(content)))).substr(0, kDigits);
}

}  // namespace

std::string version_of(const Announcement& announcement) {
  return version_of(content_of(announcement));
}

json to_json(const Announcement& announcement) {
  json out = content_of(announcement);
  out["version"] = version_of(out);
  return out;
}

json to_json(const ScheduleRow& row) {
  const schedules::Schedule& schedule = row.schedule;
  json areas = json::array();
  for (const AreaId& area : schedule.areas) areas.push_back(area.str());
  json nodes = json::array();
  for (const NodeId& node : schedule.nodes) nodes.push_back(node.str());
  json exception;
  if (schedule.exception)
    exception = {{"reason", to_string(schedule.exception->reason)}, {"words", schedule.exception->words}};
  return {{"schedule", schedule.id.str()},
          {"announcement", schedule.announcement.str()},
          {"campaign", schedule.campaign ? json(schedule.campaign->str()) : json()},
          {"areas", std::move(areas)},
          {"nodes", std::move(nodes)},
          {"rule", rule_json(schedule.rule)},
          {"session", or_null(schedule.session)},
          {"rank", schedule.rank},
          {"later_ms", schedule.later.count()},
          {"shortest_ms", schedule.shortest.count()},
          {"stagger_ms", schedule.stagger ? json(schedule.stagger->count()) : json()},
          {"exception", std::move(exception)},
          {"template", or_null(schedule.form)},
          {"event", or_null(schedule.event)},
          {"chime", or_null(schedules::to_string(schedule.chime))},
          {"late_ms", schedule.late.count()},
          {"volume_pct", schedule.volume_pct},
          {"duration_ms", schedule.duration.count()},
          {"made", format_utc_us(schedule.made)},
          {"approved", schedule.approval == schedules::Schedule::Approval::kGiven},
          {"cancelled", row.cancelled ? json(format_utc(*row.cancelled)) : json()}};
}

json to_json(const Campaign& campaign) {
  return {{"campaign", campaign.id.str()},
          {"title", campaign.title},
          {"kind", to_string(campaign.kind)},
          {"source", campaign.source},
          {"consecutive_days", campaign.consecutive_days},
          {"made", format_utc(campaign.made)},
          {"cancelled", campaign.cancelled ? json(format_utc(*campaign.cancelled)) : json()}};
}

json to_json(const Feed& feed) {
  return {{"feed", feed.id},
          {"name", feed.name},
          {"area", feed.area ? json(feed.area->str()) : json()},
          {"made", format_utc(feed.made)}};
}

json to_json(const WardRulesRow& row) {
  return {{"version", row.version},
          {"decision", row.decision},
          {"made", format_utc(row.made)},
          {"rules", ward_rules_json(row.rules)}};
}

json to_json(const ApprovalStep& step) {
  return {{"at", format_utc(step.at)},
          {"person", step.person.str()},
          {"step", to_string(step.kind)},
          {"comment", step.comment}};
}

json to_json(const Deputy& deputy) {
  return {{"deputy", deputy.id},
          {"person", deputy.person.str()},
          {"first", civil::format_day(deputy.first)},
          {"last", civil::format_day(deputy.last)},
          {"decision", deputy.decision},
          {"appointed_by", deputy.appointed_by.str()},
          {"made", format_utc(deputy.made)},
          {"ended", instant_or_null(deputy.ended)}};
}

json to_json(const Person& person) {
  return {{"person", person.id.str()},
          {"name", person.name},
          {"role", to_string(person.role)},
          {"area", person.area ? json(person.area->str()) : json()},
          {"mail", person.mail},
          {"has_password", person.has_password},
          {"has_second_factor", person.has_second_factor},
          {"made", format_utc(person.made)},
          {"closed", instant_or_null(person.closed)}};
}

json to_json(const Token& token) {
  return {{"token", token.id},
          {"person", token.person.str()},
          {"name", token.name},
          {"scope", to_string(token.scope)},
          {"made", format_utc(token.made)},
          {"until", format_utc(token.until)},
          {"revoked", instant_or_null(token.revoked)}};
}

json to_json(const Settlement& settlement) {
  return {{"at", format_utc(settlement.at)}, {"person", settlement.person.str()}, {"note", settlement.note}};
}

json to_json(const Complaint& complaint) {
  return {{"complaint", complaint.id.str()},
          {"made", format_utc(complaint.made)},
          {"heard", format_utc(complaint.heard)},
          {"node", complaint.node ? json(complaint.node->str()) : json()},
          {"area", complaint.area ? json(complaint.area->str()) : json()},
          {"kind", to_string(complaint.kind)},
          {"text", complaint.text},
          {"settled", complaint.settled ? to_json(*complaint.settled) : json()}};
}

json to_json(const PlayAbout& play) {
  return {{"play", play.play.str()},
          {"announcement", play.announcement.str()},
          {"title", play.title},
          {"start", format_utc(play.start)},
          {"result", play.result ? json(to_string(*play.result)) : json()},
          {"reason", play.reason},
          {"started", instant_or_null(play.started)},
          {"heard_ms", play.heard.count()},
          {"loudness_lufs", play.loudness_lufs ? json(*play.loudness_lufs) : json()}};
}

json to_json(const Satisfaction& satisfaction) {
  return {{"quarter", satisfaction.quarter},
          {"area", satisfaction.area ? json(satisfaction.area->str()) : json()},
          {"counts", satisfaction.counts}};
}

json to_json(const AuditRow& row) {
  const auto told = [](const std::string& text) { return text.empty() ? json() : json::parse(text); };
  return {{"seq", row.seq},
          {"at", format_utc(row.at)},
          {"person", row.by.person.empty() ? json() : json(row.by.person.str())},
          {"via", row.by.via},
          {"action", row.entry.action},
          {"subject", row.entry.subject},
          {"before", told(row.entry.before)},
          {"after", told(row.entry.after)},
          {"hash", row.hash}};
}

}  // namespace loa::server
