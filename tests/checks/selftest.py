#!/usr/bin/env python3
"""Each check finds what it is for: a small tree without fault passes, and with one fault put in it fails and names it."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import format as format_check
import layers
import packages
import protocol
import repo
import style
import texts
import tests_registered
import tidy


class Tree(unittest.TestCase):
    """A tree in a folder of its own; `put` writes a file and `says` wants exactly one problem with these words."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def put(self, name, text=""):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def says(self, found, *words):
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])


class Repo(Tree):
    def test_builds_and_data_of_a_ward_are_no_source(self):
        for name in ("a.cpp", "build/b.cpp", "build-asan/c.cpp", "run/d.cpp", "common/e.cpp"):
            self.put(name)
        self.assertEqual(repo.files(self.root, ".cpp"), ["a.cpp", "common/e.cpp"])

    def test_new_files_count_and_ignored_ones_do_not(self):
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.put(".gitignore", "/build/\n")
        self.put("build/b.cpp")
        self.put("new.cpp")
        self.assertEqual(repo.files(self.root, ".cpp"), ["new.cpp"])

    def test_comments_and_strings_are_told_apart(self):
        text = 'f("// no comment"); // comment\nchar c = \'"\'; /* x\n*/ int n = 1\'000; R"(// raw)";'
        bare = repo.without_comments(text)
        self.assertIn('"// no comment"', bare)
        self.assertIn('R"(// raw)"', bare)
        self.assertNotIn("comment\n", bare)
        self.assertEqual(bare.count("\n"), text.count("\n"))
        self.assertNotIn("raw", repo.code_only(text))
        self.assertIn("int n = 1'000;", repo.code_only(text))

    def test_targets_are_read_back(self):
        self.put("targets.tsv", "library\ta\tx/a.h\tx/a.cpp;x/b.cpp\tb\tc;d\n")
        self.assertEqual(repo.targets(self.root),
                         [repo.Target("library", "a", ["x/a.h"], ["x/a.cpp", "x/b.cpp"], ["b"], ["c", "d"])])


