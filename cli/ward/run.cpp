#include "cli/ward/run.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/office.h"
#include "cli/ward/processes.h"
#include "cli/ward/provision.h"
#include "common/base/descriptor.h"
#include "common/base/error.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr milliseconds kPoll{200};
constexpr seconds kStartPatience{30};
constexpr seconds kReportPatience{45};

volatile std::sig_atomic_t g_stop = 0;

// Thrown to unwind when the user asked to end; not an error.
struct Stopped {};

void pause_or_stop(milliseconds d) {
  ::poll(nullptr, 0, static_cast<int>(d.count()));
  if (g_stop != 0) throw Stopped{};
}

// One runner per folder; the lock ends with the process.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : lock_(::open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (!lock_.is_open()) throw Error("file.cannot_write", {folder.string(), std::strerror(errno)});
    if (::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) throw Error("ward.already_running", {folder.string()});
  }

 private:
  Descriptor lock_;
};

void require_free_port(std::uint16_t port, const char* option) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_free = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  if (!is_free) throw Error("ward.port_taken", {std::to_string(port), option});
}

// A sound device that somebody may hear: a running sound server of this user, else a card of the kernel's.
std::string find_sound_device() {
  struct stat info {};
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (std::getenv("PULSE_SERVER") != nullptr) return "pulse:";
  if (runtime != nullptr && ::stat((fs::path{runtime} / "pulse" / "native").c_str(), &info) == 0) return "pulse:";
  if (::access("/dev/snd/controlC0", R_OK | W_OK) == 0) return "alsa:default";
  return {};
}

