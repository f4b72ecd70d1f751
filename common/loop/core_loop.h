// Runs one core on the main loop: its mailbox, its deadline, and a word in the log when a task held everything up.
#pragma once

#include <string>
#include <utility>

#include "common/base/log.h"
#include "common/base/time.h"
#include "common/loop/mailbox.h"
#include "common/loop/main_loop.h"

namespace loa {

// A core task over this is logged by its kind.
inline constexpr milliseconds kLongestCoreTask{20};

// Empties the mailbox into core.on(message, now), gives it on(Tick{}, now) when its deadline has passed, and asks the
// loop to come back at the next one. The loop's thread; call it from MainLoop::set_on_wake and once before run().
template <class Tick, class Core, class Message>
void drain(Core& core, Mailbox<Message>& mailbox, MainLoop& loop) {
  const auto handle = [&core](Message message) {
    const std::size_t kind = message.index();
    const Now before = system_now();
    core.on(std::move(message), before);
    const auto took = std::chrono::duration_cast<milliseconds>(system_now().mono - before.mono);
    if (took > kLongestCoreTask)
      log::warning("slow task in the core", {{"kind", std::to_string(kind)}, {"ms", std::to_string(took.count())}});
  };
  do {
    while (auto message = mailbox.take()) handle(*std::move(message));
    if (core.next_deadline() > system_now().mono) break;
    handle(Tick{});
  } while (true);
  loop.wake_at(core.next_deadline());
}

}  // namespace loa
