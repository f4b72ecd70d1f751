// loa-server: one ward.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/config/config.h"
#include "common/crypto/certificates.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/random.h"
#include "common/http/server.h"
#include "common/link/link_slot.h"
#include "common/link/mqtt_link.h"
#include "common/loop/core_loop.h"
#include "common/loop/mailbox.h"
#include "common/loop/main_loop.h"
#include "common/service/service.h"
#include "common/trust/trust_folder.h"
#include "common/wire/topics.h"
#include "schedules/holidays/holiday_file.h"
#include "schedules/templates/template_file.h"
#include "server/core/alarms.h"
#include "server/core/server_core.h"
#include "server/disk/disk_watch.h"
#include "server/enrol/enrolment.h"
#include "server/enrol/mqtt_broker_gate.h"
#include "server/http/api.h"
#include "server/http/events.h"
#include "server/intake/intake_worker.h"
#include "server/live/live_desk.h"
#include "server/notify/messenger.h"
#include "server/reports/desk.h"
#include "server/reports/report_file.h"
#include "server/signer/client.h"
#include "server/speech/engine.h"
#include "server/speech/lexicon_file.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

constexpr std::size_t kMailbox = 65'536;
constexpr std::int64_t kLongestReading = 3600;
constexpr std::int64_t kMostMb = 1'000'000'000;
constexpr std::size_t kLargestPem = std::size_t{64} * 1024;

struct Settings {
  StationId station;
  std::filesystem::path data;
  std::filesystem::path signer;
  std::filesystem::path holidays;   // empty: Vietnam's, built in
  std::filesystem::path templates;  // empty: only those built in
  std::filesystem::path web;
  std::filesystem::path tiles;  // empty: none
  link::MqttOptions mqtt;
  http::ServerOptions http;
  std::filesystem::path authority;
  std::filesystem::path authority_key;
  std::filesystem::path trust;
  EnrolmentSettings enrolment;
  MqttBrokerGateOptions gate;
  speech::EngineOptions speech;
  std::filesystem::path words;    // empty: only those built in
  std::filesystem::path reports;  // empty: those of the plan, built in
  MessengerOptions notify;
  std::filesystem::path webhook_token;  // empty: none
  std::filesystem::path smtp_password;
  ResidentSettings residents;
  Retention retention;
  DiskLimits disk;
};

