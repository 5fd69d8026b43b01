"""Keys are replaced while the server reads and writes; the new state is what a restore takes; a run that is killed goes on."""

import json
import pathlib
import subprocess
import threading
import time

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from support import signatures
from support.doors import Api, number
from support.processes import BINARY, clean_environment


class Load:
    """Somebody who registers and reads patients all the while; every answer is kept."""

    def __init__(self, api):
        self.api, self.acknowledged, self.answers, self.end = api, [], [], threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join(60)
        assert not self.thread.is_alive()

    def _run(self):
        while not self.end.is_set():
            made = self.api.send("POST", "/api/v1/patients", {"given": ["Key"], "family": f"Load{len(self.answers)}"})
            self.answers.append(made.status_code)
            if made.status_code == 201:
                self.acknowledged.append(made.json()["id"])
                self.answers.append(self.api.send("GET", "/api/v1/patients/" + made.json()["id"]).status_code)


def rotate(practice, *which):
    return json.loads(practice.command("keys", "rotate", *which, "--node", "7", "--json").stdout)


def status(practice):
    return json.loads(practice.command("keys", "status", "--node", "7", "--json").stdout)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_every_key_is_replaced_beside_a_running_server(practice):
    practice.serve()
    folder = pathlib.Path(f"{practice.data}.keys")
    master = (folder / "master.key").read_bytes()
    with Api(practice.base, practice.key("integration")) as api:
        patient = api.register("Kay", "Rotated", number(970_001), birthDate="1970-01-02", mrn="KR-1")
        with Load(api) as load:
            time.sleep(0.5)
            told = rotate(practice, "--master")
            assert told["keys"] >= 2 and not told["resumed"], told
            (tenant,) = status(practice)["tenants"]
            told = rotate(practice, "--tenant", tenant["tenant"])
            assert told["version"] == tenant["version"] + 1 and told["keys"] > 0, told
            told = rotate(practice, "--patient", patient)
            assert told["rows"] >= 3 and told["failures"] == [], told
            for which in ("signing", "backup"):
                before = status(practice)[which]
                told = rotate(practice, f"--{which}")
                after = status(practice)[which]
                assert after["key"] == told["key"] != before["key"] and not after["rotating"], after
                assert [key["key"] for key in after["earlier"]] == [before["key"]], after
            time.sleep(0.5)
        assert set(load.answers) <= {200, 201}, set(load.answers)
        assert len(load.acknowledged) > 10
        for id in [patient, *load.acknowledged[:20], *load.acknowledged[-20:]]:
            assert api.get(f"/api/v1/patients/{id}")["id"] == id
        assert [found["id"] for found in api.get("/api/v1/patients", q="KR-1")["patients"]] == [patient]
    assert (folder / "master.key").read_bytes() != master
    assert not list(folder.glob("*.key.*"))
    now = status(practice)
    assert not now["masterRotating"]
    (tenant,) = now["tenants"]
    assert not tenant["tenantRotating"] and tenant["waiting"] == 0 and tenant["patientsRotating"] == 0, tenant
    practice.stop()
    # A start from nothing, with what is there now.
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        assert api.get(f"/api/v1/patients/{patient}")["id"] == patient
        assert [found["id"] for found in api.get("/api/v1/patients", q="Rotated")["patients"]] == [patient]
    practice.stop()
    checks = json.loads(practice.command("doctor", "--json", check=False).stdout)["checks"]
    assert [check["status"] for check in checks if check["id"] == "keys/rotation"] == ["ok"], checks


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_rotations_that_are_killed_are_ended_by_the_same_command(practice):
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        patient = api.register("Kill", "Rotated", number(970_002), mrn="KR-2")
        (tenant,) = status(practice)["tenants"]
        for which in (["--master"], ["--signing"], ["--backup"], ["--tenant", tenant["tenant"], "--batch", "10"],
                      ["--patient", patient]):
            for wait in (0.05, 0.15, 0.3, 0.6):
                process = subprocess.Popen(
                    [BINARY, "keys", "rotate", *which, "--node", "8", "--data", practice.data, *practice.engine.arguments], env=clean_environment(),
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(wait)
                process.kill()
                process.wait(30)
                assert api.get(f"/api/v1/patients/{patient}")["id"] == patient
            rotate(practice, *which)
            assert api.get(f"/api/v1/patients/{patient}")["id"] == patient
    practice.stop()
    now = status(practice)
    assert not now["masterRotating"] and not now["tenants"][0]["tenantRotating"], now
    assert not now["signing"]["rotating"] and not now["backup"]["rotating"], now
    assert json.loads(practice.command("audit", "verify", "--json").stdout)["whole"]
    assert now["tenants"][0]["patientsRotating"] == 0, now
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        assert [found["id"] for found in api.get("/api/v1/patients", q="KR-2")["patients"]] == [patient]
    practice.stop()


def certificate(practice, patient):
    """Somebody is disposed of; the certificate as a file of before keys were named."""
    told = json.loads(practice.command(
        "dispose", "patient", patient, "--node", "7", "--reason", "request", "--yes", "--json").stdout)
    return f"{told['certificate']}signature ed25519 {told['signature']}\n"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_what_was_signed_before_the_signing_key_was_replaced_still_holds(practice, tmp_path):
    folder = pathlib.Path(f"{practice.data}.keys")
    anchors = folder / "audit-anchors.jsonl"
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        first, second = [api.register("Signed", family, number(970_010 + index))
                         for index, family in enumerate(("Before", "After"))]
    before = certificate(practice, first)
    name, algorithm, digits = practice.command("keys", "public").stdout.split()
    told = rotate(practice, "--signing")
    assert told["key"] != name and algorithm == "ed25519" and not told["resumed"], told
    after = certificate(practice, second)
    anchored = len(anchors.read_text().splitlines())

    # The running server tells both keys; whoever wrote the first one down can follow it to the next.
    document = httpx.get(practice.base + signatures.KEYS, timeout=60)
    new, old = document.json()["keys"]
    assert (new["kid"], old["kid"], old["next"]) == (told["key"], name, new["kid"]) and "until" not in new
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(digits)).verify(
        bytes.fromhex(old["signature"]), old["statement"].encode())
    assert new["hex"] in old["statement"]
    printed = [line.split() for line in practice.command("keys", "public").stdout.splitlines()]
    assert printed == [[new["kid"], "ed25519", new["hex"]], [name, "ed25519", digits, "until", old["until"]]]
    keys = tmp_path / "keys.json"
    keys.write_text(document.text, "utf-8")
    for text, key in ((before, old), (after, new)):
        for file in (text, f"{text}signing-key {key['kid']}\n"):
            for by in (str(keys), key["hex"]):
                assert signatures.verify(file, by, tmp_path)["key"] == key["kid"]
    assert not signatures.verify(before, new["hex"], tmp_path, check=False)["valid"]
    stranger = tmp_path / "stranger.txt"
    stranger.write_text(f"{before}signing-key 0123456789abcdef\n", "utf-8")
    refused = subprocess.run(
        [BINARY, "certificate", "verify", stranger, "--key", keys], env=clean_environment(), capture_output=True,
        stdin=subprocess.DEVNULL, timeout=60, check=False)
    assert refused.returncode == 1 and b"0123456789abcdef" in refused.stderr, refused.stderr

    # The server was started before, and signs its last anchors by the new key.
    practice.stop()
    lines = [line.split() for line in anchors.read_text().splitlines()]
    assert len(lines) > anchored and lines[-1][-1] == told["key"] and len(lines[0]) == 7
    verified = json.loads(practice.command("audit", "verify", "--json").stdout)
    assert verified["whole"] and verified["disposals"] == 2, verified

    ring = folder / "signing-keys.earlier"
    kept = ring.read_text()
    ring.chmod(0o644)
    checks = {check["id"]: check
              for check in json.loads(practice.command("doctor", "--json", check=False).stdout)["checks"]}
    assert checks["keys/signing-keys.earlier"]["status"] == "failed", checks["keys/signing-keys.earlier"]
    assert new["hex"] in checks["keys/signing"]["evidence"] and name in checks["keys/signing"]["evidence"]
    ring.chmod(0o600)
    ring.write_text("garbage\n")
    for words in (["audit", "verify"], ["serve", "--port", "0"], ["keys", "rotate", "--signing"]):
        refused = practice.command(*words, check=False)
        assert refused.returncode == 1 and "signing-keys.earlier" in refused.stderr, (words, refused.stderr)
    ring.unlink()
    lost = practice.command("audit", "verify", check=False)
    assert lost.returncode == 1 and "list of earlier signing keys is missing" in lost.stdout, lost.stdout
    ring.write_text(kept)
    ring.chmod(0o600)
    assert practice.command("audit", "verify").returncode == 0


