/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/macros.h>

G_BEGIN_DECLS

/**
 * LSTM_POOL_MAX_THREADS:
 *
 * The most threads that a pool may have.
 */
#define LSTM_POOL_MAX_THREADS 256

/**
 * LstmPool:
 *
 * Threads that help a call of lstm_context_process(): the calling thread is one
 * of them. They are there as long as the pool is. After work they wait for more
 * for some ten microseconds, and then sleep until there is some. Any number of
 * contexts may share a pool; it helps one call at a time, and a call that finds
 * it busy does its work alone, so that none waits for another. A child that a
 * process with a pool forks works alone, too.
 */
typedef struct _LstmPool LstmPool;

LSTM_API LstmPool *lstm_pool_new (guint n_threads, GError **error);
LSTM_API LstmPool *lstm_pool_new_shared (guint n_threads, GError **error);
LSTM_API LstmPool *lstm_pool_ref (LstmPool *pool);
LSTM_API void lstm_pool_unref (LstmPool *pool);
LSTM_API guint lstm_pool_get_n_threads (const LstmPool *pool);

LSTM_API guint lstm_pool_count_processors (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmPool, lstm_pool_unref)

G_END_DECLS
