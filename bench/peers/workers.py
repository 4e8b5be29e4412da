# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Processes that measure, one a peer and number of threads, each on CPUs of its own choice."""

import os
import select
import signal
import subprocess

ANSWER_SECONDS = 600


class Refusal(Exception):
    """A worker says that it cannot do this, and why."""


class Worker:
    """A process that speaks worker.h's protocol, pinned to `cpus`."""

    def __init__(self, name, command, cpus, log):
        threads = str(len(cpus))
        env = dict(os.environ, OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads, MKL_NUM_THREADS=threads,
                   OMP_PROC_BIND="true")
        self.name = name
        self.log = log
        self.process = subprocess.Popen(["taskset", "-c", ",".join(map(str, cpus)), *command], env=env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    def ask(self, line):
        """Sends a line; the line that answers it."""
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            if not select.select([self.process.stdout], [], [], ANSWER_SECONDS)[0]:
                raise Refusal(f"no answer within {ANSWER_SECONDS} s")
            answer = self.process.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise Refusal(f"its process ended: see {self.log.name}")
        return answer

    def prepare(self, spec):
        """What it has to say of itself."""
        word, _, rest = self.ask("prepare " + spec).partition(" ")
        if word != "ok":
            raise Refusal(rest)
        return rest

    def measure(self, seconds):
        """(least, median) nanoseconds of a call, in chunks of calls."""
        words = self.ask(f"measure {seconds}").split()
        if words[0] != "ns":
            raise Refusal(" ".join(words))
        return float(words[1]), float(words[2])

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()


class Pool:
    """Workers by peer and threads, started when first asked for."""

    def __init__(self, commands, cpus, folder):
        self.commands = commands
        self.cpus = cpus
        self.folder = folder
        self.workers = {}

    def get(self, name, threads):
        key = name, threads
        worker = self.workers.get(key)
        if worker and worker.process.poll() is not None:
            worker = None
        if not worker:
            log = open(os.path.join(self.folder, f"{name}-{threads}.log"), "a", encoding="utf-8")
            worker = self.workers[key] = Worker(name, self.commands[name], self.cpus[:threads], log)
        return worker

    def stop(self):
        for worker in self.workers.values():
            worker.stop()
            worker.log.close()
