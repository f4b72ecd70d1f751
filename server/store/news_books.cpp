// What has changed, in one cheap look each.
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

std::optional<WallTime> wall_or_none(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional{row.get_wall(column)};
}

}  // namespace

std::int64_t Store::data_version() {
  Statement row = db_.prepare("PRAGMA data_version");
  static_cast<void>(row.step());
  return row.get_int(0);
}

std::vector<Store::NodeNews> Store::load_node_news() {
  std::vector<NodeNews> news;
  Statement rows = db_.prepare(
      "SELECT nodes.node_id, seen_us, issued_us FROM nodes LEFT JOIN node_status USING (node_id) "
      "LEFT JOIN plans USING (node_id)");
  while (rows.step()) news.push_back({rows.get_id<NodeId>(0), wall_or_none(rows, 1), wall_or_none(rows, 2)});
  return news;
}

Store::Tail Store::tail() {
  Statement row = db_.prepare(
      "SELECT (SELECT max(committed_us) FROM outcomes), (SELECT max(made_us) FROM complaints), "
      "(SELECT count(*) FROM recordings WHERE state = 'ingesting'), "
      "(SELECT count(*) FROM recordings WHERE state <> 'ingesting')");
  static_cast<void>(row.step());
  return {wall_or_none(row, 0), wall_or_none(row, 1), row.get_int(2), row.get_int(3)};
}

}  // namespace loa::server
