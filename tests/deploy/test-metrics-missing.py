# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm deploy, built without libsoup: a file with metrics is refused."""

import os

import tap
from deployment import folder, run, write_yaml
from tap import case, expect, expect_words


@case("what is missing is said, and nothing runs")
def _missing():
    path = write_yaml(os.path.join(folder(), "d.yaml"), {
        "version": 1, "metrics": 0,
        "pipelines": {"a": {"launch": "fakesrc num-buffers=1 ! fakesink"}}})
    for options in ([], ["--check"]):
        said = run(path, *options, code=1)
        expect_words(said, "d.yaml:3:", "built without libsoup",
                     "-Dhttp=enabled")
        expect("started" not in said, "something was started:", said)


tap.main()
