#include <fstream>
#include <sstream>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/ward/init.h"
#include "common/crypto/certificates.h"
#include "common/trust/trust_folder.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;
using test::read_whole_file;
using testing::AllOf;
using testing::HasSubstr;

const WallTime kNow = *parse_utc("2026-11-28T00:00:00Z");
constexpr uid_t kSomebody = 65'534;

struct stat state_of(const fs::path& file) {
  struct stat info {};
  EXPECT_EQ(::stat(file.c_str(), &info), 0) << file;
  return info;
}

// As the package leaves it: folders and configuration, no key.
class WardInit : public testing::Test {
 protected:
  WardInit() {
    for (const char* folder : {"station", "signer", "broker", "trust", "public"})
      fs::create_directories(folder_ / folder);
    configure("phu-lien");
    std::ofstream(folder_ / "server.toml")
        << "[station]\nid = \"phu-lien\"\n[http]\ncertificate = \"station/https.pem\"\n"
           "certificate_key = \"station/https.key.pem\"\n[broker]\nport = 8883\n"
           "authority = \"station/broker-authority.pem\"\ncertificate = \"station/server-client.pem\"\n"
           "certificate_key = \"station/server-client.key.pem\"\nrevocation_list = \"public/revoked.pem\"\n"
           "[enrolment]\nauthority = \"station/authority.pem\"\nauthority_key = \"station/authority.key\"\n"
           "trust = \"trust\"\nbroker_host = \"loa.phulien.vn\"\n";
    std::ofstream(folder_ / "policy.toml") << read_whole_file(LOA_SOURCE_DIR "/deploy/etc/policy.toml");
    arguments_.server = folder_ / "server.toml";
    arguments_.signer = folder_ / "signer/signer.toml";
    arguments_.broker = folder_ / "broker";
    arguments_.policy = folder_ / "policy.toml";
    arguments_.root = folder_ / "root";
    arguments_.names = {"192.0.2.7"};
  }
  void configure(const std::string& station) const {
    std::ofstream(folder_ / "signer/signer.toml")
        << "[station]\nid = \"" << station << "\"\nkey = \"station.key\"\ntrust = \"../trust\"\n";
  }
  int init(WallTime now = kNow) {
    std::ostringstream out;
    std::ostringstream err;
    const int result = run_init(arguments_, now, out, err);
    out_ = out.str();
    err_ = err.str();
    return result;
  }
  [[nodiscard]] std::string content_of(const std::string& file) const { return read_whole_file(folder_ / file); }

  const test::ScratchFolder folder_;
  InitArguments arguments_;
  std::string out_;
  std::string err_;
};

TEST_F(WardInit, MakesAllThatTheConfigurationNames) {
  ASSERT_EQ(init(), 0) << err_;
  for (const char* secret : {"station/authority.key", "station/https.key.pem", "station/server-client.key.pem",
                             "broker/broker.key.pem", "signer/station.key"})
    EXPECT_EQ(state_of(folder_ / secret).st_mode & 0777, 0600U) << secret;
  for (const char* open : {"station/broker-authority.pem", "broker/authority.pem"})
    EXPECT_EQ(content_of(open), content_of("station/authority.pem")) << open;
  EXPECT_EQ(crypto::read_certificate(content_of("station/https.pem")).common_name, "loa.phulien.vn");
  EXPECT_EQ(crypto::read_certificate(content_of("station/server-client.pem")).common_name, "server");
  EXPECT_TRUE(crypto::read_revocation_list(content_of("public/revoked.pem")).serials.empty());
  EXPECT_THAT(
      content_of("broker/mosquitto.conf"),
      AllOf(HasSubstr("\nlistener 8883 0.0.0.0\n"), HasSubstr("\ncrlfile " + (folder_ / "public/revoked.pem").string()),
            HasSubstr("\npid_file /run/loa-broker/pid\n"), HasSubstr("\npersistence false\n")));
  const trust::TrustFolder trusted = trust::load_trust_folder(folder_ / "trust", StationId{"phu-lien"});
  EXPECT_TRUE(trusted.book.policy()->by_default.quiet.has_value());
  EXPECT_THAT(
      out_,
      AllOf(HasSubstr("station/authority.key"),
            HasSubstr(format_utc(crypto::read_certificate(content_of("station/https.pem")).not_after).substr(0, 10))));
}

