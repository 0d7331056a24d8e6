"""What a replay found, on a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from holdshort.cli.answer_view import new_console
from holdshort.core.shadow_statistics import METHOD, Share
from holdshort.core.visible import one_line

if TYPE_CHECKING:
    from holdshort.service.shadowing import ShadowReport, Side

Say = Callable[[str], None]


def show(report: ShadowReport, most_rows: int) -> None:
    """Print the report: first all rows together, then each, then what the data cannot tell."""
    console = new_console()

    def say(text: str = "") -> None:
        console.print(Text(text))

    for line in report.said:
        say(one_line(line))
    span = (
        f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}" if report.since and report.until else "no days"
    )
    earlier = f"; {report.outside} that began earlier are left out" if report.outside else ""
    say(f"{report.replayed} onboardings began from {span}, replayed at {report.moments} moments{earlier}.")
    say()
    for side in report.sides:
        _totals(say, side)
    if report.comparison is not None:
        _compared(say, report)
    for side in report.sides:
        if side.measures.rows:
            console.print(_rows(side, most_rows))
            say()
    say(METHOD + ".")
    minutes = report.first.measures.settings.shadow
    said = ", ".join(f"{tier} {value:g}" for tier, value in minutes.minutes.items())
    say(
        f"Reviewer minutes are an assumption ({said}), "
        + ("from" if minutes.stated else "to be set as `minutes` under `[shadow]` in")
        + " playbook.toml. Hours are business hours until the facts cleared the hold, at most the review limit."
    )
    say()
    say("What this history cannot tell:")
    for each in report.all_limits():
        say(f"  - {one_line(each)}")


def _totals(tell: Say, side: Side) -> None:
    measures = side.measures
    total = measures.total
    tell(f"{side.name}: {len(side.cases)} rows run, {len(measures.rows)} of them found something.")
    tell(
        f"  catch  {share(measures.catch(total))} onboardings that went wrong would have been stopped before"
    )
    tell(f"  drag   {share(measures.drag(total))} onboardings that went well would have been held")
    if measures.open:
        tell(
            f"  open   {total.held_open} of {measures.open} onboardings of which nobody says how they ended would have been held"
        )
    hours = total.hours
    if hours.value is not None:
        low, high = hours.interval or (hours.value, hours.value)
        tell(
            f"         {hours.value:.1f} business hours each ({low:.1f} to {high:.1f}), "
            f"{total.minutes_on_clean:,.0f} reviewer minutes on clean ones, {total.minutes:,.0f} in all"
        )
    for word, count in sorted(measures.outcomes.items()):
        tell(f"         {word}: {measures.caught_outcomes[word]} of {count} stopped before")
    tell("")


def _compared(say: Say, report: ShadowReport) -> None:
    first, second = (one_line(side.name) for side in report.sides)
    found = report.comparison
    assert found is not None
    say("Side by side, over the same onboardings:")
    say(
        f"  caught: both {found.caught_by_both}, only {first} {found.caught_by_first}, only {second} {found.caught_by_second}"
    )
    say(
        f"  held though clean: both {found.held_by_both}, only {first} {found.held_by_first}, "
        f"only {second} {found.held_by_second}"
    )
    say("")


def _rows(side: Side, most: int) -> Table:
    measures = side.measures
    table = Table(
        title=side.name, title_justify="left", box=None, pad_edge=False, header_style="bold", expand=True
    )
    table.add_column("row", no_wrap=True)
    table.add_column("tier")
    for title in ("catch", "only it", "drag", "open", "hours", "minutes"):
        table.add_column(title, justify="right")
    table.add_column("tier by this history", ratio=1)
    rows = sorted(
        measures.rows.values(), key=lambda row: (-row.caught, -row.held_clean, -row.held_open, row.case)
    )
    shown = [
        row for row in rows if row.caught or row.held_clean or row.held_bad or row.held_open or row.undated
    ]
    for row in shown[: most or None]:
        tier, why = measures.suggested_tier(row)
        table.add_row(
            row.case,
            row.tier,
            _short(measures.catch(row)),
            str(row.only_caught),
            _short(measures.drag(row)),
            str(row.held_open or ""),
            f"{row.hours.value:.1f}" if row.hours.value is not None else "",
            f"{row.minutes:,.0f}",
            Text(f"{tier if tier != row.tier else 'as it is'}: {why}"),
        )
    notes = [f"{len(shown) - most} more rows: `--rows 0` shows all"] if most and len(shown) > most else []
    if len(rows) > len(shown):
        notes.append(f"{len(rows) - len(shown)} rows found something and stopped nothing that ran")
    table.caption = "; ".join(notes) or None
    return table


def share(each: Share) -> str:
    if not each.of:
        return "no"
    return f"{each.count} of {each.of} ({each.count / each.of:.0%}; {each.low:.0%} to {each.high:.0%})"


def _short(each: Share) -> str:
    return f"{each.count}/{each.of}" if each.of else ""
