// Reads a lexicon from TOML: the sections abbreviations, before_names, units, documents and issuers, each a list of
// "written" = "said". What is said is Vietnamese words; it is never read a second time, so it may hold neither digits
// nor anything that the lexicon itself would replace.
#pragma once

#include <filesystem>

#include "server/speech/lexicon.h"

namespace loa::speech {

// The one that is built in, server/speech/vietnamese.toml.
[[nodiscard]] Lexicon vietnamese();

// The one that is built in with a ward's own file over it. Throws Error file.cannot_read, config.cannot_parse or
// config.bad with every mistake of the file, its line and key.
[[nodiscard]] Lexicon load_lexicon(const std::filesystem::path& file);

}  // namespace loa::speech
