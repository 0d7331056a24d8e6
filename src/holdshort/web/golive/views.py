"""Go-live: the eight steps, the eighteen items with their evidence, and the words that people give for some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.golive.items import STEPS
from holdshort.core.golive.report import GateReport
from holdshort.core.golive.subjects import SIGNABLE
from holdshort.service.golive import Provers, gate, sign
from holdshort.web.current import actor, house_of, now
from holdshort.web.proof.runs import runs_of
from holdshort.web.register.drafts import draft_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

GOVERNANCE = {
    "map": "Map: where AI is used",
    "measure": "Measure: how it can fail",
    "govern": "Govern: who answers for it",
    "manage": "Manage: which holds are in force",
}


def show(request: HttpRequest) -> HttpResponse:
    """What can be read off the playbook is computed at once; what has to be proven comes from the last whole run."""
    house = house_of(request)
    loaded = draft_of(house.folder)
    lane = request.GET.get("lane", "") or loaded.playbook.settings.lane
    found = gate(house.folder, lane, now(request), Provers())
    proof = runs_of(house).state("gate")
    whole = (
        proof.report
        if proof.report and not proof.is_stale and proof.report.get("lane") == found.lane
        else None
    )
    items = [_item(each, whole) for each in found.to_json()["items"]]
    states = {each["item"]: each["state"] for each in items}
    context = {
        "found": found,
        "proof": proof,
        "has_whole": whole is not None,
        "items": items,
        "passed": not found.faults and all(each["state"] == "pass" for each in items),
        "count": sum(each["state"] == "pass" for each in items),
        "steps": _steps(states),
        "lanes": list(dict.fromkeys(loaded.playbook.clean_path.lanes.values())),
        "signable": SIGNABLE,
        "governance": [(GOVERNANCE[key], said) for key, said in _governance(found).items()],
        "typed": request.session.pop("golive_note", {}),
    }
    return render(request, "golive/golive.html", context)


def sign_item(request: HttpRequest) -> HttpResponse:
    """Take the word of whoever is signed in for one item; what it was given for is fixed with it."""
    house = house_of(request)
    item, lane = request.POST.get("item", "")[:10], request.POST.get("lane", "")[:200]
    note = request.POST.get("note", "")[:2000]
    try:
        sign(house.folder, item, _name(request), note, lane, now(request))
    except HoldshortError as error:
        request.session["golive_note"] = {"item": item, "note": note}
        found = error.diagnostics[0]
        messages.error(request, f"{found.message}: {found.mend}" if found.mend else found.message)
    else:
        messages.success(request, f"Your word for {item} is kept.")
    return redirect(f"/go-live?lane={lane}#{item}" if lane else "golive")


def _name(request: HttpRequest) -> str:
    """As the playbook's roles name whoever is signed in: by address, which both know, else by name."""
    house, name = house_of(request), actor(request)
    settings = draft_of(house.folder).playbook.settings
    with house.store.transaction() as tx:
        user = next((each for each in tx.users() if each.name == name), None)
    listed = [person for people in settings.people.values() for person in people]
    if user is not None and user.email:
        for person in listed:
            if f"<{user.email.casefold()}>" in person.casefold():
                return person
    return user.title if user is not None else name


def _item(each: dict[str, Any], whole: Any) -> dict[str, Any]:
    """The item as it was proven, where it was; a sign-off that came since counts at once."""
    if whole is None or each["state"] == "pass":
        return each
    return next((said for said in whole["items"] if said["item"] == each["item"]), each)


def _steps(states: dict[str, str]) -> list[dict[str, Any]]:
    steps, is_next = [], True
    for step in STEPS:
        done = all(states.get(item) == "pass" for item in step.items)
        steps.append({"step": step, "done": done, "next": is_next and not done})
        is_next = is_next and done
    return steps


def _governance(found: GateReport) -> dict[str, tuple[str, ...]]:
    return {key: tuple(found.governance.get(key, ())) for key in GOVERNANCE}
