// What is issued is judged by OpenSSL's own program, not by the code that made it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::crypto {
namespace {

using test::ScratchFolder;
using ::testing::HasSubstr;
using ::testing::Not;

const WallTime kNow = parse_utc("2027-02-06T00:00:00Z").value();

template <class Action>
std::string code_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_TRUE(is_known_text(error.code())) << error.code();
    return error.code();
  }
  return "";
}

class Certificates : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    write_file_atomically(folder_ / name, view_bytes(text), Readers::kOwner, IfExists::kReplace);
  }
  // Exit code, then everything it said.
  std::string openssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    const auto output = folder_ / ("out-" + std::to_string(++calls_));
    const int result = test::Child(arguments, output).wait();
    return std::to_string(result) + "\n" + test::read_whole_file(output);
  }
  std::string text_of(const std::string& pem) {
    write("shown.pem", pem);
    return openssl({"x509", "-noout", "-text", "-in", folder_ / "shown.pem"});
  }
  std::string verify_for(const std::string& pem, const std::string& purpose, const std::string& at = "1801872000") {
    write("ca.pem", authority_.certificate_pem());
    write("checked.pem", pem);
    return openssl({"verify", "-x509_strict", "-attime", at, "-CAfile", folder_ / "ca.pem", "-purpose", purpose,
                    folder_ / "checked.pem"});
  }

  const ScratchFolder folder_;
  const CertificateAuthority authority_ = CertificateAuthority::make("Loa phù-liễn", kNow);
  int calls_ = 0;
};

TEST_F(Certificates, AuthorityMaySignEndsOnly) {
  const std::string text = text_of(authority_.certificate_pem());
  EXPECT_THAT(text, HasSubstr("CA:TRUE, pathlen:0"));
  EXPECT_THAT(text, HasSubstr("X509v3 Basic Constraints: critical"));
  EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical"));
  EXPECT_THAT(text, HasSubstr("Certificate Sign, CRL Sign"));
  EXPECT_THAT(text, HasSubstr("NIST CURVE: P-256"));
  const CertificateFacts facts = read_certificate(authority_.certificate_pem());
  EXPECT_EQ(facts.common_name, "Loa phù-liễn");
  EXPECT_EQ(facts.not_before, kNow - std::chrono::days{1});
  EXPECT_EQ(facts.not_after, facts.not_before + std::chrono::days{3652});
}

TEST_F(Certificates, ServerIsForServersUnderItsNames) {
  const TlsIdentity made = authority_.issue_server({{"loa.phulien.vn", "192.168.1.10", "fd00::1"}}, kNow);
  const std::string text = text_of(made.certificate_pem);
  EXPECT_THAT(text, HasSubstr("DNS:loa.phulien.vn, IP Address:192.168.1.10, IP Address:FD00:0:0:0:0:0:0:1, "
                              "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"));
  EXPECT_THAT(text, HasSubstr("CA:FALSE"));
  EXPECT_THAT(text, HasSubstr("TLS Web Server Authentication"));
  EXPECT_THAT(text, Not(HasSubstr("TLS Web Client Authentication")));
  EXPECT_THAT(verify_for(made.certificate_pem, "sslserver"), HasSubstr("0\n"));
  EXPECT_THAT(verify_for(made.certificate_pem, "sslclient"), HasSubstr("unsuitable certificate purpose"));
  const CertificateFacts facts = read_certificate(made.certificate_pem);
  EXPECT_EQ(facts.common_name, "loa.phulien.vn");
  EXPECT_EQ(facts.not_after - facts.not_before, std::chrono::days{397});
}

TEST_F(Certificates, ClientIsForClientsUnderItsId) {
  const TlsIdentity made = authority_.issue_client("node-1", kNow);
  EXPECT_THAT(verify_for(made.certificate_pem, "sslclient"), HasSubstr("0\n"));
  EXPECT_THAT(verify_for(made.certificate_pem, "sslserver"), HasSubstr("unsuitable certificate purpose"));
  EXPECT_THAT(text_of(made.certificate_pem), HasSubstr("Subject: CN = node-1\n"));
  EXPECT_EQ(read_certificate(made.certificate_pem).common_name, "node-1");
}

TEST_F(Certificates, EndsMayNotSign) {
  const TlsIdentity end = authority_.issue_client("node-1", kNow);
  write("end.pem", end.certificate_pem);
  write("end.key", end.key_pem);
  EXPECT_EQ(code_of([&] { static_cast<void>(CertificateAuthority::load(folder_ / "end.pem", folder_ / "end.key")); }),
            "cert.bad_file");
}

TEST_F(Certificates, AreValidInTheirTimeOnly) {
  const TlsIdentity made = authority_.issue_client("node-1", kNow);
  EXPECT_THAT(verify_for(made.certificate_pem, "sslclient", "1801700000"), HasSubstr("not yet valid"));
  EXPECT_THAT(verify_for(made.certificate_pem, "sslclient", "1865000000"), HasSubstr("expired"));
}

