#include "schedules/lunar/astronomy.h"

#include <array>
#include <cmath>
#include <numbers>
#include <span>

namespace loa::lunar {
namespace {

constexpr double kRadians = std::numbers::pi / 180.0;
constexpr double kJ2000 = 2451545.0;
constexpr double kUnixEpoch = 2440587.5;  // 1970-01-01T00:00 UT as a Julian day
constexpr double kHanoi = 7.0 / 24.0;     // of a day ahead of UT
constexpr double kSecondsADay = 86'400.0;

double sine(double degrees) {
  return std::sin(degrees * kRadians);
}

// c0 + c1 x + c2 x² …
double polynomial(double x, std::initializer_list<double> coefficients) {
  double value = 0.0;
  double power = 1.0;
  for (const double coefficient : coefficients) {
    value += coefficient * power;
    power *= x;
  }
  return value;
}

// A term of a new moon: days, and the multiples of the sun's anomaly, the moon's anomaly, the moon's argument of
// latitude and its node. Terms with the sun's anomaly carry E once for each multiple.
struct MoonTerm {
  double days;
  int sun;
  int moon;
  int latitude;
  int node;
};
constexpr auto kMoonTerms = std::to_array<MoonTerm>({
    {-0.40720, 0, 1, 0, 0}, {0.17241, 1, 0, 0, 0},   {0.01608, 0, 2, 0, 0},    {0.01039, 0, 0, 2, 0},
    {0.00739, -1, 1, 0, 0}, {-0.00514, 1, 1, 0, 0},  {0.00208, 2, 0, 0, 0},    {-0.00111, 0, 1, -2, 0},
    {-0.00057, 0, 1, 2, 0}, {0.00056, 1, 2, 0, 0},   {-0.00042, 0, 3, 0, 0},   {0.00042, 1, 0, 2, 0},
    {0.00038, 1, 0, -2, 0}, {-0.00024, -1, 2, 0, 0}, {-0.00017, 0, 0, 0, 1},   {-0.00007, 2, 1, 0, 0},
    {0.00004, 0, 2, -2, 0}, {0.00004, 3, 0, 0, 0},   {0.00003, 1, 1, -2, 0},   {0.00003, 0, 2, 2, 0},
    {-0.00003, 1, 1, 2, 0}, {0.00003, -1, 1, 2, 0},  {-0.00002, -1, 1, -2, 0}, {-0.00002, 1, 3, 0, 0},
    {0.00002, 0, 4, 0, 0},
});

// What the planets add: days, and the argument in degrees at k = 0, for each k, and for the square of the centuries.
struct PlanetTerm {
  double days;
  double at_zero;
  double per_moon;
  double per_century_squared = 0.0;
};
constexpr auto kPlanetTerms = std::to_array<PlanetTerm>({
    {0.000325, 299.77, 0.107408, -0.009173},
    {0.000165, 251.88, 0.016321},
    {0.000164, 251.83, 26.651886},
    {0.000126, 349.42, 36.412478},
    {0.000110, 84.66, 18.206239},
    {0.000062, 141.74, 53.303771},
    {0.000060, 207.14, 2.453732},
    {0.000056, 154.84, 7.306860},
    {0.000047, 34.52, 27.261239},
    {0.000042, 207.19, 0.121824},
    {0.000040, 291.34, 1.844379},
    {0.000037, 161.72, 24.198154},
    {0.000035, 239.56, 25.513099},
    {0.000023, 331.55, 3.592518},
});

// Longitude of the earth by VSOP87: A cos(B + Cτ) in 1e-8 rad, one table for each power of τ, thousands of years.
struct EarthTerm {
  double a;
  double b;
  double c;
};
constexpr auto kL0 = std::to_array<EarthTerm>({
    {175347046, 0, 0},           {3341656, 4.6692568, 6283.07585},
    {34894, 4.6261, 12566.1517}, {3497, 2.7441, 5753.3849},
    {3418, 2.8289, 3.5231},      {3136, 3.6277, 77713.7715},
    {2676, 4.4181, 7860.4194},   {2343, 6.1352, 3930.2097},
    {1324, 0.7425, 11506.7698},  {1273, 2.0371, 529.691},
    {1199, 1.1096, 1577.3435},   {990, 5.233, 5884.927},
    {902, 2.045, 26.298},        {857, 3.508, 398.149},
    {780, 1.179, 5223.694},      {753, 2.533, 5507.553},
    {505, 4.583, 18849.228},     {492, 4.205, 775.523},
    {357, 2.92, 0.067},          {317, 5.849, 11790.629},
    {284, 1.899, 796.298},       {271, 0.315, 10977.079},
    {243, 0.345, 5486.778},      {206, 4.806, 2544.314},
    {205, 1.869, 5573.143},      {202, 2.458, 6069.777},
    {156, 0.833, 213.299},       {132, 3.411, 2942.463},
    {126, 1.083, 20.775},        {115, 0.645, 0.98},
    {103, 0.636, 4694.003},      {102, 0.976, 15720.839},
    {102, 4.267, 7.114},         {99, 6.21, 2146.17},
    {98, 0.68, 155.42},          {86, 5.98, 161000.69},
    {85, 1.3, 6275.96},          {85, 3.67, 71430.7},
    {80, 1.81, 17260.15},        {79, 3.04, 12036.46},
    {75, 1.76, 5088.63},         {74, 3.5, 3154.69},
    {74, 4.68, 801.82},          {70, 0.83, 9437.76},
    {62, 3.98, 8827.39},         {61, 1.82, 7084.9},
    {57, 2.78, 6286.6},          {56, 4.39, 14143.5},
    {56, 3.47, 6279.55},         {52, 0.19, 12139.55},
    {52, 1.33, 1748.02},         {51, 0.28, 5856.48},
    {49, 0.49, 1194.45},         {41, 5.37, 8429.24},
    {41, 2.4, 19651.05},         {39, 6.17, 10447.39},
    {37, 6.04, 10213.29},        {37, 2.57, 1059.38},
    {36, 1.71, 2352.87},         {36, 1.78, 6812.77},
    {33, 0.59, 17789.85},        {30, 0.44, 83996.85},
    {30, 2.74, 1349.87},         {25, 3.16, 4690.48},
});
constexpr auto kL1 = std::to_array<EarthTerm>({
    {628331966747, 0, 0},       {206059, 2.678235, 6283.07585},
    {4303, 2.6351, 12566.1517}, {425, 1.59, 3.523},
    {119, 5.796, 26.298},       {109, 2.966, 1577.344},
    {93, 2.59, 18849.23},       {72, 1.14, 529.69},
    {68, 1.87, 398.15},         {67, 4.41, 5507.55},
    {59, 2.89, 5223.69},        {56, 2.17, 155.42},
    {45, 0.4, 796.3},           {36, 0.47, 775.52},
    {29, 2.65, 7.11},           {21, 5.34, 0.98},
    {19, 1.85, 5486.78},        {19, 4.97, 213.3},
    {17, 2.99, 6275.96},        {16, 0.03, 2544.31},
    {16, 1.43, 2146.17},        {15, 1.21, 10977.08},
    {12, 2.83, 1748.02},        {12, 3.26, 5088.63},
    {12, 5.27, 1194.45},        {12, 2.08, 4694},
    {11, 0.77, 553.57},         {10, 1.3, 6286.6},
    {10, 4.24, 1349.87},        {9, 2.7, 242.73},
    {9, 5.64, 951.72},          {8, 5.3, 2352.87},
    {6, 2.65, 9437.76},         {6, 4.67, 4690.48},
});
constexpr auto kL2 = std::to_array<EarthTerm>({
    {52919, 0, 0},      {8720, 1.0721, 6283.0758}, {309, 0.867, 12566.152}, {27, 0.05, 3.52},   {16, 5.19, 26.3},
    {16, 3.68, 155.42}, {10, 0.76, 18849.23},      {9, 2.06, 77713.77},     {7, 0.83, 775.52},  {5, 4.66, 1577.34},
    {4, 1.03, 7.11},    {4, 3.44, 5573.14},        {3, 5.14, 796.3},        {3, 6.05, 5507.55}, {3, 1.19, 242.73},
    {3, 6.12, 529.69},  {3, 0.31, 398.15},         {3, 2.28, 553.57},       {2, 4.38, 5223.69}, {2, 3.75, 0.98},
});
constexpr auto kL3 = std::to_array<EarthTerm>({
    {289, 5.844, 6283.076},
    {35, 0, 0},
    {17, 5.49, 12566.15},
    {3, 5.2, 155.42},
    {1, 4.72, 3.52},
    {1, 5.3, 18849.23},
    {1, 5.97, 242.73},
});
constexpr auto kL4 = std::to_array<EarthTerm>({
    {114, 3.142, 0},
    {8, 4.13, 6283.08},
    {1, 3.84, 12566.15},
});
constexpr auto kL5 = std::to_array<EarthTerm>({
    {1, 3.14, 0},
});

double sum(std::span<const EarthTerm> terms, double tau) {
  double total = 0.0;
  for (const EarthTerm& term : terms) total += term.a * std::cos(term.b + term.c * tau);
  return total;
}

// Nutation in longitude (IAU 1980), its terms over 0.005″: arcseconds, and the multiples of the moon's elongation, the
// sun's anomaly, the moon's anomaly, the moon's argument of latitude and its node.
struct NutationTerm {
  double arcseconds;
  int elongation;
  int sun;
  int moon;
  int latitude;
  int node;
};
constexpr auto kNutation = std::to_array<NutationTerm>({
    {-17.1996, 0, 0, 0, 0, 1},
    {-1.3187, -2, 0, 0, 2, 2},
    {-0.2274, 0, 0, 0, 2, 2},
    {0.2062, 0, 0, 0, 0, 2},
    {0.1426, 0, 1, 0, 0, 0},
    {0.0712, 0, 0, 1, 0, 0},
    {-0.0517, -2, 1, 0, 2, 2},
    {-0.0386, 0, 0, 0, 2, 1},
    {-0.0301, 0, 0, 1, 2, 2},
    {0.0217, -2, -1, 0, 2, 2},
    {-0.0158, -2, 0, 1, 0, 0},
    {0.0129, -2, 0, 0, 2, 1},
    {0.0123, 0, 0, -1, 2, 2},
    {0.0063, 2, 0, 0, 0, 0},
    {0.0063, 0, 0, 1, 0, 1},
    {-0.0059, 2, 0, -1, 2, 2},
    {-0.0058, 0, 0, -1, 0, 1},
    {-0.0051, 0, 0, 1, 2, 1},
});

double nutation_arcseconds(double centuries) {
  const double elongation = polynomial(centuries, {297.85036, 445267.111480, -0.0019142});
  const double sun = polynomial(centuries, {357.52772, 35999.050340, -0.0001603});
  const double moon = polynomial(centuries, {134.96298, 477198.867398, 0.0086972});
  const double latitude = polynomial(centuries, {93.27191, 483202.017538, -0.0036825});
  const double node = polynomial(centuries, {125.04452, -1934.136261, 0.0020708});
  double total = 0.0;
  for (const NutationTerm& term : kNutation)
    total += term.arcseconds * sine(term.elongation * elongation + term.sun * sun + term.moon * moon +
                                    term.latitude * latitude + term.node * node);
  return total;
}

double year_of(double julian_day) {
  return 2000.0 + (julian_day - kJ2000) / 365.25;
}

}  // namespace

double new_moon(int k) {
  const double t = k / 1236.85;
  const double mean = polynomial(t, {2451550.09766, 0.0, 0.00015437, -0.000000150, 0.00000000073}) + 29.530588861 * k;
  const double e = polynomial(t, {1.0, -0.002516, -0.0000074});
  const double sun = polynomial(t, {2.5534, 0.0, -0.0000014, -0.00000011}) + 29.10535670 * k;
  const double moon = polynomial(t, {201.5643, 0.0, 0.0107582, 0.00001238, -0.000000058}) + 385.81693528 * k;
  const double latitude = polynomial(t, {160.7108, 0.0, -0.0016118, -0.00000227, 0.000000011}) + 390.67050284 * k;
  const double node = polynomial(t, {124.7746, 0.0, 0.0020672, 0.00000215}) - 1.56375588 * k;

  double correction = 0.0;
  for (const MoonTerm& term : kMoonTerms) {
    double days = term.days;
    // E belongs to the terms of the first and second multiple; the third is too small to bear it in the source.
    if (std::abs(term.sun) == 1 && std::abs(days) > 0.0001) days *= e;
    if (std::abs(term.sun) == 2 && std::abs(days) > 0.0001) days *= e * e;
    correction += days * sine(term.sun * sun + term.moon * moon + term.latitude * latitude + term.node * node);
  }
  for (const PlanetTerm& term : kPlanetTerms)
    correction += term.days * sine(term.at_zero + term.per_moon * k + term.per_century_squared * t * t);
  return mean + correction;
}

int new_moon_near(double jde) {
  return static_cast<int>(std::lround((jde - 2451550.09766) / 29.530588861));
}

double solar_longitude(double jde) {
  const double centuries = (jde - kJ2000) / 36525.0;
  const double tau = centuries / 10.0;
  const double earth =
      polynomial(tau, {sum(kL0, tau), sum(kL1, tau), sum(kL2, tau), sum(kL3, tau), sum(kL4, tau), sum(kL5, tau)}) *
      1e-8 / kRadians;
  // To the frame of the FK5, then what the earth's axis and the speed of light make of it (Meeus ch. 25). The distance
  // by its two main terms serves the aberration to 0.003″.
  const double anomaly = 357.52911 + 35999.05029 * centuries;
  const double distance = 1.00014 - 0.01671 * std::cos(anomaly * kRadians) - 0.00014 * std::cos(2 * anomaly * kRadians);
  const double arcseconds = -0.09033 + nutation_arcseconds(centuries) - 20.4898 / distance;
  const double longitude = std::fmod(earth + 180.0 + arcseconds / 3600.0, 360.0);
  return longitude < 0.0 ? longitude + 360.0 : longitude;
}

double delta_t(double year) {
  const double centuries = (year - 1820.0) / 100.0;
  const double parabola = -20.0 + 32.0 * centuries * centuries;
  if (year < 1900) return polynomial(year - 1860, {7.62, 0.5737, -0.251754, 0.01680668, -0.0004473624, 1.0 / 233174});
  if (year < 1920) return polynomial(year - 1900, {-2.79, 1.494119, -0.0598939, 0.0061966, -0.000197});
  if (year < 1941) return polynomial(year - 1920, {21.20, 0.84493, -0.076100, 0.0020936});
  if (year < 1961) return polynomial(year - 1950, {29.07, 0.407, -1.0 / 233, 1.0 / 2547});
  if (year < 1986) return polynomial(year - 1975, {45.45, 1.067, -1.0 / 260, -1.0 / 718});
  if (year < 2005) return polynomial(year - 2000, {63.86, 0.3345, -0.060374, 0.0017275, 0.000651814, 0.00002373599});
  if (year < 2050) return polynomial(year - 2000, {62.92, 0.32217, 0.005589});
  if (year < 2150) return parabola - 0.5628 * (2150.0 - year);
  return parabola;
}

double jde_of_midnight(int day) {
  const double universal = kUnixEpoch + day - kHanoi;
  return universal + delta_t(year_of(universal)) / kSecondsADay;
}

int day_of_jde(double jde) {
  return static_cast<int>(std::floor(jde - delta_t(year_of(jde)) / kSecondsADay + kHanoi - kUnixEpoch));
}

}  // namespace loa::lunar
