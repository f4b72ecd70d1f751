// The server's decisions: books what people ask for, plans, tells the nodes, keeps their outcomes.
//
// One thread. Every change of state happens inside on(); what it wants done leaves through Link, Intake and the
// replies. It reads no clock: the same messages with the same times give the same ward, in production and in tests/sim.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/ids.h"
#include "common/base/policy.h"
#include "common/base/time.h"
#include "common/link/link.h"
#include "common/wire/messages.h"
#include "server/core/alarms.h"
#include "server/core/channels.h"
#include "server/core/messages.h"
#include "server/people/notice.h"
#include "server/signer/signer.h"
#include "server/store/store.h"

namespace loa::server {

// Turns a recording into a clip, elsewhere: IntakeProgressed and one IntakeEnded come back as messages.
class Intake {
 public:
  virtual ~Intake() = default;
  // Takes over the uploaded file; durable when it returns, and the recording's when start() says that it is in the
  // books. Throws Error (file.*).
  virtual void keep(const RecordingId& recording, const std::filesystem::path& uploaded) = 0;
  // Removes what an upload that nobody wrote down, or that was refused, has left, whether keep() had taken it over or
  // not; `uploaded` may be empty. Never throws.
  virtual void discard(const RecordingId& recording, const std::filesystem::path& uploaded) = 0;
  // Removes what was uploaded; the clip that was made of it stays. Throws Error file.cannot_write.
  virtual void forget(const RecordingId& recording) = 0;
  virtual void start(const RecordingId& recording) = 0;
  // Reads the text aloud into the recording first.
  virtual void speak(const RecordingId& recording, const std::string& spoken) = 0;
};

// How long is kept what is no evidence: docs/retention.md.
struct Retention {
  std::chrono::days recordings{90};
  std::chrono::days complaint_texts{730};
};

struct ServerSettings {
  StationId station;
  std::string boot;  // random per start
  // Envelopes as the root key signed them, published on connect.
  std::string trust;
  std::string policy;
  Policy rules;  // what `policy` says: no play that it forbids is planned, none louder than its ceiling
  milliseconds plan_window{std::chrono::hours{7 * 24}};
  milliseconds plan_age{std::chrono::hours{12}};        // an unchanged plan is issued anew after this
  milliseconds report_grace{std::chrono::minutes{10}};  // after the end of a play, before `no_report`
  milliseconds tick{std::chrono::seconds{30}};
  milliseconds shortest_notice{std::chrono::seconds{8}};  // between writing a schedule and its start
  // Between putting something on the air and its first sample: a node's lead-in and the way there; of an emergency, for
  // which nobody waits, the way alone.
  milliseconds air_notice{5000};
  milliseconds emergency_notice{120};
  schedules::Almanac almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}};
  std::function<void(Notice)> notify = [](const Notice&) {};  // must not block
  Retention retention = {};
};

// Random digits for new ids.
using RandomId = std::function<std::string()>;

class ServerCore {
 public:
  // All references outlive the core. Recordings whose ingestion was cut off by a restart are started again.
  ServerCore(ServerSettings settings, Store& store, link::Link& link, Intake& intake, Enrolment& enrolment,
             signer::Signer& signer, Channels& channels, Alarms& alarms, RandomId random_id);

  // Handles one message to its end. Never throws for what a message says: a bad command is answered, a bad envelope
  // counted; a failing disk is logged, answered, and the core goes on. While the signer is away, commands that need it
  // are refused whole, reports are booked but not acknowledged, and nothing is owed that SignerChanged does not repair.
  void on(ServerMessage message, Now now);

  // When on(Tick) is wanted next.
  [[nodiscard]] MonoTime next_deadline() const { return std::min(next_tick_, next_air_); }

  // Envelopes refused since start, by check.
  [[nodiscard]] const std::map<std::string, std::int64_t>& refused() const { return refused_; }

  // The will that the link leaves with the broker, and the word that it is here. Throws what Signer::sign() does.
  [[nodiscard]] link::Publication presence(wire::Presence presence, WallTime now);

