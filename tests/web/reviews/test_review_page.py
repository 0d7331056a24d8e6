"""The page of one review: twelve parts, why it came, exact effects, and nothing of a record that could act on the page."""

import json
import re
from html import unescape

import pytest

from holdshort.core.packet_layout import TITLES
from holdshort.service.demo import demo_onboardings
from tests.web.reviews.pages import address, open_page, review_of

PLANS = "CO-EDGE-002"
DRAFT = "CO-EDGE-006"
HOSTILE = (
    "<img src=x onerror=alert(1)>\u202e\u200b{{ 7|add:7 }}</textarea></script><script>alert(2)</script>'\"&"
)


@pytest.fixture
def fresh(web_house):
    """Take another onboarding in, and open its review on a row as somebody."""
    base = json.dumps(demo_onboardings()[5].record)

    def take_in(change, name="Z"):
        record = json.loads(base.replace("D-2210-06", f"D-{name}").replace("A-118-06", f"A-{name}"))
        record["trigger"]["event_id"] = f"ev-{name}"
        for key, value in change.items():
            both = isinstance(value, dict) and isinstance(record.get(key), dict)
            record[key] = {**record[key], **value} if both else value
        return web_house.house.flow.intake(record, "crm").number

    return take_in


@pytest.mark.shows("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12")
def test_all_twelve_parts_stand_on_one_page_the_rows_own_words_first(web_house, client_as):
    where = address(*review_of(web_house, PLANS))
    before = web_house.events()
    page = open_page(client_as("revops"), where)
    headings = [unescape(each) for each in re.findall(r"<h2[^>]*>([^<]*)</h2>", page.html)]
    assert headings[0] == "Why this came to a person"
    own = {"I10": "Why this came to a person", "I11": "What waits for this, and exactly what each would do"}
    assert {own.get(code, title) for code, title in TITLES.items()} <= set(headings)
    assert "contract plan is Enterprise, CRM plan is Pro" in page.text
    assert "CO-EDGE-002 The signed contract names one plan and the CRM another" in page.text
    assert "Plan: systems differ" in page.text
    levels = [int(each) for each in re.findall(r"<h([1-6])", page.html)]
    assert levels[0] == 1
    assert all(after - now <= 1 for now, after in zip(levels, levels[1:], strict=False))
    printed = open_page(page.client, f"{where}/packet")
    assert all(title in printed.text for title in TITLES.values())
    downloaded = page.client.get(f"{where}/packet.json")
    assert [each["code"] for each in json.loads(downloaded.content)["parts"]] == list(TITLES)
    assert page.client.get(f"{where}/packet.html")["Content-Disposition"].startswith("attachment")
    assert (
        page.client.get("/reviews/6.99").status_code == page.client.get("/reviews/999.1").status_code == 404
    )
    assert web_house.events() == before


@pytest.mark.keeps("S21")
def test_each_effect_is_read_from_the_stored_bytes_before_after_recipients_body_and_digest(
    web_house, client_as, fresh
):
    body = "Dear all,\n\nyou start on the Enterprise plan."
    number = fresh(
        {
            "proposed_actions": [
                {
                    "kind": "write_billing",
                    "payload": {"plan": "Enterprise", "quantity": 80, "coupon": "SPRING"},
                },
                {"kind": "send_activation_message", "payload": {"to": ["ops@fenwick.example"], "body": body}},
            ]
        }
    )
    page = open_page(client_as("revops"), address(*review_of(web_house, PLANS, number)))
    actions = web_house.house.flow.state(number).actions
    billing = next(each for each in actions.values() if each.kind == "write_billing")
    assert "coupon not on record SPRING" in page.text
    assert "plan no change: Enterprise" in page.text.replace("Enterprise no change:", "no change:", 1)
    assert (
        "{&quot;coupon&quot;:&quot;SPRING&quot;,&quot;plan&quot;:&quot;Enterprise&quot;,&quot;quantity&quot;:80}"
        in page.html
    )
    assert billing.digest in page.html
    assert "Goes to ops@fenwick.example" in page.text
    assert body in page.html


@pytest.mark.shows("F4", "L4.6")
@pytest.mark.keeps("S20", "S21")
def test_words_of_a_message_that_nothing_on_record_bears_out_are_underlined_with_the_reason(
    web_house, client_as, fresh
):
    body = "Dear all,\n\nyou are live in 14 days."
    message = {"kind": "send_activation_message", "payload": {"to": ["ops@fenwick.example"], "body": body}}
    agreed = {"plan": "Enterprise"}
    number = fresh({"proposed_actions": [message], "crm": agreed, "provisioning": agreed}, "W")
    page = open_page(client_as("csm"), address(*review_of(web_house, "CATALOGUE", number)))
    why = "no approved commitment and no system of record has this"
    assert f'<u title="{why}">14 days</u>' in page.html
    assert f"`14 days`: {why}" in page.text
    assert "Nothing on record bears this out: `14 days`" in page.text


