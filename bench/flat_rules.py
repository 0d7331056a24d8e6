"""
The fifty rows of bench/playbook/flat-register.yaml as plain Python functions, in the same order.

One comparison of stated values a row: an amount, a choice, a yes or no, whether a value is there. This is the least
that a check can cost in Python, as whoever counts rule evaluations a second writes them; `plain_rules.py` holds rows as
a business writes them. A value that is missing counts as not so, and what cannot be compared raises.
"""

from __future__ import annotations

from datetime import date

from bench.plain_rules import Record, Rule

RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    RULES.append(function)
    return function


# --- amounts ---


@rule
def contract_is_very_large(record: Record, today: date) -> bool:
    value = (record.get("contract") or {}).get("value")
    return value is not None and value > 250_000


@rule
def contract_is_very_small(record: Record, today: date) -> bool:
    value = (record.get("contract") or {}).get("value")
    return value is not None and value < 5_000


@rule
def order_is_very_large(record: Record, today: date) -> bool:
    total = (record.get("order_form") or {}).get("total")
    return total is not None and total >= 100_000


@rule
def bill_is_very_small(record: Record, today: date) -> bool:
    amount = (record.get("billing") or {}).get("amount")
    return amount is not None and amount < 5_000


@rule
def bill_exceeds_contract(record: Record, today: date) -> bool:
    amount, value = (record.get("billing") or {}).get("amount"), (record.get("contract") or {}).get("value")
    return amount is not None and value is not None and amount > value


@rule
def bill_is_below_contract(record: Record, today: date) -> bool:
    amount, value = (record.get("billing") or {}).get("amount"), (record.get("contract") or {}).get("value")
    return amount is not None and value is not None and amount < value


@rule
def order_exceeds_contract(record: Record, today: date) -> bool:
    total, value = (record.get("order_form") or {}).get("total"), (record.get("contract") or {}).get("value")
    return total is not None and value is not None and total > value


@rule
def revenue_is_high(record: Record, today: date) -> bool:
    arr = (record.get("crm") or {}).get("arr")
    return arr is not None and arr >= 100_000


@rule
def revenue_is_low(record: Record, today: date) -> bool:
    arr = (record.get("crm") or {}).get("arr")
    return arr is not None and arr < 8_500


@rule
def many_seats_sold(record: Record, today: date) -> bool:
    seats = (record.get("contract") or {}).get("seats")
    return seats is not None and seats > 390


@rule
def few_seats_sold(record: Record, today: date) -> bool:
    seats = (record.get("contract") or {}).get("seats")
    return seats is not None and seats < 15


@rule
def many_seats_provisioned(record: Record, today: date) -> bool:
    seats = (record.get("provisioning") or {}).get("seats")
    return seats is not None and seats > 400


@rule
def too_many_seats_provisioned(record: Record, today: date) -> bool:
    provisioned = (record.get("provisioning") or {}).get("seats")
    sold = (record.get("contract") or {}).get("seats")
    return provisioned is not None and sold is not None and provisioned > sold


@rule
def more_seats_asked_than_sold(record: Record, today: date) -> bool:
    asked = (record.get("provisioning") or {}).get("requested_seats")
    sold = (record.get("contract") or {}).get("seats")
    return asked is not None and sold is not None and asked > sold


@rule
def term_is_short(record: Record, today: date) -> bool:
    term = (record.get("contract") or {}).get("term_months")
    return term is not None and term < 12


@rule
def term_is_odd(record: Record, today: date) -> bool:
    term = (record.get("contract") or {}).get("term_months")
    return term is not None and term not in (12, 24, 36)


@rule
def ai_is_unsure(record: Record, today: date) -> bool:
    confidence = (record.get("ai_output") or {}).get("confidence")
    return confidence is not None and confidence < 0.8


# --- choices ---


@rule
def contract_is_not_signed(record: Record, today: date) -> bool:
    return (record.get("contract") or {}).get("status") != "signed"


@rule
def deal_is_not_won(record: Record, today: date) -> bool:
    return (record.get("crm") or {}).get("stage") != "closedwon"


@rule
def segment_is_strategic(record: Record, today: date) -> bool:
    return (record.get("crm") or {}).get("segment") == "strategic"


@rule
def not_production(record: Record, today: date) -> bool:
    return (record.get("trigger") or {}).get("environment") != "production"


@rule
def trigger_is_another(record: Record, today: date) -> bool:
    return (record.get("trigger") or {}).get("type") != "deal.stage_changed"


