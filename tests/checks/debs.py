#!/usr/bin/env python3
"""The Debian packages, made of what this build has made: what is in them, who owns it, what they need and what they run.

debs.py <build folder>    wants the programs built; the life of an installed ward is ./dev package test
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import repo

BUILD = Path()
PACKAGES = ("loa", "loa-node", "loa-server")
DAEMONS = {"loa-node": "loa-node.service", "loa-server": "loa-server.service", "loa-signer": "loa-signer.service"}
# Of Debian's own packages: essential ones, and one that a condition of the unit asks for.
FOREIGN_PROGRAMS = {"/bin/systemctl", "/usr/sbin/mosquitto"}


def run(*command):
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Debs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        root = Path(cls.folder.name)
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", root, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip")
        cls.debs = {p.name.split("_")[0]: p for p in root.glob("*.deb")}
        cls.trees, cls.listed, cls.control = {}, {}, {}
        for package, deb in cls.debs.items():
            cls.trees[package] = root / package
            run("dpkg-deb", "-R", deb, cls.trees[package])
            cls.listed[package] = [re.match(r"(\S+) (\S+) +\d+ \S+ \S+ \.(/\S*)", line).groups() for line in run("dpkg-deb", "-c", deb).splitlines()]
            cls.control[package] = dict(re.findall(r"^([A-Za-z-]+): (.*)$", run("dpkg-deb", "-f", deb), re.M))

    def needs(self, package, fields=("Depends", "Pre-Depends")):
        words = ", ".join(self.control[package].get(f, "") for f in fields)
        return {re.split(r"[ (:]", w.strip())[0] for w in re.split(r"[,|]", words) if w.strip()}

    def paths(self, package):
        return {path for _, _, path in self.listed[package]}

    def units(self, package):
        for file in sorted((self.trees[package] / "lib/systemd/system").glob("*")):
            unit = configparser.ConfigParser(strict=False, interpolation=None)
            unit.optionxform = str
            unit.read(file)
            yield file.name, unit

    def test_there_are_three(self):
        self.assertEqual(sorted(self.debs), sorted(PACKAGES))

    def test_everything_is_roots_and_nothing_is_open_or_private(self):
        for package, listed in self.listed.items():
            for mode, owner, path in listed:
                self.assertEqual(owner, "root/root", (package, path))
                wanted = "drwxr-xr-x" if path.endswith("/") else "-rwxr-xr-x" if path.startswith("/usr/bin/") else "-rw-r--r--"
                self.assertEqual(mode, wanted, (package, path))

    def test_no_path_is_in_two_packages(self):
        files = [p for package in PACKAGES for p in self.paths(package) if not p.endswith("/")]
        self.assertEqual(len(files), len(set(files)))

    def test_programs_tell_the_version_of_the_package(self):
        for package in PACKAGES:
            for program in (p for p in self.paths(package) if p.startswith("/usr/bin/loa") and p != "/usr/bin/loa-intake"):
                if not program.endswith("/"):
                    self.assertEqual(run(str(self.trees[package]) + program, "--version").strip(), self.control[package]["Version"], program)

    def test_intake_is_beside_whoever_starts_it(self):
        self.assertIn("/usr/bin/loa-intake", self.paths("loa"))
        self.assertIn(f"loa (= {self.control['loa']['Version']})", self.control["loa-server"]["Depends"])

    def test_configuration_is_configuration_to_dpkg(self):
        for package in PACKAGES:
            files = {p for p in self.paths(package) if p.startswith("/etc/") and not p.endswith("/")}
            conffiles = self.trees[package] / "DEBIAN/conffiles"
            self.assertEqual(set(conffiles.read_text().split()) if conffiles.exists() else set(), files, package)

    def test_configuration_is_good_as_it_comes(self):
        etc = self.trees["loa-server"] / "etc/loa"
        run(BUILD / "bin/loa-server", "--config", etc / "server.toml", "--check-config")
        signer = etc / "signer/signer.toml"
        here = signer.with_name("here.toml")
        # The account comes with the package, not with this machine.
        here.write_text(signer.read_text().replace('"loa-server"', f'"{os.getuid()}"'))
        run(BUILD / "bin/loa-signer", "--config", here, "--check-config")

    def test_the_policy_that_comes_with_it_can_be_signed(self):
        root = Path(self.folder.name) / "root"
        run(BUILD / "bin/loa", "keys", "init", "--root", root, "--station", "phuong")
        run(BUILD / "bin/loa", "keys", "policy", "--root", root, "--file", self.trees["loa-server"] / "etc/loa/policy.toml")

    def test_no_secret_comes_with_it(self):
        for package in PACKAGES:
            for path in self.paths(package):
                self.assertNotRegex(path, r"\.(key|pem|token|pub)$")

    def test_the_console_is_whole(self):
        built = [file.relative_to(BUILD / "web") for file in (BUILD / "web").rglob("*") if file.is_file()]
        self.assertIn(Path("index.html"), built)
        for file in built:
            self.assertEqual((self.trees["loa-server"] / "usr/share/loa/web" / file).read_bytes(), (BUILD / "web" / file).read_bytes())

    def test_units_start_what_is_there_as_whom_the_package_makes(self):
        for package in PACKAGES:
            for name, unit in self.units(package):
                if not unit.has_section("Service"):
                    continue
                service = unit["Service"]
                program = service["ExecStart"].split()[0]
                there = self.paths(package) | FOREIGN_PROGRAMS | (self.paths("loa") if "loa" in self.needs(package) else set())
                self.assertIn(program, there, name)
                script = (self.trees[package] / "DEBIAN/postinst").read_text()
                for account in {service.get("User", "root"), service.get("Group", "root")} - {"root"}:
                    self.assertRegex(script, rf"(?m)(for account in .*\b{account}\b|adduser .* {account}$)", name)

    def test_units_that_are_wanted_are_enabled_and_purged(self):
        for package in PACKAGES:
            for name, unit in self.units(package):
                if not unit.has_section("Install"):
                    continue
                for script in ("postinst", "postrm", "prerm"):
                    self.assertIn(name, (self.trees[package] / "DEBIAN" / script).read_text(), script)

    def test_daemons_are_watched_and_locked_in(self):
        units = {name: unit["Service"] for package in PACKAGES for name, unit in self.units(package) if unit.has_section("Service")}
        for name in DAEMONS.values():
            self.assertEqual(units[name]["Type"], "notify", name)
            self.assertGreaterEqual(int(units[name]["WatchdogSec"]), 30, name)
            for word in ("NoNewPrivileges", "ProtectHome", "LockPersonality", "RestrictSUIDSGID"):
                self.assertEqual(units[name][word], "yes", (name, word))
            self.assertEqual(units[name]["ProtectSystem"], "strict", name)
            self.assertEqual(units[name]["CapabilityBoundingSet"], "", name)

    def test_scripts_are_shell_and_end_at_the_first_error(self):
        for package in ("loa-node", "loa-server"):
            for name in ("postinst", "prerm", "postrm"):
                script = self.trees[package] / "DEBIAN" / name
                self.assertTrue(os.access(script, os.X_OK), script)
                self.assertIn("\nset -e\n", script.read_text())
                run("dash", "-n", script)
        self.assertEqual([p.name for p in (self.trees["loa"] / "DEBIAN").iterdir() if p.name in ("postinst", "prerm", "postrm")], [])

    def test_libraries_are_found_and_what_is_opened_by_name_is_named(self):
        self.assertIn("libsodium23", self.needs("loa-server"))
        self.assertIn("libgpiod2", self.needs("loa-node"))
        self.assertNotIn("libsystemd0", set().union(*(self.needs(p) for p in PACKAGES)))
        # No development package, and nothing of the tests.
        listed = re.findall(r"^(\w+) (\S+)$", repo.read(repo.ROOT, "deploy/packages.txt"), re.M)
        for package in PACKAGES:
            self.assertEqual(self.needs(package) & {p for use, p in listed if use != "run"}, set())
        wanted = {p for use, p in listed if use == "run"}
        given = set().union(*(self.needs(p, ("Depends", "Recommends")) for p in PACKAGES))
        self.assertEqual(wanted - given, set(), "deploy/packages.txt names these to run a ward, no package does")

    def test_plugins_are_needed_by_whoever_loads_them(self):
        """As decoder.cpp and gst_runtime.cpp name them; asked of this machine's dpkg."""
        for package, source in (("loa", "audio/intake/decoder.cpp"), ("loa-node", "audio/playout/gst_runtime.cpp")):
            text = repo.read(repo.ROOT, source)
            lists = re.findall(r"kPlainPlugins\{([^}]*)\}|for \(const char\* plugin : \{([^}]*)\}\)|\bload\(\"(\w+)\"\)", text)
            plugins = {name for parts in lists for part in parts for name in re.findall(r"\w+", part)}
            self.assertIn("app", plugins)
            folder = run("pkg-config", "--variable=pluginsdir", "gstreamer-1.0").strip()
            fields = ("Depends", "Recommends") if package == "loa-node" else ("Depends",)
            for plugin in plugins:
                owner = run("dpkg-query", "-S", f"{folder}/libgst{plugin}.so").split(":")[0]
                self.assertIn(owner, self.needs(package, fields), plugin)


if __name__ == "__main__":
    BUILD = Path(sys.argv.pop(1)).resolve()
    unittest.main()
