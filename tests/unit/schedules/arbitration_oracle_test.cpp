// The arbiter against a slow and obvious one that knows no tree and no timelines: it asks every loudspeaker about every
// sound. LOA_CALENDARS=n days instead of a few thousand, from LOA_SEED on; a failure names its seed.
#include <algorithm>
#include <deque>
#include <set>

#include <gtest/gtest.h>

#include "schedules/arbitration/arbiter.h"
#include "tests/support/dice.h"

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;
using std::chrono::minutes;

const WallTime kMidnight = parse_utc("2026-11-23T17:00:00Z").value();

struct Ward {
  AreaTree tree;
  WardRules rules;
  LocalDay day;
  std::deque<Terms> terms;
  std::vector<Claim> claims;
};

Ward random_ward(std::uint64_t seed) {
  test::Dice dice{seed};
  Ward ward;
  std::vector<AreaPlace> places;
  const int areas = 1 + dice.upto(7);
  places.reserve(static_cast<std::size_t>(areas));
  for (int i = 0; i < areas; ++i)
    places.push_back({AreaId{"a" + std::to_string(i)},
                      i == 0 ? std::nullopt : std::optional{AreaId{"a" + std::to_string(dice.upto(i - 1))}}});
  ward.tree = AreaTree{places};
  ward.day = {kMidnight, kMidnight + 24h, dice.upto(6)};

  // Everything happens in two hours about 05:30, in steps that make ends and starts touch often.
  const auto moment = [&](minutes from) { return from + minutes{dice.upto(120)}; };
  if (dice.one_in(2)) ward.rules.quiet = QuietHours{21h, moment(4h)};
  if (dice.one_in(6)) ward.rules.quiet = QuietHours{moment(4h), moment(7h)};
  if (dice.one_in(3)) ward.rules.weekdays.reset(static_cast<std::size_t>(dice.upto(6)));
  if (dice.one_in(2)) {
    ward.rules.sessions.push_back({"one", moment(3h), moment(5h + 1min), minutes{1 + dice.upto(20)}});
    if (dice.one_in(2))
      ward.rules.sessions.push_back({"two", moment(7h + 1min), moment(9h + 2min), minutes{1 + dice.upto(20)}});
  }
  ward.rules.gap = seconds{dice.upto(2) * 30};

  const int claims = dice.upto(14);
  for (int i = 0; i < claims; ++i) {
    Terms& terms = ward.terms.emplace_back();
    terms.announcement_class = static_cast<AnnouncementClass>(dice.one_in(6) ? 2 : dice.upto(1));
    terms.source = static_cast<Source>(dice.one_in(4) ? 1 + dice.upto(1) : 0);
    terms.rank = dice.upto(2);
    for (int tries = 1 + dice.upto(2); tries > 0; --tries) {
      const auto area = static_cast<AreaTree::Index>(dice.upto(areas - 1));
      if (std::ranges::none_of(terms.areas, [&](auto other) {
            return ward.tree.is_within(area, other) || ward.tree.is_within(other, area);
          }))
        terms.areas.push_back(area);
    }
    terms.length = seconds{30 * (1 + dice.upto(30))};
    if (dice.one_in(3)) terms.stagger = seconds{10 * dice.upto(3)};
    if (dice.one_in(2)) terms.later = minutes{dice.upto(90)};
    if (dice.one_in(2)) terms.shortest = seconds{30 * (1 + dice.upto(10))};
    terms.excepted = dice.one_in(5);
    WallTime due = ward.day.from + moment(5h) + seconds{30 * dice.upto(1)};
    if (dice.one_in(8)) due = ward.day.until - minutes{dice.upto(10)};
    if (!ward.rules.sessions.empty() && dice.one_in(2)) {
      terms.session = static_cast<std::uint32_t>(dice.upto(static_cast<int>(ward.rules.sessions.size()) - 1));
      due = ward.day.from + ward.rules.sessions[*terms.session].from;
    }
    ward.claims.push_back({static_cast<std::uint32_t>(i), &terms, due});
  }
  return ward;
}

