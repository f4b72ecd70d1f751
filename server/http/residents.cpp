#include "server/http/residents.h"

#include <algorithm>
#include <utility>

#include "common/crypto/encoding.h"
#include "common/crypto/sha256.h"
#include "common/http/uri.h"
#include "server/http/sticker.h"

namespace loa::server {

using nlohmann::json;

namespace {

constexpr std::chrono::minutes kKept{1};
constexpr civil::days kAhead{7};
constexpr std::size_t kMostListed = 200;
constexpr std::size_t kMostInFeed = 50;
constexpr std::size_t kLongestText = 20'000;  // bytes; how long it may be is the core's to say
constexpr std::int64_t kMostComplaints = 1000;
const std::vector<std::pair<std::string, std::string>> kForAMinute = {{"Cache-Control", "public, max-age=60"}};

bool is_heard_in(const std::optional<std::set<AreaId>>& wanted, const auto& areas) {
  return !wanted || std::ranges::any_of(areas, [&](const AreaId& area) { return wanted->contains(area); });
}

// RFC 822 §5, as RSS 2.0 wants it.
std::string feed_date(WallTime instant) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::string utc = format_utc(instant);  // 2026-11-28T01:02:03…
  return std::string{kDays.at(std::chrono::weekday{day}.c_encoding())} + ", " + utc.substr(8, 2) + " " +
         kMonths.at(static_cast<unsigned>(date.month()) - 1) + " " + utc.substr(0, 4) + " " + utc.substr(11, 8) +
         " GMT";
}

std::string in_vietnamese(const char* code, std::vector<std::string> args = {}) {
  return render({code, std::move(args)}, Language::kVietnamese);
}

}  // namespace

bool ResidentsRoutes::is_told(const Announcement& announcement) {
  return announcement.state == ApprovalState::kApproved && !announcement.names_citizen;
}

ResidentsRoutes::Announcements ResidentsRoutes::announcements() {
  Announcements all;
  for (Announcement& each : desk_.books.load_announcements()) all.emplace(each.id, std::move(each));
  return all;
}

std::optional<std::set<AreaId>> ResidentsRoutes::heard_where(const http::Request& request) {
  const auto id = request.parameter("area");
  if (id.empty()) return std::nullopt;
  const AreaId area{std::string{id}};
  if (!desk_.books.has_area(area)) throw http::Refused(404, "area.unknown", {area.str()});
  std::set<AreaId> line = desk_.books.areas_above(area);
  line.merge(desk_.books.areas_below(area));
  return line;
}

// --- the programme

void ResidentsRoutes::with_programme(const http::Request& request, const TakeProgramme& take) {
  Programme kept;
  {
    const std::lock_guard lock(mutex_);
    if (programme_ && system_now().mono - programme_made_ < kKept)
      kept = programme_;
    else
      waiting_.push_back(take);
    if (!kept && waiting_.size() > 1) return;  // asked already
  }
  if (kept) return take(kept);
  const auto answer = [this](const std::variant<Programme, Text>& told) {
    std::vector<TakeProgramme> waiting;
    {
      const std::lock_guard lock(mutex_);
      if (const auto* programme = std::get_if<Programme>(&told)) {
        programme_ = *programme;
        programme_made_ = system_now().mono;
      }
      waiting = std::exchange(waiting_, {});
    }
    for (const TakeProgramme& each : waiting) each(told);
  };
  try {
    const civil::Zone& zone = desk_.settings.almanac.zone;
    const civil::Day today = civil::day_of(zone.to_civil(system_now().wall));
    CalendarWords words = desk_.calendar_words();
    auto versions = desk_.all_versions(zone.to_wall(today));
    std::set<AnnouncementId> nameless;
    for (const auto& [id, announcement] : announcements())
      if (!is_told(announcement)) nameless.insert(id);
    Explain message{today, today + kAhead, std::nullopt, std::nullopt, {}};
    message.reply = [answer, words = std::move(words), versions = std::move(versions),
                     nameless = std::move(nameless)](const std::variant<std::vector<Explain::Told>, Text>& result) {
      if (const auto* why = std::get_if<Text>(&result)) return answer(*why);
      std::vector<Airing> airings = airings_of(std::get<std::vector<Explain::Told>>(result), versions, words);
      for (Airing& airing : airings)
        if (nameless.contains(airing.announcement)) airing.title.clear();
      std::ranges::sort(airings, {}, &Airing::start);
      answer(std::make_shared<const std::vector<Airing>>(std::move(airings)));
    };
    desk_.tell(request, std::move(message));
  } catch (const Error& error) {
    answer(error.text());
  }
}

