# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The checks of .ci/run, which sources this in bash after setup.sh. $root is the
# source tree, $work a directory for what the checks write.
#
# shellcheck shell=bash disable=SC2154 # .ci/run sets $root and $work

passed=0
failed=0
skipped=0
failures=

# fail_with NAME: counts and remembers a failure.
fail_with ()
{
  failed=$((failed + 1))
  failures+="${failures:+$'\n'}FAILED: $1"
  lstm_say "FAILED: $1"
}

# check NAME COMMAND...: one test. In a subshell, so that it may end there.
check ()
{
  local name=$1 start=$SECONDS
  shift
  lstm_say
  lstm_say "=== $name"
  if ("$@"); then
    passed=$((passed + 1))
    lstm_say "passed: $name ($((SECONDS - start)) s)"
  else
    fail_with "$name"
  fi
}

# count_tests NAME COMMAND...: as many tests as its last line says.
count_tests ()
{
  local name=$1 log=$work/count.log status=0 last
  shift
  lstm_say
  lstm_say "=== $name"
  ("$@") 2>&1 | tee "$log" || status=1
  last=$(tail -n 1 "$log")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]
  then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + BASH_REMATCH[3]))
    if [ "${BASH_REMATCH[2]}" -gt 0 ]; then
      failures+="${failures:+$'\n'}$(grep '^FAILED: ' "$log" |
        sed "s/^FAILED: /FAILED: $name: /")"
    elif [ "$status" -ne 0 ]; then
      fail_with "$name: ended with an error"
    fi
  else
    fail_with "$name: no count of tests at its end"
  fi
}

# The sources that are ours: what git knows or does not ignore.
list_sources ()
{
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "$@"
  else
    local pattern
    for pattern; do
      find . \( -path ./build -o -path ./.git \) -prune -o -type f -name "${pattern##*/}" -print
    done
  fi
}

check_format ()
{
  local files
  mapfile -t files < <(list_sources '*.c' '*.h')
  [ "${#files[@]}" -gt 0 ] || lstm_die 'no C sources found'
  clang-format-14 --dry-run -Werror "${files[@]}" && lstm_say "${#files[@]} files"
}

check_scripts ()
{
  local files
  mapfile -t files < <(list_sources '*.sh')
  [ "${#files[@]}" -gt 0 ] || lstm_die 'no shell scripts found'
  shellcheck -x --shell=sh "${files[@]}" debian/tests/{turbofan,library} &&
    shellcheck -x --shell=bash scripts/checks.bash .ci/run tools/completion.bash
}

# check_build COMPILER [MESON-OPTIONS...]
check_build ()
{
  local directory
  directory=$(mktemp -d -p "$work" build.XXXXXX)
  CC=$1 lstm_configure "$directory" "${@:2}" && lstm_compile "$directory"
}

# The build that the tests ran from was a whole one, and none of it was warned
# of; where that is not known, it is done again.
check_tests_build ()
{
  if [ "$fresh" = yes ] && grep -q 'Linking target' "$work/build.log"; then
    ! grep -n -A 5 'warning: .*\[-W' "$work/build.log"
  else
    check_build gcc -Dwerror=true
  fi
}

# A machine without GStreamer's headers gets the library, the command and the
# tests of both, of which one speaks for all: they are those of other builds.
check_library ()
{
  local directory=$work/build-library
  CC=gcc lstm_configure "$directory" -Dplugin=disabled -Dwerror=true || return 1
  lstm_compile "$directory" lstm:shared_library gst-lstm test-builder &&
    [ ! -e "$directory/plugin" ]
}

# A machine without the libraries that read Keras's files: all that needs none of
# them is built and tested, but for what takes long and is the same everywhere.
run_without ()
{
  local directory=$work/build-without
  CC=gcc lstm_configure "$directory" -Dhdf5=disabled -Dzip=disabled \
    -Djson=disabled -Dhttp=disabled -Dplugin=disabled -Dwerror=true &&
    lstm_compile "$directory" &&
    python3 scripts/run-tests.py --meson "$MESON" "$directory" \
      --no-suite neon --no-suite slow
}

