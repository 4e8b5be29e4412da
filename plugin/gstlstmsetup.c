/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmsetup.h"

#include <string.h>

/* ---- settings ---- */

void
gst_lstm_settings_copy (GstLstmSettings *settings, const GstLstmSettings *from)
{
  *settings = *from;
  settings->model = g_strdup (from->model);
  settings->config = g_strdup (from->config);
  settings->initial_state = g_strdup (from->initial_state);
  settings->state_file = g_strdup (from->state_file);
}

void
gst_lstm_settings_clear (GstLstmSettings *settings)
{
  g_clear_pointer (&settings->model, g_free);
  g_clear_pointer (&settings->config, g_free);
  g_clear_pointer (&settings->initial_state, g_free);
  g_clear_pointer (&settings->state_file, g_free);
}

/* ---- the model and its plan ---- */

static gboolean
load_model (
    GstLstmSetup *setup, const GstLstmSettings *settings, GError **error)
{
  LstmLoadOptions options = { 0 };
  const gchar *path = settings->model;

  if (setup->config != NULL) {
    options.keras = lstm_config_get_keras (setup->config);
    options.allow_nan = lstm_config_get_allow_nan (setup->config);
    if (path == NULL)
      path = lstm_config_get_model (setup->config);
  }
  if (settings->allow_nan >= 0)
    options.allow_nan = settings->allow_nan;
  if (path == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "No model: set model=FILE, or config=FILE.yaml with a line `model: "
        "FILE`");
    return FALSE;
  }
  setup->model = lstm_model_load_shared (path, &options, error);
  if (setup->model == NULL)
    return FALSE;
  if (lstm_model_get_n_inputs (setup->model) == 1)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "%s: the model has %u inputs; this element feeds models of one. Use the "
      "C library, or join the inputs in the model",
      path, lstm_model_get_n_inputs (setup->model));
  return FALSE;
}

/* How long windows are to be, or 0. */
static guint
wanted_steps (const GstLstmSetup *setup, const GstLstmSettings *settings)
{
  if (settings->steps == 0 && setup->config != NULL)
    return lstm_config_get_steps (setup->config);
  return settings->steps;
}

/* Steps that are said for a model that leaves them open ask for windows. */
static gboolean
prefers_frames (const GstLstmSetup *setup, const GstLstmSettings *settings)
{
  gboolean open = lstm_model_get_input_shape (setup->model, 0)->dims[0] < 0;

  return lstm_model_prefers_frames (setup->model) &&
         !(open && wanted_steps (setup, settings) > 1);
}

static GstLstmMode
choose_mode (const GstLstmSetup *setup, const GstLstmSettings *settings)
{
  const gchar *nick =
      setup->config ? lstm_config_get_mode (setup->config) : NULL;
  GstLstmMode mode = GST_LSTM_MODE_AUTO;

  if (settings->mode >= 0) {
    mode = settings->mode;
  } else if (nick != NULL) {
    g_autoptr (GEnumClass) klass = g_type_class_ref (GST_TYPE_LSTM_MODE);
    const GEnumValue *value = g_enum_get_value_by_nick (klass, nick);

    mode = value ? value->value : GST_LSTM_MODE_AUTO;
  }
  if (mode != GST_LSTM_MODE_AUTO)
    return mode;
  return prefers_frames (setup, settings) ? GST_LSTM_MODE_FRAME
                                          : GST_LSTM_MODE_WINDOW;
}

static GstLstmReset
choose_resets (const GstLstmSetup *setup, const GstLstmSettings *settings)
{
  const gchar *const *nicks =
      setup->config ? lstm_config_get_reset_on (setup->config) : NULL;
  g_autoptr (GFlagsClass) klass = NULL;
  GstLstmReset flags = 0;

  if (settings->reset_on >= 0)
    return settings->reset_on;
  if (nicks == NULL)
    return GST_LSTM_DEFAULT_RESET_ON;
  klass = g_type_class_ref (GST_TYPE_LSTM_RESET);
  for (; *nicks != NULL; nicks++) {
    const GFlagsValue *value = g_flags_get_value_by_nick (klass, *nicks);

    flags |= value ? value->value : 0;
  }
  return flags;
}

