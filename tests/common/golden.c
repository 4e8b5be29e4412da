/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "golden.h"

#include "safetensors.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

/* |ours - Keras| <= ABSOLUTE + RELATIVE |Keras| */
#define ABSOLUTE 1e-5
#define RELATIVE 1e-5

/* A case on its way through a model. Streams stand side by side, one for each
 * sequence of the largest batch. */
typedef struct {
  LstmModel *model;
  TestTensors *io;
  LstmPlan *plan;
  LstmContext *context;
  GPtrArray *streams; /* LstmStream */
  guint call;
  gdouble largest;
  gchar *mismatch; /* the first, or NULL */
  GByteArray *all; /* outputs and states of all calls, or NULL */
} Run;

const gchar *
golden_dir (void)
{
  const gchar *dir = g_getenv ("LSTM_GOLDEN_DIR");

  if (dir == NULL)
    g_error ("set LSTM_GOLDEN_DIR to the folder of golden cases");
  return dir;
}

gchar *
golden_file (const gchar *name, const gchar *file)
{
  return g_build_filename (golden_dir (), name, file, NULL);
}

static void
run_clear_plan (Run *run)
{
  g_clear_pointer (&run->streams, g_ptr_array_unref);
  g_clear_pointer (&run->context, lstm_context_free);
  g_clear_pointer (&run->plan, lstm_plan_unref);
}

/* A plan for windows of this length. The next length makes it anew, which a
 * carried state would not survive. */
static void
run_set_steps (Run *run, guint steps)
{
  LstmPlanOptions options = { .mode = LSTM_MODE_WINDOW, .steps = steps };
  g_autoptr (GError) error = NULL;

  if (lstm_model_get_input_shape (run->model, 0)->dims[0] != LSTM_DIM_UNKNOWN)
    options.steps = 0;
  if (run->plan != NULL &&
      (options.steps == 0 || lstm_plan_get_steps (run->plan) == steps))
    return;
  if (run->plan != NULL)
    g_assert_false (lstm_model_is_stateful (run->model));
  run_clear_plan (run);
  run->plan = lstm_plan_new (run->model, &options, &error);
  g_assert_no_error (error);
  run->context = lstm_context_new (run->plan);
  run->streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_stream_free);
}

static void
run_set_batch (Run *run, guint batch)
{
  while (run->streams->len < batch)
    g_ptr_array_add (run->streams, lstm_stream_new (run->plan));
}

static void
compare (Run *run, const gchar *what, const gfloat *ours, const gfloat *keras,
    gsize n)
{
  for (gsize i = 0; i < n; i++) {
    gdouble difference = fabs ((gdouble) ours[i] - (gdouble) keras[i]);
    gdouble allowed = ABSOLUTE + RELATIVE * fabs ((gdouble) keras[i]);

    if (!(difference <= allowed) && run->mismatch == NULL)
      run->mismatch = g_strdup_printf (
          "call %u, %s, value %zu: ours is %.9g, Keras's is %.9g", run->call,
          what, i, (gdouble) ours[i], (gdouble) keras[i]);
    run->largest = MAX (run->largest, difference);
  }
}

static const TestTensor *
find_input (Run *run, guint i)
{
  return i == 0 ? test_tensors_find (run->io, "call%u.x", run->call)
                : test_tensors_find (run->io, "call%u.x%u", run->call, i);
}

static void
set_inputs (Run *run, LstmInput *inputs, guint batch)
{
  for (guint i = 0; i < lstm_model_get_n_inputs (run->model); i++) {
    const TestTensor *x = find_input (run, i);
    gsize size = lstm_plan_get_input_size (run->plan, i);

    g_assert_nonnull (x);
    g_assert_cmpint (x->shape[0], ==, batch);
    g_assert_cmpuint (x->count, ==, batch * size);
    inputs[i] = (LstmInput){ x->data, size, size };
  }
}

static void
check_output_shape (Run *run, const TestTensor *y, guint k, guint batch)
{
  const LstmShape *shape = lstm_plan_get_output_shape (run->plan, k);

  g_assert_cmpuint (y->rank, ==, shape->rank + 1);
  g_assert_cmpint (y->shape[0], ==, batch);
  for (guint i = 0; i < shape->rank; i++)
    g_assert_cmpint (y->shape[i + 1], ==, shape->dims[i]);
  g_assert_cmpuint (
      y->count, ==, batch * lstm_plan_get_output_size (run->plan, k));
}

static void
process (Run *run, guint batch)
{
  guint n_inputs = lstm_model_get_n_inputs (run->model);
  guint n_outputs = lstm_model_get_n_outputs (run->model);
  g_autofree LstmInput *inputs = g_new0 (LstmInput, n_inputs);
  g_autofree LstmOutput *outputs = g_new0 (LstmOutput, n_outputs);
  g_autoptr (GPtrArray) ours = g_ptr_array_new_with_free_func (g_free);

  set_inputs (run, inputs, batch);
  for (guint k = 0; k < n_outputs; k++) {
    gsize size = lstm_plan_get_output_size (run->plan, k);
    gfloat *data = g_new (gfloat, batch * size);

    for (gsize i = 0; i < batch * size; i++)
      data[i] = NAN;
    g_ptr_array_add (ours, data);
    outputs[k] = (LstmOutput){ data, size, size };
  }
  g_assert_cmpint (
      lstm_context_process (run->context,
          (LstmStream *const *) run->streams->pdata, batch, 1, inputs, outputs),
      ==, LSTM_STATUS_OK);
  for (guint k = 0; k < n_outputs; k++) {
    const TestTensor *y =
        test_tensors_find (run->io, "call%u.y%u", run->call, k);
    g_autofree gchar *what = g_strdup_printf ("output %u", k);

    g_assert_nonnull (y);
    check_output_shape (run, y, k, batch);
    compare (run, what, g_ptr_array_index (ours, k), y->data, y->count);
    if (run->all != NULL)
      g_byte_array_append (run->all, g_ptr_array_index (ours, k),
          (guint) (y->count * sizeof (gfloat)));
  }
}

