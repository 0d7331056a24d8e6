"""
The fifty rows of bench/playbook/register.yaml as plain Python functions, in the same order.

Written as a competent engineer writes them: one function a rule, `.get` chains, True or False. They do not know
placeholders (`TBD`), money or dates as text, other spellings of a choice, currencies that differ, negated words in a
note, legal forms of a name, or *cannot tell*: what is missing counts as not so, and a date that cannot be read raises.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Record = dict[str, Any]
Rule = Callable[[Record, date], bool]

HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in ("2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25")
)
COMMITMENTS = ("promised", "guaranteed", "told them", "will deliver", "custom integration")
FORMS = (" ltd", " inc", " gmbh", " llc", " bv")
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    RULES.append(function)
    return function


def part(record: Record, system: str) -> Record:
    return record.get(system) or {}


def day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def is_business_day(value: date) -> bool:
    return value.weekday() < 5 and value not in HOLIDAYS


def business_days_between(start: date, end: date) -> int:
    count = 0
    while start < end:
        start += timedelta(days=1)
        if is_business_day(start):
            count += 1
    return count


def differ(*values: Any) -> bool:
    return len({value for value in values if value}) > 1


def open_review(record: Record, kind: str) -> bool:
    return part(record, "crm").get(f"{kind}_review") != "approved"


def weak_handoff(record: Record) -> bool:
    handoff = part(record, "handoff")
    return not (
        handoff.get("success_criteria")
        and handoff.get("business_outcome")
        and handoff.get("promised_timeline")
    )


def bare_name(name: str | None) -> str:
    text = (name or "").lower().rstrip(".")
    for form in FORMS:
        text = text.removesuffix(form)
    return text


def with_role(record: Record, role: str) -> int:
    return sum(1 for each in record.get("stakeholders") or [] if each.get("role") == role)


def is_late(task: Record, today: date, days: int) -> bool:
    due = day(task.get("due_on"))
    return task.get("status") == "open" and due is not None and (today - due).days > days


@rule
def plans_disagree(record: Record, today: date) -> bool:
    return differ(
        part(record, "contract").get("plan"),
        part(record, "order_form").get("plan"),
        part(record, "crm").get("plan"),
    )


@rule
def provisioned_plan_differs(record: Record, today: date) -> bool:
    return differ(part(record, "provisioning").get("plan"), part(record, "contract").get("plan"))


@rule
def billing_plan_differs(record: Record, today: date) -> bool:
    return differ(part(record, "billing").get("plan"), part(record, "contract").get("plan"))


@rule
def too_many_seats(record: Record, today: date) -> bool:
    provisioned, sold = part(record, "provisioning").get("seats"), part(record, "contract").get("seats")
    return provisioned is not None and sold is not None and provisioned > sold


@rule
def sums_differ(record: Record, today: date) -> bool:
    value, total = part(record, "contract").get("value"), part(record, "order_form").get("total")
    return value is not None and total is not None and abs(value - total) > 1


@rule
def billed_sum_is_off(record: Record, today: date) -> bool:
    amount, value = part(record, "billing").get("amount"), part(record, "contract").get("value")
    return amount is not None and value is not None and abs(amount - value) * 100 > 2 * abs(value)


@rule
def handoff_is_weak(record: Record, today: date) -> bool:
    return weak_handoff(record)


@rule
def po_is_missing(record: Record, today: date) -> bool:
    form = part(record, "order_form")
    return bool(form.get("po_required")) and not form.get("po_number")


@rule
def billing_cannot_run(record: Record, today: date) -> bool:
    billing = part(record, "billing")
    return not (billing.get("billing_contact") and billing.get("tax_id") and billing.get("payment_terms"))


@rule
def sso_without_review(record: Record, today: date) -> bool:
    return bool(part(record, "order_form").get("sso")) and open_review(record, "security")


@rule
def migration_without_review(record: Record, today: date) -> bool:
    return bool(part(record, "order_form").get("data_migration")) and open_review(record, "security")


@rule
def dpa_open(record: Record, today: date) -> bool:
    contract = part(record, "contract")
    return bool(contract.get("dpa_required")) and not contract.get("dpa_signed")


@rule
def baa_open(record: Record, today: date) -> bool:
    contract = part(record, "contract")
    return bool(contract.get("baa_required")) and not contract.get("baa_signed")


@rule
def not_signed(record: Record, today: date) -> bool:
    return part(record, "contract").get("status") != "signed"


@rule
def signed_after_close(record: Record, today: date) -> bool:
    signed, closed = (
        day(part(record, "contract").get("signed_date")),
        day(part(record, "crm").get("close_date")),
    )
    return signed is not None and closed is not None and signed > closed


@rule
def starts_before_signature(record: Record, today: date) -> bool:
    contract = part(record, "contract")
    start, signed = day(contract.get("start_date")), day(contract.get("signed_date"))
    return start is not None and signed is not None and start < signed


@rule
def go_live_too_soon(record: Record, today: date) -> bool:
    live, closed = (
        day(part(record, "handoff").get("go_live_date")),
        day(part(record, "crm").get("close_date")),
    )
    if live is None or closed is None or abs((live - closed).days) > 14:
        return False
    return len(part(record, "order_form").get("integrations") or []) >= 3


@rule
def kickoff_on_a_day_off(record: Record, today: date) -> bool:
    kickoff = day(part(record, "handoff").get("kickoff_on"))
    return kickoff is not None and not is_business_day(kickoff)


@rule
def kickoff_too_late(record: Record, today: date) -> bool:
    kickoff, closed = (
        day(part(record, "handoff").get("kickoff_on")),
        day(part(record, "crm").get("close_date")),
    )
    return kickoff is not None and closed is not None and business_days_between(closed, kickoff) > 10


@rule
def kickoff_before_close(record: Record, today: date) -> bool:
    kickoff, closed = (
        day(part(record, "handoff").get("kickoff_on")),
        day(part(record, "crm").get("close_date")),
    )
    return kickoff is not None and closed is not None and kickoff < closed


@rule
def no_admin(record: Record, today: date) -> bool:
    return with_role(record, "admin") == 0


@rule
def no_sponsor_or_two(record: Record, today: date) -> bool:
    return with_role(record, "executive_sponsor") != 1


@rule
def no_champion(record: Record, today: date) -> bool:
    return with_role(record, "champion") == 0


@rule
def admin_has_left(record: Record, today: date) -> bool:
    return any(
        each.get("role") == "admin" and each.get("active") is False
        for each in record.get("stakeholders") or []
    )


@rule
def task_is_late(record: Record, today: date) -> bool:
    for task in record.get("tasks") or []:
        due = day(task.get("due_on"))
        if task.get("status") == "open" and due is not None and business_days_between(due, today) > 3:
            return True
    return False


@rule
def customer_is_late(record: Record, today: date) -> bool:
    return any(
        task.get("owner") == "customer" and is_late(task, today, 10) for task in record.get("tasks") or []
    )


@rule
def project_of_another_deal(record: Record, today: date) -> bool:
    deal = part(record, "crm").get("opportunity_id")
    return any(each.get("opportunity_id") != deal for each in record.get("projects") or [])


@rule
def two_active_projects(record: Record, today: date) -> bool:
    return sum(1 for each in record.get("projects") or [] if each.get("status") == "active") >= 2


@rule
def promise_in_notes(record: Record, today: date) -> bool:
    for note in record.get("notes") or []:
        text = (note.get("text") or "").lower()
        if any(words in text for words in COMMITMENTS):
            return True
    return False


@rule
def ai_is_unsure(record: Record, today: date) -> bool:
    output = record.get("ai_output")
    return bool(output) and (output.get("confidence") or 0) < 0.8


@rule
def big_customer_with_gaps(record: Record, today: date) -> bool:
    return part(record, "crm").get("segment") in ("enterprise", "strategic") and weak_handoff(record)


@rule
def high_value_without_criteria(record: Record, today: date) -> bool:
    arr = part(record, "crm").get("arr")
    return arr is not None and arr >= 100_000 and not part(record, "handoff").get("success_criteria")


@rule
def large_without_legal(record: Record, today: date) -> bool:
    contract = part(record, "contract")
    value = contract.get("value")
    large = value is not None and contract.get("currency") == "USD" and value > 250_000
    return large and open_review(record, "legal")


@rule
def currencies_differ(record: Record, today: date) -> bool:
    return differ(part(record, "crm").get("currency"), part(record, "contract").get("currency"))


@rule
def entities_differ(record: Record, today: date) -> bool:
    return differ(
        bare_name(part(record, "billing").get("legal_entity")),
        bare_name(part(record, "contract").get("legal_entity")),
    )


@rule
def payment_terms_disagree(record: Record, today: date) -> bool:
    return differ(
        part(record, "contract").get("payment_terms"),
        part(record, "order_form").get("payment_terms"),
        part(record, "billing").get("payment_terms"),
    )


@rule
def regions_differ(record: Record, today: date) -> bool:
    return differ(part(record, "contract").get("data_region"), part(record, "provisioning").get("region"))


@rule
def deal_is_deleted(record: Record, today: date) -> bool:
    return bool(part(record, "crm").get("is_deleted"))


@rule
def owner_has_left(record: Record, today: date) -> bool:
    return part(record, "crm").get("owner_active") is False


@rule
def renews_too_early(record: Record, today: date) -> bool:
    renewal, end = (
        day(part(record, "billing").get("renewal_date")),
        day(part(record, "contract").get("end_date")),
    )
    return renewal is not None and end is not None and renewal < end


@rule
def unusual_term(record: Record, today: date) -> bool:
    term = part(record, "contract").get("term_months")
    return term is not None and term not in (12, 24, 36)


@rule
def very_long_terms(record: Record, today: date) -> bool:
    return part(record, "contract").get("payment_terms") in ("Net 90", "Net 120")


@rule
def billing_contact_elsewhere(record: Record, today: date) -> bool:
    contact = part(record, "billing").get("billing_contact")
    domains = part(record, "provisioning").get("verified_domains")
    if not contact or domains is None:
        return False
    own = contact.rpartition("@")[2].lower()
    return not any(own == each.lower() or own.endswith("." + each.lower()) for each in domains)


@rule
def event_again(record: Record, today: date) -> bool:
    return part(record, "trigger").get("event_id") in (record.get("processed_event_ids") or [])


@rule
def not_production(record: Record, today: date) -> bool:
    return part(record, "trigger").get("environment") != "production"


@rule
def integrations_without_owner(record: Record, today: date) -> bool:
    integrations = part(record, "order_form").get("integrations") or []
    return len(integrations) >= 2 and with_role(record, "technical_owner") == 0


@rule
def billing_starts_late(record: Record, today: date) -> bool:
    first, start = (
        day(part(record, "billing").get("start_date")),
        day(part(record, "contract").get("start_date")),
    )
    return first is not None and start is not None and (first - start).days > 30


@rule
def more_seats_asked(record: Record, today: date) -> bool:
    asked, contract = part(record, "provisioning").get("requested_seats"), part(record, "contract")
    sold = contract.get("seats")
    return asked is not None and sold is not None and asked > sold and contract.get("overage") != "metered"


@rule
def go_live_outside_contract(record: Record, today: date) -> bool:
    contract = part(record, "contract")
    live = day(part(record, "handoff").get("go_live_date"))
    start, end = day(contract.get("start_date")), day(contract.get("end_date"))
    if live is None or start is None or end is None:
        return False
    return live < start or live > end


@rule
def tax_stops_billing(record: Record, today: date) -> bool:
    status, contract = part(record, "billing").get("tax_status"), part(record, "contract")
    value = contract.get("value")
    return status == "failed" or (
        status == "pending" and value is not None and contract.get("currency") == "USD" and value >= 50_000
    )
