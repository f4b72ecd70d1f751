#include "schedules/arbitration/arbiter.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace loa::schedules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// The first of `list`, ascending and apart, that is nearer than `gap` to [from, until).
template <class Span>
auto nearest(const std::vector<Span>& list, WallTime from, WallTime until, milliseconds gap) {
  const auto first =
      std::partition_point(list.begin(), list.end(), [&](const Span& each) { return each.until + gap <= from; });
  return first != list.end() && first->from < until + gap ? first : list.end();
}

// The first that begins at `from` or later, or reaches over it.
template <class Span>
auto following(const std::vector<Span>& list, WallTime from) {
  return std::partition_point(list.begin(), list.end(), [&](const Span& each) { return each.until <= from; });
}

}  // namespace

std::string_view to_string(Clause clause) {
  switch (clause) {
    case Clause::kQuietHours:
      return "quiet_hours";
    case Clause::kWeekday:
      return "weekday";
    case Clause::kOutsideSessions:
      return "outside_sessions";
    case Clause::kSessionFull:
      return "session_full";
    case Clause::kPast:
      return "past";
  }
  std::abort();
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPlays:
      return "plays";
    case Verdict::kShifted:
      return "shifted";
    case Verdict::kShortened:
      return "shortened";
    case Verdict::kCancelled:
      return "cancelled";
  }
  std::abort();
}

std::optional<Clause> parse_clause(std::string_view text) {
  for (const Clause clause :
       {Clause::kQuietHours, Clause::kWeekday, Clause::kOutsideSessions, Clause::kSessionFull, Clause::kPast})
    if (to_string(clause) == text) return clause;
  return std::nullopt;
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  for (const Verdict verdict : {Verdict::kPlays, Verdict::kShifted, Verdict::kShortened, Verdict::kCancelled})
    if (to_string(verdict) == text) return verdict;
  return std::nullopt;
}

bool Terms::is_staggered() const {
  return stagger && areas.size() > 1 && announcement_class != AnnouncementClass::kEmergency;
}

milliseconds Terms::offset(std::size_t n, milliseconds sounding) const {
  return is_staggered() ? (sounding + *stagger) * static_cast<std::int64_t>(n) : milliseconds{0};
}

bool goes_before(const Claim& a, const Claim& b) {
  const Terms& x = *a.terms;
  const Terms& y = *b.terms;
  return std::make_tuple(y.announcement_class, y.source, x.rank, x.session.has_value(), a.schedule, a.due) <
         std::make_tuple(x.announcement_class, x.source, y.rank, y.session.has_value(), b.schedule, b.due);
}

Arbiter::Arbiter(const AreaTree& areas, const WardRules& rules) : areas_(areas), rules_(rules) {}

std::vector<Fate> Arbiter::decide(const LocalDay& day, std::span<const Claim> claims, std::span<const Held> held,
                                  WallTime not_before) {
  std::vector<std::uint32_t> order(claims.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto is_before = [&](std::uint32_t a, std::uint32_t b) { return goes_before(claims[a], claims[b]); };
  if (!std::ranges::is_sorted(order, is_before)) std::ranges::sort(order, is_before);
  std::vector<Claim> in_order;
  in_order.reserve(claims.size());
  for (const std::uint32_t i : order) in_order.push_back(claims[i]);
  std::vector<std::optional<Fate>> decided(claims.size());
  static_cast<void>(decide_again(day, in_order, decided, {}, held, not_before));
  std::vector<Fate> fates(claims.size());
  for (std::size_t i = 0; i < order.size(); ++i) fates[order[i]] = *decided[i];
  return fates;
}

std::vector<std::size_t> Arbiter::decide_again(const LocalDay& day, std::span<const Claim> claims,
                                               std::span<std::optional<Fate>> fates, const Gone& gone,
                                               std::span<const Held> held, WallTime not_before) {
  begin(day, not_before);
  // What may sound whatever a session has already heard takes of it in its own turn, so that what is held keeps nobody
  // from what was promised before.
  std::vector<const Held*> later;
  for (const Held& each : held) {
    place(each.claim, each.fate);
    if (each.claim.terms->is_lifted())
      later.push_back(&each);
    else
      count(each.claim, each.fate);
  }
  std::ranges::sort(later, [](const Held* a, const Held* b) { return goes_before(a->claim, b->claim); });
  auto turn = later.begin();

  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    std::optional<Fate>& fate = fates[i];
    for (; turn != later.end() && goes_before((*turn)->claim, claim); ++turn) count((*turn)->claim, (*turn)->fate);
    if (i == gone.turn) change(gone.areas);
    if (!fate || hears_a_change(*claim.terms)) {
      const Fate now = decide_one(claim);
      if (now != fate) {
        const Fate was = fate.value_or(Fate{});
        if (now.length != was.length || (now.length > milliseconds{0} && now.start != was.start))
          change(claim.terms->areas);
        fate = now;
        changed.push_back(i);
      }
    }
    if (fate->verdict == Verdict::kCancelled) continue;
    place(claim, *fate);
    count(claim, *fate);
  }
  return changed;
}

