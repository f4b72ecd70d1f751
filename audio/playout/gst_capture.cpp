#include "audio/playout/gst_capture.h"

#include <algorithm>
#include <memory>
#include <string>

#include <gst/app/gstappsink.h>
#include <gst/audio/gstaudiobasesrc.h>
#include <gst/gst.h>

#include "audio/opus/packet_source.h"
#include "common/base/error.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kRate = opus::kSampleRate;
constexpr std::int64_t kMostSamples = kRate * 30;
constexpr std::int64_t kGap = kRate / 50;  // a shorter one is how the device's clock is read
constexpr milliseconds kPatience{100};

struct Unref {
  void operator()(gpointer object) const {
    if (object != nullptr) gst_object_unref(object);
  }
};
struct UnrefSample {
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};
struct Stop {
  void operator()(GstElement* pipeline) const {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
};

// Into the bin, which owns it.
GstElement* add(GstElement* pipeline, const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) throw Error("playout.no_plugin", {factory, "element missing"});
  gst_bin_add(GST_BIN(pipeline), element);
  return element;
}

GstElement* build(GstElement* pipeline, const SourceConfig& source) {
  const bool is_pulse = source.kind == SinkKind::kPulse;
  GstElement* last = add(pipeline, is_pulse ? "pulsesrc" : "alsasrc");
  // Its samples are stamped by the clock at which they came, so that they lie on the station's time.
  g_object_set(last, "provide-clock", FALSE, "slave-method", GST_AUDIO_BASE_SRC_SLAVE_RE_TIMESTAMP, nullptr);
  if (!source.device.empty()) g_object_set(last, "device", source.device.c_str(), nullptr);
  if (is_pulse) g_object_set(last, "client-name", "Loa", nullptr);
  if (!is_pulse) {
    for (const char* factory : {"audioconvert", "audioresample"}) {
      GstElement* next = add(pipeline, factory);
      if (gst_element_link(last, next) == FALSE) throw Error("playout.no_plugin", {factory, "elements do not link"});
      last = next;
    }
  }
  GstElement* sink = add(pipeline, "appsink");
  GstCaps* caps = gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, GST_AUDIO_NE(S16), "layout",
                                      G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, static_cast<int>(kRate),
                                      "channels", G_TYPE_INT, 1, nullptr);
  g_object_set(sink, "caps", caps, "sync", FALSE, nullptr);
  gst_caps_unref(caps);
  if (gst_element_link(last, sink) == FALSE) throw Error("playout.no_plugin", {"appsink", "elements do not link"});
  return sink;
}

// The first error that the pipeline told; empty when there is none.
std::string trouble(GstElement* pipeline) {
  const std::unique_ptr<GstBus, Unref> bus(gst_element_get_bus(pipeline));
  GstMessage* message = gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR);
  if (message == nullptr) return {};
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  std::string why = error != nullptr ? error->message : "unknown error";
  g_clear_error(&error);
  gst_message_unref(message);
  return why;
}

void append(Captured& captured, GstBuffer* buffer, const StationClock& clock) {
  if (!GST_BUFFER_PTS_IS_VALID(buffer)) return;
  const StationTime at = clock.at(MonoTime{nanoseconds{static_cast<std::int64_t>(GST_BUFFER_PTS(buffer))}});
  if (captured.samples.empty()) captured.from = at;
  const auto here = static_cast<std::int64_t>(captured.samples.size());
  const std::int64_t there = (at - captured.from).count() * (kRate / 1000) / 1'000'000;
  if (there > here + kGap) captured.samples.resize(static_cast<std::size_t>(std::min(there, kMostSamples)));
  GstMapInfo map;
  if (gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE) return;
  const auto* samples = reinterpret_cast<const std::int16_t*>(map.data);
  captured.samples.insert(captured.samples.end(), samples, samples + map.size / sizeof(std::int16_t));
  gst_buffer_unmap(buffer, &map);
}

}  // namespace

Captured capture(const SourceConfig& source, const ClockCalibration& clock, StationTime until,
                 const std::function<bool()>& is_wanted) {
  const StationClock station(clock);
  const std::unique_ptr<GstClock, Unref> monotonic(GST_CLOCK(
      g_object_new(GST_TYPE_SYSTEM_CLOCK, "name", "capture-clock", "clock-type", GST_CLOCK_TYPE_MONOTONIC, nullptr)));
  const std::unique_ptr<GstElement, Stop> pipeline(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* sink = build(pipeline.get(), source);
  gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), monotonic.get());
  gst_element_set_start_time(pipeline.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline.get(), 0);
  const bool is_refused = gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE;
  Captured captured;
  while (is_wanted() && station.at(system_now().mono) < until &&
         static_cast<std::int64_t>(captured.samples.size()) < kMostSamples) {
    if (const std::string why = trouble(pipeline.get()); !why.empty() || is_refused)
      throw Error("monitor.failed", {describe(source), why.empty() ? "it cannot be opened" : why});
    const std::unique_ptr<GstSample, UnrefSample> sample(
        gst_app_sink_try_pull_sample(GST_APP_SINK(sink), static_cast<GstClockTime>(nanoseconds{kPatience}.count())));
    if (sample) append(captured, gst_sample_get_buffer(sample.get()), station);
  }
  if (captured.samples.empty()) throw Error("monitor.failed", {describe(source), "it gives no sound"});
  return captured;
}

}  // namespace loa::playout
