#include "cli/audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/wire/messages.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/signer_nearby.h"

namespace loa::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const StationId kStation{"phu-lien"};
const WallTime kNow = wall_from_us(1'800'000'000'000'000);

// Books with five rows and a signed head at the third.
class Audit : public testing::Test {
 protected:
  Audit() {
    auto books = server::Store::make_writer(db::Database::open_writer(file_));
    for (int i = 1; i <= 5; ++i) {
      books.add_audit({PersonId{"hoa"}, "session"}, {"create_area", "a-" + std::to_string(i), "", "{}"}, kNow);
      if (i == 3) books.add_audit_head(3, head_of(books));
    }
    kept_ = head_of(books);
  }
  std::string head_of(server::Store& books, test::SignerNearby* by = nullptr) {
    const auto last = books.last_audit();
    return (by == nullptr ? signer_ : *by).sign("nodes", wire::AuditHead{last->seq, last->hash}, kNow).envelope();
  }
  // As somebody does who has the file and SQLite.
  void tamper(const std::string& sql) {
    auto database = db::Database::open_writer(file_);
    database.execute(
        "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; PRAGMA foreign_keys = OFF; " + sql);
  }
  // Puts the chain right again from that row on.
  void forge_from(std::int64_t seq) {
    std::vector<server::AuditRow> rows;
    auto books = server::Store::make_reader(db::Database::open_reader(file_));
    books.each_audit([&](const server::AuditRow& row) { rows.push_back(row); });
    std::string sql;
    std::string before;
    for (server::AuditRow& row : rows) {
      if (row.seq >= seq) {
        row.hash = server::hash_of(row, before);
        sql += "UPDATE audit SET hash = '" + row.hash + "' WHERE seq = " + std::to_string(row.seq) + ";";
      }
      before = row.hash;
    }
    db::Database::open_writer(file_).execute(sql);
  }
  AuditFound check(const std::vector<std::string>& kept = {}) {
    auto books = server::Store::make_reader(db::Database::open_reader(file_));
    const crypto::PublicKey key = signer_.public_key();
    return check_audit(
        books, kStation, [&](std::string_view id) { return id == crypto::key_id(key) ? &key : nullptr; }, kept);
  }
  std::vector<std::string> faults(const std::vector<std::string>& kept = {}) {
    std::vector<std::string> codes;
    for (const Text& fault : check(kept).faults) codes.push_back(fault.code + " " + fault.args.at(0));
    return codes;
  }

  const test::ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "server.db";
  test::SignerNearby signer_{kStation};
  std::string kept_;
};

TEST_F(Audit, WhatNobodyTouchedIsWhole) {
  const AuditFound found = check({kept_});
  EXPECT_THAT(found.faults, IsEmpty());
  EXPECT_EQ(found.rows, 5);
  EXPECT_EQ(found.heads, 2);
  EXPECT_EQ(found.covered, 5);
  EXPECT_EQ(check().covered, 3);
}

TEST_F(Audit, TheBooksThemselvesRefuseToChangeARow) {
  auto database = db::Database::open_writer(file_);
  EXPECT_THROW(database.execute("UPDATE audit SET person_id = 'lan'"), Error);
  EXPECT_THROW(database.execute("DELETE FROM audit WHERE seq = 5"), Error);
}

class AuditField : public Audit, public testing::WithParamInterface<const char*> {};
TEST_P(AuditField, IsCovered) {
  tamper("UPDATE audit SET " + std::string{GetParam()} + " WHERE seq = 2");
  EXPECT_THAT(faults(), ElementsAre("audit.row_changed 2"));
}
INSTANTIATE_TEST_SUITE_P(All, AuditField,
                         testing::Values("at_us = at_us + 1", "person_id = 'lan'", "via = 'terminal'", "action = 'x'",
                                         "subject = 'x'", "before = '{}'", "after = ''"));

TEST_F(Audit, ARowThatWasTakenAwayIsMissed) {
  tamper("DELETE FROM audit WHERE seq = 2");
  EXPECT_THAT(faults(), ElementsAre("audit.row_missing 2"));
}

TEST_F(Audit, ARowInItsPlaceDoesNotHelp) {
  tamper("DELETE FROM audit WHERE seq = 2; UPDATE audit SET seq = seq - 1 WHERE seq > 2");
  EXPECT_THAT(faults(), ElementsAre("audit.row_changed 2"));
}

TEST_F(Audit, AChainThatWasForgedWholeIsFoundByItsHead) {
  tamper("UPDATE audit SET person_id = 'lan' WHERE seq = 2");
  forge_from(2);
  EXPECT_THAT(faults(), ElementsAre("audit.row_changed 3"));
}

TEST_F(Audit, AfterTheLastHeadOnlyOneThatWasKeptElsewhereTells) {
  tamper("UPDATE audit SET person_id = 'lan' WHERE seq = 4");
  forge_from(4);
  EXPECT_THAT(faults(), IsEmpty()) << "as docs/audit.md says";
  EXPECT_THAT(faults({kept_}), ElementsAre("audit.row_changed 5"));
}

TEST_F(Audit, RowsCutOffAreMissedByTheHead) {
  tamper("DELETE FROM audit WHERE seq >= 3");
  EXPECT_THAT(faults(), ElementsAre("audit.row_missing 3"));
}

TEST_F(Audit, AHeadOfAnotherKeyProvesNothing) {
  test::SignerNearby thief{kStation};
  auto books = server::Store::make_reader(db::Database::open_reader(file_));
  EXPECT_THAT(faults({head_of(books, &thief)}), ElementsAre("audit.head_not_signed --head"));
  test::SignerNearby elsewhere{StationId{"khac"}};
  EXPECT_THAT(faults({head_of(books, &elsewhere)}), ElementsAre("audit.head_not_signed --head"));
  EXPECT_THAT(faults({"nonsense"}), ElementsAre("audit.head_not_signed --head"));
}

TEST_F(Audit, AHeadStandsAtItsOwnRow) {
  tamper("UPDATE audit_heads SET seq = 4");
  EXPECT_THAT(faults(), ElementsAre("audit.head_not_signed 4"));
}

}  // namespace
}  // namespace loa::cli
