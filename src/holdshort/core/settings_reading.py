"""Read what playbook.toml says about a running store. Everything has a default, so that an older file still reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, TypeGuard

from holdshort.core.actions import Catalogue
from holdshort.core.columns import TIERS
from holdshort.core.diagnostics import Diagnostic, Where, did_you_mean
from holdshort.core.roles import ROLES, TITLES
from holdshort.core.settings_hooks import HookSettings, read_hooks
from holdshort.core.settings_operations import (
    OUTBOX,
    ApprovalSettings,
    LimitSettings,
    SlaSettings,
    TargetSettings,
)
from holdshort.core.settings_sign_in import SignInSettings, read_sign_in
from holdshort.core.settings_targets import Fault, read_targets

LONGEST_HOURS = 10_000
LARGEST_CAP = 1_000_000
OPERATION_KEYS = frozenset({"sla", "approvals", "limits", "targets", "route", "facts", "hooks", "sign_in"})
_CALENDAR_KEYS = ("name", "zone", "weekend", "holidays", "opens", "closes")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_SHORTEST_LIFE = timedelta(hours=1)
_CLOCK_MEND = "write it as `09:00` or `17:30`, in quotation marks"


@dataclass(frozen=True)
class Operations:
    """The settings of a running store, as they go into Settings."""

    opens: time = time(9)
    closes: time = time(17)
    sla: SlaSettings = field(default_factory=SlaSettings)
    approvals: ApprovalSettings = field(default_factory=ApprovalSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    targets: Mapping[str, TargetSettings] = field(default_factory=lambda: {OUTBOX.name: OUTBOX})
    route: Mapping[str, str] = field(default_factory=lambda: {"default": OUTBOX.name})
    facts_folder: str = ""
    hooks: Mapping[str, HookSettings] = field(default_factory=dict)
    sign_in: Mapping[str, SignInSettings] = field(default_factory=dict)


def read_operations(data: Mapping[str, Any], fault: Fault) -> Operations:
    """Return these settings of a parsed playbook.toml, and hand everything that is wrong in them to `fault`."""
    opens, closes = _read_hours(_table(data, "calendar", fault) or {}, fault)
    said = _table(data, "targets", fault)
    names = list(dict.fromkeys((OUTBOX.name, *(said or {}))))
    return Operations(
        opens,
        closes,
        _read_sla(_table(data, "sla", fault) or {}, fault),
        _read_approvals(_table(data, "approvals", fault) or {}, fault),
        _read_limits(_table(data, "limits", fault) or {}, names, fault),
        {} if said is None else read_targets(said, fault),
        _read_route(_table(data, "route", fault), names, fault),
        _read_facts(_table(data, "facts", fault) or {}, fault),
        read_hooks(_table(data, "hooks", fault) or {}, fault),
        read_sign_in(_table(data, "sign_in", fault) or {}, fault),
    )


def check_route(route: Mapping[str, str], catalogue: Catalogue, file: str) -> list[Diagnostic]:
    """Return what `[route]` names that is neither `default`, nor a class of the action catalogue, nor a kind of it."""
    faults = []
    for key in route:
        if key == "default" or key in catalogue.classes or catalogue.find(key) is not None:
            continue
        near = did_you_mean(key, [*catalogue.classes, *catalogue.kinds])
        faults.append(
            Diagnostic(
                "PLAY-031",
                f"`{key}` is neither a class nor a kind of action",
                Where(file, column=f"route > {key}"),
                f"did you mean `{near}`?" if near else "take a class or a kind that actions.yaml lists",
            )
        )
    return faults


# --- sections ---------------------------------------------------------------------------------------------


def _read_hours(table: Mapping[str, Any], fault: Fault) -> tuple[time, time]:
    """Opening and closing time; midnight at the end of the day is 00:00, as BusinessHours has it."""
    _known(table, _CALENDAR_KEYS, "calendar", fault)
    usual = Operations()
    opens, closes = _clock(table.get("opens", usual.opens)), _clock(table.get("closes", usual.closes))
    if opens is None or opens == timedelta(days=1):
        fault("PLAY-007", f"`{table['opens']}` is no time to open", "calendar > opens", _CLOCK_MEND)
    if closes is None:
        fault(
            "PLAY-007",
            f"`{table['closes']}` is no time to close",
            "calendar > closes",
            _CLOCK_MEND + "; the end of the day is `24:00`",
        )
    if opens is None or closes is None or opens == timedelta(days=1):
        return usual.opens, usual.closes
    if closes <= opens:
        mend = "let it close later on the same day; the end of the day is `24:00`"
        fault("PLAY-008", "closing time does not come after opening time", "calendar > closes", mend)
        return usual.opens, usual.closes
    return _time(opens), _time(closes)


def _read_sla(table: Mapping[str, Any], fault: Fault) -> SlaSettings:
    _known(table, (*TIERS, "at_risk", "owners"), "sla", fault)
    usual = SlaSettings()
    by_tier = {**usual.by_tier, **_by_tier(table, "sla", fault)}
    at_risk = table.get("at_risk", usual.at_risk)
    if not _is_number(at_risk) or not 0.01 <= at_risk <= 1:
        fault(
            "PLAY-022",
            f"`{at_risk}` is no share of the time",
            "sla > at_risk",
            "write a number from 0.01 to 1, such as 0.75",
        )
        at_risk = usual.at_risk
    owners: dict[str, dict[str, timedelta]] = {}
    for role, said in (_table(table, "owners", fault, "sla") or {}).items():
        place = f"sla > owners > {role}"
        if role not in ROLES:
            near = did_you_mean(role, ROLES)
            fault(
                "PLAY-006",
                f"`{role}` is no role",
                place,
                f"did you mean `{near}`?" if near else "choose one of " + ", ".join(TITLES),
            )
        elif isinstance(said, Mapping):
            _known(said, TIERS, place, fault)
            owners[role] = _by_tier(said, place, fault)
        elif (limit := _hours(said, place, fault)) is not None:
            owners[role] = dict.fromkeys(TIERS, limit)
    return SlaSettings(by_tier, float(at_risk), owners)


def _read_approvals(table: Mapping[str, Any], fault: Fault) -> ApprovalSettings:
    """A number that cannot be read counts as the shortest life, as an unknown mode counts as shadow."""
    _known(table, ("valid_hours",), "approvals", fault)
    usual = ApprovalSettings()
    place, said = "approvals > valid_hours", table.get("valid_hours")
    if said is None:
        return usual
    if not isinstance(said, Mapping):
        return ApprovalSettings(_hours(said, place, fault) or _SHORTEST_LIFE)
    _known(said, ("default", *TIERS), place, fault)
    read = {
        tier: _hours(said[tier], f"{place} > {tier}", fault) or _SHORTEST_LIFE
        for tier in ("default", *TIERS)
        if tier in said
    }
    return ApprovalSettings(read.pop("default", usual.valid), read)


def _read_limits(table: Mapping[str, Any], targets: list[str], fault: Fault) -> LimitSettings:
    _known(table, ("per_hour", "per_recipient_per_day", "connectors"), "limits", fault)
    usual = LimitSettings()
    per_minute: dict[str, int] = {}
    for name, said in (_table(table, "connectors", fault, "limits") or {}).items():
        place = f"limits > connectors > {name}"
        if name in targets:
            per_minute[name] = _cap(said, place, fault)
        else:
            fault("PLAY-030", f"there is no target `{name}`", place, _choice(name, targets))
    return LimitSettings(
        _cap(table.get("per_hour", usual.per_hour), "limits > per_hour", fault),
        _cap(
            table.get("per_recipient_per_day", usual.per_recipient_per_day),
            "limits > per_recipient_per_day",
            fault,
        ),
        per_minute,
    )


def _read_route(table: Mapping[str, Any] | None, targets: list[str], fault: Fault) -> dict[str, str]:
    """
    Return class, kind or `default` to target name.

    A route to a target that is not there stays as it is written: it leads to nothing, never to the default.
    """
    if table is None:
        return {}
    for key, name in table.items():
        if not isinstance(name, str) or name not in targets:
            fault("PLAY-030", f"there is no target `{name}`", f"route > {key}", _choice(str(name), targets))
    return {"default": OUTBOX.name, **{key: str(name) for key, name in table.items()}}


def _read_facts(table: Mapping[str, Any], fault: Fault) -> str:
    _known(table, ("folder",), "facts", fault)
    folder = table.get("folder", "")
    if isinstance(folder, str) and (not folder or folder.isprintable()):
        return folder.strip()
    fault(
        "PLAY-032",
        f"`{folder}` is no folder",
        "facts > folder",
        'write its path in quotation marks, or `""` for none',
    )
    return ""


# --- values -----------------------------------------------------------------------------------------------


def _table(data: Mapping[str, Any], name: str, fault: Fault, within: str = "") -> Mapping[str, Any] | None:
    """The table `name`, empty where the file has none; None and a fault where it is something else."""
    value = data.get(name, {})
    if isinstance(value, Mapping):
        return value
    path = [within, name] if within else [name]
    fault(
        "PLAY-020",
        f"`{name}` is a single value, not a section",
        " > ".join(path),
        f"write `[{'.'.join(path)}]` and its settings below it",
    )
    return None


def _known(table: Mapping[str, Any], names: Iterable[str], place: str, fault: Fault) -> None:
    for key in table:
        if key not in names:
            fault("PLAY-001", f"`{key}` is no setting of `{place}`", f"{place} > {key}", _choice(key, names))


def _by_tier(table: Mapping[str, Any], place: str, fault: Fault) -> dict[str, timedelta]:
    read = {tier: _hours(table[tier], f"{place} > {tier}", fault) for tier in TIERS if tier in table}
    return {tier: hours for tier, hours in read.items() if hours is not None}


def _hours(value: object, place: str, fault: Fault) -> timedelta | None:
    if _is_number(value) and 1 <= value * 60 <= LONGEST_HOURS * 60:
        return timedelta(hours=value)
    mend = f"write a number without quotes, from 0.02 (about a minute) to {LONGEST_HOURS}"
    fault("PLAY-021", f"`{value}` is no number of hours", place, mend)
    return None


def _cap(value: object, place: str, fault: Fault) -> int:
    """A cap; what cannot be read counts as the tightest one."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_CAP:
        return value
    mend = f"write a whole number from 1 to {LARGEST_CAP}; `holdshort pause` stops everything"
    fault("PLAY-033", f"`{value}` is no cap", place, mend)
    return 1


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _clock(value: object) -> timedelta | None:
    """A time of day as the time since midnight, 24:00 included; TOML's own unquoted 09:00:00 too."""
    if isinstance(value, time):
        return (
            None if value.second or value.microsecond else timedelta(hours=value.hour, minutes=value.minute)
        )
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[2]) > 59:
        return None
    read = timedelta(hours=int(found[1]), minutes=int(found[2]))
    return read if read <= timedelta(days=1) else None


def _time(since_midnight: timedelta) -> time:
    minutes = since_midnight // timedelta(minutes=1) % (24 * 60)
    return time(*divmod(minutes, 60))


def _choice(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = did_you_mean(word, known)
    return f"did you mean `{near}`?" if near else "choose one of " + ", ".join(f"`{each}`" for each in known)
