#include "server/core/server_core.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "schedules/policy.h"
#include "server/core/commands.h"
#include "server/core/disk_trouble.h"
#include "server/signer/signatory.h"

namespace loa::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Lead-in and arming of a node that is set up as usual: what is this close is about to sound.
constexpr milliseconds kPreparation{10'500};
// Upper bounds of what a plan's JSON takes beside the ids of a play: numbers, names and the clip, in the play and in
// the list of clips; the chime in the play.
constexpr std::size_t kHeaderSize = 2048;  // and the chimes in the list of clips
constexpr std::size_t kPlaySize = 370;
constexpr std::size_t kChimeSize = 80;
constexpr std::size_t kLongestTranscript = 20'000;
constexpr hours kHeadEvery{1};
constexpr seconds kIntakeAgain{20};  // of ingestions that the disk ended

}  // namespace

ServerCore::ServerCore(ServerSettings settings, Store& store, link::Link& link, Intake& intake, Enrolment& enrolment,
                       signer::Signer& signer, Channels& channels, Alarms& alarms, RandomId random_id)
    : settings_(std::move(settings)),
      store_(store),
      link_(link),
      intake_(intake),
      enrolment_(enrolment),
      signer_(signer),
      channels_(channels),
      alarms_(alarms),
      random_id_(std::move(random_id)) {
  for (Node& node : store_.load_nodes()) {
    const NodeId id = node.id;
    nodes_.emplace(id, std::move(node));
  }
  for (Campaign& campaign : store_.load_campaigns()) {
    if (campaign.kind != CampaignKind::kDisclosure || campaign.cancelled) continue;
    const CampaignId id = campaign.id;
    disclosures_[id] = disclosure_of(std::move(campaign), store_.load_schedules_of(id));
  }
  for (AirRow& row : store_.load_open_airs()) {
    const PlayId play = row.air.play;
    airs_.emplace(play, std::move(row));
    held_over_.insert(play);
  }
  next_air_ = airs_.empty() ? MonoTime::max() : MonoTime::min();
  // An end between the books and the file leaves it behind.
  for (const Recording& recording : store_.load_recordings(RecordingState::kRefused)) intake_.discard(recording.id, {});
  for (const Recording& recording : store_.load_recordings(RecordingState::kIngesting)) start_intake(recording.id);
}

void ServerCore::on(ServerMessage message, Now now) {
  handled_ = now.mono;
  try {
    std::visit([this, now](auto& value) { handle(value, now); }, message);
  } catch (const Error& error) {
    // An alarm stands for all of these, and what comes of them is repeated by the nodes or repaired by SignerChanged.
    if (signer::is_away(error)) return;
    note_trouble(error.text());
    log::error("core could not finish a message", {{"kind", std::to_string(message.index())}, {"why", error.what()}});
  }
}

void ServerCore::handle(Asked& message, Now now) {
  by_ = message.by;
  on(std::move(message.command->message), now);
  by_ = {};
}

void ServerCore::note(const AuditEntry& entry, WallTime now) {
  store_.add_audit(by_, entry, now);
}

void ServerCore::sign_audit_head(Now now) {
  if (now.mono < next_head_) return;
  const auto last = store_.last_audit();
  const auto before = store_.last_audit_head();
  if (last && (!before || before->seq < last->seq)) {
    const signer::Signed head =
        sign(std::string{wire::kAudienceNodes}, wire::AuditHead{last->seq, last->hash}, now.wall);
    store_.add_audit_head(last->seq, head.envelope());
    publish_audit_head();
  }
  next_head_ = now.mono + kHeadEvery;
}

void ServerCore::publish_audit_head() {
  const auto head = store_.last_audit_head();
  if (!head) return;
  link_.publish({wire::topic_of(wire::MessageType::kAudit, settings_.station, {}), bytes_of(head->envelope),
                 link::Qos::kAtLeastOnce, true, std::nullopt});
}

// --- link

