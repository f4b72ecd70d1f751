#include "cli/told.h"

#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

namespace loa::cli {
namespace {

TEST(Told, ADeedThatIsDoneSaysNothingAndIsZero) {
  std::ostringstream err;
  int done = 0;
  EXPECT_EQ(told(err, [&](Language) { ++done; }), 0);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(err.str(), "");
}

TEST(Told, AFailureIsOneLineInTheReadersLanguageAndOne) {
  const Error error("file.cannot_read", {"x.toml", "No such file"});
  std::ostringstream err;
  EXPECT_EQ(told(err, [&](Language) { throw error; }), 1);
  EXPECT_EQ(err.str(), render(error.text(), language_of_environment()) + "\n");
}

TEST(Told, WhatIsNoErrorOfOursIsToldToo) {
  std::ostringstream err;
  EXPECT_EQ(told(err, [](Language) { throw std::runtime_error("disk on fire"); }), 1);
  EXPECT_EQ(err.str(), "disk on fire\n");
}

}  // namespace
}  // namespace loa::cli
