"""Customers' and models' text is inert: 483 attack strings in every field that carries a text, on every page that shows it, in Chromium."""

import json
import os
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest

from holdshort.bootstrap import open_house
from holdshort.core.visible import is_web_address, visible
from holdshort.service.publish import candidate, publish
from holdshort.web.demo_house import PASSWORD, PLAYBOOK, _add_people
from tests.web.browser import hostile
from tests.web.browser.live import Person, serving
from tests.web.screens import STARTER, screens_on

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
READ = """() => {
  const found = [];
  const walk = node => {
    for (const each of node.childNodes) {
      if (each.nodeType === Node.TEXT_NODE) found.push(each.data);
      else if (each.nodeType === Node.ELEMENT_NODE) {
        if (each.matches('.unseen')) found.push('[' + each.textContent + ']');
        else { if (each.matches('input')) found.push(each.value); walk(each); }
      }
    }
  };
  walk(document.body);
  const all = Array.from(document.querySelectorAll('body *'));
  return {
    text: found.join(' '),
    title: document.title,
    elements: Array.from(new Set(all.map(each => each.localName))),
    handlers: all.filter(each => each.getAttributeNames().some(name => name.startsWith('on') || name === 'style')).length,
    links: all.flatMap(each => ['href', 'src', 'action', 'formaction', 'data', 'poster'].filter(name => each.hasAttribute(name)).map(name => [each.localName, each.getAttribute(name), each.rel || ''])),
    pwned: typeof window.__pwned,
    violations: window.__violations,
  };
}"""
OURS = {
    "a", "article", "aside", "b", "bdi", "blockquote", "br", "button", "caption", "code", "dd", "details", "dialog", "div", "dl", "dt",
    "em", "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "header", "i", "input", "ins", "kbd", "label", "legend", "li", "main",
    "mark", "nav", "ol", "option", "p", "pre", "q", "s", "section", "select", "small", "span", "strong", "summary", "table", "tbody", "td",
    "textarea", "tfoot", "th", "thead", "time", "tr", "u", "ul", "del", "optgroup", "output",
}  # fmt: skip
"""Elements of our own pages: none that loads, runs, embeds or restyles anything."""


@pytest.fixture(scope="module")
def strings(shared_data):
    found = hostile.attack_strings(shared_data)
    assert len(found) == 483
    return found


@contextmanager
def _house(folder):
    hostile.small_playbook(STARTER, folder / PLAYBOOK)
    house = open_house(folder / PLAYBOOK)
    _add_people(house)
    publish(house.flow, candidate(house.flow, house.folder), "rae", "ravi")
    yield house
    house.store.close()


@pytest.fixture(scope="module")
def sown(strings, tmp_path_factory):
    """A house whose onboardings, people and remarks carry the strings, served; and which onboarding carries which."""
    folder = tmp_path_factory.mktemp("hostile")
    clean = json.loads((STARTER / "records" / "clean-mid-market.json").read_text(encoding="utf-8"))
    with screens_on(tmp_path_factory):
        with _house(folder / "made") as house:
            found = hostile.sow(house, clean, strings)
            hostile.sow_people(house, strings)
        with serving(folder / "made", folder / "served") as live:
            yield live, found


@pytest.fixture(scope="module")
def reader(chromium, sown):
    person = Person(chromium, sown[0], "revops").sign_in()
    yield person
    person.close()


def bare(text):
    """Without any white space: where a line breaks is the page's business."""
    return "".join(text.split())


def look(person, address):
    """Open it, and see that nothing of it came alive; gives everything that can be read there."""
    status = person.open(address)
    assert status in (200, 401, 403, 404, 409), f"{address}: {status}"
    return check(person, address)


def check(person, address):
    found = person.page.evaluate(READ)
    assert found["pwned"] == "undefined", address
    assert found["violations"] == [], address
    assert set(found["elements"]) - OURS == set(), address
    assert found["handlers"] == 0, address
    for element, target, rel in found["links"]:
        own = target.startswith(("/", "?", "#")) and not target.startswith("//")
        outside = element == "a" and is_web_address(target) and "noopener" in rel and "noreferrer" in rel
        assert own or outside or target == "", (address, element, target)
    assert person.seen.nothing, (address, person.seen)
    return bare(found["text"])