void Arbiter::begin(const LocalDay& day, WallTime not_before) {
  day_ = day;
  not_before_ = not_before;
  while (places_.size() < areas_.size()) {
    Place& place = places_.emplace_back();
    place.used.resize(rules_.sessions.size());
    place.most_used_below.resize(rules_.sessions.size());
  }
  for (const AreaTree::Index area : touched_) {
    Place& place = places_[area];
    place.own.clear();
    place.below.clear();
    std::ranges::fill(place.used, milliseconds{0});
    std::ranges::fill(place.most_used_below, milliseconds{0});
    place.is_changed = false;
    place.is_changed_below = false;
  }
  touched_.clear();
  quiet_.clear();
  if (!rules_.quiet) return;
  const minutes from = rules_.quiet->from;
  const minutes to = rules_.quiet->to > from ? rules_.quiet->to : rules_.quiet->to + hours{24};
  for (const hours days : {hours{-24}, hours{0}, hours{24}})
    quiet_.push_back({day.from + days + from, day.from + days + to});
}

WallTime Arbiter::latest_start(const Claim& claim, milliseconds total) const {
  const Terms& terms = *claim.terms;
  if (terms.session) return day_.from + rules_.sessions[*terms.session].until - total;
  return std::max(claim.due, std::min(claim.due + terms.later, day_.until - total));
}

Fate Arbiter::decide_one(const Claim& claim) const {
  const Terms& terms = *claim.terms;
  const Search whole = find_start(claim, terms.length, latest_start(claim, terms.total()));
  if (whole.start) {
    const bool as_wanted = terms.session || *whole.start == claim.due;
    return {as_wanted ? Verdict::kPlays : Verdict::kShifted, *whole.start, terms.length,
            as_wanted ? Why{} : whole.first};
  }
  const Why why = terms.session ? whole.last : whole.first;
  if (terms.shortest > milliseconds{0} && terms.shortest < terms.length && !terms.is_staggered()) {
    const Search cut = find_start(claim, terms.shortest, latest_start(claim, terms.shortest));
    if (cut.start) return {Verdict::kShortened, *cut.start, room(claim, *cut.start), why};
  }
  return {Verdict::kCancelled, claim.due, milliseconds{0}, why};
}

Arbiter::Search Arbiter::find_start(const Claim& claim, milliseconds length, WallTime latest) const {
  const WallTime earliest = claim.due < not_before_ ? std::chrono::ceil<seconds>(not_before_) : claim.due;
  const Clause unless_told = earliest == claim.due ? Clause::kOutsideSessions : Clause::kPast;
  Search search{std::nullopt, unless_told, unless_told};
  bool is_first = true;
  for (WallTime start = earliest; start <= latest;) {
    const auto blocked = this->blocked(*claim.terms, length, start);
    if (!blocked) {
      search.start = start;
      return search;
    }
    if (is_first) search.first = blocked->why;
    is_first = false;
    search.last = blocked->why;
    if (!blocked->next) return search;
    start = std::chrono::ceil<seconds>(*blocked->next);  // as people tell the time, and as ids of plays do
  }
  return search;
}