// --- the slow one

struct Heard {
  AreaTree::Index loudspeaker;
  WallTime from;
  WallTime until;
  const Claim* claim;
};

class SlowArbiter {
 public:
  explicit SlowArbiter(const Ward& ward) : ward_(ward) {}

  std::vector<Fate> decide() {
    std::vector<std::size_t> order(ward_.claims.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return precedes(ward_.claims[a], ward_.claims[b]); });
    std::vector<Fate> fates(order.size());
    for (const std::size_t i : order) {
      const Claim& claim = ward_.claims[i];
      fates[i] = decide(claim);
      if (fates[i].verdict == Verdict::kCancelled) continue;
      for (const auto& [loudspeaker, offset] : reach(*claim.terms, fates[i].length))
        heard_.push_back({loudspeaker, fates[i].start + offset, fates[i].start + offset + fates[i].length, &claim});
    }
    return fates;
  }

  // Every loudspeaker that `terms` reach, with how much later it begins there: one loudspeaker stands in every area.
  [[nodiscard]] std::vector<std::pair<AreaTree::Index, milliseconds>> reach(const Terms& terms,
                                                                            milliseconds length) const {
    std::vector<std::pair<AreaTree::Index, milliseconds>> all;
    milliseconds offset{0};
    for (const AreaTree::Index area : terms.areas) {
      for (AreaTree::Index at = 0; at < ward_.tree.size(); ++at)
        if (ward_.tree.is_within(at, area)) all.emplace_back(at, offset);
      if (terms.is_staggered()) offset += length + *terms.stagger;
    }
    return all;
  }

  // Whether `winner` stands in the way of `loser` at its due time, or anywhere when it may go anywhere in its session.
  [[nodiscard]] bool is_in_the_way(const LostTo& winner, const Claim& loser) const {
    const Terms& terms = *loser.terms;
    for (const milliseconds length : {terms.length, terms.shortest})
      for (const auto& [loudspeaker, offset] : reach(terms, length))
        for (const Heard& heard : heard_)
          if (heard.claim->schedule == winner.schedule && heard.claim->due == winner.due &&
              heard.loudspeaker == loudspeaker && (terms.session || is_near(heard, loser.due + offset, length)))
            return true;
    return false;
  }
  [[nodiscard]] const std::vector<Heard>& heard() const { return heard_; }

 private:
  static bool precedes(const Claim& a, const Claim& b) {
    if (a.terms->announcement_class != b.terms->announcement_class)
      return a.terms->announcement_class > b.terms->announcement_class;
    if (a.terms->source != b.terms->source) return a.terms->source > b.terms->source;
    if (a.terms->rank != b.terms->rank) return a.terms->rank < b.terms->rank;
    if (a.terms->session.has_value() != b.terms->session.has_value()) return !a.terms->session;
    if (a.schedule != b.schedule) return a.schedule < b.schedule;
    return a.due < b.due;
  }

  [[nodiscard]] bool is_near(const Heard& heard, WallTime from, milliseconds length) const {
    return heard.from < from + length + ward_.rules.gap && from < heard.until + ward_.rules.gap;
  }

  [[nodiscard]] std::optional<Why> against(const Terms& terms, milliseconds length, WallTime start) const {
    const auto loudspeakers = reach(terms, length);
    const WallTime end = start + loudspeakers.back().second + length;
    if (!terms.excepted && terms.announcement_class != AnnouncementClass::kEmergency) {
      if (ward_.rules.quiet)
        for (WallTime t = start; t < end; t += 30s)  // all times are whole half minutes or shifted by tens of seconds
          if (is_quiet(t) || is_quiet(std::min(t + 30s, end) - 1ns)) return Clause::kQuietHours;
      if (!ward_.rules.weekdays[static_cast<std::size_t>(ward_.day.weekday)]) return Clause::kWeekday;
      if (!ward_.rules.sessions.empty()) {
        const Session* session = session_of(start, end);
        if (!session) return Clause::kOutsideSessions;
        for (const auto& [loudspeaker, offset] : loudspeakers)
          if (used(loudspeaker, *session) + length > session->longest) return Clause::kSessionFull;
      }
    }
    for (const auto& [loudspeaker, offset] : loudspeakers)
      for (const Heard& heard : heard_)
        if (heard.loudspeaker == loudspeaker && is_near(heard, start + offset, length))
          return LostTo{heard.claim->schedule, heard.claim->due};
    return std::nullopt;
  }

  [[nodiscard]] bool is_quiet(WallTime t) const {
    const auto of_day = (t - ward_.day.from + 48h) % 24h;
    const auto& quiet = *ward_.rules.quiet;
    return quiet.from < quiet.to ? of_day >= quiet.from && of_day < quiet.to
                                 : of_day >= quiet.from || of_day < quiet.to;
  }

  [[nodiscard]] const Session* session_of(WallTime from, WallTime until) const {
    for (const Session& session : ward_.rules.sessions)
      if (ward_.day.from + session.from <= from && until <= ward_.day.from + session.until) return &session;
    return nullptr;
  }

  [[nodiscard]] nanoseconds used(AreaTree::Index loudspeaker, const Session& session) const {
    std::set<const Claim*> counted;
    nanoseconds sum{0};
    for (const Heard& heard : heard_) {
      if (heard.loudspeaker != loudspeaker) continue;
      // A staggered one counts when all of it lies in the session.
      WallTime first = heard.from;
      WallTime last = heard.until;
      for (const Heard& part : heard_)
        if (part.claim == heard.claim) first = std::min(first, part.from), last = std::max(last, part.until);
      if (session_of(first, last) == &session) sum += heard.until - heard.from;
    }
    return sum;
  }

  [[nodiscard]] Fate decide(const Claim& claim) const {
    const Terms& terms = *claim.terms;
    const WallTime session_end =
        terms.session ? ward_.day.from + ward_.rules.sessions[*terms.session].until : WallTime{};
    const auto is_allowed = [&](WallTime start, milliseconds length) {
      const WallTime end = start + reach(terms, length).back().second + length;
      if (terms.session) return end <= session_end;
      return start == claim.due || (start <= claim.due + terms.later && end <= ward_.day.until);
    };
    std::optional<Why> first;
    const auto search = [&](milliseconds length) -> std::optional<WallTime> {
      for (WallTime start = claim.due; start < ward_.day.until + 1min; start += 10s) {
        if (!is_allowed(start, length)) continue;
        const auto why = against(terms, length, start);
        if (!why) return start;
        if (!first) first = why;
      }
      return std::nullopt;
    };
    if (const auto start = search(terms.length)) {
      if (terms.session || *start == claim.due) return {Verdict::kPlays, *start, terms.length, {}};
      return {Verdict::kShifted, *start, terms.length, *first};
    }
    const Why why = first.value_or(Clause::kOutsideSessions);
    if (terms.shortest > 0ms && terms.shortest < terms.length && !terms.is_staggered())
      if (const auto start = search(terms.shortest)) {
        milliseconds length = terms.shortest;
        while (length + 10s <= terms.length && is_allowed(*start, length + 10s) &&
               !against(terms, length + 10s, *start))
          length += 10s;
        return {Verdict::kShortened, *start, length, why};
      }
    return {Verdict::kCancelled, claim.due, 0ms, why};
  }

  const Ward& ward_;
  std::vector<Heard> heard_;
};

