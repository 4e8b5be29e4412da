# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm run: batches, states, forms of output, bad input."""

import array
import os
import subprocess

import tap
from runs import (FIXED, IMAGES, OPEN, STATES, STOCK, TENSORS, X, Y, csv,
                  expect_same, npy, run_to, windows)
from tap import case, expect, expect_equal, expect_words
from tool import (Array, WORK, expect_close, golden, npy_bytes, path, read_npy,
                  read_safetensors, reference, run, write, write_npy,
                  write_safetensors, zeros)

X23 = (X + X)[:23]
LEFT_OVER = ("batch: 3 windows left over: the stateful model takes batches of "
             "5 and 23 = 4 x 5 + 3; send 20 or 25 windows, or set "
             "--partial-batch=pad|drop")


# ---- threads ----

@case("the number of threads changes no bit")
def _threads():
    file = golden("returns_seq", "model.h5")
    x = read_safetensors(golden("returns_seq", "io.safetensors"))["call0.x"]
    while x.shape[0] < 400:
        x = x + x
    alone, _ = run_to("alone.npy", file, write_npy("x.npy", x), "--batch=400")
    for threads in (0, 2, 3, 8):
        y, _ = run_to("y.npy", file, path("x.npy"), "--batch=400",
                      f"--threads={threads}")
        expect_same(y, alone, f"with --threads={threads}")


# ---- batches ----

@case("state goes from sequence i of a batch to sequence i of the next")
def _batches():
    y, result = run_to("y.npy", STOCK, write_npy("x.npy", X))
    expect_close(y, Y, "three batches of 5")
    expect_words(result.out, "dense_5", "(15, 30, 1)", "batches of 5")


@case("a short last batch of a stateful model: the others are run, then an error")
def _partial_error():
    y, result = run_to("y.npy", STOCK, write_npy("x.npy", X23), code=1)
    expect_equal(y.shape, [20, 30, 1], "shape of what was written")
    expect_close(y[:15], Y, "the first three batches")
    expect_equal(result.err.strip(), "gst-lstm run: " + LEFT_OVER, "message")
    result = run("run", STOCK, path("x.npy"), "--partial-batch=error", code=1)
    expect_words(result.err, LEFT_OVER)


@case("partial-batch=drop leaves the windows out and says so")
def _partial_drop():
    whole, _ = run_to("whole.npy", STOCK, write_npy("x20.npy", X23[:20]))
    y, result = run_to("y.npy", STOCK, write_npy("x.npy", X23),
                       "--partial-batch=drop")
    expect_same(y, whole, "what is left")
    expect_words(result.err, "dropped the last 3 of 23 windows", "batch of 5")


@case("partial-batch=pad fills the batch with zeros and drops their outputs")
def _partial_pad():
    padded = X23 + zeros([2, 30, 7])
    whole, _ = run_to("whole.npy", STOCK, write_npy("x25.npy", padded),
                      "--final-state", path("a.safetensors"))
    y, _ = run_to("y.npy", STOCK, write_npy("x.npy", X23),
                  "--partial-batch=pad", "--final-state",
                  path("b.safetensors"))
    expect_equal(y.shape, [23, 30, 1], "shape")
    expect_same(y, whole[:23], "the 23 windows")
    expect(read_safetensors(path("a.safetensors"))["lstm_15/c"].bits() ==
           read_safetensors(path("b.safetensors"))["lstm_15/c"].bits(),
           "the padded batch leaves other states")


@case("fewer windows than a batch: nothing is run, and only more can be sent")
def _too_few():
    y, result = run_to("y.npy", STOCK, write_npy("x.npy", X[:3]), code=1)
    expect_equal(y.shape, [0, 30, 1], "shape of what was written")
    expect_words(result.err, "3 windows left over", "3 = 0 x 5 + 3",
                 "send 5 windows")


@case("one window left over is told in the singular")
def _one_left():
    result = run("run", STOCK, write_npy("x.npy", X[:6]), code=1)
    expect_words(result.err, "1 window left over", "6 = 1 x 5 + 1")


