# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# gnuplot -c predictions.gp DATA SVG LINES X-TITLE Y-TITLE THRESHOLD
# DATA holds LINES blocks of rows "x y", parted by two empty lines, each below
# a row with its title in quotes.

data = ARG1
lines = int (ARG3)
threshold = real (ARG6)

set encoding utf8
set terminal svg size 1000,560 noenhanced font "sans-serif,15" background "white"
set output ARG2

colour (i) = int (word ("0x1f77b4 0xff7f0e 0x2ca02c 0xd62728 0x9467bd \
  0x8c564b 0xe377c2 0x7f7f7f 0xbcbd22 0x17becf", i % 10 + 1))

set title "Engines most likely to fail within 30 cycles" font ",18"
set xlabel ARG4
set ylabel ARG5
set yrange [-0.02:1.02]
set ytics 0.1
set grid ytics linecolor "#dddddd" linetype 1
set border 3 linecolor "#444444"
set tics nomirror
set key outside right top Left reverse samplen 2 spacing 1.25 \
  title "engine, after its last cycle" font ",14"

plot \
  for [i = 0:lines - 1] data index i using 1:2:(colour (i)) with lines \
    linewidth 2 linecolor rgbcolor variable title columnheader (1), \
  threshold with lines linewidth 1.5 dashtype 2 linecolor "black" \
    title sprintf ("threshold %g", threshold)
