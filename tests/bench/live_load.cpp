// One live channel to a thousand loudspeakers: what it costs broker and server, and what a node pays for it on the
// wire. Real loa-server, loa-signer and mosquitto; the nodes are the real core over the real protocol, each with its
// own TLS connection, and verify each bundle. Then Icecast, which serves the same Opus to as many listeners, without
// TLS.
//   live_load [nodes=1000] [seconds=30]
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <numbers>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audio/live/live_encoder.h"
#include "audio/opus/live_feed.h"
#include "audio/opus/ogg_opus_writer.h"
#include "common/base/log.h"
#include "tests/bench/crowd.h"
#include "tests/support/child.h"
#include "tests/support/free_port.h"
#include "tests/support/scratch_folder.h"

namespace loa::bench {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kFrame = 960;

// Octets that a process has given to write() and its like.
double written(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/io");
  for (std::string name, value; in >> name >> value;)
    if (name == "wchar:") return std::stod(value);
  return 0;
}

// A voice of harmonics whose pitch moves, as samples.
std::vector<float> voice(std::size_t samples) {
  std::vector<float> out(samples);
  double phase = 0.0;
  for (std::size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / 48'000;
    phase += 2.0 * std::numbers::pi * (180.0 + 60.0 * std::sin(2.0 * std::numbers::pi * 3.0 * t)) / 48'000;
    for (int harmonic = 1; harmonic <= 10; ++harmonic)
      out[i] += static_cast<float>(0.1 * std::sin(harmonic * phase) / harmonic);
  }
  return out;
}

// The frames that the server will make of it.
std::vector<Bytes> frames_of(const std::vector<float>& samples) {
  live::LiveEncoder encoder;
  std::vector<Bytes> frames;
  encoder.add(samples, [&](live::LiveEncoder::Frame frame) { frames.push_back(std::move(frame)); });
  return frames;
}

double mean_size(const std::vector<Bytes>& frames) {
  double sum = 0;
  for (const Bytes& frame : frames) sum += static_cast<double>(frame.size());
  return sum / static_cast<double>(frames.size());
}

struct Cost {
  double broker = 0;  // of a core
  double server = 0;
  double octets = 0;   // to one node in a second, TLS included
  double bundles = 0;  // to one node in a second
};

Cost measure_ours(int count, int measured_s, const std::vector<float>& samples) {
  Crowd crowd(count, 0);
  crowd.run_until_ready();
  std::atomic<bool> is_over{false};
  std::atomic<bool> is_on_air{false};
  const std::jthread speaker([&] {
    const auto office = crowd.make_client();
    const json air = crowd.post(*office, "/api/air",
                                {{"kind", "speech"}, {"title", "bench"}, {"all", true}, {"volume_pct", 50}}, 201);
    http::ClientOptions options;
    options.authorities = crowd.ward().authority;
    http::Client client(options);
    std::ifstream token_file(crowd.ward().operator_token);
    std::string token;
    token_file >> token;
    MonoTime at = system_now().mono;
    MonoTime on_air = MonoTime::max();
    std::size_t next = 0;
    const auto answer = client.speak(
        crowd.url() + "/api/air/" + air.at("play").get<std::string>() + "/microphone",
        {{"Authorization", "Bearer " + token}},
        [&](std::string_view text) {
          at = system_now().mono;
          on_air = at + milliseconds{json::parse(text).at("on_air_in_ms").get<int>()};
        },
        [&]() -> std::optional<http::Client::Message> {
          if (is_over.load()) return std::nullopt;
          if (at > on_air) is_on_air.store(true);
          http::Client::Message message{at, Bytes(1 + 2 * kFrame)};
          message.octets[0] = 1;
          for (std::size_t i = 0; i < kFrame; ++i) {
            const auto value = static_cast<std::int16_t>(samples[(next + i) % samples.size()] * 32'767.0F);
            std::memcpy(message.octets.data() + 1 + 2 * i, &value, 2);
          }
          next += kFrame;
          at += milliseconds{20};
          return message;
        });
    require(answer.status == 101, "the microphone was refused");
  });
  crowd.run([&] { return is_on_air.load(); }, milliseconds{100});
  const MonoTime settled = system_now().mono + seconds{3};
  crowd.run([&] { return system_now().mono >= settled; }, milliseconds{100});
  const MonoTime from = system_now().mono;
  const double broker_cpu = cpu_seconds(crowd.broker());
  const double server_cpu = cpu_seconds(crowd.server());
  const double octets = written(crowd.broker());
  const std::uint64_t messages = crowd.messages_received();
  const MonoTime until = from + seconds{measured_s};
  crowd.run([&] { return system_now().mono >= until; }, milliseconds{20});
  const double time = std::chrono::duration<double>(system_now().mono - from).count();
  Cost cost;
  cost.broker = (cpu_seconds(crowd.broker()) - broker_cpu) / time;
  cost.server = (cpu_seconds(crowd.server()) - server_cpu) / time;
  cost.octets = (written(crowd.broker()) - octets) / time / count;
  cost.bundles = static_cast<double>(crowd.messages_received() - messages) / time / count;
  is_over.store(true);
  return cost;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

bool say(int fd, std::string_view text) {
  return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

Cost measure_icecast(int count, int measured_s, const std::vector<Bytes>& frames) {
  const test::ScratchFolder folder;
  const std::uint16_t port = test::find_free_port();
  fs::permissions(folder.path(), fs::perms::all);
  std::ofstream(folder / "icecast.xml")
      << "<icecast><limits><clients>" << count + 50
      << "</clients><sources>2</sources><burst-size>0</burst-size></limits>"
      << "<authentication><source-password>s</source-password><admin-user>a</admin-user><admin-password>a</"
         "admin-password>"
      << "</authentication><hostname>localhost</hostname><listen-socket><port>" << port
      << "</port><bind-address>127.0.0.1</bind-address></listen-socket><paths><logdir>" << folder.path().string()
      << "</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>"
      << "<logging><errorlog>error.log</errorlog><loglevel>1</loglevel></logging><security><changeowner><user>nobody</"
         "user>"
      << "<group>nogroup</group></changeowner></security></icecast>";
  test::Child icecast({"/usr/bin/icecast2", "-c", (folder / "icecast.xml").string()}, folder / "icecast.out");
  int source = -1;
  for (int i = 0; i < 100 && source < 0; ++i) {
    ::usleep(100'000);
    source = connect_to(port);
  }
  require(source >= 0, "icecast2 does not come up (Debian package icecast2)");
  require(say(source,
              "PUT /ward.opus HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic c291cmNlOnM=\r\n"
              "Content-Type: audio/ogg\r\nExpect: 100-continue\r\n\r\n"),
          "icecast");
  std::atomic<bool> is_over{false};
  const std::jthread speaker([&] {
    opus::OggOpusWriter writer(static_cast<std::size_t>(opus::kLookahead), [&](std::span<const std::uint8_t> bytes) {
      static_cast<void>(say(source, view_text(bytes)));
    });
    MonoTime at = system_now().mono;
    for (std::size_t i = 0; !is_over.load(); ++i) {
      writer.write(frames[i % frames.size()]);
      at += milliseconds{20};
      std::this_thread::sleep_until(std::chrono::steady_clock::time_point{at.time_since_epoch()});
    }
  });
  ::usleep(3'000'000);
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<int> listeners;
  for (int i = 0; i < count; ++i) {
    const int fd = connect_to(port);
    require(fd >= 0 && say(fd, "GET /ward.opus HTTP/1.0\r\nHost: localhost\r\n\r\n"), "a listener is refused");
    epoll_event event{EPOLLIN, {.fd = fd}};
    ::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    listeners.push_back(fd);
  }
  double octets = 0;
  const auto listen_until = [&](MonoTime until) {
    std::array<epoll_event, 256> events{};
    std::array<char, 65'536> heard{};
    while (system_now().mono < until) {
      const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), 20);
      for (int i = 0; i < ready; ++i) {
        const ssize_t got =
            ::recv(events[static_cast<std::size_t>(i)].data.fd, heard.data(), heard.size(), MSG_DONTWAIT);
        if (got == 0) ::epoll_ctl(poller, EPOLL_CTL_DEL, events[static_cast<std::size_t>(i)].data.fd, nullptr);
        octets += std::max<double>(0.0, static_cast<double>(got));
      }
    }
  };
  listen_until(system_now().mono + seconds{5});
  octets = 0;
  const double cpu = cpu_seconds(icecast.pid());
  const MonoTime from = system_now().mono;
  listen_until(from + seconds{measured_s});
  const double time = std::chrono::duration<double>(system_now().mono - from).count();
  Cost cost;
  cost.broker = (cpu_seconds(icecast.pid()) - cpu) / time;
  cost.octets = octets / time / count;
  is_over.store(true);
  for (const int fd : listeners) ::close(fd);
  ::close(poller);
  ::close(source);
  icecast.send_signal(SIGTERM);
  static_cast<void>(icecast.wait());
  return cost;
}

int run(int count, int measured_s) {
  const std::vector<float> samples = voice(std::size_t{48'000} * 10);
  const std::vector<Bytes> frames = frames_of(samples);
  const double payload = mean_size(frames) * 50;
  std::printf("nodes %d, measured %d s; Opus alone %.0f octets/s (%.1f kbit/s)\n", count, measured_s, payload,
              payload * 8 / 1000);
  const Cost ours = measure_ours(count, measured_s, samples);
  std::printf("loa      broker %.3f + server %.3f = %.3f of a core (target 0.6); %.1f µs of it a node and second\n",
              ours.broker, ours.server, ours.broker + ours.server, (ours.broker + ours.server) * 1e6 / count);
  std::printf("loa      bundles to a node %.2f a second (10.00 is all of them)\n", ours.bundles);
  std::printf(
      "loa      on the wire %.0f octets/s a node, TLS and signatures included: %.2f of the Opus (target 1.45)\n",
      ours.octets, ours.octets / payload);
  const Cost theirs = measure_icecast(count, measured_s, frames);
  std::printf("icecast  %.3f of a core, without TLS; %.0f octets/s a listener: %.2f of the Opus\n", theirs.broker,
              theirs.octets, theirs.octets / payload);
  std::printf("ratio    %.2f of Icecast's processor time\n", (ours.broker + ours.server) / theirs.broker);
  return 0;
}

}  // namespace
}  // namespace loa::bench

int main(int argc, char** argv) {
  loa::log::init("live_load");
  // A thousand connections of each kind.
  rlimit files{65'536, 65'536};
  ::setrlimit(RLIMIT_NOFILE, &files);
  const int count = argc > 1 ? std::atoi(argv[1]) : 1000;
  const int measured = argc > 2 ? std::atoi(argv[2]) : 30;
  try {
    return loa::bench::run(count, measured);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "live_load: %s\n", error.what());
    return 1;
  }
}
