#include "audio/intake/decoder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>

#include <gst/app/gstappsink.h>
#include <gst/audio/audio.h>
#include <gst/gst.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/intake/mono.h"
#include "common/base/error.h"

namespace loa::intake {
namespace {

constexpr std::array kPlainPlugins{"coreelements", "app",  "audioconvert", "wavparse", "alaw", "mulaw",  "mpg123",
                                   "audioparsers", "flac", "ogg",          "vorbis",   "opus", "isomp4", "matroska"};
constexpr int kLowestRate = 4'000;
constexpr int kHighestRate = 768'000;
constexpr int kMostChannels = 8;
constexpr std::size_t kBatch = kSampleRate;

struct Unref {
  void operator()(GstElement* element) const { gst_object_unref(element); }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstPad* pad) const { gst_object_unref(pad); }
  void operator()(GstAudioResampler* resampler) const { gst_audio_resampler_free(resampler); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

bool g_libav_loaded = false;  // NOLINT(readability-identifier-naming)

// How a coded stream becomes raw samples: elements in order. Empty list of elements: it is raw already.
struct Chain {
  std::string_view media_type;
  std::vector<const char*> elements;
  bool needs_libav = false;
};

std::optional<Chain> chain_for(const GstStructure* caps) {
  const std::string_view type = gst_structure_get_name(caps);
  if (type == "audio/mpeg") {
    gint version = 0;
    gst_structure_get_int(caps, "mpegversion", &version);
    if (version == 1) return Chain{type, {"mpegaudioparse", "mpg123audiodec"}};
    if (version == 2 || version == 4) return Chain{type, {"aacparse", "avdec_aac"}, true};
    return std::nullopt;
  }
  static const std::vector<Chain> chains{
      {"audio/x-raw", {}},
      {"audio/x-alaw", {"alawdec"}},
      {"audio/x-mulaw", {"mulawdec"}},
      {"audio/x-flac", {"flacparse", "flacdec"}},
      {"audio/x-vorbis", {"vorbisdec"}},
      {"audio/x-opus", {"opusdec"}},
      {"audio/x-alac", {"avdec_alac"}, true},
      {"audio/AMR", {"avdec_amrnb"}, true},
      {"audio/AMR-WB", {"avdec_amrwb"}, true},
  };
  const auto found = std::find_if(chains.begin(), chains.end(), [&](const Chain& c) { return c.media_type == type; });
  if (found == chains.end()) return std::nullopt;
  return *found;
}

const char* demuxer_for(Container container) {
  switch (container) {
    case Container::kWav:
      return "wavparse";
    case Container::kOgg:
      return "oggdemux";
    case Container::kIsoMedia:
      return "qtdemux";
    case Container::kMatroska:
      return "matroskademux";
    case Container::kMpegAudio:
    case Container::kAdts:
    case Container::kFlac:
      return nullptr;
  }
  return nullptr;
}

std::optional<SampleFormat> format_of(GstAudioFormat format) {
  switch (format) {
    case GST_AUDIO_FORMAT_U8:
      return SampleFormat::kU8;
    case GST_AUDIO_FORMAT_S8:
      return SampleFormat::kS8;
    case GST_AUDIO_FORMAT_S16LE:
      return SampleFormat::kS16;
    case GST_AUDIO_FORMAT_S24LE:
      return SampleFormat::kS24;
    case GST_AUDIO_FORMAT_S24_32LE:
      return SampleFormat::kS24In32;
    case GST_AUDIO_FORMAT_S32LE:
      return SampleFormat::kS32;
    case GST_AUDIO_FORMAT_F32LE:
      return SampleFormat::kF32;
    case GST_AUDIO_FORMAT_F64LE:
      return SampleFormat::kF64;
    default:
      return std::nullopt;
  }
}

GstElement* make(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) throw Error("intake.plugin_missing", {factory});
  return element;
}

// Mono at any rate to mono at 48 kHz, aligned: no delay at the start, nothing lost at the end.
class Resampler {
 public:
  explicit Resampler(int rate)
      : rate_(rate),
        resampler_(gst_audio_resampler_new(GST_AUDIO_RESAMPLER_METHOD_KAISER, GST_AUDIO_RESAMPLER_FLAG_NONE,
                                           GST_AUDIO_FORMAT_F32LE, 1, rate, kSampleRate, nullptr)) {
    if (!resampler_) throw Error("intake.odd_format", {std::to_string(rate), "1"});
  }

