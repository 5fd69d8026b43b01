"""Mutated requests: from a good request to each route, hundreds that are wrong in one seeded way, sent over plain
sockets so that nothing mends them on their way."""

import dataclasses
import json
import random
import socket
import string
import urllib.parse

NASTY_TEXTS = [
    "", " ", "\u0000", "a\u0000b", "null", "undefined", "NaN", "-1", "0", "9" * 400, "1e999", "-0", "0x10", "true", "[]", "{}",
    "'; DROP TABLE patient; --", '" OR ""="', "<script>alert(1)</script>", "{{csrf}}", "%00", "%", "%zz", "../../../etc/passwd",
    "\\u0000", "\u202e\u2066", "é" * 300, "👩‍👩‍👧‍👦" * 40, "e\u0301" * 500, "\ufffd", "\u2028", "a" * 9_000, "\r\nX-Injected: 1", "2026-02-30",
    "9999-99-99", "-292277022657-01-27", "0000-00-00", "2026-11-22T25:61", "+1", "+" + "9" * 40, "0" * 13, "Z" * 13, "z" * 13,
    "IIIIIIIIIIIII", "7ZZZZZZZZZZZZ", "ZZZZZZZZZZZZZ", "-", "*", "%s%n", "${jndi:ldap://x}", "\t", "\x7f", "\x1b[2J",
]
NASTY_VALUES = [
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 1e308, -1e308, 1e-320, 0.1, [], {}, [[]], [None],
    {"": ""}, {"a": {"b": {"c": []}}}, [1, "a", None, {}], ["x"] * 3_000, {str(index): index for index in range(600)},
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW", "get", "X" * 300]
TYPES = [
    None, "", "text/plain", "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "application/xml", "*/*", ";;;", "\xff",
    "application/json" + ";a=b" * 400,
]
HEADERS = [
    ("Accept-Language", "zz;q=x, ,,;;q=1e9"), ("Accept-Language", "es-" + "a" * 3_000), ("Accept", "\xfe\xff"),
    ("Cookie", "=;=;;a=b=c; throughline-language=xx; throughline-theme=<x>"), ("Cookie", "throughline-session=%00"),
    ("If-Match", '"x"'), ("If-Match", "*"), ("If-Match", 'W/"99999999999999999999"'), ("Idempotency-Key", "x" * 5_000),
    ("Idempotency-Key", ""), ("Idempotency-Key", "é"), ("Range", "bytes=9-1"), ("Expect", "200-maybe"),
    ("Last-Event-ID", "\xff\xff"), ("Last-Event-ID", "9" * 500), ("HX-Request", "true"), ("HX-Current-URL", "http://[::bad"),
    ("HX-Current-URL", "/inbox?filter=%ff"), ("Referer", "%%%"), ("X-Forwarded-Proto", "gopher"), ("X-Forwarded-For", "'"),
    ("Sec-Fetch-Site", "cross-site"), ("Authorization", "Bearer"), ("Authorization", "Bearer tl__"),
    ("Authorization", "Bearer tl_nobody_x"), ("Authorization", "Basic !!!"), ("X-CSRF-Token", "\x01\x02"),
    ("X-Twilio-Signature", "A" * 4_000), ("Host", "nobody.example:99999"), ("Host", "[::1"), ("Content-Encoding", "gzip"),
    ("If-None-Match", '"' + "a" * 5_000), ("X-Live", "a " * 3_000), ("Accept-Encoding", "br;q=\xe9"),
]


@dataclasses.dataclass
class Good:
    """A request that its handler takes."""

    method: str
    path: str
    headers: list
    body: bytes = b""
    kind: str = ""
    fields: dict = dataclasses.field(default_factory=dict)
    query: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Mutant:
    name: str
    wire: bytes
    is_http: bool = True


def build(method, target, headers, body=b"", length=None):
    lines = [f"{method} {target} HTTP/1.1".encode("latin-1", "replace")]
    for name, value in headers:
        lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1", "replace")))
    if length != "none":
        lines.append(f"Content-Length: {len(body) if length is None else length}".encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Mutations:
    """The mutated requests of one route, from one seed."""

    def __init__(self, good, seed):
        self.good = good
        self.dice = random.Random(seed)
        self.kinds = [
            self.method, self.query, self.query, self.segment, self.segment, self.header, self.header, self.wire,
            self.as_it_is, self.many_parameters,
        ]
        if good.kind:
            self.kinds += [self.field, self.field, self.field, self.field, self.type, self.truncated, self.bytes_changed,
                           self.nested, self.huge, self.encoding, self.absent, self.extra]

    def all(self, count):
        return [self.dice.choice(self.kinds)() for _ in range(count)]

    # Pieces

    def text(self):
        if self.dice.random() < 0.2:
            return "".join(self.dice.choice(string.printable) for _ in range(self.dice.randrange(1, 60)))
        return self.dice.choice(NASTY_TEXTS)

    def value(self):
        return self.dice.choice([self.text(), self.dice.choice(NASTY_VALUES)])

    def encoded(self, fields):
        if self.good.kind == "json":
            return json.dumps(fields, ensure_ascii=self.dice.random() < 0.5).encode("utf-8", "surrogatepass")
        flat = {key: value if isinstance(value, str) else json.dumps(value) for key, value in fields.items()}
        return urllib.parse.urlencode(flat, errors="surrogatepass").encode()

    def target(self, query=None):
        query = self.good.query if query is None else query
        return self.good.path + ("?" + urllib.parse.urlencode(query) if query else "")

    def made(self, name, *, method=None, target=None, headers=None, body=None, length=None, is_http=True):
        good = self.good
        return Mutant(
            name,
            build(method or good.method, target or self.target(), good.headers if headers is None else headers,
                  good.body if body is None else body, length), is_http)

    def with_header(self, name, value):
        return [(n, v) for n, v in self.good.headers if n.lower() != name.lower()] + [(name, value)]

    # Mutations

    def as_it_is(self):
        return self.made("as it is")

    def method(self):
        method = self.dice.choice(METHODS)
        # A method that is no token, or that a server need not know, may be refused as no HTTP.
        return self.made("method", method=method, is_http=method in METHODS[:7])

    def query(self):
        names = list(self.good.query) or ["q"]
        names += ["q", "cursor", "limit", "after", "filter", "order", "date", "from", "kind", "template", "return", "done"]
        pairs = [(self.dice.choice(names), self.text()) for _ in range(self.dice.randrange(1, 5))]
        raw = urllib.parse.urlencode(pairs, errors="surrogatepass")
        if self.dice.random() < 0.3:
            raw = self.dice.choice(["%", "%ff%fe=%c0%80", "&&&===", "a" * 6_000, "q=%", "q=%e2%82", "=&=", "q[]=1&q[]=2", "?", "q=" + "+" * 900])
        return self.made("query", target=self.good.path + "?" + raw)

    def many_parameters(self):
        pairs = [(f"p{index}", self.dice.choice(NASTY_TEXTS)[:8]) for index in range(700)]
        return self.made("many parameters", target=self.good.path + "?" + urllib.parse.urlencode(pairs))

    def segment(self):
        parts = self.good.path.split("/")
        at = self.dice.randrange(1, len(parts))
        ids = [index for index, part in enumerate(parts) if len(part) == 13]
        if ids and self.dice.random() < 0.7:
            at = self.dice.choice(ids)
        odd = self.dice.choice([
            urllib.parse.quote(self.text(), safe=""), "%", "%zz", "%00", "%c0%af", "..", ".", "", "a" * 5_000, "%2e%2e%2f",
            "0000000000000", "7ZZZZZZZZZZZZ", "ZZZZZZZZZZZZZ", parts[at].lower(), parts[at] + "/", parts[at] + "%20", ";x=1"])
        parts[at] = odd
        return self.made("path", target="/".join(parts) or "/")

    def header(self):
        name, value = self.dice.choice(HEADERS)
        if self.dice.random() < 0.15:
            return self.made("many headers", headers=self.good.headers + [(f"X-A{i}", "b" * 20) for i in range(90)])
        clean = name != "Expect" and all(character >= " " for character in value)
        return self.made("header", headers=self.with_header(name, value), is_http=clean)

    def wire(self):
        target = self.target()
        form = self.dice.randrange(8)
        if form == 0:
            return self.made("length too long", body=b"{", length="99999999999999999999", is_http=False)
        if form == 1:
            return self.made("length no number", length="ten", is_http=False)
        if form == 2:
            headers = self.good.headers + [("Transfer-Encoding", "chunked")]
            return Mutant("chunks", build(self.good.method, target, headers, b"zz\r\nhello\r\n0\r\n\r\n", "none"), False)
        if form == 3:
            return Mutant("no http", self.dice.randbytes(self.dice.randrange(1, 400)) + b"\r\n\r\n", False)
        if form == 4:
            return Mutant("one long header", build(self.good.method, target, self.good.headers + [("X-Long", "a" * 120_000)]), False)
        if form == 5:
            whole = build(self.good.method, target, self.good.headers, self.good.body)
            return Mutant("cut off", whole[: self.dice.randrange(1, len(whole))], False)
        if form == 6:
            headers = [header for header in self.good.headers if header[0] != "Host"]
            return Mutant("no host", build(self.good.method, target, headers, self.good.body), False)
        body = self.good.body or b"{}"
        headers = self.good.headers + [("Transfer-Encoding", "chunked")]
        chunks = b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body) + b"0\r\n\r\n"
        return Mutant("one byte chunks", build(self.good.method, target, headers, chunks, "none"))

    def field(self):
        fields = dict(self.good.fields)
        for _ in range(self.dice.randrange(1, 3)):
            fields[self.dice.choice(list(fields) or ["text"])] = self.value()
        return self.made("field", body=self.encoded(fields))

    def absent(self):
        fields = dict(self.good.fields)
        if fields:
            del fields[self.dice.choice(list(fields))]
        return self.made("field absent", body=self.encoded(fields))

    def extra(self):
        return self.made("field extra", body=self.encoded({**self.good.fields, self.text() or "x": self.value()}))

    def type(self):
        chosen = self.dice.choice(TYPES)
        kept = [(n, v) for n, v in self.good.headers if n.lower() != "content-type"]
        return self.made("type", headers=kept if chosen is None else kept + [("Content-Type", chosen)])

    def truncated(self):
        body = self.good.body or b"{"
        return self.made("truncated", body=body[: self.dice.randrange(len(body))])

    def bytes_changed(self):
        body = bytearray(self.good.body or b"{}")
        for _ in range(self.dice.randrange(1, 6)):
            body[self.dice.randrange(len(body))] = self.dice.randrange(256)
        return self.made("bytes", body=bytes(body))

    def nested(self):
        depth = self.dice.choice([50, 500, 20_000])
        opened, closed = self.dice.choice([("[", "]"), ('{"a":', "}")])
        core = opened * depth + ("1" if opened != "[" else "") + closed * depth
        return self.made("nested", body=self.dice.choice([core, '{"given":' + core + "}", core[:-7]]).encode())

    def huge(self):
        size = self.dice.choice([90_000, 300_000, 3_000_000])
        filler = self.dice.choice([b"a", b" ", b"[", b"%41", b"&x=1", b'"', b"\xff", b"9"])
        return self.made("huge", body=(b'{"text":"' if self.good.kind == "json" else b"text=") + filler * (size // len(filler)))

    def encoding(self):
        text = (self.good.body or b"{}").decode("utf-8", "replace")
        coding = self.dice.choice(["utf-16", "utf-16-be", "utf-32", "utf-7", "latin-1"])
        body = text.encode(coding, "replace")
        if self.dice.random() < 0.4:
            body = self.good.body + self.dice.choice([b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x00"])
        return self.made("encoding", body=body)


class Line:
    """One connection that is opened anew when the server has closed it."""

    def __init__(self, port, timeout=60):
        self.port, self.timeout = port, timeout
        self.socket = None

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def ask(self, mutant, method):
        """Status and headers of the answer, or a word: `closed` (no answer), `hang`, `refused` (no connection)."""
        try:
            if self.socket is None:
                self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
            return self.talk(mutant, method)
        except ConnectionRefusedError:
            self.close()
            return "refused", {}, b""
        except TimeoutError:
            self.close()
            return "hang", {}, b""
        except OSError:
            self.close()
            return "closed", {}, b""

    def talk(self, mutant, method):
        self.socket.settimeout(self.timeout)
        try:
            self.socket.sendall(mutant.wire)
            if not mutant.is_http:
                self.socket.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was all sent: the answer is there already
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.socket.recv(65_536)
            if not piece:
                self.close()
                return "closed", {}, b""
            head += piece
        head, rest = head.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        stream = headers.get("content-type", "").startswith("text/event-stream")
        if not stream and method != "HEAD" and status not in (204, 304):
            rest = self.rest(headers, rest)
        if stream or not mutant.is_http or headers.get("connection", "").lower() == "close" or status in (400, 413):
            self.close()
        return status, headers, rest

    def rest(self, headers, rest):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            while not rest.endswith(b"0\r\n\r\n"):
                piece = self.socket.recv(65_536)
                if not piece:
                    break
                rest += piece
            return rest
        length = int(headers.get("content-length", 0))
        while len(rest) < length:
            piece = self.socket.recv(65_536)
            if not piece:
                break
            rest += piece
        return rest