void ServerCore::handle(LinkArrived& message, Now now) {
  if (const auto* up = std::get_if<link::LinkUp>(&message.event)) {
    log::info("broker connected", {{"session", std::to_string(up->session)}});
    publish_root_documents();
    publish_audit_head();
    link_.publish(presence(wire::Presence::kOnline, now.wall));
    next_air_ = MonoTime::min();  // also when nothing is: the broker may know of what was
    advance_airs(now);
  } else if (const auto* down = std::get_if<link::LinkDown>(&message.event)) {
    log::warning("broker lost", {{"why", down->reason}});
    present_.clear();  // what was sent since then may have reached nobody
  } else {
    on_link_message(std::get<link::LinkMessage>(message.event), message.arrived, now);
  }
}

void ServerCore::publish_root_documents() {
  for (const auto& [type, envelope] : {std::pair{wire::MessageType::kTrust, &settings_.trust},
                                       std::pair{wire::MessageType::kPolicy, &settings_.policy}})
    link_.publish({wire::topic_of(type, settings_.station, {}), bytes_of(*envelope), link::Qos::kAtLeastOnce, true,
                   std::nullopt});
}

link::Publication ServerCore::presence(wire::Presence presence, WallTime now) {
  const signer::Signed state =
      sign(std::string{wire::kAudienceNodes}, wire::ServerState{presence, settings_.boot}, now);
  return {wire::topic_of(wire::MessageType::kServer, settings_.station, {}), bytes_of(state.envelope()),
          link::Qos::kAtLeastOnce, true, std::nullopt};
}

void ServerCore::on_link_message(const link::LinkMessage& message, Now arrived, Now now) {
  const auto topic = wire::parse_topic(message.topic);
  if (!topic || topic->station != settings_.station || wire::rule_of(topic->type).direction != wire::Direction::kUp) {
    refuse({wire::Check::kType, "unknown topic"}, message.topic);
    return;
  }
  const auto known = nodes_.find(topic->node);
  if (known == nodes_.end() || !known->second.public_key) {
    refuse({wire::Check::kKey, "not an enrolled node"}, message.topic);
    return;
  }
  const Node& node = known->second;
  const std::string key_id = crypto::key_id(*node.public_key);
  const wire::Expectation expectation{
      settings_.station, {std::string{wire::kServer}}, wire::audience_of(node.id), now.wall};
  const auto opened = wire::open_message(topic->type, message.payload, expectation, [&](std::string_view id) {
    return id == key_id ? &*node.public_key : nullptr;
  });
  if (const auto* refusal = std::get_if<wire::Refusal>(&opened)) {
    refuse(*refusal, message.topic);
    return;
  }
  const wire::Body& body = std::get<wire::Received>(opened).message.body;
  if (const auto* status = std::get_if<wire::Status>(&body))
    on_status(node, *status, message.retained ? Word::kKept : Word::kLive, now);
  else if (const auto* outcomes = std::get_if<wire::Outcomes>(&body))
    on_outcomes(node, *outcomes, now.wall);
  else if (const auto* request = std::get_if<wire::ClockRequest>(&body))
    on_clock_request(node, *request, arrived, now);
}

void ServerCore::on_status(const Node& node, const wire::Status& status, Word word, Now now) {
  enrolment_.note_heard(node.id);
  repeat_stop(node.id, status, word, now);
  store_.save_report(node.id, {now.wall, status});
  if (status.presence == wire::Presence::kOffline) return;
  if (status.live && word == Word::kLive) channels_.note_lost(status.live->play, node.id, status.live->lost);
  const auto issued = store_.load_plan(node.id);
  if (!issued) {
    if (const auto fresh = plan(node.id, now.wall, Reissue::kAlways)) send_plan(node.id, *fresh);
  } else if (issued->name != status.plan) {
    send_plan(node.id, *issued);
  }
}

