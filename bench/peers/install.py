# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Installs the peers: packages of PyPI in an environment of their own, Debian's oneDNN; builds the C programs."""

import glob
import os
import platform
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
X86 = platform.machine() in ("x86_64", "AMD64")
TENSORFLOW = "tensorflow-cpu" if X86 else "tensorflow"
PACKAGES = {"onnxruntime": ["onnxruntime", "onnx"], "pytorch": ["torch"], "keras": [TENSORFLOW], "tflite": [TENSORFLOW]}
MODULES = {"onnxruntime": "onnxruntime, onnx", "pytorch": "torch", "keras": "tensorflow", "tflite": "tensorflow"}
# PyPI's torch for x86-64 brings 2.5 GB of CUDA, PyTorch's own index has one without.
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
DNNL_HEADER = "oneapi/dnnl/dnnl.h"


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command):
    """Whether it succeeded, and its output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          check=False)
    return done.returncode == 0, done.stdout


def reason(output):
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def make_venv(folder, install):
    """Its Python, with NumPy and Matplotlib."""
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        if not install:
            sys.exit(f"{folder}: no environment is there; leave --no-install out to have it made")
        say(f"making an environment in {folder}")
        made, output = run([sys.executable, "-m", "venv", folder])
        if not made:
            sys.exit(f"{output}\nThe module venv is in Debian's package python3-venv.")
    if not run([python, "-c", "import numpy, matplotlib"])[0]:
        installed, output = pip(python, ["numpy", "matplotlib"]) if install else (False, "they are not installed")
        if not installed:
            sys.exit(f"NumPy and Matplotlib: {reason(output)}")
    return python


def pip(python, packages, *options):
    say(f"installing {' '.join(packages)}")
    return run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options, *packages])


def install_package(python, peer):
    if peer == "pytorch" and X86:
        done = pip(python, PACKAGES[peer], "--timeout", "10", "--retries", "1", "--index-url", TORCH_INDEX)
        if done[0]:
            return done
    return pip(python, PACKAGES[peer])


def python_peer(python, peer, install):
    """None if it can be used, or why not."""
    check = [python, "-c", "import " + MODULES[peer]]
    if run(check)[0]:
        return None
    if not install:
        return "it is not installed"
    installed, output = install_package(python, peer)
    if not installed:
        return reason(output)
    works, output = run(check)
    return None if works else reason(output)


def have_onednn():
    return run(["sh", "-c", f"echo '#include <{DNNL_HEADER}>' | {compiler()} -E -x c - >/dev/null"])[0]


def onednn(install):
    """None if it can be used, or why not."""
    if have_onednn():
        return None
    if not install or not shutil.which("apt-get"):
        return f"there is no {DNNL_HEADER}: it is in Debian's package libdnnl-dev"
    say("installing libdnnl-dev")
    installed, output = run((["sudo", "-n"] if os.getuid() else []) + ["apt-get", "install", "-y", "libdnnl-dev"])
    return None if installed and have_onednn() else reason(output)


def compiler():
    return os.environ.get("CC", "cc")


def flags(*packages):
    return subprocess.run(["pkg-config", "--cflags", "--libs", *packages], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.split()


def compile_onednn(folder):
    """None if it was built, or why not."""
    sources = [os.path.join(HERE, name) for name in ("onednn.c", "worker.c")]
    built, output = run([*compiler().split(), "-std=gnu11", "-O3", "-o", os.path.join(folder, "onednn"), *sources,
                         *flags("glib-2.0"), "-ldnnl"])
    return None if built else reason(output)


def build_programs(build):
    """{peer: program} of those that are built with the project, from its sources as they are now."""
    names = ("gst-lstm", "limits", "onnxruntime")
    targets = [f"bench/peer-{name}" for name in names]
    built, output = run(["ninja", "-C", build, *targets])
    if not built:
        sys.exit(f"{output}\nThe project must be set up in {build} (meson setup {build}), or say --build.")
    return {name: os.path.join(os.path.abspath(build), target) for name, target in zip(names, targets)}


def peer_command(peer, python, programs, folder, install):
    """(command of its worker, None), or (None, why it cannot be used)."""
    why = python_peer(python, peer, install) if peer in MODULES else None
    if peer == "onednn":
        why = onednn(install) or compile_onednn(folder)
        return None if why else [os.path.join(folder, "onednn")], why
    if why:
        return None, why
    return [programs[peer]] if peer in programs else [python, os.path.join(HERE, "worker.py"), peer], None


def commands(python, build, folder, peers, install):
    """({peer: command of its worker}, {peer: why it is left out})"""
    programs = build_programs(build)
    found, missing = {}, {}
    for peer in ("limits", *peers):
        command, why = peer_command(peer, python, programs, folder, install)
        if why:
            missing[peer] = why
        else:
            found[peer] = command
    return found, missing


def onnxruntime_library(python):
    code = "import onnxruntime, os; print(os.path.dirname(onnxruntime.__file__))"
    folder = subprocess.run([python, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return glob.glob(os.path.join(folder, "capi", "libonnxruntime.so*"))[0]


def versions(python, peers):
    """{peer: version} for the report."""
    code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    packages = {"onnxruntime": "onnxruntime", "pytorch": "torch", "keras": "keras", "tflite": TENSORFLOW}
    programs = {peer: [python, "-c", code, package] for peer, package in packages.items()}
    programs["onednn"] = ["dpkg-query", "-W", "-f", "${Version}", "libdnnl-dev"]
    programs["gst-lstm"] = ["git", "-C", HERE, "rev-parse", "--short", "HEAD"]
    found = {}
    for peer in peers:
        if peer in programs:
            known, output = run(programs[peer])
            found[peer] = output.strip() if known else ""
    return found
