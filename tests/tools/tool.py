# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs gst-lstm, and reads and writes the files that it does, with nothing but
Python's own library.

The environment says where things are: GST_LSTM (the program), LSTM_GOLDEN_DIR
(the golden cases). Models of these tests are in the folder models."""

import array
import atexit
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile

from tap import expect, expect_equal

PROGRAM = os.environ["GST_LSTM"]
GOLDEN = os.environ["LSTM_GOLDEN_DIR"]
MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
WORK = tempfile.mkdtemp(prefix="lstm-tools-")
atexit.register(shutil.rmtree, WORK, ignore_errors=True)

TOLERANCE = 1e-5


def path(name):
    """The path of a file in this program's own directory."""
    return os.path.join(WORK, name)


def write(name, content):
    """Writes text or bytes to a file in the own directory; returns its path."""
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    with open(path(name), "wb") as file:
        file.write(data)
    return path(name)


def golden(name, file):
    """The path of a file of a golden case."""
    return os.path.join(GOLDEN, name, file)


def model(name):
    """A model of tests/tools/models."""
    return os.path.join(MODELS, name, "model.h5")


def reference(name):
    """What Keras computed with it."""
    return os.path.join(MODELS, name, "reference.safetensors")


def golden_cases():
    """The names of all golden cases, each a folder with a case.json."""
    return sorted(name for name in os.listdir(GOLDEN)
                  if os.path.exists(golden(name, "case.json")))


class Result:
    """What a run of the program left behind."""

    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def json(self):
        """What it printed, as JSON."""
        return json.loads(self.out)


def run(*arguments, code=0, env=None):
    """Runs the program and expects it to end with this code."""
    environment = dict(os.environ, **(env or {"LC_ALL": "C"}))
    process = subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True,
        env=environment, cwd=WORK, check=False, timeout=120)
    expect(process.returncode == code, "ended with", process.returncode,
           "and not", code, "out:", process.stdout, "err:", process.stderr)
    return Result(process)


class Array:
    """Float32 numbers and their shape."""

    def __init__(self, shape, numbers):
        self.shape = list(shape)
        self.numbers = array.array("f", numbers)
        expect_equal(len(self.numbers), math.prod(self.shape), "numbers")

    def __getitem__(self, windows):
        """Some of the windows, which are the first axis."""
        first, last, _ = windows.indices(self.shape[0])
        size = math.prod(self.shape[1:])
        return Array([last - first] + self.shape[1:],
                     self.numbers[first * size:last * size])

    def __add__(self, other):
        expect_equal(self.shape[1:], other.shape[1:], "shape of a window")
        return Array([self.shape[0] + other.shape[0]] + self.shape[1:],
                     self.numbers + other.numbers)

    def bits(self):
        """What memcmp would compare."""
        return self.shape, self.numbers.tobytes()


def zeros(shape):
    """An array of zeros."""
    return Array(shape, [0.0] * math.prod(shape))


def little_endian(numbers):
    """The bytes of numbers in a file."""
    numbers = array.array(numbers.typecode, numbers)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def npy_bytes(descr, shape, data, fortran=False):
    """A .npy file of version 1.0."""
    shape = "(" + "".join(f"{axis}, " for axis in shape) + ")"
    header = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}}}"
    header = header.ljust(117) + "\n"
    return (b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) +
            header.encode() + data)


def write_npy(name, values):
    """Writes an array as numpy.save() does; returns the path."""
    return write(name, npy_bytes("<f4", values.shape,
                                 little_endian(values.numbers)))


def read_npy(name):
    """Reads an array that the program wrote, and holds it to the format."""
    with open(path(name), "rb") as file:
        content = file.read()
    expect_equal(content[:8], b"\x93NUMPY\1\0", "magic and version")
    length = struct.unpack("<H", content[8:10])[0]
    expect_equal((10 + length) % 64, 0, "alignment of the data")
    header = eval(content[10:10 + length], {"__builtins__": {}})  # a literal
    expect_equal(header["descr"], "<f4", "dtype")
    expect_equal(header["fortran_order"], False, "order")
    numbers = array.array("f")
    numbers.frombytes(content[10 + length:])
    if sys.byteorder == "big":
        numbers.byteswap()
    return Array(header["shape"], numbers)


def read_safetensors(file_path):
    """Tensors by name."""
    with open(file_path, "rb") as file:
        content = file.read()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        expect_equal(entry["dtype"], "F32", "dtype")
        numbers = array.array("f")
        numbers.frombytes(content[begin:end])
        if sys.byteorder == "big":
            numbers.byteswap()
        tensors[name] = Array(entry["shape"], numbers)
    return tensors


def write_safetensors(name, tensors, metadata=None):
    """Writes tensors by name; returns the path."""
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for key, tensor in tensors.items():
        begin = len(data)
        data += little_endian(tensor.numbers)
        header[key] = {"dtype": "F32", "shape": tensor.shape,
                       "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    return write(name, struct.pack("<Q", len(text)) + text + data)


def expect_close(ours, keras, what):
    """Fails unless each number is within the promised tolerance of Keras's."""
    expect_equal(ours.shape, keras.shape, f"shape of {what}")
    for i, (a, b) in enumerate(zip(ours.numbers, keras.numbers)):
        expect(abs(a - b) <= TOLERANCE + TOLERANCE * abs(b),
               what, "number", i, "is", a, "and Keras's is", b)
