#include "server/signer/protocol.h"

#include <algorithm>

namespace loa::signer {
namespace {

constexpr std::size_t kLongestText = 255;
constexpr char kSigned = 1;
constexpr char kNotSigned = 0;
// 2^53 µs: beyond what JSON holds exactly there is no instant and no sequence of ours.
constexpr std::uint64_t kMostUs = 9'007'199'254'740'991;

void put_number(std::string& out, std::uint64_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

void put_text(std::string& out, std::string_view text) {
  text = text.substr(0, kLongestText);
  out += static_cast<char>(text.size());
  out += text;
}

// Takes from the front; one nullopt and the whole message is none.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  std::optional<std::string_view> octets(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::optional<std::uint64_t> number(std::size_t count) {
    const auto taken = octets(count);
    if (!taken) return std::nullopt;
    std::uint64_t value = 0;
    for (const char octet : *taken) value = (value << 8U) | static_cast<unsigned char>(octet);
    return value;
  }
  std::optional<std::string_view> text() {
    const auto length = number(1);
    return length ? octets(*length) : std::nullopt;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace

std::string encode_frame(std::string_view message) {
  std::string frame;
  frame.reserve(kFrameHead + message.size());
  put_number(frame, message.size(), kFrameHead);
  frame += message;
  return frame;
}

std::optional<std::size_t> decode_frame_head(std::string_view head) {
  const auto length = Reader(head).number(kFrameHead);
  if (!length || *length > kLongestFrame) return std::nullopt;
  return static_cast<std::size_t>(*length);
}

std::string encode_greeting(const Greeting& greeting) {
  std::string message;
  put_text(message, greeting.station.str());
  message += view_text(greeting.key.bytes);
  return message;
}

std::optional<Greeting> decode_greeting(std::string_view message) {
  Reader reader(message);
  const auto station = reader.text();
  if (!station || !is_valid_id(*station)) return std::nullopt;
  const auto key = crypto::decode_public_key(view_bytes(reader.rest()));
  if (!key) return std::nullopt;
  return Greeting{StationId{std::string{*station}}, *key};
}

std::string encode_request(std::string_view audience, const wire::Body& body) {
  std::string message;
  put_text(message, wire::rule_of(wire::type_of(body)).payload_type);
  put_text(message, audience);
  message += wire::encode_content(body);
  return message;
}

std::variant<Request, Refused> decode_request(std::string_view message) {
  Reader reader(message);
  const auto name = reader.text();
  const auto audience = name ? reader.text() : std::nullopt;
  if (!audience) return Refused{std::string{kMalformed}, "cut off"};
  const auto rules = wire::topic_rules();
  const auto rule = std::ranges::find(rules, *name, &wire::TopicRule::payload_type);
  if (rule == rules.end()) return Refused{std::string{kMalformed}, "no such type"};
  auto content = wire::decode_content(rule->type, reader.rest());
  if (auto* refusal = std::get_if<wire::Refusal>(&content))
    return Refused{std::string{kMalformed}, std::move(refusal->detail)};
  return Request{std::string{*audience}, std::get<wire::Body>(std::move(content))};
}

std::string encode_reply(const Signed& what) {
  std::string message{kSigned};
  put_number(message, static_cast<std::uint64_t>(what.seq), 8);
  put_number(message, static_cast<std::uint64_t>(to_us(what.issued)), 8);
  message += view_text(what.signature.bytes);
  message += what.body;
  return message;
}

std::string encode_reply(const Refused& refused) {
  std::string message{kNotSigned};
  put_text(message, refused.rule);
  message += std::string_view{refused.detail}.substr(0, kLongestText);
  return message;
}

std::optional<std::variant<Signed, Refused>> decode_reply(std::string_view message) {
  Reader reader(message);
  const auto kind = reader.number(1);
  if (kind == static_cast<std::uint64_t>(kNotSigned)) {
    const auto rule = reader.text();
    if (!rule) return std::nullopt;
    return Refused{std::string{*rule}, std::string{reader.rest()}};
  }
  if (kind != static_cast<std::uint64_t>(kSigned)) return std::nullopt;
  const auto seq = reader.number(8);
  const auto issued = reader.number(8);
  const auto octets = reader.octets(crypto::Signature{}.bytes.size());
  if (!seq || !issued || !octets) return std::nullopt;
  const auto signature = crypto::decode_signature(view_bytes(*octets));
  if (!signature || *seq > kMostUs || *issued > kMostUs) return std::nullopt;
  Signed result;
  result.seq = static_cast<std::int64_t>(*seq);
  result.issued = wall_from_us(static_cast<std::int64_t>(*issued));
  result.body = reader.rest();
  result.signature = *signature;
  return result;
}

}  // namespace loa::signer