@case("a batch that divides the windows is no error with pad or drop")
def _no_rest():
    for policy in ("pad", "drop"):
        y, result = run_to("y.npy", STOCK, write_npy("x.npy", X),
                           f"--partial-batch={policy}")
        expect_close(y, Y, policy)
        expect_equal(result.err, "", "stderr")


@case("a stateful model refuses another batch")
def _other_batch():
    result = run("run", STOCK, write_npy("x.npy", X), "--batch", 3, code=1)
    expect_words(result.err, "batch: 3 was asked for", "batches of 5",
                 "leave --batch out")


@case("a stateless model runs all windows in batches of any length")
def _stateless():
    first, _ = run_to("first.npy", FIXED, write_npy("x.npy", windows(45)))
    expect_equal(first.shape[0], 45, "windows")
    for batch in (1, 7, 45, 1000):
        y, _ = run_to("y.npy", FIXED, path("x.npy"), "--batch", batch)
        expect_same(y, first, f"batch {batch}")


@case("a stateless model with a fixed batch runs a short last batch, as Keras")
def _fixed_stateless():
    summary = run("summary", "--json", FIXED).json()
    expect_equal(summary["batch"], 4, "batch of the model")
    expect_equal(summary["stateful"], False, "stateful")
    tensors = read_safetensors(reference("fixed_batch"))
    x = tensors["call0.x"] + tensors["call1.x"]
    expect_equal(x.shape[0], 7, "windows")
    y, result = run_to("y.npy", FIXED, write_npy("x.npy", x))
    expect_close(y[:4], tensors["call0.y0"], "the full batch")
    expect_close(y[4:], tensors["call1.y0"], "the short batch")
    expect_words(result.out, "7 windows", "batches of 4")
    for policy in ("drop", "pad"):
        same, _ = run_to("z.npy", FIXED, path("x.npy"),
                         f"--partial-batch={policy}")
        expect_same(same, y, policy)


# ---- states ----

@case("two runs with the state handed on are one run")
def _states():
    whole, _ = run_to("whole.npy", STOCK, write_npy("x.npy", X),
                      "--final-state", path("end.safetensors"))
    state = path("middle.safetensors")
    first, _ = run_to("a.npy", STOCK, write_npy("xa.npy", X[:10]),
                      "--final-state", state)
    second, _ = run_to("b.npy", STOCK, write_npy("xb.npy", X[10:]),
                       "--initial-state", state, "--final-state", state)
    expect_same(first + second, whole, "both runs")
    ours, end = (read_safetensors(name)
                 for name in (state, path("end.safetensors")))
    expect_equal(sorted(ours), ["lstm_13/c", "lstm_13/h", "lstm_15/c",
                                "lstm_15/h"], "names of the states")
    for name, values in ours.items():
        expect_same(values, end[name], name)
        number = "hc".index(name[-1])
        keras = TENSORS[f"call2.state.{name[:-2]}.{number}"]
        expect_close(values, keras, f"{name} and Keras's")


@case("the initial state changes what comes out")
def _initial_counts():
    zero, _ = run_to("zero.npy", STOCK, write_npy("x.npy", X[:5]))
    names = ("lstm_13/c", "lstm_13/h", "lstm_15/c", "lstm_15/h")
    state = write_safetensors("zeros.safetensors",
                              {name: zeros([5, 24]) for name in names})
    y, _ = run_to("y.npy", STOCK, path("x.npy"), "--initial-state", state)
    expect_same(y, zero, "an initial state of zeros")
    state = write_safetensors(
        "half.safetensors",
        {name: Array([5, 24], [0.5] * 120) for name in names})
    y, _ = run_to("y.npy", STOCK, path("x.npy"), "--initial-state", state)
    expect(y.bits() != zero.bits(), "an initial state of 0.5 changes nothing")


def bad_state(title, tensors, *words):
    """A file of states that the stock model cannot start from."""
    @case(title)
    def _bad():
        state = write_safetensors("bad.safetensors", tensors)
        result = run("run", STOCK, write_npy("x.npy", X), "--initial-state",
                     state, code=1)
        expect_words(result.err, "bad.safetensors", *words)


