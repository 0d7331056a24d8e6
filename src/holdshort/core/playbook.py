"""A playbook as values: everything a business has decided about its onboarding, ready to be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from functools import cached_property
from typing import Any

from holdshort.core.actions import MODES, Catalogue, Mode
from holdshort.core.business_time import BusinessHours
from holdshort.core.dates import Calendar
from holdshort.core.diagnostics import Diagnostic, Where, did_you_mean
from holdshort.core.glossary import Glossary
from holdshort.core.register import Register
from holdshort.core.roles import ROLES, TITLES
from holdshort.core.rules.ast import Condition
from holdshort.core.settings_hooks import HookSettings
from holdshort.core.settings_models import ModelSettings, read_model
from holdshort.core.settings_operations import (
    OUTBOX,
    ApprovalSettings,
    LimitSettings,
    SlaSettings,
    TargetSettings,
)
from holdshort.core.settings_reading import OPERATION_KEYS, read_operations
from holdshort.core.settings_sign_in import SignInSettings
from holdshort.core.shadow_settings import ShadowSettings, read_shadow
from holdshort.core.templates import Template
from holdshort.core.text import fold


@dataclass(frozen=True)
class TriggerKind:
    """One of the ways in which an onboarding may begin (requirements C1)."""

    kind: str
    title: str
    when: Condition


@dataclass(frozen=True)
class CleanPath:
    """How an onboarding goes when nothing is wrong, and the names that place a record on it."""

    triggers: tuple[TriggerKind, ...] = ()
    live_onboarding: Condition | None = None
    lanes: Mapping[str, str] = field(default_factory=dict)
    """Folded spelling to lane."""
    segments: Mapping[str, str] = field(default_factory=dict)
    lane_name: str = ""
    segment_name: str = ""
    account_name: str = ""
    account_title_name: str = ""
    deal_name: str = ""
    completion: tuple[tuple[str, Condition], ...] = ()
    """Completion states that facts alone can show, in the order in which they are reached."""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Handoff fields, context, channels, completion states, systems of record: as the file lists them."""


