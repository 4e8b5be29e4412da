#!/bin/sh
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds the Debian packages from what `meson dist` makes of the checkout, has
# lintian look at them, installs them where nothing else is, and runs them there.

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/.." && pwd -P)
# shellcheck source=SCRIPTDIR/setup.sh
. "$root/scripts/setup.sh"

usage ()
{
  cat <<'EOT'
Usage: sh scripts/check-packages.sh [OPTION...]

Builds the Debian packages of what is committed here, has lintian look at them,
installs them in a clean Debian or Ubuntu and runs debian/tests there. Where that
cannot be made (it takes root, and a machine or container that may mount), they
are unpacked into a folder and the turbofan test runs with them there.

  --output DIR   where the packages are put (default: nowhere, they are removed)
  --in-root      they are built in the clean root too, with nothing installed but
                 what debian/control asks for, and with their tests
  --suite NAME   of the clean root, with --in-root (default: what runs here)
  --mirror URL   where the clean root's packages come from
  --help         print this
EOT
}

# parse_arguments ARGUMENTS: sets $output, $in_root and $root_options.
parse_arguments ()
{
  output=
  in_root=
  root_options=
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --in-root) in_root=yes ;;
      --output | --suite | --mirror)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        case $1 in
          --output) output=$2 ;;
          *) root_options="$root_options $1 $2" ;;
        esac
        shift
        ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
}

# The source as a release has it: what meson dist packs, unpacked in $work/source.
# What is no git checkout of ours is copied.
make_source ()
{
  mkdir "$work/source"
  if git -C "$root" rev-parse --verify -q HEAD >/dev/null 2>&1; then
    lstm_configure "$work/dist" -Dtests=false -Dplugin=disabled || return 1
    lstm_run_quietly "$MESON" dist -C "$work/dist" --no-tests --allow-dirty \
      --formats gztar || return 1
    tar -xzf "$work"/dist/meson-dist/*.tar.gz -C "$work/source" \
      --strip-components 1
  else
    tar -c -C "$root" --exclude './build*' --exclude ./.git . |
      tar -x -C "$work/source"
  fi
  version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build")
  packaged=$(cd "$work/source" && dpkg-parsechangelog -S Version)
  [ "$packaged" = "$version" ] || lstm_die "debian/changelog begins with version\
 $packaged, and meson.build has $version: write a new entry"
}

# in_clean_root COMMAND...
in_clean_root ()
{
  # shellcheck disable=SC2086 # a list of options
  sh "$here/clean-root.sh" $root_options "$work/root" "$@"
}

# With all that debian/control asks for, the tests of debian/rules included.
build_in_root ()
{
  mkdir -p "$work/root"
  in_clean_root true || return 1
  mkdir "$work/root/packages"
  cp -r "$work/source" "$work/root/packages/source"
  # shellcheck disable=SC2016 # the shell in there expands it
  in_clean_root sh -euc '
    cd /packages/source
    apt-get -qq -o Acquire::Retries=3 update
    apt-get -qq -o Acquire::Retries=3 install -y --no-install-recommends dpkg-dev
    apt-get -qq -o Acquire::Retries=3 build-dep -y --no-install-recommends .
    DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage -us -uc -b' \
    >"$work/build.log" 2>&1 || {
    tail -n 100 "$work/build.log" >&2
    return 1
  }
  mv "$work/root/packages"/*.* "$work/packages/"
  # the next step begins with a root that has none of it
  rm -rf --one-file-system "$work/root"
}

# The tests are those of the same sources: they are run elsewhere.
build_here ()
{
  cp -r "$work/source" "$work/packages/source"
  (cd "$work/packages/source" && lstm_run_quietly env \
    DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" DEB_BUILD_PROFILES=nocheck \
    dpkg-buildpackage -us -uc -b) || return 1
  rm -rf "$work/packages/source"
}

# Whether it is these that were built, and what lintian says of them.
look_at_packages ()
{
  for package in gst-lstm-tools gstreamer1.0-lstm libgstlstm-1.0-0 liblstm-dev \
    liblstm1; do
    set -- "$work/packages/${package}_${version}"_*.deb
    [ -e "$1" ] || lstm_die "there is no package $package"
    lstm_say "$(dpkg-deb -f "$1" Package Version Installed-Size |
      sed 's/.*: //' | tr '\n' ' ')KiB"
  done
  lintian --fail-on error --allow-root "$work/packages"/*.changes && lstm_say 'lintian has found no error.'
}

# Nothing in there but what these packages ask for; debian/tests run, then all of
# it goes again.
run_in_root ()
{
  mkdir "$work/root/packages"
  cp "$work/packages"/*_"$version"_*.deb "$work/root/packages/"
  rm -f "$work/root/packages"/*-dbgsym_*
  cp -r "$work/source" "$work/root/source"
  # shellcheck disable=SC2016 # the shell in there expands it
  in_clean_root sh -euc '
    get="apt-get -qq -o Acquire::Retries=3"
    quietly () { "$@" >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }; }
    cd /source
    quietly $get update
    quietly $get install -y --no-install-recommends /packages/*.deb \
      gstreamer1.0-tools
    echo "Installed in a clean root."
    sh debian/tests/turbofan
    quietly $get install -y --no-install-recommends gcc libc6-dev pkg-config
    sh debian/tests/library
    quietly $get purge -y gst-lstm-tools gstreamer1.0-lstm liblstm-dev \
      libgstlstm-1.0-0 liblstm1
    find / -xdev -path /source -prune -o -path /packages -prune -o \
      -path /proc -prune -o -name "*lstm*" -print >/tmp/left
    if [ -s /tmp/left ]; then echo "Left behind:"; cat /tmp/left; exit 1; fi'
}

# run_unpacked: where no root can be made.
run_unpacked ()
{
  lstm_say 'No clean root can be made here: the packages are unpacked.'
  for package in "$work/packages"/*_"$version"_*.deb; do
    dpkg -x "$package" "$work/unpacked" || return 1
  done
  libraries=$work/unpacked/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
  cd "$work/source" && PATH=$work/unpacked/usr/bin:$PATH \
    LD_LIBRARY_PATH=$libraries GST_PLUGIN_PATH=$libraries/gstreamer-1.0 \
    sh debian/tests/turbofan
}

parse_arguments "$@"
# shellcheck disable=SC2154 # setup.sh
lstm_install "$lstm_needs_build$lstm_needs_pipeline$lstm_needs_packages"
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/packages"
make_source
if [ -n "$in_root" ]; then
  build_in_root
else
  build_here
fi
look_at_packages
mkdir -p "$work/root"
if sh "$here/clean-root.sh" --possible && in_clean_root true; then
  run_in_root
else
  run_unpacked
fi
if [ -n "$output" ]; then
  mkdir -p "$output"
  cp "$work/packages"/* "$output/"
fi