/* States as they are saved, the model's fingerprint with them. */
static void
append_states (Run *run)
{
  for (guint i = 0; i < run->streams->len; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) state =
        lstm_state_save (g_ptr_array_index (run->streams, i), NULL, &error);
    gsize size;
    const guint8 *data;

    g_assert_no_error (error);
    data = g_bytes_get_data (state, &size);
    g_byte_array_append (run->all, data, (guint) size);
  }
}

static guint
find_slot (Run *run, const gchar *name)
{
  guint n = lstm_plan_get_n_slots (run->plan);
  guint i = 0;

  while (i < n && strcmp (lstm_plan_get_slot (run->plan, i)->name, name) != 0)
    i++;
  if (i == n)
    g_error ("the plan has no slot '%s'", name);
  return i;
}

/* call<i>.state.<layer>.<j>: h and then c of each stateful layer. */
static void
check_state (Run *run, const gchar *name, const gchar *layer_and_number)
{
  static const gchar *const states[] = { "h", "c" };
  const TestTensor *keras = test_tensors_find (run->io, "%s", name);
  const gchar *dot = strrchr (layer_and_number, '.');
  guint j = (guint) g_ascii_strtoull (dot + 1, NULL, 10);
  g_autofree gchar *layer =
      g_strndup (layer_and_number, (gsize) (dot - layer_and_number));
  g_autofree gchar *slot_name = NULL;
  gsize size;
  guint slot;

  g_assert_cmpuint (j, <, G_N_ELEMENTS (states));
  slot_name = g_strconcat (layer, "/", states[j], NULL);
  slot = find_slot (run, slot_name);
  size = lstm_plan_get_slot (run->plan, slot)->size;
  g_assert_cmpuint (keras->rank, ==, 2);
  g_assert_cmpuint (keras->count, ==, (gsize) keras->shape[0] * size);
  for (gint64 i = 0; i < keras->shape[0]; i++)
    compare (run, slot_name,
        lstm_stream_get_slot (
            g_ptr_array_index (run->streams, (guint) i), slot),
        keras->data + (gsize) i * size, size);
}

static void
check_states (Run *run)
{
  g_autofree gchar *prefix = g_strdup_printf ("call%u.state.", run->call);
  GList *names = test_tensors_list (run->io);

  for (GList *name = names; name != NULL; name = name->next)
    if (g_str_has_prefix (name->data, prefix))
      check_state (run, name->data, (gchar *) name->data + strlen (prefix));
  g_list_free (names);
}

static void
run_call (Run *run, gboolean reset_before)
{
  const TestTensor *x = find_input (run, 0);

  g_assert_nonnull (x);
  g_assert_cmpuint (x->rank, >=, 2);
  run_set_steps (run, (guint) x->shape[1]);
  run_set_batch (run, (guint) x->shape[0]);
  for (guint i = 0; reset_before && i < run->streams->len; i++)
    lstm_stream_reset (g_ptr_array_index (run->streams, i));
  process (run, (guint) x->shape[0]);
  check_states (run);
  if (run->all != NULL)
    append_states (run);
}

GArray *
golden_read_calls (const gchar *name, guint *n_outputs)
{
  g_autofree gchar *about = golden_file (name, "case.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  GArray *resets = g_array_new (FALSE, FALSE, sizeof (gboolean));
  JsonObject *root;
  JsonArray *calls;

  json_parser_load_from_file (parser, about, &error);
  g_assert_no_error (error);
  root = json_node_get_object (json_parser_get_root (parser));
  calls = json_object_get_array_member (root, "calls");
  g_assert_cmpuint (json_array_get_length (calls), >, 0);
  for (guint i = 0; i < json_array_get_length (calls); i++) {
    gboolean reset = json_object_get_boolean_member (
        json_array_get_object_element (calls, i), "reset_before");

    g_array_append_val (resets, reset);
  }
  *n_outputs = (guint) json_object_get_int_member (root, "outputs");
  return resets;
}

static void
run_case (Run *run, const gchar *name)
{
  g_autofree gchar *io = golden_file (name, "io.safetensors");
  g_autoptr (GArray) resets = NULL;
  guint n_outputs;

  resets = golden_read_calls (name, &n_outputs);
  g_assert_cmpuint (n_outputs, ==, lstm_model_get_n_outputs (run->model));
  run->io = test_tensors_load (io);
  for (; run->call < resets->len; run->call++)
    run_call (run, g_array_index (resets, gboolean, run->call));
  g_assert_null (find_input (run, 0));
  run_clear_plan (run);
  test_tensors_free (run->io);
}

gchar *
golden_compare (LstmModel *model, const gchar *name, gdouble *largest)
{
  Run run = { .model = model };

  run_case (&run, name);
  if (largest != NULL)
    *largest = run.largest;
  return run.mismatch;
}

GBytes *
golden_run (LstmModel *model, const gchar *name)
{
  Run run = { .model = model, .all = g_byte_array_new () };

  run_case (&run, name);
  g_free (run.mismatch);
  return g_byte_array_free_to_bytes (run.all);
}

gdouble
golden_check (LstmModel *model, const gchar *name)
{
  gdouble largest = 0;
  g_autofree gchar *mismatch = golden_compare (model, name, &largest);

  if (mismatch != NULL)
    g_test_fail_printf ("%s: %s", name, mismatch);
  return largest;
}