@pytest.mark.timeout(200)
@pytest.mark.parametrize("practice", ["sqlite"], indirect=True)
def test_a_wrong_or_lost_master_key_is_told_and_nothing_is_lost(practice):
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        patient = api.register("Lost", "Key", number(970_003))
    practice.stop()
    key = pathlib.Path(f"{practice.data}.keys/master.key")
    kept = key.read_text()
    key.write_text("00" * 32 + "\n")
    wrong = practice.command("doctor", check=False)
    assert wrong.returncode == 1 and "master key is not the one" in wrong.stderr, wrong.stderr
    key.unlink()
    lost = practice.command("keys", "rotate", "--master", check=False)
    assert lost.returncode == 1 and "missing" in lost.stderr and "master.key" in lost.stderr, lost.stderr
    key.write_text("beef\n")
    damaged = practice.command("keys", "status", check=False)
    assert damaged.returncode == 1 and "64 hexadecimal digits" in damaged.stderr, damaged.stderr
    key.write_text(kept)
    key.chmod(0o600)
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        assert api.get(f"/api/v1/patients/{patient}")["id"] == patient
    practice.stop()


@pytest.mark.timeout(200)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_no_key_is_made_where_there_are_data(practice):
    folder = pathlib.Path(f"{practice.data}.keys")
    kept = {name: (folder / name).read_text() for name in ("master.key", "signing.key", "backup.key")}
    for lost in (["master.key"], ["signing.key"], ["backup.key"], ["master.key", "signing.key", "backup.key"]):
        for name in lost:
            (folder / name).unlink()
        for words in (["init"], ["init", "--tenant", "second", "--host", "second.example"]):
            refused = practice.command(*words, check=False)
            assert refused.returncode == 1, (lost, refused.stdout)
            assert lost[0] in refused.stderr and "Put back the key folder" in refused.stderr, refused.stderr
            assert not any((folder / name).exists() for name in lost), lost
        if lost != ["backup.key"]:
            for words in (["audit", "verify"], ["serve", "--port", "0"]):
                told = practice.command(*words, check=False)
                assert told.returncode == 1 and lost[0] in told.stderr, (words, told.stderr)
        else:
            checks = json.loads(practice.command("doctor", "--json", check=False).stdout)["checks"]
            (check,) = [check for check in checks if check["id"] == "keys/backup.key"]
            assert check["status"] == "failed" and "missing" in check["evidence"], check
        for name in lost:
            (folder / name).write_text(kept[name])
            (folder / name).chmod(0o600)
    assert practice.command("init", "--tenant", practice.record["tenant"]).returncode == 0
    assert {name: (folder / name).read_text() for name in kept} == kept


