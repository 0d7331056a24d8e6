"""The eighteen items, each computed from the playbook with its evidence; nothing here asks a clock, a file or a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from holdshort.core.clause_parser import AUDIT_FIELDS
from holdshort.core.golive.facts import Facts
from holdshort.core.golive.items import ITEMS, Item
from holdshort.core.golive.report import Answered, SignOff, State
from holdshort.core.golive.subjects import counting, free_kinds, person_named
from holdshort.core.lint.coverage import Spoken
from holdshort.core.lint.rows import every_node
from holdshort.core.lint.suppose import Supposer
from holdshort.core.metrics.catalogue import find_metric
from holdshort.core.packet_layout import LAYOUT
from holdshort.core.packet_layout import TITLES as PARTS
from holdshort.core.register import EdgeCase
from holdshort.core.roles import TITLES
from holdshort.core.rules import ast
from holdshort.core.rules.walk import names_in
from holdshort.core.text import fold

NEEDED_SYSTEMS = (
    "CRM", "CS platform", "project tool", "billing and subscription", "support desk", "identity and provisioning",
)  # fmt: skip
"""Requirements O3."""
GATED = ("billing", "provisioning")
"""Classes whose writes need a person in every mode."""
AUTOMATIC_FIRST = frozenset({"send_reminder", "schedule_kickoff", "send_kickoff_invite"})
"""Messages that may be the first to go alone: a reminder of a known task, the confirmation of an approved time (L4)."""
_MOST_NAMED = 6


@dataclass
class _Found:
    """What one item's check gathers."""

    evidence: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    """What nothing speaks against and nothing for; a sign-off stands in for it where the item has one."""
    needs_sign_off: bool = False


def check_all(facts: Facts) -> tuple[Answered, ...]:
    """Answer all eighteen items, in order."""
    return tuple(_answered(item, facts) for item in ITEMS)


def _answered(item: Item, facts: Facts) -> Answered:
    found = _Found()
    _CHECKS[item.code](facts, found)
    for code, said in facts.searched.escapes if facts.searched else ():
        if code == item.code:
            found.missing.append(said)
    signed: SignOff | None = None
    if found.needs_sign_off or found.unproven:
        signed, why = counting(item.code, facts) if item.proof != "computed" else (None, "")
        if signed is not None:
            found.evidence.append(f"signed by {signed.by} on {signed.at:%Y-%m-%d}: {signed.note}")
            found.unproven.clear()
        elif found.needs_sign_off:
            found.missing.append(
                f"{why}: `holdshort gate PLAYBOOK --sign {item.code} --as NAME --note TEXT`, once it is so"
            )
    state: State = "open" if found.missing else "not proven" if found.unproven else "pass"
    return Answered(item, state, tuple(found.evidence), (*found.missing, *found.unproven), signed)


# --- the path ---------------------------------------------------------------------------------------------


def _one_lane(facts: Facts, found: _Found) -> None:
    lanes = dict.fromkeys(facts.playbook.clean_path.lanes.values())
    if facts.lane in lanes:
        found.evidence.append(f"the lane is {facts.lane}, one of {len(lanes)}")
    else:
        said = f"`{facts.lane}` is no lane of clean-path.yaml" if facts.lane else "no lane is named"
        found.missing.append(f'{said}: write `lane = "…"` in playbook.toml, one of {_listed(list(lanes))}')


def _trigger(facts: Facts, found: _Found) -> None:
    playbook = facts.playbook
    supposer = Supposer(playbook.glossary, playbook.settings.calendar)
    working = []
    for trigger in playbook.clean_path.triggers:
        names = names_in(trigger.when, playbook.glossary)
        if supposer.can_match(trigger.when) is not False and any(
            playbook.glossary.names[name].expected for name in names
        ):
            working.append(trigger.title or trigger.kind)
    if working:
        found.evidence.append(f"an onboarding begins with: {_listed(working)}")
    else:
        found.missing.append(
            "nothing that a connected source tells starts an onboarding: name a trigger in clean-path.yaml whose value "
            "the glossary expects"
        )


