/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>
#include <lstm/config.h>
#include <lstm/error.h>

#include "fixture.h"

/* message: what stands after "config.yaml:"; @ is the test's folder. */
typedef struct {
  const gchar *name;
  const gchar *yaml;
  const gchar *message;
} BadConfig;

static const BadConfig syntax[] = {
  { "empty", "", "1:1: the file is empty" },
  { "only-comments", "# one\n\n  # two\n",
      "1:1: the file is empty but for comments and blanks" },
  { "list-at-top", "- version: 1\n",
      "1:1: found a list, expected a mapping with keys from: version, model, "
      "features, key, keep, time, skip-rows, scaling, mode, window, outputs, "
      "output-scaling, reset-on, initial-state, precision, threads, post" },
  { "scalar-at-top", "hello\n",
      "1:1: found 'hello', expected a mapping with keys from: version,*" },
  { "nothing-at-top", "---\n",
      "2:1: found nothing, expected a mapping with keys from: version,*" },
  { "second-document", "version: 1\n---\nversion: 1\n",
      "2:1: a second document starts here: a file holds one, remove the '---' "
      "and what follows" },
  { "anchor", "version: 1\nkey: &k id\n",
      "2:6: found an anchor (&): anchors and aliases are not read here, write "
      "the value out where it is used" },
  { "anchor-list", "version: 1\nkeep: &k [id]\n",
      "2:7: found an anchor (&): *" },
  { "anchor-mapping", "version: 1\nwindow: &w {steps: 1}\n",
      "2:9: found an anchor (&): *" },
  { "alias", "version: 1\nkeep: [*k]\n",
      "2:8: found an alias (*): anchors and aliases are not read here, write "
      "the value out; a name that starts with * needs quotes" },
  { "alias-bomb", "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\n",
      "1:4: found an anchor (&): *" },
  { "tag", "version: !!int 1\n",
      "1:10: found a tag (!): tags are not read here, remove it; quotes make a "
      "value a string" },
  { "tag-list", "version: 1\nkeep: !!set [a]\n", "2:7: found a tag (!): *" },
  { "merge-key", "version: 1\n<<: {mode: auto}\n",
      "2:1: unknown key '<<': expected one of version, *" },
  { "key-is-list", "version: 1\n? [a]\n: 1\n",
      "2:3: found a list as a key, expected a name" },
  { "key-is-mapping", "version: 1\n{a: 1}: 2\n",
      "2:1: found a mapping as a key, expected a name" },
  { "duplicate-key", "version: 1\nkey: a\nmode: auto\nkey: b\n",
      "4:1: duplicate key 'key': it stands on line 2 already, keep one of the "
      "two" },
  { "duplicate-inner-key", "version: 1\nwindow:\n  steps: 1\n  'steps': 2\n",
      "4:3: duplicate key 'steps': it stands on line 3 already, *" },
  { "tab", "version: 1\nwindow:\n\tsteps: 50\n",
      "3:1: found character that cannot start any token while scanning for the "
      "next token that starts on line 3; the line is indented by a tab: use "
      "spaces" },
  { "unclosed-list", "version: 1\nkeep: [a, b\nmode: auto\n",
      "3:*: did not find expected ',' or ']' while parsing a flow sequence "
      "that starts on line 2" },
  { "unclosed-quote", "version: 1\nkey: 'abc\n",
      "3:1: found unexpected end of stream while scanning a quoted scalar that "
      "starts on line 2" },
  { "bad-indent", "version: 1\n  key: a\n",
      "2:6: mapping values are not allowed in this context" },
  { "no-colon", "version: 1\nkey id\n",
      "3:1: could not find expected ':' while scanning a simple key that "
      "starts on line 2" },
  { "invalid-utf8", "version: 1\nkey: \xc3\xa4 \xff\n",
      "2:8: invalid leading UTF-8 octet (byte 0xff): expected text in UTF-8" },
  { "cut-utf8", "version: 1\nkey: \xc3",
      "2:6: incomplete UTF-8 octet sequence *" },
  { "latin-1", "\xef\xbb\xbfkey: W\xe4rme\n",
      "1:7: invalid trailing UTF-8 octet (byte 0xe4): expected text in UTF-8" },
  { "control-character", "version: 1\nkey: a\x01\n",
      "2:7: control characters are not allowed (byte 0x01): *" },
  { "utf-16", "\xff\xfev",
      "1:1: the file is in UTF-16, expected UTF-8: save it in that encoding" },
  { "nul-escape", "version: 1\nkey: \"a\\0b\"\n",
      "2:6: found a NUL character in a string, which nothing here can hold" },
};