  void process(std::vector<float>& in, std::vector<float>& out) {
    received_ += in.size();
    run(in, out);
  }
  void finish(std::vector<float>& out) {
    std::vector<float> silence(gst_audio_resampler_get_max_latency(resampler_.get()) + 1, 0.0F);
    const auto owed = static_cast<std::uint64_t>(std::llround(static_cast<double>(received_) * kSampleRate / rate_));
    std::vector<float> tail;
    run(silence, tail);
    const std::uint64_t missing = owed > produced_ - tail.size() ? owed - (produced_ - tail.size()) : 0;
    tail.resize(std::min<std::uint64_t>(tail.size(), missing));
    out.insert(out.end(), tail.begin(), tail.end());
  }

 private:
  void run(std::vector<float>& in, std::vector<float>& out) {
    const gsize frames = gst_audio_resampler_get_out_frames(resampler_.get(), in.size());
    const std::size_t before = out.size();
    out.resize(before + frames);
    gpointer from = in.data();
    gpointer to = out.data() + before;
    gst_audio_resampler_resample(resampler_.get(), &from, in.size(), &to, frames);
    produced_ += frames;
  }

  const int rate_;
  Owned<GstAudioResampler> resampler_;
  std::uint64_t received_ = 0;
  std::uint64_t produced_ = 0;
};

class Decoder final : public SampleSource {
 public:
  explicit Decoder(int fd);
  ~Decoder() override;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  std::span<const float> next() override;
  double progress() const override;

 private:
  static void on_pad_added(GstElement* demuxer, GstPad* pad, gpointer self) noexcept;
  static GstPadProbeReturn on_event(GstPad* pad, GstPadProbeInfo* probe, gpointer self) noexcept;
  static void on_no_more_pads(GstElement* demuxer, gpointer self) noexcept;
  static GstFlowReturn on_sample(GstAppSink* sink, gpointer self) noexcept;
  static void on_end(GstAppSink* sink, gpointer self) noexcept;
  static GstBusSyncReply on_message(GstBus* bus, GstMessage* message, gpointer self) noexcept;

  GstElement* add(const char* factory);
  GstElement* build_chain(const Chain& chain);
  void build_pipeline();
  void stop_pipeline();
  void throw_refusal();
  void finish();

  // The streaming thread's.
  void link_pad(GstPad* pad, const GstCaps* caps);
  void take(GstSample* sample);
  void set_layout(const GstCaps* caps);
  void hand_over();
  void refuse(Text refusal);
  [[nodiscard]] Text refusal_of_unlinked();
  [[nodiscard]] std::optional<double> declared_length() const;

  const int fd_;
  const std::uint64_t file_size_;
  Sniffed sniffed_;
  Owned<GstElement> pipeline_;
  GstElement* sink_ = nullptr;  // owned by the pipeline

  // The streaming thread's until stop_pipeline() has joined it.
  Owned<GstCaps> caps_;  // of the newest samples
  SampleLayout layout_;
  int rate_ = 0;
  std::unique_ptr<Resampler> resampler_;
  std::vector<float> mono_;
  std::vector<float> batch_;
  double decoded_s_ = 0.0;
  std::optional<double> declared_s_;
  bool linked_ = false;
  std::string unsupported_;  // the last sound track that could not be read

