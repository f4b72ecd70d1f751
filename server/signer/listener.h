// The signer's only door: one Unix socket, and behind it the signatory. Whoever connects is asked of the kernel who
// they are; only the server's user is heard. A caller can neither block the others nor make this grow: reads and writes
// never wait, and each caller has one request under way and one reply.
//
// One thread. After its construction it needs no right to open anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "common/base/descriptor.h"
#include "common/base/time.h"
#include "server/signer/journal.h"
#include "server/signer/signatory.h"

namespace loa::signer {

inline constexpr std::size_t kMostCallers = 8;

class Listener {
 public:
  // Replaces what a killed signer left at `socket`; mode 0660. All references outlive it. Throws Error
  // signer.folder_open (others than owner and group may enter the socket's folder), file.cannot_write.
  Listener(const std::filesystem::path& socket, uid_t server, Signatory& signatory, Journal& journal);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Waits for at most that long for something to do, and does it. A signal that `mask` lets through ends the wait.
  void turn(milliseconds patience, const sigset_t* mask);

  // Since start, by type and by rule; `peer` for callers that are not the server.
  [[nodiscard]] const std::map<std::string, std::int64_t>& signed_counts() const { return signed_; }
  [[nodiscard]] const std::map<std::string, std::int64_t>& refused_counts() const { return refused_; }

 private:
  struct Caller {
    Descriptor socket;
    std::string in;   // of the frame under way
    std::string out;  // not yet taken
  };
  void accept_callers();
  // False when the caller is gone or has to go.
  bool serve(Caller& caller);
  bool read(Caller& caller);
  bool write(Caller& caller);
  std::string answer(std::string_view message);
  void count_refusal(const std::string& rule, const std::string& detail);

  const uid_t server_;
  Signatory& signatory_;
  Journal& journal_;
  Descriptor socket_;
  std::list<Caller> callers_;
  std::map<std::string, std::int64_t> signed_;
  std::map<std::string, std::int64_t> refused_;
};

}  // namespace loa::signer
