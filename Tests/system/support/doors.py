"""The product's doors as clients: the API with a key, the console's forms with a session, the carrier and its webhook."""

import re
import secrets

import httpx
from twilio.request_validator import RequestValidator

TIMEOUT = httpx.Timeout(60.0)


EHR_SITE = "el-paso"  # Of the demo: calendarOwner is ehr.


class Api:
    """The JSON API with a bearer key."""

    def __init__(self, base, key=None):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.http = httpx.Client(base_url=base, headers=headers, timeout=TIMEOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def get(self, path, status=200, **query):
        answer = self.http.get(path, params={k: v for k, v in query.items() if v is not None})
        assert answer.status_code == status, f"GET {path}: {answer.status_code} {answer.text[:600]}"
        return answer.json()

    def send(self, method, path, body=None, status=None, key=None, headers=None):
        headers = dict(headers or {})
        if key:
            headers["Idempotency-Key"] = key
        answer = self.http.request(method, path, json=body, headers=headers)
        if status is not None:
            assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:600]}"
        return answer

    def post(self, path, body=None, status=201, **more):
        answer = self.send("POST", path, {} if body is None else body, status, **more)
        return answer.json() if answer.content else None

    def register(self, given, family, phone=None, **more):
        """Registers a patient; `phone` in E.164."""
        body = {"given": [given], "family": family, **more}
        if phone:
            body["phones"] = [{"number": phone, "use": "mobile"}]
        return self.post("/api/v1/patients", body)["id"]

    def slots(self, visit_type, limit=200, **query):
        """Free times of the sites whose calendar is ours: elsewhere a visit stays pending until the EHR has answered."""
        slots = self.get("/api/v1/slots", visit_type=visit_type, limit=limit, **query)["slots"]
        return [slot for slot in slots if slot["location"] != EHR_SITE]

    def events(self, cursor=None, **query):
        """Every event after `cursor`, page by page, and the last cursor."""
        events = []
        while True:
            page = self.get("/api/v1/events", cursor=cursor, limit=500, **query)
            events += page["events"]
            cursor = page["cursor"]
            if not page["more"]:
                return events, cursor


class Console:
    """The browser's forms without a browser: a session, its CSRF token, plain posts."""

    def __init__(self, base, user=None):
        self.http = httpx.Client(base_url=base, timeout=TIMEOUT)
        self.csrf = None
        if user:
            self.sign_in(user["email"], user["password"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def sign_in(self, login, password):
        answer = self.http.post("/session", data={"login": login, "password": password})
        assert answer.status_code == 303, f"sign-in: {answer.status_code} {answer.text[:400]}"
        self.csrf = re.search(r'<meta name="csrf" content="([^"]+)"', self.get("/").text).group(1)

    def get(self, path, status=200, **options):
        answer = self.http.get(path, **options)
        if status is not None:
            assert answer.status_code == status, f"GET {path}: {answer.status_code} {answer.text[:600]}"
        return answer

    def post(self, path, status=303, files=None, **fields):
        answer = self.http.post(path, data={"csrf": self.csrf, **fields}, files=files)
        if status is not None:
            assert answer.status_code == status, f"POST {path}: {answer.status_code} {answer.text[:1200]}"
        return answer


def accept(page, password="four slow boats at noon"):
    """Takes the invitation that a page shows: somebody's password, chosen by themselves."""
    link = re.search(r'id="new-invitation">([^<]+)<', page.text).group(1)
    answer = httpx.post(link, data={"password": password, "again": password}, timeout=TIMEOUT)
    assert answer.status_code == 303, f"{answer.status_code} {answer.text[:600]}"
    return password


class Carrier:
    """The simulator's control side."""

    def __init__(self, base):
        self.http = httpx.Client(base_url=base, timeout=TIMEOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def text(self, sender, body, picture=None, wait=True):
        """Texts the clinic from a handset; with `wait` the webhook has been called when this returns."""
        fields = {"from": sender, "body": body}
        files = {"picture": picture} if picture else None
        answer = self.http.post("/simulator/inbound", params={"wait": "true"} if wait else {}, data=fields, files=files)
        assert answer.status_code == (201 if wait else 202), f"{answer.status_code} {answer.text[:600]}"
        return answer.json()

    def messages(self, handset=None, direction=None):
        """Everything seen, oldest first."""
        query = {"limit": 1000} | ({"handset": handset} if handset else {}) | ({"direction": direction} if direction else {})
        seen = []
        while True:
            answer = self.http.get("/simulator/messages", params=query)
            assert answer.status_code == 200, answer.text[:600]
            page = answer.json()["messages"]
            seen += page
            if len(page) < query["limit"]:
                return seen
            query["after"] = page[-1]["sequence"]

    def received(self, handset):
        """What the clinic sent to this handset, oldest first."""
        return [message for message in self.messages(handset) if is_outbound(message)]

    def faults(self, **settings):
        answer = self.http.post("/simulator/faults", json=settings)
        assert answer.status_code == 200, answer.text[:600]
        return answer.json()

    def reset(self):
        assert self.http.post("/simulator/reset").status_code in (200, 204)


def is_outbound(message):
    return str(message.get("direction", "")).startswith("outbound")


class Webhook:
    """Posts texts to the clinic as the provider would, signed by the provider's own library."""

    def __init__(self, practice, base=None):
        record = practice.record
        self.account = record["account"]
        self.clinic = record["clinicNumber"]
        self.validator = RequestValidator(record["token"])
        self.path = f"/hooks/{record['tenant']}/sms"
        self.public = practice.base
        self.http = httpx.Client(base_url=base or practice.base, timeout=TIMEOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def parameters(self, sender, body, sid=None, **more):
        sid = sid or new_sid()
        return {
            "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": self.account, "From": sender,
            "To": self.clinic, "Body": body, "NumSegments": "1", "NumMedia": "0", "ApiVersion": "2010-04-01", **more,
        }

    def headers(self, parameters, path=None):
        signature = self.validator.compute_signature(self.public + (path or self.path), parameters)
        return {"X-Twilio-Signature": signature}

    def text(self, sender, body, sid=None, **more):
        parameters = self.parameters(sender, body, sid, **more)
        return self.http.post(self.path, data=parameters, headers=self.headers(parameters))


def new_sid():
    return "SM" + secrets.token_hex(16)


def number(index):
    """The index-th test number: the exchange 555, from area code 230 on, 10,000 numbers each."""
    return f"+1{230 + index // 10_000}555{index % 10_000:04d}"
