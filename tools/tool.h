/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

G_BEGIN_DECLS

/* What the program ends with. */
typedef enum {
  TOOL_OK = 0,
  TOOL_FAILED = 1, /* or: the answer is no */
  TOOL_USAGE = 2,
} ToolStatus;

/* A subcommand; each stands in a file of its own. argv[0] is its name. */
typedef struct {
  const gchar *name;
  const gchar *about;
  ToolStatus (*run) (int argc, char **argv);
} ToolCommand;

extern const ToolCommand tool_command_bench;
extern const ToolCommand tool_command_convert;
extern const ToolCommand tool_command_deploy;
extern const ToolCommand tool_command_plot;
extern const ToolCommand tool_command_run;
extern const ToolCommand tool_command_summary;
extern const ToolCommand tool_command_verify;

/* What subcommands share; 0 and NULL where it was not said. */
typedef struct {
  gint keras;
  gboolean allow_nan;
  gchar *kernels;
  LstmPrecision precision;
  guint threads; /* 0: one a processor */
  gboolean json;
  gchar **arguments; /* what is no option; NULL if there is nothing */
} ToolOptions;

/* Parses the command line of a subcommand: its own entries and the shared ones.
 * What is wrong is said; then this is FALSE. */
gboolean tool_options_parse (ToolOptions *options, const gchar *arguments,
    const gchar *description, const GOptionEntry *entries, int argc,
    char **argv);
guint tool_options_count_arguments (const ToolOptions *options);
void tool_options_clear (ToolOptions *options);

/* An entry of subcommands that run models, for their own ones: --threads, which
 * is 1 where it was not said. */
#define TOOL_THREADS_ENTRY                                                     \
  {                                                                            \
    "threads", 0, 0, G_OPTION_ARG_CALLBACK, tool_options_take_threads,         \
        "Threads that share large models' work: 0 for one a processor "        \
        "(default: 1)",                                                        \
        "N"                                                                    \
  }

gboolean tool_options_take_threads (
    const gchar *name, const gchar *value, gpointer options, GError **error);
/* A context with so many. */
LstmContext *tool_new_context (LstmPlan *plan, guint threads, GError **error);

/* Loads a model. */
LstmModel *tool_load_model (
    const gchar *path, const ToolOptions *options, GError **error);
/* Says what is to be noted about it, on stderr. */
void tool_say_notes (const LstmModel *model);

/* Messages, on stderr: what is wrong with the command line, what failed, what
 * is good to know. The first two return what the program ends with. */
ToolStatus tool_usage_error (const gchar *format, ...) G_GNUC_PRINTF (1, 2);
ToolStatus tool_failed (const GError *error);
void tool_say (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ToolOptions, tool_options_clear)

G_END_DECLS
