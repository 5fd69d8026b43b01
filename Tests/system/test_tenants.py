"""Several tenants of one installation: told apart by the host of the address; the installation's own addresses answer to
everybody."""

import json
import re

import httpx
import pytest

from support.processes import BINARY, Running, eventually, free_port, run


class House:
    """One installation; the first tenant answers to every name that nobody has claimed."""

    def __init__(self, engine, folder):
        self.engine, self.folder, self.port, self.server = engine, folder, free_port(), None
        self.flags = ["--data", folder / "data", *engine.arguments]
        self.north = self.make("north")

    def init(self, key, *more):
        return run(BINARY, "init", *self.flags, "--tenant", key, "--admin", f"admin@{key}.example", "--json", *more, check=False)

    def make(self, key, *hosts):
        done = self.init(key, *(word for host in hosts for word in ("--host", host)))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def serve(self):
        self.server = Running(
            [BINARY, "serve", *self.flags, "--port", self.port], self.folder / "serve.log", ready_within=60)

    def http(self, host):
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"Host": host}, timeout=30)

    def signs_in(self, host, made):
        with self.http(host) as http:
            answer = http.post("/session", data={"login": made["admin"], "password": made["password"]})
        # 503: the server has just heard of the tenant and reads its configuration.
        assert answer.status_code in (303, 422, 503), answer.text
        return answer.status_code == 303


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, engine_named, tmp_path):
    house = House(engine_named(request.param), tmp_path)
    yield house
    if house.server:
        house.server.stop()
    house.engine.drop()


def test_hosts_tell_tenants_apart(house):
    south = house.make("south", "South.example:8080")
    house.serve()
    assert house.signs_in("127.0.0.1", house.north) and not house.signs_in("127.0.0.1", south)
    assert house.signs_in("south.example", south) and not house.signs_in("south.example", house.north)
    assert house.signs_in("SOUTH.example:1234", south)

    # A host that is given beside the running server is known to it soon, and so is a tenant.
    east = house.make("east", "east.example")
    eventually(lambda: house.signs_in("east.example", east), "the server knows the new tenant", pause=2)
    again = house.make("south", "south.test")
    assert again["created"] is False
    eventually(lambda: house.signs_in("south.test", south), "the server knows the new host", pause=2)


def test_a_further_tenant_needs_a_host_that_nobody_has(house):
    without = house.init("south")
    assert without.returncode == 1 and "--host" in without.stderr, without.stderr
    house.make("south", "south.example")
    for bad, word in (("south.example", "south.example"), ("sou th", "host"), ("<script>", "host")):
        refused = house.init("west", "--host", bad)
        assert refused.returncode == 1 and word in refused.stderr, refused.stderr
    tenants = [row[0] for row in house.engine.rows(house.folder / "data", "SELECT key FROM tenant ORDER BY key")]
    assert tenants == ["north", "south"]


def test_the_installation_answers_whatever_tenant_an_address_names(house):
    house.make("south", "south.example")
    house.make("north", "north.example")
    house.serve()
    with house.http("nobody.example") as http:
        for path in ("/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/assets/js/live.js"):
            assert http.get(path).status_code == 200, path
        assert http.get("/session").status_code == 404
        assert re.search("urn:throughline:problem:tenant.not-found", http.get("/api/v1/patients").text)
