// What the HTTPS server costs: requests a second of a trivial JSON answer over kept-alive connections, and its memory
// when idle and while it takes 20 uploads of 100 MB at once. The server of the memory figures is a process of its own.
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/crypto/certificates.h"
#include "common/http/client.h"
#include "common/http/server.h"

namespace loa::http {
namespace {

constexpr std::size_t kUploads = 20;
constexpr std::uint64_t kUploadBytes = 100'000'000;

// A folder with certificates and a file to upload; removed at the end.
struct Ground {
  Ground() {
    std::string pattern = (std::filesystem::temp_directory_path() / "loa-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder = pattern;
    const WallTime now = system_now().wall;
    const auto authority = crypto::CertificateAuthority::make("Loa bench", now);
    std::ofstream(folder / "ca.pem") << authority.certificate_pem();
    crypto::save_identity(authority.issue_server({{"localhost"}}, now), folder / "server.pem", folder / "server.key");
  }
  ~Ground() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  std::filesystem::path folder;
};

std::vector<Route> routes(const std::filesystem::path& folder) {
  Route hello;
  hello.path = "/hello";
  hello.operation = "hello";
  hello.summary = "Says hello";
  hello.answers = {{200, "Hello"}};
  hello.handler = [](const Request&, const Responder& responder) { responder.send(Response{.body = "{\"ok\":true}"}); };
  Route upload = hello;
  upload.method = Method::kPost;
  upload.path = "/uploads";
  upload.operation = "upload";
  upload.body = BodyMode::kStream;
  upload.largest_body = kUploadBytes;
  upload.open_upload = [folder, count = std::make_shared<std::atomic<int>>(0)](const Request&) {
    return folder / ("upload" + std::to_string(++*count));
  };
  upload.handler = [](const Request& request, const Responder& responder) {
    std::filesystem::remove(request.upload->file);
    responder.send(Response{.body = std::to_string(request.upload->bytes)});
  };
  return {hello, upload};
}

ServerOptions options(const std::filesystem::path& folder) {
  ServerOptions options;
  options.certificate_chain = folder / "server.pem";
  options.private_key = folder / "server.key";
  return options;
}

std::string url_of(std::uint16_t port, const std::string& path) {
  return "https://127.0.0.1:" + std::to_string(port) + path;
}

void json_get(benchmark::State& state) {
  static std::unique_ptr<Ground> ground;
  static std::unique_ptr<Server> server;
  if (state.thread_index() == 0) {
    ground = std::make_unique<Ground>();
    server = std::make_unique<Server>(options(ground->folder), routes(ground->folder));
    server->start();
  }
  std::unique_ptr<Client> client;
  for (auto _ : state) {
    // The threads start together only here.
    if (!client) client = std::make_unique<Client>(ClientOptions{.authorities = ground->folder / "ca.pem"});
    if (client->request(Method::kGet, url_of(server->port(), "/hello")).status != 200) state.SkipWithError("not 200");
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    client.reset();
    server.reset();
    ground.reset();
  }
}
BENCHMARK(json_get)->ThreadRange(1, 4)->UseRealTime();

double megabytes_of(pid_t process, const std::string& field) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024.0;
  return 0;
}

void twenty_uploads_of_100_mb(benchmark::State& state) {
  const Ground ground;
  std::ofstream(ground.folder / "recording").close();
  std::filesystem::resize_file(ground.folder / "recording", kUploadBytes);
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) {
    Server server(options(ground.folder), routes(ground.folder));
    server.start();
    const std::uint16_t port = server.port();
    if (::write(pipe[1], &port, sizeof port) != sizeof port) ::_exit(1);
    for (;;) ::pause();
  }
  std::uint16_t port = 0;
  if (::read(pipe[0], &port, sizeof port) != sizeof port) std::abort();
  state.counters["idle_mb"] = megabytes_of(child, "VmRSS");
  for (auto _ : state) {
    std::vector<std::thread> threads;
    std::atomic<std::size_t> complete = 0;
    for (std::size_t i = 0; i < kUploads; ++i)
      threads.emplace_back([&] {
        Client client({.authorities = ground.folder / "ca.pem"});
        const auto response = client.upload(url_of(port, "/uploads"), ground.folder / "recording", "audio/wav");
        if (response.body == std::to_string(kUploadBytes)) ++complete;
      });
    for (std::thread& thread : threads) thread.join();
    if (complete != kUploads) state.SkipWithError("an upload failed");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kUploads * kUploadBytes));
  state.counters["peak_mb"] = megabytes_of(child, "VmHWM");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
}
BENCHMARK(twenty_uploads_of_100_mb)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace loa::http
