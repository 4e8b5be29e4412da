/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmflight.h"

/* The most memory that the flights of a session take. With more keys than go
 * into it, windows of the others run when they are full. */
#define MAX_BYTES (64 * 1024 * 1024)

/* Fewer windows than this are not worth it: rows of a product are computed
 * together from so many up. */
#define MIN_WINDOWS 4

/* Multiply-accumulates of a step below which taking states out of streams and
 * putting them back costs more than is gained. */
#define MIN_STEP_MACS 1024

/* What layers behind the last step cost, which then run at every step, may be
 * at most this part of a window: 1 / 4. */
#define HEAD_PART 4

/* A buffer that completes so many windows runs them side by side as fast, and
 * begins none that its stream may never end: measured with the turbofan model,
 * whose weights stay in a second-level cache. */
#define MANY_WINDOWS 8
#define CACHE_BYTES (2 * 1024 * 1024)

struct _GstLstmRunway {
  LstmPlan *plan; /* frame by frame */
  LstmContext *context;
  guint features;
  guint steps;
  guint stride;
  guint n; /* windows that fly at once, at most */
  guint n_outputs;
  LstmOutput *outputs; /* [n_outputs]: of the last step, [n][features] */
  guint many;          /* frames of a buffer that are too many for it */
  gsize bytes;         /* of all flights */
};

/* Places of frames are counted among those of the source that wait. */
struct _GstLstmFlight {
  GstLstmRunway *runway;
  LstmStream **streams; /* [2 n]: each twice, so that none stand apart */
  gboolean flying;
  guint first; /* the oldest window's place in streams */
  guint n;     /* windows that fly */
  guint begin; /* where the oldest began, or the next will */
  guint seen;  /* frames that were given to windows */
};

/* Whether it takes about as many operations as windows run alone. */
static gboolean
pays (const GstLstmRunway *runway, LstmPlan *windows)
{
  guint64 step = lstm_plan_count_macs (runway->plan);
  guint64 window = lstm_plan_count_macs (windows);

  return runway->n >= MIN_WINDOWS && step >= MIN_STEP_MACS &&
         step * runway->steps <= window + window / HEAD_PART;
}

/* Whether a window's last output is what the frames' last one is. */
static gboolean
fits (const GstLstmRunway *runway, LstmPlan *windows)
{
  guint first;

  if (lstm_plan_get_output_rate (runway->plan, &first) != 1 || first != 0)
    return FALSE;
  for (guint i = 0; i < runway->n_outputs; i++)
    if (lstm_plan_get_output_size (runway->plan, i) !=
        lstm_plan_get_output_size (windows, i) /
            lstm_plan_get_output_frames (windows, i))
      return FALSE;
  return TRUE;
}

static void
alloc_outputs (GstLstmRunway *runway, LstmPool *pool)
{
  runway->context = lstm_context_new_with_pool (runway->plan, pool);
  runway->outputs = g_new0 (LstmOutput, runway->n_outputs);
  for (guint i = 0; i < runway->n_outputs; i++) {
    gsize size = lstm_plan_get_output_size (runway->plan, i);

    runway->outputs[i].data = g_new (gfloat, runway->n * size);
    runway->outputs[i].stream_stride = size;
  }
}

/* Half of a window's frames, where weights come from beyond the cache: side by
 * side, `steps` times for a buffer; here once a frame. */
static guint
count_many (const GstLstmRunway *runway)
{
  gboolean cached =
      lstm_plan_count_macs (runway->plan) * sizeof (gfloat) <= CACHE_BYTES;
  guint windows = runway->n / 2;

  return runway->stride * (cached ? MIN (windows, MANY_WINDOWS) : windows);
}

GstLstmRunway *
gst_lstm_runway_new (LstmPlan *windows, guint stride, LstmPool *pool)
{
  guint steps = lstm_plan_get_steps (windows);
  GstLstmRunway *runway;

  if (lstm_plan_get_mode (windows) != LSTM_MODE_WINDOW ||
      lstm_plan_get_n_slots (windows) > 0 || stride >= steps)
    return NULL;
  runway = g_new0 (GstLstmRunway, 1);
  runway->steps = steps;
  runway->stride = stride;
  runway->n = (steps + stride - 1) / stride;
  runway->plan = lstm_plan_new_for_frames (windows, NULL);
  runway->n_outputs = lstm_model_get_n_outputs (lstm_plan_get_model (windows));
  if (runway->plan == NULL || !fits (runway, windows) ||
      !pays (runway, windows)) {
    gst_lstm_runway_free (runway);
    return NULL;
  }
  runway->features = (guint) lstm_plan_get_input_size (runway->plan, 0);
  runway->many = count_many (runway);
  alloc_outputs (runway, pool);
  return runway;
}