 private:
  void handle(LinkArrived& message, Now now);
  void handle(SignerChanged& message, Now now);
  void handle(IntakeProgressed& message, Now now);
  void handle(IntakeEnded& message, Now now);
  void handle(ReceiveRecording& message, Now now);
  void handle(SpeakAnnouncement& message, Now now);
  void handle(CreateArea& message, Now now);
  // core/ward_handlers.cpp
  void handle(ChangeArea& message, Now now);
  void handle(ChangeNode& message, Now now);
  // Why an edit of `subject` that began from another version is refused: who wrote the present one and when, as the
  // last row of the audit says that `counts`.
  [[nodiscard]] Error changed_meanwhile(const char* code, const std::vector<std::string>& subjects, WallTime now,
                                        const std::function<bool(const AuditRow&)>& counts);
  // core/enrolment_handlers.cpp
  void handle(CreateNode& message, Now now);
  void handle(MakeCode& message, Now now);
  void handle(RevokeNode& message, Now now);
  void handle(EnrolNode& message, Now now);
  void handle(RenewCertificate& message, Now now);
  void handle(CreateAnnouncement& message, Now now);
  void handle(HearAnnouncement& message, Now now);
  // core/schedule_handlers.cpp
  void handle(CreateSchedule& message, Now now);
  void handle(EditSchedule& message, Now now);
  void handle(CancelSchedule& message, Now now);
  // core/calendar_handlers.cpp
  void handle(ImportSchedules& message, Now now);
  void handle(CreateFeed& message, Now now);
  void handle(RemoveFeed& message, Now now);
  // core/schedule_handlers.cpp
  void handle(SetWardRules& message, Now now);
  void handle(Explain& message, Now now);
  // core/campaign_handlers.cpp
  void handle(CreateCampaign& message, Now now);
  void handle(CancelCampaign& message, Now now);
  void handle(StopSound& message, Now now);
  // core/air_handlers.cpp
  void handle(StartAir& message, Now now);
  void handle(EndAir& message, Now now);
  void handle(SaveEmergencyKey& message, Now now);
  void handle(SpeakerLost& message, Now now);
  void handle(SpeechRecorded& message, Now now);
  // What it is made of; refuses what the policy or the ward's rules forbid.
  [[nodiscard]] AirRow air_of(const StartAir& message, Now now);
  [[nodiscard]] std::vector<NodeId> audience_of(const StartAir& message);
  void require_allowed(const AirRow& row);
  [[nodiscard]] schedules::WardRules present_rules();
  [[nodiscard]] bool holds(const NodeId& node, const ClipHash& clip);
  void end_air(const PlayId& play, const std::string& why, Now now);
  // Tells the nodes all that is on the air.
  void publish_airs(Now now);
  // Ends what is over, says again what is not.
  void advance_airs(Now now);
  // Of a stop: what was on the air for these nodes is no more.
  void stop_airs(const std::set<NodeId>& nodes, const std::string& why, Now now);
  void handle(TestNode& message, Now now);
  void handle(Asked& message, Now now);
  void handle(Tick& message, Now now);
  // core/approval_handlers.cpp
  void handle(EditAnnouncement& message, Now now);
  void handle(SubmitAnnouncement& message, Now now);
  void handle(DecideAnnouncement& message, Now now);
  void handle(PreviewApproval& message, Now now);
  void handle(WithdrawAnnouncement& message, Now now);
  void handle(AppointDeputy& message, Now now);
  void handle(EndDeputy& message, Now now);
  [[nodiscard]] Announcement known_announcement(const AnnouncementId& id);  // announcement.unknown, .withdrawn
  [[nodiscard]] std::set<PersonId> hands_of(const Announcement& announcement);
  [[nodiscard]] Approver approver(WallTime now);
  // The mail addresses of these people, of whoever has one.
  [[nodiscard]] std::vector<std::string> mail_of(const std::function<bool(const Person&)>& is_meant);
  [[nodiscard]] std::vector<std::string> mail_of_hands(const Announcement& announcement);
  [[nodiscard]] std::string name_of_caller();
  void add_step(const AnnouncementId& announcement, StepKind kind, const std::string& comment, WallTime now);
  // Saves it, and lets its schedules air or fall silent, all in one transaction with `book` and the plans that change.
  // Throws campaign.would_break when a disclosure would lose its days by it.
  void change_airing(const Announcement& announcement, schedules::Schedule::Approval approval, WallTime now,
                     const std::function<void()>& book);
  // What a schedule of this announcement has to wait for when the one who gives the command writes it.
  [[nodiscard]] schedules::Schedule::Approval approval_of_new(const Announcement& announcement) const;
  // core/people_handlers.cpp
  void handle(AddPerson& message, Now now);
  void handle(ChangePerson& message, Now now);
  void handle(InvitePerson& message, Now now);
  void handle(ClosePerson& message, Now now);
  void handle(TakeInvitation& message, Now now);
  void handle(ChangePassword& message, Now now);
  void handle(OpenSession& message, Now now);
  void handle(CloseSession& message, Now now);
  void handle(BeginSecondFactor& message, Now now);
  void handle(ConfirmSecondFactor& message, Now now);
  void handle(AddToken& message, Now now);
  void handle(RevokeToken& message, Now now);
  [[nodiscard]] Person known_person(const PersonId& person);  // person.unknown
  [[nodiscard]] Person open_person(const PersonId& person);   // person.unknown, person.closed
  // Throws Error people.last_admin when this person is the only one who could still administer the ward.
  void require_another_admin(const PersonId& person);

