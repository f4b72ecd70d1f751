// loa-node: one loudspeaker.
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <malloc.h>

#include "audio/playout/gst_player.h"
#include "audio/playout/sink_config.h"
#include "audio/playout/station_clock.h"
#include "audio/selftest/tone.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/config/config.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/crypto/sha256.h"
#include "common/link/link_slot.h"
#include "common/link/mqtt_link.h"
#include "common/loop/core_loop.h"
#include "common/loop/mailbox.h"
#include "common/loop/main_loop.h"
#include "common/service/service.h"
#include "common/wire/topics.h"
#include "node-agent/amplifier/amplifier.h"
#include "node-agent/amplifier/amplifier_config.h"
#include "node-agent/cache/disk_cache.h"
#include "node-agent/core/node_core.h"
#include "node-agent/enrol/enrol.h"
#include "node-agent/enrol/renewal.h"
#include "node-agent/guards/link_guard.h"
#include "node-agent/health/watchdog_mark.h"
#include "node-agent/selftest/monitor_ear.h"

namespace loa::node {
namespace {

constexpr std::size_t kMailbox = 4096;
constexpr seconds kReadMachineEvery{60};

struct Settings {
  NodeSettings node;
  std::filesystem::path data;
  link::MqttOptions mqtt;
  DiskCacheOptions cache;
  std::filesystem::path node_key;
  std::string sink;
  std::string record;
  std::string monitor;                         // empty: nothing listens
  std::unique_ptr<AmplifierSwitch> amplifier;  // none: it is always on
};

Settings load_settings(const std::filesystem::path& file) {
  config::ConfigFile config(file);
  Settings settings;
  settings.node.station = StationId{config.id("node.station")};
  settings.node.node = NodeId{config.id("node.id")};
  settings.data = config.path("node.data");
  settings.mqtt.host = config.text("server.broker_host");
  settings.mqtt.port = static_cast<std::uint16_t>(config.integer("server.broker_port", 1, 65535));
  settings.cache.server_url = config.text("server.url");
  settings.mqtt.tls.ca = config.path("trust.authority");
  settings.mqtt.tls.certificate = config.path("trust.certificate");
  settings.mqtt.tls.key = config.path("trust.certificate_key");
  const std::filesystem::path root = config.path("trust.root");
  settings.node_key = config.path("trust.node_key");
  settings.sink = config.text("sound.sink");
  settings.record = config.text_or("sound.record", "");
  settings.monitor = config.text_or("sound.monitor", "");
  settings.node.lead_in = milliseconds{config.integer_or("sound.lead_in_ms", 4000, 0, 30'000)};
  settings.node.delay = milliseconds{config.integer_or("sound.delay_ms", 0, -1000, 1000)};
  settings.node.ceiling_pct = static_cast<int>(config.integer_or("sound.ceiling_pct", 100, 1, 100));
  settings.amplifier = read_amplifier(config);
  settings.cache.budget_mb = config.integer_or("cache.budget_mb", 1024, 16, 1'000'000);
  config.finish();
  settings.node.root = crypto::load_public_key(root);
  settings.cache.http.authorities = settings.mqtt.tls.ca;
  settings.cache.http.certificate_chain = settings.mqtt.tls.certificate;
  settings.cache.http.private_key = settings.mqtt.tls.key;
  return settings;
}

std::string random_id() {
  return crypto::encode_hex(crypto::random_bytes(8));
}

std::int64_t machine_boot() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return parse_machine_boot(id);
}

// Written anew at each start, so that a disk that has spoilt it is no loudspeaker that fails.
TestTone write_tone(const std::filesystem::path& clip) {
  const std::vector<std::uint8_t> file = selftest::encode_tone();
  crypto::write_file_atomically(clip, file, crypto::Readers::kOwner, crypto::IfExists::kReplace);
  return {clip, ClipHash{crypto::to_hex(crypto::sha256(file))}};
}

LinkGuard::Signs signs_of(const NodeCore::LinkLife& life) {
  return {life.is_up ? LinkGuard::Link::kUp : LinkGuard::Link::kDown, life.last,
          life.is_server_present ? LinkGuard::Server::kPresent : LinkGuard::Server::kAway,
          life.is_sounding ? LinkGuard::Sound::kPlaying : LinkGuard::Sound::kSilent};
}

// The core with everything real around it.
int run(Settings settings) {
  std::filesystem::create_directories(settings.data);
  settings.node.boot = random_id();
  settings.node.version = LOA_VERSION;
  settings.cache.folder = settings.data / "clips";
  settings.node.tone = write_tone(settings.data / "self_test.opus");

  MainLoop loop;
  Mailbox<NodeMessage> mailbox(kMailbox, [&loop] { loop.wake(); });
  const auto post = [&mailbox](NodeMessage message) {
    if (!mailbox.post(std::move(message))) log::error("mailbox full, message lost");
  };

  const Now start = system_now();
  const crypto::SecretKey node_key = crypto::load_secret_key(settings.node_key);
  Store store = Store::open(db::Database::open_writer(settings.data / "node.db"));
  Service service;
  Run run{machine_boot(), RunEnd::kNone};
  auto last_run = store.last_run();
  const std::filesystem::path mark = settings.data / "watchdog";
  if (take_watchdog_mark(mark) && last_run && last_run->end == RunEnd::kNone) last_run->end = RunEnd::kWatchdog;
  mark_watchdog_kills(mark);
  settings.node.restart = why_started(last_run, run.machine_boot);
  store.save_run(run);
  playout::StationClock clock({start.mono, station_from_wall(start.wall), 0});
  playout::GstPlayer player(playout::parse_sink(settings.sink, settings.record), clock);
  std::unique_ptr<SwitchedAmplifier> amplifier;
  std::unique_ptr<AmplifiedPlayer> amplified;
  if (settings.amplifier) {
    amplifier = std::make_unique<SwitchedAmplifier>(
        std::move(settings.amplifier),
        [&post](std::optional<Text> problem) { post(AmplifierSwitched{std::move(problem)}); });
    amplified = std::make_unique<AmplifiedPlayer>(player, *amplifier);
  }
  playout::Player& sound = amplified ? static_cast<playout::Player&>(*amplified) : player;
  sound.set_on_event([&post](playout::PlayerEvent event) { post(PlayerSaid{std::move(event)}); });
  DiskCache cache(settings.cache, post);

  NoEar no_ear;
  std::unique_ptr<MonitorEar> monitor;
  if (!settings.monitor.empty())
    monitor = std::make_unique<MonitorEar>(playout::parse_source(settings.monitor), clock,
                                           [&post](ToneHeard heard) { post(std::move(heard)); });
  Ear& ear = monitor ? static_cast<Ear&>(*monitor) : no_ear;

  link::LinkSlot link;

  NodeCore core(settings.node, store, link, sound, clock, cache, ear, node_key, random_id, start);
  const auto make_link = [&] {
    settings.mqtt.will = core.offline_status(system_now());
    return std::make_unique<link::MqttLink>(settings.mqtt, [&post](link::LinkEvent event) {
      post(LinkArrived{std::move(event), system_now()});
    });
  };
  LinkGuard guard(start.mono);
  const auto wake = [&] {
    drain<Tick>(core, mailbox, loop);
    const MonoTime now = system_now().mono;
    service.say_alive(now);
    switch (guard.judge(signs_of(core.link_life()), now)) {
      case LinkGuard::Advice::kNone:
        break;
      case LinkGuard::Advice::kRebuild:
        log::warning("the link shows no life, it is built anew");
        link.put(make_link());
        break;
      case LinkGuard::Advice::kGiveUp:
        log::error("the link stays dead, the node ends so that it is started anew");
        run.end = RunEnd::kWatchdog;
        loop.quit();
        break;
    }
  };
  loop.set_on_wake(wake);

  settings.mqtt.client_id = settings.node.node.str();
  settings.mqtt.subscriptions = {
      // First whom to believe, then what they say.
      {wire::all_filter(settings.node.station), link::Qos::kAtLeastOnce},
      {wire::node_filter(settings.node.station, settings.node.node), link::Qos::kAtLeastOnce}};
  settings.mqtt.largest_message = wire::kLongestEnvelope;
  link.put(make_link());
  const MachineWatch machine({settings.data}, kReadMachineEvery,
                             [&post](Machine read) { post(MachineRead{std::move(read)}); });

  const Renewal renewal({settings.cache.server_url, settings.cache.http});

  log::info("node started", {{"station", settings.node.station.str()}, {"node", settings.node.node.str()}});
  wake();
  const Language language = language_of_environment();
  service.say_ready(render({"service.node_ready", {settings.node.node.str(), settings.node.version}}, language));
  loop.run();
  service.say_stopping(render({"service.stopping", {}}, language));
  // A farewell of our own: after a clean good-bye the broker does not speak the will.
  link.publish(core.offline_status(system_now()));
  link.put(nullptr);
  if (run.end == RunEnd::kNone) run.end = RunEnd::kClean;
  store.save_run(run);
  log::info("node ended");
  return run.end == RunEnd::kWatchdog ? kExitLinkDead : 0;
}

int run_enrolment(const EnrolArguments& arguments) {
  static_cast<void>(playout::parse_sink(arguments.sink, arguments.record));
  const EnrolledNode enrolled = enrol(arguments, system_now().wall);
  std::printf("%s\n", render({"enrol.done", {enrolled.node.str(), enrolled.station.str(), enrolled.config.string()}},
                             language_of_environment())
                          .c_str());
  return 0;
}

}  // namespace
}  // namespace loa::node

int main(int argc, char** argv) {
  // A node is small for years: few heaps, and freed memory goes back to the system.
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_TRIM_THRESHOLD, 128 * 1024);
  CLI::App app{"loa-node: the agent of one loudspeaker"};
  app.set_version_flag("--version", LOA_VERSION);
  std::string file;
  CLI::Option* config = app.add_option("--config", file, "configuration file (TOML)");
  bool is_check = false;
  app.add_flag("--check-config", is_check, "only read the configuration, and tell every mistake in it");
  loa::node::EnrolArguments enrolment;
  enrolment.sink = "alsa:default";
  CLI::App* enrol = app.add_subcommand("enrol", "Make this machine a node, with a one-time code of the office");
  enrol->add_option("--server", enrolment.server, "https://host:port")->required();
  enrol->add_option("--code", enrolment.code, "from `loa node add`")->required();
  enrol->add_option("--folder", enrolment.folder, "new folder for keys, configuration and data")->required();
  enrol->add_option("--sink", enrolment.sink, "sound output (default alsa:default)");
  enrol->add_option("--record", enrolment.record, "folder: also keep a WAV of what went to the device");
  enrol->excludes(config);
  app.require_subcommand(0, 1);
  CLI11_PARSE(app, argc, argv);
  loa::log::init("loa-node");
  try {
    if (enrol->parsed()) return loa::node::run_enrolment(enrolment);
    if (file.empty()) return app.exit(CLI::RequiredError("--config"));
    auto settings = loa::node::load_settings(file);
    return is_check ? loa::config::tell_good(file) : loa::node::run(std::move(settings));
  } catch (const loa::Error& error) {
    std::fprintf(stderr, "loa-node: %s\n", loa::render(error.text(), loa::language_of_environment()).c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loa-node: %s\n", error.what());
  }
  return 1;
}
