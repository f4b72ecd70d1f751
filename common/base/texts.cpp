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
    // opus.*
    {"opus.bad_packet", "Âm thanh bị hỏng ({0}). Tải lại tệp phát thanh.",
     "The sound is damaged ({0}). Fetch the clip again."},
    {"opus.corrupt", "Tệp {0} bị hỏng: {1}. Tải lại hoặc nhập lại bản ghi.",
     "{0} is damaged: {1}. Fetch it again or ingest the recording again."},
    {"opus.not_opus", "{0} không phải tệp Ogg Opus: {1}. Hãy dùng tệp do loa encode tạo ra.",
     "{0} is not an Ogg Opus file: {1}. Use a file made by loa encode."},
    {"opus.truncated", "Tệp {0} bị cụt: {1}. Tải lại tệp.", "{0} is cut off: {1}. Fetch it again."},
    {"opus.unsupported", "Không phát được tệp {0}: {1}. Hãy dùng tệp do loa encode tạo ra.",
     "Cannot play {0}: {1}. Use a file made by loa encode."},
    // playout.*
    {"playout.bad_sink",
     "Không hiểu đầu ra âm thanh \"{0}\". Dùng alsa:<thiết bị>, pulse:<tên> hoặc file:<thư mục>.",
     "Sound output \"{0}\" is not understood. Use alsa:<device>, pulse:<name> or file:<directory>."},
    {"playout.no_plugin", "GStreamer thiếu phần {0}: {1}. Cài lại các gói gstreamer1.0.",
     "GStreamer lacks {0}: {1}. Reinstall the gstreamer1.0 packages."},
    {"playout.too_late", "Đã quá giờ: bản tin đã hết trước khi kịp phát. Kiểm tra đồng hồ và đường truyền.",
     "Too late: it was over before it could sound. Check the clock and the link."},
});

}  // namespace

std::span<const TextEntry> text_entries() {
  return kTexts;
}

}  // namespace loa
