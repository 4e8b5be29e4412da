# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm run: forms of input."""

import array
import os
import sys

import tap
from runs import (EMBEDDING, FIXED, OPEN, STOCK, TWO, X, Y, csv, expect_same,
                  lines, npy, run_to)
from tap import case, expect, expect_equal, expect_words
from tool import (Array, expect_close, golden, little_endian, npy_bytes, path,
                  read_npy, read_safetensors, reference, run, write, write_npy)


def floats(code):
    """The stock input as numbers of this kind of Python's array module."""
    return array.array(code, X.numbers)


def same_input(title, name, content):
    """A file that must be read as the stock input."""
    @case(title)
    def _same():
        plain, _ = run_to("plain.npy", STOCK, write_npy("x.npy", X))
        y, _ = run_to("y.npy", STOCK, write(name, content()))
        expect_same(y, plain, name)


def big_endian(numbers):
    """The bytes of numbers, most significant first."""
    numbers = array.array(numbers.typecode, numbers)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def fortran():
    """The stock input, first axis fastest."""
    n, steps, features = X.shape
    turned = array.array("f", (X.numbers[(i * steps + j) * features + k]
                               for k in range(features) for j in range(steps)
                               for i in range(n)))
    return npy_bytes("<f4", X.shape, little_endian(turned), fortran=True)


def quoted_csv():
    """Every cell of the first line in quotes, with spaces around."""
    first, rest = csv().split("\n", 1)
    return ",".join(f' "{cell}" ' for cell in first.split(",")) + "\n" + rest


same_input("float64 is rounded to float32", "x64.npy",
           lambda: npy_bytes("<f8", X.shape, little_endian(floats("d"))))
same_input("big-endian float32 is converted", "xbe.npy",
           lambda: npy_bytes(">f4", X.shape, big_endian(floats("f"))))
same_input("big-endian float64 is converted", "xbe64.npy",
           lambda: npy_bytes(">f8", X.shape, big_endian(floats("d"))))
same_input("Fortran order is transposed", "xf.npy", fortran)
same_input("a name without extension is read by content", "plain",
           lambda: npy_bytes("<f4", X.shape, little_endian(X.numbers)))
same_input("a CSV is cut by the model's steps", "x.csv", csv)
same_input("a CSV may have a header, CRLF, a BOM and no last newline", "h.csv",
           lambda: "\ufeff" + csv(end="\r\n", header='"a, b",c,d,e,f,g,"""h"\r\n')
           .rstrip())
same_input("a CSV may have blank lines between windows", "b.csv",
           lambda: "\n\n" + csv(every=30) + "\n \n")
same_input("cells may have spaces and quotes", "q.csv", quoted_csv)


@case("integers are converted")
def _integers():
    numbers = [(i * 7) % 5 - 2 for i in range(2 * 5 * 4)]
    plain, _ = run_to("plain.npy", FIXED,
                      write_npy("x.npy", Array([2, 5, 4], numbers)))
    for descr, code in (("<i2", "h"), ("<i4", "i"), ("<i8", "q"), ("|i1", "b")):
        data = little_endian(array.array(code, numbers))
        y, _ = run_to("y.npy", FIXED,
                      write("xi.npy", npy_bytes(descr, [2, 5, 4], data)))
        expect_same(y, plain, descr)


@case("indices of an Embedding: .npy of integers, and a line of a CSV a window")
def _embedding():
    tensors = read_safetensors(golden("embedding", "io.safetensors"))
    x = tensors["call0.x"]
    data = little_endian(array.array("i", map(int, x.numbers)))
    y, _ = run_to("y.npy", EMBEDDING, write("x.npy", npy_bytes("<i4", x.shape, data)))
    expect_close(y, tensors["call0.y0"], "from integers")
    rows = lines(array.array("i", map(int, x.numbers)), x.shape[1])
    text, _ = run_to("t.npy", EMBEDDING, write("x.csv", "".join(rows)))
    expect_same(text, y, "from a CSV")


@case("an index that an Embedding has no row for is an error")
def _index():
    tensors = read_safetensors(golden("embedding", "io.safetensors"))
    for wrong in (-1.0, 1e6, float("nan")):
        x = tensors["call0.x"][:]
        x.numbers[1] = wrong
        result = run("run", EMBEDDING, write_npy("x.npy", x), "-o",
                     path("none.npy"), code=1)
        expect_words(result.err, "Embedding", "index that it has no row for",
                     "windows 0 to")
        expect(not os.path.exists(path("none.npy")), "an output was written")


@case("--steps cuts a CSV where the model leaves the steps open")
def _open_steps():
    features = run("summary", "--json", OPEN).json()["inputs"][0]["shape"][2]
    x = Array([12, features], [i / 100 for i in range(12 * features)])
    text = write("x.csv", "".join(lines(x.numbers, features)))
    for steps, windows in ((0, 1), (12, 1), (4, 3), (1, 12)):
        x.shape = [windows, 12 // windows, features]
        plain, _ = run_to("plain.npy", OPEN, write_npy("x.npy", x))
        options = ["--steps", steps] if steps else []
        y, _ = run_to("y.npy", OPEN, text, *options)
        expect_same(y, plain, f"steps {steps}")


@case("a last axis of 1 may be there or not, as in Keras")
def _rank():
    tensors = read_safetensors(golden("window_last_dense", "io.safetensors"))
    x = tensors["call0.x"]
    expect_equal(x.shape[1:], [25, 1], "shape of a window")
    name = golden("window_last_dense", "model.h5")
    for shape in (x.shape, x.shape[:-1], x.shape + [1]):
        y, _ = run_to("y.npy", name, write_npy("x.npy", Array(shape, x.numbers)))
        expect_close(y, tensors["call0.y0"], shape)


@case("an input may be given by its name")
def _named():
    name = run("summary", "--json", STOCK).json()["inputs"][0]["name"]
    y, _ = run_to("y.npy", STOCK, f"{name}={write_npy('x.npy', X)}")
    expect_close(y, Y, "by name")


@case("two inputs in order, or by name in any order; two outputs by name")
def _two():
    tensors = read_safetensors(reference("two_inputs"))
    a = write_npy("a.npy", tensors["call0.x"] + tensors["call1.x"])
    b = write("b.csv", "".join(lines(
        (tensors["call0.x1"] + tensors["call1.x1"]).numbers, 4)))
    for inputs in ([a, b], [f"sequence={a}", f"constant={b}"],
                   [f"constant={b}", f"sequence={a}"]):
        run("run", TWO, *inputs, "-o", path("two.npy"))
        for k, name in enumerate(("head_a", "head_b")):
            expect_close(read_npy(f"two.{name}.npy"),
                         tensors[f"call0.y{k}"] + tensors[f"call1.y{k}"], name)
            os.remove(path(f"two.{name}.npy"))


@case("two inputs with other numbers of windows are refused")
def _two_lengths():
    result = run("run", TWO, write("a.npy", npy([3, 6, 3])),
                 write("b.npy", npy([2, 4])), code=1)
    expect_words(result.err, "'sequence' has 3 windows", "'constant' 2")


@case("one input twice, or one too few, is refused")
def _two_wrong():
    a = write("a.npy", npy([3, 6, 3]))
    result = run("run", TWO, a, code=1)
    expect_words(result.err, "found 1 input file", "the model takes 2",
                 "sequence (None, 6, 3), constant (None, 4)")
    result = run("run", TWO, f"constant={a}", f"constant={a}", code=1)
    expect_words(result.err, "two of them for the same input")


tap.main()
