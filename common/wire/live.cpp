#include "common/wire/live.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

namespace loa::wire {
namespace {

constexpr std::string_view kType = "application/vnd.loa.live.v1";
constexpr std::size_t kSignature = 64;
constexpr std::size_t kNumber = 4;
constexpr std::size_t kLongestBundle = kSignature + kNumber + kMostFrames * (2 + kLongestFrame);
// RFC 6716 §3.2.1: lengths from 252 on take two octets.
constexpr std::size_t kShort = 252;

Bytes signed_octets(ByteView content) {
  return bytes_of(encode_pae(kType, view_text(content)));
}

void put_length(Bytes& out, std::size_t length) {
  if (length < kShort) {
    out.push_back(static_cast<std::uint8_t>(length));
    return;
  }
  const std::size_t first = kShort + length % 4;
  out.push_back(static_cast<std::uint8_t>(first));
  out.push_back(static_cast<std::uint8_t>((length - first) / 4));
}

// Takes it from the front; nullopt when it is not all there.
std::optional<std::size_t> take_length(ByteView& left) {
  if (left.empty()) return std::nullopt;
  std::size_t length = left.front();
  left = left.subspan(1);
  if (length < kShort) return length;
  if (left.empty()) return std::nullopt;
  length += std::size_t{4} * left.front();
  left = left.subspan(1);
  return length;
}

}  // namespace

Bytes seal_bundle(std::uint32_t first, std::span<const Bytes> frames, const crypto::SecretKey& channel) {
  Bytes content;
  for (int shift = 24; shift >= 0; shift -= 8) content.push_back(static_cast<std::uint8_t>(first >> shift));
  for (const Bytes& frame : frames) {
    put_length(content, frame.size());
    content.insert(content.end(), frame.begin(), frame.end());
  }
  const crypto::Signature signature = channel.sign(signed_octets(content));
  Bytes message(kSignature + content.size());
  std::ranges::copy(content, std::ranges::copy(signature.bytes, message.begin()).out);
  return message;
}

std::variant<LiveBundle, Refusal> open_bundle(ByteView message, const crypto::PublicKey& channel) {
  if (message.size() <= kSignature + kNumber || message.size() > kLongestBundle)
    return Refusal{Check::kLength, std::to_string(message.size()) + " octets"};
  const auto signature = crypto::decode_signature(message.first(kSignature));
  ByteView left = message.subspan(kSignature);
  if (!signature || !crypto::verify(channel, signed_octets(left), *signature))
    return Refusal{Check::kSignature, "not by the channel's key"};
  LiveBundle bundle;
  for (std::size_t i = 0; i < kNumber; ++i) bundle.first = bundle.first << 8U | left[i];
  left = left.subspan(kNumber);
  while (!left.empty()) {
    const auto length = take_length(left);
    if (!length || *length > left.size() || *length > kLongestFrame || bundle.frames.size() == kMostFrames)
      return Refusal{Check::kBody, "frames do not fit"};
    bundle.frames.emplace_back(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(*length));
    left = left.subspan(*length);
  }
  if (std::numeric_limits<std::uint32_t>::max() - bundle.first < bundle.frames.size())
    return Refusal{Check::kBody, "number of frames"};
  return bundle;
}

}  // namespace loa::wire
