// `loa admin`, on the server's own machine: the first administrator, and the way back in for one who lost the way.
// Works on the books themselves, whether the server runs or not; whoever may write them could do anything anyway.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "common/base/ids.h"
#include "server/people/role.h"

namespace loa::cli {

struct AdminArguments {
  std::filesystem::path server;  // server.toml
  std::string person;            // name to sign in by
  std::string name;              // create: what people call them
  std::string scope = "read";    // token
  int days = 366;                // token: how long it is good for
  std::filesystem::path out;     // token: file that must not exist yet (0600)
};

// Exit codes: 0, or 1 after one line on `err`.
int run_create_admin(const AdminArguments& arguments, std::ostream& out, std::ostream& err);
int run_invite(const AdminArguments& arguments, std::ostream& out, std::ostream& err);
int run_issue_token(const AdminArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