GOOD = {name: zeros([5, 24]) for name in ("lstm_13/h", "lstm_13/c",
                                          "lstm_15/h", "lstm_15/c")}
bad_state("an unknown state is refused", {**GOOD, "lstm_14/h": zeros([5, 24])},
          "unknown state 'lstm_14/h'", "lstm_13/h, lstm_13/c, lstm_15/h")
bad_state("a missing state is refused",
          {name: GOOD[name] for name in GOOD if name != "lstm_15/c"},
          "lacks the state 'lstm_15/c'", "lstm_13/h, lstm_13/c, lstm_15/h")
bad_state("a state of another batch is refused",
          {**GOOD, "lstm_13/c": zeros([4, 24])}, "'lstm_13/c'",
          "shape (4, 24)", "expected (5, 24)")
bad_state("a state of other units is refused",
          {**GOOD, "lstm_13/c": zeros([5, 23])}, "shape (5, 23)",
          "expected (5, 24)")
bad_state("a state without a batch is refused",
          {**GOOD, "lstm_13/c": zeros([24])}, "shape (24,)",
          "expected (5, 24)")


@case("a stateless model has no state to give or take")
def _no_state():
    for option in ("--final-state", "--initial-state"):
        result = run("run", FIXED, write_npy("x.npy", windows(2)), option,
                     path("s.safetensors"), code=1)
        expect_words(result.err, "s.safetensors", "none of its layers is stateful")


# ---- forms of output ----

@case("several outputs go to files with their names")
def _outputs():
    tensors = read_safetensors(golden("window_seq_state", "io.safetensors"))
    result = run("run", STATES, write_npy("x.npy", tensors["call0.x"]), "-o",
                 path("out.npy"), "--json").json()
    names = [output["name"] for output in result["outputs"]]
    expect_equal(len(names), 3, "outputs")
    for k, name in enumerate(names):
        expect_close(read_npy(f"out.{name}.npy"), tensors[f"call0.y{k}"], name)
    expect(not os.path.exists(path("out.npy")), "out.npy was written, too")


@case("a CSV of sequences has blank lines between windows, and reads back")
def _csv_output():
    y, _ = run_to("y.npy", STOCK, write_npy("x.npy", X))
    run("run", STOCK, path("x.npy"), "-o", path("y.csv"))
    with open(path("y.csv"), encoding="utf-8") as file:
        header, *rows = file.read().split("\n")
    expect_equal(header, "dense_5", "header")
    expect_equal(rows[-1], "", "end of the file")
    blanks = [i for i, row in enumerate(rows[:-1]) if row == ""]
    expect_equal(blanks, [30 + 31 * i for i in range(14)], "blank lines")
    numbers = array.array("f", (float(row) for row in rows if row))
    expect_same(Array([15, 30, 1], numbers), y, "the numbers")


@case("a CSV of single outputs has a line a window and numbered columns")
def _csv_columns():
    tensors = read_safetensors(golden("window_seq_state", "io.safetensors"))
    run("run", STATES, write_npy("x.npy", tensors["call0.x"]), "-o",
        path("s.csv"))
    name = run("summary", "--json", STATES).json()["outputs"][1]["name"]
    with open(path(f"s.{name}.csv"), encoding="utf-8") as file:
        header, *rows = file.read().rstrip("\n").split("\n")
    expect_equal(header, ",".join(f"{name}_{i}" for i in range(20)), "header")
    numbers = [float(cell) for row in rows for cell in row.split(",")]
    expect_close(Array([32, 20], numbers), tensors["call0.y1"], name)


@case("without -o shapes and first numbers are printed, as text and as JSON")
def _printed():
    result = run("run", STOCK, write_npy("x.npy", X))
    expect_words(result.out, "dense_5", "(15, 30, 1)", f"{Y.numbers[0]:.4g}"[:6])
    output = run("run", "--json", STOCK, path("x.npy")).json()["outputs"][0]
    expect_equal(output["file"], None, "file")
    for ours, keras in zip(output["first"], Y.numbers):
        expect(abs(ours - keras) < 2e-5, ours, keras)


