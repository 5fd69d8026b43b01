"""Settings come from flags, then the environment, then `DIR/config.json`; a file that cannot be read is told."""

import json
import time

import httpx
import pytest

from support.processes import BINARY, ROOT, Running, clean_environment, free_port, run


@pytest.fixture
def place(tmp_path):
    data = tmp_path / "data"
    run(BINARY, "init", "--data", data)
    return data


def settings(data, **sections):
    (data / "config.json").write_text(json.dumps({"throughline": sections}))


def host_of(data, log, **environment):
    server = Running(
        [BINARY, "serve", "--data", data, "--port", free_port()], log, clean_environment(**environment), ready_within=60)
    try:
        return server.address.split("//")[1].split(":")[0]
    finally:
        server.stop()


def test_the_environment_comes_before_the_file(place, tmp_path):
    log = tmp_path / "serve.log"
    assert host_of(place, log) == "127.0.0.1"
    settings(place, server={"host": "127.0.0.2"})
    assert host_of(place, log) == "127.0.0.2"
    assert host_of(place, log, THROUGHLINE_SERVER_HOST="127.0.0.3") == "127.0.0.3"


def test_two_servers_of_one_number_are_refused_and_a_command_takes_a_spare_one(place, tmp_path):
    """They would give the same ids and write one chain of audit records."""
    def serve(log, *more):
        return Running([BINARY, "serve", "--data", place, "--port", free_port(), *more], tmp_path / log, ready_within=60)

    first = serve("first.log")
    try:
        started = time.monotonic()
        with pytest.raises(AssertionError, match="works on this data directory as node 0"):
            serve("second.log")
        assert 9 < time.monotonic() - started < 40
        run(BINARY, "blueprint", "apply", ROOT / "blueprints/primary-care", "--data", place)
        with pytest.raises(AssertionError, match="works on this data directory as node 0"):
            run(BINARY, "rebuild", "--data", place, "--node", "0")
        another = serve("another.log", "--node", "3")
        assert another.stop() == 0
    finally:
        first.kill()
    # The lock ends with the process, however that ends.
    again = serve("again.log")
    assert again.stop() == 0
    assert run(BINARY, "audit", "verify", "--data", place).returncode == 0


def test_flags_come_before_the_environment(engine_named, tmp_path):
    """The schema that a command makes shows which setting counted."""
    engine = engine_named("postgresql").fresh()
    others = [engine.fresh(), engine.fresh()]
    data = tmp_path / "data"
    data.mkdir()
    settings(data, database={"url": engine.url, "schema": others[0].schema})
    environment = clean_environment(THROUGHLINE_DATABASE_SCHEMA=others[1].schema)
    try:
        run(BINARY, "init", "--data", data, "--schema", engine.schema, environment=environment)
        found = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 't\\_%'"
        assert engine.rows(data, "SELECT count(*) FROM tenant")[0][0] == 1
        made = {row[0] for row in engine.rows(data, found)}
        assert not made & {other.schema for other in others}
        run(BINARY, "init", "--data", data, "--tenant", "main", environment=environment)
        assert others[1].rows(data, "SELECT count(*) FROM tenant")[0][0] == 1
    finally:
        for one in (engine, *others):
            one.drop()


@pytest.mark.parametrize("text", ["{", "[]", "\x00", '{"throughline": "no"'])
def test_a_file_that_is_no_configuration_is_told_and_nothing_runs(place, text):
    (place / "config.json").write_text(text)
    done = run(BINARY, "doctor", "--data", place, check=False)
    assert done.returncode == 1, done.stdout
    assert "config.json" in done.stderr, done.stderr


def test_a_secret_of_the_environment_is_in_no_output(place, tmp_path):
    secret = "s3cret-token-of-the-carrier"
    environment = clean_environment(
        THROUGHLINE_SMS_ACCOUNT="AC0", THROUGHLINE_SMS_TOKEN=secret, THROUGHLINE_SMS_FROM="+13035550100",
        THROUGHLINE_SMS_BASE="http://127.0.0.1:9", THROUGHLINE_SMS_PUBLIC_BASE="http://127.0.0.1:9",
        THROUGHLINE_OUTBOUND_ALLOW="127.0.0.1:9",
        THROUGHLINE_LOG_LEVEL="trace")
    log = tmp_path / "serve.log"
    server = Running([BINARY, "serve", "--data", place, "--port", free_port()], log, environment, ready_within=60)
    server.stop()
    told = run(BINARY, "doctor", "--data", place, "--json", environment=environment, check=False)
    assert secret not in log.read_text() + told.stdout + told.stderr


def quickest(data, log, *paths, **environment):
    """How long each page takes at the least, in seconds."""
    server = Running(
        [BINARY, "serve", "--data", data, "--port", free_port()], log, clean_environment(**environment), ready_within=60)
    try:
        taken = {path: [] for path in paths}
        with httpx.Client(base_url=server.address, timeout=httpx.Timeout(30.0)) as client:
            for path in paths * 10:
                began = time.monotonic()
                assert client.get(path, headers={"Accept": "text/html"}).status_code in (200, 404)
                taken[path].append(time.monotonic() - began)
        return [min(taken[path]) for path in paths]
    finally:
        server.stop()


def test_answers_leave_on_the_grid_that_is_set(place, tmp_path):
    log = tmp_path / "serve.log"
    pages = ("/session", "/nothing-is-here", "/healthz")
    signing_in, missing, health = quickest(place, log, *pages, THROUGHLINE_SERVER_ANSWER_GRID="50")
    assert signing_in >= 0.05 and missing >= 0.05 and health < 0.05
    assert max(quickest(place, log, *pages, THROUGHLINE_SERVER_ANSWER_GRID="0")) < 0.05
    settings(place, server={"answerGrid": 40})
    assert quickest(place, log, "/session")[0] >= 0.04


@pytest.mark.parametrize("wrong", ["51", "-1"])
def test_a_grid_out_of_range_ends_the_start(place, wrong):
    done = run(
        BINARY, "doctor", "--data", place, check=False, environment=clean_environment(THROUGHLINE_SERVER_ANSWER_GRID=wrong))
    assert done.returncode == 1 and "server.answerGrid" in done.stderr, done.stderr
