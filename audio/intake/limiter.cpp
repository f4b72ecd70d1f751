#include "audio/intake/limiter.h"

#include <algorithm>
#include <cmath>

namespace loa::intake {
namespace {

constexpr float kAsGoodAsOne = 0.99995F;

}  // namespace

Limiter::Limiter(float gain, float ceiling, const LimiterShape& shape)
    : gain_(gain),
      ceiling_(ceiling),
      release_(static_cast<float>(1.0 - std::exp(-static_cast<double>(kStep) / (shape.release_s * kSampleRate)))),
      ahead_(std::clamp<std::size_t>(static_cast<std::size_t>(shape.look_ahead_s * kSampleRate) / kStep, 3, kSteps)) {
  needed_.fill(1.0F);
  let_go_.fill(1.0F);
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
  // The curve is known kPeakDelay behind the newest sample.
  const std::span<const float> seen = std::span<const float>(line_).subspan(kLatency - kPeakHistory);
  float highest = 0.0F;
  for (const float x : seen) highest = std::max(highest, std::abs(x));
  const bool may_exceed = highest * true_peak_bound() > ceiling_;
  const auto is_one = [](float x) { return x == 1.0F; };

  std::array<float, kBlock> limited{};
  if (!may_exceed && applied_ == 1.0F && std::all_of(needed_.begin() + kSteps, needed_.end(), is_one) &&
      std::all_of(let_go_.begin() + kSteps, let_go_.end(), is_one)) {
    std::copy_n(line_.begin(), kBlock, limited.begin());
    needed_.fill(1.0F);
    let_go_.fill(1.0F);
  } else {
    std::copy(needed_.begin() + kSteps, needed_.end(), needed_.begin());
    std::copy(let_go_.begin() + kSteps, let_go_.end(), let_go_.begin());
    std::array<float, kBlock> peaks{};
    if (may_exceed) find_true_peaks(seen, peaks);
    for (std::size_t step = 0; step < kSteps; ++step) {
      const float peak = *std::max_element(peaks.begin() + static_cast<std::ptrdiff_t>(step * kStep),
                                           peaks.begin() + static_cast<std::ptrdiff_t>((step + 1) * kStep));
      needed_[kHold - 1 + step] = peak > ceiling_ ? ceiling_ / peak : 1.0F;
      float held = 1.0F;
      for (std::size_t i = 0; i < ahead_ + 2; ++i) held = std::min(held, needed_[step + i]);
      const float before = let_go_[kSteps - 2 + step];
      const float released = std::min(held, before + (1.0F - before) * release_);
      let_go_[kSteps - 1 + step] = released > kAsGoodAsOne ? 1.0F : released;
      float sum = 0.0F;
      for (std::size_t i = kSteps - ahead_; i < kSteps; ++i) sum += let_go_[step + i];
      const float gain = sum / static_cast<float>(ahead_);
      const float slope = (gain - applied_) / static_cast<float>(kStep);
      for (std::size_t i = 0; i < kStep; ++i)
        limited[step * kStep + i] = line_[step * kStep + i] * (applied_ + slope * static_cast<float>(i + 1));
      applied_ = gain;
    }
  }

  const std::size_t dropped = std::min(to_drop_, kBlock);
  to_drop_ -= dropped;
  out.insert(out.end(), limited.begin() + static_cast<std::ptrdiff_t>(dropped), limited.end());
  std::copy(line_.end() - kLatency, line_.end(), line_.begin());
  filled_ = 0;
}

}  // namespace loa::intake
