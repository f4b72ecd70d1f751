#include "cli/admin/admin.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/files.h"
#include "server/store/people_desk.h"
#include "server/store/store.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

using testing::HasSubstr;

class Admin : public testing::Test {
 protected:
  Admin() {
    std::ofstream(folder_ / "server.toml") << "[station]\nid = \"phu-lien\"\ndata = \"server\"\n";
    arguments_.server = folder_ / "server.toml";
    arguments_.person = "an";
    arguments_.name = "Nguyễn Văn An";
  }
  int run(int (*command)(const AdminArguments&, std::ostream&, std::ostream&)) {
    out_.str("");
    err_.str("");
    return command(arguments_, out_, err_);
  }
  server::Store books() { return server::Store::make_reader(db::Database::open_reader(folder_ / "server/server.db")); }
  // The invitation that was printed: the line between the empty ones.
  std::string code() {
    std::istringstream in(out_.str());
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("    ")) return line.substr(4);
    return {};
  }

  const test::ScratchFolder folder_;
  AdminArguments arguments_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(Admin, TheFirstIsMadeWithAnInvitationAndNoPassword) {
  ASSERT_EQ(run(run_create_admin), 0) << err_.str();
  const auto person = books().load_person(PersonId{"an"});
  ASSERT_TRUE(person);
  EXPECT_EQ(person->role, server::Role::kAdmin);
  EXPECT_FALSE(person->has_password);
  EXPECT_EQ(books().find_invited(server::hash_of_invitation(code()), system_now().wall), PersonId{"an"});
  const auto row = books().last_audit();
  EXPECT_EQ(row->entry.action, "create_person");
  EXPECT_EQ(row->by.via, "terminal");
  EXPECT_EQ(run(run_create_admin), 1);
  EXPECT_THAT(err_.str(), HasSubstr("an"));
}

TEST_F(Admin, AnInvitationIsAWayBackIn) {
  ASSERT_EQ(run(run_create_admin), 0) << err_.str();
  const std::string first = code();
  ASSERT_EQ(run(run_invite), 0) << err_.str();
  EXPECT_NE(code(), first);
  EXPECT_EQ(books().find_invited(server::hash_of_invitation(first), system_now().wall), std::nullopt);
  arguments_.person = "nobody";
  EXPECT_EQ(run(run_invite), 1);
}

TEST_F(Admin, ATokenGoesIntoAFileOfItsOwn) {
  ASSERT_EQ(run(run_create_admin), 0) << err_.str();
  arguments_.out = folder_ / "an.token";
  arguments_.scope = "write";
  arguments_.days = 2;
  ASSERT_EQ(run(run_issue_token), 0) << err_.str();
  const std::string secret{view_text(crypto::read_secret_file(arguments_.out, 100))};
  const WallTime now = system_now().wall;
  const auto caller = books().find_token(server::hash_of_secret(secret), now);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->scope, server::TokenScope::kWrite);
  EXPECT_FALSE(books().find_token(server::hash_of_secret(secret), now + std::chrono::hours{49}));
  EXPECT_THAT(out_.str(), testing::Not(HasSubstr(secret)));
  EXPECT_EQ(run(run_issue_token), 1) << "the file is there";
  EXPECT_EQ(books().load_tokens().size(), 1U) << "and no token without one";
  arguments_.scope = "all";
  EXPECT_EQ(run(run_issue_token), 1);
}

}  // namespace
}  // namespace loa::cli
