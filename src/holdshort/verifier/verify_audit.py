#!/usr/bin/env python3
"""
Verify an audit export of Holdshort, without Holdshort: one file, Python 3.9 or later, nothing to install.

    python3 verify_audit.py                                      the folder in which this file lies
    python3 verify_audit.py FOLDER --anchor kept-elsewhere.jsonl --public-key kept-elsewhere.txt

It needs nothing of the program that wrote the log and trusts nothing that it says about itself:

- Each event's hash is worked out anew: SHA-256 over the canonical JSON (RFC 8785) of the event and the hash before it.
- Each checkpoint's signature is checked (Ed25519, RFC 8032), and that the log ends where the checkpoint says, or
  goes on from there.
- With an anchor (checkpoints that were written down elsewhere), the copy is held against it: an older or a forked
  copy is noticed even if whoever made it had the signing key.
- Each run that touched the outside world is held against the release behind it, and that against its decisions.

Exit code: 0 nothing found, 1 problems found, 2 the export cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

GENESIS = "0" * 64
PURPOSE = "holdshort checkpoint 1"
EVENTS, CHECKPOINTS, KEY = "events.jsonl", "checkpoints.jsonl", "public-key.txt"
ANCHOR, PRIVATE = "anchor.jsonl", "private.jsonl"
SHOWN_AT_MOST = 200

Numbered = Iterable[tuple[Any, Any]]
"""Values, each after the line of the file on which it stands, or None."""


class CannotRead(Exception):
    """The export is not there, or not in a state in which anything could be said about it."""


@dataclass
class Problem:
    """One thing that is not as it has to be, in plain words, with the place where it was noticed."""

    code: str
    text: str
    number: int | None = None
    seq: int | None = None
    checkpoint: int | None = None
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        about = [f"onboarding {self.number}"] if self.number is not None else []
        about += [f"event {self.seq}"] if self.seq is not None else []
        about += [f"checkpoint {self.checkpoint}"] if self.checkpoint is not None and not about else []
        place = self.file + (f" line {self.line}" if self.line is not None else "")
        head = ", ".join(about) + (f" ({place})" if about and place else place)
        return f"{head}: {self.text}" if head else self.text


@dataclass
class Report:
    """All that was found. `not_anchored` events are chained, but only a later anchor can prove them."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    events: int = 0
    onboardings: int = 0
    checkpoints: int = 0
    last_checkpoint_at: str = ""
    anchored_checkpoint: int | None = None
    not_in_a_checkpoint: int = 0
    not_anchored: int = 0
    oldest_not_anchored_at: str = ""
    runs: int = 0
    key_ids: list[str] = field(default_factory=list)

    def add(self, code: str, text: str, **where: Any) -> None:
        self.problems.append(Problem(code, text, **where))

    def to_json(self) -> dict[str, Any]:
        return {"ok": not self.problems, **asdict(self)}


def verify(
    events: Iterable[Mapping[str, Any]],
    checkpoints: Iterable[Mapping[str, Any]],
    anchor: Iterable[Mapping[str, Any]] | None = None,
    public_key: str | Sequence[str] = (),
) -> list[Problem]:
    """
    Every problem of a log.

    Args:
        events: objects with number, seq, kind, at, actor, body, commitment and hash, by number and seq.
        checkpoints: objects with no, at, heads, previous, signature and key_id, by no.
        anchor: checkpoints as they were written elsewhere; None where there is no anchor.
        public_key: 64 hex digits, or several of them where keys were replaced.
    """
    return examine(events, checkpoints, anchor, public_key).problems


def examine(
    events: Iterable[Mapping[str, Any]],
    checkpoints: Iterable[Mapping[str, Any]],
    anchor: Iterable[Mapping[str, Any]] | None = None,
    public_key: str | Sequence[str] = (),
) -> Report:
    """As `verify`, with the counts and notes."""
    keys = [public_key] if isinstance(public_key, str) else public_key
    return _examine(
        Report(),
        ((None, each) for each in events),
        ((None, each) for each in checkpoints),
        None if anchor is None else ((None, each) for each in anchor),
        keys,
        {},
    )