def _systems(facts: Facts, found: _Found) -> None:
    playbook = facts.playbook
    listed = {fold(each) for each in playbook.clean_path.lists.get("systems of record", ())}
    read = {fold(each.code) for each in playbook.glossary.systems.values() if each.code}
    said = {fold(name): product for name, product in playbook.settings.systems_of_record.items()}
    named = []
    for system in NEEDED_SYSTEMS:
        product = said.get(fold(system), "")
        if not product:
            found.missing.append(
                f"nobody says which product is your {system}: write it under [systems_of_record] in playbook.toml, or `none`"
            )
        elif fold(product) == "none":
            named.append(f"no {system}")
        elif fold(system) not in listed:
            found.missing.append(f"clean-path.yaml does not list {system} among the systems of record")
        elif fold(system) not in read:
            found.missing.append(
                f"no system of the glossary has `code: {system}`, so nothing is read from {product}"
            )
        else:
            named.append(f"{system}: {product}")
    found.evidence += [", ".join(named)] if named else []


def _handoff(facts: Facts, found: _Found) -> None:
    playbook = facts.playbook
    fields = playbook.clean_path.lists.get("handoff fields", ())
    if not fields:
        found.missing.append(
            "clean-path.yaml lists no handoff fields: write what sales hands over under `handoff fields:`"
        )
        return
    asked = {
        name for case in facts.cases for name in names_in((case.trigger, case.checks), playbook.glossary)
    }
    looked_at = 0
    for each in fields:
        name = facts.name(each)
        if name is None:
            found.missing.append(
                f"the glossary has no name for the handoff field `{each}`: add one that says where it is read"
            )
        elif not name.expected:
            found.missing.append(
                f"no connected source gives the handoff field `{each}`: connect one and take `expected: no` away"
            )
        else:
            looked_at += playbook.glossary.list_of(name.name).name in asked
    found.evidence.append(f"{len(fields)} handoff fields; rows of the lane look at {looked_at} of them")


def _placed(facts: Facts, found: _Found) -> None:
    path, glossary = facts.playbook.clean_path, facts.playbook.glossary
    for what, name in (("lane", path.lane_name), ("segment", path.segment_name)):
        entry = glossary.names.get(name)
        if entry is None:
            found.missing.append(
                f"clean-path.yaml says nothing about where the {what} is read: write `{what} from: NAME`"
            )
        elif not entry.expected:
            found.missing.append(
                f"no connected source gives `{name}`: take `expected: no` away once one does"
            )
    if not facts.cases:
        found.missing.append(f"no row of the register is for the lane {facts.lane or '?'}")
    for said in facts.found("LINT-057"):
        found.missing.append(f"{said.message}: {said.mend}")
    lanes, segments = (len(set(each.values())) for each in (path.lanes, path.segments))
    found.evidence.append(
        f"{lanes} lanes and {segments} segments; {len(facts.cases)} active rows are for this lane"
    )


# --- the register -----------------------------------------------------------------------------------------


def _cited(facts: Facts, found: _Found) -> None:
    bare = [each.case for each in facts.cases if not each.sources.strip()]
    made_up = [each.case for each in facts.cases if "made up" in each.sources.casefold()]
    if bare:
        found.missing.append(
            f"{_listed(bare)} cite no record: name deals or tickets under Sources, or write `made up`"
        )
    found.evidence.append(
        f"{len(facts.cases) - len(bare) - len(made_up)} rows cite where they come from, {len(made_up)} say that they are made up"
    )
    found.needs_sign_off = True


def _tiers(facts: Facts, found: _Found) -> None:
    read = {each.case.casefold() for each in facts.playbook.register.cases}
    unread = [
        row.get("id", "") or "a row without an ID"
        for row in facts.rows
        if row.get("id", "").casefold() not in read
    ]
    if unread:
        found.missing.append(
            f"{_listed(unread)} cannot be read, so they do not run: `holdshort lint PLAYBOOK` says why"
        )
    if not facts.rows:
        found.missing.append("the register has no row")
    tiers = [each.tier for each in facts.cases]
    said = ", ".join(
        f"{tiers.count(tier)} {tier}" for tier in ("low", "medium", "high", "hold") if tier in tiers
    )
    found.evidence.append(f"rows of the lane by tier: {said or 'none'}")


