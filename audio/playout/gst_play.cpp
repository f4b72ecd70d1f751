#include "audio/playout/gst_play.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/audio/gstaudiobasesink.h>
#include <gst/audio/gstaudioclock.h>
#include <gst/gst.h>

#include "audio/opus/ogg_opus_reader.h"
#include "audio/playout/output_gate.h"
#include "audio/playout/rendered.h"
#include "audio/playout/sink_servo.h"
#include "audio/playout/timeline.h"
#include "common/base/error.h"
#include "common/base/log.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kBlock = opus::kSampleRate / 50;
constexpr std::int64_t kTail =
    opus::kSampleRate / 5;  // silence behind the sound, so that closing a device cuts nothing
constexpr std::int64_t kBeforeOpening = opus::kSampleRate * 9;
constexpr std::int64_t kBufferTimeUs = 200'000;  // what a device holds: the time we may be kept from the processor
constexpr std::int64_t kLatencyTimeUs = 20'000;
constexpr milliseconds kFileBuffer{100};     // the same for the file sink
constexpr milliseconds kPulseSettles{2500};  // silence before a late join: a sound server reports its position
constexpr milliseconds kAlsaSettles{500};    // up to 2 s wrong at first, hardware hardly at all
constexpr milliseconds kRejoinSilence{40};   // after a stall
constexpr milliseconds kHoldStep{100};       // how often a play that is not released looks again
constexpr milliseconds kMeasured{300};       // either side of the first sample, see gst_player.h
constexpr milliseconds kWatch{50};           // how often the play thread looks, and reads the device's clock
constexpr milliseconds kStopWait{1500};      // for a fade to come out before the pipeline is cut
constexpr std::size_t kMaxReadings = 12;

struct Unref {
  void operator()(gpointer object) const {
    if (object != nullptr) gst_object_unref(object);
  }
};
template <class T>
using GstOwned = std::unique_ptr<T, Unref>;

