#include "common/base/texts.h"

#include <array>

namespace loa {
namespace {

// Sorted by area. A sentence says what is wrong and what to do; {0} … are filled by the caller.
constexpr auto kTexts = std::to_array<TextEntry>({
    // broker.*
    {"broker.bad_setting", "Thiết lập broker không hợp lệ: {0} = “{1}”. Sửa giá trị này trong tệp cấu hình.",
     "Bad broker setting: {0} = “{1}”. Correct this value in the configuration file."},
    // cert.*
    {"cert.bad_file",
     "{0} không phải chứng chỉ hoặc khóa dạng PEM đúng loại. Cấp lại chứng chỉ, hoặc khôi phục tệp từ bản sao lưu.",
     "{0} is not a PEM certificate or key of the right kind. Issue it again, or restore the file from a backup."},
    {"cert.bad_name",
     "“{0}” không dùng được làm tên trong chứng chỉ. Dùng chữ thường không dấu, chữ số và dấu gạch ngang, hoặc một tên "
     "miền hay địa chỉ IP đúng.",
     "“{0}” cannot be a name in a certificate. Use lower-case letters, digits and hyphens, or a correct host name or "
     "IP "
     "address."},
    {"cert.failed", "OpenSSL không làm được bước “{0}”: {1}. Chạy lại; nếu vẫn lỗi, cài lại gói libssl3.",
     "OpenSSL failed at “{0}”: {1}. Try again; if it persists, reinstall the package libssl3."},
    // db.*
    {"db.busy", "Cơ sở dữ liệu {0} đang bị chương trình khác giữ. Đóng chương trình đó rồi thử lại.",
     "The database {0} is held by another program. Close that program and try again."},
    {"db.cannot_open", "Không mở được cơ sở dữ liệu {0}: {1}. Kiểm tra thư mục, quyền ghi và ổ đĩa.",
     "Cannot open the database {0}: {1}. Check the folder, its permissions and the disk."},
    {"db.constraint", "Dữ liệu không hợp lệ nên không được ghi: {1} ({0}). Kiểm tra giá trị vừa nhập.",
     "The data breaks a rule and was not stored: {1} ({0}). Check the values entered."},
    {"db.damaged",
     "Cơ sở dữ liệu {0} bị hỏng: {1}. Dừng chương trình, chép tệp này ra chỗ khác, rồi khôi phục bản sao lưu gần nhất.",
     "The database {0} is damaged: {1}. Stop the program, copy the file aside, then restore the latest backup."},
    {"db.disk_full", "Ổ đĩa chứa {0} đã đầy. Giải phóng dung lượng rồi thử lại; chưa có gì bị mất.",
     "The disk holding {0} is full. Free some space and try again; nothing stored has been lost."},
    {"db.failed", "Cơ sở dữ liệu {0} báo lỗi: {1}. Kiểm tra ổ đĩa; nếu ổ đĩa tốt, gửi nhật ký cho người phát triển.",
     "The database {0} reports: {1}. Check the disk; if it is sound, send the log to the developers."},
    {"db.migration_failed",
     "Không nâng cấp được cơ sở dữ liệu lên bản {0}: {1}. Dữ liệu vẫn ở bản cũ; dùng lại phiên bản chương trình trước "
     "và "
     "gửi nhật ký cho người phát triển.",
     "Cannot upgrade the database to version {0}: {1}. The data is still at the old version; go back to the previous "
     "program and send the log to the developers."},
    {"db.newer",
     "Cơ sở dữ liệu {0} thuộc bản mới hơn ({1}) mà chương trình này chỉ biết đến bản {2}. Cài phiên bản chương trình "
     "mới.",
     "The database {0} has version {1}, but this program knows versions up to {2} only. Install the newer program."},
    {"db.wrong_type", "Cột {1} trong câu lệnh “{0}” chứa kiểu {2}, không phải {3}. Gửi nhật ký cho người phát triển.",
     "Column {1} of “{0}” holds {2}, not {3}. Send the log to the developers."},
    // file.*
    {"file.cannot_read", "Không đọc được {0}: {1}. Kiểm tra đường dẫn và quyền đọc.",
     "Cannot read {0}: {1}. Check the path and its permissions."},
    {"file.cannot_write", "Không ghi được {0}: {1}. Kiểm tra dung lượng đĩa và quyền ghi.",
     "Cannot write {0}: {1}. Check free disk space and permissions."},
    {"file.exists", "{0} đã có. Đổi tên hoặc dời tệp cũ trước.", "{0} exists already. Rename or move it first."},
    {"file.too_large", "{0} lớn hơn {1} byte nên không thể đúng loại. Kiểm tra đường dẫn.",
     "{0} is larger than {1} bytes, so it cannot be the right file. Check the path."},
    // key.*
    {"key.bad_file", "{0} không phải tệp khóa của Loa. Kiểm tra đường dẫn, hoặc khôi phục tệp từ bản sao lưu.",
     "{0} is not a Loa key file. Check the path, or restore the file from a backup."},
    {"key.exists", "Đã có khóa bí mật tại {0} và không được ghi đè. Dời tệp đó đi nếu thật sự muốn tạo khóa mới.",
     "There is a secret key at {0} already and it is never replaced. Move it away if you really want a new key."},
    {"key.too_open", "Người khác đọc được khóa bí mật {0}. Chạy: chmod 600 {0}",
     "Others can read the secret key {0}. Run: chmod 600 {0}"},
    // link.*
    {"link.bad_options", "Thiết lập kết nối MQTT không hợp lệ: {0} = “{1}”. Sửa giá trị này trong tệp cấu hình.",
     "Bad MQTT setting: {0} = “{1}”. Correct this value in the configuration file."},
});

}  // namespace

std::span<const TextEntry> text_entries() {
  return kTexts;
}

}  // namespace loa
