"""Proof: do the rows' own tests pass, would they notice a weaker register, is there a record on which something escapes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import Http404
from django.shortcuts import redirect, render

from holdshort.service.proof_runs import WHAT, Proof, What
from holdshort.web.current import house_of, now
from holdshort.web.proof.runs import runs_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SHOWN: tuple[What, ...] = ("test", "mutate", "escapes")
_MOST_SHOWN = 200


class Words(NamedTuple):
    title: str
    about: str
    act: str


WORDS: dict[What, Words] = {
    "test": Words(
        "Acceptance tests",
        "Each row is lived through on its own record: what is held, who decides, and that the decision releases it.",
        "Run the tests",
    ),
    "mutate": Words(
        "Would the tests notice?",
        "The register is broken on purpose, one slip at a time: a hold dropped, a tier lowered, a limit stretched. A slip "
        "that no test notices is a test that is missing.",
        "Break the register on purpose",
    ),
    "escapes": Words(
        "Is there a way round?",
        "Records are searched on which a message, billing, provisioning or CRM write would run without clean evidence or a "
        "person with authority.",
        "Search for escapes",
    ),
    "gate": Words("Go-live checklist", "Eighteen items, each with its evidence.", "Prove all items"),
}


def show(request: HttpRequest) -> HttpResponse:
    runs = runs_of(house_of(request))
    parts = [_context(runs.state(what)) for what in SHOWN]
    return render(request, "proof/proof.html", {"parts": parts})


def part(request: HttpRequest, what: str) -> HttpResponse:
    """One proof as it stands; the page asks again while it runs."""
    found = _context(runs_of(house_of(request)).state(_what(what)))
    return render(request, "proof/part.html", {"part": found})


def run(request: HttpRequest, what: str) -> HttpResponse:
    """Begin a proof; it runs beside the pages."""
    wanted = _what(what)
    runs_of(house_of(request)).start(wanted, now(request), request.POST.get("lane", "")[:200])
    return redirect("golive" if wanted == "gate" else "proof")


def _what(said: str) -> What:
    if said not in WHAT:
        raise Http404
    return said


def _context(proof: Proof) -> dict[str, Any]:
    report = proof.report or {}
    found: dict[str, Any] = {
        "proof": proof,
        "words": WORDS[proof.what],
        "what": proof.what,
        "passed": report.get("passed"),
    }
    if proof.what == "test":
        rows = report.get("rows", [])
        found["rows"] = len(rows)
        found["tests"] = sum(len(row["tests"]) for row in rows)
        found["failed"] = [
            (row["case"], test) for row in rows for test in row["tests"] if not test["passed"]
        ][:_MOST_SHOWN]
    elif proof.what == "mutate":
        fates = report.get("fates", [])
        survived = [each for each in fates if each["result"] == "survived"]
        found["counts"] = Counter(each["result"] for each in fates)
        found["weak"] = [each for each in survived if _counts(each)][:_MOST_SHOWN]
        found["small"] = [each for each in survived if not _counts(each)][:_MOST_SHOWN]
    elif proof.what == "escapes":
        found["escapes"] = report.get("escapes", [])[:_MOST_SHOWN]
        found["certificate"] = report.get("certificate", {})
    return found


def _counts(fate: dict[str, Any]) -> bool:
    """Whether a slip that nobody noticed keeps the register from going live."""
    return bool(fate["safety"]) and fate["tier"] in ("high", "hold")
