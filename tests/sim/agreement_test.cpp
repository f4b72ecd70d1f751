// Server and node agree: whole calendars at random on the real server core, its plans signed and sent to real node
// cores, days walked through with edits, restarts and stretches without a link. What is heard at a loudspeaker is what
// the timetable says of it, and each planned play ends in one outcome that is true (docs/schedules.md §1 to §5).
//
// The clock is right and nothing is lost on the way: tests/sim/ward_test.cpp asks about those. Between one play and the
// next the nodes are not woken for what is only routine, or days would take too long.
// LOA_CALENDARS=n calendars instead of some, from LOA_SEED on; a failure names its seed.
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "audio/playout/player.h"
#include "common/crypto/encoding.h"
#include "common/crypto/sha256.h"
#include "common/link/link.h"
#include "common/wire/messages.h"
#include "node-agent/core/node_core.h"
#include "node-agent/store/store.h"
#include "schedules/holidays/day_rule.h"
#include "schedules/policy.h"
#include "schedules/timetable/timetable.h"
#include "server/core/server_core.h"
#include "tests/support/calendars.h"
#include "tests/support/enrolment_fixture.h"
#include "tests/support/recorded_channels.h"
#include "tests/support/root_key.h"
#include "tests/support/signer_nearby.h"

namespace loa::sim {
namespace {

using schedules::Schedule;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using test::Calendar;
using test::Dice;

const StationId kStation{"phu-lien"};
constexpr milliseconds kLeadIn{4000};
constexpr milliseconds kPrepare = kLeadIn + playout::kArmAhead;
constexpr int kMostFetching = 2000;  // ms
constexpr seconds kHeardUnsaved{6};  // of a play that a crash cut off, at most
const WallTime kBoot = *parse_utc("2020-01-01T00:00:00Z");

// What came out of a loudspeaker without a pause.
struct Piece {
  playout::PlayRequest request;
  WallTime from;
  std::optional<WallTime> until;
};

// One play as a plan has it.
struct Told {
  wire::PlannedPlay play;
  milliseconds length{0};
  milliseconds clip_at{0};
  bool operator==(const Told&) const = default;
  [[nodiscard]] WallTime start() const { return wall_from_station(play.start); }
  [[nodiscard]] WallTime until() const { return start() + length; }
  // The last moment at which it may begin.
  [[nodiscard]] WallTime last_begin() const { return start() + std::min(play.late, length); }
};
using ToldPlays = std::map<PlayId, Told>;

ToldPlays plays_of(const wire::Plan& plan) {
  ToldPlays plays;
  for (const wire::PlannedPlay& play : plan.plays)
    plays[play.play] = {play, wire::length_of(play, plan.clips), wire::clip_at(play, plan.clips)};
  return plays;
}

wire::Plan plan_of(const std::string& body) {
  const auto decoded = wire::decode_body(wire::MessageType::kPlan, body);
  if (const auto* refusal = std::get_if<wire::Refusal>(&decoded)) {
    ADD_FAILURE() << "a plan that nobody can read: " << refusal->detail;
    return {};
  }
  return std::get<wire::Plan>(std::get<wire::Message>(decoded).body);
}

std::string told(const wire::PlannedPlay& play) {
  return play.play.str() + " " + format_utc(wall_from_station(play.start)) + " late " +
         std::to_string(play.late.count()) + " at " + std::to_string(play.volume_pct) + " " +
         play.clip.str().substr(0, 8) + (play.longest ? " cut to " + std::to_string(play.longest->count()) : "") +
         (play.chime ? " after " + play.chime->str().substr(0, 8) : "");
}

std::filesystem::path file_of(const ClipHash& clip) {
  return clip.str() + ".opus";
}

class Line final : public link::Link {
 public:
  explicit Line(std::function<link::PublishResult(link::Publication)> take) : take_(std::move(take)) {}
  link::PublishResult publish(link::Publication publication) override { return take_(std::move(publication)); }
  void subscribe(const link::Subscription& /*subscription*/) override {}
  void unsubscribe(const std::string& /*filter*/) override {}

 private:
  const std::function<link::PublishResult(link::Publication)> take_;
};

class Speaker final : public playout::Player {
 public:
  Speaker(const WallTime& now, const std::map<ClipHash, milliseconds>& clips, std::vector<Piece>& pieces,
          std::function<void(playout::PlayerEvent)> say)
      : now_(now), clips_(clips), pieces_(pieces), say_(std::move(say)) {}

  void arm(playout::PlayRequest request) override {
    while (!voices_.empty()) finish(voices_.begin(), playout::PlayEnd::kStopped);
    follow(std::move(request));
  }
  void follow(playout::PlayRequest request) override {
    milliseconds length = request.clip_at + clips_.at(ClipHash{request.clip.stem().string()});
    if (request.longest > milliseconds{0}) length = std::min(length, request.longest);
    const WallTime start = wall_from_station(request.start);
    EXPECT_TRUE(voices_.empty() || voices_.back().until <= start) << "two at once: " << request.play.str();
    voices_.push_back({std::move(request), start, start + length, false, std::nullopt});
  }
  void release(const PlayId& play) override {
    for (Voice& voice : voices_)
      if (voice.request.play == play) voice.is_released = true;
    advance();
  }
  void stop(const PlayId& play) override {
    const auto voice = std::ranges::find(voices_, play, [](const Voice& each) { return each.request.play; });
    if (voice != voices_.end()) finish(voice, playout::PlayEnd::kStopped);
  }
  void set_on_event(std::function<void(playout::PlayerEvent)>) override {}

  // When something happens by itself.
  [[nodiscard]] WallTime next() const {
    if (voices_.empty()) return WallTime::max();
    const Voice& first = voices_.front();
    return first.is_released && !first.piece ? std::max(first.start, now_) : first.until;
  }
  void advance() {
    while (!voices_.empty()) {
      Voice& first = voices_.front();
      if (now_ >= first.until) {
        finish(voices_.begin(), playout::PlayEnd::kCompleted);
        continue;
      }
      if (first.is_released && !first.piece && now_ >= first.start) {
        first.piece = pieces_.size();
        pieces_.push_back({first.request, now_, std::nullopt});
        say_(playout::PlayStarted{first.request.play, station_from_wall(now_), nanoseconds{0},
                                  std::chrono::floor<milliseconds>(now_ - first.start)});
      }
      return;
    }
  }
  [[nodiscard]] const Piece* sounding() const {
    return voices_.empty() || !voices_.front().piece ? nullptr : &pieces_[*voices_.front().piece];
  }
  void tell_progress() {
    if (const Piece* piece = sounding())
      say_(playout::PlayProgress{piece->request.play, std::chrono::floor<milliseconds>(now_ - piece->from)});
  }
  // The power fails: silence, and nobody is told.
  void cut() {
    for (const Voice& voice : voices_)
      if (voice.piece) pieces_[*voice.piece].until = now_;
    voices_.clear();
  }