static const BadConfig keys[] = {
  { "unknown", "version: 1\nwindow:\n  steps: 50\n  stirde: 1\n",
      "4:3: window: unknown key 'stirde': did you mean 'stride'?" },
  { "unknown-at-top", "version: 1\nfeature: [a]\n",
      "2:1: unknown key 'feature': did you mean 'features'?" },
  { "underscore", "version: 1\nreset_on: []\n",
      "2:1: unknown key 'reset_on': did you mean 'reset-on'?" },
  { "capitals", "version: 1\nMode: auto\n",
      "2:1: unknown key 'Mode': did you mean 'mode'?" },
  { "far-off", "version: 1\nweather: fine\n",
      "2:1: unknown key 'weather': expected one of version, model, features, "
      "key, keep, time, skip-rows, scaling, mode, window, outputs, "
      "output-scaling, reset-on, initial-state, precision, threads, post" },
  { "initial-state-list", "version: 1\ninitial-state: [a]\n",
      "2:16: initial-state: found a list, expected *" },
  { "escaped", "version: 1\n\"a\\x1bb\": 1\n",
      "2:1: unknown key 'a\\u001bb': expected one of *" },
  { "long",
      "version: 1\n"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: "
      "1\n",
      "2:1: unknown key "
      "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...': *" },
  { "version-missing", "mode: auto\n",
      "1:1: required key 'version' is missing" },
  { "version-misspelt", "versoin: 1\n",
      "1:1: unknown key 'versoin': did you mean 'version'?" },
  { "version-2", "colour: red\nversion: 2\n",
      "2:10: version: found 2, expected 1, the only version that this release "
      "reads" },
  { "version-0", "version: 0\n", "1:10: version: found 0, expected 1, *" },
  { "version-string", "version: '1'\n",
      "1:10: version: found the string '1', expected a whole number from 0 to "
      "2147483647, not in quotes" },
  { "version-float", "version: 1.0\n",
      "1:10: version: found '1.0', expected a whole number from 0 to *" },
};

