// What claims to come from the root key: an envelope with its succession as the broker hands it over, and the same
// octets as a statement and as a document signed well. A book believes what is signed and holds, and nothing else.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>

#include "common/trust/trust_book.h"
#include "common/wire/succession.h"

namespace {

using loa::wire::MessageType;

const loa::StationId kStation{"phu-lien"};

// The key of tests/data/wire, so that its envelopes open.
loa::crypto::SecretKey make_root() {
  std::array<std::uint8_t, 32> seed{};
  std::iota(seed.begin(), seed.end(), std::uint8_t{1});
  return loa::crypto::SecretKey::from_seed(seed);
}

// Whether a fresh book takes it; then it must hold it, and refuse to go back.
bool is_taken(loa::trust::TrustBook book, MessageType type, loa::ByteView envelope) {
  const auto opened = book.open(type, envelope);
  const auto* document = std::get_if<loa::trust::RootDocument>(&opened);
  if (document == nullptr) return false;
  if (!book.adopt(*document) || book.seq_of(type) != document->seq || book.root() != document->root) std::abort();
  if (!std::holds_alternative<loa::trust::AlreadyHeld>(book.open(type, envelope))) std::abort();
  return true;
}

}  // namespace

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const loa::crypto::SecretKey root = make_root();
  static const loa::crypto::SecretKey thief = loa::crypto::SecretKey::make();
  const loa::ByteView input{data, size};
  const std::string_view text = loa::view_text(input);
  const loa::trust::TrustBook book(kStation, root.public_key());
  const std::array<std::string, 1> statements{std::string{text}};
  for (const MessageType type : {MessageType::kTrust, MessageType::kPolicy}) {
    is_taken(book, type, input);
    const std::string payload_type = loa::wire::payload_type_of(type);
    is_taken(book, type, loa::view_bytes(loa::wire::seal(payload_type, text, root)));
    // Whatever stands in the succession, it leads to no key that the root did not name.
    if (is_taken(book, type, loa::view_bytes(loa::wire::seal(payload_type, text, thief, statements)))) std::abort();
  }
  static_cast<void>(loa::wire::open_succession(input, kStation, root.public_key()));
  const std::string signed_well = loa::wire::seal(loa::wire::kSuccessionType, text, root);
  static_cast<void>(loa::wire::open_succession(loa::view_bytes(signed_well), kStation, root.public_key()));
  const std::string forged = loa::wire::seal(loa::wire::kSuccessionType, text, thief);
  const auto by_thief = loa::wire::open_succession(loa::view_bytes(forged), kStation, root.public_key());
  if (std::holds_alternative<loa::crypto::PublicKey>(by_thief)) std::abort();
  return 0;
}
