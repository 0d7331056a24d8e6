"""Actions in the words of the register: a phrase for one kind, a group's phrase where all its kinds are named."""

from __future__ import annotations

from collections.abc import Iterable

from holdshort.core.actions import Catalogue
from holdshort.core.roles import TITLES

_SPELT = {"crm": "CRM", "cs": "CS", "csm": "CSM", "sso": "SSO", "ai": "AI", "revops": "RevOps"}
_WIDE = ("everything", "every customer-facing action", "every system write")


def phrase(kind: str) -> str:
    """How a cell names a kind: `create kickoff tasks`, `write CRM`."""
    return " ".join(_SPELT.get(word, word) for word in kind.split("_"))


def phrases(kinds: Iterable[str], catalogue: Catalogue) -> list[str]:
    """
    Name all of `kinds` in as few words as a cell would: `billing writes` rather than four kinds.

    A group's phrase stands for it only where every kind of the group is there and there are at least two.
    """
    left = dict.fromkeys(kinds)
    said: list[str] = []
    groups = catalogue.groups()
    for name in (*_WIDE, *(each for each in groups if each not in _WIDE)):
        members = groups.get(name, ())
        if len(members) > 1 and all(member in left for member in members):
            said.append("every customer-facing action and system write" if name == "everything" else name)
            for member in members:
                del left[member]
    return said + [phrase(kind) for kind in left]


def role(role_id: str) -> str:
    """The title of a role as people write it: `RevOps`."""
    return TITLES.get(role_id, role_id.replace("_", " "))
