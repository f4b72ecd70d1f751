// Where the sun and the moon are. Instants are Julian ephemeris days (dynamical time, JDE) or Julian days of UTC+7.
#pragma once

namespace loa::lunar {

// The k-th new moon from that of 2000-01-06, as JDE; within some 10 s from 1900 to 2199 (Meeus ch. 49).
[[nodiscard]] double new_moon(int k);
// The k whose new moon is near that JDE, at most one off.
[[nodiscard]] int new_moon_near(double jde);
// Apparent geocentric longitude of the sun, degrees in [0, 360); within about 1″, which it takes 24 s to cover.
[[nodiscard]] double solar_longitude(double jde);
// Dynamical minus universal time, seconds (Espenak and Meeus 2006); from 1890 to 2210.
[[nodiscard]] double delta_t(double year);

// A Julian day of UTC+7 is midnight at Hanoi + 0.5, as Julian days go; the day number counts from civil::Day's 1970.
[[nodiscard]] double jde_of_midnight(int day);
[[nodiscard]] int day_of_jde(double jde);

}  // namespace loa::lunar
