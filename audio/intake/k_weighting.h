// The K-weighting filter of ITU-R BS.1770-4 (Annex 1, tables 1 and 2) at 48 kHz, for planning the gain. What is
// reported about a clip is measured by libebur128 (loudness.h); this filter exists because planning needs energies per
// 5 ms, and a third of the time.
#pragma once

#include <span>

namespace loa::intake {

// Mono 48 kHz. One thread at a time.
class KWeighting {
 public:
  // Mean square of `samples` after the filter, which remembers what came before; 0 for none.
  [[nodiscard]] double energy(std::span<const float> samples);

 private:
  double shelf1_ = 0.0;
  double shelf2_ = 0.0;
  double high_pass1_ = 0.0;
  double high_pass2_ = 0.0;
};

}  // namespace loa::intake
