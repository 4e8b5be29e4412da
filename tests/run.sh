#!/bin/sh
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs what is missing, builds, runs every test. The last line is
# `N passed, N failed, N skipped`: single test cases, not programs.

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/.." && pwd -P)
# shellcheck source=SCRIPTDIR/../scripts/setup.sh
. "$root/scripts/setup.sh"

usage ()
{
  cat <<'EOF'
Usage: sh run.sh [--build DIR] [MESON-TEST-ARGUMENTS]

Installs what is missing, builds, runs every test. What follows is given to
`meson test`, such as --suite NAME, or the name of one test program.

  --build DIR  where to build (default: build in the source tree)
  --help       print this
EOF
}

build=$root/build
case ${1-} in
  --help | -h) usage; exit 0 ;;
  --build=*) build=${1#*=}; shift ;;
  --build)
    [ $# -ge 2 ] || { usage >&2; exit 2; }
    build=$2
    shift 2
    ;;
esac

failed ()
{
  printf 'run.sh: %s\n' "$1" >&2
  echo '0 passed, 1 failed, 0 skipped'
  exit 1
}

(lstm_install "$lstm_needs_build$lstm_needs_tests") ||
  failed 'what the tests need is not there'
lstm_say "Building in $build."
lstm_build "$build" ||
  failed 'the build failed; what it printed stands above'
exec python3 "$root/scripts/run-tests.py" --meson "$MESON" "$build" "$@"
