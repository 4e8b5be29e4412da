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
hello=$root/pipelines/hello

usage ()
{
  cat <<'EOT'
Usage: sh run.sh [OPTIONS] WAY

Runs WAY.yaml, the letters of pipelines/hello brought to their model in some
way, with something to send. Installs what is missing, builds, runs, and prints
where the result is.

WAY is one of
  csv     a CSV file
  tail    rows at the end of a CSV file that grows
  stdin   rows of a CSV on standard input
  tcp     raw float32 over TCP
  udp     raw float32 over UDP, a frame a datagram
  audio   a sound file with a channel a feature, through decodebin
  json    JSON lines in and out
  alarm   alarms of the engines of pipelines/turbofan

Options:
  --output FILE  where to write (default here: next.csv, next.jsonl, alarms.csv)
  --port PORT    for tcp and udp, on this machine alone (default: 4953)
  --build DIR    where to build (default: build in the source tree)
  --no-build     the gst-lstm that GST_LSTM names, or the shell finds, is used
  --help         print this
EOT
}

# parse_arguments ARGUMENTS: sets $way, $output, $port, $build.
parse_arguments ()
{
  way='' output='' port=4953 build=$root/build
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --no-build) build= ;;
      --output | --port | --build)
        [ $# -ge 2 ] || lstm_usage_error "$1 needs a value after it"
        case $1 in
          --output) output=$2 ;;
          --port) port=$2 ;;
          --build) build=$2 ;;
        esac
        shift
        ;;
      -*) lstm_usage_error "no option $1" ;;
      *)
        [ -z "$way" ] || lstm_usage_error "'$1': one way at most"
        way=$1
        ;;
    esac
    shift
  done
  case $way in
    csv | tail | stdin | tcp | udp | audio) output=${output:-$here/next.csv} ;;
    json) output=${output:-$here/next.jsonl} ;;
    alarm) output=${output:-$here/alarms.csv} ;;
    '') lstm_usage_error "which way?" ;;
    *) lstm_usage_error "no way '$way'; expected csv, tail, stdin, tcp, udp,\
 audio, json or alarm" ;;
  esac
  case $port in
    *[!0-9]* | '') lstm_usage_error "--port is '$port'; expected a number" ;;
  esac
}

# The output as a path that holds in the folder of the YAML files, too.
find_output ()
{
  folder=$(CDPATH='' cd -- "$(dirname -- "$output")" 2>/dev/null && pwd -P) ||
    lstm_die "no folder for the output: $output"
  output=$folder/$(basename -- "$output")
  [ ! -f "$output" ] || rm -f "$output"
}

deploy ()
{
  "$lstm" deploy "$here/$way.yaml"
}

# A row for each row of letters.csv, its header included; 30 s at most.
await_rows ()
{
  for _ in $(seq 300); do
    [ -f "$output" ] &&
      [ "$(wc -l <"$output")" -ge "$(wc -l <"$hello/letters.csv")" ] &&
      return 0
    sleep 0.1
  done
  return 1
}

# serve TABLE STATE SINK...: runs what ends by a signal only, and sends it the
# letters as raw float32, a frame a buffer, when $port is listened on: when this
# table of the kernel says so by this state.
serve ()
{
  hex=$(printf ':%04X' "$port")
  table=$1 state=$2
  shift 2
  "$lstm" deploy "$here/$way.yaml" &
  deployed=$!
  for _ in $(seq 100); do
    awk -v port="$hex" -v state="$state" \
      'index ($2, port) && $4 == state { found = 1 } END { exit !found }' \
      "$table" && break
    kill -0 "$deployed" 2>/dev/null || return 1
    sleep 0.1
  done
  gst-launch-1.0 -q filesrc "location=$hello/letters.csv" \
    ! csvdec "config=$hello/hello.yaml" max-frames=1 \
    ! audio/x-raw,format=F32LE ! "$@" "port=$port" sync=false >/dev/null
  complete=0
  await_rows || complete=1
  kill "$deployed"
  wait "$deployed" && return "$complete"
}

# make_input NAME ELEMENT...: a file of the letters, for what reads it.
make_input ()
{
  INPUT=$work/$1
  export INPUT
  shift
  gst-launch-1.0 -q filesrc "location=$hello/letters.csv" ! "$@" \
    ! filesink "location=$INPUT"
}

run_way ()
{
  case $way in
    csv | alarm) deploy ;;
    tail)
      : >"$work/letters.csv"
      (while read -r row; do
        printf '%s\n' "$row"
        sleep 0.02
      done <"$hello/letters.csv" >>"$work/letters.csv") &
      tail -n +1 -s 0.1 --pid=$! -f "$work/letters.csv" | deploy
      ;;
    stdin) deploy <"$hello/letters.csv" >"$output" ;;
    # 0A: listens; 07: is open.
    tcp) serve /proc/net/tcp 0A tcpclientsink host=127.0.0.1 ;;
    udp) serve /proc/net/udp 07 udpsink host=127.0.0.1 ;;
    # A sound file of eight channels and float32 loses nothing.
    audio)
      make_input letters.wav csvdec "config=$hello/hello.yaml" \
        ! audio/x-raw,format=F32LE ! wavenc
      deploy
      ;;
    json)
      make_input letters.jsonl csvdec keep=letter ! jsonenc
      deploy
      ;;
  esac
}

parse_arguments "$@"
find_output
lstm=${GST_LSTM:-gst-lstm}
if [ -n "$build" ]; then
  lstm_install "$lstm_needs_build$lstm_needs_inputs"
  lstm_say "Building in $build."
  lstm_build "$build" gstlstm gst-lstm || lstm_die "the build failed; what it\
 printed stands above"
  build=$(CDPATH='' cd -- "$build" && pwd -P)
  GST_PLUGIN_PATH=$build/plugin lstm=$build/tools/gst-lstm
  export GST_PLUGIN_PATH
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
OUTPUT=$output PORT=$port
export OUTPUT PORT
lstm_say "gst-lstm deploy $way.yaml"
run_way || lstm_die "the pipeline failed; its message stands above"
lstm_say "What came out: $output"
