#include "schedules/timetable/timetable.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <map>
#include <numeric>
#include <tuple>

namespace loa::schedules {
namespace {

using civil::Day;
using std::chrono::days;

// Days are entered in chunks, so that a rule is asked twelve times for a year and not 366 times.
constexpr days kChunk{32};
// From the day on which something is due to the last on which it may sound: over midnight, and a day late.
constexpr days kLongestAfterDue{2};

Day chunk_of(Day day) {
  return Day{(day.time_since_epoch() / kChunk - (day.time_since_epoch() % kChunk < days{0} ? 1 : 0)) * kChunk};
}

WallTime end_of(const Claim& claim, const Fate& fate) {
  return fate.start + claim.terms->offset(claim.terms->areas.size() - 1, fate.length) + fate.length;
}

bool sounds(const Fate& fate) {
  return fate.verdict != Verdict::kCancelled;
}

// Of what its schedule's own calendar took out.
Fate silent(WallTime due) {
  return {Verdict::kCancelled, due, milliseconds{0}, {}};
}

// Sounds of one schedule whose occurrences an edit takes away, ascending by due time.
struct Gone {
  using Sound = std::pair<WallTime, const Fate*>;
  std::deque<Sound> open;
  std::vector<Sound> lost;

  // The first less than half a day away from `start`: the one that moved there. To be asked in ascending order.
  const Fate* take_near(WallTime start) {
    constexpr std::chrono::hours kHalfDay{12};
    while (!open.empty() && open.front().second->start <= start - kHalfDay) lose_first();
    if (open.empty() || open.front().second->start >= start + kHalfDay) return nullptr;
    const Fate* fate = open.front().second;
    open.pop_front();
    return fate;
  }
  void lose_first() {
    lost.push_back(open.front());
    open.pop_front();
  }
};

bool is_same_place(const Arbiter::Held& a, const Arbiter::Held& b) {
  return a.claim.schedule == b.claim.schedule && a.claim.due == b.claim.due && a.fate == b.fate;
}

}  // namespace

bool Sounding::is_cut() const {
  return length < schedule->duration + (chime != nullptr ? chime->length() : milliseconds{0});
}

Timetable::Timetable(std::span<const AreaPlace> places, WardRules rules, Almanac almanac)
    : areas_(places), rules_(std::move(rules)), almanac_(std::move(almanac)), arbiter_(areas_, rules_) {}

AreaTree::Index Timetable::index_of(const AreaId& area) const {
  const auto index = areas_.find(area);
  if (!index) throw Error("area.unknown", {area.str()});
  return *index;
}

const Chime* Timetable::chime_of(const Schedule& schedule) const {
  if (schedule.chime == ChimeTerm::kNone) return nullptr;
  const auto chime = rules_.chimes.find(schedule.announcement_class);
  return chime == rules_.chimes.end() ? nullptr : &chime->second;
}

const Chime* Timetable::remember(const Chime& chime) {
  const auto known = std::ranges::find(former_chimes_, chime);
  return known != former_chimes_.end() ? &*known : &former_chimes_.emplace_back(chime);
}

void Timetable::add(const AreaPlace& place) {
  const std::size_t before = areas_.size();
  areas_.add(place);
  if (areas_.size() == before) return;
  for (auto& [day, book] : days_) book.by_area.reset();
}

AreaId Timetable::spot(const AreaId& area, const NodeId& node) const {
  AreaId own = place_of(node);
  if (areas_.find(own)) return own;
  return area;
}

Terms Timetable::terms_of(const Schedule& schedule) const {
  const std::vector<AreaId> places = schedule.places();
  if (places.empty()) throw Error("schedule.no_area");
  Terms terms;
  terms.announcement_class = schedule.announcement_class;
  terms.rank = schedule.rank;
  const Chime* chime = chime_of(schedule);
  const milliseconds before = chime != nullptr ? chime->length() : milliseconds{0};
  terms.length = before + schedule.duration;
  terms.stagger = schedule.stagger;
  terms.later = schedule.later;
  if (schedule.shortest > milliseconds{0}) terms.shortest = before + schedule.shortest;
  terms.excepted = schedule.exception.has_value();
  std::vector<AreaTree::Index> named;
  named.reserve(places.size());
  for (const AreaId& place : places) named.push_back(index_of(place));
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto is_covered = [&](std::size_t j) {
      return i != j && areas_.is_within(named[i], named[j]) && (named[i] != named[j] || j < i);
    };
    bool covered = false;
    for (std::size_t j = 0; j < named.size(); ++j) covered = covered || is_covered(j);
    if (!covered) terms.areas.push_back(named[i]);
  }
  if (schedule.session) {
    const auto session = std::ranges::find(rules_.sessions, *schedule.session, &Session::name);
    if (session == rules_.sessions.end()) throw Error("schedule.unknown_session", {*schedule.session});
    terms.session = static_cast<std::uint32_t>(session - rules_.sessions.begin());
  }
  return terms;
}

