#!/usr/bin/env python3
"""Habits that no compiler and no clang-tidy check holds us to. Each rule is one small function over one file."""

import re

import repo

CODE_LINE = re.compile(
    r"^\s*//+\s*(?:(?:if|for|while|switch)\s*\(.*[{;]$|return\b.*;$|#\s*include\b|(?:auto|const|int|bool|void|std::\w+)\b.*[;{]$|"
    r"[\w.>:\[\]-]+(?:\(.*\))?\s*(?:=|\+=)\s*.*;$|[\w.>:-]+\([^)]*\);$|[{}]\s*;?$)")


def nouns(name, text, code):
    for match in re.finditer(r"\b(?:class|struct|enum(?:\s+class)?|using|concept)\s+(\w*(?:Manager|Helper|Util|Utils|Processor))\b",
                             code):
        yield match.start(), f"{match[1]}: name what it is or does, not that it helps or manages"
    if re.search(r"(manager|helper|utils?|processor)\.(h|cpp)$", name):
        yield 0, "name the file after what is in it"


def to_dos(name, text, code):
    for match in re.finditer(r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\([^)\n]+\): \S)", text):
        yield match.start(), "a TODO needs its reason, `TODO(reason): what`, or must go"


def sleeps(name, text, code):
    if name.startswith("tests/") and not name.startswith("tests/bench/"):
        for match in re.finditer(r"\b(?:sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep|g_usleep|sleep)\s*\(", code):
            yield match.start(), "a test waits for a condition, never for a time"


def asserts(name, text, code):
    for match in re.finditer(r"(?<![\w:])assert\s*\(|#\s*include\s*<(?:cassert|assert\.h)>", code):
        yield match.start(), "assert() is gone in a release build: test with EXPECT_/ASSERT_, check with if"


def speed_limits(name, text, code):
    if name.startswith("tests/") and not name.startswith("tests/bench/"):
        for match in re.finditer(r"\b(?:EXPECT|ASSERT)_L[TE]\s*\(\s*(?:elapsed|took|duration_of|runtime|cpu_time)\w*", code):
            yield match.start(), "how fast it is belongs to tests/bench, not to a test"


def dead_code(name, text, code):
    for match in re.finditer(r"^[^\n]*$", text, re.MULTILINE):
        if CODE_LINE.match(match.group()):
            yield match.start(), "commented-out code; delete it, git remembers"
    for match in re.finditer(r"^[ \t]*#[ \t]*if[ \t]+(?:0|false)\b", code, re.MULTILINE):
        yield match.start(), "code that is never compiled; delete it"


def header_guards(name, text, code):
    if name.endswith(".h") and "#pragma once" not in text:
        yield 0, "a header starts with #pragma once"


def coroutines(name, text, code):
    for match in re.finditer(r"\bco_(?:await|yield|return)\b", code):
        yield match.start(), "g++ 12 miscompiles coroutines: use asio::spawn or the main loop"


def machine_paths(name, text, code):
    for match in re.finditer(r"(?<![\w.}$/])/(?:work|root|home/\w+)/", text):
        yield match.start(), "a path of one machine"


CPP_RULES = (nouns, to_dos, sleeps, asserts, speed_limits, dead_code, header_guards, coroutines, machine_paths)
TEXT_RULES = (to_dos, machine_paths)
TEXT_SUFFIXES = (".md", ".txt", ".cmake", ".json", ".yaml", ".yml", ".sh", ".py", ".toml", ".conf", ".service", ".ts",
                 ".vue", ".css", ".html", "/run", "dev")


def problems(root):
    found = []
    for name in repo.files(root, ".h", ".cpp", *TEXT_SUFFIXES):
        # This file and its test must name what they forbid; data and corpora are not ours to style.
        if name.startswith(("tests/checks/style", "tests/checks/selftest", "tests/fuzz/corpus/", "tests/data/")):
            continue
        text = repo.read(root, name)
        is_cpp = name.endswith((".h", ".cpp"))
        code = repo.code_only(text) if is_cpp else text
        for rule in CPP_RULES if is_cpp else TEXT_RULES:
            found += [f"{name}:{repo.line_of(text, at)}: {words}" for at, words in rule(name, text, code)]
    return found


if __name__ == "__main__":
    repo.report(problems(repo.ROOT))
