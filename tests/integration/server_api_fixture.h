// The server's HTTP interface as a client sees it: real HTTPS, real books, a real core behind it.
#pragma once

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/crypto/certificates.h"
#include "common/crypto/encoding.h"
#include "common/crypto/password.h"
#include "common/crypto/totp.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "schedules/holidays/holiday_file.h"
#include "schedules/templates/template_file.h"
#include "server/core/server_core.h"
#include "server/http/api.h"
#include "server/http/events.h"
#include "server/http/gate.h"
#include "server/reports/desk.h"
#include "server/speech/lexicon_file.h"
#include "server/store/people_desk.h"
#include "tests/support/child.h"
#include "tests/support/enrolment_fixture.h"
#include "tests/support/recorded_channels.h"
#include "tests/support/recorded_link.h"
#include "tests/support/root_key.h"
#include "tests/support/schema_check.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/signer_nearby.h"
#include "tests/support/wait.h"

namespace loa::server {
namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;
using testing::IsEmpty;

const StationId kStation{"phu-lien"};

class MovedIntake final : public Intake {
 public:
  explicit MovedIntake(fs::path folder) : folder_(std::move(folder)) {}
  void keep(const RecordingId& recording, const fs::path& uploaded) override {
    fs::rename(uploaded, folder_ / recording.str());
  }
  void discard(const RecordingId&, const fs::path& uploaded) override { fs::remove(uploaded); }
  void forget(const RecordingId& recording) override { fs::remove(folder_ / recording.str()); }
  void start(const RecordingId&) override {}
  void speak(const RecordingId&, const std::string&) override {}

 private:
  const fs::path folder_;
};

class ServerApi : public testing::Test {
 protected:
  ServerApi() {
    const auto authority = crypto::CertificateAuthority::make("Loa test", system_now().wall);
    authority.save(folder_ / "ca.pem", folder_ / "ca.key");
    crypto::save_identity(authority.issue_server({}, system_now().wall), folder_ / "https.pem", folder_ / "https.key");
    for (const char* name : {"uploads", "recordings", "clips", "web"}) fs::create_directory(folder_ / name);
    // What a build makes of server/web, in small.
    fs::copy(fs::path{LOA_SOURCE_DIR} / "server/web/public", folder_ / "web", fs::copy_options::recursive);
    std::ofstream(folder_ / "web/index.html")
        << "<meta name=\"csp-nonce\" content=\"LOA-NONCE\"><script src=\"/assets/x-1.js\">";
    for (const char* name : {"tiles/2/3", "web/assets"}) fs::create_directories(folder_ / name);
    std::ofstream(folder_ / "tiles/2/3/1.png") << "square";
    std::ofstream(folder_ / "web/assets/x-1.js") << "whole";
    std::ofstream(folder_ / "web/assets/x-1.js.br") << "packed";
    ServerSettings settings;
    settings.station = kStation;
    settings.boot = "boot-1";
    settings.rules = test::open_policy();
    settings.almanac = almanac_;
    settings.notify = [this](Notice notice) { notices_.push_back(std::move(notice)); };
    core_ = std::make_unique<ServerCore>(settings, store_, link_, intake_, enrolment_.enrolment, signer_, channels_,
                                         alarms_, [this] { return new_id(); });
    for (const Role role : kRoles)
      if (!is_bound_to_area(role)) employ(role);
    start();
  }
  ~ServerApi() override { http_.reset(); }

  // What the root key says: the station's key, and an open policy.
  trust::TrustBook believed() {
    trust::TrustBook book(kStation, root_.public_key());
    for (const auto& [type, envelope] :
         {std::pair{wire::MessageType::kTrust, root_.sign_trust({test::station_key(signer_.public_key())})},
          std::pair{wire::MessageType::kPolicy, root_.sign(test::open_policy())}})
      book.adopt(std::get<trust::RootDocument>(book.open(type, view_bytes(envelope))));
    return book;
  }

