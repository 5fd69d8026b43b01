#!/usr/bin/env python3
"""Holds docs/security/asvs.md to its word: each requirement stands there once, with a status and what it asks for, and
each file, test and heading it names exists. The tests that docs/security/threat-model.md names are held to the same.

    bin/lib/check_asvs.py [ROOT]

Prints the counts, or each problem with its line; ends with 1 when there is one.
"""

import collections
import pathlib
import re
import sys

LIST = "docs/security/asvs-5.0.0-level-2.txt"
TABLE = "docs/security/asvs.md"
MODEL = "docs/security/threat-model.md"
STATUSES = ("met", "open", "n.a.")
NAMED = re.compile(r"`([^`]+)`")
PLACE = re.compile(r"(?:Sources|Tests|docs|assets|bin|blueprints)/\S|[A-Z][A-Za-z-]*\.(?:md|swift)$|requirements-test\.txt$")


def split(row):
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


class Tree:
    """The files of a checkout."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.texts = {}

    def text(self, path):
        if path not in self.texts:
            place = self.root / path
            self.texts[path] = place.read_text("utf-8") if place.is_file() else None
        return self.texts[path]

    def problem_of_file(self, path):
        return None if (self.root / path).exists() else f"there is no {path}"

    def problem_of_test(self, named):
        """`file.swift::function`, `file.py::test_name` or `document.md#Heading`."""
        path, mark, name = named.partition("::") if "::" in named else named.partition("#")
        text = self.text(path)
        if text is None:
            return f"there is no {path}"
        if mark == "#":
            return None if re.search(rf"(?m)^#+ {re.escape(name)}$", text) else f"{path} has no heading '{name}'"
        if not mark:
            return f"{named} names no test"
        word = re.escape(name)
        found = rf"(?m)^\s*def {word}\(" if path.endswith(".py") else rf"\b(?:func {word}\(|(?:struct|class|enum) {word}\b)"
        return None if re.search(found, text) else f"{path} has no {name}"


def check(root):
    """The counts of each status, and the problems."""
    tree = Tree(root)
    wanted = (tree.text(LIST) or "").split()
    table = tree.text(TABLE) or ""
    problems, seen, counts = [], collections.Counter(), collections.Counter()
    if len(wanted) != 253 or len(set(wanted)) != 253:
        problems.append(f"{LIST}: {len(set(wanted))} requirements, not 253")
    for number, line in enumerate(table.splitlines(), 1):
        if not re.match(r"\| V\d", line):
            continue
        cells = split(line)
        tell = lambda what: problems.append(f"{TABLE}:{number}: {cells[0]}: {what}")  # noqa: B023, E731
        seen[cells[0]] += 1
        if len(cells) != 6:
            tell(f"{len(cells)} cells, not 6")
            continue
        _, asked, status, files, tests, words = cells
        counts[status] += 1
        if status not in STATUSES:
            tell(f"'{status}' is no status")
        if not asked:
            tell("nothing says what it asks")
        if status == "met" and not (NAMED.search(files) and NAMED.search(tests)):
            tell("met, but no file or no test is named")
        if status != "met" and not words:
            tell("nothing says why not, or what is missing")
        for named in NAMED.findall(files):
            problem = tree.problem_of_file(named)
            if problem:
                tell(problem)
        for named in NAMED.findall(tests):
            problem = tree.problem_of_test(named)
            if problem:
                tell(problem)
    problems += [f"{TABLE}: {id} stands {seen[id]} times" for id in wanted if seen[id] != 1]
    problems += [f"{TABLE}: {id} is no requirement of level 1 or 2" for id in seen if id not in set(wanted)]
    problems += model(tree)
    return counts, problems


def model(tree):
    """What the threat model names in code marks: files, and tests of files."""
    text = tree.text(MODEL)
    if text is None:
        return [f"there is no {MODEL}"]
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        for named in NAMED.findall(line):
            if PLACE.match(named):
                problem = tree.problem_of_test(named) if "::" in named else tree.problem_of_file(named)
                if problem:
                    problems.append(f"{MODEL}:{number}: {problem}")
    return problems


def main(root):
    counts, problems = check(root)
    for problem in problems:
        print(problem)
    print(", ".join(f"{counts[status]} {status}" for status in STATUSES))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]))