const Timetable::Version& Timetable::Entry::at(WallTime due) const {
  if (due >= current.schedule.made || former.empty()) return current;
  const auto later = std::ranges::find_if(former, [&](const Version& each) { return each.schedule.made > due; });
  return later == former.begin() ? former.front() : *std::prev(later);
}

Timetable::Version Timetable::former_version(Schedule schedule) const {
  Schedule without_session = schedule;
  without_session.session.reset();
  return {std::move(schedule), terms_of(without_session)};
}

Timetable::Due Timetable::expand_loaded(const Schedule& schedule) const {
  Due due;
  for (auto day = days_.begin(); day != days_.end(); day = days_.lower_bound(due.back().first + kChunk))
    due.emplace_back(day->first, expand(schedule, almanac_, day->first, day->first + kChunk));
  return due;
}

Timetable::Due Timetable::expand_loaded_or_say(const Schedule& schedule) const {
  Due due;
  for (auto day = days_.begin(); day != days_.end(); day = days_.lower_bound(due.back().first + kChunk))
    due.emplace_back(day->first, expand_or_say(schedule, day->first));
  return due;
}

std::vector<Occurrence> Timetable::expand_or_say(const Schedule& schedule, Day chunk) const {
  try {
    return expand(schedule, almanac_, chunk, chunk + kChunk);
  } catch (const Error& error) {
    // One that cannot be expanded must not take the days of all others with it.
    return {{midnight(chunk),
             Silence{render(error.text(), Language::kVietnamese), render(error.text(), Language::kEnglish)}}};
  }
}

void Timetable::put(Schedule schedule, std::vector<Schedule> former) {
  Entry entry{{std::move(schedule), {}}, {}};
  entry.current.terms = terms_of(entry.current.schedule);
  for (Schedule& each : former) entry.former.push_back(former_version(std::move(each)));
  const Due due = expand_loaded(entry.current.schedule);

  const std::uint32_t number = next_number_++;
  if (!numbers_.emplace(entry.current.schedule.id, number).second) std::abort();
  ids_.reset();
  enter(number, entries_.emplace(number, std::move(entry)).first->second, due);
}

void Timetable::replace(Schedule schedule) {
  const std::uint32_t number = numbers_.at(schedule.id);
  Entry& entry = entries_.at(number);
  if (schedule.made <= entry.current.schedule.made || schedule.made < settled_until_) std::abort();
  Version next{std::move(schedule), {}};
  next.terms = terms_of(next.schedule);
  Version former = former_version(entry.current.schedule);
  const Due due = expand_loaded(next.schedule);

  leave(number);
  entry.former.push_back(std::move(former));
  entry.current = std::move(next);
  enter(number, entry, due);
}

void Timetable::take_back(const ScheduleId& schedule) {
  const std::uint32_t number = numbers_.at(schedule);
  Entry& entry = entries_.at(number);
  Version before{std::move(entry.former.back().schedule), {}};
  before.terms = terms_of(before.schedule);
  leave(number);
  entry.former.pop_back();
  entry.current = std::move(before);
  enter(number, entry, expand_loaded_or_say(entry.current.schedule));
}

