#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/ward/provision.h"
#include "common/crypto/certificates.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const WallTime kNow = *parse_utc("2026-11-24T00:00:00Z");

WardPlan plan_in(const fs::path& folder) {
  WardPlan plan;
  plan.folder = folder;
  plan.station = StationId{"phu-lien"};
  plan.web = folder / "a \"web\"";
  plan.http_port = 8443;
  plan.broker_port = 8883;
  plan.nodes = {{NodeId{"tdp-01"}, AreaId{"to-1"}, "Loa 1", "file:/tmp/x", ""}};
  return plan;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

mode_t mode_of(const fs::path& file) {
  struct stat info {};
  EXPECT_EQ(::stat(file.c_str(), &info), 0) << file;
  return info.st_mode & 0777;
}

TEST(WardProvision, SecretsAreTheOwnersAlone) {
  const test::ScratchFolder scratch;
  (void)provision(plan_in(scratch.path()), kNow);
  for (const char* file : {"station/authority.key", "signer/station.key", "station/https.key.pem",
                           "broker/broker.key.pem", "station/server-client.key.pem"})
    EXPECT_EQ(mode_of(scratch / file), 0600U) << file;
  for (const char* folder : {"station", "signer"}) EXPECT_EQ(mode_of(scratch / folder), 0700U) << folder;
}

TEST(WardProvision, TheServerIsToldOfNoSecretKeyOfTheStation) {
  const test::ScratchFolder scratch;
  const ProvisionedWard ward = provision(plan_in(scratch.path()), kNow);
  EXPECT_EQ(content_of(ward.server_config).find("station.key"), std::string::npos);
  EXPECT_FALSE(fs::exists(scratch / "station/station.key"));
  EXPECT_THAT(content_of(ward.signer_config), HasSubstr("key = \"station.key\""));
}

TEST(WardProvision, ASecondRunIsTheSameWard) {
  const test::ScratchFolder scratch;
  const ProvisionedWard first = provision(plan_in(scratch.path()), kNow);
  const std::string authority = content_of(first.authority);
  const std::string root = content_of(scratch / "station/trust/root.pub");
  const std::string trust = content_of(scratch / "station/trust/trust.json");
  const std::string revoked = content_of(scratch / "broker/revoked.pem");
  const ProvisionedWard second = provision(plan_in(scratch.path()), kNow + std::chrono::hours{24});
  EXPECT_EQ(content_of(second.authority), authority);
  EXPECT_EQ(content_of(scratch / "station/trust/root.pub"), root);
  EXPECT_EQ(content_of(scratch / "station/trust/trust.json"), trust);
  EXPECT_EQ(content_of(scratch / "broker/revoked.pem"), revoked);
}

TEST(WardProvision, CertificatesThatEndSoonAreIssuedAnew) {
  const test::ScratchFolder scratch;
  (void)provision(plan_in(scratch.path()), kNow);
  const std::string https = content_of(scratch / "station/https.pem");
  const WallTime end = crypto::read_certificate(https).not_after;
  (void)provision(plan_in(scratch.path()), end - std::chrono::hours{24 * 31});
  EXPECT_EQ(content_of(scratch / "station/https.pem"), https);
  (void)provision(plan_in(scratch.path()), end - std::chrono::hours{24 * 29});
  EXPECT_NE(content_of(scratch / "station/https.pem"), https);
}

TEST(WardProvision, KeepsNothingOfANode) {
  const test::ScratchFolder scratch;
  (void)provision(plan_in(scratch.path()), kNow);
  EXPECT_TRUE(fs::is_empty(scratch / "nodes"));
}

TEST(WardProvision, AListOfRevokedCertificatesIsThereFromTheStart) {
  const test::ScratchFolder scratch;
  const ProvisionedWard ward = provision(plan_in(scratch.path()), kNow);
  EXPECT_TRUE(crypto::read_revocation_list(content_of(scratch / "broker/revoked.pem")).serials.empty());
  EXPECT_THAT(content_of(ward.broker_config), HasSubstr("crlfile " + (scratch / "broker/revoked.pem").string() + "\n"));
}

TEST(WardProvision, ANodeIsPointedAtThesePortsAndKeepsTheRest) {
  const test::ScratchFolder scratch;
  std::ofstream(scratch / "node.toml") << "[server]\nurl = \"https://localhost:1\"\nbroker_host = \"localhost\"\n"
                                          "broker_port = 2\n\n[sound]\nsink = \"alsa:url = \"\n";
  point_node_at(scratch / "node.toml", 8443, 8883);
  EXPECT_EQ(content_of(scratch / "node.toml"),
            "[server]\nurl = \"https://localhost:8443\"\nbroker_host = \"localhost\"\nbroker_port = 8883\n\n"
            "[sound]\nsink = \"alsa:url = \"\n");
}

TEST(WardProvision, PathsAreQuotedInTheConfiguration) {
  const test::ScratchFolder scratch;
  const ProvisionedWard ward = provision(plan_in(scratch.path()), kNow);
  EXPECT_THAT(content_of(ward.server_config), HasSubstr(R"(a \"web\")"));
}

}  // namespace
}  // namespace loa::cli
