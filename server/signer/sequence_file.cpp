#include "server/signer/sequence_file.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/sha256.h"

namespace loa::signer {
namespace {

constexpr std::size_t kDigits = 19;
constexpr std::size_t kSum = 16;
constexpr std::size_t kSlot = kDigits + 1 + kSum + 1;  // number, space, checksum, line end

std::string checksum(std::string_view digits) {
  return crypto::to_hex(crypto::sha256(view_bytes(digits))).substr(0, kSum);
}

std::string encode_slot(std::int64_t seq) {
  std::string digits = std::to_string(seq);
  digits.insert(0, kDigits - digits.size(), '0');
  return digits + " " + checksum(digits) + "\n";
}

std::optional<std::int64_t> decode_slot(std::string_view slot) {
  if (slot.size() != kSlot) return std::nullopt;
  const std::string_view digits = slot.substr(0, kDigits);
  if (slot.substr(kDigits + 1, kSum) != checksum(digits)) return std::nullopt;
  std::int64_t seq = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return seq;
}

struct Slots {
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> second;
  [[nodiscard]] std::int64_t reserved() const { return std::max(first.value_or(0), second.value_or(0)); }
};

// Of an open file. Throws Error file.cannot_read, signer.bad_state.
Slots read_slots(const Descriptor& file, const std::string& name) {
  std::array<char, 2 * kSlot> bytes{};
  const ssize_t got = ::pread(file.number(), bytes.data(), bytes.size(), 0);
  if (got < 0) throw Error("file.cannot_read", {name, std::strerror(errno)});
  const std::string_view text{bytes.data(), static_cast<std::size_t>(got)};
  const Slots slots{decode_slot(text.substr(0, kSlot)),
                    decode_slot(text.size() > kSlot ? text.substr(kSlot) : std::string_view{})};
  if (!text.empty() && !slots.first && !slots.second) throw Error("signer.bad_state", {name});
  return slots;
}

}  // namespace

SequenceFile::SequenceFile(const std::filesystem::path& file)
    : name_(file.string()), file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  if (!file_.is_open()) throw Error("file.cannot_write", {name_, std::strerror(errno)});
  if (::flock(file_.number(), LOCK_EX | LOCK_NB) != 0) throw Error("signer.already_running", {name_});
  const Slots slots = read_slots(file_, name_);
  reserved_ = slots.reserved();
  next_slot_ = slots.first.value_or(0) > slots.second.value_or(0) ? 1 : 0;
  // The name of a new file has to last as well as what is in it.
  sync_path(file.parent_path());
}

std::int64_t read_reserved(const std::filesystem::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!opened.is_open()) throw Error("file.cannot_read", {file.string(), std::strerror(errno)});
  return read_slots(opened, file.string()).reserved();
}

void SequenceFile::reserve(std::int64_t until) {
  const std::string slot = encode_slot(until);
  const auto at = static_cast<off_t>(kSlot) * next_slot_;
  if (::pwrite(file_.number(), slot.data(), slot.size(), at) != static_cast<ssize_t>(slot.size()) ||
      ::fdatasync(file_.number()) != 0)
    throw cannot_write(name_, errno);
  reserved_ = until;
  next_slot_ = 1 - next_slot_;
}

}  // namespace loa::signer
