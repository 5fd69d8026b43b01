"""Backups through their documented doors: made beside a running server, proven, restored elsewhere and compared table by
table; the keys are those of now, so nobody comes back who was disposed of. Both engines."""

import json
import re
import shutil
import threading

import pytest

from support.backups import back_up, keys_of, prove, restore
from support.doors import Api, Console, number
from support.processes import BINARY, figure, run
from support.tables import everything, holding, id_of, traces

BOTH = pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
# A restore is a recorded run: these tables have a few rows more.
GROWING = {"system_run", "audit_record", "audit_block", "audit_subject"}


def ordered(rows):
    return sorted(rows, key=repr)


@pytest.mark.timeout(300)
@BOTH
def test_a_backup_restored_elsewhere_is_the_same_table_by_table(practice, tmp_path):
    backups = tmp_path / "backups"
    first = back_up(practice, backups)
    assert first["storedBytes"] > 0 and first["bases"] == [] and not list(backups.rglob("*.sqlite"))
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        for index, family in enumerate(("Alderwood", "Birchwood", "Cedarwood", "Dogwood", "Elmwood")):
            api.register("Rita", family, number(961_000 + index), birthDate="1980-04-05")
    practice.stop()
    second = back_up(practice, backups)
    assert second["bases"] == [first["backup"]] and 0 < second["storedBytes"] < second["bytes"], second

    proven = json.loads(prove(practice, backups).stdout)
    assert proven["verified"] and proven["opened"] and proven["backup"] == second["backup"], proven
    assert proven["auditRecords"] > 0 and proven["findings"] == []

    other, told = restore(practice, backups, tmp_path / "elsewhere")
    try:
        assert told["backup"] == second["backup"] and told["bytes"] == second["bytes"] and told["disposals"] == 0
        before, after = everything(practice), everything(other)
        assert before.keys() == after.keys()
        for table in before:
            if table in GROWING:
                assert set(before[table]) <= set(after[table]), table
            elif table != "outbox" or told["due"] == 0:
                assert ordered(before[table]) == ordered(after[table]), table
        assert sum(map(len, before.values())) > 500
        assert json.loads(other.command("audit", "verify", "--json").stdout)["whole"]
        other.serve()
        with Api(other.base, other.key("integration")) as api:
            (found,) = api.get("/api/v1/patients", q="Rita Dogwood")["patients"]
            assert api.get(f"/api/v1/patients/{found['id']}")["id"] == found["id"]
        other.stop()
        figure("restore-drill", told["seconds"], "s", engine=practice.engine.name, bytes=told["bytes"])

        # The first one is still what it was.
        older, told = restore(practice, backups, tmp_path / "older", "--at", first["backup"])
        try:
            assert told["backup"] == first["backup"]
            assert not [row for row in everything(older)["patient"] if row not in before["patient"]]
            assert len(everything(older)["patient"]) == len(before["patient"]) - 5
            assert told["newerAnchors"] >= 1, told
        finally:
            older.close()
    finally:
        other.close()


