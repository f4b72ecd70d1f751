#include "node-agent/core/node_core.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/log.h"
#include "common/wire/live.h"
#include "node-agent/core/resume.h"

namespace loa::node {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr seconds kStatusEvery{30};
constexpr seconds kLiveStatusEvery{5};  // while a live channel sounds
constexpr seconds kOutboxEvery{10};
constexpr seconds kExchangeFast{1};
constexpr seconds kExchangeSlow{16};
constexpr int kFastExchanges = 8;
// Before a play a blurred clock is sharpened: an exchange a second for two minutes, which is 150 KB at most.
constexpr minutes kSharpenAhead{2};
constexpr milliseconds kSharpEnough{1};
constexpr seconds kHistoricalAfter{60};
constexpr seconds kSaveHeardEvery{5};
constexpr seconds kRetryOutput{2};
constexpr seconds kAirsComeWithin{15};  // of a start, after which what was on the air is over
constexpr seconds kReleaseAhead{1};
constexpr std::size_t kMostArmed = 2;  // the second may then follow the first without a pause
constexpr hours kLookedAhead{24};
constexpr minutes kSaveProvenEvery{10};
constexpr seconds kTrustedMachine{2};
// Reading two clocks one after the other is no sleep.
constexpr milliseconds kShortestSleep{100};
// After sleep every deadline comes too late by as much; this is how soon it is noticed.
constexpr seconds kLongestWait{10};
constexpr hours kForgetAfter{8 * 24};  // longer than any plan
constexpr hours kJudgedBack{48};       // covers every local day that a play can touch
constexpr hours kReportValidity{24};
constexpr std::int64_t kMostUs = 9'007'199'254'740'991;
// A play is whole when at most this much of it was lost to the sink.
constexpr milliseconds kWholeWithin{250};
// While a play sounds the clock is slewed: this far in time, at most this fast (inaudible: under a cent).
constexpr seconds kSlewOver{20};
constexpr std::int64_t kMostSlewPpb = 500'000;
// Why an armed play is stopped that a new plan has otherwise. Nobody is told: it comes again, as it is planned now.
constexpr std::string_view kPlannedAnew = "planned_anew";

bool comes_again(std::string_view stop_reason) {
  return stop_reason == reason::kClockUnknown || stop_reason == kPlannedAnew;
}

milliseconds fetch_pause(int failures) {
  return std::min<milliseconds>(milliseconds{500} * (1 << std::min(failures, 8)), minutes{1});
}

}  // namespace

NodeCore::NodeCore(NodeSettings settings, Store& store, link::Link& link, playout::Player& player,
                   playout::StationClock& clock, ClipCache& cache, Ear& ear, const crypto::SecretKey& node_key,
                   RandomId random_id, Now now)
    : settings_(std::move(settings)),
      store_(store),
      link_(link),
      player_(player),
      clock_(clock),
      cache_(cache),
      node_key_(node_key),
      random_id_(std::move(random_id)),
      booted_(now.mono),
      trust_(settings_.station, settings_.node, settings_.root, store_),
      plan_received_(now.mono),
      asleep_(now.asleep),
      last_life_(now.mono),
      last_play_(store.last_play()),
      self_test_(player, ear),
      last_test_(store.last_test()) {
  // The machine's clock is believed when it agreed with the station before and has not gone back since: then it has a
  // battery and is set. Any other clock may be anything.
  const auto proven = store_.proven_time();
  if (proven && std::chrono::abs(proven->machine_error) <= kTrustedMachine &&
      station_from_wall(now.wall) >= proven->station) {
    const nanoseconds since = station_from_wall(now.wall) - proven->station;
    estimate_.believe_machine(now,
                              std::chrono::abs(proven->machine_error) +
                                  nanoseconds{since.count() / 1'000'000 * (StationEstimate::kMachineDriftPpb / 1000)});
    apply_clock(now);
  }
  // A plan whose key nobody vouches for any more comes again from the server.
  if (const auto held = store_.load_plan(); held && trust_.book().is_station_key(held->key_id)) {
    plan_seq_ = held->seq;
    plan_key_id_ = held->key_id;
    auto decoded = wire::decode_body(wire::MessageType::kPlan, held->body);
    if (auto* message = std::get_if<wire::Message>(&decoded)) {
      plan_name_ = held->name;
      adopt_plan(std::get<wire::Plan>(message->body));
    }
  }
  advance(now);
}

void NodeCore::on(NodeMessage message, Now now) {
  try {
    notice_sleep(now);
    std::visit([this, now](auto& value) { handle(value, now); }, message);
    advance(now);
  } catch (const Error& error) {
    log::error("core could not finish a message", {{"kind", std::to_string(message.index())}, {"why", error.what()}});
    next_deadline_ = now.mono + seconds{1};
  }
}

// --- link

void NodeCore::handle(LinkArrived& message, Now now) {
  if (std::holds_alternative<link::LinkUp>(message.event)) {
    log::info("broker connected");
    ++connections_;
    last_life_ = now.mono;
    link_state_ = LinkState::kUp;
    exchanges_sent_ = 0;
    exchange_.reset();
    next_exchange_ = now.mono;
    next_status_ = now.mono;
    next_outbox_ = now.mono;
    reopen_channels();
  } else if (const auto* down = std::get_if<link::LinkDown>(&message.event)) {
    log::warning("broker lost", {{"why", down->reason}});
    link_state_ = LinkState::kDown;
    next_exchange_ = next_status_ = next_outbox_ = MonoTime::max();
  } else {
    on_link_message(std::get<link::LinkMessage>(message.event), message.arrived, now);
  }
}

