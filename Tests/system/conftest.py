"""Fixtures of the system tests. They drive the release binary (THROUGHLINE_BINARY) through its documented doors only.

Run by bin/test; by hand after `bin/setup` and a release build: `.venv/bin/pytest Tests/system`. A PostgreSQL cluster is
started when THROUGHLINE_TEST_POSTGRES names none.
"""

import itertools
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support.browser import Browser  # noqa: E402
from support.doors import Api, Carrier, Console, Webhook  # noqa: E402
from support.processes import BINARY, ROOT, Engine, Practice  # noqa: E402

ENGINES = ["sqlite", "postgresql"]


def pytest_sessionstart(session):
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: run `swift build -c release` first", returncode=3)


@pytest.fixture(scope="session")
def postgres_url():
    given = os.environ.get("THROUGHLINE_TEST_POSTGRES")
    if given:
        yield given
        return
    script = ROOT / "bin/lib/postgres.sh"
    url = subprocess.run([script, "start"], check=True, capture_output=True, text=True).stdout.strip()
    yield url
    subprocess.run([script, "remove", url], check=True, stdin=subprocess.DEVNULL, capture_output=True)


@pytest.fixture(scope="session")
def engine_named(postgres_url):
    return lambda name: Engine(name, postgres_url if name == "postgresql" else None)


@pytest.fixture(scope="session")
def demos(engine_named, tmp_path_factory):
    """The demo on each engine, started when first asked for and stopped gracefully at the end."""
    running = {}

    def demo(name):
        if name not in running:
            running[name] = Practice(engine_named(name), tmp_path_factory.mktemp(f"demo-{name}"), patients=200).demo()
        return running[name]

    yield demo
    failures = []
    for practice in running.values():
        try:
            practice.stop()
        except AssertionError as error:
            failures.append(str(error))
        practice.close()
    assert not failures, "\n".join(failures)


@pytest.fixture(scope="session", params=ENGINES)
def demo(request, demos):
    return demos(request.param)


@pytest.fixture(scope="session")
def sqlite_demo(demos):
    return demos("sqlite")


@pytest.fixture(scope="session", params=ENGINES)
def attacked(request, engine_named, tmp_path_factory):
    """One practice for each engine that all attack tests try, with a second tenant beside it."""
    from support.attacks import Attacked

    practice = Practice(engine_named(request.param), tmp_path_factory.mktemp(f"attacked-{request.param}"), patients=20)
    practice.prepare()
    place = Attacked(practice)
    yield place
    place.close()
    practice.stop()
    practice.close()


@pytest.fixture(scope="session", params=ENGINES)
def wide_awake(request, engine_named, tmp_path_factory):
    """A small demo at which it is day whenever tests run, and a visit of today can be booked (`support.awake.SITE`)."""
    from support.awake import awake

    folder = tmp_path_factory.mktemp(f"awake-{request.param}")
    made = awake(Practice(engine_named(request.param), folder, patients=20).prepare(), folder).demo()
    yield made
    made.stop()
    made.close()


@pytest.fixture
def practice(request, engine_named, tmp_path):
    """A practice of the test's own, set up on the engine of the parameter (SQLite when there is none), not running."""
    made = Practice(engine_named(getattr(request, "param", "sqlite")), tmp_path, patients=20)
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def api(demo):
    with Api(demo.base, demo.key("integration")) as client:
        yield client


@pytest.fixture
def agent(demo):
    with Console(demo.base, demo.user("access-agent")) as console:
        yield console


@pytest.fixture
def carrier(demo):
    with Carrier(demo.carrier_base) as client:
        yield client


@pytest.fixture
def webhook(demo):
    with Webhook(demo) as client:
        yield client


@pytest.fixture(scope="session")
def browser():
    started = Browser()
    yield started
    started.close()


blocks_of_numbers = itertools.count()


@pytest.fixture
def numbers():
    """A thousand test numbers that no other test of this run uses. Those from 860,000 on are for tests that name theirs."""
    from support.doors import number

    start = next(blocks_of_numbers) * 1_000
    assert start < 860_000
    return (number(start + index) for index in range(1_000))


@pytest.fixture(scope="module", params=ENGINES)
def place(request, engine_named, tmp_path_factory):
    """A small demo of its own for a module that changes who may do what. A module with other wants defines its own."""
    made = Practice(engine_named(request.param), tmp_path_factory.mktemp("place"), patients=20).demo()
    yield made
    made.stop()
    made.close()


@pytest.fixture(scope="module")
def admin(place):
    with Console(place.base, place.user("administrator")) as console:
        yield console
