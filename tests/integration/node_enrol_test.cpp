// `loa-node enrol` as a library against a real HTTPS server that answers as it should, not at all, or falsely.
#include <atomic>
#include <fstream>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/config/config.h"
#include "common/crypto/files.h"
#include "common/http/server.h"
#include "node-agent/enrol/enrol.h"
#include "node-agent/enrol/renewal.h"
#include "tests/support/child.h"
#include "tests/support/enrolment_fixture.h"
#include "tests/support/scratch_folder.h"

namespace loa::node {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

const NodeId kNode{"tdp-01"};

enum class Manner { kHonest, kBusy, kSilentAfterBooking, kForged, kForAnotherRequest };

class NodeEnrol : public testing::Test {
 protected:
  NodeEnrol() {
    const WallTime now = system_now().wall;
    crypto::CertificateAuthority::make("Loa test", now).save(folder_ / "ca.pem", folder_ / "ca.key");
    store_.add_area({AreaId{"to-1"}, std::nullopt, "Tổ 1"}, now);
    store_.add_node({kNode, AreaId{"to-1"}, "Loa"}, now);
    start({});
    code_ = fixture_->enrolment.make_code(kNode, now).code;
  }

  [[nodiscard]] crypto::CertificateAuthority authority() const {
    return crypto::CertificateAuthority::load(folder_ / "ca.pem", folder_ / "ca.key");
  }
  void start(const crypto::ServerNames& names) {
    crypto::save_identity(authority().issue_server(names, system_now().wall), folder_ / "https.pem",
                          folder_ / "https.key");
    const std::string shown = crypto::certificate_fingerprint(test::read_whole_file(folder_ / "https.pem"));
    fixture_ = std::make_unique<test::EnrolmentFixture>(authority(), shown, store_, StationId{"phu-lien"});
    http::Route enrol;
    enrol.method = http::Method::kPost;
    enrol.path = "/api/enrol";
    enrol.operation = "enrol_node";
    enrol.summary = "x";
    enrol.body = http::BodyMode::kJson;
    enrol.answers = {{200, "x"}};
    enrol.handler = [this](const http::Request& request, const http::Responder& responder) {
      answer(request, responder);
    };
    http::Route health;
    health.path = "/api/health";
    health.operation = "get_health";
    health.summary = "x";
    health.answers = {{200, "x"}};
    health.handler = [this](const http::Request& request, const http::Responder& responder) {
      const std::lock_guard lock(mutex_);
      seen_at_health_.push_back(request.certified_name);
      responder.send(http::Response{200, "{}"});
    };
    http::Route renew = health;
    renew.method = http::Method::kPost;
    renew.path = "/api/certificate";
    renew.operation = "renew_certificate";
    renew.handler = [this](const http::Request& request, const http::Responder& responder) {
      ++requests_;
      responder.send(http::Response{200, renewal_answer_.empty() ? fresh_certificate(request) : renewal_answer_});
    };
    http::ServerOptions options;
    options.certificate_chain = folder_ / "https.pem";
    options.private_key = folder_ / "https.key";
    options.client_authorities = folder_ / "ca.pem";
    server_ = std::make_unique<http::Server>(options, std::vector{enrol, health, renew});
    server_->start();
  }
  // As if asked shortly before the old one ends.
  std::string fresh_certificate(const http::Request& request) {
    return "{\"certificate\":" +
           nlohmann::json(fixture_->enrolment.renew(NodeId{request.certified_name}, request.certified_serial,
                                                    system_now().wall + hours{24 * 700}))
               .dump() +
           "}";
  }
  [[nodiscard]] RenewalOptions renewal() const {
    RenewalOptions options;
    options.server_url = url();
    options.http.authorities = folder_ / "node" / "authority.pem";
    options.http.certificate_chain = folder_ / "node" / "client.pem";
    options.http.private_key = folder_ / "node" / "client.key.pem";
    return options;
  }
  // On the server's thread; the store is touched by nobody else meanwhile.
  void answer(const http::Request& request, const http::Responder& responder) {
    ++requests_;
    if (manner_ == Manner::kBusy) throw http::Refused(503, "server.busy");
    try {
      const WallTime now = system_now().wall;
      const auto proved = fixture_->enrolment.check(view_bytes(request.body), now);
      std::string envelope = fixture_->enrolment.accept(proved, now);
      if (manner_ == Manner::kSilentAfterBooking) throw http::Refused(503, "http.no_answer");
      if (manner_ == Manner::kForged) envelope.replace(envelope.rfind("\"sig\":\"") + 7, 4, "AAAA");
      if (manner_ == Manner::kForAnotherRequest) {
        auto other = proved;
        other.opened.name = std::string(64, 'b');
        envelope = fixture_->enrolment.accept({*store_.find_code_of(kNode), other.opened}, now);
      }
      responder.send(http::Response{200, std::move(envelope)});
    } catch (const http::Refused&) {
      throw;
    } catch (const Error& error) {
      throw http::Refused(422, error);
    }
  }

