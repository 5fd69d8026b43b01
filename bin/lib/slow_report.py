"""Writes docs/results/slow.md from the figures that the slow tests reported.

Arguments: the file of figures (one JSON object a line: name, value, unit, and whatever else says how it was made),
the file to write, and the line of totals. Commit, date and machine are read here. Figures of an earlier run that this
one did not take (it was filtered) stay, with the commit and date they came from.
"""

import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

COLUMNS = ["figure", "value", "unit", "how", "commit", "date", "machine"]


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


def row_of(line: str) -> list[str]:
    """The cells of a line of a table, as they stand there."""
    return [each.strip() for each in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def earlier(report: pathlib.Path) -> list[list[str]]:
    if not report.exists():
        return []
    rows = [row_of(line) for line in report.read_text().splitlines() if line.startswith("|")]
    return [row for row in rows[2:] if len(row) == len(COLUMNS)]


def what(row: list[str]) -> tuple[str, str]:
    """Which figure a row tells: its name, and the engine it was taken on."""
    engine = re.search(r"\bengine (\w+)", row[3])
    return row[0], engine.group(1) if engine else ""


def main(figures: pathlib.Path, report: pathlib.Path, totals: str) -> None:
    now = [commit(), f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC", machine()]
    rows = []
    for line in figures.read_text().splitlines():
        if line.strip():
            one = json.loads(line)
            how = ", ".join(f"{key} {value}" for key, value in one.items() if key not in ("name", "value", "unit"))
            rows.append([cell(each) for each in [one["name"], one["value"], one.get("unit", ""), how, *now]])
    taken = {what(row) for row in rows}
    rows += [row for row in earlier(report) if what(row) not in taken]
    lines = [
        "# Results of the slow tests",
        "",
        "Written by `bin/test --slow`; not edited by hand. A run with `--filter` leaves the figures that it did not take.",
        "",
        f"The last run, {now[1]}: {totals}.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|---|---:|---|---|---|---|---|",
        *("| " + " | ".join(row) + " |" for row in sorted(rows)),
    ]
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3])
