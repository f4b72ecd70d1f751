#include "server/live/live_desk.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <fstream>
#include <utility>

#include "audio/live/live_encoder.h"
#include "audio/opus/live_feed.h"
#include "audio/opus/ogg_opus_reader.h"
#include "audio/opus/ogg_opus_writer.h"
#include "audio/opus/packet_decoder.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/wire/live.h"
#include "common/wire/topics.h"
#include "server/live/frame_clock.h"

namespace loa::live {
namespace {

constexpr milliseconds kClipAhead{1500};   // of a clip's frames before their moment
constexpr milliseconds kLook{100};         // while a channel is open
constexpr seconds kSilentAfter{4};         // without a word from the speaker's end, its connection is dead
constexpr std::size_t kMostWaiting = 500;  // messages of speakers: 10 s
constexpr seconds kExpiry{2};
constexpr seconds kGrowsEvery{6};

StationTime station_now() {
  return station_from_wall(system_now().wall);
}

}  // namespace

// The desk's thread, apart from its making.
class LiveDesk::Channel {
 public:
  Channel(const LiveDesk& desk, PlayId play, StationTime first, const std::optional<ClipHash>& clip)
      : desk_(desk),
        play_(std::move(play)),
        topic_(wire::live_topic(desk.settings_.station, play_)),
        first_(first),
        clock_(first, desk.delay_),
        last_heard_(std::max(station_now(), first)) {
    if (clip)
      clip_ = opus::OggOpusReader::open(desk.settings_.clips / (clip->str() + ".opus"));
    else
      file_ = desk.settings_.recordings / (play_.str() + ".opus");
  }

  [[nodiscard]] const crypto::PublicKey& key() const { return key_.public_key(); }
  [[nodiscard]] const PlayId& play() const { return play_; }
  [[nodiscard]] bool is_spoken() const { return clip_ == nullptr; }
  void set_delay(milliseconds delay) { clock_.set_delay(delay); }

  void speak(const Bytes& message, StationTime came) {
    last_heard_ = came;
    if (message.at(0) == kOpus) {
      samples_.resize(static_cast<std::size_t>(opus::kMaxPacketSamples));
      samples_.resize(decoder_.decode(ByteView{message}.subspan(1), samples_));
    } else {
      const std::size_t count = (message.size() - 1) / 2;
      samples_.resize(count);
      for (std::size_t i = 0; i < count; ++i) {
        const auto low = static_cast<unsigned>(message[1 + 2 * i]);
        const auto high = static_cast<unsigned>(message[2 + 2 * i]);
        samples_[i] = static_cast<float>(static_cast<std::int16_t>(low | high << 8U)) / 32768.0F;
      }
    }
    encoder_.add(samples_, [&](LiveEncoder::Frame frame) {
      const auto number = clock_.number(came);
      if (!number) return;
      record(frame);
      add(*number, std::move(frame));
    });
  }

  // Of a clip what comes next; of a speaker, whether the line is dead. False: nothing more comes.
  [[nodiscard]] bool look(StationTime now) {
    if (is_spoken()) return now - last_heard_ < kSilentAfter;
    while (true) {
      if (!pulled_) {
        auto pulled = clip_->pull();
        auto* packet = std::get_if<opus::OpusPacket>(&pulled);
        if (packet == nullptr) {
          flush();
          return true;  // the core knows when its play is over
        }
        pulled_ = std::move(*packet);
      }
      const std::int64_t number = (pulled_->position + opus::kLookahead) / opus::kLiveFrameSamples;
      if (first_ + number * wire::kLiveFrame > now + kClipAhead) return true;
      add(static_cast<std::uint32_t>(number), std::move(pulled_->bytes));
      pulled_.reset();
    }
  }

  void finish() {
    flush();
    if (!writer_) return;
    try {
      writer_->finish(recorded_ * opus::kFrameSamples - static_cast<std::uint64_t>(opus::kLookahead));
      out_.close();
      if (!out_) throw Error("file.cannot_write", {file_.string(), "close"});
      server::SpeechRecorded recorded;
      recorded.play = play_;
      recorded.file = file_;
      recorded.bytes = static_cast<std::int64_t>(std::filesystem::file_size(file_));
      desk_.post_(std::move(recorded));
    } catch (const std::exception& problem) {
      log::error("a speech was not recorded", {{"play", play_.str()}, {"why", problem.what()}});
    }
  }

 private:
  void add(std::uint32_t number, Bytes frame) {
    if (!pending_.empty() && number != pending_first_ + pending_.size()) flush();
    if (pending_.empty()) pending_first_ = number;
    pending_.push_back(std::move(frame));
    if (pending_.size() >= static_cast<std::size_t>(desk_.settings_.bundle_frames)) flush();
  }

  void flush() {
    if (pending_.empty()) return;
    desk_.publish_({topic_, wire::seal_bundle(pending_first_, pending_, key_), link::Qos::kAtMostOnce, false, kExpiry});
    pending_.clear();
  }