 private:
  struct Voice {
    playout::PlayRequest request;
    WallTime start;
    WallTime until;
    bool is_released = false;
    std::optional<std::size_t> piece;
  };
  void finish(std::deque<Voice>::iterator voice, playout::PlayEnd end) {
    playout::PlayEnded ended{voice->request.play, end};
    if (voice->piece) {
      Piece& piece = pieces_[*voice->piece];
      piece.until = now_;
      ended.heard = std::chrono::floor<milliseconds>(now_ - piece.from);
      ended.loudness_lufs = -20.0;
    }
    voices_.erase(voice);
    say_(std::move(ended));
  }

  const WallTime& now_;
  const std::map<ClipHash, milliseconds>& clips_;
  std::vector<Piece>& pieces_;
  const std::function<void(playout::PlayerEvent)> say_;
  std::deque<Voice> voices_;
};

// The clips on a loudspeaker's disk, and when each came.
class Shelf final : public node::ClipCache {
 public:
  Shelf(const WallTime& now, Dice& dice) : now_(now), dice_(dice) {}
  bool has(const ClipHash& clip, std::int64_t) override { return since.contains(clip); }
  bool verify(const ClipHash& clip) override { return since.contains(clip); }
  void discard(const ClipHash& clip) override { since.erase(clip); }
  void pin(std::set<ClipHash>) override {}
  std::filesystem::path path(const ClipHash& clip) const override { return file_of(clip); }
  void fetch(const ClipHash& clip, std::int64_t) override {
    coming = clip;
    comes = now_ + milliseconds{dice_.upto(kMostFetching)};
  }

  std::map<ClipHash, WallTime> since;
  std::optional<ClipHash> coming;
  WallTime comes;

 private:
  const WallTime& now_;
  Dice& dice_;
};

struct Loudspeaker {
  explicit Loudspeaker(const WallTime& now, Dice& dice, NodeId its_id, AreaId its_area)
      : id(std::move(its_id)), area(std::move(its_area)), shelf(now, dice) {}

  const NodeId id;
  const AreaId area;
  const crypto::SecretKey key = crypto::SecretKey::make();
  node::Store store = node::Store::open(db::Database::open_in_memory());
  Shelf shelf;
  node::NoEar ear;
  std::unique_ptr<playout::StationClock> clock;
  std::unique_ptr<Speaker> speaker;
  std::unique_ptr<Line> line;
  std::unique_ptr<node::NodeCore> core;
  bool is_cut_off = false;  // from the broker
  bool is_linked = false;
  bool is_planned_anew = false;
  std::set<PlayId> kept;       // by the policy, since the newest plan was signed
  std::set<PlayId> ever_kept;  // as any was
  int life = 0;                // counts starts
  WallTime woken = WallTime::min();

  // What happened here.
  struct Held {
    WallTime since;
    std::string name;
    ToldPlays plays;
  };
  struct Off {
    WallTime from;
    WallTime until = WallTime::max();
  };
  std::vector<Held> held;
  std::vector<Off> offs;
  std::vector<Piece> pieces;
  // Moments about which its core is woken exactly when it wants to be, and others at which it is woken once.
  std::set<WallTime> starts;
  std::set<WallTime> moments;

  [[nodiscard]] const Told* find_told(const PlayId& play) const {
    if (held.empty()) return nullptr;
    const auto found = held.back().plays.find(play);
    return found == held.back().plays.end() ? nullptr : &found->second;
  }
  [[nodiscard]] bool was_off(WallTime from, WallTime until) const {
    return std::ranges::any_of(offs, [&](const Off& off) { return off.from < until && off.until > from; });
  }
  // What its plans said of a play from `from` to before `until`; null where it was not in one.
  [[nodiscard]] std::vector<const Told*> words(const PlayId& play, WallTime from, WallTime until) const {
    std::vector<const Told*> all;
    if (held.empty() || held.front().since > from) all.push_back(nullptr);
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (held[i].since >= until || (i + 1 < held.size() && held[i + 1].since <= from)) continue;
      const auto found = held[i].plays.find(play);
      all.push_back(found == held[i].plays.end() ? nullptr : &found->second);
    }
    return all;
  }
  [[nodiscard]] WallTime shelved(const Told& play) const {
    WallTime last = WallTime::min();
    for (const ClipHash& clip : wire::clips_of(play.play)) {
      const auto found = shelf.since.find(clip);
      last = std::max(last, found == shelf.since.end() ? WallTime::max() : found->second);
    }
    return last;
  }
};

class Days {
 public:
  explicit Days(std::uint64_t seed) : dice_(seed), calendar_(test::random_calendar(seed)) {
    now_ = calendar_.at(-hours{1});
    for (auto& [of_class, chime] : calendar_.rules.chimes) chime = random_chime();
    calendar_.rules.classes = random_classes();
    for (const schedules::AreaPlace& place : calendar_.places)
      books_.add_area({place.id, place.parent, place.id.str()}, now_);
    for (int i = dice_.upto(1); i >= 0; --i) {
      // The last one has nothing below it and hears most.
      const AreaId area = dice_.one_in(2) ? calendar_.places.back().id : one_of(calendar_.places).id;
      sites_.push_back(std::make_unique<Loudspeaker>(now_, dice_, NodeId{"n-" + std::to_string(i)}, area));
      books_.add_node({sites_.back()->id, area, "Loa", sites_.back()->key.public_key()}, now_);
    }
    start_server();
    set_rules(calendar_.rules);
    for (const Schedule& schedule : calendar_.schedules) create(schedule);
    for (int i = dice_.upto(9); i >= 0; --i) create(new_schedule());
    for (const auto& site : sites_) start(*site);
    drain();
    plan_edit();
  }