def _checks_first(facts: Facts, found: _Found) -> None:
    silent = [each.case for each in facts.decided if not each.texts.get("checks", "").strip()]
    if silent:
        found.missing.append(
            f"{_listed(silent)} say nothing under Deterministic checks: write what a rule decides, or `none`"
        )
    for said in facts.found("LINT-061"):
        found.missing.append(f"{said.where.case}: {said.message}; {said.mend}")
    glossary = facts.playbook.glossary
    ruled = [each for each in facts.cases if not _is_about_ai(each, facts)]
    only_ai = [
        each.case
        for each in ruled
        if any(
            not glossary.names[name].paths and glossary.names[name].ai_path
            for name in names_in(each.trigger, glossary)
        )
    ]
    if only_ai:
        found.missing.append(
            f"{_listed(only_ai)} rest on a value that only AI gives: name a system that it is read from"
        )
    checks = sum(len(each.checks) for each in facts.cases)
    found.evidence.append(
        f"{len(ruled)} of {len(facts.cases)} rows are decided by rules over records alone; {checks} checks beside the triggers"
    )


def _boundaries(facts: Facts, found: _Found) -> None:
    silent = [each.case for each in facts.cases if not each.texts.get("ai", "").strip()]
    if silent:
        found.missing.append(f"{_listed(silent)} say nothing about AI: write what it may prepare, or `none`")
    for said in facts.found("LINT-060"):
        found.missing.append(f"{said.where.case}: {said.message}; {said.mend}")
    uses = [use for each in facts.cases for use in each.ai]
    kinds = sorted({use.capability for use in uses})
    found.evidence.append(
        f"AI may help with {len(uses)} things in {sum(bool(each.ai) for each in facts.cases)} rows ({', '.join(kinds) or 'none'})"
    )


def _reviews(facts: Facts, found: _Found) -> None:
    for said in facts.found("LINT-020", "LINT-021", "LINT-022", "LINT-023", "LINT-025", "LINT-028"):
        if said.where.case and _is_low(said.where.case, facts):
            continue
        found.missing.append(f"{said.where.case}: {said.message}")
    roles = {
        role for each in facts.decided for rule in each.review for step in rule.steps for role in step.roles
    }
    held = [TITLES[role] for role in sorted(roles) if _people(role, facts)]
    found.evidence.append(f"{len(facts.decided)} rows are decided by {len(held)} roles that somebody holds")
    found.needs_sign_off = True


def _packet(facts: Facts, found: _Found) -> None:
    bare = [each.case for each in facts.decided if not each.evidence and each.tier in ("high", "hold")]
    blank = [each.case for each in facts.decided if not each.texts.get("evidence", "").strip()]
    for case in dict.fromkeys([*blank, *bare]):
        found.missing.append(f"{case} promises its reviewer no evidence: name it under Required evidence")
    glossary = facts.playbook.glossary
    kinds = {name.kind for name in glossary.names.values() if name.kind}
    for part, asks in LAYOUT.items():
        known = [
            ask
            for ask in asks
            if any(facts.name(name) for name in ask.names) or ask.kind in kinds or facts.name(ask.list)
        ]
        if asks and not known and part in ("I1", "I2", "I3", "I4", "I5", "I6", "I7"):
            found.missing.append(f"nothing in the glossary fills the packet's part `{PARTS[part]}`")
    named = sum(len(each.evidence) for each in facts.decided)
    found.evidence.append(
        f"{len(facts.decided)} rows promise {named} pieces of evidence; twelve parts of the packet"
    )


# --- what may act -----------------------------------------------------------------------------------------