class Layers(Tree):
    def setUp(self):
        super().setUp()
        self.targets = [
            repo.Target("library", "base", ["common/base/a.h"], ["common/base/a.cpp"], []),
            repo.Target("library", "db", ["common/db/db.h"], ["common/db/db.cpp"], ["base"]),
            repo.Target("library", "core", ["server/core.h"], ["server/core.cpp"], ["db"], ["base"]),
            repo.Target("program", "prog", [], ["server/main.cpp"], [], ["core"]),
            repo.Target("test", "test_core", [], ["tests/unit/server/core_test.cpp"], [], ["core"]),
        ]
        self.put("common/base/a.h", "#pragma once\n#include <string>\n")
        self.put("common/base/a.cpp", '#include "common/base/a.h"\n#include <unistd.h>\n#include <nlohmann/json.hpp>\n')
        self.put("common/db/db.h", '#pragma once\n#include "common/base/a.h"\n')
        self.put("common/db/db.cpp", '#include "common/db/db.h"\n#include <sqlite3.h>\n')
        self.put("server/core.h", '#include "common/db/db.h"\n')
        self.put("server/private.h", '#include "common/base/a.h"\n')
        self.put("server/core.cpp", '#include "server/core.h"\n#include "server/private.h"\n#include "common/base/a.h"\n')
        self.put("server/main.cpp", '#include "server/core.h"\n#include <CLI/CLI.hpp>\n')
        self.put("tests/unit/server/core_test.cpp",
                 '#include <gtest/gtest.h>\n#include "server/core.h"\n#include "server/private.h"\n#include "common/db/db.h"\n')

    def found(self):
        return layers.problems(self.root, self.targets)

    def test_a_good_tree_passes(self):
        self.assertEqual(self.found(), [])

    def test_an_undeclared_library(self):
        self.targets[3].private_depends.append("db")  # declared by the program, not by what it includes from
        self.put("server/main.cpp", '#include "server/core.h"\n#include "common/base/a.h"\n')
        self.says(self.found(), "server/main.cpp:2:", "base", "does not declare")

    def test_an_upward_include(self):
        self.put("common/db/db.cpp", '#include "common/db/db.h"\n// line\n#include "server/core.h"\n')
        self.says(self.found(), "common/db/db.cpp:3:", "common may not include from server")

    def test_an_upward_dependency(self):
        self.targets.append(repo.Target("library", "up", ["common/up.h"], [], ["core"]))
        self.put("common/up.h", "#pragma once\n")
        found = self.found()
        self.assertTrue(any("up: may not depend on core" in line for line in found), found)

    def test_a_private_dependency_in_a_public_header(self):
        self.put("server/core.h", '#include "common/db/db.h"\n#include "common/base/a.h"\n')
        self.says(self.found(), "server/core.h:2:", "not in PRIVATE_DEPENDS")

    def test_a_dependency_that_nothing_uses(self):
        self.put("common/db/db.h", "#pragma once\n")
        self.says(self.found(), "db: declares base and includes nothing of it")

    def test_a_private_header_seen_from_elsewhere(self):
        self.put("common/base/private.h", "#pragma once\n")
        self.put("server/main.cpp", '#include "server/core.h"\n#include "common/base/private.h"\n')
        self.says(self.found(), "server/main.cpp:2:", "private to its folder")

    def test_a_file_that_nothing_builds(self):
        self.put("server/left_over.cpp")
        self.says(self.found(), "server/left_over.cpp:1:", "no target builds it")

    def test_a_foreign_library_outside_its_door(self):
        for header in ("mqtt/client.h", "boost/asio.hpp", "gst/gst.h", "glib.h", "openssl/evp.h", "opus/opus.h", "sodium.h",
                       "spdlog/spdlog.h", "toml++/toml.h", "ebur128.h", "gtest/gtest.h", "sqlite3.h"):
            self.put("server/core.cpp", f'#include "common/base/a.h"\n#include <{header}>\n')
            self.says(self.found(), "server/core.cpp:2:", header, "only in")

    def test_a_foreign_header_in_a_public_header(self):
        self.put("common/db/db.h", '#include "common/base/a.h"\n#include <SQLiteCpp/Database.h>\n')
        self.says(self.found(), "common/db/db.h:2:", "public header")
        self.put("common/db/db.h", '#include "common/base/a.h"\n#include <nlohmann/json.hpp>\n')
        self.says(self.found(), "common/db/db.h:2:", "only in *.cpp")
        self.put("common/db/db.h", '#include "common/base/a.h"\n#include <nlohmann/json_fwd.hpp>\n')
        self.assertEqual(self.found(), [])

    def test_an_unknown_foreign_library(self):
        self.put("server/core.cpp", '#include "common/base/a.h"\n#include <pcap/pcap.h>\n')
        self.says(self.found(), "pcap/pcap.h", "give it a door")

    def test_a_test_passes_the_door_of_what_it_tests(self):
        self.assertTrue(layers.passes_door("tests/unit/common/link_test.cpp", "common/link"))
        self.assertTrue(layers.passes_door("tests/integration/common/link/broker_test.cpp", "common/link"))
        self.assertFalse(layers.passes_door("tests/unit/common/links_test.cpp", "common/link"))
        self.assertFalse(layers.passes_door("tests/unit/server/core_test.cpp", "common/link"))

    def test_a_relative_include(self):
        self.put("server/core.cpp", '#include "common/base/a.h"\n#include "core.h"\n')
        self.says(self.found(), "server/core.cpp:2:", "not a path from the top")


