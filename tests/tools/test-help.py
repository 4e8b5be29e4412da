# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Manual pages and completion say what the command says itself with --help."""
import os
import re
import shutil
import subprocess
import tempfile

import tap
from tap import case, expect, expect_equal

PROGRAM = os.environ["GST_LSTM"]
SOURCES = os.environ["TOOL_SOURCES"]


def help_of(*arguments):
    env = dict(os.environ, LC_ALL="C.UTF-8")
    return subprocess.run([PROGRAM, *arguments, "--help"], capture_output=True, text=True, env=env, check=True).stdout


def commands():
    lines = help_of().split("Commands:\n")[1].split("\n\n")[0].split("\n")
    return [line.split()[0] for line in lines if "not in this build" not in line]


def options(command):
    return re.findall(r"^  (?:-\w, )?(--[a-z][a-z-]*=?)", help_of(command), re.M)


def make_pages(folder):
    subprocess.run(["python3", os.path.join(SOURCES, "man.py"), PROGRAM, folder], check=True)
    return {name: open(os.path.join(folder, name), encoding="utf-8").read() for name in os.listdir(folder)}


@case("a manual page of each command says what --help does")
def _pages():
    with tempfile.TemporaryDirectory() as folder:
        pages = make_pages(folder)
        expect_equal(sorted(pages), sorted(["gst-lstm.1"] + ["gst-lstm-%s.1" % c for c in commands()]), "pages")
        for command in commands():
            plain = pages["gst-lstm-%s.1" % command].replace("\\-", "-").replace("\\e", "\\")
            for option in options(command):
                expect(".B " in plain and option in plain, "%s of %s" % (option, command))
            examples = ["EXAMPLES"] if "\nExample" in help_of(command) else []
            for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"] + examples:
                expect("\n.SH %s\n" % section in plain, "%s of %s" % (section, command))
            for line in help_of(command).split("\n"):
                if line and line[0] not in " UHAE":
                    expect(line in plain, "%r in the page of %s" % (line, command))


@case("groff has nothing to say of the pages")
def _pages_are_clean():
    if not shutil.which("groff"):
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in make_pages(folder):
            done = subprocess.run(["groff", "-man", "-ww", "-z", os.path.join(folder, name)], capture_output=True, text=True)
            expect_equal(done.stderr, "", name)


def complete(*words, folder="."):
    """What bash offers for the last of the words, which readline cuts at =."""
    script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gst_lstm "$PROGRAM" 2>&1; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script, os.path.join(SOURCES, "completion.bash"), *words], capture_output=True,
                          text=True, cwd=folder, env=dict(os.environ, PROGRAM=PROGRAM), check=True)
    return sorted(done.stdout.split())


@case("commands are completed")
def _completes_commands():
    expect_equal(complete("gst-lstm", ""), sorted(commands() + ["--help", "--version"]), "all")
    expect_equal(complete("gst-lstm", "su"), ["summary"], "su")
    expect_equal(complete("gst-lstm", "--v"), ["--version"], "--v")
    expect_equal(complete("gst-lstm", "nothing"), [], "nothing")


@case("options of each command are completed")
def _completes_options():
    for command in commands():
        expect_equal(complete("gst-lstm", command, "--"), sorted(set(options(command))), command)
    expect_equal(complete("gst-lstm", "run", "model.h5", "--partial"), ["--partial-batch="], "--partial")


@case("values of options are completed")
def _completes_values():
    expect_equal(complete("gst-lstm", "run", "--precision", "="), ["bf16", "f32", "int8"], "--precision=")
    expect_equal(complete("gst-lstm", "run", "--precision", "=", "b"), ["bf16"], "--precision=b")
    expect_equal(complete("gst-lstm", "run", "--keras", ""), ["2", "3"], "--keras ")


@case("files are completed")
def _completes_files():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("model.h5", "model.keras", "x.npy"):
            open(os.path.join(folder, name), "w").close()
        expect_equal(complete("gst-lstm", "summary", "mo", folder=folder), ["model.h5", "model.keras"], "mo")
        expect_equal(complete("gst-lstm", "run", "model.h5", "-o", "x", folder=folder), ["x.npy"], "-o x")


tap.main()