/* @runway: nullable; of which no flight is left */
void
gst_lstm_runway_free (GstLstmRunway *runway)
{
  if (runway == NULL)
    return;
  for (guint i = 0; runway->outputs && i < runway->n_outputs; i++)
    g_free (runway->outputs[i].data);
  g_free (runway->outputs);
  lstm_context_free (runway->context);
  g_clear_pointer (&runway->plan, lstm_plan_unref);
  g_free (runway);
}

/* Whether so many frames at once are few. */
gboolean
gst_lstm_runway_takes (const GstLstmRunway *runway, guint frames)
{
  return frames < runway->many;
}

static gsize
flight_bytes (const GstLstmRunway *runway)
{
  return (gsize) runway->n * lstm_plan_get_state_size (runway->plan);
}

GstLstmFlight *
gst_lstm_flight_new (GstLstmRunway *runway)
{
  GstLstmFlight *flight;

  if (runway->bytes + flight_bytes (runway) > MAX_BYTES)
    return NULL;
  runway->bytes += flight_bytes (runway);
  flight = g_new0 (GstLstmFlight, 1);
  flight->runway = runway;
  flight->streams = g_new (LstmStream *, 2 * runway->n);
  for (guint i = 0; i < runway->n; i++)
    flight->streams[i] = flight->streams[i + runway->n] =
        lstm_stream_new (runway->plan);
  return flight;
}

/* @flight: nullable */
void
gst_lstm_flight_free (GstLstmFlight *flight)
{
  if (flight == NULL)
    return;
  flight->runway->bytes -= flight_bytes (flight->runway);
  for (guint i = 0; i < flight->runway->n; i++)
    lstm_stream_free (flight->streams[i]);
  g_free (flight->streams);
  g_free (flight);
}

/* Nothing flies any more; @n_frames wait that are not for it. */
void
gst_lstm_flight_end (GstLstmFlight *flight, guint n_frames)
{
  flight->flying = FALSE;
  flight->n = 0;
  flight->seen = n_frames;
}

/* Windows that begin from now on fly. */
void
gst_lstm_flight_begin (GstLstmFlight *flight)
{
  guint stride = flight->runway->stride;

  if (flight->flying)
    return;
  flight->flying = TRUE;
  flight->begin = (flight->seen + stride - 1) / stride * stride;
}

/* The @n oldest frames that wait go. */
void
gst_lstm_flight_drop (GstLstmFlight *flight, guint n)
{
  if (flight->flying && n <= flight->begin && n <= flight->seen) {
    flight->begin -= n;
    flight->seen -= n;
  } else {
    gst_lstm_flight_end (flight, flight->seen - MIN (n, flight->seen));
  }
}

/* The newest went, and @n_frames are left. */
void
gst_lstm_flight_drop_newest (GstLstmFlight *flight, guint n_frames)
{
  if (flight->seen > n_frames)
    gst_lstm_flight_end (flight, n_frames);
}

guint
gst_lstm_flight_get_seen (const GstLstmFlight *flight)
{
  return flight->seen;
}

/* Which of the windows that wait is the first that flies. */
guint
gst_lstm_flight_get_window (const GstLstmFlight *flight)
{
  return flight->begin / flight->runway->stride;
}

static void
launch (GstLstmFlight *flight)
{
  lstm_stream_reset (flight->streams[flight->first + flight->n]);
  flight->n++;
}

static void
land (GstLstmFlight *flight)
{
  flight->first = (flight->first + 1) % flight->runway->n;
  flight->n--;
  flight->begin += flight->runway->stride;
}

/* All windows that fly take a step with the next frame. @done: whether it ended
 * the oldest, whose outputs gst_lstm_flight_get_output() gives then. */
LstmStatus
gst_lstm_flight_step (
    GstLstmFlight *flight, const gfloat *frame, gboolean *done)
{
  GstLstmRunway *runway = flight->runway;
  LstmInput input = { frame, 0, runway->features };
  guint at = flight->seen++;
  LstmStatus status;

  *done = FALSE;
  if (at >= flight->begin && at % runway->stride == 0)
    launch (flight);
  if (flight->n == 0)
    return LSTM_STATUS_OK;
  status = lstm_context_process (runway->context,
      flight->streams + flight->first, flight->n, 1, &input, runway->outputs);
  if (status == LSTM_STATUS_OK && at + 1 == flight->begin + runway->steps) {
    *done = TRUE;
    land (flight);
  }
  return status;
}

/* An output of the window that the last step ended. */
const gfloat *
gst_lstm_flight_get_output (const GstLstmFlight *flight, guint output)
{
  return flight->runway->outputs[output].data;
}
