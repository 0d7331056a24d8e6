"""Every run that touched the outside world has exactly one release behind it, and that its decisions."""

import pytest

from holdshort.core.audit import checkpoint_json
from holdshort.service.audit_export import _envelope_json
from holdshort.verifier.verify_audit import verify
from tests.verifier.logs import Log

DECIDED = (
    "DecisionRecorded",
    {"decision": 1, "review": 1, "covers": [{"action": 3, "digest": "d", "target": "crm"}]},
)
GRANTED = (
    "ReleaseGranted",
    {"action": 3, "digest": "d", "target": "crm", "key": "k1", "decisions": [1], "why": "approved"},
)
FREE = (
    "ReleaseGranted",
    {"action": 3, "digest": "d", "target": "crm", "key": "k1", "decisions": [], "why": "no row holds it"},
)
STARTED = ("RunStarted", {"action": 3, "attempt": 1, "key": "k1", "target": "crm"})
SUCCEEDED = ("RunSucceeded", {"action": 3, "attempt": 1})
FAILED = ("RunFailed", {"action": 3, "attempt": 1})
UNCERTAIN = ("RunUncertain", {"action": 3, "attempt": 1})
AGAIN = ("ReleaseGranted", {**GRANTED[1], "key": "k2"})
STARTED_AGAIN = ("RunStarted", {**STARTED[1], "attempt": 2, "key": "k2"})
SUCCEEDED_AGAIN = ("RunSucceeded", {"action": 3, "attempt": 2})
DECIDED_ANEW = ("DecisionRecorded", {**DECIDED[1], "decision": 2})


def but(event, **changes):
    return event[0], {name: value for name, value in {**event[1], **changes}.items() if value is not None}


def problems(*happened):
    """An honest chain over events that tell a story."""
    log = Log()
    for kind, body in happened:
        log.append(7, kind, body)
    log.checkpoint()
    signed = list(map(checkpoint_json, log.signed))
    return [
        str(each)
        for each in verify(map(_envelope_json, log.envelopes()), signed, signed, log.signer.public_key_hex)
    ]


@pytest.mark.parametrize(
    "story",
    [
        [DECIDED, GRANTED, STARTED, SUCCEEDED],
        [FREE, STARTED, SUCCEEDED],
        [DECIDED, GRANTED, STARTED],
        [DECIDED, GRANTED, STARTED, FAILED, AGAIN, STARTED_AGAIN, SUCCEEDED_AGAIN],
        [DECIDED, GRANTED, STARTED, UNCERTAIN, ("RunResolved", {"action": 3, "attempt": 1, "happened": False}), AGAIN,
         STARTED_AGAIN, SUCCEEDED_AGAIN],
        [DECIDED, GRANTED, STARTED, UNCERTAIN, ("RunResolved", {"action": 3, "attempt": 1, "happened": True})],
        [DECIDED, GRANTED, STARTED, UNCERTAIN, DECIDED_ANEW, but(AGAIN, decisions=[2]), STARTED_AGAIN, SUCCEEDED_AGAIN],
        [DECIDED, GRANTED, ("ReleaseWithdrawn", {"action": 3}), AGAIN, but(STARTED, key="k2"), SUCCEEDED],
        [DECIDED, but(GRANTED, decisions=[1]), but(STARTED, release=2), but(SUCCEEDED, release=2)],
        [but(DECIDED, decision=None, covers=None), but(GRANTED, decisions=[1]), STARTED, SUCCEEDED],
        [but(DECIDED, covers=[], waives=True), GRANTED, STARTED, SUCCEEDED],
        [DECIDED, GRANTED, FREE[:1] + ({**FREE[1], "action": 4},), but(STARTED, action=4), STARTED, SUCCEEDED,
         but(SUCCEEDED, action=4)],
    ],
)  # fmt: skip
def test_a_run_with_its_release_and_decisions_behind_it_is_fine(story):
    assert problems(*story) == []


@pytest.mark.parametrize(
    ("story", "words"),
    [
        ([STARTED, SUCCEEDED], "ran without a release"),
        ([but(STARTED, release=9), SUCCEEDED], "ran without a release"),
        ([STARTED, DECIDED, GRANTED, SUCCEEDED], "ran without a release"),
        ([but(FREE, action=4), STARTED, SUCCEEDED], "ran without a release"),
        ([DECIDED, GRANTED, ("ReleaseWithdrawn", {"action": 3}), STARTED], "ran without a release"),
        ([DECIDED, GRANTED, ("ReleaseWithdrawn", {"action": 3}), but(STARTED, release=2)], "no longer stood"),
        ([DECIDED, GRANTED, but(STARTED, target="billing")], "otherwise than its release"),
        ([DECIDED, GRANTED, but(STARTED, key="other")], "otherwise than its release"),
        ([GRANTED, STARTED, SUCCEEDED], "rests on decision 1, which was not recorded"),
        ([GRANTED, DECIDED, STARTED, SUCCEEDED], "rests on decision 1, which was not recorded"),
        ([DECIDED, ("ApprovalEnded", {"decision": 1, "how": "stale"}), GRANTED], "which no longer counted"),
        ([DECIDED, GRANTED, ("ApprovalEnded", {"decision": 1}), STARTED], "ran on decision 1, which no longer counted"),
        ([DECIDED, but(GRANTED, digest="other")], "covers another action or payload"),
        ([DECIDED, but(GRANTED, action=4)], "covers another action or payload"),
        ([but(FREE, why="")], "does not say why it needs none"),
        ([but(FREE, why=None)], "does not say why it needs none"),
        ([but(FREE, decisions=None)], "does not say on which decisions"),
        ([but(FREE, decisions="1")], "does not say on which decisions"),
        ([DECIDED, DECIDED], "decision 1 was recorded before"),
        ([DECIDED, GRANTED, STARTED, SUCCEEDED, SUCCEEDED], "succeeded before"),
        ([DECIDED, GRANTED, STARTED, but(SUCCEEDED, attempt=2)], "never started"),
        ([SUCCEEDED], "never started"),
        ([UNCERTAIN], "never started"),
        ([DECIDED, GRANTED, STARTED, STARTED], "was started before"),
        ([DECIDED, GRANTED, STARTED, but(STARTED, attempt=2)], "ran without a release"),
        ([DECIDED, GRANTED, STARTED, FAILED, but(STARTED, attempt=2)], "ran without a release"),
        ([DECIDED, GRANTED, STARTED, SUCCEEDED, AGAIN, STARTED_AGAIN], "nobody decided anew"),
        ([DECIDED, GRANTED, STARTED, UNCERTAIN, AGAIN, STARTED_AGAIN], "nobody decided anew"),
        ([DECIDED, GRANTED, STARTED, AGAIN, STARTED_AGAIN], "nobody decided anew"),
        ([FREE, STARTED, UNCERTAIN, but(FREE, key="k2"), STARTED_AGAIN], "nobody decided anew"),
        ([DECIDED, GRANTED, but(STARTED, release=2), but(SUCCEEDED, release=1)], "another release than it began"),
        ([but(DECIDED, decision=[{}]), but(GRANTED, decisions=[{"a": 1}])], "which was not recorded"),
    ],
)  # fmt: skip
def test_a_run_that_nothing_allowed_is_found(story, words):
    assert words in "\n".join(problems(*story))
