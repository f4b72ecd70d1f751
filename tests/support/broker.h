// A real mosquitto of a test's own: fresh certificates, a free loopback port, and exactly the configuration that the
// product renders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/crypto/certificates.h"
#include "common/link/mqtt_link.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::test {

class TestBroker {
 public:
  enum class Persistence { kNone, kKept };

  // Returns when it accepts connections; throws std::runtime_error with the broker's own words when it does not.
  explicit TestBroker(Persistence persistence = Persistence::kNone, std::string address = "127.0.0.1");
  ~TestBroker();
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;

  // On the same port, with the same certificates and the same data.
  void start();
  void stop();  // as the service manager does
  void kill();  // as the power does

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const ScratchFolder& folder() const { return folder_; }
  [[nodiscard]] const crypto::CertificateAuthority& authority() const { return authority_; }
  [[nodiscard]] const std::filesystem::path& authority_file() const { return authority_file_; }

  [[nodiscard]] std::filesystem::path revocation_list() const { return folder_ / "revoked.pem"; }
  [[nodiscard]] std::filesystem::path pid_file() const { return folder_ / "pid"; }

  // Files of a client whose certificate says `common_name`, signed by the authority the broker trusts, or by another.
  [[nodiscard]] link::TlsFiles identity(std::string_view common_name) const;
  [[nodiscard]] link::TlsFiles stranger(std::string_view common_name) const;

  // Ready for MqttLink, with short pauses between attempts.
  [[nodiscard]] link::MqttOptions options(std::string_view common_name) const;

  // What the broker has written so far.
  [[nodiscard]] std::string log() const;

 private:
  [[nodiscard]] link::TlsFiles issue(const crypto::CertificateAuthority& authority, std::string_view prefix,
                                     std::string_view common_name) const;
  void write_configuration();
  [[nodiscard]] bool try_start();

  const ScratchFolder folder_;
  const std::string address_;
  const Persistence persistence_;
  const crypto::CertificateAuthority authority_;
  const crypto::CertificateAuthority other_authority_;
  const std::filesystem::path authority_file_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Child> process_;
};

}  // namespace loa::test
