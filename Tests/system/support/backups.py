"""Backups of a practice, made, proven and restored by their commands."""

import json
import shutil

from support.processes import BINARY, Practice, run


def back_up(practice, folder, *more):
    return json.loads(practice.command("backup", "--to", folder, "--json", *more).stdout)


def prove(practice, folder, *more, check=True):
    database = [] if practice.engine.url is None else ["--database", practice.engine.url]
    return run(BINARY, "restore", "--verify", "--from", folder, "--json", *database, *more, check=check)


def restore(practice, backups, folder, *more, keys=None):
    """A practice of its own made from a backup, and what the command told."""
    made = Practice(practice.engine.fresh(), folder, patients=practice.patients)
    folder.mkdir(parents=True, exist_ok=True)
    done = run(
        BINARY, "restore", "--from", backups, "--data", made.data, "--keys", keys or keys_of(practice), "--json",
        *made.engine.arguments, *more)
    shutil.copy(practice.data / "demo.json", made.data / "demo.json")
    return made, json.loads(done.stdout)


def keys_of(practice):
    return practice.data.with_name(practice.data.name + ".keys")
