# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm convert: what it writes is the same model to every command."""

import os

import tap
from tap import case, expect, expect_equal, expect_words
from tool import WORK, golden, path, run, write

CASES = ("stateful_stack", "functional_initial_state", "keras2_bidirectional")


@case("what is converted is verified, run and summarised as the original")
def _same():
    for name in CASES:
        original, out = golden(name, "model.h5"), path(f"{name}.yaml")
        result = run("convert", original, out)
        expect_equal(result.out, "", "stdout")
        expect(os.path.exists(path(f"{name}.safetensors")), "no weights")
        run("verify", out, golden(name, "io.safetensors"))
        expect_equal(run("summary", out).out, run("summary", original).out,
                     "summary")


@case("files that are there stay, unless --force is given")
def _force():
    original, out = golden("embedding", "model.keras"), path("kept.yaml")
    write("kept.yaml", "mine")
    result = run("convert", original, out, code=1)
    expect_words(result.err, "kept.yaml: is there already", "--force")
    with open(out, encoding="utf-8") as file:
        expect_equal(file.read(), "mine", "content")
    run("convert", "--force", original, out)
    run("verify", out, golden("embedding", "io.safetensors"))
    run("convert", "--force", out, out)
    run("verify", out, golden("embedding", "io.safetensors"))


@case("what cannot be written is said")
def _unwritable():
    original = golden("embedding", "model.keras")
    result = run("convert", original, path("no/such/model.yaml"), code=1)
    expect_words(result.err, "model.yaml: cannot write it", "No such file")
    result = run("convert", original, path("model.h5"), code=1)
    expect_words(result.err, "model.h5: expected a name", ".yaml")
    expect(not os.path.exists(path("model.h5")), "it was written")


@case("folders that nothing can be put into, and weights that have no place")
def _no_place():
    original = golden("embedding", "model.keras")
    result = run("convert", original,
                 os.path.join(write("file", "x"), "model.yaml"), code=1)
    expect_words(result.err, "file/model.yaml: cannot write it: Not a directory")
    closed = "/proc"  # where root cannot make a file either
    if os.geteuid() != 0:
        closed = path("closed")
        os.mkdir(closed, 0o555)
    result = run("convert", original, os.path.join(closed, "model.yaml"), code=1)
    expect_words(result.err, f"{closed}/model.yaml: cannot write it: ")
    os.mkdir(path("held.safetensors"))
    result = run("convert", original, path("held.yaml"), code=1)
    expect_words(result.err, "held.safetensors: is there already")
    result = run("convert", "--force", original, path("held.yaml"), code=1)
    expect_words(result.err, "held.safetensors: cannot write it: Is a directory")
    left = sorted(name for name in os.listdir(WORK) if "held" in name)
    expect_equal(left, ["held.safetensors"], "files left behind")


@case("a bad model is said with line and column")
def _bad():
    write("bad.yaml", "version: 1\nmodel:\n  keras: 3\n"
                      "  input: {shape: [3]}\n  layers: [Dens: {units: 1}]\n")
    result = run("summary", path("bad.yaml"), code=1)
    expect_words(result.err, "bad.yaml:5:12: unknown layer 'Dens'",
                 "did you mean 'Dense'")


tap.main()
