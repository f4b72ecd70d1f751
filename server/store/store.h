// The server's books. One writer (the core's thread); HTTP reads have their own Store on a read-only connection.
//
// Everything throws Error (db.*) on failure and then has changed nothing; ids that do not exist throw the
// `*.unknown` named at the function.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/certificates.h"
#include "common/crypto/keys.h"
#include "common/db/database.h"
#include "common/enrol/code.h"
#include "common/wire/messages.h"
#include "schedules/schedule.h"
#include "schedules/timetable/timetable.h"
#include "server/store/evidence.h"
#include "server/store/people.h"
#include "server/store/residents.h"

namespace loa::server {

struct Area {
  AreaId id;
  std::optional<AreaId> parent;
  std::string name;
  std::optional<std::int64_t> residents = std::nullopt;  // who live there, as the ward counts them
};

struct Position {  // WGS 84, degrees
  double latitude = 0;
  double longitude = 0;
};

struct Revocation {
  WallTime when;
  std::string why;
};
struct Node {
  NodeId id;
  AreaId area;
  std::string name;
  std::optional<crypto::PublicKey> public_key = std::nullopt;  // from its enrolment until it is revoked
  std::optional<Revocation> revoked = std::nullopt;            // and not enrolled again since
  std::optional<Position> position = std::nullopt;             // where it stands
  milliseconds delay{0};                                       // what its plan says, ± wire::kMostDelay
};

// A one-time code, docs/protocol.md §5.
enum class CodeState {
  kOpen,      // nobody has used it
  kAnswered,  // the node's keys are in the books; the same keys are answered again
  kClosed,    // the node has been heard of: used up
};
struct EnrolmentCode {
  NodeId node;
  enrol::CodeVerifier verifier;  // server_seed is zero once closed
  WallTime until;
  int false_tries = 0;
  CodeState state = CodeState::kOpen;
  std::string tls_key;  // PEM, of the request that was answered; empty while open
};
struct NodeCertificate {
  std::string serial;
  std::string pem;
  WallTime issued;
  WallTime until;
};

struct NodeReport {  // what a node last said of itself
  WallTime seen;
  wire::Status status;
};

struct Clip {
  ClipHash hash;
  std::int64_t bytes = 0;
  milliseconds duration{0};
  double input_lufs = 0;
  double output_lufs = 0;
  double output_true_peak_dbtp = 0;
  std::int64_t bitrate = 0;  // bit/s
};

enum class RecordingState { kIngesting, kReady, kRefused };
[[nodiscard]] std::string_view to_string(RecordingState state);
struct Recording {
  RecordingId id;
  std::string name;  // as the uploader called it
  std::int64_t bytes = 0;
  WallTime received;
  RecordingState state = RecordingState::kIngesting;
  int progress_pct = 0;
  std::optional<Text> refusal;
  std::optional<ClipHash> clip;
  std::optional<AnnouncementId> announcement = std::nullopt;  // that came of it, of text that was read aloud
};

// What is read aloud into a recording, and what its announcement will be.
struct SpokenText {
  std::string title;
  std::string transcript;
  std::string spoken;  // as the engine is given it
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  std::optional<PersonId> author = std::nullopt;
};

struct Announcement {
  AnnouncementId id;
  std::string title;
  std::string transcript;
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  ClipHash clip;
  bool is_synthetic = false;                     // read by a machine: somebody must hear it before it airs
  std::optional<WallTime> heard = std::nullopt;  // of a synthetic one
  Category category = Category::kNotice;
  std::string source = {};  // number of the document that is disclosed
  bool names_citizen = false;
  std::string consent = {};                       // how and when the citizen's was recorded
  std::optional<PersonId> author = std::nullopt;  // none: from before people signed in
  ApprovalState state = ApprovalState::kApproved;
};

// What happened to an announcement on its way to being heard.
struct ApprovalStep {
  WallTime at{};
  PersonId person;
  StepKind kind = StepKind::kMade;
  std::string comment = {};
};
// That somebody wrote a version of a schedule, or a campaign.
struct Writing {
  WallTime at;
  PersonId person;
};
// Somebody who approves in the chairman's stead.
struct Deputy {
  std::string id;
  PersonId person;
  civil::Day first{};
  civil::Day last{};  // included
  std::string decision;
  PersonId appointed_by;
  WallTime made{};
  std::optional<WallTime> ended = std::nullopt;
};

enum class CampaignKind { kRotation, kDisclosure };
[[nodiscard]] std::string_view to_string(CampaignKind kind);
[[nodiscard]] std::optional<CampaignKind> parse_campaign_kind(std::string_view text);
struct Campaign {
  CampaignId id;
  std::string title;
  CampaignKind kind = CampaignKind::kRotation;
  std::string source;        // number of the document; of a disclosure
  int consecutive_days = 0;  // that a disclosure must be heard
  WallTime made;
  std::optional<WallTime> cancelled = std::nullopt;
};
// On how many loudspeakers every message of a disclosure was heard whole on one day, of those that were to play it.
struct CampaignDay {
  civil::Day day;
  int nodes = 0;
  int proved = 0;
  [[nodiscard]] bool is_proved() const { return nodes > 0 && proved == nodes; }
};
// Plays on all loudspeakers together.
struct MessageCount {
  AnnouncementId announcement;
  std::string title;
  std::int64_t planned = 0;
  std::int64_t played = 0;  // whole
};

struct ScheduleRow {
  schedules::Schedule schedule;
  std::optional<WallTime> cancelled;
};

// The fate of one occurrence, as it was settled; docs/schedules.md.
struct FateRow {
  ScheduleId schedule;
  AnnouncementId announcement;
  std::string title;
  WallTime due;
  schedules::Fate fate;  // `why` of a LostTo has no number: see `winner`
  std::optional<ScheduleId> winner;
  std::optional<schedules::Silence> silence;
  std::optional<schedules::Chime> chime = std::nullopt;  // of what sounded
};

// A calendar that office programs subscribe to, without signing in.
struct Feed {
  std::string id;
  std::string name;
  std::optional<AreaId> area;  // none: the whole ward
  WallTime made;
};

// One version of the ward's own rules.
struct WardRulesRow {
  std::int64_t version = 0;
  std::string decision;  // number of the decision that authorises it
  WallTime made;
  schedules::WardRules rules;
};

struct IssuedPlan {
  std::int64_t seq = 0;
  std::string name;  // SHA-256 of the body
  WallTime issued;
  std::string body;
  std::string envelope;
};

struct PlannedPlay {
  PlayId play;
  ScheduleId schedule;
  AnnouncementId announcement;
  ClipHash clip;
  WallTime start;
  WallTime due;  // end of the play, begun as late as allowed
};

// What is, or was, on the air beside the plans; docs/live.md.
enum class AirKind { kAnnouncement, kSpeech, kEmergency };
[[nodiscard]] std::string_view to_string(AirKind kind);
[[nodiscard]] std::optional<AirKind> parse_air_kind(std::string_view text);
struct AirRow {
  wire::Air air;  // as the nodes are told; `nodes` always stands there
  AirKind kind = AirKind::kAnnouncement;
  std::string title;
  bool is_exercise = false;
  PersonId by;
  WallTime made;
  std::optional<WallTime> ended = std::nullopt;
  std::string why = {};                                 // it ended
  std::optional<RecordingId> recording = std::nullopt;  // of what was said
};

// What lets one person put an emergency on the air outside the policy; docs/live.md.
struct EmergencyKey {
  PersonId person;
  crypto::PublicKey key;
  std::string wrapped;  // as crypto::make_wrapped_key made it
  WallTime made;
};

struct OutcomeRow {
  NodeId node;
  wire::Outcome outcome;
  std::optional<WallTime> reported;  // none: only the server's own timer has spoken
  WallTime committed;
};
struct OutcomeFilter {
  std::optional<ScheduleId> schedule;
  std::optional<NodeId> node;
  std::optional<WallTime> from;   // planned instant
  std::optional<WallTime> until;  // exclusive
  std::optional<AreaId> area;     // and below
  std::int64_t limit = 1000;
  std::optional<PlayId> play = std::nullopt;
};

// Who wrote or changed an announcement since it was last approved; its author always.
[[nodiscard]] std::set<PersonId> hands_on(const std::vector<ApprovalStep>& steps, const Announcement& announcement);

class Store {
 public:
  // Brings the schema up to date.
  [[nodiscard]] static Store make_writer(db::Database database);
  [[nodiscard]] static Store make_reader(db::Database database);

