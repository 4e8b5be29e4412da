# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm bench: what it prints, and that its numbers belong together."""

import math

import tap
from tap import case, expect, expect_equal, expect_words
from tool import golden, run

KEYS = ("ns_per_call_min", "ns_per_call_median", "kernel", "precision", "batch",
        "steps", "gflops", "weights_gb_per_s")
STOCK = golden("stock_batches", "model.h5")


def bench(*arguments):
    """Runs it shortly; its JSON."""
    found = run("bench", "--json", "--seconds", "0.05", *arguments).json()
    for key in KEYS:
        expect(key in found, f"{key} is missing")
    expect(0 < found["ns_per_call_min"] <= found["ns_per_call_median"],
           "the least time is above the median")
    expect(found["gflops"] > 0 and found["weights_gb_per_s"] > 0, "no work")
    limit = max(found["limit_read_ns"], found["limit_operations_ns"])
    expect(math.isclose(found["limit_ns"], limit), "the limit is the longer one")
    expect(math.isclose(found["times_limit"] * limit, found["ns_per_call_min"],
                        rel_tol=1e-6), "times_limit")
    return found


@case("a model that streams, frame by frame")
def _frames():
    found = bench(golden("dense_activation_gelu", "model.h5"))
    expect_equal([found[key] for key in ("mode", "batch", "steps", "streams",
                                         "precision")],
                 ["frame", 1, 1, 1, "f32"], "what was run")


@case("several streams and frames in a call: so many times the operations")
def _streams():
    model = golden("dense_activation_gelu", "model.h5")
    one = bench(model)
    many = bench("--streams", "3", "--steps", "5", model)
    expect_equal([many["streams"], many["steps"]], [3, 5], "what was run")
    operations = [found["gflops"] * found["ns_per_call_min"]
                  for found in (one, many)]
    expect(math.isclose(operations[1], 15 * operations[0], rel_tol=1e-6),
           f"{operations[1]} operations, expected 15 times {operations[0]}")


@case("windows in a batch")
def _windows():
    found = bench("--batch", "4", STOCK)
    expect_equal([found["mode"], found["batch"], found["streams"]],
                 ["window", 4, 1], "what was run")


@case("each kernel set by name")
def _kernels():
    for name in ("scalar",):
        expect_equal(bench("--kernels", name, STOCK)["kernel"], name, "kernel")


@case("each precision by name, and what it reads")
def _precisions():
    model = golden("dense_activation_gelu", "model.h5")
    bytes_read = {}
    for name in ("f32", "bf16", "int8"):
        found = bench("--precision", name, model)
        expect_equal(found["precision"], name, "precision")
        bytes_read[name] = (found["weights_gb_per_s"] *
                            found["ns_per_call_min"])
    expect(bytes_read["int8"] < bytes_read["bf16"] < bytes_read["f32"],
           f"bytes read: {bytes_read}")


@case("threads: as many as were asked for, or one a processor")
def _threads():
    expect_equal(bench(STOCK)["threads"], 1, "threads if nothing is said")
    expect_equal(bench("--threads", "3", "--batch", "64", STOCK)["threads"], 3,
                 "threads")
    expect(bench("--threads", "0", STOCK)["threads"] >= 1, "threads of 0")
    for value in ("-1", "257", "two", ""):
        expect_words(run("bench", "--threads", value, STOCK, code=2).err,
                     f"--threads is {value}, expected a whole number from 1 to "
                     "256, or 0 for one a processor")


@case("for people")
def _text():
    found = run("bench", "--seconds", "0.05", "--batch", "2", STOCK)
    expect_words(found.out, "2 windows of ", "least:", "median:", "limit:",
                 "times that")


@case("a model that needs windows, run as streams")
def _needs_windows():
    model = golden("bidirectional_sum_seq", "model.h5")
    expect_words(run("bench", "--streams", "2", model, code=1).err,
                 "bidirectional")
    expect_equal(bench(model)["mode"], "window", "mode")


tap.main()
