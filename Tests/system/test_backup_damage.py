"""Whatever is done to a backup that lies somewhere is found, told, and nothing is restored of it."""

import json
import shutil

import pytest

from support.backups import back_up, keys_of, prove
from support.processes import BINARY, run


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def frames(data):
    """Where each chunk of a sealed file begins, by its documented layout, and where the last one ends."""
    place = 10 + data[9]
    places = [place]
    while place < len(data):
        place += 4 + int.from_bytes(data[place:place + 4], "big") + 16
        places.append(place)
    return places


def swap(path):
    data = path.read_bytes()
    places = frames(data)
    sizes = {}
    for index, (start, end) in enumerate(zip(places, places[1:])):
        if end - start in sizes and data[start:end] != data[slice(*sizes[end - start])]:
            first, last = sizes[end - start]
            path.write_bytes(data[:first] + data[start:end] + data[last:start] + data[first:last] + data[end:])
            return
        sizes.setdefault(end - start, (start, end))
    raise AssertionError("no two chunks of one size")


def cut(path, size):
    path.write_bytes(path.read_bytes()[:size])


@pytest.mark.timeout(300)
def test_whatever_is_done_to_a_backup_is_found_and_told(practice, tmp_path):
    backups = tmp_path / "backups"
    ids = [back_up(practice, backups, "--full")["backup"] for _ in range(2)]
    whole = tmp_path / "whole"
    shutil.copytree(backups, whole)
    latest = backups / ids[1]
    size = (latest / "data").stat().st_size
    manifest = json.loads((latest / "manifest.json").read_text())
    damage = {
        "a flipped byte": (lambda: flip(latest / "data", size // 2), "was changed, moved or taken"),
        "a flipped length": (lambda: flip(latest / "data", 10 + len(ids[1]) + 1), "chunk 0"),
        "a cut file": (lambda: cut(latest / "data", size // 2), "cut off"),
        "an empty file": (lambda: cut(latest / "data", 0), "beginning"),
        "exchanged chunks": (lambda: swap(latest / "data"), "was changed, moved or taken"),
        "another backup's data": (lambda: shutil.copy(backups / ids[0] / "data", latest / "data"), "belongs to"),
        "another backup's index": (lambda: shutil.copy(backups / ids[0] / "index", latest / "index"), "belongs to"),
        "a cut index": (lambda: cut(latest / "index", (latest / "index").stat().st_size - 1), "cut off"),
        "a changed manifest": (lambda: (latest / "manifest.json").write_text(
            json.dumps(manifest | {"program": "9"})), "not signed by these keys"),
        "a missing file": (lambda: (latest / "index").unlink(), "missing"),
        "another's name": (lambda: (shutil.rmtree(latest), shutil.copytree(backups / ids[0], latest)), "another backup"),
    }
    for what, (act, told) in damage.items():
        act()
        done = prove(practice, backups, check=False)
        assert done.returncode == 1 and told in done.stderr, (what, done.returncode, done.stdout, done.stderr)
        assert str(latest.name) in done.stderr or "at:" in done.stderr, (what, done.stderr)
        failed = run(
            BINARY, "restore", "--from", backups, "--data", tmp_path / "none" / "data", "--keys", keys_of(practice),
            check=False)
        assert failed.returncode == 1 and told in failed.stderr, (what, failed.stderr)
        assert not (tmp_path / "none" / "data").exists() and not (tmp_path / "none" / "data.keys").exists(), what
        shutil.rmtree(backups)
        shutil.copytree(whole, backups)

    wrong = tmp_path / "wrong.keys"
    shutil.copytree(keys_of(practice), wrong)
    (wrong / "backup.key").write_text("ab" * 32 + "\n")
    done = prove(practice, backups, "--keys", wrong, check=False)
    assert done.returncode == 1 and "another backup key" in done.stderr, done.stderr
    (wrong / "signing.key").write_text("cd" * 32 + "\n")
    done = prove(practice, backups, "--keys", wrong, check=False)
    assert done.returncode == 1 and "not signed by these keys" in done.stderr, done.stderr
    assert json.loads(prove(practice, backups).stdout)["verified"]
