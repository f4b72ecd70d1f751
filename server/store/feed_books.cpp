// Calendars that others subscribe to.
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

const std::string kSelectFeeds = "SELECT feed_id, name, area_id, created_us FROM feeds ";

Feed read_feed(const Statement& row) {
  Feed feed{row.get_text(0), row.get_text(1), std::nullopt, row.get_wall(3)};
  if (!row.is_null(2)) feed.area = row.get_id<AreaId>(2);
  return feed;
}

}  // namespace

void Store::add_feed(const Feed& feed, const std::string& secret_sha256) {
  if (feed.area && !has_area(*feed.area)) throw Error("area.unknown", {feed.area->str()});
  db_.run("INSERT INTO feeds (feed_id, name, area_id, secret_sha256, created_us) VALUES (?1, ?2, ?3, ?4, ?5)", feed.id,
          feed.name, feed.area, secret_sha256, feed.made);
}

void Store::remove_feed(const std::string& id) {
  if (db_.run("DELETE FROM feeds WHERE feed_id = ?1", id) == 0) throw Error("feed.unknown", {id});
}

std::vector<Feed> Store::load_feeds() {
  Statement rows = db_.prepare(kSelectFeeds + "ORDER BY created_us DESC, rowid DESC");
  std::vector<Feed> found;
  while (rows.step()) found.push_back(read_feed(rows));
  return found;
}

std::optional<Feed> Store::load_feed(const std::string& id) {
  Statement row = db_.prepare(kSelectFeeds + "WHERE feed_id = ?1");
  row.bind(1, id);
  if (!row.step()) return std::nullopt;
  return read_feed(row);
}

std::optional<Feed> Store::find_feed(const std::string& secret_sha256) {
  Statement row = db_.prepare(kSelectFeeds + "WHERE secret_sha256 = ?1");
  row.bind(1, secret_sha256);
  if (!row.step()) return std::nullopt;
  return read_feed(row);
}

}  // namespace loa::server
