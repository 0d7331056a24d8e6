"""
Take the pictures of docs/screens.md: every page of the demo company in Chromium, light, dark and narrow.

    python tools/screenshots.py                 into docs/pictures/, and docs/screens.md beside it
    python tools/screenshots.py --demo DIR      of a demo that is there already (`holdshort serve --demo --dir DIR`)

Needs playwright and a Chromium: /usr/bin/chromium, or what HOLDSHORT_CHROMIUM names.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
PAGE = ROOT / "docs" / "screens.md"
CHROMIUM = os.environ.get("HOLDSHORT_CHROMIUM") or "/usr/bin/chromium"
QUALITY = 55
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 380, "height": 820}},
}
SHOWN = [
    # name, address, who looks, what to say about it
    ("inbox", "/?view=all", "rae", "What waits, for whom, and how long it still may"),
    ("inbox-mine", "/", "tomas", "What waits for me"),
    ("inbox-empty", "/?view=all&q=nothing+of+this+name", "rae", "Nothing fits a filter"),
    ("review", "/reviews/6.1", "rae", "One review: what was found, what would happen, what can be decided"),
    ("review-decide", "/reviews/6.1#decide-override", "rae", "A decision, filled in"),
    ("review-message", "/reviews/11.1", "tomas", "A message to the customer that a person looks at first"),
    ("review-not-mine", "/reviews/6.1", "will", "Somebody else's review"),
    ("packet", "/reviews/6.1/packet", "rae", "The packet for paper"),
    ("onboardings", "/onboardings", "rae", "All onboardings"),
    ("onboarding", "/onboardings/6", "rae", "One onboarding in full"),
    ("register", "/register", "rae", "The register, by work area"),
    ("register-row", "/register/rows/CO-EDGE-002", "rae", "One row, and how it is read"),
    (
        "register-cell",
        "/register/rows/CO-EDGE-002/trigger",
        "rae",
        "Editing a cell: what it means is said while one types",
    ),
    ("register-changes", "/register/changes", "rae", "What a draft changes, before it is published"),
    ("register-versions", "/register/versions", "rae", "Published versions"),
    ("register-version", "/register/versions/1", "rae", "One published version"),
    ("register-upload", "/register/upload", "rae", "A spreadsheet comes back"),
    ("go-live", "/go-live", "rae", "The go-live gate"),
    ("proof", "/proof", "rae", "What proves the register"),
    ("metrics", "/metrics", "rae", "Metrics, the one that matters first"),
    ("audit", "/audit", "rae", "The log, and whether anybody has changed it"),
    ("settings", "/settings", "ravi", "Settings"),
    ("people", "/settings/people", "ravi", "People and roles"),
    ("person", "/settings/people/tomas", "ravi", "One person"),
    ("sessions", "/settings/sessions", "rae", "Where I am signed in"),
    ("password", "/settings/password", "rae", "A new password"),
    ("second-factor", "/settings/second-factor", "rae", "A second factor"),
    ("away", "/settings/away", "rae", "Who stands in for me"),
    ("calendars", "/settings/calendars", "rae", "Calendars"),
    ("connectors", "/settings/connectors", "rae", "Where actions are carried out"),
    ("pauses", "/settings/pauses", "rae", "Pause and resume"),
    ("not-found", "/reviews/999.9", "rae", "An address that leads nowhere"),
    ("not-allowed", "/settings/people/tomas", "will", "Not for this role"),
    ("demo-people", "/demo/people", "", "The demo asks who to be"),
]
LIGHT_ALONE = ("review-not-mine", "review-decide", "inbox-mine")
"""As another one shown: one picture of each is enough."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--demo", type=Path, help="where the demo lives; made there if it is not")
    parser.add_argument("--out", type=Path, default=PICTURES)
    parser.add_argument(
        "--png", action="store_true", help="large and lossless, to look at closely; no page is written"
    )
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--looks", nargs="*", default=list(LOOKS), choices=list(LOOKS))
    asked = parser.parse_args(argv)
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        server, origin = _serve(asked.demo or Path(made) / "demo")
        try:
            _take(origin, asked)
        finally:
            server.terminate()
            server.wait(60)
    if not asked.png:
        PAGE.write_text(page(), encoding="utf-8")
        print(f"{sum(each.stat().st_size for each in asked.out.glob('*.webp')) / 1e6:.2f} MB")
    return 0


def _serve(folder: Path) -> tuple[subprocess.Popen[str], str]:
    start = "from holdshort.cli.main import main; main()"
    command = [
        sys.executable,
        "-c",
        start,
        "serve",
        "--demo",
        "--dir",
        str(folder),
        "--port",
        "0",
        "--no-worker",
        "--json",
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    said = json.loads(server.stdout.readline())
    return server, str(said["address"] if "address" in said else said["url"]).rstrip("/")


def _take(origin: str, asked: argparse.Namespace) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for look in asked.looks:
            people: dict[str, Any] = {}
            for name, address, who, _ in SHOWN:
                if (asked.only and name not in asked.only) or (name in LIGHT_ALONE and look != "light"):
                    continue
                if who not in people:
                    context = browser.new_context(base_url=origin, reduced_motion="reduce", **LOOKS[look])
                    people[who] = context.new_page()
                    _become(people[who], who)
                _picture(people[who], address, asked.out / f"{name}-{look}", asked.png)
        browser.close()


def _become(page_: Any, who: str) -> None:
    if who:
        page_.goto("/demo/people")
        with page_.expect_navigation():
            page_.locator(f"form:has(input[value='{who}']) button").click()


def _picture(page_: Any, address: str, file: Path, png: bool) -> None:
    page_.goto(address, timeout=120_000)
    page_.evaluate(
        "document.querySelectorAll('.choice' + (location.hash || '#none')).forEach(each => { each.open = true; each.scrollIntoView() })"
    )
    page_.wait_for_timeout(150)
    if png:
        page_.screenshot(path=f"{file}.png", full_page=True)
        return
    shot = page_.context.new_cdp_session(page_).send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    file.with_name(f"{file.name}.webp").write_bytes(base64.b64decode(shot["data"]))


def page() -> str:
    """docs/screens.md."""
    lines = [
        "# The screens",
        "",
        "Every page of `holdshort serve --demo`, made by `tools/screenshots.py`; most of them dark and as narrow as a phone as well.",
        "[Decide on a screen](how-to/decide-on-a-screen.md) says what to do there, [Serve the screens](how-to/serve.md) how to have them.",
        "",
    ]
    for name, _, _, words in SHOWN:
        title = name.replace("-", " ").capitalize()
        more = [
            f"[{look}](pictures/{name}-{look}.webp)"
            for look in LOOKS
            if look != "light" and name not in LIGHT_ALONE
        ]
        lines += [
            f"## {title}",
            "",
            f"{words}. {' · '.join(more)}".rstrip(),
            "",
            f"![{title}: {words}](pictures/{name}-light.webp)",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