void ResidentsRoutes::send_programme(const http::Request& request, const http::Responder& responder) {
  with_programme(request, [responder, where = heard_where(request)](const std::variant<Programme, Text>& told) {
    if (const auto* why = std::get_if<Text>(&told)) return fail(responder, *why);
    json list = json::array();
    for (const Airing& airing : *std::get<Programme>(told))
      if (is_heard_in(where, airing.areas))
        list.push_back({{"start", format_utc(airing.start)},
                        {"length_ms", airing.length.count()},
                        {"title", airing.title.empty() ? json() : json(airing.title)},
                        {"areas", airing.places}});
    send_json(responder, 200, list, kForAMinute);
  });
}

void ResidentsRoutes::send_calendar(const http::Request& request, const http::Responder& responder) {
  const civil::Zone& zone = desk_.settings.almanac.zone;
  // The same text all day where nothing changes.
  const WallTime stamp = zone.to_wall(civil::day_of(zone.to_civil(system_now().wall)));
  with_programme(request, [responder, where = heard_where(request), stamp,
                           station = desk_.settings.station](const std::variant<Programme, Text>& told) {
    if (const auto* why = std::get_if<Text>(&told)) return fail(responder, *why);
    std::vector<Airing> heard;
    for (const Airing& airing : *std::get<Programme>(told)) {
      if (!is_heard_in(where, airing.areas)) continue;
      heard.push_back(airing);
      if (airing.title.empty()) heard.back().title = in_vietnamese("residents.nameless");
    }
    responder.send(calendar_response(calendar_of(heard, in_vietnamese("residents.programme"), station, stamp)));
  });
}

// --- what was aired

const ResidentsRoutes::AiredList& ResidentsRoutes::aired() {
  const Now now = system_now();
  if (aired_ && now.mono - aired_->made < kKept) return *aired_;
  AiredList list{now.mono, announcements(), {}, {}};
  AnnouncementId last;
  for (AiredRow& row : desk_.books.load_aired(now.wall - desk_.settings.residents.published, now.wall)) {
    if (list.all.empty() || list.all.back().start != row.start || last != row.announcement) {
      Aired aired;
      aired.start = row.start;
      const auto known = list.announcements.find(row.announcement);
      if (known != list.announcements.end() && is_told(known->second)) {
        aired.announcement = &known->second;
        list.clips.insert(known->second.clip);
      }
      list.all.push_back(std::move(aired));
      last = row.announcement;
    }
    list.all.back().areas.insert(std::move(row.area));
    list.all.back().loudspeakers += row.loudspeakers;
  }
  return aired_.emplace(std::move(list));
}

std::vector<ResidentsRoutes::Aired> ResidentsRoutes::aired_in(const http::Request& request) {
  const auto where = heard_where(request);
  std::vector<Aired> found;
  for (const Aired& each : aired().all)
    if (is_heard_in(where, each.areas)) found.push_back(each);
  return found;
}