void Timetable::remove(const ScheduleId& schedule) {
  const auto known = numbers_.find(schedule);
  if (known == numbers_.end()) return;
  leave(known->second);
  entries_.erase(known->second);
  numbers_.erase(known);
  ids_.reset();
}

const Schedule* Timetable::find(const ScheduleId& schedule) const {
  const auto known = numbers_.find(schedule);
  return known == numbers_.end() ? nullptr : &entries_.at(known->second).current.schedule;
}

bool Timetable::reaches(std::span<const AreaId> areas, const AreaId& area) const {
  const auto inner = areas_.find(area);
  return inner && std::ranges::any_of(areas, [&](const AreaId& each) {
           const auto outer = areas_.find(each);
           return outer && areas_.is_within(*inner, *outer);
         });
}

Timetable::DayBook& Timetable::load(Day day) {
  const auto known = days_.find(day);
  if (known != days_.end()) return known->second;
  const Day chunk = chunk_of(day);
  for (Day each = chunk; each < chunk + kChunk; each += days{1})
    days_[each].span = {midnight(each), midnight(each + days{1}),
                        static_cast<int>(std::chrono::weekday{each}.iso_encoding()) - 1};
  for (const auto& [number, entry] : entries_) enter(number, entry, expand_or_say(entry.current.schedule, chunk));
  enter_history(chunk, std::nullopt);
  return days_.at(day);
}

void Timetable::enter(std::uint32_t number, const Entry& entry, const std::vector<Occurrence>& occurrences) {
  const Version& version = entry.current;
  std::map<WallTime, const Occurrence*> dues;  // once each, however often a session comes due on its day
  for (const Occurrence& occurrence : occurrences) {
    WallTime due = occurrence.due;
    if (version.terms.session) due = days_.at(day_of(due)).span.from + rules_.sessions[*version.terms.session].from;
    if (due >= version.schedule.made) dues.emplace(due, &occurrence);
  }
  for (const auto& [due, occurrence] : dues) {
    const Day day = day_of(due);
    DayBook& book = days_.at(day);
    if (occurrence->silence)
      book.taken_out.push_back({number, due, *occurrence->silence});
    else
      add(book, {number, &version.terms, due});
    untell(book, {due, number});
    forget_decision(day);
  }
}

void Timetable::enter(std::uint32_t number, const Entry& entry, const Due& due) {
  for (const auto& [chunk, occurrences] : due) {
    enter(number, entry, occurrences);
    if (!entry.former.empty()) enter_history(chunk, number);
  }
}

// What former versions have sounding in it, of one schedule or of all. Their silences are in the books alone.
void Timetable::enter_history(Day chunk, std::optional<std::uint32_t> number) {
  const auto end = history_.lower_bound({midnight(chunk + kChunk), 0});
  for (auto each = history_.lower_bound({midnight(chunk), 0}); each != end; ++each) {
    const auto& [due, schedule] = each->first;
    if ((number && schedule != *number) || !sounds(each->second.fate)) continue;
    const auto entry = entries_.find(schedule);
    if (entry == entries_.end() || due >= entry->second.current.schedule.made) continue;
    DayBook& book = days_.at(day_of(due));
    add(book, {schedule, &entry->second.at(due).terms, due});
    untell(book, each->first);
    forget_decision(day_of(due));
  }
}

void Timetable::add(DayBook& book, const Claim& claim) const {
  book.ends_by = std::max(book.ends_by, latest_end(claim, book.span));
  if (book.decision == Decision::kNone) {
    book.claims.push_back(claim);
    return;
  }
  const auto place = std::ranges::upper_bound(book.claims, claim, goes_before);
  book.fates.insert(book.fates.begin() + (place - book.claims.begin()), std::nullopt);
  book.claims.insert(place, claim);
}

