"""The world around the server fails: the database goes away, the disk is full, the service is told to stop."""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import threading
import time

import httpx
import pytest

from support.doors import Api, Console, Webhook, number
from support.processes import BINARY, ROOT, Engine, Practice, eventually, run


@pytest.fixture
def own_cluster(tmp_path):
    """A PostgreSQL cluster that may be stopped."""
    script = ROOT / "bin/lib/postgres.sh"
    folder = pathlib.Path(subprocess.check_output(["mktemp", "-d", "/tmp/throughline-cluster.XXXXXX"], text=True).strip())
    url = subprocess.check_output([script, "start", folder], text=True).strip()
    yield folder, url
    subprocess.run([script, "remove", folder], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def postgres(folder, *words):
    """pg_ctl as the cluster's owner."""
    bindir = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
    command = [f"{bindir}/pg_ctl", "--pgdata", f"{folder}/data", "--wait", "--silent", *words]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@pytest.mark.timeout(200)
def test_the_database_goes_away_under_load_and_comes_back(own_cluster, tmp_path):
    folder, url = own_cluster
    practice = Practice(Engine("postgresql", url), tmp_path, patients=10)
    try:
        practice.prepare()
        practice.carrier()
        practice.serve()
        pid = practice.server.process.pid
        with Api(practice.base, practice.key("integration")) as api, Webhook(practice) as webhook:
            patient = api.register("Storm", "Weather", number(930_000), birthDate="1961-01-02")
            acknowledged, answers, end = [], [], threading.Event()
            loads = [threading.Thread(target=load, args=(practice, patient, acknowledged, answers, end, i)) for i in range(4)]
            for thread in loads:
                thread.start()
            time.sleep(0.5)
            postgres(folder, "stop", "--mode", "immediate")
            problem = eventually(lambda: refused(practice, patient), "the API tells that it is away")
            assert problem["status"] == 503 and problem["title"]
            assert httpx.get(practice.base + "/readyz").status_code == 503
            assert httpx.get(practice.base + "/healthz").status_code == 200
            assert webhook.text(number(930_001), "Not now").status_code == 503
            subprocess.run([ROOT / "bin/lib/postgres.sh", "start", folder], check=True, stdin=subprocess.DEVNULL,
                           capture_output=True)
            eventually(lambda: httpx.get(practice.base + "/readyz").status_code == 200, "it is ready by itself", seconds=40)
            eventually(lambda: api.send("GET", f"/api/v1/patients/{patient}").status_code == 200, "it reads again")
            end.set()
            for thread in loads:
                thread.join(60)
                assert not thread.is_alive()
            assert {status for status in answers if status >= 500} <= {503}, set(answers)
            assert webhook.text(number(930_001), "Now").status_code == 200
            for id in acknowledged:
                assert api.get(f"/api/v1/patients/{id}")["id"] == id
        assert practice.server.process.pid == pid
        practice.stop()
        assert practice.command("audit", "verify", "--json").returncode == 0
    finally:
        practice.close()


def refused(practice, patient):
    answer = httpx.get(
        f"{practice.base}/api/v1/patients/{patient}", timeout=30,
        headers={"Authorization": f"Bearer {practice.key('integration')}"})
    if answer.status_code == 503:
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.json()
    return None


def load(practice, patient, acknowledged, answers, end, index):
    with httpx.Client(base_url=practice.base, timeout=60,
                      headers={"Authorization": f"Bearer {practice.key('integration')}"}) as http:
        while not end.is_set():
            answers.append(http.get(f"/api/v1/patients/{patient}").status_code)
            made = http.post("/api/v1/patients", json={"given": [f"Load{index}"], "family": "Weather"})
            answers.append(made.status_code)
            if made.status_code == 201:
                acknowledged.append(made.json()["id"])


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root; what a full disk does was tried by a limit on files alone")
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m,mode=0755", "tmpfs", place], check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk; what a full disk does was tried by a limit on files alone")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.timeout(200)
def test_a_full_disk_gives_a_clear_error_and_recovers(small_disk):
    practice = Practice(Engine("sqlite"), small_disk, patients=10)
    try:
        practice.prepare()
        practice.carrier()
        practice.serve()
        with Api(practice.base, practice.key("integration")) as api:
            acknowledged = [api.register("Full", "Before", number(940_000))]
            filler = small_disk / "filler"
            fill(small_disk, filler)
            problem = None
            for index in range(4_000):
                answer = api.send("POST", "/api/v1/patients", {"given": ["Full"], "family": f"Disk{index}"})
                if answer.status_code == 201:
                    acknowledged.append(answer.json()["id"])
                    continue
                problem = answer
                break
            assert problem is not None, "the disk never filled"
            assert problem.status_code == 503, problem.text
            told = problem.json()
            assert problem.headers["content-type"] == "application/problem+json"
            refused_reads(api, acknowledged[0], practice)
            assert "disk" in (told["title"] + told.get("detail", "")).lower() or "space" in problem.text.lower(), told
            filler.unlink()
            eventually(
                lambda: api.send("POST", "/api/v1/patients", {"given": ["Full"], "family": "After"}).status_code == 201,
                "it takes again", seconds=40)
            for id in acknowledged:
                assert api.get(f"/api/v1/patients/{id}")["id"] == id
        practice.stop()
        assert practice.command("audit", "verify", "--json").returncode == 0
        assert practice.rows("PRAGMA integrity_check") == [("ok",)]
    finally:
        practice.close()


