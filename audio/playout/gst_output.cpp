#include "audio/playout/gst_output.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/audio/gstaudiobasesink.h>
#include <gst/audio/gstaudioclock.h>
#include <gst/gst.h>

#include "audio/playout/sink_servo.h"
#include "audio/playout/voice.h"
#include "common/base/error.h"
#include "common/base/log.h"

namespace loa::playout {
namespace {

// Silence behind the last sound, so that closing a device cuts nothing.
constexpr std::int64_t kTail = opus::kSampleRate / 5;
constexpr std::int64_t kBeforeOpening = opus::kSampleRate * 9;
constexpr std::int64_t kBufferTimeUs = 200'000;  // what a device holds: the time we may be kept from the processor
// Of a live channel a device holds less: speech is on its way for that long.
constexpr std::int64_t kLiveBufferUs = 80'000;
constexpr std::int64_t kLatencyTimeUs = 20'000;
constexpr milliseconds kFileBuffer{100};     // the same for the file sink
constexpr milliseconds kPulseSettles{2500};  // silence before a late join: a sound server reports its position
constexpr milliseconds kAlsaSettles{500};    // up to 2 s wrong at first, hardware hardly at all
constexpr milliseconds kWatch{50};           // how often the play thread looks, and reads the device's clock
constexpr milliseconds kStopWait{1500};      // for a fade to come out before the pipeline is cut

struct Unref {
  void operator()(gpointer object) const {
    if (object != nullptr) gst_object_unref(object);
  }
};
template <class T>
using GstOwned = std::unique_ptr<T, Unref>;

GstOwned<GstElement> make_element(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) throw Error("playout.no_plugin", {factory, "element missing"});
  gst_object_ref_sink(element);
  return GstOwned<GstElement>{element};
}

milliseconds settling_of(SinkKind kind) {
  switch (kind) {
    case SinkKind::kPulse:
      return kPulseSettles;
    case SinkKind::kAlsa:
      return kAlsaSettles;
    case SinkKind::kFile:
      break;
  }
  return kFileBuffer;
}

std::string message_text(GstMessage* message) {
  GError* error = nullptr;
  gchar* detail = nullptr;
  gst_message_parse_error(message, &error, &detail);
  std::string text = error != nullptr ? error->message : "unknown error";
  // The first line of the detail is a place in GStreamer's source; what follows names the cause.
  if (detail != nullptr) {
    const std::string all{detail};
    const auto line = all.find('\n');
    if (all.find("not-negotiated") != std::string::npos)
      text = "there is no such output, or it takes no 48 kHz sound";
    else if (line != std::string::npos && line + 1 < all.size())
      text += " (" + all.substr(line + 1) + ")";
  }
  g_clear_error(&error);
  g_free(detail);
  return text;
}

}  // namespace

struct GstOutput::Impl {
  const SinkConfig sink_config;
  const Post post;
  const StationTime zero;      // when position 0 is due: the first sample of the first play
  const std::int64_t lead_in;  // samples, of the first play
  StationClock clock;          // our own copy, so that a thread left behind never reads the owner's
  GstOwned<GstClock> gst_clock;

  std::atomic<bool> through{false};
  std::atomic<std::uint64_t> beats{0};

  // A play on this output: its voice, and where its position 0 lies here.
  struct Slot {
    PlayRequest request;
    enum class Stage { kWaiting, kOpened, kBegun };
    Stage stage = Stage::kWaiting;
    std::shared_ptr<Voice> voice = {};  // once opened
    std::int64_t zero = 0;
    std::int64_t from = 0;     // of its first block here, once it has begun
    bool is_released = false;  // as was said to the slot; a voice is told too
    bool is_stopped = false;
  };
  // Protects what follows. Never held while anything waits.
  std::mutex list_mutex;
  std::deque<Slot> slots;  // in the order they sound; the first ones have begun
  enum class Door { kOpen, kClosed };
  Door door = Door::kOpen;

