"""Chromium for the tests of this folder, one for all of them, and the demo company served once for those that only look."""

import pytest

from tests.web.browser.live import CHROMIUM, Person, serving
from tests.web.screens import screens_on


@pytest.fixture(scope="package")
def chromium():
    """
    A browser without a window.

    Playwright keeps an event loop running in this thread, for which Django would refuse to touch its database.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium: there is no {CHROMIUM}; name one with HOLDSHORT_CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            yield browser
            browser.close()


@pytest.fixture(scope="module")
def live(demo_template, tmp_path_factory):
    """The demo company, served to the tests of one module."""
    with (
        screens_on(tmp_path_factory),
        serving(demo_template, tmp_path_factory.mktemp("live") / "demo") as found,
    ):
        yield found


@pytest.fixture
def person(chromium, live):
    """`person("revops")`: somebody with this role, signed in at a browser of their own."""
    came = []

    def come(role, signed_in=True, **look):
        one = Person(chromium, live, role, **look)
        came.append(one)
        return one.sign_in() if signed_in else one

    yield come
    for each in came:
        each.close()
