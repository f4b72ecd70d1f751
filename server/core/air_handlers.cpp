// The core's part in what is on the air beside the plans: docs/live.md.
#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "common/crypto/keys.h"
#include "common/wire/grant.h"
#include "schedules/policy.h"
#include "server/core/commands.h"
#include "server/core/server_core.h"

namespace loa::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr seconds kSaidAgainAfter{40};  // before the broker forgets it
constexpr minutes kSpeechByDefault{10};
constexpr hours kLongestSpeech{2};
constexpr minutes kRepeatedByDefault{30};
constexpr milliseconds kShortestPause{1000};
constexpr minutes kLongestPause{60};
// Of one that was taken off: the last words are still on their way to the loudspeakers.
constexpr milliseconds kLastWords{700};
constexpr std::size_t kMostPrepared = 32;
constexpr std::size_t kPreparedSize = 120;  // of one in a plan's JSON
// An emergency's clip is held until it is over, however late somebody joins.
constexpr milliseconds kAfterClip{1000};

// What the ward's own rules leave a loudspeaker, in the words of the policy.
PolicyRules rules_by_ward(const schedules::WardRules& ward) {
  PolicyRules rules;
  rules.ceiling_pct.fill(100);
  rules.longest_play = hours{24};
  rules.most_per_day = hours{24};
  rules.starts_per_hour = 3600;
  if (ward.quiet) rules.quiet = ward.quiet;
  return rules;
}

}  // namespace

void ServerCore::handle(StartAir& message, Now now) {
  answer<AirRow>(message.reply, "start_air", [&]() -> AirRow {
    if (airs_.size() >= wire::kMostAirs) throw Error("air.too_many", {std::to_string(wire::kMostAirs)});
    AirRow row = air_of(message, now);
    const bool is_held = row.air.clip && std::ranges::all_of(*row.air.nodes, [&](const NodeId& node) {
                           return holds(node, row.air.clip->clip);
                         });
    if (!is_held) {
      const StationTime first = row.air.start + wire::sound_at(row.air);
      row.air.channel =
          channels_.open(row.air.play, first, row.air.clip ? std::optional{row.air.clip->clip} : std::nullopt);
    }
    const auto take_back = [&] {
      airs_.erase(row.air.play);
      channels_.close(row.air.play);
    };
    try {
      if (message.emergency_key) {
        const wire::Grant grant{row.air.play, wire::sound_of(row.air), row.air.until};
        row.air.grant = wire::encode_grant(settings_.station, to_us(now.wall), now.wall, grant, *message.emergency_key);
      } else {
        require_allowed(row);
      }
      airs_.emplace(row.air.play, row);
      // Nothing waits for the disk that somebody waits for.
      publish_airs(now);
    } catch (const Error&) {
      take_back();
      throw;
    }
    const auto book = [this, by = by_, row, at = now.wall] {
      store_.together([&] {
        store_.add_air(row);
        nlohmann::json nodes = nlohmann::json::array();
        for (const NodeId& node : *row.air.nodes) nodes.push_back(node.str());
        store_.add_audit(by,
                         {"start_air", row.air.play.str(), "",
                          dump(nlohmann::json{{"kind", to_string(row.kind)},
                                              {"title", row.title},
                                              {"class", to_string(row.air.announcement_class)},
                                              {"exercise", row.is_exercise},
                                              {"outside_policy", !row.air.grant.empty()},
                                              {"nodes", std::move(nodes)}})},
                         at);
      });
    };
    if (row.kind == AirKind::kEmergency) {
      book_or_owe(book);
    } else {
      try {
        book();
      } catch (const Error&) {
        take_back();
        publish_airs(now);
        throw;
      }
    }
    return row;
  });
}

