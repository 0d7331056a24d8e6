"""
What must never happen, said without looking at any row: the safety statements as data.

A row says what the business does about an edge case; a statement says what must not be possible whatever the rows say.
The search looks for a record on which the two part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from holdshort.core.actions import Catalogue
from holdshort.core.clause_parser import ClauseParser
from holdshort.core.glossary import Glossary
from holdshort.core.playbook import Playbook
from holdshort.core.rules import ast
from holdshort.core.rules.faults import RuleFault
from holdshort.core.text import fold

_PAPER = ("CRM", "contract repository", "billing and subscription")
"""Systems of record that have to agree before money or access moves (requirements G4)."""
UNKNOWN_KIND = "wire_money_somewhere"


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One thing that must not happen.

    Args:
        hazards: Sentences of the rule language, each a danger of its own; one that the glossary cannot say is not covered.
        differ: A kind of glossary name: any two known values of it in contract, order form, CRM or billing differ.
        gone: Handoff fields, any of which is missing.
        always: It holds on every record, so that there is no danger to make first.
        needs_a_row: A row has to hold it: that the catalogue asks for a person, who then sees no finding, is not enough.
    """

    code: str
    says: str
    item: str
    classes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    differ: str = ""
    gone: tuple[str, ...] = ()
    always: bool = False
    needs_a_row: bool = True


_KICKOFF = ("create_kickoff_tasks", "schedule_kickoff", "send_kickoff_invite")
_REVIEWED = "not (security review is present and security review is approved)"

STATEMENTS: tuple[Statement, ...] = (
    Statement("SAFE-01", "no billing or access while two records name different plans", "O13", ("billing", "provisioning"), differ="plan"),
    Statement("SAFE-02", "no billing while two records name different legal entities", "O13", ("billing",), differ="legal entity"),
    Statement("SAFE-03", "no billing while two records name different payment terms", "O13", ("billing",), differ="payment terms"),
    Statement("SAFE-04", "no billing while two records name different start dates", "O13", ("billing",), differ="start"),
    Statement("SAFE-05", "no billing or access while two records name different numbers of seats", "O13", ("billing", "provisioning"), differ="seats"),
    Statement("SAFE-06", "no kickoff while a required handoff field is missing", "O4", kinds=_KICKOFF,
              gone=("business outcome", "success criteria", "promised timeline")),
    Statement("SAFE-07", "no access while security has something to review and has not approved it", "O13", ("provisioning",),
              hazards=(f"order form SSO is yes and {_REVIEWED}", f"regulated data is yes and {_REVIEWED}", f"order form migration is yes and {_REVIEWED}")),
    Statement("SAFE-08", "no billing, access or message under a contract that is not signed", "O13", ("billing", "provisioning", "customer-facing"),
              hazards=("contract is attached and contract status is present and contract status is not signed",)),
    Statement("SAFE-09", "no access while a data processing agreement or a BAA is required and not signed", "O13", ("provisioning",),
              hazards=("DPA required is yes and DPA signed is no", "BAA required is yes and BAA signed is no")),
    Statement("SAFE-10", "a message of the person-first list never goes alone", "O12", always=True, needs_a_row=False,
              kinds=("send_customer_message", "send_timeline", "change_timeline", "send_activation_message", "confirm_deprovision_to_customer")),
    Statement("SAFE-11", "nothing reaches the customer while AI output is unsure", "O14", ("customer-facing",),
              hazards=("AI output type is customer message and AI confidence is less than the AI confidence threshold",
                       "any AI claim whose citations are empty", "AI sources conflict is yes")),
    Statement("SAFE-12", "a kind of action that nobody listed is held", "O13", kinds=(UNKNOWN_KIND,), always=True),
    Statement("SAFE-13", "no billing or access write runs without a person", "O13", ("billing", "provisioning"), always=True, needs_a_row=False),
    Statement("SAFE-14", "nothing reaches a customer who speaks of leaving", "O12", ("customer-facing",),
              hazards=("any inbox message whose text mentions churn words",)),
)  # fmt: skip
"""In order; the item of the go-live checklist that each belongs to is named with it."""


def kinds_of(statement: Statement, catalogue: Catalogue) -> tuple[str, ...]:
    """The kinds of action that a statement is about, in catalogue order."""
    listed = [
        each.kind
        for each in catalogue.kinds.values()
        if each.action_class.name in statement.classes or each.kind in statement.kinds
    ]
    return tuple(dict.fromkeys([*listed, *(each for each in statement.kinds if each == UNKNOWN_KIND)]))


def dangers(
    statement: Statement, playbook: Playbook, clauses: ClauseParser
) -> tuple[list[tuple[str, ast.Condition]], list[str]]:
    """The dangers of a statement as conditions with their sentences, and the sentences that this glossary cannot say."""
    found: list[tuple[str, ast.Condition]] = []
    unsaid: list[str] = []
    for sentence in _sentences(statement, playbook.glossary):
        try:
            found.append((sentence, clauses.condition(sentence)))
        except RuleFault:
            unsaid.append(sentence)
    return found, unsaid


def _sentences(statement: Statement, glossary: Glossary) -> Iterator[str]:
    yield from statement.hazards
    if statement.differ:
        codes = {each.key: each.code for each in glossary.systems.values()}
        names = [
            each.name
            for each in glossary.names.values()
            if each.kind == statement.differ and codes.get(each.system) in _PAPER and not each.is_list
        ]
        for left, right in combinations(names, 2):
            yield f"{left} is present and {right} is present and {left} differs from {right}"
    known = {
        fold(word): each.name for each in glossary.names.values() for word in (each.name, *each.synonyms)
    }
    for each in statement.gone:
        yield f"{known.get(fold(each), each)} is missing"
