"""What the attack tests share: a practice with a second tenant beside it, everybody who works there, records out of
reach, and a crawler that knows every page and form somebody can see."""

import dataclasses
import html
import html.parser
import json
import re
import urllib.parse

import httpx

from .doors import TIMEOUT, Api, Console, accept, number
from .processes import BINARY, ROOT, eventually, run

ID = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJKMNP-TV-Z]{13}(?![0-9A-Za-z])")
ABSENT = "0DWNBDY000001"
MALFORMED = ["x", "0", "-1", "7ZZZZZZZZZZZZ", "ZZZZZZZZZZZZZ", "1%20OR%201=1", "%27%20OR%20%27%27=%27", "..%2f..%2fetc%2fpasswd",
             "%00", "%0d%0aX-Injected:%201", "0dwnbdy000001", "0DWNBDY0000010"]
SOUTH = "south.example"


def rights():
    """The permissions of each role, as the shipped blueprint gives them."""
    text = (ROOT / "blueprints/primary-care/roles.yaml").read_text("utf-8")
    found = {}
    for document in text.split("\n---"):
        key = re.search(r"^key: (\S+)", document, re.M)
        if key:
            found[key.group(1)] = set(re.findall(r"^  - (\S+)", document, re.M))
    return found


def plain(answer):
    """An answer without what differs between any two requests: ids, tokens, moments."""
    text = ID.sub("ID", answer.text)
    text = re.sub(r'"cursor":"[^"]*"', '"cursor":"CURSOR"', text)
    text = re.sub(r'(name="csrf"[^>]*(?:value|content)=)"[^"]*"', r'\1"CSRF"', text)
    text = re.sub(r'(name="(?:intent|token|hold)" value=)"[^"]*"', r'\1"TOKEN"', text)
    return answer.status_code, answer.headers.get("content-type"), text


