"""Accounts: who may act, in which roles, who stands in for whom. Every change is written into the house's own log."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr
from typing import Protocol

from holdshort.core.diagnostics import did_you_mean
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Delegation, Transaction, User
from holdshort.service.house_log import note

ADMINS = ("systems_admin", "revops")
"""Roles that may change people."""
SHORTEST_PASSWORD = 12
_LONGEST = 200
_LONGEST_NAME = 64
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""For generated passwords: nothing that looks like something else."""


class PeopleStore(Protocol):
    def transaction(self) -> AbstractContextManager[Transaction]: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person as playbook.toml names them."""

    user: User
    is_new: bool


# --- what is asked of names and passwords -------------------------------------------------------------------


def check_name(name: str) -> None:
    """
    Raises:
        Refused: It is no name that commands and logs can carry.
    """
    plain = name.isascii() and bool(name) and all(each.isalnum() or each in "._-" for each in name)
    if not plain or name.startswith(("-", ".")) or len(name) > _LONGEST_NAME or name != name.lower():
        raise Refused(
            "USER-003",
            f"`{name}` cannot be somebody's name here",
            "use small letters, digits, dots, hyphens: `rae`, `rae.olsen`",
        )


def check_password(password: str, user: User) -> None:
    """
    Raises:
        Refused: It is too short, too plain, or the person's own name.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(
            "USER-004",
            f"the password has {len(password)} characters, and {SHORTEST_PASSWORD} is the least",
            "take a few words that do not belong together",
        )
    if len(password) > _LONGEST:
        raise Refused("USER-004", f"the password has more than {_LONGEST} characters", "take a shorter one")
    folded = "".join(password.casefold().split())
    known = {user.name, user.title, user.email, user.email.partition("@")[0], "holdshort", "password"}
    for each in known:
        said = "".join(each.casefold().split())
        if said and not folded.replace(said, "").strip("0123456789!._-"):
            raise Refused(
                "USER-005", "the password is the person's own name or a word that anybody would try",
                "take a few words that do not belong together",
            )  # fmt: skip
    if len(set(folded)) < 5:
        raise Refused(
            "USER-005",
            "the password repeats a few characters",
            "take a few words that do not belong together",
        )


