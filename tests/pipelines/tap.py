# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Test cases that report in TAP, one line each."""

import sys
import traceback

_cases = []


class Skip(Exception):
    """Raised by a case that this machine cannot run, with the reason."""


def case(title):
    """Registers a function as a test case."""
    def register(function):
        _cases.append((title, function))
        return function
    return register


def expect(condition, *facts):
    """Fails the case with the facts if the condition is false."""
    if not condition:
        raise AssertionError(" ".join(str(fact) for fact in facts))


def expect_words(text, *words):
    """Fails the case unless each of the words stands in the text."""
    missing = [word for word in words if str(word) not in text]
    expect(not missing, "not found:", missing, "in:", text)


def expect_equal(found, expected, what="value"):
    """Fails the case unless both are equal."""
    expect(found == expected, f"{what}: found {found!r}, expected {expected!r}")


def describe(error):
    """What failed; where, too, if it is no expectation that was not met."""
    if isinstance(error, AssertionError):
        return str(error)
    return "".join(traceback.format_exception(error))


def main():
    """Runs every case in the order of their registration; ends the program."""
    print(f"1..{len(_cases)}", flush=True)
    failed = 0
    for number, (title, function) in enumerate(_cases, 1):
        try:
            function()
            print(f"ok {number} - {title}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {title} # SKIP {reason}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            for line in describe(error).splitlines():
                print(f"# {line}")
            print(f"not ok {number} - {title}", flush=True)
    sys.exit(1 if failed else 0)