TEST_F(Certificates, SerialsDiffer) {
  std::vector<std::string> serials;
  for (int i = 0; i < 20; ++i) {
    serials.push_back(read_certificate(authority_.issue_client("node-1", kNow).certificate_pem).serial);
    EXPECT_EQ(serials.back().size(), 40U);
    EXPECT_LT(serials.back().front(), '8');  // positive
  }
  std::sort(serials.begin(), serials.end());
  EXPECT_EQ(std::unique(serials.begin(), serials.end()), serials.end());
}

TEST_F(Certificates, ComesBackFromItsFilesAndSignsOn) {
  authority_.save(folder_ / "a.pem", folder_ / "a.key");
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "a.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  const auto again = CertificateAuthority::load(folder_ / "a.pem", folder_ / "a.key");
  EXPECT_EQ(again.certificate_pem(), authority_.certificate_pem());
  EXPECT_THAT(verify_for(again.issue_client("node-2", kNow).certificate_pem, "sslclient"), HasSubstr("0\n"));
}

TEST_F(Certificates, KeyAndCertificateMustBelongTogether) {
  authority_.save(folder_ / "a.pem", folder_ / "a.key");
  CertificateAuthority::make("other", kNow).save(folder_ / "b.pem", folder_ / "b.key");
  const auto load = [&](const char* certificate, const char* key) {
    return code_of([&] { static_cast<void>(CertificateAuthority::load(folder_ / certificate, folder_ / key)); });
  };
  EXPECT_EQ(load("a.pem", "b.key"), "cert.bad_file");
  EXPECT_EQ(load("a.key", "a.key"), "cert.bad_file");
  EXPECT_EQ(load("a.pem", "a.pem"), "key.too_open");
  EXPECT_EQ(load("none", "a.key"), "file.cannot_read");
  ASSERT_EQ(::chmod((folder_ / "a.key").c_str(), 0644), 0);
  EXPECT_EQ(load("a.pem", "a.key"), "key.too_open");
}

TEST_F(Certificates, SignsAKeyWhoseSecretStaysElsewhere) {
  for (const std::vector<std::string>& kind :
       {std::vector<std::string>{"ED25519"}, {"EC", "-pkeyopt", "ec_paramgen_curve:P-256"}}) {
    std::vector<std::string> make = {"genpkey", "-out", folder_ / "node.key", "-algorithm"};
    make.insert(make.end(), kind.begin(), kind.end());
    ASSERT_THAT(openssl(make), HasSubstr("0\n"));
    ASSERT_THAT(openssl({"pkey", "-in", folder_ / "node.key", "-pubout", "-out", folder_ / "node.pub"}),
                HasSubstr("0\n"));
    const std::string certificate =
        authority_.issue_client_for(test::read_whole_file(folder_ / "node.pub"), "node-3", kNow);
    EXPECT_THAT(verify_for(certificate, "sslclient"), HasSubstr("0\n"));
  }
  const auto refuse = [&](const std::string& pem) {
    return code_of([&] { static_cast<void>(authority_.issue_client_for(pem, "node-3", kNow)); });
  };
  ASSERT_THAT(
      openssl({"genpkey", "-out", folder_ / "rsa.key", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"}),
      HasSubstr("0\n"));
  ASSERT_THAT(openssl({"pkey", "-in", folder_ / "rsa.key", "-pubout", "-out", folder_ / "rsa.pub"}), HasSubstr("0\n"));
  EXPECT_EQ(refuse(test::read_whole_file(folder_ / "rsa.pub")), "cert.bad_file");
  EXPECT_EQ(refuse(""), "cert.bad_file");
  EXPECT_EQ(refuse("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), "cert.bad_file");
  EXPECT_EQ(refuse(std::string(100'000, 'x')), "cert.bad_file");
}

TEST_F(Certificates, RefusesNamesThatMeanSomethingElse) {
  for (const char* name : {"", "Node", "a b", "node/1", "node+", "#", "-a", "một"})
    EXPECT_EQ(code_of([&] { static_cast<void>(authority_.issue_client(name, kNow)); }), "cert.bad_name") << name;
  for (const char* name : {"", "a,DNS:evil", "*.vn", "a..b", ".a", "a.", "-a", "a-", "a b", "phù-liễn.vn", "a/b"})
    EXPECT_EQ(code_of([&] { static_cast<void>(authority_.issue_server({{name}}, kNow)); }), "cert.bad_name") << name;
  EXPECT_EQ(code_of([&] { static_cast<void>(authority_.issue_server({{std::string(64, 'a')}}, kNow)); }),
            "cert.bad_name");
  EXPECT_EQ(code_of([&] { static_cast<void>(CertificateAuthority::make("", kNow)); }), "cert.bad_name");
  const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + ".vn";
  EXPECT_THAT(text_of(authority_.issue_server({{longest}}, kNow).certificate_pem), HasSubstr("DNS:" + longest));
}

TEST_F(Certificates, ReadsNothingElse) {
  EXPECT_EQ(code_of([] { static_cast<void>(read_certificate("")); }), "cert.bad_file");
  EXPECT_EQ(code_of([&] { static_cast<void>(read_certificate(authority_.issue_client("n", kNow).key_pem)); }),
            "cert.bad_file");
}

}  // namespace
}  // namespace loa::crypto
