/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Once a plan and a context are there, processing allocates nothing, takes no
 * lock and makes no system call, from the first frame on: every golden model,
 * with each kernel set of this machine, at each precision. */

#include "common/quiet.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/golden.h"

#define MAX_INPUTS 8
#define MAX_OUTPUTS 8
#define STREAMS 19
#define ITEMS 40

static guint n_plans; /* that were run */

/* A plan and all that its calls read and write: as much for each stream. */
typedef struct {
  LstmPlan *plan;
  LstmContext *context;
  LstmStream *streams[STREAMS];
  LstmInput inputs[MAX_INPUTS];
  LstmOutput outputs[MAX_OUTPUTS];
  gboolean ok;
} Run;

/* Numbers that are valid indices, too. */
static void
set_inputs (Run *run, LstmModel *model)
{
  g_assert_cmpuint (lstm_model_get_n_inputs (model), <=, MAX_INPUTS);
  for (guint i = 0; i < lstm_model_get_n_inputs (model); i++) {
    gsize item = lstm_plan_get_input_size (run->plan, i);
    gfloat *data = g_new (gfloat, STREAMS * ITEMS * item);

    for (gsize k = 0; k < STREAMS * ITEMS * item; k++)
      data[k] = (gfloat) (k * 7 % 5 % 2);
    run->inputs[i] = (LstmInput){ data, ITEMS * item, item };
  }
}

static Run *
run_new (LstmModel *model, const LstmPlanOptions *options)
{
  LstmPlan *plan = lstm_plan_new (model, options, NULL);
  Run *run;

  if (plan == NULL)
    return NULL;
  run = g_new0 (Run, 1);
  run->plan = plan;
  run->context = lstm_context_new (plan);
  for (guint i = 0; i < STREAMS; i++)
    run->streams[i] = lstm_stream_new (plan);
  set_inputs (run, model);
  g_assert_cmpuint (lstm_model_get_n_outputs (model), <=, MAX_OUTPUTS);
  for (guint i = 0; i < lstm_model_get_n_outputs (model); i++) {
    gsize item = lstm_plan_get_output_size (plan, i);

    run->outputs[i] = (LstmOutput){ g_new0 (gfloat, STREAMS * ITEMS * item),
      ITEMS * item, item };
  }
  return run;
}

static void
run_free (Run *run)
{
  for (guint i = 0; i < MAX_INPUTS; i++)
    g_free ((gpointer) run->inputs[i].data);
  for (guint i = 0; i < MAX_OUTPUTS; i++)
    g_free (run->outputs[i].data);
  for (guint i = 0; i < STREAMS; i++)
    lstm_stream_free (run->streams[i]);
  lstm_context_free (run->context);
  lstm_plan_unref (run->plan);
  g_free (run);
}

static void
process (Run *run, guint n_streams, guint n_items)
{
  if (lstm_context_process (run->context, run->streams, n_streams, n_items,
          run->inputs, run->outputs) != LSTM_STATUS_OK)
    run->ok = FALSE;
}

/* Items one by one, many in a call, many streams; windows of all inputs then
 * overlap by all but one number. */
static void
process_all (gpointer data)
{
  Run *run = data;
  gsize strides[MAX_INPUTS];

  run->ok = TRUE;
  for (guint i = 0; i < 5; i++)
    process (run, 1, 1);
  process (run, 1, ITEMS);
  process (run, STREAMS, 1);
  process (run, STREAMS, 3);
  for (guint i = 0; i < MAX_INPUTS; i++) {
    strides[i] = run->inputs[i].item_stride;
    run->inputs[i].item_stride = 1;
  }
  process (run, 1, ITEMS);
  for (guint i = 0; i < MAX_INPUTS; i++)
    run->inputs[i].item_stride = strides[i];
}

