#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long a model takes to load, and how much memory, from each file format, beside Keras:

    python3 -m venv venv && venv/bin/pip install keras tensorflow-cpu h5py
    venv/bin/python bench/load.py --library build/core/liblstm.so

The model is stacked LSTM layers of about --megabytes of weights, made and saved in a temporary folder. Each load is a
process of its own, so that its peak memory is the load's and not what was there before: --repeats of them, the fastest
counts. .yaml is the same model, written by lstm_model_save() beside a safetensors file. Ours is lstm_model_load() called from Python by ctypes; Keras's is keras.models.load_model(compile=False),
without the time to import it, which is given apart. Memory is the peak resident size less that before the load; of it "own" is what
is no page of a file, once the model is loaded: pages of a mapped file are the page cache's."""
import argparse
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
FORMATS = ("h5", "keras")


def peak():
    """Not getrusage(), which begins with the peak of the process that started this one."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def own():
    """Resident memory that no file stands behind."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon"))


def convert(library, folder):
    lib = ctypes.CDLL(library)
    lib.lstm_model_load.restype = ctypes.c_void_p
    model = lib.lstm_model_load(os.path.join(folder, "model.keras").encode(), None, None)
    if not lib.lstm_model_save(ctypes.c_void_p(model), os.path.join(folder, "model.yaml").encode(), False, None):
        sys.exit("it cannot be converted")


def make(folder, megabytes):
    """Layers of n units on n features: 8 n^2 + 4 n numbers each."""
    import keras
    n = 1024
    layers = max(1, round(megabytes * 2**20 / (4 * (8 * n * n + 4 * n))))
    model = keras.Sequential([keras.Input((None, n))]
                             + [keras.layers.LSTM(n, return_sequences=True) for _ in range(layers)])
    for form in FORMATS:
        model.save(os.path.join(folder, "model." + form))
    return model.count_params()


def ours(library, path):
    lib = ctypes.CDLL(library)
    lib.lstm_model_load.restype = ctypes.c_void_p
    lib.lstm_model_get_n_parameters.restype = ctypes.c_uint64
    lib.lstm_model_get_n_parameters.argtypes = [ctypes.c_void_p]
    before, private, start = peak(), own(), time.perf_counter()
    model = lib.lstm_model_load(path.encode(), None, None)
    seconds = time.perf_counter() - start
    if not model:
        sys.exit("%s does not load" % path)
    return {"seconds": seconds, "bytes": peak() - before, "total": peak(), "own": own() - private,
            "parameters": lib.lstm_model_get_n_parameters(model)}


def keras_load(path):
    begin = time.perf_counter()
    import keras
    keras.ops.zeros(1)
    before, private, start = peak(), own(), time.perf_counter()
    model = keras.models.load_model(path, compile=False)
    return {"seconds": time.perf_counter() - start, "bytes": peak() - before, "total": peak(), "own": own() - private,
            "import": start - begin, "parameters": model.count_params()}


def run(*arguments):
    out = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    return json.loads(out.stdout.splitlines()[-1])


def show(who, form, results, parameters):
    best = min(results, key=lambda r: r["seconds"])
    if best["parameters"] != parameters:
        sys.exit("%s read %d parameters of %d" % (who, best["parameters"], parameters))
    print("%-6s .%-6s %7.3f s  %7.1f MB more at the peak, %7.1f MB own, %7.1f MB in all" % (
        who, form, best["seconds"], best["bytes"] / 1e6, best["own"] / 1e6, best["total"] / 1e6)
        + ("  (import: %.1f s)" % best["import"] if "import" in best else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True, help="liblstm.so")
    parser.add_argument("--megabytes", type=float, default=100, help="size of the weights (default: 100)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    parser.add_argument("--keras", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ours or arguments.keras:
        print(json.dumps(ours(arguments.library, arguments.ours) if arguments.ours else keras_load(arguments.keras)))
        return
    with tempfile.TemporaryDirectory() as folder:
        parameters = make(folder, arguments.megabytes)
        sizes = {form: os.path.getsize(os.path.join(folder, "model." + form)) for form in FORMATS}
        print("%d parameters; %s" % (parameters, ", ".join(".%s: %.1f MB" % (f, s / 1e6) for f, s in sizes.items())))
        for form in FORMATS:
            path = os.path.join(folder, "model." + form)
            for who, flag in (("ours", "--ours"), ("Keras", "--keras")):
                show(who, form, [run("--library", arguments.library, flag, path) for _ in range(arguments.repeats)],
                     parameters)
        convert(arguments.library, folder)
        show("ours", "yaml", [run("--library", arguments.library, "--ours", os.path.join(folder, "model.yaml"))
                              for _ in range(arguments.repeats)], parameters)


if __name__ == "__main__":
    main()