void NodeCore::on_link_message(const link::LinkMessage& message, Now arrived, Now now) {
  last_life_ = now.mono;
  received_bytes_ += static_cast<std::int64_t>(message.payload.size());
  if (const auto play = wire::parse_live_topic(message.topic, settings_.station)) {
    on_bundle(*play, message, now);
    return;
  }
  const auto topic = wire::parse_topic(message.topic);
  if (!topic || topic->station != settings_.station || wire::rule_of(topic->type).direction == wire::Direction::kUp ||
      (!topic->node.empty() && topic->node != settings_.node)) {
    refuse({wire::Check::kType, "unknown topic"}, message.topic);
    return;
  }
  if (wire::rule_of(topic->type).signer == wire::Signer::kRoot) {
    on_root_document(topic->type, message, now);
    return;
  }
  if (topic->type == wire::MessageType::kAir && !is_time_proved(now)) {
    // An old word could be told from a new one only by the time, which is asked for at once.
    unjudged_air_ = message;
    if (link_state_ == LinkState::kUp && !exchange_) request_clock(now);
    return;
  }
  const bool to_all = wire::rule_of(topic->type).direction == wire::Direction::kAll;
  const wire::Expectation expectation{settings_.station,
                                      {to_all ? std::string{wire::kAudienceNodes} : wire::audience_of(settings_.node)},
                                      std::string{wire::kServer},
                                      freshness_now(topic->type, now)};
  std::string key_id;
  auto opened = wire::open_message(topic->type, message.payload, expectation, [&](std::string_view id) {
    key_id = id;
    return trust_.book().find(topic->type, id);
  });
  if (const auto* refusal = std::get_if<wire::Refusal>(&opened)) {
    refuse(*refusal, message.topic);
    return;
  }
  auto& received = std::get<wire::Received>(opened);
  switch (topic->type) {
    case wire::MessageType::kPlan:
      on_plan(received, key_id, now);
      break;
    case wire::MessageType::kOrder:
      on_order(received, key_id, now);
      break;
    case wire::MessageType::kAir:
      on_air(received, key_id, now);
      break;
    case wire::MessageType::kAck:
      store_.acknowledge(std::get<wire::Ack>(received.message.body).plays);
      next_status_ = std::min(next_status_, now.mono + seconds{1});  // the office sees that nothing is owed
      break;
    case wire::MessageType::kClockReply:
      on_clock_reply(std::get<wire::ClockReply>(received.message.body), arrived, now);
      break;
    case wire::MessageType::kServer:
      on_server_state(std::get<wire::ServerState>(received.message.body), now);
      break;
    case wire::MessageType::kTrust:
    case wire::MessageType::kPolicy:
    case wire::MessageType::kStatus:
    case wire::MessageType::kOutcome:
    case wire::MessageType::kClockRequest:
    case wire::MessageType::kAudit:
      // The root's are taken above, those that go up are refused there; the audit's is for whoever keeps evidence.
      break;
  }
}

void NodeCore::on_root_document(wire::MessageType type, const link::LinkMessage& message, Now now) {
  const auto result = trust_.on_document(type, message.payload);
  if (const auto* refusal = std::get_if<wire::Refusal>(&result)) {
    refuse(*refusal, message.topic);
    return;
  }
  const auto adopted = std::get<NodeTrust::Adopted>(result);
  if (adopted == NodeTrust::Adopted::kNothing) return;
  if (adopted == NodeTrust::Adopted::kTrust && plan_ && !trust_.book().is_station_key(plan_key_id_)) {
    log::warning("the plan's key is not believed any more, the plan is dropped", {{"key", plan_key_id_}});
    plan_.reset();
    plan_name_.clear();
    plan_key_id_.clear();
    plan_seq_ = 0;
    fetches_.clear();
    for (Armed& armed : armed_) stop_armed(armed, reason::kCancelled);
  }
  for (Armed& armed : armed_) {
    const AirPlay* air = find_air(armed.planned.play);
    const Ruling ruling = air != nullptr ? judge(air->air, now) : judge(armed.planned, armed.duration, now);
    if (const auto* refused = std::get_if<std::string_view>(&ruling)) stop_armed(armed, *refused);
  }
  rejudge_test(now);
  next_status_ = now.mono;  // the server sees what is held, and sends the plan that could not be read before
}

void NodeCore::refuse(const wire::Refusal& refusal, const std::string& topic) {
  const std::string check{wire::to_string(refusal.check)};
  ++refused_[check];
  log::warning("message refused", {{"check", check}, {"topic", topic}, {"detail", refusal.detail}});
}

void NodeCore::on_plan(wire::Received& received, const std::string& key_id, Now now) {
  const std::int64_t seq = received.message.header.seq;
  const std::string name = wire::name_of_body(received.body);
  if (name == plan_name_) return;
  if (const std::int64_t floor = store_.plan_floor(); seq <= floor) {
    refuse({wire::Check::kSequence, "plan " + std::to_string(seq) + " after " + std::to_string(floor)}, "plan");
    return;
  }
  store_.save_plan({seq, name, received.body, key_id});
  plan_seq_ = seq;
  plan_key_id_ = key_id;
  plan_name_ = name;
  plan_received_ = now.mono;
  adopt_plan(std::get<wire::Plan>(std::move(received.message.body)));
  bool is_anew = false;
  for (Armed& armed : armed_) {
    if (armed.outcome.on_air) continue;
    const wire::PlannedPlay* planned = find_planned(armed.planned.play);
    const bool over = clock_.at(now.mono) >= armed.until + armed.planned.late;
    if (planned == nullptr) {
      if (!over) stop_armed(armed, reason::kCancelled);
    } else if (armed.stage == Armed::Stage::kHeld && (is_anew || *planned != armed.planned)) {
      is_anew = true;  // what is armed behind it has to come behind it again
      stop_armed(armed, kPlannedAnew);
    }
  }
  settle_cut_off_unplanned(now);
  // By a wrong clock everything would be old, and what is forgotten could sound again.
  if (is_time_proved(now)) store_.prune(clock_.at(now.mono) - kForgetAfter);
  log::info("plan", {{"name", plan_name_.substr(0, 12)}, {"plays", std::to_string(plan_->plays.size())}});
  next_status_ = now.mono;
}

void NodeCore::adopt_plan(wire::Plan plan) {
  plan_ = std::move(plan);
  settled_.clear();
  for (const wire::PlannedPlay& play : plan_->plays) {
    const auto record = store_.load_play(play.play);
    if (record && record->ended) settled_.insert(play.play);
  }
  for (const Unsaved& unsaved : unsaved_) settled_.insert(unsaved.outcome.play);
  std::map<ClipHash, Fetch> fetches;
  for (const auto& [clip, facts] : plan_->clips) {
    const auto known = fetches_.find(clip);
    if (known != fetches_.end())
      fetches[clip] = known->second;
    else if (cache_.has(clip, facts.bytes))
      fetches[clip].state = Fetch::State::kReady;
    else
      fetches[clip].state = Fetch::State::kWanted;
  }
  fetches_ = std::move(fetches);
  std::set<ClipHash> pinned;
  for (const auto& [clip, facts] : plan_->clips) pinned.insert(clip);
  cache_.pin(std::move(pinned));
}

