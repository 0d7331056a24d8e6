"""Owners, reviewers and escalations: is anybody there, and may they decide this?"""

from __future__ import annotations

from collections.abc import Sequence

from holdshort.core.actions import Catalogue
from holdshort.core.clauses import Step
from holdshort.core.lint.rows import LintRow, Report
from holdshort.core.playbook import Playbook, Settings
from holdshort.core.register import EdgeCase
from holdshort.core.roles import TITLES

ROLES_FILE = "playbook.toml"
_NOT_A_TEAM = ("requester", "none", "")
# Work area to the roles that may decide it (requirements L2, L5, L6).
AUTHORITY: dict[str, frozenset[str]] = {
    "legal and security": frozenset({"legal", "security", "privacy"}),
    "billing": frozenset({"finance_ops", "revops", "deal_desk", "legal"}),
    "provisioning": frozenset(
        {"finance_ops", "revops", "implementation_lead", "security", "privacy", "systems_admin"}
    ),
}
# In these areas authority is asked for where the row stops a write of that class.
_WRITES = {"billing": "billing", "provisioning": "provisioning"}


def check_people(rows: Sequence[LintRow], playbook: Playbook, report: Report) -> None:
    settings = playbook.settings
    for row in rows:
        if (case := row.readable("owner", "tier")) is not None:
            _owner(row, case, settings, report)
        if (case := row.readable("escalation", "tier")) is not None:
            _escalation(row, case, settings, report)
        if (case := row.readable("review", "tier")) is not None:
            _review(row, case, settings, report)
        if (case := row.readable("review", "owner", "tier", "action", "work_area")) is not None:
            _authority(row, case, playbook.catalogue, report)
        if (case := row.readable("action")) is not None:
            _addressees(row, case, settings, report)
    _pause_owner(settings, report)


def _is_filled(role: str, settings: Settings) -> bool:
    return role in _NOT_A_TEAM or any(who.strip() for who in settings.people.get(role, ()))


def _add(role: str) -> str:
    return (
        f'add people to [roles] in {ROLES_FILE}, such as `{role} = ["Name <address>"]`, or name another role'
    )


def _owner(row: LintRow, case: EdgeCase, settings: Settings, report: Report) -> None:
    # The short form has no owner column: the owner is said by the review rule.
    key = "owner" if row.row.text("owner").strip() else "review"
    if case.owner == "none" and case.tier != "low":
        report.cell(
            row,
            key,
            "LINT-022",
            f"a {case.tier} row is owned by nobody",
            "name the role that gets the case first; only a low row may do without",
            "error",
        )
    elif not _is_filled(case.owner, settings):
        report.cell(
            row,
            key,
            "LINT-020",
            f"nobody fills the role `{TITLES[case.owner]}`, which owns this {case.tier} row",
            _add(case.owner),
            severity="warning" if case.tier == "low" else "error",
        )


def _escalation(row: LintRow, case: EdgeCase, settings: Settings, report: Report) -> None:
    role = case.escalation
    if role in ("", "none"):
        if case.tier in ("high", "hold"):
            report.cell(
                row,
                "escalation",
                "LINT-023",
                f"nobody gets this {case.tier} row when its owner does not act in time",
                "name an escalation owner, for instance `CS leader` or `finance operations`",
                "warning",
            )
    elif not _is_filled(role, settings):
        report.cell(
            row,
            "escalation",
            "LINT-021",
            f"nobody fills the role `{TITLES[role]}`, to which the row escalates",
            _add(role),
            "warning",
        )
    elif role == case.owner:
        report.cell(
            row,
            "escalation",
            "LINT-024",
            f"the row escalates to `{TITLES[role]}`, who already owns it",
            "name another role, or the same people are asked twice",
            "warning",
        )


def _review(row: LintRow, case: EdgeCase, settings: Settings, report: Report) -> None:
    if not case.review:
        if case.tier != "low":
            report.cell(
                row,
                "review",
                "LINT-028",
                f"no review rule says who decides this {case.tier} row",
                "write who approves or confirms, for instance `RevOps approves before create kickoff tasks`",
                "warning",
            )
        return
    for rule in case.review:
        for step in rule.steps:
            empty = [role for role in step.roles if not _is_filled(role, settings)]
            if len(step.roles) - len(empty) < step.needed:
                titles = ", ".join(f"`{TITLES.get(role, role)}`" for role in empty)
                report.cell(
                    row,
                    "review",
                    "LINT-025",
                    f"the review can never be finished: nobody fills {titles}",
                    _add(empty[0]),
                    "error",
                    words=rule.said,
                )
            if case.tier != "low" and _can_do_without(step, frozenset(TITLES) - {"requester"}):
                report.cell(
                    row,
                    "review",
                    "LINT-027",
                    f"the requester alone may decide this {case.tier} row",
                    "name a role that did not ask for it; nobody approves a request of their own",
                    "warning",
                    words=rule.said,
                )


def _can_do_without(step: Step, needed: frozenset[str]) -> bool:
    """Whether the step can be passed without anybody of `needed`."""
    return sum(role not in needed for role in step.roles) >= step.needed


def _authority(row: LintRow, case: EdgeCase, catalogue: Catalogue, report: Report) -> None:
    area = case.work_area.casefold()
    may = AUTHORITY.get(area)
    if may is None or case.tier in ("low", "") or case.owner == "none":
        return
    if area in _WRITES:
        classes = {found.action_class.name for kind in case.holds if (found := catalogue.find(kind))}
        if _WRITES[area] not in classes:
            return
    steps = [step for rule in case.review for step in rule.steps] or [Step((case.owner,), 1)]
    if not all(_can_do_without(step, may) for step in steps):
        return
    others = dict.fromkeys(role for step in steps for role in step.roles if role not in may)
    titles = " or ".join(f"`{TITLES.get(role, role)}`" for role in others)
    report.cell(
        row,
        "review",
        "LINT-026",
        f"{titles} may decide this {area} row alone, without authority over it",
        "let " + ", ".join(f"`{TITLES[role]}`" for role in TITLES if role in may) + " decide or agree",
        "warning",
    )


def _addressees(row: LintRow, case: EdgeCase, settings: Settings, report: Report) -> None:
    for asked in case.action.asks:
        if asked.role and not _is_filled(asked.role, settings):
            report.cell(
                row,
                "action",
                "LINT-029",
                f"`{asked.kind.replace('_', ' ')}` is for `{TITLES[asked.role]}`, a role that nobody fills",
                _add(asked.role),
                "warning",
                words=asked.kind.replace("_", " "),
            )


def _pause_owner(settings: Settings, report: Report) -> None:
    role = settings.pause_owner
    if not role or (role in TITLES and not _is_filled(role, settings)):
        said = f"nobody fills the role `{TITLES[role]}`, which may" if role else "no role is named that may"
        report.file(
            ROLES_FILE,
            "pause_owner",
            "LINT-058",
            f"{said} pause everything and owns what no row covers",
            'write for instance `pause_owner = "revops"` and give the role people under [roles]',
            "warning",
        )
