"""
The attack strings of ../shared/data/adversarial, and records, people, comments and holds that carry them in every field.

Many strings go into one onboarding, so that a few pages show them all.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta

import yaml

from holdshort.core.onboarding import commands as c

_CARRIERS = "bipia_email_carriers"
"""Harmless mails meant to have an attack put into them: no attack themselves."""
PART = 41
ROWS = ("CO-EDGE-001", "CO-EDGE-002", "CO-EDGE-003", "CO-EDGE-005", "CO-EDGE-006", "CO-EDGE-134")
"""Strings in one onboarding."""
LONGEST_REMARK = 9_000
NAMES = 6
"""Strings in one name: of an account, a deal, a value."""


def attack_strings(shared_data):
    """Every string of the corpus, 483 in all; a whole case counts as the text that carries its attack."""
    found = []
    for path in sorted((shared_data / "adversarial").glob("*.jsonl")):
        if path.stem != _CARRIERS:
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                found.append(
                    entry["text"] if "text" in entry else json.dumps(entry["case"], ensure_ascii=False)
                )
    return found


def in_parts(strings, size):
    return [strings[at : at + size] for at in range(0, len(strings), size)]


@dataclass
class Sown:
    """An onboarding that carries `strings`: in its lists each on its own, in single values a few in each."""

    number: int
    strings: list


def hostile_record(clean, no, strings):
    """The clean record with `strings` wherever a text may stand. What places it (ids, stage, lane) stays, so that it comes in."""
    record = json.loads(json.dumps(clean))
    packs = [" ".join(each) for each in in_parts(strings, max(1, len(strings) // NAMES))]

    def pack(at):
        return packs[at % len(packs)]

    record["record_id"] = f"hostile-{no}"
    record["trigger"]["event_id"] = f"ev-hostile-{no}"
    record["crm"] |= {
        "opportunity_id": f"H-{no}", "account_id": f"HA-{no}", "account_name": pack(0), "deal_name": pack(1),
        "plan": pack(2), "region": pack(3), "industry": pack(4), pack(5)[:200]: pack(5), "_url": strings[0],
        "owner": {"email": pack(1), "name": pack(2), "active": True},
    }  # fmt: skip
    record["contract"] |= {
        "plan": pack(5),
        "legal_entity": pack(0),
        "payment_terms": pack(1),
        "_url": strings[-1],
    }
    record["order_form"] |= {"scope": list(strings), "integrations": list(strings), "data_migration": pack(4)}
    record["billing"] |= {"billing_contact": pack(3), "legal_entity": pack(2), "status": pack(1)}
    record["provisioning"] |= {"verified_domains": list(strings), "region": pack(0)}
    record["handoff"] |= {
        "business_outcome": pack(0), "success_criteria": pack(1), "promised_timeline": pack(2), "risks": pack(3),
        "integrations": pack(4), "training_needs": pack(5), "next_steps": pack(0),
    }  # fmt: skip
    each = list(enumerate(strings))
    record["stakeholders"] += [{"role": s, "name": s, "email": s, "title": s} for s in strings]
    record["projects"] = [{"project_id": s, "name": s, "url": s, "opportunity_id": s} for s in strings]
    record["tasks"] = [{"id": s, "title": s, "owner": s, "status": s, "_url": s} for s in strings]
    record["notes"] = [{"id": f"N{i}", "source": s, "author": s, "text": s} for i, s in each]
    record["documents"] = [
        {"id": f"F{i}", "name": s, "file_name": s, "url": s, "type": s, "text": s} for i, s in each
    ]
    record["messages"] = [
        {"id": f"M{i}", "status": "draft", "subject": s, "body": s, "to": [s], "file": s} for i, s in each
    ]
    record["support"] = {"tickets": [{"id": s, "subject": s, "body": s, "_url": s} for s in strings]}
    record["approvals"] = [{"by": s, "what": s, "text": s} for s in strings]
    record["ai_output"] = {
        "type": pack(0), "confidence": 0.4, "model": pack(1), "uncertainty": list(strings),
        "claims": [{"text": s, "citations": [f"note:N{i}", s]} for i, s in each],
        "fields": {f"field {i} {s[:80]}": s for i, s in each}, "actions": list(strings),
    }  # fmt: skip
    record["proposed_actions"] = [
        "create_kickoff_tasks", "provision_access",
        *(
            {"kind": "send_customer_message", "payload": {"to": pack(at), "subject": pack(at), "body": " ".join(strings[at::2]), "link": pack(at)}}
            for at in range(2)
        ),
        *({"kind": s, "payload": {}} for s in strings[:4]),
    ]  # fmt: skip
    return record


def remarks(strings):
    """The strings in as few texts as a comment's longest allows; one that is too long for any is left to the records."""
    text = ""
    for each in strings:
        if len(text) + len(each) > LONGEST_REMARK and text:
            yield text
            text = ""
        if len(each) <= LONGEST_REMARK:
            text = f"{text}\n\n{each}" if text else each
    if text:
        yield text


def sow(house, clean, strings):
    """Onboardings whose records carry all of the strings, and a last one on which people have said them."""
    sown = []
    for no, part in enumerate(in_parts(strings, PART)):
        sown.append(Sown(house.flow.intake(hostile_record(clean, no, part), "API").number, part))
    said = {
        **clean,
        "record_id": "said",
        "crm": {**clean["crm"], "opportunity_id": "H-said", "success_criteria": ""},
    }
    said["handoff"] = {**clean["handoff"], "success_criteria": "n/a"}
    number = house.flow.intake(said, "API").number
    review = next(iter(house.flow.state(number).open_reviews()))
    for words in remarks(strings):
        house.flow.act(number, c.Comment("rae", words), "rae")
        house.flow.act(number, c.ReportGap(review.no, "rae", words), "rae")
        house.flow.act(number, c.RaiseHold("tomas", words, owner="revops"), "tomas")
        house.flow.act(
            number, c.Decide(review.no, "J3", "rae", True, reason=words, to="customer", question=words), "rae"
        )
    sown.append(Sown(number, [each for each in strings if len(each) <= LONGEST_REMARK]))
    return sown


def small_playbook(starter, folder):
    """The starter with a few of its rows: a record full of strange texts is screened soon."""
    shutil.copytree(starter, folder)
    register = folder / "register.yaml"
    whole = yaml.safe_load(register.read_text(encoding="utf-8"))
    key = next(each for each, value in whole.items() if isinstance(value, list))
    whole[key] = [row for row in whole[key] if row["id"] in ROWS]
    register.write_text(
        yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=10_000), encoding="utf-8"
    )


def sow_people(house, strings):
    """Names, pauses, saved views and stand-ins that carry what fits into them."""
    from holdshort.ports import User

    with house.store.transaction() as tx:
        for no, each in enumerate(strings):
            tx.put_user(User(f"guest{no}", each[:150], each[:250], frozenset({"support"})))
    return date.today() + timedelta(days=1)