def examine_folder(folder: Path, anchor: Path | None = None, public_key: str = "") -> Report:
    """
    The report on an export folder.

    Args:
        anchor: the anchor to hold it against, instead of the anchor.jsonl inside.
        public_key: a file or 64 hex digits, instead of the public-key.txt inside.

    Raises:
        CannotRead: a file is missing or cannot be opened, or there is no key.
    """
    report = Report()
    if public_key:
        keys = [public_key] if _is_hex(public_key, 64) else _read_keys(Path(public_key))
    else:
        keys = _read_keys(folder / KEY)
        report.notes.append(
            "The public key came with the export. Compare its key id with the one that you were given."
        )
    if anchor is None and (folder / ANCHOR).is_file():
        anchor = folder / ANCHOR
        report.notes.append(
            "The anchor came with the export. Only one that you kept elsewhere shows that this copy is the newest."
        )
    checkpoints = list(_lines(folder / CHECKPOINTS, report))
    anchored = None if anchor is None else list(_lines(anchor, report, whole=False))
    private = _private_digests(folder / PRIVATE, report)
    events = _lines(folder / EVENTS, report)
    return _examine(report, events, checkpoints, anchored, keys, private)


def _examine(
    report: Report,
    events: Numbered,
    checkpoints: Numbered,
    anchor: Numbered | None,
    public_keys: Sequence[str],
    private: dict[tuple[int, int], tuple[str, int]],
) -> Report:
    keys = _keys_by_id(public_keys)
    report.key_ids = list(keys)
    own = _Checkpoints(CHECKPOINTS, report, keys)
    own.read(checkpoints, whole=True)
    report.checkpoints = len(own.by_no)
    report.last_checkpoint_at = own.by_no[own.last]["at"] if own.by_no else ""
    pinned = own
    if anchor is not None:
        pinned = _Checkpoints(ANCHOR, report, keys)
        pinned.read(anchor, whole=False)
        _compare(own, pinned, report)
        report.anchored_checkpoint = pinned.last or None
    elif own.by_no:
        report.notes.append(
            "No anchor was given: a copy as old as its own last checkpoint, or one signed anew by somebody who has "
            "the key, would not be noticed."
        )
    if not own.by_no:
        report.notes.append("There is no checkpoint yet, so nothing is signed.")
    _Log(report, own, pinned, private).read(events)
    return report


# --- checkpoints and the anchor ---------------------------------------------------------------------------


class _Checkpoints:
    """The checkpoints of one file: those that are as they should be, and the heads that they fix."""

    def __init__(self, file: str, report: Report, keys: Mapping[str, bytes]) -> None:
        self.file = file
        self.report = report
        self.keys = keys
        self.by_no: dict[int, Mapping[str, Any]] = {}
        self.good: set[int] = set()
        self.heads: dict[int, dict[int, dict[str, int]]] = {}
        self.last = 0

    def read(self, values: Numbered, whole: bool) -> None:
        """`whole`: all of them have to be there, from the first on."""
        before: Mapping[str, Any] | None = None
        for line, value in values:
            fault = _checkpoint_fault(value)
            if fault:
                self._add("malformed", f"this is no checkpoint: {fault}", None, line)
                continue
            no = value["no"]
            if no in self.by_no:
                if whole or self.by_no[no] != value:
                    same = "the same once more" if self.by_no[no] == value else "with another content"
                    self._add("fork", f"checkpoint {no} appears twice, {same}", no, line)
                continue
            self._check_place(value, before, whole, line)
            self._check_signature(value, line)
            self.by_no[no] = value
            self.last = max(self.last, no)
            before = value

    def _check_place(
        self, value: Mapping[str, Any], before: Mapping[str, Any] | None, whole: bool, line: int | None
    ) -> None:
        no, last = value["no"], self.last
        if no < last:
            self._add("order", f"checkpoint {no} stands after checkpoint {last}", no, line)
        elif whole and no != last + 1:
            which = f"{last + 1}" if no == last + 2 else f"{last + 1} to {no - 1}"
            self._add("missing-checkpoint", f"checkpoint {which} is missing", no, line)
        elif no == last + 1 and (before is not None or whole or no == 1):
            expected = GENESIS if before is None else _sha(before)
            if value["previous"] != expected:
                self._add(
                    "checkpoint-chain",
                    f"checkpoint {no} does not go on from the one before it: one of the two was swapped or altered",
                    no,
                    line,
                )

    def _check_signature(self, value: Mapping[str, Any], line: int | None) -> None:
        no = value["no"]
        key = self.keys.get(value["key_id"])
        if key is None:
            known = " or ".join(self.keys) or "none"
            self._add(
                "wrong-key",
                f"checkpoint {no} is signed with the key {_shown(value['key_id'])}; the key to trust is {known}",
                no,
                line,
            )
            return
        signed = {name: value[name] for name in ("no", "at", "heads", "previous", "key_id")}
        message = canonical({"purpose": PURPOSE, **signed})
        if not verify_signature(key, message, bytes.fromhex(value["signature"])):
            self._add(
                "bad-signature", f"the signature of checkpoint {no} does not fit what it says", no, line
            )
            return
        self.good.add(no)
        self._take_heads(value, line)

    def _take_heads(self, value: Mapping[str, Any], line: int | None) -> None:
        no = value["no"]
        for number, seq, head in value["heads"]:
            known = self.heads.setdefault(number, {})
            if known and max(known) >= seq:
                self._add(
                    "fork",
                    f"checkpoint {no} puts the end of onboarding {number} at event {seq}, an earlier one at "
                    f"{max(known)}: the log was set back in between",
                    no,
                    line,
                )
            known.setdefault(seq, {})[head] = no

    def _add(self, code: str, text: str, no: int | None, line: int | None) -> None:
        self.report.add(code, text, checkpoint=no, file=self.file if line is not None else "", line=line)

    def end(self, number: int) -> int:
        """The last event of an onboarding that they cover."""
        return max(self.heads.get(number, (0,)))


