"""A patient's whole record leaves by the command line, is readable, and comes into an empty installation again."""

import io
import json
import stat
import zipfile

import pytest
from fhir.resources.R4B.bundle import Bundle

from support.doors import Api, Console, Webhook, number
from support.processes import eventually

PHONE = number(970_001)
SAID = "I need a visit, only mornings please"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_a_record_leaves_beside_a_running_server_and_reads_back(practice, tmp_path):
    practice.carrier()
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api, Webhook(practice) as webhook:
        patient = api.register("Rosa", "Righting", PHONE, birthDate="1971-02-03", mrn="RR-7", email="rosa@mail.example")
        other = api.register("Otto", "Elsewhere", number(970_002), mrn="OO-9")
        assert webhook.text(PHONE, SAID).status_code == 200
        eventually(lambda: api.get("/api/v1/needs", filter="team")["needs"], "the need is there")
        folder = tmp_path / "record"
        command = ["export", "patient", patient, "--to", str(folder), "--node", "7", "--json"]
        told = json.loads(practice.command(*command).stdout)
        assert {file["path"] for file in told["files"]} >= {"record.html", "record.json", "everything.json"}, told
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder.glob("*.*"))
        texts = {file.name: file.read_text() for file in folder.glob("record.*")}
        for needle in ("Rosa", "Righting", PHONE, "RR-7", "rosa@mail.example", SAID):
            assert all(needle in text for text in texts.values()), needle
        for needle in ("Otto", "Elsewhere", "OO-9", other):
            assert not any(needle in text for text in texts.values()), needle
        bundle = json.loads(texts["record.json"])
        types = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
        assert bundle["resourceType"] == "Bundle" and types.count("Patient") == 1 and "Communication" in types, types
        assert Bundle.model_validate(bundle).type == "collection"
        # What the command did is linked when it ends, whoever typed it is written down, and verification finds it whole.
        assert practice.rows("SELECT count FROM audit_block WHERE stream = 7") == [(1,)]
        owners = practice.rows("SELECT started_by FROM system_run WHERE name = 'export-patient'")
        assert len(owners) == 1 and owners[0][0], owners
        with Console(practice.base, practice.user("privacy-officer")) as officer:
            shown = officer.get("/audit?origin=cli").text
            assert f"Copy of a record, typed by {owners[0][0]}" in shown
        # Without a number of its own it takes a spare one beside the server.
        spare = tmp_path / "spare"
        practice.command("export", "patient", patient, "--to", str(spare))
        assert practice.rows("SELECT count FROM audit_block WHERE stream = 1008") == [(1,)]
        assert practice.command("audit", "verify").returncode == 0
        # The folder is never written over.
        assert practice.command(*command, check=False).returncode == 1
        # Nobody of that id: told, and nothing is left half made.
        nobody = practice.command(
            "export", "patient", "0000000000001", "--to", str(tmp_path / "none"), "--node", "7", check=False)
        assert nobody.returncode == 1 and not list((tmp_path / "none").glob("*"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite"], indirect=True)
def test_the_privacy_officer_answers_a_request_at_the_console(practice):
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        patient = api.register("Rosa", "Righting", PHONE, mrn="RR-7")
    with Console(practice.base, practice.user("privacy-officer")) as console:
        made = console.post(
            "/privacy/requests", patient=patient, kind="access", law="hipaa", received="2026-01-05",
            channel="letter", asker="patient", text="A copy of everything", identity="Photo ID seen")
        page = made.headers["location"]
        assert "Rosa Righting" in console.get(page).text
        assert "class=\"due late\"" in console.get("/privacy/requests?show=overdue").text
        given = console.post(f"{page}/record", status=200, language="es")
        assert given.headers["content-type"] == "application/zip"
        assert given.headers["content-disposition"] == f'attachment; filename="record-{patient}.zip"'
        assert given.content[:2] == b"PK"
        with zipfile.ZipFile(io.BytesIO(given.content)) as files:
            assert files.testzip() is None
            assert b'<html lang="es">' in files.read("record.html") and b"Rosa" in files.read("record.json")
        console.post(f"{page}/decision", decision="fulfilled", reason="Mailed")
        assert "Rosa Righting" in console.get("/privacy/requests?show=closed").text
