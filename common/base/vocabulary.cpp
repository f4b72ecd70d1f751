#include "common/base/vocabulary.h"

#include <array>
#include <utility>

namespace loa {
namespace {

template <class Value, std::size_t N>
using Spelling = std::array<std::pair<Value, std::string_view>, N>;

constexpr Spelling<AnnouncementClass, 3> kClasses = {{{AnnouncementClass::kNormal, "normal"},
                                                      {AnnouncementClass::kPriority, "priority"},
                                                      {AnnouncementClass::kEmergency, "emergency"}}};
constexpr Spelling<OutcomeResult, 5> kResults = {{{OutcomeResult::kPlayed, "played"},
                                                  {OutcomeResult::kLate, "late"},
                                                  {OutcomeResult::kPartial, "partial"},
                                                  {OutcomeResult::kStopped, "stopped"},
                                                  {OutcomeResult::kMissed, "missed"}}};
constexpr Spelling<ClockState, 5> kClockStates = {{{ClockState::kCold, "cold"},
                                                   {ClockState::kFloor, "floor"},
                                                   {ClockState::kSynced, "synced"},
                                                   {ClockState::kHoldover, "holdover"},
                                                   {ClockState::kDoubt, "doubt"}}};

constexpr Spelling<TestVerdict, 6> kTestVerdicts = {{{TestVerdict::kOk, "ok"},
                                                     {TestVerdict::kWeak, "weak"},
                                                     {TestVerdict::kNotHeard, "not_heard"},
                                                     {TestVerdict::kNotRendered, "not_rendered"},
                                                     {TestVerdict::kNoMonitor, "no_monitor"},
                                                     {TestVerdict::kRefused, "refused"}}};

template <class Value, std::size_t N>
std::string_view spell(const Spelling<Value, N>& spelling, Value value) {
  for (const auto& [known, text] : spelling)
    if (known == value) return text;
  return {};
}

template <class Value, std::size_t N>
std::optional<Value> read(const Spelling<Value, N>& spelling, std::string_view wanted) {
  for (const auto& [known, text] : spelling)
    if (text == wanted) return known;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(AnnouncementClass value) {
  return spell(kClasses, value);
}
std::string_view to_string(OutcomeResult value) {
  return spell(kResults, value);
}
std::string_view to_string(ClockState value) {
  return spell(kClockStates, value);
}
std::string_view to_string(TestVerdict value) {
  return spell(kTestVerdicts, value);
}
std::optional<AnnouncementClass> parse_announcement_class(std::string_view text) {
  return read(kClasses, text);
}
std::optional<OutcomeResult> parse_outcome_result(std::string_view text) {
  return read(kResults, text);
}
std::optional<ClockState> parse_clock_state(std::string_view text) {
  return read(kClockStates, text);
}
std::optional<TestVerdict> parse_test_verdict(std::string_view text) {
  return read(kTestVerdicts, text);
}

}  // namespace loa