@pytest.mark.timeout(200)
@pytest.mark.parametrize("practice", ["sqlite"], indirect=True)
def test_a_lost_anchor_file_is_told_and_not_made_anew_by_init(practice):
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        api.register("Anchor", "Lost", number(970_004))
    practice.stop()
    anchors = pathlib.Path(f"{practice.data}.keys/audit-anchors.jsonl")
    assert practice.command("audit", "verify").returncode == 0
    kept = anchors.read_text()
    assert kept.count("anchor ") >= 1
    # The trail as it looks ten minutes later: when a block was linked is no part of its hash.
    import sqlite3

    with sqlite3.connect(practice.data / "throughline.sqlite") as connection:
        connection.execute("UPDATE audit_block SET chained_at = chained_at - 600000000")
    assert practice.command("audit", "verify").returncode == 0
    anchors.unlink()
    assert practice.command("init", "--tenant", practice.record["tenant"]).returncode == 0
    assert not anchors.exists()
    told = practice.command("audit", "verify", check=False)
    assert told.returncode == 1 and "the anchor file is missing" in told.stdout, told.stdout
    checks = json.loads(practice.command("doctor", "--json", check=False).stdout)["checks"]
    (control,) = [check for check in checks if check["id"] == "audit-controls"]
    assert control["status"] == "failed" and "the anchor file is missing" in control["evidence"], control
    anchors.write_text(kept)
    assert practice.command("audit", "verify").returncode == 0


@pytest.mark.timeout(200)
@pytest.mark.parametrize("practice", ["sqlite"], indirect=True)
def test_a_trail_rolled_back_with_its_anchor_file_is_told_by_a_copy_alone(practice, tmp_path):
    anchors = pathlib.Path(f"{practice.data}.keys/audit-anchors.jsonl")
    store = practice.data / "throughline.sqlite"

    def work(name, phone):
        practice.serve()
        with Api(practice.base, practice.key("integration")) as api:
            api.register("Anchor", name, number(phone))
        practice.stop()

    work("Before", 970_005)
    assert not pathlib.Path(f"{store}-wal").exists()
    earlier = store.read_bytes(), anchors.read_bytes()
    work("After", 970_006)
    kept = tmp_path / "anchors-kept"
    kept.write_bytes(anchors.read_bytes())
    whole = json.loads(practice.command("audit", "verify", "--anchors", kept, "--json").stdout)
    assert whole["whole"] and whole["copiedAnchors"] >= 1, whole
    store.write_bytes(earlier[0])
    anchors.write_bytes(earlier[1])
    assert practice.command("audit", "verify").returncode == 0
    told = practice.command("audit", "verify", "--anchors", kept, check=False)
    assert told.returncode == 1 and "the trail was cut or the database rolled back" in told.stdout, told.stdout
    # What holds no anchors proves nothing, and is not taken for a proof.
    (tmp_path / "empty").touch()
    for wrong in (tmp_path / "empty", tmp_path / "nowhere"):
        refused = practice.command("audit", "verify", "--anchors", wrong, check=False)
        assert refused.returncode != 0 and "no anchors in this copy" in refused.stderr, refused.stderr
