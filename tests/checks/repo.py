"""What every check needs: the files of the tree, what the targets declare, and one way to report."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files(root, *suffixes):
    """Paths from `root` of the files that are tracked or new and not ignored, sorted; without git, of all but builds."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], capture_output=True, text=True, check=False) if (root / ".git").exists() else None
    if listing is not None and listing.returncode == 0:
        names = [name for name in listing.stdout.split("\0") if name]
    else:
        names = [str((Path(folder) / name).relative_to(root)) for folder, _, entries in os.walk(root)
                 for name in entries]
        names = [name for name in names if not re.match(r"(build(-\w+)?|run|\.git)/", name)]
    return sorted({name for name in names if name.endswith(suffixes or "") and (root / name).is_file()})


def read(root, name):
    return (root / name).read_text(encoding="utf-8")


@dataclass
class Target:
    kind: str  # library, program, test, fuzz, bench
    name: str
    headers: list
    sources: list
    depends: list
    private_depends: list = field(default_factory=list)


def targets(build):
    """The lines that loa_declare() wrote at the last configure."""
    result = []
    for line in (build / "targets.tsv").read_text(encoding="utf-8").splitlines():
        kind, name, *lists = line.split("\t")
        result.append(Target(kind, name, *([item for item in text.split(";") if item] for text in lists)))
    return result


COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(text):
    """The same lines and columns with comments blanked; strings stay."""
    return COMMENT_OR_STRING.sub(lambda m: blank(m) if m.group().startswith(("//", "/*")) else m.group(), text)


def code_only(text):
    """The same lines and columns with comments and the insides of strings blanked."""
    return COMMENT_OR_STRING.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def report(problems):
    """Prints each problem on its own line; the exit code is 1 when there is one."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