void NodeCore::on_order(const wire::Received& received, const std::string& key_id, Now now) {
  const std::int64_t seq = received.message.header.seq;
  if (seq <= store_.order_floor()) {
    refuse({wire::Check::kSequence, "order " + std::to_string(seq)}, "order");
    return;
  }
  if (const auto* test = std::get_if<wire::SelfTestOrder>(&received.message.body)) {
    store_.save_order_floor(seq, key_id);  // first: it is carried out at most once
    on_test_order(*test, now);
    return;
  }
  const auto& order = std::get<wire::StopOrder>(received.message.body);
  log::info("stop order", {{"why", order.why}, {"play", order.play ? order.play->str() : "any"}});
  // By the order's own time: ours may be unknown, and an order may come late.
  const StationTime given = station_from_wall(received.message.header.issued);
  const auto is_meant = [&](const PlayId& play) { return !order.play || *order.play == play; };
  for (Armed& armed : armed_)
    if (is_meant(armed.planned.play) &&
        (order.play || armed.stage == Armed::Stage::kReleased || prepare_at(armed.planned) <= given))
      stop_armed(armed, reason::kStopOrder);
  if (self_test_.is_running() && is_meant(self_test_.result().test)) self_test_.stop(reason::kStopOrder);
  // What a crash cut off would else be taken up again.
  for (wire::Outcome& outcome : store_.load_begun())
    if (is_meant(outcome.play) && find_armed(outcome.play) == armed_.end()) settle_stopped(std::move(outcome), now);
  for (auto& [play, air] : airs_) {
    if (air.is_settled || find_armed(play) != armed_.end() || !is_meant(play) || given < air.air.start) continue;
    settle_stopped(outcome_of(air.air, now), now);
  }
  // What was about to sound when the order was given, whatever it still waits for.
  if (plan_) {
    for (const wire::PlannedPlay& play : plan_->plays) {
      if (settled_.contains(play.play) || find_armed(play.play) != armed_.end()) continue;
      const bool is_due = prepare_at(play) <= given && given <= last_begin_of(play);
      if (order.play ? *order.play == play.play : is_due) settle_stopped(outcome_of(play, now), now);
    }
  }
  // Last: a disk that fails must not keep a stop from being carried out.
  store_.save_order_floor(seq, key_id);
}

void NodeCore::on_server_state(const wire::ServerState& state, Now now) {
  server_presence_ = state.presence;
  if (state.presence == wire::Presence::kOffline) {
    log::warning("server is offline; playing on from the plan held");
    return;
  }
  if (state.boot == server_boot_) return;
  server_boot_ = state.boot;
  next_status_ = now.mono;
  next_outbox_ = now.mono;
}

// --- clock

void NodeCore::on_clock_reply(const wire::ClockReply& reply, Now arrived, Now now) {
  if (!exchange_ || exchange_->nonce != reply.nonce) return;
  const ClockExchange exchange{exchange_->sent, reply.t2, reply.t3, arrived.mono};
  exchange_.reset();
  const ClockState before = estimate_.state(now.mono);
  if (!estimate_.add(exchange)) {
    log::warning("clock exchange makes no sense, ignored");
    return;
  }
  const ClockState state = estimate_.state(now.mono);
  // What was due while the clock was another one has been missed, not held back.
  if (state != before && state == ClockState::kSynced) playable_since_.reset();
  apply_clock(now);
  if (unjudged_air_ && is_time_proved(now)) on_link_message(*std::exchange(unjudged_air_, std::nullopt), now, now);
  if (state == ClockState::kDoubt) {
    if (before != state) log::warning("the clock is in doubt: no play begins until it is decided");
    next_exchange_ = std::min(next_exchange_, now.mono + kExchangeFast);
    return;
  }
  if (!proven_saved_ || now.mono - *proven_saved_ >= kSaveProvenEvery) {
    const StationTime station = clock_.at(now.mono);
    store_.save_proven_time({station, station_from_wall(now.wall) - station});
    proven_saved_ = now.mono;
  }
}

void NodeCore::apply_clock(Now now) {
  const auto target = estimate_.calibration(now.mono);
  if (!target) return;
  const StationTime shown = clock_.at(now.mono);
  const nanoseconds behind = target->station - shown;
  if (armed_.empty() && !self_test_.is_running()) {
    if (clock_known_since_ && behind > kTrustedMachine) leap_ = Leap{shown, target->station};
    if (!clock_known_since_) clock_known_since_ = now.mono;
    clock_.set(*target);
  } else {
    for (Armed& armed : armed_)
      if (std::chrono::abs(behind) > kTrustedMachine && armed.stage != Armed::Stage::kReleased)
        stop_armed(armed, reason::kClockUnknown);
    const std::int64_t ppb = std::clamp<std::int64_t>(behind.count() / kSlewOver.count(), -kMostSlewPpb, kMostSlewPpb);
    clock_.set({now.mono, shown, target->rate_ppb + ppb});
  }
}

void NodeCore::notice_sleep(Now now) {
  const nanoseconds slept = now.asleep - asleep_;
  if (slept < kShortestSleep) return;
  asleep_ = now.asleep;
  log::warning("the machine was suspended", {{"slept_ms", std::to_string(slept / milliseconds{1})}});
  estimate_.on_suspended(slept, now.mono);
  apply_clock(now);
  next_exchange_ = link_state_ == LinkState::kUp ? now.mono : MonoTime::max();
}

void NodeCore::request_clock(Now now) {
  exchange_ = Pending{random_id_() + random_id_(), now.mono};
  ++exchanges_sent_;
  const bool is_fast =
      exchanges_sent_ < kFastExchanges || estimate_.state(now.mono) == ClockState::kDoubt || is_worth_sharpening(now);
  next_exchange_ = now.mono + (is_fast ? kExchangeFast : kExchangeSlow);
  send(wire::ClockRequest{exchange_->nonce, to_us(now.mono)}, now);
}

