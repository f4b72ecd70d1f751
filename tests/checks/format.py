#!/usr/bin/env python3
"""clang-format 14 over every C++ file: says which differ and where, or with --write puts them right."""

import subprocess
import sys

import repo

TOOL = "/usr/bin/clang-format-14"


def problems(root):
    names = repo.files(root, ".h", ".cpp")
    run = subprocess.run([TOOL, "--dry-run", "--Werror", "--ferror-limit=1", *names], cwd=root, capture_output=True,
                         text=True, check=False) if names else None
    if run is None or run.returncode == 0:
        return []
    lines = [line for line in run.stderr.splitlines() if "error:" in line]
    return (lines or run.stderr.splitlines()) + ["put right with: ./dev format"]


if __name__ == "__main__":
    if "--write" in sys.argv:
        subprocess.run([TOOL, "-i", *repo.files(repo.ROOT, ".h", ".cpp")], cwd=repo.ROOT, check=True)
    else:
        repo.report(problems(repo.ROOT))
