/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstrowcell.h"

#include <math.h>
#include <string.h>

/* The latest time that is read, in ns: 292 years. */
#define MAX_TIME ((guint64) G_MAXINT64)
/* The longest text of a date and time. */
#define MAX_ISO8601 64

GType
gst_row_time_unit_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_ROW_TIME_UNIT_S, "Seconds", "s" },
    { GST_ROW_TIME_UNIT_MS, "Milliseconds", "ms" },
    { GST_ROW_TIME_UNIT_US, "Microseconds", "us" },
    { GST_ROW_TIME_UNIT_NS, "Nanoseconds", "ns" },
    { GST_ROW_TIME_UNIT_ISO8601,
        "Dates, or dates and times, after ISO 8601; UTC where no zone is named",
        "iso8601" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstRowTimeUnit", values));
  return type;
}

static const gchar *
skip_blanks (const gchar *c)
{
  while (g_ascii_isspace (*c))
    c++;
  return c;
}

/**
 * gst_row_read_number:
 * @cell: text, ended by a NUL byte
 * @value: (out): the number
 *
 * Decimal digits with a point and an exponent, nan, inf or infinity, in every
 * locale; no hexadecimal digits and no payload of a nan, which the C library
 * would read.
 *
 * Returns: (transfer none): where the number ends, blanks after it included;
 *   @cell if it is none
 */
const gchar *
gst_row_read_number (const gchar *cell, gdouble *value)
{
  const gchar *start = skip_blanks (cell);
  gchar *end;

  *value = g_ascii_strtod (cell, &end);
  if (end == cell)
    return cell;
  if (*start == '-' || *start == '+')
    start++;
  if ((start[0] == '0' && (start[1] == 'x' || start[1] == 'X')) ||
      end[-1] == ')')
    return cell;
  return skip_blanks (end);
}

/* Digits with a point, times @scale, exactly; parts of 1 are cut off. FALSE if
 * there is more than digits, or too many of them. */
static gboolean
read_decimal (const gchar *c, const gchar *end, guint64 scale, guint64 *value)
{
  guint64 whole = 0, part = 0;
  gboolean digits =
      g_ascii_isdigit (*c) || (*c == '.' && g_ascii_isdigit (c[1]));

  for (; g_ascii_isdigit (*c); c++) {
    if (whole > MAX_TIME / 10)
      return FALSE;
    whole = 10 * whole + (guint64) g_ascii_digit_value (*c);
  }
  if (*c == '.') {
    guint64 weight = scale;

    for (c++; g_ascii_isdigit (*c); c++) {
      weight /= 10;
      part += weight * (guint64) g_ascii_digit_value (*c);
    }
  }
  if (!digits || skip_blanks (c) != end || whole > (MAX_TIME - part) / scale)
    return FALSE;
  *value = whole * scale + part;
  return TRUE;
}

static const gchar *
read_count (
    const gchar *cell, const gchar *end, guint64 scale, GstClockTime *time)
{
  const gchar *start = skip_blanks (cell);
  gdouble value;

  if (read_decimal (start + (*start == '+'), end, scale, time))
    return NULL;
  if (start == end || gst_row_read_number (cell, &value) != end ||
      !isfinite (value))
    return "a time as a number, such as 12.5; for dates set time-unit=iso8601";
  if (value < 0.0)
    return "a time that is not before 0";
  value = value * (gdouble) scale + 0.5;
  if (value >= (gdouble) MAX_TIME)
    return "a time of 292 years at most; is time-unit right?";
  *time = (GstClockTime) value;
  return NULL;
}

/* GLib reads microseconds. */
static const gchar *
read_iso8601 (const gchar *cell, GstClockTime *time)
{
  g_autofree gchar *text = g_strstrip (g_strdup (cell));
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) date = NULL;
  gint64 seconds;

  if (strpbrk (text, "Tt ") == NULL) {
    g_autofree gchar *midnight = g_strconcat (text, "T00:00:00", NULL);

    date = g_date_time_new_from_iso8601 (midnight, utc);
  } else {
    date = g_date_time_new_from_iso8601 (text, utc);
  }
  if (date == NULL)
    return "a date, or a date and time, such as 2026-11-21 or "
           "2026-11-21T18:30:00.5Z";
  seconds = g_date_time_to_unix (date);
  if (seconds < 0 || seconds >= G_MAXINT64 / (gint64) GST_SECOND)
    return "a date from 1970 to 2262";
  *time = (guint64) seconds * GST_SECOND +
          (guint64) g_date_time_get_microsecond (date) * GST_USECOND;
  return NULL;
}

/**
 * gst_row_read_time:
 * @cell: text, ended by a NUL byte
 * @length: its bytes
 * @unit: what it should be
 * @time: (out): the time in ns; of a date since 1970
 *
 * Digits with a point are read exactly; parts of a nanosecond are cut off.
 *
 * Returns: (nullable): %NULL, or what was expected if @cell is no time; @time
 *   is undefined then
 */
const gchar *
gst_row_read_time (
    const gchar *cell, gsize length, GstRowTimeUnit unit, GstClockTime *time)
{
  static const guint64 scales[] = { GST_SECOND, GST_MSECOND, GST_USECOND, 1 };

  if (unit != GST_ROW_TIME_UNIT_ISO8601)
    return read_count (cell, cell + length, scales[unit], time);
  return read_iso8601 (
      length > MAX_ISO8601 || strlen (cell) != length ? "" : cell, time);
}