  // All that `work` stores, by any functions of this class but this one, is one transaction: committed when this
  // returns, undone when it throws.
  void together(const std::function<void()>& work);
  // Writes to the disk and changes nothing: whether it takes anything. Throws what any write does.
  void prove_writable();
  // All that `work` reads is of one moment, whatever is written meanwhile. For a reader; no part of together().
  void in_one_view(const std::function<void()>& work);

  // --- areas and nodes
  void add_area(const Area& area, WallTime now);  // area.exists, area.unknown (parent)
  void save_area(const Area& area);               // name and residents; area.unknown
  [[nodiscard]] std::vector<Area> load_areas();
  [[nodiscard]] bool has_area(const AreaId& area);
  // It and all below it.
  [[nodiscard]] std::set<AreaId> areas_below(const AreaId& area);
  // It and all above it.
  [[nodiscard]] std::set<AreaId> areas_above(const AreaId& area);
  void add_node(const Node& node, WallTime now);  // node.exists, area.unknown
  void save_node(const Node& node);               // name, area and position; node.unknown, area.unknown
  [[nodiscard]] std::vector<Node> load_nodes();
  [[nodiscard]] std::optional<Node> load_node(const NodeId& node);
  void save_report(const NodeId& node, const NodeReport& report);
  [[nodiscard]] std::optional<NodeReport> load_report(const NodeId& node);
  // --- what has changed, for whoever looks again and again (store/news_books.cpp)
  // Another number after each change that another connection made.
  [[nodiscard]] std::int64_t data_version();
  struct NodeNews {
    NodeId node;
    std::optional<WallTime> told;     // when it last said something
    std::optional<WallTime> planned;  // when its plan was made
  };
  [[nodiscard]] std::vector<NodeNews> load_node_news();
  struct Tail {
    std::optional<WallTime> outcome;    // when the last one was booked
    std::optional<WallTime> complaint;  // when the last one was made
    std::int64_t ingesting = 0;         // recordings that are being turned into clips
    std::int64_t ingested = 0;          // those of which that is over, one way or the other
  };
  [[nodiscard]] Tail tail();

