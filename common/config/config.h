// One TOML file, read strictly: every mistake is collected and told at once, with file, line, key and what was
// expected. The only door to toml++.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loa::config {

// A TOML basic string, for files that a program writes for another.
[[nodiscard]] std::string toml_string(std::string_view text);

// A file whose text is in memory already; the name is for messages.
struct Content {
  std::filesystem::path name;
  std::string_view text;
};

// For a program that was only to read its configuration: says on stdout that it is good. Its exit status, 0.
int tell_good(const std::filesystem::path& file);

// The file with these texts where the keys (`section.name`) have another value; whatever else it says stays, its
// comments go. Throws Error config.cannot_parse; config.bad when a key's section is not there.
[[nodiscard]] std::string with_texts(const Content& content, const std::map<std::string, std::string>& texts);

class ConfigFile {
 public:
  // Throws Error config.cannot_parse or file.cannot_read.
  explicit ConfigFile(const std::filesystem::path& file);
  // Throws Error config.cannot_parse.
  explicit ConfigFile(const Content& content);
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
  // A TOML local time of whole minutes (21:00:00), as minutes of the day; nullopt when it is not there.
  [[nodiscard]] std::optional<std::chrono::minutes> time_of_day(std::string_view key);
  // Exactly `count` of them.
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key, std::size_t count, std::int64_t least,
                                                   std::int64_t most);
  // One to `count` of them.
  [[nodiscard]] std::vector<std::int64_t> integers_up_to(std::string_view key, std::size_t count, std::int64_t least,
                                                         std::int64_t most);
  // The sections below a section, `[nodes.a]` and `[nodes.b]`; their keys are `nodes.a.name`.
  [[nodiscard]] std::vector<std::string> names(std::string_view section);
  // All of a section that is a list of words: each key, any text, with its text, not empty. An absent one is empty.
  [[nodiscard]] std::map<std::string, std::string> dictionary(std::string_view section);
  // Whether there is a section of that name.
  [[nodiscard]] bool has_section(std::string_view section) const;
  // Whether a mistake was noted so far.
  [[nodiscard]] bool has_mistakes() const;
  // Notes a mistake that the reader of the value has found.
  void refuse(std::string_view key, std::string_view expected);
  [[nodiscard]] bool flag_or(std::string_view key, bool otherwise);
  // A list of texts, none empty; an absent key is an empty list.
  [[nodiscard]] std::vector<std::string> texts_or_none(std::string_view key);
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
