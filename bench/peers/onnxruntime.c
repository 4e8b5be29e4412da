/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* ONNX Runtime through its C interface. `library` is its shared library, and
 * row.onnx in the row's folder the model: inputs x [steps, batch, features]
 * and, where the state is carried, h and c [1, batch, units]; outputs y, or h1
 * and c1. Tensors are made once, and outputs written where they stay; a carried
 * state goes back and forth between two places. */

#include "onnxruntime-api.h"
#include "worker.h"

#include <dlfcn.h>
#include <string.h>

static struct {
  const OrtApi *api;
  gpointer env;
  gpointer options;
  gpointer memory;
  gpointer session;
  Row *row;
  gpointer *x;          /* a tensor for each call's input */
  gfloat *states[2][2]; /* [place][h, c] */
  gpointer state[2][2];
  gfloat *output;
  gpointer y;
  guint call;
  guint place;
} ort;

static gboolean
ok (OrtStatus status, gchar **reason)
{
  if (!status)
    return TRUE;
  *reason = g_strdup (ort.api->get_error_message (status));
  g_strdelimit (*reason, "\n", ' ');
  ort.api->release_status (status);
  return FALSE;
}

static gboolean
open_library (const gchar *path, gchar **reason)
{
  gpointer library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  const OrtApiBase *(*get_base) (void);

  if (ort.api)
    return TRUE;
  if (!library) {
    *reason = g_strdup (dlerror ());
    return FALSE;
  }
  *(gpointer *) &get_base = dlsym (library, "OrtGetApiBase");
  ort.api = get_base ? get_base ()->get_api (ORT_API_VERSION) : NULL;
  if (!ort.api) {
    *reason =
        g_strdup_printf ("%s: its interface is no longer that of version %d",
            path, ORT_API_VERSION);
    return FALSE;
  }
  return ok (ort.api->create_env (ORT_LOG_ERROR, "compare", &ort.env), reason);
}

static void
run (void)
{
  static const gchar *const in[] = { "x", "h", "c" };
  static const gchar *const out_state[] = { "h1", "c1" }, *const out[] = {
    "y"
  };
  gpointer *from = ort.state[ort.place], *to = ort.state[!ort.place];
  gpointer inputs[] = { ort.x[ort.call], from[0], from[1] };
  g_autofree gchar *reason = NULL;

  if (!ok (ort.row->carry ? ort.api->run (ort.session, NULL, in, inputs, 3,
                                out_state, 2, to)
                          : ort.api->run (ort.session, NULL, in, inputs, 1, out,
                                1, &ort.y),
          &reason))
    g_error ("%s", reason);
  ort.place = !ort.place;
  ort.call = (ort.call + 1) % ort.row->calls;
}

static gpointer
tensor (gfloat *data, guint a, guint b, guint c, gchar **reason)
{
  gint64 shape[] = { a, b, c };
  gsize bytes = (gsize) a * b * c * sizeof (gfloat);
  gpointer value = NULL;

  if (!ok (ort.api->create_tensor (
               ort.memory, data, bytes, shape, 3, ORT_TYPE_FLOAT, &value),
          reason))
    return NULL;
  return value;
}

/* A failure is seen by what comes back NULL. */
static gboolean
make_tensors (const Row *row, gchar **reason)
{
  gsize in = row_input_size (row), size = (gsize) row->batch * row->units;

  ort.x = g_new0 (gpointer, row->calls);
  for (guint i = 0; i < row->calls; i++) {
    ort.x[i] = tensor (
        row->input_tnc + i * in, row->steps, row->batch, row->features, reason);
    if (!ort.x[i])
      return FALSE;
  }
  ort.output = g_new0 (gfloat, row_output_size (row));
  ort.y = tensor (ort.output, row->last ? 1 : row->steps, row->batch,
      row->dense ? row->dense : row->units, reason);
  for (guint i = 0; i < 4; i++) {
    ort.states[i / 2][i % 2] = g_new0 (gfloat, size);
    ort.state[i / 2][i % 2] =
        tensor (ort.states[i / 2][i % 2], 1, row->batch, row->units, reason);
  }
  return ort.y && ort.state[0][0] && ort.state[0][1] && ort.state[1][0] &&
         ort.state[1][1];
}

static gboolean
make_session (const Row *row, gchar **reason)
{
  g_autofree gchar *path = g_build_filename (row->folder, "row.onnx", NULL);

  return ok (ort.api->create_session_options (&ort.options), reason) &&
         ok (ort.api->set_optimization (ort.options, ORT_OPTIMIZE_ALL),
             reason) &&
         ok (ort.api->set_intra_threads (ort.options, (gint) row->threads),
             reason) &&
         ok (ort.api->create_session (ort.env, path, ort.options, &ort.session),
             reason) &&
         ok (ort.api->create_cpu_memory (
                 ORT_ARENA_ALLOCATOR, ORT_MEMORY_DEFAULT, &ort.memory),
             reason);
}

static void
release_value (gpointer *value)
{
  if (*value)
    ort.api->release_value (*value);
  *value = NULL;
}

static void
release (void)
{
  if (!ort.row)
    return;
  for (guint i = 0; ort.x && i < ort.row->calls; i++)
    release_value (&ort.x[i]);
  g_clear_pointer (&ort.x, g_free);
  release_value (&ort.y);
  g_clear_pointer (&ort.output, g_free);
  for (guint i = 0; i < 4; i++) {
    release_value (&ort.state[i / 2][i % 2]);
    g_clear_pointer (&ort.states[i / 2][i % 2], g_free);
  }
  if (ort.api) {
    g_clear_pointer (&ort.session, ort.api->release_session);
    g_clear_pointer (&ort.options, ort.api->release_options);
    g_clear_pointer (&ort.memory, ort.api->release_memory);
  }
  g_clear_pointer (&ort.row, row_free);
}

/* Output of one call, which is [steps, batch, size] where the file wants
 * [batch, steps, size]. */
static void
keep_output (const Row *row, gfloat *to)
{
  guint size = row->dense ? row->dense : row->units;
  guint steps = row->last ? 1 : row->steps;
  const gfloat *from = row->carry ? ort.states[ort.place][0] : ort.output;

  for (gsize t = 0; t < steps; t++)
    for (gsize n = 0; n < row->batch; n++)
      memcpy (to + (n * steps + t) * size, from + (t * row->batch + n) * size,
          size * sizeof (gfloat));
}

static gboolean
prepare (GHashTable *words, gchar **reason)
{
  Row *row = ort.row = row_new (words);
  gsize size = row_output_size (row);
  g_autofree gfloat *outputs = g_new (gfloat, size * row->calls);

  ort.call = ort.place = 0;
  if (!open_library (g_hash_table_lookup (words, "library"), reason) ||
      !make_session (row, reason) || !make_tensors (row, reason))
    return FALSE;
  for (guint i = 0; i < row->calls; i++) {
    run ();
    keep_output (row, outputs + i * size);
  }
  return row_write (row, "onnxruntime.bin", outputs, reason);
}

int
main (void)
{
  return worker_main (&(Worker){ prepare, run, release });
}
