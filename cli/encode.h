// `loa encode IN OUT.opus`: the server's intake as a tool.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "audio/intake/ingest.h"

namespace loa::cli {

enum class EncodeOutput { kText, kJson };

struct EncodeArguments {
  std::filesystem::path input;
  std::filesystem::path output;
  EncodeOutput format = EncodeOutput::kText;
  intake::IngestOptions options;
};

// Exit code: 0, or 1 after exactly one line on `err` that says why, in the language of the environment. SIGINT and
// SIGTERM end it cleanly: nothing is left behind. The main thread, before other threads are started; the mask of those
// two signals is changed while it runs.
[[nodiscard]] int run_encode(const EncodeArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