static LstmPrecision
choose_precision (const GstLstmSetup *setup, const GstLstmSettings *settings)
{
  const gchar *name =
      setup->config ? lstm_config_get_precision (setup->config) : NULL;
  LstmPrecision precision = LSTM_PRECISION_F32;

  if (settings->precision >= 0)
    return (LstmPrecision) settings->precision;
  if (name != NULL)
    lstm_precision_from_name (name, &precision, NULL);
  return precision;
}

static gboolean
make_plan (GstLstmSetup *setup, const GstLstmSettings *settings, GError **error)
{
  LstmPlanOptions options = { 0 };
  GstLstmMode mode = choose_mode (setup, settings);
  guint size;

  options.mode =
      mode == GST_LSTM_MODE_FRAME ? LSTM_MODE_FRAME : LSTM_MODE_WINDOW;
  options.steps = wanted_steps (setup, settings);
  options.precision = choose_precision (setup, settings);
  if (options.mode == LSTM_MODE_FRAME)
    options.steps = 0;
  setup->plan = lstm_plan_new_shared (setup->model, &options, error);
  if (setup->plan == NULL)
    return FALSE;
  size = lstm_plan_get_input_size (setup->plan, 0);
  setup->n_features = size / lstm_plan_get_steps (setup->plan);
  return TRUE;
}

static gboolean
make_pool (GstLstmSetup *setup, const GstLstmSettings *settings, GError **error)
{
  gint threads = settings->threads;

  if (threads < 0 && setup->config != NULL)
    threads = lstm_config_get_threads (setup->config);
  if (threads < 0 || threads == 1)
    return TRUE;
  setup->pool = lstm_pool_new_shared ((guint) threads, error);
  return setup->pool != NULL;
}

/* ---- names ---- */

static gchar **
default_output_names (const GstLstmSetup *setup, guint output)
{
  const gchar *name = lstm_model_get_output_name (setup->model, output);
  guint n = gst_lstm_session_get_output_features (setup->session, output);
  gchar **names = g_new0 (gchar *, n + 1);

  for (guint i = 0; i < n; i++)
    names[i] = n == 1 ? g_strdup (name) : g_strdup_printf ("%s_%u", name, i);
  return names;
}

/* (transfer full): names of the channels of an output. The config names those
 * of the first. */
gchar **
gst_lstm_setup_name_channels (const GstLstmSetup *setup, guint output)
{
  return output == 0 ? g_strdupv (setup->outputs)
                     : default_output_names (setup, output);
}

static gboolean
check_output_scaling (
    const GstLstmSetup *setup, guint n_outputs, GError **error)
{
  const LstmScaling *scaling =
      setup->config ? lstm_config_get_output_scaling (setup->config) : NULL;

  if (scaling == NULL || scaling->n_features == n_outputs)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_CONFIG,
      "%s: output-scaling has numbers for %u outputs, but the model gives %u "
      "numbers a frame",
      lstm_config_get_path (setup->config), scaling->n_features, n_outputs);
  return FALSE;
}

static gboolean
choose_names (GstLstmSetup *setup, GError **error)
{
  const gchar *const *features =
      setup->config ? lstm_config_get_features (setup->config) : NULL;
  const gchar *const *outputs =
      setup->config ? lstm_config_get_outputs (setup->config) : NULL;
  const LstmScaling *scaling =
      setup->config ? lstm_config_get_scaling (setup->config) : NULL;
  guint n_outputs = gst_lstm_session_get_output_features (setup->session, 0);

  if (outputs != NULL && g_strv_length ((gchar **) outputs) != n_outputs) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_CONFIG,
        "%s: outputs has %u names, but the model gives %u numbers a frame",
        lstm_config_get_path (setup->config),
        g_strv_length ((gchar **) outputs), n_outputs);
    return FALSE;
  }
  if (features != NULL &&
      g_strv_length ((gchar **) features) != setup->n_features) {
    g_autofree gchar *list = g_strjoinv (", ", (gchar **) features);

    g_set_error (error, LSTM_ERROR, LSTM_ERROR_CONFIG,
        "%s: features has %u names (%s), but the model was made for %u "
        "features a frame",
        lstm_config_get_path (setup->config),
        g_strv_length ((gchar **) features), list, setup->n_features);
    return FALSE;
  }
  if (scaling != NULL && scaling->n_features != setup->n_features) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_CONFIG,
        "%s: scaling has numbers for %u features, but the model was made for "
        "%u",
        lstm_config_get_path (setup->config), scaling->n_features,
        setup->n_features);
    return FALSE;
  }
  if (!check_output_scaling (setup, n_outputs, error))
    return FALSE;
  setup->features = g_strdupv ((gchar **) features);
  gst_lstm_session_set_names (
      setup->session, (const gchar *const *) setup->features);
  setup->outputs = outputs ? g_strdupv ((gchar **) outputs)
                           : default_output_names (setup, 0);
  return TRUE;
}