  // A disk that fails costs the recording, never the speech.
  void record(const LiveEncoder::Frame& frame) {
    if (is_record_broken_) return;
    try {
      if (!writer_) {
        out_.open(file_, std::ios::binary | std::ios::trunc);
        writer_.emplace(static_cast<std::size_t>(opus::kLookahead), [this](std::span<const std::uint8_t> bytes) {
          if (!out_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
            throw Error("file.cannot_write", {file_.string(), std::strerror(errno)});
        });
      }
      writer_->write(frame);
      ++recorded_;
    } catch (const std::exception& problem) {
      is_record_broken_ = true;
      writer_.reset();
      log::error("a speech is not recorded any more", {{"play", play_.str()}, {"why", problem.what()}});
    }
  }

  const LiveDesk& desk_;
  const PlayId play_;
  const std::string topic_;
  const StationTime first_;
  const crypto::SecretKey key_ = crypto::SecretKey::make();
  FrameClock clock_;
  StationTime last_heard_;

  // Of a clip.
  std::unique_ptr<opus::OggOpusReader> clip_;
  std::optional<opus::OpusPacket> pulled_;
  // Of a speaker.
  opus::PacketDecoder decoder_{0};
  LiveEncoder encoder_;
  std::vector<float> samples_;
  std::filesystem::path file_;
  std::ofstream out_;
  std::optional<opus::OggOpusWriter> writer_;
  std::uint64_t recorded_ = 0;  // frames
  bool is_record_broken_ = false;

  std::vector<Bytes> pending_;
  std::uint32_t pending_first_ = 0;
};

LiveDesk::LiveDesk(LiveDeskSettings settings, std::function<void(link::Publication)> publish,
                   std::function<bool(server::ServerMessage)> post)
    : settings_(std::move(settings)), publish_(std::move(publish)), post_(std::move(post)), delay_(settings_.delay) {
  std::filesystem::remove_all(settings_.recordings);
  std::filesystem::create_directories(settings_.recordings);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

LiveDesk::~LiveDesk() {
  thread_.request_stop();
  changed_.notify_all();
}

crypto::PublicKey LiveDesk::open(const PlayId& play, StationTime first, const std::optional<ClipHash>& clip) {
  std::shared_ptr<Channel> channel;
  {
    const std::lock_guard lock(mutex_);
    // A good line lets it shrink again.
    delay_ = std::max(settings_.delay, delay_ - settings_.delay_step / 2);
    channel = std::make_shared<Channel>(*this, play, first, clip);
  }
  const crypto::PublicKey key = channel->key();
  {
    const std::lock_guard lock(mutex_);
    channels_.insert_or_assign(play, std::move(channel));
  }
  changed_.notify_all();
  return key;
}

void LiveDesk::note_lost(const PlayId& play, const NodeId& node, milliseconds lost) {
  const std::lock_guard lock(mutex_);
  const auto channel = channels_.find(play);
  if (channel == channels_.end() || !channel->second->is_spoken()) return;
  milliseconds& before = lost_[play][node];
  const bool is_more = lost > before;
  before = lost;
  const MonoTime now = system_now().mono;
  MonoTime& grown = grown_.try_emplace(play, MonoTime::min()).first->second;
  // What it grew by has to be heard of first.
  if (!is_more || delay_ >= settings_.longest_delay || (grown != MonoTime::min() && now - grown < kGrowsEvery)) return;
  grown = now;
  delay_ = std::min(delay_ + settings_.delay_step, settings_.longest_delay);
  wanted_[play] = delay_;
  log::info("a live channel is put further ahead",
            {{"play", play.str()}, {"node", node.str()}, {"delay_ms", std::to_string(delay_.count())}});
}

void LiveDesk::close(const PlayId& play) {
  {
    const std::lock_guard lock(mutex_);
    lost_.erase(play);
    wanted_.erase(play);
    grown_.erase(play);
    const auto found = channels_.find(play);
    if (found == channels_.end()) return;
    closed_.push_back(std::move(found->second));
    channels_.erase(found);
  }
  changed_.notify_all();
}

bool LiveDesk::speak(const PlayId& play, ByteView message) {
  const bool is_whole =
      message.size() > 1 && (message[0] == kOpus || (message[0] == kSamples && message.size() % 2 == 1));
  if (!is_whole || message.size() > 2 * static_cast<std::size_t>(opus::kSampleRate) + 1) throw Error("live.bad_audio");
  {
    const std::lock_guard lock(mutex_);
    const auto found = channels_.find(play);
    if (found == channels_.end() || !found->second->is_spoken()) return false;
    if (spoken_.size() < kMostWaiting) spoken_.push_back({play, {message.begin(), message.end()}, station_now()});
  }
  changed_.notify_all();
  return true;
}

void LiveDesk::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::deque<Spoken> spoken;
    std::deque<std::shared_ptr<Channel>> closed;
    std::map<PlayId, std::shared_ptr<Channel>> open;
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [this] { return !spoken_.empty() || !closed_.empty(); };
      if (channels_.empty())
        changed_.wait(lock, stop, [&] { return has_work() || !channels_.empty(); });
      else
        changed_.wait_for(lock, stop, kLook, has_work);
      spoken.swap(spoken_);
      closed.swap(closed_);
      open = channels_;
      for (const auto& [play, delay] : std::exchange(wanted_, {})) open.at(play)->set_delay(delay);
    }
    for (const Spoken& each : spoken) {
      std::shared_ptr<Channel> to;
      if (const auto found = open.find(each.play); found != open.end()) to = found->second;
      for (const auto& channel : closed)
        if (channel->play() == each.play) to = channel;
      if (!to) continue;
      try {
        to->speak(each.message, each.came);
      } catch (const Error& error) {
        log::warning("speech that is none", {{"play", each.play.str()}, {"why", error.what()}});
      }
    }
    for (const auto& channel : closed) channel->finish();
    for (const auto& [play, channel] : open) {
      if (std::ranges::find(closed, channel) != closed.end()) continue;
      try {
        if (!channel->look(station_now())) post_(server::SpeakerLost{play});
      } catch (const Error& error) {
        log::error("a channel cannot be fed", {{"play", play.str()}, {"why", error.what()}});
        close(play);
      }
    }
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [play, channel] : channels_) channel->finish();
}

}  // namespace loa::live
