"""A whole made-up company to try the screens on: a published playbook, a person for every role, forty onboardings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

if TYPE_CHECKING:
    from holdshort.bootstrap import House

PASSWORD = "try it out today"  # noqa: S105 (everybody may know it)
"""Everybody's in the demo; it is shown on the page where one chooses who to be."""
PLAYBOOK = "playbook"


def make_demo_house(
    folder: Path, web: Mapping[str, Any] | None = None, tell: Callable[[str], None] = lambda words: None
) -> House:
    """
    Make the demo below `folder`, or open the one that is there.

    Args:
        web: see `bootstrap.open_house`.
        tell: hears of each step, in words.

    Raises:
        HoldshortError: The folder holds something else.
    """
    from holdshort.bootstrap import open_house
    from holdshort.service.init_playbook import init_playbook

    playbook = folder / PLAYBOOK
    if not playbook.exists():
        _refuse_other_things(folder)
        tell("writing a playbook")
        init_playbook(playbook)
    house = open_house(playbook, web=web)
    if house.store.latest_register() is None:
        _fill(house, tell)
    return house


def _refuse_other_things(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        fault = Diagnostic(
            "WEB-001",
            f"`{folder}` holds something that is no demo",
            Where(str(folder)),
            "name a folder that is empty or does not exist",
        )
        raise HoldshortError([fault])


def _fill(house: House, tell: Callable[[str], None]) -> None:
    from holdshort.service.demo import demo_onboardings
    from holdshort.service.publish import candidate, publish

    tell("adding people, one for each role")
    _add_people(house)
    tell("proving and publishing the register")
    publish(house.flow, candidate(house.flow, house.folder), "rae", "ravi")
    tell("taking forty onboardings in")
    for each in demo_onboardings():
        house.flow.intake(each.record, "CRM")


def _add_people(house: House) -> None:
    from django.contrib.auth.hashers import make_password

    from holdshort.service.load_playbook import load_playbook
    from holdshort.service.people import people_of
    from holdshort.store.models import Account

    found, _ = people_of(load_playbook(house.folder).playbook.settings.people.items(), ())
    with house.store.transaction() as tx:
        for each in found:
            tx.put_user(each.user)
        # hashing is slow on purpose: once is enough for a password that is no secret
        Account.objects.using(house.sql_store.database.alias).update(password=make_password(PASSWORD))
