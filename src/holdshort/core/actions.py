"""The action catalogue: inert descriptions of what may be asked for. Nothing here performs anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from holdshort.core.diagnostics import Diagnostic, Where, did_you_mean
from holdshort.core.roles import ROLES

Mode = Literal["shadow", "draft-first", "live"]
MODES: tuple[Mode, ...] = ("shadow", "draft-first", "live")
_CLASS_KEYS = frozenset({"group", "customer facing", "system write", "owner", *MODES})
_ACTION_KEYS = frozenset({"class", "person first", "waits for a row", "also called", *MODES})


@dataclass(frozen=True)
class ActionClass:
    """
    What all actions of one system have in common.

    `person_in` are the modes in which somebody looks first, `owner` the role that does where no row says otherwise.
    """

    name: str
    group: str
    customer_facing: bool
    system_write: bool
    person_in: frozenset[str]
    owner: str = ""


@dataclass(frozen=True)
class ActionKind:
    """
    One kind of action.

    `person_first` names why a person looks in every mode (requirements L4). `waits_for_a_row` means that it is not due
    until a row asks for it.
    """

    kind: str
    action_class: ActionClass
    person_in: frozenset[str]
    person_first: str = ""
    waits_for_a_row: bool = False
    synonyms: tuple[str, ...] = ()

    @property
    def phrase(self) -> str:
        """How a cell names it: `create kickoff tasks`."""
        return self.kind.replace("_", " ")

    @property
    def stopped_by_hold(self) -> bool:
        """Whether a hold-tier finding stops it: customer-facing actions and system writes."""
        return self.action_class.customer_facing or self.action_class.system_write


@dataclass
class Catalogue:
    kinds: dict[str, ActionKind] = field(default_factory=dict)
    classes: dict[str, ActionClass] = field(default_factory=dict)
    prefixes: dict[str, ActionClass] = field(default_factory=dict)

    def find(self, kind: str) -> ActionKind | None:
        """The kind of this id: listed, or begun by a known prefix; None where it is unknown."""
        found = self.kinds.get(kind)
        if found is None:
            for prefix, action_class in self.prefixes.items():
                if kind.startswith(prefix) and len(kind) > len(prefix):
                    return ActionKind(kind, action_class, action_class.person_in)
        return found

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Every group phrase with the kinds that it stands for, in catalogue order."""
        groups: dict[str, list[str]] = {}
        for kind in self.kinds.values():
            own = kind.action_class
            names = [own.group] if own.group else []
            if own.customer_facing:
                names.append("every customer-facing action")
            if own.system_write:
                names.append("every system write")
            if kind.stopped_by_hold:
                names.append("everything")
            for name in dict.fromkeys(names):
                groups.setdefault(name, []).append(kind.kind)
        return {name: tuple(kinds) for name, kinds in groups.items()}


def read_catalogue(data: Any, file: str) -> tuple[Catalogue, list[Diagnostic]]:
    """Return the catalogue that a parsed actions file describes, with everything that is wrong in it."""
    faults: list[Diagnostic] = []
    data = data if isinstance(data, Mapping) else {}
    catalogue = Catalogue()

    def fault(code: str, message: str, place: str, mend: str) -> None:
        faults.append(Diagnostic(code, message, Where(file, column=place), mend))

    def flag(entry: Mapping[str, Any], key: str, place: str) -> bool:
        """Yes or no; anything else is a fault and counts as the stricter yes."""
        value = entry.get(key, False)
        if not isinstance(value, bool):
            fault(
                "ACT-007",
                f"`{value}` is neither yes nor no",
                f"{place} > {key}",
                "write `yes` or `no` without quotes",
            )
            return True
        return value

    def owner(said: Any, place: str) -> str:
        if said is None or said in ROLES:
            return str(said or "")
        role = next((each for each, words in ROLES.items() if said in words), "")
        if not role:
            fault(
                "ACT-008",
                f"`{said}` is no role",
                f"{place} > owner",
                _near(str(said), [words[0] for words in ROLES.values()]),
            )
        return role

    for name, entry in _mapping(data.get("classes")).items():
        entry = _mapping(entry)
        for key in entry:
            if key not in _CLASS_KEYS:
                fault(
                    "ACT-001",
                    f"`{key}` says nothing about a class",
                    f"classes > {name}",
                    _near(key, _CLASS_KEYS),
                )
        catalogue.classes[str(name)] = ActionClass(
            str(name),
            str(entry.get("group", "")),
            flag(entry, "customer facing", f"classes > {name}"),
            flag(entry, "system write", f"classes > {name}"),
            _person_in(entry),
            owner(entry.get("owner"), f"classes > {name}"),
        )
    for kind, entry in _mapping(data.get("actions")).items():
        entry = _mapping(entry)
        place = f"actions > {kind}"
        for key in entry:
            if key not in _ACTION_KEYS:
                fault("ACT-001", f"`{key}` says nothing about an action", place, _near(key, _ACTION_KEYS))
        own = catalogue.classes.get(str(entry.get("class", "")))
        if own is None:
            fault(
                "ACT-002",
                f"`{kind}` has no known class",
                place,
                _near(str(entry.get("class", "")), catalogue.classes),
            )
            continue
        catalogue.kinds[str(kind)] = ActionKind(
            str(kind),
            own,
            _person_in(
                {**{mode: "released" for mode in MODES if mode not in own.person_in}, **_modes(entry)}
            ),
            str(entry.get("person first", "")),
            flag(entry, "waits for a row", place),
            tuple(str(each) for each in entry.get("also called", ())),
        )
    for prefix, class_name in _mapping(data.get("prefixes")).items():
        own = catalogue.classes.get(str(class_name))
        if own is None:
            fault(
                "ACT-002",
                f"`{prefix}` has no known class",
                f"prefixes > {prefix}",
                _near(str(class_name), catalogue.classes),
            )
        else:
            catalogue.prefixes[str(prefix)] = own
    if not catalogue.kinds:
        fault(
            "ACT-003", "the file lists no action", "actions", "list each kind under `actions:` with its class"
        )
    return catalogue, faults


def _person_in(entry: Mapping[str, Any]) -> frozenset[str]:
    """Modes in which a person looks first: all but those for which the file says `released`."""
    return frozenset(mode for mode in MODES if entry.get(mode) != "released")


def _modes(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {mode: entry[mode] for mode in MODES if mode in entry}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _near(word: str, known: Any) -> str:
    near = did_you_mean(word, known)
    return f"did you mean `{near}`?" if near else "choose one of " + ", ".join(f"`{each}`" for each in known)