static const BadConfig values[] = {
  { "model-nothing", "version: 1\nmodel:\n",
      "2:7: model: found nothing, expected a string that is not empty" },
  { "model-empty", "version: 1\nmodel: ''\n",
      "2:8: model: found the string '', expected a string that is not empty" },
  { "model-list", "version: 1\nmodel: [a.h5]\n",
      "2:8: model: found a list, expected a path, or a mapping with file, "
      "keras and allow_nan, or with layers" },
  { "model-no-file", "version: 1\nmodel: {keras: 2}\n",
      "2:8: model: required key 'file' is missing" },
  { "model-unknown-key", "version: 1\nmodel: {flie: a.h5}\n",
      "2:9: model: unknown key 'flie': did you mean 'file'?" },
  { "model-file-list", "version: 1\nmodel:\n  file: [a]\n",
      "3:9: file: found a list, expected a string that is not empty" },
  { "keras-4", "version: 1\nmodel: {file: a.h5, keras: 4}\n",
      "2:28: keras: found '4', expected a whole number from 2 to 3" },
  { "keras-word", "version: 1\nmodel: {file: a.h5, keras: two}\n",
      "2:28: keras: found 'two', expected a whole number from 2 to 3" },
  { "allow-nan-yes", "version: 1\nmodel: {file: a.h5, allow_nan: yes}\n",
      "2:32: allow_nan: unknown value 'yes': expected one of false, true" },
  { "allow-nan-misspelt", "version: 1\nmodel: {file: a.h5, alow_nan: true}\n",
      "2:21: model: unknown key 'alow_nan': did you mean 'allow_nan'?" },
  { "features-string", "version: 1\nfeatures: a, b\n",
      "2:11: features: found 'a, b', expected a list such as [a, b]" },
  { "features-mapping", "version: 1\nfeatures: {a: 1}\n",
      "2:11: features: found a mapping, expected a list such as [a, b]" },
  { "features-nothing", "version: 1\nfeatures:\nkey: a\n",
      "2:10: features: found nothing, expected a list such as [a, b]" },
  { "features-empty", "version: 1\nfeatures: []\n",
      "2:11: features: the list is empty, expected a name or more" },
  { "features-twice", "version: 1\nfeatures:\n- a\n- 3\n- b\n- '3'\n",
      "6:3: features: '3' stands in the list twice, first on line 4, expected "
      "each once" },
  { "features-nested", "version: 1\nfeatures: [a, [b]]\n",
      "2:15: features: found a list, expected a string that is not empty" },
  { "features-null", "version: 1\nfeatures: [a, null]\n",
      "2:15: features: found nothing (a bare null), expected a string; quote "
      "it if it is a name" },
  { "features-empty-name", "version: 1\nfeatures: [a, '']\n",
      "2:15: features: found the string '', expected a string that is not "
      "empty" },
  { "key-list", "version: 1\nkey: [id]\n",
      "2:6: key: found a list, expected a string that is not empty" },
  { "key-tilde", "version: 1\nkey: ~\n",
      "2:6: key: found nothing (a bare ~), expected a string; quote it if it "
      "is a name" },
  { "time-list", "version: 1\ntime: [t]\n",
      "2:7: time: found a list, expected a column, or a mapping with column "
      "and "
      "unit" },
  { "time-no-column", "version: 1\ntime: {unit: s}\n",
      "2:7: time: required key 'column' is missing" },
  { "time-unit", "version: 1\ntime: {column: t, unit: sec}\n",
      "2:25: unit: unknown value 'sec': expected one of s, ms, us, ns, "
      "iso8601" },
  { "time-unknown-key", "version: 1\ntime: {colum: t}\n",
      "2:8: time: unknown key 'colum': did you mean 'column'?" },
  { "skip-rows-negative", "version: 1\nskip-rows: -1\n",
      "2:12: skip-rows: found '-1', expected a whole number from 0 to "
      "2147483647" },
  { "keep-string", "version: 1\nkeep: cycle\n",
      "2:7: keep: found 'cycle', expected a list such as [a, b]" },
  { "keep-twice", "version: 1\nkeep: [a, b, a]\n",
      "2:14: keep: 'a' stands in the list twice, first on line 2, *" },
  { "precision-unknown", "version: 1\nprecision: bf61\n",
      "2:12: precision: unknown value 'bf61': did you mean 'bf16'?" },
  { "precision-far-off", "version: 1\nprecision: double\n",
      "2:12: precision: unknown value 'double': expected one of f32, bf16, "
      "int8" },
  { "post-list", "version: 1\npost: [3]\n",
      "2:7: post: found a list, expected a mapping with keys from: average, "
      "average-time, alarm, classes" },
  { "post-average", "version: 1\npost: {average: 0}\n",
      "2:17: average: found '0', expected a whole number from 1 to 1048576" },
  { "post-no-threshold", "version: 1\npost: {alarm: {off: 1}}\n",
      "2:15: alarm: required key 'on' is missing" },
  { "post-misspelt", "version: 1\npost: {alarm: {on: 1, of: 1}}\n",
      "2:23: alarm: unknown key 'of': did you mean 'o*'?" },
  { "post-off-above-on", "version: 1\npost: {alarm: {on: 1, off: 1.5}}\n",
      "2:28: off: found 1.5, above on, 1: *; expected 1 or less" },
  { "post-duration", "version: 1\npost: {alarm: {on: 1, min-duration: -2}}\n",
      "2:37: min-duration: found -2, expected seconds from 0 to 9.2e+09" },
  { "post-no-time", "version: 1\npost: {average-time: 0}\n",
      "2:22: average-time: found 0, expected seconds above 0 and up to "
      "9.2e+09" },
  { "post-two-averages", "version: 1\npost: {average: 2, average-time: 1}\n",
      "2:34: average-time: found average as well; expected one of the two" },
  { "post-alarm-text", "version: 1\npost: {alarm: loud}\n",
      "2:15: alarm: found 'loud', expected a mapping *" },
  { "post-no-alarms", "version: 1\npost: {alarm: []}\n",
      "2:15: alarm: found a list of 0, expected 1 to 64 alarms" },
  { "post-alarms-without-name",
      "version: 1\npost: {alarm: [{on: 1, name: a}, {on: 2}]}\n",
      "2:34: alarm: number 2 of 2 has no name; expected `name: NAME` in each "
      "where there are several" },
  { "post-alarms-of-a-name",
      "version: 1\npost: {alarm: [{on: 1, name: a}, {on: 2, name: a}]}\n",
      "2:34: alarm: number 2 is called 'a', as number 1 is; expected another "
      "name" },
  { "post-no-classes", "version: 1\npost: {classes: []}\n",
      "2:17: classes: *" },
  { "threads-negative", "version: 1\nthreads: -1\n",
      "2:10: threads: found '-1', expected a whole number from 0 to 256" },
  { "threads-too-many", "version: 1\nthreads: 257\n",
      "2:10: threads: found '257', expected a whole number from 0 to 256" },
  { "mode-unknown", "version: 1\nmode: windwo\n",
      "2:7: mode: unknown value 'windwo': did you mean 'window'?" },
  { "mode-far-off", "version: 1\nmode: no\n",
      "2:7: mode: unknown value 'no': expected one of auto, frame, window" },
  { "mode-list", "version: 1\nmode: [auto]\n",
      "2:7: mode: found a list, expected a string that is not empty" },
  { "window-number", "version: 1\nwindow: 50\n",
      "2:9: window: found '50', expected a mapping with keys from: steps, "
      "stride" },
  { "steps-0", "version: 1\nwindow: {steps: 0}\n",
      "2:17: steps: found '0', expected a whole number from 1 to 1048576" },
  { "steps-negative", "version: 1\nwindow: {steps: -5}\n",
      "2:17: steps: found '-5', expected a whole number from 1 to 1048576" },
  { "steps-too-many", "version: 1\nwindow: {steps: 1048577}\n",
      "2:17: steps: found '1048577', expected a whole number from 1 to *" },
  { "steps-overflow", "version: 1\nwindow: {steps: 18446744073709551617}\n",
      "2:17: steps: found '18446744073709551617', expected a whole number *" },
  { "steps-float", "version: 1\nwindow: {steps: 5.0}\n",
      "2:17: steps: found '5.0', expected a whole number from 1 to 1048576" },
  { "steps-quoted", "version: 1\nwindow: {steps: \"50\"}\n",
      "2:17: steps: found the string '50', expected a whole number from 1 to "
      "1048576, not in quotes" },
  { "steps-octal", "version: 1\nwindow: {steps: 010}\n",
      "2:17: steps: found '010', expected a whole number from 1 to 1048576" },
  { "steps-hexadecimal", "version: 1\nwindow: {steps: 0x10}\n",
      "2:17: steps: found '0x10', expected a whole number from 1 to 1048576" },
  { "steps-nothing", "version: 1\nwindow: {steps: }\n",
      "2:17: steps: found nothing, expected a whole number from 1 to 1048576" },
  { "stride-list", "version: 1\nwindow: {stride: [1]}\n",
      "2:18: stride: found a list, expected a whole number from 1 to *" },
  { "stride-0", "version: 1\nwindow: {stride: 0}\n",
      "2:18: stride: found '0', expected a whole number from 1 to 1048576" },
  { "outputs-empty", "version: 1\noutputs: []\n",
      "2:10: outputs: the list is empty, expected a name or more" },
  { "outputs-twice", "version: 1\noutputs: [p, p]\n",
      "2:14: outputs: 'p' stands in the list twice, first on line 2, *" },
  { "outputs-string", "version: 1\noutputs: p\n",
      "2:10: outputs: found 'p', expected a list such as [a, b]" },
  { "reset-unknown", "version: 1\nreset-on: [flush, discount]\n",
      "2:19: reset-on: unknown value 'discount': did you mean 'discont'?" },
  { "reset-far-off", "version: 1\nreset-on: [never]\n",
      "2:12: reset-on: unknown value 'never': expected one of stream-start, "
      "flush, discont, segment, caps" },
  { "reset-twice", "version: 1\nreset-on: [flush, flush]\n",
      "2:19: reset-on: 'flush' stands in the list twice, first on line 2, *" },
  { "reset-string", "version: 1\nreset-on: flush\n",
      "2:11: reset-on: found 'flush', expected a list such as [a, b]" },
};

