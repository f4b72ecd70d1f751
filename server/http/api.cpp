#include "server/http/api.h"

#include <algorithm>
#include <any>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "common/crypto/certificates.h"
#include "common/crypto/encoding.h"
#include "common/crypto/random.h"
#include "common/crypto/sha256.h"
#include "common/http/openapi.h"
#include "common/json/json.h"
#include "common/wire/messages.h"
#include "server/disk/disk_watch.h"
#include "server/http/air.h"
#include "server/http/approval.h"
#include "server/http/calendar.h"
#include "server/http/calendar_json.h"
#include "server/http/console.h"
#include "server/http/desk.h"
#include "server/http/events.h"
#include "server/http/gate.h"
#include "server/http/keys.h"
#include "server/http/metrics.h"
#include "server/http/people.h"
#include "server/http/report_routes.h"
#include "server/http/residents.h"
#include "server/http/schemas.h"
#include "server/speech/reading.h"
#include "server/store/schedule_json.h"

namespace loa::server {

using nlohmann::json;

namespace {

constexpr std::uint64_t kLargestUpload = 200'000'000;  // intake::kLargestInput: not first taken, then refused
constexpr std::int64_t kMostListed = 1000;
constexpr int kTestVolumePct = 50;
constexpr std::uint64_t kLongestEnrolment = 64ULL * 1024;

template <class IdType>
std::vector<IdType> read_ids(const FieldReader& reader, const char* field) {
  std::vector<IdType> ids;
  for (const json& value : reader.array(field, kMostListed)) {
    if (!value.is_string() || !is_valid_id(value.get_ref<const std::string&>()))
      throw BadJson(std::string{field} + ": not an id");
    ids.emplace_back(value.get<std::string>());
  }
  return ids;
}

// Of a field that must be given but may be null: whether it says something.
bool says(const FieldReader& body, const char* field) {
  const json* given = body.find(field);
  if (given == nullptr) throw BadJson(std::string{field} + ": missing");
  return !given->is_null();
}

constexpr std::int64_t kMostResidents = 100'000'000;
constexpr std::size_t kLongestSessionName = 64;
std::string read_id(const FieldReader& body, const char* field) {
  std::string id = body.text(field, 64);
  if (!is_valid_id(id)) throw BadJson(std::string{field} + ": not an id");
  return id;
}

constexpr std::int64_t kMostExplained = 100'000;  // three months of a busy loudspeaker
constexpr std::int64_t kLongestMs = 86'400'000;   // a day

AnnouncementClass read_class(const FieldReader& body) {
  const auto announcement_class = parse_announcement_class(body.text_or("class", 16, "normal"));
  if (!announcement_class) throw BadJson("class: normal, priority or emergency");
  return *announcement_class;
}

constexpr std::size_t kLongestRead = 20'000;  // bytes of text, about twenty minutes; the longest transcript too

// Text that is to be read aloud.
std::string read_speech_text(const FieldReader& body) {
  std::string text = body.text("text", 60'000);
  if (text.size() > kLongestRead) throw http::Refused(422, "field.too_long", {"text", std::to_string(kLongestRead)});
  return text;
}

constexpr std::uint64_t kLargestImport = 2ULL * 1024 * 1024;
constexpr std::size_t kLongestCalendar = 1024UL * 1024;
// Of a feed: as many days as explain() tells at once.
constexpr std::chrono::days kFeedBefore{30};
constexpr std::chrono::days kFeedAfter{61};
constexpr std::chrono::days kForeseen{366};
constexpr std::chrono::days kExported{366};  // dates of rules that other programs do not know

// What a schedule, a campaign and a calendar file have in common.
schedules::Schedule read_terms(const FieldReader& body) {
  schedules::Schedule wanted;
  if (body.find("areas") != nullptr) wanted.areas = read_ids<AreaId>(body, "areas");
  if (body.find("nodes") != nullptr) wanted.nodes = read_ids<NodeId>(body, "nodes");
  wanted.rank = static_cast<int>(body.optional_integer("rank", -1000, 1000).value_or(0));
  wanted.later = milliseconds{body.optional_integer("later_ms", 0, kLongestMs).value_or(0)};
  wanted.shortest = milliseconds{body.optional_integer("shortest_ms", 0, kLongestMs).value_or(0)};
  if (const auto gap = body.optional_integer("stagger_ms", 0, kLongestMs)) wanted.stagger = milliseconds{*gap};
  if (body.find("exception") != nullptr) {
    const FieldReader exception(body.object("exception", 2), "exception");
    const auto reason = schedules::parse_exception_reason(exception.text("reason", 32));
    if (!reason) throw BadJson("exception.reason: great_holiday, political_event, emergency or repair");
    wanted.exception = schedules::Exception{*reason, exception.text("words", 1000)};
  }
  if (body.find("template") != nullptr) wanted.form = read_id(body, "template");
  if (body.find("event") != nullptr) wanted.event = read_id(body, "event");
  if (body.find("chime") != nullptr) {
    const auto chime = schedules::parse_chime_term(body.text("chime", 16));
    if (!chime) throw BadJson("chime: none, or leave it out for the chime of its class");
    wanted.chime = *chime;
  }
  wanted.late = milliseconds{body.optional_integer("late_ms", 0, kLongestMs).value_or(60'000)};
  wanted.volume_pct = static_cast<int>(body.integer("volume_pct", 1, 100));
  return wanted;
}

// Of one announcement: all but the rule.
schedules::Schedule read_schedule_terms(const FieldReader& body) {
  schedules::Schedule wanted = read_terms(body);
  wanted.announcement = body.id<AnnouncementId>("announcement");
  if (body.find("session") != nullptr) wanted.session = body.text("session", kLongestSessionName);
  return wanted;
}

schedules::Schedule read_schedule(const FieldReader& body) {
  schedules::Schedule wanted = read_schedule_terms(body);
  wanted.rule = read_rule(body.object("rule", 16), "rule");
  return wanted;
}

CreateCampaign read_campaign(const FieldReader& body) {
  CreateCampaign message;
  message.campaign.title = body.text("title", 1000);
  const auto kind = parse_campaign_kind(body.text("kind", 16));
  if (!kind) throw BadJson("kind: rotation or disclosure");
  message.campaign.kind = *kind;
  message.campaign.source = body.text_or("source", 1000, "");
  message.campaign.consecutive_days = static_cast<int>(body.optional_integer("consecutive_days", 1, 1000).value_or(0));
  message.pool = read_ids<AnnouncementId>(body, "announcements");
  message.per_turn = static_cast<int>(body.optional_integer("per_turn", 1, kMostListed).value_or(0));
  if (body.find("sessions") != nullptr)
    for (const json& name : body.array("sessions", kMostListed)) {
      if (!name.is_string() || name.get_ref<const std::string&>().size() > kLongestSessionName)
        throw BadJson("sessions: each is the name of a session");
      message.sessions.push_back(name.get<std::string>());
    }
  message.terms = read_terms(body);
  message.terms.rule = read_rule(body.object("rule", 16), "rule");
  return message;
}

Explain read_range(const http::Request& request) {
  const auto day = [&](const char* parameter) -> std::optional<civil::Day> {
    const std::string_view text = request.parameter(parameter);
    if (text.empty()) return std::nullopt;
    try {
      return civil::parse_day(text);
    } catch (const Error& error) {
      throw http::Refused(400, error.text().code, error.text().args);
    }
  };
  Explain message;
  message.from = day("from");
  message.to = day("to");
  return message;
}

}  // namespace

struct Api::Handlers : Desk {
  explicit Handlers(Desk desk) : Desk(std::move(desk)), people(*this), approval(*this), residents(*this), air(*this) {}

  PeopleRoutes people;
  ApprovalRoutes approval;
  ResidentsRoutes residents;
  AirRoutes air;

  void receive_recording(const http::Request& request, const http::Responder& responder) const {
    ReceiveRecording message;
    message.file = request.upload->file;
    message.bytes = static_cast<std::int64_t>(request.upload->bytes);
    message.name = request.parameter("name");
    message.reply = reply_to<Recording>(responder, 202, kPlain);
    tell(request, std::move(message));
  }

  void create_area(const http::Request& request, const http::Responder& responder) {
    command(request, [&](const FieldReader& body) {
      CreateArea message{{body.id<AreaId>("area"), std::nullopt, body.text("name", 1000)}, {}};
      if (body.find("parent") != nullptr) message.area.parent = body.id<AreaId>("parent");
      message.reply = reply_to<Area>(responder, 201, kPlain);
      return message;
    });
  }

  void change_area(const http::Request& request, const http::Responder& responder) {
    const std::string id{request.parameter("area")};
    if (!books.has_area(AreaId{id})) throw http::Refused(404, "area.unknown", {id});
    command(request, [&](const FieldReader& body) {
      ChangeArea message{{AreaId{id}, std::nullopt, body.text("name", 1000)}, reply_to<Area>(responder, 200, kPlain)};
      if (says(body, "residents")) message.area.residents = body.integer("residents", 0, kMostResidents);
      return message;
    });
  }

  void change_node(const http::Request& request, const http::Responder& responder) {
    const NodeId node = node_in_path(request);
    command(request, [&](const FieldReader& body) {
      ChangeNode message{{node, body.id<AreaId>("area"), body.text("name", 1000)}, {}};
      if (says(body, "position")) {
        const FieldReader position(body.object("position", 2), "position");
        const auto latitude = position.optional_real("latitude", -90, 90);
        const auto longitude = position.optional_real("longitude", -180, 180);
        if (!latitude || !longitude) throw BadJson("position: latitude and longitude, or null");
        message.node.position = Position{*latitude, *longitude};
      }
      if (const auto delay = body.optional_integer("delay_ms", -wire::kMostDelay.count(), wire::kMostDelay.count()))
        message.delay = milliseconds{*delay};
      message.reply = reply_to<ChangeNode::Changed>(responder, 200, [](const ChangeNode::Changed& changed) {
        return to_json(changed.node, changed.code, changed.report, changed.current_plan);
      });
      return message;
    });
  }

  void create_node(const http::Request& request, const http::Responder& responder) {
    command(request, [&](const FieldReader& body) {
      return CreateNode{body.id<NodeId>("node"), body.id<AreaId>("area"), body.text("name", 1000),
                        reply_to<NewCode>(responder, 201, kPlain)};
    });
  }

  NodeId node_in_path(const http::Request& request) {
    return found(request, "node", "node.unknown", [&](const auto& id) { return books.load_node(NodeId{id}); }).id;
  }

  void make_code(const http::Request& request, const http::Responder& responder) {
    const NodeId node = node_in_path(request);
    tell(request, MakeCode{node, reply_to<NewCode>(responder, 201, kPlain)});
  }

  void revoke_node(const http::Request& request, const http::Responder& responder) {
    const NodeId node = node_in_path(request);
    command(request, [&](const FieldReader& body) {
      return RevokeNode{node, body.text_or("why", 1000, ""), reply_to<Node>(responder, 200, [](const Node& revoked) {
                          return to_json(revoked, std::nullopt, std::nullopt, "");
                        })};
    });
  }

  void test_node(const http::Request& request, const http::Responder& responder) {
    const NodeId node = node_in_path(request);
    command(request, [&](const FieldReader& body) {
      return TestNode{node, static_cast<int>(body.optional_integer("volume_pct", 1, 100).value_or(kTestVolumePct)),
                      reply_to<TestNode::Ordered>(responder, 202, kPlain)};
    });
  }

  // The envelope goes to the core as it came: nothing of it is looked at before its signature holds.
  void enrol_node(const http::Request& request, const http::Responder& responder) {
    EnrolNode message{request.body, {}};
    message.reply = [responder](std::variant<std::string, Text> result) {
      if (const auto* why = std::get_if<Text>(&result))
        fail(responder, *why);
      else
        responder.send(http::Response{200, std::get<std::string>(std::move(result))});
    };
    tell(request, std::move(message));
  }

  void renew_certificate(const http::Request& request, const http::Responder& responder) const {
    RenewCertificate message{std::any_cast<NodeId>(request.principal), request.certified_serial, {}};
    message.reply = reply_to<std::string>(responder, 200, [](const std::string& pem) {
      return json{{"certificate", pem}};
    });
    tell(request, std::move(message));
  }

  // The group's own word goes before nobody else's.
  void require_own(const http::Request& request, AnnouncementClass wanted) {
    if (wanted != AnnouncementClass::kNormal && view_of(request).is_bound())
      throw http::Refused(403, "announcement.class_not_yours");
  }

  Announcement read_announcement(const http::Request& request, const FieldReader& body) {
    Announcement wanted;
    wanted.title = body.text("title", 1000);
    wanted.transcript = body.text_or("transcript", 60'000, "");
    wanted.announcement_class = read_class(body);
    wanted.clip = ClipHash{body.digest("clip")};
    const auto category = parse_category(body.text_or("category", 16, "notice"));
    if (!category) throw BadJson("category: notice, disclosure or greeting");
    wanted.category = *category;
    wanted.source = body.text_or("source", 4000, "");
    wanted.names_citizen = body.flag_or("names_citizen", false);
    wanted.consent = body.text_or("consent", 4000, "");
    require_own(request, wanted.announcement_class);
    if (!view_of(request).sees(wanted.clip)) throw http::Refused(422, "clip.unknown", {wanted.clip.str()});
    return wanted;
  }

  json announcement_json(const http::Request& request) {
    const Announcement announcement = seen(request, "announcement", "announcement.unknown",
                                           [&](const auto& id) { return books.load_announcement(AnnouncementId{id}); });
    json out = to_json(announcement);
    out["standing"] = standing_of(announcement);
    return out;
  }

  // What has become of an approved one: docs/approval.md.
  std::string standing_of(const Announcement& announcement) {
    if (announcement.state != ApprovalState::kApproved) return std::string{to_string(announcement.state)};
    const WallTime now = system_now().wall;
    const std::vector<schedules::Schedule> active = books.load_active_schedules(announcement.id);
    const bool is_to_come = std::ranges::any_of(active, [&](const schedules::Schedule& schedule) {
      const auto due = expand(schedule, settings.almanac, today(), today() + kForeseen);
      return std::ranges::any_of(due,
                                 [&](const schedules::Occurrence& each) { return !each.silence && each.due >= now; });
    });
    if (is_to_come) return "planned";
    if (books.was_heard(announcement.id)) return "aired";
    return active.empty() ? "approved" : "expired";
  }

  void edit_announcement(const http::Request& request, const http::Responder& responder) {
    const Announcement known = seen(request, "announcement", "announcement.unknown",
                                    [&](const auto& id) { return books.load_announcement(AnnouncementId{id}); });
    command(request, [&](const FieldReader& body) {
      EditAnnouncement message{read_announcement(request, body), reply_to<Announcement>(responder, 200, kPlain)};
      message.wanted.id = known.id;
      if (body.find("version") != nullptr) message.version = body.text("version", 64);
      return message;
    });
  }

  void create_announcement(const http::Request& request, const http::Responder& responder) {
    command(request, [&](const FieldReader& body) {
      Announcement wanted = read_announcement(request, body);
      CreateAnnouncement message{
          std::move(wanted.title), std::move(wanted.transcript), wanted.announcement_class, wanted.clip, {}};
      message.category = wanted.category;
      message.source = std::move(wanted.source);
      message.names_citizen = wanted.names_citizen;
      message.consent = std::move(wanted.consent);
      message.reply = reply_to<Announcement>(responder, 201, kPlain);
      return message;
    });
  }

  void preview_speech(const http::Request& request, const http::Responder& responder) {
    try {
      const json body = parse_json(request.body);
      require_known_fields(body, schemas.at(request.route->request_schema), "body");
      const std::string text = read_speech_text(FieldReader(body, "body"));
      send_json(responder, 200, to_json(speech::read_text(text, settings.lexicon)));
    } catch (const BadJson& bad) {
      throw http::Refused(400, "request.bad_json", {bad.what()});
    } catch (const Error& error) {
      fail(responder, error.text());
    }
  }

  void speak_announcement(const http::Request& request, const http::Responder& responder) {
    // Reading aloud makes a file that nobody sends.
    const auto free = free_bytes(settings.uploads);
    if (free && *free < settings.keep_free_bytes) throw http::Refused(507, "http.disk_full");
    command(request, [&](const FieldReader& body) {
      SpeakAnnouncement message;
      message.text.title = body.text("title", 1000);
      message.text.announcement_class = read_class(body);
      require_own(request, message.text.announcement_class);
      speech::Reading reading = speech::read_text(read_speech_text(body), settings.lexicon);
      message.text.transcript = std::move(reading.written);
      message.text.spoken = std::move(reading.spoken);
      message.reply = reply_to<Recording>(responder, 202, kPlain);
      return message;
    });
  }

  void hear_announcement(const http::Request& request, const http::Responder& responder) {
    const Announcement announcement = seen(request, "announcement", "announcement.unknown",
                                           [&](const auto& id) { return books.load_announcement(AnnouncementId{id}); });
    tell(request, HearAnnouncement{announcement.id, reply_to<Announcement>(responder, 200, kPlain)});
  }

  ScheduleRow schedule_in_path(const http::Request& request) {
    return seen(request, "schedule", "schedule.unknown",
                [&](const auto& id) { return books.load_schedule(ScheduleId{id}); });
  }
  // Of somebody bound to an area: for that one, and of an announcement that they see.
  void require_own(const http::Request& request, const schedules::Schedule& wanted) {
    const View view = view_of(request);
    if (!view.is_bound()) return;
    if (!view.reaches(wanted)) throw http::Refused(403, "area.not_yours");
    const auto announcement = books.load_announcement(wanted.announcement);
    if (announcement && !view.sees(*announcement))
      throw http::Refused(422, "announcement.unknown", {wanted.announcement.str()});
  }

  void create_schedule(const http::Request& request, const http::Responder& responder) {
    write_schedule(request, responder, EditMode::kSave);
  }
  void preview_schedule(const http::Request& request, const http::Responder& responder) {
    write_schedule(request, responder, EditMode::kPreview);
  }
  void write_schedule(const http::Request& request, const http::Responder& responder, EditMode mode) {
    command(request, [&](const FieldReader& body) {
      CreateSchedule message{read_schedule(body), {}, mode};
      require_own(request, message.wanted);
      message.reply = reply_to<ScheduleMade>(responder, mode == EditMode::kSave ? 201 : 200, kPlain);
      return message;
    });
  }

  void replace_schedule(const http::Request& request, const http::Responder& responder) {
    edit_schedule(request, responder, EditMode::kSave);
  }
  void preview_edit(const http::Request& request, const http::Responder& responder) {
    edit_schedule(request, responder, EditMode::kPreview);
  }
  void edit_schedule(const http::Request& request, const http::Responder& responder, EditMode mode) {
    const ScheduleRow row = schedule_in_path(request);
    require_reach(request, row.schedule);
    command(request, [&](const FieldReader& body) {
      EditSchedule message{read_schedule(body), reply_to<ScheduleMade>(responder, 200, kPlain), mode};
      if (body.find("made") != nullptr) {
        message.made = parse_utc(body.text("made", 40));
        if (!message.made) throw BadJson("made: an instant, as the schedule is told with");
      }
      message.wanted.id = row.schedule.id;
      require_own(request, message.wanted);
      return message;
    });
  }

  void import_schedules(const http::Request& request, const http::Responder& responder) {
    command(request, [&](const FieldReader& body) {
      ImportSchedules message;
      const std::string mode = body.text_or("mode", 16, "save");
      if (mode != "save" && mode != "preview") throw BadJson("mode: save or preview");
      message.mode = mode == "save" ? EditMode::kSave : EditMode::kPreview;
      message.events = import_events(body.text("ics", kLongestCalendar), read_schedule_terms(body));
      message.reply = reply_to<ImportSchedules::Made>(responder, message.mode == EditMode::kSave ? 201 : 200, kPlain);
      return message;
    });
  }

  void export_calendar(const http::Responder& responder) {
    const WallTime now = system_now().wall;
    try {
      responder.send(
          calendar_response(export_schedules(books.load_active_schedules(), calendar_words(), settings.station,
                                             settings.almanac, now, now - std::chrono::days{1}, now + kExported)));
    } catch (const Error& error) {
      fail(responder, error.text());
    }
  }

  void create_feed(const http::Request& request, const http::Responder& responder) {
    command(request, [&](const FieldReader& body) {
      CreateFeed message{body.text("name", 1000), std::nullopt, {}};
      if (body.find("area") != nullptr) message.area = body.id<AreaId>("area");
      message.reply = reply_to<CreateFeed::Made>(responder, 201, [](const CreateFeed::Made& made) {
        json out = to_json(made.feed);
        out["path"] = "/calendar/" + made.secret + ".ics";
        return out;
      });
      return message;
    });
  }

  void remove_feed(const http::Request& request, const http::Responder& responder) {
    RemoveFeed message{found(request, "feed", "feed.unknown", [&](const auto& id) { return books.load_feed(id); }).id,
                       {}};
    message.reply = reply_done(responder);
    tell(request, std::move(message));
  }

  // Programs that subscribe cannot sign in: whoever knows the secret may read.
  void send_feed(const http::Request& request, const http::Responder& responder) {
    constexpr std::string_view kEnding = ".ics";
    std::string secret{request.parameter("file")};
    if (!secret.ends_with(kEnding)) throw http::Refused(404, "http.file_missing");
    secret.resize(secret.size() - kEnding.size());
    const auto feed = books.find_feed(crypto::to_hex(crypto::sha256(view_bytes(secret))));
    if (!feed) throw http::Refused(404, "http.file_missing");

    // The same text all day where nothing changes, so that programs which ask every hour get 304.
    const civil::Zone zone{"Asia/Ho_Chi_Minh"};
    const civil::Day today = civil::day_of(zone.to_civil(system_now().wall));
    Explain message{today - kFeedBefore, today + kFeedAfter, feed->area, std::nullopt, {}};
    message.reply = [responder, versions = all_versions(zone.to_wall(today - kFeedBefore)), words = calendar_words(),
                     name = feed->name, station = settings.station,
                     stamp = zone.to_wall(today)](const std::variant<std::vector<Explain::Told>, Text>& result) {
      if (const auto* why = std::get_if<Text>(&result))
        fail(responder, *why);
      else
        responder.send(calendar_response(calendar_of(
            airings_of(std::get<std::vector<Explain::Told>>(result), versions, words), name, station, stamp)));
    };
    tell(request, std::move(message));
  }

  void cancel_schedule(const http::Request& request, const http::Responder& responder, EditMode mode) {
    const ScheduleRow row = schedule_in_path(request);
    require_reach(request, row.schedule);
    CancelSchedule message{row.schedule.id, {}, mode};
    message.reply = reply_to<schedules::Difference>(responder, 200, kPlain);
    tell(request, std::move(message));
  }

  void create_campaign(const http::Request& request, const http::Responder& responder) {
    write_campaign(request, responder, EditMode::kSave);
  }
  void preview_campaign(const http::Request& request, const http::Responder& responder) {
    write_campaign(request, responder, EditMode::kPreview);
  }
  void write_campaign(const http::Request& request, const http::Responder& responder, EditMode mode) {
    command(request, [&](const FieldReader& body) {
      CreateCampaign message = read_campaign(body);
      message.mode = mode;
      message.reply = reply_to<CampaignMade>(responder, mode == EditMode::kSave ? 201 : 200, kPlain);
      return message;
    });
  }

  Campaign campaign_in_path(const http::Request& request) {
    return found(request, "campaign", "campaign.unknown",
                 [&](const auto& id) { return books.load_campaign(CampaignId{id}); });
  }

  void cancel_campaign(const http::Request& request, const http::Responder& responder, EditMode mode) {
    CancelCampaign message{campaign_in_path(request).id, {}, mode};
    message.reply = reply_to<schedules::Difference>(responder, 200, kPlain);
    tell(request, std::move(message));
  }

  json campaign_json(const http::Request& request) {
    const Campaign campaign = campaign_in_path(request);
    json out = to_json(campaign);
    out["schedules"] = json::array();
    for (const schedules::Schedule& part : books.load_schedules_of(campaign.id))
      out["schedules"].push_back(part.id.str());
    out["messages"] = list_json(books.count_messages(campaign.id));
    out["days"] = list_json(books.load_campaign_days(campaign.id));
    return out;
  }

  void set_ward_rules(const http::Request& request, const http::Responder& responder) {
    command(request, [&](const FieldReader& body) {
      SetWardRules message{body.text("decision", 1000), read_ward_rules(body.object("rules", 8), "rules"), {}};
      message.version = body.optional_integer("version", 0, INT64_MAX);
      message.reply = reply_to<WardRulesRow>(responder, 201, kPlain);
      return message;
    });
  }

  json keys(const http::Request& /*request*/) const {
    std::vector<ShownCertificate> certificates;
    for (const auto& [use, file] : settings.certificates)
      certificates.push_back({use, crypto::read_certificate_file(file)});
    const std::vector<Text> standing = alarms.list();
    const auto trouble =
        std::ranges::find_if(standing, [](const Text& text) { return text.code.starts_with("signer."); });
    return keys_json(*settings.trust, certificates, trouble == standing.end() ? std::nullopt : std::optional{*trouble},
                     system_now().wall);
  }

  // Of the whole ward or of one area.
  void explain(const http::Request& request, const http::Responder& responder) {
    Explain message = read_range(request);
    message.area = caller_of(request)->area;
    if (const auto area = request.parameter("area"); !area.empty()) {
      message.area = AreaId{std::string{area}};
      require_reach(request, *message.area);
    }
    message.reply = reply_to<std::vector<Explain::Told>>(responder, 200, [](const std::vector<Explain::Told>& told) {
      json list = json::array();
      for (const Explain::Told& each : told) list.push_back(to_json(each.row));
      return list;
    });
    tell(request, std::move(message));
  }

  // Of one loudspeaker, beside what it reported.
  void explain_node(const http::Request& request, const http::Responder& responder) {
    const Node node =
        seen(request, "node", "node.unknown", [&](const auto& id) { return books.load_node(NodeId{id}); });
    Explain message = read_range(request);
    message.area = node.area;
    message.node = node.id;
    // What is due on the days may be planned a day later; the days are the ward's, so a day more on either side.
    const std::chrono::days more{1};
    const civil::Day today = std::chrono::floor<std::chrono::days>(
        civil::Time{std::chrono::floor<seconds>(system_now().wall.time_since_epoch())});
    const civil::Day from = message.from.value_or(today);
    OutcomeFilter filter;
    filter.node = node.id;
    filter.from = WallTime{(from - more).time_since_epoch()};
    filter.until = WallTime{(message.to.value_or(from) + 3 * more).time_since_epoch()};
    filter.limit = kMostExplained;
    std::map<std::string, json> outcomes;
    for (const OutcomeRow& row : books.load_outcomes(filter)) outcomes[row.outcome.play.str()] = to_json(row);
    const std::string at_node = state_of(node);
    message.reply = reply_to<std::vector<Explain::Told>>(
        responder, 200, [outcomes = std::move(outcomes), at_node](const std::vector<Explain::Told>& told) {
          json list = json::array();
          for (const auto& [row, volume_pct, kept] : told) {
            json each = to_json(row);
            each["volume_pct"] = volume_pct ? json(*volume_pct) : json();
            each["kept_by_policy"] = kept ? json(schedules::reason_of(*kept)) : json();
            const auto outcome = outcomes.find(schedules::play_id(row.schedule, row.fate.start).str());
            each["outcome"] = outcome == outcomes.end() ? json() : outcome->second;
            each["node_state"] = at_node;
            list.push_back(std::move(each));
          }
          return list;
        });
    tell(request, std::move(message));
  }

  // --- templates, reminders and the calendar: docs/schedules.md §6
  [[nodiscard]] civil::Day today() const { return civil::day_of(settings.almanac.zone.to_civil(system_now().wall)); }
  templates::Ward ward() {
    templates::Ward ward{today(), settings.almanac, {}};
    const auto versions = books.load_ward_rules();
    if (!versions.empty())
      for (const schedules::Session& session : versions.front().rules.sessions) ward.sessions.push_back(session.name);
    return ward;
  }
  void fill_template(const http::Request& request, const http::Responder& responder) {
    const std::string id{request.parameter("template")};
    const auto form = std::ranges::find(settings.templates, id, &templates::Template::id);
    if (form == settings.templates.end()) throw http::Refused(404, "template.unknown", {id});
    try {
      const templates::Values values = read_values(parse_json(request.body));
      read(responder, [&] { return filled_json(*form, values, ward(), system_now().wall); });
    } catch (const BadJson& bad) {
      throw http::Refused(400, "request.bad_json", {bad.what()});
    }
  }
  json list_days(const http::Request& request) {
    const Explain range = read_range(request);
    const civil::Day from = range.from.value_or(today());
    return days_json(settings.almanac.holidays, from, range.to.value_or(from));
  }

  void stop(const http::Request& request, const http::Responder& responder) {
    command(request, [&](const FieldReader& body) {
      StopSound message;
      if (body.find("areas") != nullptr) message.areas = read_ids<AreaId>(body, "areas");
      if (body.find("nodes") != nullptr) message.nodes = read_ids<NodeId>(body, "nodes");
      if (body.flag_or("all", false)) message.reach = StopSound::Reach::kWholeStation;
      message.why = body.text_or("why", 200, "");
      message.reply = reply_to<std::vector<NodeId>>(responder, 202, [](const std::vector<NodeId>& nodes) {
        json names = json::array();
        for (const NodeId& node : nodes) names.push_back(node.str());
        return json{{"nodes", std::move(names)}};
      });
      return message;
    });
  }

  json node_json(const Node& node) {
    return to_json(node, books.find_code_of(node.id), books.load_report(node.id), books.load_plan_name(node.id));
  }

  json list_nodes(const http::Request& request) {
    json list = json::array();
    for (const Node& node : view_of(request).seen(books.load_nodes())) list.push_back(node_json(node));
    return list;
  }

  void send_metrics(const http::Responder& responder) {
    WardFigures figures;
    for (Node& node : books.load_nodes()) {
      auto report = books.load_report(node.id);
      std::string plan = books.load_plan_name(node.id);
      figures.nodes.push_back({std::move(node), std::move(report), std::move(plan)});
    }
    figures.outcomes = books.count_outcomes(system_now().wall - std::chrono::days{1});
    figures.alarms = alarms.list();
    http::Response response;
    response.content_type = kMetricsType;
    response.body = metrics_text(figures);
    responder.send(std::move(response));
  }

  json list_outcomes(const http::Request& request) {
    OutcomeFilter filter;
    if (const auto id = request.parameter("schedule"); !id.empty()) filter.schedule = ScheduleId{std::string{id}};
    if (const auto id = request.parameter("node"); !id.empty()) filter.node = NodeId{std::string{id}};
    filter.from = parse_utc(request.parameter("from"));
    filter.until = parse_utc(request.parameter("until"));
    filter.area = caller_of(request)->area;
    filter.limit = request.integer("limit").value_or(kMostListed);
    return list_json(books.load_outcomes(filter));
  }

  void send_clip(const http::Request& request, const http::Responder& responder) {
    const std::string hash{request.parameter("clip")};
    if (!view_of(request).sees(ClipHash{hash})) throw http::Refused(404, "http.file_missing");
    // Named by its content, so any cache may keep it for ever.
    responder.send(http::FileResponse{settings.clips / (hash + ".opus"),
                                      "audio/ogg",
                                      hash,
                                      {{"Cache-Control", "public, max-age=31536000, immutable"}}});
  }
};

Api::Api(ApiSettings settings, Store books, const Alarms& alarms, Post post, RandomId random_id)
    : handlers_(new Handlers(
          {std::move(settings), std::move(books), alarms, std::move(post), std::move(random_id), {}, {}})) {
  for (const auto& [name, text] : api_schemas()) handlers_->schemas[name] = json::parse(text);
  http::ApiDescription description;
  description.title = "Loa";
  description.version = LOA_VERSION;
  description.description =
      "The digital public address of a ward: recordings become clips, clips announcements, announcements are scheduled "
      "for areas, nodes play them and every planned play ends in one outcome.";
  description.schemas = api_schemas();
  description.security_scheme =
      R"({"type":"http","scheme":"bearer","description":"Programs: the token of a person, docs/people.md. In a browser the )"
      R"(cookie of POST /api/session does the same. Nodes, where x-roles names them: their TLS client certificate."})";
  openapi_ = http::openapi_document(description, routes());
  handlers_->openapi = openapi_;
}

Api::~Api() = default;

http::Authorize Api::authorize() {
  return [this](http::Request& request, const http::Route& route) {
    try {
      const bool is_for_nodes = std::ranges::find(route.roles, kNode) != route.roles.end();
      if (is_for_nodes && !request.certified_serial.empty()) {
        const auto node = handlers_->books.find_certified(request.certified_serial);
        if (!node || node->str() != request.certified_name) throw http::Refused(403, "node.not_enrolled");
        request.principal = *node;
        return;
      }
      request.principal = require_caller(request, route, handlers_->books, system_now().wall);
    } catch (const http::Refused&) {
      throw;
    } catch (const Error& error) {
      throw refused(error.text());  // the books cannot be read
    }
  };
}

std::vector<http::Route> Api::routes() {
  using http::BodyMode;
  using http::Method;
  using http::Parameter;
  using http::ParameterType;
  using http::Request;
  using http::Responder;
  using http::Route;
  Handlers* h = handlers_.get();
  const Roles& anybody = everyone();
  const Roles ward = roles({Role::kChairman, Role::kEditor, Role::kOperator, Role::kViewer, Role::kAdmin});
  const Roles authors = roles({Role::kChairman, Role::kEditor, Role::kOperator, Role::kGroupLead});
  const Roles planners = roles({Role::kChairman, Role::kEditor, Role::kOperator});
  const Roles stoppers = roles({Role::kChairman, Role::kOperator});
  const Roles operators = roles({Role::kOperator});
  const Roles technicians = roles({Role::kOperator, Role::kAdmin});
  const Roles admins = roles({Role::kAdmin});

  // A read that needs a signed-in person: `load` gives the JSON.
  const auto reads = [&](const char* path, const char* operation, const Roles& who, const char* summary,
                         const char* schema, std::vector<Parameter> parameters, auto load) {
    Route route;
    route.path = path;
    route.operation = operation;
    route.summary = summary;
    route.roles = who;
    route.parameters = std::move(parameters);
    route.answers = {ok(200, "found", schema)};
    route.handler = [h, load](const Request& request, const Responder& responder) {
      h->read(responder, [&] { return load(*h, request); });
    };
    return route;
  };
  const auto writes = [&](const char* path, const char* operation, const Roles& who, const char* summary,
                          const char* request_schema, http::Answer answer,
                          void (Handlers::*handler)(const Request&, const Responder&)) {
    Route route;
    route.method = Method::kPost;
    route.path = path;
    route.operation = operation;
    route.summary = summary;
    route.roles = who;
    route.body = BodyMode::kJson;
    route.request_schema = request_schema;
    route.answers = {std::move(answer)};
    route.handler = [h, handler](const Request& request, const Responder& responder) {
      (h->*handler)(request, responder);
    };
    return route;
  };
  const auto id_in_path = [](const char* name, const char* description) {
    return Parameter{name, ParameterType::kId, description};
  };

  std::vector<Route> routes;

  Route health;
  health.path = "/api/health";
  health.operation = "get_health";
  health.summary = "Says that the server answers";
  health.answers = {ok(200, "it does", "Health")};
  health.handler = [h](const Request&, const Responder& responder) {
    send_json(responder, 200, {{"state", "ok"}, {"station", h->settings.station.str()}, {"version", LOA_VERSION}});
  };
  routes.push_back(std::move(health));

  Route document;
  document.path = "/api/openapi.json";
  document.operation = "get_openapi";
  document.summary = "This document";
  document.answers = {{200, "OpenAPI 3.1"}};
  document.handler = [h](const Request&, const Responder& responder) {
    responder.send(http::Response{200, h->openapi});
  };
  routes.push_back(std::move(document));

  routes.push_back(reads("/api/alarms", "list_alarms", ward, "What somebody has to see to at the server itself",
                         "Alarms", {},
                         [](Handlers& handlers, const Request&) { return list_json(handlers.alarms.list()); }));

  routes.push_back(reads("/api/keys", "list_keys", ward,
                         "What the ward's trust stands on: root, keys, policy, signer, certificates", "Keys", {},
                         [](Handlers& handlers, const Request& r) { return handlers.keys(r); }));

  Route metrics;
  metrics.path = "/metrics";
  metrics.operation = "get_metrics";
  metrics.summary = "Figures for a monitoring system, in Prometheus's text format";
  metrics.roles = technicians;
  metrics.answers = {{200, "the figures", "", "text/plain"}};
  metrics.handler = [h](const Request&, const Responder& responder) {
    try {
      h->send_metrics(responder);
    } catch (const Error& error) {
      fail(responder, error.text());
    }
  };
  routes.push_back(std::move(metrics));

  // --- recordings and clips
  Route upload;
  upload.method = Method::kPost;
  upload.path = "/api/recordings";
  upload.operation = "create_recording";
  upload.summary = "Uploads a recording; it is ingested in the background";
  upload.roles = authors;
  upload.parameters = {{"name", ParameterType::kText, "what the uploader calls it"}};
  upload.body = BodyMode::kStream;
  upload.largest_body = kLargestUpload;
  upload.keep_free = h->settings.keep_free_bytes;
  upload.answers = {ok(202, "received whole; ask again for its progress", "Recording")};
  upload.open_upload = [h](const Request&) { return h->settings.uploads / h->random_id(); };
  upload.handler = [h](const Request& request, const Responder& responder) {
    h->receive_recording(request, responder);
  };
  routes.push_back(std::move(upload));
  routes.push_back(reads("/api/recordings", "list_recordings", anybody, "All recordings, newest first", "Recordings",
                         {}, [](Handlers& handlers, const Request& r) {
                           return list_json(handlers.view_of(r).seen(handlers.books.load_recordings(std::nullopt)));
                         }));
  routes.push_back(reads(
      "/api/recordings/{recording}", "get_recording", anybody, "One recording and its progress", "Recording",
      {id_in_path("recording", "id of the recording")}, [](Handlers& handlers, const Request& r) {
        return to_json(handlers.seen(r, "recording", "recording.unknown",
                                     [&](const auto& id) { return handlers.books.load_recording(RecordingId{id}); }));
      }));
  routes.push_back(reads("/api/clips", "list_clips", anybody, "All clips, newest first", "Clips", {},
                         [](Handlers& handlers, const Request& r) {
                           return list_json(handlers.view_of(r).seen(handlers.books.load_clips()));
                         }));
  routes.push_back(
      reads("/api/clips/{clip}", "get_clip", anybody, "Facts about one clip", "Clip",
            {{"clip", ParameterType::kHash, "SHA-256 of the clip"}}, [](Handlers& handlers, const Request& r) {
              return to_json(handlers.seen(r, "clip", "clip.unknown",
                                           [&](const auto& hash) { return handlers.books.load_clip(ClipHash{hash}); }));
            }));
  Route clip;
  clip.path = "/clips/{clip}";
  clip.operation = "get_clip_audio";
  clip.summary = "The clip itself, Ogg Opus, for nodes by their certificate; ranges and caches welcome";
  clip.roles = anybody;
  clip.roles.emplace_back(kNode);
  clip.parameters = {{"clip", ParameterType::kHash, "SHA-256 of the clip"}};
  clip.answers = {{200, "the file", "", "audio/ogg"}};
  clip.handler = [h](const Request& request, const Responder& responder) { h->send_clip(request, responder); };
  routes.push_back(std::move(clip));

  // --- announcements and schedules
  routes.push_back(writes("/api/announcements", "create_announcement", authors, "Makes an announcement of a clip",
                          "NewAnnouncement", ok(201, "made", "Announcement"), &Handlers::create_announcement));
  routes.push_back(reads("/api/announcements", "list_announcements", anybody, "All announcements, newest first",
                         "Announcements", {}, [](Handlers& handlers, const Request& r) {
                           return list_json(handlers.view_of(r).seen(handlers.books.load_announcements()));
                         }));
  routes.push_back(reads("/api/announcements/{announcement}", "get_announcement", anybody,
                         "One announcement, and where it stands", "AnnouncementTold",
                         {id_in_path("announcement", "id of the announcement")},
                         [](Handlers& handlers, const Request& r) { return handlers.announcement_json(r); }));
  Route edit = writes("/api/announcements/{announcement}", "edit_announcement", authors,
                      "Changes an announcement: a draft again, silent until it is approved anew", "AnnouncementEdit",
                      ok(200, "changed", "Announcement"), &Handlers::edit_announcement);
  edit.method = Method::kPut;
  edit.parameters = {id_in_path("announcement", "id of the announcement")};
  routes.push_back(std::move(edit));
  // --- text that is read aloud
  routes.push_back(writes("/api/speech/preview", "preview_speech", authors,
                          "Says how a text would be read aloud, and what of it in other words; makes nothing",
                          "SpeechText", ok(200, "what would be said", "SpeechPreview"), &Handlers::preview_speech));
  routes.push_back(writes("/api/announcements/speech", "speak_announcement", authors,
                          "Has a text read aloud, ingests it and makes an announcement of it", "NewSpeech",
                          ok(202, "taken; ask for the recording until it names its announcement", "Recording"),
                          &Handlers::speak_announcement));
  Route hear;
  hear.method = Method::kPost;
  hear.path = "/api/announcements/{announcement}/heard";
  hear.operation = "hear_announcement";
  hear.summary =
      "Says that somebody has listened to all of an announcement that a machine reads; then it may be scheduled";
  hear.roles = authors;
  hear.parameters = {id_in_path("announcement", "id of the announcement")};
  hear.answers = {ok(200, "written down; the first time stands", "Announcement")};
  hear.handler = [h](const Request& request, const Responder& responder) { h->hear_announcement(request, responder); };
  routes.push_back(std::move(hear));
  routes.push_back(
      writes("/api/schedules", "create_schedule", authors, "Schedules an announcement for areas", "NewSchedule",
             ok(201, "scheduled; the nodes' plans are on their way, and this is what changes", "ScheduleMade"),
             &Handlers::create_schedule));
  routes.push_back(writes("/api/schedules/preview", "preview_schedule", authors,
                          "Says what a schedule would change, and changes nothing", "NewSchedule",
                          ok(200, "what saving it would do", "ScheduleMade"), &Handlers::preview_schedule));
  routes.push_back(reads("/api/schedules", "list_schedules", anybody, "All schedules, newest first", "Schedules", {},
                         [](Handlers& handlers, const Request& r) {
                           return list_json(handlers.view_of(r).seen(handlers.books.load_schedules()));
                         }));
  const auto load_schedule = [](Handlers& handlers, const Request& r) { return to_json(handlers.schedule_in_path(r)); };
  routes.push_back(reads("/api/schedules/{schedule}", "get_schedule", anybody, "One schedule", "Schedule",
                         {id_in_path("schedule", "id of the schedule")}, load_schedule));
  Route replace = writes("/api/schedules/{schedule}", "replace_schedule", authors,
                         "Edits a schedule: what has begun stays as it was", "ScheduleEdit",
                         ok(200, "edited; the nodes' plans are on their way, and this is what changes", "ScheduleMade"),
                         &Handlers::replace_schedule);
  replace.method = Method::kPut;
  replace.parameters = {id_in_path("schedule", "id of the schedule")};
  routes.push_back(std::move(replace));
  Route preview_edit = writes("/api/schedules/{schedule}/preview", "preview_schedule_edit", authors,
                              "Says what editing a schedule would change, and changes nothing", "ScheduleEdit",
                              ok(200, "what saving it would do", "ScheduleMade"), &Handlers::preview_edit);
  preview_edit.parameters = {id_in_path("schedule", "id of the schedule")};
  routes.push_back(std::move(preview_edit));
  Route cancel;
  cancel.method = Method::kDelete;
  cancel.path = "/api/schedules/{schedule}";
  cancel.operation = "cancel_schedule";
  cancel.summary = "Cancels a schedule; what sounds of it stops";
  cancel.roles = authors;
  cancel.parameters = {id_in_path("schedule", "id of the schedule")};
  cancel.answers = {ok(200, "cancelled; this is what changes", "Difference")};
  cancel.handler = [h](const Request& request, const Responder& responder) {
    h->cancel_schedule(request, responder, EditMode::kSave);
  };
  Route preview_cancel = cancel;
  preview_cancel.method = Method::kPost;
  preview_cancel.path = "/api/schedules/{schedule}/cancel/preview";
  preview_cancel.operation = "preview_schedule_cancel";
  preview_cancel.summary = "Says what cancelling a schedule would take away, and changes nothing";
  preview_cancel.answers = {ok(200, "what cancelling it would change", "Difference")};
  preview_cancel.handler = [h](const Request& request, const Responder& responder) {
    h->cancel_schedule(request, responder, EditMode::kPreview);
  };
  routes.push_back(std::move(cancel));
  routes.push_back(std::move(preview_cancel));

  routes.push_back(writes("/api/campaigns", "create_campaign", planners,
                          "Makes a campaign: a pool of announcements that take turns, or that are disclosed",
                          "NewCampaign", ok(201, "made; the nodes' plans are on their way", "CampaignMade"),
                          &Handlers::create_campaign));
  routes.push_back(writes("/api/campaigns/preview", "preview_campaign", planners,
                          "Says what a campaign would change, and changes nothing", "NewCampaign",
                          ok(200, "what saving it would do", "CampaignMade"), &Handlers::preview_campaign));
  routes.push_back(
      reads("/api/campaigns", "list_campaigns", ward, "All campaigns, newest first", "Campaigns", {},
            [](Handlers& handlers, const Request&) { return list_json(handlers.books.load_campaigns()); }));
  routes.push_back(reads("/api/campaigns/{campaign}", "get_campaign", ward,
                         "One campaign, how often each message was played, and the days that are proved",
                         "CampaignTold", {id_in_path("campaign", "id of the campaign")},
                         [](Handlers& handlers, const Request& r) { return handlers.campaign_json(r); }));
  Route cancel_campaign;
  cancel_campaign.method = Method::kDelete;
  cancel_campaign.path = "/api/campaigns/{campaign}";
  cancel_campaign.operation = "cancel_campaign";
  cancel_campaign.summary = "Cancels a campaign with all its schedules; what sounds of it stops";
  cancel_campaign.roles = planners;
  cancel_campaign.parameters = {id_in_path("campaign", "id of the campaign")};
  cancel_campaign.answers = {ok(200, "cancelled; this is what changes", "Difference")};
  cancel_campaign.handler = [h](const Request& request, const Responder& responder) {
    h->cancel_campaign(request, responder, EditMode::kSave);
  };
  Route preview_end = cancel_campaign;
  preview_end.method = Method::kPost;
  preview_end.path = "/api/campaigns/{campaign}/cancel/preview";
  preview_end.operation = "preview_campaign_cancel";
  preview_end.summary = "Says what cancelling a campaign would take away, and changes nothing";
  preview_end.answers = {ok(200, "what cancelling it would change", "Difference")};
  preview_end.handler = [h](const Request& request, const Responder& responder) {
    h->cancel_campaign(request, responder, EditMode::kPreview);
  };
  routes.push_back(std::move(cancel_campaign));
  routes.push_back(std::move(preview_end));
  // --- calendars
  Route import =
      writes("/api/schedules/import", "import_schedules", planners,
             "Makes one schedule of each event of a calendar file, or none", "ImportSchedules",
             ok(201, "scheduled, all of them; this is what changes", "SchedulesMade"), &Handlers::import_schedules);
  import.answers.push_back(ok(200, "what saving would do", "SchedulesMade"));
  import.largest_body = kLargestImport;
  routes.push_back(std::move(import));
  Route exported;
  exported.path = "/api/schedules.ics";
  exported.operation = "export_schedules";
  exported.summary = "The schedules with their rules, as import_schedules reads them";
  exported.roles = ward;
  exported.answers = {{200, "iCalendar", "", "text/calendar"}};
  exported.handler = [h](const Request&, const Responder& responder) { h->export_calendar(responder); };
  routes.push_back(std::move(exported));
  routes.push_back(writes("/api/feeds", "create_feed", planners,
                          "Makes a calendar that office programs can subscribe to", "NewFeed",
                          ok(201, "made; its path is shown this once", "FeedMade"), &Handlers::create_feed));
  routes.push_back(reads("/api/feeds", "list_feeds", ward, "The calendars that can be subscribed to", "Feeds", {},
                         [](Handlers& handlers, const Request&) { return list_json(handlers.books.load_feeds()); }));
  Route no_feed;
  no_feed.method = Method::kDelete;
  no_feed.path = "/api/feeds/{feed}";
  no_feed.operation = "remove_feed";
  no_feed.summary = "Closes a calendar: whoever subscribed gets nothing any more";
  no_feed.roles = planners;
  no_feed.parameters = {id_in_path("feed", "id of the feed")};
  no_feed.answers = {{204, "closed"}};
  no_feed.handler = [h](const Request& request, const Responder& responder) { h->remove_feed(request, responder); };
  routes.push_back(std::move(no_feed));
  Route subscription;
  subscription.path = "/calendar/{file}";
  subscription.operation = "get_calendar";
  subscription.summary = "What sounded and will sound; whoever knows the name of the file may read it";
  subscription.parameters = {{"file", ParameterType::kText, "<secret>.ics of the feed"}};
  subscription.answers = {{200, "iCalendar", "", "text/calendar"}};
  subscription.handler = [h](const Request& request, const Responder& responder) { h->send_feed(request, responder); };
  routes.push_back(std::move(subscription));

  // --- the ward's rules, and why
  routes.push_back(writes("/api/rules", "set_ward_rules", admins, "Puts a new version of the ward's rules in force",
                          "NewWardRules", ok(201, "in force; the nodes' plans are on their way", "WardRules"),
                          &Handlers::set_ward_rules));
  routes.push_back(
      reads("/api/rules", "list_ward_rules", anybody, "Every version of the ward's rules, the one in force first",
            "WardRulesVersions", {},
            [](Handlers& handlers, const Request&) { return list_json(handlers.books.load_ward_rules()); }));
  const std::vector<Parameter> range = {
      {"from", ParameterType::kText, "first day of the ward's calendar, 2026-11-24; today without it"},
      {"to", ParameterType::kText, "last day, included; one day without it"}};
  const auto explains = [&](const char* path, const char* operation, const Roles& who, const char* summary,
                            const char* schema, Parameter whom,
                            void (Handlers::*handler)(const Request&, const Responder&)) {
    Route route;
    route.path = path;
    route.operation = operation;
    route.summary = summary;
    route.roles = who;
    route.parameters = range;
    route.parameters.push_back(std::move(whom));
    route.answers = {ok(200, "every occurrence, by due time", schema)};
    route.handler = [h, handler](const Request& request, const Responder& responder) {
      (h->*handler)(request, responder);
    };
    routes.push_back(std::move(route));
  };
  explains("/api/explain", "explain", anybody, "What was and will be due, what becomes of it, and why", "Fates",
           {"area", ParameterType::kId, "only what reaches this area"}, &Handlers::explain);
  explains("/api/nodes/{node}/explain", "explain_node", anybody, "The same for one node, beside what it reported",
           "NodeFates", id_in_path("node", "id of the node"), &Handlers::explain_node);

  // --- what a ward's year asks for
  routes.push_back(reads(
      "/api/templates", "list_templates", anybody, "Ready-made schedules, and what each must be given", "Templates", {},
      [](Handlers& handlers, const Request&) { return templates_json(handlers.settings.templates, handlers.ward()); }));
  Route fill = writes("/api/templates/{template}/fill", "fill_template", authors,
                      "Makes the body of a schedule or campaign, without announcement and areas; changes nothing",
                      "TemplateValues", ok(200, "the body, and when it would be due", "FilledTemplate"),
                      &Handlers::fill_template);
  fill.parameters = {id_in_path("template", "id of the template")};
  routes.push_back(std::move(fill));
  routes.push_back(reads("/api/reminders", "list_reminders", ward,
                         "Great days for which the chairman's greeting is not scheduled yet, and those for which it is",
                         "Reminders", {}, [](Handlers& handlers, const Request&) {
                           return reminders_json(schedules::reminders(
                               handlers.settings.almanac, handlers.books.load_greetings(), handlers.today()));
                         }));
  routes.push_back(reads("/api/calendar", "list_days", anybody, "Solar and lunar date and the holidays of each day",
                         "Days", range, [](Handlers& handlers, const Request& r) { return handlers.list_days(r); }));

  // --- areas and nodes
  routes.push_back(writes("/api/areas", "create_area", admins, "Adds an area below another, or at the top", "NewArea",
                          ok(201, "added", "Area"), &Handlers::create_area));
  routes.push_back(reads("/api/areas", "list_areas", anybody, "The tree of areas", "Areas", {},
                         [](Handlers& handlers, const Request& r) {
                           return list_json(handlers.view_of(r).seen(handlers.books.load_areas()));
                         }));
  Route change_area = writes("/api/areas/{area}", "change_area", admins, "Says an area's name and how many live there",
                             "AreaTerms", ok(200, "changed", "Area"), &Handlers::change_area);
  change_area.method = Method::kPut;
  change_area.parameters = {id_in_path("area", "id of the area")};
  routes.push_back(std::move(change_area));
  routes.push_back(writes("/api/nodes", "create_node", technicians, "Adds a node and makes its one-time code",
                          "NewNode", ok(201, "added; the code is shown this once", "NodeCode"),
                          &Handlers::create_node));
  routes.push_back(reads("/api/nodes", "list_nodes", anybody, "All nodes and what they last said of themselves",
                         "Nodes", {}, [](Handlers& handlers, const Request& r) { return handlers.list_nodes(r); }));
  const auto load_node = [](Handlers& handlers, const Request& r) {
    return handlers.seen(r, "node", "node.unknown",
                         [&](const auto& id) { return handlers.books.load_node(NodeId{id}); });
  };
  routes.push_back(
      reads("/api/nodes/{node}", "get_node", anybody, "One node", "Node", {id_in_path("node", "id of the node")},
            [load_node](Handlers& handlers, const Request& r) { return handlers.node_json(load_node(handlers, r)); }));
  Route change_node =
      writes("/api/nodes/{node}", "change_node", technicians, "Says a node's name, area and place", "NodeTerms",
             ok(200, "changed; a plan by the new area is on its way", "Node"), &Handlers::change_node);
  change_node.method = Method::kPut;
  change_node.parameters = {id_in_path("node", "id of the node")};
  routes.push_back(std::move(change_node));
  routes.push_back(reads("/api/nodes/{node}/plan", "get_plan", ward, "The plan the node should hold, as signed", "Plan",
                         {id_in_path("node", "id of the node")}, [load_node](Handlers& handlers, const Request& r) {
                           const auto plan = handlers.books.load_plan(load_node(handlers, r).id);
                           if (!plan) throw http::Refused(404, "plan.unknown");
                           return json::parse(plan->body);
                         }));

  Route test = writes("/api/nodes/{node}/test", "test_node", operators,
                      "Sounds a test tone at one loudspeaker; report.health.test of the node says what became of it",
                      "Test", ok(202, "ordered; the result comes in 15 s or so", "TestOrdered"), &Handlers::test_node);
  test.parameters = {id_in_path("node", "id of the node")};
  routes.push_back(std::move(test));

  // --- enrolment
  Route code;
  code.method = Method::kPost;
  code.path = "/api/nodes/{node}/code";
  code.operation = "create_code";
  code.summary = "Makes another one-time code for a node that is not enrolled";
  code.roles = technicians;
  code.parameters = {id_in_path("node", "id of the node")};
  code.answers = {ok(201, "the code is shown this once; the one before is void", "NodeCode")};
  code.handler = [h](const Request& request, const Responder& responder) { h->make_code(request, responder); };
  routes.push_back(std::move(code));
  Route revoke = writes("/api/nodes/{node}/revoke", "revoke_node", technicians,
                        "Strikes a node: its key, certificates and session", "Revoke", ok(200, "struck", "Node"),
                        &Handlers::revoke_node);
  revoke.parameters = {id_in_path("node", "id of the node")};
  routes.push_back(std::move(revoke));
  Route enrol = writes("/api/enrol", "enrol_node", {}, "Takes the keys of a node that proves its one-time code",
                       "Envelope", ok(200, "the answer, proved by the code", "Envelope"), &Handlers::enrol_node);
  enrol.largest_body = kLongestEnrolment;
  routes.push_back(std::move(enrol));
  Route renew;
  renew.method = Method::kPost;
  renew.path = "/api/certificate";
  renew.operation = "renew_certificate";
  renew.summary = "Gives a node that shows its certificate a new one for the same key";
  renew.roles = {std::string{kNode}};
  renew.answers = {ok(200, "the certificate", "Certificate")};
  renew.handler = [h](const Request& request, const Responder& responder) { h->renew_certificate(request, responder); };
  routes.push_back(std::move(renew));

  // --- outcomes and orders
  routes.push_back(
      reads("/api/outcomes", "list_outcomes", anybody, "How planned plays ended, latest first", "Outcomes",
            {{"schedule", ParameterType::kId, "only of this schedule"},
             {"node", ParameterType::kId, "only of this node"},
             {"from", ParameterType::kInstant, "planned at or after"},
             {"until", ParameterType::kInstant, "planned before"},
             {"limit", ParameterType::kInteger, "at most so many", http::Presence::kOptional, {}, 1, kMostListed}},
            [](Handlers& handlers, const Request& r) { return handlers.list_outcomes(r); }));
  routes.push_back(writes("/api/stop", "stop", stoppers,
                          "Silences what sounds or is about to, in areas, at nodes or everywhere", "Stop",
                          ok(202, "the nodes that were told", "Stopped"), &Handlers::stop));

  for (Route& route : h->approval.routes()) routes.push_back(std::move(route));
  for (Route& route : h->air.routes()) routes.push_back(std::move(route));
  for (Route& route : h->people.routes()) routes.push_back(std::move(route));
  for (Route& route : h->residents.routes()) routes.push_back(std::move(route));

  if (h->settings.reports != nullptr)
    for (Route& route : report_routes(*h->settings.reports, ward)) routes.push_back(std::move(route));

  // --- console
  if (h->settings.events != nullptr) {
    Route events = make_route(Method::kGet, "/api/events", "follow_events", anybody, "What changes, as it changes",
                              {200, "server-sent events, docs/console.md", "", "text/event-stream"});
    events.handler = [h](const Request& request, const Responder& responder) {
      const Caller* caller = Desk::caller_of(request);
      std::optional<std::set<AreaId>> areas;
      if (caller->area) areas = h->books.areas_below(*caller->area);
      h->settings.events->join(responder.start_events([] {}), std::move(areas), caller->session);
    };
    routes.push_back(std::move(events));
  }
  for (Route& route : console_routes(*h)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace loa::server