class TestsRegistered(Tree):
    def setUp(self):
        super().setUp()
        self.targets = [
            repo.Target("library", "base", ["common/a.h"], ["common/a.cpp"], []),
            repo.Target("test", "test_base", [], ["tests/unit/a_test.cpp"], [], ["base"]),
            repo.Target("fuzz", "wire", [], ["tests/fuzz/wire_fuzz.cpp"], [], ["base"]),
        ]
        self.put("common/a.cpp")
        self.put("tests/unit/a_test.cpp", "TEST(A, B) {}\n")
        self.put("tests/fuzz/wire_fuzz.cpp", "int LLVMFuzzerTestOneInput(const char*, int);\n")
        self.put("tests/fuzz/corpus/wire/empty")

    def found(self):
        return tests_registered.problems(self.root, self.targets)

    def test_a_good_tree_passes(self):
        self.assertEqual(self.found(), [])

    def test_a_test_that_nothing_builds(self):
        self.put("tests/unit/b_test.cpp")
        self.says(self.found(), "tests/unit/b_test.cpp", "never run")

    def test_a_fuzz_target_that_nothing_builds(self):
        self.put("tests/fuzz/b_fuzz.cpp")
        self.says(self.found(), "tests/fuzz/b_fuzz.cpp", "loa_fuzz()")

    def test_a_corpus_without_a_target(self):
        self.put("tests/fuzz/corpus/old/x")
        self.says(self.found(), "corpus/old", "no loa_fuzz(old)")

    def test_a_target_without_a_corpus(self):
        (self.root / "tests/fuzz/corpus/wire/empty").unlink()
        self.says(self.found(), "corpus/wire holds no committed input")

    def test_a_library_without_a_test(self):
        self.targets.append(repo.Target("library", "loop", ["common/loop.h"], ["common/loop.cpp"], []))
        self.says(self.found(), "loop:", "nothing tests it")

    def test_tests_hidden_by_the_name_of_the_file_or_of_the_test(self):
        self.put("tests/unit/a_test.cpp", "// about\nTEST(A, DISABLED_B) {}\n")
        self.assertIn("disabled", "\n".join(self.found()))
        self.put("tests/unit/a_test.cpp", "TEST(A, B) {}\n")
        self.put("tests/unit/more.cpp", "TEST_F(A, C) {}\n")
        self.says(self.found(), "tests/unit/more.cpp:1:", "*_test.cpp")


class Texts(Tree):
    def setUp(self):
        super().setUp()
        self.put("common/base/texts.cpp",
                 '{"file.gone", "Mất {0}: {1}.",\n "Gone {0} "\n "and {1}."},\n{"key.bad", "Sai", "Bad"},\n')
        self.put("common/a.cpp", 'throw Error("file.gone", {path, f(1, 2)}); return Text{"key.bad"};\n')

    def found(self):
        return texts.problems(self.root)

    def test_a_good_tree_passes(self):
        self.assertEqual(self.found(), [])

    def test_an_unknown_code(self):
        self.put("server/b.cpp", 'x;\nthrow loa::Error("file.gonne", {a, b});\n')
        self.says(self.found(), "server/b.cpp:2:", "file.gonne", "is not in")

    def test_an_unknown_code_in_a_choice_and_in_a_named_error(self):
        self.put("server/b.cpp", 'throw Error(ok ? "key.bad" : "key.worse");\n')
        self.says(self.found(), "key.worse")
        self.put("server/b.cpp", 'const Error error{"key.worse"};\n')
        self.says(self.found(), "key.worse")

    def test_too_few_values(self):
        self.put("server/b.cpp", 'throw Error("file.gone", {path});\n')
        self.says(self.found(), "takes 2 values, 1 given")

    def test_an_idle_code(self):
        self.put("common/a.cpp", 'throw Error("file.gone", {"a, b", c});\n')
        self.says(self.found(), "key.bad", "delete it")

    def test_a_table_that_cannot_be_read(self):
        self.put("common/base/texts.cpp", "")
        self.put("common/a.cpp", "")
        self.says(self.found(), "no entry")


class Packages(Tree):
    def setUp(self):
        super().setUp()
        self.put("deploy/packages.txt", "# list\nbuild libopus-dev\nbuild libgstreamer1.0-dev\ntest libpulse-dev\n")
        self.put("CMakeLists.txt", "pkg_check_modules(A REQUIRED IMPORTED_TARGET opus>=1.3\n  glib-2.0) # find_package(No)\n"
                                   "find_package(Threads REQUIRED)\n")

    def found(self):
        return packages.problems(self.root)

    def test_a_good_tree_passes(self):
        self.assertEqual(self.found(), [])

    def test_a_package_that_is_not_listed(self):
        self.put("audio/CMakeLists.txt", "\nfind_package(GTest REQUIRED)\n")
        found = self.found()
        self.assertEqual(len(found), 2)
        self.assertIn("audio/CMakeLists.txt:2: GTest needs libgtest-dev", found[0])

    def test_a_component(self):
        self.put("CMakeLists.txt", "find_package(Boost 1.81 REQUIRED COMPONENTS context)\n")
        self.assertIn("libboost-context1.81-dev", "\n".join(self.found()))

    def test_an_unknown_module(self):
        self.put("CMakeLists.txt", "pkg_check_modules(A REQUIRED libpcap)\n")
        self.says(self.found(), "libpcap", "add it there")

    def test_a_package_listed_for_tests_only(self):
        self.put("CMakeLists.txt", "pkg_check_modules(A REQUIRED libpulse)\n")
        self.says(self.found(), "listed under build")

    def test_a_line_that_means_nothing_and_one_that_comes_twice(self):
        self.put("deploy/packages.txt", "build libopus-dev\nbuild libgstreamer1.0-dev\nmaybe x11\n")
        self.says(self.found(), "deploy/packages.txt:3:", "a line is")
        self.put("deploy/packages.txt", "build libopus-dev\nbuild libgstreamer1.0-dev\ntest libopus-dev\n")
        self.says(self.found(), "deploy/packages.txt:3:", "twice")


