/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/pool.h>

/* One part of a job; parts are numbered from 0. */
typedef void (*LstmPoolFunc) (gpointer data, guint part);

/* Who has the pool may give it jobs; FALSE if somebody else has it. */
gboolean lstm_pool_try_acquire (LstmPool *pool);
void lstm_pool_release (LstmPool *pool);

/* Runs parts 0 to n_parts - 1, at most as many as the pool has threads, and
 * returns when all are done. The calling thread does part 0, and those that no
 * other thread has begun by then. */
void lstm_pool_run (
    LstmPool *pool, guint n_parts, LstmPoolFunc func, gpointer data);

/* The least multiply-adds that a part of a job is worth making for; tests set
 * it to 0 before anything runs. */
guint64 lstm_pool_get_least_macs (const LstmPool *pool);
void lstm_pool_set_least_macs (LstmPool *pool, guint64 macs);

/* How many jobs there have been. */
guint lstm_pool_count_jobs (const LstmPool *pool);

/* pool-processors.c: what limits under @root, / but in tests, leave of @n
 * processors. */
guint lstm_limit_processors (const gchar *root, guint n);
