#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The turbofan pipeline on input that is written another way, and on input and
files that are wrong."""

import os
import subprocess

import launch
from extract import (HEADER, LONG, N_WINDOWS, ROWS, SHORT, config_with,
                     text_of, with_cell, without_column)
from launch import fail, path, read, succeed, write
from tap import Skip, case, expect, expect_equal, expect_words, main

_cache = {}


def plain():
    """The output for the extract as it is."""
    if "plain" not in _cache:
        succeed(write("plain-in.csv", text_of(ROWS)), "plain.csv")
        _cache["plain"] = read("plain.csv")
        expect_equal(_cache["plain"].count(b"\n"), N_WINDOWS + 1, "lines")
    return _cache["plain"]


def expect_plain(name):
    expect(read(name) == plain(), f"{name} differs from the plain output")


# Written another way: the same bytes come out.

VARIANTS = {
    "CRLF": text_of(ROWS, newline="\r\n").encode(),
    "a BOM": b"\xef\xbb\xbf" + text_of(ROWS).encode(),
    "CRLF and a BOM": b"\xef\xbb\xbf" + text_of(ROWS, newline="\r\n").encode(),
    "every cell in quotes": text_of(
        [[f'"{cell}"' for cell in row] for row in ROWS],
        [f'"{name}"' for name in HEADER]).encode(),
    "blanks around numbers": text_of(
        [row[:2] + [f" {cell} " for cell in row[2:]] for row in ROWS]).encode(),
    "no newline at the end": text_of(ROWS).rstrip("\n").encode(),
    "blank lines between rows": text_of(ROWS).replace("\n", "\n\n").encode(),
    "columns in reverse order": text_of(
        [row[::-1] for row in ROWS], HEADER[::-1]).encode(),
    "a column too many": text_of(
        [row + ['"some, text"'] for row in ROWS],
        HEADER + ["remark"]).encode(),
}


def register_variant(title, content):
    @case(f"{title}: the same bytes come out")
    def _():
        succeed(write("variant-in.csv", content), "variant.csv")
        expect_plain("variant.csv")


for _title, _content in VARIANTS.items():
    register_variant(_title, _content)


def register_blocksize(size, variant):
    @case(f"read in blocks of {size} ({variant}): the same bytes come out")
    def _():
        succeed(write("blocks-in.csv", VARIANTS[variant]), "blocks.csv",
                blocksize=size)
        expect_plain("blocks.csv")


for _size in (1, 2, 7, 255, 4096):
    register_blocksize(_size, "CRLF and a BOM")


def expect_sorted_plain(name):
    """The same lines, in whatever order."""
    expect_equal(sorted(read(name).splitlines()),
                 sorted(plain().splitlines()), "lines")


@case("engines mixed row by row: each has its own window")
def _():
    by_cycle = sorted(ROWS, key=lambda row: int(row[1]))
    expect(by_cycle != ROWS, "the rows are not mixed")
    succeed(write("mixed-in.csv", text_of(by_cycle)), "mixed.csv")
    expect_sorted_plain("mixed.csv")


@case("one engine alone: as beside others")
def _():
    succeed(write("alone-in.csv", text_of(LONG)), "alone.csv")
    lines = [line for line in plain().splitlines() if line.startswith(b"4,")]
    expect_equal(len(lines), 6, "lines")
    expect_equal(read("alone.csv").splitlines()[1:], lines)


@case("a locale with decimal commas: the same bytes come out")
def _():
    locale = path("locale/de_DE.UTF-8")
    os.mkdir(path("locale"))
    made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", locale],
                          capture_output=True, text=True, check=False)
    if not os.path.isdir(locale):
        raise Skip("localedef cannot make de_DE.UTF-8: "
                   + " ".join(made.stderr.split()))
    changes = {"LOCPATH": path("locale"), "LC_ALL": "de_DE.UTF-8"}
    shown = subprocess.run(["locale", "decimal_point"], text=True, check=True,
                           env={**os.environ, **changes},
                           stdout=subprocess.PIPE).stdout
    expect_equal(shown.strip(), ",", "the locale's decimal point")
    succeed(write("comma-in.csv", text_of(ROWS)), "comma.csv", **changes)
    expect_plain("comma.csv")


# Too little: no output, said so.

@case("an engine of 49 cycles: no output for it, said once")
def _():
    done = succeed(write("short-in.csv", text_of(ROWS)), "short.csv")
    expect_equal(done.stdout.count("WARNING"), 1, "warnings")
    expect_words(done.stdout, "49", "50")
    expect(b"\n2," not in read("short.csv"), "output for the short engine")


@case("only an engine of 49 cycles: a header alone, said once")
def _():
    done = succeed(write("none-in.csv", text_of(SHORT)), "none.csv")
    expect_equal(read("none.csv"), b"id,cycle,failure_within_30_cycles\n")
    expect_equal(done.stdout.count("WARNING"), 1, "warnings")


@case("a header only: a header comes out, and a warning")
def _():
    done = succeed(write("header-in.csv", text_of([])), "header.csv")
    expect_words(done.stdout, "WARNING", "no rows")
    expect_equal(read("header.csv"), b"id,cycle,failure_within_30_cycles\n")


# Wrong input: an error that says what and where.

@case("no such input file")
def _():
    expect_words(fail(path("nothing.csv"), "out.csv"), "nothing.csv")


@case("an empty file")
def _():
    expect_words(fail(write("empty.csv", ""), "out.csv"), "empty")


@case("a column that the config names is missing: its name")
def _():
    header, rows = without_column(ROWS, "s11")
    said = fail(write("missing.csv", text_of(rows, header)), "out.csv")
    expect_words(said, "s11", "s12")


@case("the key column is missing: its name")
def _():
    header, rows = without_column(ROWS, "id")
    expect_words(fail(write("nokey.csv", text_of(rows, header)), "out.csv"),
                 "'id'")


@case("24 columns meet a model of 25: both numbers and the missing name")
def _():
    header, rows = without_column(ROWS, "s11")
    features = ",".join(name for name in header if name not in ("id", "cycle"))
    said = fail(write("columns24.csv", text_of(rows, header)), "out.csv",
                decoder=[f"features={features}", "key=id", "keep=cycle"])
    expect_words(said, "24", "25", "s11")


@case("a word where a number belongs: row, column and text")
def _():
    rows = with_cell(ROWS, 60, "s4", "broken")
    expect_words(fail(write("word.csv", text_of(rows)), "out.csv"),
                 "61", "s4", "broken")


@case("a decimal comma in quotes: row, column and text")
def _():
    rows = with_cell(ROWS, 5, "s3", '"1585,29"')
    expect_words(fail(write("decimal.csv", text_of(rows)), "out.csv"),
                 "6", "s3", "1585,29")


@case("a decimal comma without quotes: row and both counts of cells")
def _():
    rows = with_cell(ROWS, 5, "s3", "1585,29")
    expect_words(fail(write("ragged.csv", text_of(rows)), "out.csv"),
                 "6", "27", "28")


@case("an empty cell: row and column")
def _():
    rows = with_cell(ROWS, 7, "s9", "")
    expect_words(fail(write("cell.csv", text_of(rows)), "out.csv"), "8", "s9")


@case("a file in UTF-16: says so")
def _():
    content = text_of(SHORT).encode("utf-16")
    expect_words(fail(write("utf16.csv", content), "out.csv"), "UTF-16")


@case("a file of zeros: an error")
def _():
    fail(write("zeros.csv", bytes(100000)), "out.csv")


def register_not_finite(text):
    @case(f"{text} in a cell: an error, not a state poisoned for ever")
    def _():
        rows = with_cell(ROWS, 60, "s4", text)
        said = fail(write("notfinite.csv", text_of(rows)), "out.csv")
        expect_words(said.lower(), "s4", "nan" if text == "nan" else "inf")


for _text in ("nan", "inf", "-inf"):
    register_not_finite(_text)


# Wrong files: an error before the first row.

def fail_config(name, *changes):
    return fail(write("good.csv", text_of(ROWS)), "out.csv",
                config=config_with(name, *changes))


@case("the config has an unknown key: line, and the nearest known key")
def _():
    said = fail_config("key.yaml", ("stride: 1", "stirde: 1"))
    expect_words(said, "key.yaml:", "stirde", "stride")


@case("no such config: its path")
def _():
    said = fail(write("good.csv", text_of(ROWS)), "out.csv",
                config=path("nowhere.yaml"))
    expect_words(said, "nowhere.yaml")


@case("no such model: its path")
def _():
    said = fail_config("nomodel.yaml", ("binary_model.h5", "nowhere.h5"))
    expect_words(said, "nowhere.h5")


@case("a model that is no HDF5: its path")
def _():
    write("words.h5", "these are words\n" * 100)
    said = fail_config("words.yaml", ("binary_model.h5", "words.h5"))
    expect_words(said, "words.h5", "HDF5")


@case("a model cut in half: its path")
def _():
    with open(os.path.join(launch.TURBOFAN, "binary_model.h5"), "rb") as file:
        content = file.read()
    write("half.h5", content[:len(content) // 2])
    said = fail_config("half.yaml", ("binary_model.h5", "half.h5"))
    expect_words(said, "half.h5")


@case("windows of 40 steps for a model of 50: both numbers")
def _():
    said = fail_config("steps.yaml", ("steps: 50", "steps: 40"))
    expect_words(said, "40", "50")


@case("two names for one output: both numbers")
def _():
    said = fail_config("outputs.yaml", ("[failure_within_30_cycles]", "[a, b]"))
    expect_words(said, "2", "1", "outputs")


@case("a feature that the scaling does not know: its name")
def _():
    said = fail_config("scaling.yaml", ("- s21\n", "- s22\n"))
    expect_words(said, "s22", "s21")


if __name__ == "__main__":
    main()
