// Written Vietnamese as it is said aloud: dates, times, numbers, telephone numbers, documents and abbreviations become
// words, punctuation becomes pauses. The rules, and how each doubtful case is decided, are in docs/speech.md.
//
// Pure and without state; any thread. Time and memory grow with the length of the text alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/speech/lexicon.h"

namespace loa::speech {

// A part of the written text that is said in other words.
struct Piece {
  std::size_t at = 0;  // byte
  std::size_t length = 0;
  std::string spoken;
};

struct Reading {
  std::string written;  // the text in normal form C: what the pieces count in
  // One line of words with single spaces and at most one of , . ? ! behind a word; no digits. Empty when there is
  // nothing to say. Read again it stays what it is, but where signs without a sound kept words apart that belong
  // together.
  std::string spoken;
  std::vector<Piece> pieces;  // ascending, never over each other
  int syllables = 0;
  // About how long the default engine speaks: docs/speech.md says how it was measured.
  std::chrono::milliseconds length{0};
};

// Throws Error speech.bad_utf8 with the place of the first octet that is no UTF-8, counted from 1.
[[nodiscard]] Reading read_text(std::string_view text, const Lexicon& lexicon);

}  // namespace loa::speech