@pytest.mark.timeout(300)
@BOTH
def test_a_backup_under_load_is_of_one_moment_and_has_all_that_was_acknowledged_before(practice, tmp_path):
    practice.serve()
    acknowledged, stopped = [], threading.Event()

    def register(worker):
        with Api(practice.base, practice.key("integration")) as api:
            index = 0
            while not stopped.is_set():
                acknowledged.append(api.register(
                    "Lena", f"Load{worker}x{index}", number(962_000 + worker * 500 + index % 500),
                    mrn=f"L{worker}-{index}"))
                index += 1

    threads = [threading.Thread(target=register, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    try:
        backups = tmp_path / "backups"
        for _ in range(3):
            known = list(acknowledged)
            told = back_up(practice, backups)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    practice.stop()
    assert len(acknowledged) > len(known) > 0
    assert json.loads(prove(practice, backups).stdout)["verified"]
    other, restored = restore(practice, backups, tmp_path / "elsewhere")
    try:
        assert restored["backup"] == told["backup"]
        rows = everything(other)
        patients = {row[1]: row for row in rows["patient"]}
        assert {id_of(patient) for patient in known} <= patients.keys()
        # Of one moment: every patient has the rows that were written with them.
        numbered = {row[1] for row in rows["patient_identifier"]} | {row[2] for row in rows["patient_identifier"]}
        mine = {id_of(patient) for patient in acknowledged} & patients.keys()
        assert mine <= numbered, len(mine - numbered)
        assert json.loads(other.command("audit", "verify", "--json").stdout)["whole"]
    finally:
        other.close()


@pytest.mark.timeout(300)
@BOTH
def test_holds_are_those_of_the_backup_and_are_counted(practice, tmp_path):
    backups = tmp_path / "backups"
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api, \
            Console(practice.base, practice.user("privacy-officer")) as console:
        patient = api.register("Hanna", "Held", number(963_003))
        for matter in ("Case 7", "Case 8"):
            console.post("/legal-holds", patient=patient, matter=matter, reason="The court asked.")
        holds = re.findall(r'action="/legal-holds/([0-9A-Z]{13})/release"', console.get("/legal-holds").text)
        assert len(holds) == 2
        console.post(f"/legal-holds/{holds[0]}/release", note="The case is closed.")
    practice.stop()
    with_one = back_up(practice, backups)
    practice.serve()
    with Console(practice.base, practice.user("privacy-officer")) as console:
        console.post(f"/legal-holds/{holds[1]}/release", note="The case is closed.")
    practice.stop()
    without = back_up(practice, backups)
    for told, count in ((with_one, 1), (without, 0)):
        other, restored = restore(practice, backups, tmp_path / told["backup"][-16:], "--at", told["backup"])
        other.close()
        assert restored["backup"] == told["backup"] and restored["holds"] == count, restored


@pytest.mark.timeout(300)
@BOTH
def test_who_was_disposed_of_after_the_backup_stays_unreadable(practice, tmp_path):
    backups = tmp_path / "backups"
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        patient = api.register(
            "Dora", "Disposable", number(963_001), birthDate="1971-02-03", mrn="ZZ-8", email="dora@mail.example")
        kept = api.register("Kira", "Kept", number(963_002), mrn="ZZ-9")
    practice.stop()
    before = everything(practice)
    (row,) = [line for line in before["patient"] if id_of(patient) in line]
    subject = row[2]
    hashes = traces(before, {id_of(patient), subject})
    assert len(hashes) >= 4
    told = back_up(practice, backups)
    old_keys = tmp_path / "old.keys"
    shutil.copytree(keys_of(practice), old_keys)
    practice.command("dispose", "patient", patient, "--reason", "request", "--yes")

    # With the keys as they were she could be read: it is the present state of the keys that makes the difference.
    readable, _ = restore(practice, backups, tmp_path / "with-old-keys", keys=old_keys)
    try:
        readable.serve()
        with Api(readable.base, readable.key("integration")) as api:
            assert api.get(f"/api/v1/patients/{patient}")["id"] == patient
            assert [found["id"] for found in api.get("/api/v1/patients", q="Disposable")["patients"]] == [patient]
        readable.stop()
    finally:
        readable.close()

    other, restored = restore(practice, backups, tmp_path / "elsewhere")
    try:
        assert restored["backup"] == told["backup"] and restored["disposals"] == 1
        after = everything(other)
        assert holding(after, hashes) == set()
        assert holding(after, {id_of(patient), subject}) == set()
        other.serve()
        with Api(other.base, other.key("integration")) as api:
            assert api.send("GET", f"/api/v1/patients/{patient}").status_code == 404
            for query in ("Disposable", "ZZ-8", number(963_001)):
                assert api.get("/api/v1/patients", q=query)["patients"] == [], query
            assert api.get(f"/api/v1/patients/{kept}")["id"] == kept
        other.stop()
        verified = json.loads(other.command("audit", "verify", "--json").stdout)
        assert verified["whole"] and verified["disposals"] == 1, verified
    finally:
        other.close()


@pytest.mark.timeout(300)
@BOTH
def test_backups_from_before_and_after_the_keys_were_replaced_are_restored(practice, tmp_path):
    backups = tmp_path / "backups"

    def manifest(told):
        return json.loads((backups / told["backup"] / "manifest.json").read_text())

    first = back_up(practice, backups)
    old = manifest(first)["key"]
    rows = everything(practice)
    for which in ("--backup", "--signing"):
        practice.command("keys", "rotate", which)
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        for index, family in enumerate(("Ashford", "Beechwood")):
            api.register("Rina", family, number(964_000 + index))
    practice.stop()
    second = back_up(practice, backups)
    # It needs the one from before, which stays under its own key.
    assert second["bases"] == [first["backup"]] and 0 < second["storedBytes"] < second["bytes"], second
    assert manifest(second)["key"] != old and manifest(second)["baseKeys"] == [old]
    for told in (first, second):
        proven = json.loads(prove(practice, backups, "--at", told["backup"]).stdout)
        assert proven["verified"] and proven["opened"] and proven["backup"] == told["backup"], proven
    now = everything(practice)
    for told, before in ((first, rows), (second, now)):
        other, restored = restore(practice, backups, tmp_path / told["backup"][-16:], "--at", told["backup"])
        try:
            assert restored["backup"] == told["backup"]
            after = everything(other)
            for table in before:
                if table in GROWING:
                    assert set(before[table]) <= set(after[table]), table
                elif table != "outbox" or restored["due"] == 0:
                    assert ordered(before[table]) == ordered(after[table]), table
            assert json.loads(other.command("audit", "verify", "--json").stdout)["whole"]
        finally:
            other.close()

    # Without the lists of earlier keys: what is missing is told by its name.
    full = back_up(practice, backups, "--full")
    wrong = tmp_path / "wrong.keys"
    shutil.copytree(keys_of(practice), wrong)
    lists = {name: wrong / f"{name}-keys.earlier" for name in ("backup", "signing")}
    lists["backup"].write_text("garbage\n")
    done = prove(practice, backups, "--keys", wrong, "--at", second["backup"], check=False)
    assert done.returncode == 1 and "list of earlier backup keys is damaged" in done.stderr, done.stderr
    lists["backup"].unlink()
    for told in (first, second):
        done = prove(practice, backups, "--keys", wrong, "--at", told["backup"], check=False)
        assert done.returncode == 1 and f"another backup key, {old}" in done.stderr, done.stderr
    lists["signing"].unlink()
    done = prove(practice, backups, "--keys", wrong, "--at", first["backup"], check=False)
    assert done.returncode == 1 and "not signed by these keys" in done.stderr, done.stderr
    assert json.loads(prove(practice, backups, "--keys", wrong, "--at", full["backup"]).stdout)["verified"]
    (wrong / "signing.key").write_text("cd" * 32 + "\n")
    done = prove(practice, backups, "--keys", wrong, "--at", full["backup"], check=False)
    assert done.returncode == 1 and "which is not in this key folder" in done.stderr, done.stderr


def test_a_restore_overwrites_nothing_and_wrong_use_is_told(practice, tmp_path):
    backups = tmp_path / "backups"
    back_up(practice, backups)
    there = everything(practice)
    done = run(BINARY, "restore", "--from", backups, "--data", practice.data, check=False)
    assert done.returncode == 1 and "overwrites nothing" in done.stderr, done.stderr
    assert everything(practice) == there
    for wrong in (["backup", "--data", practice.data], ["restore", "--from", backups], ["restore", "--verify"]):
        assert run(BINARY, *wrong, check=False).returncode == 2, wrong
    for failing, told in (
            (["restore", "--verify", "--from", tmp_path / "none"], "no folder of backups"),
            (["restore", "--verify", "--from", backups, "--at", "1999"], "begins with 1999"),
            (["restore", "--from", backups, "--data", tmp_path / "new"], "no key folder"),
            (["restore", "--from", backups, "--data", tmp_path / "new", "--keys", keys_of(practice), "--database",
              "postgres:///nowhere"], "embedded SQLite"),
            (["backup", "--data", tmp_path / "none", "--to", backups], "no data directory")):
        done = run(BINARY, *failing, check=False)
        assert done.returncode == 1 and told in done.stderr, (failing, done.stderr)
    assert not (tmp_path / "new").exists()

    # Keys that stand beside the new place already are used there, and outlive a restore that fails.
    beside = tmp_path / "new.keys"
    shutil.copytree(keys_of(practice), beside)
    files = {file.name: file.read_bytes() for file in beside.iterdir()}
    failing = ["restore", "--from", backups, "--data", tmp_path / "new"]
    assert run(BINARY, *failing, "--assets", tmp_path, check=False).returncode == 1
    assert {file.name: file.read_bytes() for file in beside.iterdir()} == files and not (tmp_path / "new").exists()
    (beside / "keystore.sealed").rename(tmp_path / "keystore.sealed")
    done = run(BINARY, *failing, check=False)
    assert done.returncode == 1 and "no copy of the key store" in done.stderr, done.stderr
    (tmp_path / "keystore.sealed").rename(beside / "keystore.sealed")
    assert json.loads(run(BINARY, *failing, "--json").stdout)["data"] == str(tmp_path / "new")
    assert run(BINARY, "audit", "verify", "--data", tmp_path / "new").returncode == 0
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "new").iterdir()} <= {0}


