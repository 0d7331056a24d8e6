"""Random audit logs as an honest store would hold them, kept in memory."""

import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from holdshort.core.audit import GENESIS, Envelope, Opened, checkpoint_json, event_hash
from holdshort.core.canonical import canonical_bytes
from holdshort.ports import Conflict
from holdshort.service.audit_export import _envelope_json
from holdshort.service.audit_log import make_checkpoint
from holdshort.store.signing import Signer

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
WORDS = ["plan is Pro", "=SUM(A1)", "naïve", "日本", "a\nb", "\u202eevil", "😀", "", "{}", '"quoted"']


@cache
def signer(seed=1):
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


@dataclass
class Story:
    """Where one onboarding is, so that what happens next is something that can."""

    decisions: list = field(default_factory=list)
    actions: int = 0
    decided: int = 0
    open: dict = field(default_factory=dict)


class Log:
    """An audit store (`audit_log.AuditStore` and `PrivateParts`) with a pen that writes honest random events."""

    def __init__(self, seed=0, key=1):
        self.random = random.Random(seed)
        self.key = key
        self.now = START
        self.events = {}
        self.stories = {}
        self.salts = {}
        self.signed = []

    @property
    def signer(self):
        return signer(self.key)

    # --- what a store does ---

    def envelopes(self, after=(0, 0)):
        for number in sorted(self.events):
            for each in self.events[number]:
                if (each.number, each.seq) > after:
                    yield each

    def changed_heads(self):
        covered = {head for each in self.signed for head in each.heads}
        heads = [(number, each[-1].seq, each[-1].hash) for number, each in self.events.items()]
        return [head for head in heads if head not in covered]

    def add_checkpoint(self, checkpoint):
        if any(each.no == checkpoint.no for each in self.signed):
            raise Conflict(f"checkpoint {checkpoint.no} exists")
        self.signed.append(checkpoint)

    def checkpoints(self, after=0):
        return [each for each in self.signed if each.no > after]

    def last_checkpoint(self):
        return self.signed[-1] if self.signed else None

    def opened(self, number):
        for each in self.events[number]:
            if each.commitment:
                yield Opened(each.seq, *self.salts[number, each.seq])

    # --- writing ---

    def append(self, number, kind, body, private=None, actor="system"):
        known = self.events.setdefault(number, [])
        previous, seq = (known[-1].hash, known[-1].seq + 1) if known else (GENESIS, 1)
        self.now += timedelta(microseconds=self.random.randrange(1, 10**9))
        commitment = ""
        if private is not None:
            salt, text = self.random.randbytes(16), json.dumps(private, ensure_ascii=False).encode()
            self.salts[number, seq] = salt, text
            commitment = hashlib.sha256(salt + text).hexdigest()
        value = event_hash(previous, number, seq, kind, self.now, actor, body, commitment)
        known.append(Envelope(number, seq, kind, self.now, actor, body, commitment, value))
        return seq

    def checkpoint(self):
        self.now += timedelta(minutes=5)
        return make_checkpoint(self, self.signer, self.now)

    def grow(self, steps):
        for _ in range(steps):
            if not self.events or self.random.random() < 0.12:
                number = max(self.events, default=0) + 1
                self.stories[number] = Story()
                self.append(
                    number, "OnboardingOpened", {"key": f"A-{number}/D/closed_won"}, {"title": self.word()}
                )
            else:
                number = self.random.choice(list(self.events))
                self.step(number, self.stories[number])

    def step(self, number, story):
        """One more thing happens, of those that can happen."""
        pick = self.random.random
        body = {"note": self.word(), "n": self.random.choice([0, -1, 2.5, 1e-7, True, None, [1, {"a": "b"}]])}
        waiting = [action for action, (state, *_) in story.open.items() if state == "released"]
        running = [action for action, (state, *_) in story.open.items() if state == "running"]
        if running and pick() < 0.6:
            self._end(number, story, self.random.choice(running))
        elif waiting and pick() < 0.6:
            self._start(number, story, self.random.choice(waiting))
        elif pick() < 0.3:
            story.decided += 1
            story.actions += 1
            covers = [
                {"action": story.actions, "digest": f"d{story.actions}", "kind": "send", "target": "crm"}
            ]
            decision = {"decision": story.decided, "review": 1, "code": "J4", "by": "rae", "covers": covers}
            self.append(number, "DecisionRecorded", decision, {"reason": self.word()}, "rae")
            self._release(number, story, story.actions, [story.decided])
        elif pick() < 0.2:
            story.actions += 1
            self._release(number, story, story.actions, [])
        else:
            self.append(number, self.random.choice(["FactsReceived", "Screened", "StageReached"]), body)

    def _release(self, number, story, action, decisions, attempt=1):
        why = "approved" if decisions else "no row holds it"
        body = {"action": action, "digest": f"d{action}", "target": "crm", "key": f"d{action}-{attempt}"}
        self.append(number, "ReleaseGranted", {**body, "decisions": decisions, "why": why})
        story.open[action] = "released", attempt, decisions

    def _start(self, number, story, action):
        _, attempt, decisions = story.open[action]
        body = {"action": action, "attempt": attempt, "key": f"d{action}-{attempt}", "target": "crm"}
        self.append(number, "RunStarted", body)
        story.open[action] = "running", attempt, decisions

    def _end(self, number, story, action):
        _, attempt, decisions = story.open.pop(action)
        body = {"action": action, "attempt": attempt}
        kind = self.random.choice(["RunSucceeded", "RunFailed", "RunUncertain"])
        self.append(number, kind, body, {"why": self.word()})
        if kind == "RunFailed":
            self._release(number, story, action, decisions, attempt + 1)
        elif kind == "RunUncertain":
            self.append(number, "RunResolved", {**body, "happened": self.random.random() < 0.5, "by": "rae"})

    def word(self):
        return self.random.choice(WORDS)


class Copy:
    """The files of an export as lists of lines, for whoever wants to tamper with them."""

    def __init__(self, log, anchor):
        self.events = [canonical_bytes(_envelope_json(each)) for each in log.envelopes()]
        self.checkpoints = [canonical_bytes(checkpoint_json(each)) for each in log.signed]
        self.anchor = [canonical_bytes(checkpoint_json(each)) for each in anchor]
        self.key = log.signer.public_key_hex.encode()

    def write(self, folder):
        folder.mkdir(exist_ok=True)
        for name in ("events", "checkpoints", "anchor"):
            (folder / f"{name}.jsonl").write_bytes(b"".join(each + b"\n" for each in getattr(self, name)))
        (folder / "public-key.txt").write_bytes(self.key + b"\n")
        return folder


def random_log(seed, *, steps=60, checkpoints=4, tail=True):
    """A log with its anchor, which may lag behind the checkpoints, as they lag behind the events."""
    log = Log(seed)
    for _ in range(checkpoints):
        log.grow(log.random.randrange(steps // checkpoints // 2, steps // checkpoints + 2))
        log.checkpoint()
    anchored = len(log.signed) - (log.random.randrange(0, 2) if tail else 0)
    if tail:
        log.grow(log.random.randrange(0, 12))
    return log, log.signed[:anchored]
