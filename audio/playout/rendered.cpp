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

void Rendered::add(std::int64_t position, std::span<const std::int16_t> block, std::int64_t audible_from,
                   std::int64_t now) {
  const auto size = static_cast<std::int64_t>(block.size());
  const std::int64_t late = std::clamp<std::int64_t>(now - position, 0, size);
  const auto audible = [&](std::int64_t from) { return std::max<std::int64_t>(0, position + size - std::max(from, audible_from)); };
  const std::int64_t in_time = audible(position + late);
  lost_ += audible(position) - in_time;
  heard_ += in_time;

  const auto rest = block.subspan(static_cast<std::size_t>(late));
  if (impl_->wav && !rest.empty() && position + late >= impl_->first_position)
    impl_->wav->write_at(position + late - impl_->first_position, rest);
  const auto sound = block.last(static_cast<std::size_t>(std::min(in_time, size)));
  for (const std::int16_t sample : sound) impl_->peak = std::max(impl_->peak, std::abs(static_cast<int>(sample)));
  if (!sound.empty()) ebur128_add_frames_short(impl_->meter.get(), sound.data(), sound.size());
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