@pytest.mark.timeout(200)
def test_files_that_may_not_grow_refuse_what_cannot_be_recorded(practice):
    """What a full disk does, where no disk can be mounted: no file of the server may be longer than a page. Its log is one
    of them."""
    practice.carrier()
    practice.serve(THROUGHLINE_LOG_LEVEL="debug")
    process = practice.server.process
    with Api(practice.base, practice.key("integration")) as api, \
            Console(practice.base, practice.user("administrator")) as console:
        acknowledged = [api.register("Full", "Limitson", number(941_000))]
        assert api.get(f"/api/v1/patients/{acknowledged[0]}")["id"] == acknowledged[0]
        usual, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4_096, most))
        try:
            refused_reads(api, acknowledged[0], practice)
            page = console.get(f"/patients/{acknowledged[0]}", None)
            assert page.status_code == 503 and "Limitson" not in page.text, page.text[:600]
            problem = api.send("POST", "/api/v1/patients", {"given": ["Full"], "family": "Never"})
            assert problem.status_code == 503 and problem.headers["content-type"] == "application/problem+json"
            assert "disk" in problem.json()["title"].lower(), problem.text
            assert process.poll() is None, practice.server.tail()
        finally:
            if process.poll() is None:
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (usual, most))
        after = eventually(lambda: registered(api, "After"), "it takes again", seconds=40)
        for id in [*acknowledged, after]:
            assert api.get(f"/api/v1/patients/{id}")["id"] == id
        assert api.get("/api/v1/patients", q="Never")["patients"] == []
    assert practice.server.process is process
    practice.stop()
    assert practice.command("audit", "verify", "--json").returncode == 0
    assert practice.rows("PRAGMA integrity_check") == [("ok",)]


def registered(api, family):
    answer = api.send("POST", "/api/v1/patients", {"given": ["Full"], "family": family})
    return answer.json()["id"] if answer.status_code == 201 else None


def refused_reads(api, patient, practice):
    """With no room for the audit record a read is refused; what was answered has its record."""
    def records():
        ((count,),) = practice.rows("SELECT COUNT(*) FROM audit_record WHERE action = 'patient.read' AND outcome = 'permitted'")
        return count

    before, given, refused = records(), 0, 0
    for _ in range(4_000):
        status = api.send("GET", f"/api/v1/patients/{patient}").status_code
        assert status in (200, 503), status
        given += status == 200
        refused += status == 503
        if refused == 3:
            break
    assert refused, "no read was refused on a full disk"
    assert records() - before >= given, (before, given, records())


def fill(disk, filler):
    """Leaves about a megabyte."""
    state = os.statvfs(disk)
    left = state.f_bavail * state.f_frsize - (1 << 20)
    with open(filler, "wb") as file:
        while left > 0:
            file.write(b"\0" * min(left, 1 << 20))
            left -= 1 << 20


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_what_was_begun_and_says_good_bye_to_streams(practice, signal_number):
    practice.carrier()
    practice.serve()
    acknowledged, answers = [], []
    with Console(practice.base, practice.user("access-agent")) as console, Webhook(practice) as webhook:
        assert webhook.text(number(950_000), "Before the stop").status_code == 200
        with console.http.stream("GET", "/live") as stream:
            assert stream.status_code == 200
            thread = threading.Thread(target=load_until_gone, args=(practice, acknowledged, answers), daemon=True)
            thread.start()
            time.sleep(0.4)
            started = time.monotonic()
            practice.server.process.send_signal(signal_number)
            assert practice.server.process.wait(30) == 0, practice.server.tail()
            assert time.monotonic() - started < 15
            thread.join(30)
    assert acknowledged and all(status < 500 or status == 503 for status in answers), set(answers)
    practice.serve()
    with Api(practice.base, practice.key("integration")) as api:
        for id in acknowledged:
            assert api.get(f"/api/v1/patients/{id}")["id"] == id
    practice.stop()


