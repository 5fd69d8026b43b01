#!/usr/bin/env python3
"""Renders every template with its fixtures, checks the contract, takes screenshots and runs axe-core.

    preview.py check                      templates, fixtures and strings agree (no browser)
    preview.py shots [T…] [--size S] [--theme M] [--state X] [--lang L]   screenshots and axe of all or some templates
    preview.py serve [--port N]           a page with a link to every rendered state

A fixture `design/fixtures/T.json` is the view model of template `T`; `T.empty.json` and `T.error.json` are its other
states. `{"$ref": "shared/x.json", …}` stands for that file with the other keys laid over it.
Needs `playwright` and `axe-playwright-python` for `shots`; the browser is found in `CHROMIUM` or on the path.
"""

import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mustache import Renderer, names, parse  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "design" / "fixtures"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SHEETS = ("tokens.css", "base.css", "controls.css", "surfaces.css", "work.css", "calendar.css", "pages.css", "day.css", "setup.css")
STATES = ("full", "empty", "error")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def templates():
    found = {}
    for path in sorted(ROOT.glob("Sources/*/Templates/**/*.mustache")):
        area = path.relative_to(ROOT / "Sources").parts[0]
        name = path.relative_to(ROOT / "Sources" / area / "Templates").with_suffix("").as_posix()
        if name in found:
            raise SystemExit(f"two templates are called {name}")
        found[name] = path
    return found


def strings(language):
    merged = {}
    for path in sorted(ROOT.glob(f"Sources/*/Strings/*{language}.json")):
        for key, value in json.loads(path.read_text()).items():
            if key in merged:
                raise SystemExit(f"{path}: {key} is defined twice")
            merged[key] = value
    return merged


