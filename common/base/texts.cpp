#include "common/base/texts.h"

#include <array>

namespace loa {
namespace {

// Sorted by area. A sentence says what is wrong and what to do; {0} … are filled by the caller.
constexpr auto kTexts = std::to_array<TextEntry>({
    // file.*
    {"file.cannot_read", "Không đọc được {0}: {1}. Kiểm tra đường dẫn và quyền đọc.",
     "Cannot read {0}: {1}. Check the path and its permissions."},
    {"file.cannot_write", "Không ghi được {0}: {1}. Kiểm tra dung lượng đĩa và quyền ghi.",
     "Cannot write {0}: {1}. Check free disk space and permissions."},
});

}  // namespace

std::span<const TextEntry> text_entries() {
  return kTexts;
}

}  // namespace loa