  // core/resident_handlers.cpp
  void handle(TakeComplaint& message, Now now);
  void handle(SettleComplaint& message, Now now);
  void handle(CountMark& message, Now now);
  // Raises the alarm of each loudspeaker of which several complain, and clears the others.
  void watch_complaints(WallTime now);

  // core/retention.cpp: once an hour.
  void forget_old(Now now);

  // Runs a command; what it throws becomes its answer and nothing else happens.
  template <class Result, class Command>
  void answer(const Reply<Result>& reply, const char* name, Command command);

  // core/disk_trouble.cpp
  // An alarm, when the words are of a disk that is full, fails or has lost what it held.
  void note_trouble(const Text& why);
  // What has happened already and has to be in the books: now (true), or as soon as the disk takes it. Throws what is
  // not the disk's fault.
  bool book_or_owe(std::function<void()> book);
  // While the disk was in trouble: whether it is over, and what is owed since. Throws while it is not.
  void recover(Now now);

  // Writes down who did what, in the transaction that does it.
  void note(const AuditEntry& entry, WallTime now);
  // Once an hour, when there are new rows: docs/audit.md.
  void sign_audit_head(Now now);
  void publish_audit_head();

  void publish_root_documents();
  void on_link_message(const link::LinkMessage& message, Now arrived, Now now);
  // kKept: the broker had it from before we came; it says nothing of this moment.
  enum class Word { kLive, kKept };
  void on_status(const Node& node, const wire::Status& status, Word word, Now now);
  // A node that has just come back, to the broker or to us, may have missed a stop that still holds.
  void repeat_stop(const NodeId& node, const wire::Status& status, Word word, Now now);
  void on_outcomes(const Node& node, const wire::Outcomes& outcomes, WallTime now);
  void on_clock_request(const Node& node, const wire::ClockRequest& request, Now arrived, Now now);