  // Set by the play thread before the pipeline runs, then the streaming thread's.
  std::shared_ptr<Voice> producing;
  std::int64_t producing_zero = 0;
  std::int64_t next_position = 0;  // behind the last block
  GstElement* source = nullptr;    // owned by the pipeline
  GstElement* sink = nullptr;
  bool discont = true;
  milliseconds settling;  // silence before a play that comes in late
  const std::int64_t buffer_time_us;
  std::int64_t tail_left = kTail;
  std::vector<std::int16_t> block = std::vector<std::int16_t>(static_cast<std::size_t>(kBlock));
  SinkServo servo;

  Impl(PlayRequest wanted, SinkConfig config, const ClockCalibration& calibration, Post to)
      : sink_config(std::move(config)),
        post(std::move(to)),
        zero(wanted.start),
        lead_in(to_samples(lead_in_of(wanted))),
        clock(calibration),
        gst_clock(GST_CLOCK(g_object_new(GST_TYPE_SYSTEM_CLOCK, "name", "station-clock", "clock-type",
                                         GST_CLOCK_TYPE_MONOTONIC, nullptr))),
        settling(wanted.is_urgent ? kRejoinSilence : settling_of(sink_config.kind)),
        buffer_time_us(wanted.feed ? kLiveBufferUs : kBufferTimeUs) {
    set_clock(calibration);
    slots.push_back({std::move(wanted)});
  }

