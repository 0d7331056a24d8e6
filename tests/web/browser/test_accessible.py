"""Every page for everybody: WCAG A and AA by axe, light and dark, wide and narrow, and nothing that has to be scrolled sideways."""

import os

import pytest

from tests.web.browser.live import Person
from tests.web.browser.places import places

LOOKS = {
    "light-wide": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark-narrow": {"color_scheme": "dark", "viewport": {"width": 380, "height": 800}},
    "dark-wide": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "light-narrow": {"color_scheme": "light", "viewport": {"width": 380, "height": 800}},
}
TAGS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true })"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults(found):
    """Violations as lines to read."""
    for each in found.response["violations"]:
        for node in each["nodes"][:4]:
            yield f"{each['id']}: {each['help']} {' '.join(map(str, node['target']))} {node['html'][:160]}"


def in_look(chromium, live, look, wanted):
    """What is wrong with the wanted pages in one look, by page."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs axe-playwright-python"
    ).Axe()
    people, wrong = {}, {}
    for place in wanted:
        if place.role not in people:
            person = Person(chromium, live, place.role or "revops", reduced_motion="reduce", **LOOKS[look])
            people[place.role] = person.sign_in() if place.role else person
        person = people[place.role]
        said = [] if person.open(place.address) < 500 else ["the page is broken"]
        person.page.evaluate(OPEN_ALL)
        said += faults(axe.run(person.page, options=TAGS))
        sideways = person.page.evaluate(SIDEWAYS)
        if sideways > 0:
            said.append(f"has to be scrolled sideways by {sideways} px")
        if not person.seen.nothing:
            said.append(str(person.seen))
        if said:
            wrong[f"{place.name}, {look}"] = said
    for each in people.values():
        each.close()
    return wrong


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_keeps_anybody_out(chromium, live, look):
    """An ordinary run looks at each page in one of the four ways; `HOLDSHORT_TORTURE=1` at each in all of them."""
    wanted = places(live.house)
    if not os.environ.get("HOLDSHORT_TORTURE"):
        wanted = wanted[list(LOOKS).index(look) :: len(LOOKS)]
    assert in_look(chromium, live, look, wanted) == {}
