// `loa audit verify`: whether the books still say who did what as it was written; docs/audit.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/crypto/keys.h"
#include "server/store/store.h"

namespace loa::cli {

struct AuditFound {
  std::int64_t rows = 0;
  std::int64_t heads = 0;         // signed
  std::int64_t covered = 0;       // rows up to the newest signed head
  std::vector<Text> faults = {};  // the first of the chain, and one of each head that does not fit
};

// Goes through all rows and heads; `kept` are envelopes that were kept elsewhere. `find_key`: the station key of that
// id, nullptr when it is none or revoked. Throws Error db.*.
[[nodiscard]] AuditFound check_audit(server::Store& books, const StationId& station,
                                     const std::function<const crypto::PublicKey*(std::string_view)>& find_key,
                                     const std::vector<std::string>& kept = {});

struct VerifyAuditArguments {
  std::filesystem::path server;               // server.toml
  std::optional<std::filesystem::path> head;  // an envelope that was kept elsewhere
};
// Its exit code: 0 when all holds, 1 after a line on `err` for each fault.
int run_verify_audit(const VerifyAuditArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
