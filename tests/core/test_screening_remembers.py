"""What a screener remembers of earlier records must not show in its answers."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import holdshort
from holdshort.core.gate import verdicts
from holdshort.core.reading import RecordReader
from holdshort.core.rules.reasons import reasons
from holdshort.core.rules.reference import Situation
from holdshort.core.screening import NO_ROW, Screener
from holdshort.service.load_playbook import load_playbook

STARTER = Path(holdshort.__file__).parent / "starter"
NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)


def records():
    found = [json.loads(path.read_text("utf-8")) for path in sorted((STARTER / "records").glob("*.json"))]
    return [each for each in found if isinstance(each, dict)]


def mixed(rng, all_records):
    """A record with parts of others, blanks and odd kinds, so that one text meets many neighbours."""
    record = json.loads(json.dumps(rng.choice(all_records)))
    for _ in range(rng.randint(0, 4)):
        other = rng.choice(all_records)
        key = rng.choice([each for each in other if each != "record_id"])
        record[key] = json.loads(json.dumps(other[key]))
    for _ in range(rng.randint(0, 4)):
        system = record.get(rng.choice(list(record)))
        if isinstance(system, dict) and system:
            system[rng.choice(list(system))] = rng.choice(
                [None, "", "TBD", "$1,000", 1, 1.0, True, [], {"value": "Pro"}, "Pro"]
            )
    return record


def test_an_answer_is_the_same_after_many_others():
    playbook = load_playbook(STARTER).playbook
    rng, known = Random(1), records()
    experienced = Screener(playbook)
    for _ in range(150):
        record = mixed(rng, known)
        experienced.screen(record, 1, NOW)
        if rng.random() < 0.1:
            assert experienced.screen(record, 1, NOW) == Screener(playbook).screen(record, 1, NOW)


def test_reasons_evidence_and_verdicts_are_those_of_the_slow_way():
    playbook = load_playbook(STARTER).playbook
    rng, known = Random(2), records()
    screener = Screener(playbook)
    slow = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
    for _ in range(150):
        record = mixed(rng, known)
        answer = screener.screen(record, 1, NOW)
        at = Situation(record, slow, playbook.settings.calendar, screener._now(record, NOW))
        for finding in answer.findings:
            if finding.case == NO_ROW:
                continue
            case = playbook.register.case(finding.case)
            truth = True if finding.result == "matched" else None
            assert list(finding.why) == reasons(case.trigger, at, truth), case.case
            for read in finding.evidence:
                assert read == screener.read_evidence(playbook.glossary.names[read.name], record)
        proposed = [each for each in record.get("proposed_actions") or [] if isinstance(each, str)]
        asked = verdicts(
            proposed, answer.findings, playbook.catalogue, playbook.settings.mode,
            triggered=answer.verdict != "not triggered",
        )  # fmt: skip
        assert answer.actions == asked
