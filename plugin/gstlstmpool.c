/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmpool.h"

/* Room of the queue at first; it grows. */
#define QUEUE_SIZE 16

#define GST_TYPE_LSTM_POOL (gst_lstm_pool_get_type ())
G_DECLARE_FINAL_TYPE (GstLstmPool, gst_lstm_pool, GST, LSTM_POOL, GstBufferPool)

struct _GstLstmPool {
  GstBufferPool parent;
  GstAtomicQueue *free; /* buffers that nobody has */
  guint size;           /* bytes of each */
};

G_DEFINE_TYPE (GstLstmPool, gst_lstm_pool, GST_TYPE_BUFFER_POOL)

static gboolean
gst_lstm_pool_set_config (GstBufferPool *pool, GstStructure *config)
{
  GstLstmPool *self = (GstLstmPool *) pool;

  if (!gst_buffer_pool_config_get_params (
          config, NULL, &self->size, NULL, NULL))
    return FALSE;
  return GST_BUFFER_POOL_CLASS (gst_lstm_pool_parent_class)
      ->set_config (pool, config);
}

/* The first buffers are made when they are asked for. */
static gboolean
gst_lstm_pool_start (GstBufferPool *pool)
{
  return TRUE;
}

static void
drop_free (GstLstmPool *self)
{
  GstBuffer *buffer;

  while ((buffer = gst_atomic_queue_pop (self->free)) != NULL)
    gst_buffer_unref (buffer);
}

static gboolean
gst_lstm_pool_stop (GstBufferPool *pool)
{
  drop_free ((GstLstmPool *) pool);
  return GST_BUFFER_POOL_CLASS (gst_lstm_pool_parent_class)->stop (pool);
}

static GstFlowReturn
gst_lstm_pool_acquire_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstLstmPool *self = (GstLstmPool *) pool;
  GstFlowReturn flow;

  if (GST_BUFFER_POOL_IS_FLUSHING (pool))
    return GST_FLOW_FLUSHING;
  *buffer = gst_atomic_queue_pop (self->free);
  if (*buffer != NULL)
    return GST_FLOW_OK;
  flow = GST_BUFFER_POOL_GET_CLASS (pool)->alloc_buffer (pool, buffer, params);
  if (flow == GST_FLOW_OK)
    GST_BUFFER_FLAG_UNSET (*buffer, GST_BUFFER_FLAG_TAG_MEMORY);
  return flow;
}

/* What somebody changed the memory of, or cut, or still reads, is of no more
 * use. */
static void
gst_lstm_pool_release_buffer (GstBufferPool *pool, GstBuffer *buffer)
{
  GstLstmPool *self = (GstLstmPool *) pool;

  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY) ||
      !gst_buffer_is_all_memory_writable (buffer) ||
      gst_buffer_get_size (buffer) != self->size)
    gst_buffer_unref (buffer);
  else
    gst_atomic_queue_push (self->free, buffer);
}

static void
gst_lstm_pool_finalize (GObject *object)
{
  GstLstmPool *self = (GstLstmPool *) object;

  drop_free (self);
  gst_atomic_queue_unref (self->free);
  G_OBJECT_CLASS (gst_lstm_pool_parent_class)->finalize (object);
}

static void
gst_lstm_pool_class_init (GstLstmPoolClass *klass)
{
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_lstm_pool_finalize;
  pool_class->set_config = gst_lstm_pool_set_config;
  pool_class->start = gst_lstm_pool_start;
  pool_class->stop = gst_lstm_pool_stop;
  pool_class->acquire_buffer = gst_lstm_pool_acquire_buffer;
  pool_class->release_buffer = gst_lstm_pool_release_buffer;
}

static void
gst_lstm_pool_init (GstLstmPool *self)
{
  self->free = gst_atomic_queue_new (QUEUE_SIZE);
}

/**
 * gst_lstm_pool_new:
 * @caps: (nullable): of its buffers
 * @size: bytes of a buffer
 *
 * Returns: (transfer full): a pool that is active: as many buffers as are
 *   needed at once
 */
GstBufferPool *
gst_lstm_pool_new (GstCaps *caps, guint size)
{
  GstBufferPool *pool = g_object_new (GST_TYPE_LSTM_POOL, NULL);
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_object_ref_sink (pool);
  gst_buffer_pool_config_set_params (config, caps, size, 0, 0);
  gst_buffer_pool_set_config (pool, config);
  gst_buffer_pool_set_active (pool, TRUE);
  return pool;
}
