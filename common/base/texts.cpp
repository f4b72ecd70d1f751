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
    // http.*: what the server refuses, and why the client could not
    {"http.bad_certificate", "Không dùng được chứng thư hoặc khóa TLS {0}: {1}. Kiểm tra tệp PEM hoặc cấp lại.",
     "The TLS certificate or key {0} cannot be used: {1}. Check the PEM file or issue a new one."},
    {"http.bad_parameter", "Tham số {0} sai kiểu hoặc ngoài phạm vi. Xem /api/openapi.json rồi gửi lại.",
     "Parameter {0} has the wrong form or is out of range. See /api/openapi.json and send it again."},
    {"http.bad_response", "Máy chủ {0} trả lời sai giao thức: {1}. Kiểm tra địa chỉ và cổng.",
     "The server {0} gave an answer that is not HTTP as expected: {1}. Check the address and port."},
    {"http.bad_target", "Địa chỉ yêu cầu không hợp lệ hoặc quá dài. Kiểm tra đường dẫn và phần sau dấu hỏi.",
     "The address in the request is malformed or too long. Check the path and what follows the question mark."},
    {"http.bad_url", "\"{0}\" không phải địa chỉ https hợp lệ. Viết theo dạng https://máy:cổng/đường-dẫn.",
     "\"{0}\" is not a valid https address. Write it as https://host:port/path."},
    {"http.body_not_wanted", "Yêu cầu này không nhận nội dung. Gửi lại không kèm nội dung.",
     "This request takes no body. Send it again without one."},
    {"http.body_too_large", "Nội dung gửi lên lớn hơn mức cho phép {0} byte. Chọn tệp nhỏ hơn hoặc chia ra.",
     "What was sent is larger than the {0} bytes allowed. Choose a smaller file or split it."},
    {"http.busy", "Máy chủ đang nhận quá nhiều dữ liệu cùng lúc. Thử lại sau vài giây.",
     "The server is taking in too much at once. Try again in a few seconds."},
    {"http.cannot_connect", "Không kết nối được {0}: {1}. Kiểm tra mạng và xem máy chủ có đang chạy không.",
     "Cannot connect to {0}: {1}. Check the network and whether the server is running."},
    {"http.cannot_listen", "Không mở được địa chỉ {0} cổng {1}: {2}. Kiểm tra địa chỉ trong cấu hình và quyền mở cổng.",
     "Cannot listen on {0} port {1}: {2}. Check the address in the configuration and the right to open the port."},
    {"http.connection_lost", "Mất kết nối với {0}: {1}. Kiểm tra mạng rồi thử lại.",
     "The connection to {0} was lost: {1}. Check the network and try again."},
    {"http.download_size", "Tệp {0} dài {1} byte, phải là {2} byte. Không dùng tệp này; chờ máy chủ gửi kế hoạch mới.",
     "{0} is {1} bytes long and must be {2}. It is not used; wait for the server's next plan."},
    {"http.file_missing", "Tệp này không còn trên máy chủ. Tải lại trang và chọn lại.",
     "This file is no longer on the server. Reload the page and choose again."},
    {"http.header_too_large", "Phần đầu yêu cầu dài quá {0} byte. Xóa cookie của trang này rồi thử lại.",
     "The head of the request is longer than {0} bytes. Delete this site's cookies and try again."},
    {"http.internal", "Máy chủ gặp lỗi của chính nó. Báo cho quản trị mã yêu cầu {0}.",
     "The server failed by its own fault. Tell the administrator the request number {0}."},
    {"http.malformed", "Yêu cầu không đúng giao thức HTTP: {0}. Dùng trình duyệt hoặc công cụ loa.",
     "The request is not proper HTTP: {0}. Use a browser or the loa tool."},
    {"http.missing_parameter", "Thiếu tham số {0}. Xem /api/openapi.json rồi gửi lại.",
     "Parameter {0} is missing. See /api/openapi.json and send it again."},
    {"http.no_answer", "Máy chủ không kịp trả lời. Thử lại sau; nếu vẫn vậy, báo cho quản trị.",
     "The server did not manage to answer in time. Try again; if it stays so, tell the administrator."},
    {"http.not_trusted", "Không tin được máy chủ {0}: {1}. Kiểm tra tên máy chủ, ngày giờ máy và tệp chứng thư gốc.",
     "The server {0} cannot be trusted: {1}. Check its name, this machine's date, and the authority file."},
    {"http.port_taken", "Cổng {0} đã có chương trình khác dùng. Dừng chương trình đó hoặc đổi cổng trong cấu hình.",
     "Port {0} is in use by another program. Stop that program or set another port in the configuration."},
    {"http.range_not_satisfiable", "Phần yêu cầu nằm ngoài tệp dài {0} byte. Tải lại từ đầu.",
     "The part asked for lies outside the file of {0} bytes. Fetch it from the beginning."},
    {"http.refused_by_server", "Máy chủ không cho lấy {0} (mã {1}). Kiểm tra tệp còn trên máy chủ và quyền truy cập.",
     "The server refused to give {0} (status {1}). Check that it is still there and that you may have it."},
    {"http.response_too_large", "Máy chủ {0} trả lời dài quá {1} byte. Yêu cầu ít hơn một lần.",
     "The answer of {0} is longer than {1} bytes. Ask for less at a time."},
    {"http.stopped", "Đã dừng theo yêu cầu khi đang nối với {0}. Chạy lại để làm tiếp.",
     "Stopped on request while talking to {0}. Run it again to go on."},
    {"http.timeout", "Máy chủ {0} không trả lời kịp. Kiểm tra mạng rồi thử lại.",
     "The server {0} did not answer in time. Check the network and try again."},
    {"http.unknown_parameter", "Không có tham số {0} ở đây. Xem /api/openapi.json rồi gửi lại.",
     "There is no parameter {0} here. See /api/openapi.json and send it again."},
    {"http.unknown_path", "Không có gì ở địa chỉ {0}. Kiểm tra đường dẫn.", "There is nothing at {0}. Check the path."},
    {"http.upload_not_stored", "Máy chủ không lưu được tệp gửi lên: {0}. Báo cho quản trị kiểm tra dung lượng đĩa.",
     "The server could not store what was sent: {0}. Ask the administrator to check the disk space."},
    {"http.wrong_content_encoding", "Không nhận nội dung nén kiểu {0}. Gửi lại không nén.",
     "A body encoded with {0} is not accepted. Send it again without encoding."},
    {"http.wrong_content_type", "Loại nội dung không nhận được ở đây. Các loại được nhận: {0}.",
     "This kind of content is not accepted here. Accepted: {0}."},
    {"http.wrong_method", "Không dùng được phương thức {0} ở đây. Phương thức được dùng: {1}.",
     "The method {0} is not possible here. Possible: {1}."},
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
