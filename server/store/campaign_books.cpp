// Campaigns, and the days on which a disclosure was heard.
#include <cstdlib>

#include "schedules/civil/civil.h"
#include "server/store/part.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

const std::string kSelectCampaigns =
    "SELECT campaign_id, title, kind, source, consecutive_days, created_us, cancelled_us FROM campaigns ";

Campaign read_campaign(const db::Database& db, const Statement& row) {
  return {row.get_id<CampaignId>(0),
          row.get_text(1),
          word(db, parse_campaign_kind(row.get_text(2)), row.get_text(2)),
          row.get_text(3),
          static_cast<int>(row.get_int(4)),
          row.get_wall(5),
          row.get_optional_wall(6)};
}

}  // namespace

std::string_view to_string(CampaignKind kind) {
  switch (kind) {
    case CampaignKind::kRotation:
      return "rotation";
    case CampaignKind::kDisclosure:
      return "disclosure";
  }
  std::abort();
}

std::optional<CampaignKind> parse_campaign_kind(std::string_view text) {
  for (const CampaignKind kind : {CampaignKind::kRotation, CampaignKind::kDisclosure})
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

void Store::add_campaign(const Campaign& campaign) {
  db_.run(
      "INSERT INTO campaigns (campaign_id, title, kind, source, consecutive_days, created_us) VALUES (?1, ?2, ?3, ?4, "
      "?5, ?6)",
      campaign.id, campaign.title, to_string(campaign.kind), campaign.source, campaign.consecutive_days, campaign.made);
}

void Store::cancel_campaign(const CampaignId& campaign, WallTime now) {
  if (!load_campaign(campaign)) throw Error("campaign.unknown", {campaign.str()});
  Part transaction(db_);
  db_.run("UPDATE campaigns SET cancelled_us = ?2 WHERE campaign_id = ?1 AND cancelled_us IS NULL", campaign, now);
  db_.run("UPDATE schedules SET cancelled_us = ?2 WHERE campaign_id = ?1 AND cancelled_us IS NULL", campaign, now);
  transaction.commit();
}

std::vector<Campaign> Store::load_campaigns() {
  Statement rows = db_.prepare(kSelectCampaigns + "ORDER BY created_us DESC, rowid DESC");
  std::vector<Campaign> found;
  while (rows.step()) found.push_back(read_campaign(db_, rows));
  return found;
}

std::optional<Campaign> Store::load_campaign(const CampaignId& campaign) {
  Statement row = db_.prepare(kSelectCampaigns + "WHERE campaign_id = ?1");
  row.bind(1, campaign);
  if (!row.step()) return std::nullopt;
  return read_campaign(db_, row);
}

std::vector<MessageCount> Store::count_messages(const CampaignId& campaign) {
  Statement rows = db_.prepare(
      "SELECT a.announcement_id, a.title, count(p.play_id), count(CASE WHEN o.result = 'played' THEN 1 END) FROM "
      "schedules s JOIN announcements a USING (announcement_id) LEFT JOIN planned_plays p ON p.schedule_id = "
      "s.schedule_id AND p.cancelled_us IS NULL LEFT JOIN outcomes o ON o.node_id = p.node_id AND o.play_id = "
      "p.play_id WHERE s.campaign_id = ?1 GROUP BY a.announcement_id ORDER BY min(s.rowid)");
  rows.bind(1, campaign);
  std::vector<MessageCount> found;
  while (rows.step())
    found.push_back({rows.get_id<AnnouncementId>(0), rows.get_text(1), rows.get_int(2), rows.get_int(3)});
  return found;
}

CampaignDay Store::count_proof(const CampaignId& campaign, civil::Day day, WallTime from, WallTime until) {
  // Inside out: each message at each node, heard or not; each node, all of the pool or not; the ward.
  Statement row = db_.prepare(
      "SELECT count(*), coalesce(sum(has_all), 0) FROM (SELECT node_id, min(heard) AND count(*) = (SELECT "
      "count(DISTINCT announcement_id) FROM schedules WHERE campaign_id = ?1) AS has_all FROM (SELECT p.node_id, max("
      "coalesce(o.result = 'played', 0)) AS heard FROM schedules s JOIN planned_plays p ON p.schedule_id = "
      "s.schedule_id LEFT JOIN outcomes o ON o.node_id = p.node_id AND o.play_id = p.play_id WHERE s.campaign_id = ?1 "
      "AND p.cancelled_us IS NULL AND p.start_us >= ?2 AND p.start_us < ?3 GROUP BY p.node_id, s.announcement_id) "
      "GROUP BY node_id)");
  row.bind_all(campaign, from, until);
  if (!row.step()) return {day, 0, 0};
  return {day, static_cast<int>(row.get_int(0)), static_cast<int>(row.get_int(1))};
}

void Store::save_campaign_day(const CampaignId& campaign, const CampaignDay& day) {
  db_.run("INSERT OR REPLACE INTO campaign_days (campaign_id, day, nodes, proved) VALUES (?1, ?2, ?3, ?4)", campaign,
          civil::format_day(day.day), day.nodes, day.proved);
}

std::vector<CampaignDay> Store::load_campaign_days(const CampaignId& campaign) {
  Statement rows = db_.prepare("SELECT day, nodes, proved FROM campaign_days WHERE campaign_id = ?1 ORDER BY day");
  rows.bind(1, campaign);
  std::vector<CampaignDay> found;
  while (rows.step())
    found.push_back(
        {civil::parse_day(rows.get_text(0)), static_cast<int>(rows.get_int(1)), static_cast<int>(rows.get_int(2))});
  return found;
}

}  // namespace loa::server