  // Two threads pass samples in batches: one switch a second of sound costs nothing, one per buffer would.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<float> ready_;     // protected by mutex_
  std::optional<Text> refusal_;  // protected by mutex_
  bool needs_libav_ = false;     // protected by mutex_
  bool ended_ = false;           // protected by mutex_; regularly
  bool broke_ = false;           // protected by mutex_; the pipeline said so
  bool nobody_waits_ = false;    // protected by mutex_; the streaming thread must not wait for the reader

  // The reader's.
  DcBlocker dc_blocker_;
  std::vector<float> samples_;
  bool finished_ = false;
};

void check_layout(gint rate, gint channels) {
  if (rate < kLowestRate || rate > kHighestRate || channels < 1 || channels > kMostChannels)
    throw Error("intake.odd_format", {std::to_string(rate), std::to_string(channels)});
}

std::vector<std::uint8_t> read_at(int fd, std::uint64_t offset, std::size_t length) {
  std::vector<std::uint8_t> bytes(length);
  std::size_t got = 0;
  while (got < length) {
    const ssize_t n = pread(fd, bytes.data() + got, length - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

std::uint64_t size_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) throw Error("intake.not_a_file");
  return static_cast<std::uint64_t>(status.st_size);
}

Decoder::Decoder(int fd) : fd_(fd), file_size_(size_of(fd)) {
  std::vector<std::uint8_t> head = read_at(fd_, 0, kSniffBytes);
  // Some taggers put a second tag before the first; more than that is not what a tagger does.
  std::uint64_t start = 0;
  for (int tags = 0; tags < 2; ++tags) {
    const std::uint64_t tag = tag_length(head);
    if (tag == 0) break;
    start += tag;
    head = read_at(fd_, start, kSniffBytes);
  }
  const std::optional<Sniffed> sniffed = sniff(head);
  if (!sniffed) throw Error("intake.not_audio");
  sniffed_ = *sniffed;
  declared_s_ = sniffed_.declared_s;
  if (lseek(fd_, 0, SEEK_SET) != 0) throw Error("intake.not_a_file");
  build_pipeline();
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);  // a failure comes as a message
}

Decoder::~Decoder() {
  stop_pipeline();
}

void Decoder::build_pipeline() {
  pipeline_.reset(gst_pipeline_new(nullptr));
  gst_object_ref_sink(pipeline_.get());
  const Owned<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), on_message, this, nullptr);
  GstElement* source = add("fdsrc");
  g_object_set(source, "fd", fd_, "blocksize", 65536U, nullptr);
  sink_ = add("appsink");
  g_object_set(sink_, "sync", FALSE, "qos", FALSE, "enable-last-sample", FALSE, nullptr);
  const Owned<GstCaps> raw(
      gst_caps_from_string("audio/x-raw, layout=interleaved, format={S16LE,F32LE,S32LE,S24LE,S24_32LE,F64LE,U8,S8}"));
  g_object_set(sink_, "caps", raw.get(), nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = on_sample;
  callbacks.eos = on_end;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink_), &callbacks, this, nullptr);

  if (const char* demuxer_name = demuxer_for(sniffed_.container); demuxer_name != nullptr) {
    GstElement* demuxer = add(demuxer_name);
    gst_element_link(source, demuxer);
    // wavparse has its pad from the start, but what comes out of it is known only with its caps.
    if (const Owned<GstPad> pad(gst_element_get_static_pad(demuxer, "src")); pad)
      gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, this, nullptr);
    g_signal_connect(demuxer, "pad-added", G_CALLBACK(on_pad_added), this);
    g_signal_connect(demuxer, "no-more-pads", G_CALLBACK(on_no_more_pads), this);
    return;
  }
  const char* caps = sniffed_.container == Container::kFlac   ? "audio/x-flac"
                     : sniffed_.container == Container::kAdts ? "audio/mpeg, mpegversion=(int)4"
                                                              : "audio/mpeg, mpegversion=(int)1";
  const Owned<GstCaps> type(gst_caps_from_string(caps));
  const Chain chain = *chain_for(gst_caps_get_structure(type.get(), 0));
  if (chain.needs_libav && !g_libav_loaded) throw NeedsLibav{};
  gst_element_link(source, build_chain(chain));
  linked_ = true;
}

