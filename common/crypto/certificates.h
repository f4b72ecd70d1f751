// The ward's own certificate authority for TLS between broker, server, nodes and console: X.509 v3 (RFC 5280), EC
// P-256, SHA-256. It proves who is at the other end of a line; what a message may order is proved by the signature
// inside it (common/wire), not here.
//
// Any thread. Everything throws Error: file.* as in files.h, cert.bad_file (not PEM, or of another kind than asked
// for), cert.bad_name (an id or a host name that cannot stand in a certificate), cert.failed (OpenSSL's own words).
#pragma once

#include <filesystem>
#include <memory>
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

struct CertificateFacts {
  std::string common_name;
  std::string serial;  // lower-case hexadecimal
  WallTime not_before;
  WallTime not_after;
};
// Of the first certificate in the text or in the file.
[[nodiscard]] CertificateFacts read_certificate(std::string_view pem);
[[nodiscard]] CertificateFacts read_certificate_file(const std::filesystem::path& file);

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
  // For a TLS client: clientAuth, two years. The broker takes the common name as the user name, so it must be a valid
  // id (common/base/ids.h): a node's id, or `server`.
  [[nodiscard]] TlsIdentity issue_client(std::string_view common_name, WallTime now) const;
  // The same for a key made elsewhere, whose secret half never travels: PEM `PUBLIC KEY`, EC P-256 or Ed25519. Gives
  // the certificate only.
  [[nodiscard]] std::string issue_client_for(std::string_view public_key_pem, std::string_view common_name,
                                             WallTime now) const;

 private:
  struct State;
  explicit CertificateAuthority(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace loa::crypto