static void
check_quiet (Run *run)
{
  QuietCounts found = quiet_count (process_all, run);

  if (found.allocations + found.locks + found.system_calls > 0)
    g_error ("mode %d, kernels %s, precision %d: %u allocations, %u locks, %u "
             "system calls, the first is number %d; expected none",
        lstm_plan_get_mode (run->plan), lstm_plan_get_kernels (run->plan),
        lstm_plan_get_precision (run->plan), found.allocations, found.locks,
        found.system_calls, found.first_call);
  process_all (run);
  g_assert_true (run->ok);
  n_plans++;
}

/* Both modes, where the model has them. */
static guint
check_plans (LstmModel *model, const gchar *kernels, LstmPrecision precision)
{
  gboolean any =
      lstm_model_get_input_shape (model, 0)->dims[0] == LSTM_DIM_UNKNOWN;
  guint n = 0;

  for (LstmMode mode = LSTM_MODE_FRAME; mode <= LSTM_MODE_WINDOW; mode++) {
    LstmPlanOptions options = { .mode = mode,
      .steps = any && mode == LSTM_MODE_WINDOW ? 7 : 0,
      .kernels = kernels,
      .precision = precision };
    Run *run = run_new (model, &options);

    if (run == NULL)
      continue;
    check_quiet (run);
    run_free (run);
    n++;
  }
  return n;
}

static void
test_model (gconstpointer data)
{
  const gchar *name = data;
  g_autofree gchar *path = golden_file (name, "model.h5");
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  const gchar *const *sets = lstm_list_kernels ();

  g_assert_no_error (error);
  for (LstmPrecision p = LSTM_PRECISION_F32; p <= LSTM_PRECISION_INT8; p++) {
    guint n = 0;

    for (guint i = 0; sets[i] != NULL; i++)
      n = check_plans (model, sets[i], p);
    g_assert_cmpuint (n, >, 0); /* the last set is scalar, which all have */
  }
}

/* ---- what is seen at all ---- */

static gpointer volatile kept;

static void
allocate (gpointer data)
{
  kept = malloc (3);
  kept = calloc (3, 5);
  kept = realloc (kept, 77);
  kept = g_malloc (9);
  kept = aligned_alloc (64, 64);
}

static void
lock (gpointer data)
{
  static GMutex mutex;
  static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
  static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;

  g_mutex_lock (&mutex);
  pthread_rwlock_rdlock (&shared);
  pthread_mutex_lock (&plain);
}

static void
call_system (gpointer data)
{
  getppid ();
  kept = GINT_TO_POINTER (write (2, "", 0));
}

static void
test_sees_allocations (void)
{
  g_assert_cmpuint (quiet_count (allocate, NULL).allocations, ==, 5);
}

static void
test_sees_locks (void)
{
  g_assert_cmpuint (quiet_count (lock, NULL).locks, ==, 3);
}

static void
test_sees_system_calls (void)
{
  QuietCounts found;

  if (!quiet_sees_system_calls ()) {
    g_test_skip ("this machine lets no filter be set: system calls are not "
                 "counted");
    return;
  }
  found = quiet_count (call_system, NULL);
  g_assert_cmpuint (found.system_calls, ==, 2);
  g_assert_cmpint (found.first_call, ==, SYS_getppid);
}

static void
test_count (void)
{
  g_assert_cmpuint (n_plans, >=, 94 * 3);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static void
add_models (GPtrArray *names)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (golden_dir (), 0, &error);
  const gchar *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = golden_file (name, "model.h5");

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quiet/sees/allocations", test_sees_allocations);
  g_test_add_func ("/quiet/sees/locks", test_sees_locks);
  g_test_add_func ("/quiet/sees/system-calls", test_sees_system_calls);
  add_models (names);
  for (guint i = 0; i < names->len; i++) {
    const gchar *name = g_ptr_array_index (names, i);
    g_autofree gchar *path = g_strconcat ("/quiet/", name, NULL);

    g_test_add_data_func (path, name, test_model);
  }
  g_test_add_func ("/quiet/count", test_count);
  status = g_test_run ();
  g_print ("# quiet: %u plans\n", n_plans);
  return status;
}
