// What the link costs: memory, a burst, large plans to many, and the way there and back, through a private mosquitto
// with TLS on loopback.
#include <condition_variable>
#include <cstddef>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <benchmark/benchmark.h>

#include "common/link/mqtt_link.h"
#include "tests/support/broker.h"

namespace loa::link {
namespace {

double resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6));
  return 0;
}

// A link that counts what it hears.
class Ear {
 public:
  explicit Ear(MqttOptions options)
      : link_(std::make_unique<MqttLink>(std::move(options), [this](const LinkEvent& event) {
          const std::lock_guard lock(mutex_);
          if (std::holds_alternative<LinkUp>(event)) is_up_ = true;
          if (std::holds_alternative<LinkMessage>(event)) ++heard_;
          changed_.notify_all();
        })) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, seconds{30}, [this] { return is_up_; })) throw std::runtime_error("no broker");
  }

  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, seconds{60}, [&] { return heard_ >= count; }))
      throw std::runtime_error("lost messages");
    heard_ -= count;
  }
  void publish(const std::string& topic, std::size_t size, Qos qos) {
    const Publication publication{.topic = topic, .payload = Bytes(size, 'x'), .qos = qos};
    while (link_->publish(publication) != PublishResult::kTaken) std::this_thread::yield();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_up_ = false;     // protected by mutex_
  std::size_t heard_ = 0;  // protected by mutex_
  std::unique_ptr<MqttLink> link_;
};

MqttOptions node_options(const test::TestBroker& broker) {
  MqttOptions options = broker.options("node-a");
  options.subscriptions = {{"loa/1/+/down/node-a/#", Qos::kAtLeastOnce}};
  return options;
}

MqttOptions server_options(const test::TestBroker& broker) {
  MqttOptions options = broker.options("server");
  options.subscriptions = {{"loa/1/+/up/+/#", Qos::kAtLeastOnce}};
  return options;
}

// First, while the process is still small.
void memory_of_a_link(benchmark::State& state) {
  const test::TestBroker broker;
  const MqttOptions options = node_options(broker);
  const double before = resident_kb();
  for (auto _ : state) {
    const Ear node(options);
    state.counters["rss_kb_before"] = before;
    state.counters["rss_kb_added"] = resident_kb() - before;
  }
}
BENCHMARK(memory_of_a_link)->Iterations(1)->Unit(benchmark::kMillisecond);

// count messages of size octets, QoS 1, until the node has the last one.
void burst(benchmark::State& state) {
  const test::TestBroker broker;
  Ear server(server_options(broker));
  Ear node(node_options(broker));
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto size = static_cast<std::size_t>(state.range(1));
  for (auto _ : state) {
    for (std::size_t i = 0; i < count; ++i) server.publish("loa/1/phu-lien/down/node-a/plan", size, Qos::kAtLeastOnce);
    node.wait_for(count);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
  state.counters["rss_kb"] = resident_kb();
}
BENCHMARK(burst)
    ->Args({2000, 200})
    ->Args({200, 20'000})
    ->Args({100, 100'000})
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void there_and_back(benchmark::State& state) {
  const test::TestBroker broker;
  Ear server(server_options(broker));
  Ear node(node_options(broker));
  for (auto _ : state) {
    node.publish("loa/1/phu-lien/up/node-a/clock", 100, Qos::kAtMostOnce);
    server.wait_for(1);
    server.publish("loa/1/phu-lien/down/node-a/clock", 100, Qos::kAtMostOnce);
    node.wait_for(1);
  }
}
BENCHMARK(there_and_back)->Iterations(500)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace loa::link