std::optional<Arbiter::Blocked> Arbiter::blocked(const Terms& terms, milliseconds length, WallTime start) const {
  if (!terms.is_lifted())
    if (auto rule = blocked_by_rule(terms, length, start)) return rule;
  for (std::size_t n = 0; n < terms.areas.size(); ++n) {
    const milliseconds offset = terms.offset(n, length);
    if (auto sound = blocked_by_sound(terms.areas[n], offset, start + offset, start + offset + length)) return sound;
  }
  return std::nullopt;
}

std::optional<Arbiter::Blocked> Arbiter::blocked_by_rule(const Terms& terms, milliseconds length,
                                                         WallTime start) const {
  const WallTime end = start + terms.offset(terms.areas.size() - 1, length) + length;
  if (const auto quiet = nearest(quiet_, start, end, milliseconds{0}); quiet != quiet_.end())
    return Blocked{Clause::kQuietHours, quiet->until};
  if (!rules_.weekdays[static_cast<std::size_t>(day_.weekday)]) return Blocked{Clause::kWeekday, std::nullopt};
  if (rules_.sessions.empty()) return std::nullopt;
  const auto session = session_of(start, end);
  if (!session) return Blocked{Clause::kOutsideSessions, next_session(start)};
  for (const AreaTree::Index area : terms.areas)
    if (used(area, *session) + length > rules_.sessions[*session].longest)
      return Blocked{Clause::kSessionFull, next_session(start)};
  return std::nullopt;
}

std::optional<Arbiter::Blocked> Arbiter::blocked_by_sound(AreaTree::Index area, milliseconds offset, WallTime from,
                                                          WallTime until) const {
  const auto lost = [&](const Claim& winner, WallTime end) {
    return Blocked{LostTo{winner.schedule, winner.due}, end + rules_.gap - offset};
  };
  for (AreaTree::Index at = area; at != AreaTree::kNone; at = areas_.parent(at)) {
    const auto& own = places_[at].own;
    if (const auto sound = nearest(own, from, until, rules_.gap); sound != own.end())
      return lost(*sound->claim, sound->until);
  }
  const auto& below = places_[area].below;
  if (const auto stretch = nearest(below, from, until, rules_.gap); stretch != below.end())
    return lost(winner_below(area, from, until), stretch->until);
  return std::nullopt;
}

const Claim& Arbiter::winner_below(AreaTree::Index area, WallTime from, WallTime until) const {
  for (const AreaTree::Index child : areas_.children(area)) {
    const Place& place = places_[child];
    if (const auto sound = nearest(place.own, from, until, rules_.gap); sound != place.own.end()) return *sound->claim;
    if (nearest(place.below, from, until, rules_.gap) != place.below.end()) return winner_below(child, from, until);
  }
  std::abort();
}

milliseconds Arbiter::room(const Claim& claim, WallTime start) const {
  const Terms& terms = *claim.terms;
  WallTime end = start + terms.length;
  if (terms.session)
    end = std::min(end, day_.from + rules_.sessions[*terms.session].until);
  else if (start != claim.due)
    end = std::min(end, day_.until);
  if (!terms.is_lifted()) {
    if (const auto quiet = following(quiet_, start); quiet != quiet_.end()) end = std::min(end, quiet->from);
    if (const auto session = session_of(start, start + terms.shortest)) {
      end = std::min(end, day_.from + rules_.sessions[*session].until);
      for (const AreaTree::Index area : terms.areas)
        end = std::min(end, start + rules_.sessions[*session].longest - used(area, *session));
    }
  }
  for (const AreaTree::Index area : terms.areas) {
    for (AreaTree::Index at = area; at != AreaTree::kNone; at = areas_.parent(at)) {
      const auto& own = places_[at].own;
      if (const auto sound = following(own, start); sound != own.end()) end = std::min(end, sound->from - rules_.gap);
    }
    const auto& below = places_[area].below;
    if (const auto sound = following(below, start); sound != below.end()) end = std::min(end, sound->from - rules_.gap);
  }
  return std::chrono::floor<milliseconds>(end - start);
}

