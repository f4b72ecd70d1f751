#!/usr/bin/env python3
"""clang-tidy 14 over every file that the ordinary build compiles, two or as many as there are cores at a time.

A file is checked again only when what it was judged by has changed: its compile command, a .clang-tidy, the file
itself or a header of ours that it includes. The verdicts stand in build/tidy/, one empty file per clean key.

tidy.py [--build folder] [file...]
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import repo

TOOL = "/usr/bin/clang-tidy-14"
# The analyzer gives up on a function after so many steps, not after its own 225,000: a third of the time, and what it
# finds it finds early.
LIMITS = ["--extra-arg=-Wno-unknown-warning-option",
          *(f"--extra-arg={word}" for word in ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=20000"))]


def compile_commands(build, root):
    """One command per file of ours; a file built by two targets is judged by the first."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        path = Path(entry["directory"], entry["file"]).resolve()
        if path.is_relative_to(root) and not path.is_relative_to(build):
            commands.setdefault(str(path.relative_to(root)), entry)
    return commands


def headers_of_ours(build, root):
    """Object file -> the files of the tree that ninja saw it read."""
    listing = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=True).stdout
    result, current = {}, None
    for line in listing.splitlines():
        if line.startswith("    "):
            path = Path(os.path.normpath(build / line.strip()))
            if path.is_relative_to(root) and current is not None:
                current.append(path)
        elif ": #deps" in line:
            current = result[line.split(":", 1)[0]] = []
    return result


def digest(path, memory={}):
    if path not in memory:
        memory[path] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "gone"
    return memory[path]


def key_of(name, entry, deps, root, settings):
    words = shlex.split(entry["command"])
    object_file = words[words.index("-o") + 1]
    parts = [settings, entry["command"].replace(str(root), "")]
    if object_file not in deps:  # not built yet, so nobody knows what it includes
        return None
    for path in sorted({root / name, *deps[object_file]}):
        parts += [str(path.relative_to(root)), digest(path)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def check(name, build, root):
    run = subprocess.run([TOOL, "-p", str(build), "--quiet", *LIMITS, str(root / name)], cwd=root, capture_output=True,
                         text=True, check=False)
    noise = re.compile(r"^\d+ warnings? (generated|treated as errors?)")
    said = [line for line in (run.stdout + run.stderr).splitlines() if not noise.match(line)]
    return run.returncode == 0, "\n".join(said).replace(f"{root}/", "")


def findings(words):
    """One string for each finding, with the lines of code that clang-tidy shows under it."""
    return [text.rstrip() for text in re.split(r"^(?=\S+:\d+:\d+: (?:error|warning):)", words, flags=re.MULTILINE) if text.strip()]


def main(build, root, wanted):
    commands = compile_commands(build, root)
    unknown = [name for name in wanted if name not in commands]
    if unknown:
        return [f"{name}: no target of the ordinary build compiles it" for name in unknown]
    settings = subprocess.run([TOOL, "--version"], capture_output=True, text=True, check=True).stdout + "".join(
        [*LIMITS, *(digest(root / name) for name in repo.files(root, ".clang-tidy"))])
    deps = headers_of_ours(build, root)
    clean = build / "tidy"
    clean.mkdir(exist_ok=True)
    keys = {name: key_of(name, commands[name], deps, root, settings) for name in sorted(wanted or commands)}
    due = [name for name, key in keys.items() if key is None or not (clean / key).exists()]
    if not wanted:
        for stale in {path.name for path in clean.iterdir()} - set(keys.values()):
            (clean / stale).unlink()
    found, failed = [], 0
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for name, (is_clean, words) in zip(due, pool.map(lambda name: check(name, build, root), due)):
            if is_clean and keys[name] is not None:
                (clean / keys[name]).touch()
            elif not is_clean:
                failed += 1
                found += findings(words) or [f"{name}: clang-tidy failed"]
    print(f"clang-tidy: {len(due)} of {len(keys)} files checked, {failed} with findings")
    return list(dict.fromkeys(found))  # a header's finding comes once from every file that includes it


if __name__ == "__main__":
    arguments = sys.argv[1:]
    build_folder = repo.ROOT / "build"
    if arguments[:1] == ["--build"]:
        build_folder = Path(arguments[1]).resolve()
        arguments = arguments[2:]
    repo.report(main(build_folder, repo.ROOT, [os.path.normpath(os.path.relpath(Path(a).resolve(), repo.ROOT)) for a in arguments]))
