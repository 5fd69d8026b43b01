"""A pytest plug-in: `--select REGEX` keeps the tests whose id matches, as `swift test --filter` does."""

import re


def pytest_addoption(parser):
    parser.addoption("--select", metavar="REGEX", help="run only tests whose id matches this regular expression")


def pytest_collection_modifyitems(config, items):
    pattern = config.getoption("--select")
    if not pattern:
        return
    dropped = [item for item in items if not re.search(pattern, item.nodeid)]
    items[:] = [item for item in items if re.search(pattern, item.nodeid)]
    config.hook.pytest_deselected(items=dropped)
