#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the manual pages gst-lstm.1, gst-lstm-run.1, ... from what the command says itself with --help:

    man.py GST-LSTM FOLDER

Within `meson install`, a relative FOLDER is below the prefix of the installation."""
import os
import re
import subprocess
import sys


def ask(program, *arguments):
    env = dict(os.environ, LC_ALL="C.UTF-8")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, encoding="utf-8", env=env, check=True)
    return done.stdout.replace("\u2026", "...")


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def blocks(text):
    """Paragraphs: lists of lines."""
    return [block.split("\n") for block in re.split(r"\n\s*\n", text.strip("\n")) if block.strip()]


def write_options(lines):
    """`  -o, --output=FILE   What it does`, a paragraph each."""
    for line in lines:
        flag, _, about = line.strip().partition("  ")
        flag = escape(flag)
        yield ".TP\n.B %s\n%s" % (flag, escape(about.strip()) or "\\&")


def write_plain(lines):
    """A paragraph, or lines as they stand if they are indented."""
    if all(line.startswith("  ") for line in lines):
        return ".PP\n.nf\n%s\n.fi" % "\n".join(escape(line) for line in lines)
    return ".PP\n" + "\n".join(escape(line) for line in lines)


def page(name, about, body):
    title = name.upper().replace("-", "\\-")
    return '.TH "%s" 1 "" "%s" "User Commands"\n.SH NAME\n%s \\- %s\n%s\n' % (
        title, escape(body["version"]), escape(name), escape(about), "\n".join(body["parts"]))


def command_page(program, command, about, version, ending):
    parts, options, examples = [], [], []
    for lines in blocks(ask(program, command, "--help")):
        if lines[0] == "Usage:":
            parts.append(".SH SYNOPSIS\n.B %s" % escape(lines[1].strip()))
        elif re.fullmatch(r"\w+ Options:", lines[0]):
            options.extend(write_options(lines[1:]))
        elif re.fullmatch(r"Examples?:", lines[0]):
            examples.append(write_plain(lines[1:]))
        else:
            if not any(part.startswith(".SH DESC") for part in parts):
                parts.append(".SH DESCRIPTION")
            parts.append(write_plain(lines))
    parts += [".SH OPTIONS"] + options + ([".SH EXAMPLES"] + examples if examples else [])
    parts += [".SH EXIT STATUS", write_plain(ending), ".SH SEE ALSO\n.BR gst\\-lstm (1)"]
    return page("gst-lstm-" + command, about, {"version": version, "parts": parts})


def overview(commands, text, version):
    parts = [".SH SYNOPSIS\n.B gst\\-lstm\n.I COMMAND\n[OPTION...] ARGUMENTS", ".SH DESCRIPTION"]
    for lines in blocks(text)[1:]:
        if lines[0] == "Commands:":
            parts.append(".SH COMMANDS")
            parts += [".TP\n.BR gst\\-lstm\\-%s (1)\n%s" % (escape(name), escape(about)) for name, about in commands]
            parts.append(".SH NOTES")
        elif lines[0].startswith("  --"):
            parts.extend(write_options(lines))
        else:
            parts.append(write_plain(lines))
    parts.append(".SH SEE ALSO\n" + ",\n".join(".BR gst\\-lstm\\-%s (1)" % escape(name) for name, _ in commands))
    return page("gst-lstm", "run Keras-trained recurrent models", {"version": version, "parts": parts})


def read_commands(text):
    part = text.split("Commands:\n")[1].split("\n\n")[0]
    commands = [tuple(re.split(r"\s+", line.strip(), maxsplit=1)) for line in part.split("\n")]
    return [command for command in commands if "not in this build" not in command[1]]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = sys.argv[1:]
    if os.path.isabs(folder):
        folder = os.environ.get("DESTDIR", "") + folder
    folder = os.path.join(os.environ.get("MESON_INSTALL_DESTDIR_PREFIX", ""), folder)
    text, version = ask(program, "--help"), ask(program, "--version").strip()
    commands = read_commands(text)
    ending = next(lines for lines in blocks(text) if lines[0].startswith("It ends with"))
    pages = {"gst-lstm": overview(commands, text, version)}
    for name, about in commands:
        pages["gst-lstm-" + name] = command_page(program, name, about, version, ending)
    os.makedirs(folder, exist_ok=True)
    for name, content in pages.items():
        with open(os.path.join(folder, name + ".1"), "w", encoding="utf-8") as file:
            file.write(content)


if __name__ == "__main__":
    main()