  // Enrolled nodes in any of the areas or below them, and those of `nodes` that are enrolled. Ascending.
  [[nodiscard]] std::vector<NodeId> nodes_below(const std::vector<AreaId>& areas,
                                                const std::vector<NodeId>& nodes = {});

  // --- enrolment (store/enrolment_books.cpp)
  // Replaces the node's code before, whatever became of it.
  void save_code(const EnrolmentCode& code);
  [[nodiscard]] std::optional<EnrolmentCode> find_code(std::string_view key_id);
  [[nodiscard]] std::optional<EnrolmentCode> find_code_of(const NodeId& node);
  void count_false_try(std::string_view key_id);
  // The keys of an open code's request and the certificate given for them, in one transaction; the code is answered.
  void book_enrolment(const NodeId& node, const crypto::PublicKey& key, const std::string& tls_key,
                      const NodeCertificate& certificate);
  // Used up; the seed is forgotten.
  void close_code(const NodeId& node);
  void add_certificate(const NodeId& node, const NodeCertificate& certificate);
  // The newest that is not revoked.
  [[nodiscard]] std::optional<NodeCertificate> load_certificate(const NodeId& node);
  // Whose it is, when it is known and not revoked.
  [[nodiscard]] std::optional<NodeId> find_certified(std::string_view serial);
  // Key, certificates and code go, in one transaction; when and why stays. node.unknown, node.revoked_already
  void revoke_node(const NodeId& node, const std::string& why, WallTime now);
  struct StruckCertificate {
    NodeId node;
    crypto::RevokedCertificate certificate;
  };
  // Those that would still be believed at `now`.
  [[nodiscard]] std::vector<StruckCertificate> struck_certificates(WallTime now);

  // --- recordings and clips
  void add_recording(const Recording& recording);
  void save_progress(const RecordingId& recording, int progress_pct);
  void save_refusal(const RecordingId& recording, const Text& why);
  // The clip and the end of its recording in one transaction; a clip that is known already is kept.
  void save_clip_of(const RecordingId& recording, const Clip& clip, WallTime now);
  [[nodiscard]] std::vector<Recording> load_recordings(std::optional<RecordingState> state);
  [[nodiscard]] std::optional<Recording> load_recording(const RecordingId& recording);
  // Those whose upload is still kept though it came before `before` and nothing is to be made of it any more.
  [[nodiscard]] std::vector<RecordingId> old_recordings(WallTime before);
  void forget_recording(const RecordingId& recording, WallTime now);  // that its upload is gone
  [[nodiscard]] std::vector<Clip> load_clips();
  [[nodiscard]] std::optional<Clip> load_clip(const ClipHash& hash);

  // --- text that is read aloud
  void add_spoken_text(const RecordingId& recording, const SpokenText& text);
  [[nodiscard]] std::optional<SpokenText> load_spoken_text(const RecordingId& recording);
  void link_spoken_text(const RecordingId& recording, const AnnouncementId& announcement);

