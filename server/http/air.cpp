#include "server/http/air.h"

#include <algorithm>

#include "common/crypto/encoding.h"
#include "common/crypto/wrapped_key.h"
#include "common/http/uri.h"
#include "server/http/schemas.h"

namespace loa::server {

using nlohmann::json;

namespace {

constexpr std::size_t kMostListed = 50;
constexpr std::int64_t kMostMs = 24LL * 3600 * 1000;

json key_json(const EmergencyKey& key, const trust::TrustBook* book) {
  const std::string id = crypto::key_id(key.key);
  return {{"person", key.person.str()},
          {"public_key", crypto::encode_base64(key.key.bytes)},
          {"key", id},
          {"made", format_utc(key.made)},
          {"believed", book != nullptr && book->find_emergency(id) != nullptr}};
}

template <class IdType>
std::vector<IdType> read_ids(const FieldReader& body, const char* field) {
  std::vector<IdType> ids;
  if (body.find(field) == nullptr) return ids;
  for (const json& each : body.array(field, wire::kMostNodes)) {
    if (!each.is_string() || !is_valid_id(each.get_ref<const std::string&>()))
      throw BadJson(std::string{field} + ": not ids");
    ids.emplace_back(each.get<std::string>());
  }
  return ids;
}

}  // namespace

AirRow AirRoutes::air_in_path(const http::Request& request) {
  return desk_.found(request, "play", "air.unknown", [&](const auto& id) { return desk_.books.load_air(PlayId{id}); });
}

void AirRoutes::start(const http::Request& request, const http::Responder& responder) {
  desk_.with_body(request, [&](const FieldReader& body) {
    StartAir message;
    const auto kind = parse_air_kind(body.text("kind", 32));
    if (!kind) throw BadJson("kind: unknown word");
    message.kind = *kind;
    if (body.find("announcement") != nullptr) message.announcement = body.id<AnnouncementId>("announcement");
    if (message.kind == AirKind::kAnnouncement && !message.announcement) throw BadJson("announcement: missing");
    if (message.kind == AirKind::kSpeech && message.announcement) throw BadJson("announcement: not of a speech");
    message.title = body.text_or("title", 1000, "");
    if (body.find("class") != nullptr) {
      const auto of = parse_announcement_class(body.text("class", 32));
      if (!of || *of == AnnouncementClass::kEmergency) throw BadJson("class: normal or priority");
      message.announcement_class = *of;
    }
    message.areas = read_ids<AreaId>(body, "areas");
    message.nodes = read_ids<NodeId>(body, "nodes");
    if (body.flag_or("all", false)) message.reach = StopSound::Reach::kWholeStation;
    message.volume_pct = static_cast<int>(body.integer("volume_pct", 1, 100));
    if (const auto longest = body.optional_integer("longest_ms", 1, kMostMs)) message.longest = milliseconds{*longest};
    if (const auto pause = body.optional_integer("pause_ms", 0, kMostMs)) message.pause = milliseconds{*pause};
    message.is_exercise = body.flag_or("exercise", false);
    message.reply = reply_to<AirRow>(responder, 201, kPlain);
    const std::string pin = body.text_or("pin", crypto::kLongestPin, "");
    if (pin.empty())
      desk_.tell(request, std::move(message));
    else if (message.kind != AirKind::kEmergency)
      throw BadJson("pin: only of an emergency");
    else
      start_unlocked(request, responder, std::move(message), pin);
  });
}

void AirRoutes::start_unlocked(const http::Request& request, const http::Responder& responder, StartAir message,
                               const std::string& pin) {
  const Caller& caller = *Desk::caller_of(request);
  const auto key = desk_.books.load_emergency_key(caller.person);
  if (!key) throw http::Refused(422, "emergency.no_key");
  const std::string network = http::network_of(request.remote);
  if (!limits_.take(caller.person, network, system_now().mono)) throw http::Refused(429, "emergency.too_many_tries");
  elsewhere([this, request, responder, network, key = *key, pin, message = std::move(message)]() mutable {
    try {
      auto unlocked = crypto::unwrap_key(key.wrapped, pin);
      if (!unlocked) throw http::Refused(422, "emergency.wrong_pin");
      limits_.forgive(key.person, network, system_now().mono);
      message.emergency_key = std::make_shared<const crypto::SecretKey>(*std::move(unlocked));
      desk_.tell(request, std::move(message));
    } catch (const http::Refused& refused) {
      responder.fail(refused);
    } catch (const Error& error) {
      fail(responder, error.text());
    }
  });
}

void AirRoutes::elsewhere(std::function<void()> job) {
  if (!hasher_.post(std::move(job))) throw http::Refused(503, "server.busy");
}

void AirRoutes::end(const http::Request& request, const http::Responder& responder) {
  const PlayId play{std::string{request.parameter("play")}};
  desk_.command(request, [&](const FieldReader& body) {
    return EndAir{play, body.text_or("why", 200, ""), reply_to<AirRow>(responder, 200, kPlain)};
  });
}

void AirRoutes::speak(const http::Request& request, const http::Responder& responder) {
  // A browser sends its cookie whatever page asks; only ours may.
  const Caller& caller = *Desk::caller_of(request);
  if (!caller.scope && !is_from_our_page(request)) throw http::Refused(403, "http.other_origin");
  const AirRow row = air_in_path(request);
  if (!desk_.settings.speak || row.ended || row.air.clip || row.by != caller.person)
    throw http::Refused(409, "live.not_a_speech", {row.air.play.str()});
  const PlayId play = row.air.play;
  const auto post_end = [this, request, play](const char* why) {
    try {
      desk_.tell(request, EndAir{play, why, [](const std::variant<AirRow, Text>&) {}});
    } catch (const http::Refused&) {
      // The channel ends by itself, because nobody speaks.
    }
  };
  auto socket = std::make_shared<std::optional<http::Socket>>();
  http::SocketEvents events;
  events.on_message = [this, play](std::span<const std::uint8_t> message) {
    if (!desk_.settings.speak(play, message)) throw Error("live.not_a_speech", {play.str()});
  };
  events.on_gone = [socket, post_end] {
    socket->reset();
    post_end("speaker_left");
  };
  *socket = responder.start_socket(std::move(events));
  const auto now = system_now().wall;
  const WallTime from = wall_from_station(row.air.start + wire::sound_at(row.air));
  // How long until the words are heard, for the countdown; the browser's own clock may be any.
  (*socket)->send(
      json{{"on_air_in_ms", std::chrono::ceil<milliseconds>(from - now).count()},
           {"until_in_ms", std::chrono::floor<milliseconds>(wall_from_station(row.air.until) - now).count()}}
          .dump());
}

void AirRoutes::make_key(const http::Request& request, const http::Responder& responder) {
  desk_.with_body(request, [&](const FieldReader& body) {
    const std::string pin = body.text("pin", crypto::kLongestPin);
    if (pin.size() < crypto::kShortestPin || std::ranges::all_of(pin, [&](char c) { return c == pin.front(); }))
      throw http::Refused(422, "emergency.weak_pin", {std::to_string(crypto::kShortestPin)});
    elsewhere([this, request, responder, pin] {
      try {
        crypto::WrappedKey made = crypto::make_wrapped_key(pin);
        SaveEmergencyKey message{made.key, std::move(made.wrapped), {}};
        message.reply = reply_to<EmergencyKey>(
            responder, 201, [this](const EmergencyKey& key) { return key_json(key, desk_.settings.trust); });
        desk_.tell(request, std::move(message));
      } catch (const http::Refused& refused) {
        responder.fail(refused);
      } catch (const Error& error) {
        fail(responder, error.text());
      }
    });
  });
}

json AirRoutes::list() {
  json airs = json::array();
  for (const AirRow& row : desk_.books.load_airs(kMostListed)) airs.push_back(to_json(row));
  return {{"airs", std::move(airs)}};
}

json AirRoutes::list_keys() {
  json keys = json::array();
  for (const EmergencyKey& key : desk_.books.load_emergency_keys()) keys.push_back(key_json(key, desk_.settings.trust));
  return {{"keys", std::move(keys)}};
}

std::vector<http::Route> AirRoutes::routes() {
  using http::BodyMode;
  using http::Method;
  using http::ParameterType;
  const Roles ward = roles({Role::kChairman, Role::kEditor, Role::kOperator, Role::kViewer, Role::kAdmin});
  const Roles speakers = roles({Role::kChairman, Role::kOperator});
  Roles key_holders = speakers;
  key_holders.emplace_back(kSessionOnly);
  const http::Parameter play{"play", ParameterType::kId, "id of what is on the air"};
  std::vector<http::Route> all;

  http::Route listing =
      make_route(Method::kGet, "/api/air", "list_air", ward, "What is on the air beside the plans, and what was",
                 ok(200, "newest first", "Airs"));
  listing.handler = [this](const http::Request&, const http::Responder& responder) {
    desk_.read(responder, [&] { return list(); });
  };
  all.push_back(std::move(listing));

  http::Route starting = make_route(Method::kPost, "/api/air", "start_air", speakers,
                                    "Puts an announcement, a speech or an emergency on the air at once",
                                    ok(201, "on the air; of a speech, the channel waits for the microphone", "Air"));
  starting.body = BodyMode::kJson;
  starting.request_schema = "NewAir";
  starting.handler = [this](const http::Request& request, const http::Responder& responder) {
    start(request, responder);
  };
  all.push_back(std::move(starting));

  http::Route one = make_route(Method::kGet, "/api/air/{play}", "get_air", ward,
                               "What was on the air, and what each loudspeaker says of it",
                               ok(200, "with its outcomes so far", "AirTold"));
  one.parameters = {play};
  one.handler = [this](const http::Request& request, const http::Responder& responder) {
    const AirRow row = air_in_path(request);
    desk_.read(responder, [&] {
      json told = to_json(row);
      told["outcomes"] = json::array();
      OutcomeFilter filter;
      filter.play = row.air.play;
      for (const OutcomeRow& outcome : desk_.books.load_outcomes(filter)) told["outcomes"].push_back(to_json(outcome));
      return told;
    });
  };
  all.push_back(std::move(one));

  http::Route ending = make_route(Method::kPost, "/api/air/{play}/end", "end_air", speakers,
                                  "Takes it off the air; a speech after its last words", ok(200, "off the air", "Air"));
  ending.parameters = {play};
  ending.body = BodyMode::kJson;
  ending.request_schema = "EndOfAir";
  ending.handler = [this](const http::Request& request, const http::Responder& responder) { end(request, responder); };
  all.push_back(std::move(ending));

  http::Route speaking = make_route(Method::kGet, "/api/air/{play}/microphone", "speak", speakers,
                                    "A WebSocket for the speaker's voice, docs/live.md §3", {101, "RFC 6455", "", ""});
  speaking.parameters = {play};
  speaking.handler = [this](const http::Request& request, const http::Responder& responder) {
    speak(request, responder);
  };
  all.push_back(std::move(speaking));

  http::Route keys = make_route(Method::kGet, "/api/emergency/keys", "list_emergency_keys", ward,
                                "Who has an emergency key, and whether the root key vouches for it",
                                ok(200, "public halves alone", "EmergencyKeys"));
  keys.handler = [this](const http::Request&, const http::Responder& responder) {
    desk_.read(responder, [&] { return list_keys(); });
  };
  all.push_back(std::move(keys));

  http::Route making = make_route(Method::kPost, "/api/emergency/keys", "make_emergency_key", key_holders,
                                  "Makes the caller's own emergency key, behind a PIN; the one before is void",
                                  ok(201, "the public half, for the trust document", "EmergencyKey"));
  making.body = BodyMode::kJson;
  making.request_schema = "NewEmergencyKey";
  making.handler = [this](const http::Request& request, const http::Responder& responder) {
    make_key(request, responder);
  };
  all.push_back(std::move(making));
  return all;
}

}  // namespace loa::server
