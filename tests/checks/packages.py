#!/usr/bin/env python3
"""deploy/packages.txt names every Debian 12 package that CMake looks for, so that a fresh machine misses none.

A static check; ./dev fresh proves the same in an empty Debian 12.
"""

import re

import repo

LIST = "deploy/packages.txt"
USES = ("build", "run", "test", "bench")
# What CMake asks for -> the packages that hold it; () = always there or no package of ours.
HOLDS = {
    "pkg_check_modules": {
        "glib-2.0": ("libglib2.0-dev",), "gio-2.0": ("libglib2.0-dev",), "gobject-2.0": ("libglib2.0-dev",),
        "gstreamer-1.0": ("libgstreamer1.0-dev",), "gstreamer-base-1.0": ("libgstreamer1.0-dev",),
        "gstreamer-check-1.0": ("libgstreamer1.0-dev",), "gstreamer-net-1.0": ("libgstreamer1.0-dev",),
        "gstreamer-app-1.0": ("libgstreamer-plugins-base1.0-dev",),
        "gstreamer-audio-1.0": ("libgstreamer-plugins-base1.0-dev",),
        "gstreamer-pbutils-1.0": ("libgstreamer-plugins-base1.0-dev",),
        "opus": ("libopus-dev",), "ogg": ("libogg-dev",), "libopusenc": ("libopusenc-dev",),
        "libebur128": ("libebur128-dev",), "libseccomp": ("libseccomp-dev",), "libsodium": ("libsodium-dev",),
        "openssl": ("libssl-dev",), "libssl": ("libssl-dev",), "libcrypto": ("libssl-dev",),
        "sqlite3": ("libsqlite3-dev",), "tomlplusplus": ("libtomlplusplus-dev",), "spdlog": ("libspdlog-dev",),
        "nlohmann_json": ("nlohmann-json3-dev",), "libical": ("libical-dev",),
        "libgpiod": ("libgpiod-dev",), "libqrencode": ("libqrencode-dev",), "icu-uc": ("libicu-dev",), "libcurl": ("libcurl4-openssl-dev",), "prometheus-cpp-core": ("prometheus-cpp-dev",), "xlsxwriter": ("libxlsxwriter-dev",),
        "pangocairo": ("libpango1.0-dev",), "cairo-pdf": ("libcairo2-dev",), "libarchive": ("libarchive-dev",), "libpulse": ("libpulse-dev",),
    },
    "find_package": {
        "Threads": (), "PkgConfig": ("pkg-config",), "GTest": ("libgtest-dev", "libgmock-dev"),
        "benchmark": ("libbenchmark-dev",), "spdlog": ("libspdlog-dev",), "nlohmann_json": ("nlohmann-json3-dev",),
        "OpenSSL": ("libssl-dev",), "SQLite3": ("libsqlite3-dev",), "SQLiteCpp": ("libsqlitecpp-dev",),
        "CLI11": ("libcli11-dev",), "tomlplusplus": ("libtomlplusplus-dev",), "date": ("libhowardhinnant-date-dev",),
        "PahoMqttCpp": ("libpaho-mqttpp-dev", "libpaho-mqtt-dev"), "eclipse-paho-mqtt-c": ("libpaho-mqtt-dev",),
        "Boost": ("libboost1.81-dev",), "Python3": ("python3",), "LibICal": ("libical-dev",), "ZLIB": ("zlib1g-dev",),
    },
    "find_program": {"ccache": ("ccache",), "node": ("nodejs",), "npm": ("npm",)},
    "find_library": {
        "paho-mqttpp3": ("libpaho-mqttpp-dev",), "paho-mqtt3as": ("libpaho-mqtt-dev",), "SQLiteCpp": ("libsqlitecpp-dev",),
        "boost_context": ("libboost-context1.81-dev",), "sodium": ("libsodium-dev",), "opusenc": ("libopusenc-dev",),
        "date-tz": ("libhowardhinnant-date-dev",),
    },
    "component": {"Boost context": ("libboost-context1.81-dev",), "Boost system": ("libboost-system1.81-dev",)},
}
# A package here brings these along as hard dependencies.
BRINGS = {"libgstreamer1.0-dev": ("libglib2.0-dev",)}


def asked(command, arguments):
    """What one CMake call looks for, as (kind, name)."""
    words = [w.strip('"') for w in arguments.split()]
    if command == "pkg_check_modules":
        words = [w for w in words[1:] if w not in ("REQUIRED", "QUIET", "IMPORTED_TARGET", "GLOBAL")]
        return [(command, re.split(r"[<>=]", w)[0]) for w in words]
    if command == "find_package":
        parts = words[words.index("COMPONENTS") + 1:] if "COMPONENTS" in words else []
        return [(command, words[0])] + [("component", f"{words[0]} {p}") for p in parts if p.isidentifier()
                                        and p not in ("REQUIRED", "QUIET", "CONFIG", "OPTIONAL_COMPONENTS")]
    names = words[2:] if words[1:2] == ["NAMES"] else words[1:2]
    return [(command, names[0])] if names else []


def problems(root):
    found, listed = [], {}
    for number, line in enumerate(repo.read(root, LIST).splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\w+) ([a-z0-9][a-z0-9.+-]+)", line)
        if not match or match[1] not in USES:
            found.append(f"{LIST}:{number}: a line is `<{'|'.join(USES)}> <package>`")
        elif match[2] in listed:
            found.append(f"{LIST}:{number}: {match[2]} is listed twice")
        else:
            listed[match[2]] = match[1]
    there = set(listed) | {b for p in listed for b in BRINGS.get(p, ())}
    for name in repo.files(root, "CMakeLists.txt", ".cmake"):
        text = re.sub(r"#[^\n]*", lambda m: " " * len(m.group()), repo.read(root, name))
        for match in re.finditer(r"\b(pkg_check_modules|find_package|find_program|find_library)\s*\(([^)]*)\)", text):
            where = f"{name}:{repo.line_of(text, match.start())}:"
            for kind, thing in asked(match[1], match[2]):
                if thing not in HOLDS[kind]:
                    found.append(f"{where} tests/checks/packages.py does not know which package holds {thing}; add it there")
                    continue
                found += [f"{where} {thing} needs {package}, which {LIST} does not name"
                          for package in HOLDS[kind][thing] if package not in there]
                if not name.startswith("tests/bench/"):
                    found += [f"{where} {thing} is needed to configure, so {package} must be listed under build"
                              for package in HOLDS[kind][thing] if listed.get(package, "build") != "build"]
    return found


if __name__ == "__main__":
    repo.report(problems(repo.ROOT))