@pytest.mark.timeout(300)
@BOTH
def test_the_doctor_tells_honestly_of_each_safeguard(practice, tmp_path):
    def look():
        done = practice.command("doctor", "--json", check=False)
        told = json.loads(done.stdout)
        assert done.returncode == (0 if told["healthy"] else 1)
        assert len({check["id"] for check in told["checks"]}) == len(told["checks"])
        for check in told["checks"]:
            assert check["status"] in ("ok", "warning", "failed", "unknown", "not-applicable") and check["evidence"], check
            assert check["status"] in ("ok", "not-applicable") or check["remedy"], check
        return {check["id"]: check for check in told["checks"]}

    fresh = look()
    for name in ("transmission-security", "multi-factor", "backup-recent", "backup-outcome", "backup-tested"):
        assert fresh[name]["status"] == "failed" and fresh[name]["rule"], fresh[name]
    rules = " ".join(check.get("rule", "") for check in fresh.values())
    for paragraph in ("(a)(1)", "(a)(2)(i)", "(a)(2)(ii)", "(a)(2)(iii)", "(a)(2)(iv)", "(b)", "(c)(1)", "(c)(2)", "(d)",
                      "(e)(1)", "(e)(2)(i)", "(e)(2)(ii)"):
        assert f"{paragraph}" in rules, paragraph
    backups = tmp_path / "backups"
    back_up(practice, backups)
    assert look()["backup-recent"]["status"] == "ok" and look()["backup-tested"]["status"] == "failed"
    prove(practice, backups)
    tested = look()
    assert tested["backup-tested"]["status"] == "ok" and tested["backup-outcome"]["status"] == "ok"
    shutil.rmtree(backups)
    assert look()["backup-recent"]["status"] == "failed"