std::vector<NodeId> ServerCore::audience_of(const StartAir& message) {
  for (const AreaId& area : message.areas)
    if (!store_.has_area(area)) throw Error("area.unknown", {area.str()});
  std::set<NodeId> nodes;
  for (const NodeId& node : store_.nodes_below(message.areas)) nodes.insert(node);
  for (const NodeId& node : message.nodes) {
    if (!nodes_.contains(node)) throw Error("node.unknown", {node.str()});
    nodes.insert(node);
  }
  if (message.reach == StopSound::Reach::kWholeStation)
    for (const auto& [id, node] : nodes_) nodes.insert(id);
  std::erase_if(nodes, [&](const NodeId& node) { return !nodes_.at(node).public_key; });
  if (nodes.empty()) throw Error("air.no_node");
  if (nodes.size() > wire::kMostNodes) throw Error("air.too_many_nodes", {std::to_string(wire::kMostNodes)});
  return {nodes.begin(), nodes.end()};
}

AirRow ServerCore::air_of(const StartAir& message, Now now) {
  AirRow row;
  row.kind = message.kind;
  row.is_exercise = message.is_exercise;
  row.by = by_.person;
  row.made = now.wall;
  wire::Air& air = row.air;
  // Short: it stands in the topic of every bundle.
  do air.play = PlayId{"l-" + random_id_().substr(0, 8)};
  while (store_.load_air(air.play));
  air.nodes = audience_of(message);
  if (message.volume_pct < 1 || message.volume_pct > 100) throw Error("schedule.bad_volume");
  air.volume_pct = message.volume_pct;
  milliseconds length{0};
  if (message.announcement) {
    const Announcement announcement = announcement_to_air(*message.announcement);
    if (announcement.state != ApprovalState::kApproved) throw Error("announcement.not_approved", {announcement.title});
    if (message.kind == AirKind::kEmergency && announcement.announcement_class != AnnouncementClass::kEmergency)
      throw Error("air.not_an_emergency", {announcement.title});
    const auto clip = store_.load_clip(announcement.clip);
    if (!clip) throw Error("clip.unknown", {announcement.clip.str()});
    air.announcement = announcement.id;
    air.announcement_class = announcement.announcement_class;
    air.clip = wire::AirClip{clip->hash, {clip->bytes, clip->duration}};
    row.title = announcement.title;
    length = clip->duration;
    if (message.pause) {
      if (*message.pause < kShortestPause || *message.pause > kLongestPause)
        throw Error("air.bad_pause", {"1", std::to_string(kLongestPause / seconds{1})});
      air.every = clip->duration + *message.pause;
      length = message.longest.value_or(kRepeatedByDefault);
    }
  } else {
    air.announcement = AnnouncementId{air.play.str()};
    air.announcement_class =
        message.kind == AirKind::kEmergency ? AnnouncementClass::kEmergency : message.announcement_class;
    row.title = required_text(message.title, "title", kLongestTitle);
    length = message.longest.value_or(kSpeechByDefault);
  }
  if (length <= milliseconds{0} ||
      length > (message.announcement ? milliseconds{wire::kLongestAir} / 2 : kLongestSpeech))
    throw Error("air.bad_length");
  const bool is_urgent = air.announcement_class == AnnouncementClass::kEmergency;
  air.start = station_from_wall(now.wall + (is_urgent ? settings_.emergency_notice : settings_.air_notice));
  if (!is_urgent || !message.announcement) {
    const schedules::WardRules rules = present_rules();
    if (const auto chime = rules.chimes.find(air.announcement_class); chime != rules.chimes.end())
      if (const auto clip = store_.load_clip(chime->second.clip))
        air.chime = wire::AirClip{clip->hash, {clip->bytes, clip->duration}};
  }
  air.until = air.start + wire::sound_at(air) + length + (air.every ? milliseconds{0} : kAfterClip);
  return row;
}

