// Who somebody is to the ward, docs/people.md. Any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/ids.h"

namespace loa::server {

enum class Role { kChairman, kEditor, kOperator, kGroupLead, kViewer, kAdmin };
inline constexpr std::array kRoles = {Role::kChairman,  Role::kEditor, Role::kOperator,
                                      Role::kGroupLead, Role::kViewer, Role::kAdmin};
[[nodiscard]] std::string_view to_string(Role role);
[[nodiscard]] std::optional<Role> parse_role(std::string_view text);

// Whether a password alone opens nothing.
[[nodiscard]] bool needs_second_factor(Role role);
// Whether somebody in this role works for one area; all others for the whole ward.
[[nodiscard]] bool is_bound_to_area(Role role);

// What a program may do with a token, beside its owner's role.
enum class TokenScope { kRead, kWrite, kStop };
[[nodiscard]] std::string_view to_string(TokenScope scope);
[[nodiscard]] std::optional<TokenScope> parse_token_scope(std::string_view text);

// Throws Error person.weak_password, with what is wanted: length in characters, a word of every list of stolen
// passwords, the own name unless it is very short.
void require_good_password(const PersonId& person, std::string_view password);

}  // namespace loa::server
