/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/base/gstflowcombiner.h>

#include "gstlstm.h"
#include "gstlstmpad.h"
#include "gstlstmsetup.h"

G_BEGIN_DECLS

/* The numbers that caps of one output are made of. */
typedef struct {
  guint n_in; /* features of a frame that comes in; 0: no model is loaded */
  guint n_out;
  guint item_frames; /* that go out at once, as a tensor */
  guint frames_out;  /* so many frames for frames_in that come in */
  guint frames_in;
} GstLstmNumbers;

typedef struct _GstLstmLoader GstLstmLoader;

/* Another model that is to run, and what it was asked for with. */
typedef struct {
  GstLstmSettings settings;
  GstLstmSetup setup;
} GstLstmReload;

struct _GstLstm {
  GstBaseTransform parent;

  /* Properties; the object lock guards them. */
  GstLstmSettings settings;
  gint post_messages;   /* atomic */
  gboolean running;     /* between start and stop: only the model may change */
  gchar *running_model; /* as the settings had them for what runs */
  gchar *running_config;
  GstLstmLoader *loader;       /* while one is needed, else NULL */
  GstLstmReload *reload_ready; /* for the streaming thread, which looks for it
                                * without the lock; or NULL */

  /* What is known of the model, for queries from any thread; the object lock
   * guards it. */
  gchar **output_names;    /* NULL while no model is loaded */
  GstLstmNumbers *numbers; /* one for each output, as long */
  GstClockTime latency;
  gboolean warned; /* of a wrong count in a query */

  /* Request pads. The object lock guards the list; the cookie, which is atomic,
   * changes with it and with what the pads carry. */
  GList *pads; /* owned references */
  gint pads_cookie;

  /* The streaming thread's. */
  GPtrArray *outputs; /* GstLstmPad: request pads, as of known_cookie */
  gint known_cookie;
  GstFlowCombiner *flows; /* of pad src and the request pads */

  /* Guards setup and what its session does, but not what that has handed over.
   * The streaming thread holds it once a buffer and for each event that touches
   * the session, applications while they ask for states or change them. Nobody
   * pushes, posts or takes another lock under it. */
  GMutex state_lock;

  gint write_failed; /* atomic: that it was said of this run's state file */
  gboolean unsent; /* the streaming thread's, and of stop() after it: what came
                    * of the last buffer was refused */

  /* Made by start, gone with stop, both with the state lock held. Between, what
   * `session` points to changes; the rest only when the streaming thread puts
   * another model in place, with the lock held, so that it may read that
   * without the lock. */
  GstLstmSetup setup;

  /* Since start; the state lock guards it. */
  GstLstmStats stats;

  /* The streaming thread's. */
  gchar **channels; /* names of the stream's channels, or NULL */
  gchar *key_name;
  gchar **keep_names;
  gsize tensor_size;                     /* bytes of each buffer, or 0: any */
  gboolean flexible;                     /* each buffer has a header */
  gint flexible_rate_n, flexible_rate_d; /* buffers per second */
  guint flexible_frames;                 /* of the last one, or 0 */
  gboolean latency_stale;                /* since its rate is another */
  gboolean irregular; /* the layout said: times count, and not the rate */
  gboolean layout_sent;
  gboolean refused;         /* the stream's features, with an error message */
  guint64 n_pushed;         /* buffers */
  GstFlowReturn event_flow; /* of what the event at hand brought out */
  GstBufferPool *pool;      /* of outputs, or NULL */
  gboolean own_pool;        /* it is not downstream's */
  guint pool_size;          /* bytes of its buffers, 0 without a pool */
};

GST_DEBUG_CATEGORY_EXTERN (gst_lstm_debug);

/* gstlstm.c */
void gst_lstm_publish_numbers (GstLstm *self);
void gst_lstm_tell_of_model (GstLstm *self);

/* gstlstm-properties.c */
void gst_lstm_install_properties (GObjectClass *klass);
void gst_lstm_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec);
void gst_lstm_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec);

/* gstlstm-state-properties.c */
#define GST_LSTM_FIRST_STATE_PROPERTY 100
void gst_lstm_install_state_properties (GObjectClass *klass);
gboolean gst_lstm_is_state_property (guint id);
void gst_lstm_set_state_property (
    GstLstmSettings *settings, guint id, const GValue *value);
void gst_lstm_get_state_property (
    const GstLstmSettings *settings, guint id, GValue *value);

/* gstlstm-negotiate.c */
GstLstmNumbers gst_lstm_get_numbers (GstLstm *self, guint output);
GstLstmNumbers gst_lstm_numbers_of (const GstLstmSetup *setup, guint output);
GstCaps *gst_lstm_numbers_to_src (const GstLstmNumbers *n, GstCaps *caps);
GstCaps *gst_lstm_output_caps (
    GstLstm *self, guint output, GstCaps *in, GstCaps *filter);
GstCaps *gst_lstm_transform_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps, GstCaps *filter);

/* gstlstm-caps.c */
gboolean gst_lstm_accept_caps (
    GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps);
gboolean gst_lstm_set_caps (
    GstBaseTransform *trans, GstCaps *incaps, GstCaps *outcaps);
