"""What `throughline doctor` asks for can be given: with all of it set up nothing under the program's control has failed."""

import json
import re
import shutil
import sqlite3
import time

import psycopg
import pyotp
import pytest

from support.certificates import Authority, write
from support.doors import Console
from support.processes import BINARY, ROOT, Running, free_port, run

# Each standard of the proposed section 164.312 with its implementation specifications (90 FR 898).
PARAGRAPHS = [
    *(f"(a)(2)({number})" for number in ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii")), "(b)",
    *(f"(c)(2)({number})" for number in ("i", "ii", "iii", "iv", "v")), "(d)(1)",
    *(f"(d)(2)({number})" for number in ("i", "iii", "v")), "(e)", "(f)(1)", "(f)(2)(ii)", "(g)",
    *(f"(h)(2)({number})" for number in ("i", "ii", "iii", "iv")),
    *(f"(i)(2)({number})" for number in ("i", "ii", "iii", "iv")), "(j)",
    # Of the administrative safeguards those of which a program can tell something.
    "164.308(a)(1)", "164.308(a)(13)(ii)",
]
# What no program can see; each says who has to look.
OUTSIDE = {
    "network-segmentation", "anti-malware", "software-removal", "configuration-baseline", "network-ports", "system-logs",
    "vulnerability-scans", "vulnerability-monitoring", "penetration-tests", "patches", "information-systems-backup",
    "maintenance", "asset-inventory", "network-map",
}


def set_up_second_steps(practice):
    """Everybody signs in with their password and sets an app up, which is all that they may do before they have."""
    for user in practice.record["users"]:
        with Console(practice.base) as console:
            answer = console.http.post("/session", data={"login": user["email"], "password": user["password"]})
            assert answer.status_code == 303 and console.http.get("/patients").headers["location"] == "/account/second-step"
            page = console.get("/account/second-step").text
            console.csrf = re.search(r'<meta name="csrf" content="([^"]+)"', page).group(1)
            app = pyotp.TOTP(re.search(r'id="app-secret">([^<]+)<', page).group(1).replace(" ", ""))
            token = re.search(r'name="token" value="([^"]+)"', page).group(1)
            console.post("/account/second-step", 200, token=token, code=app.at(int(time.time())))


def examined(done):
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["healthy"] else 1), done.stderr
    return {check["id"]: check for check in told["checks"]}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_with_everything_set_up_nothing_has_failed(practice, tmp_path):
    fresh = examined(practice.command("doctor", "--json", check=False))
    proposed = " ".join(check.get("rule", "").partition("proposed")[2] for check in fresh.values())
    for paragraph in PARAGRAPHS:
        assert paragraph in proposed, paragraph
    assert {id for id, check in fresh.items() if check["status"] == "unknown"} == OUTSIDE
    assert all(fresh[id]["remedy"] for id in OUTSIDE)
    assert fresh["audit-monitoring"]["status"] == "warning" and fresh["audit-monitoring"]["remedy"]
    assert "weighed once a day" in fresh["audit-monitoring"]["evidence"]
    checked = "the store's own check found nothing" if practice.engine.url is None else "not checked from here"
    assert checked in fresh["integrity"]["evidence"], fresh["integrity"]
    assert re.search(r"after 5 wrong attempts.* address after 30, from 1 min .* 60 min; 0 wait", fresh["login-attempts"]["evidence"])
    assert fresh["removal-of-access"]["evidence"].startswith("0 open sessions")
    assert fresh["restore-within-72-hours"]["status"] == "failed", fresh["restore-within-72-hours"]
    assert "no restoration was ever done" in fresh["restore-within-72-hours"]["evidence"]
    assert f"keys in {practice.data}.keys" in fresh["asset-inventory"]["evidence"] and "inventory.md" in fresh["asset-inventory"]["evidence"]
    called = "nobody" if practice.engine.url is None else "the database server"
    assert f"and calls {called}" in fresh["network-map"]["evidence"], fresh["network-map"]

    # Somebody looks at what stands out; nobody signs in with a password alone any more; the data are backed up.
    practice.serve()
    with Console(practice.base, practice.user("privacy-officer")) as officer:
        assert officer.http.get("/audit/signals").status_code == 200
    practice.stop()
    blueprint = tmp_path / "blueprint"
    shutil.copytree(ROOT / "blueprints/primary-care", blueprint)
    roles = blueprint / "roles.yaml"
    roles.write_text(re.sub(r"^kind: role$", "kind: role\nrequiresSecondStep: true", roles.read_text("utf-8"), flags=re.M))
    practice.command("blueprint", "apply", blueprint)

    # That their roles ask for one gives nobody a second step: until it is set up a password alone can set it up.
    everybody = len(practice.record["users"])
    asked = examined(practice.command("doctor", "--json", check=False))["multi-factor"]
    assert asked["status"] == "failed" and asked["remedy"], asked
    assert asked["evidence"].startswith(f"0 of {everybody} active users need no second step"), asked
    assert f"{everybody} of {everybody} have set none up" in asked["evidence"], asked
    practice.serve()
    set_up_second_steps(practice)
    practice.stop()
    backups = tmp_path / "backups"
    practice.command("backup", "--to", backups)
    database = [] if practice.engine.url is None else ["--database", practice.engine.url]
    run(BINARY, "restore", "--verify", "--from", backups, *database)

    # And it is served over TLS.
    certificate, key, _ = Authority(tmp_path).sign()
    pair = write(tmp_path, certificate, key)
    flags = ["--port", free_port(), "--tls-certificate", pair[0], "--tls-key", pair[1]]
    server = Running(
        [BINARY, "serve", "--data", practice.data, *practice.engine.arguments, *flags], tmp_path / "tls.log",
        practice.environment(), ready_within=60)
    try:
        done = practice.command("doctor", *flags, "--node", 9, "--json", check=False)
    finally:
        assert server.stop() == 0
    checks = examined(done)
    failed = {id: check["evidence"] for id, check in checks.items() if check["status"] == "failed"}
    assert failed == {} and done.returncode == 0, failed
    assert checks["multi-factor"]["status"] == "ok" and checks["audit-monitoring"]["status"] == "ok", checks
    assert re.search(r" of \d+ bytes was restored for a trial at .* in \d+ s: ", checks["restore-within-72-hours"]["evidence"])
    # The test's authority is one that this machine does not know.
    assert checks["transmission-security"]["status"] == "warning"
    assert {id for id, check in checks.items() if check["status"] == "unknown"} == OUTSIDE


def set_ahead(practice, seconds):
    """Moves the newest audit record into the future, past the product."""
    statement = (f"UPDATE audit_record SET recorded_at = recorded_at + {seconds * 1_000_000} "
                 "WHERE id = (SELECT max(id) FROM audit_record)")
    if practice.engine.url is None:
        with sqlite3.connect(practice.data / "throughline.sqlite", timeout=30) as connection:
            assert connection.execute(statement).rowcount == 1
    else:
        with psycopg.connect(practice.engine.url, options=f"-c search_path={practice.engine.schema}") as connection:
            assert connection.execute(statement).rowcount == 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize("practice", ["sqlite", "postgresql"], indirect=True)
def test_a_clock_that_was_set_back_is_told(practice):
    before = examined(practice.command("doctor", "--json", check=False))["clock"]
    assert before["status"] == "ok" and before["evidence"] == "no record is in the future", before
    set_ahead(practice, 3_600)
    told = examined(practice.command("doctor", "--json", check=False))["clock"]
    assert told["status"] == "warning" and told["remedy"], told
    ahead = re.fullmatch(r"the newest audit record is (\d+) s in the future: the clock was set back", told["evidence"])
    assert ahead and 3_000 < int(ahead.group(1)) <= 3_600, told