void ServerCore::repeat_stop(const NodeId& node, const wire::Status& status, Word word, Now now) {
  if (status.presence == wire::Presence::kOffline) {
    present_.erase(node);
    return;
  }
  if (word == Word::kLive && std::exchange(present_[node], status.boot) == status.boot) return;
  const auto stop = stops_.find(node);
  if (stop != stops_.end() && now.mono < stop->second.until) {
    link_.publish(stop->second.order);
    return;
  }
  if (stop != stops_.end()) stops_.erase(stop);
  // The order itself is too old: a new one would mean whatever sounds now. So it names what it meant then, and a node
  // that has carried it out finds nothing to do.
  try {
    for (const Store::StoppedPlay& stopped : store_.stopped_plays(node, now.wall))
      send(node, wire::StopOrder{stopped.play, stopped.why}, now.wall);
  } catch (const Error& error) {
    log::warning("a stop is not repeated yet", {{"node", node.str()}, {"why", error.what()}});
    present_.erase(node);  // the node's next status tries again
  }
}

void ServerCore::on_outcomes(const Node& node, const wire::Outcomes& outcomes, WallTime now) {
  store_.book_outcomes(node.id, outcomes.outcomes, now);
  wire::Ack ack;
  for (const wire::Outcome& outcome : outcomes.outcomes) {
    ack.plays.push_back(outcome.play);
    log::info("outcome", {{"node", node.id.str()},
                          {"play", outcome.play.str()},
                          {"result", std::string{to_string(outcome.result)}},
                          {"reason", outcome.reason}});
  }
  send(node.id, ack, now);
}

void ServerCore::on_clock_request(const Node& node, const wire::ClockRequest& request, Now arrived, Now now) {
  // The reply's instant is the arrival plus what has passed since on the monotonic clock, so that a step of the wall
  // clock between the two cannot bend the exchange. After a large one nobody would sign it: the node asks again.
  const StationTime t2 = station_from_wall(arrived.wall);
  const StationTime t3 = t2 + (now.mono - arrived.mono);
  if (std::chrono::abs(t3 - station_from_wall(now.wall)) > signer::kClockSlack / 2) {
    log::warning("clock was set while a node asked for it", {{"node", node.id.str()}});
    return;
  }
  send(node.id, wire::ClockReply{request.nonce, request.t1_us, t2, t3}, now.wall);
}

void ServerCore::refuse(const wire::Refusal& refusal, const std::string& topic) {
  const std::string check{wire::to_string(refusal.check)};
  ++refused_[check];
  log::warning("message refused", {{"check", check}, {"topic", topic}, {"detail", refusal.detail}});
}

// --- the signer

void ServerCore::handle(SignerChanged& message, Now now) {
  for (const char* code : {"signer.away", "signer.other_station", "signer.not_believed"})
    if (!message.trouble || message.trouble->code != code) alarms_.clear(code);
  if (message.trouble) {
    alarms_.raise(*std::move(message.trouble));
    return;
  }
  log::info("signer is there");
  link_.publish(presence(wire::Presence::kOnline, now.wall));
  renew_plans(now.wall, Whose::kAll);
}

signer::Signed ServerCore::sign(const std::string& audience, const wire::Body& body, WallTime now) {
  const std::string about = audience + " " + std::string{wire::rule_of(wire::type_of(body)).payload_type};
  try {
    signer::Signed sealed = signer_.sign(audience, body, now);
    alarms_.clear(signer::kRefused, about);
    return sealed;
  } catch (const Error& error) {
    if (error.code() == signer::kRefused) alarms_.raise(error.text(), about);
    throw;
  }
}

// --- intake

void ServerCore::handle(ReceiveRecording& message, Now now) {
  answer<Recording>(message.reply, "receive_recording", [&]() -> Recording {
    Recording recording{RecordingId{"r-" + random_id_()},
                        trimmed(message.name),
                        message.bytes,
                        now.wall,
                        RecordingState::kIngesting,
                        0,
                        std::nullopt,
                        std::nullopt};
    if (recording.name.size() > kLongestTitle) recording.name.resize(kLongestTitle);
    try {
      intake_.keep(recording.id, message.file);
      store_.together([&] {
        store_.add_recording(recording);
        note({"create_recording", recording.id.str(), "", dump(nlohmann::json{{"name", recording.name}})}, now.wall);
      });
    } catch (const Error&) {
      intake_.discard(recording.id, message.file);
      throw;
    }
    intake_.start(recording.id);
    return recording;
  });
}