@pytest.mark.keeps("S22")
def test_whatever_a_record_holds_is_inert_on_the_page(web_house, client_as, fresh):
    number = fresh(
        {
            "crm": {"account_name": HOSTILE, "_url": "javascript:alert(3)", "owner": {"email": HOSTILE}},
            "handoff": {"success_criteria": HOSTILE, "business_outcome": HOSTILE},
            "contract": {"_url": "https://contracts.example/CT-1?x=1", "plan": "Enterprise"},
            "notes": [{"id": "N1", "text": HOSTILE, "source": HOSTILE, "url": "data:text/html,x"}],
            "stakeholders": [{"role": HOSTILE, "email": HOSTILE, "name": HOSTILE}],
            "ai_output": {"type": HOSTILE, "confidence": 0.4, "claims": [{"text": HOSTILE, "citations": ["notes.N1", HOSTILE]}]},
            "proposed_actions": [{"kind": "send_customer_message", "payload": {"to": [HOSTILE], "subject": HOSTILE, "body": HOSTILE}},
                                 "provision_access"],
        }
    )  # fmt: skip
    flow = web_house.house.flow
    client = client_as("revops")
    for review in list(flow.state(number).reviews)[:2]:
        where = address(number, review)
        client.post(f"{where}/comments", {"text": HOSTILE})
        for path in (where, f"{where}/packet"):
            page = open_page(client, path)
            assert page.status == 200
            assert "<img" not in page.html
            assert page.html.count("<script") == page.html.count("<script src=")
            assert "\u202e" not in re.sub(
                r"<textarea.*?</textarea>|value=\"[^\"]*\"", "", page.html, flags=re.DOTALL
            )
            assert "U+202E" in page.html
            assert ">14<" not in page.html
            assert 'href="javascript' not in page.html
            assert 'href="data' not in page.html
            assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", page.html)
    assert 'href="https://contracts.example/CT-1?x=1" rel="noopener noreferrer nofollow"' in page.html
    found = open_page(client, f"/onboardings/{number}")
    assert "<img" not in found.html
    assert "&lt;img src=x" in found.html


@pytest.mark.shows("I9")
@pytest.mark.keeps("S18")
def test_what_ai_said_stands_apart_and_each_citation_opens_its_source(web_house, client_as, fresh):
    claims = [
        {"text": "Seven weeks", "citations": [{"source": "notes.N1", "quote": "plan of seven weeks"}]},
        {"text": "Enterprise", "citations": ["contract.plan", "notes.N9"]},
        {"text": "Ten weeks", "citations": [{"source": "notes.N1", "quote": "plan of ten weeks"}]},
        {"text": "Twelve", "citations": []},
    ]
    number = fresh(
        {
            "notes": [{"id": "N1", "text": "Standard plan of seven weeks, said Ann.", "source": "crm_note"}],
            "ai_output": {"type": "handoff_summary", "confidence": 0.91, "claims": claims},
        }
    )
    page = open_page(client_as("revops"), address(*review_of(web_house, PLANS, number)))
    part = page.html[page.html.index('id="I9"') :]
    part = " ".join(part[: part.index("</section>")].split())
    assert "Suggestion from AI, not evidence" in part
    assert "Standard <mark>plan of seven weeks</mark>, said Ann." in part
    assert "<bdi>Enterprise</bdi>" in part
    assert "No source of this name is in the record" in part
    assert "These words do not stand in the source" in part
    assert "It cites nothing" in part
    assert "0.91" in part


def test_comments_ask_somebody_to_look_and_a_gap_counts_against_the_row(web_house, client_as):
    from holdshort.core.onboarding.events import CommentAdded, GapReported
    from holdshort.service.story import read_story

    number, no = review_of(web_house, PLANS)
    page = open_page(client_as("support"), address(number, no))
    said = page.send(page.form_to("/comments"), text="@rae the buyer said Pro on the phone")
    assert (said.status, "for rae" in said.text) == (200, True)
    gap = said.send(said.form_to("/gaps"), text="the amendment is in the contract folder")
    assert "had to look elsewhere" in gap.text
    events = [each.event for each in read_story(web_house.house.store, number).entries]
    (comment,) = [each for each in events if isinstance(each, CommentAdded)]
    (reported,) = [each for each in events if isinstance(each, GapReported)]
    assert (comment.mentions, comment.review, reported.case, reported.by) == (("rae",), no, PLANS, "will")
    assert "mentions you" in open_page(client_as("revops"), "/").text
    assert "mentions you" not in open_page(client_as("finance_ops"), "/").text
    empty = gap.send(gap.form_to("/comments"), text="  ")
    assert (empty.status, "The comment is empty" in empty.text) == (409, True)


def test_claiming_and_handing_over(web_house, client_as):
    number, no = review_of(web_house, PLANS)
    page = open_page(client_as("revops"), address(number, no))
    assert "taken by rae" in page.send(page.form_to("/claims")).text
    theirs = open_page(client_as("finance_ops"), address(number, no))
    late = theirs.send(theirs.form_to("/claims"))
    assert (late.status, "rae has it already" in late.text.replace("Rae", "rae")) == (409, True)
    assert "taken by dora" in late.send(late.form_to("/reassignments"), to="dora").text