@dataclass(frozen=True)
class Settings:
    """What playbook.toml says."""

    name: str = "Playbook"
    lane: str = ""
    mode: Mode = "draft-first"
    pause_owner: str = ""
    calendar: Calendar = field(default_factory=lambda: Calendar("every weekday"))
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owner_precedence: tuple[str, ...] = ()
    locale: str = ""
    currency: str = ""
    opens: time = time(9)
    closes: time = time(17)
    """00:00 is the end of the day."""
    sla: SlaSettings = field(default_factory=SlaSettings)
    approvals: ApprovalSettings = field(default_factory=ApprovalSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    targets: Mapping[str, TargetSettings] = field(default_factory=lambda: {OUTBOX.name: OUTBOX})
    route: Mapping[str, str] = field(default_factory=lambda: {"default": OUTBOX.name})
    """Kind of action, class of actions or `default`, to the name of the target that carries it out."""
    facts_folder: str = ""
    """Where the latest record of an onboarding is read again before an action runs; empty for nowhere."""
    shadow: ShadowSettings = field(default_factory=ShadowSettings)
    assist: ModelSettings = field(default_factory=ModelSettings)
    """Which model may be asked, if any; see decision 0017."""
    hooks: Mapping[str, HookSettings] = field(default_factory=dict)
    """Who may send webhooks to `/api/v1/hooks/NAME`, by name."""
    sign_in: Mapping[str, SignInSettings] = field(default_factory=dict)
    """Where people may sign in other than with a password of ours, by name."""
    launch_metrics: tuple[str, ...] = ()
    """What is measured from the first day, as written: codes or titles of metrics (requirements M)."""
    systems_of_record: Mapping[str, str] = field(default_factory=dict)
    """Which product each system of record is, such as `CRM` to `Salesforce`; `none` where there is none."""
    live_until: datetime | None = None
    """When a published live mode ends by itself, because a sign-off that it rests on grows too old; None: not by itself."""

    @cached_property
    def hours(self) -> BusinessHours:
        """When people are there to decide: the calendar's business days from opening to closing time."""
        return BusinessHours(self.calendar, self.opens, self.closes)

    def target_for(self, kind: str, action_class: str) -> TargetSettings | None:
        """
        Return what carries out an action: the target of its kind, else of its class, else the default.

        None means that nothing does, because the route leads to a target that is not there or has a fault.
        """
        routes = (self.route[key] for key in (kind, action_class, "default") if key in self.route)
        return self.targets.get(next(routes, ""))

    def precedence(self, role: str) -> int:
        order = self.owner_precedence
        return order.index(role) if role in order else len(order)


@dataclass(frozen=True)
class Playbook:
    settings: Settings
    glossary: Glossary
    clean_path: CleanPath
    catalogue: Catalogue
    register: Register
    templates: tuple[Template, ...] = ()
    """Approved message texts of the folder `messages`."""

    def mode_in(self, lane: str | None, now: datetime) -> Mode:
        """
        The mode for an onboarding of this lane at this moment.

        Live is the one lane that passed the gate, for as long as its sign-offs are good; everything else drafts first.
        """
        settings = self.settings
        if settings.mode != "live":
            return settings.mode
        is_over = settings.live_until is not None and now >= settings.live_until
        return "live" if lane == self._live_lane and not is_over else "draft-first"

    @cached_property
    def plan_names(self) -> tuple[str, ...]:
        """Every plan that the glossary's names of the kind `plan` can be."""
        found = (
            option for name in self.glossary.every_name() if name.kind == "plan" for option in name.options
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def _live_lane(self) -> str:
        return self.clean_path.lanes.get(fold(self.settings.lane), self.settings.lane)


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KEYS = frozenset(
    {
        "name",
        "lane",
        "mode",
        "pause_owner",
        "thresholds",
        "calendar",
        "roles",
        "owner_precedence",
        "locale",
        "launch_metrics",
        "systems_of_record",
        "shadow",
        "assist",
        *OPERATION_KEYS,
    }
)


def read_settings(data: Mapping[str, Any], file: str) -> tuple[Settings, list[Diagnostic]]:
    """Return the settings that a parsed playbook.toml holds, with everything that is wrong in it."""
    from holdshort.core.dates import is_zone

    faults: list[Diagnostic] = []

    def fault(code: str, message: str, place: str, mend: str) -> None:
        faults.append(Diagnostic(code, message, Where(file, column=place), mend))

    for key in data:
        if key not in _KEYS:
            near = did_you_mean(key, _KEYS)
            fault(
                "PLAY-001",
                f"`{key}` is no setting",
                key,
                f"did you mean `{near}`?" if near else "take it out",
            )
    mode = data.get("mode", "draft-first")
    if mode not in MODES:
        fault("PLAY-002", f"`{mode}` is no mode", "mode", "choose one of `shadow`, `draft-first`, `live`")
        mode = "shadow"
    said = _table(data.get("calendar"))
    zone = str(said.get("zone", "UTC"))
    if not is_zone(zone):
        fault("PLAY-003", f"`{zone}` is no time zone", "calendar > zone", "write one such as `Europe/Berlin`")
        zone = "UTC"
    weekend = []
    for day in said.get("weekend", ("saturday", "sunday")):
        if str(day).casefold() in _DAYS:
            weekend.append(_DAYS.index(str(day).casefold()))
        else:
            fault(
                "PLAY-004",
                f"`{day}` is no day of the week",
                "calendar > weekend",
                "write `saturday`, `sunday` …",
            )
    if len(set(weekend)) == 7:
        fault("PLAY-004", "every day is weekend", "calendar > weekend", "leave at least one business day")
        weekend = [5, 6]
    holidays = []
    for day in said.get("holidays", ()):
        if hasattr(day, "toordinal"):
            holidays.append(day)
        else:
            fault(
                "PLAY-005",
                f"`{day}` is no date",
                "calendar > holidays",
                "write dates as 2026-12-25, without quotes",
            )
    people: dict[str, tuple[str, ...]] = {}
    for role, who in _table(data.get("roles")).items():
        if role not in ROLES:
            near = did_you_mean(role, ROLES)
            fault(
                "PLAY-006",
                f"`{role}` is no role",
                f"roles > {role}",
                f"did you mean `{near}`?" if near else "choose one of " + ", ".join(TITLES),
            )
            continue
        people[role] = tuple(str(each) for each in (who if isinstance(who, list) else [who]))
    order = tuple(_table(data.get("owner_precedence")).get("order", ()))
    for role in order:
        if role not in ROLES:
            fault(
                "PLAY-006",
                f"`{role}` is no role",
                "owner_precedence > order",
                "choose one of " + ", ".join(TITLES),
            )
    if data.get("pause_owner") and data["pause_owner"] not in ROLES:
        fault(
            "PLAY-006",
            f"`{data['pause_owner']}` is no role",
            "pause_owner",
            "choose one of " + ", ".join(TITLES),
        )
    locale = _table(data.get("locale"))
    operations = read_operations(data, fault)
    settings = Settings(
        name=str(data.get("name", "Playbook")),
        lane=str(data.get("lane", "")),
        mode=mode,
        pause_owner=str(data.get("pause_owner", "")),
        calendar=Calendar(str(said.get("name", zone)), zone, frozenset(weekend), frozenset(holidays)),
        thresholds=_table(data.get("thresholds")),
        people=people,
        owner_precedence=order,
        locale=str(locale.get("default", "")),
        currency=str(locale.get("currency", "")),
        launch_metrics=_texts(data.get("launch_metrics")),
        systems_of_record={
            str(name): said.strip()
            for name, said in _table(data.get("systems_of_record")).items()
            if isinstance(said, str)
        },
        shadow=read_shadow(data, fault),
        assist=read_model(_table(data["assist"]) if "assist" in data else None, fault),
        **{each.name: getattr(operations, each.name) for each in fields(operations)},
    )
    return settings, faults


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(each.strip() for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