GstElement* Decoder::add(const char* factory) {
  GstElement* element = make(factory);
  gst_bin_add(GST_BIN(pipeline_.get()), element);
  return element;
}

// Adds the chain and the conversion before the sink; returns its first element.
GstElement* Decoder::build_chain(const Chain& chain) {
  std::vector<GstElement*> elements;
  for (const char* name : chain.elements) elements.push_back(add(name));
  elements.push_back(add("audioconvert"));  // passes through all but planar samples
  for (std::size_t i = 0; i + 1 < elements.size(); ++i) gst_element_link(elements[i], elements[i + 1]);
  gst_element_link(elements.back(), sink_);
  for (GstElement* element : elements) gst_element_sync_state_with_parent(element);
  return elements.front();
}

void Decoder::stop_pipeline() {
  {
    const std::lock_guard lock(mutex_);
    nobody_waits_ = true;
  }
  changed_.notify_all();
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

// The streaming thread.
void Decoder::on_pad_added(GstElement* /*demuxer*/, GstPad* pad, gpointer self) noexcept {
  auto* decoder = static_cast<Decoder*>(self);
  try {
    Owned<GstCaps> caps(gst_pad_get_current_caps(pad));
    if (!caps) caps.reset(gst_pad_query_caps(pad, nullptr));
    if (caps) decoder->link_pad(pad, caps.get());
  } catch (const Error& error) {
    decoder->refuse(error.text());
  }
}

// The streaming thread.
GstPadProbeReturn Decoder::on_event(GstPad* pad, GstPadProbeInfo* probe, gpointer self) noexcept {
  auto* decoder = static_cast<Decoder*>(self);
  GstEvent* event = gst_pad_probe_info_get_event(probe);
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
  try {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    decoder->link_pad(pad, caps);
  } catch (const Error& error) {
    decoder->refuse(error.text());
  }
  return GST_PAD_PROBE_OK;
}

// The streaming thread.
void Decoder::on_no_more_pads(GstElement* /*demuxer*/, gpointer self) noexcept {
  auto* decoder = static_cast<Decoder*>(self);
  if (!decoder->linked_) decoder->refuse(decoder->refusal_of_unlinked());
}

// The streaming thread.
GstFlowReturn Decoder::on_sample(GstAppSink* sink, gpointer self) noexcept {
  auto* decoder = static_cast<Decoder*>(self);
  try {
    const Owned<GstSample> sample(gst_app_sink_pull_sample(sink));
    if (sample) decoder->take(sample.get());
    return GST_FLOW_OK;
  } catch (const Error& error) {
    decoder->refuse(error.text());
    return GST_FLOW_ERROR;
  }
}

// The streaming thread.
void Decoder::on_end(GstAppSink* /*sink*/, gpointer self) noexcept {
  auto* decoder = static_cast<Decoder*>(self);
  {
    const std::lock_guard lock(decoder->mutex_);
    decoder->ended_ = true;
  }
  decoder->changed_.notify_all();
}

// Any thread.
GstBusSyncReply Decoder::on_message(GstBus* /*bus*/, GstMessage* message, gpointer self) noexcept {
  auto* decoder = static_cast<Decoder*>(self);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    {
      const std::lock_guard lock(decoder->mutex_);
      decoder->broke_ = true;
    }
    decoder->changed_.notify_all();
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

void Decoder::link_pad(GstPad* pad, const GstCaps* caps) {
  if (gst_caps_is_empty(caps) != FALSE || gst_caps_is_any(caps) != FALSE) return;
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const std::string_view type = gst_structure_get_name(structure);
  if (!type.starts_with("audio/")) return;  // pictures, subtitles: never decoded
  if (linked_) return;                      // the first sound track is the one people hear
  gint rate = kLowestRate;
  gint channels = 1;
  gst_structure_get_int(structure, "rate", &rate);
  gst_structure_get_int(structure, "channels", &channels);
  check_layout(rate, channels);
  const std::optional<Chain> chain = chain_for(structure);
  if (!chain) {
    unsupported_ = type.substr(std::string_view{"audio/"}.size());
    return;
  }
  if (chain->needs_libav && !g_libav_loaded) {
    linked_ = true;
    {
      const std::lock_guard lock(mutex_);
      needs_libav_ = true;
    }
    changed_.notify_all();
    return;
  }
  const Owned<GstPad> into(gst_element_get_static_pad(build_chain(*chain), "sink"));
  linked_ = gst_pad_link(pad, into.get()) == GST_PAD_LINK_OK;
}

Text Decoder::refusal_of_unlinked() {
  if (unsupported_.empty()) return {"intake.no_audio_track", {}};
  return {"intake.unsupported_codec", {unsupported_}};
}

void Decoder::refuse(Text refusal) {
  {
    const std::lock_guard lock(mutex_);
    if (!refusal_) refusal_ = std::move(refusal);
  }
  changed_.notify_all();
}

void Decoder::set_layout(const GstCaps* caps) {
  GstAudioInfo info;
  if (gst_audio_info_from_caps(&info, caps) == FALSE) throw Error("intake.damaged");
  const auto format = format_of(GST_AUDIO_INFO_FORMAT(&info));
  const gint rate = GST_AUDIO_INFO_RATE(&info);
  const gint channels = GST_AUDIO_INFO_CHANNELS(&info);
  check_layout(rate, channels);
  if (!format) throw Error("intake.damaged");
  layout_ = {*format, static_cast<std::size_t>(channels), 0};
  for (gint c = 0; c < channels; ++c) {
    const auto position = info.position[c];
    if (position == GST_AUDIO_CHANNEL_POSITION_LFE1 || position == GST_AUDIO_CHANNEL_POSITION_LFE2)
      layout_.muted_channels |= std::uint64_t{1} << static_cast<unsigned>(c);
  }
  if (rate != rate_) {
    if (resampler_) resampler_->finish(batch_);  // a chained stream goes on at another rate
    resampler_ = rate == kSampleRate ? nullptr : std::make_unique<Resampler>(rate);
    rate_ = rate;
  }
}

void Decoder::take(GstSample* sample) {
  GstCaps* caps = gst_sample_get_caps(sample);
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (caps == nullptr || buffer == nullptr) return;
  if (!caps_) {
    if (!declared_s_) declared_s_ = declared_length();
    batch_.reserve(kBatch + kBatch / 4);
  }
  if (!caps_ || (caps_.get() != caps && gst_caps_is_equal(caps_.get(), caps) == FALSE)) set_layout(caps);
  if (caps_.get() != caps) caps_.reset(gst_caps_ref(caps));

  GstMapInfo map;
  if (gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE) return;
  mix_to_mono({map.data, map.size}, layout_, mono_);
  gst_buffer_unmap(buffer, &map);
  decoded_s_ += static_cast<double>(mono_.size()) / rate_;
  if (decoded_s_ > kLongestSeconds)
    throw Error("intake.too_long", {std::to_string(static_cast<int>(kLongestSeconds) / 60)});
  if (resampler_)
    resampler_->process(mono_, batch_);
  else
    batch_.insert(batch_.end(), mono_.begin(), mono_.end());
  if (batch_.size() >= kBatch) hand_over();
}

void Decoder::hand_over() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_.empty() || nobody_waits_; });
    ready_.insert(ready_.end(), batch_.begin(), batch_.end());
  }
  changed_.notify_all();
  batch_.clear();
}

