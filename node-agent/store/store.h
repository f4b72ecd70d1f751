// What a node must not forget: the plan, what it has played, what it still owes the server. SQLite with
// synchronous=FULL, so every function that returns has reached the disk.
//
// The core's thread. Throws Error (db.*) and then has changed nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/db/database.h"
#include "common/trust/trust_book.h"
#include "common/wire/messages.h"
#include "node-agent/health/last_run.h"

namespace loa::node {

struct HeldPlan {
  std::int64_t seq = 0;
  std::string name;    // SHA-256 of the body
  std::string body;    // verified when it came
  std::string key_id;  // of the station key that signed it
  bool operator==(const HeldPlan&) const = default;
};

// A play that has been begun, or has ended. Begun is written before the first sample can sound.
struct PlayRecord {
  wire::Outcome outcome;  // so far; final when `ended`
  std::optional<WallTime> ended;
  bool acknowledged = false;
};

// The latest station time that an exchange proved, and how far the machine's own clock was from it.
struct ProvenTime {
  StationTime station;
  nanoseconds machine_error{0};
};

// The root key that the node was set up with, and the one that has followed from it.
struct HeldRoot {
  crypto::PublicKey anchor;
  crypto::PublicKey root;
  bool operator==(const HeldRoot&) const = default;
};

class Store {
 public:
  [[nodiscard]] static Store open(db::Database database);

  [[nodiscard]] std::optional<HeldPlan> load_plan();
  // Raises the plans' floor too.
  void save_plan(const HeldPlan& plan);

  // Highest sequence of plans that were held and of orders that were carried out; each remembers which key signed.
  [[nodiscard]] std::int64_t plan_floor();
  [[nodiscard]] std::int64_t order_floor();
  void save_order_floor(std::int64_t seq, const std::string& key_id);
  // Of what was on the air.
  [[nodiscard]] std::int64_t air_floor();
  void save_air_floor(std::int64_t seq, const std::string& key_id);

  [[nodiscard]] std::optional<HeldRoot> load_root();
  [[nodiscard]] std::vector<trust::RootDocument> load_root_documents();
  // With the root that signed it. Of the keys that are not believed by it the plan and the floors go in the same
  // transaction.
  void save_trust(const crypto::PublicKey& anchor, const trust::RootDocument& document,
                  const std::vector<std::string>& believed_key_ids);
  void save_policy(const crypto::PublicKey& anchor, const trust::RootDocument& document);
  // The root, its documents, and the plan that was believed by them.
  void forget_root();

  [[nodiscard]] std::optional<ProvenTime> proven_time();
  void save_proven_time(const ProvenTime& proven);

  // The run that is marked here; none before the first one.
  [[nodiscard]] std::optional<Run> last_run();
  void save_run(const Run& run);

  // Volume and loudness of the last play that sounded.
  struct LastPlay {
    int volume_pct = 0;
    std::optional<double> level_lufs;
  };
  [[nodiscard]] std::optional<LastPlay> last_play();
  void save_last_play(const LastPlay& play);

  void save_begun(const wire::Outcome& so_far);
  // A self-test that is about to sound: it counts as sounded whatever becomes of it, and nobody is owed a word of it.
  void save_tested(const wire::Outcome& tone, WallTime now);
  [[nodiscard]] std::optional<wire::TestResult> last_test();
  void save_last_test(const wire::TestResult& result);
  // Takes back what save_begun wrote: nothing sounded.
  void forget(const PlayId& play);
  // Once per play: a play that has ended keeps its outcome. False when it had one already.
  bool save_ended(const wire::Outcome& outcome, WallTime now);
  [[nodiscard]] std::optional<PlayRecord> load_play(const PlayId& play);
  // What began to sound, or may have, of the plays planned from `since` on.
  [[nodiscard]] std::vector<wire::Outcome> load_sounded(StationTime since);
  // Begun and not ended: what a crash cut off.
  [[nodiscard]] std::vector<wire::Outcome> load_begun();

  // Ended and not acknowledged, oldest first.
  [[nodiscard]] std::vector<PlayRecord> load_outbox(std::size_t most);
  [[nodiscard]] std::int64_t outbox_size();
  void acknowledge(const std::vector<PlayId>& plays);
  // Forgets acknowledged plays that were planned before `planned`: no plan can hold them any more.
  void prune(StationTime planned);

 private:
  explicit Store(db::Database database) : db_(std::move(database)) {}
  [[nodiscard]] std::int64_t floor(std::string_view type);
  void raise_floor(std::string_view type, const std::string& key_id, std::int64_t seq);
  void save_root_document(const crypto::PublicKey& anchor, const trust::RootDocument& document);

  db::Database db_;
};

}  // namespace loa::node
