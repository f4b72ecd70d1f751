#include "common/config/config.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include <toml++/toml.h>

#include "common/base/error.h"
#include "common/base/ids.h"

namespace loa::config {

std::string toml_string(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f) {
      out.append("\\u00").append(1, kDigits[octet >> 4U]).append(1, kDigits[octet & 15U]);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

int tell_good(const std::filesystem::path& file) {
  std::printf("%s\n", render({"config.good", {file.string()}}, language_of_environment()).c_str());
  return 0;
}

struct ConfigFile::State {
  std::filesystem::path file;
  toml::table table;
  std::set<std::string, std::less<>> asked;
  std::vector<std::string> mistakes;

  [[nodiscard]] std::string place(const toml::node* node) const {
    std::string text = file.string();
    if (node != nullptr) text += ":" + std::to_string(node->source().begin.line);
    return text;
  }
  void note(const toml::node* node, std::string_view key, std::string_view expected) {
    mistakes.push_back(place(node) + ": " + std::string{key} + ": " + std::string{expected});
  }
  [[nodiscard]] const toml::node* find(std::string_view key) {
    asked.emplace(key);
    return table.at_path(key).node();
  }
  // Whether something below the section of that name was asked for.
  [[nodiscard]] bool is_section(const std::string& prefix) const {
    const auto first = asked.lower_bound(prefix);
    return first != asked.end() && first->starts_with(prefix);
  }
  void find_unknown(const toml::table& section, const std::string& prefix, std::vector<std::string>& found) const {
    for (const auto& [name, value] : section) {
      const std::string key = prefix + std::string{name.str()};
      const auto* below = value.as_table();
      if (below != nullptr && is_section(key + "."))
        find_unknown(*below, key + ".", found);
      else if (!asked.contains(key))
        found.push_back(place(&value) + ": " + key + ": unknown key");
    }
  }
};

namespace {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw Error("file.cannot_read", {file.string(), std::strerror(errno)});
  // A folder opens well and reads as an empty file.
  if (std::filesystem::is_directory(file)) throw Error("file.cannot_read", {file.string(), std::strerror(EISDIR)});
  std::stringstream content;
  content << in.rdbuf();
  return content.str();
}

toml::table parse_table(const Content& content) {
  try {
    return toml::parse(content.text, content.name.string());
  } catch (const toml::parse_error& error) {
    throw Error("config.cannot_parse",
                {content.name.string(), std::to_string(error.source().begin.line), std::string{error.description()}});
  }
}

}  // namespace

std::string with_texts(const Content& content, const std::map<std::string, std::string>& texts) {
  toml::table table = parse_table(content);
  for (const auto& [key, text] : texts) {
    const std::size_t dot = key.find('.');
    toml::table* section = table[key.substr(0, dot)].as_table();
    if (section == nullptr || dot == std::string::npos)
      throw Error("config.bad", {content.name.string() + ": " + key + ": no such section"});
    section->insert_or_assign(key.substr(dot + 1), text);
  }
  std::ostringstream out;
  out << table << "\n";
  return out.str();
}

ConfigFile::ConfigFile(const std::filesystem::path& file) : ConfigFile(Content{file, read_file(file)}) {}

ConfigFile::ConfigFile(const Content& content) : state_(std::make_unique<State>()) {
  state_->file = content.name;
  state_->table = parse_table(content);
}

ConfigFile::~ConfigFile() = default;

std::string ConfigFile::text(std::string_view key) {
  const toml::node* node = state_->find(key);
  const auto value = node == nullptr ? std::nullopt : node->value<std::string>();
  if (!value || value->empty()) {
    state_->note(node, key, "text, not empty");
    return {};
  }
  return *value;
}

std::string ConfigFile::text_or(std::string_view key, std::string_view otherwise) {
  const toml::node* node = state_->find(key);
  if (node == nullptr) return std::string{otherwise};
  const auto value = node->value<std::string>();
  if (!value) state_->note(node, key, "text");
  return value.value_or(std::string{});
}

std::string ConfigFile::id(std::string_view key) {
  std::string value = text(key);
  if (!value.empty() && !is_valid_id(value))
    state_->note(state_->find(key), key, "lower-case letters, digits and hyphens, at most 64");
  return value;
}

std::int64_t ConfigFile::integer_or(std::string_view key, std::int64_t otherwise, std::int64_t least,
                                    std::int64_t most) {
  return state_->find(key) == nullptr ? otherwise : integer(key, least, most);
}

std::int64_t ConfigFile::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const toml::node* node = state_->find(key);
  const auto value = node == nullptr || !node->is_integer() ? std::nullopt : node->value<std::int64_t>();
  if (!value || *value < least || *value > most) {
    state_->note(node, key, "integer from " + std::to_string(least) + " to " + std::to_string(most));
    return least;
  }
  return *value;
}

