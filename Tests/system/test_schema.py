"""What starts at once on a fresh store, and what the store looks like afterwards."""

import concurrent.futures
import json

import pytest

from support.processes import BINARY, ROOT, Practice, run

LANDED = [line.split()[0] for line in (ROOT / "docs/schema/migrations.txt").read_text("utf-8").splitlines()]


@pytest.mark.timeout(200)
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_processes_that_find_a_fresh_store_at_once_all_succeed(engine_named, tmp_path, name):
    practice = Practice(engine_named(name), tmp_path)
    try:
        # The keys are there, the stores are not: as on a second node, or after a move.
        practice.command("init")
        practice.engine.drop()
        for file in practice.data.glob("*.sqlite*"):
            file.unlink()
        (practice.data / "throughline.sqlite").touch()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: practice.command("routes", "--json", check=False, timeout=120), range(4)))
        for one in done:
            assert one.returncode == 0, one.stderr
            assert json.loads(one.stdout) == json.loads(done[0].stdout)
        known = [id for (id,) in practice.rows("SELECT id FROM migration ORDER BY position")]
        assert known == [id for id in LANDED if id in set(known)], known
        assert len(known) == len(set(known)) == len([id for id in LANDED if ".vault.keys" not in id])
    finally:
        practice.close()


@pytest.mark.timeout(200)
@pytest.mark.parametrize("name,file", [("sqlite", "sqlite.sql"), ("postgresql", "postgresql.sql")])
def test_the_committed_schema_is_what_the_program_makes(engine_named, tmp_path, name, file):
    practice = Practice(engine_named(name), tmp_path)
    try:
        practice.command("init")
        assert practice.command("schema").stdout == (ROOT / "docs/schema" / file).read_text("utf-8"), "run bin/schema"
        manifest = (ROOT / "docs/schema/migrations.txt").read_text("utf-8")
        assert practice.command("schema", "--migrations").stdout == manifest, "run bin/schema"
    finally:
        practice.close()


@pytest.mark.timeout(200)
def test_a_command_leaves_no_log_beside_its_files(tmp_path):
    data = tmp_path / "data"
    run(BINARY, "init", "--data", data)
    run(BINARY, "blueprint", "apply", ROOT / "blueprints/primary-care", "--data", data)
    run(BINARY, "generate", "--patients", "600", "--seed", "11", "--data", data)
    assert (data / "throughline.sqlite").stat().st_size > 1 << 20
    for file in data.glob("*.sqlite-wal"):
        assert file.stat().st_size == 0, (file, file.stat().st_size)
    assert json.loads(run(BINARY, "audit", "verify", "--data", data, "--json").stdout)["whole"] is True