void ServerCore::require_allowed(const AirRow& row) {
  const wire::Air& air = row.air;
  const schedules::Sound sound{wall_from_station(air.start), std::chrono::ceil<milliseconds>(air.until - air.start)};
  const auto refuse = [](const schedules::PolicyRefuses& forbidden, const std::string& where) {
    throw Error("air.forbidden", {std::string{schedules::reason_of(forbidden.clause)}, where});
  };
  if (air.announcement_class != AnnouncementClass::kEmergency) {
    const auto verdict =
        schedules::judge(rules_by_ward(present_rules()), settings_.rules.utc_offset, sound, nanoseconds{0}, {});
    if (const auto* forbidden = std::get_if<schedules::PolicyRefuses>(&verdict)) refuse(*forbidden, "");
  }
  for (const NodeId& node : *air.nodes) {
    const auto verdict =
        schedules::judge(settings_.rules.rules_of(node), settings_.rules.utc_offset, sound, nanoseconds{0}, {});
    if (const auto* forbidden = std::get_if<schedules::PolicyRefuses>(&verdict)) refuse(*forbidden, node.str());
    const int most = std::get<schedules::PolicyAllows>(verdict).ceiling_pct;
    if (air.volume_pct > most) throw Error("air.too_loud", {node.str(), std::to_string(most)});
  }
}

schedules::WardRules ServerCore::present_rules() {
  const auto versions = store_.load_ward_rules();
  return versions.empty() ? schedules::WardRules{} : versions.front().rules;
}

bool ServerCore::holds(const NodeId& node, const ClipHash& clip) {
  const auto issued = store_.load_plan(node);
  const auto report = store_.load_report(node);
  return issued && report && report->status.plan == issued->name &&
         report->status.clips_ready == report->status.clips_wanted &&
         issued->body.find(clip.str()) != std::string::npos;
}

void ServerCore::publish_airs(Now now) {
  wire::OnAir on_air;
  const auto enrolled = static_cast<std::size_t>(
      std::ranges::count_if(nodes_, [](const auto& each) { return each.second.public_key.has_value(); }));
  for (const auto& [play, row] : airs_) {
    on_air.airs.push_back(row.air);
    // Everybody: a thousand names to a thousand nodes would cost more than the sound.
    if (row.air.nodes->size() == enrolled) on_air.airs.back().nodes.reset();
  }
  const wire::TopicRule& rule = wire::rule_of(wire::MessageType::kAir);
  const signer::Signed sealed = sign(std::string{wire::kAudienceNodes}, on_air, now.wall);
  link_.publish({wire::topic_of(rule.type, settings_.station, {}), bytes_of(sealed.envelope()), link::Qos::kAtLeastOnce,
                 rule.retained, rule.expiry});
  next_air_ = airs_.empty() ? MonoTime::max() : now.mono + kSaidAgainAfter;
  for (const auto& [play, row] : airs_)
    next_air_ = std::min(next_air_, now.mono + std::max(row.air.until - station_from_wall(now.wall), nanoseconds{0}));
}

void ServerCore::end_air(const PlayId& play, const std::string& why, Now now) {
  const auto found = airs_.find(play);
  if (found == airs_.end()) return;
  airs_.erase(found);
  channels_.close(play);
  book_or_owe([this, play, why, at = now.wall] { store_.end_air(play, at, why); });
}

void ServerCore::handle(EndAir& message, Now now) {
  answer<AirRow>(message.reply, "end_air", [&]() -> AirRow {
    const auto found = airs_.find(message.play);
    if (found == airs_.end()) {
      if (const auto over = store_.load_air(message.play)) return *over;
      throw Error("air.unknown", {message.play.str()});
    }
    AirRow row = found->second;
    row.ended = now.wall;
    row.why = trimmed(message.why).substr(0, kLongestTitle);
    if (row.kind == AirKind::kSpeech) {
      // What was said last is on its way: it is heard, then it is over.
      channels_.close(row.air.play);
      found->second.air.until = std::min(row.air.until, station_from_wall(now.wall) + kLastWords);
      next_air_ = std::min(next_air_, now.mono + kLastWords);
      book_or_owe([this, by = by_, row] {
        store_.together([&] {
          store_.end_air(row.air.play, *row.ended, row.why);
          store_.add_audit(by, {"end_air", row.air.play.str(), "", dump(nlohmann::json{{"why", row.why}})}, *row.ended);
        });
      });
      return row;
    }
    end_air(row.air.play, row.why, now);
    publish_airs(now);
    book_or_owe([this, by = by_, row] {
      store_.add_audit(by, {"end_air", row.air.play.str(), "", dump(nlohmann::json{{"why", row.why}})}, *row.ended);
    });
    return row;
  });
}