bool NodeCore::is_worth_sharpening(Now now) const {
  const auto deviation = estimate_.deviation(now.mono);
  if (!plan_ || !deviation || *deviation <= kSharpEnough) return false;
  const StationTime station_now = clock_.at(now.mono);
  return std::any_of(plan_->plays.begin(), plan_->plays.end(), [&](const wire::PlannedPlay& play) {
    return play.start > station_now && play.start - kSharpenAhead < station_now && !settled_.contains(play.play);
  });
}

// --- clips

void NodeCore::handle(ClipFetched& message, Now now) {
  received_bytes_ += message.received;
  set_alarm("cache", std::nullopt, now);
  const auto fetch = fetches_.find(message.clip);
  if (fetch == fetches_.end()) return;
  if (cache_.verify(message.clip)) {
    fetch->second = {Fetch::State::kReady, MonoTime::min(), 0, false};
    log::info("clip fetched", {{"clip", message.clip.str().substr(0, 12)}});
    next_status_ = std::min(next_status_, now.mono + seconds{1});
    return;
  }
  cache_.discard(message.clip);
  fetch->second.state = Fetch::State::kWanted;
  fetch->second.damaged = true;
  fetch->second.next_try = now.mono + fetch_pause(++fetch->second.failures);
  log::warning("clip does not hash to its name, fetching anew", {{"clip", message.clip.str().substr(0, 12)}});
}

void NodeCore::handle(ClipFailed& message, Now now) {
  received_bytes_ += message.received;
  if (message.why.code.starts_with("cache.")) set_alarm("cache", message.why, now);
  const auto fetch = fetches_.find(message.clip);
  if (fetch == fetches_.end()) return;
  fetch->second.state = Fetch::State::kWanted;
  // A bad line that brings something each time is not a server to be spared.
  if (message.received > 0) fetch->second.failures = 0;
  fetch->second.next_try = now.mono + fetch_pause(++fetch->second.failures);
  log::warning("clip not fetched",
               {{"clip", message.clip.str().substr(0, 12)}, {"why", render(message.why, Language::kEnglish)}});
}

void NodeCore::advance_fetches(Now now) {
  if (!plan_) return;
  for (const auto& [clip, fetch] : fetches_)
    if (fetch.state == Fetch::State::kFetching) return;
  for (const wire::PlannedPlay& play : plan_->plays) {
    if (settled_.contains(play.play)) continue;
    for (const ClipHash& clip : wire::clips_of(play)) {
      Fetch& fetch = fetches_[clip];
      if (fetch.state != Fetch::State::kWanted) continue;
      if (fetch.next_try > now.mono) {
        wake_at(fetch.next_try);
        continue;
      }
      fetch.state = Fetch::State::kFetching;
      cache_.fetch(clip, plan_->clips.at(clip).bytes);
      return;
    }
  }
  // Then what no play names: messages prepared for an emergency.
  for (auto& [clip, fetch] : fetches_) {
    const auto facts = plan_->clips.find(clip);
    if (fetch.state != Fetch::State::kWanted || facts == plan_->clips.end()) continue;
    if (fetch.next_try > now.mono) {
      wake_at(fetch.next_try);
      continue;
    }
    fetch.state = Fetch::State::kFetching;
    cache_.fetch(clip, facts->second.bytes);
    return;
  }
}

bool NodeCore::is_held(const ClipHash& clip) const {
  const auto fetch = fetches_.find(clip);
  return fetch != fetches_.end() && fetch->second.state == Fetch::State::kReady;
}

bool NodeCore::verify(const ClipHash& clip, Now now) {
  if (cache_.verify(clip)) return true;
  cache_.discard(clip);
  Fetch& fetch = fetches_[clip];
  fetch = {Fetch::State::kWanted, now.mono, fetch.failures, true};
  log::warning("clip was damaged on disk, fetching anew", {{"clip", clip.str().substr(0, 12)}});
  return false;
}

// --- plays

milliseconds NodeCore::duration_of(const wire::PlannedPlay& play) const {
  return wire::length_of(play, plan_->clips);
}

wire::Outcome NodeCore::outcome_of(const wire::PlannedPlay& play, Now now) const {
  wire::Outcome outcome;
  outcome.play = play.play;
  outcome.announcement = play.announcement;
  outcome.clip = play.clip;
  outcome.planned = play.start;
  outcome.clock_state = estimate_.state(now.mono);
  outcome.clock_error = estimate_.error_bound(now.mono);
  return outcome;
}

void NodeCore::advance_plays(Now now) {
  if (!plan_ || !playable_since_) return;
  const StationTime station_now = clock_.at(now.mono);
  for (const wire::PlannedPlay& play : plan_->plays) {
    if (settled_.contains(play.play) || find_armed(play.play) != armed_.end()) continue;
    const StationTime prepare = prepare_at(play);
    if (station_now < prepare) {
      wake_at_station(prepare);
      return;  // ascending by start: the rest is later still
    }
    const StationTime last_begin = last_begin_of(play);
    if (station_now > last_begin || station_now >= play.start + duration_of(play)) {
      settle_missed(outcome_of(play, now), why_missed(play), now);
      continue;
    }
    wake_at_station(last_begin + milliseconds{1});
    const auto failed = failed_until_.find(play.play);
    if (failed != failed_until_.end() && failed->second > now.mono) {
      wake_at(failed->second);
      continue;
    }
    if (!has_place_for(play) || !is_held(play.clip)) continue;
    if (waits_for_chime(play, now)) return;  // and what comes later waits behind it
    begin(play, now);
  }
}

bool NodeCore::has_place_for(const wire::PlannedPlay& play) const {
  if (armed_.empty()) return true;
  return armed_.size() < kMostArmed && armed_.back().until - armed_.back().ahead <= play.start - ahead();
}

Ruling NodeCore::judge(const wire::PlannedPlay& play, milliseconds duration, Now now) {
  const StationTime heard_at = play.start + (plan_ ? plan_->delay : milliseconds{0});
  return trust_.judge({wall_from_station(heard_at), duration}, estimate_.error_bound(now.mono).value_or(kJudgedBack),
                      sounded_before(play.play, play.start));
}

