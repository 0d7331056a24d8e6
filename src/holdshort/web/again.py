"""A form that was refused shows again, filled with what was typed, and says why."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from holdshort.core.onboarding.commands import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

View = Callable[..., "HttpResponse"]
REFUSED_STATUS = 409


def shown_again(show: View) -> Callable[[View], View]:
    """
    For a view that acts: where the house refuses, `show` (the page with the form) answers with 409.

    Every template then has `refused` (the refusal) and `typed_in` (the fields that were sent, secrets left out).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def acting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refused as refused:
                request.META["holdshort.refused"] = refused
                answer = show(request, *args, **kwargs)
                answer.status_code = REFUSED_STATUS
                return answer

        return acting

    return decorate
