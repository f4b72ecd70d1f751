// Random wards and calendars: the same seed gives the same one.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace loa::test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  int upto(int most) { return std::uniform_int_distribution{0, most}(random_); }
  bool one_in(int n) { return upto(n - 1) == 0; }

 private:
  std::mt19937_64 random_;
};

// Seeds from first to last, both included: LOA_SEED=first, LOA_CALENDARS=how many.
struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
};
inline Seeds wanted_seeds(std::uint64_t usual) {
  const auto number = [](const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
  };
  const std::uint64_t first = number("LOA_SEED", 1);
  return {first, first + number("LOA_CALENDARS", usual) - 1};
}

}  // namespace loa::test