  void set_clock(const ClockCalibration& calibration) {
    clock.set(calibration);
    const ClockCalibration c = clock.calibration();
    gst_clock_set_calibration(gst_clock.get(), static_cast<GstClockTime>(c.mono.time_since_epoch().count()),
                              static_cast<GstClockTime>(c.station.time_since_epoch().count()),
                              static_cast<GstClockTime>(1'000'000'000 + c.rate_ppb), 1'000'000'000);
  }

  [[nodiscard]] StationTime station_now() const { return clock.at(system_now().mono); }
  [[nodiscard]] std::int64_t position_at(StationTime t) const { return to_samples(t - zero); }
  // Running time 0 lies before the pipeline exists: a device that were to wait for it would stand still after opening,
  // its clock running on, and then start a second off.
  [[nodiscard]] std::int64_t origin() const { return -lead_in - kBeforeOpening; }
  [[nodiscard]] StationTime base() const { return zero + to_time(origin()); }

  // --- the list

  [[nodiscard]] std::vector<Slot> listed() {
    const std::lock_guard lock(list_mutex);
    return {slots.begin(), slots.end()};
  }
  [[nodiscard]] Slot* find(const PlayId& play) {
    const auto found = std::find_if(slots.begin(), slots.end(), [&](const Slot& s) { return s.request.play == play; });
    return found == slots.end() ? nullptr : &*found;
  }
  // Ends one that was never opened, or whatever is there, with what is known of it.
  void end(const Slot& slot, PlayEnd how, const std::string& why) {
    if (slot.voice)
      slot.voice->end(how, why, station_now());
    else
      post(PlayEnded{.play = slot.request.play, .end = how, .problem = why});
  }
  // Any thread. Takes everything from the list, so that each is ended once.
  void end_all(PlayEnd how, const std::string& why) {
    std::deque<Slot> left;
    {
      const std::lock_guard lock(list_mutex);
      door = Door::kClosed;
      left.swap(slots);
    }
    for (const Slot& slot : left) end(slot, slot.is_stopped ? PlayEnd::kStopped : how, slot.is_stopped ? "" : why);
  }
  [[nodiscard]] bool is_empty() {
    const std::lock_guard lock(list_mutex);
    return slots.empty();
  }
  // With the lock.
  void erase(const PlayId& play) {
    std::erase_if(slots, [&](const Slot& slot) { return slot.request.play == play; });
    if (slots.empty()) door = Door::kClosed;
  }

  // --- the streaming thread

  void fail_stream(const char* why) {
    for (const Slot& slot : listed())
      if (slot.voice) slot.voice->set_problem(why);
    gst_app_src_end_of_stream(GST_APP_SRC(source));
  }

  // The sink wants the next block.
  void on_need_data() noexcept {
    try {
      push_next();
    } catch (const std::exception& e) {
      fail_stream(e.what());
    }
  }

  void push_next() {
    const std::int64_t now = position_at(station_now());
    do {
      const Voice::Block given = producing->render(block, now - producing_zero, settling);
      if (given.is_joined) discont = true;
      if (given.size > 0) return push(given.position + producing_zero, given.size);
    } while (take_next());
    push_tail();
  }

  // The next play takes over where the one before has ended.
  bool take_next() {
    {
      const std::lock_guard lock(list_mutex);
      const auto next =
          std::find_if(slots.begin(), slots.end(), [](const Slot& slot) { return slot.stage == Slot::Stage::kOpened; });
      if (next == slots.end()) return false;
      next->stage = Slot::Stage::kBegun;
      next->from = next_position;
      producing = next->voice;
      producing_zero = next->zero;
    }
    tail_left = kTail;
    settling = kRejoinSilence;
    producing->begin(next_position - producing_zero);
    return true;
  }

  void push_tail() {
    if (tail_left <= 0) {
      const std::lock_guard lock(list_mutex);
      // One that has just been asked for is about to be opened.
      if (std::all_of(slots.begin(), slots.end(), [](const Slot& s) { return s.stage == Slot::Stage::kBegun; })) {
        door = Door::kClosed;
        gst_app_src_end_of_stream(GST_APP_SRC(source));
        return;
      }
      tail_left = kBlock;
    }
    std::fill(block.begin(), block.end(), std::int16_t{0});
    const std::int64_t size = std::min(kBlock, tail_left);
    tail_left -= size;
    push(next_position, static_cast<std::size_t>(size));
  }

  void push(std::int64_t position, std::size_t size) {
    next_position = position + static_cast<std::int64_t>(size);
    GstBuffer* buffer = gst_buffer_new_memdup(block.data(), size * sizeof(std::int16_t));
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(to_time(position - origin()).count());
    GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(to_time(static_cast<std::int64_t>(size)).count());
    GST_BUFFER_OFFSET(buffer) = static_cast<guint64>(position - origin());
    if (discont) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    discont = false;
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
  }

  // A block passes on to the sink (device) or has been let through by the clock (file).
  void on_block(GstBuffer* buffer) noexcept {
    try {
      GstMapInfo map;
      if (gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE) return;
      const std::int64_t position = static_cast<std::int64_t>(GST_BUFFER_OFFSET(buffer)) + origin();
      const std::span<const std::int16_t> samples{reinterpret_cast<const std::int16_t*>(map.data),
                                                  map.size / sizeof(std::int16_t)};
      try {
        add_block(position, samples);
      } catch (...) {
        gst_buffer_unmap(buffer, &map);
        throw;
      }
      gst_buffer_unmap(buffer, &map);
    } catch (const std::exception& e) {
      fail_stream(e.what());
    }
  }

  void add_block(std::int64_t position, std::span<const std::int16_t> samples) {
    beats.fetch_add(1);
    const StationTime now = station_now();
    Slot slot;
    std::optional<nanoseconds> device;
    {
      const std::lock_guard lock(list_mutex);
      if (const auto next = next_device_time()) device = *next - to_time(position);
      const auto own = std::find_if(slots.rbegin(), slots.rend(), [&](const Slot& s) {
        return s.stage == Slot::Stage::kBegun && s.from <= position;
      });
      if (own == slots.rend()) return;
      slot = *own;
    }
    if (device) *device += to_time(slot.zero);
    const auto leaves =
        sink_config.kind == SinkKind::kFile ? std::optional<StationTime>{now + kFileBuffer} : std::nullopt;
    slot.voice->add_block(position - slot.zero, samples, slot.voice->position_at(now), device, leaves);
  }

  // Where in the device's stream the next sample will lie; nullopt right after an interruption and without a device.
  [[nodiscard]] std::optional<nanoseconds> next_device_time() const {
    if (sink_config.kind == SinkKind::kFile) return std::nullopt;
    const auto* base_sink = GST_AUDIO_BASE_SINK(sink);
    if (base_sink->next_sample == GST_CLOCK_TIME_NONE) return std::nullopt;
    const int rate = GST_AUDIO_INFO_RATE(&base_sink->ringbuffer->spec.info);
    if (rate <= 0) return std::nullopt;
    return nanoseconds{static_cast<std::int64_t>(
        gst_util_uint64_scale(base_sink->next_sample, GST_SECOND, static_cast<guint64>(rate)))};
  }

  // Reads the device's clock beside ours and tells the sink where our time lies in the device's stream.
  void observe_device() {
    GstClock* device_clock = GST_AUDIO_BASE_SINK(sink)->provided_clock;
    const MonoTime before = system_now().mono;
    const GstClockTime raw = gst_audio_clock_get_time(GST_AUDIO_CLOCK(device_clock));
    const MonoTime after = system_now().mono;
    if (raw == GST_CLOCK_TIME_NONE) return;
    const nanoseconds device{static_cast<std::int64_t>(raw)};
    const StationTime station = clock.at(before + (after - before) / 2);
    if (const auto calibration = servo.observe(station, device, after - before)) {
      // The sink installs GStreamer's own slaving when it starts; two cannot steer.
      if (GstClock* master = gst_clock_get_master(device_clock); master != nullptr) {
        gst_object_unref(master);
        gst_clock_set_master(device_clock, nullptr);
      }
      gst_clock_set_calibration(device_clock, static_cast<GstClockTime>(calibration->device.count()),
                                static_cast<GstClockTime>(calibration->station.time_since_epoch().count()),
                                static_cast<GstClockTime>(1'000'000'000 + calibration->rate_ppb), 1'000'000'000);
    }
    const nanoseconds corrected{static_cast<std::int64_t>(gst_audio_clock_adjust(GST_AUDIO_CLOCK(device_clock), raw))};
    for (const Slot& slot : listed())
      if (slot.voice) slot.voice->add_reading(corrected, station);
  }

  GstOwned<GstElement> build() {
    GstOwned<GstElement> pipeline{GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))};
    GstOwned<GstElement> new_source = make_element("appsrc");
    source = new_source.get();
    GstCaps* caps = gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, GST_AUDIO_NE(S16), "layout",
                                        G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT,
                                        static_cast<int>(opus::kSampleRate), "channels", G_TYPE_INT, 1, nullptr);
    g_object_set(source, "caps", caps, "format", GST_FORMAT_TIME, "stream-type", GST_APP_STREAM_TYPE_STREAM,
                 "max-bytes", static_cast<guint64>(kBlock) * 2, "block", FALSE, nullptr);
    gst_caps_unref(caps);
    GstAppSrcCallbacks callbacks{};
    callbacks.need_data = [](GstAppSrc*, guint, gpointer self) { static_cast<Impl*>(self)->on_need_data(); };
    gst_app_src_set_callbacks(GST_APP_SRC(source), &callbacks, this, nullptr);