#define ABC "version: 1\nfeatures: [a, b, c]\nscaling:\n  min-max:\n"
#define FILE_ABC(name) ABC "    file: " name "\n"

static const BadConfig scaling[] = {
  { "string", "version: 1\nscaling: min-max\n",
      "2:10: scaling: found 'min-max', expected a mapping with keys from: "
      "min-max, standard, robust, each, limits, out-of-range" },
  { "no-method", "version: 1\nscaling: {}\n",
      "2:10: scaling: found 0 methods, expected exactly one of min-max, "
      "standard, robust, each" },
  { "unknown-method", "version: 1\nscaling: {minmax: {}}\n",
      "2:11: scaling: unknown key 'minmax': did you mean 'min-max'?" },
  { "no-source", "version: 1\nscaling: {min-max: {}}\n",
      "2:20: min-max: required key 'file' is missing, expected either file, or "
      "min and max" },
  { "no-max", ABC "    min: [1, 2, 3]\n",
      "5:5: min-max: required key 'max' is missing, expected either file, or "
      "min and max" },
  { "no-min", ABC "    max: [1, 2, 3]\n",
      "5:5: min-max: required key 'min' is missing, expected either file, or "
      "min and max" },
  { "file-and-max", FILE_ABC ("good.json") "    max: [1, 2, 3]\n",
      "6:10: min-max: found 'max' beside 'file', expected either file, or min "
      "and max" },
  { "unknown-key", ABC "    mni: [1]\n",
      "5:5: min-max: unknown key 'mni': did you mean 'min'?" },
  { "min-short", ABC "    min: [1, 2]\n    max: [1, 2, 3]\n",
      "5:10: min: found 2 numbers, expected 3: one for each of the "
      "'features'" },
  { "max-long", ABC "    min: [1, 2, 3]\n    max: [1, 2, 3, 4]\n",
      "6:10: max: found 4 numbers, expected 3: one for each of the "
      "'features'" },
  { "differ", "version: 1\nscaling: {min-max: {min: [1, 2], max: [1]}}\n",
      "2:39: max: found 1 numbers, expected 2: one for each of 'min'" },
  { "min-empty", "version: 1\nscaling: {min-max: {min: [], max: []}}\n",
      "2:26: min: the list is empty, expected a number or more" },
  { "min-number", "version: 1\nscaling: {min-max: {min: 0, max: 1}}\n",
      "2:26: min: found '0', expected a list such as [a, b]" },
  { "max-number", "version: 1\nscaling: {min-max: {min: [0], max: 1}}\n",
      "2:36: max: found '1', expected a list such as [a, b]" },
  { "max-less", ABC "    min: [1, 2, 3]\n    max: [1, -2.0, 3]\n",
      "6:14: max: found '-2.0' for feature 'b', whose min is '2': expected at "
      "least as much" },
  { "word", ABC "    min: [1, two, 3]\n    max: [1, 2, 3]\n",
      "5:14: min: found 'two', expected a number such as -0.5 or 1e-3" },
  { "quoted", ABC "    min: [1, 2, 3]\n    max: [1, '2', 3]\n",
      "6:14: max: found the string '2', expected a number such as -0.5 or "
      "1e-3, not in quotes" },
  { "nan", ABC "    min: [1, .nan, 3]\n    max: [1, 2, 3]\n",
      "5:14: min: found '.nan', expected a number such as -0.5 or 1e-3" },
  { "inf", ABC "    min: [1, 2, 3]\n    max: [1, .inf, 3]\n",
      "6:14: max: found '.inf', expected a number such as -0.5 or 1e-3" },
  { "bare-inf", ABC "    min: [1, 2, -inf]\n    max: [1, 2, 3]\n",
      "5:17: min: found '-inf', expected a number such as *" },
  { "hexadecimal", ABC "    min: [1, 0x2, 3]\n    max: [1, 2, 3]\n",
      "5:14: min: found '0x2', expected a number such as *" },
  { "octal", ABC "    min: [1, 02, 3]\n    max: [1, 2, 3]\n",
      "5:14: min: found '02', expected a number such as *" },
  { "sexagesimal", ABC "    min: [1, 1:30, 3]\n    max: [1, 2, 3]\n",
      "5:14: min: found '1:30', expected a number such as *" },
  { "underscore", ABC "    min: [1, 1_000, 3]\n    max: [1, 2, 3]\n",
      "5:14: min: found '1_000', expected a number such as *" },
  { "decimal-comma",
      ABC "    min:\n    - 1,5\n    - 2\n    - 3\n"
          "    max: [1, 2, 3]\n",
      "6:7: min: found '1,5', expected a number such as -0.5 or 1e-3" },
  { "no-digits", ABC "    min: [1, '.', .]\n    max: [1, 2, 3]\n",
      "5:14: min: found the string '.', expected a number *" },
  { "exponent-without-digits", ABC "    min: [1e, 2, 3]\n    max: [1, 2, 3]\n",
      "5:11: min: found '1e', expected a number such as *" },
  { "too-large", ABC "    min: [1, 2, 3]\n    max: [1, 2, 1e999]\n",
      "6:17: max: found '1e999', expected a number that a double can hold" },
  { "span-too-large", ABC "    min: [1, 2, -1e308]\n    max: [1, 2, 1e308]\n",
      "6:17: max: found '1e308' for feature 'c', whose min is '-1e308': a "
      "double cannot hold what lies between, scaled to the range" },
  { "span-too-small",
      "version: 1\nscaling: {min-max: {min: [0], max: [5e-324], range: [0, "
      "9]}}\n",
      "2:37: max: found '5e-324' for feature number 1, whose min is '0': a "
      "double cannot *" },
  { "offset-too-large",
      "version: 1\nscaling: {min-max: {min: [-1.7e308], max: [0], range: "
      "[1e308, 1.5e308]}}\n",
      "2:44: max: found '0' for feature number 1, whose min is '-1.7e308': a "
      "double cannot *" },
  { "range-one", ABC "    min: [1, 2, 3]\n    max: [1, 2, 3]\n    range: [1]\n",
      "7:12: range: found 1 numbers, expected two such as [0, 1]" },
  { "range-turned",
      ABC "    min: [1, 2, 3]\n    max: [1, 2, 3]\n    range: [1, 0]\n",
      "7:12: range: found [1, 0], expected the lower number first" },
  { "range-equal",
      ABC "    min: [1, 2, 3]\n    max: [1, 2, 3]\n    range: [1, 1.0]\n",
      "7:12: range: found [1, 1.0], expected the lower number first" },
  { "range-string",
      ABC "    min: [1, 2, 3]\n    max: [1, 2, 3]\n    range: 0-1\n",
      "7:12: range: found '0-1', expected a list such as [a, b]" },
};

