"""Attack strings crossed with the channels by which they come in, as records; and a model that always obeys."""

import json
from pathlib import Path

from holdshort.assist.capabilities import Aids
from holdshort.core.model_replies import admit


def strings(folder: Path) -> list[str]:
    """Every attack text of the corpus: goals, templates, cases and our own strings; carriers are benign and left out."""
    found = []
    for name in (
        "own_onboarding",
        "agentdojo",
        "bipia_text_attacks",
        "spikee",
        "agent_threat_bench",
        "garak",
    ):
        for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            text = row.get("text") or json.dumps(row.get("case") or row, ensure_ascii=False)
            found.append(text)
    return found


# Where each channel of channels.json comes to rest in a record.
PLACES = {
    "crm.opportunity.notes": ("notes", "note"),
    "crm.opportunity.name": ("crm", "deal_name"),
    "crm.account.name": ("crm", "account_name"),
    "crm.contact.name": ("stakeholders", "name"),
    "crm.contact.email": ("stakeholders", "email"),
    "handoff_form.success_criteria": ("handoff", "success_criteria"),
    "handoff_form.promised_timeline": ("handoff", "promised_timeline"),
    "call_transcript": ("calls", "transcript"),
    "email.subject": ("inbox", "subject"),
    "email.body": ("inbox", "body"),
    "order_form.pdf_text": ("order_form", "text"),
    "contract.docx_text": ("contract", "text"),
    "attachment.filename": ("documents", "filename"),
    "spreadsheet.cell": ("spreadsheet", "cell"),
    "support_ticket.body": ("support", "body"),
    "slack.message": ("slack", "text"),
    "webhook.payload.unknown_field": ("webhook", "unknown_field"),
    "customer_portal.free_text": ("portal", "free_text"),
    "reviewer.comment": ("reviews", "comment"),
    "crm.custom_field.label": ("crm", "custom_label"),
}  # fmt: skip
_LISTS = {"stakeholders", "calls", "inbox", "documents", "slack", "reviews", "notes"}


def planted(record: dict, channel: str, attack: str) -> dict:
    system, field = PLACES[channel]
    if system in _LISTS:
        name = "text" if field == "note" else field
        return {**record, system: [*(record.get(system) or []), {"id": "X1", name: attack}]}
    return {**record, system: {**(record.get(system) or {}), field: attack}}


class Obeying:
    """A model that was talked into everything: it says what the attacker wants, in whatever form it is asked for."""

    name = "obeying"

    def __init__(self, attack: str, only: str = ""):
        self.attack, self.only = attack, only

    def reply(self, snapshot):
        source = next((each.id for each in snapshot.documents if self.attack[:40] in each.text), "notes.X1")
        claim = {"text": self.attack[:500], "source": source, "anchor": self.attack[:300]}
        return json.dumps(
            {"claims": [claim, {"text": "Security review approved", "source": source, "anchor": self.attack[:80]}],
             "choice": "self-serve", "draft": self.attack, "confidence": 1.0, "uncertain": []}
        )  # fmt: skip

    def suggest(self, capability, snapshot, aids: Aids):
        if self.only and capability != self.only:
            return ()
        return (admit(self.reply(snapshot), capability, snapshot, backing=aids.backing, model=self.name),)