    std::vector<GstOwned<GstElement>> chain;
    chain.push_back(std::move(new_source));
    if (sink_config.kind == SinkKind::kAlsa)
      for (const char* factory : {"audioconvert", "audioresample"}) chain.push_back(make_element(factory));
    chain.push_back(make_sink());
    sink = chain.back().get();
    for (const auto& element : chain) gst_bin_add(GST_BIN(pipeline.get()), element.get());
    for (std::size_t i = 1; i < chain.size(); ++i)
      if (gst_element_link(chain[i - 1].get(), chain[i].get()) == FALSE)
        throw Error("playout.no_plugin", {"gstreamer", "elements do not link"});

    gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), gst_clock.get());
    gst_element_set_start_time(pipeline.get(), GST_CLOCK_TIME_NONE);
    gst_element_set_base_time(pipeline.get(), static_cast<GstClockTime>(base().time_since_epoch().count()));
    return pipeline;
  }

  GstOwned<GstElement> make_sink() {
    if (sink_config.kind == SinkKind::kFile) {
      GstOwned<GstElement> made = make_element("appsink");
      g_object_set(made.get(), "sync", TRUE, "ts-offset", -static_cast<gint64>(nanoseconds{kFileBuffer}.count()),
                   "wait-on-eos", FALSE, nullptr);
      GstAppSinkCallbacks callbacks{};
      callbacks.new_sample = [](GstAppSink* from, gpointer self) {
        GstSample* sample = gst_app_sink_pull_sample(from);
        if (sample == nullptr) return GST_FLOW_OK;
        static_cast<Impl*>(self)->on_block(gst_sample_get_buffer(sample));
        gst_sample_unref(sample);
        return GST_FLOW_OK;
      };
      gst_app_sink_set_callbacks(GST_APP_SINK(made.get()), &callbacks, this, nullptr);
      return made;
    }
    GstOwned<GstElement> made = make_element(sink_config.kind == SinkKind::kPulse ? "pulsesink" : "alsasink");
    g_object_set(made.get(), "provide-clock", FALSE, "slave-method", GST_AUDIO_BASE_SINK_SLAVE_RESAMPLE, "buffer-time",
                 buffer_time_us, "latency-time", kLatencyTimeUs, nullptr);
    if (!sink_config.device.empty()) g_object_set(made.get(), "device", sink_config.device.c_str(), nullptr);
    // A sound server may remember that somebody muted this program; silence is the plan's decision alone.
    if (sink_config.kind == SinkKind::kPulse) g_object_set(made.get(), "client-name", "Loa", "mute", FALSE, nullptr);
    GstPad* pad = gst_element_get_static_pad(source, "src");
    gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo* info, gpointer self) {
          static_cast<Impl*>(self)->on_block(GST_PAD_PROBE_INFO_BUFFER(info));
          return GST_PAD_PROBE_OK;
        },
        this, nullptr);
    gst_object_unref(pad);
    return made;
  }

  // --- the play thread

  void run() {
    try {
      play();
    } catch (const std::exception& e) {
      end_all(PlayEnd::kFailed, e.what());
    }
    through.store(true);
    post(std::nullopt);
  }

  void play() {
    const Slot first = listed().at(0);
    producing = open(first.request);
    next_position = origin();
    producing->begin(next_position);
    {
      const std::lock_guard lock(list_mutex);
      if (slots.empty()) return;  // given up meanwhile
      Slot& own = slots.front();
      own.stage = Slot::Stage::kBegun;
      own.from = next_position;
      adopt(own, producing);
    }
    const GstOwned<GstElement> pipeline = build();
    const GstOwned<GstBus> bus{gst_element_get_bus(pipeline.get())};
    const GstStateChangeReturn changed_state = gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    try {
      watch(bus.get(), changed_state == GST_STATE_CHANGE_FAILURE);
    } catch (...) {
      gst_element_set_state(pipeline.get(), GST_STATE_NULL);
      throw;
    }
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }

  // Throws loa::Error when there is nothing of it to play.
  [[nodiscard]] std::shared_ptr<Voice> open(const PlayRequest& request) const {
    auto voice = std::make_shared<Voice>(request, sink_config.record, post);
    if (voice->position_at(station_now()) >= voice->sound_end()) throw Error("playout.too_late");
    return voice;
  }
  // With the lock: what was said before it was opened holds.
  static void adopt(Slot& slot, std::shared_ptr<Voice> voice) {
    if (slot.is_released) voice->release();
    if (slot.is_stopped) voice->stop();
    slot.voice = std::move(voice);
  }

  // What has been asked for meanwhile.
  void open_waiting() {
    for (const Slot& slot : listed()) {
      if (slot.stage != Slot::Stage::kWaiting) continue;
      std::shared_ptr<Voice> voice;
      std::string why;
      try {
        voice = open(slot.request);
      } catch (const Error& e) {
        why = e.what();
      }
      const std::lock_guard lock(list_mutex);
      Slot* own = find(slot.request.play);
      if (own == nullptr) continue;
      if (voice) {
        own->stage = Slot::Stage::kOpened;
        own->zero = to_samples(own->request.start - zero);
        adopt(*own, std::move(voice));
      } else {
        erase(slot.request.play);
        end(slot, PlayEnd::kFailed, why);
      }
    }
  }

  void watch(GstBus* bus, bool failed) {
    std::map<PlayId, MonoTime> stop_deadlines;
    for (;;) {
      GstMessage* message =
          gst_bus_timed_pop_filtered(bus, failed ? 0 : static_cast<GstClockTime>(nanoseconds{kWatch}.count()),
                                     static_cast<GstMessageType>(static_cast<unsigned>(GST_MESSAGE_ERROR) |
                                                                 static_cast<unsigned>(GST_MESSAGE_EOS)));
      if (message != nullptr) {
        const bool is_error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
        const std::string why = is_error ? message_text(message) : std::string{};
        gst_message_unref(message);
        return is_error ? end_all(PlayEnd::kFailed, describe(sink_config) + ": " + why) : end_of_stream();
      }
      if (failed) return end_all(PlayEnd::kFailed, describe(sink_config) + ": it cannot be opened");
      if (sink_config.kind != SinkKind::kFile) observe_device();
      open_waiting();
      look_at_each(stop_deadlines);
      if (is_empty()) return;
    }
  }

  void look_at_each(std::map<PlayId, MonoTime>& stop_deadlines) {
    const Now now = system_now();
    const StationTime station = clock.at(now.mono);
    const std::vector<Slot> each = listed();
    for (std::size_t i = 0; i < each.size(); ++i) {
      const Slot& slot = each[i];
      if (slot.voice) slot.voice->report(station);
      if (i + 1 < each.size() && each[i + 1].stage == Slot::Stage::kBegun) {
        if (!slot.voice->is_out(station)) continue;
        slot.voice->finish(station);
        const std::lock_guard lock(list_mutex);
        erase(slot.request.play);
      } else if (slot.is_stopped && !withdraw(slot.request.play, station)) {
        const auto deadline = stop_deadlines.try_emplace(slot.request.play, now.mono + kStopWait).first->second;
        if (now.mono >= deadline) return end_all(PlayEnd::kFailed, "the sound device takes no samples");
      }
    }
  }

  // Ends a stopped play of which nothing is on its way to the device.
  bool withdraw(const PlayId& play, StationTime now) {
    const std::lock_guard lock(list_mutex);
    Slot* slot = find(play);
    if (slot == nullptr) return true;
    const bool is_silent_yet = slots.size() == 1 && now < slot->request.start - kMinLeadIn;
    if (slot->stage == Slot::Stage::kBegun && !is_silent_yet) return false;
    const Slot gone = *slot;
    erase(play);
    end(gone, PlayEnd::kStopped, "");
    return true;
  }

  void end_of_stream() {
    std::deque<Slot> left;
    {
      const std::lock_guard lock(list_mutex);
      door = Door::kClosed;
      left.swap(slots);
    }
    for (const Slot& slot : left) {
      if (slot.voice)
        slot.voice->finish(station_now());
      else
        end(slot, PlayEnd::kFailed, "the output closed");
    }
  }
};