  void walk() {
    const WallTime end = calendar_.at(days{test::kCalendarDays});
    for (const auto& site : sites_) expect_plan(*site);
    while (!testing::Test::HasFailure()) {
      WallTime next = std::min(next_edit_, end);
      if (!agenda_.empty()) next = std::min(next, agenda_.begin()->first);
      for (const auto& site : sites_) next = std::min(next, next_wake(*site));
      now_ = std::max<WallTime>(now_, std::chrono::ceil<microseconds>(next));
      if (now_ >= end) break;
      while (!agenda_.empty() && agenda_.begin()->first <= now_) {
        const auto due = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        due();
      }
      for (const auto& site : sites_)
        if (next_wake(*site) <= now_) wake(*site);
      if (server_->next_deadline() <= local_now().mono) command(server::Tick{});
      drain();
      const bool is_edited = next_edit_ <= now_;
      if (is_edited) {
        edit();
        drain();
        plan_edit();
      }
      for (const auto& site : sites_) {
        SCOPED_TRACE(site->id.str() + " in " + site->area.str() + " at " + format_utc(now_));
        if (std::exchange(site->is_planned_anew, false) || is_edited) {
          ASSERT_NO_FATAL_FAILURE(expect_plan(*site));
        }
        ASSERT_NO_FATAL_FAILURE(expect_in_plan(*site));
      }
    }
    come_to_rest();
  }

  void expect_all() {
    for (const auto& site : sites_) {
      SCOPED_TRACE(site->id.str() + " in " + site->area.str());
      ASSERT_NO_FATAL_FAILURE(expect_apart(*site));
      ASSERT_NO_FATAL_FAILURE(expect_outcomes(*site));
      ASSERT_NO_FATAL_FAILURE(expect_timetable(*site));
    }
  }

  struct Counts {
    int plays = 0;  // of plans that were held
    int undisturbed = 0;
    int cut_off = 0;
    int never = 0;  // planned once, and taken back in time
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  // --- the two sides and what is between them

  [[nodiscard]] Now local_now() const { return {now_, MonoTime{now_ - kBoot}}; }
  [[nodiscard]] WallTime wall_of(MonoTime mono) const { return kBoot + mono.time_since_epoch(); }
  void post(std::function<void()> what) { under_way_.push_back(std::move(what)); }
  void drain() {
    while (!under_way_.empty()) {
      const auto next = std::move(under_way_.front());
      under_way_.pop_front();
      next();
    }
  }

