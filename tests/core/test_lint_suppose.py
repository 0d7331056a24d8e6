"""What lint calls impossible is matched by no record, and what it calls certain by every one."""

from datetime import timedelta
from random import Random

import pytest

from holdshort.core.lint.suppose import Supposer
from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.reference import evaluate

from .rules.corpus import CALENDAR, NOW, glossary, situation, vocabulary
from .rules.making import TEXTS, Trees

NEVER = """
never
contract plan is Enterprise and contract plan is Pro
contract plan is one of Enterprise, Pro and contract plan is none of Enterprise, Pro
deal stage is closed won and deal stage is not closed won
success criteria is missing and success criteria is "faster"
success criteria is missing and success criteria is present
success criteria is missing and success criteria mentions "faster"
any of success criteria, tax ID is missing and success criteria is present and tax ID is present
every of success criteria, tax ID is missing and tax ID is present
ARR is at least 100 and ARR is below 50
ARR is at least the high ARR threshold and ARR is below 50,000
contract seats is between 10 and 5
contract value is more than 10 USD and contract value is less than 5 USD
contract value is more than 10 USD and contract value is less than 5 EUR
success criteria is not present and success criteria is not missing
contract is not attached and contract plan is Enterprise
contract is not attached and contract plan, CRM plan disagree
contract plan, CRM plan agree and contract plan, CRM plan disagree
contract plan is missing and contract plan equals CRM plan
close date is in the past and close date is in the future
close date is before 2026-06-15 and close date is after 2026-06-14
close date is overdue by more than 5 days and close date is within 3 days of today
close date is overdue by more than 2 weeks and close date is at most 14 days before today
contract plan is stale
contract plan is conflicting
integrations are empty and integrations has at least 3
integrations mention "SAP" and integrations are empty
not always
SSO is yes and SSO is no
""".strip().splitlines()
ALWAYS = """
always
not never
success criteria is missing or success criteria is not missing
success criteria is provided or success criteria is not provided
""".strip().splitlines()
POSSIBLE = """
contract plan is Enterprise and CRM plan is Pro
contract plan is missing and contract is not attached
close date is before 2026-06-15 and close date is after 2026-06-13
close date is overdue by more than 5 business days and close date is within 7 days of today
success criteria is stale
tax ID is conflicting
ARR is more than 5 and ARR is less than 6
contract plan is recognised or contract plan is not recognised
integrations do not mention "SAP" and integrations are empty
contract plan is Enterprise unless contract is attached
""".strip().splitlines()


def supposer():
    return Supposer(glossary(), CALENDAR)


def read(text):
    return parse_condition(text, vocabulary())


@pytest.mark.parametrize("text", NEVER)
def test_a_sentence_that_contradicts_itself_can_never_be_matched(text):
    assert supposer().can_match(read(text)) is False


@pytest.mark.parametrize("text", ALWAYS)
def test_a_sentence_that_is_always_so_is_matched_by_every_record(text):
    assert supposer().always_matches(read(text)) is True


@pytest.mark.parametrize("text", [each for each in POSSIBLE if "unless contract is attached" not in each])
def test_a_sentence_that_may_be_so_or_not_is_neither(text):
    assert supposer().can_match(read(text)) is True
    assert supposer().always_matches(read(text)) is False


def test_a_value_of_a_system_that_holds_nothing_is_not_known():
    assert supposer().can_match(read("contract plan is Enterprise unless contract is attached")) is False


def test_elements_of_a_list_can_contradict_themselves():
    lists = [each for each in glossary().names.values() if each.is_list and each.fields and not each.parent]
    found = [
        (name, field)
        for name in lists
        for field in name.fields.values()
        if field.type == "choice" and len(field.options) > 1
    ]
    assert found
    for name, field in found:
        one, other = field.options[:2]
        text = f"any {name.item or name.name} whose {field.name} is {one} and {field.name} is {other}"
        assert supposer().can_match(read(text)) is False, text
        assert supposer().can_match(read(text.replace("any", "no", 1))) is True


def test_a_search_that_does_not_end_within_the_budget_says_nothing():
    names = ["contract plan", "CRM plan", "order form plan", "deal stage", "segment", "ARR", "close date"]
    text = " and ".join(
        f"({left} is missing or {right} is missing)" for left in names for right in names if left != right
    )
    assert Supposer(glossary(), CALENDAR, steps_left=1).can_match(read(text)) is None


