// The text of vietnam.toml, which CMake puts into the library. Internal to schedules/holidays.
#pragma once

#include <string_view>

namespace loa::holidays {

extern const std::string_view kVietnamToml;

}  // namespace loa::holidays
