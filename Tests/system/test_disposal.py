"""Somebody is disposed of while the server runs, by another process: the server forgets them at once, no table keeps a
trace, and the certificate proves it. Both engines."""

import json
import sqlite3

import pytest

from support.doors import Api, Webhook, number
from support.processes import eventually
from support.tables import everything, holding, id_of, traces

PHONE = number(960_001)

@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_a_person_is_disposed_of_beside_a_running_server(practice):
    practice.carrier()
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api, Webhook(practice) as webhook:
        patient = api.register(
            "Dora", "Disposable", PHONE, birthDate="1971-02-03", mrn="ZZ-7", email="dora@mail.example")
        assert webhook.text(PHONE, "I need a visit, only mornings please").status_code == 200
        eventually(lambda: api.get("/api/v1/needs", filter="team")["needs"], "the need is there")
        assert api.get(f"/api/v1/patients/{patient}")["id"] == patient
        before = everything(practice)
        (row,) = [line for line in before["patient"] if line[1] == id_of(patient)]
        subject = row[2]
        hashes = traces(before, {id_of(patient), subject})
        assert len(hashes) >= 8, len(hashes)

        # Another process, so another node.
        command = ["dispose", "patient", patient, "--node", "7", "--reason"]
        assert practice.command(*command, "request", check=False).returncode == 2
        told = json.loads(practice.command(*command, "request", "--yes", "--json").stdout)
        assert told["keys"] == 1 and told["rows"]["patient"] == 1 and told["rows"]["message"] >= 1, told
        assert "reason request" in told["certificate"] and told["signature"]

        assert api.send("GET", f"/api/v1/patients/{patient}").status_code == 404
        for query in ("Disposable", "ZZ-7", PHONE):
            assert api.get("/api/v1/patients", q=query)["patients"] == [], query
        after = everything(practice)
        assert holding(after, hashes) == set()
        assert holding(after, {id_of(patient), subject}) == set()
        again = json.loads(practice.command(*command, "other", "--yes", "--json").stdout)
        assert again["disposal"] == told["disposal"] and again["certificate"] == told["certificate"]
        # The number is a stranger's now.
        assert webhook.text(PHONE, "Is anybody there?").status_code == 200
    practice.stop()
    verified = json.loads(practice.command("audit", "verify", "--json").stdout)
    assert verified["whole"] and verified["disposals"] == 1 and verified["unfinishedDisposals"] == 0, verified
    checks = json.loads(practice.command("doctor", "--json", check=False).stdout)["checks"]
    assert [check["status"] for check in checks if check["id"].startswith("disposals/")] == ["ok"], checks
    if practice.engine.url is None:
        the_key_is_gone_from_the_file(practice, subject)


def the_key_is_gone_from_the_file(practice, subject):
    with sqlite3.connect(f"file:{practice.data}/keys.sqlite?mode=ro", uri=True) as keys:
        ((wrapped, disposed),) = keys.execute(
            "SELECT wrapped, disposed_at FROM subject_key WHERE subject = ?", (subject,)).fetchall()
    assert wrapped is None and disposed


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_sealing_anew_finds_everything_up_to_date_also_beside_a_running_server(practice):
    practice.serve()
    told = json.loads(practice.command("reseal", "--node", "7", "--json").stdout)
    assert told["resealed"] == told["unreadable"] == told["failed"] == 0, told
    rows = {table["table"]: table["rows"] for table in told["tables"]}
    for table in ("patient", "contact_point", "message", "conversation", "need"):
        assert 0 < rows[table] <= practice.rows(f"SELECT COUNT(*) FROM {table}")[0][0], (table, rows)
    practice.stop()
