// The texts of the templates that are built in, which CMake puts into the library. Internal to schedules/templates.
#pragma once

#include <span>
#include <string_view>

namespace loa::templates {

struct BuiltIn {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] std::span<const BuiltIn> preset();

}  // namespace loa::templates
