"""The product as a user runs it: processes of the release build, with free ports, kept logs and a graceful end."""

import json
import os
import pathlib
import queue
import random
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("THROUGHLINE_BINARY", ROOT / ".build/release/throughline"))
SIMULATOR = pathlib.Path(os.environ.get("THROUGHLINE_SIMULATOR", BINARY.parent / "carrier-simulator"))
SLOW = bool(os.environ.get("THROUGHLINE_SLOW"))


def figure(name, value, unit, **more):
    """Keeps a figure for docs/results/slow.md."""
    place = os.environ.get("THROUGHLINE_FIGURES")
    if place:
        with open(place, "a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "value": value, "unit": unit, **more}) + "\n")


def clean_environment(**more):
    """The environment without what the test run or a developer has set for the product."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("THROUGHLINE_")}
    return kept | {key: value for key, value in more.items() if value is not None}


def free_port(neighbours=0):
    """A port that is free now, with as many free ones after it."""
    for _ in range(200):
        first = random.SystemRandom().randrange(20_000, 32_000)
        sockets = []
        try:
            for port in range(first, first + neighbours + 1):
                one = socket.socket()
                sockets.append(one)
                one.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError("no free port was found")


def eventually(look, what, seconds=60.0, pause=0.05):
    """The first truthy answer of `look`; fails with `what` when there is none in time."""
    end = time.monotonic() + seconds
    last = None
    while True:
        last = look()
        if last:
            return last
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:g} s (last seen: {last!r})")
        time.sleep(pause)


class Running:
    """A process that says `ready http://…` on standard output; both of its outputs are kept in `log`."""

    def __init__(self, arguments, log, environment=None, ready_within=90, directory=None, user=None):
        self.log = pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self.log, "ab")
        options = {"user": user, "group": user, "extra_groups": []} if user else {}
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self._file, env=environment or clean_environment(), cwd=directory, start_new_session=True, **options)
        self._lines = queue.Queue()
        threading.Thread(target=self._follow, daemon=True).start()
        self.address = self._wait(ready_within)

    def _follow(self):
        for line in self.process.stdout:
            self._file.write(line)
            self._file.flush()
            self._lines.put(line.decode("utf-8", "replace").rstrip("\n"))
        self._lines.put(None)

    def _wait(self, seconds):
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                self.kill()
                raise AssertionError(f"not ready within {seconds} s\n{self.tail()}") from None
            if line is None:
                self.process.wait()
                self._file.close()
                raise AssertionError(f"ended with {self.process.returncode} before it was ready\n{self.tail()}")
            if line.startswith("ready "):
                return line.split(" ", 1)[1].strip()

    def tail(self, lines=40):
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    @property
    def is_running(self):
        return self.process.poll() is None

    def kill(self):
        """SIGKILL, as a power cut would."""
        if self.is_running:
            self.process.kill()
        self.process.wait(30)
        self._file.close()

    def stop(self, seconds=40):
        """SIGTERM; returns the exit status."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {seconds} s of SIGTERM\n{self.tail()}") from None
        self._file.close()
        return status


def run(*arguments, environment=None, timeout=300, check=True, directory=None):
    """A command that ends; its outputs as text."""
    done = subprocess.run(
        [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
        env=environment or clean_environment(), cwd=directory, check=False)
    done.stdout = done.stdout.decode("utf-8", "replace")
    done.stderr = done.stderr.decode("utf-8", "replace")
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, arguments))} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


class Engine:
    """Where the data are: SQLite in the data directory, or a schema of its own on the test cluster."""

    def __init__(self, name, url=None):
        self.name = name
        self.url = url
        self.schema = None if url is None else "t_" + secrets.token_hex(6)

    def fresh(self):
        return Engine(self.name, self.url)

    @property
    def arguments(self):
        return [] if self.url is None else ["--database", self.url, "--schema", self.schema]

    def rows(self, data, query):
        """Looks from outside, past the product; `query` holds no parameters."""
        if self.url is None:
            import sqlite3

            with sqlite3.connect(f"file:{data}/throughline.sqlite?mode=ro", uri=True, timeout=30) as connection:
                return connection.execute(query).fetchall()
        import psycopg

        with psycopg.connect(self.url, options=f"-c search_path={self.schema}") as connection:
            return connection.execute(query).fetchall()

    def drop(self):
        if self.url is not None:
            import psycopg

            with psycopg.connect(self.url, autocommit=True) as connection:
                for schema in (self.schema, self.schema + "_keys"):
                    connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


