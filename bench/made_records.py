"""Made-up onboarding records, the same for every run: mostly in order, with the slips that real ones have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

Record = dict[str, Any]
TODAY = date(2026, 6, 10)

_FIRST = (
    "Northwind Alder Basalt Cobalt Dunmore Elm Fairlead Granite Harbour Ivory Juniper Kestrel Linden".split()
)
_SECOND = "Freight Bakery Foods Clinics Energy Tools Textiles Logistics Schools Housing Marine Print".split()
_FORMS = ("Ltd", "Inc", "GmbH", "LLC", "BV")
_PEOPLE = "ada ben cleo dan eva finn gus hana ida jon kim lea max noor otto pia".split()
_GOALS = (
    "Halve manual entry",
    "Close the month three days sooner",
    "One view of every order",
    "Fewer late visits",
)
_NOTES = (
    "Standard rollout. No custom work discussed.",
    "Customer asked for the usual training, nothing special.",
    "Kickoff agreed with the operations lead; calendar is tight in July.",
    "Procurement was quick this time, legal had two questions about liability.",
)


def typed_records(count: int, seed: int) -> Iterator[Record]:
    """Records in which every value is stated and has its JSON type; some are wrong, none is doubtful."""
    yield from _records(count, seed, _TYPED_SLIPS, mean=2.0)


def real_records(count: int, seed: int) -> Iterator[Record]:
    """Records as they come: typed slips, and blanks, placeholders, money as text, dates in words."""
    yield from _records(count, seed, _TYPED_SLIPS + _UNTIDY_SLIPS, mean=2.6)


def _records(
    count: int, seed: int, slips: list[Callable[[Record, Random], None]], mean: float
) -> Iterator[Record]:
    random = Random(seed)
    for number in range(count):
        record = clean_record(random, seed * 1_000_000 + number)
        for _ in range(min(int(random.expovariate(1 / (mean + 0.5))), 8)):
            random.choice(slips)(record, random)
        yield record


def clean_record(random: Random, number: int) -> Record:
    name = f"{random.choice(_FIRST)} {random.choice(_SECOND)} {number} {random.choice(_FORMS)}"
    domain = f"customer{number}.example"
    close = TODAY - timedelta(days=random.randrange(2, 12))
    start = close + timedelta(days=random.randrange(3, 20))
    end = start.replace(year=start.year + 1) - timedelta(days=1)
    value = random.randrange(8_000, 95_000)
    seats = random.randrange(10, 400)
    plan = random.choice(("Enterprise", "Business", "Pro", "Starter"))
    terms = random.choice(("Net 30", "Net 30", "Net 45", "Net 60"))
    region = random.choice(("US", "US", "EU", "UK"))
    people = random.sample(_PEOPLE, 5)
    roles = ("executive_sponsor", "champion", "admin", "technical_owner", "billing_contact")
    return {
        "record_id": f"R-{number}",
        "as_of": f"{TODAY.isoformat()}T15:00:00Z",
        "trigger": {
            "event_id": f"evt-{number}", "type": "deal.stage_changed", "environment": "production",
            "received_at": f"{close.isoformat()}T14:02:35Z",
        },
        "crm": {
            "opportunity_id": f"OPP-{number}", "account_id": f"ACC-{number}", "account_name": name, "stage": "closedwon",
            "is_deleted": False, "close_date": close.isoformat(), "amount": value, "currency": "USD", "arr": value,
            "plan": plan, "seats": seats, "segment": random.choice(("smb", "mid_market", "mid_market", "enterprise")),
            "region": region, "owner_active": True, "security_review": "open", "legal_review": "open",
        },
        "contract": {
            "contract_id": f"CT-{number}", "status": "signed",
            "signed_date": (close - timedelta(days=random.randrange(0, 5))).isoformat(), "legal_entity": name,
            "plan": plan, "seats": seats, "start_date": start.isoformat(), "end_date": end.isoformat(),
            "term_months": random.choice((12, 12, 24, 36)), "value": value, "currency": "USD", "payment_terms": terms,
            "data_region": region, "overage": "hard_cap", "dpa_required": True, "dpa_signed": True,
            "baa_required": False, "baa_signed": False,
        },
        "order_form": {
            "order_form_id": f"OF-{number}", "plan": plan, "seats": seats, "total": value, "currency": "USD",
            "payment_terms": terms, "po_required": False, "po_number": "",
            "integrations": random.sample(["Salesforce", "NetSuite", "Slack", "Snowflake"], random.randrange(0, 3)),
            "data_migration": False, "sso": False,
        },
        "billing": {
            "customer_id": f"cus_{number}", "plan": plan, "quantity": seats, "amount": value, "currency": "USD",
            "payment_terms": terms, "billing_contact": f"{people[4]}@{domain}", "legal_entity": name,
            "tax_id": f"00-{number % 10_000_000:07d}", "tax_status": "verified", "start_date": start.isoformat(),
            "renewal_date": (end + timedelta(days=1)).isoformat(),
        },
        "provisioning": {
            "workspace_id": None, "plan": plan, "seats": seats, "region": region, "verified_domains": [domain],
        },
        "handoff": {
            "business_outcome": random.choice(_GOALS), "promised_timeline": "Standard 45-day plan",
            "success_criteria": f"{random.randrange(50, 99)}% of work planned in the product by day {number % 90}",
            "go_live_date": (start + timedelta(days=random.randrange(30, 90))).isoformat(),
            "kickoff_on": _business_day(close + timedelta(days=random.randrange(4, 9))).isoformat(),
            "lane": "mid_market_guided",
        },
        "stakeholders": [
            {"role": role, "email": f"{person}@{domain}", "active": True}
            for role, person in zip(roles, people, strict=True)
        ],
        "projects": [{"project_id": f"PRJ-{number}", "opportunity_id": f"OPP-{number}", "status": "active"}],
        "tasks": [
            {"title": title, "owner": owner, "status": status, "due_on": (TODAY + timedelta(days=days)).isoformat()}
            for title, owner, status, days in (
                ("Kickoff deck", "vendor", "open", 4), ("User list", "customer", "open", 9),
                ("Contract filed", "vendor", "done", -3), ("Sample data", "customer", "open", 2),
            )
        ],
        "notes": [{"source": "crm_note", "text": f"{random.choice(_NOTES)} Ref {number}."}],
        "processed_event_ids": [f"evt-{number - 2}", f"evt-{number - 1}"],
        "ai_output": {"type": "summary", "confidence": random.choice((0.86, 0.91, 0.95))},
        "proposed_actions": ["create_project", "create_kickoff_tasks"],
    }  # fmt: skip


def _business_day(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def _set(path: str, value: Any) -> Callable[[Record, Random], None]:
    system, field = path.split(".")

    def slip(record: Record, random: Random) -> None:
        if isinstance(record.get(system), dict):
            record[system][field] = value

    return slip


def _drop(path: str) -> Callable[[Record, Random], None]:
    system, field = path.split(".")

    def slip(record: Record, random: Random) -> None:
        if isinstance(record.get(system), dict):
            record[system].pop(field, None)

    return slip


def _scaled(path: str, factor: float) -> Callable[[Record, Random], None]:
    system, field = path.split(".")

    def slip(record: Record, random: Random) -> None:
        number = record[system].get(field)
        if isinstance(number, int):
            record[system][field] = round(number * factor)

    return slip


def _moved(path: str, days: int) -> Callable[[Record, Random], None]:
    system, field = path.split(".")

    def slip(record: Record, random: Random) -> None:
        try:
            day = date.fromisoformat(record[system].get(field) or "")
        except ValueError:
            return
        record[system][field] = (day + timedelta(days=days)).isoformat()

    return slip


def _without_role(role: str) -> Callable[[Record, Random], None]:
    def slip(record: Record, random: Random) -> None:
        record["stakeholders"] = [each for each in record["stakeholders"] if each["role"] != role]

    return slip


def _late_task(record: Record, random: Random) -> None:
    task = random.choice(record["tasks"])
    task["status"], task["due_on"] = "open", (TODAY - timedelta(days=random.randrange(5, 30))).isoformat()


def _promise(record: Record, random: Random) -> None:
    record["notes"].append(
        {"source": "call", "text": "The rep promised go-live by 30 June and told them so."}
    )


def _admin_left(record: Record, random: Random) -> None:
    for each in record["stakeholders"]:
        if each["role"] == "admin":
            each["active"] = False


def _two_projects(record: Record, random: Random) -> None:
    record["projects"].append({"project_id": "PRJ-0", "opportunity_id": "OPP-0", "status": "active"})


def _event_again(record: Record, random: Random) -> None:
    record["processed_event_ids"].append(record["trigger"]["event_id"])


def _money_as_text(record: Record, random: Random) -> None:
    value = record["contract"].get("value")
    if isinstance(value, int):
        record["contract"]["value"] = f"${value:,}.00"


def _day_in_words(record: Record, random: Random) -> None:
    record["handoff"]["go_live_date"] = "July 30, 2026"


def _null_system(record: Record, random: Random) -> None:
    record["ai_output"] = None


_TYPED_SLIPS: list[Callable[[Record, Random], None]] = [
    _set("order_form.plan", "Pro"), _set("provisioning.plan", "Starter"), _set("crm.plan", "Enterprise"),
    _scaled("order_form.total", 1.1), _scaled("billing.amount", 0.8), _scaled("provisioning.seats", 1.5),
    _scaled("contract.value", 9), _set("crm.arr", 140_000), _set("order_form.po_required", True),
    _set("order_form.sso", True), _set("order_form.data_migration", True), _set("contract.dpa_signed", False),
    _set("contract.baa_required", True), _set("contract.status", "sent"), _moved("contract.signed_date", 12),
    _moved("contract.start_date", -30), _moved("handoff.go_live_date", -70), _moved("handoff.kickoff_on", 2),
    _moved("handoff.kickoff_on", 14), _moved("handoff.kickoff_on", -14), _without_role("admin"),
    _without_role("executive_sponsor"), _without_role("champion"), _without_role("technical_owner"), _admin_left,
    _late_task, _late_task, _two_projects, _promise, _set("ai_output.confidence", 0.4),
    _set("crm.segment", "strategic"), _set("crm.currency", "EUR"), _set("billing.legal_entity", "Other Company Ltd"),
    _set("billing.payment_terms", "Net 90"), _set("contract.payment_terms", "Net 120"),
    _set("provisioning.region", "EU"), _set("crm.is_deleted", True), _set("crm.owner_active", False),
    _moved("billing.renewal_date", -60), _set("contract.term_months", 13), _moved("billing.start_date", 45),
    _set("billing.billing_contact", "accounts@elsewhere.example"), _set("trigger.environment", "sandbox"),
    _set("billing.tax_status", "failed"), _set("provisioning.requested_seats", 900),
    _set("order_form.integrations", ["Salesforce", "NetSuite", "Slack"]),
    _event_again, _event_again, _set("handoff.success_criteria", ""), _set("billing.tax_id", None),
    _set("billing.plan", "Business"),
]  # fmt: skip
_UNTIDY_SLIPS: list[Callable[[Record, Random], None]] = [
    _set("handoff.success_criteria", "TBD"), _set("handoff.success_criteria", ""), _drop("handoff.success_criteria"),
    _set("handoff.business_outcome", "N/A"), _set("handoff.promised_timeline", None), _set("billing.tax_id", "-"),
    _set("billing.billing_contact", None), _drop("billing.payment_terms"), _set("contract.plan", None),
    _set("crm.plan", "pro plan"), _set("contract.value", None), _money_as_text, _money_as_text, _day_in_words,
    _day_in_words, _drop("handoff.go_live_date"), _set("handoff.kickoff_on", ""), _set("order_form.sso", None),
    _drop("order_form.sso"), _set("crm.segment", "Mid-Market"), _set("provisioning.region", "united states"),
    _null_system, _drop("crm.security_review"), _set("crm.close_date", "unknown"), _drop("billing.amount"),
]  # fmt: skip
