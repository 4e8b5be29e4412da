/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

typedef struct _LstmLayerClass LstmLayerClass;
typedef struct _LstmNode LstmNode;

/* A tensor as layers see it. With `time`, axis 0 is the stream's time: in frame
 * mode it is not stored, and the frames of a call take its place. */
typedef struct {
  LstmShape shape;
  gboolean time;
} LstmSpec;

/* When a value has an item in frame mode: with frame `first` of the stream, and
 * then with one of each `every`. */
typedef struct {
  gint64 every;
  gint64 first;
} LstmPace;

struct _LstmWeight {
  gchar *name;
  LstmShape shape;
  const gfloat *data; /* Keras's layout; NULL until set */
  GBytes *owner;      /* what data is in */
  LstmLayer *layer;
};

/* A layer of Keras: class, options, weights. Calls of it are nodes. */
struct _LstmLayer {
  const LstmLayerClass *klass;
  gchar *name;
  GVariant *config;     /* a{sv}, as it came */
  const gchar **asked;  /* keys of config that the class reads; only the array
                         * is owned */
  gpointer options;     /* of klass->options_size bytes */
  GPtrArray *weights;   /* LstmWeight, in Keras's order; owned */
  GPtrArray *children;  /* LstmLayer of a wrapper; owned */
  LstmLayer *parent;    /* the wrapper that it is a child of; or NULL */
  gchar *weight_prefix; /* of a wrapped layer; or NULL */
  guint n_declared;
  gboolean built;
  gboolean mismatch;
  gboolean recurrent;
  gboolean stateful;
};

/* An edge of the graph. The producer of a model input is NULL. */
typedef struct {
  LstmSpec spec;
  LstmNode *producer;
  LstmPace pace;
  gint mask; /* value that says which steps count, or -1 */
} LstmValue;

/* One call of a layer. `fold` leading axes are taken as part of the batch
 * (TimeDistributed). */
struct _LstmNode {
  LstmLayer *layer;
  guint n_inputs;
  guint n_states;
  guint n_outputs;
  LstmValueId *inputs; /* then the values of the initial state */
  LstmValueId *outputs;
  gint mask;
  guint fold;
  const gchar *needs_window; /* why, or NULL if it streams */
  LstmFrames frames;
  gint64
      first; /* the frame, of those that go in, that its first goes out with */
};

typedef struct {
  gchar *name;
  LstmValueId value;
} LstmEnd;

/* What was asked of the builder, in order: a model is written to a file from
 * it, because calls of wrappers became several nodes. */
typedef enum {
  LSTM_CALL_LAYER,
  LSTM_CALL_BEGIN, /* of TimeDistributed over calls; may be nested */
  LSTM_CALL_END,
} LstmCallKind;

typedef struct {
  LstmCallKind kind;
  LstmLayer *layer;         /* borrowed from the model; NULL: BEGIN */
  guint n_inputs, n_states; /* of END: 1, 0 */
  guint n_outputs;
  LstmValueId *values; /* inputs, states, outputs */
  gboolean mask_with_state;
} LstmCall;

/* (transfer full): the model, loaded from its file again */
typedef LstmModel *(*LstmModelReload) (gpointer data, GError **error);

struct _LstmModel {
  gatomicrefcount ref_count;
  gchar *shared_key; /* others can find it by this, or NULL; shared.h */
  gchar *name;
  guint keras;
  gint64 batch;
  GPtrArray *layers;  /* LstmLayer */
  GPtrArray *nodes;   /* LstmNode, each after those it reads from */
  GArray *calls;      /* LstmCall */
  GArray *values;     /* LstmValue */
  GArray *inputs;     /* LstmEnd */
  GArray *outputs;    /* LstmEnd */
  GPtrArray *notes;   /* gchar * */
  gchar *fingerprint; /* made at the first question; g_once_init_enter */

  LstmModelReload reload; /* or NULL */
  gpointer reload_data;
  GDestroyNotify reload_destroy;
  GMutex weights_lock; /* guards the following, and weights that may go */
  guint weight_users;  /* that read them now */
  gboolean release;    /* nobody needs them for long */
  gboolean released;   /* they are gone */
};

LstmModel *lstm_model_new_empty (const gchar *name, guint keras);

/* model-weights.c: between these two calls weights are there; FALSE if they
 * cannot be had again. */
gboolean lstm_model_begin_weights (LstmModel *model, GError **error);
void lstm_model_end_weights (LstmModel *model);
void lstm_model_set_reload (LstmModel *model, LstmModelReload reload,
    gpointer data, GDestroyNotify destroy);

static inline LstmValue *
lstm_model_value (const LstmModel *model, LstmValueId id)
{
  return &g_array_index (model->values, LstmValue, id);
}

/* What a sample of `spec` holds in frame mode: its time axis left out. */
LstmShape lstm_spec_item_shape (const LstmSpec *spec, LstmMode mode);

/* Takes the leading `fold` axes off, and puts those of `outer` before. */
LstmSpec lstm_spec_fold (const LstmSpec *spec, guint fold);
LstmSpec lstm_spec_unfold (
    const LstmSpec *inner, const LstmSpec *outer, guint fold);
