/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Elements that write frames as rows of a text: names by the config or the
 * properties, start and stop. */

#include "gstrowenc.h"

#include <lstm/lstm.h>

#include "gstcsvreader.h"
#include "gstrowenc-private.h"

enum {
  PROP_0,
  PROP_CONFIG,
  PROP_NAMES,
  PROP_TIME,
};

G_DEFINE_ABSTRACT_TYPE (GstRowEnc, gst_row_enc, GST_TYPE_ELEMENT)

/* The names that the user gave, in the property or else in the config. */
static gboolean
choose_names (GstRowEnc *self, GError **error)
{
  g_autoptr (LstmConfig) config = NULL;

  if (self->config_path != NULL) {
    config = lstm_config_load (self->config_path, error);
    if (config == NULL)
      return FALSE;
    self->use_names = g_strdupv ((gchar **) lstm_config_get_outputs (config));
  }
  if (self->names != NULL) {
    g_clear_pointer (&self->use_names, g_strfreev);
    self->use_names = gst_csv_split_names (self->names, error);
    if (self->use_names == NULL)
      return FALSE;
  }
  if (self->use_names != NULL && self->use_names[0] == NULL)
    g_clear_pointer (&self->use_names, g_strfreev);
  return TRUE;
}

static void
set_running (GstRowEnc *self, gboolean running)
{
  GST_OBJECT_LOCK (self);
  self->running = running;
  GST_OBJECT_UNLOCK (self);
}

static void
stop (GstRowEnc *self)
{
  gst_row_enc_stop_streaming (self);
  g_clear_pointer (&self->use_names, g_strfreev);
  set_running (self, FALSE);
}

static gboolean
start (GstRowEnc *self)
{
  g_autoptr (GError) error = NULL;

  set_running (self, TRUE);
  if (choose_names (self, &error))
    self->writer = GST_ROW_ENC_GET_CLASS (self)->open (self, &error);
  if (self->writer == NULL) {
    GST_ELEMENT_ERROR (
        self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
    stop (self);
    return FALSE;
  }
  gst_row_enc_start_streaming (self);
  return TRUE;
}

static GstStateChangeReturn
gst_row_enc_change_state (GstElement *element, GstStateChange transition)
{
  GstRowEnc *self = GST_ROW_ENC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  result = GST_ELEMENT_CLASS (gst_row_enc_parent_class)
               ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          result == GST_STATE_CHANGE_FAILURE))
    stop (self);
  return result;
}

static void
take_string (gchar **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

static void
set_property_locked (GstRowEnc *self, guint id, const GValue *value)
{
  switch (id) {
    case PROP_CONFIG:
      take_string (&self->config_path, value);
      break;
    case PROP_NAMES:
      take_string (&self->names, value);
      break;
    case PROP_TIME:
      take_string (&self->time, value);
      break;
  }
}

/**
 * gst_row_enc_change_property:
 * @self: the element
 * @id: of the property
 * @value: its new value
 * @pspec: the property
 * @set_locked: sets it
 *
 * Refuses with a warning while the element runs.
 */
void
gst_row_enc_change_property (GstRowEnc *self, guint id, const GValue *value,
    GParamSpec *pspec, GstRowEncSetFunc set_locked)
{
  gboolean refused;

  GST_OBJECT_LOCK (self);
  refused = self->running;
  if (!refused)
    set_locked (self, id, value);
  GST_OBJECT_UNLOCK (self);
  if (refused)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("%s cannot change while the element runs, and keeps its value; set it "
         "in the state NULL or READY",
            pspec->name),
        (NULL));
}

static void
gst_row_enc_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  gst_row_enc_change_property (
      GST_ROW_ENC (object), id, value, pspec, set_property_locked);
}

static void
gst_row_enc_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstRowEnc *self = GST_ROW_ENC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CONFIG:
      g_value_set_string (value, self->config_path);
      break;
    case PROP_NAMES:
      g_value_set_string (value, self->names);
      break;
    case PROP_TIME:
      g_value_set_string (value, self->time);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_row_enc_finalize (GObject *object)
{
  GstRowEnc *self = GST_ROW_ENC (object);

  g_free (self->config_path);
  g_free (self->names);
  g_free (self->time);
  G_OBJECT_CLASS (gst_row_enc_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_CONFIG,
      g_param_spec_string ("config", "Config",
          "YAML file that names the outputs; names wins over it", NULL, flags));
  g_object_class_install_property (klass, PROP_NAMES,
      g_param_spec_string ("names", "Names",
          "Names of the channels with commas between; default or empty: those "
          "that the stream brings along, else out_1, out_2, ...",
          NULL, flags));
  g_object_class_install_property (klass, PROP_TIME,
      g_param_spec_string ("time", "Time",
          "Name of a first column that has each frame's time in seconds; "
          "empty: none. Default: none in CSV; in JSON time, unless a column is "
          "named so already",
          NULL, flags));
}

/* With the templates of the subclass. */
static void
gst_row_enc_constructed (GObject *object)
{
  GstRowEnc *self = GST_ROW_ENC (object);
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (self);

  G_OBJECT_CLASS (gst_row_enc_parent_class)->constructed (object);
  self->sinkpad = gst_pad_new_from_template (
      gst_element_class_get_pad_template (klass, "sink"), "sink");
  gst_pad_set_chain_function (self->sinkpad, gst_row_enc_chain);
  gst_pad_set_event_full_function (self->sinkpad, gst_row_enc_sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_template (
      gst_element_class_get_pad_template (klass, "src"), "src");
  gst_pad_set_query_function (self->srcpad, gst_row_enc_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}

static void
gst_row_enc_class_init (GstRowEncClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_row_enc_set_property;
  object_class->get_property = gst_row_enc_get_property;
  object_class->constructed = gst_row_enc_constructed;
  object_class->finalize = gst_row_enc_finalize;
  install_properties (object_class,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  element_class->change_state = gst_row_enc_change_state;
  gst_type_mark_as_plugin_api (GST_TYPE_ROW_ENC, 0);
}

static void
gst_row_enc_init (GstRowEnc *self)
{
}