std::optional<std::size_t> Arbiter::session_of(WallTime from, WallTime until) const {
  for (std::size_t i = 0; i < rules_.sessions.size(); ++i)
    if (from >= day_.from + rules_.sessions[i].from && until <= day_.from + rules_.sessions[i].until) return i;
  return std::nullopt;
}

std::optional<WallTime> Arbiter::next_session(WallTime after) const {
  for (const Session& session : rules_.sessions)
    if (day_.from + session.from > after) return day_.from + session.from;
  return std::nullopt;
}

milliseconds Arbiter::used(AreaTree::Index area, std::size_t session) const {
  milliseconds sum = places_[area].most_used_below[session];
  for (AreaTree::Index at = area; at != AreaTree::kNone; at = areas_.parent(at)) sum += places_[at].used[session];
  return sum;
}

void Arbiter::use(AreaTree::Index area, std::size_t session, milliseconds length) {
  places_[area].used[session] += length;
  for (AreaTree::Index at = area; areas_.parent(at) != AreaTree::kNone; at = areas_.parent(at)) {
    milliseconds& most = places_[areas_.parent(at)].most_used_below[session];
    most = std::max(most, places_[at].used[session] + places_[at].most_used_below[session]);
  }
}

void Arbiter::count(const Claim& claim, const Fate& fate) {
  const Terms& terms = *claim.terms;
  const auto session =
      session_of(fate.start, fate.start + terms.offset(terms.areas.size() - 1, fate.length) + fate.length);
  if (!session) return;
  for (const AreaTree::Index area : terms.areas) use(area, *session, fate.length);
}

void Arbiter::change(std::span<const AreaTree::Index> areas) {
  for (const AreaTree::Index area : areas) {
    if (places_[area].is_changed) continue;
    places_[area].is_changed = true;
    touched_.push_back(area);
    for (AreaTree::Index at = areas_.parent(area); at != AreaTree::kNone; at = areas_.parent(at)) {
      if (places_[at].is_changed_below) break;
      places_[at].is_changed_below = true;
      touched_.push_back(at);
    }
  }
}

bool Arbiter::hears_a_change(const Terms& terms) const {
  return std::ranges::any_of(terms.areas, [&](AreaTree::Index area) {
    bool is_changed = places_[area].is_changed_below;
    for (AreaTree::Index at = area; at != AreaTree::kNone; at = areas_.parent(at))
      is_changed = is_changed || places_[at].is_changed;
    return is_changed;
  });
}

void Arbiter::place(const Claim& claim, const Fate& fate) {
  const Terms& terms = *claim.terms;
  for (std::size_t n = 0; n < terms.areas.size(); ++n) {
    const AreaTree::Index area = terms.areas[n];
    const WallTime from = fate.start + terms.offset(n, fate.length);
    const WallTime until = from + fate.length;
    auto& own = places_[area].own;
    if (own.empty()) touched_.push_back(area);
    own.insert(following(own, from), Sound{from, until, &claim});
    for (AreaTree::Index at = areas_.parent(area); at != AreaTree::kNone; at = areas_.parent(at)) {
      auto& below = places_[at].below;
      if (below.empty()) touched_.push_back(at);
      const auto first =
          std::partition_point(below.begin(), below.end(), [&](const Stretch& each) { return each.until < from; });
      auto last = first;
      Stretch joined{from, until};
      for (; last != below.end() && last->from <= until; ++last)
        joined = {std::min(joined.from, last->from), std::max(joined.until, last->until)};
      below.insert(below.erase(first, last), joined);
    }
  }
}

}  // namespace loa::schedules