/* Only stateful models depend on what stands side by side: the windows of a
 * batch are as many streams. */
static guint
choose_batch (const GstLstmSetup *setup, const GstLstmSettings *settings)
{
  gint64 batch = lstm_model_get_batch (setup->model);

  if (settings->batch > 0)
    return settings->batch;
  if (!lstm_model_is_stateful (setup->model))
    return 1;
  return (guint) CLAMP (batch, 1, GST_LSTM_MAX_BATCH + 1);
}

static guint
choose_stride (const GstLstmSetup *setup, const GstLstmSettings *settings)
{
  guint stride = settings->stride;

  if (stride == 0 && setup->config != NULL)
    stride = lstm_config_get_stride (setup->config);
  return stride > 0 ? stride : lstm_plan_get_steps (setup->plan);
}

static gboolean
make_session (
    GstLstmSetup *setup, const GstLstmSettings *settings, GError **error)
{
  const LstmScaling *scaling =
      setup->config ? lstm_config_get_scaling (setup->config) : NULL;
  GstLstmSessionOptions options = {
    .pool = setup->pool,
    .outputs =
        setup->config ? lstm_config_get_output_scaling (setup->config) : NULL,
    .stride = choose_stride (setup, settings),
    .batch = choose_batch (setup, settings),
    .on_nan = settings->on_nan,
    .gap = settings->gap,
    .partial_window = settings->partial_window,
    .partial_batch = settings->partial_batch,
    .output = settings->output,
    .discont_threshold = settings->discont_threshold,
    .state_interval = settings->state_interval,
    .max_streams = settings->max_streams,
    .idle_timeout = settings->idle_timeout,
  };

  if (options.batch > GST_LSTM_MAX_BATCH) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "batch: the stateful model takes batches of %" G_GINT64_FORMAT
        ", expected %u at most: save it with a smaller batch, or set batch=N",
        lstm_model_get_batch (setup->model), GST_LSTM_MAX_BATCH);
    return FALSE;
  }
  if (scaling != NULL && scaling->n_features != setup->n_features)
    scaling = NULL; /* choose_names() refuses it */
  setup->batch = options.batch;
  setup->partial_window = options.partial_window;
  setup->partial_batch = options.partial_batch;
  setup->on_nan = options.on_nan;
  setup->gap = options.gap;
  setup->session =
      gst_lstm_session_new (setup->plan, setup->n_features, scaling, &options);
  return choose_names (setup, error);
}

static gboolean
load_initial (
    GstLstmSetup *setup, const GstLstmSettings *settings, GError **error)
{
  const gchar *path = settings->initial_state;

  if (path == NULL && setup->config != NULL)
    path = lstm_config_get_initial_state (setup->config);
  if (path == NULL)
    return TRUE;
  if (gst_lstm_session_load_initial (setup->session, path, error))
    return TRUE;
  g_prefix_error (error, "initial-state: ");
  return FALSE;
}

/* Loads what @settings name. On failure nothing is left behind. */
gboolean
gst_lstm_setup_load (
    GstLstmSetup *setup, const GstLstmSettings *settings, GError **error)
{
  memset (setup, 0, sizeof *setup);
  if (settings->config != NULL) {
    setup->config = lstm_config_load (settings->config, error);
    if (setup->config == NULL)
      return FALSE;
  }
  if (!load_model (setup, settings, error) ||
      !make_plan (setup, settings, error) ||
      !make_pool (setup, settings, error) ||
      !make_session (setup, settings, error) ||
      !load_initial (setup, settings, error)) {
    gst_lstm_setup_clear (setup);
    return FALSE;
  }
  setup->reset_on = choose_resets (setup, settings);
  if (lstm_model_get_n_parameters (setup->model) >=
      GST_LSTM_RELEASED_PARAMETERS)
    lstm_model_release_weights (setup->model);
  return TRUE;
}

