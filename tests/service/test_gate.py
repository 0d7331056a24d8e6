"""The go-live gate: eighteen items, each computed or signed for; take one thing away and that item fails, and no other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.golive.facts import Mutated, Searched
from holdshort.core.golive.items import ITEMS, STEPS
from holdshort.service.gate_html import gate_page
from holdshort.service.golive import Provers, sign
from holdshort.service.sign_offs import read_sign_offs
from tests.service.golive_playbook import NOW, PROVEN, asked, copy_of, rows, save_rows, write_playbook


@pytest.fixture(scope="module")
def passing(tmp_path_factory):
    return write_playbook(tmp_path_factory.mktemp("golive") / "playbook")


@pytest.fixture
def playbook(passing, tmp_path):
    return copy_of(passing, tmp_path / "playbook")


def text(name, old, new):
    def change(folder):
        path = folder / name
        said = path.read_text("utf-8")
        assert old in said, old
        path.write_text(said.replace(old, new, 1), "utf-8")

    return change


def cell(case, key, new):
    def change(folder):
        cases = rows(folder)
        next(each for each in cases if each["id"] == case)[key] = new
        save_rows(folder, cases)

    return change


def nobody_expects(*names):
    def change(folder):
        path = folder / "glossary.yaml"
        lines = path.read_text("utf-8").splitlines()
        for at, line in enumerate(lines):
            for name in names:
                if line.startswith(f"  {name}: {{"):
                    lines[at] = line.rstrip().removesuffix("}") + ", expected: no}"
                elif line == f"  {name}:":
                    lines[at] = f"{line}\n    expected: no"
        path.write_text("\n".join(lines) + "\n", "utf-8")

    return change


TAKEN_AWAY = {
    "O1": text("playbook.toml", 'lane = "mid-market guided"', 'lane = ""'),
    "O2": nobody_expects("deal stage", "trigger type"),
    "O3": text("playbook.toml", '"CRM" = "Salesforce"', '"CRM" = ""'),
    "O4": nobody_expects("training needs"),
    "O5": text("clean-path.yaml", "segment from: segment", ""),
    "O6": cell("CO-EDGE-002", "sources", ""),
    "O7": cell("CO-EDGE-001", "tier", ""),
    "O8": cell("CO-EDGE-101", "checks", ""),
    "O9": cell("CO-EDGE-002", "ai", ""),
    "O10": text("playbook.toml", 'privacy = ["Petra Novak <petra@lumenboard.example>"]', "privacy = []"),
    "O11": cell("CO-EDGE-101", "evidence", ""),
    "O12": text("actions.yaml", "customer facing: yes, draft-first: person", "customer facing: yes, draft-first: released"),
    "O13": text("actions.yaml", "draft-first: person, live: person, shadow: person}", "draft-first: person, live: released, shadow: person}"),
    "O14": cell("CO-EDGE-701", "tier", "high"),
    "O15": cell("CO-EDGE-803", "test", "given dpa-open, provision access is released"),
    "O16": cell("CO-EDGE-002", "audit", "trigger; timestamp"),
    "O17": text("playbook.toml", "launch_metrics = [", "launch_metrics = [] # ["),
    "O18": text("playbook.toml", 'pause_owner = "revops"', 'pause_owner = ""'),
}  # fmt: skip


@pytest.mark.shows(*(f"O{number}" for number in range(1, 19)), "P9")
def test_the_gate_passes_for_a_playbook_that_has_everything(passing):
    report = asked(passing)
    assert [(each.item.code, each.missing) for each in report.items if each.state != "pass"] == []
    assert report.passed
    assert [each.item.code for each in report.items] == [f"O{number}" for number in range(1, 19)]
    assert all(each.evidence for each in report.items)


def step_of(code):
    return next(step.code for step in STEPS if code in step.items)


@pytest.mark.parametrize(
    "code",
    [pytest.param(each.code, marks=pytest.mark.shows(each.code, step_of(each.code))) for each in ITEMS],
)
def test_what_is_taken_away_fails_its_own_item_and_no_other_and_names_the_step(playbook, code):
    TAKEN_AWAY[code](playbook)
    report = asked(playbook)
    assert report.failing == (code,)
    assert not report.passed
    assert report.item(code).missing
    assert report.step() == step_of(code)


# --- what only a person can say ---


@pytest.mark.shows("O6", "O10")
@pytest.mark.parametrize("code", ["O6", "O10"])
def test_what_cannot_be_computed_needs_a_named_person(playbook, code):
    path = playbook / "sign-offs.yaml"
    said = path.read_text("utf-8")
    start = said.index(f'- item: "{code}"')
    end = said.find("  - item", start + 1)
    path.write_text(said[: start - 2] + (said[end:] if end > 0 else ""), "utf-8")
    report = asked(playbook)
    assert report.failing == (code,)
    assert "nobody has signed" in report.item(code).missing[0]
    sign(playbook, code.lower(), "rae", "looked through them", now=NOW)
    assert asked(playbook).item(code).signed.by == "Rae Olsen <rae@lumenboard.example>"
    assert asked(playbook).passed


@pytest.mark.shows("O10")
def test_a_sign_off_is_void_once_what_was_signed_has_changed(playbook):
    text("playbook.toml", "Anselm Roy <anselm@", "Bea Roy <bea@")(playbook)
    report = asked(playbook)
    assert report.failing == ("O10",)
    assert "has changed since" in report.item("O10").missing[0]


@pytest.mark.shows("O6")
def test_a_word_about_recent_cases_is_good_for_ninety_days(playbook):
    assert asked(
        playbook,
    ).passed
    later = Provers(PROVEN.mutate, PROVEN.search)
    from holdshort.service.golive import gate

    assert gate(playbook, now=NOW + timedelta(days=90), provers=later).passed
    late = gate(playbook, now=NOW + timedelta(days=91), provers=later)
    assert late.failing == ("O6",)
    assert "more than 90 days ago" in late.item("O6").missing[0]


def test_a_sign_off_of_somebody_who_left_does_not_count(playbook):
    # Omar signed for O10; the word of somebody without a role is nobody's, whatever else they left behind.
    text(
        "playbook.toml",
        'revops = ["Rae Olsen <rae@lumenboard.example>"]',
        'revops = ["Ada Berg <ada@lumenboard.example>"]',
    )(playbook)
    report = asked(playbook)
    assert set(report.failing) == {"O6", "O10"}
    assert "holds no role any more" in report.item("O6").missing[0]


@pytest.mark.parametrize(
    ("item", "who", "note", "code"),
    [
        ("O7", "rae", "fine", "GATE-003"),
        ("O99", "rae", "fine", "GATE-003"),
        ("O6", "mallory", "fine", "GATE-004"),
        ("O6", "", "fine", "GATE-004"),
        ("O6", "rae", "  ", "GATE-005"),
        ("O6", "rae", "x" * 2001, "GATE-005"),
    ],
)
def test_a_sign_off_takes_a_known_person_a_note_and_an_item_that_a_person_signs_for(
    playbook, item, who, note, code
):
    before = (playbook / "sign-offs.yaml").read_bytes()
    with pytest.raises(HoldshortError) as refused:
        sign(playbook, item, who, note, now=NOW)
    assert refused.value.diagnostics[0].code == code
    assert (playbook / "sign-offs.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "said",
    [
        "sign-offs: 7\n",
        "sign-offs:\n  - 3\n",
        "sign-offs:\n  - {item: O6, lane: x, by: Rae, at: never, note: n, digest: d}\n",
        "sign-offs:\n  - {item: O6, lane: x, by: [Rae], at: 2026-06-15T12:00:00Z, note: n, digest: d}\n",
        "sign-offs:\n  - {item: O6, lane: x, by: Rae, at: 2026-06-15T12:00:00Z, note: n, digest: d, more: 1}\n",
        "sign-offs: [unfinished\n",
    ],
)
def test_a_faulty_sign_off_counts_for_nothing_and_its_file_is_named(playbook, said):
    (playbook / "sign-offs.yaml").write_text(said, "utf-8")
    signed, faults = read_sign_offs(playbook)
    assert signed == ()
    assert [each.severity for each in faults] == ["error"]
    assert "sign-offs.yaml" in str(faults[0].where)


def test_a_faulty_file_of_sign_offs_keeps_the_gate_shut(playbook):
    (playbook / "sign-offs.yaml").write_text("sign-offs: 7\n", "utf-8")
    report = asked(playbook)
    assert {"O6", "O10"} <= set(report.failing)
    assert report.faults


def test_a_note_is_kept_as_it_was_written(playbook):
    note = 'went "through" it: # - {all}\u202e of it'
    sign(playbook, "O6", "rae", note, now=NOW)
    assert asked(playbook).item("O6").signed.note == note
    assert "\u202e" not in (playbook / "sign-offs.yaml").read_text("utf-8")


# --- what has to be proven ---


@pytest.mark.shows("O15")
def test_without_mutation_a_person_has_to_answer_for_the_tests(playbook):
    unproven = Provers(None, PROVEN.search)
    assert asked(playbook, provers=unproven).passed  # Hugo signed for it
    cell("CO-EDGE-101", "scenario", "said otherwise")(playbook)
    report = asked(playbook, provers=unproven)
    assert report.failing == ("O15",)
    assert report.item("O15").state == "not proven"


@pytest.mark.shows("O15")
def test_a_weaker_row_that_no_test_notices_fails_the_item_about_tests(playbook):
    survivor = Provers(
        lambda loaded, lane: Mutated(40, ("CO-EDGE-002 without `hold provision access`",)), PROVEN.search
    )
    assert asked(playbook, provers=survivor).failing == ("O15",)


@pytest.mark.shows("O13", "O14", "O12")
@pytest.mark.parametrize("code", ["O12", "O13", "O14"])
def test_an_escape_fails_the_item_that_it_belongs_to(playbook, code):
    found = Provers(PROVEN.mutate, lambda loaded, lane: Searched(((code, "it goes"),), "one found"))
    assert asked(playbook, provers=found).failing == (code,)


@pytest.mark.shows("O13")
def test_without_a_search_for_escapes_the_gate_does_not_pass(playbook):
    assert asked(playbook, provers=Provers(PROVEN.mutate, None)).item("O13").state == "not proven"


@pytest.mark.shows("O12")
def test_live_mode_needs_a_name_for_what_goes_to_the_customer_alone(playbook):
    text("playbook.toml", 'mode = "draft-first"', 'mode = "live"')(playbook)
    assert asked(playbook).failing == ("O12",)
    sign(playbook, "O12", "omar", "six weeks of drafts went out unedited", now=NOW)
    assert asked(playbook).passed
    text(
        "actions.yaml",
        "send_customer_message: {class: customer-facing, person first: customer message}",
        "send_customer_message: {class: customer-facing}",
    )(playbook)
    assert asked(playbook).failing == ("O12",)


# --- around it ---


def test_every_item_belongs_to_one_step():
    said = [code for step in STEPS for code in step.items]
    assert sorted(said) == sorted(each.code for each in ITEMS)


def test_a_lane_of_another_name_is_refused_with_a_near_one(playbook):
    with pytest.raises(HoldshortError) as refused:
        asked(playbook, lane="enterprise implementatoin")
    assert refused.value.diagnostics[0].code == "GATE-006"
    assert "enterprise implementation" in refused.value.diagnostics[0].mend


@pytest.mark.shows("O1")
def test_another_lane_needs_sign_offs_of_its_own(playbook):
    report = asked(playbook, lane="migration")
    assert report.lane == "migration"
    assert set(report.failing) == {"O6", "O10"}


@pytest.mark.shows("W1", "W2", "W3", "W4")
def test_the_report_says_where_ai_is_used_where_it_fails_who_answers_and_what_holds(passing):
    said = asked(passing).governance
    assert any("summarise" in each for each in said["map"])
    assert any("CO-EDGE-701" in each for each in said["measure"])
    assert any("Tomas Brandt" in each for each in said["govern"])
    assert any("CO-EDGE-701 (hold)" in each for each in said["manage"])


def test_rows_that_no_source_lets_run_are_counted(playbook):
    nobody_expects("DPA required", "DPA signed", "contract status")(playbook)
    assert asked(playbook).not_covered == ()
    text(
        "glossary.yaml",
        "  contract: {from: contract, title: signed contract,",
        "  contract: {from: contract, expected: no, title: signed contract,",
    )(playbook)
    assert "CO-EDGE-803" in asked(playbook).not_covered


def test_the_page_holds_no_markup_of_the_playbook(playbook):
    sign(playbook, "O6", "rae", "<script>alert(1)</script>", now=NOW)
    page = gate_page(replace(asked(playbook), playbook="<b>x</b>"))
    assert "<script" not in page
    assert "<b>x" not in page
    assert "default-src 'none'" in page
    assert page.count("pass</span>") == 18
