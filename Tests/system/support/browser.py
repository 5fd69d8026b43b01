"""Chromium as a person has it: pages whose console, errors and policy violations are kept, and the judge of
accessibility."""

import os
import shutil

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

expect.set_options(timeout=30_000)

CHROMIUM = os.environ.get("THROUGHLINE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}


class Browser:
    """One Chromium for many contexts, so that each test signs in anew without starting a browser."""

    def __init__(self):
        self._playwright = sync_playwright().start()
        self.chromium = self._playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])

    def close(self):
        self.chromium.close()
        self._playwright.stop()

    def context(self, base, size=None, scheme="light", scripts=True, locale="en-US", zone="America/Denver"):
        context = self.chromium.new_context(
            base_url=base, viewport=size or WIDE, color_scheme=scheme, java_script_enabled=scripts, locale=locale,
            timezone_id=zone, reduced_motion="reduce")
        context.set_default_timeout(30_000)
        return context


class Watched:
    """A page whose complaints are kept: console errors and warnings, uncaught errors, refused resources."""

    def __init__(self, context):
        self.page = context.new_page()
        self.complaints = []
        self.expected = ()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: uncaught {error}"))
        self.page.on("response", self._response)

    def _console(self, message):
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{self.page.url}: {message.type}: {message.text}")

    def _response(self, response):
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{self.page.url}: {response.request.method} {response.url} → {response.status}")

    def sign_in(self, user):
        page = self.page
        page.goto("/session")
        page.fill('input[name="login"]', user["email"])
        page.fill('input[name="password"]', user["password"])
        page.click('form[action="/session"] button:not([type=button])')
        page.wait_for_url(lambda url: not url.endswith("/session"))
        return self


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]


def axe_violations(page, seen_in_light=False):
    """What axe-core finds wrong, one line each. Its script comes in past the page's policy, as a browser's own tools
    do; nothing of the page changes for it.

    `seen_in_light`: the page was judged in light at this size. The themes differ in `light-dark()` alone, which CSS allows
    for colours only (`test_pages.py` looks at the sheets), so that in the dark the rules about colours are left."""
    only = {"type": "rule", "values": COLOURS} if seen_in_light else {"type": "tag", "values": RULES}
    answer = Axe().run(page, options={"runOnly": only, "resultTypes": ["violations"]})
    return [
        f"{found['id']} ({found['impact']}): {found['help']} at "
        + "; ".join(str(node["target"]) for node in found["nodes"][:4])
        for found in answer.response["violations"]
    ]
