// Who works with the ward, as the books have it; docs/people.md, docs/audit.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "server/people/approval.h"
#include "server/people/caller.h"
#include "server/people/role.h"

namespace loa::server {

struct Person {
  PersonId id;
  std::string name;
  Role role = Role::kViewer;
  std::optional<AreaId> area = std::nullopt;
  bool has_password = false;
  bool has_second_factor = false;
  WallTime made{};
  std::optional<WallTime> closed = std::nullopt;
  std::string mail = {};  // address for notices; empty: none
};

struct SecondFactor {
  std::optional<Bytes> secret;
  std::optional<Bytes> wanted;  // being set up
  std::int64_t used = 0;        // the last step that was accepted
};

struct Token {
  std::string id;
  PersonId person;
  std::string name;  // what it is for
  TokenScope scope = TokenScope::kRead;
  WallTime made{};
  WallTime until{};
  std::optional<WallTime> revoked = std::nullopt;
};

// Who did something: nobody, when the server did it by itself.
struct By {
  PersonId person = {};
  std::string via = {};  // session, token:<id>, terminal, invitation
  std::optional<Role> role = std::nullopt;
};

struct AuditEntry {
  std::string action;       // operation of the interface, or what the server did
  std::string subject;      // id
  std::string before = {};  // JSON; empty: nothing
  std::string after = {};
};
struct AuditRow {
  std::int64_t seq = 0;  // from 1, without gaps
  WallTime at{};
  By by;
  AuditEntry entry;
  std::string hash;  // over this row and the hash before it
};

// The newest row at some time, in an envelope that the station key signed.
struct AuditHead {
  std::int64_t seq = 0;
  std::string envelope;
};
struct AuditFilter {
  std::int64_t before = 9'007'199'254'740'991;  // only rows before this one
  std::optional<std::string> subject = std::nullopt;
  std::optional<PersonId> person = std::nullopt;
  std::int64_t limit = 1000;
};

// SHA-256 over the row and the hash of the row before (empty for the first), each field with its length.
[[nodiscard]] std::string hash_of(const AuditRow& row, const std::string& before);

}  // namespace loa::server
