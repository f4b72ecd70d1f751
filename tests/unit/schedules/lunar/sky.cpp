#include "tests/unit/schedules/lunar/sky.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace loa::test {
namespace {

struct Term {
  int d, m, mm, f;
  double l;  // 1e-6 degrees
};
constexpr auto kMoon = std::to_array<Term>({
    {0, 0, 1, 0, 6288774}, {2, 0, -1, 0, 1274027}, {2, 0, 0, 0, 658314},  {0, 0, 2, 0, 213618}, {0, 1, 0, 0, -185116},
    {0, 0, 0, 2, -114332}, {2, 0, -2, 0, 58793},   {2, -1, -1, 0, 57066}, {2, 0, 1, 0, 53322},  {2, -1, 0, 0, 45758},
    {0, 1, -1, 0, -40923}, {1, 0, 0, 0, -34720},   {0, 1, 1, 0, -30383},  {2, 0, 0, -2, 15327}, {0, 0, 1, 2, -12528},
    {0, 0, 1, -2, 10980},  {4, 0, -1, 0, 10675},   {0, 0, 3, 0, 10034},   {4, 0, -2, 0, 8548},  {2, 1, -1, 0, -7888},
    {2, 1, 0, 0, -6766},   {1, 0, -1, 0, -5163},   {1, 1, 0, 0, 4987},    {2, -1, 1, 0, 4036},  {2, 0, 2, 0, 3994},
    {4, 0, 0, 0, 3861},    {2, 0, -3, 0, 3665},    {0, 1, -2, 0, -2689},  {2, 0, -1, 2, -2602}, {2, -1, -2, 0, 2390},
    {1, 0, 1, 0, -2348},   {2, -2, 0, 0, 2236},    {0, 1, 2, 0, -2120},   {0, 2, 0, 0, -2069},  {2, -2, -1, 0, 2048},
    {2, 0, 1, -2, -1773},  {2, 0, 0, 2, -1595},    {4, -1, -1, 0, 1215},  {0, 0, 2, 2, -1110},  {3, 0, -1, 0, -892},
    {2, 1, 1, 0, -810},    {4, -1, -2, 0, 759},    {0, 2, -1, 0, -713},   {2, 2, -1, 0, -700},  {2, 1, -2, 0, 691},
    {2, -1, 0, -2, 596},   {4, 0, 1, 0, 549},      {0, 0, 4, 0, 537},     {4, -1, 0, 0, 520},   {1, 0, -2, 0, -487},
});

double sine(double degrees) {
  return std::sin(std::fmod(degrees, 360.0) * std::numbers::pi / 180.0);
}

double moon(double t) {
  const double l = 218.3164477 + 481267.88123421 * t - 0.0015786 * t * t + t * t * t / 538841.0;
  const double d = 297.8501921 + 445267.1114034 * t - 0.0018819 * t * t;
  const double m = 357.5291092 + 35999.0502909 * t - 0.0001536 * t * t;
  const double mm = 134.9633964 + 477198.8675055 * t + 0.0087414 * t * t;
  const double f = 93.2720950 + 483202.0175233 * t - 0.0036539 * t * t;
  const double e = 1.0 - 0.002516 * t;
  double sum = 3958 * sine(119.75 + 131.849 * t) + 1962 * sine(l - f) + 318 * sine(53.09 + 479264.29 * t);
  for (const Term& term : kMoon)
    sum += term.l * std::pow(e, std::abs(term.m)) * sine(term.d * d + term.m * m + term.mm * mm + term.f * f);
  return l + sum * 1e-6;
}

double sun(double t) {
  const double m = 357.52911 + 35999.05029 * t - 0.0001537 * t * t;
  return 280.46646 + 36000.76983 * t + 0.0003032 * t * t + (1.914602 - 0.004817 * t - 0.000014 * t * t) * sine(m) +
         (0.019993 - 0.000101 * t) * sine(2 * m) + 0.000289 * sine(3 * m) - 0.00569;
}

// Seconds, coarse: straight lines through the table of Espenak and Meeus.
double delta_t(double year) {
  constexpr std::array kKnown = {-2.8, 10.4, 21.2, 24.0, 24.3, 29.1, 33.1, 40.2, 50.5, 56.9, 63.8};
  if (year < 2000) {
    const double at = std::max((year - 1900) / 10, 0.0);
    const auto i = std::min(static_cast<std::size_t>(at), kKnown.size() - 2);
    return kKnown.at(i) + (kKnown.at(i + 1) - kKnown.at(i)) * (at - static_cast<double>(i));
  }
  if (year < 2050) return 63.8 + (year - 2000) * 0.584;
  return 93.0 + (year - 2050) * 2.35;
}

double century_of_midnight(double day) {
  const double julian = 2440587.5 + day - 7.0 / 24.0;
  return (julian + delta_t(2000 + (julian - 2451545.0) / 365.25) / 86400.0 - 2451545.0) / 36525.0;
}

double elongation(double day) {
  const double t = century_of_midnight(day);
  // Nutation moves both and cancels.
  return std::remainder(moon(t) - sun(t), 360.0);
}

double sun_at(double day) {
  const double t = century_of_midnight(day);
  const double longitude = std::fmod(sun(t) - 0.00478 * sine(125.04 - 1934.136 * t), 360.0);
  return longitude < 0 ? longitude + 360.0 : longitude;
}

}  // namespace

std::vector<SkyMonth> sky_months(int from, int until) {
  std::vector<SkyMonth> months;
  double today = elongation(from);
  for (int day = from; day < until; ++day) {
    const double tomorrow = elongation(day + 1);
    if (today <= 0 && tomorrow > 0 && tomorrow - today < 30) {
      double low = day;
      double high = day + 1;
      while (high - low > 1e-6) {
        const double middle = (low + high) / 2;
        (elongation(middle) <= 0 ? low : high) = middle;
      }
      const double longitude = sun_at(day);
      const double into = std::fmod(longitude, 30.0);
      months.push_back({day, 24 * std::min(low - day, day + 1 - low), static_cast<int>(longitude / 30),
                        24 * std::min(into, 30 - into) / 0.9856});
    }
    today = tomorrow;
  }
  return months;
}

}  // namespace loa::test
