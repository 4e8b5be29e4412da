# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line of gst-lstm: help, and what is wrong ends with 2."""

import os

import tap
from tap import case, expect, expect_equal, expect_words
from tool import golden, model, path, run, write

STOCK = golden("stock_batches", "model.h5")
COMMANDS = ("summary", "run", "verify", "bench", "convert")


@case("--help names the commands and the exit codes")
def _help():
    for option in ("--help", "-h"):
        result = run(option)
        expect_words(result.out, *COMMANDS, "ends with 0", "--version")
        expect_equal(result.err, "", "stderr")


@case("--help of each command tells of its arguments, with an example")
def _command_help():
    for command, words in (("summary", ["MODEL", "--steps", "MACs"]),
                           ("run", ["INPUT", "--batch", "--initial-state",
                                    "--final-state", "--partial-batch", ".csv"]),
                           ("verify", ["REFERENCE", "--tolerance",
                                       "reset_before"]),
                           ("bench", ["MODEL", "--batch", "--steps", "--streams",
                                      "--seconds"]),
                           ("convert", ["OUT.yaml", "--force",
                                        "safetensors"])):
        result = run(command, "--help")
        expect_words(result.out, f"gst-lstm {command}", "Example", "--json",
                     *words)


@case("--version")
def _version():
    expect(run("--version").out.startswith("gst-lstm 0."), "no version")


def wrong(title, arguments, *words):
    """A command line that ends with 2, and says what is wrong."""
    @case(title)
    def _wrong():
        result = run(*arguments, code=2)
        expect_words(result.err, *words, "--help")
        expect_equal(result.out, "", "stdout")


wrong("no command", [], "which command?")
wrong("an unknown command", ["frobnicate"], "'frobnicate'", "summary, run, verify, convert, bench, deploy, plot")
wrong("an option before the command", ["--json", "run"], "--json")
for name in COMMANDS:
    wrong(f"{name} with an unknown option", [name, "--frobnicate", STOCK],
          "gst-lstm " + name, "--frobnicate")
    wrong(f"{name} without arguments", [name], "expected")
    wrong(f"{name} with a Keras that is none", [name, "--keras", "4", STOCK],
          "--keras is 4", "2 or 3")
wrong("summary of two models", ["summary", STOCK, STOCK], "found 2 arguments")
wrong("summary with steps of 0", ["summary", "--steps", "0", STOCK],
      "--steps is 0", "1 or more")
wrong("run without an input", ["run", STOCK], "a model and an input",
      "found 1 argument")
wrong("run with a batch of 0", ["run", "--batch", "0", STOCK, "x.npy"],
      "--batch is 0", "1 or more")
wrong("run with a batch below 0", ["run", "--batch=-1", STOCK, "x.npy"],
      "--batch is -1")
wrong("run with a batch that is a word", ["run", "--batch", "big", STOCK, "x"],
      "big")
wrong("run with a batch beyond 2^31", ["run", "--batch", "4294967297", STOCK,
                                       "x"], "4294967297")
wrong("run with another policy", ["run", "--partial-batch=repeat", STOCK, "x"],
      "'repeat'", "error, drop or pad")
wrong("run to a file of another kind", ["run", STOCK, "x.npy", "-o", "y.txt"],
      "'y.txt'", ".npy or .csv")
wrong("verify without a reference", ["verify", STOCK], "found 1 argument")
wrong("verify with a tolerance below 0", ["verify", "--tolerance=-1", STOCK,
                                          "x"], "--tolerance is -1")
wrong("verify with a tolerance that is none", ["verify", "--tolerance=nan",
                                               STOCK, "x"], "--tolerance is nan")
wrong("bench of two models", ["bench", STOCK, STOCK], "found 2 arguments")
wrong("bench with a batch of 0", ["bench", "--batch", "0", STOCK],
      "--batch is 0", "1 or more")
wrong("bench of windows and of streams", ["bench", "--batch", "2", "--streams",
                                          "2", STOCK], "--batch", "--streams")
wrong("bench in too many threads", ["bench", "--threads", "1000", STOCK],
      "--threads is 1000", "from 1 to 256")
wrong("bench in bytes", ["bench", "--precision", "u8", STOCK], "'u8'",
      "expected f32, bf16 or int8")
wrong("bench for no time", ["bench", "--seconds", "0", STOCK], "--seconds is 0")


@case("a kernel set that this machine does not have")
def _kernels():
    for command in ([ "summary", STOCK], ["verify", STOCK,
                                          golden("stock_batches",
                                                 "io.safetensors")]):
        result = run(*command, "--kernels", "abacus", code=1)
        expect_words(result.err, "abacus", "scalar")
        run(*command, "--kernels", "scalar")


@case("a precision that there is not")
def _precision():
    for command in COMMANDS:
        result = run(command, "--precision", "f16", STOCK, "x", code=2)
        expect_words(result.err, "precision: found 'f16'",
                     "f32, bf16 or int8", "--help")


@case("a model that does not exist")
def _no_model():
    for command in COMMANDS:
        arguments = [path("nothing-here.h5")] + \
            ([] if command in ("summary", "bench") else [path("x.npy")])
        result = run(command, *arguments, code=1)
        expect_words(result.err, f"gst-lstm {command}:", "nothing-here.h5",
                     "No such file")


@case("names that begin with a dash come after --, and may be no ASCII")
def _names():
    with open(model("fixed_batch"), "rb") as file:
        content = file.read()
    write("-m\u00f6del.h5", content)
    text = write("\u00fc.csv", "1,2,3,4\n" * 5)
    run("run", "--", "-m\u00f6del.h5", text)
    result = run("run", "--", "-m\u00f6del.h5", write("\u00e4.csv", ""), code=1)
    expect_words(result.err, ".csv", "no lines of numbers")


@case("stdout that cannot be written to does not crash it")
def _closed():
    expect_equal(os.system(f"{os.environ['GST_LSTM']} summary {STOCK} | head -n 1 "
                           "> /dev/null"), 0, "exit code of the pipe")


tap.main()
