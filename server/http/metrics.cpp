#include "server/http/metrics.h"

#include <ranges>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "common/wire/messages.h"

namespace loa::server {
namespace {

using Label = prometheus::ClientMetric::Label;

// Names and units as Prometheus's naming guide asks: base units, in the name.
prometheus::MetricFamily gauge(std::string name, std::string help) {
  prometheus::MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = prometheus::MetricType::Gauge;
  return family;
}

void add(prometheus::MetricFamily& family, std::vector<Label> labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

double seconds_of(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

double count_of(std::int64_t count) {
  return static_cast<double>(count);
}

}  // namespace

std::string metrics_text(const WardFigures& figures) {
  auto build = gauge("loa_build_info", "The server's version, as a label.");
  add(build, {{"version", LOA_VERSION}}, 1);

  auto online = gauge("loa_node_online", "1 while the node is connected to the broker.");
  auto seen = gauge("loa_node_last_seen_timestamp_seconds", "When the node last reported.");
  auto current = gauge("loa_node_plan_current", "1 when the node holds the newest plan.");
  auto state = gauge("loa_node_clock_state", "1 for the state that the node's station clock is in.");
  auto error = gauge("loa_node_clock_error_seconds", "Bound of the node's clock error, as it knows it.");
  auto missing = gauge("loa_node_clips_missing", "Clips of its plan that the node does not hold yet.");
  auto outbox = gauge("loa_node_outbox", "Outcomes that the node has not yet had acknowledged.");
  auto refused = gauge("loa_node_refused_messages", "Messages that the node refused since its start, by check.");
  auto raised = gauge("loa_node_alarms", "Alarms that the node reports.");
  for (const auto& [node, report, plan] : figures.nodes) {
    if (!node.public_key) continue;
    const Label name{"node", node.id.str()};
    add(online, {name}, report && report->status.presence == wire::Presence::kOnline ? 1 : 0);
    if (!report) continue;
    const wire::Status& status = report->status;
    add(seen, {name}, seconds_of(report->seen.time_since_epoch()));
    add(current, {name}, !plan.empty() && status.plan == plan ? 1 : 0);
    add(state, {name, {"state", std::string{to_string(status.clock_state)}}}, 1);
    if (status.clock_error) add(error, {name}, seconds_of(*status.clock_error));
    add(missing, {name}, count_of(status.clips_wanted - status.clips_ready));
    add(outbox, {name}, count_of(status.outbox));
    for (const auto& [check, count] : status.refused) add(refused, {name, {"check", check}}, count_of(count));
    if (status.health) add(raised, {name}, static_cast<double>(status.health->alarms.size()));
  }

  auto outcomes = gauge("loa_outcomes_last_day", "Plays due in the last 24 hours, by what became of them.");
  for (const OutcomeResult result : {OutcomeResult::kPlayed, OutcomeResult::kLate, OutcomeResult::kPartial,
                                     OutcomeResult::kStopped, OutcomeResult::kMissed}) {
    const auto count = figures.outcomes.find(result);
    add(outcomes, {{"result", std::string{to_string(result)}}},
        count == figures.outcomes.end() ? 0 : count_of(count->second));
  }

  auto alarms = gauge("loa_alarm", "1 for each alarm of the server that somebody has to see to.");
  for (const Text& alarm : figures.alarms) add(alarms, {{"code", alarm.code}}, 1);

  std::vector<prometheus::MetricFamily> all{build,   online, seen,    current, state,    error,
                                            missing, outbox, refused, raised,  outcomes, alarms};
  std::erase_if(all, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace loa::server