std::span<const float> Decoder::next() {
  samples_.clear();
  if (finished_) return samples_;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || ended_ || broke_ || refusal_ || needs_libav_; });
    if (!refusal_ && !needs_libav_) samples_.swap(ready_);
  }
  changed_.notify_all();
  if (samples_.empty()) {
    finished_ = true;
    finish();
  }
  dc_blocker_.process(samples_);
  return samples_;
}

void Decoder::throw_refusal() {
  const std::lock_guard lock(mutex_);
  if (needs_libav_) throw NeedsLibav{};
  if (refusal_) throw Error(refusal_->code, refusal_->args);
}

void Decoder::finish() {
  const double read_share = progress();
  stop_pipeline();
  throw_refusal();
  samples_.swap(ready_);  // what was under way
  samples_.insert(samples_.end(), batch_.begin(), batch_.end());
  if (resampler_) resampler_->finish(samples_);

  if (decoded_s_ <= 0.0) {
    if (!linked_ && !unsupported_.empty()) throw Error("intake.unsupported_codec", {unsupported_});
    // A phone writes the index of an MP4 last: when that is cut off, all is lost.
    if (declared_s_ || sniffed_.container == Container::kIsoMedia) throw Error("intake.truncated");
    throw Error(broke_ ? "intake.damaged" : "intake.empty_sound");
  }
  if (declared_s_ && decoded_s_ < *declared_s_ * kUsableShare) throw Error("intake.truncated");
  if (!declared_s_ && broke_ && read_share < kUsableShare) throw Error("intake.damaged");
}