std::int64_t to_samples(nanoseconds t) {
  return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<1, opus::kSampleRate>>>(t).count();
}
nanoseconds to_time(std::int64_t samples) {
  return nanoseconds{samples * 1'000'000'000 / opus::kSampleRate};
}
milliseconds to_ms(std::int64_t samples) {
  return milliseconds{samples * 1000 / opus::kSampleRate};
}

GstOwned<GstElement> make_element(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) throw Error("playout.no_plugin", {factory, "element missing"});
  gst_object_ref_sink(element);
  return GstOwned<GstElement>{element};
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

struct GstPlay::Impl {
  const PlayRequest request;
  const SinkConfig sink_config;
  const Post post;
  StationClock clock;          // our own copy, so that a thread left behind never reads the owner's
  const std::int64_t lead_in;  // samples
  GstOwned<GstClock> gst_clock;

  std::atomic<bool> stop_requested{false};
  std::atomic<bool> released{false};
  std::atomic<bool> ended{false};
  std::atomic<bool> through{false};
  std::atomic<std::uint64_t> beats{0};

  // Set by the play thread before the pipeline runs, then the streaming thread's.
  std::unique_ptr<Timeline> timeline;
  std::unique_ptr<OutputGate> gate;
  GstElement* source = nullptr;  // owned by the pipeline
  GstElement* sink = nullptr;
  bool discont = true;
  std::int64_t sound_end = 0;  // position behind the last sample of the sound; earlier once it is stopped
  std::int64_t tail_left = kTail;
  std::vector<std::int16_t> block = std::vector<std::int16_t>(static_cast<std::size_t>(kBlock));
  SinkServo servo;

  // Protects what follows: written by the streaming thread, read by the others.
  std::mutex mutex;
  std::unique_ptr<Rendered> rendered;
  std::string problem;
  std::int64_t next_audible = 0;                 // where the timeline means to begin
  std::optional<std::int64_t> audible_from;      // of the first audible block that came by
  std::optional<nanoseconds> device_at_audible;  // where its first sample lies in the device's stream
  std::optional<StationTime> file_started;
  nanoseconds device_at_zero{};       // the same of position 0, as the last block went in
  nanoseconds device_now{};           // last reading
  std::int64_t handed_end = 0;        // position behind the last block
  std::vector<nanoseconds> readings;  // station − device time around the first sample
  bool started_posted = false;
  bool drained = false;  // the sink says that all it was given is out

  Impl(PlayRequest wanted, SinkConfig config, const ClockCalibration& calibration, Post to)
      : request(std::move(wanted)),
        sink_config(std::move(config)),
        post(std::move(to)),
        clock(calibration),
        lead_in(to_samples(std::max<milliseconds>(request.lead_in, kMinLeadIn))),
        gst_clock(GST_CLOCK(g_object_new(GST_TYPE_SYSTEM_CLOCK, "name", "station-clock", "clock-type",
                                         GST_CLOCK_TYPE_MONOTONIC, nullptr))) {
    set_clock(calibration);
  }

  void set_clock(const ClockCalibration& calibration) {
    clock.set(calibration);
    const ClockCalibration c = clock.calibration();
    gst_clock_set_calibration(gst_clock.get(), static_cast<GstClockTime>(c.mono.time_since_epoch().count()),
                              static_cast<GstClockTime>(c.station.time_since_epoch().count()),
                              static_cast<GstClockTime>(1'000'000'000 + c.rate_ppb), 1'000'000'000);
  }

  [[nodiscard]] StationTime station_now() const { return clock.at(system_now().mono); }
  [[nodiscard]] std::int64_t position_at(StationTime t) const { return to_samples(t - request.start); }
  // Running time 0 lies before the pipeline exists: a device that were to wait for it would stand still after opening,
  // its clock running on, and then start a second off.
  [[nodiscard]] std::int64_t origin() const { return -lead_in - kBeforeOpening; }
  [[nodiscard]] StationTime base() const { return request.start + to_time(origin()); }

  // Any thread; the first to come wins.
  void end(PlayEnd how, const std::string& why) {
    if (ended.exchange(true)) return;
    PlayEnded event{.play = request.play, .end = how, .problem = why};
    // A streaming thread that hangs in a write to a dead disk holds the lock: what it measured is then lost.
    std::unique_lock lock(mutex, std::try_to_lock);
    if (lock.owns_lock() && rendered) {
      post_started();
      event.heard = to_ms(heard());
      if (event.heard > milliseconds{0}) {
        event.loudness_lufs = rendered->loudness_lufs();
        event.peak_dbfs = rendered->peak_dbfs();
      }
    }
    post(event);
  }

  // With the lock: what follows.
  // What was handed over less what is still on its way inside the sink.
  [[nodiscard]] std::int64_t heard() const {
    if (drained) return rendered->heard();
    const std::int64_t sounding =
        sink_config.kind == SinkKind::kFile ? position_at(station_now()) : to_samples(device_now - device_at_zero);
    return rendered->heard() - std::clamp<std::int64_t>(handed_end - sounding, 0, rendered->heard());
  }

  void post_started() {
    if (started_posted || !audible_from || ended_before_sound()) return;
    started_posted = true;
    const StationTime planned = request.start + to_time(*audible_from);
    StationTime measured = planned;
    if (file_started) {
      measured = *file_started;
    } else if (device_at_audible && !readings.empty()) {
      const auto middle = readings.begin() + static_cast<std::ptrdiff_t>(readings.size() / 2);
      std::nth_element(readings.begin(), middle, readings.end());
      measured = StationTime{*device_at_audible + *middle};
    }
    post(PlayStarted{request.play, measured, measured - planned, to_ms(*audible_from)});
  }

  [[nodiscard]] bool ended_before_sound() const { return heard() <= 0; }
  // Up to here.

  void fail_stream(const char* why) {
    {
      const std::lock_guard lock(mutex);
      if (problem.empty()) problem = why;
    }
    gst_app_src_end_of_stream(GST_APP_SRC(source));
  }

  // Streaming thread: the sink wants the next block.
  void on_need_data() noexcept {
    try {
      push_next();
    } catch (const std::exception& e) {
      fail_stream(e.what());
    }
  }

  void push_next() {
    if (stop_requested.load()) timeline->stop();
    catch_up(position_at(station_now()));
    hold_back();
    const std::int64_t position = timeline->position();
    std::size_t size = timeline->render(block);
    if (size == 0) {
      if (tail_left <= 0) {
        gst_app_src_end_of_stream(GST_APP_SRC(source));
        return;
      }
      sound_end = std::min(sound_end, position);
      push_tail(position);
      return;
    }
    push(position, size);
  }

  // The next block's moment is over: at the start, because the device has just been opened or the play was armed late;
  // later, because something stood still. Silence can be left out; sound is joined in step.
  void catch_up(std::int64_t now) {
    if (timeline->ended() || now <= timeline->position()) return;
    const std::int64_t next = now + kBlock;
    discont = true;
    if (next <= timeline->audible_from())
      timeline->skip_silence(next);
    else
      timeline->join(next,
                     next + to_samples(timeline->position() < timeline->audible_from() ? settling() : kRejoinSilence));
  }

  // A play that is not released stays in its lead-in; once it is, it joins in step.
  void hold_back() {
    if (released.load()) {
      gate->release();
    } else if (timeline->position() >= timeline->audible_from() && !timeline->ended()) {
      timeline->join(timeline->position(), timeline->position() + to_samples(kHoldStep));
    }
  }

  [[nodiscard]] milliseconds settling() const {
    switch (sink_config.kind) {
      case SinkKind::kPulse:
        return kPulseSettles;
      case SinkKind::kAlsa:
        return kAlsaSettles;
      case SinkKind::kFile:
        break;
    }
    return kFileBuffer;
  }

  void push_tail(std::int64_t end_position) {
    std::fill(block.begin(), block.end(), std::int16_t{0});
    push(end_position + kTail - tail_left, static_cast<std::size_t>(std::min(kBlock, tail_left)));
    tail_left -= kBlock;
  }

  void push(std::int64_t position, std::size_t size) {
    gate->pass(position, std::span{block}.first(size));
    GstBuffer* buffer = gst_buffer_new_memdup(block.data(), size * sizeof(std::int16_t));
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(to_time(position - origin()).count());
    GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(to_time(static_cast<std::int64_t>(size)).count());
    GST_BUFFER_OFFSET(buffer) = static_cast<guint64>(position - origin());
    if (discont) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    discont = false;
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
  }

  // Streaming thread: a block passes on to the sink (device) or has been let through by the clock (file).
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
    const std::lock_guard lock(mutex);
    const std::int64_t from = timeline->audible_from();
    next_audible = from;
    if (!audible_from && position >= from && position < sound_end) {
      audible_from = position;
      if (sink_config.kind == SinkKind::kFile) file_started = now + kFileBuffer;
    }
    handed_end = position + static_cast<std::int64_t>(samples.size());
    if (const auto next = next_device_time()) {
      device_at_zero = *next - to_time(position);
      if (audible_from && !device_at_audible) device_at_audible = device_at_zero + to_time(*audible_from);
    }
    rendered->add(position, samples, {from, sound_end}, position_at(now));
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
    const std::lock_guard lock(mutex);
    const StationTime first_sample = request.start + to_time(next_audible);
    device_now = nanoseconds{static_cast<std::int64_t>(gst_audio_clock_adjust(GST_AUDIO_CLOCK(device_clock), raw))};
    if (!started_posted && readings.size() < kMaxReadings && station > first_sample - kMeasured)
      readings.push_back(station.time_since_epoch() - device_now);
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
                 kBufferTimeUs, "latency-time", kLatencyTimeUs, nullptr);
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

  void run() {
    try {
      play();
    } catch (const std::exception& e) {
      end(PlayEnd::kFailed, e.what());
    }
    through.store(true);
    post(std::nullopt);
  }

  void play() {
    auto reader = opus::OggOpusReader::open(request.clip);
    const std::int64_t limit = request.longest > milliseconds{0} ? to_samples(request.longest) : 0;
    sound_end = reader->length().value_or(0);
    if (limit > 0) sound_end = std::min(sound_end, limit);
    timeline =
        std::make_unique<Timeline>(std::move(reader), TimelineShape{.start = origin(),
                                                                    .ramp_in = to_samples(request.ramp_in),
                                                                    .limit = limit,
                                                                    .volume = static_cast<float>(request.volume)});
    gate = std::make_unique<OutputGate>(GateBounds{.from = 0, .until = sound_end, .peak = request.volume});
    std::optional<std::filesystem::path> wav;
    if (sink_config.record) wav = *sink_config.record / (request.play.str() + ".wav");
    {
      const std::lock_guard lock(mutex);
      rendered = std::make_unique<Rendered>(std::move(wav), -lead_in);
    }
    if (position_at(station_now()) >= sound_end) throw Error("playout.too_late");

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

  void watch(GstBus* bus, bool failed) {
    MonoTime stop_deadline = MonoTime::max();
    milliseconds reported{0};
    for (;;) {
      GstMessage* message =
          gst_bus_timed_pop_filtered(bus, failed ? 0 : static_cast<GstClockTime>(nanoseconds{kWatch}.count()),
                                     static_cast<GstMessageType>(static_cast<unsigned>(GST_MESSAGE_ERROR) |
                                                                 static_cast<unsigned>(GST_MESSAGE_EOS)));
      if (message != nullptr) {
        const bool is_error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
        const std::string why = is_error ? message_text(message) : std::string{};
        gst_message_unref(message);
        return is_error ? end(PlayEnd::kFailed, describe(sink_config) + ": " + why) : end_of_stream();
      }
      if (failed) return end(PlayEnd::kFailed, describe(sink_config) + ": it cannot be opened");
      if (ended.load()) return;
      if (sink_config.kind != SinkKind::kFile) observe_device();
      const Now now = system_now();
      if (stop_requested.load()) {
        if (clock.at(now.mono) < request.start - kMinLeadIn) return end(PlayEnd::kStopped, "");
        if (stop_deadline == MonoTime::max()) stop_deadline = now.mono + kStopWait;
        if (now.mono >= stop_deadline) return end(PlayEnd::kStopped, "");
      }
      report(clock.at(now.mono), reported);
    }
  }

  void end_of_stream() {
    std::string why;
    {
      const std::lock_guard lock(mutex);
      why = problem;
      drained = true;
    }
    if (!why.empty()) return end(PlayEnd::kFailed, why);
    end(stop_requested.load() ? PlayEnd::kStopped : PlayEnd::kCompleted, "");
  }

  void report(StationTime now, milliseconds& reported) {
    const std::lock_guard lock(mutex);
    if (!audible_from || now < request.start + to_time(*audible_from) + kMeasured) return;
    post_started();
    const milliseconds done = to_ms(heard());
    if (done < reported + seconds{1}) return;
    reported = done;
    post(PlayProgress{request.play, done});
  }
};

GstPlay::GstPlay(PlayRequest request, SinkConfig sink, const ClockCalibration& clock, Post post)
    : impl_(std::make_shared<Impl>(std::move(request), std::move(sink), clock, std::move(post))) {
  std::thread([impl = impl_] { impl->run(); }).detach();
}

GstPlay::~GstPlay() = default;

void GstPlay::stop() {
  impl_->stop_requested.store(true);
}

void GstPlay::release() {
  impl_->released.store(true);
}

void GstPlay::set_clock(const ClockCalibration& clock) {
  impl_->set_clock(clock);
}

void GstPlay::give_up(const std::string& problem) {
  impl_->end(PlayEnd::kFailed, problem);
}

bool GstPlay::has_ended() const {
  return impl_->ended.load();
}

bool GstPlay::is_through() const {
  return impl_->through.load();
}

std::uint64_t GstPlay::beats() const {
  return impl_->beats.load();
}

}  // namespace loa::playout
