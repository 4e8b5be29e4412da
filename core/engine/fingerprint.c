/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The fingerprint of a model: SHA-256 over what it computes. Each value of the
 * graph has a digest, of the call that makes it and the digests of what that
 * reads, so that neither the order of layers in a file nor the numbering of
 * values matters. Wrappers do not count, what they were expanded to does. */

#include "engine/fingerprint.h"

#include <string.h>

#define DIGEST_BYTES 32
#define CHUNK 4096 /* floats */

typedef struct {
  guint8 bytes[DIGEST_BYTES];
} Digest;

typedef struct {
  const LstmModel *model;
  GHashTable *layers; /* LstmLayer -> owned Digest */
  Digest *values;     /* one a value of the model */
} Walk;

static void
add_u64 (GChecksum *sum, guint64 n)
{
  guint64 le = GUINT64_TO_LE (n);

  g_checksum_update (sum, (const guchar *) &le, sizeof le);
}

/* No single update above 1 GiB: GChecksum's lengths are signed. */
static void
add_bytes (GChecksum *sum, gconstpointer data, gsize size)
{
  const guchar *p = data;

  while (size > 0) {
    gsize n = MIN (size, (gsize) 1 << 30);

    g_checksum_update (sum, p, (gssize) n);
    p += n;
    size -= n;
  }
}

void
lstm_fingerprint_add (
    GChecksum *sum, const gchar *tag, gconstpointer data, gsize size)
{
  add_u64 (sum, strlen (tag));
  add_bytes (sum, tag, strlen (tag));
  add_u64 (sum, size);
  add_bytes (sum, data, size);
}

void
lstm_fingerprint_add_text (GChecksum *sum, const gchar *tag, const gchar *text)
{
  lstm_fingerprint_add (sum, tag, text, strlen (text));
}

static void
add_number (GChecksum *sum, const gchar *tag, gint64 n)
{
  guint64 le = GUINT64_TO_LE ((guint64) n);

  lstm_fingerprint_add (sum, tag, &le, sizeof le);
}

static void
add_shape (GChecksum *sum, const gchar *tag, const LstmShape *shape)
{
  add_number (sum, tag, shape->rank);
  for (guint i = 0; i < shape->rank; i++)
    add_number (sum, "axis", shape->dims[i]);
}

static void
add_digest (GChecksum *sum, const gchar *tag, const Digest *digest)
{
  lstm_fingerprint_add (sum, tag, digest->bytes, DIGEST_BYTES);
}

static void
finish (GChecksum *sum, Digest *digest)
{
  gsize size = DIGEST_BYTES;

  g_checksum_get_digest (sum, digest->bytes, &size);
}

/* ---- layers ---- */

static void
add_floats (GChecksum *sum, const gfloat *data, gsize n)
{
  guint32 le[CHUNK];

  add_u64 (sum, n);
  for (gsize i = 0; i < n; i += CHUNK) {
    gsize part = MIN (n - i, CHUNK);

    memcpy (le, data + i, part * sizeof *le);
    for (gsize k = 0; k < part; k++)
      le[k] = GUINT32_TO_LE (le[k]);
    add_bytes (sum, le, part * sizeof *le);
  }
}

static Digest *
layer_digest (const LstmLayer *layer, guint keras)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  Digest *digest = g_new (Digest, 1);

  lstm_fingerprint_add_text (sum, "class", layer->klass->name);
  /* A layer that carries something names its slots. */
  if (layer->klass->slots)
    lstm_fingerprint_add_text (sum, "name", layer->name);
  lstm_fingerprint_add_options (sum, layer, keras);
  for (guint i = 0; i < layer->weights->len; i++) {
    const LstmWeight *weight = g_ptr_array_index (layer->weights, i);

    add_shape (sum, "weight", &weight->shape);
    add_floats (sum, weight->data, lstm_shape_count (&weight->shape));
  }
  finish (sum, digest);
  return digest;
}

