"""A review packet as text: twelve parts under their titles."""

from __future__ import annotations

from holdshort.cli.screen import STYLES, Screen, badge
from holdshort.core.packet import Packet
from holdshort.core.packet_rows import Row
from holdshort.core.packet_values import Shown

_UNKNOWN = {"missing": "blank", "not_provided": "not provided", "ai_only": "only AI says so"}


def show_packet(packet: Packet) -> None:
    screen = Screen()
    screen.head(
        (packet.account or "No account name on record", "bold"),
        (packet.title if packet.title != packet.account else "", ""),
        (badge(packet.tier), STYLES.get(packet.tier, "")),
        (packet.verdict, "bold"),
    )
    screen.line(f"{packet.onboarding} · as of {packet.as_of} · {packet.playbook}, {packet.mode}", "dim")
    for part in packet.parts:
        screen.section(f"{part.code}  {part.title}")
        if part.gap:
            screen.line(part.gap, "dim")
            continue
        for row in part.rows:
            _show_row(screen, row)


def _show_row(screen: Screen, row: Row) -> None:
    values = "; ".join(_value(each, len(row.values) > 1) for each in row.values)
    said = [values or ("" if row.quote or row.lines or row.note else "not on record"), row.note]
    state = (
        f"[{row.state.replace('_', ' ')}]" if row.state and row.kind in ("action", "decision", "case") else ""
    )
    mark = "differs: " if row.differs else ""
    screen.rows(
        [
            (
                row.label,
                " · ".join(each for each in (state, mark + values if values else "", *said[1:]) if each)
                or said[0],
            )
        ]
    )
    if row.quote:
        screen.quoted(row.quote, indent=4)
    screen.lines(row.lines, indent=4)


def _value(each: Shown, named: bool) -> str:
    value = each.value or "–"
    state = "" if each.state == "known" else f" [{_UNKNOWN.get(each.state, each.state.replace('_', ' '))}]"
    place = f"{each.name}: " if named and each.name else ""
    source = f" ({each.system}{', ' + each.age if each.age else ''})" if each.system else ""
    return f"{place}{value}{state}{source}"