void ServerCore::start_intake(const RecordingId& recording) {
  if (const auto text = store_.load_spoken_text(recording))
    intake_.speak(recording, text->spoken);
  else
    intake_.start(recording);
}

void ServerCore::handle(SpeakAnnouncement& message, Now now) {
  answer<Recording>(message.reply, "speak_announcement", [&]() -> Recording {
    SpokenText& text = message.text;
    text.title = required_text(text.title, "title", kLongestTitle);
    if (!by_.person.empty()) text.author = by_.person;
    text.transcript = required_text(text.transcript, "text", kLongestTranscript);
    if (text.spoken.empty()) throw Error("speech.nothing_to_say");
    Recording recording{RecordingId{"r-" + random_id_()},
                        text.title,
                        static_cast<std::int64_t>(text.transcript.size()),
                        now.wall,
                        RecordingState::kIngesting,
                        0,
                        std::nullopt,
                        std::nullopt};
    store_.together([&] {
      store_.add_recording(recording);
      store_.add_spoken_text(recording.id, text);
      note({"speak_announcement", recording.id.str(), "",
            dump(nlohmann::json{{"title", text.title}, {"text", text.transcript}})},
           now.wall);
    });
    start_intake(recording.id);
    return recording;
  });
}

void ServerCore::handle(IntakeProgressed& message, Now) {
  store_.save_progress(message.recording, message.progress_pct);
}

void ServerCore::handle(IntakeEnded& message, Now now) {
  if (const auto* clip = std::get_if<Clip>(&message.result)) {
    book_or_owe([this, recording = message.recording, made = *clip, at = now.wall] { book_clip(recording, made, at); });
    return;
  }
  const Text& why = std::get<Text>(message.result);
  if (is_disk_trouble(why)) {
    // It says nothing of the recording, which was accepted.
    note_trouble(why);
    cut_off_.insert(message.recording);
    next_intake_ = now.mono + kIntakeAgain;
    return;
  }
  book_or_owe([this, recording = message.recording, why] {
    store_.save_refusal(recording, why);
    intake_.discard(recording, {});  // what is no audio proves nothing and may be anything
    log::info("recording refused", {{"recording", recording.str()}, {"why", why.code}});
  });
}

void ServerCore::book_clip(const RecordingId& recording, const Clip& clip, WallTime now) {
  const auto text = store_.load_spoken_text(recording);
  store_.together([&] {
    store_.save_clip_of(recording, clip, now);
    if (!text) return;
    const AnnouncementId announcement{"a-" + random_id_()};
    Announcement spoken{announcement, text->title, text->transcript, text->announcement_class, clip.hash};
    spoken.author = text->author;
    if (text->author) spoken.state = ApprovalState::kDraft;
    store_.add_announcement(spoken, now);
    if (text->author) store_.add_step(announcement, {now, *text->author, StepKind::kMade});
    store_.link_spoken_text(recording, announcement);
  });
  log::info("clip ready", {{"recording", recording.str()}, {"clip", clip.hash.str()}});
}

// --- commands

void ServerCore::handle(CreateArea& message, Now now) {
  answer<Area>(message.reply, "create_area", [&]() -> Area {
    require_id(message.area.id, "area");
    message.area.name = required_text(message.area.name, "name", kLongestTitle);
    store_.together([&] {
      store_.add_area(message.area, now.wall);
      note({"create_area", message.area.id.str(), "", as_json(message.area)}, now.wall);
    });
    timetable_.reset();
    return message.area;
  });
}

