# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm summary, beside what Keras's model.summary() and count_params() tell
of the same models (models/summaries.json)."""

import json
import os

import tap
from tap import case, expect, expect_equal, expect_words
from tool import GOLDEN, MODELS, golden, golden_cases, model, run, write

with open(os.path.join(MODELS, "summaries.json"), encoding="utf-8") as keras_file:
    KERAS = json.load(keras_file)


def without_inputs(summary):
    """Layers but InputLayers, as Keras has them in a Sequential."""
    return [layer for layer in summary["layers"]
            if layer["class"] != "InputLayer"]


def compare(name, path):
    """Holds a summary to Keras's."""
    ours = run("summary", "--json", "--allow-nan", path).json()
    keras = KERAS[name]
    expect_equal(ours["params"], keras["params"], "params")
    expect_equal(ours["trainable_params"], keras["trainable"], "trainable")
    expect_equal(ours["non_trainable_params"],
                 keras["params"] - keras["trainable"], "non-trainable")
    layers = without_inputs(ours)
    expect_equal([layer["name"] for layer in layers],
                 [layer["name"] for layer in keras["layers"]], "layers")
    for layer, theirs in zip(layers, keras["layers"]):
        what = layer["name"]
        expect_equal(layer["params"], theirs["params"], f"params of {what}")
        expect_equal(layer["trainable_params"], theirs["trainable"],
                     f"trainable params of {what}")
        expect_equal(layer["output_shapes"], theirs["shapes"],
                     f"shapes of {what}")
        if "connected_to" in theirs:
            expect_equal(layer["connected_to"], theirs["connected_to"],
                         f"what {what} is connected to")
    check_text(path, keras)


def check_text(path, keras):
    """The same counts in the table for people."""
    text = run("summary", "--allow-nan", path).out
    expect_words(text, f"Total params: {keras['params']:,} (",
                 f"Trainable params: {keras['trainable']:,} (", "Output Shape")
    for layer in keras["layers"]:
        row = next(row for row in text.splitlines()
                   if row.startswith(layer["name"] + " ("))
        shapes = str([tuple(shape) for shape in layer["shapes"]])
        shapes = shapes if len(layer["shapes"]) > 1 else shapes[1:-1]
        expect_words(row, shapes, f" {layer['params']:,} ")


def register():
    """A case for each model."""
    @case("there is a summary by Keras of each golden case")
    def _count():
        expect(len(KERAS) >= 94, "found", len(KERAS))

    for name in KERAS:
        path = golden(name, "model.h5")
        if not os.path.exists(path):
            path = model(name)
        case(f"summary of {name}")(
            lambda name=name, path=path: compare(name, path))


register()


@case("a model that streams: costs of a frame and of a window")
def _streams():
    summary = run("summary", "--json", golden("stock_batches", "model.h5")).json()
    macs = 96 * (7 + 24) + 2 * 96 * (24 + 24) + 24
    frame, window = summary["frame"], summary["window"]
    expect_equal(frame["possible"], True, "frame mode")
    expect_equal(frame["macs"], macs, "MACs a frame")
    expect_equal(window["macs"], 30 * macs, "MACs a window")
    expect_equal(frame["latency_frames"], 0, "latency")
    expect_equal(window["latency_frames"], 29, "latency of windows")
    expect_equal(frame["state_bytes"], 3 * 2 * 24 * 4, "state a stream")
    expect_equal(window["state_bytes"], 2 * 2 * 24 * 4, "state of windows")
    expect_equal([slot["name"] for slot in window["state"]],
                 ["lstm_13/h", "lstm_13/c", "lstm_15/h", "lstm_15/c"], "slots")
    expect_equal(summary["batch"], 5, "batch")
    expect_equal(summary["stateful"], True, "stateful")
    expect_equal([layer["stateful"] for layer in summary["layers"]],
                 [False, True, False, True, False], "stateful layers")
    expect_equal(summary["weight_bytes"], 4 * summary["params"], "weights")
    expect_equal(sum(layer["macs"] for layer in summary["layers"]), macs,
                 "MACs of the layers")


@case("a model that does not: which layer, and why")
def _window_only():
    path = golden("bidirectional_concat_seq", "model.h5")
    summary = run("summary", "--json", path).json()
    expect_equal(summary["frame"]["possible"], False, "frame mode")
    expect_words(summary["frame"]["reason"], "'bidirectional'", "Bidirectional")
    layer = without_inputs(summary)[0]
    expect_equal(layer["streams"], False, "streams")
    expect_words(layer["needs_window"], "from the last to the first")
    expect_equal(summary["mode"], "window", "default mode")
    expect_words(run("summary", path).out, "Frame by frame: no",
                 "bidirectional (Bidirectional) needs the whole window: one "
                 "half of it reads the steps from the last to the first")


