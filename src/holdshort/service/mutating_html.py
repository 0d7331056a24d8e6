"""The report on mutants as a page: what no test would notice first, with the test that would."""

from __future__ import annotations

from collections import Counter

from holdshort.service.mutating import Fate, MutationReport
from holdshort.service.report_page import bullets, document, paragraph, table, text


def page(report: MutationReport, with_all: bool = False) -> str:
    """`with_all`: also every mutant that was noticed, and by which test."""
    counting = [each for each in report.survivors if each.counts]
    other = [each for each in report.survivors if not each.counts]
    parts = [
        f"<h1>What if the register were wrong: {text(report.playbook)}</h1>",
        paragraph(summary(report), "good" if report.passed else "bad"),
        paragraph(f"Register {report.digest[:12]}", "soft"),
        bullets((str(each) for each in report.diagnostics), "bad"),
    ]
    if report.failing:
        parts.append("<h2>Tests that fail on the register as it is, and prove nothing</h2>")
        parts.append(bullets(f"{case}: {said}" for case, said in report.failing))
    for title, fates in (
        ("Nobody would notice, in rows of tier high or hold", counting),
        ("Nobody would notice, and less hangs on it", other),
    ):
        if fates:
            parts += [f"<h2>{title}</h2>", *map(_survivor, fates)]
    parts += ["<h2>By family</h2>", _families(report)]
    if with_all:
        rows = [(each.what, " ".join(each.by), each.how) for each in report.fates if each.ending == "killed"]
        parts += ["<h2>Noticed</h2>", table(("If …", "this test fails", "and says"), rows)]
        same = [(each.what, each.why) for each in report.fates if each.ending == "makes no difference"]
        parts += ["<h2>Makes no difference</h2>", table(("If …", "because"), same)]
    return document(f"What if the register were wrong: {report.playbook}", parts)


def summary(report: MutationReport) -> str:
    """One line: how many there were, and how they ended."""
    counting = sum(each.counts for each in report.fates)
    said = (
        f"{len(report.fates)} mutants: {report.count('killed')} noticed, {report.count('survived')} survived, "
        f"{report.count('makes no difference')} make no difference; "
    )
    if counting:
        return said + f"{counting} {'matters' if counting == 1 else 'matter'}: safety of a high or hold row"
    return said + "no slip in the safety of a high or hold row goes unnoticed"


def _survivor(fate: Fate) -> str:
    said = paragraph(f"If {fate.what}, no test would notice.")
    if fate.proposal is not None:
        said += f"<p>This one would: <code>{text(fate.proposal.sentence)}</code></p>"
        if fate.proposal.record is not None:
            said += paragraph(
                f"It needs a record of its own, records/{fate.proposal.record[0]}.json.", "soft"
            )
    return f"<section><h3>{text(fate.case)}</h3>{said}</section>"


def _families(report: MutationReport) -> str:
    counted = Counter((each.family, each.ending) for each in report.fates)
    families = list(dict.fromkeys(each.family for each in report.fates))
    rows = [
        [family, *(str(counted[family, ending]) for ending in ("killed", "survived", "makes no difference"))]
        for family in families
    ]
    return table(("Family", "noticed", "survived", "no difference"), rows)