GstOutput::GstOutput(PlayRequest request, SinkConfig sink, const ClockCalibration& clock, Post post)
    : impl_(std::make_shared<Impl>(std::move(request), std::move(sink), clock, std::move(post))) {
  std::thread([impl = impl_] { impl->run(); }).detach();
}

GstOutput::~GstOutput() = default;

bool GstOutput::follow(const PlayRequest& request) {
  const std::lock_guard lock(impl_->list_mutex);
  if (impl_->door == Impl::Door::kClosed) return false;
  impl_->slots.push_back({request});
  return true;
}

bool GstOutput::stop(const PlayId& play) {
  const std::lock_guard lock(impl_->list_mutex);
  Impl::Slot* slot = impl_->find(play);
  if (slot == nullptr) return false;
  slot->is_stopped = true;
  if (slot->voice) slot->voice->stop();
  return true;
}

void GstOutput::stop_all() {
  const std::lock_guard lock(impl_->list_mutex);
  for (Impl::Slot& slot : impl_->slots) {
    slot.is_stopped = true;
    if (slot.voice) slot.voice->stop();
  }
}

bool GstOutput::release(const PlayId& play) {
  const std::lock_guard lock(impl_->list_mutex);
  Impl::Slot* slot = impl_->find(play);
  if (slot == nullptr) return false;
  slot->is_released = true;
  if (slot->voice) slot->voice->release();
  return true;
}

void GstOutput::set_clock(const ClockCalibration& clock) {
  impl_->set_clock(clock);
}

void GstOutput::give_up(const std::string& problem) {
  impl_->end_all(PlayEnd::kFailed, problem);
}

bool GstOutput::has_ended() const {
  return impl_->is_empty();
}

bool GstOutput::is_through() const {
  return impl_->through.load();
}

std::uint64_t GstOutput::beats() const {
  return impl_->beats.load();
}

}  // namespace loa::playout
