#include "common/trust/trust_folder.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/root_key.h"
#include "tests/support/scratch_folder.h"

namespace loa::trust {
namespace {

const StationId kStation{"phu-lien"};

class TrustFolderTest : public testing::Test {
 protected:
  std::string load(const StationId& station = kStation) {
    try {
      (void)load_trust_folder(folder_.path(), station);
      return "";
    } catch (const Error& error) {
      EXPECT_TRUE(is_known_text(error.code())) << error.code();
      return error.code();
    }
  }

  const test::ScratchFolder folder_;
  test::RootKey root_{kStation};
  const crypto::SecretKey server_ = crypto::SecretKey::make();
  const std::string trust_ = root_.sign_trust({test::station_key(server_.public_key())});
  const std::string policy_ = root_.sign(test::open_policy());
};

TEST_F(TrustFolderTest, ComesBackAsItWasSigned) {
  save_trust_folder(folder_ / "made", root_.public_key(), trust_, policy_);
  const TrustFolder loaded = load_trust_folder(folder_ / "made", kStation);
  EXPECT_EQ(loaded.trust, trust_);
  EXPECT_EQ(loaded.policy, policy_);
  EXPECT_TRUE(loaded.book.is_station_key(crypto::key_id(server_.public_key())));
  EXPECT_EQ(loaded.book.policy(), test::open_policy());
}

TEST_F(TrustFolderTest, SaysWhichFileIsMissingOrWrong) {
  EXPECT_EQ(load(), "file.cannot_read");
  save_trust_folder(folder_.path(), root_.public_key(), trust_, policy_);
  EXPECT_EQ(load(), "");
  EXPECT_EQ(load(StationId{"other"}), "trust.bad_document");
  save_trust_folder(folder_.path(), root_.public_key(), policy_, trust_);
  EXPECT_EQ(load(), "trust.bad_document");
  save_trust_folder(folder_.path(), test::RootKey{kStation}.public_key(), trust_, policy_);
  EXPECT_EQ(load(), "trust.bad_document");
  save_trust_folder(folder_.path(), root_.public_key(), trust_ + "x", policy_);
  EXPECT_EQ(load(), "trust.bad_document");
}

}  // namespace
}  // namespace loa::trust
