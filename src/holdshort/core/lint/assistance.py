"""What AI is asked for: no more than the tier permits, and nothing that a rule decides."""

from __future__ import annotations

from collections.abc import Sequence

from holdshort.core.actions import Catalogue
from holdshort.core.clauses import AiUse, Capability
from holdshort.core.lint.rows import LintRow, Report
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.tokens import tokenise
from holdshort.core.rules.vocabulary import Vocabulary

# Requirements F and H; docs/reference/lint.md shows the same table.
PERMITTED: dict[str, frozenset[Capability]] = {
    "low": frozenset({"H1", "H2", "H3", "H4", "H5", "H8"}),
    "medium": frozenset({"H1", "H2", "H3", "H4", "H5", "H7", "H8"}),
    "high": frozenset({"H2", "H3", "H4", "H5", "H7", "H8"}),
    "hold": frozenset({"H3", "H7"}),
}
_WORDS: dict[Capability, str] = {
    "H1": "classify …",
    "H2": "extract …",
    "H3": "summarise …",
    "H4": "suggest reviewer",
    "H5": "draft internal questions …",
    "H6": "draft customer message …",
    "H7": "prepare packet",
    "H8": "cluster decided cases",
}
# Words after which a yes or no is asked for.
_ASKING = ("whether", "if", "check", "verify", "decide", "determine")


def check_assistance(
    rows: Sequence[LintRow], playbook: Playbook, vocabulary: Vocabulary, report: Report
) -> None:
    for row in rows:
        case = row.case
        if case is None:
            continue
        # Each part of the cell is judged by itself; a part that cannot be read does not hide the others.
        for use in case.ai:
            if not row.broken.intersection(("tier", "action", "review")):
                _permitted(row, case, use, playbook.catalogue, report)
            _a_rule_decides(row, use, vocabulary, report)


def _permitted(row: LintRow, case: EdgeCase, use: AiUse, catalogue: Catalogue, report: Report) -> None:
    permitted = PERMITTED[case.tier]
    if use.capability in permitted:
        return
    if use.capability == "H6" and case.tier != "hold":
        kinds = (catalogue.find(kind) for kind in case.holds)
        if any(kind is not None and kind.action_class.customer_facing for kind in kinds):
            return
        report.cell(
            row,
            "ai",
            "LINT-060",
            "AI may draft a customer message only where the row keeps one waiting for a person",
            "hold or review a customer-facing action in this row, or take the draft out",
            "error",
            words=use.said,
        )
        return
    choices = ", ".join(f"`{_WORDS[each]}`" for each in sorted(permitted))
    report.cell(
        row,
        "ai",
        "LINT-060",
        f"on a {case.tier} row AI may not {_WORDS[use.capability].removesuffix(' …')}",
        f"choose from {choices}; or `none`",
        "error",
        words=use.said,
    )


def _a_rule_decides(row: LintRow, use: AiUse, vocabulary: Vocabulary, report: Report) -> None:
    """`extract whether the contract is attached`: a question about a value of the glossary."""
    if not any(word in use.said.casefold() for word in _ASKING):
        return
    try:
        tokens = tokenise(use.said)
    except RuleFault:
        return
    asked = next((at for at, token in enumerate(tokens) if token.word in _ASKING), None)
    if asked is None:
        return
    for at in range(asked + 1, len(tokens) - 1):
        for found in vocabulary.record.all_at(tokens, at):
            if found.entry.kind in ("name", "list", "system", "definition"):
                span = (tokens[asked].start, tokens[found.end - 1].end)
                report.cell(
                    row,
                    "ai",
                    "LINT-061",
                    f"AI is asked about `{found.entry.name}`, which a rule decides",
                    "make it a deterministic check, and let AI only say where it was found",
                    "warning",
                    words=use.said[span[0] : span[1]],
                )
                return
