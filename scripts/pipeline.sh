# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by the scripts in pipelines/, after setup.sh: prints and runs a
# pipeline. The sourcing script exports GST_PLUGIN_PATH and has a function
# `usage`. Everything here is POSIX sh.
#
# shellcheck shell=sh

lstm_usage_error ()
{
  printf '%s: %s\n\n' "${0##*/}" "$1" >&2
  usage >&2
  exit 2
}

# A word as a shell takes it back, in quotes only if it needs them.
lstm_quote ()
{
  case $1 in
    *[!A-Za-z0-9_./=:!+-]* | '')
      printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
  esac
}

# lstm_print_command COMMAND...: the pipeline, a line an element.
lstm_print_command ()
{
  printf '\n  GST_PLUGIN_PATH=%s' "$(lstm_quote "$GST_PLUGIN_PATH")"
  for word; do
    [ "$word" = '!' ] && printf " \\\\\n   "
    printf ' %s' "$(lstm_quote "$word")"
  done
  printf '\n\n'
}

# lstm_watch PID: interrupts gst-launch-1.0 if it does not end after an error. It
# misses an error that comes before its main loop runs, and waits for ever.
lstm_watch ()
{
  while kill -0 "$1" 2>/dev/null; do
    if grep -q '^ERROR' "$lstm_errors"; then
      sleep 3
      kill -INT "$1" 2>/dev/null
      return
    fi
    sleep 1
  done
}

# lstm_launch ELEMENT... ! ELEMENT...: prints the pipeline and runs it with
# gst-launch-1.0; its errors are shown when it has ended. In English, by which
# lstm_watch knows them.
lstm_launch ()
{
  set -- gst-launch-1.0 "$@"
  lstm_print_command "$@"
  lstm_errors=$(mktemp)
  LANGUAGE=en "$@" 2>"$lstm_errors" &
  lstm_launched=$!
  lstm_watch "$lstm_launched" >/dev/null 2>&1 &
  lstm_watcher=$!
  lstm_status=0
  wait "$lstm_launched" || lstm_status=$?
  kill "$lstm_watcher" 2>/dev/null || true
  cat "$lstm_errors" >&2
  rm -f "$lstm_errors"
  return "$lstm_status"
}
