#include "audio/playout/voice.h"

#include <algorithm>
#include <utility>

#include "audio/opus/joined_source.h"
#include "audio/opus/ogg_opus_reader.h"
#include "audio/opus/repeated_source.h"
#include "common/base/error.h"

namespace loa::playout {
namespace {

constexpr milliseconds kHoldStep{100};  // how often a play that is not released looks again
constexpr milliseconds kMeasured{300};  // either side of the first sample, see gst_player.h
constexpr std::size_t kMaxReadings = 12;

milliseconds to_ms(std::int64_t samples) {
  return milliseconds{samples * 1000 / opus::kSampleRate};
}

std::int64_t limit_of(const PlayRequest& request) {
  return request.longest > milliseconds{0} ? to_samples(request.longest) : 0;
}

std::unique_ptr<opus::PacketSource> open_announcement(const PlayRequest& request) {
  if (request.feed) return std::make_unique<opus::LiveSource>(request.feed);
  if (request.every > milliseconds{0})
    return std::make_unique<opus::RepeatedSource>(request.clip, to_samples(request.every));
  return opus::OggOpusReader::open(request.clip);
}

std::unique_ptr<opus::PacketSource> open_sound(const PlayRequest& request) {
  if (!request.chime) return open_announcement(request);
  return opus::JoinedSource::open(*request.chime, to_samples(request.clip_at), open_announcement(request));
}

std::int64_t sound_end_of(const PlayRequest& request, const opus::PacketSource& source) {
  const std::int64_t limit = limit_of(request);
  const std::int64_t whole = source.length().value_or(limit);
  return limit > 0 ? std::min(whole, limit) : whole;
}

}  // namespace

std::int64_t to_samples(nanoseconds t) {
  return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<1, opus::kSampleRate>>>(t).count();
}

nanoseconds to_time(std::int64_t samples) {
  return nanoseconds{samples * 1'000'000'000 / opus::kSampleRate};
}

milliseconds lead_in_of(const PlayRequest& request) {
  return std::max(request.lead_in, kMinLeadIn);
}

Voice::Voice(PlayRequest request, std::optional<std::filesystem::path> record, std::function<void(PlayerEvent)> post)
    : request_(std::move(request)),
      record_(std::move(record)),
      post_(std::move(post)),
      source_(open_sound(request_)),
      sound_end_(sound_end_of(request_, *source_)),
      gate_({.from = 0, .until = sound_end_.load(), .peak = request_.volume}) {}

void Voice::begin(std::int64_t position) {
  timeline_ =
      std::make_unique<Timeline>(std::move(source_), TimelineShape{.start = position,
                                                                   .ramp_in = to_samples(request_.ramp_in),
                                                                   .limit = limit_of(request_),
                                                                   .volume = static_cast<float>(request_.volume)});
  if (position > 0) timeline_->join(position, position);
  std::optional<std::filesystem::path> wav;
  if (record_) wav = *record_ / (request_.play.str() + ".wav");
  {
    const std::lock_guard lock(mutex_);
    rendered_ = std::make_unique<Rendered>(std::move(wav), std::max(position, -to_samples(lead_in_of(request_))));
    handed_end_ = position;
  }
}

Voice::Block Voice::render(std::span<std::int16_t> out, std::int64_t now, milliseconds settling) {
  Block block;
  try {
    if (is_stopped()) timeline_->stop();
    catch_up(now, settling, block);
    hold_back();
    block.position = timeline_->position();
    if (!is_broken_) block.size = timeline_->render(out);
  } catch (const Error& e) {
    is_broken_ = true;
    set_problem(e.what());
  }
  if (block.size == 0) sound_end_.store(std::min(sound_end(), block.position));
  gate_.pass(block.position, out.first(block.size));
  return block;
}

void Voice::catch_up(std::int64_t now, milliseconds settling, Block& block) {
  if (is_broken_ || timeline_->ended() || now <= timeline_->position()) return;
  const std::int64_t next = now + kBlock;
  block.is_joined = true;
  if (next <= timeline_->audible_from())
    timeline_->skip_silence(next);
  else
    timeline_->join(next,
                    next + to_samples(timeline_->position() < timeline_->audible_from() ? settling : kRejoinSilence));
}

// A play that is not released stays in its lead-in; once it is, it joins in step.
void Voice::hold_back() {
  if (!gate_.is_released() && timeline_->position() >= timeline_->audible_from() && !timeline_->ended())
    timeline_->join(timeline_->position(), timeline_->position() + to_samples(kHoldStep));
}

void Voice::add_block(std::int64_t position, std::span<const std::int16_t> samples, std::int64_t now,
                      std::optional<nanoseconds> device_at_zero, std::optional<StationTime> leaves) {
  const std::lock_guard lock(mutex_);
  const std::int64_t from = next_audible_ = timeline_->audible_from();
  if (!audible_from_ && position >= from && position < sound_end()) {
    audible_from_ = position;
    first_left_ = leaves;
  }
  handed_end_ = position + static_cast<std::int64_t>(samples.size());
  if (device_at_zero) {
    device_at_zero_ = device_at_zero;
    if (audible_from_ && !first_in_device_) first_in_device_ = *device_at_zero + to_time(*audible_from_);
  }
  rendered_->add(position, samples, {from, sound_end()}, now);
}

void Voice::add_reading(nanoseconds device, StationTime station) {
  const std::lock_guard lock(mutex_);
  device_now_ = device;
  const StationTime first_sample = request_.start + to_time(next_audible_);
  if (!is_started_posted_ && readings_.size() < kMaxReadings && station > first_sample - kMeasured)
    readings_.push_back(station.time_since_epoch() - device);
}

void Voice::set_problem(std::string why) {
  const std::lock_guard lock(mutex_);
  if (problem_.empty()) problem_ = std::move(why);
}

// The position that leaves the loudspeaker at this moment, as far as is known.
std::int64_t Voice::sounding(StationTime now) const {
  return device_at_zero_ ? to_samples(device_now_ - *device_at_zero_) : position_at(now);
}

// What was handed over less what is still on its way inside the sink.
std::int64_t Voice::heard(StationTime now) const {
  if (!rendered_) return 0;
  if (is_drained_) return rendered_->heard();
  return rendered_->heard() - std::clamp<std::int64_t>(handed_end_ - sounding(now), 0, rendered_->heard());
}

void Voice::post_started(StationTime now) {
  if (is_started_posted_ || !audible_from_ || heard(now) <= 0) return;
  is_started_posted_ = true;
  const StationTime planned = request_.start + to_time(*audible_from_);
  StationTime measured = planned;
  if (first_left_) {
    measured = *first_left_;
  } else if (first_in_device_ && !readings_.empty()) {
    const auto middle = readings_.begin() + static_cast<std::ptrdiff_t>(readings_.size() / 2);
    std::nth_element(readings_.begin(), middle, readings_.end());
    measured = StationTime{*first_in_device_ + *middle};
  }
  post_(PlayStarted{request_.play, measured, measured - planned, to_ms(*audible_from_)});
}

void Voice::report(StationTime now) {
  const std::lock_guard lock(mutex_);
  if (!audible_from_ || now < request_.start + to_time(*audible_from_) + kMeasured) return;
  post_started(now);
  const milliseconds done = to_ms(heard(now));
  if (done < reported_ + seconds{1}) return;
  reported_ = done;
  post_(PlayProgress{request_.play, done});
}

bool Voice::is_out(StationTime now) {
  const std::lock_guard lock(mutex_);
  return sounding(now) >= handed_end_;
}

void Voice::finish(StationTime now) {
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    why = problem_;
    is_drained_ = true;
  }
  if (!why.empty()) return end(PlayEnd::kFailed, why, now);
  end(is_stopped() ? PlayEnd::kStopped : PlayEnd::kCompleted, "", now);
}

void Voice::end(PlayEnd how, const std::string& why, StationTime now) {
  if (has_ended_.exchange(true)) return;
  PlayEnded event{.play = request_.play, .end = how, .problem = why};
  // A streaming thread that hangs in a write to a dead disk holds the lock: what it measured is then lost.
  std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock() && rendered_) {
    post_started(now);
    event.heard = to_ms(heard(now));
    if (event.heard > milliseconds{0}) {
      event.loudness_lufs = rendered_->loudness_lufs();
      event.peak_dbfs = rendered_->peak_dbfs();
    }
  }
  post_(event);
}

}  // namespace loa::playout
