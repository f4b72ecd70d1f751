#!/usr/bin/env python3
"""Every code of an Error or Text stands in common/base/texts.cpp with as many values as its sentence takes; none is idle."""

import re

import repo

TABLE = "common/base/texts.cpp"
ENTRY = re.compile(r'\{\s*"([a-z0-9_.]+)"\s*,\s*((?:"(?:\\.|[^"\\])*"\s*)+),\s*((?:"(?:\\.|[^"\\])*"\s*)+),?\s*\}')
CODE = re.compile(r'"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)"')
MADE = re.compile(r"\b(?:Error|Text)\b(?:\s+\w+)?\s*([({])")
CLOSING = {"(": ")", "{": "}", "[": "]"}


def arguments(text, start):
    """The top-level arguments of the call whose bracket opens at `start`; strings count as one piece."""
    pieces, piece, depth, at = [], "", 0, start + 1
    while at < len(text):
        literal = repo.COMMENT_OR_STRING.match(text, at)
        if literal:
            piece += literal.group()
            at = literal.end()
            continue
        char = text[at]
        if depth == 0 and char in ")}":
            break
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            pieces.append(piece.strip())
            piece = ""
        else:
            piece += char
        at += 1
    if piece.strip():
        pieces.append(piece.strip())
    return pieces


def problems(root):
    table = repo.without_comments(repo.read(root, TABLE))
    wanted = {m[1]: max((int(d) + 1 for d in re.findall(r"\{(\d)\}", m[2] + m[3])), default=0)
              for m in ENTRY.finditer(table)}
    found, mentioned = [], set()
    if not wanted:
        found.append(f"{TABLE}: no entry could be read")
    for name in repo.files(root, ".h", ".cpp"):
        if name == TABLE or name.startswith("tests/"):
            continue
        text = repo.without_comments(repo.read(root, name))
        mentioned.update(CODE.findall(text))
        for match in MADE.finditer(text):
            parts = arguments(text, match.end() - 1)
            for code in CODE.findall(parts[0]) if parts else []:
                where = f"{name}:{repo.line_of(text, match.start())}:"
                if code not in wanted:
                    found.append(f'{where} "{code}" is not in {TABLE}')
                    continue
                given = parts[1] if len(parts) > 1 else "{}"
                if given.startswith("{") and given.endswith("}") and len(parts) <= 2:
                    count = len(arguments(given, 0))
                    if count != wanted[code]:
                        found.append(f'{where} "{code}" takes {wanted[code]} values, {count} given')
    found += [f"{TABLE}: nothing uses \"{code}\"; delete it" for code in sorted(wanted.keys() - mentioned)]
    return found


if __name__ == "__main__":
    repo.report(problems(repo.ROOT))
