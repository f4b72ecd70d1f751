// Rows of the books that evidence is made of (store/evidence_books.cpp). docs/reports.md §1.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"

namespace loa::server {

// One play at one loudspeaker. The texts live until the next row.
struct PlayRow {
  std::string_view node;
  std::string_view play;
  std::string_view schedule;  // empty: no plan of this loudspeaker held it, or it was taken back in time
  std::string_view announcement;
  WallTime start;                       // as planned
  std::optional<OutcomeResult> result;  // none: no word yet
  std::string_view reason;
  WallTime started;  // of what sounded; else `start`
  milliseconds heard{0};
};

// The same with all that its outcome says; for lists, not for sums.
struct OutcomeDetail {
  std::optional<microseconds> start_error;
  std::optional<double> loudness_lufs;
  std::optional<double> peak_dbfs;
  std::string_view clock_state;  // empty: not known
  std::optional<microseconds> clock_error;
  std::optional<WallTime> reported;   // none: only the server's own timer has spoken, or nobody
  std::optional<WallTime> committed;  // none: no outcome
  bool is_historical = false;
};

// From `since` on a loudspeaker was heard, or was not.
struct PresenceChange {
  WallTime since;
  bool is_heard = false;
};

// Of a loudspeaker: since when it is one, and until when.
struct NodeService {
  std::optional<WallTime> enrolled;      // its first certificate; none: never
  std::optional<WallTime> heard;         // its last status; none: never
  bool was_online = false;               // by that status
  std::vector<PresenceChange> presence;  // ascending
};

// A status every 30 s (docs/protocol.md §3): after so long without one it is not heard, from the last one on.
inline constexpr std::chrono::minutes kHeardFor{3};

}  // namespace loa::server
