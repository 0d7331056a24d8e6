"""What the playbook says about calendars and connectors. Read only: it is changed in the playbook and published."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.shortcuts import render

from holdshort.core.playbook import Settings, read_settings
from holdshort.web.current import house_of, look

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from holdshort.bootstrap import House

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def settings_of(house: House) -> Settings:
    """Of the version that runs; of the folder where nothing is published yet."""
    if house.store.latest_register() is not None:
        return house.flow.programs.latest().playbook.settings
    try:
        text = (house.folder / "playbook.toml").read_text("utf-8")
        return read_settings(tomllib.loads(text), "playbook.toml")[0]
    except (OSError, ValueError):
        return Settings()


def calendars(request: HttpRequest) -> HttpResponse:
    settings = settings_of(house_of(request))
    calendar = settings.calendar
    context = {
        "settings": settings,
        "calendar": calendar,
        "days": [day for number, day in enumerate(_DAYS) if number not in calendar.weekend],
        "holidays": sorted(calendar.holidays),
        "limits": [(tier, _hours(limit)) for tier, limit in settings.sla.by_tier.items()],
        "own_limits": [
            (role, tier, _hours(limit))
            for role, tiers in settings.sla.owners.items()
            for tier, limit in tiers.items()
        ],
    }
    return render(request, "settings_pages/calendars.html", context)


def connectors(request: HttpRequest) -> HttpResponse:
    house = house_of(request)
    settings = settings_of(house)
    paused = {each.scope for each in look(request, lambda tx: tx.switches())}
    stopped = "everything" in paused or bool(house.stopped())
    found = [
        {
            "target": each,
            "options": [(name.replace("_", " "), value) for name, value in each.options.items() if value not in ("", (), None)],
            "routes": [name for name, target in settings.route.items() if target == each.name],
            "paused": stopped or f"connector:{each.name}" in paused,
        }
        for each in settings.targets.values()
    ]  # fmt: skip
    counts = house.store.counts()
    runs = [(name.partition(".")[2], count) for name, count in counts.items() if name.startswith("actions.")]
    return render(
        request, "settings_pages/connectors.html", {"targets": found, "runs": runs, "mode": settings.mode}
    )


def _hours(limit: timedelta) -> str:
    return f"{limit.total_seconds() / 3600:g} business hours"