std::string told(const Fate& fate, const Claim& claim, const LocalDay& day) {
  const bool is_why_exact = !claim.terms->session;  // else one of many that stood in the way
  return std::string{to_string(fate.verdict)} + " at " + std::to_string((fate.start - day.from) / 1s) + " s for " +
         std::to_string(fate.length / 1s) + " s, why " + std::to_string(is_why_exact ? fate.why.index() : 0);
}

void compare(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  const Ward ward = random_ward(seed);
  SlowArbiter slow{ward};
  const auto wanted = slow.decide();
  Arbiter arbiter{ward.tree, ward.rules};
  const auto got = arbiter.decide(ward.day, ward.claims);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    SCOPED_TRACE("claim " + std::to_string(i));
    ASSERT_EQ(told(got[i], ward.claims[i], ward.day), told(wanted[i], ward.claims[i], ward.day));
    if (const auto* clause = std::get_if<Clause>(&got[i].why); clause && !ward.claims[i].terms->session) {
      ASSERT_EQ(*clause, std::get<Clause>(wanted[i].why));
    }
    if (const auto* winner = std::get_if<LostTo>(&got[i].why)) {
      ASSERT_TRUE(slow.is_in_the_way(*winner, ward.claims[i]));
    }
  }

  // What must hold whoever decided.
  const auto& heard = slow.heard();
  for (std::size_t a = 0; a < heard.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (heard[a].loudspeaker == heard[b].loudspeaker) {
        ASSERT_TRUE(heard[a].from >= heard[b].until + ward.rules.gap ||
                    heard[b].from >= heard[a].until + ward.rules.gap);
      }

  // The order in which they are told is no matter.
  std::vector<Claim> turned{ward.claims.rbegin(), ward.claims.rend()};
  auto back = arbiter.decide(ward.day, turned);
  std::ranges::reverse(back);
  ASSERT_EQ(back, got);
}

