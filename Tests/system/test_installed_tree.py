"""An installation is a folder: the programs, and share/throughline beside them. It runs from anywhere, as a user who
owns nothing but the data folder."""

import json
import os
import pathlib
import pwd
import shutil
import subprocess

import pytest

from support.doors import Api, Console
from support.processes import BINARY, ROOT, SIMULATOR, Running, clean_environment, free_port


def install(prefix):
    """Lays the files out as a package would."""
    (prefix / "bin").mkdir(parents=True)
    for program in (BINARY, SIMULATOR):
        shutil.copy2(program, prefix / "bin" / program.name)
    share = prefix / "share/throughline"
    for area in (ROOT / "Sources").iterdir():
        for kind, folder in (("templates", "Templates"), ("strings", "Strings")):
            if (area / folder).is_dir():
                shutil.copytree(area / folder, share / kind / area.name)
    shutil.copytree(ROOT / "assets/web", share / "web")
    shutil.copytree(ROOT / ".assets/vendor", share / "vendor")
    shutil.copytree(ROOT / ".assets/tz", share / "tz")
    shutil.copytree(ROOT / ".assets/passwords", share / "passwords")
    shutil.copy2(ROOT / ".assets/postcodes.tsv", share / "postcodes.tsv")
    shutil.copytree(ROOT / "blueprints", share / "blueprints")


@pytest.fixture
def tree():
    """Under a folder that everybody may enter; pytest's own are the user's."""
    folder = pathlib.Path(subprocess.check_output(["mktemp", "-d", "/tmp/throughline-tree.XXXXXX"], text=True).strip())
    folder.chmod(0o755)
    install(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_an_installed_tree_runs_elsewhere_as_nobody(tree):
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    home = tree / "home"
    home.mkdir()
    if os.geteuid() == 0:
        os.chown(home, user.pw_uid, user.pw_gid)
    empty = home / "empty"
    empty.mkdir()
    if os.geteuid() == 0:
        os.chown(empty, user.pw_uid, user.pw_gid)
    port = free_port(neighbours=1)
    running = Running(
        [tree / "bin/throughline", "demo", "--data", home / "data", "--port", port, "--patients", "20"],
        tree / "demo.log", environment=clean_environment(HOME=str(home)), directory=empty,
        user=user.pw_uid if os.geteuid() == 0 else None, ready_within=120)
    try:
        record = json.loads((home / "data/demo.json").read_text())
        base = f"http://127.0.0.1:{port}"
        with Api(base, next(key["key"] for key in record["keys"] if key["role"] == "integration")) as api:
            assert [hit["name"] for hit in api.get("/api/v1/patients", q="Delgado")["patients"]] == ["Maria Delgado Ruiz"]
        agent = next(user for user in record["users"] if user["role"] == "access-agent")
        with Console(base, agent) as console:
            assert "Riverbend" in console.get("/inbox").text
            assert console.get("/assets/vendor/htmx.min.js").status_code == 200
            assert console.get("/assets/css/tokens.css").status_code == 200
        assert list(empty.iterdir()) == []
    finally:
        status = running.stop()
    assert status == 0
    assert (home / "data").stat().st_uid == user.pw_uid
