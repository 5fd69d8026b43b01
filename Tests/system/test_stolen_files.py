"""What a thief of the files learns: with 1,000 known patients in, and messages from them, the database with its
write-ahead log (copied while the server runs), the key store without the master key, and the logs hold none of their
names, phones, e-mails, dates of birth or texts, in no common form."""

import random
import shutil
import subprocess

import pytest

from support.doors import Api, Carrier, Webhook, number
from support.processes import eventually

SEED = 71
PATIENTS = 1_000
TEXTS = 60
CONSONANTS = "BDFGKLMNPRSTVZ"
VOWELS = "AEIOU"


def word(dice, syllables):
    """A word that stands in no dictionary, long enough never to come about by chance."""
    return "".join(dice.choice(CONSONANTS) + dice.choice(VOWELS).lower() for _ in range(syllables)).capitalize()


def people(dice):
    for index in range(PATIENTS):
        given, family = word(dice, 5), word(dice, 6)
        born = f"{dice.randrange(1930, 2015)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
        yield {
            "given": given, "family": family, "birthDate": born, "phone": number(700_000 + index),
            "email": f"{given}.{family}@{word(dice, 4)}.example".lower(), "mrn": f"ZQ-{dice.randrange(10**9, 10**10)}",
            "member": f"XK{dice.randrange(10**9, 10**10)}", "line": f"{dice.randrange(10, 999)} {word(dice, 6)} Street",
        }


def register(api, person):
    body = {
        "given": [person["given"]], "family": person["family"], "birthDate": person["birthDate"], "mrn": person["mrn"],
        "email": person["email"], "phones": [{"number": person["phone"], "use": "mobile"}],
        "address": {"lines": [person["line"]], "city": "Denver", "state": "CO", "postalCode": "80205"},
        "coverage": {"payer": "Harbor Mutual", "memberId": person["member"]},
    }
    return api.post("/api/v1/patients", body)["id"]


def forms_of_phone(e164):
    digits = e164[2:]
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    return [e164, "1" + digits, digits, f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}",
            f"{area}.{exchange}.{line}", f"{area} {exchange} {line}", f"{exchange}-{line}"]


def forms_of_date(iso):
    year, month, day = iso.split("-")
    months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December"]
    name, d, m = months[int(month) - 1], int(day), int(month)
    return [iso, f"{month}/{day}/{year}", f"{m}/{d}/{year}", f"{day}/{month}/{year}", f"{year}/{month}/{day}",
            f"{day}.{month}.{year}", year + month + day, month + day + year, f"{name[:3]} {d}, {year}",
            f"{name} {d}, {year}", f"{d} {name[:3]} {year}", f"{d} {name} {year}"]


def haystacks(practice, copies):
    """Every file a thief could carry away with the data directory, and the logs."""
    files = [path for path in copies.rglob("*") if path.is_file() and path.name not in ("demo.json", "handsets.json")]
    logs = [path for path in practice.logs() if not path.name.startswith("simulator")]
    assert any(path.name == "throughline.sqlite-wal" and path.stat().st_size > 0 for path in files), files
    return {path.name: path.read_bytes() for path in files + logs}


def found(needles, hay, kind, folder):
    """Which needles stand in the bytes, as ASCII or UTF-16 of either order, without regard to case. All needles are
    ASCII, so UTF-16 is read by leaving out its zero bytes."""
    patterns = folder / "patterns"
    patterns.write_text("\n".join(needles).lower(), "ascii")
    problems = []
    for name, content in hay.items():
        wide = content.replace(b"\0", b"")
        place = folder / "hay"
        place.write_bytes((content + b"\n" + wide).lower())
        done = subprocess.run(
            ["grep", "--text", "--only-matching", "--fixed-strings", "--file", patterns, place],
            capture_output=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, stdin=subprocess.DEVNULL, check=False)
        assert done.returncode in (0, 1), done.stderr
        if done.stdout:
            problems.append(f"{kind} in {name}: {sorted(set(done.stdout.splitlines()))[:5]}")
    return problems


@pytest.mark.timeout(420)
def test_stolen_files_tell_nothing_of_1000_known_patients(practice):
    dice = random.Random(SEED)
    known = list(people(dice))
    practice.carrier()
    practice.serve(THROUGHLINE_LOG_LEVEL="debug")
    texts = [f"my {word(dice, 6)} hurts since {word(dice, 6)}, can I come on {word(dice, 5)} day" for _ in range(TEXTS)]
    with Api(practice.base, practice.key("integration")) as api, Webhook(practice) as webhook:
        ids = [register(api, person) for person in known]
        for person, text in zip(known, texts):
            assert webhook.text(person["phone"], text).status_code == 200
        for person in known[:20]:
            hits = api.get("/api/v1/patients", q=person["family"])["patients"]
            assert [hit["name"] for hit in hits][:1] == [f"{person['given']} {person['family']}"]
        api.send("POST", "/api/v1/patients", {"given": [known[0]["given"]], "birthDate": "never"}, 400)
        needs = api.get("/api/v1/needs", filter="team")["needs"]
        reply = f"please bring your {word(dice, 6)}"
        api.post(f"/api/v1/conversations/{needs[0]['conversation']}/messages", {"text": reply}, 202)
        with Carrier(practice.carrier_base) as carrier:
            eventually(lambda: [m for m in carrier.messages() if m["body"] == reply], "the reply arrives")
    copies = practice.folder / "stolen"
    shutil.copytree(practice.data, copies)
    hay = haystacks(practice, copies)
    practice.stop()
    hay |= {f"after the stop: {path.name}": path.read_bytes() for path in practice.data.rglob("*.sqlite*")}

    assert len(ids) == len(set(ids)) == PATIENTS
    groups = {
        "a name": [person[field] for person in known for field in ("given", "family")],
        "an e-mail": [person["email"] for person in known],
        "a phone": [form for person in known for form in forms_of_phone(person["phone"])],
        "a date of birth": sorted({form for person in known for form in forms_of_date(person["birthDate"])}),
        "a number": [person[field] for person in known for field in ("mrn", "member")],
        "a street": [person["line"] for person in known],
        "a text": [part for text in texts + [reply] for part in text.split() if len(part) >= 10] + texts + [reply],
    }
    control = {"control": (known[7]["family"] + " 1").encode("utf-16-le") + known[8]["email"].upper().encode()}
    look = practice.folder / "look"
    look.mkdir()
    assert found(groups["a name"], control, "a name", look) and found(groups["an e-mail"], control, "an e-mail", look)
    problems = [problem for kind, needles in groups.items() for problem in found(needles, hay, kind, look)]
    assert not problems, "\n".join(problems)
    size = sum(len(content) for content in hay.values())
    print(f"{sum(map(len, groups.values()))} needles in {size / 1e6:.1f} MB of {len(hay)} files: none found, seed {SEED}")
