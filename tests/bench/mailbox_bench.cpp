// What one message costs on its way from a library's thread into a core, with 1 to 4 threads posting at once.
#include <string>

#include <benchmark/benchmark.h>

#include "common/loop/mailbox.h"

namespace loa {
namespace {

void post_and_take(benchmark::State& state) {
  static Mailbox<std::string> mailbox(100'000, [] {});
  const std::string message(200, 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(mailbox.post(message));
    benchmark::DoNotOptimize(mailbox.take());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(post_and_take)->ThreadRange(1, 4);

}  // namespace
}  // namespace loa
