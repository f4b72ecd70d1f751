#!/usr/bin/env python3
"""What ./dev says and does when packages are missing: played by stand-ins for dpkg-query, apt-get and sudo."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import repo

LIST = "# a comment\nbuild g++\nbuild libboost1.81-dev\nrun mosquitto\ntest clang-14\n"


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name, "a folder")
        (self.root / "deploy").mkdir(parents=True)
        (self.root / "deploy/packages.txt").write_text(LIST, encoding="utf-8")
        shutil.copy(repo.ROOT / "dev", self.root / "dev")
        self.calls = self.root / "calls"
        self.calls.write_text("", encoding="utf-8")
        self.stand_in("sudo", 'while [[ $1 == -* ]]; do shift; done; exec "$@"')
        self.stand_in("cmake", "exit 0")
        self.apt()

    def stand_in(self, name, body):
        path = self.root / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def installed(self, *packages):
        """Answers as dpkg-query does: known packages on stdout, and exit code 1 when one is unknown."""
        self.stand_in("dpkg-query", "rc=0\nfor p in \"${@:3}\"; do case \" %s \" in *\" $p \"*) "
                      "[[ $2 == *Package* ]] && echo \"installed $p\" || echo installed;; *) rc=1;; esac; done\nexit $rc"
                      % " ".join(packages))

    def apt(self, says="", code=0):
        self.stand_in("apt-get", f'echo "$@" >>"{self.calls}"\nif [[ " $* " == *" install "* ]]; then '
                      f"echo '{says}'; exit {code}; fi")

    def dev(self, *arguments):
        environment = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "HOME": str(self.root), "TMPDIR": str(self.root)}
        return subprocess.run([self.root / "dev", *arguments], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def fails_with(self, run, words):
        self.assertEqual(run.returncode, 1, run)
        self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        self.assertIn(words, run.stderr)

    def test_nothing_is_missing(self):
        self.installed("g++", "libboost1.81-dev")
        self.assertEqual(self.dev("build").returncode, 0)
        self.assertEqual(self.calls.read_text(encoding="utf-8"), "")

    def test_only_what_is_missing_is_installed_and_nothing_is_removed(self):
        self.installed("g++")
        self.assertEqual(self.dev("build").returncode, 0)
        update, install = self.calls.read_text(encoding="utf-8").splitlines()
        self.assertTrue(update.endswith(" update"), update)
        self.assertTrue(install.endswith(" install -y --no-install-recommends --no-remove libboost1.81-dev"), install)

    def test_each_cause_has_its_own_line(self):
        self.installed("g++")
        for says, words in (
                ("E: Could not get lock /var/lib/dpkg/lock-frontend.", "Another program is using apt"),
                ("Temporary failure resolving deb.debian.org", "cannot be reached"),
                ("E: Unable to locate package libboost1.81-dev", "must have bookworm main"),
                ("E: Release file for x is not valid yet", "clock is wrong"),
                ("E: You do not have enough free space in /var", "The disk is full"),
                ("E: Packages need to be removed but remove is disabled.", "conflicts"),
                ("something new", "apt failed")):
            self.apt(says, 100)
            self.fails_with(self.dev("build"), words)

    def test_the_older_boost_is_named(self):
        self.installed("g++", "libboost1.74-dev")
        self.fails_with(self.dev("build"), "apt-get remove libboost1.74-dev")
        self.assertEqual(self.calls.read_text(encoding="utf-8"), "")

    def test_an_unknown_command(self):
        self.fails_with(self.dev("biuld"), "./dev help")

    def test_a_failed_build_shows_its_output_and_ends_with_what_failed(self):
        self.installed("g++", "libboost1.81-dev")
        self.stand_in("cmake", "echo a.cpp:1: error; exit 2")
        run = self.dev("build")
        self.fails_with(run, "Configuring dev failed")
        self.assertIn("a.cpp:1: error", run.stdout)


if __name__ == "__main__":
    unittest.main()
