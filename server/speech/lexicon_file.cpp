#include "server/speech/lexicon_file.h"

#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/config/config.h"
#include "server/speech/preset.h"
#include "server/speech/reading.h"

namespace loa::speech {
namespace {

constexpr std::size_t kLongestWritten = 64;

struct Section {
  const char* name;
  Words Lexicon::*words;
};
constexpr Section kSections[] = {{"abbreviations", &Lexicon::abbreviations},
                                 {"before_names", &Lexicon::before_names},
                                 {"units", &Lexicon::units},
                                 {"documents", &Lexicon::documents},
                                 {"issuers", &Lexicon::issuers}};

// What is said comes out as it is: nothing of it may need a reading of its own.
bool is_sayable(const std::string& said, const Lexicon& lexicon) {
  try {
    return read_text(said, lexicon).spoken == said;
  } catch (const Error&) {
    return false;
  }
}

void read(config::ConfigFile& file, Lexicon& lexicon) {
  for (const auto& [name, words] : kSections)
    for (const auto& [written, said] : file.dictionary(name))
      (lexicon.*words).insert_or_assign(read_text(written, {}).written, read_text(said, {}).written);
  for (const auto& [name, words] : kSections)
    for (const auto& [written, said] : lexicon.*words) {
      if (written.empty() || written.size() > kLongestWritten)
        file.refuse(name, "each written form of 1 to " + std::to_string(kLongestWritten) + " bytes");
      if (!is_sayable(said, lexicon))
        file.refuse(name, "“" + said + "”: words alone, without digits, abbreviations and signs, one space between");
    }
  file.finish();
}

}  // namespace

Lexicon vietnamese() {
  Lexicon lexicon;
  config::ConfigFile file(config::Content{"vietnamese.toml", kVietnameseToml});
  read(file, lexicon);
  return lexicon;
}

Lexicon load_lexicon(const std::filesystem::path& path) {
  Lexicon lexicon = vietnamese();
  config::ConfigFile file(path);
  read(file, lexicon);
  return lexicon;
}

}  // namespace loa::speech