bool ConfigFile::flag_or(std::string_view key, bool otherwise) {
  const toml::node* node = state_->find(key);
  if (node == nullptr) return otherwise;
  if (!node->is_boolean()) {
    state_->note(node, key, "true or false");
    return otherwise;
  }
  return node->as_boolean()->get();
}

std::vector<std::string> ConfigFile::texts_or_none(std::string_view key) {
  const toml::node* node = state_->find(key);
  if (node == nullptr) return {};
  std::vector<std::string> values;
  bool is_good = node->is_array();
  if (is_good) {
    for (const toml::node& each : *node->as_array()) {
      values.push_back(each.value<std::string>().value_or(std::string{}));
      is_good = is_good && each.is_string() && !values.back().empty();
    }
  }
  if (is_good) return values;
  state_->note(node, key, "list of texts, none empty");
  return {};
}

std::filesystem::path ConfigFile::path(std::string_view key) {
  const std::string value = text(key);
  return value.empty() ? std::filesystem::path{} : std::filesystem::absolute(state_->file).parent_path() / value;
}

std::filesystem::path ConfigFile::path_or_none(std::string_view key) {
  return state_->find(key) == nullptr ? std::filesystem::path{} : path(key);
}

std::optional<std::chrono::minutes> ConfigFile::time_of_day(std::string_view key) {
  const toml::node* node = state_->find(key);
  if (node == nullptr) return std::nullopt;
  const auto* time = node->as_time();
  if (time == nullptr || time->get().second != 0 || time->get().nanosecond != 0) {
    state_->note(node, key, "a time of whole minutes like 21:00:00");
    return std::nullopt;
  }
  return std::chrono::hours{time->get().hour} + std::chrono::minutes{time->get().minute};
}

std::vector<std::int64_t> ConfigFile::integers(std::string_view key, std::size_t count, std::int64_t least,
                                               std::int64_t most) {
  const toml::node* node = state_->find(key);
  const toml::array* array = node == nullptr ? nullptr : node->as_array();
  std::vector<std::int64_t> values;
  if (array != nullptr)
    for (const toml::node& item : *array)
      if (const auto value = item.is_integer() ? item.value<std::int64_t>() : std::nullopt;
          value && *value >= least && *value <= most)
        values.push_back(*value);
  if (array == nullptr || array->size() != count || values.size() != count) {
    state_->note(node, key,
                 std::to_string(count) + " integers from " + std::to_string(least) + " to " + std::to_string(most));
    return std::vector<std::int64_t>(count, least);
  }
  return values;
}

std::vector<std::int64_t> ConfigFile::integers_up_to(std::string_view key, std::size_t count, std::int64_t least,
                                                     std::int64_t most) {
  const toml::node* node = state_->find(key);
  const toml::array* array = node == nullptr ? nullptr : node->as_array();
  if (array != nullptr && !array->empty() && array->size() <= count) return integers(key, array->size(), least, most);
  state_->note(
      node, key,
      "1 to " + std::to_string(count) + " integers from " + std::to_string(least) + " to " + std::to_string(most));
  return {least};
}

std::vector<std::string> ConfigFile::names(std::string_view section) {
  const auto* table = state_->table.at_path(section).as_table();
  std::vector<std::string> found;
  if (table == nullptr) return found;
  for (const auto& [name, node] : *table)
    if (node.is_table()) found.emplace_back(name.str());
  return found;
}

std::map<std::string, std::string> ConfigFile::dictionary(std::string_view section) {
  std::map<std::string, std::string> words;
  const auto* table = state_->table.at_path(section).as_table();
  if (table == nullptr) return words;
  for (const auto& [name, node] : *table) {
    const std::string key = std::string{section} + "." + std::string{name.str()};
    state_->asked.insert(key);
    const auto value = node.value<std::string>();
    if (!value || value->empty())
      state_->note(&node, key, "text, not empty");
    else
      words[std::string{name.str()}] = *value;
  }
  return words;
}

bool ConfigFile::has_section(std::string_view section) const {
  return state_->table.at_path(section).is_table();
}

bool ConfigFile::has_mistakes() const {
  return !state_->mistakes.empty();
}

void ConfigFile::refuse(std::string_view key, std::string_view expected) {
  state_->note(state_->table.at_path(key).node(), key, expected);
}

void ConfigFile::finish() const {
  std::vector<std::string> mistakes = state_->mistakes;
  for (const auto& [section, node] : state_->table) {
    const auto* table = node.as_table();
    if (table == nullptr)
      mistakes.push_back(state_->place(&node) + ": " + std::string{section.str()} + ": a [section]");
    else
      state_->find_unknown(*table, std::string{section.str()} + ".", mistakes);
  }
  if (mistakes.empty()) return;
  std::string all;
  for (const std::string& mistake : mistakes) all += "\n  " + mistake;
  throw Error("config.bad", {all});
}

}  // namespace loa::config