  // --- announcements and schedules
  // It is synthetic when its clip was read by a machine, whatever is given; nobody has heard it. clip.unknown
  void add_announcement(const Announcement& announcement, WallTime now);
  void save_heard(const AnnouncementId& announcement, WallTime now);  // the first time stands
  // Everything but its id, author and whether it was heard. announcement.unknown, clip.unknown
  void save_announcement(const Announcement& announcement);
  // On any loudspeaker, whole or in part.
  [[nodiscard]] bool was_heard(const AnnouncementId& announcement);
  void add_step(const AnnouncementId& announcement, const ApprovalStep& step);
  [[nodiscard]] std::vector<ApprovalStep> load_steps(const AnnouncementId& announcement);  // as they were made
  void add_deputy(const Deputy& deputy);
  void end_deputy(const std::string& deputy, WallTime now);  // deputy.unknown; twice is harmless
  [[nodiscard]] std::vector<Deputy> load_deputies();         // newest first
  [[nodiscard]] bool is_deputy(const PersonId& person, civil::Day day);
  [[nodiscard]] std::vector<Announcement> load_announcements();
  [[nodiscard]] std::optional<Announcement> load_announcement(const AnnouncementId& id);
  void add_schedule(const schedules::Schedule& schedule, WallTime now);  // announcement.unknown, area.unknown
  // Another version of the schedule with its id; the one before stays among the former ones. schedule.unknown,
  // area.unknown
  void replace_schedule(const schedules::Schedule& schedule);
  void cancel_schedule(const ScheduleId& schedule, WallTime now);  // schedule.unknown; twice is harmless
  [[nodiscard]] std::vector<ScheduleRow> load_schedules();         // newest first
  [[nodiscard]] std::optional<ScheduleRow> load_schedule(const ScheduleId& id);
  // Not cancelled, in the order in which they were made.
  [[nodiscard]] std::vector<schedules::Schedule> load_active_schedules();
  [[nodiscard]] std::vector<schedules::Schedule> load_active_schedules(const AnnouncementId& announcement);
  // Those of them that are for an event.
  [[nodiscard]] std::vector<schedules::Schedule> load_greetings();
  // Its versions before the present one, oldest first.
  [[nodiscard]] std::vector<schedules::Schedule> load_former_versions(const ScheduleId& schedule);
  // Those of all schedules that were in force at `since` or later.
  [[nodiscard]] std::map<ScheduleId, std::vector<schedules::Schedule>> load_former_versions(WallTime since);

  // --- campaigns (store/campaign_books.cpp); their schedules are added by add_schedule
  void add_campaign(const Campaign& campaign);
  // With its schedules. campaign.unknown; twice is harmless
  void cancel_campaign(const CampaignId& campaign, WallTime now);
  [[nodiscard]] std::vector<Campaign> load_campaigns();  // newest first
  [[nodiscard]] std::optional<Campaign> load_campaign(const CampaignId& campaign);
  [[nodiscard]] std::vector<schedules::Schedule> load_schedules_of(const CampaignId& campaign);  // as they were made
  [[nodiscard]] std::vector<MessageCount> count_messages(const CampaignId& campaign);
  // From what is in the books now, of plays that start in [from, until).
  [[nodiscard]] CampaignDay count_proof(const CampaignId& campaign, civil::Day day, WallTime from, WallTime until);
  void save_campaign_day(const CampaignId& campaign, const CampaignDay& day);  // instead of what was counted before
  [[nodiscard]] std::vector<CampaignDay> load_campaign_days(const CampaignId& campaign);  // ascending

  // --- the ward's rules and what became of occurrences
  // Returns the version, which counts from 1.
  std::int64_t add_ward_rules(const std::string& decision, const schedules::WardRules& rules, WallTime now);
  [[nodiscard]] std::vector<WardRulesRow> load_ward_rules();  // newest first
  // Of all of them, in one transaction; what is settled already stays.
  void save_fates(const std::vector<schedules::FateOf>& settled);
  [[nodiscard]] std::vector<FateRow> load_fates(WallTime due_from, WallTime due_until);  // ascending by due time

  // --- calendars (store/feed_books.cpp)
  // Of its secret the books keep the SHA-256 alone, in lower-case hexadecimal. area.unknown
  void add_feed(const Feed& feed, const std::string& secret_sha256);
  void remove_feed(const std::string& id);       // feed.unknown
  [[nodiscard]] std::vector<Feed> load_feeds();  // newest first
  [[nodiscard]] std::optional<Feed> load_feed(const std::string& id);
  [[nodiscard]] std::optional<Feed> find_feed(const std::string& secret_sha256);