/* The files that these name are made in main(); the message is all of it. */
static const BadConfig scaling_files[] = {
  { "not-json", FILE_ABC ("not.json"),
      "@/not.json:1:19: did not find expected ',' or '}' while parsing a flow "
      "mapping that starts on line 1" },
  { "list", FILE_ABC ("list.json"),
      "@/list.json:1:1: found a list, expected a mapping with keys from: min, "
      "max, range, data_min_, *" },
  { "empty", FILE_ABC ("empty.json"), "@/empty.json:1:1: the file is empty" },
  { "no-max", FILE_ABC ("no-max.json"),
      "@/no-max.json:1:1: required key 'max' is missing" },
  { "unknown-key", FILE_ABC ("range.json"),
      "@/range.json:4:2: unknown key 'feature_rage': did you mean "
      "'feature_range'?" },
  { "duplicate-key", FILE_ABC ("twice.json"),
      "@/twice.json:2:2: duplicate key 'min': it "
      "stands on line 1 already, keep one of the two" },
  { "short", FILE_ABC ("short.json"),
      "@/short.json:1:9: min: found 2 numbers, expected 3: one for each of the "
      "'features'" },
  { "names-differ", FILE_ABC ("names.json"),
      "@/names.json:1:14: features: found 3 names, expected the 3 of the "
      "configuration in any order; missing here: 'a', 'c'; surplus here: 'd', "
      "'e'" },
  { "names-missing", FILE_ABC ("fewer.json"),
      "@/fewer.json:1:14: features: found 2 names, expected the 3 of the "
      "configuration in any order; missing here: 'c'; surplus here: none" },
  { "names-surplus", FILE_ABC ("more.json"),
      "@/more.json:1:14: features: found 4 names, expected the 3 of the "
      "configuration in any order; missing here: none; surplus here: 'd'" },
  { "names-many", FILE_ABC ("many.json"),
      "@/many.json:1:14: features: found 12 names, expected the 3 *; surplus "
      "here: 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9', 'n10' and 2 "
      "more" },
  { "names-twice", FILE_ABC ("same.json"),
      "@/same.json:1:25: features: 'a' stands in the list twice, *" },
  { "names-and-lengths", FILE_ABC ("lengths.json"),
      "@/lengths.json:1:41: max: found 2 numbers, expected 3: one for each of "
      "the 'features' beside it" },
  { "nan", FILE_ABC ("nan.json"),
      "@/nan.json:1:13: min: found 'NaN', expected a number such as *" },
  { "max-less", FILE_ABC ("less.json"),
      "@/less.json:1:34: max: found '1' for feature 'c', whose min is '2': "
      "expected at least as much" },
  { "lone-surrogate", FILE_ABC ("lone.json"),
      "@/lone.json:1:*: found invalid Unicode character escape code while "
      "parsing a quoted scalar that starts on line 1" },
  { "deep", FILE_ABC ("deep.json"),
      "@/deep.json:1:33: nested more than 32 deep: "
      "it "
      "is no configuration" },
};