std::vector<wire::Outcome> NodeCore::sounded_before(const PlayId& play, StationTime start) {
  std::vector<wire::Outcome> before = store_.load_sounded(start - kJudgedBack);
  for (const Unsaved& unsaved : unsaved_)
    if (unsaved.outcome.started) before.push_back(unsaved.outcome);
  // What is armed is going to be heard, and as long as planned.
  const auto is_counted_below = [&](const wire::Outcome& outcome) {
    return std::ranges::any_of(armed_, [&](const Armed& armed) { return armed.planned.play == outcome.play; });
  };
  std::erase_if(before,
                [&](const wire::Outcome& outcome) { return outcome.play == play || is_counted_below(outcome); });
  for (const Armed& armed : armed_) {
    if (armed.planned.play == play || armed.planned.start > start) continue;
    before.push_back(armed.outcome);
    before.back().heard = std::max(armed.outcome.heard, armed.duration);
  }
  return before;
}

bool NodeCore::waits_for_chime(const wire::PlannedPlay& play, Now now) {
  if (!play.chime || (is_held(*play.chime) && verify(*play.chime, now))) return false;
  const StationTime until = play.start - ahead() - settings_.lead_in;
  if (clock_.at(now.mono) >= until) return false;
  wake_at_station(until);
  return true;
}

void NodeCore::begin(const wire::PlannedPlay& play, Now now) {
  const Ruling ruling = judge(play, duration_of(play), now);
  if (const auto* refused = std::get_if<std::string_view>(&ruling)) {
    // A policy may still come in time.
    if (*refused != reason::kPolicyMissing) settle_missed(outcome_of(play, now), *refused, now);
    return;
  }
  if (!verify(play.clip, now)) return;
  const milliseconds clip_at = wire::clip_at(play, plan_->clips);
  const bool has_chime = play.chime && is_held(*play.chime);
  // Without its chime the announcement sounds by itself, at its own place.
  const milliseconds silent = has_chime ? milliseconds{0} : clip_at;
  const auto cut_off = cut_off_.find(play.play);
  wire::Outcome so_far = cut_off == cut_off_.end() ? outcome_of(play, now) : cut_off->second;
  so_far.result = OutcomeResult::kPartial;
  so_far.reason = reason::kNodeRestarted;
  Armed armed;
  armed.planned = play;
  armed.duration = duration_of(play) - silent;
  armed.ahead = ahead();
  armed.until = play.start + duration_of(play);
  armed.lacks_chime = play.chime && !has_chime;
  armed.outcome = std::move(so_far);
  if (armed.outcome.started) armed.heard_before = armed.outcome.heard;
  armed.saved_heard = armed.outcome.heard;
  armed.volume_pct = std::min(volume_of(play), std::get<schedules::PolicyAllows>(ruling).ceiling_pct);
  playout::PlayRequest request;
  request.play = play.play;
  request.clip = cache_.path(play.clip);
  if (has_chime) {
    request.chime = cache_.path(*play.chime);
    request.clip_at = clip_at;
  }
  request.start = play.start + silent - armed.ahead;
  request.lead_in = settings_.lead_in;
  request.longest = play.longest ? armed.duration : armed.duration + seconds{1};
  request.volume = armed.volume_pct / 100.0;
  const bool is_first = armed_.empty();
  armed_.push_back(std::move(armed));
  if (is_first)
    player_.arm(std::move(request));
  else
    player_.follow(std::move(request));
  next_status_ = std::min(next_status_, now.mono);
  log::info("armed", {{"play", play.play.str()}});
}

void NodeCore::advance_release(Armed& armed, Now now) {
  if (armed.stage == Armed::Stage::kReleased || !armed.stop_reason.empty()) return;
  const StationTime due = armed.planned.start - armed.ahead - kReleaseAhead;
  if (clock_.at(now.mono) < due) {
    wake_at_station(due);
    return;
  }
  if (!playable_since_) return;  // armed before the clock came into doubt; joins in step once that is decided
  if (clock_.at(now.mono) > (armed.outcome.on_air ? armed.until : last_begin_of(armed.planned))) {
    stop_armed(armed, reason::kClockUnknown);
    return;
  }
  store_.save_begun(armed.outcome);
  armed.stage = Armed::Stage::kReleased;
  player_.release(armed.planned.play);
}

milliseconds NodeCore::ahead() const {
  return settings_.delay - (plan_ ? plan_->delay : milliseconds{0});
}

StationTime NodeCore::prepare_at(const wire::PlannedPlay& play) const {
  return play.start - ahead() - settings_.lead_in - playout::kArmAhead;
}

int NodeCore::volume_of(const wire::PlannedPlay& play) const {
  return std::min(play.volume_pct, settings_.ceiling_pct);
}

// Begun in step after its start there must be something left to hear. What is sent after its start is not late for
// that.
StationTime NodeCore::last_begin_of(const wire::PlannedPlay& play) const {
  const milliseconds behind = std::max(-ahead(), milliseconds{0});
  const auto cut_off = cut_off_.find(play.play);
  if (cut_off != cut_off_.end())
    if (const auto last = last_resume(play, duration_of(play), cut_off->second.heard)) return *last + behind;
  return play.start + behind + std::min(play.late, duration_of(play));
}

const wire::PlannedPlay* NodeCore::find_planned(const PlayId& play) const {
  if (!plan_) return nullptr;
  const auto found = std::find_if(plan_->plays.begin(), plan_->plays.end(),
                                  [&](const wire::PlannedPlay& planned) { return planned.play == play; });
  return found == plan_->plays.end() ? nullptr : &*found;
}

std::deque<NodeCore::Armed>::iterator NodeCore::find_armed(const PlayId& play) {
  return std::ranges::find_if(armed_, [&](const Armed& armed) { return armed.planned.play == play; });
}

