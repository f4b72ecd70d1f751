#!/usr/bin/env python3
"""No test can be forgotten: every test file is built, every corpus is replayed, every library is tested by something.

tests_registered.py <build folder>
"""

import re
import sys
from pathlib import Path

import repo


def problems(root, targets):
    found = []
    built = {kind: {s for t in targets if t.kind == kind for s in t.sources} for kind in ("test", "fuzz", "bench")}
    for name in repo.files(root, ".cpp"):
        if not name.startswith("tests/"):
            if re.search(r"_(test|fuzz|bench)\.cpp$", name):
                found.append(f"{name}: tests stand under tests/")
            continue
        for kind in built:
            if name.endswith(f"_{kind}.cpp") and name not in built[kind]:
                found.append(f"{name}: no loa_{kind}() names it, so it is never run")
        text = repo.code_only(repo.read(root, name))
        for match in re.finditer(r"^TEST(_F|_P)?\(|LLVMFuzzerTestOneInput\s*\(|\bDISABLED_", text, re.MULTILINE):
            where = f"{name}:{repo.line_of(text, match.start())}:"
            if "DISABLED_" in match.group():
                found.append(f"{where} a disabled test is no test; repair it or delete it")
            elif match.group().startswith("TEST") and not name.endswith("_test.cpp"):
                found.append(f"{where} a file with tests is named *_test.cpp")
            elif match.group().startswith("LLVM") and not name.endswith("_fuzz.cpp") and "replay_main" not in name:
                found.append(f"{where} a fuzz target is named *_fuzz.cpp")
    fuzzed = {t.name for t in targets if t.kind == "fuzz"}
    corpora = {name.split("/")[3] for name in repo.files(root) if re.match(r"tests/fuzz/corpus/[^/]+/", name)}
    found += [f"tests/fuzz/corpus/{name}: no loa_fuzz({name}) replays it" for name in sorted(corpora - fuzzed)]
    found += [f"loa_fuzz({name}): tests/fuzz/corpus/{name} holds no committed input" for name in sorted(fuzzed - corpora)]
    tested = {d for t in targets if t.kind in ("test", "fuzz") for d in t.depends + t.private_depends}
    found += [f"{t.name}: no loa_test() or loa_fuzz() names this library in DEPENDS, so nothing tests it"
              for t in targets if t.kind == "library" and t.sources and t.name not in tested
              and not t.sources[0].startswith("tests/")]
    return found


if __name__ == "__main__":
    repo.report(problems(repo.ROOT, repo.targets(Path(sys.argv[1]))))
