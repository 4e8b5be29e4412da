/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "spec.h"
#include "variables.h"

G_BEGIN_DECLS

/* Readers of parts of the file; what is wrong goes to the faults, and reading
 * goes on. */

/* Takes a mapping apart as lstm_yaml_read_mapping() does, but reports every
 * unknown and every missing key. FALSE if @node is no mapping. */
gboolean deploy_read_mapping (const LstmYamlNode *node, const gchar *what,
    const LstmYamlKey *keys, guint n_keys, const LstmYamlNode **values,
    DeployFaults *faults);
/* A name that can be part of a file's. */
gboolean deploy_check_name (
    const LstmYamlNode *key, const gchar *what, DeployFaults *faults);

/* What may stand at the top for all pipelines, and in each for itself. */
typedef struct {
  DeployRestart restart;
  guint watchdog; /* ms */
  gboolean keep_state;
  guint64 state_interval; /* ns */
  GArray *cpus;           /* guint, or NULL */
} DeploySettings;

void deploy_settings_init (DeploySettings *settings);
void deploy_settings_copy (DeploySettings *to, const DeploySettings *from);
void deploy_settings_clear (DeploySettings *settings);

void deploy_read_restart (
    DeployRestart *restart, const LstmYamlNode *node, DeployFaults *faults);
void deploy_read_cpus (
    DeploySettings *settings, const LstmYamlNode *node, DeployFaults *faults);
/* @directory: where it goes, of the file as a whole; NULL in a pipeline. */
void deploy_read_state (DeploySettings *settings, gchar **directory,
    const LstmYamlNode *node, DeployFaults *faults);
void deploy_read_log (
    DeploySpec *spec, const LstmYamlNode *node, DeployFaults *faults);
void deploy_read_metrics (
    DeploySpec *spec, const LstmYamlNode *node, DeployFaults *faults);
/* Seconds of the file, as milliseconds. */
void deploy_read_seconds (const LstmYamlNode *node, const gchar *what,
    gdouble min, guint *ms, DeployFaults *faults);

/* The blocks of the short form, in the order in which they are linked. */
#define DEPLOY_N_BLOCKS 5
extern const LstmYamlKey deploy_blocks[DEPLOY_N_BLOCKS];

typedef struct {
  const gchar *element;    /* that the block stands for */
  const LstmYamlNode *use; /* name of a model, or NULL */
} DeployBlock;

/* The element of a block that is a mapping. */
DeployBlock deploy_describe_block (guint i, const LstmYamlNode *node);
gboolean deploy_is_block_property (const gchar *key);

/* All under `models`, for ${models.NAME} and `use`. */
void deploy_read_models (DeployVariables *variables, GHashTable *models,
    const LstmYamlNode *node, DeployFaults *faults);
/* The blocks as a launch line; @models: name -> node. */
gchar *deploy_read_blocks (const LstmYamlNode *const *blocks,
    GHashTable *models, gboolean keep_state, DeployFaults *faults);

G_END_DECLS
