#include "schedules/civil/zone.h"

#include <algorithm>
#include <exception>
#include <numeric>

#include <date/tz.h>

#include "common/base/error.h"

namespace loa::civil {
namespace {

const date::tzdb& database() {
  try {
    return date::get_tzdb();
  } catch (const std::exception& error) {
    throw Error("zone.no_database", {error.what()});
  }
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// How many letters differ, whatever their case (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

const date::time_zone& find_zone(std::string_view name) {
  // Longer than any name there is: not worth comparing.
  constexpr std::size_t kLongest = 64;
  const auto& zones = database().zones;
  const auto found = std::ranges::lower_bound(
      zones, name, {}, [](const date::time_zone& zone) { return std::string_view{zone.name()}; });
  if (found != zones.end() && found->name() == name) return *found;

  std::string nearest = "Asia/Ho_Chi_Minh";
  std::size_t best = kLongest;
  if (name.size() <= kLongest)
    for (const date::time_zone& zone : zones)
      if (const std::size_t apart = distance(name, zone.name()); apart < best) {
        nearest = zone.name();
        best = apart;
      }
  throw Error("zone.unknown", {std::string{name.substr(0, kLongest)}, nearest});
}

date::local_seconds local_of(Time time) {
  return date::local_seconds{time.time_since_epoch()};
}
date::sys_seconds sys_of(WallTime time) {
  return date::sys_seconds{std::chrono::floor<seconds>(time.time_since_epoch())};
}

}  // namespace

Zone::Zone(std::string_view name) : zone_(&find_zone(name)) {
  const date::sys_info last =
      zone_->get_info(date::sys_seconds{date::sys_days{date::year{2199} / 12 / 31}.time_since_epoch()});
  steady_from_ = last.begin.time_since_epoch();
  steady_until_ = last.end.time_since_epoch();
  steady_offset_ = last.offset;
}

const std::string& Zone::name() const {
  return zone_->name();
}

WallTime Zone::to_wall(Time local) const {
  // A day away from either end of the stretch no other offset can claim this clock.
  const seconds steady = local.time_since_epoch() - steady_offset_;
  if (steady > steady_from_ + days{1} && steady < steady_until_ - days{1}) return WallTime{steady};
  const date::local_info info = zone_->get_info(local_of(local));
  return WallTime{local.time_since_epoch() - info.first.offset};
}

Time Zone::to_civil(WallTime wall) const {
  const auto at = std::chrono::floor<seconds>(wall.time_since_epoch());
  if (at >= steady_from_ && at < steady_until_) return Time{at + steady_offset_};
  return Time{at + zone_->get_info(sys_of(wall)).offset};
}

std::vector<Zone::Change> Zone::changes(WallTime from, WallTime until) const {
  std::vector<Change> found;
  date::sys_info info = zone_->get_info(sys_of(from));
  found.push_back({to_civil(from), info.offset, info.offset, info.save != std::chrono::minutes{0}, info.abbrev});
  while (info.end < sys_of(until)) {
    const seconds before = info.offset;
    const date::sys_seconds at = info.end;
    info = zone_->get_info(at);
    found.push_back(
        {Time{at.time_since_epoch() + before}, before, info.offset, info.save != std::chrono::minutes{0}, info.abbrev});
  }
  return found;
}

}  // namespace loa::civil