static const struct {
  const gchar *name, *data;
} files[] = {
  { "good.json", "{\"min\": [1, 2, 3], \"max\": [1, 2, 3]}" },
  { "not.json", "{\"min\": [1, 2, 3] \"max\": [1, 2, 3]}" },
  { "list.json", "[1, 2]" },
  { "empty.json", "" },
  { "no-max.json", "{\"min\": [1, 2, 3]}" },
  { "range.json",
      "{\"min\": [1, 2, 3],\n\n \"max\": [1, 2, 3],\n \"feature_rage\": [0, "
      "1]}" },
  { "twice.json", "{\"min\": [1],\n \"min\": [1]}" },
  { "short.json", "{\"min\": [1, 2], \"max\": [1, 2]}" },
  { "names.json",
      "{\"features\": [\"d\", \"b\", \"e\"], \"min\": [1, 2, 3], \"max\": [1, "
      "2, 3]}" },
  { "fewer.json",
      "{\"features\": [\"a\", \"b\"], \"min\": [1, 2], \"max\": [1, 2]}" },
  { "more.json",
      "{\"features\": [\"a\", \"b\", \"c\", \"d\"], \"min\": [1, 2, 3, 4], "
      "\"max\": [1, 2, 3, 4]}" },
  { "many.json", "{\"features\": [n1,n2,n3,n4,n5,n6,n7,n8,n9,n10,n11,n12], "
                 "\"min\": [0,0,0,0,0,0,0,0,0,0,0,0], \"max\": "
                 "[1,1,1,1,1,1,1,1,1,1,1,1]}" },
  { "same.json",
      "{\"features\": [\"a\", \"b\", \"a\"], \"min\": [1, 2, 3], \"max\": [1, "
      "2, 3]}" },
  { "lengths.json", "{\"features\":[7,8,9],\"min\":[0,0,0],\"max\":[1,1]}" },
  { "nan.json", "{\"min\": [1, NaN, 3], \"max\": [1, 2, 3]}" },
  { "less.json", "{\"min\": [1, 2, 2], \"max\": [1, 2, 1]}" },
  /* a backslash, then the second half of a pair */
  { "lone.json", "{\"features\": [\"\\\\ud83d\\ude00\"]}" },
  { "deep.json", NULL },
};

