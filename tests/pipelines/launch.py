# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs pipelines with gst-launch-1.0 and the plugin just built, in a directory
and with a registry of their own.

The environment says where things are: EXAMPLES_DIR (the folder pipelines),
LSTM_PLUGIN_DIR (the plugin built), GST_SYSTEM_DIR (GStreamer's own plugins).
Optional: LAUNCH_WRAPPER (a command to run gst-launch-1.0 under),
LAUNCH_PRELOAD (a library that it must load first), LAUNCH_PATIENCE (a factor
for time limits), LAUNCH_ROWS (rows of the turbofan data to run on, at most)."""

import atexit
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

from tap import expect

EXAMPLES = os.environ["EXAMPLES_DIR"]
TURBOFAN = os.path.join(EXAMPLES, "turbofan")
CONFIG = os.path.join(TURBOFAN, "turbofan.yaml")
TIME_LIMIT = 60 * float(os.environ.get("LAUNCH_PATIENCE", "1"))

WORK = tempfile.mkdtemp(prefix="lstm-pipelines-")
atexit.register(shutil.rmtree, WORK, ignore_errors=True)


def path(name):
    """The path of a file in this program's own directory."""
    return os.path.join(WORK, name)


def write(name, content):
    """Writes text or bytes to a file in the own directory; returns its path."""
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    with open(path(name), "wb") as file:
        file.write(data)
    return path(name)


def read(name):
    """The bytes of a file in the own directory."""
    with open(path(name), "rb") as file:
        return file.read()


def _core_plugins():
    """A directory with GStreamer's core elements alone: scanning all that a
    machine has installed would take longer than the tests."""
    directory = path("gstreamer")
    if not os.path.isdir(directory):
        os.mkdir(directory)
        for name in ("libgstcoreelements.so", "libgstaudiotestsrc.so",
                     "libgstaudioconvert.so", "libgstapp.so"):
            installed = os.path.join(os.environ["GST_SYSTEM_DIR"], name)
            if os.path.exists(installed):
                os.symlink(installed, os.path.join(directory, name))
    return directory


def environment(**changes):
    """What gst-launch-1.0 runs in: nothing of the user's GStreamer setup."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("GST_", "LC_", "LANG"))}
    env.update(
        HOME=WORK, LC_ALL="C.UTF-8", LANGUAGE="en", G_DEBUG="fatal-criticals",
        GST_REGISTRY=path("registry.bin"), GST_REGISTRY_FORK="no",
        GST_PLUGIN_SYSTEM_PATH_1_0=_core_plugins(),
        GST_PLUGIN_PATH_1_0=os.environ["LSTM_PLUGIN_DIR"])
    if "LAUNCH_PRELOAD" in os.environ:
        env["LD_PRELOAD"] = os.environ["LAUNCH_PRELOAD"]
    env.update(changes)
    return env


def _finish(process, errors):
    """Waits for gst-launch-1.0 to end. One error in it is mended from here: it
    misses an error that an element posts before its main loop runs, and then
    waits for ever; an interrupt gets it going again."""
    deadline = time.monotonic() + TIME_LIMIT
    patience = None
    while time.monotonic() < deadline:
        try:
            return process.wait(timeout=0.25)
        except subprocess.TimeoutExpired:
            pass
        if patience is None and "ERROR" in _text(errors):
            patience = time.monotonic() + TIME_LIMIT / 60
        if patience is not None and time.monotonic() > patience:
            process.send_signal(signal.SIGINT)
            patience = deadline
    process.kill()
    process.wait()
    raise AssertionError(f"no end after {TIME_LIMIT:.0f} s: {_text(errors)}")


def _text(name):
    return read(name).decode("utf-8", errors="replace")


def launch(*elements, **changes):
    """Runs a pipeline of elements, each a string or a list of a name and
    properties; returns the finished process, its output as text: gst-launch-1.0
    writes warnings to stdout and errors to stderr. A crash, a critical warning
    or a pipeline that does not end fails the case."""
    command = shlex.split(os.environ.get("LAUNCH_WRAPPER", ""))
    command.append(os.environ.get("GST_LAUNCH", "gst-launch-1.0"))
    for i, element in enumerate(elements):
        command += ["!"] if i else []
        command += [element] if isinstance(element, str) else element
    with open(path("stdout"), "wb") as out, open(path("stderr"), "wb") as err:
        process = subprocess.Popen(
            command, env=environment(**changes), cwd=WORK, stdout=out,
            stderr=err, stdin=subprocess.DEVNULL)
        status = _finish(process, "stderr")
    expect(status in (0, 1, 255),
           f"exit status {status} of {shlex.join(command)}\n", _text("stderr"))
    return subprocess.CompletedProcess(command, status, _text("stdout"),
                                       _text("stderr"))


def predict(source, output, config=CONFIG, blocksize=None, decoder=None,
            **changes):
    """The turbofan pipeline on a file; decoder: properties of csvdec in place
    of the config."""
    filesrc = ["filesrc", f"location={source}"]
    if blocksize:
        filesrc.append(f"blocksize={blocksize}")
    return launch(
        filesrc, ["csvdec"] + (decoder or [f"config={config}"]),
        ["lstm", f"config={config}"], "csvenc",
        ["filesink", f"location={path(output)}"], **changes)


def succeed(*arguments, **options):
    """predict(), and fails the case if the pipeline failed."""
    done = predict(*arguments, **options)
    expect(done.returncode == 0, "the pipeline failed:", done.stderr)
    return done


def fail(*arguments, **options):
    """predict(), and fails the case if the pipeline did not fail; returns what
    it said."""
    done = predict(*arguments, **options)
    expect(done.returncode != 0, "the pipeline did not fail:", done.stderr)
    expect("ERROR" in done.stderr, "no error on stderr:", done.stderr)
    return done.stderr