# Tests ask as fast as they can; what limits do has tests of its own.
UNLIMITED = {"THROUGHLINE_RATE_LIMIT_ENABLED": "false"}


class Practice:
    """A set-up practice: its data, its `demo.json`, and the server on it when it runs."""

    def __init__(self, engine, folder, patients=40):
        self.engine = engine
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.patients = patients
        self.port = free_port(neighbours=1)
        self.server = None
        self.simulator = None
        self.starts = 0

    # Running

    def demo(self):
        """`throughline demo`: sets up the first time, serves, with the simulator beside it."""
        self.starts += 1
        self.server = Running(
            [BINARY, "demo", "--data", self.data, "--port", self.port, "--patients", self.patients,
             *self.engine.arguments],
            self.folder / f"demo-{self.starts}.log", clean_environment(**UNLIMITED), ready_within=180)
        return self

    def prepare(self):
        """Set up and stopped again."""
        self.demo()
        self.stop()
        return self

    def carrier(self, *more):
        """The simulator alone, so that it lives on while servers are killed."""
        record = self.record
        self.simulator = Running(
            [SIMULATOR, "--port", self.port + 1, "--account-sid", record["account"], "--auth-token", record["token"],
             "--clinic-number", record["clinicNumber"], "--webhook",
             f"http://127.0.0.1:{self.port}/hooks/{record['tenant']}/sms", "--handsets", self.data / "handsets.json",
             *more],
            self.folder / "simulator.log")
        return self

    def environment(self, **more):
        record = self.record
        return clean_environment(**{
            **UNLIMITED, "THROUGHLINE_OUTBOUND_ALLOW": f"127.0.0.1:{self.port + 1}",
            "THROUGHLINE_SMS_ACCOUNT": record["account"], "THROUGHLINE_SMS_TOKEN": record["token"],
            "THROUGHLINE_SMS_FROM": record["clinicNumber"], "THROUGHLINE_SMS_BASE": f"http://127.0.0.1:{self.port + 1}",
            "THROUGHLINE_SMS_PUBLIC_BASE": f"http://127.0.0.1:{self.port}", **more})

    def serve(self, ready_within=60, **environment):
        self.starts += 1
        self.server = Running(
            [BINARY, "serve", "--data", self.data, "--port", self.port, *self.engine.arguments],
            self.folder / "serve.log", environment=self.environment(**environment), ready_within=ready_within)
        return self

    def stop(self):
        status = self.server.stop() if self.server else 0
        assert status == 0, f"the server ended with {status}\n{self.server.tail()}"

    def close(self):
        """For the end of a test: leaves no process, whatever state it is in."""
        for running in (self.server, self.simulator):
            if running and running.is_running:
                running.process.terminate()
                try:
                    running.process.wait(20)
                except subprocess.TimeoutExpired:
                    running.process.kill()
                    running.process.wait(20)
        self.engine.drop()
        shutil.rmtree(self.data, ignore_errors=True)

    # What is known

    @property
    def record(self):
        return json.loads((self.data / "demo.json").read_text("utf-8"))

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def carrier_base(self):
        return f"http://127.0.0.1:{self.port + 1}"

    def user(self, role):
        return next(user for user in self.record["users"] if user["role"] == role)

    def key(self, role):
        return next(key["key"] for key in self.record["keys"] if key["role"] == role)

    def command(self, *words, check=True, timeout=300):
        return run(BINARY, *words, "--data", self.data, *self.engine.arguments, check=check, timeout=timeout)

    def rows(self, query):
        return self.engine.rows(self.data, query)

    def logs(self):
        return sorted(self.folder.glob("*.log"))
