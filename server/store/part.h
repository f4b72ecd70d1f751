// Internal to server/store.
#pragma once

#include <optional>
#include <string>

#include "common/base/error.h"
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

// The value of a word that a CHECK or our own code let in.
template <class Value>
Value word(const db::Database& db, std::optional<Value> value, const std::string& text) {
  if (!value) throw Error("db.damaged", {db.name(), text});
  return *value;
}

}  // namespace loa::server
