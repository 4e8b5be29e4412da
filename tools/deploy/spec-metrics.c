/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "spec-private.h"

#include <arpa/inet.h>
#include <string.h>

#define DEFAULT_PORT 9469
#define DEFAULT_ADDRESS "127.0.0.1"

/* Of this machine only: 127.0.0.0/8 and ::1. */
static gboolean
is_loopback (const gchar *address)
{
  struct in6_addr six;

  if (inet_pton (AF_INET6, address, &six) == 1)
    return IN6_IS_ADDR_LOOPBACK (&six);
  return g_str_has_prefix (address, "127.");
}

static gboolean
read_public (const LstmYamlNode *node, DeployFaults *faults)
{
  GError *error = NULL;

  if (node->type == LSTM_YAML_SCALAR && !node->quoted) {
    if (g_str_equal (node->text, "true"))
      return TRUE;
    if (g_str_equal (node->text, "false"))
      return FALSE;
  }
  lstm_yaml_fail_type (node, "public", "true or false", &error);
  deploy_faults_take (faults, error);
  return FALSE;
}

static void
read_port (DeploySpec *spec, const LstmYamlNode *node, const gchar *what,
    DeployFaults *faults)
{
  GError *error = NULL;
  guint port;

  if (lstm_yaml_read_uint (node, what, 0, G_MAXUINT16, &port, &error))
    spec->metrics_port = (guint16) port;
  deploy_faults_take (faults, error);
}

static void
read_address (DeploySpec *spec, const LstmYamlNode *node, gboolean public,
    DeployFaults *faults)
{
  GError *error = NULL;
  const gchar *address = lstm_yaml_read_string (node, "address", &error);
  g_autofree gchar *shown = NULL;

  if (!deploy_faults_take (faults, error))
    return;
  shown = lstm_yaml_quote (address);
  if (!g_hostname_is_ip_address (address)) {
    deploy_faults_add (faults, node,
        "address: found %s, expected an IP address: 127.0.0.1, ::1, or one of "
        "this machine's",
        shown);
    return;
  }
  if (!public && !is_loopback (address))
    deploy_faults_add (faults, node,
        "address: found %s, which other machines reach, and what is told "
        "there asks for no password; add 'public: true' beside it if that is "
        "meant, or use 127.0.0.1",
        shown);
  g_free (spec->metrics_address);
  spec->metrics_address = g_strdup (address);
}

void
deploy_read_metrics (
    DeploySpec *spec, const LstmYamlNode *node, DeployFaults *faults)
{
  enum { PORT, ADDRESS, PUBLIC, N_KEYS };
  static const LstmYamlKey keys[N_KEYS] = { { "port", FALSE },
    { "address", FALSE }, { "public", FALSE } };
  const LstmYamlNode *values[N_KEYS];
  gboolean public = FALSE;

  spec->metrics_node = node;
  spec->metrics_port = DEFAULT_PORT;
  spec->metrics_address = g_strdup (DEFAULT_ADDRESS);
  if (node->type == LSTM_YAML_SCALAR) {
    read_port (spec, node, "metrics", faults);
    return;
  }
  if (!deploy_read_mapping (node, "metrics", keys, N_KEYS, values, faults))
    return;
  if (values[PORT])
    read_port (spec, values[PORT], "port", faults);
  if (values[PUBLIC])
  public = read_public (values[PUBLIC], faults);
  if (values[ADDRESS])
    read_address (spec, values[ADDRESS], public, faults);
}