void ResidentsRoutes::send_feed(const http::Request& request, const http::Responder& responder) {
  const std::string& url = desk_.settings.residents.url;
  const auto element = [](const std::string& name, const std::string& text) {
    return "<" + name + ">" + xml_escaped(text) + "</" + name + ">";
  };
  std::string out = R"(<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>)" +
                    element("title", in_vietnamese("residents.feed", {ward_json().at("name")})) +
                    element("link", url + "/residents") +
                    element("description", in_vietnamese("residents.feed_about")) + element("language", "vi");
  std::size_t count = 0;
  for (const Aired& each : aired_in(request)) {
    if (each.announcement == nullptr) continue;
    if (++count > kMostInFeed) break;
    const Announcement& announcement = *each.announcement;
    out += "<item>" + element("title", announcement.title) + element("pubDate", feed_date(each.start)) +
           R"(<guid isPermaLink="false">)" + announcement.id.str() + "-" + format_utc(each.start) + "</guid>";
    if (!announcement.transcript.empty()) out += element("description", announcement.transcript);
    if (const auto clip = desk_.books.load_clip(announcement.clip))
      out += R"(<enclosure type="audio/ogg" length=")" + std::to_string(clip->bytes) + R"(" url=")" +
             xml_escaped(url + "/api/public/audio/" + clip->hash.str()) + R"("/>)";
    out += "</item>";
  }
  http::Response response;
  response.body = out + "</channel></rss>\n";
  response.content_type = "application/rss+xml; charset=utf-8";
  response.etag = crypto::to_hex(crypto::sha256(view_bytes(response.body)));
  responder.send(std::move(response));
}

void ResidentsRoutes::send_audio(const http::Request& request, const http::Responder& responder) {
  const ClipHash clip{std::string{request.parameter("clip")}};
  if (!aired().clips.contains(clip)) throw http::Refused(404, "http.file_missing");
  // Not for ever: it is published for some days only.
  responder.send(http::FileResponse{desk_.settings.clips / (clip.str() + ".opus"),
                                    "audio/ogg",
                                    clip.str(),
                                    {{"Cache-Control", "public, max-age=3600"}}});
}

// --- who lives here, and what they say

json ResidentsRoutes::ward_json() {
  json areas = json::array();
  std::string name;
  for (const Area& area : desk_.books.load_areas()) {
    if (!area.parent && name.empty()) name = area.name;
    areas.push_back(
        {{"area", area.id.str()}, {"name", area.name}, {"parent", area.parent ? json(area.parent->str()) : json()}});
  }
  const civil::Day today = civil::day_of(desk_.settings.almanac.zone.to_civil(system_now().wall));
  return {{"name", name},
          {"areas", std::move(areas)},
          {"contact", desk_.settings.residents.contact},
          {"published_days", std::chrono::duration_cast<civil::days>(desk_.settings.residents.published).count()},
          {"quarter", quarter_of(today)}};
}

Node ResidentsRoutes::node_in_path(const http::Request& request) {
  Node node =
      desk_.found(request, "node", "node.unknown", [&](const auto& id) { return desk_.books.load_node(NodeId{id}); });
  if (node.revoked) throw http::Refused(404, "node.unknown", {node.id.str()});
  return node;
}

json ResidentsRoutes::node_json(const http::Request& request) {
  const Node node = node_in_path(request);
  const civil::Zone& zone = desk_.settings.almanac.zone;
  const WallTime now = system_now().wall;
  const civil::Day today = civil::day_of(zone.to_civil(now));
  const Announcements known = announcements();
  json plays = json::array();
  for (const PlayAbout& play :
       desk_.books.load_plays_of(node.id, zone.to_wall(today), zone.to_wall(today + civil::days{1}))) {
    const auto announcement = known.find(play.announcement);
    const bool has_title = announcement != known.end() && is_told(announcement->second);
    plays.push_back({{"start", format_utc(play.start)},
                     {"title", has_title ? json(play.title) : json()},
                     {"heard", play.result ? json(play.heard > milliseconds{0}) : json()}});
  }
  std::string place;
  for (const Area& area : desk_.books.load_areas())
    if (area.id == node.area) place = area.name;
  return {{"node", node.id.str()},
          {"name", node.name},
          {"area", node.area.str()},
          {"area_name", place},
          {"plays", std::move(plays)}};
}