  static PersonId person_in(Role role) {
    std::string id{to_string(role)};
    std::ranges::replace(id, '_', '-');
    return PersonId{id};
  }
  // Somebody in every role that is not bound to an area, each with a second factor and a token for programs.
  void employ(Role role, std::optional<AreaId> area = std::nullopt) {
    const WallTime now = system_now().wall;
    const PersonId id = person_in(role);
    const std::lock_guard lock(mutex_);
    store_.add_person({id, "Ai đó", role, std::move(area), false, false, now});
    store_.save_second_factor(id, {kFactor, std::nullopt, 0});
    const Token token{"k-" + id.str(), id, "thử", TokenScope::kWrite, now, now + hours{1}};
    tokens_[role] = issue_token(store_, token);
  }
  // The headers of a program that acts for somebody in this role, and of a browser where they are signed in.
  http::Headers program_of(Role role) const { return {{"Authorization", "Bearer " + tokens_.at(role)}}; }
  http::Headers browser_of(Role role) {
    const std::lock_guard lock(mutex_);
    const std::string secret = make_secret();
    const WallTime now = system_now().wall;
    store_.add_session(hash_of_secret(secret), person_in(role), now, now + hours{1});
    return {{"Cookie", std::string{kSessionCookie} + "=" + secret}, {"Sec-Fetch-Site", "same-origin"}};
  }

  void give_password(Role role, const std::string& password) {
    const std::lock_guard lock(mutex_);
    store_.save_password(person_in(role), crypto::hash_password(password));
  }
  static std::string digits_now() { return crypto::totp_digits(kFactor, crypto::totp_step(system_now().wall)); }

  void start() {
    api_.reset();  // it refers to the desk
    desk_ = std::make_unique<ReportDesk>(
        ReportSettings{kStation, folder_ / "reports", built_in_report_form(), almanac_.zone},
        Store::make_reader(db::Database::open_reader(folder_ / "server.db")), report_alarms_,
        [this] { return report_now_; });
    events_ =
        std::make_unique<EventDesk>(Store::make_reader(db::Database::open_reader(folder_ / "server.db")), alarms_);
    ApiSettings settings{kStation,  folder_ / "clips",     folder_ / "uploads",  folder_ / "web",
                         almanac_,  templates::built_in(), speech::vietnamese(), desk_.get(),
                         residents_};
    settings.speak = [this](const PlayId& play, ByteView message) -> bool {
      const std::lock_guard lock(spoken_mutex_);
      spoken_.emplace_back(play, Bytes{message.begin(), message.end()});
      return takes_speech_;
    };
    settings.events = events_.get();
    settings.authority = folder_ / "ca.pem";
    settings.tiles = folder_ / "tiles";
    settings.trust = &trust_;
    settings.certificates = {{"https", folder_ / "https.pem"}};
    api_ = std::make_unique<Api>(
        settings, Store::make_reader(db::Database::open_reader(folder_ / "server.db")), alarms_,
        [this](ServerMessage message) {
          if (is_mailbox_full_) return false;
          tell(std::move(message));
          return true;
        },
        [this] { return new_id(); });
    http::ServerOptions options;
    options.certificate_chain = folder_ / "https.pem";
    options.private_key = folder_ / "https.key";
    std::ofstream(folder_ / "nodes_ca.pem") << enrolment_.authority_pem;
    options.client_authorities = folder_ / "nodes_ca.pem";
    http_ = std::make_unique<http::Server>(options, api_->routes(), api_->authorize());
    http_->start();
    client_ = std::make_unique<http::Client>(http::ClientOptions{folder_ / "ca.pem"});
  }

  std::string new_id() { return std::to_string(++ids_); }
  // The core, from this thread or the HTTP server's.
  void tell(ServerMessage message) {
    const std::lock_guard lock(mutex_);
    core_->on(std::move(message), system_now());
  }

