#include "cli/node/node_commands.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/node/qr.h"
#include "cli/office.h"
#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

// One character for each module of the picture, '#' where it is dark.
std::vector<std::string> modules_of(const std::string& picture) {
  std::vector<std::string> rows;
  std::istringstream lines(picture);
  for (std::string line; std::getline(lines, line);) {
    std::string upper;
    std::string lower;
    for (std::size_t i = 0; i < line.size();) {
      const bool is_block = line[i] != ' ';
      const std::string cell = line.substr(i, is_block ? 3 : 1);
      upper += cell == " " || cell == "▄" ? '#' : '.';
      lower += cell == " " || cell == "▀" ? '#' : '.';
      i += cell.size();
    }
    rows.push_back(upper);
    rows.push_back(lower);
  }
  return rows;
}

TEST(QrPicture, HasItsThreeCornersAndAQuietZone) {
  const std::vector<std::string> rows = modules_of(draw_qr("loa-node enrol --server https://loa.phulien.vn:8443"));
  const std::size_t width = rows.at(0).size();
  for (const std::string& row : rows) ASSERT_EQ(row.size(), width);
  for (int y = 0; y < 4; ++y) EXPECT_EQ(rows.at(static_cast<std::size_t>(y)), std::string(width, '.'));
  // ISO/IEC 18004 §6.3.3: 7 modules, rings of 1, 1 and 3.
  const std::vector<std::string> finder = {"#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"};
  const std::size_t far = width - 4 - 7;
  for (std::size_t y = 0; y < 7; ++y) {
    EXPECT_EQ(rows.at(4 + y).substr(4, 7), finder[y]);
    EXPECT_EQ(rows.at(4 + y).substr(far, 7), finder[y]);
    EXPECT_EQ(rows.at(far + y).substr(4, 7), finder[y]);
  }
}

TEST(QrPicture, WhatIsTooLongIsRefused) {
  EXPECT_THROW((void)draw_qr(std::string(5000, 'x')), Error);
}

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
