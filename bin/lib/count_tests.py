"""Adds up what the test runners counted: prints `passed failed skipped`.

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
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return len(cases) - failed - skipped, failed, skipped


if __name__ == "__main__":
    totals = [sum(column) for column in zip(*map(count, sys.argv[1:]))] or [0, 0, 0]
    print(*totals)