void
gst_lstm_setup_clear (GstLstmSetup *setup)
{
  g_clear_pointer (&setup->session, gst_lstm_session_free);
  g_clear_pointer (&setup->plan, lstm_plan_unref);
  g_clear_pointer (&setup->pool, lstm_pool_unref);
  g_clear_pointer (&setup->model, lstm_model_unref);
  g_clear_pointer (&setup->config, lstm_config_unref);
  g_clear_pointer (&setup->features, g_strfreev);
  g_clear_pointer (&setup->outputs, g_strfreev);
}

/* ---- channels ---- */

static gint
index_of (const gchar *const *names, const gchar *name)
{
  for (gint i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], name) == 0)
      return i;
  return -1;
}

static gchar *
list_missing (const gchar *const *wanted, const gchar *const *have)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (; *wanted != NULL; wanted++)
    if (index_of (have, *wanted) < 0)
      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", *wanted);
  return list->len > 0 ? g_strdup (list->str) : NULL;
}

/* What there is to say of the names when numbers differ: which features the
 * stream lacks, and which it has too many; "" where names are not known. */
gchar *
gst_lstm_setup_describe_features (
    const GstLstmSetup *setup, const gchar *const *channels)
{
  const gchar *const *features = (const gchar *const *) setup->features;
  g_autofree gchar *missing = NULL, *surplus = NULL;

  if (features == NULL || channels == NULL)
    return g_strdup ("");
  missing = list_missing (features, channels);
  surplus = list_missing (channels, features);
  return g_strconcat (missing ? "; missing: " : "", missing ? missing : "",
      surplus ? "; not expected: " : "", surplus ? surplus : "", NULL);
}

/* Finds each of the model's features among the stream's channels. @order: which
 * channel each feature is, or NULL where they stand in order or are not named.
 */
gboolean
gst_lstm_setup_match_features (const GstLstmSetup *setup,
    const gchar *const *channels, guint **order, GError **error)
{
  const gchar *const *features = (const gchar *const *) setup->features;
  g_autofree guint *found = NULL;
  gboolean in_order = TRUE;

  *order = NULL;
  if (features == NULL || channels == NULL)
    return TRUE;
  found = g_new (guint, setup->n_features);
  for (guint i = 0; i < setup->n_features; i++) {
    gint at = index_of (channels, features[i]);

    if (at < 0 || g_strv_length ((gchar **) channels) != setup->n_features) {
      g_autofree gchar *names =
          gst_lstm_setup_describe_features (setup, channels);

      g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
          "the model takes %u features a frame, the stream has %u%s",
          setup->n_features, g_strv_length ((gchar **) channels), names);
      return FALSE;
    }
    found[i] = at;
    in_order = in_order && at == (gint) i;
  }
  if (!in_order)
    *order = g_steal_pointer (&found);
  return TRUE;
}

/* Whether sequences that stand side by side in a tensor can be told apart: as
 * windows, of which each tensor brings whole ones. */
gboolean
gst_lstm_setup_check_batch (
    const GstLstmSetup *setup, const GstLstmTensor *tensor, GError **error)
{
  guint steps = lstm_plan_get_steps (setup->plan), stride, ignored;
  gboolean windows = lstm_plan_get_mode (setup->plan) == LSTM_MODE_WINDOW;
  gboolean stateful = lstm_model_is_stateful (setup->model);

  gst_lstm_session_get_ratio (setup->session, 0, &ignored, &stride);
  if (tensor->batch == 1 ||
      (windows && tensor->steps == steps && stride == steps &&
          (!stateful || tensor->batch == setup->batch)))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "dimensions %u:%u:%u are a batch of %u sequences, expected %s%u:%u:%u: "
      "send sequences of their own with a key each (lstmkey), or windows of "
      "%u steps",
      tensor->features, tensor->steps, tensor->batch, tensor->batch,
      windows ? "" : "frames ", setup->n_features,
      windows ? steps : tensor->steps, windows && stateful ? setup->batch : 1,
      steps);
  return FALSE;
}
