#include "common/http/packing.h"

#include <limits>
#include <new>
#include <stdexcept>

#include <zlib.h>

#include "common/http/fields.h"

namespace loa::http {

namespace {

constexpr int kWindowOfGzip = 15 + 16;
constexpr int kMemory = 8;  // zlib's own choice

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// What stands before the separator; `text` keeps what stands behind it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return trimmed(taken);
}

}  // namespace

std::string gzip(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<uInt>::max())
    throw std::length_error("gzip: more than one call of zlib takes");
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kWindowOfGzip, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  std::string input{bytes};  // zlib's pointer is not const
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::logic_error("gzip: the bound that zlib gave was too small");
  return packed;
}

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
  while (!accept_encoding.empty()) {
    std::string_view parameters = take_until(accept_encoding, ',');
    if (!equal_ignoring_case(take_until(parameters, ';'), coding)) continue;
    while (!parameters.empty()) {
      const std::string_view parameter = take_until(parameters, ';');
      if (parameter == "q=0" ||
          (parameter.starts_with("q=0.") && parameter.find_first_not_of('0', 4) == std::string_view::npos))
        return false;
    }
    return true;
  }
  return false;
}

}  // namespace loa::http
