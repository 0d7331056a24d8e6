"""Read clean-path.yaml: triggers, lanes and segments, and the names that place a record on the path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdshort.core.clause_parser import refuse_broken_definitions
from holdshort.core.diagnostics import Diagnostic, Where, did_you_mean
from holdshort.core.glossary import Glossary
from holdshort.core.playbook import CleanPath, TriggerKind
from holdshort.core.rules.ast import Condition
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.vocabulary import Vocabulary
from holdshort.core.text import fold

_LISTS = ("handoff fields", "context", "channels", "completion states", "systems of record", "review owners")
_KEYS = frozenset(
    {
        *_LISTS,
        "triggers",
        "live onboarding",
        "lanes",
        "segments",
        "lane from",
        "segment from",
        "account from",
        "account name from",
        "deal from",
    }
)


def read_clean_path(data: Any, file: str, glossary: Glossary) -> tuple[CleanPath, list[Diagnostic]]:
    """Return the clean path that a parsed file describes, with everything that is wrong in it."""
    data = data if isinstance(data, Mapping) else {}
    vocabulary = Vocabulary(glossary)
    faults: list[Diagnostic] = []

    def fault(code: str, message: str, place: str, mend: str) -> None:
        faults.append(Diagnostic(code, message, Where(file, column=place), mend))

    def sentence(text: Any, place: str) -> Condition | None:
        try:
            found = parse_condition(str(text), vocabulary)
            refuse_broken_definitions(found, glossary, str(text))
            return found
        except RuleFault as fault_found:
            faults.append(fault_found.at(Where(file, column=place), str(text)))
            return None

    def name(key: str) -> str:
        said = str(data.get(key, ""))
        if said and said not in glossary.names:
            near = did_you_mean(said, glossary.names)
            fault(
                "PATH-002",
                f"the glossary has no name `{said}`",
                key,
                f"did you mean `{near}`?" if near else "use a name of glossary.yaml",
            )
            return ""
        return said

    for key in data:
        if key not in _KEYS:
            near = did_you_mean(str(key), _KEYS)
            fault(
                "PATH-001",
                f"`{key}` is no part of a clean path",
                str(key),
                f"did you mean `{near}`?" if near else "take it out",
            )
    triggers = []
    for entry in data.get("triggers") or ():
        entry = entry if isinstance(entry, Mapping) else {}
        when = sentence(entry.get("when", ""), f"triggers > {entry.get('kind', '?')}")
        if when is not None:
            kind = str(entry.get("kind", ""))
            triggers.append(TriggerKind(kind, str(entry.get("title", kind)), when))
    if not triggers:
        fault(
            "PATH-003",
            "nothing starts an onboarding",
            "triggers",
            "list at least one trigger with `kind:` and `when:`",
        )
    completion = []
    for entry in data.get("completion states") or ():
        if isinstance(entry, Mapping) and "when" in entry:
            state = str(entry.get("state", "?"))
            when = sentence(entry["when"], f"completion states > {state}")
            if when is not None:
                completion.append((state, when))
    live = sentence(data["live onboarding"], "live onboarding") if data.get("live onboarding") else None
    path = CleanPath(
        triggers=tuple(triggers),
        live_onboarding=live,
        lanes=_spellings(data.get("lanes")),
        segments=_spellings(data.get("segments")),
        lane_name=name("lane from"),
        segment_name=name("segment from"),
        account_name=name("account from"),
        account_title_name=name("account name from"),
        deal_name=name("deal from"),
        completion=tuple(completion),
        lists={key: tuple(_texts(data.get(key))) for key in _LISTS},
    )
    return path, faults


def _spellings(data: Any) -> dict[str, str]:
    entries = data.items() if isinstance(data, Mapping) else ((each, ()) for each in data or ())
    found = {}
    for value, others in entries:
        for spelling in (value, *(others or ())):
            found[fold(str(spelling))] = str(value)
    return found


def _texts(data: Any) -> list[str]:
    if isinstance(data, Mapping):
        return [f"{key}: {value}" for key, value in data.items()]
    return [
        str(each["state"]) if isinstance(each, Mapping) and "state" in each else str(each)
        for each in data or ()
    ]