@case("a convolution: MACs go by the frames that it makes")
def _convolution():
    """Of the case's 8 steps, Conv1D makes 3: of 3 steps each, 2 apart."""
    path = golden("conv1d_valid_lstm", "model.h5")
    summary = run("summary", "--json", path).json()
    conv = without_inputs(summary)[0]
    filters = conv["output_shapes"][0][-1]
    kernel = conv["params"] - filters
    expect_equal(conv["class"], "Conv1D", "class")
    expect_equal(conv["macs"], -(-kernel // 2), "MACs a frame")
    expect_equal(summary["frame"]["items_per_output"], 2, "rate")
    expect_equal(summary["frame"]["first_output_item"],
                 conv["frames"]["history"], "first")


# Case, class; frames in, out, before and after: None is all of the window.
FRAMES = [
    ("conv1d_valid_lstm", "Conv1D", (2, 1, 2, 0)),
    ("conv1d_same_dilated", "Conv1D", (1, 1, 2, 2)),
    ("conv1d_causal_lstm", "Conv1D", (1, 1, 2, 0)),
    ("conv1d_causal_lstm", "LSTM", (1, 1, 0, 0)),
    ("max_pooling", "MaxPooling1D", (2, 1, 1, 0)),
    ("flatten_reshape", "Flatten", (None, 1, None, None)),
    ("encoder_decoder", "RepeatVector", (None, 4, None, None)),
    ("bidirectional_concat_seq", "Bidirectional", (None, None, None, None)),
    ("bidirectional_concat_last", "Bidirectional", (None, 1, None, None)),
    ("lstm_backwards_last", "LSTM", (None, 1, None, None)),
]


def check_frames(name, klass, expected):
    path = golden(name, "model.h5")
    layer = next(layer for layer in run("summary", "--json", path).json()["layers"]
                 if layer["class"] == klass)
    frames = layer["frames"]
    expect_equal((frames["in"], frames["out"], frames["history"],
                  frames["look_ahead"]), expected, "frames")
    row = next(row for row in run("summary", path).out.splitlines()
               if row.startswith(layer["name"] + " ("))
    if expected[0] is None:
        expect_words(row, "window", "all")
    else:
        expect_words(row, f"{expected[0]} : {expected[1]}")


for entry in FRAMES:
    case(f"frames in : out of {entry[1]} in {entry[0]}")(
        lambda entry=entry: check_frames(*entry))


@case("a model whose outputs are fewer than its frames")
def _pace():
    path = os.path.join(MODELS, "..", "..", "models", "pace", "pace_stack",
                        "model.h5")
    summary = run("summary", "--json", path).json()
    expect_equal(summary["frame"]["items_per_output"], 4, "rate")
    expect_equal(summary["frame"]["first_output_item"], 6, "first")
    expect_equal(summary["mode"], "frame", "default mode")
    expect_words(run("summary", path).out, "one for each 4 frames",
                 "the first with frame 6")


@case("a wrapped layer is one row, and its work is counted for each step")
def _wrapped():
    summary = run("summary", "--json",
                  golden("window_seq_timedistributed", "model.h5")).json()
    layer = without_inputs(summary)[-1]
    expect_equal(layer["class"], "TimeDistributed", "class")
    features = layer["output_shapes"][0][-1]
    kernel = layer["params"] - features
    expect_equal(layer["macs"], kernel, "MACs a frame")
    expect_equal(summary["window"]["macs"] % 25, 0, "MACs a window")
    expect_equal(summary["window"]["macs"] // 25, summary["frame"]["macs"],
                 "MACs of window and frame")


@case("steps that the model leaves open: a window needs --steps")
def _open():
    path = golden("variable_length", "model.h5")
    summary = run("summary", "--json", path).json()
    expect_equal(summary["window"]["possible"], False, "windows")
    expect_words(summary["window"]["reason"], "set steps")
    expect_words(run("summary", path).out, "(None, None, 5)", "of any length",
                 "--steps N")
    longer = run("summary", "--json", "--steps", 40, path).json()
    expect_equal(longer["window"]["macs"], 40 * summary["frame"]["macs"],
                 "MACs of a window of 40")
    expect_words(run("summary", "--steps", 40, path).out, "Windows of 40 frames",
                 "latency: 39 frames")


@case("steps that the model does not have are refused")
def _steps():
    result = run("summary", "--steps", 9, golden("stock_batches", "model.h5"),
                 code=1)
    expect_words(result.err, "steps is 9", "30 steps")


@case("every golden case has a summary, as text and as JSON")
def _all():
    for name in golden_cases():
        expect(name in KERAS, name, "is not in summaries.json")


@case("an input of the model is a row")
def _inputs():
    rows = [layer["name"] for layer in
            run("summary", "--json", model("two_inputs")).json()["layers"]]
    expect_equal(rows, ["sequence", "constant", "encode", "both", "head_a",
                        "head_b"], "rows")


@case("a file that is no model")
def _no_model():
    result = run("summary", write("x.h5", "1,2,3\n"), code=1)
    expect_words(result.err, "x.h5", "no model file")
    result = run("summary", os.path.join(GOLDEN, "nothing-here.h5"), code=1)
    expect_words(result.err, "nothing-here.h5", "No such file")


tap.main()
