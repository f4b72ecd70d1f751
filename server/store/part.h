// Internal to server/store.
#pragma once

#include <optional>

#include "common/db/database.h"

namespace loa::server {

// The transaction of one function: its own, or a part of the one that together() has open.
class Part {
 public:
  explicit Part(db::Database& db) {
    if (!db.is_in_transaction()) own_.emplace(db);
  }
  void commit() {
    if (own_) own_->commit();
  }

 private:
  std::optional<db::Transaction> own_;
};

}  // namespace loa::server