class Attacked:
    """A practice with somebody restricted in it, and a second tenant of the same installation."""

    def __init__(self, practice):
        from test_hostile import Target

        self.practice = practice
        practice.carrier()
        practice.serve(THROUGHLINE_LOG_LEVEL="debug")
        self.base = practice.base
        self.routes = json.loads(practice.command("routes", "--json").stdout)
        self.target = Target(practice)
        self.admin = self.target.session
        self.webhook = self.target.webhook
        self.password = practice.user("administrator")["password"]
        self.people = {}
        self.keys = {}
        self.restricted()
        self.rest()
        self.imported()
        self.south()

    def close(self):
        for client in [*self.people.values(), self.admin, self.target.leaving, self.stranger]:
            client.http.close()
        for client in [*self.keys.values(), self.stranger_key]:
            client.http.close()

    def newcomer(self, name, role, **more):
        """Adds somebody, and gives them at the console and their e-mail address and password."""
        email = name.lower().replace(" ", ".") + "@clinic.example"
        fields = {"name": name, "email": email, "role": role, **more}
        page = self.admin.post("/users", 200, **fields)
        if 'name="confirm-password"' in page.text:
            page = self.admin.post("/users", 200, **fields, **{"confirm-password": self.password})
        person = {"email": email, "password": accept(page)}
        return Console(self.base, person), person

    def person(self, role):
        """Somebody of the practice at the console; each role has one."""
        if role == "administrator":
            return self.admin
        if role not in self.people:
            self.people[role] = Console(self.base, self.practice.user(role))
        return self.people[role]

    def key(self, role):
        if role not in self.keys:
            self.keys[role] = Api(self.base, self.practice.key(role))
        return self.keys[role]

    def restricted(self):
        """A patient whom only some roles may see, with all that hangs on one."""
        nurse = self.key("triage-nurse")
        phone = number(890_000)
        patient = nurse.register("Rhea", "Restricted", phone, birthDate="1969-05-04", language="en", restricted=True)
        assert self.webhook.text(phone, "Can I move my visit?").status_code == 200

        def of_patient():
            needs = nurse.get("/api/v1/needs", filter="team", order="newest")["needs"]
            return [need for need in needs if need.get("patient") == patient]

        need = eventually(of_patient, "the restricted patient has a need")[0]
        slots = nurse.get("/api/v1/slots", visit_type="labs", limit="90")["slots"]
        names = ("visitType", "practitioner", "location", "localStart")
        place = {name: slots[40][name] for name in names}
        appointment = nurse.post("/api/v1/appointments", {**place, "patient": patient})["id"]
        hold = nurse.post("/api/v1/holds", {**{name: slots[70][name] for name in names}, "patient": patient})["id"]
        sent = nurse.post(f"/api/v1/conversations/{need['conversation']}/messages", {"text": "Hello"}, 202)["id"]
        self.hidden = {"patients": patient, "needs": need["id"], "inbox": need["id"], "conversations": need["conversation"],
                       "appointments": appointment, "holds": hold, "outbox": sent}
        self.hidden_phone = phone

    def imported(self):
        """A patient from a file whose every text wants to be code; before there is a second tenant, since an import is
        for the only one."""
        text = 'xqz\'"><img src=x onerror=__x=1><script>__x=1</script>{{csrf}}'
        coded = {"text": text, "coding": [{"system": "http://snomed.info/sct", "code": "44054006", "display": text}]}
        about = {"reference": "Patient/poison"}
        resources = [
            {"resourceType": "Patient", "id": "poison", "name": [{"family": "Poisonedimport", "given": [text], "text": text}],
             "address": [{"line": [text], "city": text}], "maritalStatus": coded, "birthDate": "1970-01-02"},
            {"resourceType": "Condition", "id": "c", "subject": about, "code": coded, "note": [{"text": text}]},
            {"resourceType": "AllergyIntolerance", "id": "a", "patient": about, "code": coded},
            {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "subject": about,
             "medicationCodeableConcept": coded},
            {"resourceType": "Procedure", "id": "p", "status": "completed", "subject": about, "code": coded},
            {"resourceType": "Observation", "id": "o", "status": "final", "subject": about, "code": coded, "valueString": text},
        ]
        place = self.practice.folder / "poison.ndjson"
        place.write_text("".join(json.dumps(resource) + "\n" for resource in resources))
        report = json.loads(self.practice.command("import", "fhir", place, "--json", "--node", "9").stdout)
        assert report["taken"]["Patient"] == 1 and report["taken"]["Condition"] == 1, report
        self.poison = self.key("integration").get("/api/v1/patients", q="Poisonedimport")["patients"][0]["id"]

    def rest(self):
        """What else has an id."""
        users = self.admin.get("/users").text
        own = self.admin.get("/account/security").text
        self.known = {
            **self.hidden, "users": re.search(r'href="/users/([0-9A-Z]{13})"', users).group(1),
            "keys": re.search(r'href="/keys/([0-9A-Z]{13})"', self.admin.get("/keys").text).group(1),
            "sessions": (re.findall(r'action="/account/sessions/([0-9A-Z]{13})/', own) + [ABSENT])[0],
        }

    def south(self):
        """A second tenant whose administrator may do everything there is."""
        flags = ["--data", self.practice.data, *self.practice.engine.arguments, "--node", "7"]
        done = run(BINARY, "init", *flags, "--tenant", "south", "--admin", "admin@south.example", "--host", SOUTH, "--json")
        made = json.loads(done.stdout)
        person = {"email": made["admin"], "password": made["password"]}
        self.stranger_person = person
        self.stranger = Console(self.base)
        self.stranger.http.headers["Host"] = SOUTH

        def knows():
            return self.stranger.http.post("/session", data={
                "login": person["email"], "password": person["password"]}).status_code == 303

        eventually(knows, "the server knows the second tenant", pause=1.0)
        eventually(lambda: self.stranger.http.get("/users").status_code == 200, "its configuration has been read", pause=0.5)
        self.stranger.csrf = re.search(r'<meta name="csrf" content="([^"]+)"', self.stranger.get("/users").text).group(1)
        page = self.stranger.post("/keys", None, name="A program", role="administrator")
        found = re.search(r"tl_south_[A-Za-z0-9_-]+", page.text)
        assert found, page.text[:600]
        self.stranger_key = Api(self.base, found.group(0))


def ask(client, method, path, fields, *, as_json):
    """One request as its caller would make it; redirects are not followed."""
    if as_json:
        body = None if method in ("GET", "DELETE") else fields
        return client.http.request(method, path, json=body)
    if method == "GET":
        return client.http.get(path)
    return client.http.request(method, path, data={"csrf": client.csrf, **fields})