class Style(Tree):
    def check(self, name, text, words):
        self.put(name, text)
        self.says(style.problems(self.root), f"{name}:", words)
        (self.root / name).unlink()

    def test_each_fault_is_found(self):
        self.check("common/a.cpp", "class ClipManager {};\n", "ClipManager")
        self.check("common/a.cpp", "enum class AudioUtils {};\n", "AudioUtils")
        self.check("common/string_util.h", "#pragma once\n", "name the file")
        self.check("common/a.cpp", "// TODO later\n", "reason")
        self.check("docs/a.md", "FIXME\n", "reason")
        self.check("tests/unit/a_test.cpp", "std::this_thread::sleep_for(10ms);\n", "never for a time")
        self.check("tests/unit/a_test.cpp", "usleep(1);\n", "never for a time")
        self.check("common/a.cpp", "assert(x > 0);\n", "assert()")
        self.check("common/a.cpp", "#include <cassert>\n", "assert()")
        self.check("tests/unit/a_test.cpp", "EXPECT_LT(elapsed, 20ms);\n", "tests/bench")
        self.check("common/a.cpp", "// int x = old_way();\n", "commented-out")
        self.check("common/a.cpp", "  // return x;\n", "commented-out")
        self.check("common/a.cpp", "  // player_.stop(play);\n", "commented-out")
        self.check("common/a.cpp", "#if 0\n#endif\n", "never compiled")
        self.check("common/a.h", "int x;\n", "#pragma once")
        self.check("common/a.cpp", "co_await x;\n", "miscompiles")
        self.check("common/a.cpp", 'open("/home/someone/x");\n', "one machine")
        self.check("docs/a.md", "see /work/main/x\n", "one machine")

    def test_what_only_looks_like_a_fault_passes(self):
        self.put("common/a.cpp", "static_assert(sizeof(int) == 4);\n// Stops the play; the fade takes 50 ms.\n"
                                 "// TODO(mosquitto 2.0.12): drop the limit\n// return the play that ends first\n"
                                 "struct Assertion {};\n// e.g. loa encode IN OUT.opus\n// }  // namespace loa ends here\n"
                                 'const char* words = "assert(";\n')
        self.put("tests/unit/a_test.cpp", "EXPECT_LT(duration_ms, 20);\nvoid oversleep();\n")
        self.put("tests/bench/a_bench.cpp", "std::this_thread::sleep_for(10ms);\n")
        self.assertEqual(style.problems(self.root), [])


