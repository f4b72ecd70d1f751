#include "audio/playout/gst_player.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <glib.h>

#include "audio/playout/gst_output.h"
#include "audio/playout/gst_runtime.h"
#include "audio/playout/voice.h"
#include "common/base/log.h"

namespace loa::playout {
namespace {

constexpr milliseconds kOpenAhead{6000};  // before the lead-in; see kArmAhead
constexpr milliseconds kTick{100};        // while a play is alive
constexpr milliseconds kIdleLook{250};    // while one is armed: the station clock may be set at any time
constexpr int kStuckTicks = 20;           // without one block: the sink does not take samples
constexpr int kOpeningTicks = 110;        // the same before the first block
constexpr int kLingerTicks = 20;          // for a sink to close before it is left behind
constexpr std::size_t kMaxLeftBehind = 4;
constexpr seconds kDestroyWait{2};

// Events on their way from play threads to the main loop. Outlives the player for as long as a thread holds it.
struct Inbox {
  std::mutex mutex;
  std::deque<PlayerEvent> events;  // protected by mutex
  GSource* source = nullptr;       // protected by mutex; null when the player is gone

  void put(std::optional<PlayerEvent> event) {
    const std::lock_guard lock(mutex);
    if (source == nullptr) return;
    if (event) events.push_back(std::move(*event));
    g_source_set_ready_time(source, 0);
  }
  std::optional<PlayerEvent> take() {
    const std::lock_guard lock(mutex);
    if (events.empty()) return std::nullopt;
    PlayerEvent event = std::move(events.front());
    events.pop_front();
    return event;
  }
};

GSourceFuncs g_inbox_funcs = {nullptr,
                              nullptr,
                              [](GSource* source, GSourceFunc callback, gpointer user) -> gboolean {
                                g_source_set_ready_time(source, -1);
                                return callback(user);
                              },
                              nullptr,
                              nullptr,
                              nullptr};

}  // namespace

struct GstPlayer::Impl {
  SinkConfig sink;
  StationClock& clock;
  std::function<void(PlayerEvent)> on_event;
  std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
  GSource* source = nullptr;

  struct Waiting {
    PlayRequest request;
    bool is_released = false;
  };
  std::deque<Waiting> waiting;  // for the first one's time to open an output, or for the output to take it
  std::unique_ptr<GstOutput> current;
  bool is_ending = false;  // all that it had was stopped for something else
  std::uint64_t beats = 0;
  int quiet_ticks = 0;
  int linger_ticks = 0;
  MonoTime last_tick{};
  std::vector<std::unique_ptr<GstOutput>> left_behind;

  Impl(SinkConfig config, StationClock& station_clock) : sink(std::move(config)), clock(station_clock) {}

  void wake() { inbox->put(std::nullopt); }

  // The main loop: after an event, a deadline, or a call.
  void on_wake() {
    tick(system_now().mono);
    // A listener may call the player; what it causes comes in the next round.
    while (auto event = inbox->take())
      if (on_event) on_event(std::move(*event));
    schedule(system_now().mono);
  }

  void tick(MonoTime now) {
    std::erase_if(left_behind, [](const auto& play) { return play->is_through(); });
    if (current && now - last_tick >= kTick) {
      last_tick = now;
      watch_current();
    }
    if (current && current->is_through()) current.reset();
    if (current) hand_over();
    if (waiting.empty() || current || now < open_at()) return;
    if (left_behind.size() >= kMaxLeftBehind) {
      for (const Waiting& each : std::exchange(waiting, {}))
        inbox->put(PlayEnded{.play = each.request.play, .problem = "earlier plays still hang in the sound device"});
      return;
    }
    begin(now);
  }

  // To the open output, unless it was ended or is closing: then they wait for another.
  void hand_over() {
    while (!waiting.empty() && !is_ending && current->follow(waiting.front().request)) {
      if (waiting.front().is_released) current->release(waiting.front().request.play);
      waiting.pop_front();
    }
  }

  // Counts ticks, not time: a machine that slept is not a sink that hangs.
  void watch_current() {
    const std::uint64_t seen = current->beats();
    quiet_ticks = seen == beats ? quiet_ticks + 1 : 0;
    beats = seen;
    if (!current->has_ended() && quiet_ticks >= (seen == 0 ? kOpeningTicks : kStuckTicks))
      current->give_up(seen == 0 ? "the sound device does not open" : "the sound device takes no samples");
    if (current->has_ended() && !current->is_through() && ++linger_ticks >= kLingerTicks) {
      log::warning("playout.left_behind");
      left_behind.push_back(std::move(current));
    }
  }

