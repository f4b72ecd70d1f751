// The core's part in approval: docs/approval.md.
#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/core/commands.h"
#include "server/core/server_core.h"

namespace loa::server {

using Approval = schedules::Schedule::Approval;

namespace {

constexpr std::size_t kLongestComment = 2000;
constexpr std::size_t kLongestTranscript = 20'000;
constexpr std::chrono::days kLongestDeputy{366};

std::string bounded(const std::string& text, const char* field) {
  std::string plain = trimmed(text);
  if (plain.size() > kLongestComment) throw Error("field.too_long", {field, std::to_string(kLongestComment)});
  return plain;
}

}  // namespace

Announcement ServerCore::known_announcement(const AnnouncementId& id) {
  auto announcement = store_.load_announcement(id);
  if (!announcement) throw Error("announcement.unknown", {id.str()});
  if (announcement->state == ApprovalState::kWithdrawn) throw Error("announcement.withdrawn", {announcement->title});
  return *std::move(announcement);
}

std::set<PersonId> ServerCore::hands_of(const Announcement& announcement) {
  return hands_on(store_.load_steps(announcement.id), announcement);
}

Approver ServerCore::approver(WallTime now) {
  return {by_.person, by_.role.value_or(Role::kViewer), store_.is_deputy(by_.person, timetable(now).day_of(now))};
}

std::vector<std::string> ServerCore::mail_of(const std::function<bool(const Person&)>& is_meant) {
  std::vector<std::string> addresses;
  for (const Person& person : store_.load_people())
    if (!person.closed && !person.mail.empty() && is_meant(person)) addresses.push_back(person.mail);
  return addresses;
}

std::vector<std::string> ServerCore::mail_of_hands(const Announcement& announcement) {
  const std::set<PersonId> hands = hands_of(announcement);
  return mail_of([&](const Person& person) { return hands.contains(person.id); });
}

std::string ServerCore::name_of_caller() {
  const auto person = store_.load_person(by_.person);
  return person ? person->name : by_.person.str();
}

void ServerCore::add_step(const AnnouncementId& announcement, StepKind kind, const std::string& comment, WallTime now) {
  if (!by_.person.empty()) store_.add_step(announcement, {now, by_.person, kind, comment});
}

Approval ServerCore::approval_of_new(const Announcement& announcement) const {
  // What nobody asked for the server has no author to be kept from: its own tools.
  const bool at_once = by_.person.empty() || (by_.role && schedules_at_once(*by_.role));
  return at_once && announcement.state == ApprovalState::kApproved ? Approval::kGiven : Approval::kWanting;
}

void ServerCore::change_airing(const Announcement& announcement, Approval approval, WallTime now,
                               const std::function<void()>& book) {
  settle(now);
  const std::vector<CampaignId> whole = whole_disclosures(now);
  const WallTime settled = timetable(now).settled_until();
  std::vector<NodePlan> plans;
  try {
    store_.together([&] {
      store_.save_announcement(announcement);
      std::set<AreaId> areas;
      std::set<NodeId> nodes;
      for (schedules::Schedule each : store_.load_active_schedules(announcement.id)) {
        if (each.approval == approval) continue;
        each.approval = approval;
        // What has begun stays as it was.
        each.made = std::max(settled, each.made + microseconds{1});
        store_.replace_schedule(each);
        areas.insert(each.areas.begin(), each.areas.end());
        nodes.insert(each.nodes.begin(), each.nodes.end());
      }
      book();
      timetable_.reset();
      require_whole(whole, now);
      std::vector<NodeId> meant = store_.nodes_below({areas.begin(), areas.end()}, {nodes.begin(), nodes.end()});
      if (announcement.announcement_class == AnnouncementClass::kEmergency) {
        // It is prepared at every loudspeaker.
        meant.clear();
        for (const auto& [id, node] : nodes_) meant.push_back(id);
      }
      plans = plan(meant, now, Reissue::kIfChanged);
    });
  } catch (const Error&) {
    timetable_.reset();
    throw;
  }
  send_plans(plans);
}

void ServerCore::handle(EditAnnouncement& message, Now now) {
  answer<Announcement>(message.reply, "edit_announcement", [&]() -> Announcement {
    const Announcement before = known_announcement(message.wanted.id);
    if (message.version && *message.version != version_of(before))
      throw changed_meanwhile("announcement.changed_meanwhile", {before.id.str()}, now.wall,
                              [](const AuditRow&) { return true; });
    Announcement after = before;
    after.title = required_text(message.wanted.title, "title", kLongestTitle);
    after.transcript = trimmed(message.wanted.transcript);
    if (after.transcript.size() > kLongestTranscript)
      throw Error("field.too_long", {"transcript", std::to_string(kLongestTranscript)});
    after.announcement_class = message.wanted.announcement_class;
    after.clip = message.wanted.clip;
    after.category = message.wanted.category;
    after.source = bounded(message.wanted.source, "source");
    after.names_citizen = message.wanted.names_citizen;
    after.consent = bounded(message.wanted.consent, "consent");
    const auto steps = store_.load_steps(before.id);
    const bool was_approved =
        !before.author || std::ranges::find(steps, StepKind::kApproved, &ApprovalStep::kind) != steps.end();
    if (was_approved && (after.clip != before.clip || after.announcement_class != before.announcement_class))
      throw Error("announcement.sound_is_fixed", {before.title});
    after.state = ApprovalState::kDraft;
    change_airing(after, Approval::kWanting, now.wall, [&] {
      add_step(after.id, StepKind::kEdited, "", now.wall);
      note({"edit_announcement", after.id.str(), as_json(before), as_json(after)}, now.wall);
    });
    return after;
  });
}

void ServerCore::handle(SubmitAnnouncement& message, Now now) {
  answer<Announcement>(message.reply, "submit_announcement", [&]() -> Announcement {
    const Announcement before = known_announcement(message.announcement);
    const std::string comment = bounded(message.comment, "comment");
    const auto schedules = store_.load_active_schedules(before.id);
    const bool something_waits =
        std::ranges::find(schedules, Approval::kWanting, &schedules::Schedule::approval) != schedules.end();
    if (before.state == ApprovalState::kSubmitted) throw Error("approval.submitted_already", {before.title});
    if (before.state == ApprovalState::kApproved && !something_waits)
      throw Error("approval.nothing_waits", {before.title});
    if (before.is_synthetic && !before.heard) throw Error("announcement.not_heard", {before.title});
    if (before.category == Category::kDisclosure && before.source.empty()) throw Error("approval.no_source");
    if (before.names_citizen && before.consent.empty()) throw Error("approval.no_consent");
    Announcement after = before;
    after.state = ApprovalState::kSubmitted;
    const auto book = [&] {
      add_step(after.id, StepKind::kSubmitted, comment, now.wall);
      note({"submit_announcement", after.id.str(), as_json(before), as_json(after)}, now.wall);
    };
    // The chairman's own greeting needs nobody else's word.
    const bool is_own_greeting = before.category == Category::kGreeting && by_.role == Role::kChairman &&
                                 hands_of(before) == std::set{by_.person};
    if (!is_own_greeting) {
      store_.together([&] {
        store_.save_announcement(after);
        book();
      });
      const std::set<PersonId> hands = hands_of(after);
      const civil::Day today = timetable(now.wall).day_of(now.wall);
      settings_.notify({"announcement.submitted",
                        after.id.str(),
                        {"notice.submitted", {after.title, name_of_caller()}},
                        mail_of([&](const Person& person) {
                          return !hands.contains(person.id) &&
                                 (person.role == Role::kChairman || store_.is_deputy(person.id, today));
                        })});
      return after;
    }
    after.state = ApprovalState::kApproved;
    change_airing(after, Approval::kGiven, now.wall, [&] {
      book();
      add_step(after.id, StepKind::kApproved, "", now.wall);
    });
    return after;
  });
}

void ServerCore::handle(DecideAnnouncement& message, Now now) {
  answer<Announcement>(message.reply, "decide_announcement", [&]() -> Announcement {
    const Announcement before = known_announcement(message.announcement);
    const std::string comment = bounded(message.comment, "comment");
    if (before.state != ApprovalState::kSubmitted) throw Error("approval.not_submitted", {before.title});
    require_may_approve(approver(now.wall), before.category, hands_of(before));
    Announcement after = before;
    if (message.verdict == DecideAnnouncement::Verdict::kReturn) {
      if (comment.empty()) throw Error("field.missing", {"comment"});
      after.state = ApprovalState::kReturned;
      store_.together([&] {
        store_.save_announcement(after);
        add_step(after.id, StepKind::kReturned, comment, now.wall);
        note({"return_announcement", after.id.str(), as_json(before), as_json(after)}, now.wall);
      });
      settings_.notify({"announcement.returned",
                        after.id.str(),
                        {"notice.returned", {after.title, name_of_caller(), comment}},
                        mail_of_hands(after)});
      return after;
    }
    after.state = ApprovalState::kApproved;
    std::vector<std::string> authors = mail_of_hands(before);
    change_airing(after, Approval::kGiven, now.wall, [&] {
      add_step(after.id, StepKind::kApproved, comment, now.wall);
      note({"approve_announcement", after.id.str(), as_json(before), as_json(after)}, now.wall);
    });
    settings_.notify({"announcement.approved",
                      after.id.str(),
                      {"notice.approved", {after.title, name_of_caller()}},
                      std::move(authors)});
    return after;
  });
}

void ServerCore::handle(PreviewApproval& message, Now now) {
  answer<ImportSchedules::Made>(message.reply, "preview_approval", [&]() -> ImportSchedules::Made {
    const Announcement announcement = known_announcement(message.announcement);
    if (announcement.state != ApprovalState::kSubmitted) throw Error("approval.not_submitted", {announcement.title});
    settle(now.wall);
    const WallTime settled = timetable(now.wall).settled_until();
    std::vector<schedules::Schedule> waiting;
    ImportSchedules::Made made;
    for (schedules::Schedule each : store_.load_active_schedules(announcement.id)) {
      if (each.approval == Approval::kGiven) continue;
      made.rows.push_back({each, std::nullopt});
      each.made = std::max(settled, each.made + microseconds{1});
      waiting.push_back(std::move(each));
    }
    if (waiting.empty()) return made;
    Tried tried = write({waiting, EditMode::kPreview, [](const schedules::Foresight&) {}, [] {}}, now.wall);
    made.difference = std::move(tried.difference);
    made.kept = std::move(tried.kept);
    made.softer = std::move(tried.softer);
    return made;
  });
}

void ServerCore::handle(WithdrawAnnouncement& message, Now now) {
  answer<Announcement>(message.reply, "withdraw_announcement", [&]() -> Announcement {
    const Announcement before = known_announcement(message.announcement);
    const std::string comment = bounded(message.comment, "comment");
    // Silence needs less than sound: whoever had a hand in it, or may approve at all.
    if (!by_.person.empty() && !hands_of(before).contains(by_.person))
      require_may_approve(approver(now.wall), before.category, {});
    Announcement after = before;
    after.state = ApprovalState::kWithdrawn;
    change_airing(after, Approval::kWanting, now.wall, [&] {
      for (const schedules::Schedule& each : store_.load_active_schedules(before.id))
        if (!each.campaign) store_.cancel_schedule(each.id, now.wall);
      add_step(after.id, StepKind::kWithdrawn, comment, now.wall);
      note({"withdraw_announcement", after.id.str(), as_json(before), as_json(after)}, now.wall);
    });
    return after;
  });
}

void ServerCore::handle(AppointDeputy& message, Now now) {
  answer<Deputy>(message.reply, "appoint_deputy", [&]() -> Deputy {
    Deputy& deputy = message.deputy;
    const Person person = open_person(deputy.person);
    if (!may_be_deputy(person.role)) throw Error("deputy.wrong_role", {person.id.str()});
    if (!person.has_second_factor) throw Error("deputy.no_second_factor", {person.id.str()});
    if (deputy.last < deputy.first || deputy.last - deputy.first > kLongestDeputy)
      throw Error("deputy.bad_days", {std::to_string(kLongestDeputy.count())});
    deputy.decision = required_text(deputy.decision, "decision", kLongestTitle);
    deputy.id = "d-" + random_id_();
    deputy.appointed_by = by_.person;
    deputy.made = now.wall;
    store_.together([&] {
      store_.add_deputy(deputy);
      note({"appoint_deputy", deputy.id, "", as_json(deputy)}, now.wall);
    });
    return deputy;
  });
}

void ServerCore::handle(EndDeputy& message, Now now) {
  answer<Done>(message.reply, "end_deputy", [&]() -> Done {
    store_.together([&] {
      store_.end_deputy(message.deputy, now.wall);
      note({"end_deputy", message.deputy}, now.wall);
    });
    return {};
  });
}

}  // namespace loa::server