// Some claims of a day go, others come: what is decided again is what is decided from nothing.
void compare_edit(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  const Ward ward = random_ward(seed);
  test::Dice dice{seed};
  Arbiter arbiter{ward.tree, ward.rules};
  std::vector<Claim> claims;  // before
  for (const Claim& claim : ward.claims)
    if (!dice.one_in(4)) claims.push_back(claim);
  std::ranges::sort(claims, goes_before);
  const auto before = arbiter.decide(ward.day, claims);

  std::vector<Claim> edited;
  std::vector<std::optional<Fate>> fates;
  std::vector<std::size_t> others;
  Arbiter::Gone gone;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (dice.one_in(5)) {
      gone.turn = std::min(gone.turn, edited.size());
      if (before[i].verdict != Verdict::kCancelled)
        gone.areas.insert(gone.areas.end(), claims[i].terms->areas.begin(), claims[i].terms->areas.end());
    } else {
      edited.push_back(claims[i]);
      fates.emplace_back(before[i]);
    }
  }
  for (const Claim& claim : ward.claims) {
    if (std::ranges::any_of(claims, [&](const Claim& each) { return each.schedule == claim.schedule; })) continue;
    const auto place = std::ranges::upper_bound(edited, claim, goes_before) - edited.begin();
    edited.insert(edited.begin() + place, claim);
    fates.insert(fates.begin() + place, std::nullopt);
  }
  const auto was = fates;
  const auto changed = arbiter.decide_again(ward.day, edited, fates, gone);
  const auto wanted = arbiter.decide(ward.day, edited);
  for (std::size_t i = 0; i < edited.size(); ++i) {
    ASSERT_EQ(fates[i], wanted[i]) << "claim " << edited[i].schedule;
    if (was[i] != fates[i]) others.push_back(i);
  }
  ASSERT_EQ(changed, others);
}

TEST(ArbitrationOracle, AgreesWithTheSlowOne) {
  const test::Seeds seeds = test::wanted_seeds(3000);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last && !testing::Test::HasFatalFailure(); ++seed) compare(seed);
}

TEST(ArbitrationOracle, AnEditedDayIsAsFromNothing) {
  const test::Seeds seeds = test::wanted_seeds(3000);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last && !testing::Test::HasFatalFailure(); ++seed)
    compare_edit(seed);
}

}  // namespace
}  // namespace loa::schedules
