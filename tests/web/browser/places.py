"""Every page that people open, as addresses of the demo company, and who opens it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    name: str
    address: str
    role: str = "revops"


def places(house):
    """The pages, with the numbers that this house has for what they show."""
    late = _review(house, "CO-EDGE-002")
    message = next((each.id for each in house.store.reviews(limit=200) if each.about == "action"), late)
    clean = next(each.number for each in house.store.onboardings(limit=100) if each.tier == "none")
    number = late.partition(".")[0]
    return [
        Place("sign-in", "/sign-in", ""),
        Place("inbox", "/"),
        Place("inbox-all", "/?view=all"),
        Place("inbox-nothing-fits", "/?view=all&q=nothing+of+this+name"),
        Place("review", f"/reviews/{late}"),
        Place("review-of-a-message", f"/reviews/{message}", "csm"),
        Place("packet", f"/reviews/{late}/packet"),
        Place("onboardings", "/onboardings"),
        Place("onboarding", f"/onboardings/{number}"),
        Place("onboarding-clean", f"/onboardings/{clean}"),
        Place("register", "/register"),
        Place("register-row", "/register/rows/CO-EDGE-002"),
        Place("register-cell", "/register/rows/CO-EDGE-002/trigger"),
        Place("register-changes", "/register/changes"),
        Place("register-versions", "/register/versions"),
        Place("register-version", "/register/versions/1"),
        Place("register-upload", "/register/upload"),
        Place("go-live", "/go-live"),
        Place("proof", "/proof"),
        Place("metrics", "/metrics"),
        Place("audit", "/audit"),
        Place("settings", "/settings"),
        Place("people", "/settings/people"),
        Place("person", "/settings/people/tomas"),
        Place("sessions", "/settings/sessions"),
        Place("password", "/settings/password"),
        Place("second-factor", "/settings/second-factor"),
        Place("away", "/settings/away"),
        Place("calendars", "/settings/calendars"),
        Place("connectors", "/settings/connectors"),
        Place("pauses", "/settings/pauses"),
        Place("not-found", "/reviews/999.9"),
        Place("not-allowed", "/settings/people/tomas", "support"),
    ]


def _review(house, case):
    return next(each.id for each in house.store.reviews(limit=200) if each.case == case)
