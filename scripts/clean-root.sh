#!/bin/sh
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A Debian or Ubuntu with nothing but the essential packages in a folder, and
# commands in it. What is mounted there is mounted for them alone, and goes with
# the last of them.

set -eu

usage ()
{
  cat <<'EOT'
Usage: sh clean-root.sh [OPTION...] FOLDER COMMAND [ARGUMENTS]

Runs COMMAND as root in FOLDER, which debootstrap fills before if it is empty or
not there. Needs root, and a machine or container that may mount.

  --suite NAME    of the distribution (default: the one that runs here)
  --mirror URL    where packages come from (default: where apt has them from)
  --possible      only tell, by the exit code, whether it can be done here
  --help          print this
EOT
}

die ()
{
  printf 'clean-root.sh: %s\n' "$1" >&2
  exit 1
}

# apart COMMAND...: with mounts and processes of its own, all gone at its end.
apart ()
{
  unshare --mount --pid --fork --kill-child --mount-proc "$@"
}

is_possible ()
{
  [ "$(id -u)" -eq 0 ] && apart chroot / true 2>/dev/null
}

# The mirror that apt has the suite from here; deb.debian.org if it does not.
find_mirror ()
{
  found=$(apt-get indextargets --format "\$(RELEASE) \$(SITE)" \
    'Created-By: Packages' | awk -v suite="$suite" '$1 == suite { print $2; exit }')
  printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# Ubuntu has half of what is needed in another component.
components_of ()
{
  case $mirror in
    *ubuntu*) echo "main$1universe" ;;
    *) echo main ;;
  esac
}

# An older debootstrap knows newer distributions by the script of older ones.
script_of ()
{
  scripts=/usr/share/debootstrap/scripts
  case $mirror in
    *ubuntu*) older=gutsy ;;
    *) older=sid ;;
  esac
  [ -e "$scripts/$suite" ] && older=$suite
  echo "$scripts/$older"
}

# make_root: minutes of network, which must not become hours.
make_root ()
{
  echo "Filling $folder with $suite from $mirror."
  apart timeout -k 10 600 debootstrap --variant=minbase \
    --components="$(components_of ,)" "$suite" "$folder" "$mirror" "$(script_of)" \
    >"$folder.log" 2>&1 || {
    tail -n 20 "$folder.log" >&2
    die "debootstrap could not fill $folder with $suite from $mirror within ten\
 minutes; its last lines stand above. Is the network there?"
  }
  rm -f "$folder.log"
  for part in "$suite" "$suite-updates"; do
    echo "deb $mirror $part $(components_of ' ')"
  done >"$folder/etc/apt/sources.list"
  apt-config dump --format '%f "%v";%n' Acquire::http::Proxy \
    Acquire::https::Proxy >"$folder/etc/apt/apt.conf.d/90proxy"
}

suite=
mirror=
while :; do
  case ${1-} in
    --help) usage; exit 0 ;;
    --possible)
      is_possible
      exit
      ;;
    --suite | --mirror)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      case $1 in
        --suite) suite=$2 ;;
        --mirror) mirror=$2 ;;
      esac
      shift 2
      ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done
[ $# -ge 2 ] || { usage >&2; exit 2; }
folder=$1
shift

is_possible || die 'this needs root, and a machine or container that may mount'
# shellcheck source=/dev/null # of the distribution
suite=${suite:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
mirror=${mirror:-$(find_mirror)}
if [ -z "$(ls -A "$folder" 2>/dev/null)" ]; then
  mkdir -p "$folder"
  make_root
fi

# shellcheck disable=SC2016 # the shell that is started expands them
apart env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive \
  sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$folder" "$@"