  [[nodiscard]] std::string url(const std::string& path) const {
    return "https://localhost:" + std::to_string(http_->port()) + path;
  }
  http::ClientResponse request(http::Method method, const std::string& path, const std::string& body = {},
                               std::optional<http::Headers> given = std::nullopt) {
    // What only an administrator may.
    const bool is_for_admin = method == http::Method::kPost && (path == "/api/areas" || path == "/api/rules");
    http::Headers headers = given.value_or(program_of(is_for_admin ? Role::kAdmin : Role::kOperator));
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return client_->request(method, url(path), headers, body);
  }
  http::ClientResponse get(const std::string& path) { return request(http::Method::kGet, path); }
  http::ClientResponse post(const std::string& path, const json& body) {
    auto response = request(http::Method::kPost, path, body.is_null() ? "" : body.dump());
    if (path == "/api/announcements" && response.status == 201) approve(json::parse(response.body).at("announcement"));
    return response;
  }
  // As the office and then the chairman do it.
  void approve(const std::string& announcement) {
    const std::string path = "/api/announcements/" + announcement;
    EXPECT_EQ(post(path + "/submit", {{"confirmed", true}}).status, 200);
    EXPECT_EQ(request(http::Method::kPost, path + "/approve", "{}", browser_of(Role::kChairman)).status, 200);
  }
  static std::string code_of(const http::ClientResponse& response) {
    const json body = json::parse(response.body, nullptr, false);
    return body.is_object() && body.contains("error") ? body["error"].value("code", "") : "";
  }
  http::ClientResponse upload(const std::string& content) {
    std::ofstream(folder_ / "upload", std::ios::binary) << content;
    return client_->upload(url("/api/recordings?name=chao.wav"), folder_ / "upload", "audio/wav",
                           program_of(Role::kOperator));
  }

