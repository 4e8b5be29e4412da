/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* What onnxruntime.c calls of ONNX Runtime's C interface, whose header does not
 * come with the package on PyPI: a table of functions at fixed places, to which
 * releases only append. A function that returns a Status returns NULL if all is
 * well. */

#define ORT_API_VERSION 14

typedef void *OrtStatus;

typedef struct {
  gpointer before_get_error_message[2];
  const gchar *(*get_error_message) (OrtStatus status);
  OrtStatus (*create_env) (gint log_level, const gchar *id, gpointer *env);
  gpointer before_create_session[3];
  OrtStatus (*create_session) (
      gpointer env, const gchar *path, gpointer options, gpointer *session);
  gpointer create_session_from_array;
  OrtStatus (*run) (gpointer session, gpointer run_options,
      const gchar *const *input_names, gpointer const *inputs, gsize n_inputs,
      const gchar *const *output_names, gsize n_outputs, gpointer *outputs);
  OrtStatus (*create_session_options) (gpointer *options);
  gpointer before_set_optimization[12];
  OrtStatus (*set_optimization) (gpointer options, gint level);
  OrtStatus (*set_intra_threads) (gpointer options, gint n);
  gpointer before_create_tensor[24];
  OrtStatus (*create_tensor) (gpointer memory_info, gpointer data, gsize bytes,
      const gint64 *shape, gsize rank, gint type, gpointer *value);
  gpointer before_create_cpu_memory[19];
  OrtStatus (*create_cpu_memory) (gint allocator, gint type, gpointer *info);
  gpointer before_releases[22];
  void (*release_env) (gpointer env);
  void (*release_status) (OrtStatus status);
  void (*release_memory) (gpointer info);
  void (*release_session) (gpointer session);
  void (*release_value) (gpointer value);
  gpointer before_release_options[3];
  void (*release_options) (gpointer options);
} OrtApi;

/* Each at its number in the table. */
#define ORT_AT(field, n)                                                       \
  G_STATIC_ASSERT (G_STRUCT_OFFSET (OrtApi, field) == (n) * sizeof (gpointer))
ORT_AT (get_error_message, 2);
ORT_AT (create_session, 7);
ORT_AT (run, 9);
ORT_AT (set_optimization, 23);
ORT_AT (create_tensor, 49);
ORT_AT (create_cpu_memory, 69);
ORT_AT (release_env, 92);
ORT_AT (release_options, 100);
#undef ORT_AT

typedef struct {
  const OrtApi *(*get_api) (guint32 version);
  const gchar *(*get_version) (void);
} OrtApiBase;

enum {
  ORT_LOG_ERROR = 3,
  ORT_TYPE_FLOAT = 1,
  ORT_OPTIMIZE_ALL = 99,
  ORT_ARENA_ALLOCATOR = 1,
  ORT_MEMORY_DEFAULT = 0,
};
