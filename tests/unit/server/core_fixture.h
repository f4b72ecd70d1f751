// A server's core over real books, with a link, an intake and channels that write down what they are asked.
#pragma once

#include <map>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/server_core.h"
#include "tests/support/enrolment_fixture.h"
#include "tests/support/no_room.h"
#include "tests/support/recorded_channels.h"
#include "tests/support/recorded_link.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/signer_nearby.h"
#include "tests/unit/server/books.h"

namespace loa::server {

using std::chrono::hours;
using std::chrono::minutes;

inline const StationId kStation{"phu-lien"};
inline const NodeId kNode{"n-1"};
inline const std::string kNoPlan;

class RecordedIntake final : public Intake {
 public:
  void keep(const RecordingId& recording, const std::filesystem::path&) override {
    if (refuse_to_keep) throw Error("file.cannot_write", {"recordings", "full"});
    kept.push_back(recording);
  }
  void discard(const RecordingId&, const std::filesystem::path& uploaded) override { discarded.push_back(uploaded); }
  void forget(const RecordingId& recording) override {
    if (refuse_to_forget) throw Error("file.cannot_write", {"recordings", "busy"});
    forgotten.push_back(recording);
  }
  void start(const RecordingId& recording) override { started.push_back(recording); }
  void speak(const RecordingId& recording, const std::string& spoken) override { spoken_texts[recording] = spoken; }

  bool refuse_to_keep = false;
  bool refuse_to_forget = false;
  std::vector<RecordingId> kept;
  std::vector<RecordingId> started;
  std::map<RecordingId, std::string> spoken_texts;
  std::vector<std::filesystem::path> discarded;
  std::vector<RecordingId> forgotten;
};

// What a command was answered: its refusal's code, or "" and the result.
template <class Result>
struct Answered {
  int times = 0;
  std::string refusal = "no answer";
  std::optional<Result> result;
};

// A server with its books in a file, so that a second connection can look at what is committed, and break it.
class ServerCoreTest : public testing::Test {
 protected:
  ServerCoreTest() {
    add_ward(store_, node_key_.public_key());
    add_announcement(store_, "greeting", seconds{30});
    start();
  }

  void start() {
    ServerSettings settings;
    settings.station = kStation;
    settings.boot = "boot-1";
    settings.rules = rules_;
    settings.trust = "trust envelope";
    settings.policy = "policy envelope";
    core_ = std::make_unique<ServerCore>(settings, store_, link_, intake_, enrolment_.enrolment, signer_, channels_,
                                         alarms_, [this] { return std::to_string(++ids_); });
  }

  // As somebody, when by_ says who.
  void on(ServerMessage message) {
    if (!by_.person.empty()) message = Asked{by_, std::make_shared<Command>(std::move(message))};
    core_->on(std::move(message), now_);
  }
  void pass(nanoseconds time) { now_ = {now_.wall + time, now_.mono + time}; }

  template <class Result, class Command>
  Answered<Result> ask(Command command) {
    Answered<Result> answered;
    command.reply = [&](std::variant<Result, Text> result) {
      ++answered.times;
      if (const auto* why = std::get_if<Text>(&result)) {
        answered.refusal = why->code;
      } else {
        answered.refusal.clear();
        answered.result = std::get<Result>(std::move(result));
      }
    };
    on(std::move(command));
    EXPECT_EQ(answered.times, 1);
    return answered;
  }

  static CreateSchedule wanted(WallTime start, std::vector<AreaId> areas = {AreaId{"phu-lien"}}) {
    CreateSchedule command;
    command.wanted.announcement = AnnouncementId{"a-greeting"};
    command.wanted.areas = std::move(areas);
    command.wanted.rule = schedules::Once{start};
    command.wanted.late = seconds{60};
    command.wanted.volume_pct = 60;
    return command;
  }
  Answered<ScheduleMade> schedule(WallTime start, std::vector<AreaId> areas = {AreaId{"phu-lien"}}) {
    return ask<ScheduleMade>(wanted(start, std::move(areas)));
  }

  static EditSchedule edit_of(const Answered<ScheduleMade>& made) {
    return {made.result.value().row.schedule, {}, EditMode::kSave};
  }
  void start_again_and_tick() {
    start();
    on(Tick{});
  }

  void say(const wire::Body& body, const crypto::SecretKey& key, const std::string& audience = "server",
           const NodeId& topic_node = kNode) {
    const wire::Header header{kStation,    audience,  wire::audience_of(kNode),
                              ++node_seq_, now_.wall, now_.wall + hours{1}};
    const std::string envelope = wire::encode_message(header, body, key);
    on(LinkArrived{link::LinkMessage{wire::topic_of(wire::type_of(body), kStation, topic_node), bytes_of(envelope),
                                     false, link::Qos::kAtLeastOnce, 1},
                   now_});
  }
  void say(const wire::Body& body) { say(body, node_key_); }

  void say_status(const std::string& plan) {
    wire::Status status;
    status.boot = "n";
    status.version = "test";
    status.plan = plan;
    say(status);
  }

  [[nodiscard]] std::size_t plans_sent() const { return link_.bodies<wire::Plan>().size(); }
  // Breaks one table for the core from now on, through another connection.
  void break_table(const std::string& table, const std::string& operation) {
    db::Database::open_writer(folder_ / "server.db")
        .execute("CREATE TRIGGER broken_" + table + operation + " BEFORE " + operation + " ON " + table +
                 " BEGIN SELECT RAISE(ABORT, 'broken'); END");
  }
  void mend_table(const std::string& table, const std::string& operation) {
    db::Database::open_writer(folder_ / "server.db").execute("DROP TRIGGER broken_" + table + operation);
  }

  const test::ScratchFolder folder_;
  // The core's and the signer's policy, before start().
  void set_rules(const Policy& rules) {
    rules_ = rules;
    signer_.set_policy(rules);
    start();
  }
  [[nodiscard]] std::vector<std::string> alarms() const {
    std::vector<std::string> codes;
    for (const Text& alarm : alarms_.list()) codes.push_back(alarm.code);
    return codes;
  }
  void lose_signer() {
    signer_.go_away();
    on(SignerChanged{Text{"signer.away", {"test"}}});
  }
  void find_signer() {
    signer_.come_back();
    on(SignerChanged{});
  }

  Policy rules_ = test::open_policy();
  test::SignerNearby signer_{kStation};
  test::RecordedChannels channels_;
  Alarms alarms_;
  const crypto::SecretKey node_key_ = crypto::SecretKey::make();
  Store store_ = Store::make_writer(db::Database::open_writer(folder_ / "server.db"));
  test::RecordedLink link_{signer_.public_key()};
  RecordedIntake intake_;
  test::EnrolmentFixture enrolment_{store_, kStation, kMorning};
  Now now_{kMorning, MonoTime{hours{1}}};
  std::unique_ptr<ServerCore> core_;
  By by_;
  int ids_ = 0;
  std::int64_t node_seq_ = 0;
};

}  // namespace loa::server