def _draft_first(facts: Facts, found: _Found) -> None:
    playbook = facts.playbook
    mode = playbook.settings.mode
    drafts = [each for each in free_kinds(playbook, "draft-first") if each not in AUTOMATIC_FIRST]
    if drafts:
        found.missing.append(
            f"{_listed([each.replace('_', ' ') for each in drafts])} go to the customer alone in draft-first mode: write "
            "`draft-first: person` for them in actions.yaml"
        )
    if mode == "live":
        live = free_kinds(playbook, "live")
        found.evidence.append(
            f"in live mode {len(live)} kinds of message go alone: {_listed([each.replace('_', ' ') for each in live])}"
        )
        found.needs_sign_off = True
    else:
        found.evidence.append(f"the playbook is in {mode} mode; what reaches the customer waits for a person")


def _gated(facts: Facts, found: _Found) -> None:
    catalogue = facts.playbook.catalogue
    for name in GATED:
        kinds = [each for each in catalogue.kinds.values() if each.action_class.name == name]
        if not kinds:
            found.missing.append(
                f"actions.yaml has no kind of the class `{name}`, so no {name} write is known"
            )
        for mode in ("draft-first", "live"):
            alone = [each.phrase for each in kinds if mode not in each.person_in]
            if alone:
                found.missing.append(
                    f"{_listed(alone)} run without a person in {mode} mode: write `{mode}: person` in actions.yaml"
                )
    bare = [
        each.case
        for each in facts.decided
        if each.work_area.casefold() == "legal and security" and not each.holds and each.tier != "hold"
    ]
    if bare:
        found.missing.append(f"{_listed(bare)} are about legal or security and hold no action")
    unknown = catalogue.find("an_action_that_nobody_listed")
    if unknown is not None:
        found.missing.append("a prefix in actions.yaml lets kinds run that nobody listed")
    if facts.searched is None:
        found.unproven.append("no search for escapes was made: `holdshort escapes PLAYBOOK`")
    else:
        found.evidence.append(facts.searched.said)
    found.evidence.append(
        f"{sum(each.action_class.name in GATED for each in catalogue.kinds.values())} billing and provisioning kinds need a person in every mode"
    )


def _uncertain(facts: Facts, found: _Found) -> None:
    catalogue = facts.playbook.catalogue
    facing = {each.kind for each in catalogue.kinds.values() if each.action_class.customer_facing}
    holding = [
        each.case
        for each in facts.cases
        if _looks_at_confidence(each, facts) and (each.tier == "hold" or facing <= set(each.holds))
    ]
    if holding:
        found.evidence.append(f"{_listed(holding)} hold what reaches the customer where AI is unsure")
    else:
        found.missing.append(
            "no row holds everything that reaches the customer where AI is unsure: add a hold row such as `AI confidence is "
            "less than the AI confidence threshold`"
        )


def _proven(facts: Facts, found: _Found) -> None:
    risky = [each for each in facts.cases if each.tier in ("high", "hold")]
    untested = [
        each.case for each in facts.playbook.register.cases if not each.is_active and _in_lane(each, facts)
    ]
    if untested:
        found.missing.append(f"{_listed(untested)} have no acceptance test, so they do not run")
    for each in risky:
        tested = facts.tests.get(each.case)
        if tested is None or not tested.tests:
            found.missing.append(f"no test of {each.case} was run")
        elif tested.failures:
            found.missing.append(f"a test of {each.case} fails: {tested.failures[0]}")
    tests = sum(facts.tests[each.case].tests for each in risky if each.case in facts.tests)
    found.evidence.append(f"{len(risky)} high and hold rows with {tests} tests")
    if facts.mutated is None:
        found.unproven.append(
            "nobody has shown that the tests would notice a weaker row: run `holdshort mutate PLAYBOOK --json > PLAYBOOK/mutation.json`, or let a named person sign O15"
        )
    else:
        cases = {each.case for each in facts.cases}
        for said in facts.mutated.survivors:
            if any(case in said for case in cases):
                found.missing.append(f"no test notices this weaker row: {said}")
        found.evidence.append(f"{facts.mutated.mutants} weakened copies of rows were tried")


