/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <gst/gst.h>

#include "gstcsvdec.h"
#include "gstcsvenc.h"
#include "gstjsondec.h"
#include "gstjsonenc.h"
#include "gstlstm.h"
#include "gstlstmkey.h"
#include "gstlstmpost.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean registered = FALSE;

  registered |= GST_ELEMENT_REGISTER (csvdec, plugin);
  registered |= GST_ELEMENT_REGISTER (csvenc, plugin);
  registered |= GST_ELEMENT_REGISTER (jsondec, plugin);
  registered |= GST_ELEMENT_REGISTER (jsonenc, plugin);
  registered |= GST_ELEMENT_REGISTER (lstm, plugin);
  registered |= GST_ELEMENT_REGISTER (lstmkey, plugin);
  registered |= GST_ELEMENT_REGISTER (lstmpost, plugin);
  return registered;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, lstm,
    "Recurrent models on live streams", plugin_init, VERSION, "LGPL", PACKAGE,
    PACKAGE)
