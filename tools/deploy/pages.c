/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pages.h"

#include <gio/gio.h>
#include <string.h>

#include "exposition.h"
#include "status-json.h"

/* The main thread looks after pipelines once a second. */
#define ALIVE_SECONDS 10

#define TEXT "text/plain; charset=utf-8"
#define NOTHING "default-src 'none'; frame-ancestors 'none'"

struct _DeployPages {
  GBytes *html;
  gchar *security; /* of it */

  /* What was made of one snapshot, for all who ask; or NULL. */
  DeploySnapshot *snapshot;
  GBytes *metrics;
  GBytes *json;
};

/* ---- the page ---- */

/* What stands between two tags of the page, as a source that may be used. */
static gchar *
hash_inline (const gchar *html, const gchar *open, const gchar *close)
{
  const gchar *begin = strstr (html, open) + strlen (open);
  const gchar *end = strstr (begin, close);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;
  g_autofree gchar *text = NULL;

  g_checksum_update (checksum, (const guchar *) begin, end - begin);
  g_checksum_get_digest (checksum, digest, &length);
  text = g_base64_encode (digest, length);
  return g_strdup_printf ("'sha256-%s'", text);
}

DeployPages *
deploy_pages_new (void)
{
  DeployPages *pages = g_new0 (DeployPages, 1);
  g_autofree gchar *script = NULL;
  g_autofree gchar *style = NULL;
  const gchar *html;

  pages->html = g_resources_lookup_data (
      "/gst-lstm/status.html", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  html = g_bytes_get_data (pages->html, NULL); /* a 0 byte follows it */
  script = hash_inline (html, "<script>", "</script>");
  style = hash_inline (html, "<style>", "</style>");
  pages->security = g_strdup_printf (
      "default-src 'none'; script-src %s; style-src %s; connect-src 'self'; "
      "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors "
      "'none'",
      script, style);
  return pages;
}

static void
forget (DeployPages *pages)
{
  g_clear_pointer (&pages->metrics, g_bytes_unref);
  g_clear_pointer (&pages->json, g_bytes_unref);
  g_clear_pointer (&pages->snapshot, deploy_snapshot_unref);
}

void
deploy_pages_free (DeployPages *pages)
{
  forget (pages);
  g_bytes_unref (pages->html);
  g_free (pages->security);
  g_free (pages);
}

/* ---- health ---- */

static GBytes *
take_text (GString *text)
{
  return g_string_free_to_bytes (text);
}

static guint
write_health (const DeploySnapshot *snapshot, GString *text)
{
  gint64 age = snapshot ? g_get_monotonic_time () - snapshot->at : 0;

  if (!snapshot) {
    g_string_append (text, "the deployment is starting\n");
    return 503;
  }
  if (age > ALIVE_SECONDS * (gint64) G_USEC_PER_SEC) {
    g_string_append_printf (text,
        "the main thread has not looked after its pipelines for %d s; it does "
        "so once a second\n",
        (gint) (age / G_USEC_PER_SEC));
    return 503;
  }
  g_string_append (text, "ok\n");
  return 200;
}

static void
write_unready (const DeployPipelineView *view, GString *text)
{
  if (view->phase == DEPLOY_PHASE_FAILED)
    g_string_append_printf (
        text, "%s: failed for good: %s\n", view->name, view->last_error);
  else if (!view->has_run)
    g_string_append_printf (text, "%s: has not started yet%s%s\n", view->name,
        view->last_error ? ": " : "", view->last_error ? view->last_error : "");
}

static guint
write_readiness (const DeploySnapshot *snapshot, GString *text)
{
  if (!snapshot || !snapshot->ready)
    g_string_append (text, "pipelines are yet to be started\n");
  for (guint i = 0; snapshot && i < snapshot->pipelines->len; i++)
    write_unready (g_ptr_array_index (snapshot->pipelines, i), text);
  if (text->len > 0)
    return 503;
  g_string_append (text, "ready\n");
  return 200;
}

/* ---- by path ---- */

static void
take_snapshot (DeployPages *pages, DeploySnapshot *snapshot)
{
  if (pages->snapshot == snapshot)
    return;
  forget (pages);
  pages->snapshot = deploy_snapshot_ref (snapshot);
}

/* Made once for all who ask while nothing is new. */
static GBytes *
get_made (GBytes **made, GString *(*make) (const DeploySnapshot *snapshot),
    const DeploySnapshot *snapshot)
{
  if (!*made)
    *made = take_text (make (snapshot));
  return g_bytes_ref (*made);
}

static void
set_text (DeployPage *page, guint status, const gchar *text)
{
  page->status = status;
  page->body = g_bytes_new_static (text, strlen (text));
}

static void
get_from_snapshot (DeployPages *pages, const gchar *path,
    DeploySnapshot *snapshot, DeployPage *page)
{
  if (!snapshot) {
    set_text (page, 503, "the deployment is starting\n");
    return;
  }
  take_snapshot (pages, snapshot);
  page->status = 200;
  if (g_str_equal (path, "/metrics")) {
    page->type = DEPLOY_EXPOSITION_TYPE;
    page->body = get_made (&pages->metrics, deploy_exposition_new, snapshot);
  } else {
    page->type = "application/json";
    page->body = get_made (&pages->json, deploy_status_json_new, snapshot);
  }
}

void
deploy_pages_get (DeployPages *pages, const gchar *path,
    DeploySnapshot *snapshot, DeployPage *page)
{
  GString *text;

  *page = (DeployPage){ .type = TEXT, .security = NOTHING };
  if (g_str_equal (path, "/")) {
    page->status = 200;
    page->type = "text/html; charset=utf-8";
    page->security = pages->security;
    page->body = g_bytes_ref (pages->html);
  } else if (g_str_equal (path, "/metrics") ||
             g_str_equal (path, "/status.json")) {
    get_from_snapshot (pages, path, snapshot, page);
  } else if (g_str_equal (path, "/healthz")) {
    text = g_string_new (NULL);
    page->status = write_health (snapshot, text);
    page->body = take_text (text);
  } else if (g_str_equal (path, "/readyz")) {
    text = g_string_new (NULL);
    page->status = write_readiness (snapshot, text);
    page->body = take_text (text);
  } else {
    set_text (page, 404,
        "there are /, /metrics, /healthz, /readyz and /status.json\n");
  }
}

void
deploy_pages_refuse_method (DeployPages *pages, DeployPage *page)
{
  *page = (DeployPage){ .type = TEXT, .security = NOTHING };
  set_text (page, 405, "everything here is to be read: GET or HEAD\n");
}
