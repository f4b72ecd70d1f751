#include "audio/playout/rendered.h"

#include <algorithm>
#include <cmath>
#include <new>

#include <ebur128.h>

#include "audio/opus/packet_source.h"
#include "audio/playout/wav_file.h"

namespace loa::playout {
namespace {

struct MeterDeleter {
  void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};

}  // namespace

struct Rendered::Impl {
  // The histogram keeps memory the same for a minute and an hour; it costs 0.1 LU of resolution.
  std::unique_ptr<ebur128_state, MeterDeleter> meter{
      ebur128_init(1, opus::kSampleRate, EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM)};
  int peak = 0;
  std::unique_ptr<WavFile> wav;
  std::int64_t first_position = 0;
};

Rendered::Rendered(std::optional<std::filesystem::path> wav, std::int64_t first_position)
    : impl_(std::make_unique<Impl>()) {
  if (!impl_->meter) throw std::bad_alloc();
  impl_->first_position = first_position;
  if (wav) impl_->wav = std::make_unique<WavFile>(*wav);
}

Rendered::~Rendered() = default;

void Rendered::add(std::int64_t position, std::span<const std::int16_t> block, Sound sound, std::int64_t now) {
  const std::int64_t end = position + static_cast<std::int64_t>(block.size());
  const std::int64_t in_time_from = std::clamp(now, position, end);
  const auto part = [&](std::int64_t from, std::int64_t to) {
    from = std::clamp(from, position, end);
    to = std::clamp(to, from, end);
    return block.subspan(static_cast<std::size_t>(from - position), static_cast<std::size_t>(to - from));
  };
  const auto heard_part = part(std::max(sound.from, in_time_from), sound.to);
  heard_ += static_cast<std::int64_t>(heard_part.size());
  lost_ += static_cast<std::int64_t>(part(sound.from, sound.to).size() - heard_part.size());

  if (impl_->wav && in_time_from >= impl_->first_position)
    impl_->wav->write_at(in_time_from - impl_->first_position, part(in_time_from, end));
  for (const std::int16_t sample : heard_part) impl_->peak = std::max(impl_->peak, std::abs(static_cast<int>(sample)));
  if (!heard_part.empty()) ebur128_add_frames_short(impl_->meter.get(), heard_part.data(), heard_part.size());
}

std::optional<double> Rendered::loudness_lufs() const {
  double value = 0;
  if (ebur128_loudness_global(impl_->meter.get(), &value) != EBUR128_SUCCESS || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<double> Rendered::peak_dbfs() const {
  if (impl_->peak == 0) return std::nullopt;
  return 20.0 * std::log10(static_cast<double>(impl_->peak) / 32768.0);
}

}  // namespace loa::playout
