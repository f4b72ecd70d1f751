// What a monitoring system scrapes, in Prometheus's text format. Figures of the ward: how it is with each loudspeaker,
// and what became of the last day's plays. The only door to prometheus-cpp. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"
#include "server/store/store.h"

namespace loa::server {

inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

struct WardFigures {
  struct OfNode {
    Node node;
    std::optional<NodeReport> report;
    std::string plan;  // name of the newest one it was given; empty: none
  };
  std::vector<OfNode> nodes;
  std::map<OutcomeResult, std::int64_t> outcomes;  // of the plays due in the last 24 hours
  std::vector<Text> alarms;                        // of the server
};

// Of nodes that are enrolled; of one that has never been heard of only that it is not online.
[[nodiscard]] std::string metrics_text(const WardFigures& figures);

}  // namespace loa::server
