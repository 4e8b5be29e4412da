#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs of pipelines/embed: compiled as their README says, and run; a
state goes from each to each."""

import os
import re
import shutil
import subprocess
import sys

import launch
from tap import case, expect, expect_equal, expect_words, main

EMBED = os.path.join(launch.EXAMPLES, "embed")
HELLO = os.path.join(launch.EXAMPLES, "hello")
MODEL = os.path.join(HELLO, "lstm.keras")
BUILD = os.environ["BUILD_ROOT"]
FIRST, SECOND = "hello_wor", "ld_hello_wor"
TEXT = FIRST + SECOND
EXPECTED = ("hello_world_" * 3)[1:len(TEXT) + 1]

_cache = {}


def environment():
    """Where what was just built is found."""
    return launch.environment(
        PKG_CONFIG_PATH=os.path.join(BUILD, "meson-uninstalled"),
        LD_LIBRARY_PATH=os.path.join(BUILD, "core"))


def python():
    """A Python that has PyGObject: the one that runs this, or the system's."""
    if "python" not in _cache:
        for candidate in (sys.executable, "/usr/bin/python3"):
            done = subprocess.run([candidate, "-c", "import gi"], check=False,
                                  capture_output=True, timeout=60)
            if done.returncode == 0:
                _cache["python"] = candidate
                break
        else:
            raise AssertionError("no Python here has PyGObject (python3-gi)")
    return _cache["python"]


def readme_lines():
    """The lines of the README that compile, by the name of their program."""
    with open(os.path.join(EMBED, "README.md"), encoding="utf-8") as file:
        lines = re.findall(r"^    (cc (\w+)\.c .*)$", file.read(), re.MULTILINE)
    return {name: line for line, name in lines}


def command(name):
    """What starts a program, compiled if it is in C."""
    if name.endswith(".py"):
        return [python(), os.path.join(EMBED, name)]
    if name not in _cache:
        shutil.copy(os.path.join(EMBED, name + ".c"), launch.path(name + ".c"))
        line = re.sub(r"^cc ", os.environ["EMBED_CC"] + " ", readme_lines()[name])
        env = environment()
        env.pop("LD_PRELOAD", None)
        done = subprocess.run(["sh", "-c", line], env=env, cwd=launch.WORK,
                              capture_output=True, text=True, check=False,
                              timeout=2 * launch.TIME_LIMIT)
        expect_equal(done.returncode, 0, done.stderr)
        expect_equal(done.stderr, "", "what the compiler says")
        _cache[name] = launch.path(name)
    return [_cache[name]]


def run(name, *arguments):
    """The finished program."""
    env = environment()
    if name.endswith(".py"):
        env["ASAN_OPTIONS"] = "detect_leaks=0"
    else:
        env.pop("LD_PRELOAD", None)
    return subprocess.run(command(name) + list(arguments), env=env,
                          cwd=launch.WORK, capture_output=True, text=True,
                          check=False, timeout=launch.TIME_LIMIT)


def answer(name, *arguments):
    """What it prints, if it succeeds and complains of nothing."""
    done = run(name, *arguments)
    expect_equal(done.returncode, 0, done.stderr)
    expect_equal(done.stderr, "", "stderr")
    return done.stdout.removesuffix("\n")


PROGRAMS = ("embed", "embed.py", "library")


def register(name):
    """The cases of one program that keeps a state."""
    @case(f"{name}: spells, and goes on from its state as without a break")
    def _():
        state = launch.path(f"{name}.state")
        expect_equal(answer(name, MODEL, TEXT), EXPECTED)
        expect_equal(answer(name, MODEL, FIRST, state), EXPECTED[:len(FIRST)])
        expect_equal(answer(name, MODEL, SECOND, state), EXPECTED[len(FIRST):])

    @case(f"{name}: without the state the second part is another")
    def _():
        expect(answer(name, MODEL, SECOND) != EXPECTED[len(FIRST):],
               "the state makes no difference")

    @case(f"{name}: a file that is no model, a state of another model")
    def _():
        done = run(name, launch.path("nowhere.keras"), TEXT)
        expect_equal(done.returncode, 1, done.stderr)
        expect_words(done.stderr, "nowhere.keras", "No such file")
        state = launch.path("other.state")
        answer(name, MODEL, FIRST, state)
        before = launch.read("other.state")
        done = run(name, os.path.join(HELLO, "gru.keras"), TEXT, state)
        expect_equal(done.returncode, 1, done.stderr)
        expect_words(done.stderr, "state", "another model")
        expect(launch.read("other.state") == before, "the state was changed")
        os.remove(state)

    @case(f"{name}: says how it is called")
    def _():
        done = run(name)
        expect(done.returncode in (1, 2), done.returncode)
        expect_words(done.stderr, "usage:", "MODEL TEXT")


for _name in PROGRAMS:
    register(_name)


@case("each program goes on where another one stopped")
def _():
    for first in PROGRAMS:
        for second in PROGRAMS:
            state = launch.path("shared.state")
            answer(first, MODEL, FIRST, state)
            expect_equal(answer(second, MODEL, SECOND, state),
                         EXPECTED[len(FIRST):], f"{first}, then {second}")
            os.remove(state)


@case("keys.py: texts side by side, each as if it were alone")
def _():
    texts = ("hello_world_", "hello_hello", "world")
    lines = answer("keys.py", MODEL, *texts).splitlines()
    alone = [f"text {i}: {answer('embed.py', MODEL, text)}"
             for i, text in enumerate(texts, 1)]
    expect_equal(lines, alone)


if __name__ == "__main__":
    main()
