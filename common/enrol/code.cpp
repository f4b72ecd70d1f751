#include "common/enrol/code.h"

#include <utility>

#include "common/base/error.h"
#include "common/crypto/random.h"
#include "common/crypto/sha256.h"

namespace loa::enrol {
namespace {

// Crockford's Base32: no letter that looks like a digit, and no U.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kRandomSymbols = 27;
constexpr std::size_t kSymbols = kRandomSymbols + 1;
constexpr std::size_t kGroup = 4;

// α·value in GF(2)[x]/(x⁵+x²+1), where α = x generates all 31 elements but 0. So the weights of 28 places are all
// different, and a change of one symbol or an exchange of two always changes the sum.
constexpr unsigned times_alpha(unsigned value) {
  value <<= 1U;
  return (value & 32U) != 0 ? (value ^ 0b100101U) : value;
}

// Σ αⁱ·sᵢ by Horner's rule, the last symbol with weight 1.
unsigned weighted_sum(std::string_view symbols) {
  unsigned sum = 0;
  for (const char symbol : symbols) sum = times_alpha(sum) ^ static_cast<unsigned>(kAlphabet.find(symbol));
  return sum;
}

char normal_symbol(char typed) {
  if (typed >= 'a' && typed <= 'z') typed = static_cast<char>(typed - 'a' + 'A');
  if (typed == 'O') return '0';
  if (typed == 'I' || typed == 'L') return '1';
  return typed;
}

std::array<std::uint8_t, 32> seed_of(std::string_view label, std::string_view symbols) {
  std::string text{label};
  text += '\0';
  text += symbols;
  return crypto::sha256(view_bytes(text));
}

}  // namespace

Code Code::make() {
  std::string symbols;
  for (const std::uint8_t octet : crypto::random_bytes(kRandomSymbols)) symbols += kAlphabet[octet & 31U];
  // The sum of all with the check symbol at weight 1 is to be 0.
  symbols += kAlphabet[times_alpha(weighted_sum(symbols))];
  return Code(std::move(symbols));
}

Code Code::parse(std::string_view typed) {
  std::string symbols;
  std::size_t count = 0;
  for (const char c : typed) {
    if (c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    ++count;
    if (symbols.size() <= kSymbols) symbols += normal_symbol(c);
  }
  if (count != kSymbols) throw Error("enrol.code_length", {std::to_string(count), std::to_string(kSymbols)});
  if (symbols.find_first_not_of(kAlphabet) != std::string::npos || weighted_sum(symbols) != 0)
    throw Error("enrol.code_mistyped");
  return Code(std::move(symbols));
}

std::string Code::text() const {
  std::string out;
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    if (i > 0 && i % kGroup == 0) out += '-';
    out += symbols_[i];
  }
  return out;
}

crypto::SecretKey Code::node_key() const {
  return crypto::SecretKey::from_seed(seed_of("loa enrol v1 node", symbols_));
}

crypto::SecretKey Code::server_key() const {
  return crypto::SecretKey::from_seed(seed_of("loa enrol v1 server", symbols_));
}

CodeVerifier Code::verifier() const {
  return {node_key().public_key(), seed_of("loa enrol v1 server", symbols_)};
}

}  // namespace loa::enrol
