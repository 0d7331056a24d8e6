"""Pages for what cannot be shown: not found, not allowed, stale form, broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render

from holdshort.core.action_words import role

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from holdshort.web.policy import Rule


def fault(
    request: HttpRequest, status: int, title: str, why: str, mend: str = "", **more: Any
) -> HttpResponse:
    """A page that says what happened and what to do."""
    context = {"title": title, "why": why, "mend": mend, **more}
    return render(request, "fault.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return fault(
        request, 404, "There is nothing here", "No page has this address, or what it showed is gone.",
        "Go back to the inbox, or search for the customer there.",
    )  # fmt: skip


def broken(request: HttpRequest) -> HttpResponse:
    return fault(
        request, 500, "Something went wrong", "The fault is ours. Nothing was decided by halves: look at the onboarding to see where it stands.",
        "Try again; if it stays, tell whoever runs Holdshort for you. The program's log says more.",
    )  # fmt: skip


def denied(request: HttpRequest, rule: Rule | None = None) -> HttpResponse:
    roles = " or ".join(sorted(role(each) for each in rule.roles)) if rule else ""
    return fault(
        request, 403, "This is not for you",
        f"It is for {roles}." if roles else "Your roles do not let you open this.",
        "Ask somebody who may, or have a systems admin give you the role.",
    )  # fmt: skip


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    from holdshort.web.signing_in.kept import typed

    return fault(
        request, 403, "This form is too old",
        "It was opened before you signed in again, or it came from another site. Nothing was done.",
        "Go back, load the page again, and send it once more.",
        typed=typed(request),
    )  # fmt: skip
