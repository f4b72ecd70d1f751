// `loa ward init`: makes what the configuration of an installed ward names and does not have yet, so that its programs
// can start. Run anew it renews what ends within 30 days.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/ward/station.h"

namespace loa::cli {

struct InitArguments {
  std::filesystem::path server = "/etc/loa/server.toml";
  std::filesystem::path signer = "/etc/loa/signer/signer.toml";
  std::filesystem::path broker = "/etc/loa/broker";  // folder of the broker's configuration
  std::filesystem::path policy = "/etc/loa/policy.toml";
  std::filesystem::path root;      // folder of the root key; empty: keys and policy stay as they are
  std::vector<std::string> names;  // of this machine, as consoles and nodes reach it, besides enrolment.broker_host
  std::string broker_address = "0.0.0.0";  // which the broker listens on
  Certificates certificates = Certificates::kKeep;
};

// Exit code: 0, or 1 after one message on `err` that says why.
[[nodiscard]] int run_init(const InitArguments& arguments, WallTime now, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
