"""Writes docs/results/slow.md from the figures that the slow tests reported.

Arguments: the file of figures (one JSON object a line: name, value, unit, and whatever else says how it was made),
the file to write, and the line of totals. Commit, date and machine are read here.
"""

import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys


def machine() -> str:
    info = pathlib.Path("/proc/cpuinfo")
    models = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), {memory:.0f} GiB"


def commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()

    changed = " with uncommitted changes" if git("status", "--porcelain") else ""
    return git("rev-parse", "--short=12", "HEAD") + changed


def cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def main(figures: pathlib.Path, report: pathlib.Path, totals: str) -> None:
    rows = [json.loads(line) for line in figures.read_text().splitlines() if line.strip()]
    lines = [
        "# Results of the slow tests",
        "",
        "Written by `bin/test --slow`; not edited by hand.",
        "",
        f"- commit: {commit()}",
        f"- date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"- machine: {machine()}",
        f"- totals: {totals}",
        "",
        "| figure | value | unit | how |",
        "|---|---:|---|---|",
    ]
    for row in rows:
        how = ", ".join(f"{key} {value}" for key, value in row.items() if key not in ("name", "value", "unit"))
        lines.append(f"| {cell(row['name'])} | {cell(row['value'])} | {cell(row.get('unit', ''))} | {cell(how)} |")
    if not rows:
        lines.append("| (no test reported a figure) | | | |")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3])