static void
test_bad (gconstpointer data)
{
  const BadConfig *bad = data;
  g_autofree gchar *pattern = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmConfig) config = fixture_config (bad->yaml, -1, &error);

  g_assert_null (config);
  pattern = bad->message[0] == '@'
                ? g_strdup (bad->message)
                : g_strconcat ("@/config.yaml:", bad->message, NULL);
  fixture_assert_error (error, LSTM_ERROR_CONFIG, pattern);
}

static void
add_table (const gchar *table, const BadConfig *bad, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/config/bad/%s/%s", table, bad[i].name);

    g_test_add_data_func (path, &bad[i], test_bad);
  }
}

#define ADD_TABLE(name, table) add_table (name, table, G_N_ELEMENTS (table))

static void
write_files (void)
{
  g_autofree gchar *deep = g_strnfill (100000, '[');

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    fixture_write (files[i].name, files[i].data ? files[i].data : deep, -1);
}

static void
assert_load_fails (const gchar *name, gint code, const gchar *pattern)
{
  g_autofree gchar *path = fixture_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmConfig) config = lstm_config_load (path, &error);

  g_assert_null (config);
  fixture_assert_error (error, code, pattern);
}

static void
test_no_such_file (void)
{
  g_autofree gchar *pattern = g_strconcat (
      "@/absent.yaml: cannot be read: ", g_strerror (ENOENT), NULL);

  assert_load_fails ("absent.yaml", LSTM_ERROR_IO, pattern);
}

