// Hostile samples through everything that computes on them: mixing, measuring, limiting, encoding.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "audio/intake/conform.h"
#include "audio/intake/loudness.h"
#include "audio/intake/mono.h"
#include "common/base/error.h"

namespace {

using namespace loa::intake;

class Samples final : public SampleSource {
 public:
  explicit Samples(const std::vector<float>& samples) : samples_(samples) {}
  std::span<const float> next() override {
    const std::size_t count = std::min<std::size_t>(999, samples_.size() - at_);
    at_ += count;
    return std::span(samples_).subspan(at_ - count, count);
  }
  double progress() const override { return 0.5; }

 private:
  const std::vector<float>& samples_;
  std::size_t at_ = 0;
};

class Nowhere final : public ClipSink {
 public:
  void begin() override {}
  void write(std::span<const std::uint8_t> /*bytes*/) override {}
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 20'000) return 0;
  const SampleLayout layout{static_cast<SampleFormat>(data[0] % 8), 1U + data[0] / 8 % 8, data[1]};
  std::vector<float> mono;
  mix_to_mono({data + 2, size - 2}, layout, mono);
  LoudnessMeter meter;
  meter.add(mono);
  if (const auto lufs = meter.integrated(); lufs && !std::isfinite(*lufs)) std::abort();
  if (mono.empty()) return 0;
  DcBlocker().process(mono);
  // Long enough to become a clip.
  const std::size_t once = mono.size();
  while (mono.size() < 2 * kShortestSamples) mono.push_back(mono[mono.size() - once]);
  Nowhere sink;
  try {
    const ClipFacts facts =
        make_clip([&] { return std::make_unique<Samples>(mono); }, sink, {24'000, 0}, [](double) {});
    if (!(std::abs(facts.output_lufs - kTargetLufs) <= kLufsTolerance) ||
        !(facts.output_true_peak_dbtp <= kCeilingDbtp))
      std::abort();
  } catch (const loa::Error&) {
    // Refused with a reason.
  }
  return 0;
}
