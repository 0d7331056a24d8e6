"""Small histories that tests write for themselves, over the tiny playbook of `tests.playbooks`."""

import json
from datetime import UTC, datetime, timedelta

from tests.playbooks import CLEAN

MONDAY = datetime(2026, 6, 8, 9, tzinfo=UTC)


def at(hours):
    return (MONDAY + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def facts(key, hours, **changed):
    """The clean record at a moment, with whole systems changed field by field."""
    record = {name: value for name, value in CLEAN.items() if name not in ("record_id", "as_of")}
    for system, fields in changed.items():
        record[system] = {**record[system], **fields} if isinstance(record[system], dict) else fields
    record["crm"] = {**record["crm"], "opportunity_id": key}
    return {"key": key, "at": at(hours), "record": record}


def learnt(key, hours, **changed):
    return {"key": key, "at": at(hours), "record": changed}


def ran(key, hours, action):
    return {"key": key, "at": at(hours), "action": action}


def ended(key, hours, outcome, of="", what=""):
    return {"key": key, "at": at(hours), "outcome": outcome, "of": of, "what": what}


def decided(key, hours, decision, case, by="rae"):
    return {"key": key, "at": at(hours), "decision": decision, "case": case, "by": by}


def write(path, *events):
    path.write_text("".join(json.dumps(each) + "\n" for each in events), "utf-8")
    return path