  void start_server() {
    Policy policy;
    policy.utc_offset = test::kUtcOffset;
    policy.by_default = calendar_.policy;
    signer_.set_policy(policy);
    server::ServerSettings settings;
    settings.station = kStation;
    settings.boot = "boot";
    settings.trust = root_.sign_trust({test::station_key(signer_.public_key())});
    settings.policy = root_.sign(policy);
    settings.rules = policy;
    settings.almanac = test::almanac();
    server_ = std::make_unique<server::ServerCore>(settings, books_, to_nodes_, intake_, enrolment_.enrolment, signer_,
                                                   channels_, alarms_, [this] { return random_id(); });
    command(server::LinkArrived{link::LinkUp{1}, local_now()});
  }
  [[nodiscard]] std::string random_id() { return std::to_string(1'000'000'000 + ++ids_) + "000000"; }

  void command(server::ServerMessage message) { server_->on(std::move(message), local_now()); }

  link::PublishResult from_server(const link::Publication& publication) {
    if (publication.retain) retained_[publication.topic] = publication;
    const auto topic = wire::parse_topic(publication.topic);
    for (const auto& site : sites_) {
      if (!topic->node.str().empty() && topic->node != site->id) continue;
      if (topic->type == wire::MessageType::kPlan) site->is_planned_anew = true;
      deliver(*site, publication);
    }
    return link::PublishResult::kTaken;
  }
  void deliver(Loudspeaker& site, const link::Publication& publication) {
    post([this, &site, publication] {
      if (!site.is_linked) return;
      tell(site, node::LinkArrived{
                     link::LinkMessage{publication.topic, publication.payload, publication.retain, publication.qos, 1},
                     local_now()});
      if (wire::parse_topic(publication.topic)->type == wire::MessageType::kPlan) note_plan(site);
    });
  }
  link::PublishResult from_node(Loudspeaker& site, link::Publication publication) {
    if (!site.is_linked) return link::PublishResult::kDown;
    post([this, publication = std::move(publication)] {
      server_->on(
          server::LinkArrived{link::LinkMessage{publication.topic, publication.payload, false, publication.qos, 1},
                              local_now()},
          local_now());
    });
    return link::PublishResult::kTaken;
  }

  void note_plan(Loudspeaker& site) {
    const auto plan = site.store.load_plan();
    if (!plan || (!site.held.empty() && site.held.back().name == plan->name)) return;
    site.held.push_back({now_, plan->name, plays_of(plan_of(plan->body))});
    for (const auto& [id, play] : site.held.back().plays) {
      site.starts.insert(play.start());
      site.moments.insert(play.last_begin() + milliseconds{2});
      site.moments.insert(play.until() + milliseconds{2});
    }
  }

  void tell(Loudspeaker& site, node::NodeMessage message) { site.core->on(std::move(message), local_now()); }

  void start(Loudspeaker& site) {
    if (site.core) return;
    if (!site.offs.empty()) site.offs.back().until = now_;
    ++site.life;
    site.woken = now_;
    const Now now = local_now();
    site.clock =
        std::make_unique<playout::StationClock>(playout::ClockCalibration{now.mono, station_from_wall(now.wall), 0});
    site.speaker = std::make_unique<Speaker>(now_, clips_, site.pieces, [this, &site](playout::PlayerEvent event) {
      post([this, &site, event = std::move(event), life = site.life] {
        if (site.core && site.life == life) tell(site, node::PlayerSaid{event});
      });
    });
    site.line = std::make_unique<Line>(
        [this, &site](link::Publication publication) { return from_node(site, std::move(publication)); });
    site.shelf.coming.reset();
    node::NodeSettings settings;
    settings.station = kStation;
    settings.node = site.id;
    settings.root = root_.public_key();
    settings.boot = random_id();
    settings.version = "sim";
    settings.lead_in = kLeadIn;
    site.core = std::make_unique<node::NodeCore>(
        settings, site.store, *site.line, *site.speaker, *site.clock, site.shelf, site.ear, site.key,
        [this] { return random_id(); }, now);
    connect(site);
  }
  // The power fails.
  void crash(Loudspeaker& site) {
    if (!site.core) return;
    site.speaker->tell_progress();
    drain();
    disconnect(site);
    site.speaker->cut();
    site.core.reset();
    site.offs.push_back({now_});
  }
  void connect(Loudspeaker& site) {
    if (!site.core || site.is_linked || site.is_cut_off) return;
    site.is_linked = true;
    tell(site, node::LinkArrived{link::LinkUp{1}, local_now()});
    for (const auto& [topic, publication] : retained_) {
      const auto parsed = wire::parse_topic(topic);
      if (parsed->node.str().empty() || parsed->node == site.id) deliver(site, publication);
    }
  }
  void disconnect(Loudspeaker& site) {
    if (!site.is_linked) return;
    link::Publication will = site.core->offline_status(local_now());
    from_node(site, std::move(will));
    site.is_linked = false;
    tell(site, node::LinkArrived{link::LinkDown{"gone"}, local_now()});
    drain();
  }

  [[nodiscard]] WallTime next_wake(const Loudspeaker& site) const {
    if (!site.core) return WallTime::max();
    WallTime next = site.speaker->next();
    if (site.shelf.coming) next = std::min(next, site.shelf.comes);
    const auto moment = site.moments.upper_bound(site.woken);
    if (moment != site.moments.end()) next = std::min(next, *moment);
    const auto start = site.starts.lower_bound(now_ - seconds{1});
    if (start != site.starts.end()) {
      const WallTime near = *start - kPrepare - seconds{1};
      // A little after the deadline, as a real loop is.
      next = std::min(
          next, near > now_ ? near : std::max(wall_of(site.core->next_deadline()), site.woken) + microseconds{200});
    }
    return next;
  }
  void wake(Loudspeaker& site) {
    site.woken = now_;
    site.speaker->advance();
    if (site.shelf.coming && site.shelf.comes <= now_) {
      const ClipHash clip = *std::exchange(site.shelf.coming, std::nullopt);
      site.shelf.since.emplace(clip, now_);
      tell(site, node::ClipFetched{clip, 1000});
    }
    drain();
    tell(site, node::Tick{});
    drain();
  }

  // --- what people do

  template <class Each>
  [[nodiscard]] const Each& one_of(const std::vector<Each>& all) {
    return all[static_cast<std::size_t>(dice_.upto(static_cast<int>(all.size()) - 1))];
  }

  AnnouncementId announce(AnnouncementClass of_class, milliseconds duration) {
    const std::string name = random_id();
    const ClipHash clip{crypto::to_hex(crypto::sha256(view_bytes(name)))};
    clips_[clip] = duration;
    const RecordingId recording{"r-" + name};
    books_.add_recording({recording, "sim", 1, now_, server::RecordingState::kIngesting, 0, {}, {}});
    books_.save_clip_of(recording, {clip, 1000, duration, -20, -16, -2, 24000}, now_);
    AnnouncementId id{"a-" + name};
    books_.add_announcement({id, "Thông báo", "", of_class, clip}, now_);
    return id;
  }
  schedules::Chime random_chime() {
    return {announce(AnnouncementClass::kNormal, milliseconds{1 + 500 * dice_.upto(19)}), {}, {}};
  }
  std::vector<schedules::AreaClass> random_classes() {
    std::vector<schedules::AreaClass> classes(2);
    for (schedules::AreaClass& each : classes) {
      each.name = "class " + std::to_string(&each - classes.data());
      for (int i = dice_.upto(2); i >= 0; --i) {
        const hours from{dice_.upto(23)};
        each.ceilings.push_back(
            {from, from + hours{1 + dice_.upto(23 - static_cast<int>(from.count()))}, 10 * (1 + dice_.upto(8))});
      }
    }
    for (const schedules::AreaPlace& place : calendar_.places)
      if (dice_.one_in(3)) classes[static_cast<std::size_t>(dice_.upto(1))].areas.push_back(place.id);
    std::erase_if(classes, [](const auto& each) { return each.areas.empty(); });
    return classes;
  }

  // As the books can have it: an area once, a time on other days by the minute.
  static void make_bookable(Schedule& wanted) {
    std::vector<AreaId> areas;
    for (AreaId& area : wanted.areas)
      if (std::ranges::find(areas, area) == areas.end()) areas.push_back(std::move(area));
    wanted.areas = std::move(areas);
    auto* recurring = std::get_if<schedules::Recurring>(&wanted.rule);
    if (recurring == nullptr) return;
    for (holidays::DayStep& step : recurring->days.steps)
      if (auto* air = std::get_if<holidays::AirAt>(&step))
        for (holidays::Airing& each : air->airings)
          if (each.clock) each.clock = std::chrono::floor<minutes>(*each.clock);
  }
  [[nodiscard]] Schedule new_schedule() {
    return test::random_schedule(dice_, calendar_, "t" + std::to_string(++written_));
  }
  void create(Schedule wanted) {
    make_bookable(wanted);
    wanted.announcement = announce(wanted.announcement_class, wanted.duration);
    if (wanted.announcement_class == AnnouncementClass::kEmergency) wanted.stagger.reset();
    command(server::CreateSchedule{std::move(wanted), [this](const auto& result) { know(result); }});
  }
  void know(const std::variant<server::ScheduleMade, Text>& result) {
    const auto* made = std::get_if<server::ScheduleMade>(&result);
    if (made == nullptr) return;
    const Schedule& schedule = made->row.schedule;
    EXPECT_TRUE(books_.load_schedule(schedule.id)->schedule == schedule) << schedule.id.str() << " is not as written";
    known_[schedule.id].versions.push_back(schedule);
  }
  [[nodiscard]] const Schedule* random_known() {
    std::vector<const Schedule*> active;
    for (const auto& [id, known] : known_)
      if (!known.cancelled) active.push_back(&known.versions.back());
    return active.empty() ? nullptr : one_of(active);
  }

  // When the next of them does something: about a play, or at any time.
  void plan_edit() {
    next_edit_ = now_ + seconds{1 + dice_.upto(12 * 3600)};
    if (dice_.one_in(3)) return;
    const Loudspeaker& site = *one_of(sites_);
    auto start = site.starts.upper_bound(now_ + seconds{15});
    for (int i = dice_.upto(3); i > 0 && start != site.starts.end(); --i) ++start;
    if (start == site.starts.end()) return;
    next_edit_ = *start + milliseconds{100 * dice_.upto(150)} - seconds{13};
    if (dice_.one_in(3)) next_edit_ += seconds{dice_.upto(300)};
  }

  void edit() {
    const Schedule* known = random_known();
    const int kind = dice_.upto(15);
    Loudspeaker& site = *one_of(sites_);
    if (kind < 4 || known == nullptr) {
      Schedule wanted = new_schedule();
      if (kind < 2) {
        wanted.rule = schedules::Once{std::chrono::ceil<seconds>(now_) + seconds{8 + dice_.upto(60)}};
        wanted.session.reset();
      }
      create(std::move(wanted));
    } else if (kind < 7) {
      command(server::CancelSchedule{known->id, [this, id = known->id](const auto& result) {
                                       if (std::holds_alternative<schedules::Difference>(result))
                                         known_[id].cancelled = now_;
                                     }});
    } else if (kind < 10) {
      Schedule wanted = *known;
      if (dice_.one_in(2)) {
        wanted = test::random_schedule(dice_, calendar_, known->id.str());
        wanted.announcement = known->announcement;
        if (known->announcement_class == AnnouncementClass::kEmergency) wanted.stagger.reset();
        wanted.shortest = std::min(wanted.shortest, known->duration);
      }
      if (dice_.one_in(3)) wanted.volume_pct = 1 + dice_.upto(99);
      if (dice_.one_in(3)) wanted.areas = {one_of(calendar_.places).id};
      if (dice_.one_in(3)) wanted.later = minutes{dice_.upto(90)};
      make_bookable(wanted);
      command(server::EditSchedule{std::move(wanted), [this](const auto& result) { know(result); }});
    } else if (kind == 10) {
      schedules::WardRules rules = calendar_.rules;
      if (dice_.one_in(2)) rules.gap = seconds{dice_.upto(30)};
      if (dice_.one_in(3)) rules.quiet = QuietHours{hours{20} + minutes{dice_.upto(200)}, hours{5}};
      if (dice_.one_in(2)) rules.classes = random_classes();
      if (dice_.one_in(2)) rules.chimes[static_cast<AnnouncementClass>(dice_.upto(2))] = random_chime();
      if (dice_.one_in(4)) rules.chimes.clear();
      set_rules(std::move(rules));
    } else if (kind < 14) {
      crash(site);
      agenda_.emplace(now_ + random_while(hours{5}), [this, &site] { start(site); });
    } else {
      site.is_cut_off = true;
      disconnect(site);
      agenda_.emplace(now_ + random_while(hours{11}), [this, &site] {
        site.is_cut_off = false;
        connect(site);
      });
    }
  }
  // Seconds, minutes or hours.
  [[nodiscard]] milliseconds random_while(hours most) {
    switch (dice_.upto(3)) {
      case 0:
        return minutes{dice_.upto(static_cast<int>(most / minutes{1}))};
      case 1:
        return seconds{dice_.upto(600)};
      default:
        return milliseconds{200 + 100 * dice_.upto(200)};
    }
  }
  void set_rules(schedules::WardRules rules) {
    command(server::SetWardRules{"decision", std::move(rules), [this](const auto& result) {
                                   if (const auto* why = std::get_if<Text>(&result))
                                     ADD_FAILURE() << render(*why, Language::kEnglish);
                                   else
                                     calendar_.rules = std::get<server::WardRulesRow>(result).rules;
                                 }});
  }

  // --- what the timetable says

  struct Wanted {
    Told told;
    const Schedule* schedule = nullptr;
    WallTime due;
    bool is_settled = false;
    bool is_allowed = false;  // by the policy
  };

  // The lowest ceiling that the ward's rules have for a sound at `area`.
  [[nodiscard]] int ward_ceiling(AreaId area, WallTime from, WallTime until) const {
    const schedules::AreaClass* nearest = nullptr;
    while (nearest == nullptr) {
      for (const schedules::AreaClass& each : calendar_.rules.classes)
        if (std::ranges::find(each.areas, area) != each.areas.end()) nearest = &each;
      const auto place = std::ranges::find(calendar_.places, area, &schedules::AreaPlace::id);
      if (nearest == nullptr && !place->parent) return 100;
      if (nearest == nullptr) area = *place->parent;
    }
    int lowest = 100;
    for (civil::Day day = day_of(from) - days{1}; day <= day_of(until); day += days{1})
      for (const schedules::AreaCeiling& each : nearest->ceilings) {
        const WallTime midnight = test::almanac().zone.to_wall(day);
        if (std::max(from, midnight + each.from) < std::min(until, midnight + each.until))
          lowest = std::min(lowest, each.volume_pct);
      }
    return lowest;
  }
  [[nodiscard]] static civil::Day day_of(WallTime instant) {
    return civil::day_of(test::almanac().zone.to_civil(instant));
  }

  // Of the fates that the server tells: what may sound at a loudspeaker after `from` and begins before `until`.
  [[nodiscard]] std::vector<Wanted> timetable_of(const Loudspeaker& site, WallTime from, WallTime until) {
    const civil::Day first = day_of(from) - days{2};
    std::set<std::pair<WallTime, ScheduleId>> settled;
    for (const server::FateRow& row : books_.load_fates(test::almanac().zone.to_wall(first), until + days{1}))
      settled.insert({row.due, row.schedule});
    std::vector<Wanted> wanted;
    command(server::Explain{
        first, day_of(until), std::nullopt, std::nullopt, [&](const auto& result) {
          for (const auto& each : std::get<std::vector<server::Explain::Told>>(result))
            if (auto one = wanted_of(site, each.row, settled.contains({each.row.due, each.row.schedule})))
              if (one->told.start() < until && one->told.until() + one->told.play.late > from)
                wanted.push_back(*std::move(one));
        }});
    std::ranges::sort(wanted, {}, [](const Wanted& each) { return each.told.play.start; });
    std::vector<schedules::Sound> before;
    for (Wanted& each : wanted) {
      const schedules::Sound sound{each.told.start(), each.told.length};
      const auto verdict = schedules::judge(calendar_.policy, test::kUtcOffset, sound, nanoseconds{0}, before);
      each.is_allowed = std::holds_alternative<schedules::PolicyAllows>(verdict);
      if (each.is_allowed) before.push_back(sound);
      // However much has sounded, the ceiling of the hours is the same.
      const auto alone = schedules::judge(calendar_.policy, test::kUtcOffset, sound, nanoseconds{0}, {});
      if (const auto* allowed = std::get_if<schedules::PolicyAllows>(&alone))
        each.told.play.volume_pct = std::min({each.schedule->volume_pct, allowed->ceiling_pct,
                                              ward_ceiling(site.area, each.told.start(), each.told.until())});
    }
    return wanted;
  }
  [[nodiscard]] std::optional<Wanted> wanted_of(const Loudspeaker& site, const server::FateRow& row, bool is_settled) {
    const Known& known = known_.at(row.schedule);
    if (row.fate.verdict == schedules::Verdict::kCancelled || known.cancelled) return std::nullopt;
    const auto newer = std::ranges::find_if(known.versions, [&](const Schedule& each) { return each.made > row.due; });
    const Schedule& schedule = newer == known.versions.begin() ? *newer : *std::prev(newer);
    const auto start = test::start_in(calendar_, schedule, site.area, row.fate.start, row.fate.length);
    if (!start) return std::nullopt;
    std::optional<schedules::Chime> chime = row.chime;
    if (!is_settled && schedule.chime == schedules::ChimeTerm::kOfItsClass)
      if (const auto own = calendar_.rules.chimes.find(schedule.announcement_class);
          own != calendar_.rules.chimes.end())
        chime = own->second;
    Wanted wanted;
    wanted.schedule = &schedule;
    wanted.due = row.due;
    wanted.is_settled = is_settled;
    wanted.told.length = row.fate.length;
    wanted.told.clip_at = chime ? chime->duration + milliseconds{300} : milliseconds{0};
    wire::PlannedPlay& play = wanted.told.play;
    play.play = schedules::play_id(schedule.id, row.fate.start);
    play.announcement = schedule.announcement;
    play.announcement_class = schedule.announcement_class;
    play.start = station_from_wall(*start);
    play.late = schedule.late;
    play.clip = schedule.clip;
    if (row.fate.length < wanted.told.clip_at + schedule.duration) play.longest = row.fate.length;
    if (chime) play.chime = chime->clip;
    return wanted;
  }

  // --- what has to hold

  // The plan last signed says what the timetable says. What the policy kept from it when it was signed stays so,
  // though budgets may have become free.
  void expect_plan(Loudspeaker& site) {
    const auto issued = books_.load_plan(site.id);
    ASSERT_TRUE(issued.has_value());
    const wire::Plan plan = plan_of(issued->body);
    const bool is_new = issued->issued == now_;
    const std::vector<Wanted> timetable = timetable_of(site, issued->issued, wall_from_station(plan.until));
    if (is_new) site.kept.clear();
    for (const Wanted& each : timetable)
      if (!each.is_allowed) site.kept.insert(each.told.play.play);
    site.ever_kept.insert(site.kept.begin(), site.kept.end());
    // Of an older one what has begun since may be otherwise by now: cancelled.
    const WallTime from = is_new ? WallTime::min() : now_;
    std::vector<std::string> planned;
    for (const wire::PlannedPlay& play : plan.plays)
      if (wall_from_station(play.start) > from) planned.push_back(told(play));
    std::vector<std::string> wanted;
    std::vector<test::Heard> open;
    for (const Wanted& each : timetable) {
      if (!each.is_settled) open.push_back({each.told.start(), each.told.until(), each.due, each.schedule});
      if (each.told.start() > from && !site.kept.contains(each.told.play.play)) wanted.push_back(told(each.told.play));
    }
    ASSERT_EQ(planned, wanted);
    test::expect_quiet_and_apart(calendar_, open);
  }

  // What sounds is in the plan that is held, and began as that says.
  void expect_in_plan(const Loudspeaker& site) {
    const Piece* piece = site.core ? site.speaker->sounding() : nullptr;
    if (piece == nullptr) return;
    const PlayId& play = piece->request.play;
    ASSERT_NE(site.find_told(play), nullptr) << play.str() << " is in its plan no more";
    if (piece->from != now_) return;
    const auto words = site.words(play, now_ - milliseconds{1100}, now_ + nanoseconds{1});
    const Told* last = site.find_told(play);
    ASSERT_TRUE(std::ranges::any_of(words, [&](const Told* word) { return word && is_as_told(site, *piece, *word); }))
        << told(last->play) << " begins at " << piece->request.volume << " cut to " << piece->request.longest.count()
        << " of " << piece->request.clip;
  }
  [[nodiscard]] bool is_as_told(const Loudspeaker& site, const Piece& piece, const Told& word) const {
    const playout::PlayRequest& request = piece.request;
    const bool lacks_chime = word.play.chime && !request.chime;
    if (lacks_chime) {
      const auto since = site.shelf.since.find(*word.play.chime);
      if (since != site.shelf.since.end() && since->second < word.start() - kLeadIn) return false;
    }
    const milliseconds silent = lacks_chime ? word.clip_at : milliseconds{0};
    const auto verdict =
        schedules::judge(calendar_.policy, test::kUtcOffset, {word.start(), word.length}, seconds{30}, {});
    const auto* allowed = std::get_if<schedules::PolicyAllows>(&verdict);
    const int least = allowed == nullptr ? 0 : std::min(word.play.volume_pct, allowed->ceiling_pct);
    const double volume = request.volume * 100;
    return request.start == word.play.start + silent && request.clip == file_of(word.play.clip) &&
           (lacks_chime || request.chime.has_value() == word.play.chime.has_value()) &&
           (!request.chime || *request.chime == file_of(*word.play.chime)) &&
           request.clip_at == (request.chime ? word.clip_at : milliseconds{0}) &&
           (word.play.longest ? request.longest == word.length - silent : request.longest >= word.length - silent) &&
           volume < word.play.volume_pct + 0.5 && volume > least - 0.5;
  }

  void come_to_rest() {
    end_ = now_;
    for (int i = 0; i < 20; ++i) {
      now_ += seconds{11};
      for (const auto& site : sites_) {
        site->is_cut_off = false;
        start(*site);
        connect(*site);
        wake(*site);
      }
      command(server::Tick{});
      drain();
    }
  }

  // Of the days: while all comes to rest time goes in large steps.
  [[nodiscard]] std::map<PlayId, std::vector<const Piece*>> by_play(const Loudspeaker& site) const {
    std::map<PlayId, std::vector<const Piece*>> pieces;
    for (const Piece& piece : site.pieces)
      if (piece.until && *piece.until <= end_) pieces[piece.request.play].push_back(&piece);
    return pieces;
  }

  [[nodiscard]] static std::string all_of(const std::vector<schedules::Sound>& sounds) {
    std::string text;
    for (const schedules::Sound& each : sounds)
      text += ", before it " + format_utc(each.from) + " for " + std::to_string(each.length.count()) + " ms";
    return text;
  }
  // Never two at once, and never more than the root key's policy allows.
  void expect_apart(const Loudspeaker& site) {
    for (std::size_t i = 1; i < site.pieces.size(); ++i)
      ASSERT_GE(site.pieces[i].from, *site.pieces[i - 1].until) << "two at once";
    std::vector<schedules::Sound> before;
    std::vector<std::pair<WallTime, milliseconds>> sounds;
    for (const auto& [play, pieces] : by_play(site)) {
      nanoseconds heard{0};
      for (const Piece* piece : pieces) {
        nanoseconds known = *piece->until - piece->from;
        if (std::ranges::find(site.offs, *piece->until, &Loudspeaker::Off::from) != site.offs.end())
          known = std::max<nanoseconds>(known - kHeardUnsaved, seconds{0});
        heard += known;
      }
      sounds.emplace_back(pieces.front()->from, std::chrono::floor<milliseconds>(heard));
    }
    std::ranges::sort(sounds);
    for (const auto& [from, length] : sounds) {
      if (length == milliseconds{0}) continue;
      const auto verdict = schedules::judge(calendar_.policy, test::kUtcOffset, {from, length}, nanoseconds{0}, before);
      const auto* refused = std::get_if<schedules::PolicyRefuses>(&verdict);
      ASSERT_EQ(refused, nullptr) << schedules::reason_of(refused->clause) << " of " << format_utc(from) << " for "
                                  << length.count() << " ms" << all_of(before);
      before.push_back({from, length});
    }
  }

  // By what may have sounded there before, at most, and the clock's error as it was reported.
  [[nodiscard]] bool is_forbidden(const Told& word, const wire::Outcome& outcome,
                                  const std::map<PlayId, const Told*>& all,
                                  const std::map<PlayId, server::OutcomeRow>& outcomes) const {
    std::vector<schedules::Sound> before;
    for (const auto& [id, other] : all) {
      const auto ended = outcomes.find(id);
      if (id == word.play.play || other->start() > word.start() || ended == outcomes.end()) continue;
      if (ended->second.outcome.result != OutcomeResult::kMissed ||
          ended->second.outcome.reason == reason::kNodeRestarted)
        before.push_back({other->start(), other->length});
    }
    const auto verdict = schedules::judge(calendar_.policy, test::kUtcOffset, {word.start(), word.length},
                                          outcome.clock_error.value_or(hours{48}) + milliseconds{1}, before);
    return std::holds_alternative<schedules::PolicyRefuses>(verdict);
  }

  // Each play of a plan has one outcome, and a true one; none only where the plan took it back.
  void expect_outcomes(Loudspeaker& site) {
    ASSERT_EQ(site.store.outbox_size(), 0);
    std::map<PlayId, server::OutcomeRow> outcomes;
    server::OutcomeFilter filter;
    filter.node = site.id;
    filter.limit = 1'000'000;
    for (server::OutcomeRow& row : books_.load_outcomes(filter)) outcomes.emplace(row.outcome.play, std::move(row));
    std::map<PlayId, const Told*> all;  // by the last word
    for (const Loudspeaker::Held& held : site.held)
      for (const auto& [id, word] : held.plays) all[id] = &word;
    const auto pieces_of = by_play(site);
    for (const auto& [id, pieces] : pieces_of) ASSERT_TRUE(all.contains(id)) << id.str() << " was in no plan";

    for (const auto& [id, last] : all) {
      const Told& word = *last;
      if (word.until() + word.play.late >= end_) continue;
      ++counts_.plays;
      const auto found = pieces_of.find(id);
      const std::vector<const Piece*> pieces = found == pieces_of.end() ? std::vector<const Piece*>{} : found->second;
      const WallTime prepare = word.start() - kPrepare;
      const bool was_off = site.was_off(prepare, std::max(word.until(), word.last_begin()));
      const auto is_other = [&](const Told* each) { return each == nullptr || *each != word; };
      const auto words = site.words(id, prepare, word.until());
      const bool is_undisturbed = !was_off && std::ranges::none_of(words, is_other) && site.shelved(word) <= prepare;
      std::string what = told(word.play) + " of " + std::to_string(word.length.count()) + " ms";
      for (const Loudspeaker::Held& held : site.held) {
        const auto then = held.plays.find(id);
        if (then == held.plays.end() || then->second != word)
          what += ", " + format_utc(held.since) + ": " + (then == held.plays.end() ? "none" : told(then->second.play));
      }
      for (const Piece* piece : pieces)
        what += ", sounded " + format_utc(piece->from) + " to " + format_utc(*piece->until);
      const auto row = outcomes.find(id);
      if (row == outcomes.end()) {
        ASSERT_TRUE(pieces.empty() && std::ranges::any_of(words, [](const Told* each) { return each == nullptr; }))
            << "no outcome: " << what;
        ++counts_.never;
        continue;
      }
      const wire::Outcome& outcome = row->second.outcome;
      what += ", " + std::string{to_string(outcome.result)} + " " + outcome.reason;
      if (row->second.reported) {
        const auto record = site.store.load_play(id);
        ASSERT_TRUE(record && record->ended && record->outcome.result == outcome.result &&
                    record->outcome.reason == outcome.reason)
            << what;
      }
      if (outcome.reason.starts_with("policy_")) {
        ASSERT_TRUE(pieces.empty()) << what;
        ASSERT_TRUE(is_forbidden(word, outcome, all, outcomes)) << what;
        continue;
      }
      if (is_undisturbed) {
        ++counts_.undisturbed;
        ASSERT_EQ(outcome.result, OutcomeResult::kPlayed) << what;
        ASSERT_EQ(outcome.reason, "") << what;
        ASSERT_EQ(pieces.size(), 1U) << what;
        ASSERT_EQ(pieces[0]->from, word.start()) << what;
        ASSERT_EQ(*pieces[0]->until, word.until()) << what;
        continue;
      }
      const bool was_other = std::ranges::any_of(site.words(id, prepare, word.until() + word.play.late), is_other);
      switch (outcome.result) {
        case OutcomeResult::kPlayed:
          ASSERT_EQ(pieces.size(), 1U) << what;
          ASSERT_EQ(pieces[0]->from, word.start() + (outcome.reason.empty() ? milliseconds{0} : word.clip_at)) << what;
          ASSERT_EQ(*pieces[0]->until, word.until()) << what;
          break;
        case OutcomeResult::kLate:
          ASSERT_FALSE(pieces.empty()) << what;
          ASSERT_TRUE(was_off || was_other || site.shelved(word) > prepare) << what;
          ASSERT_EQ(*pieces.back()->until, word.until()) << what;
          break;
        case OutcomeResult::kPartial:
          ASSERT_EQ(outcome.reason, reason::kNodeRestarted) << what;
          ASSERT_TRUE(was_off) << what;
          ++counts_.cut_off;
          break;
        case OutcomeResult::kStopped:
          ASSERT_EQ(outcome.reason, reason::kCancelled) << what;
          ASSERT_TRUE(was_other) << what;
          break;
        case OutcomeResult::kMissed:
          if (outcome.reason == reason::kNodeRestarted) {
            ASSERT_TRUE(was_off) << what;
            break;
          }
          ASSERT_TRUE(pieces.empty()) << what;
          if (outcome.reason == reason::kClipMissing) {
            ASSERT_GT(site.shelved(word), prepare) << what;
          } else if (outcome.reason == reason::kNodeOff) {
            ASSERT_TRUE(was_off) << what;
          } else if (outcome.reason == reason::kPlanLate) {
            ASSERT_TRUE(was_other) << what;
          } else if (outcome.reason == reason::kNoReport) {
            ASSERT_TRUE(was_other || was_off) << what;
          } else {
            FAIL() << what;
          }
          break;
      }
    }
    for (const PlayId& play : books_.promised_plays(site.id)) {
      const auto last = all.find(play);
      if (last == all.end() || last->second->until() + last->second->play.late + minutes{11} > end_) continue;
      ASSERT_TRUE(outcomes.contains(play)) << play.str() << " was promised and has no outcome";
    }
  }

  // In the end the books say of each sound what it was, and of nothing that did not come.
  void expect_timetable(const Loudspeaker& site) {
    std::map<PlayId, Wanted> wanted;
    for (Wanted& each : timetable_of(site, calendar_.at(-hours{1}), end_ - hours{1}))
      wanted.emplace(each.told.play.play, std::move(each));
    const auto promised = books_.promised_plays(site.id);
    for (const auto& [play, each] : wanted)
      ASSERT_TRUE(std::ranges::find(promised, play) != promised.end() || site.ever_kept.contains(play))
          << play.str() << " is in the timetable and in no plan";
    for (const auto& [play, pieces] : by_play(site)) {
      const auto found = wanted.find(play);
      if (found == wanted.end()) continue;
      const Told& word = found->second.told;
      ASSERT_GE(pieces.front()->from, word.start()) << told(word.play);
      ASSERT_LE(*pieces.back()->until, word.until()) << told(word.play);
    }
  }

  class NoIntake final : public server::Intake {
   public:
    void keep(const RecordingId&, const std::filesystem::path&) override {}
    void discard(const RecordingId&, const std::filesystem::path&) override {}
    void forget(const RecordingId&) override {}
    void start(const RecordingId&) override {}
    void speak(const RecordingId&, const std::string&) override {}
  };
  struct Known {
    std::vector<Schedule> versions;  // oldest first
    std::optional<WallTime> cancelled;
  };

  Dice dice_;
  Calendar calendar_;  // with the rules in force
  WallTime now_;
  WallTime end_;
  WallTime next_edit_;
  int ids_ = 0;
  int written_ = 0;
  std::map<ScheduleId, Known> known_;
  std::map<ClipHash, milliseconds> clips_;
  std::multimap<WallTime, std::function<void()>> agenda_;
  std::deque<std::function<void()>> under_way_;
  std::map<std::string, link::Publication> retained_;
  std::vector<std::unique_ptr<Loudspeaker>> sites_;
  test::RootKey root_{kStation};
  test::SignerNearby signer_{kStation};
  test::RecordedChannels channels_;
  server::Alarms alarms_;
  server::Store books_ = server::Store::make_writer(db::Database::open_in_memory());
  NoIntake intake_;
  test::EnrolmentFixture enrolment_{books_, kStation, *parse_utc("2026-01-01T00:00:00Z")};
  Line to_nodes_{[this](const link::Publication& publication) { return from_server(publication); }};
  std::unique_ptr<server::ServerCore> server_;
  Counts counts_;
};

TEST(Agreement, WhatIsHeardIsWhatTheTimetableSays) {
  if (std::getenv("LOA_LOG") == nullptr) ::setenv("LOA_LOG", "error", 1);
  const test::Seeds seeds = test::wanted_seeds(200);
  Days::Counts total;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Days walked{seed};
    walked.walk();
    if (!HasFatalFailure()) walked.expect_all();
    if (HasFailure()) return;
    total.plays += walked.counts().plays;
    total.undisturbed += walked.counts().undisturbed;
    total.cut_off += walked.counts().cut_off;
    total.never += walked.counts().never;
  }
  RecordProperty("plays", total.plays);
  RecordProperty("undisturbed", total.undisturbed);
  RecordProperty("cut_off", total.cut_off);
  RecordProperty("never", total.never);
  // Of a single calendar nothing of the kind is certain.
  if (seeds.last - seeds.first < 100) return;
  EXPECT_GT(total.undisturbed, total.plays / 2);
  EXPECT_GT(total.cut_off, 0);
  EXPECT_GT(total.never, 0);
}

}  // namespace
}  // namespace loa::sim