  // --- plans and outcomes
  // The plan and what it promises, in one transaction: plays that are new are added to the books, plays that have not
  // begun and are no longer in it are marked cancelled, until a later plan promises them again.
  void save_plan(const NodeId& node, const IssuedPlan& plan, const std::vector<PlannedPlay>& plays, WallTime now);
  // Whether one of them is not promised to this node yet, or was taken back.
  [[nodiscard]] bool has_new_play(const NodeId& node, const std::vector<PlannedPlay>& plays);
  [[nodiscard]] std::optional<IssuedPlan> load_plan(const NodeId& node);
  [[nodiscard]] std::string load_plan_name(const NodeId& node);  // empty: none

  // Plays that some plan promised and that were not cancelled in time.
  [[nodiscard]] std::vector<PlayId> promised_plays(const NodeId& node);

  // --- on the air (store/air_books.cpp)
  void add_air(const AirRow& row);
  void end_air(const PlayId& play, WallTime ended, const std::string& why);
  void save_air_recording(const PlayId& play, const RecordingId& recording);
  [[nodiscard]] std::optional<AirRow> load_air(const PlayId& play);
  [[nodiscard]] std::vector<AirRow> load_open_airs();
  // Of approved announcements for emergencies, newest first.
  [[nodiscard]] std::vector<ClipHash> load_prepared_clips(std::size_t most);
  [[nodiscard]] std::vector<AirRow> load_airs(std::size_t most);  // newest first

  // A person's newest key alone.
  void save_emergency_key(const EmergencyKey& key);  // person.unknown
  [[nodiscard]] std::optional<EmergencyKey> load_emergency_key(const PersonId& person);
  [[nodiscard]] std::vector<EmergencyKey> load_emergency_keys();

  // Books the node's word for each, in one transaction. The first word stands; only the timer's `no_report` gives way.
  void book_outcomes(const NodeId& node, const std::vector<wire::Outcome>& outcomes, WallTime now);
  // Open plays that were due before `before` become missed/no_report. How many.
  int book_missing_reports(WallTime before, WallTime now);
  // The part of it for what was on the air.
  int book_missing_air_reports(WallTime before, WallTime now);
  // A stop at `now` means these: the node's open plays that had begun by `begun` and may sound after `now`. Each is
  // remembered until then, or until the node's word for it is booked.
  void book_stop(const NodeId& node, WallTime begun, WallTime now, const std::string& why);
  struct StoppedPlay {
    PlayId play;
    std::string why;
  };
  // Those that may still sound after `now`.
  [[nodiscard]] std::vector<StoppedPlay> stopped_plays(const NodeId& node, WallTime now);
  void forget_stops(WallTime now);  // of the others
  // The earliest due time of an open play.
  [[nodiscard]] std::optional<WallTime> next_due();
  [[nodiscard]] std::vector<OutcomeRow> load_outcomes(const OutcomeFilter& filter);
  // Of the plays that were due from there on.
  [[nodiscard]] std::map<OutcomeResult, std::int64_t> count_outcomes(WallTime from);

  // --- people (store/people_books.cpp)
  void add_person(const Person& person);   // without password and second factor. person.exists, area.unknown
  void save_person(const Person& person);  // name, role and area. person.unknown, area.unknown
  // Sessions, invitation, tokens, password and second factor go. person.unknown; twice is harmless
  void close_person(const PersonId& person, WallTime now);
  [[nodiscard]] std::vector<Person> load_people();  // by id
  [[nodiscard]] std::optional<Person> load_person(const PersonId& person);
  // Opens a closed person again; sessions, password and second factor go, and the invitation before. person.unknown
  void save_invitation(const PersonId& person, const std::string& code_sha256, WallTime until);
  [[nodiscard]] std::optional<PersonId> find_invited(const std::string& code_sha256, WallTime now);
  // As crypto::hash_password made it; invitation and sessions go. person.unknown, also when closed
  void save_password(const PersonId& person, const std::string& password);
  [[nodiscard]] std::optional<std::string> load_password(const PersonId& person);
  [[nodiscard]] SecondFactor load_second_factor(const PersonId& person);  // person.unknown
  void save_second_factor(const PersonId& person, const SecondFactor& factor);
  // Of its secret the books keep the SHA-256 alone, in lower-case hexadecimal; those that are over go.
  void add_session(const std::string& session_sha256, const PersonId& person, WallTime now, WallTime until);
  void remove_session(const std::string& session_sha256);
  void remove_sessions(const PersonId& person);
  [[nodiscard]] std::optional<Caller> find_session(const std::string& session_sha256, WallTime now);
  void add_token(const Token& token, const std::string& token_sha256);  // person.unknown
  void revoke_token(const std::string& token, WallTime now);            // token.unknown; twice is harmless
  [[nodiscard]] std::vector<Token> load_tokens();                       // newest first
  [[nodiscard]] std::optional<Caller> find_token(const std::string& token_sha256, WallTime now);

