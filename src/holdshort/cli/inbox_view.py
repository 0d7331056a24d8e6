"""How the inbox reads: one review in two lines, and something useful where nothing waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from holdshort.cli import words
from holdshort.cli.screen import STYLES, Screen, badge
from holdshort.core.action_words import role
from holdshort.ports import OnboardingRow
from holdshort.service.inbox import Waiting, Wanted

if TYPE_CHECKING:
    from holdshort.bootstrap import House

_PACES = {"breached": "bold red", "at risk": "bold yellow", "on time": ""}


def show_inbox(house: House, found: Sequence[Waiting], wanted: Wanted, limit: int) -> None:
    screen = Screen()
    if not found:
        _show_nothing(screen, house, wanted)
        return
    for each in found:
        row = each.row
        taken = f"taken by {row.claimed_by}" if row.claimed_by else ""
        screen.head(
            (f"{row.id:<7}", "bold"),
            (f"{badge(row.tier):<8}", STYLES.get(row.tier, "")),
            (words.pace(each.pace, each.left, each.day), _PACES[each.pace]),
            (f"for {words.roles(each.turn.roles) or role(row.owner)}", ""),
            (f"step {each.turn.step + 1} of {each.steps}" if each.steps > 1 else "", "dim"),
            (taken, "dim"),
        )
        screen.line(each.onboarding.title or each.onboarding.key, indent=9)
        case = f" ({row.case})" if row.about == "finding" else ""
        screen.line(f"{_short(each.says)}{case}", "dim", indent=9)
    screen.blank()
    screen.line(_summary(house, found, wanted, limit), indent=0)


def _summary(house: House, found: Sequence[Waiting], wanted: Wanted, limit: int) -> str:
    late = sum(each.pace == "breached" for each in found)
    soon = sum(each.pace == "at risk" for each in found)
    total = int(house.store.counts().get("reviews.open", len(found)))
    text = words.plural(len(found), "review")
    text += f": {late} late, {soon} at risk" if late or soon else ""
    text += f" ({total} wait in all). " if len(found) < total else ". "
    text += f"Look at one: `holdshort show {found[0].row.id}`"
    if len(found) == limit:
        text += f". The next ones: `--after {found[-1].row.id}`"
    return text


def _show_nothing(screen: Screen, house: House, wanted: Wanted) -> None:
    counts = house.store.counts()
    waiting = int(counts.get("reviews.open", 0))
    whom = wanted.user or (role(wanted.role) if wanted.role else "")
    if waiting and whom and wanted in (Wanted(user=wanted.user), Wanted(role=wanted.role)):
        text = f"Nothing waits for {whom}. {words.plural(waiting, 'review waits', 'reviews wait')} for others: `holdshort inbox`"
    elif waiting:
        text = f"No review fits. Without these limits {words.plural(waiting, 'review waits', 'reviews wait')}: `holdshort inbox`"
    elif house.store.latest_register() is None:
        text = "No register has been published, so nothing runs yet: `holdshort publish PLAYBOOK --as USER`"
    elif not _on_record(counts):
        text = (
            "Nothing waits: no onboarding has come in yet. `holdshort intake --records FILE` takes records in"
        )
    else:
        text = f"Nobody has to decide anything. {words.plural(_on_record(counts), 'onboarding')} on record: `holdshort inbox --all`"
    screen.line(text, indent=0)


def _on_record(counts: Mapping[str, int]) -> int:
    """How many onboardings there are; the log of the house has no state and is none."""
    return sum(
        int(count)
        for name, count in counts.items()
        if name.startswith("onboardings.") and name != "onboardings."
    )


def show_onboardings(house: House, rows: Sequence[OnboardingRow], limit: int, narrowed: bool) -> None:
    screen = Screen()
    if not rows:
        said = (
            "No onboarding fits."
            if narrowed
            else "No onboarding has come in yet: `holdshort intake --records FILE`"
        )
        screen.line(said, indent=0)
        return
    for row in rows:
        screen.head(
            (f"{row.number:<5}", "bold"),
            (f"{badge(row.tier):<8}", STYLES.get(row.tier, "")),
            (f"{row.state:<20}", ""),
            (row.title or "(no title)", ""),
            ("kept by a legal hold" if row.legal_hold else "", "dim"),
        )
        screen.line(
            f"{row.key} · {row.stage} · lane {row.lane or 'not known'} · register {row.register}", "dim", 7
        )
    screen.blank()
    text = f"{words.plural(len(rows), 'onboarding')}. Look at one: `holdshort show {rows[0].number}`"
    if len(rows) == limit:
        text += f". The next ones: `--after {rows[-1].number}`"
    screen.line(text, indent=0)


def onboarding_json(row: OnboardingRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "onboarding": row.key,
        "title": row.title,
        "lane": row.lane,
        "segment": row.segment,
        "stage": row.stage,
        "state": row.state,
        "verdict": row.verdict,
        "tier": row.tier,
        "register": row.register,
        "opened_at": row.opened_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "legal_hold": row.legal_hold,
    }


def _short(text: str, most: int = 150) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