void ServerCore::handle(SaveEmergencyKey& message, Now now) {
  answer<EmergencyKey>(message.reply, "save_emergency_key", [&]() -> EmergencyKey {
    EmergencyKey key{by_.person, message.key, message.wrapped, now.wall};
    store_.together([&] {
      store_.save_emergency_key(key);
      note({"save_emergency_key", by_.person.str(), "", dump(nlohmann::json{{"key", crypto::key_id(key.key)}})},
           now.wall);
    });
    return key;
  });
}

void ServerCore::handle(SpeakerLost& message, Now now) {
  if (!airs_.contains(message.play)) return;
  log::warning("the speaker's end is silent", {{"play", message.play.str()}});
  end_air(message.play, "speaker_lost", now);
  publish_airs(now);
}

void ServerCore::handle(SpeechRecorded& message, Now now) {
  const auto row = store_.load_air(message.play);
  Recording recording{RecordingId{"r-" + random_id_()},
                      (row ? row->title : message.play.str()) + ".opus",
                      message.bytes,
                      now.wall,
                      RecordingState::kIngesting,
                      0,
                      std::nullopt,
                      std::nullopt};
  intake_.keep(recording.id, message.file);
  store_.together([&] {
    store_.add_recording(recording);
    if (row) store_.save_air_recording(message.play, recording.id);
  });
  intake_.start(recording.id);
}

void ServerCore::advance_airs(Now now) {
  if (now.mono < next_air_) return;
  const StationTime station_now = station_from_wall(now.wall);
  std::vector<PlayId> over;
  for (const auto& [play, row] : airs_) {
    // A channel's key dies with the process that opened it.
    const bool is_orphan = row.air.channel && !row.air.clip && held_over_.contains(play);
    if (row.air.until <= station_now || is_orphan) over.push_back(play);
  }
  for (const PlayId& play : over) end_air(play, held_over_.contains(play) ? "server_restarted" : "", now);
  held_over_.clear();
  publish_airs(now);
}

void ServerCore::stop_airs(const std::set<NodeId>& nodes, const std::string& why, Now now) {
  bool is_changed = false;
  std::vector<PlayId> over;
  for (auto& [play, row] : airs_) {
    const std::size_t before = row.air.nodes->size();
    std::erase_if(*row.air.nodes, [&](const NodeId& node) { return nodes.contains(node); });
    is_changed = is_changed || row.air.nodes->size() != before;
    if (row.air.nodes->empty()) over.push_back(play);
  }
  for (const PlayId& play : over) end_air(play, why, now);
  if (is_changed) publish_airs(now);
}

void ServerCore::add_prepared(wire::Plan& plan, std::size_t body_size) {
  std::size_t prepared = 0;
  std::vector<ClipHash> clips = store_.load_prepared_clips(kMostPrepared);
  for (const auto& [each, chime] : present_rules().chimes) clips.push_back(chime.clip);
  for (const ClipHash& clip : clips) {
    if (plan.clips.contains(clip) || plan.clips.size() == wire::kMostPlays) continue;
    if (body_size + ++prepared * kPreparedSize > wire::kLongestBody) return;
    const auto facts = store_.load_clip(clip);
    plan.clips[clip] = {facts->bytes, facts->duration};
  }
}

}  // namespace loa::server
