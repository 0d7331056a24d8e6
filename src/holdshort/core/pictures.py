"""
The two pictures of a register: a hero image with every row as a mark, and the workflow with the go-live checklist.

SVG text of our own, drawn from the register that is given; nothing in it is loaded from anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holdshort.core.charts import text
from holdshort.core.columns import TIERS
from holdshort.core.golive.items import ITEMS
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase

HERO = (1600, 900)
CHECKLIST = (1400, 1990)
_FONT = "'DejaVu Sans', Inter, 'Liberation Sans', sans-serif"
_PAPER, _CARD, _INK, _SOFT, _LINE = "#fbfaf7", "#ffffff", "#1d2126", "#5a626c", "#dfdcd4"
_NIGHT, _NIGHT_SOFT, _PAINT = "#14202e", "#9fb0c3", "#f2c14e"
_COLOURS = {"low": "#7fb894", "medium": "#e3bd5b", "high": "#f09a6c", "hold": "#f2899a"}
_DARK = {"low": "#3d6b4f", "medium": "#7a5a00", "high": "#a33d0f", "hold": "#8c1d2f"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the nine stages of the path (requirements P)."""

    code: str
    title: str
    does: str


STAGES: tuple[Stage, ...] = (
    Stage("P1", "Trigger", "a deal is won, an order form signed, an invoice paid"),
    Stage("P2", "Handoff validation", "context captured, transferred, verified"),
    Stage("P3", "Register", "every row is asked about this customer"),
    Stage("P4", "Deterministic checks", "what a rule can decide, a rule decides"),
    Stage("P5", "AI assist boundary", "AI may help with eight things and no others"),
    Stage("P6", "Review packet", "one page with the evidence, for a named person"),
    Stage("P7", "System or customer action", "released once, with the decision behind it"),
    Stage("P8", "Acceptance test", "every row proven on a real record"),
    Stage("P9", "Go-live gate", "eighteen items, before anything reaches a customer"),
)


def hero(playbook: Playbook) -> str:
    """The hero image: each row of the register waits before the line, told by tier in shape and colour."""
    width, height = HERO
    cases = playbook.register.active
    tiers = Counter(each.tier for each in cases)
    held = len({kind for each in cases for kind in each.holds})
    owners = len({each.owner for each in cases} - {"none"})
    lead = f"{len(cases)} edge cases, {owners} owners, {held} kinds of action that can be held"
    parts = [
        f'<rect width="{width}" height="{height}" fill="{_NIGHT}"/>',
        _runway(width, height),
        _said(90, 130, "Customer onboarding", 30, _NIGHT_SOFT),
        _said(88, 205, "Document the edge cases", 62, "#ffffff", bold=True),
        _said(88, 285, "before adding AI automation", 62, "#ffffff", bold=True),
        _said(90, 345, lead, 26, _NIGHT_SOFT),
        *_marks(cases),
        *_legend(tiers, 90, 800),
        _said(90, 850, playbook.settings.name, 20, _NIGHT_SOFT),
    ]
    title = "Document the edge cases before adding AI automation"
    return _picture(HERO, title, f"{lead}. By tier: {_tiers(tiers)}.", parts)


