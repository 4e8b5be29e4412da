/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The properties that elements share which read rows. */

#include "gstrowdec-private.h"

#define DEFAULT_RATE_N 1
#define DEFAULT_RATE_D 1
#define DEFAULT_MAX_FRAMES 1024
#define DEFAULT_TIME_UNIT GST_ROW_TIME_UNIT_S

enum {
  PROP_0,
  PROP_CONFIG,
  PROP_FEATURES,
  PROP_KEY,
  PROP_KEEP,
  PROP_RATE,
  PROP_MAX_FRAMES,
  PROP_TIME,
  PROP_TIME_UNIT,
  PROP_SKIP_ROWS,
};

static void
take_string (gchar **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

static void
set_property_locked (GstRowDec *self, guint id, const GValue *value)
{
  switch (id) {
    case PROP_CONFIG:
      take_string (&self->config_path, value);
      break;
    case PROP_FEATURES:
      take_string (&self->features, value);
      break;
    case PROP_KEY:
      take_string (&self->key, value);
      break;
    case PROP_KEEP:
      take_string (&self->keep, value);
      break;
    case PROP_RATE:
      self->rate_n = gst_value_get_fraction_numerator (value);
      self->rate_d = gst_value_get_fraction_denominator (value);
      break;
    case PROP_MAX_FRAMES:
      self->max_frames = g_value_get_uint (value);
      break;
    case PROP_TIME:
      take_string (&self->time, value);
      break;
    case PROP_TIME_UNIT:
      self->time_unit = g_value_get_enum (value);
      break;
    case PROP_SKIP_ROWS:
      self->skip_rows = (gint64) g_value_get_uint64 (value);
      break;
  }
}

/**
 * gst_row_dec_change_property:
 * @self: the element
 * @id: of the property
 * @value: its new value
 * @pspec: the property
 * @set_locked: sets it
 *
 * Refuses with a warning while the element runs.
 */
void
gst_row_dec_change_property (GstRowDec *self, guint id, const GValue *value,
    GParamSpec *pspec, GstRowDecSetFunc set_locked)
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

void
gst_row_dec_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  gst_row_dec_change_property (
      GST_ROW_DEC (object), id, value, pspec, set_property_locked);
}

void
gst_row_dec_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstRowDec *self = GST_ROW_DEC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CONFIG:
      g_value_set_string (value, self->config_path);
      break;
    case PROP_FEATURES:
      g_value_set_string (value, self->features);
      break;
    case PROP_KEY:
      g_value_set_string (value, self->key);
      break;
    case PROP_KEEP:
      g_value_set_string (value, self->keep);
      break;
    case PROP_RATE:
      gst_value_set_fraction (value, self->rate_n, self->rate_d);
      break;
    case PROP_MAX_FRAMES:
      g_value_set_uint (value, self->max_frames);
      break;
    case PROP_TIME:
      g_value_set_string (value, self->time);
      break;
    case PROP_TIME_UNIT:
      g_value_set_enum (value, MAX (self->time_unit, DEFAULT_TIME_UNIT));
      break;
    case PROP_SKIP_ROWS:
      g_value_set_uint64 (value, (guint64) MAX (self->skip_rows, 0));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_columns (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_CONFIG,
      g_param_spec_string ("config", "Config",
          "YAML file that names features, key and kept columns; a property "
          "that is set wins over it",
          NULL, flags));
  g_object_class_install_property (klass, PROP_FEATURES,
      g_param_spec_string ("features", "Features",
          "Columns that become the channels, in this order: names with commas "
          "between, or numbers from 1; default or empty: all columns that are "
          "neither key, time nor kept",
          NULL, flags));
  g_object_class_install_property (klass, PROP_KEY,
      g_param_spec_string ("key", "Key",
          "Column that says to which source a row belongs: a name, or a number "
          "from 1; empty: none",
          NULL, flags));
  g_object_class_install_property (klass, PROP_KEEP,
      g_param_spec_string ("keep", "Keep",
          "Columns whose text goes along with the frames, to csvenc and "
          "jsonenc: "
          "names with commas between, or numbers from 1; empty: none",
          NULL, flags));
}

static void
install_rows (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_RATE,
      gst_param_spec_fraction ("rate", "Rate",
          "Rows per second, which gives each its time; caps say it rounded to "
          "a whole number, at least 1",
          1, G_MAXINT, G_MAXINT, 1, DEFAULT_RATE_N, DEFAULT_RATE_D, flags));
  g_object_class_install_property (klass, PROP_MAX_FRAMES,
      g_param_spec_uint ("max-frames", "Max frames",
          "The most rows in one buffer; what upstream sent is never waited "
          "with for more",
          1, G_MAXINT, DEFAULT_MAX_FRAMES, flags));
  g_object_class_install_property (klass, PROP_TIME,
      g_param_spec_string ("time", "Time",
          "Column that tells each row's time, which may not go back: a name, "
          "or "
          "a number from 1; a row then goes out when the next one is there. "
          "Default or empty: the row's number over rate",
          NULL, flags));
  g_object_class_install_property (klass, PROP_TIME_UNIT,
      g_param_spec_enum ("time-unit", "Time unit", "What the time column holds",
          GST_TYPE_ROW_TIME_UNIT, DEFAULT_TIME_UNIT, flags));
  g_object_class_install_property (klass, PROP_SKIP_ROWS,
      g_param_spec_uint64 ("skip-rows", "Skip rows",
          "Rows of data at the start of a text that are read, counted and "
          "thrown away, so that a stopped run goes on where it was",
          0, G_MAXINT64, 0, flags));
}

void
gst_row_dec_install_properties (GObjectClass *klass)
{
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  install_columns (klass, flags);
  install_rows (klass, flags);
  gst_type_mark_as_plugin_api (GST_TYPE_ROW_TIME_UNIT, 0);
}

void
gst_row_dec_init_properties (GstRowDec *self)
{
  self->header = TRUE;
  self->rate_n = DEFAULT_RATE_N;
  self->rate_d = DEFAULT_RATE_D;
  self->max_frames = DEFAULT_MAX_FRAMES;
  self->time_unit = -1;
  self->skip_rows = -1;
}

void
gst_row_dec_clear_properties (GstRowDec *self)
{
  g_free (self->config_path);
  g_free (self->features);
  g_free (self->key);
  g_free (self->keep);
  g_free (self->time);
}
