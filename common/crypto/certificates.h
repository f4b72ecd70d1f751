// The ward's own certificate authority for TLS between broker, server, nodes and console: X.509 v3 (RFC 5280), EC
// P-256, SHA-256. It proves who is at the other end of a line; what a message may order is proved by the signature
// inside it (common/wire), not here.
//
// Any thread. Everything throws Error: file.* as in files.h, cert.bad_file (not PEM, or of another kind than asked
// for), cert.bad_name (an id or a host name that cannot stand in a certificate), cert.failed (OpenSSL's own words).
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"

namespace loa::crypto {

// Certificate and private key as PEM text. The key is secret: write it with save_identity() only.
struct TlsIdentity {
  std::string certificate_pem;
  std::string key_pem;
};

// The certificate 0644, the key 0600, each written whole or not at all; the key first, so that a certificate never
// stands without its key. Replaces what is there.
void save_identity(const TlsIdentity& identity, const std::filesystem::path& certificate_file,
                   const std::filesystem::path& key_file);

// A key for TLS by itself, EC P-256: its secret half stays where it was made, the public one goes to the authority.
struct TlsKey {
  std::string public_pem;  // PEM `PUBLIC KEY`
  std::string key_pem;     // secret
};
[[nodiscard]] TlsKey make_tls_key();
// Of the private key in the text.
[[nodiscard]] TlsKey parse_tls_key(std::string_view key_pem);

struct CertificateFacts {
  std::string common_name;
  std::string serial;  // lower-case hexadecimal
  WallTime not_before;
  WallTime not_after;
};
// Of the first certificate in the text or in the file.
[[nodiscard]] CertificateFacts read_certificate(std::string_view pem);
[[nodiscard]] CertificateFacts read_certificate_file(const std::filesystem::path& file);
// The public key of the first certificate in the text, PEM `PUBLIC KEY`.
[[nodiscard]] std::string public_key_of(std::string_view pem);
// SHA-256 of the first certificate in the text as it travels in TLS (DER), 64 lower-case hexadecimal digits.
[[nodiscard]] std::string certificate_fingerprint(std::string_view pem);

struct RevokedCertificate {
  std::string serial;  // as in CertificateFacts
  WallTime revoked;
};
// What a list of revoked certificates says, for whoever checks it by hand.
struct RevocationFacts {
  std::vector<std::string> serials;
  WallTime issued;
};
[[nodiscard]] RevocationFacts read_revocation_list(std::string_view pem);

inline constexpr std::chrono::days kClientLife{730};

// DNS names and IP addresses (v4 or v6, as text) under which clients reach a server. localhost, 127.0.0.1 and ::1 are
// always added.
struct ServerNames {
  std::vector<std::string> names;
};

class CertificateAuthority {
 public:
  // Ten years, path length 0 (signs ends, never further authorities). `name` is shown to people: `Loa phu-lien`.
  [[nodiscard]] static CertificateAuthority make(std::string_view name, WallTime now);
  [[nodiscard]] static CertificateAuthority load(const std::filesystem::path& certificate_file,
                                                 const std::filesystem::path& key_file);
  void save(const std::filesystem::path& certificate_file, const std::filesystem::path& key_file) const;

  ~CertificateAuthority();
  CertificateAuthority(CertificateAuthority&&) noexcept;
  CertificateAuthority& operator=(CertificateAuthority&&) noexcept;

  [[nodiscard]] const std::string& certificate_pem() const;

  // For a TLS server (HTTPS, broker): serverAuth, 397 days as browsers demand. The common name is the first name.
  [[nodiscard]] TlsIdentity issue_server(const ServerNames& names, WallTime now) const;
  // For a TLS client: clientAuth, two years unless `life` says less. The broker takes the common name as the user name,
  // so it must be a valid id (common/base/ids.h): a node's id, or `server`.
  [[nodiscard]] TlsIdentity issue_client(std::string_view common_name, WallTime now,
                                         std::chrono::days life = kClientLife) const;
  // The same for a key made elsewhere, whose secret half never travels: PEM `PUBLIC KEY`, EC P-256 or Ed25519. Gives
  // the certificate only.
  [[nodiscard]] std::string issue_client_for(std::string_view public_key_pem, std::string_view common_name,
                                             WallTime now) const;

  // The list of these certificates (CRL, RFC 5280 §5), PEM. It is valid as long as the authority: a list that ran out
  // would shut out everybody. OpenSSL goes by the newest of the lists it was given, to the second, so this one is dated
  // after `previous` (the list that stands in its place so far, may be empty) whatever the clock says.
  [[nodiscard]] std::string revoke(std::span<const RevokedCertificate> certificates, WallTime now,
                                   std::string_view previous) const;

 private:
  struct State;
  explicit CertificateAuthority(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace loa::crypto