void Timetable::take(DayBook& book, std::size_t claim) {
  const auto place = static_cast<std::ptrdiff_t>(claim);
  if (book.decision != Decision::kNone) {
    const auto& fate = book.fates[claim];
    const auto& areas = book.claims[claim].terms->areas;
    book.gone.turn = std::min(book.gone.turn, claim);
    if (fate && sounds(*fate)) book.gone.areas.insert(book.gone.areas.end(), areas.begin(), areas.end());
    book.fates.erase(book.fates.begin() + place);
  }
  book.claims.erase(book.claims.begin() + place);
}

void Timetable::untell(DayBook& book, const Key& key) {
  if (book.told) book.untold.push_back(key);
}

void Timetable::leave(std::uint32_t number) {
  for (auto& [day, book] : days_) {
    std::vector<Key> gone;
    for (std::size_t i = book.claims.size(); i-- > 0;) {
      if (book.claims[i].schedule != number) continue;
      gone.emplace_back(book.claims[i].due, number);
      take(book, i);
    }
    std::erase_if(book.taken_out, [&](const TakenOut& each) {
      if (each.schedule != number) return false;
      gone.emplace_back(each.due, number);
      return true;
    });
    if (gone.empty()) continue;
    for (const Key& key : gone) untell(book, key);
    book.ends_by = WallTime::min();
    for (const Claim& claim : book.claims) book.ends_by = std::max(book.ends_by, latest_end(claim, book.span));
    forget_decision(day);
  }
}

// What crosses midnight is the next day's affair too; what did not, it sees when it is asked.
void Timetable::forget_decision(Day day) {
  ++edit_;
  DayBook& book = days_.at(day);
  if (book.decision == Decision::kMade) book.decision = Decision::kBeforeEdits;
  if (const auto next = days_.find(day + days{1}); next != days_.end() && !next->second.held_over.empty())
    next->second.decision = Decision::kNone;
}

// The last moment at which it may still sound, wherever in its day it is put.
WallTime Timetable::latest_end(const Claim& claim, const LocalDay& day) const {
  const Terms& terms = *claim.terms;
  if (terms.session) return day.from + rules_.sessions[*terms.session].until;
  const WallTime as_due = claim.due + terms.total();
  return std::max(as_due, std::min(as_due + terms.later, day.until));
}

std::vector<Arbiter::Held> Timetable::crossing_midnight(Day day) {
  if (midnight(day + days{1}) <= over_) return {};
  const DayBook& book = load(day);
  const WallTime latest = book.span.until - rules_.gap;
  std::vector<Arbiter::Held> held;
  if (book.ends_by <= latest) return held;
  decided(day);
  for (std::size_t i = 0; i < book.claims.size(); ++i)
    if (sounds(*book.fates[i]) && end_of(book.claims[i], *book.fates[i]) > latest)
      held.push_back({book.claims[i], *book.fates[i]});
  return held;
}

Timetable::DayBook& Timetable::decided(Day day) {
  DayBook& book = load(day);
  if (book.decision == Decision::kMade && book.edit == edit_) return book;
  std::vector<Arbiter::Held> held = crossing_midnight(day - days{1});
  book.edit = edit_;
  if (!std::ranges::equal(held, book.held_over, is_same_place)) book.decision = Decision::kNone;
  if (book.decision == Decision::kMade) return book;
  book.held_over = held;
  if (book.decision == Decision::kBeforeEdits && is_ahead(book))
    decide_again(book, held);
  else
    decide(book, std::move(held));
  book.decision = Decision::kMade;
  book.gone = {};
  book.by_area.reset();
  return book;
}

bool Timetable::is_ahead(const DayBook& book) const {
  const auto settled = history_.lower_bound({book.span.from, 0});
  return settled_until_ <= book.span.from && (settled == history_.end() || settled->first.first >= book.span.until);
}