def fixture(path):
    """The fixture with each `$ref` laid in."""

    def resolve(value):
        if isinstance(value, list):
            return [resolve(v) for v in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            base = resolve(json.loads((FIXTURES / value["$ref"]).read_text()))
            over = {k: resolve(v) for k, v in value.items() if k != "$ref"}
            for key, piece in over.items():
                if isinstance(piece, dict) and piece.pop("$merge", False):
                    over[key] = {**base.get(key, {}), **piece}
            return {**base, **over}
        return {k: resolve(v) for k, v in value.items()}

    return resolve(json.loads(path.read_text()))


def translate(text, language_strings, name, problems):
    def swap(match):
        value = language_strings.get(match.group(1))
        if not isinstance(value, str):
            problems.append(f"{name}: no text for [[{match.group(1)}]]")
            return match.group(0)
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")

    return re.sub(r"\[\[([A-Za-z0-9_.-]+)\]\]", swap, text)


def renderer(language):
    found, words, problems = templates(), strings(language), []

    def source(name):
        if name not in found:
            raise SystemExit(f"no template is called {name}")
        return translate(found[name].read_text(), words, name, problems)

    made = Renderer(source)
    made.text_problems = problems
    return made


def pages():
    """(template, state, path) of every fixture."""
    for path in sorted(FIXTURES.rglob("*.json")):
        relative = path.relative_to(FIXTURES).as_posix()[: -len(".json")]
        if relative.startswith("shared/"):
            continue
        name, _, state = relative.partition(".")
        yield name, state or "full", path


def render(language, theme, name, path):
    engine = renderer(language)
    view = fixture(path)
    if "shell" in view:
        view["shell"] = {**view["shell"], "lang": language, "theme": theme}
    page = engine.render(name, view)
    if "<html" not in page:
        links = "".join(f'<link rel="stylesheet" href="/assets/css/{sheet}">' for sheet in SHEETS)
        if 'role="option"' in page:
            page = f'<div role="listbox" aria-label="{name}">{page}</div>'
        page = (f'<!doctype html><html lang="{language}" data-theme="{theme}"><head><title>{name}</title><link rel="icon" href="/assets/favicon.svg">'
                f'<meta name="viewport" content="width=device-width, initial-scale=1">{links}</head>'
                f'<body><main class="part"><h1 class="unseen">{name}</h1>{page}</main></body></html>')
    return page, engine


LITERAL_ATTRIBUTES = re.compile(r'\b(?:aria-label|title|placeholder|alt|aria-description)="([^"]*)"')


def literals(text):
    """Words in a template that are not from the string catalogue."""
    bare = re.sub(r"\{\{[^}]*\}\}|\[\[[^\]]*\]\]", "", text)
    for attribute in LITERAL_ATTRIBUTES.findall(bare):
        if re.search(r"[A-Za-z]{2}", attribute):
            yield attribute
    for words in re.findall(r">([^<]*)<", re.sub(r"<!--.*?-->|<!doctype[^>]*>", "", bare, flags=re.S)):
        if re.search(r"[A-Za-z]{2}", words):
            yield words.strip()


def check():
    problems, seen = [], {}
    found = templates()
    used = set()
    for language in ("en", "es"):
        for name, state, path in pages():
            if name not in found:
                problems.append(f"{path.relative_to(ROOT)}: no template is called {name}")
                continue
            _, engine = render(language, "light", name, path)
            where = path.relative_to(ROOT)
            problems += [f"{where}: {p}" for p in engine.problems] if language == "en" else []
            problems += engine.text_problems
            used |= engine.used
            seen.setdefault(name, set()).add(state)
    for name, path in found.items():
        text = path.read_text()
        for words in literals(text):
            problems.append(f"{name}: literal text {words!r}")
        if re.search(r'\sstyle="|\son[a-z]+="|<script(?![^>]*\bsrc=)', text):
            problems.append(f"{name}: inline style, handler or script")
        for variable in set(names(parse(name, text))):
            if variable != "." and (name, variable) not in used:
                problems.append(f"{name}: no fixture gives {variable}")
        for form in re.findall(r'<form\b[^>]*method="post"[^>]*>(.*?)</form>', text, flags=re.S):
            if 'name="csrf"' not in form and "components/csrf" not in form:
                problems.append(f"{name}: a form without its token")
    english, spanish = strings("en"), strings("es")
    for key in sorted(set(english) ^ set(spanish)):
        problems.append(f"{key} is missing in one language")
    for key in set(english) & set(spanish):
        if type(english[key]) is not type(spanish[key]):
            problems.append(f"{key} has another shape in Spanish")
        holes = [set(re.findall(r"\{[a-z]+\}", json.dumps(words[key]))) for words in (english, spanish)]
        if holes[0] != holes[1]:
            problems.append(f"{key} has other places in Spanish")
    for problem in sorted(set(problems)):
        print(problem)
    print(f"{len(found)} templates, {sum(len(s) for s in seen.values())} fixtures, {len(english)} texts, "
          f"{len(set(problems))} problems")
    return 1 if problems else 0


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves /LANG/THEME/T.STATE and the browser files, under the policy of the real server."""

    vendor = None
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

    def log_message(self, *_):
        pass

    def do_GET(self):  # noqa: N802
        path = self.path.split("?")[0]
        if path.startswith("/assets/"):
            inner = path[len("/assets/"):]
            file = (self.vendor / inner[len("vendor/"):]) if inner.startswith("vendor/") else ROOT / "assets/web" / inner
            if ".." in inner or not file.is_file():
                return self.answer(404, "text/plain", b"")
            return self.answer(200, self.types.get(file.suffix, "application/octet-stream"), file.read_bytes())
        match = re.fullmatch(r"/(en|es)/(light|dark)/(.+)\.([a-z-]+)", path)
        if match:
            language, theme, name, state = match.groups()
            file = FIXTURES / f"{name}{'' if state == 'full' else '.' + state}.json"
            if file.is_file():
                return self.answer(200, "text/html; charset=utf-8", render(language, theme, name, file)[0].encode())
        if path == "/live":
            return self.stream()
        routes = {"/palette": "palette/results", "/booking": "booking/dialog"}
        if path in routes:
            file = FIXTURES / f"{routes[path]}.json"
            page = renderer("en").render(routes[path], fixture(file))
            return self.answer(200, "text/html; charset=utf-8", page.encode())
        if path == "/":
            rows = "".join(f'<li><a href="/en/light/{n}.{s}">{n} {s}</a></li>' for n, s, _ in pages())
            return self.answer(200, "text/html; charset=utf-8", f"<!doctype html><title>Preview</title><ul>{rows}</ul>".encode())
        return self.answer(404, "text/plain", b"")

    def stream(self):
        """An event stream on which nothing happens, until the page goes."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b":\n\n")
                self.wfile.flush()
                time.sleep(0.5)
        except OSError:
            return  # the page was closed: that is how a stream ends

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)


