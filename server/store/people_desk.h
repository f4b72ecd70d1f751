// Secrets that are handed over once and of which the books keep a hash: invitations, sessions, tokens. For the core,
// and for `loa admin` on the server's own machine.
#pragma once

#include <string>
#include <string_view>

#include "common/base/time.h"
#include "server/store/store.h"

namespace loa::server {

inline constexpr std::chrono::hours kInvitationLasts{72};
inline constexpr std::chrono::hours kSessionLasts{12};  // one turn of duty
inline constexpr std::chrono::hours kLongestToken{366 * 24};

// 256 random bits as 64 digits.
[[nodiscard]] std::string make_secret();
// What the books keep of a secret.
[[nodiscard]] std::string hash_of_secret(std::string_view secret);
// Of an invitation as somebody typed it: hyphens, spaces and small letters do not matter. Throws Error
// enrol.code_length, enrol.code_mistyped.
[[nodiscard]] std::string hash_of_invitation(std::string_view typed);

struct Invitation {
  std::string code;
  WallTime until{};
};
// A person's new invitation; see Store::save_invitation.
[[nodiscard]] Invitation invite(Store& store, const PersonId& person, WallTime now);

// A token's secret. person.unknown
[[nodiscard]] std::string issue_token(Store& store, const Token& token);

// The name, role and area that a person may have. Throws Error person.needs_area,
// person.no_area, person.bad_mail, field.*.
void require_sound_person(Person& person);

}  // namespace loa::server
