// `loa-node enrol`: a machine becomes a node by a one-time code, docs/protocol.md §5. Its keys are made here and their
// secret halves stay here.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/ids.h"
#include "common/base/time.h"

namespace loa::node {

struct EnrolArguments {
  std::string server;  // https://host:port
  std::string code;    // as typed
  std::filesystem::path folder;
  std::string sink;    // of node.toml
  std::string record;  // of node.toml; empty: nothing is recorded
};

struct EnrolledNode {
  StationId station;
  NodeId node;
  std::filesystem::path config;
};

// Blocks on the network. The folder appears whole, with everything a node needs, or not at all. Until then the keys
// wait in `.<folder>.enrolling` beside it: the same call again, with the same code, goes on with them, so an answer
// that was lost is fetched again. A refusal of the server removes them.
//
// Throws Error: enrol.* (one for each thing that can be wrong), http.* (the line), file.* and key.* (the disk).
[[nodiscard]] EnrolledNode enrol(const EnrolArguments& arguments, WallTime now);

}  // namespace loa::node
