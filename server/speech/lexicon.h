// What is written short and how it is said. Values; read from TOML by server/speech/lexicon_file.h.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace loa::speech {

// Written → said. Case counts; the longest entry that fits is taken.
using Words = std::map<std::string, std::string, std::less<>>;

struct Lexicon {
  Words abbreviations;
  Words before_names;  // read so only where a name or a number follows
  Words units;         // only behind a number
  Words documents;     // kinds of documents, in their numbers
  Words issuers;       // who issued them
};

}  // namespace loa::speech
