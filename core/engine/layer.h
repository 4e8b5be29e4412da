/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/graph.h"
#include "engine/options.h"
#include "kernels/kernels.h"

#define LSTM_MAX_OUTPUTS 4

/* Shapes in, shapes out: what a call of a layer gives. */
typedef struct {
  guint n_inputs;
  guint n_states;
  const LstmSpec *inputs; /* then the initial state */
  guint n_outputs;
  LstmSpec outputs[LSTM_MAX_OUTPUTS];
  gboolean makes_mask; /* the last output is a mask, not a value */
  const gchar *needs_window;
  LstmFrames frames; /* 1 : 1 if nothing else is said */
  gint64
      first; /* the frame, of those that go in, that its first goes out with */
} LstmInference;

#define LSTM_INFERENCE_INIT                                                    \
  .frames = {                                                                  \
    1,                                                                         \
    1,                                                                         \
    0,                                                                         \
    0,                                                                         \
  }

/* One node, made ready. Sizes are in floats of one item. */
typedef struct {
  const LstmNode *node;
  gpointer packed; /* the layer's, owned by the plan */
  LstmMode mode;
  LstmSpec *specs;   /* inputs, states, then outputs; folded */
  LstmShape *items;  /* the same, time axis left out in frame mode */
  gsize fold_count;  /* items of the node in one of the model */
  gint first_slot;   /* of the plan, or -1 */
  gsize slot_offset; /* of it in a stream's block */
  gssize counter;    /* offset of what counts frames to the next, or -1 */
} LstmPlanNode;

/* Items of a model's input that have frames in common, as windows that slide
 * have, or that are the same frame: each frame is there once. Item k of stream
 * s begins with frame k * stride of those at frames + s * stream_stride. */
typedef struct {
  const gfloat *items;  /* the items themselves, as a node's input */
  const gfloat *frames; /* [frames][features] of each stream */
  gsize stream_stride;  /* in floats; 0: all streams have the same frames */
  gsize stride;         /* in frames */
  gsize features;
} LstmOverlap;

/* One execution of a node: `samples` items in every input and output, dense,
 * [streams][items of a stream]. */
typedef struct {
  const LstmPlanNode *plan;
  const LstmKernels *kernels;
  LstmPool *pool; /* whose threads help, or NULL */
  LstmStream *const *streams;
  gsize n_streams;
  gsize n_items;
  gsize n_out; /* of those that go out of a node that streams, and with which */
  gsize first; /* of the n_items the first of them goes */
  gsize samples;
  const gfloat *const *in;    /* inputs, then the initial state */
  const gfloat *mask;         /* 1 for each step that counts, or NULL */
  const LstmOverlap *overlap; /* of the call's items, or NULL */
  gfloat *const *out;
  gfloat *scratch;
} LstmRun;

typedef LstmStatus (*LstmRunFunc) (const LstmRun *run);

/* What is told of a slot before the plan gives it a place. */
typedef struct {
  const gchar *name; /* h, c, ... */
  LstmShape shape;
} LstmSlotSpec;

/* How a layer of several inputs joins values that have masks (masks.c). */
typedef enum {
  LSTM_JOIN_NONE,
  LSTM_JOIN_PLAIN,        /* as if there were no masks */
  LSTM_JOIN_MULTIPLY,     /* what is masked counts as 1 */
  LSTM_JOIN_PICK,         /* what is masked gives way to what is not */
  LSTM_JOIN_SIDE_BY_SIDE, /* along an axis */
} LstmMaskJoin;

/* A class of layers; each stands in a file of its own under layers/. Functions
 * that are NULL do nothing. */
struct _LstmLayerClass {
  const gchar *name;
  gsize options_size;
  guint min_inputs;
  guint max_inputs;
  gboolean takes_state; /* may be called with an initial state */
  gboolean alias;       /* the output is the input, seen otherwise */
  gboolean stops_mask;
  gboolean stops_mask_2;   /* the same, in Keras 2 only */
  gboolean copies_kernels; /* once packed, they are not read any more */
  gboolean reads_steps;    /* a model input of one axis holds steps for it */
  LstmMaskJoin joins_masks;

  /* Config keys that are right to have and change nothing at inference, beside
   * those that every layer may have; NULL-terminated. */
  const gchar *const *idle_keys;

