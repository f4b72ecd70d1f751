#include "common/crypto/encoding.h"

#include <sodium.h>

namespace loa::crypto {
namespace {

std::string encode_with(ByteView bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), variant);
  out.pop_back();  // libsodium ends with NUL
  return out;
}

std::optional<Bytes> decode_with(std::string_view text, int variant) {
  Bytes out(text.size() / 4 * 3 + 3);
  std::size_t length = 0;
  // A null end pointer makes libsodium refuse whatever stands after the last octet.
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &length, nullptr, variant) != 0)
    return std::nullopt;
  out.resize(length);
  return out;
}

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

}  // namespace

std::string encode_hex(ByteView bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
  out.pop_back();
  return out;
}

std::optional<Bytes> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit_of(text[i]);
    const auto low = digit_of(text[i + 1]);
    if (!high || !low) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(*high << 4U | *low));
  }
  return out;
}

std::string encode_base64(ByteView bytes) {
  return encode_with(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<Bytes> decode_base64(std::string_view text) {
  return decode_with(text, sodium_base64_VARIANT_ORIGINAL);
}

std::string encode_base64url(ByteView bytes) {
  return encode_with(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<Bytes> decode_base64url(std::string_view text) {
  return decode_with(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string encode_base32(ByteView bytes) {
  constexpr std::string_view kSymbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  constexpr unsigned kSymbolBits = 5;
  std::string out;
  unsigned held = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = held << 8U | byte;
    bits += 8;
    for (; bits >= kSymbolBits; bits -= kSymbolBits) out += kSymbols[held >> (bits - kSymbolBits) & 0x1FU];
    held &= (1U << bits) - 1;
  }
  if (bits > 0) out += kSymbols[held << (kSymbolBits - bits) & 0x1FU];
  return out;
}

}  // namespace loa::crypto