void ResidentsRoutes::refuse_many() const {
  throw http::Refused(429, "residents.too_many", {desk_.settings.residents.contact});
}

void ResidentsRoutes::complain(const http::Request& request, const http::Responder& responder) {
  desk_.command(request, [&](const FieldReader& body) {
    Complaint complaint;
    complaint.heard = system_now().wall;
    if (const json* heard = body.find("heard"); heard != nullptr) {
      const auto instant = parse_utc(body.text("heard", 40));
      if (!instant) throw BadJson("heard: an instant of RFC 3339");
      complaint.heard = *instant;
    }
    if (body.find("node") != nullptr) complaint.node = body.id<NodeId>("node");
    if (body.find("area") != nullptr) complaint.area = body.id<AreaId>("area");
    const auto kind = parse_complaint_kind(body.text("kind", 16));
    if (!kind) throw BadJson("kind: too_loud, not_heard, broken or other");
    complaint.kind = *kind;
    complaint.text = body.text_or("text", kLongestText, "");
    if (complaint.node) {
      const auto node = desk_.books.load_node(*complaint.node);
      if (!node || node->revoked) throw http::Refused(404, "node.unknown", {complaint.node->str()});
    }
    if (!limits_.take_complaint(http::network_of(request.remote), complaint.node, system_now().mono)) refuse_many();
    TakeComplaint message{std::move(complaint), {}};
    message.reply = reply_to<Complaint>(responder, 201, [](const Complaint& taken) {
      return json{
          {"complaint", taken.id.str()}, {"heard", format_utc(taken.heard)}, {"matched", taken.play.has_value()}};
    });
    return message;
  });
}

void ResidentsRoutes::mark(const http::Request& request, const http::Responder& responder) {
  desk_.command(request, [&](const FieldReader& body) {
    CountMark message;
    if (body.find("area") != nullptr) message.area = body.id<AreaId>("area");
    message.mark = static_cast<int>(body.integer("mark", 1, kBestMark));
    message.reply = reply_done(responder);
    if (!limits_.take_mark(http::network_of(request.remote), system_now().mono)) refuse_many();
    return message;
  });
}

// --- the office

json ResidentsRoutes::list_complaints(const http::Request& request) {
  ComplaintFilter filter;
  if (const auto state = request.parameter("state"); !state.empty())
    filter.state = state == "open" ? ComplaintState::kOpen : ComplaintState::kSettled;
  if (const auto node = request.parameter("node"); !node.empty()) filter.node = NodeId{std::string{node}};
  filter.area = Desk::caller_of(request)->area;
  filter.from = parse_utc(request.parameter("from"));
  filter.until = parse_utc(request.parameter("until"));
  filter.limit = request.integer("limit").value_or(kMostComplaints);
  json list = json::array();
  for (const Complaint& complaint : desk_.books.load_complaints(filter)) {
    json each = to_json(complaint);
    const auto play = desk_.books.load_play_about(complaint);
    each["about"] = play ? to_json(*play) : json();
    list.push_back(std::move(each));
  }
  return list;
}

void ResidentsRoutes::settle(const http::Request& request, const http::Responder& responder) {
  const Complaint complaint = desk_.found(request, "complaint", "complaint.unknown",
                                          [&](const auto& id) { return desk_.books.load_complaint(ComplaintId{id}); });
  if (const View view = desk_.view_of(request); view.is_bound() && (!complaint.area || !view.reaches(*complaint.area)))
    throw http::Refused(404, "complaint.unknown", {complaint.id.str()});
  desk_.command(request, [&](const FieldReader& body) {
    return SettleComplaint{complaint.id, body.text("note", kLongestText), reply_to<Complaint>(responder, 200, kPlain)};
  });
}

