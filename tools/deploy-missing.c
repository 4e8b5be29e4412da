/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tool.h"

/* In place of deploy/, in a build without GStreamer. */

static ToolStatus
run (int argc, char **argv)
{
  (void) argc;
  (void) argv;
  tool_say ("this gst-lstm was built without GStreamer, which deploy runs "
            "pipelines with: build it where GStreamer 1.22 or later and libcsv "
            "are, with -Dplugin=enabled");
  return TOOL_FAILED;
}

const ToolCommand tool_command_deploy = {
  .name = "deploy",
  .about = "run pipelines from a YAML file (not in this build)",
  .run = run,
};
