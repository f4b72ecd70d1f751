// Everything that can happen to the server, as one closed list. Other threads make these and post them; only the core
// reads them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/link/link.h"
#include "schedules/policy.h"
#include "schedules/timetable/timetable.h"
#include "server/enrol/enrolment.h"
#include "server/people/caller.h"
#include "server/store/store.h"

namespace loa::server {

// What became of a command: its result, or why nothing was done. Called once, on the core's thread; must not block.
template <class Result>
using Reply = std::function<void(std::variant<Result, Text>)>;
struct Done {};

// --- from the link
struct LinkArrived {
  link::LinkEvent event;
  Now arrived;  // read on the link's thread: the second of the four timestamps must not wait for the core
};

// --- from the way to the signer
struct SignerChanged {
  std::optional<Text> trouble;  // none: it is there
};

// --- from intake
struct IntakeProgressed {
  RecordingId recording;
  int progress_pct = 0;
};
struct IntakeEnded {
  RecordingId recording;
  std::variant<Clip, Text> result;
};

// --- from people, through HTTP
struct ReceiveRecording {
  std::filesystem::path file;  // uploaded whole; the core takes it over
  std::string name;
  std::int64_t bytes = 0;
  Reply<Recording> reply;
};
// Text that is read aloud into a recording and becomes an announcement with it.
struct SpeakAnnouncement {
  SpokenText text;
  Reply<Recording> reply;
};
struct CreateArea {
  Area area;
  Reply<Area> reply;
};
struct CreateNode {
  NodeId node;
  AreaId area;
  std::string name;
  Reply<NewCode> reply;
};
// Name and count of residents; where it lies in the tree stays.
struct ChangeArea {
  Area area;
  Reply<Area> reply;
};
// Name, area, place and delay of a node; another area or delay takes effect in its plan at once.
struct ChangeNode {
  Node node;  // the rest is not looked at
  struct Changed {
    Node node;
    std::optional<EnrolmentCode> code;
    std::optional<NodeReport> report;
    std::string current_plan;  // its name; empty: none
  };
  Reply<Changed> reply;
  std::optional<milliseconds> delay = std::nullopt;  // none: as it is
};
// Another code for a node that is not enrolled (any more).
struct MakeCode {
  NodeId node;
  Reply<NewCode> reply;
};
struct RevokeNode {
  NodeId node;
  std::string why;
  Reply<Node> reply;
};

struct CreateAnnouncement {
  std::string title;
  std::string transcript;
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  ClipHash clip;
  Reply<Announcement> reply;
  Category category = Category::kNotice;
  std::string source = {};
  bool names_citizen = false;
  std::string consent = {};
};
// --- its way to being heard; docs/approval.md
struct EditAnnouncement {
  Announcement wanted;  // with its id; author, state and whether it was heard are not looked at
  Reply<Announcement> reply;
  std::optional<std::string> version = std::nullopt;  // version_of() what the editor began from
};
struct SubmitAnnouncement {
  AnnouncementId announcement;
  std::string comment;
  Reply<Announcement> reply;
};
// Approved, or returned with a comment.
struct DecideAnnouncement {
  AnnouncementId announcement;
  enum class Verdict { kApprove, kReturn };
  Verdict verdict = Verdict::kReturn;
  std::string comment;
  Reply<Announcement> reply;
};
struct WithdrawAnnouncement {
  AnnouncementId announcement;
  std::string comment;
  Reply<Announcement> reply;
};
struct AppointDeputy {
  Deputy deputy;  // person, days and decision
  Reply<Deputy> reply;
};
struct EndDeputy {
  std::string deputy;
  Reply<Done> reply;
};
// Somebody has listened to all of a synthetic announcement.
struct HearAnnouncement {
  AnnouncementId announcement;
  Reply<Announcement> reply;
};
enum class EditMode {
  kSave,
  kPreview,  // says what saving would do, and does nothing
};
// What a schedule comes to that is new or edited.
struct ScheduleMade {
  ScheduleRow row;
  schedules::Difference difference;  // of the next kForeseen
  // Plays of it that the policy of the root key keeps from a loudspeaker, in the next days of its plan.
  struct Kept {
    NodeId node;
    WallTime start;
    schedules::PolicyClause clause;
  };
  std::vector<Kept> kept;
  // Plays that will be quieter than wanted, by the ward's rules or the policy, in the same days.
  struct Softer {
    NodeId node;
    WallTime start;
    int volume_pct = 0;
  };
  std::vector<Softer> softer;
};
struct CreateSchedule {
  // Its announcement, areas, rule and terms; the rest is the core's to fill in.
  schedules::Schedule wanted;
  Reply<ScheduleMade> reply;
  EditMode mode = EditMode::kSave;
};
// Another version of a schedule: what has begun stays as it was, the rest is by the new one.
struct EditSchedule {
  schedules::Schedule wanted;  // as of CreateSchedule, with its id and the same announcement
  Reply<ScheduleMade> reply;
  EditMode mode = EditMode::kSave;
  std::optional<WallTime> made = std::nullopt;  // of the version that the editor began from
};
// What a new campaign comes to.
struct CampaignMade {
  Campaign campaign;
  std::vector<schedules::Schedule> schedules;
  schedules::Difference difference;  // of the next kForeseen
  std::vector<ScheduleMade::Kept> kept;
  std::vector<ScheduleMade::Softer> softer;
};
struct CreateCampaign {
  Campaign campaign;
  std::vector<AnnouncementId> pool;
  std::vector<std::string> sessions;  // none: each due time is a turn
  int per_turn = 0;                   // 0: one message, or of a disclosure the whole pool
  // Areas, rule and terms of each of its schedules.
  schedules::Schedule terms;
  Reply<CampaignMade> reply;
  EditMode mode = EditMode::kSave;
};
struct CancelCampaign {
  CampaignId campaign;
  Reply<schedules::Difference> reply;
  EditMode mode = EditMode::kSave;
};
// The events of one calendar file as schedules of one announcement: all of them, or none.
struct ImportSchedules {
  struct Event {
    std::size_t line = 0;  // in the file, for what is said of it
    std::string summary;
    schedules::Schedule wanted;  // as of CreateSchedule, with the same areas as all others
  };
  std::vector<Event> events;  // at least one
  struct Made {
    std::vector<ScheduleRow> rows;
    schedules::Difference difference;
    std::vector<ScheduleMade::Kept> kept;
    std::vector<ScheduleMade::Softer> softer;
  };
  Reply<Made> reply;
  EditMode mode = EditMode::kSave;
};
// What approving it would change.
struct PreviewApproval {
  AnnouncementId announcement;
  Reply<ImportSchedules::Made> reply;
};
// A calendar for others to subscribe to; the secret in its address is answered this once.
struct CreateFeed {
  std::string name;
  std::optional<AreaId> area;
  struct Made {
    Feed feed;
    std::string secret;
  };
  Reply<Made> reply;
};
struct RemoveFeed {
  std::string feed;
  Reply<Done> reply;
};
struct CancelSchedule {
  ScheduleId schedule;
  Reply<schedules::Difference> reply;
  EditMode mode = EditMode::kSave;
};
struct SetWardRules {
  std::string decision;
  schedules::WardRules rules;
  Reply<WardRulesRow> reply;
  std::optional<std::int64_t> version = std::nullopt;  // that the editor began from; 0: there was none
};
// What was and will be on these days of the ward's calendar, and why: of one area with all above it, or of all.
struct Explain {
  std::optional<civil::Day> from;  // none: today
  std::optional<civil::Day> to;    // included; none: `from` alone
  std::optional<AreaId> area;
  std::optional<NodeId> node;  // of that area: with what it is told of the plays to come
  struct Told {
    FateRow row;
    std::optional<int> volume_pct;                // of a play to come
    std::optional<schedules::PolicyClause> kept;  // by the root key's policy, so that it is not in the node's plan
  };
  Reply<std::vector<Told>> reply;
};
// Goes before all that waits in the mailbox.
struct StopSound {
  std::vector<AreaId> areas;
  std::vector<NodeId> nodes;
  std::string why;
  Reply<std::vector<NodeId>> reply;  // the nodes that were told
  enum class Reach { kNamed, kWholeStation };
  Reach reach = Reach::kNamed;
};

// Puts something on the air at once, beside the plans; docs/live.md.
struct StartAir {
  AirKind kind = AirKind::kAnnouncement;
  std::optional<AnnouncementId> announcement;                         // none: of a speech
  std::string title;                                                  // of a speech
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;  // of a speech
  std::vector<AreaId> areas;
  std::vector<NodeId> nodes;
  StopSound::Reach reach = StopSound::Reach::kNamed;
  int volume_pct = 0;
  std::optional<milliseconds> longest;  // of a speech and of what is repeated
  std::optional<milliseconds> pause;    // the announcement again after so much silence
  bool is_exercise = false;
  // Of somebody who may let an emergency sound outside the policy; unlocked for this one message.
  std::shared_ptr<const crypto::SecretKey> emergency_key;
  Reply<AirRow> reply;
};
struct EndAir {
  PlayId play;
  std::string why;
  Reply<AirRow> reply;
};
// Of whoever asks; the one before is void.
struct SaveEmergencyKey {
  crypto::PublicKey key;
  std::string wrapped;
  Reply<EmergencyKey> reply;
};
// --- from live channels
// The speaker's end says nothing any more.
struct SpeakerLost {
  PlayId play;
};
// What was said, as a whole file; the core takes it over.
struct SpeechRecorded {
  PlayId play;
  std::filesystem::path file;
  std::int64_t bytes = 0;
};

// A tone at one loudspeaker; what became of it comes with the node's status.
struct TestNode {
  NodeId node;
  int volume_pct = 0;
  struct Ordered {
    NodeId node;
    PlayId test;
    int volume_pct = 0;
  };
  Reply<Ordered> reply;
};

// --- people and how they prove who they are; docs/people.md
// An invitation: its code is answered this once.
struct Invited {
  Person person;
  std::string code;
  WallTime until{};
};
struct AddPerson {
  Person person;  // id, name, role and area
  Reply<Invited> reply;
};
// Name, role and area. Whoever's rights change signs in anew.
struct ChangePerson {
  Person person;
  Reply<Person> reply;
};
// What they had to prove themselves by is void; a closed person is opened again.
struct InvitePerson {
  PersonId person;
  Reply<Invited> reply;
};
struct ClosePerson {
  PersonId person;
  Reply<Person> reply;
};
struct TakeInvitation {
  std::string code_sha256;
  std::string password;  // as crypto::hash_password made it
  Reply<Person> reply;
};
struct ChangePassword {
  PersonId person;
  std::string verified;  // the hash that the present password was found to fit
  std::string password;  // as crypto::hash_password made it
  Reply<Done> reply;
};
struct OpenSession {
  PersonId person;
  std::string verified;  // as of ChangePassword
  std::string digits;    // of the second factor; empty: none given
  struct Opened {
    Caller caller;
    std::string secret;
    WallTime until{};
  };
  Reply<Opened> reply;
};
struct CloseSession {
  std::string session;
  Reply<Done> reply;
};
struct BeginSecondFactor {
  PersonId person;
  Reply<Bytes> reply;  // the secret, until ConfirmSecondFactor only wanted
};
struct ConfirmSecondFactor {
  PersonId person;
  std::string digits;
  Reply<Person> reply;
};
struct AddToken {
  Token token;  // person, name, scope and until
  struct Made {
    Token token;
    std::string secret;
  };
  Reply<Made> reply;
};
struct RevokeToken {
  std::string token;
  Reply<Token> reply;
};

// --- from residents; docs/residents.md
struct TakeComplaint {
  Complaint complaint;  // heard, node, area, kind and text
  Reply<Complaint> reply;
};
struct SettleComplaint {
  ComplaintId complaint;
  std::string note;
  Reply<Complaint> reply;
};
struct CountMark {
  std::optional<AreaId> area;  // none: the whole ward
  int mark = 0;
  Reply<Done> reply;
};

// --- from nodes, through HTTP
struct EnrolNode {
  std::string envelope;
  Reply<std::string> reply;  // the answer's envelope
};
struct RenewCertificate {
  NodeId node;
  std::string serial;        // of the certificate it came with
  Reply<std::string> reply;  // PEM
};

// --- from the clock: the deadline that next_deadline() named has passed
struct Tick {};

// A command, and who gives it.
struct Asked {
  By by;
  std::shared_ptr<struct Command> command;  // shared so that a message can be copied; the core's alone once posted
};

using ServerMessage =
    std::variant<LinkArrived, SignerChanged, IntakeProgressed, IntakeEnded, ReceiveRecording, SpeakAnnouncement,
                 CreateArea, ChangeArea, CreateNode, ChangeNode, MakeCode, RevokeNode, EnrolNode, RenewCertificate,
                 CreateAnnouncement, HearAnnouncement, CreateSchedule, EditSchedule, ImportSchedules, CancelSchedule,
                 CreateCampaign, CancelCampaign, SetWardRules, EditAnnouncement, SubmitAnnouncement, DecideAnnouncement,
                 PreviewApproval, WithdrawAnnouncement, AppointDeputy, EndDeputy, Explain, CreateFeed, RemoveFeed,
                 StopSound, StartAir, EndAir, SaveEmergencyKey, SpeakerLost, SpeechRecorded, TestNode, AddPerson,
                 ChangePerson, InvitePerson, ClosePerson, TakeInvitation, ChangePassword, OpenSession, CloseSession,
                 BeginSecondFactor, ConfirmSecondFactor, AddToken, RevokeToken, TakeComplaint, SettleComplaint,
                 CountMark, Asked, Tick>;

struct Command {
  explicit Command(ServerMessage given) : message(std::move(given)) {}
  ServerMessage message;
};

}  // namespace loa::server