  // core/schedule_handlers.cpp
  // The ward's fates; read from the books when there is none yet.
  schedules::Timetable& timetable(WallTime now);
  // Before a schedule that names them is tried, and before their days are told.
  void place_nodes(schedules::Timetable& table, const std::vector<NodeId>& nodes);
  // Where it hears in the timetable.
  [[nodiscard]] AreaId spot_of(const Node& node, WallTime now);
  [[nodiscard]] schedules::Foresight foreseen(WallTime now);
  // Whom a difference touches within the plan's window.
  [[nodiscard]] std::vector<NodeId> touched(const schedules::Difference& difference, WallTime now);
  // Fills in what is the core's to know, the id of one that has none too; refuses what no day could mend.
  void complete(schedules::Schedule& wanted, Now now);
  struct Tried {
    schedules::Difference difference;
    std::vector<ScheduleMade::Kept> kept;
    std::vector<ScheduleMade::Softer> softer;
  };
  struct Edit {
    const std::vector<schedules::Schedule>& wanted;  // at least one
    EditMode mode;
    // Of the next kForeseen with them on it; throws when that must not be.
    std::function<void(const schedules::Foresight&)> require;
    std::function<void()> book;
  };
  // Puts them on the timetable together, as new ones or, where it has their ids, as other versions; saves them by
  // `book` in one transaction with the plans that change, and sends those. After kPreview, and when it throws,
  // everything is as before.
  Tried write(const Edit& edit, WallTime now);
  ScheduleMade write_one(const schedules::Schedule& wanted, EditMode mode, WallTime now,
                         const std::function<void()>& book);
  // Takes schedules off it, or only says what that would take away, and otherwise the same.
  schedules::Difference withdraw(const std::vector<ScheduleId>& schedules, EditMode mode, WallTime now,
                                 const std::function<void()>& book);
  // What the nodes will be told of new schedules in the next days: fills `kept` and `softer`.
  void judge_plays(Tried& tried, const std::vector<schedules::Schedule>& wanted, const std::vector<NodeId>& nodes,
                   WallTime now);
  // How loud a play is told to be at a loudspeaker that the policy allows it.
  [[nodiscard]] int volume_at(const AreaId& area, const schedules::Sounding& sounding,
                              const schedules::PolicyAllows& allowed, WallTime now);
  // Throw Error when nothing of these schedules would sound by the ward's rules, or by the root key's policy.
  void require_sound(const schedules::Foresight& foresight, const std::vector<schedules::Schedule>& wanted,
                     WallTime now);
  void require_allowed(const std::vector<ScheduleMade::Kept>& kept, const std::vector<schedules::Schedule>& wanted,
                       const std::vector<NodeId>& nodes, WallTime now);
  // Whether it is of the newest version of one of them.
  [[nodiscard]] bool is_of(const std::vector<schedules::Schedule>& wanted, const schedules::Schedule* sounding,
                           WallTime now);
  // Throws Error announcement.unknown, announcement.not_heard.
  [[nodiscard]] Announcement announcement_to_air(const AnnouncementId& id);
  // An announcement as a chime. Throws as above, and rules.chime_too_long.
  [[nodiscard]] schedules::Chime chime_of(const AnnouncementId& announcement);
  // Newest first.
  [[nodiscard]] std::vector<schedules::Schedule> load_versions(const ScheduleId& id);
  // core/campaign_handlers.cpp
  // A disclosure that is not cancelled, and on how many days it was heard.
  struct Disclosure {
    Campaign campaign;
    std::vector<schedules::Schedule> parts;
    civil::Day first;  // on which it may be due
    civil::Day last;
    std::map<civil::Day, CampaignDay> days;
  };
  [[nodiscard]] Disclosure disclosure_of(Campaign campaign, std::vector<schedules::Schedule> parts);
  // Whether it has, or by the timetable will have, its days in a row.
  [[nodiscard]] bool has_its_days(const Disclosure& disclosure, WallTime now);
  [[nodiscard]] std::vector<CampaignId> whole_disclosures(WallTime now);
  // Throws Error campaign.would_break when one of `whole` no longer is.
  void require_whole(const std::vector<CampaignId>& whole, WallTime now);
  // When all reports of a day are in, or should be; none: it was not due on that day.
  [[nodiscard]] std::optional<WallTime> closing_of(const Disclosure& disclosure, civil::Day day, WallTime now);
  // Counts the days that are over, and raises the alarm of those that were missed.
  void prove_disclosures(Now now);
  void tell_of_plays_to_come(std::vector<Explain::Told>& told, const NodeId& node, WallTime now);
  // Writes down what has begun.
  void settle(WallTime now);

