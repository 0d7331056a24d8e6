"""A small register whose tests notice every slip, and what each of its tests alone notices."""

from __future__ import annotations

from tests.playbooks import record

RECORDS = {
    "clean": record("clean"),
    "unsure": record("unsure", ai_output={"confidence": 0.5}),
    "noted": record("noted", notes=[{"text": "please tidy up"}]),
    "swept": record("swept", notes=[{"text": "please sweep up"}]),
}

ROWS = """
cases:
  - id: CO-EDGE-001
    scenario: Papers that do not fit
    trigger: contract is attached and (contract plan differs from CRM plan or success criteria is missing)
    tier: high
    evidence: contract; handoff record
    checks: contract plan and CRM plan agree
    ai: summarise the conflict
    review: first RevOps, then legal approve before provision access
    owner: RevOps
    escalation: CSM
    action: hold create project and create kickoff tasks
    test: |-
{first}
  - id: CO-EDGE-002
    scenario: AI is unsure, or a note asks for a tidy-up
    lane: guided, self-serve
    trigger: AI confidence is below 0.7 or any note mentions "tidy up" or "sweep up"
    tier: hold
    evidence: account name; contract
    checks: success criteria is present
    ai: summarise what is uncertain
    review: CSM approves before send customer message
    owner: CSM
    escalation: RevOps
    action: hold send customer message
    test: |-
{second}
  - id: CO-EDGE-003
    scenario: Nobody wrote down who or why
    segment: smb, enterprise
    trigger: any of success criteria or account name is missing
    tier: high
    evidence: contract
    checks: none
    ai: summarise missing fields
    review: RevOps and legal both approve before create project
    owner: legal
    escalation: CSM
    action: hold provision access
    test: |-
{third}
"""

# What is given, and each claim with a slip that this claim alone notices.
_FIRST = "clean with CRM plan set to Enterprise"
_BLANK = "clean with success criteria blank"
CLAIMS: dict[str, list[tuple[str, str, str]]] = {
    "CO-EDGE-001": [
        (_FIRST, "create project is held", "`create project` were no longer held by the system action"),
        (_FIRST, "create kickoff tasks is held", "`create kickoff tasks` were no longer held"),
        (
            _FIRST,
            "provision access is held until legal approves an exception",
            "legal were deleted from those who decide",
        ),
        (_FIRST, "the case is decided by RevOps", "RevOps were deleted from those who decide"),
        (_FIRST, "the reviewer is RevOps", "systems admin owned CO-EDGE-001"),
        (_FIRST, "the tier is high", "were medium instead of high"),
        (_FIRST, "AI may not draft a customer message", "AI were also let draft a customer message"),
        (
            _FIRST,
            'the check "contract plan and CRM plan agree" fails',
            "the check `contract plan and CRM plan agree` were deleted",
        ),
        (
            f"{_FIRST} and onboarding lane set to self-serve",
            "the case is matched",
            "were for the lane guided only",
        ),
        (f"{_FIRST} and segment set to enterprise", "the case is matched", "were for the segment smb only"),
        (_BLANK, "the case is matched", "`success criteria is missing` were deleted"),
        (
            f"{_FIRST} and contract not provided",
            "the case lacks contract",
            "`contract` were deleted from the required evidence",
        ),
        (
            f"{_FIRST} and handoff record not on file",
            "the case lacks handoff record",
            "`handoff record` were deleted from the required evidence",
        ),
    ],
    "CO-EDGE-002": [
        (
            "unsure",
            "send customer message is held until CSM approves an exception",
            "systems admin decided CO-EDGE-002",
        ),
        ("unsure", "the reviewer is CSM", "systems admin owned CO-EDGE-002"),
        ("unsure", "the tier is hold", "were high instead of hold"),
        ("unsure", "AI may not draft a customer message", "AI were also let draft a customer message"),
        (
            "unsure with onboarding lane set to self-serve",
            "the case is matched",
            "were no longer for the lane self-serve",
        ),
        ("unsure with segment set to enterprise", "the case is matched", "were for the segment smb only"),
        (
            "unsure with AI confidence set to 0.65",
            "the case is matched",
            "read `AI confidence is less than 0.6`",
        ),
        ("noted", "the case is matched", "“tidy up” were deleted"),
        ("swept", "the case is matched", "“sweep up” were deleted"),
        (
            "unsure with account name blank",
            "the case lacks account name",
            "`account name` were deleted from the required evidence",
        ),
        (
            "unsure with contract not on file",
            "the case lacks contract",
            "`contract` were deleted from the required evidence",
        ),
        (
            "unsure with success criteria blank",
            'the check "success criteria is present" fails',
            "the check `success criteria is present` were deleted",
        ),
    ],
    "CO-EDGE-003": [
        ("clean with account name blank", "the case is matched", "`account name` were deleted"),
        (
            f"{_BLANK} and segment set to enterprise",
            "the case is matched",
            "were no longer for the segment enterprise",
        ),
        (
            f"{_BLANK} and onboarding lane set to self-serve",
            "the case is matched",
            "were for the lane guided only",
        ),
        (
            _BLANK,
            "provision access is held until RevOps approves an exception",
            "`provision access` were no longer held",
        ),
        (_BLANK, "create project is held", "`before create project` were deleted"),
        (_BLANK, "2 people decide the case", "one less of"),
        (_BLANK, "the reviewer is legal", "owned CO-EDGE-003 instead of legal"),
        (_BLANK, "AI may not draft a customer message", "AI were also let draft a customer message"),
        (
            f"{_BLANK} and contract not on file",
            "the case lacks contract",
            "`contract` were deleted from the required evidence",
        ),
    ],
}


def register(without: tuple[str, int] | None = None) -> str:
    """The register as YAML, with all claims or `without` one of them (its row and place)."""
    cells = []
    for case, claims in CLAIMS.items():
        said = [
            f"      given {given}, {claim}"
            for place, (given, claim, _) in enumerate(claims)
            if without != (case, place)
        ]
        cells.append("\n".join(said))
    return ROWS.format(first=cells[0], second=cells[1], third=cells[2])