void ServerCore::handle(CreateAnnouncement& message, Now now) {
  answer<Announcement>(message.reply, "create_announcement", [&]() -> Announcement {
    Announcement announcement{AnnouncementId{"a-" + random_id_()}, required_text(message.title, "title", kLongestTitle),
                              trimmed(message.transcript), message.announcement_class, message.clip};
    announcement.category = message.category;
    announcement.source = trimmed(message.source);
    announcement.names_citizen = message.names_citizen;
    announcement.consent = trimmed(message.consent);
    for (const auto& [field, text] : {std::pair{"source", &announcement.source}, {"consent", &announcement.consent}})
      if (text->size() > kLongestTranscript) throw Error("field.too_long", {field, std::to_string(kLongestTranscript)});
    if (!by_.person.empty()) {
      announcement.author = by_.person;
      announcement.state = ApprovalState::kDraft;
    }
    if (announcement.transcript.size() > kLongestTranscript)
      throw Error("field.too_long", {"transcript", std::to_string(kLongestTranscript)});
    store_.together([&] {
      store_.add_announcement(announcement, now.wall);
      announcement = *store_.load_announcement(announcement.id);
      add_step(announcement.id, StepKind::kMade, "", now.wall);
      note({"create_announcement", announcement.id.str(), "", as_json(announcement)}, now.wall);
    });
    return announcement;
  });
}

void ServerCore::handle(HearAnnouncement& message, Now now) {
  answer<Announcement>(message.reply, "hear_announcement", [&]() -> Announcement {
    const auto announcement = store_.load_announcement(message.announcement);
    if (!announcement) throw Error("announcement.unknown", {message.announcement.str()});
    if (!announcement->is_synthetic) throw Error("announcement.recorded", {announcement->title});
    Announcement heard = *announcement;
    store_.together([&] {
      store_.save_heard(announcement->id, now.wall);
      heard = *store_.load_announcement(announcement->id);
      note({"hear_announcement", heard.id.str(), as_json(*announcement), as_json(heard)}, now.wall);
    });
    return heard;
  });
}

void ServerCore::handle(StopSound& message, Now now) {
  answer<std::vector<NodeId>>(message.reply, "stop", [&]() -> std::vector<NodeId> {
    for (const AreaId& area : message.areas)
      if (!store_.has_area(area)) throw Error("area.unknown", {area.str()});
    std::set<NodeId> nodes;
    if (message.reach == StopSound::Reach::kWholeStation)
      for (const auto& [id, node] : nodes_) nodes.insert(id);
    for (const NodeId& node : store_.nodes_below(message.areas)) nodes.insert(node);
    for (const NodeId& node : message.nodes) {
      if (!nodes_.contains(node)) throw Error("node.unknown", {node.str()});
      nodes.insert(node);
    }
    if (nodes.empty()) throw Error("stop.no_node");
    const wire::StopOrder order{std::nullopt, message.why.substr(0, 200)};
    std::vector<NodeId> told;
    // After the orders: a disk that fails must not keep them from leaving.
    const auto book = [&] {
      return book_or_owe([this, by = by_, told, why = order.why, at = now.wall] {
        store_.together([&] {
          nlohmann::json reached = nlohmann::json::array();
          for (const NodeId& node : told) {
            store_.book_stop(node, at + kPreparation, at, why);
            reached.push_back(node.str());
          }
          store_.add_audit(by, {"stop", "", "", dump(nlohmann::json{{"nodes", std::move(reached)}, {"why", why}})}, at);
        });
      });
    };
    for (const NodeId& node : nodes) {
      try {
        Stop stop{publication(node, order, now.wall), now.mono + signer::validity_of(wire::MessageType::kOrder)};
        link_.publish(stop.order);
        stops_.insert_or_assign(node, std::move(stop));
      } catch (const Error&) {
        if (told.empty()) throw;
        book();
        throw Error("stop.partly", {std::to_string(told.size()), std::to_string(nodes.size())});
      }
      told.push_back(node);
    }
    stop_airs(nodes, message.why, now);
    if (!book()) throw Error("stop.not_booked", {std::to_string(told.size())});
    return told;
  });
}