def checklist(playbook: Playbook) -> str:
    """The workflow and checklist graphic: the nine stages, then the eighteen items."""
    width, height = CHECKLIST
    figures = _figures(playbook)
    parts = [
        f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>',
        _said(70, 100, "From deal closed to go-live", 46, _INK, bold=True),
        _said(
            70,
            145,
            f"{playbook.settings.name} · lane {playbook.settings.lane or 'not chosen'} · {playbook.settings.mode} mode",
            22,
            _SOFT,
        ),
        _said(70, 215, "Nine stages", 30, _INK, bold=True),
    ]
    for at, stage in enumerate(STAGES):
        x, y = 70 + (at % 3) * 425, 240 + (at // 3) * 205
        parts += _stage(stage, figures.get(stage.code, ""), x, y)
        if at % 3 < 2:
            parts.append(_arrow(x + 393, y + 82))
    parts.append(_said(70, 905, "Eighteen items before go-live", 30, _INK, bold=True))
    half = (len(ITEMS) + 1) // 2
    for at, item in enumerate(ITEMS):
        x, y = 70 + (at // half) * 640, 935 + (at % half) * 110
        parts += _item(item.code, item.title, item.asks, x, y)
    parts.append(
        _said(
            70,
            height - 40,
            "A stage that stops pauses the same case with its state kept; the decision resumes that case.",
            20,
            _SOFT,
        )
    )
    title = "Customer onboarding: nine stages and eighteen items before go-live"
    said = "; ".join(
        [*(f"{each.code} {each.title}" for each in STAGES), *(f"{each.code} {each.title}" for each in ITEMS)]
    )
    return _picture(CHECKLIST, title, said, parts)


# --- parts of the hero ------------------------------------------------------------------------------------


def _runway(width: int, height: int) -> str:
    """Asphalt with the holding position: two solid and two broken bars."""
    x = width - 330
    solid = "".join(
        f'<rect x="{x + at * 26}" y="0" width="12" height="{height}" fill="{_PAINT}"/>' for at in (0, 1)
    )
    broken = "".join(
        f'<rect x="{x + at * 26}" y="{y}" width="12" height="44" fill="{_PAINT}"/>'
        for at in (2, 3)
        for y in range(8, height, 88)
    )
    return (
        f'<rect x="{x - 30}" y="0" width="{width - x + 30}" height="{height}" fill="#0f1822"/>{solid}{broken}'
    )


def _marks(cases: Sequence[EdgeCase]) -> Iterator[str]:
    """One mark a row, the mildest first, so that the strictest stand nearest to the line."""
    ordered = sorted(cases, key=lambda each: (TIERS.index(each.tier), each.case))
    across = 26 if len(ordered) <= 208 else 44
    step = 1120 / across
    size = min(step * 0.3, 13)
    for at, case in enumerate(ordered[: across * 8]):
        column, line = divmod(at, -(-len(ordered[: across * 8]) // across))
        yield _mark(case.tier, 100 + column * step, 440 + line * 44, size)


def _mark(tier: str, x: float, y: float, r: float) -> str:
    colour = _COLOURS[tier]
    if tier == "low":
        return (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="none" stroke="{colour}" stroke-width="3"/>'
        )
    if tier == "medium":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{colour}"/>'
    if tier == "high":
        return f'<path d="M{x:.1f} {y - r:.1f}L{x + r:.1f} {y + r:.1f}H{x - r:.1f}Z" fill="{colour}"/>'
    return f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" fill="{colour}"/>'


def _legend(tiers: Counter[str], x: float, y: float) -> Iterator[str]:
    for tier in TIERS:
        yield _mark(tier, x + 12, y - 8, 11)
        yield _said(x + 36, y, f"{tiers[tier]} {tier}", 24, "#ffffff")
        x += 225


# --- parts of the checklist -------------------------------------------------------------------------------


def _figures(playbook: Playbook) -> dict[str, str]:
    cases = playbook.register.active
    tiers = Counter(each.tier for each in cases)
    checks = sum(len(each.checks) for each in cases)
    return {
        "P1": f"{len(playbook.clean_path.triggers)} triggers",
        "P2": f"{len(playbook.clean_path.lists.get('handoff fields', ()))} handoff fields",
        "P3": f"{len(cases)} rows, {tiers['high'] + tiers['hold']} of them high or hold",
        "P4": f"{len(cases)} triggers and {checks} checks",
        "P5": f"{sum(bool(each.ai) for each in cases)} rows let AI help",
        "P6": f"{sum(each.tier != 'low' for each in cases)} rows bring a packet",
        "P7": f"{len(playbook.catalogue.kinds)} kinds of action",
        "P8": f"{sum(len(each.tests) for each in cases)} tests",
        "P9": f"{len(ITEMS)} items",
    }


def _stage(stage: Stage, figure: str, x: int, y: int) -> Iterator[str]:
    yield f'<rect x="{x}" y="{y}" width="385" height="165" rx="10" fill="{_CARD}" stroke="{_LINE}" stroke-width="2"/>'
    yield f'<rect x="{x}" y="{y + 18}" width="8" height="129" fill="{_PAINT}"/>'
    yield _said(
        x + 28, y + 44, f"{stage.code}  {stage.title}", 24 if len(stage.title) < 24 else 20, _INK, bold=True
    )
    for at, line in enumerate(wrapped(stage.does, 34)):
        yield _said(x + 28, y + 78 + at * 24, line, 18, _SOFT)
    yield _said(x + 28, y + 145, figure, 17, _DARK["high"])


def _arrow(x: int, y: int) -> str:
    return f'<path d="M{x} {y - 9}L{x + 22} {y}L{x} {y + 9}Z" fill="{_SOFT}"/>'


def _item(code: str, title: str, asks: str, x: int, y: int) -> Iterator[str]:
    yield f'<rect x="{x}" y="{y + 6}" width="30" height="30" rx="5" fill="{_CARD}" stroke="{_INK}" stroke-width="2.5"/>'
    yield _said(x + 48, y + 29, f"{code}  {title}", 22, _INK, bold=True)
    for at, line in enumerate(wrapped(asks, 58)[:2]):
        yield _said(x + 48, y + 55 + at * 22, line, 17, _SOFT)


# --- text -------------------------------------------------------------------------------------------------


def wrapped(said: str, most: int) -> list[str]:
    """Lines of at most `most` characters, broken between words."""
    lines = [""]
    for word in said.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _tiers(tiers: Counter[str]) -> str:
    return ", ".join(f"{tiers[tier]} {tier}" for tier in TIERS if tiers[tier])


def _said(
    x: float, y: float, said: str, size: int, fill: str, *, bold: bool = False, anchor: str = "start"
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}"{weight} fill="{fill}" text-anchor="{anchor}">{text(said)}</text>'


def _picture(size: tuple[int, int], title: str, description: str, parts: Sequence[str]) -> str:
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="t d" font-family="{_FONT}"><title id="t">{text(title)}</title><desc id="d">{text(description)}</desc>'
        + "".join(parts)
        + "</svg>\n"
    )
