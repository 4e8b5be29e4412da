# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completion of gst-lstm in bash: commands and options as the command itself
# tells them with --help, kernel sets and the like, else files.
#
# shellcheck shell=bash

_gst_lstm_commands ()
{
  "$1" --help 2>/dev/null |
    sed -n '/not in this build/d; /^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# Options of a command; those that take a value end in =.
_gst_lstm_options ()
{
  "$1" "$2" --help 2>/dev/null |
    sed -n 's/^  \(-[a-zA-Z], \)\{0,1\}\(--[a-z][a-z-]*=\{0,1\}\).*/\2/p'
}

# Values of an option, or nothing where it takes a file, a number or a name.
_gst_lstm_values ()
{
  case $1 in
    --keras) printf '%s\n' 2 3 ;;
    --kernels) printf '%s\n' avx2 avx512 avx512bf16 neon scalar ;;
    --partial-batch) printf '%s\n' drop error pad ;;
    --precision) printf '%s\n' bf16 f32 int8 ;;
  esac
}

_gst_lstm ()
{
  local program=$1 current=${COMP_WORDS[COMP_CWORD]} option='' words=''
  COMPREPLY=()

  if [ "$COMP_CWORD" -eq 1 ]; then
    words="$(_gst_lstm_commands "$program") --help --version"
  elif [ "$current" = = ]; then
    option=${COMP_WORDS[COMP_CWORD - 1]} current=''
  elif [ "${COMP_WORDS[COMP_CWORD - 1]}" = = ]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  elif [ "${current:0:1}" = - ]; then
    words=$(_gst_lstm_options "$program" "${COMP_WORDS[1]}")
  else
    option=${COMP_WORDS[COMP_CWORD - 1]}
  fi
  [ -n "$words" ] || words=$(_gst_lstm_values "$option")
  # Words of ours have no blanks in them.
  # shellcheck disable=SC2207
  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "${#COMPREPLY[@]}" -eq 1 ] && [ "${COMPREPLY[0]%=}" != "${COMPREPLY[0]}" ]; then
    compopt -o nospace 2>/dev/null
  elif [ -z "$words" ]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}

complete -F _gst_lstm gst-lstm