void ServerCore::handle(TestNode& message, Now now) {
  answer<TestNode::Ordered>(message.reply, "test_node", [&]() -> TestNode::Ordered {
    const auto node = nodes_.find(message.node);
    if (node == nodes_.end()) throw Error("node.unknown", {message.node.str()});
    if (message.volume_pct < 1 || message.volume_pct > 100) throw Error("schedule.bad_volume");
    // Somebody waits for it: an order that comes when nobody does any more would only startle the neighbours.
    if (!node->second.public_key || !present_.contains(message.node))
      throw Error("test.node_away", {message.node.str()});
    const wire::SelfTestOrder order{PlayId{"t-" + random_id_()}, message.volume_pct};
    link::Publication signed_order = publication(message.node, order, now.wall);
    note({"test_node", message.node.str(), "", dump(nlohmann::json{{"volume_pct", order.volume_pct}})}, now.wall);
    link_.publish(std::move(signed_order));
    return {message.node, order.test, order.volume_pct};
  });
}

// --- time

void ServerCore::handle(Tick&, Now now) {
  const bool is_for_the_air = next_air_ <= now.mono && now.mono < next_tick_;
  advance_airs(now);
  if (is_for_the_air) return;
  next_tick_ = now.mono + settings_.tick;
  recover(now);
  settle(now.wall);
  const int booked = store_.book_missing_reports(now.wall - settings_.report_grace, now.wall);
  if (booked > 0) log::warning("plays without report", {{"count", std::to_string(booked)}});
  store_.forget_stops(now.wall);
  prove_disclosures(now);
  watch_complaints(now.wall);
  renew_plans(now.wall, Whose::kOld);
  forget_old(now);
  sign_audit_head(now);
}

// --- plans

std::vector<ServerCore::NodePlan> ServerCore::plan(const std::vector<NodeId>& nodes, WallTime now, Reissue reissue) {
  std::vector<NodePlan> plans;
  for (const NodeId& node : nodes)
    if (auto issued = plan(node, now, reissue)) plans.push_back({node, *std::move(issued)});
  return plans;
}

void ServerCore::renew_plans(WallTime now, Whose whose) {
  std::vector<std::pair<NodeId, Reissue>> wanted;
  for (const auto& [id, node] : nodes_) {
    if (!node.public_key) continue;
    const auto issued = store_.load_plan(id);
    const bool is_old = !issued || now - issued->issued >= settings_.plan_age;
    if (is_old || whose == Whose::kAll) wanted.emplace_back(id, is_old ? Reissue::kAlways : Reissue::kIfChanged);
  }
  if (wanted.empty()) return;
  std::vector<NodePlan> plans;
  store_.together([&] {
    for (const auto& [node, reissue] : wanted) {
      try {
        if (auto issued = plan(node, now, reissue)) plans.push_back({node, *std::move(issued)});
      } catch (const Error& error) {
        if (error.code() != signer::kRefused) throw;
        log::error("plan not signed", {{"node", node.str()}, {"why", error.what()}});
      }
    }
  });
  send_plans(plans);
}

