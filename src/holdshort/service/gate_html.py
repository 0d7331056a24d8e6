"""The go-live report as one page that needs nothing else: no script, no network, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from holdshort.core.golive.report import Answered, GateReport
from holdshort.core.visible import one_line
from holdshort.service.packet_html import POLICY
from holdshort.service.packet_style import STYLE

_MARKS = {"pass": ("✓ pass", "go"), "open": ("✗ to do", "held"), "not proven": ("? not proven", "waits")}
_PARTS = {
    "map": "Map: where AI is used",
    "measure": "Measure: how it can fail",
    "govern": "Govern: who answers for it",
    "manage": "Manage: which holds are in force",
}


def gate_page(report: GateReport) -> str:
    """The whole report: verdict, the eighteen items, rows that are not covered, governance."""
    done = sum(each.state == "pass" for each in report.items)
    verdict = "May go live" if report.passed else "Not yet"
    head = (
        f'<header class="head"><div><h1>Go-live gate: {_text(report.lane or "no lane")}</h1>'
        f'<p class="soft">{_text(report.playbook)} · {_text(report.mode)} mode · register <code>{_text(report.register[:12])}</code></p></div>'
        f'<div class="end"><b>{verdict}</b><p class="soft">{done} of {len(report.items)} items pass</p></div></header>'
    )
    faults = (
        f'<section class="card"><h2>Errors in the files</h2>{_list(report.faults)}</section>'
        if report.faults
        else ""
    )
    rows = "".join(_row(each) for each in report.items)
    items = (
        '<section class="card"><table><thead><tr><th scope="col">Item</th><th scope="col">State</th><th scope="col">Evidence</th>'
        f'<th scope="col">To do</th></tr></thead><tbody>{rows}</tbody></table></section>'
    )
    uncovered = (
        f'<section class="card"><h2>Not covered: rows that no connected source lets run</h2><p>{_text(", ".join(report.not_covered))}</p></section>'
        if report.not_covered
        else ""
    )
    parts = "".join(
        f'<section class="card"><h2>{title}</h2>{_list(report.governance.get(part, ()))}</section>'
        for part, title in _PARTS.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>Go-live gate · {_text(report.playbook)}</title>'
        f'<style>{STYLE}</style></head><body>{head}<div class="one">{faults}{items}{uncovered}{parts}</div></body></html>\n'
    )


def _row(each: Answered) -> str:
    words, look = _MARKS[each.state]
    return (
        f'<tr><th scope="row">{each.item.code} {_text(each.item.title)}<small>{_text(each.item.asks)}</small></th>'
        f'<td><span class="state {look}">{words}</span></td><td>{_list(each.evidence)}</td><td>{_list(each.missing)}</td></tr>'
    )


def _list(said: Iterable[str]) -> str:
    rows = "".join(f"<li>{_text(each)}</li>" for each in said)
    return f'<ul class="plain">{rows}</ul>' if rows else ""


def _text(said: str) -> str:
    return escape(one_line(said), quote=True)
