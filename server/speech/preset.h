// The text of vietnamese.toml, which CMake puts into the library. Internal to server/speech.
#pragma once

#include <string_view>

namespace loa::speech {

extern const std::string_view kVietnameseToml;

}  // namespace loa::speech
