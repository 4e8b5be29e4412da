# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm run: what it shows of a run that lasts, in a log and on a terminal."""

import fcntl
import functools
import os
import pty
import re
import struct
import subprocess
import termios

import tap
from runs import STOCK, X
from tap import case, expect, expect_equal, expect_words
from tool import PROGRAM, path, run, write_npy

PACE = (r"(\d+) of (\d+) frames, ([0-9.]+)/s, ([0-9.]+) x real time, "
        r"(?:(\d+) min )?(\d+) s left")


@functools.cache
def long_run():
    """Arguments of a run that takes two seconds or more, and its frames."""
    x = X
    while True:
        arguments = ["run", STOCK, write_npy("long.npy", x), "--rate", "100",
                     "--kernels", "scalar"]
        if run(*arguments, "--json").json()["seconds"] >= 2:
            return arguments, x.shape[0] * 30
        x = x + x


def expect_pace(lines, n_frames):
    """Each line in the frame of the others."""
    expect(len(lines) >= 3, "lines:", lines)
    done = [int(line[0]) for line in lines]
    expect(done == sorted(done) and 0 < done[0] < done[-1] <= n_frames, done)
    for count, total, rate, speed, minutes, left in lines:
        expect_equal(int(total), n_frames, "frames of all")
        expect(abs(float(rate) / 100 - float(speed)) <= 0.1 + float(speed) / 100,
               "--rate 100:", rate, speed)
        expected = (n_frames - int(count)) / float(rate)
        expect(abs(60 * int(minutes or 0) + int(left) - expected) <= 1,
               "time left:", left, expected)


@case("in a log, lines of progress: frames, rate, times real time, time left")
def _progress_log():
    arguments, n_frames = long_run()
    result = run(*arguments, "--log-interval", 0.25)
    lines = result.err.splitlines()
    found = [re.fullmatch("gst-lstm run: " + PACE, line) for line in lines]
    expect(all(found), result.err)
    expect_pace([match.groups() for match in found], n_frames)
    for options in ([], ["--log-interval", "0"]):
        expect_equal(run(*arguments, *options).err, "", "stderr")


@case("on a terminal, one line of progress that goes away")
def _progress_terminal():
    arguments, n_frames = long_run()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    shown = b""
    with subprocess.Popen([PROGRAM, *arguments], stderr=theirs,
                          stdout=subprocess.DEVNULL,
                          env=dict(os.environ, LC_ALL="C")):
        os.close(theirs)
        while True:
            try:
                got = os.read(ours, 4096)
            except OSError:
                break
            shown += got
            if not got:
                break
    os.close(ours)
    text = shown.decode()
    expect_pace(re.findall(r"\r\[=* *\] " + PACE + r"\033\[K", text), n_frames)
    expect(text.endswith("\r\033[K") and "\n" not in text, repr(text[-300:]))


@case("wrong numbers for progress")
def _progress_wrong():
    for option in ("--rate", "--log-interval"):
        for value in ("-1", "nan", "inf"):
            result = run("run", STOCK, path("none.npy"), f"{option}={value}", code=2)
            expect_words(result.err, f"{option} is", "expected")


tap.main()
