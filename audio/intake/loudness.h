// Loudness by ITU-R BS.1770-4 / EBU R 128, measured by libebur128 (this is its only door).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/intake/sample_source.h"

namespace loa::intake {

// BS.1770 weighs blocks of 400 ms.
inline constexpr std::size_t kGatingBlock = kSampleRate * 400 / 1000;

// Mono 48 kHz. One thread at a time. Throws std::bad_alloc only.
class LoudnessMeter {
 public:
  LoudnessMeter();
  ~LoudnessMeter();
  LoudnessMeter(const LoudnessMeter&) = delete;
  LoudnessMeter& operator=(const LoudnessMeter&) = delete;

  // NaN and infinities count as silence: one of them would spoil the filters for good.
  void add(std::span<const float> samples);

  // Integrated loudness in LUFS; nullopt when everything lies below the absolute gate of -70 LUFS.
  //
  // BS.1770 has no answer for less than one block of 400 ms. Here the loudness of a shorter sound is that of the sound
  // repeated without a pause: its own mean, not diluted by silence that is not in it.
  [[nodiscard]] std::optional<double> integrated() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loa::intake
