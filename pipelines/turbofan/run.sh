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
Usage: sh run.sh [OPTIONS] [TEST.csv [PREDICTIONS.csv]]

Which turbofan engines will fail within 30 cycles? Installs what is missing,
builds, runs a Keras LSTM model over the rows of TEST.csv in a GStreamer
pipeline, prints the engines most likely to fail and draws their probability.

  TEST.csv         rows to predict from, with a header; default: the published
                   test data beside this script
  PREDICTIONS.csv  where predictions are written; default: predictions.csv,
                   beside this script for the published data and in the current
                   directory for TEST.csv. The drawing is written beside it,
                   with .svg for .csv.

Options:
  --config FILE    model, columns, scaling and window (default: turbofan.yaml
                   beside this script)
  --build DIR      where to build (default: build in the source tree)
  --help           print this
EOF
}

# parse_arguments ARGUMENTS: sets $config, $build, $input, $predictions, $svg.
parse_arguments ()
{
  config=$here/turbofan.yaml
  build=$root/build
  input=
  predictions=
  options=yes
  while [ $# -gt 0 ]; do
    case $options$1 in
      yes--help | yes-h) usage; exit 0 ;;
      yes--config | yes--build)
        [ $# -ge 2 ] || lstm_usage_error "$1 needs a value after it"
        [ "$1" = --config ] && config=$2 || build=$2
        shift
        ;;
      yes--config=*) config=${1#*=} ;;
      yes--build=*) build=${1#*=} ;;
      yes--) options=no ;;
      yes-*) lstm_usage_error "no option $1" ;;
      *)
        if [ -z "$input" ]; then
          input=$1
        elif [ -z "$predictions" ]; then
          predictions=$1
        else
          lstm_usage_error "'$1': one input and one output at most"
        fi
        ;;
    esac
    shift
  done
  if [ -z "$input" ]; then
    input=$here/test.csv
    predictions=$here/predictions.csv
  fi
  predictions=${predictions:-predictions.csv}
  svg=${predictions%.csv}.svg
}

check_files ()
{
  [ -f "$input" ] || lstm_die "$input: no such file; expected a CSV to predict\
 from"
  [ -f "$config" ] || lstm_die "$config: no such file; expected a YAML such as\
 $here/turbofan.yaml"
  # shellcheck disable=SC3013 # in dash and bash, and in POSIX since 2024
  [ ! "$input" -ef "$predictions" ] || lstm_die "$predictions: input and output\
 are the same file; name another output"
  directory=$(dirname -- "$predictions")
  [ -d "$directory" ] || lstm_die "$directory: no such directory; expected one\
 to write $predictions in"
  [ -w "$directory" ] || lstm_die "$directory: cannot be written to; name\
 another output"
}

# run_pipeline: leaves $predictions and $seconds.
run_pipeline ()
{
  GST_PLUGIN_PATH=$build/plugin
  export GST_PLUGIN_PATH
  set -- filesrc "location=$input" ! csvdec "config=$config" \
    ! lstm "config=$config" ! csvenc ! filesink "location=$predictions"
  rm -f -- "$predictions"
  start=$(date +%s%N)
  lstm_launch "$@" || lstm_die "the pipeline failed; its message stands above"
  seconds=$(printf '%s %s\n' "$start" "$(date +%s%N)" |
    awk '{ printf "%.3f", ($2 - $1) / 1e9 }')
  [ -s "$predictions" ] || lstm_die "$predictions: the pipeline wrote nothing"
}

parse_arguments "$@"
check_files
lstm_install "$lstm_needs_build$lstm_needs_turbofan"
lstm_say "Building in $build."
lstm_build "$build" gstlstm gst-lstm || lstm_die "the build failed; what it\
 printed stands above"
build=$(CDPATH='' cd -- "$build" && pwd -P)
lstm_say "Running:"
run_pipeline

python3 "$here/report.py" "$input" "$predictions" --seconds "$seconds" \
  --svg "$svg" --gst-lstm "$build/tools/gst-lstm"
lstm_say "Predictions: $predictions"
lstm_say "Drawing: $svg"
