// Where the measuring and encoding passes take their samples from: a decoder in the product, a formula in a test.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace loa::intake {

inline constexpr int kSampleRate = 48'000;

// Mono 48 kHz samples, full scale ±1, finite, free of DC. One thread at a time.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  // The next samples in order; valid until the next call. Empty at the end. Throws loa::Error when the input cannot be
  // used.
  [[nodiscard]] virtual std::span<const float> next() = 0;
  // 0…1, how much of the input has been read; a guess for showing progress.
  [[nodiscard]] virtual double progress() const = 0;
};

// Each call gives the same samples from the beginning: the input is decoded once per pass and never held in memory.
using OpenSource = std::function<std::unique_ptr<SampleSource>()>;

}  // namespace loa::intake
