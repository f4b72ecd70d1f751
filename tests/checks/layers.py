#!/usr/bin/env python3
"""Includes are held to what CMake declares, to the layers of the tree, and to one door for each foreign library.

layers.py <build folder>    reads targets.tsv, which every configure writes
"""

import re
import sys
from pathlib import Path

import repo

# Folder -> the folders it may include from. Arrows point down only.
LAYERS = {
    "common": {"common"},
    "schedules": {"common", "schedules"},
    "audio": {"common", "audio"},
    "server": {"common", "schedules", "audio", "server"},
    "node-agent": {"common", "schedules", "audio", "node-agent"},
    "cli": {"common", "schedules", "audio", "server", "node-agent", "cli"},
    "tests": {"common", "schedules", "audio", "server", "node-agent", "cli", "tests"},
}

# Foreign headers -> the folders (or files) that may include them. The first pattern that matches decides.
DOORS = [
    (r"(mqtt/|MQTT)", ["common/link"]),
    (r"(sqlite3|SQLiteCpp/)", ["common/db"]),
    (r"boost/", ["common/http"]),
    (r"zlib\.h$", ["common/http/packing.cpp"]),
    (r"gst/", ["audio/playout", "audio/intake", "common/loop"]),
    (r"(glib|gio/|gobject/)", ["common/loop", "audio/playout", "audio/intake", "server/reports"]),
    (r"sodium", ["common/crypto"]),
    (r"openssl/", ["common/crypto", "common/http"]),
    (r"(opus/|opus|opusenc|ogg/)", ["audio/opus"]),
    (r"ebur128", ["audio"]),
    (r"seccomp", ["common/sandbox"]),
    (r"gpiod", ["node-agent/amplifier"]),
    (r"(spdlog/|fmt/)", ["common/base"]),
    (r"toml\+\+/", ["common/config"]),
    (r"qrencode", ["common/qr"]),
    (r"CLI/", ["cli", "server/main.cpp", "server/signer/signer_main.cpp", "node-agent/main.cpp"]),
    (r"date/", ["schedules/civil"]),
    (r"unicode/", ["server/speech"]),
    (r"prometheus/", ["server/http"]),
    (r"(cairo|pango/)", ["server/reports"]),
    (r"xlsxwriter", ["server/reports"]),
    (r"archive(_entry)?\.h$", ["server/reports"]),
    (r"libical/", ["schedules/ics", "tests/bench"]),
    (r"nlohmann/json_fwd\.hpp", [""]),
    (r"curl/", ["server/notify"]),
    (r"nlohmann/", ["*.cpp", "server/http/desk.h", "tests/integration/server_api_fixture.h"]),
    (r"(gtest|gmock)/", ["tests"]),
    (r"benchmark/", ["tests/bench"]),
]
# Headers of ours that other libraries see may include these foreign ones and no others.
PUBLIC_FOREIGN = re.compile(r"nlohmann/json_fwd\.hpp")

# ISO C++ has neither a dot nor a slash; the rest comes with libc6-dev and linux-libc-dev.
SYSTEM = re.compile(
    r"[a-z_0-9]+$|(sys|netinet|net|arpa|linux|asm|bits)/|"
    r"(arpa|assert|cpio|ctype|cxxabi|dirent|dlfcn|elf|endian|errno|execinfo|fcntl|fenv|float|fnmatch|ftw|getopt|glob|grp|"
    r"ifaddrs|inttypes|langinfo|limits|link|locale|malloc|math|mqueue|netdb|poll|pthread|pty|pwd|regex|sched|semaphore|"
    r"setjmp|signal|spawn|stdarg|stddef|stdint|stdio|stdlib|string|strings|syslog|termios|time|uchar|ucontext|unistd|"
    r"utime|wchar|wordexp)\.h$")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def top(name):
    return name.split("/", 1)[0]


def folder(name):
    return name.rpartition("/")[0]


def passes_door(name, door):
    """Tests stand where the code they test stands: tests/unit/common/link_test.cpp passes the door common/link."""
    if door == "*.cpp":
        return name.endswith(".cpp")
    mirrored = re.sub(r"^tests/(unit|integration|fuzz|bench)/", "", name)
    if mirrored != name and door != "" and not door.startswith("tests"):
        return re.match(re.escape(door).replace("/", "[/_]") + r"($|[/_.])", mirrored) is not None
    return door == "" or name == door or name.startswith(door + "/")


