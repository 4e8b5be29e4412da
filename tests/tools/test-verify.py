# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm verify: what is the same, what is not, and references that cannot be
used."""

import os
import shutil

import tap
from tap import case, expect, expect_equal, expect_words
from tool import (Array, golden, model, path, read_safetensors, reference, run,
                  write, write_safetensors, zeros)

STOCK = golden("stock_batches", "model.h5")
IO = golden("stock_batches", "io.safetensors")
TENSORS = read_safetensors(IO)


def changed(name, index, by):
    """The stock reference with one number changed."""
    tensors = {key: tensor[:] for key, tensor in TENSORS.items()}
    tensors[name].numbers[index] += by
    return tensors


# ---- precisions ----

@case("how far weights of fewer bits are from Keras")
def _precision():
    file, io = golden("hello_lstm", "model.h5"), golden("hello_lstm",
                                                        "io.safetensors")
    found = {}
    for precision, code in (("f32", 0), ("bf16", 1), ("int8", 1)):
        answer = run("verify", "--json", "--precision", precision, file, io,
                     code=code).json()
        expect_equal(answer["precision"], precision, "precision")
        found[precision] = max(output["largest_difference"]
                               for output in answer["outputs"])
    expect(found["f32"] < 1e-5, f"f32 differs by {found['f32']}")
    for precision in ("bf16", "int8"):
        expect(1e-5 < found[precision] < 2e-2,
               f"{precision} differs by {found[precision]}")
        run("verify", "--precision", precision, "--tolerance=0.02", file, io)
        expect_words(run("summary", "--precision", precision, file).out,
                     f"precision {precision}")


@case("with threads it is as near to Keras")
def _threads():
    run("verify", "--threads=2", golden("hello_lstm", "model.h5"),
        golden("hello_lstm", "io.safetensors"))
    expect_words(run("verify", "--threads=-2", golden("hello_lstm", "model.h5"),
                     golden("hello_lstm", "io.safetensors"), code=2).err,
                 "--threads is -2, expected a whole number from 1 to 256")


# ---- references by the lines of the README ----

for folder in ("fixed_batch", "two_inputs", "resets", "images", "frozen",
               "open_stateful", "bidirectional_states"):
    @case(f"a reference that the lines of the README wrote: {folder}")
    def _readme(folder=folder):
        answer = run("verify", "--json", model(folder), reference(folder)).json()
        expect_equal(answer["same"], True, "same")
        tensors = read_safetensors(reference(folder))
        expect_equal(answer["values"],
                     sum(len(tensor.numbers) for name, tensor in
                         tensors.items() if ".y" in name), "values compared")


@case("resets are told by the metadata, and they count")
def _resets():
    tensors = read_safetensors(reference("resets"))
    for resets, code in (("2, 3", 0), ("[2, 3]", 0), ("3 2", 0), ("", 1),
                         ("2", 1), ("1,2,3", 1), ("0,2,3", 0)):
        file = write_safetensors("r.safetensors", tensors,
                                 {"reset_before": resets})
        run("verify", model("resets"), file, code=code)


@case("resets are told by a case.json beside the reference")
def _case_json():
    os.makedirs(path("case"), exist_ok=True)
    tensors = read_safetensors(reference("resets"))
    file = write_safetensors("case/io.safetensors", tensors)
    run("verify", model("resets"), file, code=1)
    calls = ", ".join('{"reset_before": %s}' % ("true" if i in (2, 3) else "false")
                      for i in range(5))
    write("case/case.json", '{"calls": [%s]}' % calls)
    run("verify", model("resets"), file)
    write_safetensors("case/io.safetensors", tensors, {"reset_before": ""})
    run("verify", model("resets"), file, code=1)


@case("a case.json that does not fit is an error")
def _bad_case_json():
    os.makedirs(path("bad"), exist_ok=True)
    shutil.copy(IO, path("bad/io.safetensors"))
    for text in ('{"calls": [{}]}', '{"calls": 3}', "[]", "no json", "",
                 '{"calls":' + "[" * 100000):
        write("bad/case.json", text)
        result = run("verify", STOCK, path("bad/io.safetensors"), code=1)
        expect_words(result.err, "case.json", "each of 3 calls")


# ---- differences ----

@case("one number beyond the tolerance: exit 1, which, where, both values")
def _beyond():
    tensors = changed("call1.y0", (2 * 30 + 7) * 1, 0.01)
    file = write_safetensors("b.safetensors", tensors)
    result = run("verify", STOCK, file, code=1)
    expect_words(result.out, "dense_5", "0.01", "call 1 [2, 7, 0]",
                 f"{tensors['call1.y0'].numbers[67]:.6g}"[:7],
                 "Not the same as Keras: 1 of 1,890 values")
    answer = run("verify", "--json", STOCK, file, code=1).json()
    expect_equal(answer["same"], False, "same")
    expect_equal(answer["beyond"], 1, "beyond")
    worst = answer["outputs"][0]
    expect_equal([worst["call"], worst["index"]], [1, "[2, 7, 0]"], "where")
    expect(abs(worst["largest_difference"] - 0.01) < 1e-5, worst)
    expect(abs(worst["keras"] - worst["ours"] - 0.01) < 1e-5, worst)


@case("a state beyond the tolerance counts, too")
def _state():
    file = write_safetensors("s.safetensors",
                             changed("call2.state.lstm_15.1", 24 * 3 + 5, -0.5))
    answer = run("verify", "--json", STOCK, file, code=1).json()
    worst = [d for d in answer["outputs"] if d["beyond"]]
    expect_equal([d["name"] for d in worst], ["state lstm_15/c"], "which")
    expect_equal([worst[0]["call"], worst[0]["index"]], [2, "[3, 5]"], "where")


@case("the tolerance is absolute plus relative")
def _tolerance():
    file = write_safetensors("t.safetensors", changed("call0.y0", 0, 0.01))
    run("verify", STOCK, file, code=1)
    run("verify", "--tolerance", "0.007", STOCK, file, code=1)
    run("verify", "--tolerance", "0.009", STOCK, file)
    run("verify", "--tolerance", "0", STOCK, IO, code=1)


@case("NaN in the reference where ours is a number is a difference")
def _nan():
    file = write_safetensors("n.safetensors",
                             changed("call0.y0", 5, float("nan")))
    result = run("verify", STOCK, file, code=1)
    expect_words(result.out, "nan", "1 of 1,890 values")
    expect_equal(run("verify", "--json", STOCK, file, code=1).json()["outputs"]
                 [0]["keras"], None, "NaN in JSON")


@case("NaN in both is the same")
def _both_nan():
    tensors = {"call0.x": Array([1, 5, 4], [float("nan")] * 20),
               "call0.y0": Array([1, 2], [float("nan")] * 2)}
    run("verify", model("fixed_batch"), write_safetensors("nn", tensors))


@case("a weight that is no number is refused, unless it is allowed")
def _nan_weight():
    files = [model("nan_weight"), reference("nan_weight")]
    for command in (["verify", *files], ["summary", files[0]],
                    ["run", files[0], path("x.npy")]):
        expect_words(run(*command, code=1).err, "model.h5", "bias")
    answer = run("verify", "--allow-nan", "--json", *files).json()
    expect_equal(answer["same"], True, "same as Keras's NaN")
    expect_words(run("summary", "--allow-nan", files[0]).out, "Total params")


# ---- references that cannot be used ----

def bad(title, change, *words):
    """A reference that is refused with exit code 1."""
    @case(title)
    def _bad():
        tensors = dict(TENSORS)
        metadata = change(tensors)
        file = write_safetensors("bad.safetensors", tensors, metadata)
        expect_words(run("verify", STOCK, file, code=1).err, *words)


def put(name, tensor):
    """Sets a tensor."""
    return lambda tensors: tensors.update({name: tensor})


def drop(*names):
    """Leaves tensors out."""
    def change(tensors):
        for name in names:
            del tensors[name]
    return change


bad("an unknown tensor", put("call0.z", zeros([1])), "'call0.z'",
    "1 inputs and 1 outputs")
bad("a second input of a model that has one", put("call0.x1", zeros([1])),
    "'call0.x1'")
bad("a second output of a model that has one", put("call0.y1", zeros([1])),
    "'call0.y1'")
bad("a call with a leading zero", put("call01.x", zeros([1])), "'call01.x'")
bad("a call without a number", put("call.x", zeros([1])), "'call.x'")
bad("a call far away", put("call999999999.x", zeros([1])), "call3.x",
    "is missing")
bad("an output is missing", drop("call1.y0"), "'call1.y0' is missing")
bad("an input is missing", drop("call1.x"), "'call1.x' is missing")
bad("no calls", lambda tensors: tensors.clear(), "holds no calls")
bad("an input of another shape", put("call1.x", zeros([5, 30, 8])), "call 1",
    "(5, 30, 8)", "(None, 30, 7)")
bad("an input of another batch", put("call1.x", zeros([4, 30, 7])), "call 1",
    "a batch of 4", "batches of 5")
bad("an output of another shape", put("call2.y0", zeros([5, 30, 2])), "call 2",
    "'dense_5'", "(5, 30, 2)", "(5, 30, 1)")
bad("a state of a layer that has none", put("call0.state.lstm_14.0",
                                            zeros([5, 24])),
    "call 0", "state 0", "'lstm_14'")
bad("a third state of an LSTM", put("call0.state.lstm_13.2", zeros([5, 24])),
    "call 0", "state 2", "'lstm_13'")
bad("a state of another shape", put("call0.state.lstm_13.0", zeros([5, 23])),
    "'lstm_13/h'", "115 numbers", "24 for each of 5")
bad("a reset before a call that is not there",
    lambda tensors: {"reset_before": "3"}, "reset_before names call 3", "0 to 2")
bad("resets that are no numbers", lambda tensors: {"reset_before": "1; 2"},
    "reset_before is '1; 2'", "'2, 5'")


@case("a reference that is no safetensors file")
def _no_reference():
    expect_words(run("verify", STOCK, STOCK, code=1).err, "model.h5",
                 "no safetensors file")
    expect_words(run("verify", STOCK, path("nothing-here"), code=1).err,
                 "nothing-here", "No such file")


@case("a reference that is cut off")
def _cut_off():
    with open(IO, "rb") as file:
        content = file.read()
    result = run("verify", STOCK, write("cut", content[:-4]), code=1)
    expect_words(result.err, "cut", "cut off")


tap.main()
