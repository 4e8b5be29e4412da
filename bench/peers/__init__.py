# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What compare.py consists of: the rows, the peers and their workers, the report."""
