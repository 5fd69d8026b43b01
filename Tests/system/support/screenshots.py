"""Pictures of every page; bin/screenshots runs it."""

import pathlib
import shutil
import sys
import tempfile

from support.browser import NARROW, WIDE, Browser, Watched
from support.processes import ROOT, Engine, Practice
from support.scenes import EMPTY_PAGES, Full, signed_in

ALL = ROOT / "docs/images/all"
CHOSEN = {
    "conversation-1440-light-full": "inbox-open", "booking-dialog-1440-light-full": "booking",
    "patient-1440-light-full": "patient", "schedule-1440-light-full": "schedule",
    "dashboard-1440-light-full": "dashboard", "conversation-390-dark-full": "inbox-narrow-dark",
    "phone-390-light-full": "phone", "today-1440-light-full": "today",
}


def looks():
    for size in (WIDE, NARROW):
        for scheme in ("light", "dark"):
            yield size, scheme, f"{size['width']}-{scheme}"


def shoot(page, name):
    page.wait_for_load_state("networkidle") if "127.0.0.1" not in page.url else page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(150)  # a chart draws itself, a dialog has opened
    page.screenshot(path=ALL / f"{name}.png")


def full_pages(browser, practice, scene):
    for size, scheme, look in looks():
        context = signed_in(browser.context(practice.base, size, scheme), scene.admin)
        page = Watched(context).page
        for name, address in scene.pages().items():
            page.goto(address)
            shoot(page, f"{name}-{look}-{'error' if name == 'problem' else 'full'}")
        context.close()
        context = signed_in(browser.context(practice.base, size, scheme), scene.agent)
        page = Watched(context).page
        page.goto(f"/inbox/{scene.unbooked}")
        page.click('#need-bar a[data-key="b"]')
        page.wait_for_selector("#dialog button.slot")
        shoot(page, f"booking-dialog-{look}-full")
        page.locator("#dialog button.slot").first.click()
        page.wait_for_selector("#dialog [data-hold-until]")
        shoot(page, f"booking-held-{look}-full")
        page.locator('#dialog form[action$="/release"] button').click()
        page.wait_for_selector("#dialog button.slot")
        page.goto(f"/booking?need={scene.unbooked}&type=sick-visit&from=2026-12-25&to=2026-12-25")
        shoot(page, f"booking-{look}-empty")
        page.goto("/inbox")
        page.keyboard.press("Control+k")
        page.keyboard.type("mar")
        page.wait_for_selector("#palette-list .option")
        shoot(page, f"palette-{look}-full")
        context.close()


def form_errors(browser, practice, scene):
    for size, scheme, look in looks():
        context = signed_in(browser.context(practice.base, size, scheme), scene.admin)
        page = Watched(context).page
        page.goto("/patients/new")
        page.evaluate("document.querySelector('form.panel').noValidate = true")
        page.fill("#new-given", "Ada")
        page.fill("#new-phone", "12")
        page.click("form.panel .button.primary")
        page.wait_for_selector(".wrong")
        shoot(page, f"new-patient-{look}-error")
        page.goto(f"/inbox/{scene.need}")
        page.goto("/inbox/0000000000001")
        shoot(page, f"inbox-{look}-error")
        page.goto("/patients/0000000000001")
        shoot(page, f"patient-{look}-error")
        page.goto("/schedule?date=never&location=nowhere")
        shoot(page, f"schedule-{look}-error")
        context.close()


def sign_in(browser, practice):
    for size, scheme, look in looks():
        context = browser.context(practice.base, size, scheme)
        page = Watched(context).page
        page.goto("/session")
        shoot(page, f"sign-in-{look}-empty")
        page.fill('input[name="login"]', f"someone{look}@example.org")
        page.fill('input[name="password"]', "wrong")
        with page.expect_response("**/session"):
            page.click('form[action="/session"] button:not([type=button])')
        shoot(page, f"sign-in-{look}-error")
        context.close()


def phone(browser, practice):
    for size, scheme, look in looks():
        context = browser.context(practice.carrier_base, size, scheme)
        page = context.new_page()
        page.goto("/?handset=%2B13035550142")
        shoot(page, f"phone-{look}-full")
        page.goto("/?handset=%2B13035550155")
        shoot(page, f"phone-{look}-empty")
        page.goto("/?handset=nonsense")
        shoot(page, f"phone-{look}-error")
        context.close()


def empty_pages(browser, practice):
    from support.doors import Console

    with Console(practice.base, practice.user("administrator")) as console:
        for size, scheme, look in looks():
            context = signed_in(browser.context(practice.base, size, scheme), console)
            page = Watched(context).page
            for name, address in EMPTY_PAGES.items():
                page.goto(address)
                shoot(page, f"{name}-{look}-empty")
            context.close()


def choose():
    """The pictures that the documents show, each under 250 kB."""
    for name, shown in CHOSEN.items():
        source = ALL / f"{name}.png"
        size = source.stat().st_size
        if size > 250_000:
            sys.exit(f"{source.name} is {size} bytes; the documents' pictures are to stay under 250 kB")
        shutil.copy(source, ROOT / f"docs/images/{shown}.png")


def main():
    ALL.mkdir(parents=True, exist_ok=True)
    browser = Browser()
    with tempfile.TemporaryDirectory(prefix="throughline-screens.") as folder:
        full = Practice(Engine("sqlite"), pathlib.Path(folder) / "full", patients=200)
        empty = Practice(Engine("sqlite"), pathlib.Path(folder) / "empty", patients=0)
        try:
            for practice in (full, empty):
                practice.folder.mkdir()
                practice.demo()
            scene = Full(full)
            full_pages(browser, full, scene)
            form_errors(browser, full, scene)
            sign_in(browser, empty)
            phone(browser, full)
            empty_pages(browser, empty)
            scene.close()
        finally:
            browser.close()
            full.close()
            empty.close()
    if "--all" not in sys.argv:
        choose()
    print(f"{len(list(ALL.glob('*.png')))} pictures in {ALL.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