@rule
def tax_check_failed(record: Record, today: date) -> bool:
    return (record.get("billing") or {}).get("tax_status") == "failed"


@rule
def tax_check_is_pending(record: Record, today: date) -> bool:
    return (record.get("billing") or {}).get("tax_status") == "pending"


@rule
def contract_terms_are_long(record: Record, today: date) -> bool:
    return (record.get("contract") or {}).get("payment_terms") in ("Net 90", "Net 120")


@rule
def billing_terms_are_long(record: Record, today: date) -> bool:
    return (record.get("billing") or {}).get("payment_terms") in ("Net 90", "Net 120")


@rule
def order_terms_are_long(record: Record, today: date) -> bool:
    return (record.get("order_form") or {}).get("payment_terms") in ("Net 90", "Net 120")


@rule
def overage_is_billed(record: Record, today: date) -> bool:
    return (record.get("contract") or {}).get("overage") == "metered"


@rule
def provisioned_plan_differs(record: Record, today: date) -> bool:
    plan, sold = (record.get("provisioning") or {}).get("plan"), (record.get("contract") or {}).get("plan")
    return plan is not None and sold is not None and plan != sold


@rule
def billing_plan_differs(record: Record, today: date) -> bool:
    plan, sold = (record.get("billing") or {}).get("plan"), (record.get("contract") or {}).get("plan")
    return plan is not None and sold is not None and plan != sold


@rule
def order_form_plan_differs(record: Record, today: date) -> bool:
    plan, sold = (record.get("order_form") or {}).get("plan"), (record.get("contract") or {}).get("plan")
    return plan is not None and sold is not None and plan != sold


@rule
def crm_plan_differs(record: Record, today: date) -> bool:
    plan, sold = (record.get("crm") or {}).get("plan"), (record.get("contract") or {}).get("plan")
    return plan is not None and sold is not None and plan != sold


@rule
def region_differs(record: Record, today: date) -> bool:
    region = (record.get("provisioning") or {}).get("region")
    sold = (record.get("contract") or {}).get("data_region")
    return region is not None and sold is not None and region != sold


@rule
def security_review_is_rejected(record: Record, today: date) -> bool:
    return (record.get("crm") or {}).get("security_review") == "rejected"


@rule
def legal_review_is_rejected(record: Record, today: date) -> bool:
    return (record.get("crm") or {}).get("legal_review") == "rejected"


# --- yes or no ---


@rule
def deal_is_deleted(record: Record, today: date) -> bool:
    return (record.get("crm") or {}).get("is_deleted") is True


@rule
def owner_has_left(record: Record, today: date) -> bool:
    return (record.get("crm") or {}).get("owner_active") is False


@rule
def sso_is_sold(record: Record, today: date) -> bool:
    return (record.get("order_form") or {}).get("sso") is True


@rule
def migration_is_sold(record: Record, today: date) -> bool:
    return (record.get("order_form") or {}).get("data_migration") is True


@rule
def po_is_required(record: Record, today: date) -> bool:
    return (record.get("order_form") or {}).get("po_required") is True


@rule
def dpa_is_not_signed(record: Record, today: date) -> bool:
    return (record.get("contract") or {}).get("dpa_signed") is False


@rule
def baa_is_required(record: Record, today: date) -> bool:
    return (record.get("contract") or {}).get("baa_required") is True


# --- whether a value is there ---


@rule
def criteria_are_missing(record: Record, today: date) -> bool:
    return not (record.get("handoff") or {}).get("success_criteria")


@rule
def outcome_is_missing(record: Record, today: date) -> bool:
    return not (record.get("handoff") or {}).get("business_outcome")


@rule
def timeline_is_missing(record: Record, today: date) -> bool:
    return not (record.get("handoff") or {}).get("promised_timeline")


@rule
def kickoff_is_missing(record: Record, today: date) -> bool:
    return not (record.get("handoff") or {}).get("kickoff_on")


@rule
def go_live_is_missing(record: Record, today: date) -> bool:
    return not (record.get("handoff") or {}).get("go_live_date")


@rule
def tax_id_is_missing(record: Record, today: date) -> bool:
    return not (record.get("billing") or {}).get("tax_id")


@rule
def billing_contact_is_missing(record: Record, today: date) -> bool:
    return not (record.get("billing") or {}).get("billing_contact")


@rule
def payment_terms_are_missing(record: Record, today: date) -> bool:
    return not (record.get("billing") or {}).get("payment_terms")