void Timetable::decide(DayBook& book, std::vector<Arbiter::Held> held) {
  book.told.reset();
  book.untold.clear();
  if (!std::ranges::is_sorted(book.claims, goes_before)) std::ranges::sort(book.claims, goes_before);
  std::vector<Claim> open;
  std::vector<std::size_t> places;  // of `open` in the day
  book.fates.assign(book.claims.size(), std::nullopt);
  const bool is_ahead = this->is_ahead(book);
  for (std::size_t i = 0; i < book.claims.size(); ++i) {
    const Claim& claim = book.claims[i];
    const auto settled = is_ahead ? history_.end() : history_.find({claim.due, claim.schedule});
    if (settled == history_.end()) {
      open.push_back(claim);
      places.push_back(i);
      continue;
    }
    book.fates[i] = settled->second.fate;
    if (sounds(*book.fates[i])) held.push_back({claim, *book.fates[i]});
  }
  const std::vector<Fate> fates = arbiter_.decide(book.span, open, held, settled_until_);
  for (std::size_t i = 0; i < open.size(); ++i) book.fates[places[i]] = fates[i];
}

void Timetable::decide_again(DayBook& book, std::span<const Arbiter::Held> held) {
  const bool is_undecided = std::ranges::any_of(book.fates, [](const auto& fate) { return !fate; });
  if (!is_undecided && book.gone.areas.empty()) return;
  for (const std::size_t i : arbiter_.decide_again(book.span, book.claims, book.fates, book.gone, held, settled_until_))
    untell(book, {book.claims[i].due, book.claims[i].schedule});
}

const Timetable::ByArea& Timetable::by_area(DayBook& book) const {
  if (book.by_area) return *book.by_area;
  ByArea& all = book.by_area.emplace();
  all.begin.resize(areas_.size() + 1);
  for (std::size_t i = 0; i < book.claims.size(); ++i)
    if (sounds(*book.fates[i]))
      for (const AreaTree::Index area : book.claims[i].terms->areas) ++all.begin[area];
  std::partial_sum(all.begin.begin(), all.begin.end(), all.begin.begin());
  all.soundings.resize(all.begin.back());
  const bool is_ahead = this->is_ahead(book);
  for (std::size_t i = 0; i < book.claims.size(); ++i) {
    const Fate& fate = *book.fates[i];
    if (!sounds(fate)) continue;
    const Claim& claim = book.claims[i];
    const Schedule* schedule = &entries_.at(claim.schedule).at(claim.due).schedule;
    const Chime* chime = chime_of(*schedule);
    if (!is_ahead)
      if (const auto settled = history_.find({claim.due, claim.schedule}); settled != history_.end())
        chime = settled->second.chime;
    for (std::size_t n = 0; n < claim.terms->areas.size(); ++n)
      all.soundings[--all.begin[claim.terms->areas[n]]] = {schedule, fate.start + claim.terms->offset(n, fate.length),
                                                           fate.length, fate.start, chime};
  }
  for (std::size_t area = 0; area < areas_.size(); ++area)
    std::ranges::sort(all.soundings.begin() + all.begin[area], all.soundings.begin() + all.begin[area + 1], {},
                      &Sounding::start);
  return all;
}

Decided Timetable::told(std::uint32_t number, WallTime due, const Fate& fate) const {
  Decided decided{&entries_.at(number).at(due).schedule, due, fate, nullptr, std::nullopt};
  if (const auto* lost = std::get_if<LostTo>(&fate.why))
    if (const auto winner = entries_.find(lost->schedule); winner != entries_.end())
      decided.winner = &winner->second.at(lost->due).schedule;
  return decided;
}

std::vector<Timetable::InOrder> Timetable::in_order(const DayBook& book) {
  std::vector<InOrder> all;
  all.reserve(book.claims.size() + book.taken_out.size());
  for (std::size_t i = 0; i < book.claims.size(); ++i)
    all.push_back({{book.claims[i].due, book.claims[i].schedule}, i, nullptr});
  for (const TakenOut& each : book.taken_out) all.push_back({{each.due, each.schedule}, 0, &each});
  std::ranges::sort(all, {}, &InOrder::key);
  return all;
}

