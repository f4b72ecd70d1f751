// Small files that are whole or absent: written beside the target, flushed to the disk, then renamed over it, and the
// folder flushed too. After a crash or a power cut there is the old content or the new one. Any thread.
#pragma once

#include <cstddef>
#include <filesystem>

#include "common/base/bytes.h"

namespace loa::crypto {

enum class Readers { kOwner, kEveryone };  // mode 0600 or 0644, from the moment the file exists
enum class IfExists { kReplace, kRefuse };

// Throws Error file.cannot_write, or file.exists with IfExists::kRefuse; then the target is as it was.
void write_file_atomically(const std::filesystem::path& file, ByteView content, Readers readers, IfExists if_exists);

// Throws Error file.cannot_read, file.too_large (over `most` octets) and, for secrets, key.too_open. The permission is
// checked on the opened file, so it cannot change between check and reading.
[[nodiscard]] Bytes read_small_file(const std::filesystem::path& file, std::size_t most);
[[nodiscard]] Bytes read_secret_file(const std::filesystem::path& file, std::size_t most);

// A whole file that is there under another name already gets this one, durably: file, rename, folder. Both names lie on
// the same file system. Throws Error file.cannot_write.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace loa::crypto
