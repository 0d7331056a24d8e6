"""
The real application behind a socket, and Chromium in front of it: `live` and `open_browser`.

Chromium is the system's (`/usr/bin/chromium`, or what HOLDSHORT_CHROMIUM names); where there is none the tests are skipped.
Everything that leaves the origin is stopped and counted, and so is whatever a page would have run.
"""

import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from holdshort.bootstrap import open_house
from holdshort.web.application import make_application
from holdshort.web.demo_house import PASSWORD, PLAYBOOK
from tests.web.screens import ROLE_OF

CHROMIUM = Path(os.environ.get("HOLDSHORT_CHROMIUM") or "/usr/bin/chromium")
WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', e => window.__violations.push(e.violatedDirective + ' ' + e.blockedURI));
"""
_SESSION = "holdshort_session"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Tests say what happened."""

    def handle(self):
        super().handle()
        from django.db import connections

        connections.close_all()  # one thread for each connection: its database connection goes with it


@dataclass
class Live:
    """A house that answers at `origin`."""

    house: object
    origin: str
    folder: Path

    def sweep(self):
        """Let the worker carry out what is due."""
        return self.house.sweeper.sweep()


@contextmanager
def serving(template, folder):
    """A copy of the demo company, served."""
    shutil.copytree(template, folder, copy_function=shutil.copy2)
    (folder / PLAYBOOK / ".holdshort").chmod(0o700)
    (folder / PLAYBOOK / ".holdshort" / "keys").chmod(0o700)
    house = open_house(folder / PLAYBOOK)
    server = make_server("127.0.0.1", 0, make_application(house), _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Live(house, f"http://127.0.0.1:{server.server_port}", folder)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        house.store.close()


@dataclass
class Seen:
    """What a person's browser did that it should not."""

    elsewhere: list = field(default_factory=list)
    dialogs: list = field(default_factory=list)
    violations: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    @property
    def nothing(self):
        return not (self.elsewhere or self.dialogs or self.violations or self.errors)


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser, live, role, **look):
        self.live = live
        self.role = role
        self.name = ROLE_OF[role]
        self.seen = Seen()
        self.context = browser.new_context(base_url=live.origin, **look)
        self.context.set_default_timeout(20_000)
        self.context.set_default_navigation_timeout(90_000)  # go-live reads a whole playbook
        self.context.add_init_script(WATCH)
        self.context.route(lambda url: not self._is_ours(url), self._stop)
        self.context.on("page", self._watch)
        self.page = self.context.new_page()

    def _is_ours(self, url):
        return url.startswith((f"{self.live.origin}/", "data:,", "about:"))

    def _stop(self, route):
        self.seen.elsewhere.append(route.request.url)
        route.abort()

    def _watch(self, page):
        page.on("dialog", lambda dialog: (self.seen.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.seen.errors.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message):
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.seen.violations.append(
                f"{urlsplit(message.location.get('url', '')).path}: {message.text[:200]}"
            )

    def sign_in(self):
        self.page.goto("/sign-in")
        self.page.fill("input[name=name]", self.name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button")
        self.page.wait_for_url(f"{self.live.origin}/")
        return self

    def open(self, address):
        """Go there; gives the status."""
        answer = self.page.goto(address, wait_until="load")
        return answer.status

    def text(self):
        """Everything on the page as one line of text."""
        return " ".join(self.page.inner_text("main").split())

    def lose_session(self):
        """As if it had run out: the cookie is gone."""
        self.context.clear_cookies(name=_SESSION)

    def close(self):
        self.context.close()
