#!/usr/bin/env python3
"""Writes assets/web/css/calendar.css: one class for each five minutes of a day, since pages carry no style attributes.

`t-N` starts at the N-th five minutes of the grid (0 is its first row), `d-N` lasts N of them, `lane-A-of-B` is one of B
visits side by side, `columns-N` is a day grid of N practitioners.
"""

import pathlib

OUT = pathlib.Path(__file__).resolve().parents[2] / "assets/web/css/calendar.css"
lines = ["/* Written by Tests/design/calendar.py: places on the day grid, in steps of five minutes. */", "@layer components {"]
lines += [f"  .t-{n} {{ grid-row-start: {n + 1}; }}" for n in range(288)]
lines += [f"  .d-{n} {{ grid-row-end: span {n}; }}" for n in range(1, 289)]
lines += [f"  .columns-{n} {{ --columns: {n}; }}" for n in range(1, 13)]
for lanes in range(2, 5):
    lines.append(f"  .lanes-{lanes} {{ grid-template-columns: repeat({lanes}, minmax(0, 1fr)); }}")
    lines += [f"  .lane-{lane}-of-{lanes} {{ grid-column: {lane}; }}" for lane in range(1, lanes + 1)]
lines.append("}")
OUT.write_text("\n".join(lines) + "\n")