def _compare(own: _Checkpoints, pinned: _Checkpoints, report: Report) -> None:
    """Hold the checkpoints of the copy against those of the anchor."""
    for no in sorted(pinned.good):
        if no in own.by_no and own.by_no[no] != pinned.by_no[no]:
            report.add(
                "fork",
                f"checkpoint {no} is not the one that was anchored: from here on this copy tells another history",
                checkpoint=no,
            )
    newer = [no for no in pinned.good if no > own.last]
    if newer:
        at = pinned.by_no[max(newer)]["at"]
        report.add(
            "older-copy",
            f"the anchor knows checkpoints up to {max(newer)} ({at}), this copy ends with {own.last or 'none'}: it is "
            "an older copy, or its end was cut off",
            checkpoint=max(newer),
        )


def _checkpoint_fault(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "not an object"
    wanted = {"no", "at", "heads", "previous", "signature", "key_id"}
    if set(value) != wanted:
        return f"it has to have exactly {', '.join(sorted(wanted))}"
    if not _is_count(value["no"]):
        return "`no` is no whole number from 1"
    if not _is_instant(value["at"]):
        return "`at` is no instant in UTC"
    if (
        not _is_hex(value["previous"], 64)
        or not _is_hex(value["signature"], 128)
        or not _is_hex(value["key_id"], 16)
    ):
        return "`previous`, `signature` and `key_id` have to be lower-case hex of 64, 128 and 16 digits"
    heads = value["heads"]
    if not isinstance(heads, (list, tuple)) or not all(map(_is_head, heads)):
        return "`heads` is no list of number, seq and hash"
    numbers = [each[0] for each in heads]
    if numbers != sorted(set(numbers)):
        return "`heads` are not by number, each once"
    return ""


def _is_head(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == 3
        and _is_number(value[0])
        and _is_count(value[1])
        and _is_hex(value[2], 64)
    )


# --- events -----------------------------------------------------------------------------------------------


class _Log:
    """Reads the events once, in order, remembering of each onboarding only where it ends."""

    def __init__(
        self,
        report: Report,
        own: _Checkpoints,
        pinned: _Checkpoints,
        private: dict[tuple[int, int], tuple[str, int]],
    ) -> None:
        self.report = report
        self.own = own
        self.pinned = pinned
        self.private = private
        self.ends: dict[int, tuple[int, str]] = {}
        self.current = -1
        self.runs: _Runs | None = None

    def read(self, events: Numbered) -> None:
        for line, event in events:
            fault = _event_fault(event)
            if fault:
                self._add("malformed", f"this is no event: {fault}", event, line)
                continue
            self._take(event, line)
        self.report.onboardings = len(self.ends)
        self._report_missing()
        for (number, seq), (_, line) in sorted(self.private.items()):
            self.report.add(
                "private", "there is a private part, but no event with one", number=number, seq=seq, file=PRIVATE,
                line=line,
            )  # fmt: skip

    def _take(self, event: Mapping[str, Any], line: int | None) -> None:
        number, seq = event["number"], event["seq"]
        self.report.events += 1
        if number != self.current:
            self._turn_to(number, event, line)
        last, previous = self.ends.get(number, (0, GENESIS))
        self._check_seq(event, last, line)
        if seq == last + 1:
            self._check_hash(previous, event, line)
        self._check_heads(event, line)
        self._check_private(event, line)
        self._count_tail(event)
        if seq > last:
            self.ends[number] = (seq, event["hash"])
        if self.runs is not None:
            for code, text in self.runs.take(seq, event["kind"], event["body"]):
                self._add(code, text, event, line)

    def _turn_to(self, number: int, event: Mapping[str, Any], line: int | None) -> None:
        if number < self.current:
            self._add("order", f"it stands after events of onboarding {self.current}", event, line)
        self.runs = None if number in self.ends else _Runs(self.report)
        self.current = number

    def _check_seq(self, event: Mapping[str, Any], last: int, line: int | None) -> None:
        seq = event["seq"]
        if seq == last:
            self._add("duplicate", f"event {seq} appears twice", event, line)
        elif seq < last:
            self._add("order", f"event {seq} stands after event {last}", event, line)
        elif seq > last + 1:
            which = f"event {last + 1} is" if seq == last + 2 else f"events {last + 1} to {seq - 1} are"
            self._add("gap", f"{which} missing before it", event, line)

    def _check_hash(self, previous: str, event: Mapping[str, Any], line: int | None) -> None:
        try:
            fits = _event_hash(previous, event) == event["hash"]
        except (ValueError, RecursionError) as error:
            self._add("malformed", f"it has no canonical form: {error}", event, line)
            return
        if not fits:
            text = "its hash does not fit what it says and the event before it: one of the two was altered"
            self._add("hash", text, event, line)

    def _check_heads(self, event: Mapping[str, Any], line: int | None) -> None:
        number, seq = event["number"], event["seq"]
        told = set()
        for source, name in ((self.pinned, "the anchor's checkpoint"), (self.own, "checkpoint")):
            for head, no in source.heads.get(number, {}).get(seq, {}).items():
                if head != event["hash"] and no not in told:
                    told.add(no)
                    self._add(
                        "head",
                        f"{name} {no} says that another event stood here: what came up to it was rewritten",
                        event,
                        line,
                    )

    def _check_private(self, event: Mapping[str, Any], line: int | None) -> None:
        found = self.private.pop((event["number"], event["seq"]), None)
        if found is not None and found[0] != event["commitment"]:
            self._add("private", "its private part is not the one that was recorded", event, line)

    def _count_tail(self, event: Mapping[str, Any]) -> None:
        number, seq = event["number"], event["seq"]
        if seq > self.own.end(number):
            self.report.not_in_a_checkpoint += 1
        if seq > self.pinned.end(number):
            self.report.not_anchored += 1
            oldest = self.report.oldest_not_anchored_at
            self.report.oldest_not_anchored_at = min(oldest, event["at"]) if oldest else event["at"]

    def _report_missing(self) -> None:
        for number in sorted({*self.own.heads, *self.pinned.heads}):
            last = self.ends.get(number, (0, ""))[0]
            for source, name in ((self.pinned, "the anchor's checkpoint"), (self.own, "checkpoint")):
                end = source.end(number)
                if end <= last:
                    continue
                no = max(source.heads[number][end].values())
                if last:
                    text = f"{name} {no} covers events up to {end}, the log ends with {last}"
                    self.report.add("missing-events", text, number=number, checkpoint=no)
                else:
                    text = f"{name} {no} covers {end} events of it, the log has none"
                    self.report.add("missing-onboarding", text, number=number, checkpoint=no)
                break

    def _add(self, code: str, text: str, event: Any, line: int | None) -> None:
        number, seq = (event.get("number"), event.get("seq")) if isinstance(event, Mapping) else (None, None)
        self.report.add(
            code,
            text,
            number=number if _is_number(number) else None,
            seq=seq if _is_count(seq) else None,
            file=EVENTS if line is not None else "",
            line=line,
        )


def _event_fault(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "not an object"
    wanted = {"number", "seq", "kind", "at", "actor", "body", "commitment", "hash"}
    if set(value) != wanted:
        return f"it has to have exactly {', '.join(sorted(wanted))}"
    if not _is_number(value["number"]) or not _is_count(value["seq"]):
        return "`number` has to be a whole number from 0, and `seq` one from 1"
    if not isinstance(value["kind"], str) or not isinstance(value["actor"], str):
        return "`kind` and `actor` have to be texts"
    if not _is_instant(value["at"]):
        return "`at` is no instant in UTC"
    if not isinstance(value["body"], Mapping):
        return "`body` is no object"
    if value["commitment"] != "" and not _is_hex(value["commitment"], 64):
        return "`commitment` has to be empty or 64 lower-case hex digits"
    if not _is_hex(value["hash"], 64):
        return "`hash` has to be 64 lower-case hex digits"
    return ""


def _event_hash(previous: str, event: Mapping[str, Any]) -> str:
    covered = ("number", "seq", "kind", "at", "actor", "body", "commitment")
    return _sha({"previous": previous, **{name: event[name] for name in covered}})


# --- what touched the outside world -----------------------------------------------------------------------

Findings = Iterator[tuple[str, str]]


class _Runs:
    """
    Holds each run of one onboarding against what allowed it.

    A run needs a release of the same action that stands; it uses the release up. A release needs decisions that were
    recorded before it and have not ended, or says why none was needed. An action of which a run may have happened
    runs again only on a decision that is new. Each outcome belongs to one start.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        self.decisions: dict[str, Mapping[str, Any]] = {}
        self.ended: set[str] = set()
        self.releases: dict[int, Mapping[str, Any]] = {}
        self.standing: dict[str, int] = {}
        self.started: dict[str, int] = {}
        self.succeeded: set[str] = set()
        self.maybe: dict[str, set[str]] = {}
        """Actions of which a run may have happened, with the decisions that it rested on."""

    def take(self, seq: int, kind: str, body: Mapping[str, Any]) -> Findings:
        if kind == "DecisionRecorded":
            yield from self._decision(seq, body)
        elif kind == "ApprovalEnded":
            self.ended.add(_id(body.get("decision")))
        elif kind == "ReleaseGranted":
            yield from self._release(seq, body)
        elif kind == "ReleaseWithdrawn":
            self.standing.pop(_id(body.get("action")), None)
        elif kind == "RunStarted":
            yield from self._start(body)
        elif kind in ("RunSucceeded", "RunFailed", "RunUncertain", "RunResolved"):
            yield from self._outcome(kind, body)

    def _decision(self, seq: int, body: Mapping[str, Any]) -> Findings:
        key = _id(body.get("decision", seq))
        if key in self.decisions:
            yield "decision", f"decision {key} was recorded before"
        self.decisions[key] = body

    def _release(self, seq: int, body: Mapping[str, Any]) -> Findings:
        self.releases[seq] = body
        self.standing[_id(body.get("action"))] = seq
        decisions = body.get("decisions")
        if not isinstance(decisions, (list, tuple)):
            yield "release", "the release does not say on which decisions it rests"
            return
        if not decisions and not (isinstance(body.get("why"), str) and body["why"].strip()):
            yield "release", "the release rests on no decision and does not say why it needs none"
        for each in decisions:
            key = _id(each)
            if key not in self.decisions:
                yield "release", f"the release rests on decision {key}, which was not recorded before it"
            elif key in self.ended:
                yield "release", f"the release rests on decision {key}, which no longer counted"
            elif not _covers(self.decisions[key], body):
                yield (
                    "release",
                    f"the release rests on decision {key}, which covers another action or payload",
                )

    def _start(self, body: Mapping[str, Any]) -> Findings:
        self.report.runs += 1
        action, run = _id(body.get("action")), _run_id(body)
        if run in self.started:
            yield "run", f"attempt {_id(body.get('attempt'))} of action {action} was started before"
        standing = self.standing.pop(action, None)
        release = body.get("release", standing)
        self.started[run] = release if _is_count(release) else 0
        if not _is_count(release) or release not in self.releases:
            yield "run", f"action {action} ran without a release before it"
            return
        granted = self.releases[release]
        shared = [name for name in ("action", "target", "key") if name in granted and name in body]
        if any(granted[name] != body[name] for name in shared):
            yield "run", f"action {action} ran otherwise than its release (event {release}) says"
        elif standing != release:
            yield "run", f"action {action} ran on a release (event {release}) that no longer stood"
        rests_on = _decisions_of(granted)
        for each in sorted(rests_on & self.ended):
            yield "run", f"action {action} ran on decision {each}, which no longer counted"
        if action in self.maybe and not rests_on - self.maybe[action]:
            yield "run", f"action {action} ran again, though a run may have happened and nobody decided anew"
        self.maybe[action] = self.maybe.get(action, set()) | rests_on

    def _outcome(self, kind: str, body: Mapping[str, Any]) -> Findings:
        action, run = _id(body.get("action")), _run_id(body)
        attempt = f"attempt {_id(body.get('attempt'))} of action {action}"
        if run not in self.started:
            yield "run", f"{attempt} ended, but it was never started"
            return
        if "release" in body and body["release"] != self.started[run]:
            yield "run", f"{attempt} ended under another release than it began"
        happened = kind == "RunSucceeded" or (kind == "RunResolved" and body.get("happened") is True)
        if happened and run in self.succeeded:
            yield "run", f"{attempt} succeeded before"
        if happened:
            self.succeeded.add(run)
        elif kind != "RunUncertain" and run not in self.succeeded:
            self.maybe.pop(action, None)


def _decisions_of(release: Mapping[str, Any]) -> set[str]:
    decisions = release.get("decisions")
    return {_id(each) for each in decisions} if isinstance(decisions, (list, tuple)) else set()


def _covers(decision: Mapping[str, Any], release: Mapping[str, Any]) -> bool:
    """Whether a decision that names what it approves names this. One that lifts a finding names nothing."""
    covers = decision.get("covers")
    if not covers or not isinstance(covers, (list, tuple)) or decision.get("waives") is True:
        return True
    return any(
        isinstance(each, Mapping)
        and all(each.get(name) == release.get(name) for name in ("action", "digest"))
        for each in covers
    )


def _run_id(body: Mapping[str, Any]) -> str:
    return f"{_id(body.get('action'))} {_id(body.get('attempt'))}"


def _id(value: Any) -> str:
    """A value as a name, whatever it is: the number 1 and the text "1" differ."""
    return json.dumps(value, sort_keys=True)[:80]


# --- canonical JSON (RFC 8785) ----------------------------------------------------------------------------

LARGEST_INT = 2**53 - 1
DEEPEST = 200
_quoted = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: Any) -> bytes:
    """The canonical form of a JSON value. Raises ValueError where it has none."""
    return _canonical(value, 0).encode("utf-8")


def _canonical(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if abs(value) > LARGEST_INT:
            raise ValueError("a whole number beyond 2**53 - 1")
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if depth >= DEEPEST:
        raise ValueError(f"more than {DEEPEST} levels")
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        inner = (f"{_quoted(key)}:{_canonical(value[key], depth + 1)}" for key in keys)
        return "{" + ",".join(inner) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_canonical(each, depth + 1) for each in value) + "]"
    raise ValueError("something that JSON does not have")


def _number(value: float) -> str:
    """A double as ECMAScript writes it: the shortest digits that give it back."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("a number that JSON does not have")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, _, exponent = f"{_shortest(abs(value))}".partition("e")
    point = int(exponent)
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    return sign + digits[0] + ("." + digits[1:] if count > 1 else "") + f"e{point - 1:+d}"


def _shortest(value: float) -> str:
    """`DIGITSeN`: the digits without zeros at either end, and where the decimal point stands among them."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return f"{digits.rstrip('0')}e{point}"


def _sha(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


# --- Ed25519 (RFC 8032), only verifying -------------------------------------------------------------------

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_BASE = bytes.fromhex("58" + "66" * 31)

Point = tuple[int, int, int, int]
_ZERO: Point = (0, 1, 1, 0)


@lru_cache(maxsize=100_000)
def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """
    Whether an Ed25519 signature is good, by the strict reading: no cofactor, and one spelling for each signature.

    The equation is S*B = R + h*A. R' = S*B - h*A is worked out, and its bytes have to be the R that was given, so an
    R in another spelling fails. S has to be below the order, A a point in its one spelling and of large order.
    Answers are kept: an anchor mostly repeats the checkpoints.
    """
    if len(public_key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    negated = _negated_table(public_key)
    if s >= _ORDER or negated is None:
        return False
    hashed = hashlib.sha512(signature[:32] + public_key + message).digest()
    h = int.from_bytes(hashed, "little") % _ORDER
    base = _table(_decoded(_BASE) or _ZERO)
    return _encoded(_sum(_times(base, s), _times(negated, h))) == signature[:32]


@lru_cache(maxsize=8)
def _negated_table(public_key: bytes) -> tuple[tuple[Point, ...], ...] | None:
    point = _decoded(public_key)
    if point is None:
        return None
    eightfold = point
    for _ in range(3):
        eightfold = _sum(eightfold, eightfold)
    if _encoded(eightfold) == _encoded(_ZERO):
        return None
    x, y, z, t = point
    return _table((-x % _P, y, z, -t % _P))


@lru_cache(maxsize=16)
def _table(point: Point) -> tuple[tuple[Point, ...], ...]:
    """Row i holds 0 to 15 times 16**i times the point, so that a product is 64 sums."""
    rows = []
    for _ in range(64):
        row = [_ZERO]
        for _ in range(15):
            row.append(_sum(row[-1], point))
        rows.append(tuple(row))
        point = _sum(row[-1], point)
    return tuple(rows)


def _times(table: tuple[tuple[Point, ...], ...], factor: int) -> Point:
    result = _ZERO
    for row in table:
        digit = factor & 15
        if digit:
            result = _sum(result, row[digit])
        factor >>= 4
    return result


def _sum(one: Point, other: Point) -> Point:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = 2 * _D * t1 * t2 % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _decoded(data: bytes) -> Point | None:
    """The point that these bytes spell; None where they spell none, or not in the one way."""
    y = int.from_bytes(data, "little")
    sign = y >> 255
    y &= 2**255 - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _encoded(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, _P - 2, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


# --- reading files ----------------------------------------------------------------------------------------


def _lines(path: Path, report: Report, whole: bool = True) -> Iterator[tuple[int | None, Any]]:
    """
    The values of a file, one a line. A line that cannot be read, or is not in its one spelling, is reported.

    `whole`: the last line has to end, too, or something was cut off.
    """
    name = path.name
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if whole and not raw.endswith(b"\n"):
                    report.add("malformed", "the last line is cut off", file=name, line=number)
                text = raw.rstrip(b"\r\n")
                if not text:
                    continue
                try:
                    value = json.loads(text.decode("utf-8"), parse_int=_int, parse_constant=_no_constant)
                    spelled = canonical(value)
                except (ValueError, RecursionError):
                    report.add("malformed", "this line cannot be read", file=name, line=number)
                    continue
                if spelled != text:
                    report.add("malformed", "this line is not as Holdshort writes it", file=name, line=number)
                yield number, value
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror or error}") from error


def _int(text: str) -> int | float:
    """Whole numbers of more digits than a double holds are doubles that ECMAScript writes without a point."""
    if len(text) > 17:
        return float(text)
    value = int(text)
    return value if abs(value) <= LARGEST_INT else float(value)


def _no_constant(text: str) -> None:
    raise ValueError(f"JSON has no {text}")


def _private_digests(path: Path, report: Report) -> dict[tuple[int, int], tuple[str, int]]:
    """What the private parts come to, by event, with their lines. Those that erasure changed cannot be compared."""
    found: dict[tuple[int, int], tuple[str, int]] = {}
    if not path.is_file():
        return found
    changed = 0
    for line, value in _lines(path, report):
        try:
            key = (value["number"], value["seq"])
            salt, text = bytes.fromhex(value["salt"]), value["text"].encode("utf-8")
            erased = value["erased"]
            good = key not in found and _is_number(key[0]) and _is_count(key[1]) and isinstance(erased, bool)
        except (KeyError, TypeError, ValueError, AttributeError):
            good = False
        if not good:
            report.add("malformed", "this is no private part of an event", file=PRIVATE, line=line)
        elif erased:
            changed += 1
        else:
            found[key] = (hashlib.sha256(salt + text).hexdigest(), line or 0)
    if changed:
        report.notes.append(
            f"{changed} private parts were changed by an erasure, so they cannot be compared."
        )
    return found


def _read_keys(path: Path) -> list[str]:
    try:
        keys = path.read_text("utf-8").split()
    except (OSError, ValueError) as error:
        raise CannotRead(f"the public key in {path} cannot be read") from error
    if not keys:
        raise CannotRead(f"{path} holds no public key")
    return keys


def _keys_by_id(keys: Sequence[str]) -> dict[str, bytes]:
    found = {}
    for each in keys:
        if not _is_hex(each, 64):
            raise CannotRead("a public key has to be 64 lower-case hex digits")
        raw = bytes.fromhex(each)
        found[hashlib.sha256(raw).hexdigest()[:16]] = raw
    return found


# --- small questions --------------------------------------------------------------------------------------

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_HEX = re.compile(r"[0-9a-f]*")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_number(value: Any) -> bool:
    """Of an onboarding, from 1; 0 is the log of the house itself."""
    return _is_count(value) or (value == 0 and isinstance(value, int) and not isinstance(value, bool))


def _is_hex(value: Any, length: int) -> bool:
    return isinstance(value, str) and len(value) == length and _HEX.fullmatch(value) is not None


def _is_instant(value: Any) -> bool:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return False
    try:
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    return ascii(value)[1:-1][:80]


# --- the command ------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an audit export of Holdshort.")
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(__file__).resolve().parent,
        help="the export; default: here",
    )
    parser.add_argument("--anchor", type=Path, help="checkpoints that were written down elsewhere")
    parser.add_argument("--public-key", default="", help="the key to trust: a file, or 64 hex digits")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    chosen = parser.parse_args(arguments)
    try:
        report = examine_folder(chosen.folder, chosen.anchor, chosen.public_key)
    except CannotRead as error:
        if chosen.json:
            print(json.dumps({"ok": False, "cannot_read": str(error)}))
        else:
            print(f"cannot verify: {ascii(str(error))[1:-1]}", file=sys.stderr)
        return 2
    if chosen.json:
        print(json.dumps(report.to_json(), indent=1))
    else:
        print("\n".join(summary(report)))
    return 1 if report.problems else 0


def summary(report: Report) -> list[str]:
    """The report for a person, line by line, in ASCII: nothing in a log can steer the terminal."""
    last = f", the last of {report.last_checkpoint_at}" if report.last_checkpoint_at else ""
    lines = [
        f"{report.events} events of {report.onboardings} onboardings, {report.runs} runs.",
        f"{report.checkpoints} checkpoints{last}; key {', '.join(report.key_ids)}.",
    ]
    if report.anchored_checkpoint is not None:
        lines.append(f"Anchored up to checkpoint {report.anchored_checkpoint}.")
    if report.not_anchored:
        which = "anchored" if report.anchored_checkpoint is not None else "covered by a checkpoint"
        lines.append(
            f"{report.not_anchored} events are not {which} yet, the oldest of {report.oldest_not_anchored_at}: their "
            "chain was checked, but whoever can write the log could rewrite them."
        )
    lines += [f"Note: {each}" for each in report.notes]
    lines += [f"PROBLEM [{each.code}] {each}" for each in report.problems[:SHOWN_AT_MOST]]
    hidden = len(report.problems) - SHOWN_AT_MOST
    if hidden > 0:
        lines.append(f"... and {hidden} more; --json has them all.")
    count = len(report.problems)
    lines.append("No problem found." if not count else f"{count} problem{'s' if count > 1 else ''} found.")
    return [line.encode("ascii", "backslashreplace").decode() for line in lines]


if __name__ == "__main__":
    sys.exit(main())
