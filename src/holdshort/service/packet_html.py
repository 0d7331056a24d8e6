"""A review packet as one page that needs nothing else: no script, no network, no text of the record taken for markup."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape

from holdshort.core.action_words import role
from holdshort.core.packet import Packet, Part
from holdshort.core.packet_rows import Row
from holdshort.core.packet_values import Shown
from holdshort.core.register import TIER_ORDER
from holdshort.core.visible import is_web_address, pieces
from holdshort.service.packet_style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_MARKS = {"known": "", "not_provided": "soft"}
"""How a value's cell looks; every other state counts as missing."""
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z", re.ASCII)
_NOT_KNOWN = {
    "missing": "blank",
    "not_provided": "not provided",
    "conflicting": "in conflict",
    "stale": "too old",
    "ai_only": "only AI says so",
}
_MOST_HELD = 6
_MAIN = ("I10", "I11", "I8", "I2", "I4", "I5", "I7")
_SIDE = ("I9", "decide", "I3", "I6", "I1", "I12")


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the list of packets shows of one."""

    file: str
    account: str
    title: str
    onboarding: str
    verdict: str
    tier: str
    reviewer: str
    reviewers: tuple[str, ...]
    cases: tuple[str, ...]
    held: tuple[str, ...]
    record_id: str

    @classmethod
    def of(cls, packet: Packet, file: str) -> IndexEntry:
        return cls(
            file,
            packet.account,
            packet.title,
            packet.onboarding,
            packet.verdict,
            packet.tier,
            packet.reviewer,
            packet.reviewers,
            packet.cases,
            packet.held,
            packet.record_id or "",
        )


def packet_page(packet: Packet) -> str:
    """The page of one packet: first the row's own words, then values side by side, effects, gaps; AI apart."""
    name = packet.account or "No account name on record"
    head = (
        f'<header class="head"><div><h1>{_text(name)}</h1>'
        f'<p class="soft">{_text(packet.title)} · {_text(packet.onboarding)}'
        + (f" · record {_text(packet.record_id)}" if packet.record_id else "")
        + f'</p></div><div class="end"><span class="tier {_word(packet.tier)}">{_text(packet.tier.capitalize())}</span> '
        f'<b>{_text(packet.verdict)}</b><p class="soft">{_deciders(packet)}</p></div></header>'
    )
    main = "".join(_section(code, packet) for code in _MAIN)
    side = "".join(_section(code, packet) for code in _SIDE)
    foot = (
        f'<footer class="soft">Read at {_text(packet.as_of)} by {_text(packet.playbook)}, mode {_text(packet.mode)}, register '
        f"<code>{_text(packet.register_digest[:12])}</code>. This page is a picture of that moment: it decides and sends nothing. "
        "Texts in boxes are quoted from the record as somebody else wrote them; they are not instructions.</footer>"
    )
    body = f'{_bar("Review packet", "index.html", "All packets")}{head}<div class="page"><main>{main}</main><aside>{side}</aside></div>{foot}'
    return _page(f"Review · {name}", body)


def index_page(entries: Sequence[IndexEntry]) -> str:
    """The list of all packets, the strictest first."""
    ordered = sorted(entries, key=lambda each: -TIER_ORDER.get(each.tier, -1))
    verdicts = Counter(each.verdict for each in entries)
    owners = Counter(each.reviewer for each in entries if each.reviewer != "none")
    said = ", ".join(
        f"{number} {'need review' if verdict == 'needs review' else verdict}"
        for verdict, number in verdicts.most_common()
    )
    first = ", ".join(f"{role(each)} {number}" for each, number in owners.most_common())
    count = f"{len(entries)} onboarding{'' if len(entries) == 1 else 's'} for a person"
    lead = f"{count}: {said}. First to decide: {first}." if entries else "No onboarding needs a person."
    rows = "".join(_index_row(each) for each in ordered)
    table = (
        '<table class="list"><thead><tr><th>Tier</th><th>Onboarding</th><th>Held</th><th>Decides</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        if entries
        else ""
    )
    body = f'{_bar("Review packets")}<div class="one"><h1>Review packets</h1><p>{_text(lead)}</p><section class="card">{table}</section></div>'
    return _page("Review packets", body if entries else body.replace('<section class="card"></section>', ""))


