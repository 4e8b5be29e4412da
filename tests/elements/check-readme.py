#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each test that README.md of this folder names exists; counts the points."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent


def exists(name):
    """Whether FILE/TEST is a test, and one that its suite runs."""
    if name == "docs":
        return (HERE / "../pipelines/test-docs.py").exists()
    file, _, test = name.partition("/")
    path = HERE / f"test-{file}.c"
    if not path.exists():
        return False
    text = path.read_text(encoding="utf-8")
    added = re.search(rf"tcase_add\w*test\w* \(\s*tests, test_{test}\b", text)
    return f"START_TEST (test_{test})" in text and added is not None


def main():
    text = (HERE / "README.md").read_text(encoding="utf-8")
    rows = [line.strip("| \n").split("|") for line in text.splitlines()
            if line.startswith("| ") and "---" not in line]
    points = [row for row in rows[1:] if not row[0].startswith("**")]
    wrong, held, owed = [], [0] * len(rows[0]), [0] * len(rows[0])
    for row in points:
        for i, cell in enumerate(cell.strip() for cell in row[1:]):
            owed[i] += cell != "-"
            names = [] if cell in ("-", "none") else cell.split(", ")
            missing = [name for name in names if not exists(name)]
            wrong += missing
            held[i] += bool(names) and not missing
    for name, n, of in zip(rows[0][1:], held, owed):
        print(f"# {name.strip()}: {n} of {of}")
    print(f"# together: {sum(held)} of {sum(owed)}, {len(points)} points")
    for name in wrong:
        print(f"# no such test: {name}")
    print("1..1")
    print("not ok 1" if wrong or not points else "ok 1",
          "- each point's tests exist")
    return 1 if wrong or not points else 0


if __name__ == "__main__":
    sys.exit(main())
