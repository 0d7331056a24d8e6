"""How commands on a running store name things: the playbook, onboardings, reviews, actions, roles, kinds of action."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.core.actions import Catalogue
    from holdshort.core.onboarding.state import Action
    from holdshort.core.playbook import Settings

_REVIEW = re.compile(r"(\d{1,12})\.(\d{1,6})", re.ASCII)
_ACTION = re.compile(r"(\d{1,12})/a(\d{1,6})", re.ASCII)
_DECISION = re.compile(r"(\d{1,12})\.d(\d{1,6})", re.ASCII)
_CONDITION = re.compile(r"(\d{1,12})\.d(\d{1,6})\.(\d{1,4})", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}", re.ASCII)


# --- the playbook as the first word -----------------------------------------------------------------------


def is_playbook(text: str) -> bool:
    return not text.startswith("-") and (Path(text) / "playbook.toml").is_file()


def playbook_first(args: list[str]) -> list[str]:
    """`inbox my-playbook --role csm`: a first word that is a playbook folder stands for `--playbook`."""
    return ["--playbook", args[0], *args[1:]] if args and is_playbook(args[0]) else args


class StoreCommand(click.Command):
    """
    A command on a store: the playbook folder may come first, and `spread` names options that take several words.

    `--allow a1 a3` reads as `--allow a1 --allow a3`, so words without an option come before it.
    """

    def __init__(self, *args: Any, spread: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spread = tuple(spread)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        args = playbook_first(args)
        for option in self.spread:
            args = _spread(args, option)
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        options, *rest = super().collect_usage_pieces(ctx)
        return ["[PLAYBOOK]", *rest, options]


class StoreGroup(click.Group):
    """A group of such commands; what names none of them is meant for `default`."""

    command_class = StoreCommand

    def __init__(self, *args: Any, default: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = [args[0]] if args and is_playbook(args[0]) else []
        rest = args[len(first) :]
        asks_for_help = bool(rest) and rest[0] in ctx.help_option_names
        if self.default and not asks_for_help and (not rest or rest[0] not in self.commands):
            rest = [self.default, *rest]
        return super().parse_args(ctx, [*rest[:1], *first, *rest[1:]])


def _spread(args: Sequence[str], option: str) -> list[str]:
    spread: list[str] = []
    within = 0
    for arg in args:
        if arg == option:
            within = 1
        elif within and (arg == "-" or not arg.startswith("-")):
            if within > 1:
                spread.append(option)
            within += 1
        else:
            within = 0
        spread.append(arg)
    return spread


# --- ids --------------------------------------------------------------------------------------------------


class _Id(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    def __init__(self, name: str, form: re.Pattern[str], example: str) -> None:
        self.name = name
        self._form = form
        self._example = example

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        found = self._form.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"`{value}` is no {self.name}: write {self._example}", param, ctx)
        return tuple(int(each) for each in found.groups())


REVIEW = _Id("review", _REVIEW, "NUMBER.NO as the inbox shows it, such as 12.3")
ACTION = _Id("action", _ACTION, "NUMBER/aNO as `holdshort show` gives it, such as 12/a3")
DECISION = _Id("decision", _DECISION, "NUMBER.dNO as `holdshort show` gives it, such as 12.d2")
CONDITION = _Id("condition", _CONDITION, "NUMBER.dNO.NO as `holdshort show` gives it, such as 12.d2.1")


def read_id(text: str) -> tuple[str, tuple[int, ...]] | None:
    """What an id names: `onboarding`, `review`, `action` or `decision`; None where it has no such form."""
    forms = {"onboarding": _NUMBER, "review": _REVIEW, "action": _ACTION, "decision": _DECISION}
    for kind, form in forms.items():
        found = form.fullmatch(text.strip())
        if found is not None:
            return kind, tuple(int(each) for each in found.groups() or (found[0],))
    return None


def find_onboarding(house: House, text: str) -> int:
    """
    The onboarding of this number, natural key, or key without its trigger.

    Raises:
        Refused: There is none, or there are several; the message names those that are near.
    """
    from holdshort.core.onboarding.commands import Refused

    text = text.strip()
    if _NUMBER.fullmatch(text):
        return int(text)
    number = house.store.number_of(text)
    if number is not None:
        return number
    near = house.store.onboardings(search=text, limit=6) if text else []
    exact = [each for each in near if each.key.rpartition("/")[0] == text]
    if len(exact) == 1:
        return exact[0].number
    said = "; ".join(f"{each.number} is {each.key} ({each.title})" for each in near[:5])
    raise Refused(
        "FLOW-070",
        f"no onboarding has the number or key `{text}`",
        said + ("; …" if len(near) > 5 else "") if near else "`holdshort inbox --all` lists them",
    )


# --- roles and kinds --------------------------------------------------------------------------------------


class _Role(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    """A role by its title, another word for it, or its id."""

    name = "role"

    def __init__(self, also: Iterable[str] = ()) -> None:
        self._also = tuple(also)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from holdshort.core.diagnostics import did_you_mean
        from holdshort.core.roles import ROLES, TITLES

        wanted = _loose(str(value))
        if not wanted or wanted in self._also:
            return wanted
        for role, words in ROLES.items():
            if role != "none" and wanted in (_loose(role), *map(_loose, words)):
                return role
        titles = [*(title for role, title in TITLES.items() if role != "none"), *self._also]
        near = did_you_mean(str(value), titles)
        hint = f"did you mean `{near}`?" if near else f"choose one of {', '.join(titles)}"
        self.fail(f"`{value}` is no role: {hint}", param, ctx)


ROLE = _Role()
ROLE_OR_CUSTOMER = _Role(["customer"])


def read_role(text: str) -> str | None:
    """The id of a role however it is written, or None."""
    try:
        return ROLE.convert(text, None, None)
    except click.BadParameter:
        return None


def _loose(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def read_kinds(text: str, catalogue: Catalogue) -> tuple[str, ...]:
    """
    The kinds that a word or phrase names: `write_crm`, `write CRM`, or a group such as `billing writes`.

    Raises:
        UsageError: It names none; near ones are offered.
    """
    from holdshort.core.diagnostics import did_you_mean

    wanted = _loose(text)
    groups = {_loose(name): kinds for name, kinds in catalogue.groups().items()}
    if wanted in groups:
        return groups[wanted]
    for kind in catalogue.kinds.values():
        if wanted in (_loose(kind.kind), *map(_loose, kind.synonyms)):
            return (kind.kind,)
    kind_id = wanted.replace(" ", "_")
    if catalogue.find(kind_id) is not None:
        return (kind_id,)
    near = did_you_mean(text, [*catalogue.kinds, *catalogue.groups()])
    hint = f"did you mean `{near}`?" if near else "actions.yaml of the playbook lists them"
    raise click.UsageError(f"`{text}` is no action of the playbook: {hint}")


def read_scope(
    words: Iterable[str], number: int, waiting: Sequence[Action], catalogue: Catalogue
) -> tuple[int, ...]:
    """
    Numbers of the actions that words name: `a3`, `12/a3`, or a kind of which some wait.

    Raises:
        UsageError: A word names nothing that waits.
    """
    found: dict[int, None] = {}
    for word in (part.strip() for each in words for part in each.split(",")):
        full = _ACTION.fullmatch(word)
        short = re.fullmatch(r"a(\d{1,6})", word, re.ASCII)
        if full is not None and int(full[1]) != number:
            raise click.UsageError(f"`{word}` belongs to another onboarding than this review")
        if full is not None or short is not None:
            found[int(full[2] if full is not None else short[1])] = None  # type: ignore[index]  # one of the two
            continue
        kinds = read_kinds(word, catalogue)
        named = [each.no for each in waiting if each.kind in kinds]
        if not named:
            said = ", ".join(f"a{each.no} ({each.kind.replace('_', ' ')})" for each in waiting)
            raise click.UsageError(f"no `{word}` waits for this review; what waits: {said or 'nothing'}")
        found.update(dict.fromkeys(named))
    return tuple(found)


# --- moments ----------------------------------------------------------------------------------------------


def read_deadline(text: str, settings: Settings) -> datetime:
    """
    A day (its closing time, by the playbook's calendar) or a moment, as a UTC instant.

    Raises:
        UsageError: It is neither.
    """
    zone = ZoneInfo(settings.calendar.zone)
    try:
        if len(text.strip()) == 10:
            day = date.fromisoformat(text.strip())
            closes = settings.closes if settings.closes != time(0) else time(23, 59, 59)
            return datetime.combine(day, closes, zone).astimezone(UTC)
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise click.UsageError(
            f"`{text}` is no date: write 2026-12-01, or 2026-12-01T15:00 for a moment of that day"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
