/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Looking around in a pipeline. A kind of elements is the name of a factory, or
 * several of them with | between. */

/* Those between rows of text and frames. */
#define DEPLOY_DECODERS "csvdec|jsondec"
#define DEPLOY_ENCODERS "csvenc|jsonenc"

/* Its elements of this kind, as they were written;
 * (transfer full). */
GPtrArray *deploy_find_elements (GstElement *pipeline, const gchar *kind);
gboolean deploy_is_element (GstElement *element, const gchar *kind);

/* The element before or after, where one pad leads there; NULL if there is
 * none, or more than one way. (transfer full) */
GstElement *deploy_get_upstream (GstElement *element);
GstElement *deploy_get_downstream (GstElement *element);
/* The nearest of this kind, upstream or downstream; (transfer full) or NULL. */
GstElement *deploy_find_upstream (GstElement *element, const gchar *kind);
GstElement *deploy_find_downstream (GstElement *element, const gchar *kind);

/* Who says what, with the detail; (transfer full). */
gchar *deploy_describe_error (GstMessage *message);
/* Messages of elements that start before their pipeline does are kept. */
void deploy_open_bus (GstElement *pipeline);
/* Why something in a pipeline does not start, from its bus, with the name of
 * who said it. */
void deploy_take_error (GstElement *pipeline, GError **error);

G_END_DECLS