gboolean gst_lstm_query (
    GstBaseTransform *trans, GstPadDirection direction, GstQuery *query);
gboolean gst_lstm_check_features (GstLstm *self, const GstCaps *caps);
void gst_lstm_update_latency (GstLstm *self);

/* gstlstm-events.c */
gboolean gst_lstm_sink_event (GstBaseTransform *trans, GstEvent *event);
gboolean gst_lstm_src_event (GstBaseTransform *trans, GstEvent *event);
GstFlowReturn gst_lstm_sink_event_full (
    GstPad *pad, GstObject *parent, GstEvent *event);

/* gstlstm-flexible.c */
gboolean gst_lstm_take_flexible_caps (GstLstm *self, const GstCaps *caps);
gboolean gst_lstm_take_header (
    GstLstm *self, GstLstmFeed *feed, GError **error);

/* gstlstm-leftover.c */
GstFlowReturn gst_lstm_report_leftover (GstLstm *self, GstLstmLeftover *left);
void gst_lstm_report_bad (GstLstm *self, const gchar *where);
void gst_lstm_report_outside (GstLstm *self, const gchar *what);

/* gstlstm-loader.c */
void gst_lstm_reload_ask (GstLstm *self);
void gst_lstm_reload_cancel (GstLstm *self);
GstLstmReload *gst_lstm_reload_take (GstLstm *self);
void gst_lstm_reload_put_back (GstLstm *self, GstLstmReload *reload);
void gst_lstm_reload_refuse (
    GstLstm *self, GstLstmReload *reload, const gchar *why);
void gst_lstm_reload_done (GstLstm *self, GstLstmReload *reload);

/* gstlstm-reload.c */
GstFlowReturn gst_lstm_reload_apply (GstLstm *self);
GstFlowReturn gst_lstm_reload_apply_for_caps (GstLstm *self, GstCaps *caps);

/* gstlstm-signals.c */
void gst_lstm_install_signals (GObjectClass *klass);

/* gstlstm-stats.c */
GstStructure *gst_lstm_get_stats (GstLstm *self);
void gst_lstm_post_output (GstLstm *self, const GstLstmResult *result);

/* gstlstm-state.c */
void gst_lstm_reset_state (GstLstm *self);
void gst_lstm_reset_key (GstLstm *self, const gchar *key);
gboolean gst_lstm_parse_reset_event (GstEvent *event, const gchar **key);
void gst_lstm_reset_for_event (GstLstm *self, const gchar *key);
gchar **gst_lstm_list_keys (GstLstm *self);
GBytes *gst_lstm_get_state (GstLstm *self, const gchar *key);
gboolean gst_lstm_set_state (GstLstm *self, GBytes *state);

/* gstlstm-keep.c */
gboolean gst_lstm_open_state_file (GstLstm *self, GstLstmSetup *setup,
    const GstLstmSettings *settings, GError **error);
void gst_lstm_close_state_file (GstLstm *self);
void gst_lstm_save_states (GstLstm *self, GstFlowReturn flow);
void gst_lstm_report_unsaved (GstLstm *self, GError *error);
void gst_lstm_post_evicted (GstLstm *self, GPtrArray *evicted);

/* gstlstm-pool.c */
gboolean gst_lstm_decide_allocation (GstBaseTransform *trans, GstQuery *query);
GstBuffer *gst_lstm_new_output (GstLstm *self, gsize size);
void gst_lstm_clear_pool (GstLstm *self);

/* gstlstm-pads.c */
gboolean gst_lstm_bind_pads (GstLstm *self);
gboolean gst_lstm_check_pads (
    GstLstm *self, const GstLstmSetup *setup, GstCaps *caps, GError **error);
void gst_lstm_tell_of_pads (GstLstm *self);
GstPad *gst_lstm_request_new_pad (GstElement *element, GstPadTemplate *template,
    const gchar *name, const GstCaps *caps);
void gst_lstm_release_pad (GstElement *element, GstPad *pad);

/* gstlstm-outputs.c */
GstFlowReturn gst_lstm_prepare_outputs (GstLstm *self);
void gst_lstm_renegotiate_outputs (GstLstm *self);
void gst_lstm_clear_outputs (GstLstm *self);
void gst_lstm_forward_event (GstLstm *self, GstEvent *event);
void gst_lstm_send_layout (GstLstm *self);
GstFlowReturn gst_lstm_push_results (GstLstm *self);
GstFlowReturn gst_lstm_push_list (GstLstm *self);

/* gstlstm-stream.c */
GstFlowReturn gst_lstm_chain_list (
    GstPad *pad, GstObject *parent, GstBufferList *input);
GstFlowReturn gst_lstm_submit_input_buffer (
    GstBaseTransform *trans, gboolean is_discont, GstBuffer *input);
GstFlowReturn gst_lstm_transform (
    GstBaseTransform *trans, GstBuffer *in, GstBuffer *out);
GstFlowReturn gst_lstm_generate_output (
    GstBaseTransform *trans, GstBuffer **output);
void gst_lstm_clear_stream (GstLstm *self);

G_END_DECLS
