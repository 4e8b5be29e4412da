#!/bin/sh
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
# shellcheck source=SCRIPTDIR/../../scripts/setup.sh
. "$root/scripts/setup.sh"
# shellcheck source=SCRIPTDIR/../../scripts/pipeline.sh
. "$root/scripts/pipeline.sh"

usage ()
{
  cat <<'EOF'
Usage: sh run.sh [OPTIONS]

Predicts a share's next close, day by day, with a stateful Keras model in a
GStreamer pipeline. Installs what is missing, builds, runs through all days
without a break; then through the first of them, saving the state, and from
there on, restoring it. Shows that both ways give the same bytes.

Options:
  --days N     stop after N days, from 1 to 1046 (default: 524)
  --build DIR  where to build (default: build in the source tree)
  --help       print this
EOF
}

# parse_arguments ARGUMENTS: sets $days and $build.
parse_arguments ()
{
  days=524
  build=$root/build
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --build | --days)
        [ $# -ge 2 ] || lstm_usage_error "$1 needs a value after it"
        [ "$1" = --days ] && days=$2 || build=$2
        shift
        ;;
      --build=*) build=${1#*=} ;;
      --days=*) days=${1#*=} ;;
      *) lstm_usage_error "no argument $1" ;;
    esac
    shift
  done
  case $days in
    '' | 0* | *[!0-9]* | ?????*) ;;
    *) [ "$days" -gt 1046 ] || return 0 ;;
  esac
  lstm_usage_error "--days $days: expected a number from 1 to 1046"
}

# predict INPUT OUTPUT SKIP HEADER [STATE]: runs the pipeline.
predict ()
{
  lstm_launch filesrc "location=$1" \
    ! csvdec "config=$here/stocks.yaml" "skip-rows=$3" \
    ! lstm "config=$here/stocks.yaml" ${5:+"state-file=$5"} \
    ! csvenc "header=$4" ! filesink "location=$2" >"$work/log" ||
    { cat "$work/log"; lstm_die "the pipeline failed; its message stands above"; }
  sed -n '/GST_PLUGIN_PATH/,/filesink/p' "$work/log"
  lstm_say
}

# Errors in dollars: to what Keras predicts, and to the close of the next day.
report ()
{
  paste -d, "$work/whole.csv" "$here/expected.csv" "$here/goog.csv" |
    awk -F, '
      function far (a, b) { return a > b ? a - b : b - a }
      NR == 1 { next }
      {
        if (far($2, $4) > keras)
          keras = far($2, $4)
        if (NR > 2) {
          ours += far(predicted, $9)
          naive += far(today, $9)
        }
        predicted = $2
        today = $9
        date = $1
      }
      END {
        printf "Largest difference to Keras: %.2g dollars of %d days.\n", keras, NR - 1
        printf "Mean error: %.2f dollars; of tomorrow = today: %.2f.\n",
          ours / (NR - 2), naive / (NR - 2)
        printf "After %s, which closed at %.2f, it expects %.2f.\n", date, today,
          predicted
      }'
}

parse_arguments "$@"
lstm_install "$lstm_needs_build$lstm_needs_pipeline"
lstm_say "Building in $build."
lstm_build "$build" gstlstm || lstm_die "the build failed; what it\
 printed stands above"
GST_PLUGIN_PATH=$(CDPATH='' cd -- "$build" && pwd -P)/plugin
export GST_PLUGIN_PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

lstm_say "Without a break:"
predict "$here/goog.csv" "$work/whole.csv" 0 true
lstm_say "The first $days days, and the state saved:"
head -n $((days + 1)) "$here/goog.csv" >"$work/first-days.csv"
predict "$work/first-days.csv" "$work/first.csv" 0 true "$work/state"
lstm_say "The days after them, from that state:"
predict "$here/goog.csv" "$work/second.csv" "$days" false "$work/state"

cat "$work/first.csv" "$work/second.csv" >"$work/joined.csv"
cmp "$work/whole.csv" "$work/joined.csv" ||
  lstm_die "the stopped run differs from the unbroken one"
lstm_say "The stopped run and the unbroken one are equal, byte for byte."
report
