// The code that an action is refused with; empty when it goes through. The code must have its sentence for people.
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace loa::test {

template <class Action>
std::string code_of(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& error) {
    EXPECT_TRUE(is_known_text(error.code())) << error.code();
    return error.code();
  }
  return "";
}

}  // namespace loa::test