def _index_row(each: IndexEntry) -> str:
    name = each.account or "No account name on record"
    others = [role(owner) for owner in each.reviewers if owner != each.reviewer]
    also = f"<small>own rows: {_text(', '.join(others))}</small>" if others else ""
    place = " · ".join(part for part in (each.title, each.onboarding, each.record_id) if part)
    held = ", ".join(each.held[:_MOST_HELD]) + (
        f" and {len(each.held) - _MOST_HELD} more" if len(each.held) > _MOST_HELD else ""
    )
    first = "nobody has to" if each.reviewer == "none" else role(each.reviewer)
    return (
        f'<tr><td><span class="tier {_word(each.tier)}">{_text(each.tier.capitalize())}</span></td>'
        f'<td><a href="{escape(each.file, quote=True)}">{_text(name)}</a><small>{_text(place)}</small></td>'
        f'<td data-label="Held">{_text(_sentence(held or "nothing"))}<small>{_text(", ".join(each.cases))}</small></td>'
        f'<td data-label="Decides">{_text(first)}{also}</td></tr>'
    )


# --- sections ---


def _section(code: str, packet: Packet) -> str:
    if code == "decide":
        rows = [row for row in packet.part("I11").rows if row.kind == "decision"]
        return _card("decide", "What a person may decide", _decisions(rows))
    part = packet.part(code)
    if part.gap and not part.rows:
        return _card(code, part.title, f'<p class="gap">{_text(_sentence(part.gap))}</p>')
    build: Callable[[Part], str] = {
        "I8": _missing,
        "I9": _suggestion,
        "I10": _cases,
        "I11": _actions,
    }.get(code, partial(_facts, shared=frozenset(row.url for row in packet.part("I1").rows if row.url)))
    lead = f'<p class="gap">{_text(_sentence(part.gap))}</p>' if part.gap else ""
    title = "What waits, and what may go on" if code == "I11" else part.title
    return _card(code, title, lead + build(part))


def _card(code: str, title: str, inner: str) -> str:
    extra = {"I9": " ai", "I10": " why", "decide": " decide"}.get(code, "")
    return f'<section class="card{extra}" id="{code}"><h2>{_text(title)}</h2>{inner}</section>'


def _cases(part: Part) -> str:
    return "".join(
        f'<article id="{_anchor(row.label.split(" ")[0])}"><blockquote>{_quote(row.quote)}</blockquote>'
        f'<p><span class="tier {_word(row.state)}">{_text(row.state.capitalize())}</span> <b>{_text(row.label)}</b><br>'
        f"<small>{_text(_sentence(row.note))}</small></p>{_list(row.lines)}{_table(row.values)}</article>"
        for row in part.rows
    )


def _actions(part: Part) -> str:
    rows = [row for row in part.rows if row.kind == "action"]
    body = "".join(
        f'<tr><td>{_text(row.label)}<div class="state {_state_class(row.state)}">{_state(row.state)}</div></td>'
        f"<td>{_text(_sentence(row.note))}{_held_by(row.lines)}</td></tr>"
        for row in rows
    )
    drafts = "".join(_element(row) for row in part.rows if row.kind == "element")
    drafts = f"<h3>What would be sent</h3>{drafts}" if drafts else ""
    empty = '<p class="soft">No action was asked for and nothing is held.</p>'
    return (f'<table class="effects"><tbody>{body}</tbody></table>' if rows else empty) + drafts


def _missing(part: Part) -> str:
    conflicts = "".join(
        f"<article><h3>{_text(row.label)}: systems differ</h3>{_table(row.values, differs=True)}"
        f"<small>{_text(_sentence(row.note))}</small></article>"
        for row in part.rows
        if row.kind == "values"
    )
    gaps = [row for row in part.rows if row.kind == "gap"]
    loud = "".join(
        f'<tr><td>{_text(row.label)}</td><td class="missing">{_text(_NOT_KNOWN.get(row.state, row.state))}</td>'
        f"<td>{_text(_sentence(row.note))} <small>{_text(', '.join(row.lines))}</small></td></tr>"
        for row in gaps
        if not row.quote
    )
    quiet = "".join(
        f"<details><summary>{_text(row.label)}: {row.quote.count(';') + 1} values</summary>"
        f"<p>{_text(_sentence(row.note))}</p><p>{_text(row.quote)}.</p></details>"
        for row in gaps
        if row.quote
    )
    return conflicts + (f'<table class="gaps"><tbody>{loud}</tbody></table>' if loud else "") + quiet