  [[nodiscard]] std::string url() const { return "https://localhost:" + std::to_string(server_->port()); }
  [[nodiscard]] EnrolArguments arguments() const {
    return {url(), code_, folder_ / "node", "file:" + (folder_ / "heard").string(), ""};
  }
  // The error's code, "" when it went well.
  static std::string run(const EnrolArguments& arguments, WallTime now = system_now().wall) {
    try {
      (void)enrol(arguments, now);
    } catch (const Error& error) {
      EXPECT_TRUE(is_known_text(error.code())) << error.code();
      return error.code();
    }
    return "";
  }
  [[nodiscard]] bool is_draft_there() const { return fs::exists(folder_ / ".node.enrolling"); }
  [[nodiscard]] bool is_node_there() const { return fs::exists(folder_ / "node"); }

  const test::ScratchFolder folder_;
  server::Store store_ = server::Store::make_writer(db::Database::open_in_memory());
  std::unique_ptr<test::EnrolmentFixture> fixture_;
  std::mutex mutex_;
  std::vector<std::string> seen_at_health_;  // protected by mutex_
  std::atomic<Manner> manner_ = Manner::kHonest;
  std::atomic<int> requests_ = 0;
  std::string renewal_answer_;  // instead of a certificate; set while nobody asks
  std::unique_ptr<http::Server> server_;
  std::string code_;
};

TEST_F(NodeEnrol, MakesAFolderThatIsWhole) {
  const EnrolledNode enrolled = enrol(arguments(), system_now().wall);
  EXPECT_EQ(enrolled.node, kNode);
  EXPECT_EQ(enrolled.station.str(), "phu-lien");
  EXPECT_EQ(enrolled.config, folder_ / "node" / "node.toml");
  EXPECT_FALSE(is_draft_there());
  for (const char* secret : {"node.key", "client.key.pem"}) {
    struct stat facts {};
    ASSERT_EQ(::stat((folder_ / "node" / secret).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U) << secret;
  }
  EXPECT_EQ(test::read_whole_file(folder_ / "node" / "trust" / "root.pub"), "the root key");
  EXPECT_EQ(crypto::load_secret_key(folder_ / "node" / "node.key").public_key(), store_.load_node(kNode)->public_key);
  config::ConfigFile config(enrolled.config);
  EXPECT_EQ(config.id("node.station"), "phu-lien");
  EXPECT_EQ(config.id("node.id"), "tdp-01");
  EXPECT_EQ(config.path("node.data"), folder_ / "node" / "data");
  EXPECT_EQ(config.text("server.url"), url());
  EXPECT_EQ(config.text("server.broker_host"), "localhost");
  EXPECT_EQ(config.integer("server.broker_port", 1, 65535), 8883);
  EXPECT_EQ(config.text("sound.sink"), arguments().sink);
  for (const char* key : {"authority", "certificate", "certificate_key", "root", "node_key"})
    EXPECT_TRUE(fs::exists(config.path(std::string{"trust."} + key))) << key;
  EXPECT_NO_THROW(config.finish());
  const std::lock_guard lock(mutex_);
  EXPECT_THAT(seen_at_health_, testing::ElementsAre("tdp-01")) << "proved with what it has from now on";
}

TEST_F(NodeEnrol, AnEmptyFolderMayBeThereAndAFullOneNot) {
  fs::create_directory(folder_ / "node");
  std::ofstream(folder_ / "node" / "mine") << "x";
  EXPECT_EQ(run(arguments()), "file.exists");
  fs::remove(folder_ / "node" / "mine");
  EXPECT_EQ(run(arguments()), "");
  EXPECT_EQ(run(arguments()), "enrol.already");
}

TEST_F(NodeEnrol, AMistypedCodeIsNotEvenSent) {
  EnrolArguments typed = arguments();
  typed.code.back() = typed.code.back() == '0' ? '1' : '0';
  EXPECT_EQ(run(typed), "enrol.code_mistyped");
  typed.code = typed.code.substr(0, 20);
  EXPECT_EQ(run(typed), "enrol.code_length");
  EXPECT_EQ(requests_, 0);
  EXPECT_FALSE(is_draft_there());
}

TEST_F(NodeEnrol, ARefusalLeavesNothing) {
  EnrolArguments wrong = arguments();
  wrong.code = enrol::Code::make().text();
  EXPECT_EQ(run(wrong), "enrol.refused");
  EXPECT_FALSE(is_draft_there());
  EXPECT_FALSE(is_node_there());
  EXPECT_EQ(run(arguments()), "");
  EnrolArguments again = arguments();
  again.folder = folder_ / "second";
  EXPECT_EQ(run(again), "enrol.refused") << "one code, one node";
  EXPECT_FALSE(fs::exists(folder_ / "second"));
  EXPECT_FALSE(fs::exists(folder_ / ".second.enrolling"));
}

TEST_F(NodeEnrol, ALostAnswerIsFetchedAgainWithTheSameKeys) {
  manner_ = Manner::kSilentAfterBooking;
  EXPECT_EQ(run(arguments()), "enrol.no_answer");
  EXPECT_TRUE(store_.load_node(kNode)->public_key.has_value());
  EXPECT_FALSE(is_node_there());
  manner_ = Manner::kHonest;
  EXPECT_EQ(run(arguments()), "");
  EXPECT_EQ(crypto::load_secret_key(folder_ / "node" / "node.key").public_key(), store_.load_node(kNode)->public_key);
}

TEST_F(NodeEnrol, KeysOfAnotherCodeAreNotUsed) {
  manner_ = Manner::kBusy;
  EXPECT_EQ(run(arguments()), "enrol.no_answer");
  const std::string before = test::read_whole_file(folder_ / ".node.enrolling" / "node.key");
  EXPECT_EQ(run(arguments()), "enrol.no_answer");
  EXPECT_EQ(test::read_whole_file(folder_ / ".node.enrolling" / "node.key"), before);
  code_ = fixture_->enrolment.make_code(kNode, system_now().wall).code;
  EXPECT_EQ(run(arguments()), "enrol.no_answer");
  EXPECT_NE(test::read_whole_file(folder_ / ".node.enrolling" / "node.key"), before);
}

TEST_F(NodeEnrol, NothingOfAFalseAnswerIsBelieved) {
  for (const Manner manner : {Manner::kForged, Manner::kForAnotherRequest}) {
    manner_ = manner;
    EXPECT_EQ(run(arguments()), "enrol.bad_answer");
    EXPECT_FALSE(is_node_there());
    EXPECT_FALSE(fs::exists(folder_ / ".node.enrolling" / "authority.pem"));
  }
}

TEST_F(NodeEnrol, SomebodyBetweenIsFound) {
  // He shows a certificate of his own and passes everything on to the real server, whose certificate is another.
  const auto real = std::move(fixture_);
  fixture_ = std::make_unique<test::EnrolmentFixture>(authority(), std::string(64, 'd'), store_, StationId{"phu-lien"});
  EXPECT_EQ(run(arguments()), "enrol.refused");
  EXPECT_FALSE(store_.load_node(kNode)->public_key.has_value());
  EXPECT_FALSE(is_draft_there());
}

TEST_F(NodeEnrol, AWrongClockIsSaidAndTheCodeStillHolds) {
  EXPECT_EQ(run(arguments(), system_now().wall - hours{24 * 400}), "enrol.clock");
  EXPECT_FALSE(is_node_there());
  EXPECT_EQ(run(arguments(), system_now().wall + hours{24 * 900}), "enrol.clock");
  EXPECT_EQ(run(arguments()), "");
}

TEST_F(NodeEnrol, AnAddressThatTheServersCertificateDoesNotNameIsSaid) {
  EnrolArguments by_address = arguments();
  by_address.server = "https://127.0.0.2:" + std::to_string(server_->port());
  // The server listens on 127.0.0.1 only.
  EXPECT_EQ(run(by_address), "http.cannot_connect");
  EXPECT_TRUE(is_draft_there());
  EXPECT_EQ(run(arguments()), "");
}

TEST_F(NodeEnrol, NoNetworkAndNoAddress) {
  EnrolArguments nowhere = arguments();
  nowhere.server = "https://127.0.0.1:1";
  EXPECT_EQ(run(nowhere), "http.cannot_connect");
  for (const char* bad : {"http://localhost:8443", "localhost", "https://localhost:8443/api", ""}) {
    nowhere.server = bad;
    EXPECT_EQ(run(nowhere), "http.bad_url") << bad;
  }
  nowhere = arguments();
  nowhere.folder = "/proc/no/such";
  EXPECT_EQ(run(nowhere), "file.cannot_write");
}

TEST_F(NodeEnrol, ItIsNotDoneUntilTheServerIsReachedWithTheNewCertificate) {
  // The server's certificate is renewed by another authority between the two; what the node has does not vouch for it.
  const WallTime now = system_now().wall;
  const auto stranger = crypto::CertificateAuthority::make("Loa stranger", now);
  server_->stop();
  crypto::save_identity(stranger.issue_server({}, now), folder_ / "https.pem", folder_ / "https.key");
  const std::string shown = crypto::certificate_fingerprint(test::read_whole_file(folder_ / "https.pem"));
  fixture_ = std::make_unique<test::EnrolmentFixture>(authority(), shown, store_, StationId{"phu-lien"});
  http::ServerOptions options;
  options.certificate_chain = folder_ / "https.pem";
  options.private_key = folder_ / "https.key";
  options.client_authorities = folder_ / "ca.pem";
  server_ = std::make_unique<http::Server>(options, std::vector<http::Route>(server_->routes()));
  server_->start();
  EXPECT_EQ(run(arguments()), "enrol.unfinished");
  EXPECT_FALSE(is_node_there());
  EXPECT_TRUE(is_draft_there()) << "the same command goes on from here";
}

// --- renewal

TEST_F(NodeEnrol, ACertificateIsRenewedWhenItsEndIsNear) {
  ASSERT_EQ(run(arguments()), "");
  const auto held = [&] { return test::read_whole_file(folder_ / "node" / "client.pem"); };
  const std::string first = held();
  const WallTime end = crypto::read_certificate(first).not_after;
  requests_ = 0;
  EXPECT_EQ(renew_if_due(renewal(), end - hours{24 * 91}), Renewed::kNotDue);
  EXPECT_EQ(requests_, 0);
  EXPECT_EQ(renew_if_due(renewal(), end - hours{24 * 90}), Renewed::kYes);
  EXPECT_GT(crypto::read_certificate(held()).not_after, end);
  EXPECT_EQ(crypto::public_key_of(held()), crypto::public_key_of(first));
}

TEST_F(NodeEnrol, WhatIsNoLaterCertificateOfThisNodeIsNotTaken) {
  ASSERT_EQ(run(arguments()), "");
  const auto held = [&] { return test::read_whole_file(folder_ / "node" / "client.pem"); };
  const std::string first = held();
  const WallTime now = system_now().wall;
  const std::string key = crypto::public_key_of(first);
  const auto answer = [](const std::string& pem) { return nlohmann::json{{"certificate", pem}}.dump(); };
  const auto code = [&] {
    try {
      (void)renew_if_due(renewal(), crypto::read_certificate(first).not_after - hours{24});
    } catch (const Error& error) {
      return error.code();
    }
    return std::string{};
  };
  for (const std::string& bad : {std::string{"{}"}, std::string{"nonsense"}, answer(first),
                                 answer(authority().issue_client_for(key, "tdp-02", now + hours{24 * 700})),
                                 answer(authority().issue_client("tdp-01", now + hours{24 * 700}).certificate_pem)}) {
    renewal_answer_ = bad;
    EXPECT_EQ(code(), "renewal.refused") << bad;
    EXPECT_EQ(held(), first);
  }
  renewal_answer_ = answer("nonsense");
  EXPECT_EQ(code(), "cert.bad_file");
  EXPECT_EQ(held(), first);
}

}  // namespace
}  // namespace loa::node
