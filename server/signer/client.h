// The server's way to loa-signer: a Signer that asks over the Unix socket.
//
// A signer that is gone, hangs or is not ours costs the core at most kDeadline once; from then on sign() throws at
// once, while a thread of this class looks for the signer with growing pauses and greets it.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/base/descriptor.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "server/signer/signer.h"

namespace loa::signer {

struct ClientOptions {
  std::filesystem::path socket;
  StationId station;
  // Whether the nodes believe this key; one that they do not believe signs nothing for us. The client's thread.
  std::function<bool(std::string_view key_id)> is_believed;
  milliseconds deadline{1000};      // for a greeting or a reply
  milliseconds shortest_pause{50};  // before the second attempt; doubles up to
  milliseconds longest_pause{2000};
};

// The signer is there (none), or why it is not. On the client's thread or, when sign() finds out, on the core's: copy,
// post, return.
using OnSigner = std::function<void(std::optional<Text> trouble)>;

class Client final : public Signer {
 public:
  // Starts looking for the signer at once; `on_signer` tells each change, the first finding among them.
  Client(ClientOptions options, OnSigner on_signer);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] Signed sign(std::string_view audience, const wire::Body& body, WallTime now) override;
  // The core's thread.
  [[nodiscard]] bool is_there();

 private:
  struct Connection {
    Descriptor socket;
    std::string key_id;
  };
  void look();
  // Blocks for at most the deadline. Throws Error.
  [[nodiscard]] std::shared_ptr<Connection> connect() const;
  // Ends the connection, when it is still in use; tells once.
  void lose(const std::shared_ptr<Connection>& connection, const Text& trouble);

  const ClientOptions options_;
  const OnSigner on_signer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Connection> connection_;  // guarded by mutex_; none while the signer is away
  Text trouble_;                            // guarded by mutex_; why, then
  bool ending_ = false;                     // guarded by mutex_
  std::thread thread_;
};

}  // namespace loa::signer
