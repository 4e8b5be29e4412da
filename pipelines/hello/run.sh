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
Usage: sh run.sh [OPTIONS] [CELL]

Which letter comes next? Installs what is missing, builds, reads the letters of
letters.csv one by one through a small Keras model in a GStreamer pipeline, and
prints which letter it expects after each.

  CELL         simplernn, lstm or gru: the cell of the model. Only the line
               `model` of hello.yaml changes. (default: lstm)

Options:
  --build DIR  where to build (default: build in the source tree)
  --help       print this
EOF
}

# parse_arguments ARGUMENTS: sets $cell and $build.
parse_arguments ()
{
  cell=
  build=$root/build
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --build)
        [ $# -ge 2 ] || lstm_usage_error "$1 needs a value after it"
        build=$2
        shift
        ;;
      --build=*) build=${1#*=} ;;
      -*) lstm_usage_error "no option $1" ;;
      *)
        [ -z "$cell" ] || lstm_usage_error "'$1': one cell at most"
        cell=$1
        ;;
    esac
    shift
  done
  cell=${cell:-lstm}
  case $cell in
    simplernn | lstm | gru) ;;
    *) lstm_usage_error "no cell '$cell'; expected simplernn, lstm or gru" ;;
  esac
}

# For each row the letter that was read and the likeliest next one.
print_letters ()
{
  awk -F, '
    NR == 1 { for (i = 2; i <= NF; i++) name[i] = substr ($i, 6); next }
    {
      best = 2
      for (i = 3; i <= NF; i++)
        if ($i + 0 > $best + 0)
          best = i
      read = read $1
      next_ = next_ name[best]
      sure += $best
    }
    END {
      printf "  read:      %s\n  expected:  %s\n", read, next_
      printf "  on average %.0f%% sure\n", 100 * sure / (NR - 1)
    }' "$1"
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
sed "s|^model: .*|model: $cell.keras|" "$here/hello.yaml" >"$work/hello.yaml"
cp "$here/$cell.keras" "$work/"
lstm_say "$(grep '^model: ' "$work/hello.yaml") in hello.yaml."
lstm_launch filesrc "location=$here/letters.csv" \
  ! csvdec "config=$work/hello.yaml" ! lstm "config=$work/hello.yaml" \
  ! csvenc ! filesink "location=$work/next.csv" ||
  lstm_die "the pipeline failed; its message stands above"
print_letters "$work/next.csv"