// What FLAC, MP4 and WebM headers promise. MPEG audio without a Xing frame and Ogg only guess from the file's size.
std::optional<double> Decoder::declared_length() const {
  const Container c = sniffed_.container;
  if (c != Container::kFlac && c != Container::kIsoMedia && c != Container::kMatroska) return std::nullopt;
  gint64 duration = 0;
  if (gst_element_query_duration(sink_, GST_FORMAT_TIME, &duration) == FALSE || duration <= 0) return std::nullopt;
  return static_cast<double>(duration) / static_cast<double>(GST_SECOND);
}

double Decoder::progress() const {
  const off_t at = lseek(fd_, 0, SEEK_CUR);
  if (at <= 0 || file_size_ == 0) return 0.0;
  return std::min(1.0, static_cast<double>(at) / static_cast<double>(file_size_));
}

}  // namespace

void load_codecs(Codecs codecs) {
  // No JIT: the sealed process may not make memory executable, and orc's plain C is fast enough for passing through.
  for (const auto& [name, value] : {std::pair{"GST_REGISTRY_DISABLE", "yes"}, std::pair{"GST_REGISTRY_UPDATE", "no"},
                                    std::pair{"GST_REGISTRY_FORK", "no"}, std::pair{"GST_PLUGIN_PATH", ""},
                                    std::pair{"GST_PLUGIN_SYSTEM_PATH", ""}, std::pair{"ORC_CODE", "backup"}})
    setenv(name, value, 1);
  gst_registry_fork_set_enabled(FALSE);
  GError* error = nullptr;
  if (gst_init_check(nullptr, nullptr, &error) == FALSE) {
    g_clear_error(&error);
    throw Error("intake.plugin_missing", {"gstreamer"});
  }
  const auto load = [](const std::string& name) {
    GError* problem = nullptr;
    GstPlugin* plugin = gst_plugin_load_file((LOA_GSTREAMER_PLUGINS "libgst" + name + ".so").c_str(), &problem);
    g_clear_error(&problem);
    if (plugin == nullptr) throw Error("intake.plugin_missing", {name});
    gst_object_unref(plugin);
  };
  for (const char* name : kPlainPlugins) load(name);
  if (codecs == Codecs::kWithLibav) {
    load("libav");
    g_libav_loaded = true;
  }
}

std::unique_ptr<SampleSource> open_decoder(int fd) {
  return std::make_unique<Decoder>(fd);
}

}  // namespace loa::intake
