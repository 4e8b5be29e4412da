# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs gst-lstm deploy, and writes what it reads. The environment says where
things are: GST_LSTM (the program), EXAMPLES_DIR (pipelines/)."""

import atexit
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

from tap import expect

PROGRAM = os.environ["GST_LSTM"]
STOCKS = os.path.join(os.environ["EXAMPLES_DIR"], "stocks")
WORK = tempfile.mkdtemp(prefix="lstm-deploy-")
atexit.register(shutil.rmtree, WORK, ignore_errors=True)

# What a busy machine may take for anything.
PATIENCE = 30

_folders = iter(range(1000000))


def folder():
    """A new folder for one case."""
    path = os.path.join(WORK, str(next(_folders)))
    os.mkdir(path)
    return path


def write(path, content):
    """Writes text or bytes; returns the path."""
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    with open(path, "wb") as file:
        file.write(data)
    return path


def read(path):
    """A file's bytes; none if it is not there."""
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def write_yaml(path, content):
    """Writes a deployment; JSON is YAML."""
    return write(path, json.dumps(content, indent=1))


def write_rows(path, n):
    """A CSV of n rows with their number and what the stocks model reads."""
    with open(os.path.join(STOCKS, "goog.csv"), encoding="ascii") as file:
        header, *rows = file.read().split()
    names = header.split(",")[1:]
    lines = [",".join(["n", *names])]
    for i in range(n):
        lines.append(",".join([str(i), *rows[i % len(rows)].split(",")[1:]]))
    return write(path, "\n".join(lines) + "\n")


def write_config(path):
    """The stocks model, with the rows' numbers copied to the output."""
    return write(path, f"""version: 1
model: {STOCKS}/stocks.keras
features: [open, high, low, close, volume]
keep: [n]
scaling: {{min-max: {{file: {STOCKS}/scaler.json}}}}
mode: frame
outputs: [next_close]
""")


def slow_launch(us, output, rows="rows.csv"):
    """A line that takes so many microseconds a row, and saves as rows go."""
    return (f"filesrc location={rows} blocksize=256 ! csvdec config=model.yaml"
            f" max-frames=1 ! identity sleep-time={us} ! lstm config=model.yaml"
            f" ! csvenc ! filesink location={output} append=true"
            " buffer-mode=unbuffered")


def fetch(url, path, method="GET", body=None):
    """One request: status, headers, text."""
    connection = http.client.HTTPConnection(
        urllib.parse.urlsplit(url).netloc, timeout=PATIENCE)
    connection.request(method, path, body)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8")
    connection.close()
    return answer.status, answer.headers, text


class Deployment:
    """A process that runs one, and all that it says."""

    def __init__(self, path, *options, env=None):
        self.log = open(path + ".log", "a+", encoding="utf-8")
        environment = dict(os.environ, LC_ALL="C", **(env or {}))
        self.process = subprocess.Popen(
            [PROGRAM, "deploy", *options, os.path.basename(path)],
            cwd=os.path.dirname(path), env=environment, stderr=self.log,
            stdout=subprocess.PIPE)
        atexit.register(self.leave)

    def leave(self):
        """A case that failed leaves nothing behind that runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def said(self):
        """Everything it has logged, of earlier runs too."""
        self.log.flush()
        return read(self.log.name).decode("utf-8")

    def wait_for(self, condition, what):
        """Waits until the condition holds."""
        end = time.monotonic() + PATIENCE
        while not condition():
            expect(time.monotonic() < end, "waited too long for", what, "log:",
                   self.said()[-3000:])
            time.sleep(0.01)

    def wait_said(self, *words):
        """Waits until it has logged all of these."""
        self.wait_for(lambda: all(word in self.said() for word in words), words)

    def url(self):
        """Where its metrics are, as it said last."""
        self.wait_said("metrics and status at http://")
        return re.findall("metrics and status at (http://[^ ]+/)\n",
                          self.said())[-1]

    def get(self, path, method="GET", body=None):
        """What it answers: status, headers, text."""
        return fetch(self.url(), path, method, body)

    def signal(self, number):
        """Sends it a signal."""
        self.process.send_signal(number)

    def end(self, code=0, patience=PATIENCE):
        """Waits for its end, and expects this exit code."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        said = self.said()
        self.log.close()
        self.process.stdout.close()
        expect(self.process.returncode == code, "ended with",
               self.process.returncode, "and not", code, "log:", said[-3000:])
        return said

    def terminate(self, code=0):
        """SIGTERM, and its end."""
        self.signal(signal.SIGTERM)
        return self.end(code)


def run(path, *options, code=0, env=None):
    """Runs one to its end; what it logged."""
    return Deployment(path, *options, env=env).end(code)
