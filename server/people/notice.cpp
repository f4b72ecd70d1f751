#include "server/people/notice.h"

#include <algorithm>

namespace loa::server {
namespace {

constexpr std::size_t kLongestAddress = 254;  // RFC 5321 §4.5.3.1.3

}  // namespace

bool is_mail_address(const std::string& text) {
  const auto at = text.find('@');
  return at != 0 && at != std::string::npos && at + 1 < text.size() && text.find('@', at + 1) == std::string::npos &&
         text.size() <= kLongestAddress &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '<' && c != '>' && c != '"'; });
}

}  // namespace loa::server
