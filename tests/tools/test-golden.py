# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm run and verify on every golden case, made by real Keras: a new
folder is a new case."""

import json
import os

import tap
from tap import case, expect, expect_words
from tool import (expect_close, golden, golden_cases, path, read_npy,
                  read_safetensors, run, write_npy)

# How many cases the folder had when this was written.
N_CASES_AT_LEAST = 94

# How many of them had states to compare.
N_STATEFUL_AT_LEAST = 6

n_states = 0


def models(name):
    """The files of a case's model, one a format."""
    return [golden(name, file) for file in ("model.h5", "model.keras")
            if os.path.exists(golden(name, file))]


def input_names(tensors, call):
    """call0.x, call0.x1, ..."""
    names = [f"call{call}.x"]
    while f"call{call}.x{len(names)}" in tensors:
        names.append(f"call{call}.x{len(names)}")
    return [name for name in names if name in tensors]


def check_states(tensors, call, state_file):
    """Compares the states that the program wrote with Keras's."""
    global n_states
    ours = read_safetensors(state_file)
    for name, keras in tensors.items():
        prefix = f"call{call}.state."
        if not name.startswith(prefix):
            continue
        layer, number = name[len(prefix):].rsplit(".", 1)
        slot = [key for key in ours if key.startswith(layer + "/")][int(number)]
        expect_close(ours[slot], keras, f"call {call}, state {slot}")
        n_states += 1


def run_call(model, tensors, call, state, stateful):
    """One call of a case; returns the file of states after it, if any."""
    inputs = [tensors[name] for name in input_names(tensors, call)]
    files = [write_npy(f"x{i}.npy", x) for i, x in enumerate(inputs)]
    options = ["--batch", inputs[0].shape[0], "-o", path("y.npy"), "--json"]
    if state:
        options += ["--initial-state", state]
    if stateful:
        options += ["--final-state", path(f"state{call}.safetensors")]
    outputs = run("run", model, *files, *options).json()["outputs"]
    for k, output in enumerate(outputs):
        expect_close(read_npy(output["file"]), tensors[f"call{call}.y{k}"],
                     f"call {call}, output {k} of {os.path.basename(model)}")
        os.remove(output["file"])
    expect(f"call{call}.y{len(outputs)}" not in tensors,
           "the program gives fewer outputs than Keras")
    return path(f"state{call}.safetensors") if stateful else None


def run_case(name):
    """All calls of a case through run, states handed on in files."""
    tensors = read_safetensors(golden(name, "io.safetensors"))
    with open(golden(name, "case.json"), encoding="utf-8") as file:
        calls = json.load(file)["calls"]
    for model in models(name):
        stateful = run("summary", "--json", model).json()["stateful"]
        state = None
        for call, about in enumerate(calls):
            if about["reset_before"]:
                state = None
            state = run_call(model, tensors, call, state, stateful)
            if stateful:
                check_states(tensors, call, state)
        expect(f"call{len(calls)}.x" not in tensors, "a call was not run")


def verify_case(name):
    """The same calls through verify."""
    for model in models(name):
        result = run("verify", "--json", model, golden(name, "io.safetensors"))
        answer = result.json()
        expect(answer["same"] and answer["beyond"] == 0, result.out)
        expect(answer["values"] > 0, "nothing was compared")
        text = run("verify", model, golden(name, "io.safetensors")).out
        expect_words(text, "The same as Keras", "Largest difference")


def register():
    """A case for each golden case and each of the two commands."""
    names = golden_cases()

    @case("there are golden cases")
    def _count():
        expect(len(names) >= N_CASES_AT_LEAST, "found", len(names), "cases")

    for name in names:
        case(f"run {name}")(lambda name=name: run_case(name))
        case(f"verify {name}")(lambda name=name: verify_case(name))

    @case("states of golden cases were compared")
    def _states():
        expect(n_states >= N_STATEFUL_AT_LEAST, "compared", n_states)


register()
tap.main()
