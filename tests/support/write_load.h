// An office that writes all the time, from several clients at once, and keeps a ledger of what it was told is done.
// Whatever happened to the server meanwhile, each of those must be in its books: once, unchanged, with its row in the
// audit and its files.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/http/client.h"

namespace loa::test {

class WriteLoad {
 public:
  // Of a ward that provision() made, on this machine; its server runs.
  struct Ward {
    std::string url;
    std::filesystem::path authority;
    std::filesystem::path data;  // the server's folder
    std::string operator_token;
    std::string admin_token;
    std::string announcement;         // may be scheduled
    std::filesystem::path recording;  // a short sound
    std::string area;
  };

  WriteLoad(Ward ward, std::uint64_t seed, int clients);
  // Stops.
  ~WriteLoad();
  WriteLoad(const WriteLoad&) = delete;
  WriteLoad& operator=(const WriteLoad&) = delete;

  void start();
  void stop();

  // So far; any thread.
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }

  struct Verdict {
    std::map<std::string, int> acknowledged;  // by kind of write
    std::map<std::string, int> refused;       // by code of the error
    int unanswered = 0;                       // nobody knows whether they were done
    int lost = 0;
    int doubled = 0;
    int changed = 0;
    std::vector<std::string> faults;  // each of those, and every half-done thing, in words
  };
  // Stopped before, with the server up: waits until all recordings are ingested, then looks. Throws Error when the
  // server does not answer.
  [[nodiscard]] Verdict check();

 private:
  struct Client;
  struct Thing;
  void check_things(Verdict& verdict) const;
  void check_audit(Verdict& verdict) const;
  void check_files(Verdict& verdict) const;

  const Ward ward_;
  http::Headers chairman_;  // of a session
  http::Headers admin_;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::size_t> acknowledged_ = 0;
  std::atomic<std::int64_t> next_upload_us_ = 0;  // one at a time goes through the intake
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::thread> threads_;
};

}  // namespace loa::test