  void (*configure) (LstmLayer *layer, LstmOptions *options);
  /* Declares weights; called once, with the shapes of the first call. */
  gboolean (*build) (
      LstmLayer *layer, const LstmInference *inference, GError **error);
  gboolean (*infer) (
      const LstmLayer *layer, LstmInference *inference, GError **error);
  /* Instead of infer and run: makes calls of other layers. */
  gboolean (*expand) (LstmModelBuilder *builder, LstmLayer *layer,
      const LstmValueId *inputs, guint n_inputs, const LstmValueId *states,
      guint n_states, GArray *outputs, GError **error);
  void (*clear) (LstmLayer *layer);

  gpointer (*pack) (const LstmLayer *layer, const LstmKernels *kernels);
  void (*unpack) (gpointer packed);
  guint (*slots) (
      const LstmPlanNode *node, LstmSlotSpec slots[LSTM_MAX_OUTPUTS]);
  gsize (*scratch) (
      const LstmPlanNode *node, const LstmKernels *kernels, gsize samples);
  LstmRunFunc run;
  /* What does the same for one item of one stream; NULL: run does. */
  LstmRunFunc (*run_one) (const LstmPlanNode *node);
};

const LstmLayerClass *lstm_layer_class_find (const gchar *name);

LstmLayer *lstm_layer_new (const gchar *class_name, const gchar *name,
    GVariant *config, guint keras, GPtrArray *notes, GError **error);
/* The same of any class, those included that have no name for users. */
LstmLayer *lstm_layer_new_of_class (const LstmLayerClass *klass,
    const gchar *name, GVariant *config, guint keras, GPtrArray *notes,
    GError **error);
/* Makes a layer that @layer works with and that has no weights, as a child of
 * it. @config: nullable, floating; must be right. */
LstmLayer *lstm_layer_add_helper (
    LstmLayer *layer, const LstmLayerClass *klass, GVariant *config);
void lstm_layer_free (LstmLayer *layer);
/* For build functions, which run at each call of a layer: declares the next
 * weight, or holds it against what the first call declared. */
void lstm_layer_declare_weight (
    LstmLayer *layer, const gchar *name, LstmShape shape);
gboolean lstm_layer_build (
    LstmLayer *layer, const LstmInference *inference, GError **error);
const gfloat *lstm_layer_weight_data (const LstmLayer *layer, guint i);
void lstm_layer_add_child (
    LstmLayer *layer, LstmLayer *child, const gchar *weight_prefix);

gboolean lstm_shape_error (GError **error, const LstmLayer *layer,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

/* Notes what a builder was asked for. @outputs: LstmValueId, or NULL for none.
 * Valid until the next one. */
LstmCall *lstm_calls_add (LstmModel *model, LstmCallKind kind, LstmLayer *layer,
    const LstmValueId *ids, guint n_inputs, guint n_states,
    const GArray *outputs);

LstmModel *lstm_model_builder_peek (LstmModelBuilder *builder);
/* Whether calls with an initial_state see the mask of their input. */
gboolean lstm_model_builder_masks_state (LstmModelBuilder *builder);
/* A call of a layer that is one node, masks of its inputs not joined. */
GArray *lstm_model_builder_call_node (LstmModelBuilder *builder,
    LstmLayer *layer, const LstmValueId *ids, guint n_inputs, guint n_states,
    GError **error);
/* The same for what has one output. */
gboolean lstm_model_builder_call_one (LstmModelBuilder *builder,
    LstmLayer *layer, const LstmValueId *ids, guint n_inputs,
    LstmValueId *output, GError **error);

/* masks.c: which mask goes with which value. */
gboolean lstm_masks_pass (LstmModelBuilder *builder, LstmNode *node,
    gboolean makes_mask, GError **error);
gboolean lstm_masks_distribute (LstmModelBuilder *builder, LstmLayer *layer,
    LstmValueId input, LstmValueId output, GError **error);
GArray *lstm_masks_join (LstmModelBuilder *builder, LstmLayer *layer,
    const LstmValueId *ids, guint n, GError **error);

/* For inference of layers that change neither shape nor time. */
gboolean lstm_infer_same (
    const LstmLayer *layer, LstmInference *inference, GError **error);

/* For inference of what reads the whole window: it gives a step for each, or
 * @out steps. */
void lstm_infer_whole (LstmInference *inference, const gchar *why);
void lstm_infer_window (LstmInference *inference, const gchar *why, gint64 out);

/* Floats in one item of input or output i of a node. */
gsize lstm_run_in_size (const LstmRun *run, guint i);
gsize lstm_run_out_size (const LstmRun *run, guint i);