std::vector<WardNode> three_nodes(const fs::path& folder) {
  const std::string device = find_sound_device();
  std::vector<WardNode> nodes;
  for (int number = 1; number <= 3; ++number) {
    WardNode node;
    node.id = NodeId{"tdp-0" + std::to_string(number)};
    node.area = AreaId{"to-dan-pho-" + std::to_string(number)};
    node.name = "Loa tổ dân phố số " + std::to_string(number);
    const std::string heard = (folder / "heard" / node.id.str()).string();
    const bool aloud = number == 1 && !device.empty();
    node.sink = aloud ? device : "file:" + heard;
    node.record = aloud ? heard : "";
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::string read_words(fs::path recording) {
  std::ifstream in(recording.replace_extension(".txt"));
  std::stringstream words;
  words << in.rdbuf();
  return words.str();
}

class Runner {
 public:
  Runner(const WardArguments& arguments, std::ostream& out)
      : arguments_(arguments),
        out_(out),
        language_(language_of_environment()),
        folder_(fs::absolute(arguments.folder)) {}

  // True when all played.
  bool run() {
    if (!fs::exists(arguments_.recording))
      throw Error("file.cannot_read", {arguments_.recording.string(), std::strerror(ENOENT)});
    fs::create_directories(folder_);
    const FolderLock lock(folder_);
    require_free_port(arguments_.http_port, "--http-port");
    require_free_port(arguments_.broker_port, "--broker-port");
    WardPlan plan{folder_,
                  StationId{"phu-lien"},
                  arguments_.web,
                  arguments_.http_port,
                  arguments_.broker_port,
                  three_nodes(folder_)};
    const ProvisionedWard ward = provision(plan, system_now().wall);
    start(ward);
    set_up_areas(plan);
    for (const WardNode& node : plan.nodes) {
      enrol(node);
      start_node(node);
    }
    sign_in_as_chairman(ward);
    if (!arguments_.chime.empty()) set_chime();
    const json clip = ingest(arguments_.recording);
    wait_until_ready(plan);
    const json schedule = air(clip);
    const bool all_played = report(plan, schedule, clip.at("duration_ms").get<std::int64_t>());
    say("ward.console", {office_->address(), "operator", ward.operator_password});
    say("ward.others", {arguments_.folder.string()});
    if (arguments_.stay == WardStay::kUntilStopped) {
      say("ward.staying");
      while (true) {
        pause_or_stop(kPoll);
        require_all_alive();
      }
    }
    return all_played;
  }

 private:
  void say(const char* code, std::vector<std::string> args = {}) {
    out_ << render({code, std::move(args)}, language_) << std::endl;
  }

  void require_all_alive() {
    if (const auto ended = processes_.find_ended())
      throw Error("ward.program_ended", {ended->name, last_line(ended->log), ended->log.string()});
  }

  // Polls until `done`; everything must stay alive meanwhile.
  void wait_for(seconds patience, const char* what, const std::function<bool()>& done) {
    const MonoTime deadline = system_now().mono + patience;
    while (!done()) {
      require_all_alive();
      if (system_now().mono > deadline) throw Error("ward.waited_in_vain", {what, (folder_ / "log").string()});
      pause_or_stop(kPoll);
    }
  }

  static std::string beside(const char* program) {
    return (fs::read_symlink("/proc/self/exe").parent_path() / program).string();
  }

  void start(const ProvisionedWard& ward) {
    say("ward.starting", {folder_.string()});
    processes_.start("mosquitto", {"/usr/sbin/mosquitto", "-c", ward.broker_config.string()},
                     folder_ / "log/mosquitto.log");
    processes_.start("loa-signer", {beside("loa-signer"), "--config", ward.signer_config.string()},
                     folder_ / "log/signer.log");
    processes_.start("loa-server", {beside("loa-server"), "--config", ward.server_config.string()},
                     folder_ / "log/server.log");
    const std::string base = "https://localhost:" + std::to_string(arguments_.http_port);
    office_.emplace(base, ward.authority, read_token(ward.operator_token));
    administration_.emplace(base, ward.authority, read_token(ward.admin_token));
    wait_for(kStartPatience, "loa-server", [&] {
      try {
        return office_->get("/api/health").at("state") == "ok";
      } catch (const Error& error) {
        if (error.code() == "http.cannot_connect" || error.code() == "http.connection_lost") return false;
        throw;
      }
    });
  }

  [[nodiscard]] fs::path folder_of(const WardNode& node) const { return folder_ / "nodes" / node.id.str(); }

  // As a technician does it at the mast: with a one-time code, by the node's own program.
  void enrol(const WardNode& node) {
    if (fs::exists(folder_of(node) / "node.toml")) {
      // Another run may have had other ports.
      point_node_at(folder_of(node) / "node.toml", arguments_.http_port, arguments_.broker_port);
      return;
    }
    const fs::path log = folder_ / "log" / (node.id.str() + ".enrol.log");
    std::vector<std::string> command = {beside("loa-node"), "enrol",         "--server", office_->address(),
                                        "--code",           make_code(node), "--folder", folder_of(node).string(),
                                        "--sink",           node.sink};
    if (!node.record.empty()) command.insert(command.end(), {"--record", node.record});
    const int result = run_to_end("loa-node enrol", command, log);
    if (result != 0) throw Error("ward.not_enrolled", {node.id.str(), last_line(log), log.string()});
    say("ward.enrolled", {node.id.str()});
  }

  std::string make_code(const WardNode& node) {
    constexpr int kExists = 409;
    json made =
        office_->post("/api/nodes", {{"node", node.id.str()}, {"area", node.area.str()}, {"name", node.name}}, kExists);
    // From an earlier run that did not come to its end.
    if (made.is_null()) made = office_->post("/api/nodes/" + node.id.str() + "/code", json());
    return made.at("code");
  }

  void start_node(const WardNode& node) {
    processes_.start("loa-node " + node.id.str(),
                     {beside("loa-node"), "--config", (folder_of(node) / "node.toml").string()},
                     folder_ / "log" / (node.id.str() + ".log"));
  }

  void set_up_areas(const WardPlan& plan) {
    constexpr int kExists = 409;
    administration_->post("/api/areas", {{"area", "phu-lien"}, {"name", "Phường Phù Liễn"}}, kExists);
    for (const WardNode& node : plan.nodes)
      administration_->post(
          "/api/areas",
          {{"area", node.area.str()}, {"parent", "phu-lien"}, {"name", "Tổ dân phố số " + node.id.str().substr(5)}},
          kExists);
  }

  json ingest(const fs::path& file) {
    say("ward.ingesting", {file.filename().string()});
    const std::string recording = office_->upload(file).at("recording");
    json now;
    wait_for(seconds{120}, "intake", [&] {
      now = office_->get("/api/recordings/" + recording);
      return now.at("state") != "ingesting";
    });
    if (now.at("state") == "refused") {
      const char* language = language_ == Language::kVietnamese ? "vi" : "en";
      throw Error("ward.recording_refused", {now.at("refusal").at(language)});
    }
    json clip = office_->get("/api/clips/" + now.at("clip").get<std::string>());
    say("ward.clip_ready", {fixed(clip.at("duration_ms").get<double>() / 1000.0, 1), fixed(clip.at("output_lufs"), 1),
                            std::to_string(clip.at("bytes").get<std::int64_t>() / 1000)});
    return clip;
  }

  void sign_in_as_chairman(const ProvisionedWard& ward) {
    chairman_.emplace(office_->address(), ward.authority);
    // The digits of a run just before this one are used up; the next ones come within half a minute.
    wait_for(seconds{45}, "sign-in", [&] {
      try {
        chairman_->sign_in("chairman", ward.chairman_password, chairman_digits(ward, system_now().wall));
        return true;
      } catch (const Error& error) {
        if (error.code() != "office.refused") throw;
        pause_or_stop(seconds{10});
        return false;
      }
    });
  }

  json announce(Office& author, const json& wanted) {
    json announcement = author.post("/api/announcements", wanted);
    const std::string path = "/api/announcements/" + announcement.at("announcement").get<std::string>();
    announcement = author.post(path + "/submit", {{"confirmed", true}});
    // The chairman's own greeting is approved with it.
    if (announcement.at("state") != "approved") announcement = chairman_->post(path + "/approve", json::object());
    return announcement;
  }

  // A ward that has decided its rules keeps them.
  void set_chime() {
    if (!office_->get("/api/rules").empty()) return;
    const json clip = ingest(arguments_.chime);
    const json chime = announce(
        *office_, {{"title", "Nhạc hiệu"}, {"transcript", ""}, {"class", "normal"}, {"clip", clip.at("sha256")}});
    administration_->post("/api/rules", {{"decision", "Phường thử"},
                                         {"rules",
                                          {{"weekdays", {"mo", "tu", "we", "th", "fr", "sa", "su"}},
                                           {"sessions", json::array()},
                                           {"gap_ms", 2000},
                                           {"chimes", {{"normal", {{"announcement", chime.at("announcement")}}}}}}}});
  }

  void wait_until_ready(const WardPlan& plan) {
    wait_for(kStartPatience, "loa-node", [&] {
      std::size_t ready = 0;
      for (const json& node : office_->get("/api/nodes")) {
        const json& said = node.at("report");
        ready +=
            said.is_object() && said.at("online") && said.at("holds_current_plan") && said.at("clock_state") == "synced"
                ? 1
                : 0;
      }
      return ready == plan.nodes.size();
    });
    say("ward.nodes_ready", {std::to_string(plan.nodes.size())});
  }

  json air(const json& clip) {
    const json announcement = announce(*chairman_, {{"title", "Lời chúc của phường"},
                                                    {"transcript", read_words(arguments_.recording)},
                                                    {"class", "normal"},
                                                    {"category", "greeting"},
                                                    {"clip", clip.at("sha256")}});
    const WallTime start = system_now().wall + seconds{arguments_.ahead_s};
    json schedule = office_->post("/api/schedules", {{"announcement", announcement.at("announcement")},
                                                     {"areas", {"phu-lien"}},
                                                     {"rule", {{"kind", "once"}, {"start", format_utc(start)}}},
                                                     {"late_ms", 60'000},
                                                     {"volume_pct", arguments_.volume_pct}});
    say("ward.scheduled", {format_utc(start)});
    return schedule;
  }

  // Shows what happens until every node has said how it ended; then the table.
  bool report(const WardPlan& plan, const json& schedule, std::int64_t duration_ms) {
    const WallTime start = *parse_utc(schedule.at("rule").at("start").get<std::string>());
    json outcomes;
    std::string shown;
    wait_for(seconds{arguments_.ahead_s} + std::chrono::ceil<seconds>(milliseconds{duration_ms}) + kReportPatience,
             "outcomes", [&] {
               outcomes = office_->get("/api/outcomes?schedule=" + schedule.at("schedule").get<std::string>());
               show_progress(start, outcomes.size(), shown);
               return outcomes.size() == plan.nodes.size();
             });
    return print_outcomes(plan, outcomes);
  }

  void show_progress(WallTime start, std::size_t ended, std::string& shown) {
    std::int64_t ready = 0;
    std::int64_t playing = 0;
    for (const json& node : office_->get("/api/nodes")) {
      const json& said = node.at("report");
      if (!said.is_object()) continue;
      ready += said.at("clips_ready") == said.at("clips_wanted") && said.at("holds_current_plan") ? 1 : 0;
      playing += said.at("playing").is_null() ? 0 : 1;
    }
    const auto left = std::chrono::ceil<seconds>(start - system_now().wall).count();
    const Text line = left > 0 ? Text{"ward.waiting", {std::to_string(left), std::to_string(ready)}}
                               : Text{"ward.sounding", {std::to_string(playing), std::to_string(ended)}};
    std::string text = render(line, language_);
    // A terminal sees every second; a file or pipe every fifth and each change of kind.
    if (text == shown || (::isatty(STDOUT_FILENO) == 0 && left > 0 && left % 5 != 0)) return;
    shown = std::move(text);
    out_ << shown << std::endl;
  }

  bool print_outcomes(const WardPlan& plan, const json& outcomes) {
    bool all_played = true;
    say("ward.table_head");
    for (const WardNode& node : plan.nodes) {
      for (const json& outcome : outcomes) {
        if (outcome.at("node") != node.id.str()) continue;
        std::string result = outcome.at("result");
        all_played = all_played && result == "played";
        const std::string reason = outcome.at("reason");
        if (!reason.empty()) result.append(": ").append(reason);
        std::ostringstream row;
        row << "  " << std::left << std::setw(9) << node.id.str() << std::setw(22) << result << std::right
            << std::setw(12) << number(outcome.at("start_error_ms"), 3) << std::setw(12)
            << fixed(outcome.at("heard_ms").get<double>() / 1000.0, 2) << std::setw(12)
            << number(outcome.at("loudness_lufs"), 1) << "   "
            << fs::relative(folder_ / "heard" / node.id.str() / (outcome.at("play").get<std::string>() + ".wav"))
                   .string();
        out_ << row.str() << std::endl;
      }
    }
    return all_played;
  }

  static std::string fixed(double value, int digits) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(digits) << value;
    return text.str();
  }
  static std::string number(const json& value, int digits) { return value.is_null() ? "-" : fixed(value, digits); }

  const WardArguments& arguments_;
  std::ostream& out_;
  const Language language_;
  const fs::path folder_;
  std::optional<Office> office_;          // on behalf of the operator
  std::optional<Office> administration_;  // of the administrator
  std::optional<Office> chairman_;        // signed in
  Processes processes_;                   // last: they end first
};

}  // namespace

int run_ward(const WardArguments& arguments, std::ostream& out, std::ostream& err) {
  struct sigaction action {};
  action.sa_handler = [](int) { g_stop = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  try {
    Runner runner(arguments, out);
    if (runner.run()) return 0;
    err << render({"ward.not_all_played", {}}, language_of_environment()) << std::endl;
  } catch (const Stopped&) {
    return arguments.stay == WardStay::kUntilStopped ? 0 : 1;
  } catch (const Error& error) {
    err << render(error.text(), language_of_environment()) << std::endl;
  }
  return 1;
}

}  // namespace loa::cli