static void
test_directory (void)
{
  g_autofree gchar *path = fixture_path ("folder.yaml");

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  assert_load_fails ("folder.yaml", LSTM_ERROR_IO,
      "@/folder.yaml: is a directory, expected a regular file");
}

/* Nobody writes to it: it must not be waited for. */
static void
test_pipe (void)
{
  g_autofree gchar *path = fixture_path ("pipe.yaml");

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_load_fails ("pipe.yaml", LSTM_ERROR_IO,
      "@/pipe.yaml: is a pipe, socket or device, expected a regular file");
}

static void
test_too_large (void)
{
  g_autofree gchar *data = g_strnfill (8 * 1024 * 1024 + 1, '#');

  fixture_write ("large.yaml", data, -1);
  assert_load_fails ("large.yaml", LSTM_ERROR_CONFIG,
      "@/large.yaml:1:1: the file is larger than the 8388608 bytes that it may "
      "have");
}

static void
test_loaded (void)
{
  fixture_write ("bad.yaml", "version: 1\nmode: none\n", -1);
  assert_load_fails ("bad.yaml", LSTM_ERROR_CONFIG,
      "@/bad.yaml:2:7: mode: unknown value 'none': expected one of auto, "
      "frame, window");
}

static void
test_no_such_scaler (void)
{
  g_autofree gchar *pattern =
      g_strconcat ("@/config.yaml:5:11: file: @/absent.json: cannot be read: ",
          g_strerror (ENOENT), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmConfig) config =
      fixture_config (FILE_ABC ("absent.json"), -1, &error);

  g_assert_null (config);
  fixture_assert_error (error, LSTM_ERROR_IO, pattern);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  fixture_open ();
  write_files ();
  ADD_TABLE ("syntax", syntax);
  ADD_TABLE ("keys", keys);
  ADD_TABLE ("values", values);
  ADD_TABLE ("scaling", scaling);
  ADD_TABLE ("scaling-file", scaling_files);
  g_test_add_func ("/config/bad/file/no-such-file", test_no_such_file);
  g_test_add_func ("/config/bad/file/directory", test_directory);
  g_test_add_func ("/config/bad/file/pipe", test_pipe);
  g_test_add_func ("/config/bad/file/too-large", test_too_large);
  g_test_add_func ("/config/bad/file/loaded", test_loaded);
  g_test_add_func ("/config/bad/file/no-such-scaler", test_no_such_scaler);
  result = g_test_run ();
  fixture_close ();
  return result;
}