# What a packager gets: the library by pkg-config, the elements by GStreamer.
check_install ()
{
  local to=$work/installed modules plugins page
  lstm_find_meson 1.0.1
  DESTDIR=$to lstm_run_quietly "$MESON" install -C build --no-rebuild || return 1
  for page in '' -summary -run -verify -convert -bench -plot -deploy; do
    [ -s "$(find "$to" -name "gst-lstm$page.1")" ] ||
      lstm_die "meson install left out the manual page of gst-lstm$page"
  done
  modules=$(find "$to" -name 'lstm-1.0.pc' -printf '%h\n')
  plugins=$(find "$to" -name 'libgstlstm.so' -printf '%h\n')
  if [ -z "$modules" ] || [ -z "$plugins" ]; then
    lstm_die 'meson install left out the library or the plugin'
  fi

  cat >"$work/user.c" <<'EOF'
#include <lstm/lstm.h>
#include <stdio.h>

int
main (void)
{
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load ("nowhere.h5", NULL, &error);

  puts (error->message);
  return model != NULL;
}
EOF
  local flags
  flags=$(PKG_CONFIG_PATH=$modules PKG_CONFIG_SYSROOT_DIR=$to \
    pkg-config --cflags --libs lstm-1.0 | sed "s,$to$to,$to,g") || return 1
  # pkg-config puts the sysroot before GLib's directories too.
  # shellcheck disable=SC2046,SC2086 # lists of flags
  cc "$work/user.c" -o "$work/user" $flags $(pkg-config --cflags --libs glib-2.0) ||
    return 1
  LD_LIBRARY_PATH=${modules%/pkgconfig} "$work/user" | grep nowhere.h5 || return 1

  cat >"$work/keys.c" <<'EOF'
#include <gst/lstm/lstm.h>

int
main (int argc, char **argv)
{
  g_autoptr (GstBuffer) buffer = NULL;
  const gchar *key = "";

  gst_init (&argc, &argv);
  buffer = gst_buffer_new ();
  gst_buffer_add_lstm_key (buffer, "pump-7", 0);
  return !gst_buffer_get_lstm_key (buffer, NULL, &key, NULL) ||
         !g_str_equal (key, "pump-7");
}
EOF
  flags=$(PKG_CONFIG_PATH=$modules PKG_CONFIG_SYSROOT_DIR=$to \
    pkg-config --cflags --libs gst-lstm-1.0 | sed "s,$to$to,$to,g") || return 1
  # shellcheck disable=SC2046,SC2086 # lists of flags
  cc "$work/keys.c" -o "$work/keys" $flags \
    $(pkg-config --cflags --libs gstreamer-1.0) || return 1
  LD_LIBRARY_PATH=${modules%/pkgconfig} "$work/keys" || return 1

  local element
  for element in csvdec csvenc lstm lstmkey; do
    LD_LIBRARY_PATH=${modules%/pkgconfig} GST_REGISTRY=$work/installed.bin \
      GST_PLUGIN_PATH=$plugins gst-inspect-1.0 "$element" >"$work/inspect" ||
      lstm_die "gst-inspect-1.0 does not know $element"
    grep -q "$plugins/libgstlstm.so" "$work/inspect" ||
      lstm_die "$element comes from elsewhere"
  done
}

# Packages of what is committed, as a user installs them.
check_packages ()
{
  timeout -k 10 1500 sh "$root/scripts/check-packages.sh"
}

# run.sh from another directory with paths of the user's own, blanks in them.
check_turbofan ()
{
  local here="$work/a user's data"
  lstm_install "$lstm_needs_turbofan"
  mkdir "$here" && cd "$here" || return 1
  cp "$root/pipelines/turbofan/test.csv" 'my engines.csv'
  sh "$root/pipelines/turbofan/run.sh" 'my engines.csv' 'my predictions.csv' |
    tee "$work/turbofan.log" || return 1
  grep -q 'agrees with 93 of 93' "$work/turbofan.log" &&
    grep -q '8255 windows compared' "$work/turbofan.log" &&
    [ "$(wc -l <'my predictions.csv')" -eq 8256 ] &&
    [ "$(grep -c '<svg' 'my predictions.svg')" -eq 1 ]
}

check_hello ()
{
  local cell
  for cell in simplernn lstm gru; do
    sh "$root/pipelines/hello/run.sh" "$cell" >"$work/hello.log" || return 1
    grep -qx '  expected:  \(ello_world_h\)\{5\}' "$work/hello.log" ||
      lstm_die "$cell does not spell: $(cat "$work/hello.log")"
  done
}