void ResidentsRoutes::send_sticker(const http::Request& request, const http::Responder& responder) {
  const Node node =
      desk_.seen(request, "node", "node.unknown", [&](const auto& id) { return desk_.books.load_node(NodeId{id}); });
  if (!desk_.settings.residents.are_open) throw http::Refused(409, "residents.closed");
  const std::string ward = ward_json().at("name");
  http::Response response;
  response.content_type = "image/svg+xml";
  response.body = sticker_svg({ward, node.name, node.id.str(), desk_.settings.residents.url});
  response.headers = {{"Content-Disposition", "inline; filename=\"" + node.id.str() + ".svg\""}};
  responder.send(std::move(response));
}

std::vector<http::Route> ResidentsRoutes::routes() {
  using http::BodyMode;
  using http::Method;
  using http::Parameter;
  using http::ParameterType;
  using http::Request;
  using http::Responder;
  using http::Route;
  const auto handled = [this](Route made, void (ResidentsRoutes::*handler)(const Request&, const Responder&)) {
    made.handler = [this, handler](const Request& request, const Responder& responder) {
      try {
        (this->*handler)(request, responder);
      } catch (const http::Refused&) {
        throw;
      } catch (const Error& error) {
        fail(responder, error.text());
      }
    };
    return made;
  };
  const auto reading = [this](Route made, auto load) {
    made.handler = [this, load](const Request& request, const Responder& responder) {
      desk_.read(responder, [&] { return load(request); });
    };
    return made;
  };
  const auto with = [](Route made, std::vector<Parameter> parameters) {
    made.parameters = std::move(parameters);
    return made;
  };
  const auto taking = [](Route made, const char* schema) {
    made.body = BodyMode::kJson;
    made.request_schema = schema;
    return made;
  };
  const auto at_node = Parameter{"node", ParameterType::kId, "id of the loudspeaker"};

  // --- the office, with or without open pages: what was said stays
  std::vector<Route> all;
  all.push_back(reading(
      with(make_route(Method::kGet, "/api/complaints", "list_complaints", everyone(),
                      "What residents said, newest first, with what the loudspeaker was to play then",
                      ok(200, "found", "Complaints")),
           {{"state",
             ParameterType::kChoice,
             "open or settled ones alone",
             http::Presence::kOptional,
             {"open", "settled"}},
            {"node", ParameterType::kId, "only about this loudspeaker"},
            {"from", ParameterType::kInstant, "made at or after"},
            {"until", ParameterType::kInstant, "made before"},
            {"limit", ParameterType::kInteger, "at most so many", http::Presence::kOptional, {}, 1, kMostComplaints}}),
      [this](const Request& request) { return list_complaints(request); }));
  all.push_back(
      handled(taking(with(make_route(Method::kPost, "/api/complaints/{complaint}/settle", "settle_complaint",
                                     roles({Role::kChairman, Role::kEditor, Role::kOperator, Role::kGroupLead}),
                                     "Says what was done about a complaint", ok(200, "settled", "Complaint")),
                          {{"complaint", ParameterType::kId, "id of the complaint"}}),
                     "Settlement"),
              &ResidentsRoutes::settle));
  all.push_back(reading(
      with(
          make_route(Method::kGet, "/api/satisfaction", "list_satisfaction",
                     roles({Role::kChairman, Role::kEditor, Role::kOperator, Role::kViewer, Role::kAdmin}),
                     "How many residents gave which mark, by quarter and area", ok(200, "found", "SatisfactionCounts")),
          {{"from", ParameterType::kText, "first quarter, 2026-Q4; without it all"},
           {"to", ParameterType::kText, "last quarter"}}),
      [this](const Request& request) {
        const std::string to{request.parameter("to")};
        return list_json(
            desk_.books.load_satisfaction(std::string{request.parameter("from")}, to.empty() ? "9999-Q4" : to));
      }));
  all.push_back(handled(with(make_route(Method::kGet, "/api/nodes/{node}/sticker.svg", "get_sticker",
                                        roles({Role::kOperator, Role::kAdmin}), "The code for a loudspeaker's pole",
                                        {200, "an SVG of 90 x 120 mm", "", "image/svg+xml"}),
                             {at_node}),
                        &ResidentsRoutes::send_sticker));
  if (!desk_.settings.residents.are_open) return all;

  // --- residents
  const auto in_area = Parameter{"area", ParameterType::kId, "only what is heard in this area"};
  const auto page = [&](const char* path, const char* operation, const char* file, const char* type) {
    Route route = make_route(Method::kGet, path, operation, {}, "For residents: the page and its parts",
                             {200, "the file", "", type});
    route.handler = [this, file, type](const Request&, const Responder& responder) {
      desk_.send_web_file(responder, file, type);
    };
    return route;
  };
  all.push_back(page("/residents", "get_residents_page", "residents.html", "text/html"));
  all.push_back(page("/residents.js", "get_residents_script", "residents.js", "text/javascript"));
  all.push_back(page("/residents.css", "get_residents_style", "residents.css", "text/css"));
  all.push_back(with(page("/p/{node}", "get_pole_page", "residents.html", "text/html"), {at_node}));
  all.push_back(reading(make_route(Method::kGet, "/api/public/ward", "get_public_ward", {}, "Whose pages these are",
                                   ok(200, "found", "PublicWard")),
                        [this](const Request&) { return ward_json(); }));
  all.push_back(handled(with(make_route(Method::kGet, "/api/public/programme", "get_programme", {},
                                        "What airs today and in the next seven days", ok(200, "found", "Programme")),
                             {in_area}),
                        &ResidentsRoutes::send_programme));
  all.push_back(handled(with(make_route(Method::kGet, "/residents.ics", "get_programme_calendar", {},
                                        "The programme as a calendar to subscribe to",
                                        {200, "iCalendar (RFC 5545)", "", "text/calendar"}),
                             {in_area}),
                        &ResidentsRoutes::send_calendar));
  all.push_back(
      reading(with(make_route(Method::kGet, "/api/public/aired", "list_aired", {},
                              "What was heard, newest first, with text and sound", ok(200, "found", "AiredList")),
                   {in_area}),
              [this](const Request& request) {
                json list = json::array();
                for (const Aired& each : aired_in(request)) {
                  if (list.size() == kMostListed) break;
                  const Announcement* one = each.announcement;
                  list.push_back({{"start", format_utc(each.start)},
                                  {"loudspeakers", each.loudspeakers},
                                  {"title", one != nullptr ? json(one->title) : json()},
                                  {"transcript", one != nullptr ? json(one->transcript) : json()},
                                  {"clip", one != nullptr ? json(one->clip.str()) : json()}});
                }
                return list;
              }));
  all.push_back(
      handled(with(make_route(Method::kGet, "/residents.rss", "get_aired_feed", {}, "What was heard, for a feed reader",
                              {200, "RSS 2.0", "", "application/rss+xml"}),
                   {in_area}),
              &ResidentsRoutes::send_feed));
  all.push_back(handled(with(make_route(Method::kGet, "/api/public/audio/{clip}", "get_aired_audio", {},
                                        "The sound of what was heard", {200, "Ogg Opus", "", "audio/ogg"}),
                             {{"clip", ParameterType::kHash, "SHA-256 of the clip"}}),
                        &ResidentsRoutes::send_audio));
  all.push_back(reading(with(make_route(Method::kGet, "/api/public/nodes/{node}", "get_public_node", {},
                                        "A loudspeaker, and what it was to play today", ok(200, "found", "PublicNode")),
                             {at_node}),
                        [this](const Request& request) { return node_json(request); }));
  all.push_back(
      handled(taking(make_route(Method::kPost, "/api/public/complaints", "complain", {},
                                "Takes a complaint; nobody is asked who they are", ok(201, "taken", "ComplaintTaken")),
                     "NewComplaint"),
              &ResidentsRoutes::complain));
  all.push_back(handled(taking(make_route(Method::kPost, "/api/public/satisfaction", "give_mark", {},
                                          "Counts one mark of this quarter", {204, "counted"}),
                               "Mark"),
                        &ResidentsRoutes::mark));
  return all;
}

}  // namespace loa::server