Decided Timetable::told(const DayBook& book, const InOrder& each) const {
  const auto& [due, number] = each.key;
  if (each.taken_out == nullptr) return told(number, due, *book.fates[each.claim]);
  Decided decided = told(number, due, silent(due));
  decided.silence = each.taken_out->why;
  return decided;
}

std::vector<Decided> Timetable::day(Day day) {
  const DayBook& book = decided(day);
  std::vector<Decided> all;
  for (const InOrder& each : in_order(book)) all.push_back(told(book, each));
  return all;
}

std::vector<Sounding> Timetable::soundings(const AreaId& area, WallTime from, WallTime until) {
  const AreaTree::Index index = index_of(area);
  std::vector<const ByArea*> by_day;
  std::size_t most = 0;
  for (Day day = day_of(from) - kLongestAfterDue; day <= day_of(until); day += days{1}) {
    by_day.push_back(&by_area(decided(day)));
    for (AreaTree::Index at = index; at != AreaTree::kNone; at = areas_.parent(at))
      most += by_day.back()->begin[at + 1] - by_day.back()->begin[at];
  }
  std::vector<Sounding> all;
  all.reserve(most);
  for (const ByArea* heard : by_day) {
    const std::size_t of_day = all.size();
    for (AreaTree::Index at = index; at != AreaTree::kNone; at = areas_.parent(at)) {
      for (std::uint32_t i = heard->begin[at]; i < heard->begin[at + 1] && heard->soundings[i].start < until; ++i) {
        const Sounding& sounding = heard->soundings[i];
        if (sounding.start + sounding.length + sounding.schedule->late > from) all.push_back(sounding);
      }
    }
    std::ranges::sort(all.begin() + static_cast<std::ptrdiff_t>(of_day), all.end(), {}, &Sounding::start);
  }
  // Each day is, and only at midnight one may reach into another.
  if (!std::ranges::is_sorted(all, {}, &Sounding::start)) std::ranges::sort(all, {}, &Sounding::start);
  return all;
}

int Timetable::ceiling(const AreaId& area, WallTime from, milliseconds length) const {
  const AreaClass* nearest = nullptr;
  for (AreaTree::Index at = index_of(area); at != AreaTree::kNone && nearest == nullptr; at = areas_.parent(at))
    for (const AreaClass& each : rules_.classes)
      if (std::ranges::find(each.areas, areas_.id(at)) != each.areas.end()) nearest = &each;
  int lowest = 100;
  if (nearest == nullptr) return lowest;
  for (Day day = day_of(from); midnight(day) < from + length; day += days{1})
    for (const AreaCeiling& each : nearest->ceilings)
      if (from < midnight(day) + each.until && from + length > midnight(day) + each.from)
        lowest = std::min(lowest, each.volume_pct);
  return lowest;
}

std::vector<FateOf> Timetable::settle(WallTime since, WallTime now) {
  std::vector<FateOf> settled;
  if (now < settled_until_) return settled;
  over_ = now - kHistory - days{2};
  for (Day day = day_of(since); day <= day_of(now); day += days{1}) {
    for (Decided& each : this->day(day)) {
      if ((sounds(each.fate) ? each.fate.start : each.due) >= now) continue;
      const auto [known, is_new] =
          history_.try_emplace({each.due, numbers_.at(each.schedule->id)}, Settled{each.fate, nullptr});
      if (!is_new) continue;
      const Chime* chime = sounds(each.fate) ? chime_of(*each.schedule) : nullptr;
      settled.push_back(written(std::move(each)));
      if (chime == nullptr) continue;
      known->second.chime = remember(*chime);
      settled.back().chime = *chime;
    }
  }
  settled_until_ = now;
  history_.erase(history_.begin(), history_.lower_bound({now - kHistory, 0}));
  const Day kept = chunk_of(day_of(now - kHistory));
  days_.erase(days_.begin(), days_.lower_bound(kept));
  for (auto& [number, entry] : entries_)
    while (!entry.former.empty() && (entry.former.size() > 1 ? std::next(entry.former.begin())->schedule.made
                                                             : entry.current.schedule.made) < midnight(kept))
      entry.former.pop_front();
  return settled;
}

