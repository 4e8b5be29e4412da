# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Models and inputs for tests of gst-lstm run, and what they do with them."""

import os

from tap import expect, expect_equal
from tool import (golden, model, npy_bytes, path, read_npy, read_safetensors,
                  reference, run)

STOCK = golden("stock_batches", "model.h5")  # stateful, (5, 30, 7)
FIXED = model("fixed_batch")  # stateless, yet of batch 4: (4, 5, 4)
TWO = model("two_inputs")     # (None, 6, 3) and (None, 4), two outputs
IMAGES = model("images")      # (None, 3, 2, 2)
OPEN = golden("variable_length", "model.h5")  # steps unknown
EMBEDDING = golden("embedding", "model.h5")  # indices in, (None, steps)
STATES = golden("window_seq_state", "model.h5")  # three outputs

TENSORS = read_safetensors(golden("stock_batches", "io.safetensors"))
X = TENSORS["call0.x"] + TENSORS["call1.x"] + TENSORS["call2.x"]
Y = TENSORS["call0.y0"] + TENSORS["call1.y0"] + TENSORS["call2.y0"]


def run_to(name, *arguments, code=0):
    """Runs with -o; returns what was written and what the program left."""
    if os.path.exists(path(name)):
        os.remove(path(name))
    result = run("run", *arguments, "-o", path(name), code=code)
    return read_npy(name), result


def expect_same(ours, theirs, what):
    """Fails unless both have the same shape and the same bits."""
    expect_equal(ours.shape, theirs.shape, f"shape of {what}")
    expect(ours.bits() == theirs.bits(), what, "has other bits")


def windows(n):
    """So many windows of the input of fixed_batch."""
    x = read_safetensors(reference("fixed_batch"))["call0.x"]
    while x.shape[0] < n:
        x = x + x
    return x[:n]


def lines(numbers, width, end="\n"):
    """Lines of comma-separated numbers."""
    return [",".join(repr(number) for number in numbers[i:i + width]) + end
            for i in range(0, len(numbers), width)]


def csv(end="\n", header="", every=0):
    """The stock input as text; a blank line every so many lines."""
    rows = lines(X.numbers, 7, end)
    for i in range(len(rows) - every, 0, -every) if every else ():
        rows.insert(i, end)
    return header + "".join(rows)


def npy(shape, descr="<f4", size=4):
    """A .npy file of zeros."""
    count = 1
    for axis in shape:
        count *= axis
    return npy_bytes(descr, shape, bytes(count * size))