std::string_view NodeCore::why_missed(const wire::PlannedPlay& play) const {
  const StationTime last_begin = last_begin_of(play);
  if (leap_ && last_begin >= leap_->from && last_begin < leap_->to) return reason::kClockUnknown;
  if (last_begin < clock_.at(booted_)) return reason::kNodeOff;
  if (last_begin < clock_.at(plan_received_)) return reason::kPlanLate;
  if (last_begin < clock_.at(*playable_since_)) return reason::kClockUnknown;
  if (!trust_.has_policy()) return reason::kPolicyMissing;
  if (failed_until_.contains(play.play)) return reason::kOutputFailed;
  if (is_held(play.clip)) return reason::kOutputBusy;
  const auto fetch = fetches_.find(play.clip);
  return fetch != fetches_.end() && fetch->second.damaged ? reason::kClipDamaged : reason::kClipMissing;
}

void NodeCore::settle_missed(wire::Outcome outcome, std::string_view why, Now now) {
  if (const auto cut_off = cut_off_.find(outcome.play); cut_off != cut_off_.end()) {
    settle_cut_off(cut_off->second, now);
    return;
  }
  outcome.result = OutcomeResult::kMissed;
  outcome.reason = why;
  settle(std::move(outcome), now);
}

void NodeCore::settle_stopped(wire::Outcome outcome, Now now) {
  outcome.result = OutcomeResult::kStopped;
  outcome.reason = reason::kStopOrder;
  settle(std::move(outcome), now);
}

void NodeCore::settle_cut_off(wire::Outcome outcome, Now now) {
  if (outcome.result != OutcomeResult::kStopped) {
    outcome.result = outcome.started ? OutcomeResult::kPartial : OutcomeResult::kMissed;
    outcome.reason = reason::kNodeRestarted;
  }
  settle(std::move(outcome), now);
}

void NodeCore::settle_cut_off_unplanned(Now now) {
  std::vector<wire::Outcome> gone;
  for (const auto& [play, outcome] : cut_off_)
    if (find_planned(play) == nullptr && find_armed(play) == armed_.end() && find_air(play) == nullptr)
      gone.push_back(outcome);
  for (wire::Outcome& outcome : gone) settle_cut_off(std::move(outcome), now);
}

void NodeCore::settle(wire::Outcome outcome, Now now) {
  log::info("outcome", {{"play", outcome.play.str()},
                        {"result", std::string{to_string(outcome.result)}},
                        {"reason", outcome.reason},
                        {"heard_ms", std::to_string(outcome.heard.count())}});
  settled_.insert(outcome.play);
  if (AirPlay* air = find_air(outcome.play)) {
    air->is_settled = true;
    close_channel(*air);
  }
  failed_until_.erase(outcome.play);
  cut_off_.erase(outcome.play);
  unsaved_.push_back({std::move(outcome), station_wall(now)});
  save_unsaved(now);
}

void NodeCore::save_unsaved(Now now) {
  while (!unsaved_.empty()) {
    store_.save_ended(unsaved_.front().outcome, unsaved_.front().ended);
    unsaved_.pop_front();
    next_outbox_ = link_state_ == LinkState::kUp ? now.mono : MonoTime::max();
  }
}

void NodeCore::stop_armed(Armed& armed, std::string_view why) {
  if (!armed.stop_reason.empty()) return;
  armed.stop_reason = why;
  player_.stop(armed.planned.play);
  if (comes_again(why)) return;
  // A crash from here on must not take it up again.
  wire::Outcome stopped = armed.outcome;
  stopped.result = OutcomeResult::kStopped;
  stopped.reason = why;
  store_.save_begun(stopped);
}

void NodeCore::handle(PlayerSaid& message, Now now) {
  const PlayId& play = std::visit([](const auto& event) -> const PlayId& { return event.play; }, message.event);
  if (self_test_.is(play)) {
    if (const auto* ended = std::get_if<playout::PlayEnded>(&message.event))
      if (const auto result = self_test_.on_ended(*ended)) finish_test(*result, now);
    return;
  }
  const auto armed = find_armed(play);
  if (armed == armed_.end()) return;
  if (const auto* started = std::get_if<playout::PlayStarted>(&message.event)) {
    on_started(*armed, *started);
  } else if (const auto* progress = std::get_if<playout::PlayProgress>(&message.event)) {
    on_progress(*armed, *progress);
  } else {
    Armed over = std::move(*armed);
    armed_.erase(armed);
    on_ended(std::move(over), std::get<playout::PlayEnded>(message.event), now);
  }
}

void NodeCore::on_started(Armed& armed, const playout::PlayStarted& started) {
  if (!armed.outcome.started) {
    armed.outcome.started = started.first_sample + settings_.delay;
    armed.outcome.start_error = started.start_error;
  }
  armed.joined_at = started.joined_at;
  save_so_far(armed);
}

void NodeCore::on_progress(Armed& armed, const playout::PlayProgress& progress) {
  const milliseconds heard = armed.outcome.heard = armed.heard_before.value_or(milliseconds{0}) + progress.heard;
  if (heard - armed.saved_heard < kSaveHeardEvery) return;
  armed.saved_heard = heard;
  save_so_far(armed);
}

void NodeCore::save_so_far(const Armed& armed) {
  if (armed.stop_reason.empty()) store_.save_begun(armed.outcome);
}