void Timetable::restore(std::span<const FateOf> settled, WallTime until) {
  for (const FateOf& each : settled) {
    const auto known = numbers_.find(each.schedule);
    if (known == numbers_.end()) continue;
    Fate fate = each.fate;
    if (auto* lost = std::get_if<LostTo>(&fate.why)) {
      const auto winner = each.winner ? numbers_.find(*each.winner) : numbers_.end();
      lost->schedule = winner == numbers_.end() ? UINT32_MAX : winner->second;
    }
    history_[{each.due, known->second}] = {fate, each.chime ? remember(*each.chime) : nullptr};
  }
  settled_until_ = until;
}

FateOf Timetable::written(Decided decided) {
  return {decided.schedule->id, decided.due, decided.fate,
          decided.winner ? std::optional{decided.winner->id} : std::nullopt, std::move(decided.silence)};
}

std::optional<Foresight::Row> Timetable::row_of(const DayBook& book, const Key& key) const {
  const WallTime due = key.first;
  const std::uint32_t number = key.second;
  const auto entry = entries_.find(number);
  if (entry == entries_.end()) return std::nullopt;
  const Claim claim{number, &entry->second.at(due).terms, due};
  const auto known = std::ranges::lower_bound(book.claims, claim, goes_before);
  if (known != book.claims.end() && known->schedule == number && known->due == due)
    return Foresight::Row{due, number, *book.fates[static_cast<std::size_t>(known - book.claims.begin())]};
  const auto is_it = [&](const TakenOut& each) { return each.schedule == number && each.due == due; };
  if (std::ranges::none_of(book.taken_out, is_it)) return std::nullopt;
  return Foresight::Row{due, number, silent(due)};
}

const std::shared_ptr<const Timetable::Rows>& Timetable::told_rows(DayBook& book) const {
  if (book.told && book.untold.empty()) return book.told;
  auto rows = std::make_shared<Rows>();
  rows->reserve(book.claims.size() + book.taken_out.size());
  if (!book.told) {
    for (const InOrder& each : in_order(book))
      rows->push_back(
          {each.key.first, each.key.second, each.taken_out ? silent(each.key.first) : *book.fates[each.claim]});
  } else {
    std::ranges::sort(book.untold);
    const auto key_of = [](const Foresight::Row& row) { return Key{row.due, row.schedule}; };
    auto from = book.told->begin();
    for (auto key = book.untold.begin(); key != book.untold.end();
         key = std::upper_bound(key, book.untold.end(), *key)) {
      const auto until = std::ranges::lower_bound(from, book.told->end(), *key, {}, key_of);
      rows->insert(rows->end(), from, until);
      from = until != book.told->end() && key_of(*until) == *key ? std::next(until) : until;
      if (const auto row = row_of(book, *key)) rows->push_back(*row);
    }
    rows->insert(rows->end(), from, book.told->end());
  }
  book.untold.clear();
  book.told = std::move(rows);
  return book.told;
}

Foresight Timetable::foresee(Day from, Day until) {
  Foresight foresight;
  for (Day day = from; day < until; day += days{1}) foresight.days.push_back(told_rows(decided(day)));
  if (!ids_) {
    auto ids = std::make_shared<Foresight::Ids>();
    ids->reserve(entries_.size());
    for (const auto& [number, entry] : entries_) ids->emplace_back(number, entry.current.schedule.id);
    ids_ = std::move(ids);
  }
  foresight.ids = ids_;
  return foresight;
}