  // An announcement that a machine has read; its clip's name is made of `digit`.
  std::string spoken(const std::string& text, char digit) {
    const json taken = json::parse(post("/api/announcements/speech", {{"title", "Họp"}, {"text", text}}).body);
    const std::string recording = taken.at("recording");
    tell(IntakeEnded{RecordingId{recording},
                     Clip{ClipHash{std::string(64, digit)}, 5, seconds{4}, -20.5, -16, -1.6, 24'000}});
    return json::parse(get("/api/recordings/" + recording).body).at("announcement");
  }

  // One of everything: two areas, a node that has reported, a clip, an announcement, a schedule with a plan, outcomes
  // of the node and of the timer, and a recording in each state.
  // An announcement that is short enough for a chime.
  std::string make_chime() {
    const ClipHash hash{std::string(64, 'c')};
    tell(IntakeEnded{RecordingId{json::parse(upload("bells").body).at("recording").get<std::string>()},
                     Clip{hash, 5, milliseconds{2400}, -20.5, -16, -1.6, 24'000}});
    return json::parse(post("/api/announcements", {{"title", "Nhạc hiệu"}, {"clip", hash.str()}}).body)
        .at("announcement");
  }
  void fill() {
    ASSERT_EQ(post("/api/areas", {{"area", "phu-lien"}, {"name", "Phường"}}).status, 201);
    ASSERT_EQ(post("/api/areas", {{"area", "to-1"}, {"name", "Tổ 1"}, {"parent", "phu-lien"}}).status, 201);
    node_key_ = enrolled("n-1").key;
    (void)enrolled("n-silent");
    ASSERT_EQ(post("/api/nodes", new_node("n-waiting")).status, 201);
    (void)enrolled("n-stolen");
    ASSERT_EQ(post("/api/nodes/n-stolen/revoke", {{"why", "stolen"}}).status, 200);
    clip_ = std::string(64, 'a');
    const std::string ready = json::parse(upload("sound").body).at("recording");
    const std::string refused = json::parse(upload("nonsense").body).at("recording");
    recording_ = json::parse(upload("more").body).at("recording");
    tell(IntakeProgressed{RecordingId{recording_}, 40});
    tell(IntakeEnded{RecordingId{ready}, Clip{ClipHash{clip_}, 5, seconds{30}, -20.5, -16, -1.6, 24'000}});
    tell(IntakeEnded{RecordingId{refused}, Text{"intake.not_audio", {}}});
    std::ofstream(folder_ / "clips" / (clip_ + ".opus")) << "OggS!";
    announcement_ =
        json::parse(post("/api/announcements", {{"title", "Chào"}, {"clip", clip_}}).body).at("announcement");
    schedule_ = json::parse(post("/api/schedules", new_schedule(hours{1})).body).at("schedule");
    wire::Status status;
    status.boot = "n";
    status.version = "test";
    status.plan = std::string(64, 'b');
    status.clock_state = ClockState::kSynced;
    status.clock_error = microseconds{1234};
    status.playing = PlayId{"p-1"};
    status.refused = {{"signature", 1}};
    status.health = wire::Health{};
    status.health->volume_pct = 60;
    status.health->next_play = station_from_wall(system_now().wall);
    status.health->test =
        wire::TestResult{PlayId{"t-1"}, status.health->next_play, TestVerdict::kWeak, "", 50, -20.0, -20.5, -61.0,
                         15.5,          milliseconds{80}};
    say(status);
    wire::Outcome played;
    played.play = PlayId{"p-played"};
    played.announcement = AnnouncementId{announcement_};
    played.clip = ClipHash{clip_};
    played.planned = station_from_wall(system_now().wall);
    played.result = OutcomeResult::kPlayed;
    played.started = played.planned;
    played.start_error = microseconds{-700};
    played.heard = seconds{30};
    played.loudness_lufs = -20.25;
    played.peak_dbfs = -3.5;
    played.clock_state = ClockState::kSynced;
    played.clock_error = microseconds{900};
    wire::Outcome missed = played;
    missed.play = PlayId{"p-missed"};
    missed.result = OutcomeResult::kMissed;
    missed.reason = reason::kClockUnknown;
    missed.started.reset();
    missed.start_error.reset();
    missed.heard = seconds{0};
    missed.loudness_lufs.reset();
    missed.peak_dbfs.reset();
    missed.clock_state = ClockState::kCold;
    missed.clock_error.reset();
    say(wire::Outcomes{{played, missed}});
    // Two hours later the timer has spoken of the scheduled play, at both nodes.
    const std::lock_guard lock(mutex_);
    const WallTime later = system_now().wall + hours{3};
    store_.book_missing_reports(later, later);
  }
  // A campaign with a day that was counted.
  void fill_campaign() {
    campaign_ = json::parse(post("/api/campaigns", new_campaign(hours{3})).body).at("campaign");
    tell(Tick{});
    const std::lock_guard lock(mutex_);
    store_.save_campaign_day(CampaignId{campaign_}, {civil::parse_day("2026-11-24"), 2, 1});
  }
  // A disclosure on five days from now on.
  json new_campaign(std::chrono::hours from_now) const {
    const civil::Zone zone{"Asia/Ho_Chi_Minh"};
    return {{"title", "Công khai phí, lệ phí"},
            {"kind", "disclosure"},
            {"source", "15/TB-UBND"},
            {"announcements", {announcement_}},
            {"areas", {"phu-lien"}},
            {"volume_pct", 60},
            {"later_ms", 600'000},
            {"rule",
             {{"kind", "recurring"},
              {"start", civil::format_time(std::chrono::floor<seconds>(zone.to_civil(system_now().wall + from_now)))},
              {"zone", "Asia/Ho_Chi_Minh"},
              {"rrules", {"FREQ=DAILY;COUNT=5"}}}}};
  }
  json new_node(const std::string& id, const std::string& area = "to-1") const {
    return {{"node", id}, {"area", area}, {"name", "Loa"}};
  }
  // Adds a node and enrols it over the interface; its identity for TLS stands in <id>.pem and <id>.key.
  test::Candidate enrolled(const std::string& id, const std::string& area = "to-1") {
    test::Candidate candidate;
    const std::string code = json::parse(post("/api/nodes", new_node(id, area)).body).at("code");
    const auto response = request(http::Method::kPost, "/api/enrol", candidate.sealed(code), {});
    EXPECT_EQ(response.status, 200) << response.body;
    const auto answer =
        enrol::open_answer(view_bytes(response.body), enrol::Code::parse(code).server_key().public_key(),
                           enrol::request_name(candidate.request()));
    crypto::save_identity({std::get<enrol::Answer>(answer).certificate, candidate.tls.key_pem}, folder_ / (id + ".pem"),
                          folder_ / (id + ".key"));
    return candidate;
  }
  [[nodiscard]] http::ClientOptions client_of(const std::string& id) const {
    http::ClientOptions options;
    options.authorities = folder_ / "ca.pem";
    options.certificate_chain = folder_ / (id + ".pem");
    options.private_key = folder_ / (id + ".key");
    return options;
  }
  // Its path; the secret is in it.
  std::string make_feed(const json& area = {}) {
    json body = {{"name", "Văn phòng"}};
    if (!area.is_null()) body["area"] = area;
    return json::parse(post("/api/feeds", body).body).at("path");
  }
  // A calendar with one event that far ahead, to the second.
  static std::string calendar_of_one(nanoseconds ahead) {
    std::string start = format_utc(system_now().wall + ahead).substr(0, 19);
    std::erase_if(start, [](char c) { return c == '-' || c == ':'; });
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Họp\r\nDTSTART:" + start +
           "Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  }
  json new_schedule(nanoseconds ahead) const {
    return {{"announcement", announcement_},
            {"areas", {"phu-lien"}},
            {"rule", {{"kind", "once"}, {"start", format_utc(system_now().wall + ahead)}}},
            {"volume_pct", 60}};
  }
  // Of the ward's calendar.
  static std::string today(std::chrono::days later = {}) {
    return civil::format_day(civil::day_of(civil::Zone{"Asia/Ho_Chi_Minh"}.to_civil(system_now().wall)) + later);
  }
  void say(const wire::Body& body) {
    const WallTime now = system_now().wall;
    const wire::Header header{kStation, "server", "node:n-1", ++node_seq_, now, now + hours{1}};
    tell(LinkArrived{
        link::LinkMessage{wire::topic_of(wire::type_of(body), kStation, NodeId{"n-1"}),
                          bytes_of(wire::encode_message(header, body, node_key_)), false, link::Qos::kAtLeastOnce, 1},
        system_now()});
  }
  std::size_t files_in(const char* name) const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_ / name)) ++count;
    return count;
  }

  const test::ScratchFolder folder_;
  test::SignerNearby signer_{kStation};
  ResidentSettings residents_{true, "https://loa.example.vn", "Gọi 0225 000 000", hours{30 * 24}};
  schedules::Almanac almanac_{civil::Zone{"Asia/Ho_Chi_Minh"}, holidays::vietnam()};
  std::mutex spoken_mutex_;
  std::vector<std::pair<PlayId, Bytes>> spoken_;  // protected by spoken_mutex_
  std::atomic<bool> takes_speech_ = true;
  test::RecordedChannels channels_;
  Alarms alarms_;
  test::RootKey root_{kStation};
  trust::TrustBook trust_ = believed();
  crypto::SecretKey node_key_ = crypto::SecretKey::make();
  Store store_ = Store::make_writer(db::Database::open_writer(folder_ / "server.db"));
  test::RecordedLink link_{signer_.public_key()};
  MovedIntake intake_{folder_ / "recordings"};
  test::EnrolmentFixture enrolment_{store_, kStation, system_now().wall};
  std::mutex mutex_;
  std::unique_ptr<ServerCore> core_;
  Alarms report_alarms_;
  Now report_now_ = system_now();
  std::unique_ptr<ReportDesk> desk_;
  std::unique_ptr<EventDesk> events_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<http::Client> client_;
  static inline const Bytes kFactor = Bytes(crypto::kTotpSecret, 7);
  std::map<Role, std::string> tokens_;
  std::vector<Notice> notices_;  // guarded by mutex_
  std::atomic<int> ids_ = 0;
  std::atomic<bool> is_mailbox_full_ = false;
  std::int64_t node_seq_ = 0;
  std::string clip_;
  std::string recording_;
  std::string announcement_;
  std::string schedule_;
  std::string campaign_;
};

}  // namespace loa::server