std::optional<IssuedPlan> ServerCore::plan(const NodeId& node, WallTime now, Reissue reissue) {
  const Node known = *store_.load_node(node);
  wire::Plan plan;
  plan.from = station_from_wall(now);
  plan.until = station_from_wall(now + settings_.plan_window);
  plan.delay = known.delay;
  std::vector<PlannedPlay> promised;
  std::size_t body_size = kHeaderSize;  // at most
  // Of a node that is not enrolled nothing is expected.
  std::vector<schedules::Sounding> soundings;
  const AreaId spot = spot_of(known, now);
  if (known.public_key) soundings = timetable(now).soundings(spot, now, now + settings_.plan_window);
  std::vector<schedules::Sound> sounds;
  sounds.reserve(soundings.size());
  for (const schedules::Sounding& due : soundings) sounds.push_back({due.start + known.delay, due.length});
  const auto verdicts = schedules::judge_in_order(settings_.rules.rules_of(node), settings_.rules.utc_offset, sounds);
  std::optional<Text> forbidden;
  for (std::size_t i = 0; i < soundings.size(); ++i) {
    const schedules::Sounding& due = soundings[i];
    const schedules::Schedule& schedule = *due.schedule;
    const auto* allowed = std::get_if<schedules::PolicyAllows>(&verdicts[i]);
    if (allowed == nullptr) {
      // Written before the policy was this strict, or for a larger area than this one node.
      if (!forbidden) forbidden = Text{"plan.forbidden", {schedule.id.str(), format_utc(due.start), node.str()}};
      continue;
    }
    body_size += kPlaySize + (due.chime != nullptr ? kChimeSize : 0) + due.play().str().size() +
                 schedule.announcement.str().size();
    if (plan.plays.size() == wire::kMostPlays || body_size > wire::kLongestBody) {
      log::error("plan is full, later plays come with a later plan", {{"node", node.str()}});
      break;
    }
    std::vector<ClipHash> clips = {schedule.clip};
    if (due.chime != nullptr) clips.push_back(due.chime->clip);
    for (const ClipHash& each : clips) {
      if (plan.clips.contains(each)) continue;
      const auto clip = store_.load_clip(each);
      plan.clips[each] = {clip->bytes, clip->duration};
    }
    plan.plays.push_back({due.play(), schedule.announcement, schedule.announcement_class, station_from_wall(due.start),
                          schedule.late, volume_at(spot, due, *allowed, now), schedule.clip,
                          due.is_cut() ? std::optional{due.length} : std::nullopt,
                          due.chime != nullptr ? std::optional{due.chime->clip} : std::nullopt});
    promised.push_back({due.play(), schedule.id, schedule.announcement, schedule.clip, due.start,
                        due.start + schedule.late + due.length});
  }

  if (known.public_key) add_prepared(plan, body_size);
  if (forbidden)
    alarms_.raise(*std::move(forbidden), node.str());
  else
    alarms_.clear("plan.forbidden", node.str());

  if (reissue == Reissue::kIfChanged && !store_.has_new_play(node, promised)) {
    if (const auto issued = store_.load_plan(node)) {
      const auto before = wire::decode_body(wire::MessageType::kPlan, issued->body);
      if (const auto* message = std::get_if<wire::Message>(&before)) {
        const auto& old = std::get<wire::Plan>(message->body);
        if (old.plays == plan.plays && old.clips == plan.clips && old.delay == plan.delay) return std::nullopt;
      }
    }
  }
  const signer::Signed sealed = sign(wire::audience_of(node), std::move(plan), now);
  IssuedPlan issued{sealed.seq, wire::name_of_body(sealed.body), sealed.issued, sealed.body, sealed.envelope()};
  store_.save_plan(node, issued, promised, now);
  return issued;
}

void ServerCore::send_plans(const std::vector<NodePlan>& plans) {
  for (const NodePlan& each : plans) send_plan(each.node, each.plan);
}

void ServerCore::send_plan(const NodeId& node, const IssuedPlan& plan) {
  link_.publish({wire::topic_of(wire::MessageType::kPlan, settings_.station, node), bytes_of(plan.envelope),
                 link::Qos::kAtLeastOnce, true, std::nullopt});
}

void ServerCore::send(const NodeId& node, const wire::Body& body, WallTime now) {
  link_.publish(publication(node, body, now));
}

link::Publication ServerCore::publication(const NodeId& node, const wire::Body& body, WallTime now) {
  const wire::TopicRule& rule = wire::rule_of(wire::type_of(body));
  return {wire::topic_of(rule.type, settings_.station, node),
          bytes_of(sign(wire::audience_of(node), body, now).envelope()),
          rule.qos == 0 ? link::Qos::kAtMostOnce : link::Qos::kAtLeastOnce, rule.retained, rule.expiry};
}

}  // namespace loa::server
