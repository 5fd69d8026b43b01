"""Back to a moment between two backups, on PostgreSQL, as docs/operations/backup.md says: a base copy and the archived log."""

import json
import os
import shutil
import subprocess

import psycopg
import pytest

from support.doors import Api, number
from support.processes import ROOT, Engine, Practice, eventually
from support.backups import keys_of
from test_failures import own_cluster, postgres  # noqa: F401: a fixture


def owned(*command):
    """A command as the cluster's owner."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    done = subprocess.run([str(word) for word in command], check=False, cwd="/", stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, (command, done.stderr)


def start(folder):
    subprocess.run([ROOT / "bin/lib/postgres.sh", "start", folder], check=True, stdin=subprocess.DEVNULL, capture_output=True)


def asked(url, query):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]


def archive(folder, url):
    """The log of this cluster is kept, piece by piece."""
    kept = folder / "archive"
    owned("mkdir", kept)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET archive_mode = 'on'")
        connection.execute(f"ALTER SYSTEM SET archive_command = 'test ! -f {kept}/%f && cp %p {kept}/%f'")
    postgres(folder, "stop", "--mode", "fast")
    start(folder)
    return kept


def base_copy(folder, url):
    bindir = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
    owned(f"{bindir}/pg_basebackup", "--dbname", url, "--pgdata", folder / "base", "--wal-method", "none",
          "--checkpoint", "fast")


def back_to(moment, folder, url, kept):
    """Base and log up to a moment take the place of what there is."""
    last = asked(url, "SELECT pg_walfile_name(pg_switch_wal())")
    eventually(lambda: (kept / last).exists(), "the log up to now is kept", seconds=30)
    postgres(folder, "stop", "--mode", "fast")
    owned("mv", folder / "data", folder / "data-of-before")
    owned("mv", folder / "base", folder / "data")
    with open(folder / "data/postgresql.auto.conf", "a", encoding="utf-8") as settings:
        settings.write(f"restore_command = 'cp {kept}/%f %p'\nrecovery_target_time = '{moment}'\n"
                       "recovery_target_action = 'promote'\n")
    owned("touch", folder / "data/recovery.signal")
    start(folder)
    eventually(lambda: asked(url, "SELECT NOT pg_is_in_recovery()"), "it has gone back", seconds=30)


@pytest.mark.timeout(200)
def test_a_moment_between_two_writes_is_come_back_to(own_cluster, tmp_path):  # noqa: F811
    folder, url = own_cluster
    practice = Practice(Engine("postgresql", url), tmp_path, patients=10)
    try:
        kept = archive(folder, url)
        practice.prepare()
        practice.serve()
        base_copy(folder, url)
        anchors = keys_of(practice) / "audit-anchors.jsonl"
        with Api(practice.base, practice.key("integration")) as api:
            first = api.register("Before", "Themoment", number(945_000), birthDate="1961-01-02")
            anchored = anchors.read_bytes()
            moment = asked(url, "SELECT clock_timestamp()::text")
            second = api.register("After", "Themoment", number(945_001), birthDate="1961-01-02")
            assert api.get(f"/api/v1/patients/{second}")["id"] == second
        # A program that ends links and anchors what was done last.
        practice.stop()
        assert anchors.read_bytes() != anchored
        assert practice.command("audit", "verify", "--json").returncode == 0
        back_to(moment, folder, url, kept)

        # The newer anchors prove that something is lost; by those of then the trail is whole.
        told = practice.command("audit", "verify", "--json", check=False)
        assert told.returncode == 1 and "rolled back" in " ".join(json.loads(told.stdout)["findings"]), told.stdout
        shutil.copy(anchors, tmp_path / "newer-anchors.jsonl")
        anchors.write_bytes(anchored)
        assert json.loads(practice.command("audit", "verify", "--json").stdout)["whole"]

        practice.serve()
        with Api(practice.base, practice.key("integration")) as api:
            assert api.get(f"/api/v1/patients/{first}")["id"] == first
            assert api.send("GET", f"/api/v1/patients/{second}").status_code == 404
            assert [hit["id"] for hit in api.get("/api/v1/patients", q="Themoment")["patients"]] == [first]
            # It goes on from there.
            third = api.register("Again", "Themoment", number(945_002), birthDate="1961-01-02")
            assert api.get(f"/api/v1/patients/{third}")["id"] == third
        practice.stop()
        assert json.loads(practice.command("audit", "verify", "--json").stdout)["whole"]
    finally:
        practice.close()
