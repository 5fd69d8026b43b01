"""Adds up what the test runners counted: prints `passed failed skipped` on standard output, and on standard error one
line for each test that failed, with the beginning of what it said.

Arguments: the JUnit-style XML files of Swift Testing and pytest. A file that is absent or broken off counts as one
failure, since then its runner crashed or was ended before it could count.
"""

import sys
import xml.etree.ElementTree as ElementTree


def count(path: str) -> tuple[int, int, int]:
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        print(f"count_tests: no whole report in {path}: {error}", file=sys.stderr)
        return 0, 1, 0
    failures = [(case, said) for case in cases if (said := reasons(case))]
    for case, said in failures:
        print(f"FAILED {case.get('classname')}/{case.get('name')}: {' | '.join(said)[:2000]}", file=sys.stderr)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return len(cases) - len(failures) - skipped, len(failures), skipped


def reasons(case: ElementTree.Element) -> list[str]:
    found = [*case.findall("failure"), *case.findall("error")]
    return [" ".join((each.get("message") or each.text or "without a word").split()) for each in found]


if __name__ == "__main__":
    totals = [sum(column) for column in zip(*map(count, sys.argv[1:]))] or [0, 0, 0]
    print(*totals)