TEST_F(WardInit, ASecondTimeChangesNothingAndNeedsNoRootKey) {
  ASSERT_EQ(init(), 0) << err_;
  const std::string https = content_of("station/https.pem");
  fs::rename(folder_ / "root", folder_ / "drawer");
  arguments_.root.clear();
  ASSERT_EQ(init(kNow + std::chrono::hours{24}), 0) << err_;
  EXPECT_EQ(content_of("station/https.pem"), https);
  EXPECT_EQ(out_.find("  "), std::string::npos) << out_;
}

TEST_F(WardInit, WhatEndsSoonAndWhatIsToBeRenewedIsIssuedAnew) {
  ASSERT_EQ(init(), 0) << err_;
  const std::string authority = content_of("station/authority.pem");
  std::string https = content_of("station/https.pem");
  std::string broker = content_of("broker/broker.pem");
  const auto expect_renewed = [&] {
    EXPECT_NE(content_of("station/https.pem"), std::exchange(https, content_of("station/https.pem")));
    EXPECT_NE(content_of("broker/broker.pem"), std::exchange(broker, content_of("broker/broker.pem")));
    EXPECT_EQ(content_of("station/authority.pem"), authority);
  };
  ASSERT_EQ(init(crypto::read_certificate(https).not_after - std::chrono::hours{24 * 29}), 0) << err_;
  expect_renewed();
  arguments_.certificates = Certificates::kRenew;
  ASSERT_EQ(init(), 0) << err_;
  expect_renewed();
}

TEST_F(WardInit, WithoutARootKeyThereIsNoNewWard) {
  arguments_.root.clear();
  EXPECT_EQ(init(), 1);
  EXPECT_THAT(err_, HasSubstr("--root"));
  EXPECT_TRUE(fs::is_empty(folder_ / "station"));
}

TEST_F(WardInit, TwoStationsInTheConfigurationAreRefused) {
  configure("phu-lien-2");
  EXPECT_EQ(init(), 1);
  EXPECT_THAT(err_, AllOf(HasSubstr("phu-lien-2"), HasSubstr("signer.toml")));
  EXPECT_TRUE(fs::is_empty(folder_ / "station"));
}

TEST_F(WardInit, TheRootKeyOfAnotherStationSignsNothing) {
  ASSERT_EQ(init(), 0) << err_;
  configure("an-duong");
  std::string server = content_of("server.toml");
  server.replace(server.find("phu-lien"), 8, "an-duong");
  std::ofstream(folder_ / "server.toml") << server;
  const std::string trust = content_of("trust/trust.json");
  EXPECT_EQ(init(), 1);
  EXPECT_THAT(err_, HasSubstr("phu-lien"));
  EXPECT_EQ(content_of("trust/trust.json"), trust);
}

TEST_F(WardInit, WhatRootMakesBelongsToWhomTheFolderBelongs) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  for (const char* folder : {"station", "signer", "broker", "public"})
    ASSERT_EQ(::chown((folder_ / folder).c_str(), kSomebody, kSomebody), 0);
  ASSERT_EQ(init(), 0) << err_;
  for (const char* folder : {"station", "broker", "public"})
    for (const auto& entry : fs::directory_iterator(folder_ / folder))
      EXPECT_EQ(state_of(entry.path()).st_uid, kSomebody) << entry.path();
  EXPECT_EQ(state_of(folder_ / "signer/station.key").st_uid, kSomebody);
  EXPECT_EQ(state_of(folder_ / "trust/trust.json").st_uid, 0U) << "the server could write whom to believe";
}

}  // namespace
}  // namespace loa::cli