void NodeCore::on_ended(Armed armed, const playout::PlayEnded& ended, Now now) {
  apply_clock(now);
  next_status_ = std::min(next_status_, now.mono);
  wire::Outcome& outcome = armed.outcome;
  outcome.heard = armed.heard_before.value_or(milliseconds{0}) + ended.heard;
  outcome.loudness_lufs = ended.loudness_lufs;
  outcome.peak_dbfs = ended.peak_dbfs;
  outcome.reason.clear();
  if (armed.feed) outcome.lost = armed.feed->counts().missing * wire::kLiveFrame;
  // A sink that breaks while it is being stopped has fallen silent as asked.
  const bool was_stopped = ended.end == playout::PlayEnd::kFailed && !armed.stop_reason.empty();
  const bool is_whole = armed.joined_at && ended.heard + *armed.joined_at + kWholeWithin >= armed.duration;
  // And one that breaks after the last sample took nothing from anybody.
  const playout::PlayEnd end = was_stopped                                          ? playout::PlayEnd::kStopped
                               : ended.end == playout::PlayEnd::kFailed && is_whole ? playout::PlayEnd::kCompleted
                                                                                    : ended.end;
  if (ended.end == playout::PlayEnd::kFailed)
    log::error("output failed", {{"play", outcome.play.str()}, {"problem", ended.problem}});
  switch (end) {
    case playout::PlayEnd::kCompleted:
      if (!is_whole) {
        outcome.result = OutcomeResult::kPartial;
        outcome.reason = reason::kOutputFailed;
      } else if (armed.heard_before) {
        outcome.result = OutcomeResult::kLate;
        outcome.reason = reason::kNodeRestarted;
      } else if (armed.joined_at > milliseconds{0}) {
        // In its last moments there may be nothing left to hear.
        outcome.result = ended.heard > milliseconds{0} ? OutcomeResult::kLate : OutcomeResult::kMissed;
        outcome.reason = reason::kJoinedLate;
      } else {
        outcome.result = OutcomeResult::kPlayed;
        if (armed.lacks_chime) outcome.reason = reason::kChimeMissing;
      }
      break;
    case playout::PlayEnd::kStopped:
      // It waited for a clock that turned out wrong, or for another plan; by the right one it is still to come, or was
      // missed.
      if (comes_again(armed.stop_reason)) return;
      outcome.result = OutcomeResult::kStopped;
      outcome.reason = armed.stop_reason.empty() ? reason::kOutputBusy : armed.stop_reason;
      if (armed.stop_reason == reason::kPreempted || armed.stop_reason == reason::kChannelLost)
        outcome.result = armed.joined_at ? OutcomeResult::kPartial : OutcomeResult::kMissed;
      break;
    case playout::PlayEnd::kFailed:
      if (!armed.joined_at && ended.heard == milliseconds{0}) {
        // Nothing sounded, so it may be tried again while it may still begin.
        if (!cut_off_.contains(outcome.play)) store_.forget(outcome.play);
        failed_until_[outcome.play] = now.mono + kRetryOutput;
        return;
      }
      outcome.result = OutcomeResult::kPartial;
      outcome.reason = reason::kOutputFailed;
      break;
  }
  if (outcome.on_air) name_air_outcome(armed, end, outcome);
  settle(std::move(outcome), now);
  if (ended.heard == milliseconds{0}) return;
  last_play_ = Store::LastPlay{armed.volume_pct, ended.loudness_lufs};
  store_.save_last_play(*last_play_);
}

void NodeCore::resolve_begun(Now now) {
  if (begun_ == Begun::kResolved || !playable_since_) return;
  bool is_waiting = false;
  for (wire::Outcome& outcome : store_.load_begun()) {
    if (find_armed(outcome.play) != armed_.end()) continue;
    if (outcome.on_air) {
      // Whether it is still on the air the server says.
      const AirPlay* air = find_air(outcome.play);
      if (air == nullptr && now.mono - booted_ < kAirsComeWithin) {
        is_waiting = true;
      } else if (air != nullptr && outcome.result != OutcomeResult::kStopped) {
        if (!air->is_settled) cut_off_.insert_or_assign(outcome.play, std::move(outcome));
      } else {
        settle_cut_off(std::move(outcome), now);
      }
      continue;
    }
    if (!outcome.started && outcome.result != OutcomeResult::kStopped && clock_.at(now.mono) < outcome.planned) {
      store_.forget(outcome.play);  // its first sample is still to come
      continue;
    }
    const wire::PlannedPlay* planned = find_planned(outcome.play);
    const bool is_same = planned != nullptr && planned->clip == outcome.clip && planned->start == outcome.planned;
    const auto last = is_same ? last_resume(*planned, duration_of(*planned), outcome.heard) : std::nullopt;
    if (outcome.result != OutcomeResult::kStopped && last && clock_.at(now.mono) <= *last) {
      log::info("cut off by a restart, taken up again", {{"play", outcome.play.str()}});
      cut_off_.emplace(outcome.play, std::move(outcome));
      continue;
    }
    settle_cut_off(std::move(outcome), now);
  }
  if (is_waiting)
    wake_at(booted_ + kAirsComeWithin);
  else
    begun_ = Begun::kResolved;
}

// --- reports

void NodeCore::send_status(Now now) {
  next_status_ = now.mono + kStatusEvery;
  wire::Status status;
  status.boot = settings_.boot;
  status.version = settings_.version;
  status.plan = plan_name_;
  status.plan_seq = plan_seq_;
  status.clips_wanted = static_cast<std::int64_t>(fetches_.size());
  for (const auto& [clip, fetch] : fetches_) status.clips_ready += fetch.state == Fetch::State::kReady ? 1 : 0;
  status.clock_state = told_clock_ = estimate_.state(now.mono);
  status.clock_error = estimate_.error_bound(now.mono);
  if (!armed_.empty()) status.playing = armed_.front().planned.play;
  status.outbox = store_.outbox_size();
  status.trust_seq = trust_.book().seq_of(wire::MessageType::kTrust);
  status.policy_seq = trust_.book().seq_of(wire::MessageType::kPolicy);
  status.refused = refused_;
  status.health = health(now);
  if (const Armed* live = armed_.empty() || !armed_.front().feed ? nullptr : &armed_.front()) {
    const opus::LiveFeed::Counts counts = live->feed->counts();
    status.live = wire::LiveReport{live->planned.play, counts.missing * wire::kLiveFrame, std::nullopt};
    if (counts.least_ahead) status.live->ahead = *counts.least_ahead * wire::kLiveFrame;
    next_status_ = now.mono + kLiveStatusEvery;
    log::info("live", {{"play", live->planned.play.str()},
                       {"lost_ms", std::to_string(status.live->lost.count())},
                       {"ahead_ms", status.live->ahead ? std::to_string(status.live->ahead->count()) : ""}});
  }
  send(status, now);
}