static const Digest *
find_layer (Walk *walk, LstmLayer *layer)
{
  Digest *digest = g_hash_table_lookup (walk->layers, layer);

  if (!digest) {
    digest = layer_digest (layer, walk->model->keras);
    g_hash_table_insert (walk->layers, layer, digest);
  }
  return digest;
}

/* ---- graph ---- */

static void
digest_value (
    Walk *walk, LstmValueId id, const Digest *maker, const gchar *tag, guint i)
{
  const LstmSpec *spec = &lstm_model_value (walk->model, id)->spec;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  if (maker)
    add_digest (sum, "maker", maker);
  add_number (sum, tag, i);
  add_shape (sum, "shape", &spec->shape);
  add_number (sum, "time", spec->time ? 1 : 0);
  finish (sum, &walk->values[id]);
}

static void
digest_node (Walk *walk, const LstmNode *node, Digest *digest)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  add_digest (sum, "layer", find_layer (walk, node->layer));
  add_number (sum, "fold", node->fold);
  add_number (sum, "inputs", node->n_inputs);
  add_number (sum, "states", node->n_states);
  for (guint i = 0; i < node->n_inputs + node->n_states; i++)
    add_digest (sum, "reads", &walk->values[node->inputs[i]]);
  if (node->mask >= 0)
    add_digest (sum, "mask", &walk->values[node->mask]);
  finish (sum, digest);
  for (guint i = 0; i < node->n_outputs; i++)
    digest_value (walk, node->outputs[i], digest, "output", i);
}

static gint
compare_digests (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, DIGEST_BYTES);
}

static gchar *
compute (const LstmModel *model)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GHashTable) layers =
      g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autofree Digest *values = g_new0 (Digest, MAX (model->values->len, 1));
  g_autofree Digest *nodes = g_new0 (Digest, MAX (model->nodes->len, 1));
  Walk walk = { .model = model, .layers = layers, .values = values };

  for (guint i = 0; i < model->inputs->len; i++)
    digest_value (&walk, g_array_index (model->inputs, LstmEnd, i).value, NULL,
        "input", i);
  for (guint i = 0; i < model->nodes->len; i++)
    digest_node (&walk, g_ptr_array_index (model->nodes, i), &nodes[i]);

  lstm_fingerprint_add_text (sum, "fingerprint", "1");
  for (guint i = 0; i < model->inputs->len; i++)
    add_digest (
        sum, "input", &values[g_array_index (model->inputs, LstmEnd, i).value]);
  for (guint i = 0; i < model->outputs->len; i++)
    add_digest (sum, "output",
        &values[g_array_index (model->outputs, LstmEnd, i).value]);
  qsort (nodes, model->nodes->len, sizeof *nodes, compare_digests);
  for (guint i = 0; i < model->nodes->len; i++)
    add_digest (sum, "node", &nodes[i]);
  return g_strdup (g_checksum_get_string (sum));
}

/**
 * lstm_model_get_fingerprint:
 * @model: a model
 *
 * What tells models apart that compute different numbers: SHA-256 over the
 * layers' classes, options and weights (float32, little-endian, in Keras's
 * layout), how they are connected, and shapes. Names of layers count only where
 * a layer carries state from call to call and so names slots; names of files,
 * of the model, of its inputs and outputs, the batch size and options that
 * change no number do not. A model has the same fingerprint in whatever file
 * format it came. The first call takes as long as hashing the weights does;
 * call it before the stream runs.
 *
 * Returns: (transfer none): 64 hexadecimal digits; any thread may ask
 */
const gchar *
lstm_model_get_fingerprint (const LstmModel *model)
{
  gchar **place;

  g_return_val_if_fail (model != NULL, NULL);
  place = &((LstmModel *) model)->fingerprint;
  if (g_once_init_enter (place))
    g_once_init_leave (place, compute (model));
  return *place;
}
