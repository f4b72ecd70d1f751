// One message of every kind that crosses the wire, with every field set, and the variants that look different. They
// are the round trips, the ground for mutations, and the golden files of tests/data/wire.
#pragma once

#include <string>
#include <vector>

#include "common/crypto/keys.h"
#include "common/wire/messages.h"

namespace loa::wire {

struct Sample {
  std::string name;  // of its files
  Header header;
  Body body;
};

[[nodiscard]] const std::vector<Sample>& samples();
[[nodiscard]] const Sample& sample(const std::string& name);

// Always the same key.
[[nodiscard]] crypto::SecretKey sample_key();
[[nodiscard]] std::string digest_of(char digit);

// What the file of tests/data/wire holds. With LOA_WRITE_SAMPLES in the environment `now` is written to it first: for a
// change of the protocol that is meant, together with docs/protocol.md and docs/asyncapi.yaml.
[[nodiscard]] std::string golden(const std::string& file, const std::string& now);

}  // namespace loa::wire
