"""Measures the release program from outside and prints one JSON line per figure.

Every figure is taken on generated data of a stated size, with the load generator (wrk) on the same cores, audit on and
durable writes. Nothing is asserted here: docs/performance.md states each figure against its budget.
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import html
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zoneinfo

import backups
import effects
import rotation

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / ".build/release/throughline"
FOLDER = ROOT / ".bench"
NAMES = ["import", "create", "search", "summary", "inbound", "booking", "booking-room", "page-inbox", "page-schedule", "start", "memory", "generate", "backup", "restore", "rotate", "audit-verify", "audit-cost", "withdrawal", "policy", "slots", "slots-door", "why-not", "what-if"]
ACCOUNT, TOKEN, CLINIC = "AC" + "b" * 32, "bench-token", "+13035550100"
PORT = int(os.environ.get("BENCH_PORT", "18080"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "10"))


def note(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def figure(name, value, unit, args, **more):
    line = {"name": name, "value": round(value, 3), "unit": unit, "p50_ms": None, "p99_ms": None, "n": None,
            "size": args.patients, "engine": "postgres" if args.database else "sqlite"}
    line.update(more)
    print(json.dumps(line), flush=True)


class Data:
    """A data folder with a tenant, the bench blueprint and N generated people; kept between runs."""

    def __init__(self, args, fresh=None):
        self.args = args
        engine = "postgres" if args.database else "sqlite"
        self.folder = FOLDER / (fresh or f"{engine}-{args.patients}")
        self.schema = "bench_" + re.sub(r"\W", "_", fresh or str(args.patients))
        self.flags = ["--data", str(self.folder)]
        if args.database:
            self.flags += ["--database", args.database, "--schema", self.schema]
        self.record = self.folder.with_suffix(".json")

    def run(self, *command, quiet=False):
        done = subprocess.run([BINARY, *command, *self.flags], stdout=subprocess.PIPE, stderr=None if not quiet else subprocess.PIPE, check=False)
        if done.returncode != 0:
            said = (done.stderr or b"").decode(errors="replace")[-2_000:]
            sys.exit(f"bench: {' '.join(map(str, command))} ended with {done.returncode}: {said}")
        return done.stdout.decode()

    def remove(self):
        for path in (self.folder, pathlib.Path(str(self.folder) + ".keys")):
            shutil.rmtree(path, ignore_errors=True)
        self.record.unlink(missing_ok=True)
        if self.args.database:
            drop = f"DROP SCHEMA IF EXISTS {self.schema} CASCADE; DROP SCHEMA IF EXISTS {self.schema}_keys CASCADE"
            subprocess.run(["psql", self.args.database, "-qc", drop], check=True, stderr=subprocess.DEVNULL)

    def prepare(self, people=True, practice=None):
        if self.record.exists():
            return json.loads(self.record.read_text())
        self.remove()
        FOLDER.mkdir(exist_ok=True)
        note(f"making {self.folder.name}")
        made = json.loads(self.run("init", "--json", "--tenant", "bench"))
        self.run("blueprint", "apply", str((practice or blueprint)()), quiet=True)
        generated = json.loads(self.run("generate", "--patients", str(self.args.patients), "--seed", "1", "--json", quiet=True)) if people else {}
        record = {"admin": made["admin"], "password": made["password"], "generated": generated}
        self.record.write_text(json.dumps(record))
        return record


def blueprint():
    """The primary-care blueprint with many more practitioners, so that there are slots enough to book."""
    target = FOLDER / "blueprint"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "blueprints/primary-care", target)
    text = (ROOT / "blueprints/primary-care/practitioners.yaml").read_text()
    # One whose templates name no visit types: everything this service line offers can be booked.
    key = "daniel-okafor"
    first = [part for part in re.split(r"^---\s*$", text, flags=re.M) if f"key: {key}\n" in part][0]
    copies = []
    for number in range(200):
        part = first.replace(f"key: {key}", f"key: {key}-{number}")
        part = re.sub(r"^npi:.*\n", "", part, flags=re.M)
        copies.append(part)
    (target / "bench-practitioners.yaml").write_text("---\n".join(copies))
    return target


class Server:
    def __init__(self, data, record):
        self.data, self.record = data, record

    def __enter__(self):
        environment = dict(os.environ, THROUGHLINE_SMS_ACCOUNT=ACCOUNT, THROUGHLINE_SMS_TOKEN=TOKEN, THROUGHLINE_SMS_FROM=CLINIC,
                           THROUGHLINE_SMS_BASE="http://127.0.0.1:9", THROUGHLINE_SMS_PUBLIC_BASE=f"http://127.0.0.1:{PORT}",
                           THROUGHLINE_OUTBOUND_ALLOW="127.0.0.1:9", THROUGHLINE_RATE_LIMIT_ENABLED="false")
        started = time.monotonic()
        self.log = open(FOLDER / "server.log", "wb")
        self.process = subprocess.Popen([BINARY, "serve", *self.data.flags, "--port", str(PORT)], stdout=subprocess.PIPE, stderr=self.log, env=environment)
        line = self.process.stdout.readline().decode()
        if not line.startswith("ready "):
            sys.exit("bench: the server did not start; see .bench/server.log")
        self.seconds = time.monotonic() - started
        self.base = f"http://127.0.0.1:{PORT}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()

    def memory(self, key):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) / 1024
        return 0.0

    def processor_ticks(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def settle(self):
        """Waits until the server has caught up with what fell due while it was not running, at most three minutes."""
        quiet = 0
        for _ in range(180):
            before = self.processor_ticks()
            time.sleep(1)
            quiet = quiet + 1 if self.processor_ticks() - before < 8 else 0
            if quiet == 2:
                return
        note("the server is still busy with work of its own")

    def sign_in(self):
        class Keep(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None
        body = urllib.parse.urlencode({"login": self.record["admin"], "password": self.record["password"]}).encode()
        try:
            urllib.request.build_opener(Keep).open(self.base + "/session", body)
            sys.exit("bench: sign-in was refused")
        except urllib.error.HTTPError as answer:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        page = self.page("/users")
        csrf = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        answer = self.page("/keys", urllib.parse.urlencode({"csrf": csrf, "name": "bench", "role": "administrator"}).encode())
        self.key = html.unescape(re.search(r'id="new-key">([^<]+)<', answer).group(1))

    def page(self, path, body=None):
        request = urllib.request.Request(self.base + path, body, {"Cookie": self.cookie})
        return urllib.request.urlopen(request).read().decode()

    def api(self, path):
        request = urllib.request.Request(self.base + path, headers={"Authorization": "Bearer " + self.key})
        return json.load(urllib.request.urlopen(request))

    def patients(self, count):
        ids, cursor = [], ""
        while len(ids) < count:
            page = self.api("/api/v1/events?kind=patient.registered&limit=500" + (f"&cursor={cursor}" if cursor else ""))
            ids += [event["patient"] for event in page["events"]]
            cursor = page["cursor"]
            if not page["more"]:
                break
        return ids[:count]

    def load(self, requests, connections, headers, once=False, count=False, seconds=SECONDS, threads=1):
        lines = FOLDER / "requests.tsv"
        lines.write_text("".join("\t".join(request) + "\n" for request in requests))
        self.settle()
        names = FOLDER / "headers.tsv"
        names.write_text("".join(f"{name}\t{value}\n" for name, value in headers.items()))
        environment = dict(os.environ, FILE=str(lines), HEADERS=str(names), THREADS=str(threads), ONCE="1" if once else "", COUNT="1" if count else "")
        before = self.processor_ticks()
        output = subprocess.run(
            ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(ROOT / "Benchmarks/replay.lua"), self.base],
            env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
        result = json.loads(re.search(r"^RESULT (.*)$", output, re.M).group(1))
        # What the server itself spent, whatever else runs on the machine.
        result["cpu_us"] = round((self.processor_ticks() - before) * 1e6 / os.sysconf("SC_CLK_TCK") / max(1, result["requests"]), 1)
        return result

    def bearer(self):
        return {"Authorization": "Bearer " + self.key}


def rate(name, result, args, unit="/s", good=None, **more):
    good = result["requests"] if good is None else good
    figure(name, good / result["seconds"], unit, args, p50_ms=result["p50_ms"], p99_ms=result["p99_ms"], n=result["requests"],
           errors=result["status_errors"] + result["socket_errors"], **({"cpu_us": result["cpu_us"]} if "cpu_us" in result else {}), **more)


def words(number):
    """Pronounceable names that are all different."""
    syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va"]
    text = ""
    for _ in range(4):
        text += syllables[number % 16]
        number //= 16
    return text.capitalize()


def bench_create(args):
    data = Data(args)
    stamp = int(time.time())
    with Server(data, data.prepare()) as server:
        server.sign_in()
        requests = []
        for number in range(SECONDS * 9000):
            body = {"given": [words(number * 7919)], "family": words(number * 104729 + 1), "birthDate": f"19{number % 60 + 30:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                    "phones": [{"number": f"+1{number % 700 + 201}555{number % 10000:04d}", "use": "mobile"}], "mrn": f"B{stamp}{number}", "language": "en"}
            requests.append(("POST", "/api/v1/patients", "application/json", json.dumps(body)))
        result = server.load(requests, 64, server.bearer(), once=True, count=True)
        rate("create", result, args, good=result["statuses"].get("201", 0), statuses=result["statuses"])


def bench_search(args):
    data = Data(args)
    with Server(data, data.prepare()) as server:
        server.sign_in()
        firsts = ["mar", "jos", "joh", "eli", "ale", "car", "dan", "san", "mic", "ana", "rob", "jua", "lin", "mat", "sof"]
        lasts = ["ga", "ro", "sm", "jo", "ma", "he", "lo", "go", "pe", "wi", "br", "sa", "ra", "mo", "de"]
        requests = [("GET", f"/api/v1/patients?q={first}%20{last}", "", "") for first in firsts for last in lasts]
        for connections in (1, 8):
            result = server.load(requests, connections, server.bearer())
            rate("search", result, args, connections=connections)


def bench_summary(args):
    data = Data(args)
    with Server(data, data.prepare()) as server:
        server.sign_in()
        requests = [("GET", f"/api/v1/patients/{patient}", "", "") for patient in server.patients(20000)]
        result = server.load(requests, 32, server.bearer())
        rate("summary", result, args, connections=32)


def signed(path, fields):
    url = f"http://127.0.0.1:{PORT}{path}"
    text = url + "".join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return signature, urllib.parse.urlencode(fields)


def bench_inbound(args):
    """The signature covers the fields, so it differs per message: it travels in the file beside the body."""
    data = Data(args)
    stamp = hashlib.md5(str(time.time()).encode()).hexdigest()[:12]
    with Server(data, data.prepare()) as server:
        lines = FOLDER / "inbound.tsv"
        with lines.open("w") as file:
            for number in range(SECONDS * 6000):
                fields = {"MessageSid": f"SM{stamp}{number:020x}"[:34], "AccountSid": ACCOUNT, "From": f"+1{number % 400 + 201}5551{number % 1000:03d}",
                          "To": CLINIC, "Body": f"Can I move my visit to another day? {number}", "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01"}
                signature, body = signed("/hooks/bench/sms", fields)
                file.write(signature + "\t" + body + "\n")
        environment = dict(os.environ, FILE=str(lines), COUNT="1")
        output = subprocess.run(["wrk", "-t1", "-c64", f"-d{SECONDS}s", "--timeout", "10s", "-s", str(ROOT / "Benchmarks/inbound.lua"), server.base],
                                env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
        result = json.loads(re.search(r"^RESULT (.*)$", output, re.M).group(1))
        rate("inbound", result, args, good=result["statuses"].get("200", 0), statuses=result["statuses"])


def rooms():
    """The bench blueprint with twenty sites of ten practitioners and ten rooms each, and a visit of half an hour that needs a
    room: each booking takes practitioner, room and patient."""
    target = blueprint()
    week = ", ".join(f'{day}: ["08:00-16:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
    people = [(f"room-person-{site}-{number}", f"room-site-{site}") for site in range(20) for number in range(10)]
    (target / "bench-rooms.yaml").write_text("---\n".join([
        *(f"kind: location\nkey: room-site-{site}\nname: Room site {site}\nzone: America/Denver\nopeningHours: {{ {week} }}\n"
          'address: { lines: [1 Harbor Road], city: Denver, state: CO, postalCode: "80205" }\n'
          f'phone: "+1303555{site:04d}"\ncalendarOwner: ours\n'
          "directions: { en: At the corner., es: En la esquina. }\nparking: { en: In front., es: Delante. }\n" for site in range(20)),
        *(f"kind: resource\nkey: bench-room-{site}-{number}\nnames: {{ en: Room {number}, es: Sala {number} }}\ntype: room\n"
          f"locations: [room-site-{site}]\nfeatures: [bench]\n" for site in range(20) for number in range(10)),
        *(f"kind: practitioner\nkey: {key}\nname: {{ given: Ada, family: Room }}\nlanguages: [en]\nserviceLines: [primary-care]\n"
          f'templates:\n  - {{ location: {site}, weekdays: [mon, tue, wed, thu, fri], from: "08:00", to: "16:00" }}\n' for key, site in people),
        "kind: visit-type\nkey: room-visit\nnames: { en: Visit, es: Visita }\nminutes: 30\nstartEvery: 30\nmodality: in-person\n"
        "serviceLine: primary-care\nleadMinutes: 60\nhorizonDays: 90\nappointmentType: ROUTINE\n"
        f"practitioners: [{', '.join(key for key, _ in people)}]\nrules:\n  resources: [{{ type: room, features: [bench] }}]\n"]))
    return target


def bench_booking(args):
    data = Data(args)
    # A visit type for everybody: a refusal is then of a time that is taken, or of somebody who has died.
    measured_booking("booking", data, data.prepare(), "annual-physical", 60, args)


def bench_booking_room(args):
    data = Data(args, fresh=("rooms-postgres-" if args.database else "rooms-sqlite-") + str(args.patients))
    measured_booking("booking-room", data, data.prepare(practice=rooms), "room-visit", 30, args)


def measured_booking(name, data, record, visit_type, minutes, args):
    """Books times of a visit type, each once, and every tenth by two at a time; `minutes`: what a practitioner needs for each."""
    with Server(data, record) as server:
        server.sign_in()
        patients = server.patients(20000)
        slots = []
        ends = {}
        # An answer holds a thousand times at most, so each place is asked for by itself.
        ask = lambda day, place: server.api(  # noqa: E731
            f"/api/v1/slots?visit_type={visit_type}&from={day}&to={day}&limit=1000{place}")["slots"]
        dates = [time.strftime("%Y-%m-%d", time.gmtime(time.time() + ahead * 86400)) for ahead in range(7, 62)]
        places = sorted({slot["location"] for day in dates[:7] for slot in ask(day, "")})
        for day in dates:
            for slot in [slot for place in places for slot in ask(day, "&location=" + place)]:
                # Slots of one practitioner overlap; those that do would only be refused.
                hour, minute = slot["localStart"][11:16].split(":")
                start, who = int(hour) * 60 + int(minute), (slot["practitioner"], slot["localStart"][:10])
                if start >= ends.get(who, 0):
                    ends[who] = start + minutes
                    slots.append(slot)
            if len(slots) > SECONDS * 6500:
                break
        note(f"{len(slots)} slots")
        requests = []
        for number, slot in enumerate(slots):
            body = {"patient": patients[number % len(patients)], "visitType": visit_type, "practitioner": slot["practitioner"],
                    "location": slot["location"], "localStart": slot["localStart"]}
            requests.append(("POST", "/api/v1/appointments", "application/json", json.dumps(body)))
            if number % 10 == 0:
                requests.append(requests[-1])
        # Connections are opened and pages read before it counts. Never longer than the slots last: a refusal is cheaper
        # than a booking.
        warm, rest = requests[:2000], requests[2000:]
        before = server.load(warm, 64, server.bearer(), once=True, count=True, seconds=1)
        seconds = max(2, min(SECONDS, int(len(rest) / (1.5 * before["requests"] / before["seconds"]))))
        result = server.load(rest, 64, server.bearer(), once=True, count=True, seconds=seconds)
        if result["exhausted"]:
            note("the slots were used up before the time was")
        conflicts = result["statuses"].get("409", 0)
        rate(name, result, args, good=result["statuses"].get("201", 0), conflicts=conflicts, statuses=result["statuses"], slots=len(slots))


def busy_day(server):
    """The day and place of the coming weeks whose visits are nearest to forty."""
    best = (0, "/schedule")
    for ahead in range(21):
        date = time.strftime("%Y-%m-%d", time.gmtime(time.time() + ahead * 86400))
        page = server.page(f"/schedule?date={date}")
        for place in re.findall(r'<option value="([^"]+)"', page):
            path = f"/schedule?date={date}&location={place}"
            counts = re.search(r'id="schedule-counts".*?</ul>', server.page(path), re.S)
            visits = sum(int(number) for number in re.findall(r"<strong>(\d+)</strong>", counts.group(0)))
            if abs(visits - 40) < abs(best[0] - 40):
                best = (visits, path)
    return best


def bench_page(name, path, args):
    data = Data(args)
    with Server(data, data.prepare()) as server:
        server.sign_in()
        if name == "page-schedule":
            visits, path = busy_day(server)
            note(f"{path}: {visits} visits")
        text = server.page(path)
        result = server.load([("GET", path, "", "")], 16, {"Cookie": server.cookie})
        rate(name, result, args, bytes=len(text), **({"visits": visits} if name == "page-schedule" else {}))


def bench_start(args):
    data = Data(args)
    record = data.prepare()
    times = []
    for _ in range(5):
        with Server(data, record) as server:
            times.append(server.seconds)
    figure("start", sorted(times)[2], "s", args, n=5, p50_ms=sorted(times)[2] * 1000, p99_ms=max(times) * 1000)


def bench_memory(args):
    data = Data(args)
    with Server(data, data.prepare()) as server:
        server.sign_in()
        requests = [("GET", f"/api/v1/patients/{patient}", "", "") for patient in server.patients(20000)]
        server.load(requests, 32, server.bearer())
        figure("memory", server.memory("VmRSS"), "MiB", args, n=1, peak=round(server.memory("VmHWM"), 1))


def bench_generate(args):
    data = Data(args)
    generated = data.prepare()["generated"]
    figure("generate", generated["patientsPerSecond"], "patients/s", args, n=generated["patients"], seconds=generated["seconds"],
           visits=generated["visits"], messages=generated["messages"])


def bench_import(args):
    source = ROOT.parent / "shared/data/synthea"
    if not source.is_dir():
        note("import: skipped, ../shared/data/synthea is not here")
        return
    data = Data(args, fresh="import-postgres" if args.database else "import-sqlite")
    data.remove()
    data.prepare(people=False)
    report = json.loads(data.run("import", "fhir", str(source), "--json", quiet=True))
    figure("import", report["resourcesPerSecond"], "resources/s", args, n=report["entries"], seconds=report["seconds"], size=report["entries"])
    data.remove()


bench_backup = lambda args: backups.backup(args, Data, Server, figure)  # noqa: E731
bench_withdrawal = lambda args: effects.withdrawal(args, Data, Server, figure, signed, CLINIC, ACCOUNT)  # noqa: E731
bench_restore = lambda args: backups.restore(args, Data, figure, BINARY)  # noqa: E731
bench_rotate = lambda args: rotation.rotate(args, Data, Server, figure)  # noqa: E731


def bench_audit_verify(args):
    """A new trail of that many linked records, proven from a cold program."""
    data = Data(args, fresh=("audit-postgres-" if args.database else "audit-sqlite-") + str(args.records))
    data.remove()
    FOLDER.mkdir(exist_ok=True)
    data.run("init", "--json", "--tenant", "bench")
    note(f"writing {args.records} records")
    data.run("audit", "sample", "--records", str(args.records))
    times = []
    for _ in range(3):
        started = time.monotonic()
        report = json.loads(data.run("audit", "verify", "--json"))
        times.append(time.monotonic() - started)
        if not report["whole"] or report["records"] < args.records:
            sys.exit(f"bench: the trail is not whole: {report}")
    figure("audit-verify", sorted(times)[1], "s", args, n=report["records"], size=args.records, blocks=report["blocks"],
           per_second=round(report["records"] / sorted(times)[1]))
    data.remove()


def bench_policy(args):
    """How long the policy takes to decide, over generated callers and resources; the middle of three runs."""
    runs = []
    for seed in (1, 2, 3):
        out = subprocess.run([BINARY, "policy", "measure", "--count", str(args.records), "--seed", str(seed)],
                             check=True, capture_output=True, text=True).stdout
        runs.append(json.loads(out))
    run = sorted(runs, key=lambda run: run["p99_ns"])[1]
    figure("policy", round(run["p99_ns"] / 1000, 3), "us p99", args, n=run["decisions"], size=args.records,
           p50_us=run["p50_ns"] / 1000, p999_us=run["p999_ns"] / 1000, permitted=run["permitted"])


def measured_slots():
    """The search over a generated practice (200 practitioners, 40 places, 90 days, 80 % booked), in one process."""
    runs = []
    for seed in (1, 2, 3):
        out = subprocess.run([BINARY, "slots", "measure", "--seed", str(seed)], check=True, capture_output=True,
                             text=True).stdout
        runs.append(json.loads(out))
    return runs


def measured_figure(name, of, run, args):
    """One of what takes long, and the same with rules where that is measured."""
    times = {part + "_ms": run[f"{of}_{part}_ns"] / 1e6 for part in ("p50", "p99")}
    if f"rules_{of}_p99_ns" in run:
        times |= {f"rules_{part}_ms": run[f"rules_{of}_{part}_ns"] / 1e6 for part in ("p50", "p99")}
    searches = run["searches" if of in ("ranked", "ranked_known") else "long_searches"]
    figure(name, run[f"{of}_p99_ns"] / 1e6, "ms p99", args, n=searches, size=run["visits"], **times)


def bench_slots(args):
    """How long a search of 90 days takes; the middle of three runs."""
    runs = measured_slots()
    run = sorted(runs, key=lambda run: run["slots_p99_ns"])[1]
    figure("slots", run["slots_p99_ns"] / 1e6, "ms p99", args, n=run["searches"], size=run["visits"],
           p50_ms=run["slots_p50_ns"] / 1e6, p99_ms=run["slots_p99_ns"] / 1e6, bytes_per_visit=run["bytes_per_visit"],
           index_bytes=run["index_bytes"], index_bytes_per_visit=round(run["index_bytes"] / max(1, run["visits"]), 1),
           rules_p50_ms=run["rules_slots_p50_ns"] / 1e6, rules_p99_ms=run["rules_slots_p99_ns"] / 1e6)
    # All that is free in 90 days, the best of it, and a wish that nothing meets: `rules` with buffers, rooms, groups and ways.
    for name in ("all", "ranked", "ranked_known", "ranked_never"):
        key = name + "_p99_ns"
        measured_figure("slots-" + name.replace("_", "-"), name, sorted(runs, key=lambda run: run[key])[1], args)


def busy_practice(target):
    """A blueprint with 200 practitioners at 40 places, each at two of them, and a visit of 20 minutes."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "blueprints/primary-care", target)
    week = ", ".join(f'{day}: ["07:00-19:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
    (target / "busy-locations.yaml").write_text("---\n".join(
        f"kind: location\nkey: site-{number}\nname: Site {number}\nzone: America/Denver\nopeningHours: {{ {week} }}\n"
        'address: { lines: [1 Harbor Road], city: Denver, state: CO, postalCode: "80205" }\n'
        f'phone: "+1303555{number:04d}"\ncalendarOwner: ours\n'
        "directions: { en: At the corner., es: En la esquina. }\nparking: { en: In front., es: Delante. }\n" for number in range(40)))
    (target / "busy-practitioners.yaml").write_text("---\n".join(
        f"kind: practitioner\nkey: person-{number}\nname: {{ given: Ada, family: Person{number} }}\nlanguages: [en]\n"
        "serviceLines: [primary-care]\ntemplates:\n"
        f'  - {{ location: site-{number % 40}, weekdays: [mon, tue, wed, thu, fri], from: "08:00", to: "12:00" }}\n'
        f'  - {{ location: site-{(number + 7) % 40}, weekdays: [mon, tue, wed, thu, fri], from: "13:00", to: "17:00" }}\n'
        for number in range(200)))
    (target / "busy-visit-types.yaml").write_text(
        "kind: visit-type\nkey: busy-visit\nnames: { en: Visit, es: Visita }\nminutes: 20\nstartEvery: 10\nmodality: in-person\n"
        "serviceLine: primary-care\nleadMinutes: 60\nhorizonDays: 120\nappointmentType: ROUTINE\n"
        f"practitioners: [{', '.join(f'person-{number}' for number in range(200))}]\n")
    return target


def taken_times(days):
    """Rows of booking_interval without the tenant: four of five stretches of 20 minutes of everybody's, from tomorrow on."""
    draw, zone = random.Random(1), zoneinfo.ZoneInfo("America/Denver")
    first, owner = datetime.date.today() + datetime.timedelta(days=1), 1_000_000
    for number in range(200):
        # The number of a resource: FNV-1a with the sign bit set.
        key = 0xCBF29CE484222325
        for byte in f"practitioner:person-{number}".encode():
            key = (key ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
        key = (key | 1 << 63) - (1 << 64)
        for date in (first + datetime.timedelta(days=ahead) for ahead in range(days)):
            if date.weekday() > 4:
                continue
            for minute in [*range(480, 720, 20), *range(780, 1020, 20)]:
                if draw.random() < 0.8:
                    start = datetime.datetime.combine(date, datetime.time(minute // 60, minute % 60), zone)
                    owner += 1
                    yield key, int(start.timestamp()) * 1_000_000, int(start.timestamp() + 1_200) * 1_000_000, owner


def bench_slots_door(args):
    """How long a search of 90 days takes over HTTP: of anybody, at one place or of one person by turns, one after the other."""
    data = Data(args, fresh="slots-" + ("postgres" if args.database else "sqlite"))
    data.remove()
    FOLDER.mkdir(exist_ok=True)
    made = json.loads(data.run("init", "--json", "--tenant", "bench"))
    data.run("blueprint", "apply", str(busy_practice(FOLDER / "busy")), quiet=True)
    rows = list(taken_times(90))
    if args.database:
        into = f"{data.schema}.booking_interval (tenant, resource, lane, start_at, end_at, owner)"
        tenant = subprocess.run(["psql", args.database, "-Atqc", f"SELECT tenant FROM {data.schema}.tenant WHERE key = 'bench'"],
                                check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        text = "".join(f"{tenant}\t{key}\t0\t{start}\t{end}\t{owner}\n" for key, start, end, owner in rows)
        subprocess.run(["psql", args.database, "-qc", f"SET search_path = {data.schema}, public", "-c", f"COPY {into} FROM STDIN"],
                       check=True, input=text, text=True)
    else:
        with sqlite3.connect(data.folder / "throughline.sqlite") as store:
            tenant = store.execute("SELECT tenant FROM tenant WHERE key = 'bench'").fetchone()[0]
            store.executemany(
                "INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner) VALUES (?, ?, 0, ?, ?, ?)",
                ((tenant, *row) for row in rows))
    with Server(data, {"admin": made["admin"], "password": made["password"]}) as server:
        server.sign_in()
        draw = random.Random(2)
        day = lambda ahead: (datetime.date.today() + datetime.timedelta(days=ahead)).isoformat()  # noqa: E731
        paths = []
        for number in range(3_000):
            who = ["", f"&location=site-{draw.randrange(40)}", f"&practitioner=person-{draw.randrange(200)}"][number % 3]
            first = draw.randrange(1, 30)
            paths.append(f"/api/v1/slots?visit_type=busy-visit&from={day(first)}&to={day(90)}&limit=100{who}")
        started = time.monotonic()
        found = len(server.api(paths[0])["slots"])
        first = time.monotonic() - started
        assert found, "nothing is free"
        memory = server.memory("VmRSS")
        for connections in (1, 8):
            result = server.load([("GET", path, "", "") for path in paths], connections, server.bearer())
            rate(f"slots-door-{connections}", result, args, size=len(rows), first_ms=round(first * 1_000), memory_mb=round(memory))


def bench_why_not(args):
    """How long it takes to say why a minute is not offered; the middle of three runs."""
    runs = measured_slots()
    run = sorted(runs, key=lambda run: run["why_not_p99_ns"])[1]
    figure("why-not", run["why_not_p99_ns"] / 1e6, "ms p99", args, n=run["searches"], size=run["visits"],
           p50_ms=run["why_not_p50_ns"] / 1e6, p99_ms=run["why_not_p99_ns"] / 1e6)
    # Of all practitioners at all places, one reason each.
    measured_figure("why-nobody", "why_nobody", sorted(runs, key=lambda run: run["why_nobody_p99_ns"])[1], args)


def bench_what_if(args):
    """How long twelve weeks take, played through as things are and with a change: 200 practitioners, 40 places."""
    runs = []
    for seed in (1, 2, 3):
        out = subprocess.run([BINARY, "capacity", "measure", "--seed", str(seed)], check=True, capture_output=True,
                             text=True).stdout
        runs.append(json.loads(out))
    run = sorted(runs, key=lambda run: run["what_if_p50_ns"])[1]
    figure("what-if", run["what_if_p50_ns"] / 1e9, "s p50", args, n=run["questions"], size=run["practitioners"],
           p50_ms=run["what_if_p50_ns"] / 1e6, max_ms=run["what_if_max_ns"] / 1e6, asked=run["asked_per_run"],
           unmet=run["unmet_per_run"])


def bench_audit_cost(args):
    """What the durable audit record adds to reading a summary: in one process, without HTTP, in turns."""
    data = Data(args)
    data.prepare()
    told = json.loads(data.run("audit", "cost", quiet=True))
    figure("audit-cost", told["share"] * 100, "%", args, audited=round(told["audited"]), unaudited=round(told["unaudited"]))


def main():
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="print the names of the figures")
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--records", type=int, default=1_000_000, help="records of audit-verify, decisions of policy")
    parser.add_argument("--database", help="a PostgreSQL URL; absent: SQLite")
    args = parser.parse_args()
    if args.list:
        print("\n".join(NAMES))
        return
    for name in args.names or NAMES:
        if name not in NAMES:
            parser.error(f"there is no figure {name}; see --list")
    for name in args.names or NAMES:
        note(name)
        if name == "page-inbox":
            bench_page(name, "/inbox?filter=all", args)
        elif name == "page-schedule":
            bench_page(name, "/schedule", args)
        else:
            globals()["bench_" + name.replace("-", "_")](args)


main()
