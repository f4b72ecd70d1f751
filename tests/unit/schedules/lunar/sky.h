// The oracle of the lunar calendar: other series than the code's, and no cleverness. The moon by Meeus ch. 47, the sun
// by his low-accuracy series (0.01°), asked at each midnight of UTC+7.
#pragma once

#include <vector>

namespace loa::test {

struct SkyMonth {
  int start = 0;                 // day since 1970
  double hours_to_midnight = 0;  // of the new moon, to the nearer midnight
  int sector = 0;                // of the sun when it starts
  double hours_to_border = 0;    // how long the sun needs to, or has needed from, the nearer border of that sector
};
// Every month that starts within the days [from, until).
[[nodiscard]] std::vector<SkyMonth> sky_months(int from, int until);

}  // namespace loa::test
