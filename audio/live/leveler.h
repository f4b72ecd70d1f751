// Brings speech to the house loudness as it comes. A clip's gain is planned over the whole of it (audio/intake); here
// nothing is known of what follows, so the gain follows what was heard: down quickly, up slowly, and not at all in a
// pause, or the room's noise would be turned up until somebody speaks.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "audio/intake/k_weighting.h"
#include "audio/intake/limiter.h"

namespace loa::live {

inline constexpr double kTargetLufs = -16.0;  // as of clips
inline constexpr double kCeilingDbtp = -1.5;  // true peak, as of clips
inline constexpr double kLeastGainDb = -20.0;
inline constexpr double kMostGainDb = 20.0;

// Mono 48 kHz. One thread at a time.
class Leveler {
 public:
  Leveler();
  // Takes samples; appends what is ready to `out`, about 6 ms behind.
  void process(std::span<const float> in, std::vector<float>& out);

  [[nodiscard]] double gain_db() const { return gain_db_; }

 private:
  void follow(double energy, std::size_t samples);

  intake::KWeighting weighting_;
  intake::Limiter limiter_;
  std::vector<float> turned_;
  double loudness_energy_ = 0.0;  // of speech, slowly forgotten; 0 = none heard yet
  double gain_db_ = 0.0;
};

}  // namespace loa::live