def _audit(facts: Facts, found: _Found) -> None:
    for each in facts.cases:
        lacking = [name for name in AUDIT_FIELDS if name not in each.audit]
        if lacking:
            found.missing.append(
                f"{each.case} does not write down {_listed(lacking)}: add them under Audit fields"
            )
    found.evidence.append(f"every decision is written with {', '.join(AUDIT_FIELDS)}")


def _measured(facts: Facts, found: _Found) -> None:
    said = facts.playbook.settings.launch_metrics
    known = [metric for each in said if (metric := find_metric(each)) is not None]
    for each in said:
        if find_metric(each) is None:
            found.missing.append(
                f"`{each}` is no metric: take a code from M1 to M16, see docs/reference/metrics.md"
            )
    if not said:
        found.missing.append(
            'no launch metric is named: write for instance `launch_metrics = ["M1", "M4", "M12"]` in playbook.toml'
        )
    if known:
        found.evidence.append(
            "measured from the first day: " + ", ".join(f"{each.code} {each.title}" for each in known)
        )


def _pause_owner(facts: Facts, found: _Found) -> None:
    role = facts.playbook.settings.pause_owner
    people = _people(role, facts)
    if role and people:
        found.evidence.append(
            f"{TITLES.get(role, role)} ({_listed(list(people))}) may pause everything: `holdshort pause`"
        )
    else:
        said = f"nobody holds the role {TITLES.get(role, role)}" if role else "no role is named"
        found.missing.append(
            f'{said} that may pause everything: write `pause_owner = "revops"` and people under [roles] in playbook.toml'
        )


_CHECKS: dict[str, Callable[[Facts, _Found], None]] = {
    "O1": _one_lane, "O2": _trigger, "O3": _systems, "O4": _handoff, "O5": _placed, "O6": _cited, "O7": _tiers,
    "O8": _checks_first, "O9": _boundaries, "O10": _reviews, "O11": _packet, "O12": _draft_first, "O13": _gated,
    "O14": _uncertain, "O15": _proven, "O16": _audit, "O17": _measured, "O18": _pause_owner,
}  # fmt: skip


# --- small questions --------------------------------------------------------------------------------------


def not_covered(facts: Facts) -> tuple[str, ...]:
    """Rows of the lane that no connected source lets run (semantics 1)."""
    return tuple(dict.fromkeys(each.where.case for each in facts.found("LINT-050") if each.where.case))


def _is_about_ai(case: EdgeCase, facts: Facts) -> bool:
    glossary = facts.playbook.glossary
    return any(glossary.names[name].is_about_ai for name in names_in(case.trigger, glossary))


def _looks_at_confidence(case: EdgeCase, facts: Facts) -> bool:
    """Whether it speaks of how sure AI is, or of a claim that cites nothing."""
    glossary = facts.playbook.glossary
    spoken = Spoken.of(every_node(case.trigger), glossary)
    return any(glossary.names[name].type == "confidence" for name in spoken.roots(glossary)) or any(
        isinstance(node, ast.FieldRef) and node.field in ("confidence", "citations")
        for node in _unfolded(case, facts)
    )


def _unfolded(case: EdgeCase, facts: Facts) -> Iterator[object]:
    glossary = facts.playbook.glossary
    spoken = Spoken.of(every_node(case.trigger), glossary)
    yield from every_node(case.trigger)
    for name in spoken.definitions:
        yield from every_node(glossary.definitions.get(name))


def _in_lane(case: EdgeCase, facts: Facts) -> bool:
    return not case.lanes or facts.lane in case.lanes


def _is_low(case: str, facts: Facts) -> bool:
    return any(each.case == case and each.tier == "low" for each in facts.cases)


def _people(role: str, facts: Facts) -> tuple[str, ...]:
    people = facts.playbook.settings.people
    return tuple(each for each in people.get(role, ()) if each.strip() and person_named(each, people))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
