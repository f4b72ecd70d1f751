// loa-signer without its process: its rules over a key of its own, and it can go away.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "common/crypto/random.h"
#include "server/signer/signatory.h"
#include "tests/support/root_key.h"

namespace loa::test {

class SignerNearby final : public signer::Signer {
 public:
  explicit SignerNearby(StationId station) : station_(std::move(station)) { set_policy(open_policy()); }

  // Starts it anew, with the same key, above what it used.
  void set_policy(Policy policy) {
    signatory_.emplace(station_, crypto::SecretKey::from_seed(seed_), std::move(policy), used_,
                       [this](std::int64_t until) { used_ = until; });
  }

  [[nodiscard]] signer::Signed sign(std::string_view audience, const wire::Body& body, WallTime now) override {
    if (presence_ == Presence::kAway) throw Error("signer.away", {"test"});
    if (left_ > 0 && --left_ == 0) presence_ = Presence::kAway;
    return signatory_->sign(audience, body, now);
  }

  void go_away() { presence_ = Presence::kAway; }
  // After so many signatures more.
  void go_away_after(int signatures) { left_ = signatures; }
  void come_back() { presence_ = Presence::kThere; }
  [[nodiscard]] bool is_there() const { return presence_ == Presence::kThere; }
  [[nodiscard]] const crypto::PublicKey& public_key() const { return signatory_->public_key(); }

 private:
  static std::array<std::uint8_t, 32> make_seed() {
    std::array<std::uint8_t, 32> seed{};
    std::ranges::copy(crypto::random_bytes(seed.size()), seed.begin());
    return seed;
  }

  enum class Presence { kThere, kAway };
  Presence presence_ = Presence::kThere;
  int left_ = 0;
  const StationId station_;
  const std::array<std::uint8_t, 32> seed_ = make_seed();
  std::int64_t used_ = 0;
  std::optional<signer::Signatory> signatory_;
};

}  // namespace loa::test
