// One TOML file, read strictly: every mistake is collected and told at once, with file, line, key and what was
// expected. The only door to toml++.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace loa::config {

// A TOML basic string, for files that a program writes for another.
[[nodiscard]] std::string toml_string(std::string_view text);

class ConfigFile {
 public:
  // Throws Error config.cannot_parse or file.cannot_read.
  explicit ConfigFile(const std::filesystem::path& file);
  ~ConfigFile();
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  // `key` is `section.name`. A missing or wrong value is noted for finish() and something harmless is returned.
  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::string text_or(std::string_view key, std::string_view otherwise);
  [[nodiscard]] std::string id(std::string_view key);
  [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t otherwise, std::int64_t least,
                                        std::int64_t most);
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
  // Relative paths are relative to the file's own folder.
  [[nodiscard]] std::filesystem::path path(std::string_view key);
  // Empty when the key is not there.
  [[nodiscard]] std::filesystem::path path_or_none(std::string_view key);

  // Throws Error config.bad with every mistake found, keys that nobody asked for among them.
  void finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace loa::config