check_stocks ()
{
  local days
  for days in 524 1 1046; do
    sh "$root/pipelines/stocks/run.sh" --days "$days" >"$work/stocks.log" ||
      return 1
    grep -q 'are equal, byte for byte' "$work/stocks.log" || return 1
  done
  tail -n 4 "$work/stocks.log"
}

# The tracer prints a line for each object still alive when GStreamer ends.
check_tracer ()
{
  local folder=$root/pipelines/turbofan
  head -n 400 "$folder/test.csv" >"$work/extract.csv"
  GST_TRACERS='leaks' GST_DEBUG='GST_TRACER:7' GST_DEBUG_NO_COLOR=1 \
    GST_REGISTRY=$work/tracer.bin GST_PLUGIN_PATH=$root/build/plugin \
    gst-launch-1.0 filesrc location="$work/extract.csv" ! \
    csvdec config="$folder/turbofan.yaml" ! \
    lstm config="$folder/turbofan.yaml" ! csvenc ! \
    filesink location="$work/traced.csv" 2>"$work/tracer.log" || return 1
  if grep 'object-alive, type-name=(string)[A-Z]' "$work/tracer.log"; then
    return 1
  fi
  [ "$(wc -l <"$work/traced.csv")" -gt 100 ]
}

# True if this machine lets LeakSanitizer stop its own threads (ptrace).
leaks_can_be_found ()
{
  printf 'int main (void) { return 0; }\n' >"$work/probe.c"
  gcc -fsanitize=address "$work/probe.c" -o "$work/probe" &&
    ASAN_OPTIONS=detect_leaks=1 "$work/probe"
}

# Every test with AddressSanitizer, UndefinedBehaviorSanitizer and, where the
# machine can, LeakSanitizer; but for the one that starts the command anew for
# each golden case, whose models and whose command other tests run as well.
# Walking each allocation's whole stack costs most of the time; only with
# GStreamer are there leaks of others to be known by it.
build_sanitized ()
{
  CC=gcc lstm_configure "$work/build-asan" -Db_sanitize=address,undefined \
    -Dplugin=enabled && lstm_compile "$work/build-asan" || return 1
  leaks_can_be_found || lstm_say 'No ptrace here: leaks are not looked for.'
}

# run_sanitized OPTION ARGUMENTS...: OPTION is for AddressSanitizer.
run_sanitized ()
{
  local leaks=1
  lstm_find_meson 1.0.1 || return 1
  leaks_can_be_found 2>/dev/null || leaks=0
  ASAN_OPTIONS=detect_leaks=$leaks:$1 python3 scripts/run-tests.py \
    --meson "$MESON" "$work/build-asan" --setup asan "${@:2}"
}

# What several threads do at once, with ThreadSanitizer, which older gcc cannot
# have run with as much address randomisation as newer kernels do.
run_threads ()
{
  local directory=$work/build-tsan programs wrapper=
  programs=(engine/test-pool loaders/test-shared
    elements/test-lstm-{shared,reset,reload})
  CC=gcc lstm_configure "$directory" -Db_sanitize=thread -Db_lundef=false \
    -Dplugin=enabled || return 1
  lstm_compile "$directory" plugin/gstlstm tests/tsan/glib-sync \
    "${programs[@]/#/tests/}" || return 1
  printf 'int main (void) { return 0; }\n' >"$work/probe.c"
  gcc -fsanitize=thread "$work/probe.c" -o "$work/probe" || return 1
  "$work/probe" 2>"$work/probe.log" || wrapper='setarch -R'
  python3 scripts/run-tests.py --meson "$MESON" "$directory" --setup tsan \
    ${wrapper:+--wrapper "$wrapper"} pool shared \
    element-lstm-{shared,reset,reload}
}

# With the build of tests/run.sh: of the library all test programs but those that
# load damaged files by the thousand and those in other languages, and the
# elements' main ones. The sanitizers see the others.
run_valgrind ()
{
  lstm_find_meson 1.0.1 || return 1
  python3 scripts/run-tests.py --meson "$MESON" build --setup valgrind "$@"
}
