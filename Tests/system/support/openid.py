"""An OpenID provider to sign in at: `oidc-provider-mock`, on Authlib, with what goes in and out kept. What it says can be
changed on the way, signed with a key that it publishes beside its own."""

import base64
import hashlib
import http.server
import io
import json
import os
import threading
from urllib.parse import parse_qsl, urlsplit

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from werkzeug.serving import make_server
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from .processes import free_port

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # on loopback, without TLS
import oidc_provider_mock  # noqa: E402

CLIENT, SECRET, NAME = "throughline", "a secret for tests: % & +", "Riverbend ID"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Provider:
    def __init__(self):
        self.port = free_port()
        self.issuer = f"http://localhost:{self.port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.people = {}
        self.asked, self.redeemed = [], []
        self.forge = None
        self.is_down = False
        self.claimed = None  # another issuer for its metadata to name
        self.redirects = {}  # paths that lead elsewhere
        self.renew_keys()
        self.start()

    def start(self):
        self.server = make_server("127.0.0.1", self.port, self, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()

    def renew_keys(self):
        """What a provider does when it rotates its keys: the old ones are gone."""
        self.inner = oidc_provider_mock.app(require_nonce=True, issue_refresh_token=False)
        for subject, claims in self.people.items():
            self.person(subject, **claims)

    def person(self, subject, **claims):
        self.people[subject] = claims
        answer = Client(self.inner).put(f"/users/{subject}", json=claims)
        assert answer.status_code == 204, answer.text

    def settings(self, tenant, **more):
        """The environment of a server whose staff sign in here."""
        prefix = f"THROUGHLINE_OPENID_{tenant.upper().replace('-', '_')}_"
        values = {"ISSUER": self.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "NAME": NAME,
                  "PLAIN_LOOPBACK": "true"} | more
        return {prefix + name: value for name, value in values.items()} | {"THROUGHLINE_OUTBOUND_ALLOW": "127.0.0.1"}

    # On the way

    def __call__(self, environ, start_response):
        request = Request(environ)
        if self.is_down:
            return Response("away", 503)(environ, start_response)
        if request.path in self.redirects:
            return Response(status=302, headers={"Location": self.redirects[request.path]})(environ, start_response)
        if request.path == "/oauth2/authorize":
            self.asked.append(dict(request.args))
        if request.path == "/oauth2/token":
            body = request.get_data()
            environ["wsgi.input"] = io.BytesIO(body)
            form = dict(parse_qsl(body.decode()))
            self.redeemed.append(form | {"authorization": request.headers.get("Authorization")})
            if not self.proves_possession(form):
                return Response(json.dumps({"error": "invalid_grant"}), 400, content_type="application/json")(
                    environ, start_response)
        answer = Response.from_app(self.inner, environ, buffered=True)
        if request.path == "/.well-known/openid-configuration" and self.claimed:
            answer.set_data(json.dumps(json.loads(answer.get_data()) | {"issuer": self.claimed}))
        if request.path == "/jwks":
            answer.set_data(json.dumps({"keys": json.loads(answer.get_data())["keys"] + [self.public]}))
        if request.path == "/oauth2/token" and self.forge and answer.status_code == 200:
            given = json.loads(answer.get_data())
            answer.set_data(json.dumps(given | {"id_token": self.forged(given["id_token"])}))
        return answer(environ, start_response)

    def proves_possession(self, form):
        """PKCE, which the provider itself leaves unchecked (RFC 7636, 4.6)."""
        mark = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        return any(asked["code_challenge"] == mark and asked["code_challenge_method"] == "S256" for asked in self.asked)

    @property
    def public(self):
        numbers = self.key.public_key().public_numbers()
        return {"kty": "RSA", "kid": "beside", "use": "sig", "alg": "RS256",
                "n": encoded(numbers.n.to_bytes(256, "big")), "e": "AQAB"}

    def forged(self, token):
        claims = json.loads(decoded(token.split(".")[1]))
        header = {"alg": "RS256", "kid": "beside", "typ": "JWT"}
        self.forge(claims, header)
        message = encoded(json.dumps(header).encode()) + "." + encoded(json.dumps(claims).encode())
        if header["alg"] == "none":
            return message + "."
        return message + "." + encoded(self.key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256()))


class Traveller:
    """A browser without scripts that goes to the provider and comes back."""

    def __init__(self, base):
        self.http = httpx.Client(base_url=base, timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def leave(self, back="/patients"):
        """By the button of the sign-in page, as browsers tell it."""
        answer = self.http.get("/session/provider", params={"return": back}, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 303, answer.text[:600]
        return answer.headers["location"]

    def agree(self, address, subject, action="authorize"):
        """At the provider; the address it sends people back to."""
        answer = httpx.post(address, data={"sub": subject, "action": action}, timeout=60)
        assert answer.status_code == 302, answer.text[:600]
        return answer.headers["location"]

    def come_back(self, address):
        parts = urlsplit(address)
        return self.http.get(f"{parts.path}?{parts.query}")

    def sign_in(self, subject, back="/patients"):
        return self.come_back(self.agree(self.leave(back), subject))


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A server that nobody has a reason to ask; it notes who does all the same."""

    asked = []

    def do_GET(self):
        Elsewhere.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET

    def log_message(self, *_):
        pass