def lacks(text, strings):
    return [each for each in strings if bare(visible(each)) not in text]


@pytest.mark.keeps("S22", "S21")
def test_no_text_of_a_record_comes_alive_and_every_one_can_be_read(reader, sown):
    unread = {}
    for no, each in enumerate(sown[1][:-1]):
        pages = (f"/reviews/{each.number}.1", f"/reviews/{each.number}.1/packet")
        for page in pages if TORTURE or no % 3 == 0 else pages[:1]:
            unread[page] = lacks(look(reader, page), each.strings)
        if TORTURE or no % 3 == 1:
            look(reader, f"/onboardings/{each.number}")
    assert {page: some for page, some in unread.items() if some} == {}


@pytest.mark.keeps("S22", "S21")
def test_no_remark_hold_reason_or_question_comes_alive_and_every_one_can_be_read(reader, sown):
    each = sown[1][-1]
    unread = {
        page: lacks(look(reader, page), each.strings)
        for page in (f"/onboardings/{each.number}", f"/reviews/{each.number}.1")
    }
    assert {page: some for page, some in unread.items() if some} == {}


@pytest.mark.keeps("S22")
def test_no_name_comes_alive_in_a_list(reader, sown):
    for address in ("/", "/?view=all", "/onboardings", "/audit", "/audit?number=1", "/settings/people", "/settings/people/guest7", "/settings/away"):  # fmt: skip
        look(reader, address)


MARKUP = ("<", "javascript:", "{{", "${", "![", "](", "\u202e", "\u200b")


def sharp(strings, most):
    """Those that a page could stumble over, as many as fit into a text of `most` characters."""
    text = ""
    for each in sorted((each for each in strings if any(mark in each for mark in MARKUP)), key=len):
        if len(text) + len(each) + 1 <= most:
            text = f"{text} {' '.join(each.split())}".strip()
    return text


@pytest.mark.keeps("S22")
def test_what_is_searched_for_comes_back_as_text(reader, strings):
    for address, name in (
        ("/?view=all&", "q"),
        ("/onboardings?", "search"),
        ("/register?", "q"),
        ("/audit?", "onboarding"),
    ):
        look(reader, f"{address}{urlencode({name: sharp(strings, 190)})}")


@pytest.mark.keeps("S22", "S21")
def test_why_somebody_paused_stands_on_every_page_as_text(reader, strings):
    why = sharp(strings, 480)
    reader.open("/settings/pauses")
    form = reader.page.locator("form[action='/settings/pauses/set']")
    form.locator("[name=reason]").fill(why)
    with reader.page.expect_navigation():
        form.locator("button").click()
    for address in ("/settings/pauses", "/", "/onboardings", "/go-live"):
        assert bare(visible(why)) in look(reader, address)
    reader.open("/settings/pauses")
    form = reader.page.locator("form[action='/settings/pauses/taken-back']")
    form.locator("[name=reason]").fill("looked at")
    with reader.page.expect_navigation():
        form.locator("button").click()


@pytest.mark.keeps("S22")
def test_a_form_that_is_refused_or_outlives_its_session_comes_back_as_text(reader, sown, strings):
    number = sown[1][-1].number
    text = sharp(strings, 9_000)
    for longer in (True, False):
        reader.open(f"/onboardings/{number}")
        form = reader.page.locator(f"form[action='/onboardings/{number}/comments']")
        form.locator("textarea").fill(text + ("." * 2_000 if longer else ""))
        if not longer:
            reader.lose_session()
        with reader.page.expect_navigation():
            form.locator("button").click()
        if not longer:
            check(reader, "sign-in")
            reader.page.fill("input[name=name]", reader.name)
            reader.page.fill("input[name=password]", PASSWORD)
            with reader.page.expect_navigation():
                reader.page.click("main button")
        check(reader, "what was typed")
        typed = [bare(each.input_value()) for each in reader.page.locator("main textarea").all()]
        assert any(bare(text) in each for each in typed)
