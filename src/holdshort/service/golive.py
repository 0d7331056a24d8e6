"""The go-live gate: gather what the items are computed from, answer them, and take sign-offs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, did_you_mean, in_order
from holdshort.core.golive.checks import check_all, not_covered
from holdshort.core.golive.facts import Facts, Mutated, Searched, Tested
from holdshort.core.golive.governance import governance
from holdshort.core.golive.items import BY_CODE
from holdshort.core.golive.report import GateReport, SignOff
from holdshort.core.golive.subjects import SIGNABLE, person_named, subject_digest
from holdshort.core.lint.all_checks import lint
from holdshort.core.text import fold
from holdshort.service.acceptance import FOLDER, AcceptanceReport, load_records, report_on
from holdshort.service.lint import record_names
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook
from holdshort.service.sign_offs import LONGEST_NOTE, read_sign_offs, write_sign_offs

_OWN_ITEMS = ("LINT-", "ROW-", "RULE-", "REG-", "TEST-", "EVID-", "REV-", "ROLE-", "LANE-", "CHANGE-")
"""Errors at a row: the items about rows speak of them."""

MUTATION = "mutation.json"
"""What `holdshort mutate PLAYBOOK --json` printed, kept in the playbook folder."""
LONGEST_LIVE_DAYS = 90
"""How long a live version stays live without the gate being passed anew."""


@dataclass(frozen=True)
class Provers:
    """What proves more than reading can; each may be left out, and its item is then not proven."""

    mutate: Callable[[LoadedPlaybook, str], Mutated | None] | None = None
    search: Callable[[LoadedPlaybook, str], Searched | None] | None = None


def usual_provers() -> Provers:
    """The escape search, and what `holdshort mutate --json` left in the playbook folder."""
    from holdshort.service.escaping import searched

    return Provers(kept_mutation, searched)


def kept_mutation(loaded: LoadedPlaybook, lane: str) -> Mutated | None:
    """
    What became of weakened copies of this very register, as `mutation.json` in the folder tells it.

    None where there is no such file, it cannot be read, or it is about another register: then nothing is proven.
    """
    try:
        data = json.loads((loaded.folder / MUTATION).read_bytes())
        fates = data["fates"] if data["register"] == loaded.playbook.register.digest else None
        if fates is None or data["failing_tests"]:
            return None
        left = [f"{each['case']}: {each['what']}" for each in fates if _counts(each)]
        return Mutated(len(fates), tuple(left))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _counts(fate: Mapping[str, Any]) -> bool:
    """Whether it keeps the register from being proven: a safety mutant of a high or hold row that no test noticed."""
    return bool(fate["result"] == "survived" and fate["safety"] and fate["tier"] in ("high", "hold"))


def gate(
    folder: Path, lane: str = "", now: datetime | None = None, provers: Provers | None = None
) -> GateReport:
    """
    Answer the go-live checklist for one lane.

    Args:
        folder: The playbook.
        lane: Any spelling of a lane of the clean path; the playbook's own where it is left out.
        now: The present (UTC), against which sign-offs grow old.

    Raises:
        HoldshortError: The playbook cannot be read, or has no such lane.
    """
    loaded = load_playbook(folder)
    facts, faults = gather(loaded, lane, now or datetime.now(UTC), provers or usual_provers())
    return report(facts, faults)


def report(facts: Facts, faults: tuple[str, ...] = ()) -> GateReport:
    """The report on what was gathered."""
    settings = facts.playbook.settings
    return GateReport(
        settings.name,
        facts.lane,
        settings.mode,
        facts.playbook.register.digest,
        check_all(facts),
        faults,
        not_covered(facts),
        governance(facts),
    )


def gather(
    loaded: LoadedPlaybook,
    lane: str,
    now: datetime,
    provers: Provers,
    tested: AcceptanceReport | None = None,
) -> tuple[Facts, tuple[str, ...]]:
    """
    Everything that the items are computed from, and errors in files that belong to no item.

    Args:
        tested: How the acceptance tests ended, where they were run already.
    """
    playbook = loaded.playbook
    facts = _bare(loaded, lane, now)
    if tested is None:
        records, record_faults = load_records(loaded.folder / FOLDER)
        tested = report_on(loaded, records, record_faults, now=now)
    signed, sign_faults = read_sign_offs(loaded.folder)
    beyond = lint(
        playbook,
        loaded.table,
        records=record_names(loaded.folder),
        faults=loaded.diagnostics,
        clauses=loaded.clauses,
    )
    diagnostics = in_order([*loaded.diagnostics, *beyond])
    facts = replace(
        facts,
        diagnostics=diagnostics,
        tests={
            row.case.case: Tested(
                len(row.outcomes), tuple(said for each in row.outcomes for said in each.failures)
            )
            for row in tested.rows
        },
        unread=tested.unread_rows,
        sign_offs=signed,
        mutated=provers.mutate(loaded, facts.lane) if provers.mutate else None,
        searched=provers.search(loaded, facts.lane) if provers.search else None,
    )
    loose = [
        each
        for each in (*loaded.errors, *tested.diagnostics, *sign_faults)
        if each.severity == "error" and not each.where.case
    ]
    return facts, tuple(f"{each.code}: {each.message} ({each.where})" for each in loose)


def _bare(loaded: LoadedPlaybook, lane: str, now: datetime) -> Facts:
    """What reading alone tells: enough to say what a sign-off is about."""
    playbook = loaded.playbook
    own = playbook.settings.lane
    return Facts(
        playbook=playbook,
        lane=_lane(lane, loaded) if lane else playbook.clean_path.lanes.get(fold(own), own),
        now=now,
        rows=[{key: cell.text for key, cell in row.cells.items()} for row in loaded.table.rows],
        diagnostics=(),
        tests={},
        unread=(),
        sign_offs=(),
    )


def faults_of(found: GateReport) -> list[Diagnostic]:
    """What fails, as messages; empty where the gate passes."""
    said = [
        Diagnostic(
            "GATE-010", f"the playbook has an error: {each}", Where(), "`holdshort lint` shows it in full"
        )
        for each in found.faults
    ]
    for each in found.items:
        if each.state != "pass":
            why = each.missing[0] if each.missing else each.item.asks
            more = f" (and {len(each.missing) - 1} more)" if len(each.missing) > 1 else ""
            said.append(
                Diagnostic(
                    "GATE-011",
                    f"{each.item.code} {each.item.title} does not pass: {why}{more}",
                    Where(column=each.item.code),
                    "`holdshort gate` shows what is left to do",
                )
            )
    return said


# --- live -------------------------------------------------------------------------------------------------


def live_gate(loaded: LoadedPlaybook, tested: AcceptanceReport, now: datetime) -> GateReport | None:
    """The gate for a playbook that is to be live; None where it is not, since anybody may draft first."""
    if loaded.playbook.settings.mode != "live":
        return None
    facts, faults = gather(loaded, "", now, usual_provers(), tested)
    return report(facts, faults)


def live_word(found: GateReport, now: datetime) -> bytes:
    """What is stored with a live version: that the gate passed, for which register and lane, and for how long."""
    ends = [
        each.signed.at + timedelta(days=each.item.days)
        for each in found.items
        if each.signed and each.item.days
    ]
    said = {
        "passed": found.passed,
        "lane": found.lane,
        "register": found.register,
        "at": now.isoformat(),
        "live_until": min(ends, default=now + timedelta(days=LONGEST_LIVE_DAYS)).isoformat(),
        "signed": {each.item.code: each.signed.by for each in found.items if each.signed},
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8")


# --- sign-offs --------------------------------------------------------------------------------------------


def sign(folder: Path, item: str, by: str, note: str, lane: str = "", now: datetime | None = None) -> SignOff:
    """
    Take a named person's word for one item and keep it in the playbook folder.

    Raises:
        HoldshortError: Nobody signs for this item, the person holds no role, or no note says what they looked at.
    """
    code = item.strip().upper()
    if code not in BY_CODE or code not in SIGNABLE:
        known = ", ".join(SIGNABLE)
        what = (
            f"`{item}` is no item of the checklist"
            if code not in BY_CODE
            else f"{code} is not signed for: the playbook shows it"
        )
        raise HoldshortError(
            [Diagnostic("GATE-003", what, Where(column="--sign"), f"items that a person signs for: {known}")]
        )
    loaded = load_playbook(folder)
    people = loaded.playbook.settings.people
    person = person_named(by, people)
    if person is None:
        near = did_you_mean(by, [each for who in people.values() for each in who], 0.4)
        mend = f"did you mean `{near}`?" if near else "add them to [roles] in playbook.toml first"
        raise HoldshortError(
            [
                Diagnostic(
                    "GATE-004",
                    f"`{by}` holds no role in this playbook",
                    Where("playbook.toml", column="roles"),
                    mend,
                )
            ]
        )
    said = " ".join(note.split())
    if not said or len(said) > LONGEST_NOTE:
        raise HoldshortError(
            [
                Diagnostic(
                    "GATE-005",
                    "the sign-off has no note"
                    if not said
                    else f"the note is longer than {LONGEST_NOTE:,} characters",
                    Where(column="--note"),
                    "say in a sentence what you looked at, such as `went through 41 handoffs of May to July`",
                )
            ]
        )
    moment = now or datetime.now(UTC)
    facts = _bare(loaded, lane, moment)
    signed = SignOff(code, facts.lane, person, moment, said, subject_digest(code, facts))
    before, faults = read_sign_offs(folder)
    if faults:
        raise HoldshortError(faults)
    kept = [each for each in before if (each.item, each.lane) != (code, facts.lane)]
    write_sign_offs(folder, [*kept, signed])
    return signed


def _lane(said: str, loaded: LoadedPlaybook) -> str:
    lanes = loaded.playbook.clean_path.lanes
    found = lanes.get(fold(said))
    if found is None:
        near = did_you_mean(said, lanes.values())
        choices = ", ".join(f"`{each}`" for each in dict.fromkeys(lanes.values()))
        mend = f"did you mean `{near}`?" if near else f"choose one of {choices}"
        raise HoldshortError(
            [
                Diagnostic(
                    "GATE-006",
                    f"`{said}` is no lane of the clean path",
                    Where("clean-path.yaml", column="lanes"),
                    mend,
                )
            ]
        )
    return found
