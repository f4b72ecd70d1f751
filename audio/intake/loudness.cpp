#include "audio/intake/loudness.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <span>

#include <ebur128.h>

namespace loa::intake {
namespace {

constexpr double kAbsoluteGate = -70.0;

struct Free {
  void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};
using State = std::unique_ptr<ebur128_state, Free>;

State make_state() {
  State state(ebur128_init(1, kSampleRate, EBUR128_MODE_I));
  if (!state) throw std::bad_alloc();
  return state;
}

void feed(ebur128_state* state, std::span<const float> samples) {
  if (!samples.empty() && ebur128_add_frames_float(state, samples.data(), samples.size()) != EBUR128_SUCCESS)
    throw std::bad_alloc();
}

std::optional<double> read_integrated(ebur128_state* state) {
  double lufs = 0.0;
  if (ebur128_loudness_global(state, &lufs) != EBUR128_SUCCESS || !std::isfinite(lufs) || lufs < kAbsoluteGate)
    return std::nullopt;
  return lufs;
}

}  // namespace

struct LoudnessMeter::Impl {
  State state = make_state();
  std::size_t total = 0;
  std::vector<float> opening;  // the first block, for sounds that end within it
  std::vector<float> cleaned;
};

LoudnessMeter::LoudnessMeter() : impl_(std::make_unique<Impl>()) {}
LoudnessMeter::~LoudnessMeter() = default;

void LoudnessMeter::add(std::span<const float> samples) {
  if (!std::all_of(samples.begin(), samples.end(), [](float x) { return std::isfinite(x); })) {
    impl_->cleaned.assign(samples.begin(), samples.end());
    for (float& x : impl_->cleaned)
      if (!std::isfinite(x)) x = 0.0F;
    samples = impl_->cleaned;
  }
  if (impl_->opening.size() < kGatingBlock) {
    const auto part = samples.first(std::min(samples.size(), kGatingBlock - impl_->opening.size()));
    impl_->opening.insert(impl_->opening.end(), part.begin(), part.end());
  }
  feed(impl_->state.get(), samples);
  impl_->total += samples.size();
}

std::optional<double> LoudnessMeter::integrated() const {
  if (impl_->total >= kGatingBlock || impl_->total == 0) return read_integrated(impl_->state.get());
  const State repeated = make_state();
  for (std::size_t fed = 0; fed < 2 * kGatingBlock; fed += impl_->opening.size()) feed(repeated.get(), impl_->opening);
  return read_integrated(repeated.get());
}

}  // namespace loa::intake
