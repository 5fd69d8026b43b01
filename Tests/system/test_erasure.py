"""A privacy officer erases somebody at the console: what stands in the way, what is asked first, what is left. Both engines."""

import json
import re
import shutil

import pytest

from support.doors import Api, Console, Webhook, number
from support import signatures
from support.processes import ROOT, eventually
from support.tables import everything, holding, id_of, traces

PHONE = number(965_001)
BOTH = pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)


def without_a_duty_to_keep(practice, tmp_path):
    """The shipped blueprint without the rule that asks for patients' records for years."""
    folder = tmp_path / "blueprint"
    shutil.copytree(ROOT / "blueprints/primary-care", folder)
    file = folder / "retention.yaml"
    text = "".join(line for line in file.read_text("utf-8").splitlines(True) if "data: patient-records" not in line)
    file.write_text(text, "utf-8")
    practice.command("blueprint", "apply", str(folder))


def asked(console, patient, kind="erasure"):
    """A request of the patient; its page."""
    return console.post(
        "/privacy/requests", patient=patient, kind=kind, law="gdpr", received="2026-01-05", channel="letter",
        asker="patient", text="Forget me", identity="Photo ID seen").headers["location"]


@pytest.mark.timeout(300)
@BOTH
def test_the_whole_way_at_the_console(practice, tmp_path):
    without_a_duty_to_keep(practice, tmp_path)
    practice.carrier()
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api, Webhook(practice) as webhook, \
            Console(practice.base, practice.user("privacy-officer")) as console:
        patient = api.register("Dora", "Erasable", PHONE, birthDate="1971-02-03", mrn="ER-7", email="dora@mail.example")
        kept = api.register("Kira", "Kept", number(965_002), mrn="ER-8")
        assert webhook.text(PHONE, "I need a visit, only mornings please").status_code == 200
        eventually(lambda: api.get("/api/v1/needs", filter="team")["needs"], "the need is there")
        page = asked(console, patient)
        before = everything(practice)
        (row,) = [line for line in before["patient"] if line[1] == id_of(patient)]
        hashes = traces(before, {id_of(patient), row[2]})

        def there():
            return api.send("GET", f"/api/v1/patients/{patient}").status_code == 200

        # Looking does nothing; nor does a wrong number, nobody's right, or a missing token.
        assert "ER-7" in console.get(f"{page}/erasure").text
        assert 'aria-invalid="true"' in console.post(f"{page}/erasure", 422, number="ER-8").text
        assert console.http.post(f"{page}/erasure", data={"number": "ER-7"}).status_code == 403
        with Console(practice.base, practice.user("front-desk")) as other:
            other.get(f"{page}/erasure", 403)
            other.post(f"{page}/erasure", 403, number="ER-7")
        assert there()

        # A hold stops it and is named.
        placed = console.post("/legal-holds", patient=patient, matter="Case 7", reason="The court asked.")
        assert placed.headers["location"] == "/legal-holds"
        assert 'name="number"' not in console.get(f"{page}/erasure").text
        console.post(f"{page}/erasure", 409, number="ER-7")
        assert there()
        hold = re.search(r'action="/legal-holds/([0-9A-Z]{13})/release"', console.get("/legal-holds").text).group(1)
        console.post(f"/legal-holds/{hold}/release", note="The case is closed.")

        assert console.post(f"{page}/erasure", number="er-7").headers["location"] == page
        assert not there()
        for query in ("Erasable", "ER-7", PHONE):
            assert api.get("/api/v1/patients", q=query)["patients"] == [], query
        shown = console.get(page).text
        assert "Erasable" not in shown and f'href="{page}/certificate"' in shown
        certificate = console.get(f"{page}/certificate")
        assert certificate.headers["content-disposition"].startswith("attachment")
        assert "reason request" in certificate.text and "signature ed25519 " in certificate.text
        signatures.check(practice.base, certificate.text, tmp_path)
        name, raw, _ = signatures.published(practice.base)
        assert practice.command("keys", "public").stdout.split() == [name, "ed25519", raw.hex()]
        after = everything(practice)
        assert holding(after, hashes) == set()
        # Sent again it leads to the same certificate.
        assert console.post(f"{page}/erasure", number="ER-7").headers["location"] == page
        assert console.get(f"{page}/certificate").text == certificate.text
        assert api.get(f"/api/v1/patients/{kept}")["id"] == kept
        # What is left of her is open to those alone who watch over the practice.
        assert all(event["kind"] != "subject.disposed" for event in api.events()[0])
    practice.stop()
    verified = json.loads(practice.command("audit", "verify", "--json").stdout)
    assert verified["whole"] and verified["disposals"] == 1 and verified["unfinishedDisposals"] == 0, verified
    checks = json.loads(practice.command("doctor", "--json", check=False).stdout)["checks"]
    assert [raw.hex() in check["evidence"] for check in checks if check["id"] == "keys/signing"] == [True], checks


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite"], indirect=True)
def test_the_schedule_stands_in_the_way(practice):
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api, \
            Console(practice.base, practice.user("privacy-officer")) as console:
        patient = api.register("Dora", "Erasable", PHONE, mrn="ER-7")
        page = asked(console, patient)
        shown = console.get(f"{page}/erasure").text
        assert 'href="/retention"' in shown and 'name="number"' not in shown
        console.post(f"{page}/erasure", 409, number="ER-7")
        other = asked(console, patient, kind="access")
        console.get(f"{other}/erasure", 404)
        console.post(f"{other}/erasure", 404, number="ER-7")
        assert api.get(f"/api/v1/patients/{patient}")["id"] == patient


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite"], indirect=True)
def test_a_record_number_that_somebody_out_of_reach_has_tells_nothing(practice):
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api, \
            Console(practice.base, practice.user("access-agent")) as agent:
        form = {"born": "1980-01-02", "language": "en", "phone": "", "email": ""}
        api.register("Open", "Person", number(965_003), mrn="TK-1")
        assert agent.post("/patients", 409, given="Ada", family="First", mrn="TK-1", **form)
        # The integration sees no restricted records either: it registers one and cannot read it.
        hidden = api.post(
            "/api/v1/patients", {"given": ["Hidden"], "family": "Person", "mrn": "TK-2", "restricted": True})["id"]
        assert api.send("GET", f"/api/v1/patients/{hidden}").status_code == 404
        given = agent.post("/patients", given="Ada", family="First", mrn="TK-2", **form)
        free = agent.post("/patients", given="Bea", family="Second", mrn="TK-3", **form)
        for answer in (given, free):
            page = agent.get(answer.headers["location"].split("?")[0]).text
            assert "/patients/record-numbers" not in page and "same record number" not in page
        shown = agent.get("/patients/record-numbers").text
        assert "TK-2" not in shown
        with Console(practice.base, practice.user("privacy-officer")) as officer:
            shown = officer.get("/patients/record-numbers").text
            assert "TK-2" in shown and "Hidden Person" in shown and "Ada First" in shown