wire::Health NodeCore::health(Now now) {
  wire::Health health;
  health.restart = settings_.restart;
  health.uptime = std::chrono::floor<seconds>(now.mono - booted_);
  if (last_play_) {
    health.volume_pct = last_play_->volume_pct;
    health.level_lufs = last_play_->level_lufs;
  }
  health.reconnects = std::max<std::int64_t>(connections_ - 1, 0);
  health.received_bytes = received_bytes_;
  health.sent_bytes = sent_bytes_;
  const StationTime station_now = clock_.at(now.mono);
  if (plan_ && playable_since_) {
    for (const wire::PlannedPlay& play : plan_->plays) {
      if (settled_.contains(play.play) || play.start < station_now) continue;
      if (!health.next_play) health.next_play = play.start;
      if (play.start - station_now > kLookedAhead) break;
      const std::vector<ClipHash> clips = wire::clips_of(play);
      if (!std::ranges::all_of(clips, [&](const ClipHash& clip) { return is_held(clip); })) ++health.plays_missing;
    }
  }
  health.disk_free_mb = machine_.disk_free_mb;
  health.temperature_c = machine_.temperature_c;
  health.battery_pct = machine_.battery_pct;
  health.supply = machine_.supply;
  health.alarms = trust_.alarms(is_time_proved(now) ? std::optional{station_wall(now)} : std::nullopt);
  for (const auto& [kind, code] : alarms_) health.alarms.push_back(code);
  health.test = last_test_;
  return health;
}

void NodeCore::set_alarm(std::string_view kind, const std::optional<Text>& problem, Now now) {
  const auto known = alarms_.find(kind);
  if ((known == alarms_.end() ? std::string{} : known->second) == (problem ? problem->code : std::string{})) return;
  if (problem)
    alarms_[std::string{kind}] = problem->code;
  else
    alarms_.erase(known);
  if (link_state_ == LinkState::kUp) next_status_ = now.mono;
}

void NodeCore::handle(AmplifierSwitched& message, Now now) {
  set_alarm("amplifier", message.problem, now);
}

void NodeCore::handle(MachineRead& message, Now) {
  machine_ = std::move(message.machine);
}

NodeCore::LinkLife NodeCore::link_life() const {
  return {link_state_ == LinkState::kUp, last_life_, server_presence_ == wire::Presence::kOnline,
          !armed_.empty() || self_test_.is_running()};
}

link::Publication NodeCore::offline_status(Now now) {
  wire::Status status;
  status.presence = wire::Presence::kOffline;
  status.boot = settings_.boot;
  status.version = settings_.version;
  status.clock_state = estimate_.state(now.mono);
  // The broker speaks it at a time that nobody knows today.
  const std::string envelope = wire::encode_message(header(now, wall_from_us(kMostUs)), status, node_key_);
  return {wire::topic_of(wire::MessageType::kStatus, settings_.station, settings_.node), bytes_of(envelope),
          link::Qos::kAtLeastOnce, true, std::nullopt};
}

void NodeCore::send_outbox(Now now) {
  wire::Outcomes outcomes;
  for (PlayRecord& record : store_.load_outbox(wire::kMostOutcomes)) {
    record.outcome.historical = station_wall(now) - *record.ended > kHistoricalAfter;
    outcomes.outcomes.push_back(std::move(record.outcome));
  }
  next_outbox_ = outcomes.outcomes.empty() ? MonoTime::max() : now.mono + kOutboxEvery;
  if (!outcomes.outcomes.empty()) send(outcomes, now);
}

void NodeCore::send(const wire::Body& body, Now now) {
  const wire::TopicRule& rule = wire::rule_of(wire::type_of(body));
  // Without a known clock our idea of validity would only get our reports refused.
  const WallTime not_after =
      estimate_.state(now.mono) == ClockState::kCold ? wall_from_us(kMostUs) : station_wall(now) + kReportValidity;
  const std::string envelope = wire::encode_message(header(now, not_after), body, node_key_);
  sent_bytes_ += static_cast<std::int64_t>(envelope.size());
  link_.publish({wire::topic_of(rule.type, settings_.station, settings_.node), bytes_of(envelope),
                 rule.qos == 0 ? link::Qos::kAtMostOnce : link::Qos::kAtLeastOnce, rule.retained, rule.expiry});
}

wire::Header NodeCore::header(Now now, WallTime not_after) {
  last_seq_ = std::max(last_seq_ + 1, to_us(now.wall));
  return {settings_.station, std::string{wire::kServer}, wire::audience_of(settings_.node), last_seq_, now.wall,
          not_after};
}

WallTime NodeCore::freshness_now(wire::MessageType type, Now now) const {
  // A clock reply is fresh by its nonce. By a clock that no exchange has proved since the start nothing can be judged,
  // or a node with a wrong clock would refuse the very messages that mend it.
  const ClockState state = estimate_.state(now.mono);
  const bool is_unproved = state == ClockState::kCold || state == ClockState::kFloor;
  return type == wire::MessageType::kClockReply || is_unproved ? WallTime::max() : station_wall(now);
}

bool NodeCore::is_time_proved(Now now) const {
  const ClockState state = estimate_.state(now.mono);
  return state == ClockState::kSynced || state == ClockState::kHoldover;
}

WallTime NodeCore::station_wall(Now now) const {
  return estimate_.state(now.mono) == ClockState::kCold ? WallTime::max() : wall_from_station(clock_.at(now.mono));
}

// --- time

void NodeCore::handle(Tick&, Now) {}

void NodeCore::wake_at(MonoTime t) {
  next_deadline_ = std::min(next_deadline_, t);
}
void NodeCore::wake_at_station(StationTime t) {
  wake_at(clock_.when(t));
}

void NodeCore::advance(Now now) {
  next_deadline_ = now.mono + kLongestWait;
  wake_at(estimate_.next_change(now.mono));
  if (!estimate_.is_playable(now.mono)) {
    playable_since_.reset();
  } else if (!playable_since_) {
    playable_since_ = now.mono;
    apply_clock(now);
  }
  save_unsaved(now);
  resolve_begun(now);
  advance_airs(now);
  advance_plays(now);
  for (Armed& armed : armed_) advance_release(armed, now);
  advance_test(now);
  advance_fetches(now);
  if (link_state_ == LinkState::kUp) {
    if (estimate_.state(now.mono) != told_clock_) next_status_ = now.mono;
    if (next_exchange_ <= now.mono) request_clock(now);
    if (next_outbox_ <= now.mono) send_outbox(now);
    if (next_status_ <= now.mono) send_status(now);
    wake_at(next_exchange_);
    wake_at(next_outbox_);
    wake_at(next_status_);
  }
}

}  // namespace loa::node
