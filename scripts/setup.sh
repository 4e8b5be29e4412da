# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by the scripts that need the project built: finds what this machine
# lacks, installs it, builds. The sourcing script sets $root to the top of the
# source tree. Everything here is POSIX sh.
#
# shellcheck disable=SC2034,SC2154 # set here and used there, and the reverse

# What is needed, one a line: kind, name, Debian's and Ubuntu's package. Kinds
# are checked by lstm_have.
lstm_needs_build='
program   cc                libc6-dev+gcc
header    stdio.h           libc6-dev
program   pkg-config        pkg-config
meson     meson>=1.0.1      meson
program   ninja             ninja-build
program   python3           python3
library   glib-2.0>=2.74    libglib2.0-dev
library   gstreamer-1.0>=1.22.0 libgstreamer1.0-dev
library   gstreamer-audio-1.0 libgstreamer-plugins-base1.0-dev
library   json-glib-1.0     libjson-glib-dev
library   yaml-0.1          libyaml-dev
library   sqlite3           libsqlite3-dev
library   hdf5|hdf5-serial  libhdf5-dev
library   libzip            libzip-dev
library   libsoup-3.0>=3.2  libsoup-3.0-dev
header    csv.h             libcsv-dev
'

# To run a pipeline.
lstm_needs_pipeline='
program   gst-launch-1.0    gstreamer1.0-tools
gstplugin coreelements      libgstreamer1.0-0
'

# To run a pipeline and draw its output.
lstm_needs_turbofan="$lstm_needs_pipeline"'
program   gnuplot           gnuplot-nox
'

# To bring frames to a model in other ways than by a file of text.
lstm_needs_inputs="$lstm_needs_pipeline"'
gstplugin tcp               gstreamer1.0-plugins-base
gstplugin playback          gstreamer1.0-plugins-base
gstplugin typefindfunctions gstreamer1.0-plugins-base
gstplugin audioconvert      gstreamer1.0-plugins-base
gstplugin udp               gstreamer1.0-plugins-good
gstplugin wavenc            gstreamer1.0-plugins-good
gstplugin wavparse          gstreamer1.0-plugins-good
'

# To run every test. The locale sources make a locale with decimal commas.
lstm_needs_tests='
library   gstreamer-check-1.0 libgstreamer1.0-dev
program   gst-launch-1.0    gstreamer1.0-tools
program   gst-inspect-1.0   gstreamer1.0-tools
gstplugin coreelements      libgstreamer1.0-0
gstplugin audioconvert      gstreamer1.0-plugins-base
gstplugin audiotestsrc      gstreamer1.0-plugins-base
gstplugin app               gstreamer1.0-plugins-base
gstplugin tcp               gstreamer1.0-plugins-base
gstplugin playback          gstreamer1.0-plugins-base
gstplugin typefindfunctions gstreamer1.0-plugins-base
gstplugin udp               gstreamer1.0-plugins-good
gstplugin wavenc            gstreamer1.0-plugins-good
gstplugin wavparse          gstreamer1.0-plugins-good
library   gstreamer-app-1.0 libgstreamer-plugins-base1.0-dev
python    gi                python3-gi
python    jsonschema        python3-jsonschema
python    yaml              python3-yaml
typelib   Gst-1.0           gir1.2-gstreamer-1.0
program   gnuplot           gnuplot-nox
program   localedef         libc-bin
file      /usr/share/i18n/locales/de_DE locales
'

# To run the checks of .ci/run. Every clang-format formats in its own way: one
# version speaks for all.
lstm_needs_checks='
program   clang             clang
program   clang-format-14   clang-format-14
program   valgrind          valgrind
program   chromium          chromium
program   shellcheck        shellcheck
file      /usr/share/doc/libc6-dbg libc6-dbg
program   aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
file      /usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
program   qemu-aarch64-static qemu-user-static
'

# To build Debian's packages and try them where nothing else is.
lstm_needs_packages='
program   dpkg-buildpackage dpkg-dev
program   dh                debhelper
file      /var/lib/dpkg/info/meson.list meson
file      /var/lib/dpkg/info/python3.list python3
program   lintian           lintian
file      /usr/sbin/debootstrap debootstrap
program   unshare           util-linux
'

lstm_say ()
{
  printf '%s\n' "$*"
}

lstm_die ()
{
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# True if dotted version $1 is $2 or later.
lstm_version_reaches ()
{
  printf '%s %s\n' "$1" "$2" | awk '{
    n = split ($1, have, "."); m = split ($2, want, ".")
    for (i = 1; i <= m; i++) {
      h = i <= n ? have[i] + 0 : 0
      if (h != want[i] + 0)
        exit h < want[i] + 0
    }
    exit 0
  }'
}

# Sets $MESON to a meson of version $1 or later. One from another Python may
# stand first in PATH and be too old, or a shim that starts nothing.
lstm_find_meson ()
{
  for lstm_candidate in ${MESON:+"$MESON"} meson /usr/bin/meson; do
    lstm_version=$("$lstm_candidate" --version 2>/dev/null) || continue
    if lstm_version_reaches "$lstm_version" "$1"; then
      MESON=$lstm_candidate
      return 0
    fi
  done
  return 1
}

