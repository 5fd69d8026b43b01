"""How long backups and restores take, in seconds per GB of data."""
import json
import shutil
import subprocess


def backups_of(data):
    """A fresh folder of backups of these data, and what the first backup told."""
    folder = data.folder.with_name(data.folder.name + "-backups")
    shutil.rmtree(folder, ignore_errors=True)
    return folder, json.loads(data.run("backup", "--to", str(folder), "--json", quiet=True))


def backup(args, Data, Server, figure):
    """Beside a running server; a second one on top of the first, with little changed."""
    data = Data(args)
    with Server(data, data.prepare()) as server:
        server.settle()
        folder, full = backups_of(data)
        more = json.loads(data.run("backup", "--to", str(folder), "--json", quiet=True))
    figure("backup", full["seconds"] / (full["bytes"] / 1e9), "s/GB", args, n=1, seconds=full["seconds"], bytes=full["bytes"],
           again_seconds=more["seconds"], again_stored=more["storedBytes"])
    shutil.rmtree(folder)


def restore(args, Data, figure, program):
    """Into a new place, with the schema's, the audit trail's and the keys' checks; then the proof of it by --verify."""
    data = Data(args)
    data.prepare()
    folder, _ = backups_of(data)
    target = Data(args, fresh=f"restored-{data.folder.name}")
    target.remove()
    keys = ["--from", str(folder), "--keys", f"{data.folder}.keys", "--json"]
    told = json.loads(target.run("restore", *keys))
    target.remove()
    database = ["--database", args.database] if args.database else []
    verified = json.loads(subprocess.run([program, "restore", "--verify", *keys, *database], stdout=subprocess.PIPE, check=True).stdout)
    figure("restore", told["seconds"] / (told["bytes"] / 1e9), "s/GB", args, n=1, seconds=told["seconds"], bytes=told["bytes"],
           verify_seconds=verified["seconds"])
    shutil.rmtree(folder)
