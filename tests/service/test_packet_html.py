import json
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.packet import build_packet
from holdshort.core.screening import Screener
from holdshort.core.visible import visible
from holdshort.service.load_playbook import load_playbook
from holdshort.service.packet_folder import MARKER, PacketFolder
from holdshort.service.packet_html import POLICY, IndexEntry, index_page, packet_page
from tests.playbooks import conflicting, write_playbook

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
ELEMENTS = frozenset(
    "html head meta title style body header div h1 h2 h3 p span b a bdi main aside section article blockquote br small "
    "ul li table thead tbody tr th td dl dt dd details summary footer code".split()
)
ATTRIBUTES = frozenset("lang charset http-equiv content name class id href rel data-label".split())

_ONCE = ("html", "head", "body", "meta", "title", "style", "main", "aside", "header", "footer", "section")


class Page(HTMLParser):
    """The elements of a page as a browser would make them, and its visible text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.links, self.text, self._skip = Counter(), set(), [], [], False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]
        self._skip = tag == "style"

    def handle_endtag(self, tag):
        self._skip = False

    def handle_data(self, data):
        if not self._skip:
            self.text.append(data)

    def handle_comment(self, data):
        self.elements["comment"] += 1


@pytest.fixture(scope="module")
def playbook(tmp_path_factory):
    return load_playbook(write_playbook(tmp_path_factory.mktemp("tiny"))).playbook


def packet_of(playbook, data=None):
    data = data or conflicting()
    return build_packet(Screener(playbook).screen(data, 1, NOW), data, playbook, NOW)


def everywhere(text):
    """A record that carries a text in every channel that a packet shows."""
    return conflicting(
        text,
        crm={"account_name": text, "deal_name": text, "opportunity_id": text, "_as_of": text, "_url": text, "owner": {"email": text}},
        contract={"plan": text, "status": text},
        handoff={"success_criteria": text, "promised_timeline": text, "lane": text},
        stakeholders=[{"role": text, "email": text, text: text}],
        projects=[{"project_id": text, "url": text}],
        notes=[{"id": text, "source": text, "text": text}],
        messages=[{"id": "M1", "status": "draft", "subject": text, "body": text, "to": [text]}],
        reviews=[{"type": text, "status": text}],
        ai_output={"type": text, "confidence": text, "claims": [{"text": text, "citations": [text]}], text: text},
        proposed_actions=["provision_access", text],
    )  # fmt: skip


@pytest.fixture(scope="module")
def hostile_texts(shared_data):
    texts = []
    for name in ("own_onboarding", "agentdojo", "bipia_text_attacks", "spikee", "garak"):
        for line in (shared_data / "adversarial" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            texts += [value for value in json.loads(line).values() if isinstance(value, str)]
    return list(dict.fromkeys(texts))


def test_no_hostile_text_becomes_an_element_an_attribute_or_a_link(playbook, hostile_texts):
    plain = Page(packet_page(packet_of(playbook, everywhere("plain text"))))
    assert len(hostile_texts) > 400
    for text in hostile_texts:
        html = packet_page(packet_of(playbook, everywhere(text)))
        page = Page(html)
        assert set(page.elements) <= ELEMENTS
        assert page.attributes <= ATTRIBUTES
        assert {each for each in page.links if not each.startswith("#case-")} <= {"index.html", text}
        assert [page.elements[each] for each in _ONCE] == [plain.elements[each] for each in _ONCE]
        if "<" in text:
            assert text not in html


MARKUP = [
    "<script>alert(1)</script>",
    "</style></title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<!-- --><svg onload=alert(1)>",
    "]]><iframe src=//evil.example>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_every_channel_stays_a_text(playbook, text):
    html = packet_page(packet_of(playbook, everywhere(text)))
    page, plain = Page(html), Page(packet_page(packet_of(playbook, everywhere("plain text"))))

    assert set(page.elements) <= ELEMENTS
    assert page.attributes <= ATTRIBUTES
    assert [page.elements[each] for each in _ONCE] == [plain.elements[each] for each in _ONCE]
    assert text in "".join(page.text)
    assert text not in html


def test_a_hostile_case_id_of_a_register_stays_a_text(tmp_path):
    from tests.playbooks import ROWS

    rows = ROWS.replace("id: CO-EDGE-002", "id: '\"><script>x</script>'")
    playbook = load_playbook(write_playbook(tmp_path / "p", rows)).playbook
    page = Page(packet_page(packet_of(playbook)))

    assert "script" not in page.elements
    assert page.attributes <= ATTRIBUTES


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pay\u202eexe.invoice", "pay[U+202E]exe.invoice"),
        ("ig\u200bnore", "ig[U+200B]nore"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("bell\x07 esc\x1b[31m", "bell[U+0007] esc[U+001B][31m"),
        ("half \ud800 pair", "half [U+D800] pair"),
        ("a\u2028b", "a[U+2028]b"),
        ("e" + "\u0301" * 40, "e" + "\u0301" * 6 + "[34 more marks]"),
        ("blank\u3164", "blank[U+3164]"),
        ("Zürich 東京 ☀️", "Zürich 東京 ☀️"),
    ],
)
def test_characters_that_cannot_be_seen_are_spelled_out(playbook, text, shown):
    assert visible(text) == shown
    html = packet_page(packet_of(playbook, everywhere(text)))
    html.encode("utf-8")
    for hidden in "\u202e\u200b\U000e0041\x07\x1b\u2028\u3164":
        assert hidden not in html


def test_other_peoples_texts_cannot_turn_the_direction_of_the_page(playbook):
    html = packet_page(packet_of(playbook, everywhere("שלום")))

    assert "<bdi>שלום</bdi>" in html


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://crm.example/opp/1?x=1&y=2", True),
        ("http://crm.example", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("https://crm.example@evil.example/", False),
        ("https://аpple.example/", False),
        ("https://crm.example/ onclick=x", False),
        ('https://crm.example/"x', False),
        ("file:///etc/passwd", False),
    ],
)
@pytest.mark.shows("I1")
def test_only_plain_web_addresses_become_links_and_they_name_themselves(playbook, url, is_link):
    html = packet_page(packet_of(playbook, conflicting(crm={"_url": url})))
    page = Page(html)

    found = [each for each in page.links if each not in ("index.html",) and not each.startswith("#")]
    assert found == ([url] * len(found) if is_link else [])
    assert bool(found) == is_link
    assert url in "".join(page.text)
    assert html.count('<a href="http') == html.count('rel="noreferrer noopener nofollow"')


@pytest.mark.shows("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12")
def test_the_page_shows_every_part_and_needs_nothing_from_outside(playbook):
    html = packet_page(packet_of(playbook))

    for number in range(1, 13):
        assert f'id="I{number}"' in html
    assert f'content="{POLICY}"' in html
    assert "default-src 'none'" in POLICY
    for outside in ("<script", "<link", "<img", "@import", "url(", "src="):
        assert outside not in html


def test_the_same_packet_gives_the_same_page(playbook):
    assert packet_page(packet_of(playbook)) == packet_page(packet_of(playbook))


def test_the_list_has_the_strictest_first_and_counts_no_tasks(playbook):
    low = packet_of(playbook)
    high = packet_of(playbook, conflicting(ai_output={"confidence": 0.1}))
    html = index_page([IndexEntry.of(low, "b.html"), IndexEntry.of(high, "a.html")])

    assert html.index('href="a.html"') < html.index('href="b.html"')
    assert "2 onboardings for a person: 2 held. First to decide: RevOps 1, CSM 1." in html
    assert "task" not in html.split("<body>")[1].split("<table")[0]


# --- the folder ---


def test_file_names_cannot_leave_the_folder_and_are_unique(playbook, tmp_path):
    folder = PacketFolder(tmp_path / "out")
    names = []
    for account in (
        "../../etc/passwd",
        "..",
        "a/b",
        "a\\b",
        "CON",
        "con",
        "x" * 500,
        "\u202e",
        "",
        "a/b",
        "A/B",
    ):
        packet = packet_of(playbook, conflicting(crm={"account_id": account}))
        names.append(folder.add(packet))
    folder.close()

    assert len({name.lower() for name in names}) == len(names)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {*names, "index.html", MARKER}
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert all(len(name) < 100 for name in names)


def test_a_folder_that_holds_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(HoldshortError, match="PACKET-001"):
        PacketFolder(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")

    with pytest.raises(HoldshortError, match="is a file"):
        PacketFolder(tmp_path / "out")


def test_packets_of_an_earlier_run_go_and_other_peoples_files_stay(playbook, tmp_path):
    first = PacketFolder(tmp_path / "out")
    old = first.add(packet_of(playbook, conflicting(crm={"account_id": "OLD"})))
    first.close()
    (tmp_path / "out" / "notes.html").write_text("mine", encoding="utf-8")

    again = PacketFolder(tmp_path / "out")
    new = again.add(packet_of(playbook))
    said = again.close()

    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert new in names
    assert old not in names
    assert "notes.html" in names
    assert "1 of an earlier run taken away" in said[0]


def test_a_link_in_the_folder_is_replaced_and_never_written_through(playbook, tmp_path):
    first = PacketFolder(tmp_path / "out")
    name = first.add(packet_of(playbook))
    first.close()
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    (tmp_path / "out" / name).unlink()
    (tmp_path / "out" / name).symlink_to(precious)

    again = PacketFolder(tmp_path / "out")
    again.add(packet_of(playbook))
    again.close()

    assert precious.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "out" / name).is_symlink()


def test_a_failed_write_leaves_no_half_file(playbook, tmp_path, monkeypatch):
    folder = PacketFolder(tmp_path / "out")
    before = {path.name for path in (tmp_path / "out").iterdir()}
    monkeypatch.setattr(
        "pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left"))
    )

    with pytest.raises(HoldshortError, match="no space left"):
        folder.add(packet_of(playbook))

    assert {path.name for path in (tmp_path / "out").iterdir()} == before


def test_a_dry_run_names_the_files_and_writes_none(playbook, tmp_path):
    folder = PacketFolder(tmp_path / "out", dry_run=True)
    name = folder.add(packet_of(playbook))

    said = folder.close()

    assert name in "\n".join(said)
    assert not (tmp_path / "out").exists()
