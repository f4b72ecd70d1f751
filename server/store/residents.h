// What residents say (store/resident_books.cpp): docs/residents.md. None of it tells who they are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"
#include "schedules/civil/civil.h"

namespace loa::server {

enum class ComplaintKind { kTooLoud, kNotHeard, kBroken, kOther };
inline constexpr std::array kComplaintKinds = {ComplaintKind::kTooLoud, ComplaintKind::kNotHeard,
                                               ComplaintKind::kBroken, ComplaintKind::kOther};
[[nodiscard]] std::string_view to_string(ComplaintKind kind);
[[nodiscard]] std::optional<ComplaintKind> parse_complaint_kind(std::string_view text);

// What somebody of the office did about it.
struct Settlement {
  WallTime at;
  PersonId person;
  std::string note;
};
struct Complaint {
  ComplaintId id;
  WallTime made;
  WallTime heard;  // when it was, by their word
  std::optional<NodeId> node;
  std::optional<AreaId> area;  // the loudspeaker's of then; none: the whole ward
  ComplaintKind kind = ComplaintKind::kOther;
  std::string text;
  std::optional<PlayId> play = std::nullopt;  // what the loudspeaker was to play then
  std::optional<Settlement> settled = std::nullopt;
};
// That play, with its end where it is known.
struct PlayAbout {
  PlayId play;
  AnnouncementId announcement;
  std::string title;
  WallTime start;  // as planned
  std::optional<OutcomeResult> result = std::nullopt;
  std::string reason = {};
  std::optional<WallTime> started = std::nullopt;
  milliseconds heard{0};
  std::optional<double> loudness_lufs = std::nullopt;
};
enum class ComplaintState { kOpen, kSettled };
struct ComplaintFilter {
  std::optional<ComplaintState> state = std::nullopt;
  std::optional<NodeId> node = std::nullopt;
  std::optional<AreaId> area = std::nullopt;     // and below
  std::optional<WallTime> from = std::nullopt;   // of `made`
  std::optional<WallTime> until = std::nullopt;  // exclusive
  std::int64_t limit = 1000;                     // negative: none
};
struct ComplaintCount {
  NodeId node;
  ComplaintKind kind = ComplaintKind::kOther;
  std::int64_t count = 0;
};

// 2026-Q4
[[nodiscard]] std::string quarter_of(civil::Day day);

inline constexpr int kBestMark = 5;  // the worst is 1
// Of one quarter and area.
struct Satisfaction {
  std::string quarter;
  std::optional<AreaId> area;
  std::array<std::int64_t, kBestMark> counts{};  // of the marks 1, 2 …
};

// What some loudspeaker of an area has made sound.
struct AiredRow {
  AnnouncementId announcement;
  WallTime start;  // as planned
  AreaId area;
  std::int64_t loudspeakers = 0;
};

}  // namespace loa::server