@case("NaN and infinity go through, and JSON has null for them")
def _nan():
    x = windows(2)
    x.numbers[0] = float("nan")
    y, _ = run_to("y.npy", FIXED, write_npy("x.npy", x))
    expect(y.numbers[0] != y.numbers[0], "NaN in, a number out")
    result = run("run", "--json", FIXED, path("x.npy")).json()
    expect_equal(result["outputs"][0]["first"][0], None, "NaN in JSON")
    run("run", FIXED, path("x.npy"), "-o", path("y.csv"))
    with open(path("y.csv"), encoding="utf-8") as file:
        expect_words(file.read(), "nan")
    y, _ = run_to("y.npy", FIXED, write("nan.csv", ("nan,inf,-inf,1\n" * 5)))
    expect(y.numbers[0] != y.numbers[0], "NaN in a CSV is lost")


def comma_locale():
    """The environment of a locale with a decimal comma."""
    env = {"LOCPATH": os.environ["COMMA_LOCALE_DIR"], "LC_NUMERIC": "xx_XX",
           "LC_ALL": "",
           # The C library does not free what it reads of LOCPATH.
           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    shown = subprocess.run(["printf", "%.1f", "1"], env=dict(os.environ, **env),
                           capture_output=True, text=True, check=False).stdout
    expect_equal(shown, "1,0", "a number in that locale")
    return env


@case("numbers have a point in every locale")
def _locale():
    env = comma_locale()
    x = write("x.csv", csv())
    plain = run("run", STOCK, x, "--json").json()["outputs"]
    result = run("run", STOCK, x, "--json", env=env).json()["outputs"]
    expect_equal(result, plain, "outputs")
    run("run", STOCK, x, "-o", path("y.csv"), env=env)
    with open(path("y.csv"), encoding="utf-8") as file:
        expect("," not in file.read(), "a comma in a CSV of one column")
    shown = run("verify", "--tolerance", "0.5", STOCK,
                golden("stock_batches", "io.safetensors"), env=env).out
    expect_words(shown, "within 0.5 + 0.5 |Keras|")


# ---- what cannot be ----

def bad_input(title, model, name, content, *words):
    """An input that a model cannot take: exit code 1 and a message."""
    @case(title)
    def _bad():
        if os.path.exists(path("none.npy")):
            os.remove(path("none.npy"))
        data = content() if callable(content) else content
        result = run("run", model, write(name, data), "-o", path("none.npy"),
                     code=1)
        expect_words(result.err, *words)
        expect(not os.path.exists(path("none.npy")), "an output was written")


bad_input("other features: both shapes", FIXED, "x.npy", npy([3, 5, 6]),
          "(3, 5, 6)", "(None, 5, 4)", "input_layer")
bad_input("other steps: both shapes", FIXED, "x.npy", npy([3, 6, 4]),
          "(3, 6, 4)", "(None, 5, 4)")
bad_input("an axis too few: both shapes", FIXED, "x.npy", npy([3, 4]),
          "(3, 4)", "(None, 5, 4)")
bad_input("an axis too many: both shapes", FIXED, "x.npy", npy([3, 5, 4, 2]),
          "(3, 5, 4, 2)", "(None, 5, 4)")
bad_input("no windows", FIXED, "x.npy", npy([0, 5, 4]), "found 0 windows")
bad_input("a single number", FIXED, "x.npy", npy([]), "x.npy",
          "a single number")
bad_input("steps of none", OPEN, "x.npy", npy([3, 0, 4]), "(3, 0, 4)")
bad_input("an .npy that is cut off", FIXED, "x.npy", npy([3, 5, 4])[:-7],
          "x.npy", "shape (3, 5, 4)", "233 bytes follow")
bad_input("an .npy whose header lies", FIXED, "x.npy",
          npy_bytes("<f4", [1 << 40, 5, 4], bytes(80)), "x.npy",
          "shape (1099511627776, 5, 4)", "80 bytes follow")
bad_input("an .npy of complex numbers", FIXED, "x.npy",
          npy([3, 5, 4], "<c8", 8), "x.npy", "complex numbers")
bad_input("an .npy of objects", FIXED, "x.npy", npy([3, 5, 4], "|O", 8),
          "x.npy", "Python objects")
bad_input("an .npz", FIXED, "x.npz", b"PK\3\4" + bytes(40), "x.npz",
          "not numpy.savez")
bad_input("an empty .npy", FIXED, "x.npy", b"", "x.npy", "0 bytes")
bad_input("an empty CSV", FIXED, "x.csv", "", "x.csv", "no lines of numbers")
bad_input("a CSV of a header only", FIXED, "x.csv", "a,b,c,d\n\n", "x.csv",
          "no lines of numbers")
bad_input("a CSV of other columns: both numbers", FIXED, "x.csv",
          "1,2,3\n" * 5, "(1, 5, 3)", "(None, 5, 4)")
bad_input("lines of a CSV left over", FIXED, "x.csv", "1,2,3,4\n" * 13,
          "x.csv", "3 lines left over", "13 lines = 2 x 5 + 3")
bad_input("a ragged line of a CSV", FIXED, "x.csv",
          "1,2,3,4\n1,2,3,4\n1,2,3\n", "x.csv", "line 3", "3 columns",
          "before it 4")

@case("a word in a CSV: line, column, text")
def _word():
    result = run("run", FIXED, write("x.csv", "1,2,3,4\n1,two,3,4\n"), code=1)
    expect_words(result.err, "x.csv", "line 2", "column 2", "'two' is no number")


bad_input("a first line with some numbers is no header", FIXED, "x.csv",
          "1,b,3,4\n", "line 1", "column 2", "'b' is no number")
bad_input("an empty cell in a CSV", FIXED, "x.csv", "1,2,3,4\n1,2,,4\n",
          "line 2", "column 3 is empty")
bad_input("decimal commas in a CSV", FIXED, "x.csv",
          '"1,5";"2,5"\n', "line 1", "text after the closing quote")
bad_input("a quote without an end", FIXED, "x.csv", '"1,2,3,4\n1,2,3,4\n',
          "line 1", "quote without an end")
bad_input("windows of a CSV of different lengths", FIXED, "x.csv",
          "1,2,3,4\n" * 5 + "\n" + "1,2,3,4\n" * 4, "window 2 has 4 lines",
          "expected 5")
bad_input("UTF-16 text", FIXED, "x.csv", "1,2,3,4\n".encode("utf-16"),
          "x.csv", "is no text", "UTF-8")
bad_input("bytes that are no UTF-8 in a message", FIXED, "x.csv",
          b"1,2,3,4\n1,\xff\xfe,3,4\n", "line 2", "column 2", "is no number")


@case("a CSV cannot hold frames of two axes")
def _csv_rank():
    result = run("run", IMAGES, write("x.csv", "1,2\n" * 3), code=1)
    expect_words(result.err, "x.csv", "(None, 3, 2, 2)", "use .npy")
    run("run", IMAGES, write("x.npy", npy([2, 3, 2, 2])), "-o", path("y.csv"))


@case("no such input, and a folder")
def _no_file():
    result = run("run", FIXED, path("nothing-here.npy"), code=1)
    expect_words(result.err, "nothing-here.npy", "No such file", "check the path")
    result = run("run", FIXED, WORK, code=1)
    expect_words(result.err, "a directory")


@case("too many inputs: the names and shapes of the model's")
def _too_many():
    x = write_npy("x.npy", windows(2))
    result = run("run", FIXED, x, x, code=1)
    expect_words(result.err, "found 2 input files", "the model takes 1",
                 "(None, 5, 4)", "NAME=FILE")


@case("an output that cannot be written")
def _not_writable():
    x = write_npy("x.npy", windows(2))
    result = run("run", FIXED, x, "-o", path("no/such/folder/y.npy"), code=1)
    expect_words(result.err, "y.npy", "cannot write it", "No such file")


@case("--steps that the windows of a CSV do not have")
def _wrong_steps():
    text = write("x.csv", ("1,2,3,4\n" * 5 + "\n") * 2)
    run("run", FIXED, text, "--steps", 5)
    result = run("run", FIXED, text, "--steps", 4, code=1)
    expect_words(result.err, "window 1 has 5 lines", "expected 4")


tap.main()
