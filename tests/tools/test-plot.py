# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm plot: what it draws, and what it says where it cannot."""

import os
import xml.etree.ElementTree as xml

import tap
from tap import case, expect, expect_equal, expect_words
from tool import path, run, write

SVG = "{http://www.w3.org/2000/svg}"
PLAIN = "time,id,p,q,alarm,note\n" + "".join(
    f"{i},{'ab'[i % 2]},{i / 10},{i % 3},{int(6 <= i < 9)},x\n"
    for i in range(20))


def draw(text, *options):
    """The root of the SVG that a CSV text gives, and what was said."""
    said = run("plot", write("in.csv", text), "-o", path("out.svg"),
               *options).err
    return xml.parse(path("out.svg")).getroot(), said


def texts(root):
    """What is written in a drawing."""
    return ["".join(node.itertext()).strip() for node in root.iter(SVG + "text")]


def shades(root):
    """The shaded spans."""
    return [node for node in root.iter(SVG + "polygon")
            if float(node.get("fill-opacity", "1")) == 0.15]


def lines(root):
    """The lines of all panels."""
    return [node for node in root.iter(SVG + "g")
            if node.get("id", "").startswith("gnuplot_plot_")]


@case("columns as panels, keys as lines, alarms as shades")
def _plain():
    root, said = draw(PLAIN)
    found = texts(root)
    for word in ("time", "p", "q", "a", "b"):
        expect(word in found, f"no '{word}' in {found}")
    for word in ("alarm", "note", "id"):
        expect(word not in found, f"'{word}' in {found}")
    expect_equal(said, "", "said")
    # Of two keys, in each of two panels.
    expect_equal(len(lines(root)), 4, "lines")
    expect_equal(len(shades(root)), 4, "shades")


@case("without alarms nothing is shaded")
def _calm():
    root, _ = draw(PLAIN.replace(",1,x", ",0,x"))
    expect_equal(len(shades(root)), 0, "shades")


@case("what is asked for, and no more")
def _chosen():
    root, _ = draw(PLAIN, "--columns", "q", "--keys", "b", "--x", "p",
                   "--threshold", "1.5", "--title", "it's \\n $1 <b>")
    found = texts(root)
    for word in ("p", "q", "b", "threshold", "it's \\n $1 <b>"):
        expect(word in found, f"no '{word}' in {found}")
    expect_equal(len(lines(root)), 2, "lines")
    for word in ("a", "time"):
        expect(word not in found, f"'{word}' in {found}")


@case("names and keys are text to gnuplot, whatever is in them")
def _hostile():
    mark = path("hostile")
    name = f"x'.system('touch {mark}').'"
    root, _ = draw(f"id,{name}\n\"k'`touch {mark}`\",1\n\"k'`touch {mark}`\",2\n")
    expect(not os.path.exists(mark), "a name was run")
    expect(name in texts(root), str(texts(root)))


@case("gaps: empty cells, nan and inf")
def _gaps():
    draw("p\n1\n\"\"\nnan\n2\ninf\n3\n")


@case("a byte order mark, CRLF, quotes, no key, no time")
def _forms():
    root, _ = draw('\xef\xbb\xbf"p"\r\n1\r\n"2"\r\n'.encode("latin-1"))
    expect_words(" ".join(texts(root)), "row", "p")


@case("a PNG")
def _png():
    run("plot", write("in.csv", PLAIN), "-o", path("out.png"))
    with open(path("out.png"), "rb") as file:
        expect_equal(file.read(8), b"\x89PNG\r\n\x1a\n", "signature")


@case("too many keys and columns: says how many are drawn")
def _many():
    names = [f"c{i}" for i in range(9)]
    root, said = draw("id," + ",".join(names) + "\n" + "".join(
        f"k{i % 12}," + ",".join("1" * 9) + "\n" for i in range(24)))
    expect_words(said, "10 of 12 keys are drawn", "--keys",
                 "8 of 9 columns are drawn", "--columns")
    found = texts(root)
    expect("k9" in found and "k10" not in found, str(found))
    expect("c7" in found and "c8" not in found, str(found))


WRONG = {
    "an empty file": ("", [], ["is empty", "expected a header"]),
    "a header alone": ("a,b\n", [], ["a header and no rows"]),
    "a row too short": ("a,b\n1,2\n3\n", [],
                        ["row 3", "found 1 cells, expected 2"]),
    "a word among numbers": ("a,b\n1,2\n3,high\n", [],
                             ["row 3, column 'b'", "found 'high'"]),
    "words only": ("a,b\nx,y\n", [], ["no column of numbers is left"]),
    "a quote within a cell": ('a,b\n1,2"3\n', [], ["row 2", "is no CSV"]),
    "an open quote": ('a,b\n1,"2\n', [], ["row 2", "never closed"]),
    "no such column": (PLAIN, ["--columns", "p,z"],
                       ["no column 'z'", "time, id, p, q, alarm, note"]),
    "a column of text": (PLAIN, ["--columns", "note"], ["'note' is text"]),
    "no such x": (PLAIN, ["--x", "t"], ["no column 't'"]),
    "no such key column": (PLAIN, ["--key", "k"], ["no column 'k' for the key"]),
    "no such key": (PLAIN, ["--keys", "a,c"], ["no key 'c' among the 2"]),
}


def register_wrong(title):
    @case("wrong: " + title)
    def _wrong():
        text, options, words = WRONG[title]
        result = run("plot", write("in.csv", text), "-o", path("wrong.svg"),
                     *options, code=1)
        expect_words(result.err, "gst-lstm plot:", *words)
        expect(not os.path.exists(path("wrong.svg")), "something was drawn")


for _title in WRONG:
    register_wrong(_title)


@case("wrong: command lines")
def _usage():
    csv = write("in.csv", PLAIN)
    for arguments, words in (
            ([], ["expected a CSV file", "found 0"]),
            ([csv, csv, "-o", "x.svg"], ["found 2"]),
            ([csv], ["expected -o"]),
            ([csv, "-o", "x.pdf"], ["'x.pdf'", ".svg or .png"]),
            ([csv, "-o", "x.svg", "--threshold", "high"], ["'high'"]),
            ([csv, "--frobnicate"], ["--frobnicate"])):
        expect_words(run("plot", *arguments, code=2).err, *words, "--help")


@case("wrong: no such file, no such directory")
def _paths():
    expect_words(run("plot", path("none.csv"), "-o", path("x.svg"),
                     code=1).err, "none.csv", "No such file")
    expect_words(run("plot", write("in.csv", PLAIN), "-o",
                     path("none/x.svg"), code=1).err, "gnuplot failed")


@case("no gnuplot on the machine: says what to install")
def _no_gnuplot():
    result = run("plot", write("in.csv", PLAIN), "-o", path("x.svg"), code=1,
                 env={"PATH": path("")})
    expect_words(result.err, "gnuplot is not there", "gnuplot-nox")


@case("--help")
def _help():
    expect_words(run("plot", "--help").out, "FILE.csv", "--columns", "--alarm",
                 "Example")


if __name__ == "__main__":
    tap.main()
