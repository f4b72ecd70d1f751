// Who asks for something: what the HTTP interface found out about a request.
#pragma once

#include <optional>
#include <string>

#include "common/base/ids.h"
#include "server/people/role.h"

namespace loa::server {

struct Caller {
  PersonId person;
  std::string name;
  Role role = Role::kViewer;
  std::optional<AreaId> area = std::nullopt;  // whom it is bound to; none: the whole ward
  enum class Standing {
    kFull,
    kNewcomer,  // has yet to set up the second factor, and may do nothing else
  };
  Standing standing = Standing::kFull;
  std::string via = {};                            // session, or token:<id>
  std::string session = {};                        // SHA-256 of its secret; empty with a token
  std::optional<TokenScope> scope = std::nullopt;  // of the token that a program asks with
};

}  // namespace loa::server
