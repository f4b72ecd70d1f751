// What is on the air beside the plan: docs/protocol.md §3 `air` and §6.
#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/wire/live.h"
#include "node-agent/core/node_core.h"

namespace loa::node {
namespace {

constexpr seconds kChannelLostAfter{5};
constexpr std::chrono::hours kJudgedBack{48};
// What is lost of a clip that was to sound once, before it counts as cut short.
constexpr milliseconds kWholeWithin{250};

}  // namespace

void NodeCore::on_air(const wire::Received& received, const std::string& key_id, Now now) {
  const std::int64_t seq = received.message.header.seq;
  if (seq <= store_.air_floor()) return;  // the broker's copy of what is known
  const auto& on_air = std::get<wire::OnAir>(received.message.body);
  std::set<PlayId> named;
  for (const wire::Air& air : on_air.airs) named.insert(air.play);
  std::vector<PlayId> gone;
  for (const auto& [play, known] : airs_)
    if (!named.contains(play)) gone.push_back(play);
  for (const PlayId& play : gone) {
    end_air(airs_.at(play), now);
    airs_.erase(play);
  }
  for (const wire::Air& air : on_air.airs)
    if (!air.nodes || std::ranges::find(*air.nodes, settings_.node) != air.nodes->end()) adopt_air(air, now);
  advance_airs(now);
  // Last: neither what is urgent nor a stop waits for the disk.
  store_.save_air_floor(seq, key_id);
}

void NodeCore::adopt_air(const wire::Air& air, Now now) {
  if (airs_.contains(air.play)) return;
  AirPlay play{air, nullptr, std::nullopt, false};
  const auto record = store_.load_play(air.play);
  const auto is_unsaved = [&](const Unsaved& unsaved) { return unsaved.outcome.play == air.play; };
  play.is_settled = (record && record->ended) || std::ranges::any_of(unsaved_, is_unsaved);
  AirPlay& known = airs_.emplace(air.play, std::move(play)).first->second;
  if (known.is_settled) return;
  log::info("on the air", {{"play", air.play.str()}});
  begun_ = record ? Begun::kUnresolved : begun_;  // an earlier life of ours was cut off in it
  const bool is_held = air.clip && cache_.has(air.clip->clip, air.clip->facts.bytes);
  if (air.channel && !is_held) open_channel(known);
  resolve_begun(now);
}

void NodeCore::end_air(AirPlay& play, Now now) {
  close_channel(play);
  if (play.is_settled) return;
  const auto armed = find_armed(play.air.play);
  if (armed != armed_.end())
    stop_armed(*armed, reason::kCancelled);
  else
    settle_missed(outcome_of(play.air, now),
                  clock_.at(now.mono) < play.air.start ? reason::kCancelled : reason::kOutputBusy, now);
}

void NodeCore::open_channel(AirPlay& play) {
  play.feed = std::make_shared<opus::LiveFeed>();
  link_.subscribe({wire::live_topic(settings_.station, play.air.play), link::Qos::kAtMostOnce});
}

void NodeCore::close_channel(AirPlay& play) {
  if (!play.feed) return;
  play.feed.reset();
  link_.unsubscribe(wire::live_topic(settings_.station, play.air.play));
}

void NodeCore::reopen_channels() {
  for (const auto& [id, play] : airs_)
    if (play.feed) link_.subscribe({wire::live_topic(settings_.station, id), link::Qos::kAtMostOnce});
}

NodeCore::AirPlay* NodeCore::find_air(const PlayId& play) {
  const auto found = airs_.find(play);
  return found == airs_.end() ? nullptr : &found->second;
}

void NodeCore::on_bundle(const PlayId& play, const link::LinkMessage& message, Now now) {
  AirPlay* air = find_air(play);
  if (air == nullptr || !air->feed) return;  // on its way when the channel was closed
  auto opened = wire::open_bundle(message.payload, *air->air.channel);
  if (const auto* refusal = std::get_if<wire::Refusal>(&opened)) {
    refuse(*refusal, message.topic);
    return;
  }
  air->last_bundle = now.mono;
  auto& bundle = std::get<wire::LiveBundle>(opened);
  for (std::size_t i = 0; i < bundle.frames.size(); ++i)
    air->feed->put(bundle.first + static_cast<std::uint32_t>(i), std::move(bundle.frames[i]));
}

Ruling NodeCore::judge(const wire::Air& air, Now now) {
  return trust_.judge(air, station_wall(now), estimate_.error_bound(now.mono).value_or(kJudgedBack),
                      sounded_before(air.play, air.start));
}

void NodeCore::advance_airs(Now now) {
  if (!playable_since_) return;
  const StationTime station_now = clock_.at(now.mono);
  for (auto& [id, play] : airs_) {
    if (play.is_settled) continue;
    if (play.feed && station_now >= play.air.start) {
      const MonoTime since =
          std::max(clock_.when(play.air.start + wire::sound_at(play.air)), play.last_bundle.value_or(MonoTime::min()));
      if (now.mono - since >= kChannelLostAfter) {
        if (const auto armed = find_armed(id); armed != armed_.end()) {
          stop_armed(*armed, reason::kChannelLost);
        } else {
          settle_missed(outcome_of(play.air, now), reason::kChannelLost, now);
          continue;
        }
      } else {
        wake_at(since + kChannelLostAfter);
      }
    }
    if (find_armed(id) != armed_.end()) continue;
    if (station_now >= play.air.until) {
      settle_missed(outcome_of(play.air, now),
                    play.feed || play.air.channel ? reason::kOutputBusy : reason::kClipMissing, now);
      continue;
    }
    wake_at_station(play.air.until);
    const auto failed = failed_until_.find(id);
    if (failed != failed_until_.end() && failed->second > now.mono) {
      wake_at(failed->second);
      continue;
    }
    const StationTime prepare = play.air.start - ahead() - settings_.lead_in - playout::kArmAhead;
    if (station_now < prepare)
      wake_at_station(prepare);
    else
      begin(play, now);
  }
}

bool NodeCore::make_place_for(const wire::Air& air) {
  const auto is_ending = [](const Armed& armed) { return !armed.stop_reason.empty(); };
  for (Armed& armed : armed_)
    if (!is_ending(armed) && armed.planned.announcement_class < air.announcement_class)
      stop_armed(armed, reason::kPreempted);
  return std::ranges::all_of(armed_, is_ending);
}

void NodeCore::begin(AirPlay& play, Now now) {
  const wire::Air& air = play.air;
  const Ruling ruling = judge(air, now);
  if (const auto* refused = std::get_if<std::string_view>(&ruling)) {
    // A policy may still come in time.
    if (*refused != reason::kPolicyMissing) settle_missed(outcome_of(air, now), *refused, now);
    return;
  }
  const bool is_held = air.clip && cache_.has(air.clip->clip, air.clip->facts.bytes) && cache_.verify(air.clip->clip);
  if (!is_held && !play.feed) {
    if (air.channel) open_channel(play);
    return;  // by the channel, or once the clip is there
  }
  if (!make_place_for(air)) return;
  const milliseconds sound_at = wire::sound_at(air);
  const bool has_chime =
      air.chime && cache_.has(air.chime->clip, air.chime->facts.bytes) && cache_.verify(air.chime->clip);
  const milliseconds silent = has_chime ? milliseconds{0} : sound_at;
  const auto cut_off = cut_off_.find(air.play);
  wire::Outcome so_far = cut_off == cut_off_.end() ? outcome_of(air, now) : cut_off->second;
  if (!is_held) so_far.clip.reset();
  so_far.result = OutcomeResult::kPartial;
  so_far.reason = reason::kNodeRestarted;
  const bool has_end = air.clip && !air.every;
  const milliseconds whole = std::chrono::floor<milliseconds>(air.until - air.start);
  Armed armed;
  armed.planned.play = air.play;
  armed.planned.announcement = air.announcement;
  armed.planned.announcement_class = air.announcement_class;
  armed.planned.start = air.start;
  armed.duration = (has_end ? std::min(whole, sound_at + air.clip->facts.duration) : whole) - silent;
  armed.until = air.start + silent + armed.duration;
  armed.is_once = has_end;
  armed.lacks_chime = air.chime && !has_chime;
  armed.outcome = std::move(so_far);
  if (armed.outcome.started) armed.heard_before = armed.outcome.heard;
  armed.saved_heard = armed.outcome.heard;
  armed.volume_pct =
      std::min({air.volume_pct, settings_.ceiling_pct, std::get<schedules::PolicyAllows>(ruling).ceiling_pct});
  if (!is_held) armed.feed = play.feed;
  playout::PlayRequest request;
  request.play = air.play;
  if (is_held)
    request.clip = cache_.path(air.clip->clip);
  else
    request.feed = play.feed;
  if (has_chime) {
    request.chime = cache_.path(air.chime->clip);
    request.clip_at = sound_at;
  }
  request.start = air.start + silent - ahead();
  request.is_urgent = air.announcement_class == AnnouncementClass::kEmergency;
  request.lead_in = request.is_urgent ? milliseconds{0} : settings_.lead_in;
  request.every = air.every.value_or(milliseconds{0});
  // A clip ends by itself; a channel does not know where.
  request.longest = armed.duration + (has_end && is_held ? milliseconds{1000} : milliseconds{0});
  request.volume = armed.volume_pct / 100.0;
  const bool is_first = armed_.empty();
  armed_.push_back(std::move(armed));
  if (is_first)
    player_.arm(std::move(request));
  else
    player_.follow(std::move(request));
  advance_release(armed_.back(), now);
  next_status_ = std::min(next_status_, now.mono);
  log::info("armed", {{"play", air.play.str()}});
}

wire::Outcome NodeCore::outcome_of(const wire::Air& air, Now now) const {
  wire::Outcome outcome;
  outcome.play = air.play;
  outcome.announcement = air.announcement;
  if (air.clip) outcome.clip = air.clip->clip;
  outcome.planned = air.start;
  outcome.clock_state = estimate_.state(now.mono);
  outcome.clock_error = estimate_.error_bound(now.mono);
  outcome.on_air = true;
  return outcome;
}

// What has no end of its own ended as it should when it was taken off the air.
void NodeCore::name_air_outcome(const Armed& armed, playout::PlayEnd end, wire::Outcome& outcome) const {
  const bool was_taken_off = end == playout::PlayEnd::kStopped && armed.stop_reason == reason::kCancelled;
  const bool is_whole = armed.joined_at && outcome.heard + *armed.joined_at + kWholeWithin >= armed.duration;
  if (!was_taken_off || (armed.is_once && !is_whole)) return;
  if (outcome.heard == milliseconds{0}) {
    outcome.result = OutcomeResult::kMissed;
  } else if (armed.heard_before) {
    outcome.result = OutcomeResult::kLate;
    outcome.reason = reason::kNodeRestarted;
  } else if (armed.joined_at > milliseconds{0}) {
    outcome.result = OutcomeResult::kLate;
    outcome.reason = reason::kJoinedLate;
  } else {
    outcome.result = OutcomeResult::kPlayed;
    outcome.reason = armed.lacks_chime ? reason::kChimeMissing : std::string_view{};
  }
}

}  // namespace loa::node