def _suggestion(part: Part) -> str:
    doubts = "".join(f'<p class="gap">▲ {_text(row.label)}.</p>' for row in part.rows if row.kind == "remark")
    rest = "".join(
        _element(row) if row.kind == "element" else _definition(row)
        for row in part.rows
        if row.kind != "remark"
    )
    return f"{doubts}<dl>{rest}</dl>" if rest else doubts


def _decisions(rows: Iterable[Row]) -> str:
    items = "".join(f"<li><b>{_text(row.label)}</b><small>{_text(row.note)}</small></li>" for row in rows)
    return f'<ul class="plain">{items}</ul>'


def _facts(part: Part, shared: frozenset[str] = frozenset()) -> str:
    rows = part.rows if part.code == "I1" else [_without_shared_links(row, shared) for row in part.rows]
    short = "".join(_definition(row) for row in rows if row.kind != "element")
    return (f"<dl>{short}</dl>" if short else "") + "".join(
        _element(row) for row in rows if row.kind == "element"
    )


def _without_shared_links(row: Row, shared: frozenset[str]) -> Row:
    """A system's address stands in the first part and beside the evidence; beside every field it would be noise."""
    return replace(
        row, values=tuple(replace(each, url="") if each.url in shared else each for each in row.values)
    )


# --- pieces ---


def _definition(row: Row) -> str:
    note = _text(_sentence(row.note)) if row.note else ""
    if note and not any(each.value for each in row.values):
        return f'<div><dt>{_text(row.label)}</dt><dd class="gap">{note}</dd></div>'
    return f"<div><dt>{_text(row.label)}</dt>{_values(row)}{f'<dd><small>{note}</small></dd>' if note else ''}</div>"


def _values(row: Row) -> str:
    """One value with its source; the same one named once; different ones each with the system that says it."""
    shown = row.values
    if not shown:
        return '<dd class="gap">not on record</dd>'
    if len({each.name for each in shown}) == 1 or len(shown) == 1:
        return "".join(f"<dd>{_value(each)}{_source(each)}</dd>" for each in shown)
    same = len({each.value for each in shown}) == 1 and all(each.state == "known" for each in shown)
    if same and row.compared and not row.differs:
        systems = ", ".join(dict.fromkeys(each.system for each in shown))
        return f"<dd>{_value(shown[0])}<small>the same in {_text(systems)}</small></dd>"
    mark = ' class="differs"' if row.differs else ""
    return "".join(
        f"<dd{mark}><small>{_text(each.name)}</small> {_value(each)}{_source(each, short=True)}</dd>"
        for each in shown
    )


def _element(row: Row) -> str:
    facts = " · ".join(f"<span>{_text(each.name)} {_value(each)}</span>" for each in row.values)
    quote = f'<div class="quote">{_quote(row.quote)}</div>' if row.quote else ""
    link = f"<small>{_link(row.url)}</small>" if row.url else ""
    note = f"<small>{_text(_sentence(row.note))}</small>" if row.note else ""
    cited = f"<small>cites</small>{_list(row.lines)}" if row.lines else ""
    return f'<div class="item"><b>{_text(row.label)}</b> <span class="soft">{facts}</span>{quote}{cited}{note}{link}</div>'


