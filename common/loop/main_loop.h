// The thread of a core: GLib's main loop, which is also GStreamer's.
#pragma once

#include <functional>
#include <memory>

#include "common/base/time.h"

namespace loa {

class MainLoop {
 public:
  // Takes GLib's default main context; one per process.
  MainLoop();
  ~MainLoop();
  MainLoop(const MainLoop&) = delete;
  MainLoop& operator=(const MainLoop&) = delete;

  // Any thread: runs `on_wake` (set below) soon, once for any number of calls before it ran.
  void wake();
  // The loop's thread: runs `on_wake` at `deadline` at the latest; replaces the deadline before. MonoTime::max() =
  // none.
  void wake_at(MonoTime deadline);
  void set_on_wake(std::function<void()> on_wake);

  // Runs until quit() or until one of SIGINT and SIGTERM comes. The thread that made the loop.
  void run();
  // Any thread.
  void quit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loa
