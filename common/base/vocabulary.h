// The closed lists of words that code, SQL, wire and API share, each with its one spelling.
#pragma once

#include <optional>
#include <string_view>

namespace loa {

// Thông tư 39/2020/TT-BTTTT: exactly three classes, ascending precedence (thường < ưu tiên < khẩn cấp).
enum class AnnouncementClass { kNormal, kPriority, kEmergency };

// How a planned play ended at one node; docs/protocol.md §3 outcome.
enum class OutcomeResult { kPlayed, kLate, kPartial, kStopped, kMissed };

// What a node knows of station time (shared with its reports).
//   kCold      nothing since boot; scheduled plays stay silent
//   kFloor     the machine's own clock, not older than the last proven station time
//   kSynced    exchanges with the server are fresh
//   kHoldover  none lately; the error bound grows
//   kDoubt     what is held and what was heard contradict each other; nothing new is begun, at most for a minute
enum class ClockState { kCold, kFloor, kSynced, kHoldover, kDoubt };

// What a self-test of a loudspeaker found; docs/protocol.md §3 status.
enum class TestVerdict { kOk, kWeak, kNotHeard, kNotRendered, kNoMonitor, kRefused };

[[nodiscard]] std::string_view to_string(AnnouncementClass value);
[[nodiscard]] std::string_view to_string(OutcomeResult value);
[[nodiscard]] std::string_view to_string(ClockState value);
[[nodiscard]] std::string_view to_string(TestVerdict value);

// nullopt for any other spelling.
[[nodiscard]] std::optional<AnnouncementClass> parse_announcement_class(std::string_view text);
[[nodiscard]] std::optional<OutcomeResult> parse_outcome_result(std::string_view text);
[[nodiscard]] std::optional<ClockState> parse_clock_state(std::string_view text);
[[nodiscard]] std::optional<TestVerdict> parse_test_verdict(std::string_view text);

// Reasons beside an outcome that is not kPlayed, one that lacked its chime, or a self-test that did not sound or was
// not listened to.
namespace reason {
inline constexpr std::string_view kJoinedLate = "joined_late";
inline constexpr std::string_view kNodeRestarted = "node_restarted";
inline constexpr std::string_view kOutputFailed = "output_failed";
inline constexpr std::string_view kOutputBusy = "output_busy";
inline constexpr std::string_view kStopOrder = "stop_order";
inline constexpr std::string_view kCancelled = "cancelled";
inline constexpr std::string_view kNodeOff = "node_off";
inline constexpr std::string_view kPlanLate = "plan_late";
inline constexpr std::string_view kClipMissing = "clip_missing";
inline constexpr std::string_view kClipDamaged = "clip_damaged";
inline constexpr std::string_view kChimeMissing = "chime_missing";
inline constexpr std::string_view kClockUnknown = "clock_unknown";
inline constexpr std::string_view kNoReport = "no_report";
inline constexpr std::string_view kPreempted = "preempted";
inline constexpr std::string_view kChannelLost = "channel_lost";
inline constexpr std::string_view kGrantRefused = "grant_refused";
inline constexpr std::string_view kBusy = "busy";
inline constexpr std::string_view kMonitorFailed = "monitor_failed";
inline constexpr std::string_view kPolicyMissing = "policy_missing";
inline constexpr std::string_view kPolicyQuietHours = "policy_quiet_hours";
inline constexpr std::string_view kPolicyLongestPlay = "policy_longest_play";
inline constexpr std::string_view kPolicyMinutesPerDay = "policy_minutes_per_day";
inline constexpr std::string_view kPolicyStartsPerHour = "policy_starts_per_hour";
}  // namespace reason

// What a node asks people to see to; it goes on working meanwhile.
namespace alarm {
inline constexpr std::string_view kTrustMissing = "trust_missing";
inline constexpr std::string_view kPolicyMissing = "policy_missing";
inline constexpr std::string_view kKeyExpired = "key_expired";
inline constexpr std::string_view kKeyEarly = "key_early";
}  // namespace alarm

}  // namespace loa
