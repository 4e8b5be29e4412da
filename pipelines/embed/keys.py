#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""keys.py MODEL TEXT...: reads the texts side by side, a letter of each in turn,
through one element, and prints what the model expects after each letter. Each
text has a key, so each has a state of its own. The key is a
GstReferenceTimestampMeta with the caps `timestamp/x-lstm, key=(string)K`."""

import struct
import sys

import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst  # pylint: disable=wrong-import-position

LETTERS = "helo_wrd"
FORMAT = struct.Struct(f"<{len(LETTERS)}f")
CAPS = ("audio/x-raw,format=F32LE,layout=interleaved,rate=1,"
        f"channels={len(LETTERS)},channel-mask=(bitmask)0")


def key_caps(key):
    """The caps of a key; made once, and used for all its buffers."""
    structure = Gst.Structure.new_empty("timestamp/x-lstm")
    structure.set_value("key", key)
    caps = Gst.Caps.new_empty()
    caps.append_structure(structure)
    return caps


def key_of(buffer, keys):
    """The key that an output carries."""
    return next(key for key, caps in keys.items()
                if buffer.get_reference_timestamp_meta(caps))


def step(pipeline, letter, caps, number, keys):
    """A letter of one text in; (key, likeliest next letter) out."""
    frame = FORMAT.pack(*(float(letter == c) for c in LETTERS))
    buffer = Gst.Buffer.new_wrapped(frame)
    buffer.add_reference_timestamp_meta(caps, number, Gst.CLOCK_TIME_NONE)
    pipeline.get_by_name("src").emit("push-buffer", buffer)
    sample = pipeline.get_by_name("sink").emit("pull-sample")
    if sample is None:
        message = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
        sys.exit(f"keys.py: {message.parse_error()[0].message if message else '?'}")
    buffer = sample.get_buffer()
    values = FORMAT.unpack(buffer.extract_dup(0, buffer.get_size()))
    return key_of(buffer, keys), LETTERS[values.index(max(values))]


def main():
    """A line for each text."""
    if len(sys.argv) < 3:
        sys.exit("usage: keys.py MODEL TEXT...")
    Gst.init(None)
    pipeline = Gst.parse_launch(
        f"appsrc name=src format=time caps={CAPS} ! lstm name=lstm"
        " ! appsink name=sink sync=false")
    pipeline.get_by_name("lstm").set_property("model", sys.argv[1])
    pipeline.set_state(Gst.State.PLAYING)
    texts = {f"text {i}": text for i, text in enumerate(sys.argv[2:], 1)}
    keys = {key: key_caps(key) for key in texts}
    answers = {key: "" for key in texts}
    number = 0
    for i in range(max(map(len, texts.values()))):
        for key, text in texts.items():
            if i < len(text):
                back, letter = step(pipeline, text[i], keys[key], number, keys)
                answers[back] += letter
                number += 1
    pipeline.set_state(Gst.State.NULL)
    for key, answer in answers.items():
        print(f"{key}: {answer}")


if __name__ == "__main__":
    main()
