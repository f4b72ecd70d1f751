// What the HTTP tests stand on: a folder of their own with certificates in it, and a server on a free port.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/http/client.h"
#include "common/http/server.h"
#include "tests/integration/common/http_line.h"

namespace loa::http {

// Removed with everything in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::size_t files() const;

 private:
  std::filesystem::path path_;
};

// Certificates are made once per test program: an authority, a server, a client named thuy-tu-03, and a second
// authority that nobody knows, with a client of its own.
struct Certificates {
  static const Certificates& all();
  Folder folder;
  std::filesystem::path authority = folder / "ca.pem";
  std::filesystem::path server = folder / "server.pem";
  std::filesystem::path server_key = folder / "server.key";
  std::filesystem::path client = folder / "client.pem";
  std::filesystem::path client_key = folder / "client.key";
  std::filesystem::path strange_authority = folder / "strange_ca.pem";
  std::filesystem::path strange_client = folder / "strange.pem";
  std::filesystem::path strange_client_key = folder / "strange.key";
};

[[nodiscard]] ServerOptions server_options();
[[nodiscard]] LineOptions line_to(const Server& server);
[[nodiscard]] ClientOptions client_options();
[[nodiscard]] std::string url_of(const Server& server, const std::string& target);

// A route that answers 200 with `body` as JSON.
[[nodiscard]] Route route_that_says(std::string path, std::string body);
[[nodiscard]] std::string bytes_of_size(std::size_t size);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& bytes);

// A value that one thread leaves for another. Waiting is bounded, so that a broken test fails instead of hanging.
template <class Value>
class Letterbox {
 public:
  void put(Value value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds{60}, [&] { return values_.size() >= count; });
  }
  // Waits for the first.
  [[nodiscard]] Value first() {
    if (!wait_for(1)) throw std::runtime_error("nothing came");
    const std::lock_guard lock(mutex_);
    return values_.front();
  }
  [[nodiscard]] Value last() {
    const std::lock_guard lock(mutex_);
    return values_.back();
  }
  [[nodiscard]] std::size_t count() {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Value> values_;
};

// True when `condition` became true; asks again and again, within a minute.
template <class Condition>
[[nodiscard]] bool becomes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!condition())
    if (std::chrono::steady_clock::now() > deadline) return false;
  return true;
}

}  // namespace loa::http