def serve(port):
    Handler.vendor = pathlib.Path(os.environ.get("VENDOR", ROOT / ".assets" / "vendor"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def shots(options):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    port = serve(0)
    out = pathlib.Path(options.out)
    bad = count = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"])
        for name, state, path in pages():
            if options.templates and name not in options.templates or options.state not in (None, state):
                continue
            for size, theme in ((s, t) for s in SIZES for t in ("light", "dark")):
                if options.size not in (None, size) or options.theme not in (None, theme):
                    continue
                bad += shoot(browser, port, out, (name, state, size, theme, options), Axe())
                count += 1
        browser.close()
    print(f"{count} pages looked at, {bad} with problems; pictures in {out}")
    return 1 if bad else 0


def shoot(browser, port, out, what, axe):
    """One picture and one axe run; gives 1 if anything is wrong."""
    name, state, size, theme, options = what
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    said = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    page.goto(f"http://127.0.0.1:{port}/{options.lang}/{theme}/{name}.{state}", wait_until="load")
    page.wait_for_timeout(250)
    if options.open:
        page.click(options.open)
        page.wait_for_timeout(400)
    if options.full:
        tall = page.evaluate("Math.max(...[document.documentElement, document.querySelector('main')].map(e => e.scrollHeight))")
        page.set_viewport_size({"width": width, "height": max(height, tall + 48)})
    file = out / f"{name.replace('/', '-')}.{state}.{size}.{theme}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file, full_page=options.full)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = [] if options.no_axe else axe.run(page).response["violations"]
    page.close()
    said = [s for s in said if "/live" not in s]
    if wide > 0 or found or said:
        print(f"{name} {state} {size} {theme}")
        if wide > 0:
            print(f"  wider than the screen by {wide} px")
        for text in said:
            print(f"  console: {text}")
        for violation in found:
            print(f"  axe {violation['id']}: {violation['help']}")
            for node in violation["nodes"][:4]:
                print(f"    {node['html'][:150]}")
                print(f"      {' '.join((node.get('failureSummary') or '').split())[:260]}")
        return 1
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("check", "shots", "serve"))
    parser.add_argument("templates", nargs="*")
    parser.add_argument("--size", choices=SIZES)
    parser.add_argument("--theme", choices=("light", "dark"))
    parser.add_argument("--state", default=None)
    parser.add_argument("--lang", choices=("en", "es"), default="en")
    parser.add_argument("--open", help="a selector to click before the picture")
    parser.add_argument("--full", action="store_true", help="the whole page, not only the window")
    parser.add_argument("--no-axe", action="store_true")
    parser.add_argument("--out", default=str(ROOT / "Tests/browser/output/design"))
    parser.add_argument("--port", type=int, default=8099)
    options = parser.parse_intermixed_args()
    if options.verb == "check":
        return check()
    if options.verb == "serve":
        print(f"http://127.0.0.1:{serve(options.port)}/")
        threading.Event().wait()
    return shots(options)


if __name__ == "__main__":
    sys.exit(main())
