# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm deploy, and a state directory that is full: a warning, the streams
go on with every row, and states are saved when there is room again.

A directory is filled in two ways: as a small file system, where this process may
mount one for itself; and, which needs no rights, by a limit for the size of each
file that the deployment writes (RLIMIT_FSIZE). Rows and log come through pipes,
which know no such limit."""

import contextlib
import ctypes
import os
import re
import resource
import signal
import sqlite3
import subprocess
import threading
import time

import tap
from deployment import (PATIENCE, PROGRAM, folder, read, run, write,
                        write_config, write_rows, write_yaml)
from tap import case, expect, expect_equal, expect_words

ROWS = 10000  # more than run before a test has seen what it waits for
ROW_US = 2000
KEYS = 3
INTERVAL = 0.05      # seconds from one saved state to the next
CLONE_NEWNS = 0x20000
NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


# ---- how a directory is full ----

class SmallDisk:
    """A file system of 64 KiB, seen by this process and its children alone."""

    def __init__(self, place):
        self.states = os.path.join(place, "states")
        self.filler = os.path.join(self.states, "filler")
        os.mkdir(self.states)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNS) != 0:
            raise tap.Skip("this process may not mount: "
                           + os.strerror(ctypes.get_errno()))
        for command in (["mount", "--make-rprivate", "/"],
                        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs",
                         self.states]):
            done = subprocess.run(command, capture_output=True, text=True,
                                  check=False)
            if done.returncode != 0:
                raise tap.Skip("this process may not mount: " + done.stderr)
        with open(self.filler, "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(512))

    def start(self):
        """What a child does before it is the deployment."""

    def make_room(self, _process):
        """The disk is no longer full."""
        os.remove(self.filler)

    def names(self):
        """Files that the deployment made."""
        return sorted(set(os.listdir(self.states)) - {"filler"})

    def close(self):
        """Takes it away."""
        subprocess.run(["umount", self.states], check=True)


class SmallFiles:
    """Files that the deployment writes cannot have any byte."""

    def __init__(self, place):
        self.states = os.path.join(place, "states")

    def start(self):
        """What a child does before it is the deployment."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def make_room(self, process):
        """Files may grow again."""
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, NO_LIMIT)

    def names(self):
        """Files that the deployment made."""
        return sorted(os.listdir(self.states))

    def close(self):
        """Nothing to take away."""


# ---- the deployment ----

class Deployment:
    """A process that runs one, and the lines that it writes."""

    def __init__(self, path, start=None):
        self.process = subprocess.Popen(
            [PROGRAM, "deploy", os.path.basename(path)], text=True,
            cwd=os.path.dirname(path), env=dict(os.environ, LC_ALL="C"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=start)
        self.rows, self.log = [], []
        self.readers = [
            threading.Thread(target=lines.extend, args=(stream,))
            for stream, lines in ((self.process.stdout, self.rows),
                                  (self.process.stderr, self.log))]
        for reader in self.readers:
            reader.start()

    def wait_for(self, condition, what):
        """Waits until the condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            expect(time.monotonic() < deadline, "waited too long for", what,
                   "log:", "".join(self.log))
            time.sleep(0.01)

    def said(self, words):
        """How often it has logged them."""
        return "".join(self.log).count(words)

    def end(self, code):
        """Waits for its end, and expects this exit code; what it logged."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        said = "".join(self.log)
        expect_equal(self.process.returncode, code, "exit code; log: " + said)
        return said

    def stop(self, number, code):
        """Sends it a signal, and waits for its end."""
        self.process.send_signal(number)
        return self.end(code)


LAUNCH = ("filesrc location=rows.csv blocksize=256 ! csvdec config=model.yaml"
          " max-frames=1 ! identity sleep-time={} ! lstm config=model.yaml !"
          " csvenc ! {}")


def write_deployment(place, sleep):
    """One that takes so many microseconds a row."""
    return write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "state": {"directory": "states", "interval": INTERVAL},
        "pipelines": {"a": {"launch": LAUNCH.format(sleep, "fdsink fd=1")}}})


def set_up(keyed):
    """A folder with rows, a model and a deployment; the rows of a run that
    saves nothing."""
    place = folder()
    rows = write_rows(os.path.join(place, "rows.csv"), ROWS)
    config = read(write_config(os.path.join(place, "model.yaml"))).decode()
    if keyed:
        header, *lines = read(rows).decode().split()
        lines = [f"{line},pump-{i % KEYS}" for i, line in enumerate(lines)]
        write(rows, "\n".join([header + ",pump", *lines, ""]))
        write(os.path.join(place, "model.yaml"), config + "key: pump\n")
    run(write_yaml(os.path.join(place, "whole.yaml"), {
        "version": 1, "pipelines": {"whole": {
            "launch": LAUNCH.format(0, "filesink location=whole.csv")}}}))
    path = write_deployment(place, ROW_US)
    whole = read(os.path.join(place, "whole.csv")).decode()
    expect_equal(whole.count("\n"), ROWS + 1, "rows of the run to compare with")
    return path, whole.splitlines(keepends=True)


