#include "audio/intake/true_peak.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace loa::intake {
namespace {

using Phase = std::array<float, kPeakTaps>;

struct Filter {
  std::array<Phase, 3> phases{};  // at 1/4, 2/4 and 3/4 of the way
  float bound = 1.0F;
};

// Hann-windowed sinc, each phase with unity gain at DC.
Filter design_filter() {
  Filter filter;
  for (std::size_t p = 0; p < filter.phases.size(); ++p) {
    const double offset = static_cast<double>(kPeakDelay - 1) + static_cast<double>(p + 1) / 4.0;
    std::array<double, kPeakTaps> taps{};
    double sum = 0.0;
    for (std::size_t t = 0; t < kPeakTaps; ++t) {
      const double x = static_cast<double>(t) - offset;
      const double angle = std::numbers::pi * x;
      const double window = 0.5 + 0.5 * std::cos(angle / static_cast<double>(kPeakDelay));
      taps[t] = std::sin(angle) / angle * window;
      sum += taps[t];
    }
    double reach = 0.0;
    for (std::size_t t = 0; t < kPeakTaps; ++t) {
      filter.phases[p][t] = static_cast<float>(taps[t] / sum);
      reach += std::abs(taps[t] / sum);
    }
    filter.bound = std::max(filter.bound, static_cast<float>(reach));
  }
  return filter;
}

const Filter& filter() {
  static const Filter designed = design_filter();
  return designed;
}

}  // namespace

float true_peak_bound() {
  return filter().bound;
}

void find_true_peaks(std::span<const float> samples, std::span<float> out) {
  constexpr std::size_t kPiece = 240;
  std::array<float, kPiece> curve{};
  for (std::size_t from = 0; from < out.size(); from += kPiece) {
    const std::size_t count = std::min(kPiece, out.size() - from);
    const float* in = samples.data() + from;
    float* peaks = out.data() + from;
    for (std::size_t i = 0; i < count; ++i) peaks[i] = std::abs(in[i + kPeakDelay - 1]);
    for (const Phase& h : filter().phases) {
      // Eight taps a round over the whole piece: the compiler turns the inner loop into vectors.
      for (std::size_t t = 0; t < kPeakTaps; t += 8) {
        const float* x = in + t;
        const auto tap = [&](std::size_t k) { return h[t + k]; };
        const float h0 = tap(0), h1 = tap(1), h2 = tap(2), h3 = tap(3);
        const float h4 = tap(4), h5 = tap(5), h6 = tap(6), h7 = tap(7);
        const float keep = t == 0 ? 0.0F : 1.0F;
        for (std::size_t i = 0; i < count; ++i)
          curve[i] = keep * curve[i] + (h0 * x[i] + h1 * x[i + 1] + h2 * x[i + 2] + h3 * x[i + 3]) +
                     (h4 * x[i + 4] + h5 * x[i + 5] + h6 * x[i + 6] + h7 * x[i + 7]);
      }
      for (std::size_t i = 0; i < count; ++i) peaks[i] = std::max(peaks[i], std::abs(curve[i]));
    }
  }
}

void TruePeakMeter::add(std::span<const float> samples) {
  std::array<float, kPiece> peaks{};
  while (!samples.empty()) {
    const std::size_t count = std::min(kPiece, samples.size());
    std::copy_n(samples.begin(), count, line_.begin() + kPeakHistory);
    const std::span<const float> line(line_.data(), kPeakHistory + count);
    float highest = 0.0F;
    for (const float x : line) highest = std::max(highest, std::abs(x));
    if (highest * true_peak_bound() > peak_) {
      find_true_peaks(line, std::span(peaks).first(count));
      for (std::size_t i = 0; i < count; ++i) {
        if (peaks[i] > peak_) {
          peak_ = peaks[i];
          const std::uint64_t at = received_ + i;
          position_ = at >= kPeakDelay ? at - kPeakDelay : 0;
        }
      }
    }
    std::copy(line.end() - kPeakHistory, line.end(), line_.begin());
    received_ += count;
    samples = samples.subspan(count);
  }
}

}  // namespace loa::intake
