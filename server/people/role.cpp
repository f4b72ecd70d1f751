#include "server/people/role.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/crypto/password.h"
#include "server/people/names.h"

namespace loa::server {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 6> kRoleNames = {{{Role::kChairman, "chairman"},
                                                                          {Role::kEditor, "editor"},
                                                                          {Role::kOperator, "operator"},
                                                                          {Role::kGroupLead, "group_lead"},
                                                                          {Role::kViewer, "viewer"},
                                                                          {Role::kAdmin, "admin"}}};
constexpr std::array<std::pair<TokenScope, std::string_view>, 3> kScopeNames = {
    {{TokenScope::kRead, "read"}, {TokenScope::kWrite, "write"}, {TokenScope::kStop, "stop"}}};

constexpr std::size_t kShortestPassword = 10;  // characters
// A shorter name may stand in a password by chance: nearly every sentence has an "an".
constexpr std::size_t kTellingName = 4;
// What every list of stolen passwords begins with, long enough to pass otherwise, and what stands on this building.
constexpr std::array<std::string_view, 22> kKnownPasswords = {
    "1234567890",  "0123456789",    "12345678910", "0987654321", "1111111111",   "0000000000",
    "123456789a",  "password12",    "password123", "qwertyuiop", "1q2w3e4r5t",   "iloveyou123",
    "matkhau123",  "matkhau1234",   "anhyeuem123", "vietnam123", "haiphong2026", "phulien2026",
    "ubndphulien", "phuongphulien", "loaphuong1",  "truyenthanh"};

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::string_view to_string(Role role) {
  return name_of(kRoleNames, role);
}
std::optional<Role> parse_role(std::string_view text) {
  return value_of(kRoleNames, text);
}

bool needs_second_factor(Role role) {
  return role == Role::kChairman || role == Role::kAdmin;
}

bool is_bound_to_area(Role role) {
  return role == Role::kGroupLead;
}

std::string_view to_string(TokenScope scope) {
  return name_of(kScopeNames, scope);
}
std::optional<TokenScope> parse_token_scope(std::string_view text) {
  return value_of(kScopeNames, text);
}

void require_good_password(const PersonId& person, std::string_view password) {
  const std::string plain = lower(password);
  const bool is_of_one_character = plain.find_first_not_of(plain.substr(0, 1)) == std::string::npos;
  if (count_characters(password) < kShortestPassword || password.size() > crypto::kLongestPassword ||
      is_of_one_character || (person.str().size() >= kTellingName && plain.find(person.str()) != std::string::npos) ||
      std::ranges::find(kKnownPasswords, plain) != kKnownPasswords.end())
    throw Error("person.weak_password", {std::to_string(kShortestPassword)});
}

}  // namespace loa::server