# Pages and forms

@dataclasses.dataclass
class Form:
    page: str
    action: str
    method: str = "get"
    fields: dict = dataclasses.field(default_factory=dict)
    free: list = dataclasses.field(default_factory=list)

    @property
    def name(self):
        return f"{self.method.upper()} {ID.sub('{id}', self.action.split('?')[0])}"


class Reader(html.parser.HTMLParser):
    """Links and forms of a page."""

    FREE = {"text", "search", "email", "tel", "", "url"}

    def __init__(self, page):
        super().__init__()
        self.page, self.links, self.forms = page, [], []
        self.form = self.select = self.area = None

    def handle_starttag(self, tag, pairs):
        values = {name: value or "" for name, value in pairs}
        if tag == "a" and values.get("href", "").startswith("/"):
            self.links.append(values["href"])
        elif tag == "form":
            self.form = Form(self.page, values.get("action") or self.page, values.get("method", "get").lower())
            self.forms.append(self.form)
        elif self.form is None or "name" not in values:
            if tag == "option" and self.select:
                self.option(values)
        elif tag == "input":
            self.input(values)
        elif tag == "textarea":
            self.area = values["name"]
            self.form.fields[self.area] = ""
            self.form.free.append(self.area)
        elif tag == "select":
            self.select = values["name"]
        elif tag == "button" and values.get("value"):
            self.form.fields.setdefault(values["name"], values["value"])
        if tag == "option" and self.select and "name" in values:
            self.option(values)

    def option(self, values):
        if "selected" in values or self.select not in self.form.fields:
            self.form.fields[self.select] = values.get("value", "")

    def input(self, values):
        kind, name, value = values.get("type", "").lower(), values["name"], values.get("value", "")
        if kind in ("checkbox", "radio"):
            if "checked" in values and name in self.form.fields and kind == "checkbox":
                # As many of them as are ticked.
                former = self.form.fields[name]
                self.form.fields[name] = [*former, value] if isinstance(former, list) else [former, value]
            elif "checked" in values or ("required" in values and name not in self.form.fields):
                self.form.fields[name] = value
            return
        self.form.fields[name] = value
        if kind in self.FREE:
            self.form.free.append(name)

    def handle_data(self, data):
        if self.area:
            self.form.fields[self.area] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


# Following these ends what the crawl stands on, or leads to a download.
KEEP_OUT = ("/session", "/assets", "/audit/export", "/live", "/api", "/metrics")


class Crawl:
    """Every page that somebody reaches by links, at most some of each kind, with the forms on it."""

    def __init__(self, console, start=(), of_each=4, most=260):
        self.console, self.of_each, self.most = console, of_each, most
        self.pages, self.forms, self.answers = {}, {}, {}
        waiting = ["/", *start]
        seen, counts = set(), {}
        while waiting and len(self.pages) < most:
            address = waiting.pop(0)
            kind = self.kind(address)
            if address in seen or address.startswith(KEEP_OUT) or counts.get(kind, 0) >= of_each:
                continue
            seen.add(address)
            counts[kind] = counts.get(kind, 0) + 1
            answer = console.http.get(address)
            self.answers[address] = answer
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            self.pages[address] = answer.text
            reader = Reader(address)
            reader.feed(answer.text)
            for form in reader.forms:
                self.forms.setdefault(form.name, form)
            waiting += [html.unescape(link).split("#")[0] for link in reader.links]

    @staticmethod
    def kind(address):
        path, _, query = address.partition("?")
        names = sorted(name for name, _ in urllib.parse.parse_qsl(query))
        return ID.sub("{id}", path) + "?" + ",".join(names)


def raw(base, request, timeout=20):
    """Sends bytes as they are; the whole answer."""
    import socket

    address = urllib.parse.urlsplit(base)
    with socket.create_connection((address.hostname, address.port), timeout) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := line.recv(65_536):
            answer += piece
    return answer


def from_address(base, last, **more):
    """A client that comes from an address of its own on loopback, so that what waits is not everybody."""
    return httpx.Client(base_url=base, timeout=TIMEOUT, transport=httpx.HTTPTransport(local_address=f"127.0.9.{last}"), **more)
