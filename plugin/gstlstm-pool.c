/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where lstm's output buffers come from: downstream's pool if it offers one
 * that never makes anybody wait, else one of its own. */

#include "gstlstm-private.h"
#include "gstlstmpool.h"

#define GST_CAT_DEFAULT gst_lstm_debug

/* Larger buffers are made for the occasion. */
#define MAX_POOLED (1 << 20)

void
gst_lstm_clear_pool (GstLstm *self)
{
  if (self->own_pool)
    gst_buffer_pool_set_active (self->pool, FALSE);
  gst_clear_object (&self->pool);
  self->own_pool = FALSE;
  self->pool_size = 0;
}

/* A list of outputs needs as many buffers at once as it has: a pool that has a
 * most would make it wait for itself. */
static gboolean
offers_pool (GstQuery *query)
{
  GstBufferPool *pool = NULL;
  guint max = 0;

  if (gst_query_get_n_allocation_pools (query) == 0)
    return FALSE;
  gst_query_parse_nth_allocation_pool (query, 0, &pool, NULL, NULL, &max);
  if (pool == NULL)
    return FALSE;
  gst_object_unref (pool);
  return max == 0;
}

static void
take_pool (GstLstm *self, GstQuery *query)
{
  gst_query_parse_nth_allocation_pool (
      query, 0, &self->pool, &self->pool_size, NULL, NULL);
  if (self->pool_size > 0 && gst_buffer_pool_set_active (self->pool, TRUE))
    return;
  gst_clear_object (&self->pool);
  self->pool_size = 0;
}

gboolean
gst_lstm_decide_allocation (GstBaseTransform *trans, GstQuery *query)
{
  GstLstm *self = GST_LSTM (trans);
  gboolean offered = offers_pool (query);

  gst_lstm_clear_pool (self);
  while (!offered && gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
  if (!GST_BASE_TRANSFORM_CLASS (g_type_class_peek (GST_TYPE_BASE_TRANSFORM))
           ->decide_allocation (trans, query))
    return FALSE;
  if (offered)
    take_pool (self, query);
  return TRUE;
}

/* A pool of our own, of buffers of @size at least. */
static void
renew_pool (GstLstm *self, gsize size)
{
  guint larger = self->pool_size * 2;

  gst_lstm_clear_pool (self);
  self->own_pool = TRUE;
  self->pool_size = MAX ((guint) size, MIN (larger, MAX_POOLED));
  self->pool = gst_lstm_pool_new (NULL, self->pool_size);
  GST_DEBUG_OBJECT (self, "buffers of %u bytes", self->pool_size);
}

/* A buffer of @size bytes, writable. */
GstBuffer *
gst_lstm_new_output (GstLstm *self, gsize size)
{
  GstBuffer *buffer;

  if (size > self->pool_size && size <= MAX_POOLED)
    renew_pool (self, size);
  if (size > self->pool_size ||
      gst_buffer_pool_acquire_buffer (self->pool, &buffer, NULL) != GST_FLOW_OK)
    return gst_buffer_new_allocate (NULL, size, NULL);
  if (size < self->pool_size)
    gst_buffer_set_size (buffer, (gssize) size);
  return buffer;
}
