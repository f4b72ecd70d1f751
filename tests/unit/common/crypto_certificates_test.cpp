// What is issued is judged by OpenSSL's own program, not by the code that made it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "tests/support/child.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::crypto {
namespace {

using test::code_of;
using test::ScratchFolder;
using ::testing::HasSubstr;
using ::testing::Not;

const WallTime kNow = parse_utc("2027-02-06T00:00:00Z").value();

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

TEST_F(Certificates, AKeyMadeElsewhereIsCertifiedByItsPublicHalf) {
  const TlsKey key = make_tls_key();
  EXPECT_EQ(parse_tls_key(key.key_pem).public_pem, key.public_pem);
  const std::string certificate = authority_.issue_client_for(key.public_pem, "node-3", kNow);
  write("made.key", key.key_pem);
  write("made.pem", certificate);
  EXPECT_EQ(openssl({"pkey", "-in", folder_ / "made.key", "-pubout"}), "0\n" + key.public_pem);
  EXPECT_EQ(openssl({"x509", "-in", folder_ / "made.pem", "-noout", "-pubkey"}), "0\n" + key.public_pem);
  EXPECT_EQ(code_of([&] { static_cast<void>(parse_tls_key(key.public_pem)); }), "cert.bad_file");
  EXPECT_EQ(code_of([&] { static_cast<void>(parse_tls_key(std::string(100'000, 'x'))); }), "cert.bad_file");
}

TEST_F(Certificates, AFingerprintIsOpenSslsOwn) {
  std::string fingerprint = certificate_fingerprint(authority_.certificate_pem());
  write("ca.pem", authority_.certificate_pem());
  std::string theirs = openssl({"x509", "-in", folder_ / "ca.pem", "-noout", "-fingerprint", "-sha256"});
  std::erase(theirs, ':');
  for (char& c : fingerprint) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_THAT(theirs, HasSubstr(fingerprint));
}

TEST_F(Certificates, AClientsLifeCanBeShort) {
  const auto facts = read_certificate(authority_.issue_client("n", kNow, std::chrono::days{2}).certificate_pem);
  EXPECT_EQ(facts.not_after, kNow + std::chrono::days{1});
}

TEST_F(Certificates, TheListShutsOutWhatItNamesAndNothingElse) {
  const auto stolen = authority_.issue_client("node-1", kNow).certificate_pem;
  const auto honest = authority_.issue_client("node-1", kNow).certificate_pem;
  const RevokedCertificate revoked{read_certificate(stolen).serial, kNow};
  const auto verify = [&](const std::string& pem, const std::string& list) {
    write("list.pem", list);
    write("ca.pem", authority_.certificate_pem());
    write("checked.pem", pem);
    return openssl({"verify", "-x509_strict", "-attime", "1801872000", "-crl_check", "-CRLfile", folder_ / "list.pem",
                    "-CAfile", folder_ / "ca.pem", folder_ / "checked.pem"});
  };
  const std::string empty = authority_.revoke({}, kNow, "");
  EXPECT_THAT(verify(stolen, empty), HasSubstr("0\n"));
  const std::string list = authority_.revoke(std::vector{revoked}, kNow, empty);
  EXPECT_THAT(verify(stolen, list), HasSubstr("certificate revoked"));
  EXPECT_THAT(verify(honest, list), HasSubstr("0\n"));
  EXPECT_THAT(read_revocation_list(list).serials, ::testing::ElementsAre(revoked.serial));
  // Ten years on it still holds: a list that ran out would shut out everybody.
  write("list.pem", list);
  EXPECT_THAT(openssl({"crl", "-in", folder_ / "list.pem", "-noout", "-nextupdate"}), HasSubstr("2037"));
  EXPECT_EQ(code_of([&] {
              static_cast<void>(authority_.revoke(std::vector{RevokedCertificate{"xyz", kNow}}, kNow, ""));
            }),
            "cert.bad_name");
  EXPECT_EQ(code_of([] { static_cast<void>(read_revocation_list("")); }), "cert.bad_file");
}

TEST_F(Certificates, ALaterListIsDatedLaterWhateverTheClockSays) {
  const std::string first = authority_.revoke({}, kNow, "");
  const std::string same_second = authority_.revoke({}, kNow, first);
  const std::string clock_went_back = authority_.revoke({}, kNow - std::chrono::hours{24}, same_second);
  EXPECT_LT(read_revocation_list(first).issued, read_revocation_list(same_second).issued);
  EXPECT_LT(read_revocation_list(same_second).issued, read_revocation_list(clock_went_back).issued);
}

TEST_F(Certificates, ReadsNothingElse) {
  EXPECT_EQ(code_of([] { static_cast<void>(read_certificate("")); }), "cert.bad_file");
  EXPECT_EQ(code_of([&] { static_cast<void>(read_certificate(authority_.issue_client("n", kNow).key_pem)); }),
            "cert.bad_file");
}

}  // namespace
}  // namespace loa::crypto
