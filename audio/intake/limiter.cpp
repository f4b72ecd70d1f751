#include "audio/intake/limiter.h"

#include <algorithm>
#include <cmath>

namespace loa::intake {
namespace {

constexpr float kAsGoodAsOne = 0.99995F;

}  // namespace

Limiter::Limiter(float gain, float ceiling)
    : gain_(gain),
      ceiling_(ceiling),
      release_(static_cast<float>(1.0 - std::exp(-1.0 / (kReleaseSeconds * kSampleRate)))) {
  recent_.fill(1.0F);
}

void Limiter::process(std::span<const float> in, std::vector<float>& out) {
  while (!in.empty()) {
    const std::size_t count = std::min(kBlock - filled_, in.size());
    float* to = line_.data() + kLatency + filled_;
    for (std::size_t i = 0; i < count; ++i) to[i] = in[i] * gain_;
    filled_ += count;
    in = in.subspan(count);
    if (filled_ == kBlock) limit_block(out);
  }
}

void Limiter::finish(std::vector<float>& out) {
  const std::array<float, kLatency> silence{};
  std::vector<float> tail;
  process(silence, tail);
  const std::size_t padding = (kBlock - filled_) % kBlock;  // a block leaves whole or not at all
  const std::array<float, kBlock> more{};
  process(std::span(more).first(padding), tail);
  tail.resize(tail.size() - padding);
  out.insert(out.end(), tail.begin(), tail.end());
}

void Limiter::limit_block(std::vector<float>& out) {
  // Needed gain of the samples that lie kPeakDelay before the newest ones.
  const std::span<const float> seen = std::span<const float>(line_).subspan(kLatency - kPeakHistory);
  float highest = 0.0F;
  for (const float x : seen) highest = std::max(highest, std::abs(x));
  const bool may_exceed = highest * true_peak_bound() > ceiling_;

  std::array<float, kBlock> limited{};
  if (!may_exceed && calm_ >= kWindow + kLookAhead) {
    std::copy_n(line_.begin(), kBlock, limited.begin());
    queue_length_ = 0;
    now_ += kBlock;
  } else {
    std::array<float, kBlock> peaks{};
    if (may_exceed) find_true_peaks(seen, peaks);
    for (std::size_t i = 0; i < kBlock; ++i)
      limited[i] = line_[i] * smooth(peaks[i] > ceiling_ ? ceiling_ / peaks[i] : 1.0F);
  }

  const std::size_t dropped = std::min(to_drop_, kBlock);
  to_drop_ -= dropped;
  out.insert(out.end(), limited.begin() + static_cast<std::ptrdiff_t>(dropped), limited.end());
  std::copy(line_.end() - kLatency, line_.end(), line_.begin());
  filled_ = 0;
}

float Limiter::smooth(float needed) {
  // Hold: the lowest of the last kWindow values.
  while (queue_length_ > 0 && now_ - queue_at_[queue_first_] >= kWindow) {
    queue_first_ = (queue_first_ + 1) % kWindow;
    --queue_length_;
  }
  while (queue_length_ > 0 && queue_value_[(queue_first_ + queue_length_ - 1) % kWindow] >= needed) --queue_length_;
  const std::size_t last = (queue_first_ + queue_length_) % kWindow;
  queue_value_[last] = needed;
  queue_at_[last] = now_;
  ++queue_length_;
  ++now_;

  released_ = std::min(queue_value_[queue_first_], released_ + (1.0F - released_) * release_);
  if (released_ > kAsGoodAsOne) released_ = 1.0F;
  calm_ = released_ < 1.0F || needed < 1.0F ? 0 : calm_ + 1;

  recent_sum_ += static_cast<double>(released_) - static_cast<double>(recent_[recent_at_]);
  recent_[recent_at_] = released_;
  recent_at_ = recent_at_ + 1 == kLookAhead ? 0 : recent_at_ + 1;
  if (calm_ == kLookAhead) recent_sum_ = static_cast<double>(kLookAhead);  // sheds what rounding has left
  return static_cast<float>(recent_sum_ / static_cast<double>(kLookAhead));
}

}  // namespace loa::intake