class Protocol(Tree):
    """The three that must agree, each with one fault put into a copy."""

    def setUp(self):
        super().setUp()
        for name in [protocol.DOCUMENT, protocol.PAGE, *repo.files(repo.ROOT, ".json", ".tsv")]:
            if name.startswith((protocol.DATA, "docs/")):
                self.put(name, repo.read(repo.ROOT, name))

    def change(self, name, old, new):
        text = repo.read(self.root, name)
        self.assertIn(old, text)
        self.put(name, text.replace(old, new, 1))
        return "\n".join(protocol.problems(self.root))

    def test_the_three_agree(self):
        self.assertEqual(protocol.problems(self.root), [])

    def test_a_topic_told_otherwise(self):
        self.assertIn("down/<node>/ack", self.change(protocol.PAGE, "| `ack` | 1 | no | 60 s |", "| `ack` | 1 | no | 61 s |"))

    def test_a_binding_told_otherwise(self):
        self.assertIn("up/<node>/outcome", self.change(
            protocol.DOCUMENT, "mqtt: {qos: 1, retain: false, bindingVersion: 0.2.0}", "mqtt: {qos: 0, retain: false}"))

    def test_a_topic_too_many(self):
        self.assertIn("up/<node>/more", self.change(
            f"{protocol.DATA}/topics.tsv", "loa/1", "loa/1/phu-lien/up/tdp-01/more\tx\t1\tno\t-\nloa/1"))

    def test_a_bound_a_type_a_word_and_a_field_told_otherwise(self):
        for old, new, words in (("maximum: 100}", "maximum: 99}", "volume_pct"),
                                ("historical: {type: boolean}", "historical: {type: string}", "historical"),
                                ("enum: [online, offline]", "enum: [online]", "status_will"),
                                ("required: [order]", "required: []", "/order: optional"),
                                ("late_ms: {", "late_us: {", "/late_ms: is not there")):
            with self.subTest(old):
                self.setUp()
                self.assertIn(words, self.change(protocol.DOCUMENT, old, new))

    def test_a_field_that_the_page_does_not_name(self):
        self.assertIn("status does not name outbox", self.change(protocol.PAGE, "`outbox`", "`owed`"))

    def test_an_envelope_that_holds_another_body(self):
        self.assertIn("ack.envelope.json", self.change(f"{protocol.DATA}/ack.body.json", '"seq":1', '"seq":2'))

    def test_a_reference_that_leads_nowhere(self):
        self.assertIn("leads nowhere", self.change(protocol.DOCUMENT, "schemas/nonce", "schemas/once"))

    def test_a_keyword_that_nobody_judges(self):
        with self.assertRaises(KeyError):
            self.change(protocol.DOCUMENT, "minLength: 16", "format: nonce")


class Format(Tree):
    def test_a_good_and_a_bad_file(self):
        self.put(".clang-format", repo.read(repo.ROOT, ".clang-format"))
        self.put("a.cpp", "int f() {\n  return 1;\n}\n")
        self.assertEqual(format_check.problems(self.root), [])
        self.put("b.cpp", "int  f( ){return 1;}\n")
        found = format_check.problems(self.root)
        self.assertIn("b.cpp:1:", found[0])
        self.assertNotIn("a.cpp", "".join(found))


class Tidy(Tree):
    def setUp(self):
        super().setUp()
        self.root = self.root.resolve()
        self.build = self.root / "build"
        self.put(".clang-tidy", "Checks: '-*,modernize-use-nullptr'\nWarningsAsErrors: '*'\nHeaderFilterRegex: '.*'\n")
        self.put("a.h", "inline int* none() { return nullptr; }\n")
        self.put("a.cpp", '#include "a.h"\nint* f() { return none(); }\n')
        self.put("build/compile_commands.json", json.dumps([{
            "directory": str(self.build), "file": str(self.root / "a.cpp"),
            "command": f"/usr/bin/c++ -I{self.root} -o a.o -c {self.root}/a.cpp"}]))
        self.put("build/build.ninja", "rule cc\n  command = g++ -MD -MF a.d -I.. -o a.o -c ../a.cpp\n  depfile = a.d\n"
                                      "  deps = gcc\nbuild a.o: cc ../a.cpp\n")

    def run_tidy(self):
        """The findings, and how many files were looked at."""
        subprocess.run(["ninja", "-C", str(self.build)], check=True, capture_output=True)
        tidy.digest.__defaults__[0].clear()
        looked = []
        check, tidy.check = tidy.check, lambda name, *rest: looked.append(name) or check(name, *rest)
        try:
            return tidy.main(self.build, self.root, []), len(looked)
        finally:
            tidy.check = check

    def test_only_what_changed_is_checked_again_and_a_header_counts(self):
        self.assertEqual(self.run_tidy(), ([], 1))
        self.assertEqual(self.run_tidy(), ([], 0))
        self.put("a.h", "inline int* none() { return 0; }\n")
        found, looked = self.run_tidy()
        self.says(found, "a.h:1:", "modernize-use-nullptr")
        self.assertEqual(looked, 1)
        self.assertEqual(self.run_tidy()[1], 1)  # a finding is not forgotten
        self.put("a.h", "inline int* none() { return nullptr; }\n// said better\n")
        self.assertEqual(self.run_tidy(), ([], 1))
        self.put(".clang-tidy", "Checks: '-*,modernize-use-nullptr,modernize-use-override'\n")
        self.assertEqual(self.run_tidy(), ([], 1))


if __name__ == "__main__":
    unittest.main()
