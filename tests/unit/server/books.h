// The books of a small ward, as the tests of the server begin: one area above two, a node in each, a clip.
#pragma once

#include <string>

#include "common/crypto/keys.h"
#include "common/crypto/sha256.h"
#include "server/store/store.h"

namespace loa::server {

inline const WallTime kMorning = *parse_utc("2026-11-24T07:00:00Z");

inline ClipHash clip_named(const std::string& name) {
  return ClipHash{crypto::to_hex(crypto::sha256(view_bytes(name)))};
}

inline Clip clip_of(const std::string& name, milliseconds duration) {
  return {clip_named(name), 12'345, duration, -20.5, -16.0, -1.6, 24'000};
}

inline void add_clip(Store& store, const std::string& name, milliseconds duration) {
  const RecordingId recording{"r-" + name};
  store.add_recording({recording, name + ".wav", 99, kMorning, RecordingState::kIngesting, 0, {}, {}});
  store.save_clip_of(recording, clip_of(name, duration), kMorning);
}

inline void add_announcement(Store& store, const std::string& name, milliseconds duration) {
  add_clip(store, name, duration);
  store.add_announcement(
      {AnnouncementId{"a-" + name}, "Thông báo", "Kính chào bà con", AnnouncementClass::kNormal, clip_named(name)},
      kMorning);
}

inline void add_ward(Store& store, const crypto::PublicKey& key) {
  store.add_area({AreaId{"phu-lien"}, std::nullopt, "Phường Phù Liễn"}, kMorning);
  store.add_area({AreaId{"to-1"}, AreaId{"phu-lien"}, "Tổ 1"}, kMorning);
  store.add_area({AreaId{"to-2"}, AreaId{"phu-lien"}, "Tổ 2"}, kMorning);
  store.add_node({NodeId{"n-1"}, AreaId{"to-1"}, "Loa 1", key}, kMorning);
  store.add_node({NodeId{"n-2"}, AreaId{"to-2"}, "Loa 2", key}, kMorning);
}

inline schedules::Schedule schedule_of(const std::string& name, const std::string& announcement, WallTime start) {
  schedules::Schedule schedule;
  schedule.id = ScheduleId{"s-" + name};
  schedule.announcement = AnnouncementId{"a-" + announcement};
  schedule.areas = {AreaId{"phu-lien"}};
  schedule.rule = schedules::Once{start};
  schedule.late = seconds{60};
  schedule.volume_pct = 60;
  schedule.clip = clip_named(announcement);
  schedule.duration = seconds{30};
  return schedule;
}

inline PlannedPlay play_of(const schedules::Schedule& schedule) {
  const WallTime start = std::get<schedules::Once>(schedule.rule).start;
  return {schedules::play_id(schedule.id, start),   schedule.id, schedule.announcement, schedule.clip, start,
          start + schedule.late + schedule.duration};
}

inline wire::Outcome outcome_of(const PlannedPlay& play, OutcomeResult result, std::string_view why) {
  wire::Outcome outcome;
  outcome.play = play.play;
  outcome.announcement = play.announcement;
  outcome.clip = play.clip;
  outcome.planned = station_from_wall(play.start);
  outcome.result = result;
  outcome.reason = why;
  outcome.clock_state = ClockState::kSynced;
  if (result != OutcomeResult::kMissed) {
    outcome.started = outcome.planned + microseconds{1500};
    outcome.start_error = microseconds{1500};
    outcome.heard = seconds{30};
    outcome.loudness_lufs = -20.25;
    outcome.peak_dbfs = -3.5;
    outcome.clock_error = microseconds{700};
  }
  return outcome;
}

}  // namespace loa::server
