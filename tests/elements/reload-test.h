/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "lstm-reference.h"

G_BEGIN_DECLS

/* A stream through an lstm whose model changes, and beside it the same models
 * run by the library: what comes out is compared bit by bit. */

#define RELOAD_FEATURES 3

typedef struct {
  ElementTest *test;
  GRand *rand;
  LstmPlan *plan;      /* that runs */
  gchar *initial;      /* path of the streams' initial state, or NULL */
  GHashTable *streams; /* key, "" for none -> LstmStream */
  GstStructure *last;  /* of the newest message of a reload, or NULL */
  guint n_reloads;
  GQueue warnings; /* GstMessage: not yet looked at */
} ReloadTest;

/* Path of a model in tests/models/reload, or of another one that is given as an
 * absolute path. (transfer full) */
gchar *reload_path (const gchar *name);

/* Further properties are pairs of name and text, then NULL. */
ReloadTest *reload_test_new (const gchar *model, ...) G_GNUC_NULL_TERMINATED;
void reload_test_free (ReloadTest *r);

/* Sets the property `model`. */
void reload_test_set (ReloadTest *r, const gchar *model);

/* Pushes one frame of a stream (@key may be NULL) and holds its output against
 * the library's; a model that takes over before the frame does so there too. */
void reload_test_push (ReloadTest *r, const gchar *key);
/* The same of a list of buffers of one frame each. */
void reload_test_push_list (ReloadTest *r, const gchar *const *keys, guint n);
void reload_test_push_many (ReloadTest *r, const gchar *key, guint n);

/* Pushes frames until @n more models have taken over; fails if none does. */
void reload_test_await (ReloadTest *r, guint n);

/* The newest message says so of the states. */
void reload_test_assert_kept (
    ReloadTest *r, const gchar *model, guint kept, guint reset);

/* The oldest warning that was not yet looked at; waits for one. Its text holds
 * every string of the NULL-terminated list. */
void reload_test_assert_warning (ReloadTest *r, ...) G_GNUC_NULL_TERMINATED;
void reload_test_assert_no_warning (ReloadTest *r);

void reload_test_assert_model (ReloadTest *r, const gchar *model);

/* The element was stopped and started: streams begin anew, with @model; or go
 * on, where the element has kept them. */
void reload_test_restart (ReloadTest *r, const gchar *model);
void reload_test_resume (ReloadTest *r, const gchar *model);

/* The element was reset: streams begin anew. */
void reload_test_forget (ReloadTest *r);

/* Waits for the warning that the old model runs on, which holds @why; the
 * property reads @model again. */
void reload_test_assert_refused (
    ReloadTest *r, const gchar *model, const gchar *why, const gchar *more);
void reload_test_assert_property (ReloadTest *r, const gchar *model);

/* Waits until what was asked for since the first call has been loaded. */
void reload_test_watch_loading (void);
void reload_test_await_loaded (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReloadTest, reload_test_free)

G_END_DECLS