def public_closure(libraries, names):
    """The libraries that whoever depends on `names` sees through public dependencies."""
    seen, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name in libraries and name not in seen:
            seen.add(name)
            waiting += libraries[name].depends
    return seen


def users_of(name, owner_of, includes):
    """The targets that a file belongs to. A header that no library lists follows those that include it."""
    users, seen, waiting = {}, {name}, [name]
    while waiting:
        current = waiting.pop()
        if current in owner_of:
            users[owner_of[current].name] = owner_of[current]
            continue
        for other, lines in includes.items():
            if other not in seen and any(included == current for _, _, included in lines):
                seen.add(other)
                waiting.append(other)
    return list(users.values())


def problems(root, targets):
    found = []
    libraries = {t.name: t for t in targets if t.kind == "library"}
    owner_of_header = {h: t for t in libraries.values() for h in t.headers}
    owner_of = {}
    for target in targets:
        for name in target.headers + target.sources:
            owner_of.setdefault(name, target)
    folders = {}
    for target in targets:
        for name in target.sources:
            folders.setdefault(folder(name), []).append(target)
    includes = {name: [(m.start(), *m.groups()) for m in INCLUDE.finditer(repo.without_comments(repo.read(root, name)))]
                for name in repo.files(root, ".h", ".cpp")}
    used = set()

    for name in includes:
        layer = top(name)
        if layer not in LAYERS:
            found.append(f"{name}:1: the folder {layer} is not in LAYERS of tests/checks/layers.py")
            continue
        users = users_of(name, owner_of, includes)
        if not users:
            found.append(f"{name}:1: no target builds it; name it in one or delete it")
            continue
        is_public = name in owner_of_header
        text = repo.read(root, name)
        for at, kind, included in includes[name]:
            where = f"{name}:{repo.line_of(text, at)}:"
            if kind == "<":
                found += foreign_problems(name, where, included, is_public)
                continue
            if not (root / included).is_file():
                if not included.endswith((".h", ".inc")) or "/" not in included:
                    found.append(f'{where} "{included}" is not a path from the top of the tree')
                continue
            if top(included) not in LAYERS[layer]:
                found.append(f'{where} {layer} may not include from {top(included)} ("{included}")')
                continue
            if included not in owner_of_header:
                beside = folder(included) == folder(name) or (layer == "tests" and (
                    top(included) == "tests" or any(
                        lib.name in u.depends + u.private_depends
                        for lib in folders.get(folder(included), []) for u in users)))
                if not beside:
                    found.append(f'{where} "{included}" is private to its folder; list it in HEADERS of its library')
                continue
            library = owner_of_header[included]
            for user in users:
                used.add((user.name, library.name))
                found += dependency_problems(where, included, library, user, is_public, libraries)

    for target in targets:
        for depends, need_header in ((target.depends, True), (target.private_depends, False)):
            for other in depends:
                if other not in libraries:
                    continue
                if top(folder(libraries[other].headers[0])) not in LAYERS[top((target.sources + target.headers)[0])]:
                    found.append(f"{target.name}: may not depend on {other}, which stands above it")
                if target.kind == "library" and (target.name, other) not in used:
                    found.append(f"{target.name}: declares {other} and includes nothing of it; drop the dependency")
    return sorted(set(found))


def foreign_problems(name, where, included, is_public):
    if SYSTEM.match(included):
        return []
    for pattern, doors in DOORS:
        if re.match(pattern, included):
            if not any(passes_door(name, door) for door in doors):
                return [f"{where} <{included}> may be included only in {', '.join(doors)}"]
            if is_public and not name.startswith("tests/") and not PUBLIC_FOREIGN.match(included):
                return [f"{where} <{included}> in a public header shows a foreign library to everyone; hide it in the .cpp"]
            return []
    return [f"{where} <{included}> belongs to no library that tests/checks/layers.py knows; give it a door there"]


def dependency_problems(where, included, library, user, is_public, libraries):
    if user.name == library.name:
        return []
    declared = set(user.depends) | set(user.private_depends)
    if user.kind in ("test", "fuzz", "bench"):  # tests may lean on what their subject shows
        declared = public_closure(libraries, declared)
    if library.name not in declared:
        return [f'{where} "{included}" is of {library.name}, which {user.name} does not declare in DEPENDS']
    if is_public and library.name not in user.depends:
        return [f'{where} "{included}" stands in a public header: {user.name} must name {library.name} in DEPENDS, '
                'not in PRIVATE_DEPENDS']
    return []


if __name__ == "__main__":
    repo.report(problems(repo.ROOT, repo.targets(Path(sys.argv[1]))))
