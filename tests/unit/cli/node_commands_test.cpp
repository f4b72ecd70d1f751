#include "cli/node/node_commands.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/office.h"
#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

TEST(OfficeOfTheTool, BelievesNobodyWithoutAnAuthority) {
  const test::ScratchFolder folder;
  try {
    const Office office("https://localhost:1", folder / "nothing.pem", "token");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "http.bad_certificate");
  }
}

TEST(NodeCommands, EveryFailureIsOneLine) {
  const test::ScratchFolder folder;
  OfficeArguments office{"https://127.0.0.1:1", folder / "ca.pem", folder / "token"};
  const auto fails = [&] {
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(run_list_nodes(office, out, err), 1);
    EXPECT_EQ(out.str(), "");
    const std::string said = err.str();
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  };
  fails();  // no token
  const auto write_token = [&](std::string_view text) {
    crypto::write_file_atomically(folder / "token", view_bytes(text), crypto::Readers::kOwner,
                                  crypto::IfExists::kReplace);
  };
  write_token("\n");
  fails();
  write_token("0123\n");
  fails();  // no authority
  std::ofstream(folder / "ca.pem") << crypto::CertificateAuthority::make("x", system_now().wall).certificate_pem();
  fails();  // no server
  office.server = "http://localhost";
  fails();
}

}  // namespace
}  // namespace loa::cli