# lstm_have KIND NAME
lstm_have ()
{
  case $1 in
    program) command -v "$2" >/dev/null 2>&1 ;;
    meson) lstm_find_meson "${2#*>=}" ;;
    file) test -e "$2" ;;
    python) python3 -c "import $2" 2>/dev/null ||
      /usr/bin/python3 -c "import $2" 2>/dev/null ;;
    typelib)
      for lstm_typelib in /usr/lib/*/girepository-1.0/"$2.typelib" \
        /usr/lib/girepository-1.0/"$2.typelib"; do
        test -e "$lstm_typelib" && return 0
      done
      return 1
      ;;
    header)
      printf '#include <%s>\n' "$2" | cc -E - >/dev/null 2>&1
      ;;
    library)
      for lstm_module in $(printf '%s' "$2" | tr '|' ' '); do
        case $lstm_module in
          *'>='*) pkg-config --atleast-version="${lstm_module#*>=}" \
            "${lstm_module%%>=*}" 2>/dev/null && return 0 ;;
          *) pkg-config --exists "$lstm_module" 2>/dev/null && return 0 ;;
        esac
      done
      return 1
      ;;
    gstplugin)
      lstm_dir=$(pkg-config --variable=pluginsdir gstreamer-1.0 2>/dev/null) &&
        test -e "$lstm_dir/libgst$2.so"
      ;;
  esac
}

# lstm_missing NEEDS: sets $lstm_lacks to what is missing and $lstm_packages to
# the packages that bring it, each once.
lstm_missing ()
{
  lstm_lacks=
  lstm_packages=
  while read -r lstm_kind lstm_name lstm_package; do
    test -n "$lstm_kind" || continue
    lstm_have "$lstm_kind" "$lstm_name" </dev/null && continue
    lstm_lacks="$lstm_lacks${lstm_lacks:+, }$lstm_name"
    for lstm_one in $(printf '%s' "$lstm_package" | tr '+' ' '); do
      case " $lstm_packages " in
        *" $lstm_one "*) ;;
        *) lstm_packages="$lstm_packages${lstm_packages:+ }$lstm_one" ;;
      esac
    done
  done <<EOF
$1
EOF
}

# lstm_run_quietly COMMAND...: its output is shown only if it fails, and appended
# to the file $LSTM_LOG if that is set.
lstm_run_quietly ()
{
  lstm_log=$(mktemp) || return 1
  if "$@" >"$lstm_log" 2>&1 </dev/null; then
    [ -z "${LSTM_LOG-}" ] || cat "$lstm_log" >>"$LSTM_LOG"
    rm -f "$lstm_log"
  else
    tail -n 100 "$lstm_log" >&2
    rm -f "$lstm_log"
    return 1
  fi
}

# lstm_apt ARGUMENTS: apt-get as root, asking nothing, waiting for another
# apt-get to end.
lstm_apt ()
{
  if [ "$(id -u)" -eq 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
      -o Dpkg::Use-Pty=0 "$@"
  else
    sudo DEBIAN_FRONTEND=noninteractive apt-get -qq \
      -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
  fi
}

# lstm_install NEEDS: installs what is missing of it, or ends the script with
# what to do by hand. Calls nothing if nothing is missing.
lstm_install ()
{
  lstm_missing "$1"
  test -n "$lstm_lacks" || return 0
  lstm_say "Missing on this machine: $lstm_lacks."
  command -v apt-get >/dev/null 2>&1 || lstm_die "there is no apt-get here to\
 install it with. Install what is missing (on Debian and Ubuntu the packages\
 $lstm_packages) and run this again."
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
    lstm_die "installing needs root, and there is no sudo here. Run this as\
 root and then start again: apt-get install $lstm_packages"
  fi
  lstm_say "Installing with apt-get$([ "$(id -u)" -eq 0 ] ||
    printf ' (through sudo)'): $lstm_packages."
  lstm_run_quietly lstm_apt update || lstm_say "apt-get update failed; going on with the package\
 lists that are here."
  # shellcheck disable=SC2086 # a list of names, split on purpose
  lstm_run_quietly lstm_apt install -y --no-install-recommends $lstm_packages ||
    lstm_die "apt-get could not install: $lstm_packages. Its message stands\
 above. Is the network there?"
  lstm_missing "$1"
  test -z "$lstm_lacks" || lstm_die "still missing after the installation:\
 $lstm_lacks."
}

# lstm_configure DIRECTORY [MESON-OPTIONS...]: unless it has been done with the
# same options before.
lstm_configure ()
{
  lstm_dir=$1
  shift
  lstm_find_meson 1.0.1 || return 1
  if [ ! -f "$lstm_dir/build.ninja" ]; then
    lstm_run_quietly "$MESON" setup "$lstm_dir" "$root" "$@" || return 1
  elif [ "$*" != "$(cat "$lstm_dir/configured-with" 2>/dev/null)" ]; then
    lstm_run_quietly "$MESON" configure "$lstm_dir" "$@" || return 1
  fi
  printf '%s\n' "$*" >"$lstm_dir/configured-with"
}

# lstm_compile DIRECTORY [TARGETS...]: everything if no target is named.
lstm_compile ()
{
  lstm_dir=$1
  shift
  lstm_run_quietly "$MESON" compile -C "$lstm_dir" "$@"
}

# lstm_build DIRECTORY [TARGETS...]: configures for use and compiles. All
# scripts use the same options, so that they can share a directory.
lstm_build ()
{
  lstm_configure "$1" -Dplugin=enabled -Dtests=true && lstm_compile "$@"
}