  void begin(MonoTime now) {
    const Waiting first = std::move(waiting.front());
    waiting.pop_front();
    beats = 0;
    quiet_ticks = 0;
    linger_ticks = 0;
    last_tick = now;
    is_ending = false;
    current =
        std::make_unique<GstOutput>(first.request, sink, clock.calibration(),
                                    [to = inbox](std::optional<PlayerEvent> event) { to->put(std::move(event)); });
    if (first.is_released) current->release(first.request.play);
    hand_over();
  }

  [[nodiscard]] MonoTime open_at() const {
    const PlayRequest& first = waiting.front().request;
    return clock.when(first.start - lead_in_of(first)) - kOpenAhead;
  }

  [[nodiscard]] Waiting* find_waiting(const PlayId& play) {
    const auto found =
        std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& each) { return each.request.play == play; });
    return found == waiting.end() ? nullptr : &*found;
  }

  void schedule(MonoTime now) {
    MonoTime next = MonoTime::max();
    if (current || !left_behind.empty()) next = now + kTick;
    if (!waiting.empty() && !current) next = std::min({next, std::max(open_at(), now), now + kIdleLook});
    const std::lock_guard lock(inbox->mutex);
    if (!inbox->events.empty()) next = now;
    // A wake that came meanwhile must not be put off: GLib's ready time 0 is "at once".
    if (g_source_get_ready_time(source) == 0) return;
    g_source_set_ready_time(
        source, next == MonoTime::max() ? -1 : std::chrono::ceil<microseconds>(next.time_since_epoch()).count());
  }
};

GstPlayer::GstPlayer(SinkConfig sink, StationClock& clock) : impl_(std::make_unique<Impl>(std::move(sink), clock)) {
  start_gstreamer(impl_->sink.kind);
  impl_->source = g_source_new(&g_inbox_funcs, sizeof(GSource));
  g_source_set_callback(
      impl_->source,
      [](gpointer self) -> gboolean {
        static_cast<Impl*>(self)->on_wake();
        return G_SOURCE_CONTINUE;
      },
      impl_.get(), nullptr);
  impl_->inbox->source = impl_->source;
  g_source_attach(impl_->source, nullptr);
  clock.set_on_change([impl = impl_.get()](const ClockCalibration& calibration) {
    if (impl->current) impl->current->set_clock(calibration);
    impl->wake();
  });
}

GstPlayer::~GstPlayer() {
  impl_->clock.set_on_change(nullptr);
  {
    const std::lock_guard lock(impl_->inbox->mutex);
    impl_->inbox->source = nullptr;
  }
  g_source_destroy(impl_->source);
  g_source_unref(impl_->source);
  if (!impl_->current) return;
  impl_->current->stop_all();
  const MonoTime deadline = system_now().mono + kDestroyWait;
  while (!impl_->current->is_through() && system_now().mono < deadline) std::this_thread::sleep_for(milliseconds{5});
}

void GstPlayer::arm(PlayRequest request) {
  for (const Impl::Waiting& each : std::exchange(impl_->waiting, {}))
    impl_->inbox->put(PlayEnded{.play = each.request.play, .end = PlayEnd::kStopped});
  if (impl_->current) {
    impl_->current->stop_all();
    impl_->is_ending = true;
  }
  follow(std::move(request));
}

void GstPlayer::follow(PlayRequest request) {
  impl_->waiting.push_back({std::move(request)});
  impl_->wake();
}

void GstPlayer::release(const PlayId& play) {
  if (Impl::Waiting* waits = impl_->find_waiting(play))
    waits->is_released = true;
  else if (impl_->current)
    impl_->current->release(play);
}

void GstPlayer::stop(const PlayId& play) {
  if (impl_->find_waiting(play) != nullptr) {
    impl_->inbox->put(PlayEnded{.play = play, .end = PlayEnd::kStopped});
    std::erase_if(impl_->waiting, [&](const Impl::Waiting& each) { return each.request.play == play; });
  } else if (impl_->current) {
    impl_->current->stop(play);
  }
}

void GstPlayer::set_on_event(std::function<void(PlayerEvent)> on_event) {
  impl_->on_event = std::move(on_event);
}

}  // namespace loa::playout
