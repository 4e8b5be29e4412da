/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Elements that read rows of a text as frames: columns by the config or the
 * properties, start and stop. */

#include "gstrowdec-private.h"

#include "gstcsvreader.h"

G_DEFINE_ABSTRACT_TYPE (GstRowDec, gst_row_dec, GST_TYPE_ELEMENT)

/* Names of a property, or of the config where the property is not set. */
static gboolean
choose_names (const gchar *property, const gchar *const *from_config,
    gchar ***names, GError **error)
{
  if (property != NULL)
    *names = gst_csv_split_names (property, error);
  else
    *names = g_strdupv ((gchar **) from_config);
  return property == NULL || *names != NULL;
}

/* The unit of a nick, or -1 for none. */
static gint
parse_time_unit (const gchar *nick)
{
  g_autoptr (GEnumClass) units = g_type_class_ref (GST_TYPE_ROW_TIME_UNIT);
  const GEnumValue *value =
      nick != NULL ? g_enum_get_value_by_nick (units, nick) : NULL;

  return value != NULL ? value->value : -1;
}

/* Which column tells the time and in what unit, and what is skipped. */
static void
choose_rows (GstRowDec *self)
{
  const gchar *time = NULL;
  gint unit = self->time_unit;

  if (self->config != NULL) {
    time = lstm_config_get_time (self->config);
    self->use_skip_rows = lstm_config_get_skip_rows (self->config);
    if (unit < 0)
      unit = parse_time_unit (lstm_config_get_time_unit (self->config));
  }
  if (self->skip_rows >= 0)
    self->use_skip_rows = (guint64) self->skip_rows;
  self->use_time = g_strdup (self->time != NULL ? self->time : time);
  self->use_time_unit = MAX (unit, GST_ROW_TIME_UNIT_S);
}

static gboolean
choose_columns (GstRowDec *self, GError **error)
{
  const gchar *const *features = NULL;
  const gchar *const *keep = NULL;
  const gchar *key = NULL;

  if (self->config_path != NULL) {
    self->config = lstm_config_load (self->config_path, error);
    if (self->config == NULL)
      return FALSE;
    features = lstm_config_get_features (self->config);
    key = lstm_config_get_key (self->config);
    keep = lstm_config_get_keep (self->config);
  }
  choose_rows (self);
  self->use_key = g_strdup (self->key != NULL ? self->key : key);
  return choose_names (self->features, features, &self->use_features, error) &&
         choose_names (self->keep, keep, &self->use_keep, error);
}

static void
set_running (GstRowDec *self, gboolean running)
{
  GST_OBJECT_LOCK (self);
  self->running = running;
  GST_OBJECT_UNLOCK (self);
}

static void
stop (GstRowDec *self)
{
  gst_row_dec_stop_streaming (self);
  GST_ROW_DEC_GET_CLASS (self)->close (self);
  g_clear_pointer (&self->config, lstm_config_unref);
  g_clear_pointer (&self->use_features, g_strfreev);
  g_clear_pointer (&self->use_key, g_free);
  g_clear_pointer (&self->use_keep, g_strfreev);
  g_clear_pointer (&self->use_time, g_free);
  self->use_skip_rows = 0;
  set_running (self, FALSE);
}

static gboolean
start (GstRowDec *self)
{
  g_autoptr (GError) error = NULL;

  set_running (self, TRUE);
  if (!choose_columns (self, &error) ||
      !GST_ROW_DEC_GET_CLASS (self)->open (self, &error)) {
    GST_ELEMENT_ERROR (
        self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
    stop (self);
    return FALSE;
  }
  gst_row_dec_start_streaming (self);
  return TRUE;
}

static GstStateChangeReturn
gst_row_dec_change_state (GstElement *element, GstStateChange transition)
{
  GstRowDec *self = GST_ROW_DEC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  result = GST_ELEMENT_CLASS (gst_row_dec_parent_class)
               ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          result == GST_STATE_CHANGE_FAILURE))
    stop (self);
  return result;
}

static void
gst_row_dec_finalize (GObject *object)
{
  GstRowDec *self = GST_ROW_DEC (object);

  gst_row_dec_clear_properties (self);
  G_OBJECT_CLASS (gst_row_dec_parent_class)->finalize (object);
}

/* With the templates of the subclass. */
static void
gst_row_dec_constructed (GObject *object)
{
  GstRowDec *self = GST_ROW_DEC (object);
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (self);

  G_OBJECT_CLASS (gst_row_dec_parent_class)->constructed (object);
  self->sinkpad = gst_pad_new_from_template (
      gst_element_class_get_pad_template (klass, "sink"), "sink");
  gst_pad_set_chain_function (self->sinkpad, gst_row_dec_chain);
  gst_pad_set_event_full_function (self->sinkpad, gst_row_dec_sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_template (
      gst_element_class_get_pad_template (klass, "src"), "src");
  gst_pad_set_event_function (self->srcpad, gst_row_dec_src_event);
  gst_pad_set_query_function (self->srcpad, gst_row_dec_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}

static void
gst_row_dec_class_init (GstRowDecClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_row_dec_set_property;
  object_class->get_property = gst_row_dec_get_property;
  object_class->constructed = gst_row_dec_constructed;
  object_class->finalize = gst_row_dec_finalize;
  gst_row_dec_install_properties (object_class);
  element_class->change_state = gst_row_dec_change_state;
  gst_type_mark_as_plugin_api (GST_TYPE_ROW_DEC, 0);
}

static void
gst_row_dec_init (GstRowDec *self)
{
  gst_row_dec_init_properties (self);
}
