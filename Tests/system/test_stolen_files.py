"""What a thief of the files learns: with 1,000 known patients in, and messages from them, the database (on SQLite with its
write-ahead log, copied while the server runs; on PostgreSQL every table), a backup, the key store and its sealed copy
without the master key, and the logs hold none of their names, phones, e-mails, dates of birth or texts, in no common
form."""

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
    if practice.engine.url is None:
        assert any(path.name == "throughline.sqlite-wal" and path.stat().st_size > 0 for path in files), files
    return contents(copies, files) | contents(practice.folder, logs)


def contents(folder, files):
    return {f"{folder.name}/{path.relative_to(folder)}": path.read_bytes() for path in files}


# Of these the binary form holds the very bytes of a text. Of a date it would not.
PLAIN_TYPES = {"int8", "int4", "int2", "bool", "text", "bytea", "_int8"}


def tables(engine):
    """Every table on PostgreSQL, the keys' too, in binary form: the text form writes bytes in hexadecimal."""
    import psycopg

    hay = {}
    with psycopg.connect(engine.url, autocommit=True) as connection:
        for schema in (engine.schema, engine.schema + "_keys"):
            columns = connection.execute(
                "SELECT table_name, udt_name FROM information_schema.columns WHERE table_schema = %s", [schema]).fetchall()
            assert columns and {kind for _, kind in columns} <= PLAIN_TYPES, {kind for _, kind in columns}
            for name in sorted({name for name, _ in columns}):
                with connection.cursor().copy(f'COPY (SELECT * FROM "{schema}"."{name}") TO STDOUT (FORMAT binary)') as rows:
                    hay[f"{schema}.{name}"] = b"".join(bytes(part) for part in rows)
    assert sum(map(len, hay.values())) > 1_000_000, {name: len(content) for name, content in hay.items()}
    return hay


def stolen_backup(practice):
    """A backup, made beside the running server, and the sealed copy of the key store that it writes; no key."""
    backups = practice.folder / "backups"
    practice.command("backup", "--to", backups)
    files = [path for path in backups.rglob("*") if path.is_file()]
    sealed = practice.data.with_name(practice.data.name + ".keys") / "keystore.sealed"
    assert sum(path.stat().st_size for path in files) > 100_000 and sealed.stat().st_size > 0, files
    return contents(backups, files) | contents(sealed.parent, [sealed])


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
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
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
    hay = haystacks(practice, copies) | stolen_backup(practice)
    practice.stop()
    if practice.engine.url is None:
        hay |= {f"after the stop: {path.name}": path.read_bytes() for path in practice.data.rglob("*.sqlite*")}
    else:
        hay |= tables(practice.engine)

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
    # Codes are there to read, so what holds them was read.
    assert found(["denver-northside"], hay, "a code", look)
    problems = [problem for kind, needles in groups.items() for problem in found(needles, hay, kind, look)]
    assert not problems, "\n".join(problems)
    size = sum(len(content) for content in hay.values())
    told = f"{sum(map(len, groups.values()))} needles in {size / 1e6:.1f} MB of {len(hay)} files"
    print(f"{practice.engine.name}: {told}: none found, seed {SEED}")
