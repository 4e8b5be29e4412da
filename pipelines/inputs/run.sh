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
# How frames travel where nothing tells what the bytes are.
frames=audio/x-raw,format=F32LE,layout=interleaved,channels=8,rate=1

usage ()
{
  cat <<'EOT'
Usage: sh run.sh [OPTIONS] WAY

The letters of pipelines/hello, brought to the same model in another way.
Installs what is missing, builds, runs, and prints where the result is.

WAY is one of
  tail    rows at the end of a CSV file that grows
  stdin   rows of a CSV on standard input
  tcp     raw float32 over TCP
  udp     raw float32 over UDP, a frame a datagram
  audio   a sound file with a channel a feature, through decodebin
  json    JSON lines in and out

Options:
  --output FILE  where to write (default: next.csv here, or next.jsonl)
  --port PORT    for tcp and udp, on this machine alone (default: 4953)
  --build DIR    where to build (default: build in the source tree)
  --no-build     what GStreamer finds is used as it is
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
    tail | stdin | tcp | udp | audio) output=${output:-$here/next.csv} ;;
    json) output=${output:-$here/next.jsonl} ;;
    '') lstm_usage_error "which way?" ;;
    *) lstm_usage_error "no way '$way'; expected tail, stdin, tcp, udp, audio\
 or json" ;;
  esac
  case $port in
    *[!0-9]* | '') lstm_usage_error "--port is '$port'; expected a number" ;;
  esac
}

# run_model ELEMENT...: the source, then the model, then the CSV.
run_model ()
{
  lstm_launch "$@" ! lstm "config=$hello/hello.yaml" ! csvenc \
    ! filesink "location=$output"
}

# send ELEMENT...: the letters as raw float32, a frame a buffer, when $port is
# listened on; $1: which table of the kernel says so, $2: the state in it.
send ()
{
  hex=$(printf ':%04X' "$port")
  table=$1 state=$2
  shift 2
  for _ in $(seq 100); do
    awk -v port="$hex" -v state="$state" \
      'index ($2, port) && $4 == state { found = 1 } END { exit !found }' \
      "$table" && break
    sleep 0.1
  done
  gst-launch-1.0 -q filesrc "location=$hello/letters.csv" \
    ! csvdec "config=$hello/hello.yaml" max-frames=1 \
    ! audio/x-raw,format=F32LE ! "$@" >/dev/null
}

# fd=3, as a shell gives programs behind it no standard input.
run_tail ()
{
  : >"$work/letters.csv"
  (while read -r row; do
    printf '%s\n' "$row"
    sleep 0.02
  done <"$hello/letters.csv" >>"$work/letters.csv") &
  tail -n +1 -s 0.1 --pid=$! -f "$work/letters.csv" |
    run_model fdsrc fd=3 ! csvdec "config=$hello/hello.yaml" 3<&0
}

run_stdin ()
{
  run_model fdsrc fd=3 ! csvdec "config=$hello/hello.yaml" \
    3<"$hello/letters.csv"
}

# 0A: listens.
run_tcp ()
{
  send /proc/net/tcp 0A tcpclientsink host=127.0.0.1 "port=$port" \
    sync=false &
  run_model tcpserversrc host=127.0.0.1 "port=$port" ! "$frames"
}

# 07: is open. Datagrams have no end: it takes as many as there are letters.
run_udp ()
{
  letters=$(($(wc -l <"$hello/letters.csv") - 1))
  send /proc/net/udp 07 udpsink host=127.0.0.1 "port=$port" sync=false &
  run_model udpsrc address=127.0.0.1 "port=$port" "num-buffers=$letters" \
    "caps=$frames" ! queue
}

# A sound file of eight channels and float32 loses nothing.
run_audio ()
{
  gst-launch-1.0 -q filesrc "location=$hello/letters.csv" \
    ! csvdec "config=$hello/hello.yaml" ! audio/x-raw,format=F32LE ! wavenc \
    ! filesink "location=$work/letters.wav"
  run_model filesrc "location=$work/letters.wav" ! decodebin ! audioconvert
}

run_json ()
{
  gst-launch-1.0 -q filesrc "location=$hello/letters.csv" \
    ! csvdec keep=letter ! jsonenc ! filesink "location=$work/letters.jsonl"
  lstm_launch filesrc "location=$work/letters.jsonl" \
    ! jsondec "config=$hello/hello.yaml" ! lstm "config=$hello/hello.yaml" \
    ! jsonenc ! filesink "location=$output"
}

parse_arguments "$@"
if [ -n "$build" ]; then
  lstm_install "$lstm_needs_build$lstm_needs_inputs"
  lstm_say "Building in $build."
  lstm_build "$build" gstlstm || lstm_die "the build failed; what it printed\
 stands above"
  GST_PLUGIN_PATH=$(CDPATH='' cd -- "$build" && pwd -P)/plugin
  export GST_PLUGIN_PATH
fi
GST_PLUGIN_PATH=${GST_PLUGIN_PATH-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"run_$way" || lstm_die "the pipeline failed; its message stands above"
wait
lstm_say "Which letter comes next, for each letter: $output"