def is_saved(path, keyed):
    """Whether the state file has a state of each stream."""
    if not os.path.exists(path):
        return False
    if not keyed:
        return len(read(path)) > 0
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=1)) as file:
            return file.execute("SELECT count(*) FROM state").fetchone() == (
                KEYS,)
    except sqlite3.Error:
        return False


def run_full(full, keyed, path, whole):
    """Full from the start; then there is room, and then a kill. What it wrote,
    and at which row the next run must go on at the earliest."""
    deployment = Deployment(path, full.start)
    deployment.wait_for(lambda: deployment.said("could not be saved"),
                        "the warning")
    n = len(deployment.rows)
    deployment.wait_for(lambda: len(deployment.rows) > n + 50,
                        "rows after the warning")
    expect(not is_saved(os.path.join(full.states, "a.state"), keyed),
           "a state was saved where there is no room")
    expect(keyed or not full.names(), "left behind:", full.names())
    full.make_room(deployment.process)
    deployment.wait_for(
        lambda: is_saved(os.path.join(full.states, "a.state"), keyed),
        "a saved state")
    said = deployment.stop(signal.SIGKILL, -signal.SIGKILL)
    expect_words(said, "warning a: lstm", "make room there",
                 "The stream goes on, and saving is tried again")
    expect_equal(said.count("could not be saved"), 1, "warnings in\n" + said)
    expect_equal(deployment.rows, whole[:len(deployment.rows)],
                 "rows of the run whose states were not saved")
    expect(len(deployment.rows) < ROWS, "the rows were too few for this test")
    return n


@contextlib.contextmanager
def filled(kind, path):
    """A state directory beside the deployment's file that is full."""
    full = kind(os.path.dirname(path))
    try:
        yield full
    finally:
        full.close()


def check_full(kind, keyed):
    """Rows go on while it is full; the next run goes on from a saved state."""
    path, whole = set_up(keyed)
    with filled(kind, path) as full:
        n = run_full(full, keyed, path, whole)
        second = Deployment(write_deployment(os.path.dirname(path), 0))
        said = second.end(0)
        expect_words(said, "a: goes on from row")
        first = int(re.search(r"goes on from row (\d+),", said).group(1))
        expect(first > n, f"went on from row {first}: nothing was saved after"
               " there was room")
        expect_equal(second.rows, [whole[0]] + whole[1 + first:],
                     "rows of the run after it")


@case("one stream, no room on the disk")
def _disk():
    check_full(SmallDisk, False)


@case("one stream, no room in the file")
def _file():
    check_full(SmallFiles, False)


@case("keys, no room on the disk")
def _disk_keys():
    check_full(SmallDisk, True)


@case("keys, no room in the file")
def _file_keys():
    check_full(SmallFiles, True)


@case("an end without room: every row is out, and what is lost is said")
def _end():
    path, whole = set_up(False)
    with filled(SmallFiles, path) as full:
        deployment = Deployment(path, full.start)
        deployment.wait_for(lambda: len(deployment.rows) > 100, "rows")
        said = deployment.stop(signal.SIGTERM, 0)
        expect_words(said, "The last states could not be saved and are lost")
        expect(len(deployment.rows) < ROWS, "the rows were too few")
        expect_equal(deployment.rows, whole[:len(deployment.rows)], "rows")


@case("an output without room fails, and the others go on")
def _output():
    path, whole = set_up(False)
    with filled(SmallFiles, path) as full:
        write_yaml(path, {"version": 1, "restart": "never", "pipelines": {
            "bad": {"launch": "filesrc location=rows.csv ! filesink"
                              " location=bad.csv buffer-mode=unbuffered"},
            "good": {"launch":
                     "filesrc location=rows.csv ! csvdec config=model.yaml !"
                     " lstm config=model.yaml ! csvenc ! fdsink fd=1"}}})
        deployment = Deployment(path, full.start)
        said = deployment.end(1)
        expect_words(said, "bad: failed", "good: finished")
        expect_equal(deployment.rows, whole, "rows")


@case("an output that nobody reads any more fails, and the others go on")
def _reader():
    path, whole = set_up(False)
    place = os.path.dirname(path)
    pipe = os.path.join(place, "pipe")
    os.mkfifo(pipe)
    write_yaml(path, {"version": 1, "restart": "never", "pipelines": {
        "bad": {"launch": "filesrc location=rows.csv blocksize=256 ! identity"
                          " sleep-time=1000 ! filesink location=pipe"
                          " buffer-mode=unbuffered"},
        "good": {"launch":
                 "filesrc location=rows.csv ! csvdec config=model.yaml !"
                 " lstm config=model.yaml ! csvenc ! fdsink fd=1"}}})
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    deployment = Deployment(path)
    deployment.wait_for(lambda: deployment.said("bad: started"), "its start")
    os.close(reader)
    expect_words(deployment.end(1), "bad: failed", "good: finished")
    expect_equal(deployment.rows, whole, "rows")


tap.main()
