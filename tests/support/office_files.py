#!/usr/bin/env python3
"""What an office program finds in a file, for tests of those that write them.

office_files.py xlsx <file>   each sheet as `# name`, then its rows with | between cells; numbers as they are stored
office_files.py zip <file>    each name in it, after every sum in SHA256SUMS was found right
"""

import hashlib
import sys
import zipfile
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def text_of(element):
    return "".join(each.text or "" for each in element.iter(MAIN + "t"))


def show_workbook(name):
    with zipfile.ZipFile(name) as book:
        assert book.testzip() is None
        strings = [text_of(each) for each in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).find(MAIN + "sheets")
        for number, sheet in enumerate(sheets, 1):
            print("#", sheet.get("name"))
            tree = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert tree.find(f".//{MAIN}f") is None, "a formula"
            for row in tree.iter(MAIN + "row"):
                cells = []
                for cell in row.iter(MAIN + "c"):
                    value = cell.find(MAIN + "v")
                    raw = "" if value is None else value.text
                    cells.append(strings[int(raw)] if cell.get("t") == "s" else raw)
                print("|".join(cells))


def show_archive(name):
    with zipfile.ZipFile(name) as archive:
        assert archive.testzip() is None
        sums = dict(reversed(line.split("  ", 1)) for line in archive.read("SHA256SUMS").decode().splitlines())
        for entry in archive.namelist():
            if entry != "SHA256SUMS":
                assert hashlib.sha256(archive.read(entry)).hexdigest() == sums.pop(entry), entry
            print(entry)
        assert not sums, sums


if __name__ == "__main__":
    {"xlsx": show_workbook, "zip": show_archive}[sys.argv[1]](sys.argv[2])
