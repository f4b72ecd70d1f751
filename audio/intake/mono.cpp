#include "audio/intake/mono.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

#include "audio/intake/sample_source.h"

namespace loa::intake {
namespace {

constexpr float kHighest = 16.0F;

template <class Integer, int kBits>
float scaled(Integer value) {
  return static_cast<float>(static_cast<double>(value) / static_cast<double>(std::int64_t{1} << (kBits - 1)));
}

template <class T>
T load(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::int32_t load_s24(const std::uint8_t* at) {
  const std::uint32_t bits = static_cast<std::uint32_t>(at[0]) << 8 | static_cast<std::uint32_t>(at[1]) << 16 |
                             static_cast<std::uint32_t>(at[2]) << 24;
  return static_cast<std::int32_t>(bits) >> 8;
}

template <class Real>
float sane(Real value) {
  if (!std::isfinite(value)) return 0.0F;
  return static_cast<float>(std::clamp(value, static_cast<Real>(-kHighest), static_cast<Real>(kHighest)));
}

template <class Read>
void mix(std::span<const std::uint8_t> raw, const SampleLayout& layout, std::vector<float>& out, Read read) {
  const std::size_t width = bytes_per_sample(layout.format);
  const std::size_t frames = raw.size() / (width * layout.channels);
  out.resize(frames);
  if (layout.channels == 1) {
    for (std::size_t i = 0; i < frames; ++i) out[i] = read(raw.data() + i * width);
    return;
  }
  std::vector<std::size_t> heard;
  for (std::size_t c = 0; c < layout.channels; ++c)
    if (c >= 64 || (layout.muted_channels >> c & 1U) == 0) heard.push_back(c * width);
  const float share = heard.empty() ? 0.0F : 1.0F / static_cast<float>(heard.size());
  for (std::size_t i = 0; i < frames; ++i) {
    const std::uint8_t* frame = raw.data() + i * width * layout.channels;
    float sum = 0.0F;
    for (const std::size_t offset : heard) sum += read(frame + offset);
    out[i] = sum * share;
  }
}

}  // namespace

std::size_t bytes_per_sample(SampleFormat format) {
  switch (format) {
    case SampleFormat::kU8:
    case SampleFormat::kS8:
      return 1;
    case SampleFormat::kS16:
      return 2;
    case SampleFormat::kS24:
      return 3;
    case SampleFormat::kS24In32:
    case SampleFormat::kS32:
    case SampleFormat::kF32:
      return 4;
    case SampleFormat::kF64:
      return 8;
  }
  return 1;
}

void mix_to_mono(std::span<const std::uint8_t> raw, const SampleLayout& layout, std::vector<float>& out) {
  using Byte = const std::uint8_t*;
  switch (layout.format) {
    case SampleFormat::kU8:
      return mix(raw, layout, out, [](Byte at) { return static_cast<float>(*at - 128) / 128.0F; });
    case SampleFormat::kS8:
      return mix(raw, layout, out, [](Byte at) { return static_cast<float>(load<std::int8_t>(at)) / 128.0F; });
    case SampleFormat::kS16:
      return mix(raw, layout, out,
                 [](Byte at) { return static_cast<float>(load<std::int16_t>(at)) * (1.0F / 32768.0F); });
    case SampleFormat::kS24:
      return mix(raw, layout, out, [](Byte at) { return scaled<std::int32_t, 24>(load_s24(at)); });
    case SampleFormat::kS24In32:
      return mix(raw, layout, out, [](Byte at) { return scaled<std::int32_t, 24>(load_s24(at)); });
    case SampleFormat::kS32:
      return mix(raw, layout, out, [](Byte at) { return scaled<std::int32_t, 32>(load<std::int32_t>(at)); });
    case SampleFormat::kF32:
      return mix(raw, layout, out, [](Byte at) { return sane(load<float>(at)); });
    case SampleFormat::kF64:
      return mix(raw, layout, out, [](Byte at) { return sane(load<double>(at)); });
  }
}

void DcBlocker::process(std::span<float> samples) {
  // y[n] = d[n] + k y[n-1] with d[n] = x[n] - x[n-1]. Four steps at a time make four short chains out of one long one.
  static const float k1 = static_cast<float>(std::exp(-2.0 * std::numbers::pi * 10.0 / kSampleRate));
  static const float k2 = k1 * k1;
  static const float k3 = k2 * k1;
  static const float k4 = k2 * k2;
  float input = input_;
  float output = output_;
  std::size_t i = 0;
  for (; i + 4 <= samples.size(); i += 4) {
    const float d0 = samples[i] - input;
    const float d1 = samples[i + 1] - samples[i];
    const float d2 = samples[i + 2] - samples[i + 1];
    const float d3 = samples[i + 3] - samples[i + 2];
    input = samples[i + 3];
    samples[i] = d0 + k1 * output;
    samples[i + 1] = (d1 + k1 * d0) + k2 * output;
    samples[i + 2] = (d2 + k1 * d1 + k2 * d0) + k3 * output;
    output = (d3 + k1 * d2 + k2 * d1 + k3 * d0) + k4 * output;
    samples[i + 3] = output;
  }
  for (; i < samples.size(); ++i) {
    output = samples[i] - input + k1 * output;
    input = samples[i];
    samples[i] = output;
  }
  // What fades below any sound becomes 0 before it becomes a denormal number, which processors are slow at.
  if (std::abs(output) < 1e-15F) output = 0.0F;
  input_ = input;
  output_ = output;
}

}  // namespace loa::intake