def new_password() -> str:
    """A password that nobody chose: about 80 bits, easy to read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


# --- who may ------------------------------------------------------------------------------------------------


def may_change_people(users: Iterable[User], actor: str) -> bool:
    return any(each.name == actor and each.active and each.roles.intersection(ADMINS) for each in users)


def _require_admin(users: Sequence[User], actor: str) -> None:
    if not may_change_people(users, actor):
        raise Refused(
            "USER-006",
            f"{actor or 'somebody without a name'} may not change people: it is for a systems admin or RevOps",
            "say who you are with `--as`" if not actor else "ask one of them",
        )


def _found(users: Sequence[User], name: str) -> User:
    user = next((each for each in users if each.name == name), None)
    if user is None:
        near = did_you_mean(name, [each.name for each in users])
        raise Refused(
            "USER-007",
            f"nobody is called `{name}`",
            f"did you mean `{near}`?" if near else "`holdshort user list` names everybody",
        )
    return user


def _keep_an_admin(users: Sequence[User], changed: User) -> None:
    after = [changed if each.name == changed.name else each for each in users]
    if not any(each.active and each.roles.intersection(ADMINS) for each in after):
        raise Refused(
            "USER-008",
            "nobody would be left who may change people",
            "make somebody else a systems admin or RevOps first",
        )


# --- changes ------------------------------------------------------------------------------------------------


def add_user(store: PeopleStore, user: User, password: str | None, actor: str, now: datetime) -> None:
    """
    Add somebody. The very first one may be added by whoever has the store, and has to be able to add the others.

    Raises:
        Refused: The actor may not, or name, roles or password are not acceptable.
    """
    add_users(store, [(user, password)], actor, now)


def add_users(
    store: PeopleStore, people: Sequence[tuple[User, str | None]], actor: str, now: datetime
) -> None:
    """Add several people: all of them or none. Raises as `add_user` does."""
    for user, password in people:
        check_name(user.name)
        if password is not None:
            check_password(password, user)
    with store.transaction() as tx:
        users = tx.users()
        if users:
            _require_admin(users, actor)
        elif not any(user.roles.intersection(ADMINS) for user, _ in people):
            raise Refused(
                "USER-009",
                "the first person has to be a systems admin or RevOps, so that they can add the others",
                "add `--role systems_admin` or `--role revops`",
            )
        for user, password in people:
            if any(each.name == user.name for each in users):
                raise Refused(
                    "USER-010", f"somebody is called `{user.name}` already", "`holdshort user roles` changes what they do"
                )  # fmt: skip
            tx.put_user(user, password)
            body = {"user": user.name, "roles": sorted(user.roles)}
            note(tx, "UserAdded", actor, now, body, {"title": user.title, "email": user.email})


def set_roles(store: PeopleStore, name: str, roles: Iterable[str], actor: str, now: datetime) -> User:
    """
    Give somebody exactly these roles. Approvals that they gave in a role they lose do not count any more.

    Raises:
        Refused: The actor may not, gives themselves a role, or nobody would be left who may change people.
    """
    wanted = frozenset(roles)
    with store.transaction() as tx:
        users = tx.users()
        _require_admin(users, actor)
        user = _found(users, name)
        if actor == name and wanted - user.roles:
            raise Refused(
                "USER-011", "nobody gives themselves a role", "have another systems admin or RevOps do it"
            )
        changed = replace(user, roles=wanted)
        if user.active:
            _keep_an_admin(users, changed)
        if wanted != user.roles:
            tx.put_user(changed)
            body = {
                "user": name, "roles": sorted(wanted),
                "given": sorted(wanted - user.roles), "taken": sorted(user.roles - wanted),
            }  # fmt: skip
            note(tx, "UserRolesChanged", actor, now, body)
    return changed


def set_password(store: PeopleStore, name: str, password: str, actor: str, now: datetime) -> None:
    """
    Set a password: one's own, or as an admin somebody else's.

    Raises:
        Refused: The actor may not, or the password is not acceptable.
    """
    with store.transaction() as tx:
        users = tx.users()
        if actor != name:
            _require_admin(users, actor)
        user = _found(users, name)
        check_password(password, user)
        tx.put_user(user, password)
        note(tx, "PasswordSet", actor, now, {"user": name})


def set_active(store: PeopleStore, name: str, active: bool, actor: str, now: datetime) -> None:
    """
    Let somebody in again or keep them out; what they approved stops counting while they are out.

    Raises:
        Refused: The actor may not, or nobody would be left who may change people.
    """
    with store.transaction() as tx:
        users = tx.users()
        _require_admin(users, actor)
        user = _found(users, name)
        changed = replace(user, active=active)
        if not active:
            _keep_an_admin(users, changed)
        if user.active != active:
            tx.put_user(changed)
            note(tx, "UserEnabled" if active else "UserDisabled", actor, now, {"user": name})


def set_delegation(store: PeopleStore, wanted: Delegation, actor: str, now: datetime) -> None:
    """
    Have somebody decided for while they are away: by themselves, or by an admin who is not the one that stands in.

    Raises:
        Refused: The actor may not, or people or time do not make sense.
    """
    if wanted.from_user == wanted.to_user:
        raise Refused("USER-012", "nobody stands in for themselves", "name two people")
    if wanted.ends_at <= wanted.starts_at:
        raise Refused("USER-013", "it ends before it begins", "give `--until` a later day than `--from`")
    if wanted.ends_at <= now:
        raise Refused("USER-013", "it is over already", "give `--until` a day to come")
    with store.transaction() as tx:
        users = tx.users()
        away, stand_in = _found(users, wanted.from_user), _found(users, wanted.to_user)
        _may_delegate(users, away, stand_in, actor)
        for each in (away, stand_in):
            if not each.active:
                raise Refused("USER-014", f"{each.name} is disabled", f"`holdshort user enable {each.name}`")
        tx.put_delegation(wanted)
        note(tx, "DelegationSet", actor, now, _delegation_body(wanted))


def end_delegation(store: PeopleStore, away: str, stand_in: str, actor: str, now: datetime) -> int:
    """
    End every delegation between these two that is running or to come.

    Returns:
        How many there were.

    Raises:
        Refused: The actor may not.
    """
    with store.transaction() as tx:
        users = tx.users()
        absent, other = _found(users, away), _found(users, stand_in)
        if actor != other.name:
            _may_delegate(users, absent, other, actor)
        ended = 0
        for each in tx.delegations():
            if (each.from_user, each.to_user) == (away, stand_in) and each.ends_at > now:
                over = replace(each, ends_at=max(now, each.starts_at))
                tx.put_delegation(over)
                note(tx, "DelegationEnded", actor, now, _delegation_body(over))
                ended += 1
    return ended


def _may_delegate(users: Sequence[User], away: User, stand_in: User, actor: str) -> None:
    if actor == away.name:
        if not away.active:
            raise Refused("USER-014", f"{away.name} is disabled", "")
        return
    _require_admin(users, actor)
    if actor == stand_in.name:
        raise Refused(
            "USER-011",
            "nobody makes themselves somebody's stand-in",
            f"have {away.name} or another systems admin do it",
        )


def _delegation_body(each: Delegation) -> dict[str, str]:
    return {
        "user": each.from_user, "to": each.to_user,
        "from": each.starts_at.isoformat(), "until": each.ends_at.isoformat(),
    }  # fmt: skip


# --- the people of a playbook -------------------------------------------------------------------------------


def people_of(
    roles: Iterable[tuple[str, Sequence[str]]], known: Iterable[User]
) -> tuple[list[Wanted], list[str]]:
    """
    The people that playbook.toml names under [roles], one for each address.

    Args:
        roles: Role id with entries such as `Rae Olsen <rae@vendor.example>`.
        known: Those who have an account already; theirs is left as it is.

    Returns:
        The people by name, and in words what could not be taken over.
    """
    taken = {each.name for each in known}
    found: dict[str, User] = {}
    faults: list[str] = []
    for role, entries in roles:
        for entry in entries:
            title, address = parseaddr(entry)
            local = address.partition("@")[0].casefold()
            if "@" not in address or not local:
                faults.append(f"{role}: `{entry}` has no e-mail address, so it gets no account")
                continue
            before = found.get(local)
            if before is not None and before.email.casefold() != address.casefold():
                faults.append(
                    f"{role}: `{address}` would be called `{local}` like `{before.email}`; add it by hand"
                )
                continue
            try:
                check_name(local)
            except Refused as refused:
                faults.append(f"{role}: `{entry}`: {refused.why}; {refused.mend}")
                continue
            held = before.roles if before else frozenset[str]()
            found[local] = User(local, title or (before.title if before else ""), address, held | {role})
    return [Wanted(found[name], name not in taken) for name in sorted(found)], faults
