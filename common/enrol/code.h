// The one-time code of docs/protocol.md §5: what a person carries from the office to a loudspeaker. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto/keys.h"

namespace loa::enrol {

// What the server keeps of a code. The public key lets it check a node's request, and nobody make one; the seed lets it
// prove to the node that it is the server that the code came from.
struct CodeVerifier {
  crypto::PublicKey node_key;
  std::array<std::uint8_t, 32> server_seed{};
};

class Code {
 public:
  // 135 random bits.
  [[nodiscard]] static Code make();
  // As typed by a person: small letters, spaces and hyphens do not matter; O is 0, I and L are 1. Throws Error
  // enrol.code_length (how many characters there are) and enrol.code_mistyped (the check character does not fit; finds
  // every single wrong character and every two exchanged ones).
  [[nodiscard]] static Code parse(std::string_view typed);

  // For people: seven groups of four, XXXX-XXXX-….
  [[nodiscard]] std::string text() const;

  // Signs the node's request.
  [[nodiscard]] crypto::SecretKey node_key() const;
  // Signs the server's answer.
  [[nodiscard]] crypto::SecretKey server_key() const;
  [[nodiscard]] CodeVerifier verifier() const;

 private:
  explicit Code(std::string symbols) : symbols_(std::move(symbols)) {}
  std::string symbols_;  // 28 capitals, the last one checks
};

}  // namespace loa::enrol