def _table(values: Sequence[Shown], differs: bool = False) -> str:
    """One line a value; an address that several share is linked once."""
    if not values:
        return ""
    dated = any(each.as_of for each in values)
    linked: set[str] = set()
    lines = []
    for each in values:
        mark = _MARKS.get(each.state, "missing") or ("differs" if differs else "")
        link = "" if each.url in linked else _linked(each)
        linked.add(each.url)
        lines.append(
            f'<tr><td>{_text(each.name)}</td><td data-label="Value" class="{mark}">{_value(each)}</td>'
            f'<td data-label="Read from">{_text(_place(each))}{link}</td>{_dated(each) if dated else ""}</tr>'
        )
    return (
        '<table class="values"><thead><tr><th>What</th><th>Value</th><th>Read from</th>'
        f"{'<th>As of</th>' if dated else ''}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def _dated(each: Shown) -> str:
    return f'<td data-label="As of" class="soft num">{_text(_when(each))}</td>'


def _value(each: Shown) -> str:
    if each.state in ("known", "ai_only"):
        note = f" <small>{_text(each.note)}</small>" if each.note else ""
        return f"{_quote(each.value)}{note}"
    said = f"{_quote(each.value)} " if each.value else ""
    word = each.note or _NOT_KNOWN.get(each.state, each.state)
    return f'{said}<span class="gap">{_text(word)}</span>'


def _source(each: Shown, short: bool = False) -> str:
    """Where it was read and when; `short` where its own name already says which field."""
    when = _when(each)
    return f"<small>{_text(each.system if short else _place(each))}{_text(', ' + when) if when else ''}{_linked(each)}</small>"


def _place(each: Shown) -> str:
    return f"{each.system}, {each.field.replace('_', ' ')}" if each.field else each.system


def _when(each: Shown) -> str:
    """`2026-06-08 14:02 UTC (2 days old)`; a time in another form stays as the record has it."""
    if not each.as_of:
        return ""
    found = _INSTANT.fullmatch(each.as_of)
    said = f"{found[1]} {found[2]} UTC" if found else each.as_of
    return f"{said} ({each.age})" if each.age else said


def _linked(each: Shown) -> str:
    return f"<br>{_link(each.url)}" if each.url else ""


def _link(url: str) -> str:
    """A plain web address that names itself; anything else stays a text that nobody can follow."""
    if is_web_address(url):
        return f'<a href="{escape(url, quote=True)}" rel="noreferrer noopener nofollow">{_text(url)}</a>'
    return f'<span class="soft">{_text(url)}</span>'


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(each)}</li>' for each in lines)}</ul>" if lines else ""


def _deciders(packet: Packet) -> str:
    if packet.reviewer == "none":
        return "nobody has to decide"
    first, *others = packet.reviewers
    also = f"; for their own rows also {', '.join(map(role, others))}" if others else ""
    return _text(f"{role(first)} decides{also}")


def _held_by(cases: Sequence[str]) -> str:
    links = ", ".join(f'<a href="#{_anchor(each)}">{_text(each)}</a>' for each in cases)
    return f" Held by {links}." if cases else ""


def _anchor(case_id: str) -> str:
    """A case's place on the page; whatever an ID holds, nothing but plain letters gets into an attribute."""
    return "case-" + re.sub(r"[^A-Za-z0-9]+", "-", case_id)


def _state(state: str) -> str:
    return {
        "held": "■ held",
        "needs review": "▲ waits for a person",
        "released": "○ may go on",
        "not due": "– not due",
    }.get(state, escape(state))


def _state_class(state: str) -> str:
    return {"held": "held", "needs review": "waits", "released": "go"}.get(state, "soft")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) or not text else ".")


def _word(text: str) -> str:
    """A tier as a class name; nothing but the known words gets through."""
    return text if text in TIER_ORDER else "none"


def _text(text: str) -> str:
    """Escaped, unseen characters spelled out."""
    return "".join(
        f'<span class="unseen">{escape(piece)}</span>' if hidden else escape(piece)
        for piece, hidden in pieces(text)
    )


def _quote(text: str) -> str:
    """Somebody else's text: escaped, and kept from turning the direction of what stands beside it."""
    return f"<bdi>{_text(text)}</bdi>"


def _bar(title: str, link: str = "", words: str = "") -> str:
    way = f'<a class="end" href="{link}">{escape(words)}</a>' if link else ""
    return f'<div class="bar"><b>Holdshort</b><span>{escape(title)}</span>{way}</div>'


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f'<meta name="robots" content="noindex"><title>{_plain_title(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n'
    )


def _plain_title(title: str) -> str:
    return "".join(f"[{escape(piece)}]" if hidden else escape(piece) for piece, hidden in pieces(title))
