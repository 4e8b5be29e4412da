# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Why a case does not match: whether Keras computes the same from its own file, and whether float32 is enough for it."""
import json
import os
import shutil
import tempfile

import numpy as np
from safetensors.numpy import load_file

import generate
import policies

ABSOLUTE = RELATIVE = 1e-5


def load_case(folder):
    with open(os.path.join(folder, "case.json")) as f:
        return json.load(f), load_file(os.path.join(folder, "io.safetensors"))


def inputs_of(io, n_calls):
    calls = []
    for i in range(n_calls):
        names = sorted((k for k in io if k.startswith("call%d.x" % i)), key=lambda k: int(k.split(".x")[1] or 0))
        calls.append([io[k] for k in names])
    return calls


def largest_excess(a, b):
    """By how many tolerances two sets of tensors differ at most."""
    return max((float((np.abs(a[k].astype("float64") - b[k]) / (ABSOLUTE + RELATIVE * np.abs(b[k]))).max(initial=0))
                for k in b), default=0.0)


def keras_reads(folder, file):
    """None if Keras reads its file and gives the numbers again, else what happens."""
    about, io = load_case(folder)
    library = generate.library(about["major"])
    library.backend.clear_session()
    try:
        model = library.models.load_model(os.path.join(folder, file), compile=False)
    except Exception as e:
        return "Keras cannot read its own file: %s: %s" % (type(e).__name__, str(e).strip().split("\n")[0][:120])
    again = generate.run(model, inputs_of(io, len(about["calls"])), [c["reset_before"] for c in about["calls"]])
    outputs = {k: v for k, v in io.items() if ".y" in k}
    excess = largest_excess(again, outputs) if outputs.keys() <= again.keys() else np.inf
    return None if excess < 1 else "Keras gives other numbers from its own file"


def in_double(about):
    """The same model in float64."""
    with policies.under(generate.library(about["major"]), about["major"], "float64"):
        return generate.attempt(about["major"], about["seed"], about["index"], about["attempt"], "float64",
                                about["scale"])[1]


def float32_is_enough(folder, file, check):
    """None if it is, else what is wrong with float32: Keras is further from the exact numbers than is allowed, and we
    are no further than four times that."""
    about, io = load_case(folder)
    exact = in_double(about)
    keras_excess = largest_excess(io, exact)
    with tempfile.TemporaryDirectory() as other:
        for name in ("case.json", file):
            shutil.copy(os.path.join(folder, name), other)
        generate.save_io(exact, other)
        result, difference, _ = check(other, file)
    if result == "pass":
        return "float32 in Keras is off by %.1f tolerances, we are not" % keras_excess
    largest = max(float(np.abs(io[k].astype("float64") - exact[k]).max(initial=0)) for k in exact)
    if keras_excess > 0.25 and difference <= 4 * largest:
        return "float32 is not enough: Keras is off by %.1f tolerances, we as much" % keras_excess
    return None


def judge(folder, file, result, check):
    """In words: whose fault it is that a case does not pass; None if it is ours."""
    if "policy" in load_case(folder)[0]:
        return None
    reason = keras_reads(folder, file)
    if reason is None and result == "differs":
        reason = float32_is_enough(folder, file, check)
    return reason
