#include "common/loop/main_loop.h"

#include <algorithm>

#include <glib-unix.h>
#include <glib.h>

namespace loa {

struct MainLoop::Impl {
  GMainLoop* loop = nullptr;
  // Two sources, so that a wake() that comes while wake_at() runs is never overwritten by a later deadline.
  GSource* wake_source = nullptr;
  GSource* deadline_source = nullptr;
  guint sigint = 0;
  guint sigterm = 0;
  std::function<void()> on_wake;
};

namespace {

// A source without file descriptors: GLib calls it when its ready time has come, and g_source_set_ready_time() may be
// called from any thread and wakes the loop.
GSourceFuncs g_funcs = {nullptr,
                        nullptr,
                        [](GSource* source, GSourceFunc callback, gpointer user) -> gboolean {
                          g_source_set_ready_time(source, -1);
                          return callback(user);
                        },
                        nullptr,
                        nullptr,
                        nullptr};

gboolean on_signal(gpointer loop) {
  g_main_loop_quit(static_cast<GMainLoop*>(loop));
  return G_SOURCE_CONTINUE;
}

}  // namespace

MainLoop::MainLoop() : impl_(std::make_unique<Impl>()) {
  impl_->loop = g_main_loop_new(nullptr, FALSE);
  for (GSource** source : {&impl_->wake_source, &impl_->deadline_source}) {
    *source = g_source_new(&g_funcs, sizeof(GSource));
    g_source_set_callback(
        *source,
        [](gpointer user) -> gboolean {
          const auto* impl = static_cast<Impl*>(user);
          if (impl->on_wake) impl->on_wake();
          return G_SOURCE_CONTINUE;
        },
        impl_.get(), nullptr);
    g_source_attach(*source, nullptr);
  }
  impl_->sigint = g_unix_signal_add(SIGINT, on_signal, impl_->loop);
  impl_->sigterm = g_unix_signal_add(SIGTERM, on_signal, impl_->loop);
}

MainLoop::~MainLoop() {
  g_source_remove(impl_->sigint);
  g_source_remove(impl_->sigterm);
  for (GSource* source : {impl_->wake_source, impl_->deadline_source}) {
    g_source_destroy(source);
    g_source_unref(source);
  }
  g_main_loop_unref(impl_->loop);
}

void MainLoop::wake() {
  g_source_set_ready_time(impl_->wake_source, 0);
}

void MainLoop::wake_at(MonoTime deadline) {
  // GLib's monotonic time is CLOCK_MONOTONIC in microseconds; rounded up so that the deadline has passed on waking.
  const gint64 at = deadline == MonoTime::max()
                        ? -1
                        : std::max<gint64>(0, std::chrono::ceil<microseconds>(deadline.time_since_epoch()).count());
  g_source_set_ready_time(impl_->deadline_source, at);
}

void MainLoop::set_on_wake(std::function<void()> on_wake) {
  impl_->on_wake = std::move(on_wake);
}

void MainLoop::run() {
  g_main_loop_run(impl_->loop);
}

void MainLoop::quit() {
  g_main_loop_quit(impl_->loop);
}

}  // namespace loa
