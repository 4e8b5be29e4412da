#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""embed.py MODEL TEXT [STATE]: reads TEXT letter by letter and prints the letter
that the model expects after each. If the file STATE is there the model goes on
from it; at the end its state is written there."""

import os
import struct
import sys

import gi
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # pylint: disable=wrong-import-position

LETTERS = "helo_wrd"
FORMAT = struct.Struct(f"<{len(LETTERS)}f")
CAPS = ("audio/x-raw,format=F32LE,layout=interleaved,rate=1,"
        f"channels={len(LETTERS)},channel-mask=(bitmask)0")


def step(src, sink, letter):
    """A letter in, as one frame; the likeliest next one out."""
    frame = FORMAT.pack(*(float(letter == c) for c in LETTERS))
    src.emit("push-buffer", Gst.Buffer.new_wrapped(frame))
    sample = sink.emit("pull-sample")
    if sample is None:
        raise RuntimeError("no answer")
    buffer = sample.get_buffer()
    values = FORMAT.unpack(buffer.extract_dup(0, buffer.get_size()))
    return LETTERS[values.index(max(values))]


def run(pipeline, text, state):
    """The whole text, from the state in a file and back to it."""
    lstm = pipeline.get_by_name("lstm")
    src, sink = pipeline.get_by_name("src"), pipeline.get_by_name("sink")
    if pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
        raise RuntimeError("the pipeline does not start")
    if state and os.path.exists(state):
        with open(state, "rb") as file:
            if not lstm.emit("set-state", GLib.Bytes.new(file.read())):
                raise RuntimeError(f"{state}: the model does not take this state")
    print("".join(step(src, sink, letter) for letter in text))
    if state:
        with open(state, "wb") as file:
            file.write(lstm.emit("get-state").get_data())


def said(pipeline):
    """The text of the error or warning that waits on the bus, if any."""
    message = pipeline.get_bus().pop_filtered(
        Gst.MessageType.ERROR | Gst.MessageType.WARNING)
    if message is None:
        return None
    parse = (message.parse_error if message.type == Gst.MessageType.ERROR
             else message.parse_warning)
    return parse()[0].message


def main():
    """Says what the element says if anything fails."""
    if len(sys.argv) < 3:
        sys.exit("usage: embed.py MODEL TEXT [STATE]")
    Gst.init(None)
    pipeline = Gst.parse_launch(
        f"appsrc name=src format=time caps={CAPS} ! lstm name=lstm"
        " ! appsink name=sink sync=false")
    pipeline.get_by_name("lstm").set_property("model", sys.argv[1])
    try:
        run(pipeline, sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    except RuntimeError as error:
        sys.exit(f"embed.py: {said(pipeline) or error}")
    finally:
        pipeline.set_state(Gst.State.NULL)


if __name__ == "__main__":
    main()
