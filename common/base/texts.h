// Every sentence that a person may read, in one table. Internal to common/base; others use error.h.
#pragma once

#include <span>
#include <string_view>

namespace loa {

struct TextEntry {
  std::string_view code;
  std::string_view vi;
  std::string_view en;
};

[[nodiscard]] std::span<const TextEntry> text_entries();

}  // namespace loa