def load_until_gone(practice, acknowledged, answers):
    with httpx.Client(base_url=practice.base, timeout=30,
                      headers={"Authorization": f"Bearer {practice.key('integration')}"}) as http:
        while True:
            try:
                made = http.post("/api/v1/patients", json={"given": ["Stop"], "family": "Watch"})
            except httpx.TransportError:
                return
            answers.append(made.status_code)
            if made.status_code == 201:
                acknowledged.append(made.json()["id"])


def test_the_commands_tell_what_is_wrong_and_end_with_the_documented_status(tmp_path):
    assert run(BINARY, "--help").stdout
    for wrong in (["nonsense"], ["serve"], ["serve", "--data", tmp_path, "--port", "70000"], ["init"]):
        assert run(BINARY, *wrong, check=False).returncode == 2, wrong
    for failing in (["serve", "--data", tmp_path / "none"], ["audit", "verify", "--data", tmp_path / "none", "--json"],
                    ["doctor", "--data", tmp_path / "none", "--json"]):
        done = run(BINARY, *failing, check=False)
        assert done.returncode == 1, (failing, done.stdout, done.stderr)
        assert "data directory" in done.stderr + done.stdout


# A place that opens before anybody is there.
ANNEX = """\
kind: location
key: annex
name: Annex
zone: America/Denver
address: { lines: [1 Harbor Road], city: Denver, state: CO, postalCode: "80205" }
openingHours: { mon: ["07:00-08:00"] }
phone: "+13035550119"
directions: { en: Behind the mill., es: Detrás del molino. }
parking: { en: Park in front., es: Estacione delante. }
calendarOwner: ours
---
kind: practitioner
key: ada-lund
name: { given: Ada, family: Lund }
languages: [en]
serviceLines: [primary-care]
templates:
  - { location: annex, weekdays: [mon], from: "09:00", to: "12:00", visitTypes: [annex-visit] }
---
kind: visit-type
key: annex-visit
names: { en: Visit at the annex, es: Visita en el anexo }
minutes: 20
startEvery: 10
modality: in-person
serviceLine: primary-care
leadMinutes: 60
horizonDays: 30
appointmentType: ROUTINE
practitioners: [ada-lund]
"""


def test_set_up_by_hand_as_documented(tmp_path):
    data = tmp_path / "data"
    first = json.loads(run(BINARY, "init", "--data", data, "--admin", "ada@example.org", "--json").stdout)
    assert first["created"] is True and first["password"]
    again = json.loads(run(BINARY, "init", "--data", data, "--admin", "ada@example.org", "--json").stdout)
    assert again["created"] is False and not again.get("password")
    keys = data.with_name("data.keys")
    assert keys.is_dir() and not list(data.glob("*.key"))
    for file in keys.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    blueprint = ROOT / "blueprints/primary-care"
    assert json.loads(run(BINARY, "blueprint", "apply", blueprint, "--data", data, "--json").stdout)["published"]
    assert json.loads(run(BINARY, "blueprint", "apply", blueprint, "--data", data, "--json").stdout)["published"] == []
    changed = tmp_path / "blueprint"
    shutil.copytree(blueprint, changed)
    (changed / "annex.yaml").write_text(ANNEX)
    told = run(BINARY, "blueprint", "apply", changed, "--data", data)
    assert "warning: visit-type annex-visit, practitioners: It can never be booked" in told.stderr
    assert "Published 3," in told.stdout and "warning" not in told.stdout
    findings = json.loads(run(BINARY, "blueprint", "apply", changed, "--data", data, "--json").stdout)["findings"]
    assert ("warning", "visit-type", "annex-visit") in {(it["severity"], it["kind"], it["key"]) for it in findings}
    run(BINARY, "blueprint", "apply", blueprint, "--data", data)
    made = json.loads(run(BINARY, "generate", "--patients", "50", "--seed", "7", "--data", data, "--json").stdout)
    assert made["patients"] == 50
    health = json.loads(run(BINARY, "doctor", "--data", data, "--json", check=False).stdout)
    assert health["checks"]
    verified = json.loads(run(BINARY, "audit", "verify", "--data", data, "--json").stdout)
    assert verified["whole"] is True and verified["records"] > 0