  // And the announcement, of text that was read aloud.
  void book_clip(const RecordingId& recording, const Clip& clip, WallTime now);
  // Reads aloud what is to be, and ingests it.
  void start_intake(const RecordingId& recording);

  enum class Reissue { kIfChanged, kAlways };
  struct NodePlan {
    NodeId node;
    IssuedPlan plan;
  };
  // Plans these nodes anew and stores each plan that differs from the one the node has, or every one. Called within
  // Store::together(), so that many plans cost one write to the disk and a command is stored with all its plans or not
  // at all; the result is sent after the commit, with send_plans().
  [[nodiscard]] std::vector<NodePlan> plan(const std::vector<NodeId>& nodes, WallTime now, Reissue reissue);
  [[nodiscard]] std::optional<IssuedPlan> plan(const NodeId& node, WallTime now, Reissue reissue);
  // Messages for an emergency are at every loudspeaker before it comes: their clips are in each plan.
  void add_prepared(wire::Plan& plan, std::size_t body_size);
  // Plans anew, and sends, whose plan is missing or old; with kAll also whose plan is no longer what is due. One that
  // the signer refuses keeps nobody else from theirs.
  enum class Whose { kOld, kAll };
  void renew_plans(WallTime now, Whose whose);
  void send_plans(const std::vector<NodePlan>& plans);
  void send_plan(const NodeId& node, const IssuedPlan& plan);
  void send(const NodeId& node, const wire::Body& body, WallTime now);
  [[nodiscard]] link::Publication publication(const NodeId& node, const wire::Body& body, WallTime now);
  // Every signature comes from here; a refusal is an alarm, whatever becomes of the command.
  [[nodiscard]] signer::Signed sign(const std::string& audience, const wire::Body& body, WallTime now);
  void refuse(const wire::Refusal& refusal, const std::string& topic);

  const ServerSettings settings_;
  Store& store_;
  link::Link& link_;
  Intake& intake_;
  Enrolment& enrolment_;
  signer::Signer& signer_;
  Channels& channels_;
  Alarms& alarms_;
  const RandomId random_id_;

  By by_;                               // who gave the command that is being handled
  MonoTime handled_ = MonoTime::min();  // when the message that is being handled came
  enum class Disk { kGood, kInTrouble } disk_ = Disk::kGood;
  std::deque<std::function<void()>> owed_;  // to the books
  std::set<RecordingId> cut_off_;           // ingestions that the disk ended
  MonoTime next_intake_ = MonoTime::min();  // when they begin again
  std::map<NodeId, Node> nodes_;            // as stored
  struct Stop {
    link::Publication order;  // as signed, so that a node that has carried it out knows it
    MonoTime until;
  };
  std::map<NodeId, Stop> stops_;                     // the last one of each node
  std::unique_ptr<schedules::Timetable> timetable_;  // none: to be read anew
  std::optional<WallTime> settled_;                  // until when the fates are in the books
  std::map<CampaignId, Disclosure> disclosures_;
  MonoTime next_proof_ = MonoTime::min();
  std::map<NodeId, std::string> present_;  // boot of each node that was heard since the broker connected
  std::map<PlayId, AirRow> airs_;          // on the air, as in the books
  std::set<PlayId> held_over_;             // of an earlier run of the server: their channels are gone
  MonoTime next_air_ = MonoTime::max();
  MonoTime next_tick_ = MonoTime::min();
  MonoTime next_head_ = MonoTime::min();
  MonoTime next_forgetting_ = MonoTime::min();
  std::set<std::pair<ComplaintKind, NodeId>> complained_;
  std::map<std::string, std::int64_t> refused_;
};

}  // namespace loa::server