  // --- who did what (store/audit_books.cpp)
  // Within together() with what was done, so that nothing is done without a row of it.
  void add_audit(const By& by, const AuditEntry& entry, WallTime now);
  [[nodiscard]] std::optional<AuditRow> last_audit();
  [[nodiscard]] std::vector<AuditRow> load_audit(const AuditFilter& filter);  // newest first
  // Subjects of what this person made: recordings, announcements, schedules …
  [[nodiscard]] std::set<std::string> made_by(const PersonId& person);
  // Of these schedules and campaigns by their ids: who wrote each version, oldest first. Reads the whole audit once.
  [[nodiscard]] std::map<std::string, std::vector<Writing>> load_writings(const std::set<std::string>& subjects);
  void each_audit(const std::function<void(const AuditRow&)>& visit);  // oldest first
  void add_audit_head(std::int64_t seq, const std::string& envelope);  // the first of a row stands
  [[nodiscard]] std::optional<AuditHead> last_audit_head();
  [[nodiscard]] std::vector<AuditHead> load_audit_heads();  // ascending

  // --- residents (store/resident_books.cpp)
  void add_complaint(const Complaint& complaint);  // node.unknown, area.unknown
  // complaint.unknown; the last word stands
  void settle_complaint(const ComplaintId& complaint, const Settlement& settlement);
  [[nodiscard]] std::optional<Complaint> load_complaint(const ComplaintId& complaint);
  [[nodiscard]] std::vector<Complaint> load_complaints(const ComplaintFilter& filter);  // newest first
  [[nodiscard]] std::vector<ComplaintCount> count_open_complaints(WallTime since);      // that are about a loudspeaker
  // The last play that the server had planned there within the hour before.
  [[nodiscard]] std::optional<PlayId> find_play_before(const NodeId& node, WallTime heard);
  // What a loudspeaker was to play from `from` ≤ start < `until`.
  [[nodiscard]] std::vector<PlayAbout> load_plays_of(const NodeId& node, WallTime from, WallTime until);
  [[nodiscard]] std::optional<PlayAbout> load_play_about(const Complaint& complaint);
  // What residents wrote in complaints made before `before`, all else stays. How many had some.
  int forget_complaint_texts(WallTime before);
  void count_mark(const std::string& quarter, const std::optional<AreaId>& area, int mark);  // area.unknown
  // Both quarters included; ascending.
  [[nodiscard]] std::vector<Satisfaction> load_satisfaction(const std::string& from_quarter,
                                                            const std::string& to_quarter);
  [[nodiscard]] std::vector<AiredRow> load_aired(WallTime from, WallTime until);  // newest first

  // --- evidence (store/evidence_books.cpp)
  // Every play that a plan promised and that was not taken back in time, with its outcome, and every outcome of what
  // was not promised: ascending by the planned start, which is in [from, until).
  void each_play(WallTime from, WallTime until, const std::function<void(const PlayRow&)>& visit);
  // The same with all that is known of each, first what was promised.
  void each_outcome(WallTime from, WallTime until,
                    const std::function<void(const PlayRow&, const OutcomeDetail&)>& visit);
  [[nodiscard]] std::map<NodeId, NodeService> load_services();
  // When the first area was made; none: no ward yet.
  [[nodiscard]] std::optional<WallTime> began();

 private:
  // It and all below it, as a JSON array for a statement; none: no area is asked for.
  [[nodiscard]] std::optional<std::string> list_below(const std::optional<AreaId>& area);
  // Promised, and neither taken back nor ended.
  [[nodiscard]] std::set<PlayId> open_plays(const NodeId& node);
  // Before save_report() writes it over.
  void note_presence(const NodeId& node, WallTime now, bool is_online);

  explicit Store(db::Database database) : db_(std::move(database)) {}
  db::Database db_;
};

}  // namespace loa::server
