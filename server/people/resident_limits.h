// How often residents may write, docs/residents.md. Of an address only its count is kept, in memory. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "server/people/windows.h"

namespace loa::server {

class ResidentLimits {
 public:
  // `network` is what one household has. False: too many came; nothing is counted then.
  [[nodiscard]] bool take_complaint(const std::string& network, const std::optional<NodeId>& node, MonoTime now);
  [[nodiscard]] bool take_mark(const std::string& network, MonoTime now);

  static constexpr int kOfOneNetwork = 6;  // complaints in 10 minutes
  static constexpr int kOfOneNode = 30;    // in an hour
  static constexpr int kInAll = 300;       // in an hour
  static constexpr int kMarks = 20;        // of one network in a day

 private:
  Windows<std::string> networks_{std::chrono::minutes{10}};
  Windows<std::string> nodes_{std::chrono::minutes{60}};  // the empty one: all together
  Windows<std::string> marks_{std::chrono::minutes{24 * 60}};
};

}  // namespace loa::server