Settings load_settings(const std::filesystem::path& file) {
  config::ConfigFile config(file);
  Settings settings;
  settings.station = StationId{config.id("station.id")};
  settings.data = config.path("station.data");
  settings.signer = config.path("signer.socket");
  settings.http.address = config.text_or("http.address", "127.0.0.1");
  settings.http.port = static_cast<std::uint16_t>(config.integer("http.port", 1, 65535));
  settings.http.certificate_chain = config.path("http.certificate");
  settings.http.private_key = config.path("http.certificate_key");
  settings.web = config.path("http.web");
  settings.mqtt.host = config.text("broker.host");
  settings.mqtt.port = static_cast<std::uint16_t>(config.integer("broker.port", 1, 65535));
  settings.mqtt.tls.ca = config.path("broker.authority");
  settings.mqtt.tls.certificate = config.path("broker.certificate");
  settings.mqtt.tls.key = config.path("broker.certificate_key");
  settings.authority = config.path("enrolment.authority");
  settings.authority_key = config.path("enrolment.authority_key");
  settings.trust = config.path("enrolment.trust");
  settings.enrolment.broker_host = config.text("enrolment.broker_host");
  settings.enrolment.broker_port = static_cast<std::uint16_t>(config.integer("enrolment.broker_port", 1, 65535));
  settings.gate.revocation_list = config.path("broker.revocation_list");
  settings.gate.pid_file = config.path_or_none("broker.pid_file");
  settings.holidays = config.path_or_none("calendar.holidays");
  settings.templates = config.path_or_none("calendar.templates");
  if (std::vector<std::string> command = config.texts_or_none("speech.command"); !command.empty())
    settings.speech.command = std::move(command);
  settings.speech.time_limit =
      seconds{config.integer_or("speech.time_limit_s", settings.speech.time_limit.count(), 1, kLongestReading)};
  settings.words = config.path_or_none("speech.words");
  settings.reports = config.path_or_none("reports.file");
  settings.notify.webhook = config.text_or("notify.webhook", "");
  settings.notify.smtp = config.text_or("notify.smtp", "");
  settings.notify.from = config.text_or("notify.from", "");
  settings.notify.smtp_user = config.text_or("notify.smtp_user", "");
  settings.webhook_token = config.path_or_none("notify.webhook_token");
  settings.smtp_password = config.path_or_none("notify.smtp_password");
  settings.disk.warn_free_mb = config.integer_or("disk.warn_free_mb", settings.disk.warn_free_mb, 0, kMostMb);
  settings.disk.reserve_mb = config.integer_or("disk.reserve_mb", settings.disk.reserve_mb, 0, kMostMb);
  settings.notify.authorities = config.path_or_none("notify.authorities");
  settings.tiles = config.path_or_none("http.tiles");
  settings.notify.console = config.text_or("http.url", "");
  settings.http.proxy = config.text_or("http.proxy", "");
  settings.residents.are_open = config.flag_or("residents.pages", false);
  settings.residents.url = config.text_or("residents.url", "");
  settings.residents.contact = config.text_or("residents.contact", "");
  settings.residents.published = std::chrono::days{config.integer_or("residents.published_days", 30, 1, 366)};
  settings.retention.recordings = std::chrono::days{
      config.integer_or("retention.recordings_days", settings.retention.recordings.count(), 1, 36'500)};
  settings.retention.complaint_texts = std::chrono::days{
      config.integer_or("retention.complaint_texts_days", settings.retention.complaint_texts.count(), 1, 36'500)};
  if (settings.residents.are_open &&
      (!settings.residents.url.starts_with("https://") || settings.residents.url.ends_with('/')))
    config.refuse("residents.url", "https://loa.example.vn");
  if (!settings.tiles.empty() && !std::filesystem::is_directory(settings.tiles))
    config.refuse("http.tiles", "…/z/x/y.png");
  if (!settings.notify.console.empty() &&
      (!settings.notify.console.starts_with("https://") || settings.notify.console.ends_with('/')))
    config.refuse("http.url", "https://loa.example.vn:8443");
  if (!settings.notify.webhook.empty() && !settings.notify.webhook.starts_with("https://"))
    config.refuse("notify.webhook", "https://…");
  if (!settings.notify.smtp.empty()) {
    if (!settings.notify.smtp.starts_with("smtp://") && !settings.notify.smtp.starts_with("smtps://"))
      config.refuse("notify.smtp", "smtp://host:587, smtps://host:465");
    if (!is_mail_address(settings.notify.from)) config.refuse("notify.from", "loa@example.vn");
  }
  config.finish();
  settings.enrolment.station = settings.station;
  settings.http.client_authorities = settings.authority;
  return settings;
}

std::string random_id() {
  return crypto::encode_hex(crypto::random_bytes(8));
}

bool is_urgent(const ServerMessage& message) {
  const auto* asked = std::get_if<Asked>(&message);
  const ServerMessage& what = asked == nullptr ? message : asked->command->message;
  if (const auto* air = std::get_if<StartAir>(&what)) return air->kind == AirKind::kEmergency;
  return std::holds_alternative<StopSound>(what);
}

int run(Settings settings) {
  Service service;
  const Language language = language_of_environment();
  // A change of the books' schema over years of outcomes takes its time.
  service.say_status(render({"service.opening", {settings.data.string()}}, language));
  std::filesystem::create_directories(settings.data);
  const std::filesystem::path uploads = settings.data / "uploads";
  // Uploads that were cut off by the last end; nobody waits for them.
  std::filesystem::remove_all(uploads);
  std::filesystem::create_directories(uploads);
  const std::filesystem::path database = settings.data / "server.db";

  MainLoop loop;
  Mailbox<ServerMessage> mailbox(kMailbox, [&loop] { loop.wake(); });
  const auto post = [&mailbox](ServerMessage message) {
    const bool is_stop = is_urgent(message);
    const bool taken = is_stop ? mailbox.post_first(std::move(message)) : mailbox.post(std::move(message));
    if (!taken) log::error("mailbox full, message lost");
    return taken;
  };

  const trust::TrustFolder trusted = trust::load_trust_folder(settings.trust, settings.station);
  for (const std::string& code : trusted.book.alarms(system_now().wall)) log::warning("alarm", {{"code", code}});
  db::Database books = db::Database::open_writer(database);
  db::check_pages(books);  // half of the truth would be worse than none
  Store store = Store::make_writer(std::move(books));
  IntakeWorker intake({settings.data / "recordings", settings.data / "clips", settings.speech}, post);

  settings.enrolment.server_certificate =
      crypto::certificate_fingerprint(view_text(crypto::read_small_file(settings.http.certificate_chain, kLargestPem)));
  // The anchor is all that a node needs: both documents reach it with its first connection.
  settings.enrolment.trust = {{trust::kRootFile, std::string{view_text(crypto::read_small_file(
                                                     settings.trust / trust::kRootFile, kLargestPem))}}};
  settings.gate.scratch = settings.data / "gate";
  settings.gate.broker = settings.mqtt;
  MqttBrokerGate gate(settings.gate);
  Enrolment enrolment(settings.enrolment,
                      crypto::CertificateAuthority::load(settings.authority, settings.authority_key), store, gate);
  enrolment.restate(system_now().wall);

  link::LinkSlot link;

  ServerSettings core_settings;
  core_settings.station = settings.station;
  core_settings.boot = random_id();
  core_settings.trust = trusted.trust;
  core_settings.policy = trusted.policy;
  core_settings.rules = *trusted.book.policy();
  core_settings.almanac.holidays =
      settings.holidays.empty() ? holidays::vietnam() : holidays::load_holidays(settings.holidays);
  signer::ClientOptions signer_options;
  signer_options.socket = settings.signer;
  signer_options.station = settings.station;
  signer_options.is_believed = [&trusted](std::string_view key_id) { return trusted.book.is_station_key(key_id); };
  signer::Client signer(signer_options,
                        [&post](std::optional<Text> trouble) { post(SignerChanged{std::move(trouble)}); });
  Alarms alarms;
  const DiskWatch disk(settings.data, settings.disk, alarms);
  const auto secret_in = [](const std::filesystem::path& file) {
    return file.empty() ? std::string{} : std::string{view_text(crypto::read_secret_file(file, kLargestPem))};
  };
  settings.notify.webhook_token = secret_in(settings.webhook_token);
  settings.notify.smtp_password = secret_in(settings.smtp_password);
  Messenger messenger(settings.notify, [&alarms](std::optional<Text> trouble) {
    if (trouble)
      alarms.raise(*std::move(trouble));
    else
      alarms.clear("notify.failed");
  });
  core_settings.retention = settings.retention;
  core_settings.notify = [&messenger](Notice notice) { messenger.tell(std::move(notice)); };
  live::LiveDesk live(
      {settings.station, settings.data / "clips", settings.data / "live"},
      [&link](link::Publication publication) { link.publish(std::move(publication)); }, post);
  ServerCore core(core_settings, store, link, intake, enrolment, signer, live, alarms, random_id);
  intake.remove_unbooked();

  settings.mqtt.client_id = std::string{wire::kServer};
  settings.mqtt.subscriptions = {{wire::server_filter(settings.station), link::Qos::kAtLeastOnce}};
  settings.mqtt.largest_message = wire::kLongestEnvelope;
  // A connection begins with a will, and a will is signed: the first is made when the signer is first there.
  const auto make_link = [&] {
    try {
      settings.mqtt.will = core.presence(wire::Presence::kOffline, system_now().wall);
    } catch (const Error&) {
      return;  // an alarm says why
    }
    link.put(std::make_unique<link::MqttLink>(settings.mqtt, [&post](link::LinkEvent event) {
      post(LinkArrived{std::move(event), system_now()});
    }));
  };
  std::exception_ptr failure;
  const auto wake = [&] {
    drain<Tick>(core, mailbox, loop);
    service.say_alive(system_now().mono);
    try {
      if (!settings.mqtt.will) make_link();
    } catch (const Error&) {
      failure = std::current_exception();  // the loop is C
      loop.quit();
    }
  };
  loop.set_on_wake(wake);

  ApiSettings api_settings;
  api_settings.station = settings.station;
  api_settings.clips = settings.data / "clips";
  api_settings.uploads = uploads;
  api_settings.keep_free_bytes = keep_free_bytes(settings.disk);
  api_settings.web = settings.web;
  api_settings.almanac = core_settings.almanac;
  api_settings.templates =
      settings.templates.empty() ? templates::built_in() : templates::with_folder(settings.templates);
  ReportDesk reports({settings.station, settings.data / "reports",
                      settings.reports.empty() ? built_in_report_form() : load_report_form(settings.reports),
                      api_settings.almanac.zone},
                     Store::make_reader(db::Database::open_reader(database)), alarms);
  api_settings.reports = &reports;
  EventDesk events(Store::make_reader(db::Database::open_reader(database)), alarms);
  api_settings.events = &events;
  api_settings.authority = settings.authority;
  api_settings.tiles = settings.tiles;
  api_settings.trust = &trusted.book;
  api_settings.speak = [&live](const PlayId& play, ByteView message) { return live.speak(play, message); };
  api_settings.certificates = {{"https", settings.http.certificate_chain}, {"broker", settings.mqtt.tls.certificate}};
  api_settings.residents = settings.residents;
  api_settings.lexicon = settings.words.empty() ? speech::vietnamese() : speech::load_lexicon(settings.words);
  Api api(api_settings, Store::make_reader(db::Database::open_reader(database)), alarms, post, random_id);
  http::Server http(settings.http, api.routes(), api.authorize());
  http.start();

  log::info("server started",
            {{"station", settings.station.str()}, {"port", std::to_string(http.port())}, {"version", LOA_VERSION}});
  wake();
  service.say_ready(
      render({"service.server_ready", {settings.station.str(), std::to_string(http.port()), LOA_VERSION}}, language));
  loop.run();
  service.say_stopping(render({"service.stopping", {}}, language));
  http.stop();
  if (failure) std::rethrow_exception(failure);
  signer::if_signed([&] { link.publish(core.presence(wire::Presence::kOffline, system_now().wall)); });
  link.put(nullptr);
  log::info("server ended");
  return 0;
}

// Of empty books, which nothing is asked of: the interface is the same whatever is in them.
int print_openapi() {
  std::string folder = (std::filesystem::temp_directory_path() / "loa-openapi-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw Error("file.cannot_write", {folder, std::strerror(errno)});
  const std::unique_ptr<std::string, void (*)(std::string*)> gone(&folder, [](std::string* path) {
    std::error_code ignored;
    std::filesystem::remove_all(*path, ignored);
  });
  const std::filesystem::path file = std::filesystem::path{folder} / "empty.db";
  const auto reader = [&] { return Store::make_reader(db::Database::open_reader(file)); };
  static_cast<void>(Store::make_writer(db::Database::open_writer(file)));
  Alarms alarms;
  EventDesk events(reader(), alarms);
  ReportDesk reports({StationId{"ward"}, folder, built_in_report_form(), civil::Zone{"Asia/Ho_Chi_Minh"}}, reader(),
                     alarms);
  ApiSettings settings;
  settings.authority = file;
  settings.events = &events;
  settings.reports = &reports;
  settings.residents.are_open = true;
  const Api api(
      settings, reader(), alarms, [](const ServerMessage&) { return false; }, random_id);
  std::puts(api.openapi().c_str());
  return 0;
}

}  // namespace
}  // namespace loa::server

int main(int argc, char** argv) {
  CLI::App app{"loa-server: schedules, encodes, dispatches and keeps the evidence of one ward"};
  app.set_version_flag("--version", LOA_VERSION);
  std::string file;
  auto* config = app.add_option("--config", file, "configuration file (TOML)");
  bool is_check = false;
  app.add_flag("--check-config", is_check, "only read the configuration, and tell every mistake in it");
  bool is_openapi = false;
  app.add_flag("--openapi", is_openapi, "only print the description of the HTTP interface (OpenAPI 3.1)");
  CLI11_PARSE(app, argc, argv);
  if (!is_openapi && config->empty()) return app.exit(CLI::RequiredError("--config"));
  loa::log::init("loa-server");
  try {
    if (is_openapi) return loa::server::print_openapi();
    auto settings = loa::server::load_settings(file);
    return is_check ? loa::config::tell_good(file) : loa::server::run(std::move(settings));
  } catch (const loa::Error& error) {
    std::fprintf(stderr, "loa-server: %s\n", loa::render(error.text(), loa::language_of_environment()).c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loa-server: %s\n", error.what());
  }
  return 1;
}