# --- against records ---


class Records:
    """Random records of the corpus's glossary, with blanks, gaps and values of the wrong kind."""

    def __init__(self, rng, names):
        self.rng = rng
        self.names = names

    def record(self):
        made = {}
        gone = {
            key: self.rng.choice((None, {}))
            for key in ("contract", "order_form", "billing", "handoff")
            if self.rng.random() < 0.15
        }
        for name in self.names:
            for path in name.paths:
                if any(step.pick is not None for step in path.steps) or self.rng.random() < 0.12:
                    continue
                value = self.value(name)
                if len(path.steps) == 1:
                    made[path.system] = value
                elif path.system in gone:
                    made[path.system] = gone[path.system]
                else:
                    inner = made.setdefault(path.system, {})
                    if not isinstance(inner, dict):
                        continue
                    for step in path.steps[1:-1]:
                        inner = inner.setdefault(step.key, {})
                    inner[path.steps[-1].key] = value
            if name.ai_path is not None and self.rng.random() < 0.3:
                made.setdefault("ai_output", {}).setdefault("fields", {})[name.ai_path.steps[-1].key] = "said"
            if name.currency_path is not None:
                system = made.setdefault(name.currency_path.system, {})
                if isinstance(system, dict):
                    system[name.currency_path.steps[-1].key] = self.rng.choice(("USD", "EUR", None))
        for key in ("handoff", "contract"):
            if isinstance(made.get(key), dict) and self.rng.random() < 0.2:
                made[key]["_as_of"] = self.rng.choice(("2026-06-01", "2020-01-01"))
        made["as_of"] = "2026-06-08T15:30:00Z"
        return made

    def value(self, name):
        if self.rng.random() < 0.15:
            return self.rng.choice((None, "", "N/A", "nonsense ?!", {"x": 1}, 7))
        if name.is_list:
            if name.value_type is not None:
                return [self.rng.choice(TEXTS) for _ in range(self.rng.randint(0, 3))]
            return [
                {
                    field.paths[0].steps[-1].key: self.value(field)
                    for field in name.fields.values()
                    if field.paths and self.rng.random() < 0.9
                }
                for _ in range(self.rng.randint(0, 3))
            ]
        if name.type == "choice":
            return self.rng.choice((*name.options, "something else"))
        if name.type == "yes/no":
            return self.rng.choice((True, False))
        if name.type == "confidence":
            return self.rng.choice((0, 0.5, 0.8, 0.9, 1))
        if name.type in ("number", "money"):
            return self.rng.choice(
                (0, 0.5, 0.7, 0.8, 1, 2, 2.5, 3, 14, 50, 100, 1000, 50000, 100000, -1, -100)
            )
        if name.type in ("date", "time"):
            day = (NOW + timedelta(days=self.rng.randint(-45, 45))).date().isoformat()
            return (
                day
                if name.type == "date"
                else day + self.rng.choice(("T00:00:00Z", "T15:30:00Z", "T23:00:00Z"))
            )
        return self.rng.choice((*TEXTS, "someone@customer.example", "Europe/Berlin"))


@pytest.mark.parametrize("seed", range(12))
def test_no_record_contradicts_what_lint_says_of_random_sentences(seed):
    rng = Random(seed)
    every = [each for each in glossary().names.values() if not each.parent]
    settled = 0
    for number in range(60):
        chosen = None
        if number % 3:
            scalars = [each.name for each in every if not each.is_list]
            lists = [each.name for each in every if each.is_list]
            chosen = [*rng.sample(scalars, rng.randint(1, 2)), *rng.sample(lists, number % 2)]
        condition = Trees(rng, chosen, depth=2).condition()
        found = supposer()
        can, always = found.can_match(condition), found.always_matches(condition)
        settled += can is False or always is True
        if can is not False and always is not True:
            continue
        records = Records(rng, every)
        for _ in range(60):
            record = records.record()
            truth = evaluate(condition, situation(record))
            said = print_condition(condition, glossary())
            assert not (can is False and truth is True), (said, record)
            assert not (always is True and truth is not True), (said, record)
    assert settled
