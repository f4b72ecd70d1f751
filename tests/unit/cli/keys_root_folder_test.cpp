#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/keys/root_folder.h"
#include "common/base/error.h"
#include "common/trust/trust_folder.h"
#include "tests/support/root_key.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;
using testing::SizeIs;

const StationId kStation{"phu-lien"};
const WallTime kNow = *parse_utc("2026-11-24T07:00:00Z");
constexpr auto kYear = std::chrono::hours{365 * 24};

class RootFolderTest : public testing::Test {
 protected:
  template <class Action>
  std::string failure(Action&& action) {
    try {
      static_cast<void>(action());
      return "";
    } catch (const Error& error) {
      EXPECT_TRUE(is_known_text(error.code())) << error.code();
      return error.code();
    }
  }
  [[nodiscard]] std::vector<fs::path> secrets() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder()))
      if (entry.path().extension() == ".key") found.push_back(entry.path());
    return found;
  }
  [[nodiscard]] fs::path folder() const { return scratch_ / "root"; }
  // A whole one: a station key and a policy.
  RootFolder make() {
    RootFolder root = RootFolder::init(folder(), kStation, kNow);
    root.add_key(wire::KeyRole::kStation, server_.public_key(), "máy chủ", kNow, kYear);
    root.set_policy(test::open_policy(), kNow);
    return root;
  }
  // What a node holds that takes what the folder exports.
  void take(trust::TrustBook& book, const RootFolder& root) {
    root.export_to(scratch_ / "out");
    for (const auto& [type, name] :
         {std::pair{wire::MessageType::kTrust, "trust.json"}, std::pair{wire::MessageType::kPolicy, "policy.json"}}) {
      std::ifstream in(scratch_ / "out" / name);
      const std::string envelope{std::istreambuf_iterator<char>(in), {}};
      const auto opened = book.open(type, view_bytes(envelope));
      const auto* refusal = std::get_if<wire::Refusal>(&opened);
      ASSERT_EQ(refusal, nullptr) << name << " " << wire::to_string(refusal->check) << " " << refusal->detail;
      if (const auto* document = std::get_if<trust::RootDocument>(&opened)) book.adopt(*document);
    }
  }

  const test::ScratchFolder scratch_;
  const crypto::SecretKey server_ = crypto::SecretKey::make();
};

TEST_F(RootFolderTest, TheSecretIsItsOwnersAlone) {
  (void)make();
  ASSERT_THAT(secrets(), SizeIs(1));
  struct stat info {};
  ASSERT_EQ(::stat(secrets()[0].c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(RootFolderTest, IsNeverMadeTwice) {
  (void)make();
  EXPECT_EQ(failure([&] { return RootFolder::init(folder(), kStation, kNow); }), "trust.root_exists");
  EXPECT_EQ(failure([&] { return RootFolder::load(scratch_ / "nowhere"); }), "trust.no_root");
}

TEST_F(RootFolderTest, ComesBackAsItWas) {
  const RootFolder made = make();
  const RootFolder loaded = RootFolder::load(folder());
  EXPECT_EQ(loaded.station(), kStation);
  EXPECT_EQ(loaded.root(), made.root());
  EXPECT_EQ(loaded.trust(), made.trust());
  EXPECT_EQ(loaded.policy(), made.policy());
}

TEST_F(RootFolderTest, EveryDocumentIsNewerThanTheOneBeforeAlsoWhenTheClockWentBack) {
  RootFolder root = make();
  trust::TrustBook book(kStation, root.root());
  take(book, root);
  const std::int64_t before = book.seq_of(wire::MessageType::kTrust);
  RootFolder again = RootFolder::load(folder());
  again.revoke(crypto::key_id(server_.public_key()), kNow - kYear);
  take(book, again);
  EXPECT_GT(book.seq_of(wire::MessageType::kTrust), before);
  EXPECT_FALSE(book.is_station_key(crypto::key_id(server_.public_key())));
}

TEST_F(RootFolderTest, RevokedIsForEver) {
  RootFolder root = make();
  root.revoke(crypto::key_id(server_.public_key()), kNow);
  EXPECT_EQ(failure([&] {
              root.add_key(wire::KeyRole::kStation, server_.public_key(), "again", kNow, kYear);
              return 0;
            }),
            "trust.key_revoked");
  EXPECT_EQ(failure([&] {
              root.revoke("0123456789abcdef", kNow);
              return 0;
            }),
            "trust.key_unknown");
  EXPECT_THAT(root.trust().keys, SizeIs(1));
}

TEST_F(RootFolderTest, AddingAKeyThatIsListedSignsNothingAnew) {
  RootFolder root = make();
  const wire::Trust before = root.trust();
  root.add_key(wire::KeyRole::kStation, server_.public_key(), "again", kNow + kYear, kYear);
  EXPECT_EQ(root.trust(), before);
}

TEST_F(RootFolderTest, NodesOfTheFirstRootFollowTwoRotations) {
  RootFolder root = make();
  trust::TrustBook away(kStation, root.root());
  trust::TrustBook present(kStation, root.root());
  take(present, root);
  root.rotate(kNow);
  take(present, root);
  root.rotate(kNow);
  take(present, root);
  take(away, root);
  EXPECT_EQ(away.root(), root.root());
  EXPECT_EQ(present.root(), root.root());
  EXPECT_TRUE(away.is_station_key(crypto::key_id(server_.public_key())));
  EXPECT_EQ(away.policy(), test::open_policy());
  EXPECT_THAT(secrets(), SizeIs(1)) << "an old root key is destroyed";
  EXPECT_EQ(RootFolder::load(folder()).root(), root.root());
}

TEST_F(RootFolderTest, ARotationThatWasCutOffIsCompletedByTheNextCommand) {
  RootFolder root = make();
  const crypto::PublicKey before = root.root();
  const fs::path saved = scratch_ / "saved";
  fs::copy(folder(), saved);
  root.rotate(kNow);
  // The power failed after the new trust document: the old policy and the old key are still there.
  fs::copy_file(saved / "policy.json", folder() / "policy.json", fs::copy_options::overwrite_existing);
  fs::copy_file(saved / ("root-" + crypto::key_id(before) + ".key"),
                folder() / ("root-" + crypto::key_id(before) + ".key"));
  const RootFolder loaded = RootFolder::load(folder());
  EXPECT_EQ(loaded.root(), root.root());
  trust::TrustBook book(kStation, before);
  take(book, loaded);
  EXPECT_EQ(book.root(), root.root());
  EXPECT_TRUE(book.policy().has_value());
}

TEST_F(RootFolderTest, ARotationThatNeverBeganLeavesTheOldRoot) {
  const RootFolder made = make();
  crypto::save_secret_key(crypto::SecretKey::make(), folder() / "root-0000000000000000.key");
  EXPECT_EQ(RootFolder::load(folder()).root(), made.root());
}

TEST_F(RootFolderTest, WhatIsMissingOrDamagedIsNamed) {
  (void)make();
  std::ofstream(folder() / "policy.json") << "{}";
  EXPECT_EQ(failure([&] { return RootFolder::load(folder()); }), "trust.bad_document");
  fs::remove(folder() / "policy.json");
  const RootFolder root = RootFolder::load(folder());
  EXPECT_EQ(failure([&] {
              root.export_to(scratch_ / "out");
              return 0;
            }),
            "trust.no_policy");
  fs::remove(secrets()[0]);
  EXPECT_EQ(failure([&] { return RootFolder::load(folder()); }), "trust.root_key_missing");
}

}  // namespace
}  // namespace loa::cli
