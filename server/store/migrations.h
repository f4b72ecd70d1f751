// The server's schema, as numbered migrations. A migration that has been released is never edited.
#pragma once

#include <span>

#include "common/db/database.h"

namespace loa::server {

[[nodiscard]] std::span<const db::Migration> migrations();

}  // namespace loa::server