Foresight Timetable::foresee_without(std::span<const ScheduleId> schedules, Day from, Day until) {
  std::vector<std::map<std::uint32_t, Entry>::node_type> out;
  for (const ScheduleId& schedule : schedules) {
    const auto known = numbers_.find(schedule);
    if (known == numbers_.end()) continue;
    leave(known->second);
    out.push_back(entries_.extract(known->second));
    numbers_.erase(known);
  }
  ids_.reset();
  Foresight foresight = foresee(from, until);
  for (auto& node : out) {
    const std::uint32_t number = node.key();
    const Entry& entry = entries_.insert(std::move(node)).position->second;
    numbers_.emplace(entry.current.schedule.id, number);
    enter(number, entry, expand_loaded_or_say(entry.current.schedule));
  }
  ids_.reset();
  return foresight;
}

std::vector<FateOf> Timetable::fates(Day from, Day until) {
  std::vector<FateOf> fates;
  for (Day day = from; day < until; day += days{1})
    for (Decided& each : this->day(day)) fates.push_back(written(std::move(each)));
  return fates;
}

Difference difference(std::span<const FateOf> before, std::span<const FateOf> after) {
  std::map<std::pair<WallTime, ScheduleId>, std::pair<const Fate*, const Fate*>> fates;
  for (const FateOf& each : before) fates[{each.due, each.schedule}].first = &each.fate;
  for (const FateOf& each : after) fates[{each.due, each.schedule}].second = &each.fate;
  Difference difference;
  std::map<ScheduleId, Gone> gone;
  for (const auto& [occurrence, pair] : fates) {
    const auto& [was, is] = pair;
    if (was && !is && sounds(*was)) gone[occurrence.second].open.emplace_back(occurrence.first, was);
  }
  for (const auto& [occurrence, pair] : fates) {
    auto [was, is] = pair;
    if (!was && is && sounds(*is)) was = gone[occurrence.second].take_near(is->start);
    const bool sounded = was && sounds(*was);
    const bool will_sound = is && sounds(*is);
    if (sounded && !is) continue;  // moved, or told below
    if (!will_sound && (was ? !sounded : !is)) continue;
    if (sounded && will_sound && was->start == is->start && was->length == is->length) continue;
    if (sounded && will_sound)
      ++(was->start != is->start ? difference.moved : difference.cut);
    else if (will_sound)
      ++difference.added;
    else
      ++(sounded ? difference.cancelled : difference.silent);
    difference.changes.push_back({occurrence.second, occurrence.first, was ? std::optional{*was} : std::nullopt,
                                  is ? std::optional{*is} : std::nullopt});
  }
  for (auto& [schedule, sounds] : gone) {
    while (!sounds.open.empty()) sounds.lose_first();
    for (const auto& [due, was] : sounds.lost) difference.changes.push_back({schedule, due, *was, std::nullopt});
    difference.cancelled += static_cast<int>(sounds.lost.size());
  }
  std::ranges::stable_sort(difference.changes, {}, &Difference::Change::due);
  return difference;
}

Difference difference(const Foresight& before, const Foresight& after) {
  std::vector<FateOf> was;
  std::vector<FateOf> is;
  const auto write = [](std::vector<FateOf>& fates, const Foresight& foresight, const Foresight::Row& row) {
    const auto id = std::ranges::lower_bound(*foresight.ids, row.schedule, {}, &Foresight::Ids::value_type::first);
    fates.push_back({id->second, row.due, row.fate});
  };
  for (std::size_t day = 0; day < after.days.size(); ++day) {
    if (before.days.at(day) == after.days[day]) continue;
    auto old = before.days[day]->begin();
    auto now = after.days[day]->begin();
    const auto old_end = before.days[day]->end();
    const auto now_end = after.days[day]->end();
    while (old != old_end || now != now_end) {
      const bool is_old =
          now == now_end || (old != old_end && std::tie(old->due, old->schedule) <= std::tie(now->due, now->schedule));
      const bool is_now =
          old == old_end || (now != now_end && std::tie(now->due, now->schedule) <= std::tie(old->due, old->schedule));
      if (!is_old || !is_now || old->fate != now->fate) {
        if (is_old) write(was, before, *old);
        if (is_now) write(is, after, *now);
      }
      if (is_old) ++old;
      if (is_now) ++now;
    }
  }
  return difference(was, is);
}

}  // namespace loa::schedules
