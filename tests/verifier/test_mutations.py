"""
One mutation a run: whatever is changed at or below the last anchor is found.

1,000 of them in an ordinary run, 5,000 and more under HOLDSHORT_TORTURE=1 (promise S15).
"""

import json
import os
import pickle
import random
from functools import cache

import pytest

from holdshort.core.audit import (
    GENESIS,
    Checkpoint,
    checkpoint_bytes,
    checkpoint_from_json,
    checkpoint_hash,
    checkpoint_json,
)
from holdshort.core.canonical import canonical_bytes
from holdshort.verifier.verify_audit import CannotRead, _event_hash, examine_folder
from tests.verifier.logs import Copy, random_log, signer

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
LOGS = 12


@cache
def pickled_log(seed):
    log, anchor = random_log(seed)
    return pickle.dumps((log, anchor, Copy(log, anchor)))


class Case:
    """A copy to be tampered with, and what of it the anchor covers."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.log, self.anchor, self.copy = pickle.loads(pickled_log(seed % LOGS))
        ends = {number: seq for each in self.anchor for number, seq, _ in each.heads}
        events = [(each.number, each.seq) for each in self.log.envelopes()]
        self.covered = [place for place, (number, seq) in enumerate(events) if seq <= ends.get(number, 0)]

    def event(self, place):
        return json.loads(self.copy.events[place])

    def put(self, place, event):
        self.copy.events[place] = canonical_bytes(event)

    def place(self):
        return self.random.choice(self.covered)

    def anchored_checkpoint(self):
        return self.random.randrange(len(self.anchor))

    def rehash(self, number):
        """Make one chain consistent again, as whoever can write the database would."""
        previous, seq = GENESIS, 0
        for place, line in enumerate(self.copy.events):
            event = json.loads(line)
            if event["number"] == number:
                seq += 1
                event["seq"] = seq
                event["hash"] = previous = _event_hash(previous, event)
                self.put(place, event)

    def sign_again(self, by):
        """Make checkpoints that fit the events as they are now."""
        heads = {(each["number"], each["seq"]): each["hash"] for each in map(json.loads, self.copy.events)}
        previous, made = GENESIS, []
        for each in self.log.signed:
            now = tuple((n, s, heads[n, s]) for n, s, _ in each.heads if (n, s) in heads)
            signature = by.sign(checkpoint_bytes(each.no, each.at, now, previous, by.key_id))
            made.append(Checkpoint(each.no, each.at, now, previous, signature, by.key_id))
            previous = checkpoint_hash(made[-1])
        self.copy.checkpoints = [canonical_bytes(checkpoint_json(each)) for each in made]


def other_byte(chosen, line):
    changed = bytearray(line)
    place = chosen.randrange(len(changed))
    changed[place] = chosen.choice([each for each in range(256) if each != changed[place]])
    return bytes(changed)


def other_value(chosen, event, name):
    """Another value that the field could have had."""
    value = event[name]
    if name in ("number", "seq"):
        return value + chosen.choice([-1, 1, 5])
    if name == "at":
        return value[:-2] + str((int(value[-2]) + 1) % 10) + "Z"
    if name == "hash" or (name == "commitment" and value):
        return value[:-1] + format((int(value[-1], 16) + 1) % 16, "x")
    if name == "commitment":
        return "0" * 64
    if name == "body":
        return {**value, "note": "rewritten"} if value.get("note") != "rewritten" else {}
    return value + chosen.choice([" ", "x", "\u200b"])


# --- events ---


def flip_a_byte_of_an_event(case):
    place = case.place()
    case.copy.events[place] = other_byte(case.random, case.copy.events[place])


def flip_a_bit_of_an_event(case):
    place = case.place()
    line = bytearray(case.copy.events[place])
    line[case.random.randrange(len(line))] ^= 1 << case.random.randrange(8)
    case.copy.events[place] = bytes(line)


def change_a_field(name):
    def change(case):
        place = case.place()
        event = case.event(place)
        event[name] = other_value(case.random, event, name)
        case.put(place, event)

    change.__name__ = f"change_the_field_{name}"
    return change


def change_an_event_and_its_own_hash(case):
    place = case.place()
    event = case.event(place)
    event["actor"] += "x"
    previous = GENESIS if event["seq"] == 1 else case.event(place - 1)["hash"]
    event["hash"] = _event_hash(previous, event)
    case.put(place, event)


def delete_an_event(case):
    del case.copy.events[case.place()]


def delete_an_event_and_rehash_the_rest(case):
    place = case.place()
    number = case.event(place)["number"]
    del case.copy.events[place]
    case.rehash(number)


def insert_an_event(case):
    place = case.place()
    event = case.event(place)
    forged = {
        **event,
        "kind": "DecisionRecorded",
        "actor": "mallory",
        "body": {"code": "J4"},
        "commitment": "",
    }
    forged["hash"] = _event_hash(GENESIS if event["seq"] == 1 else case.event(place - 1)["hash"], forged)
    case.copy.events.insert(place, canonical_bytes(forged))


def insert_an_event_and_rehash_the_rest(case):
    place = case.place()
    event = case.event(place)
    forged = {
        **event,
        "kind": "DecisionRecorded",
        "actor": "mallory",
        "body": {"decision": 999, "code": "J4"},
    }
    case.copy.events.insert(place, canonical_bytes(forged))
    case.rehash(event["number"])


def repeat_an_event(case):
    place = case.place()
    case.copy.events.insert(case.random.choice([place, place + 1]), case.copy.events[place])


def swap_two_events(case):
    one = case.place()
    other = case.random.choice([each for each in range(len(case.copy.events)) if each != one])
    events = case.copy.events
    events[one], events[other] = events[other], events[one]


def swap_neighbours_and_rehash_the_rest(case):
    place = case.random.choice(
        [
            each
            for each in case.covered
            if each and case.event(each)["number"] == case.event(each - 1)["number"]
        ]
    )
    events = case.copy.events
    events[place - 1], events[place] = events[place], events[place - 1]
    case.rehash(case.event(place)["number"])


def swap_the_bodies_of_two_events(case):
    one, other = case.place(), case.place()
    while case.event(one)["body"] == case.event(other)["body"]:
        one, other = case.place(), case.place()
    first, second = case.event(one), case.event(other)
    first["body"], second["body"] = second["body"], first["body"]
    case.put(one, first)
    case.put(other, second)


def truncate_the_events(case):
    del case.copy.events[case.place() :]


def truncate_an_onboarding(case):
    """Cut off its end, from a covered event on, so that the chain of what is left is sound."""
    first = case.event(case.place())
    case.copy.events = [
        line
        for line in case.copy.events
        if (event := json.loads(line))["number"] != first["number"] or event["seq"] < first["seq"]
    ]


def truncate_within_a_line(case):
    place = case.place()
    line = case.copy.events[place]
    del case.copy.events[place + 1 :]
    case.copy.events[place] = line[: case.random.randrange(1, len(line))]


def rewrite_history_and_rehash_the_whole_suffix(case):
    place = case.place()
    event = case.event(place)
    name = case.random.choice(["kind", "at", "actor", "body", "commitment"])
    event[name] = other_value(case.random, event, name)
    case.put(place, event)
    case.rehash(event["number"])


def rewrite_history_and_sign_with_another_key(case):
    rewrite_history_and_rehash_the_whole_suffix(case)
    case.sign_again(signer(9))


def rewrite_history_and_replace_the_key(case):
    rewrite_history_and_sign_with_another_key(case)
    case.copy.key = signer(9).public_key_hex.encode()


def rewrite_history_with_the_stolen_signing_key(case):
    rewrite_history_and_rehash_the_whole_suffix(case)
    case.sign_again(case.log.signer)


def drop_a_whole_onboarding(case):
    number = case.event(case.place())["number"]
    case.copy.events = [each for each in case.copy.events if json.loads(each)["number"] != number]


def renumber_an_onboarding(case):
    number = case.event(case.place())["number"]
    for place in range(len(case.copy.events)):
        event = case.event(place)
        if event["number"] == number:
            case.put(place, {**event, "number": 1000})
    case.copy.events.sort(key=lambda line: (json.loads(line)["number"], json.loads(line)["seq"]))
    case.rehash(1000)


def add_a_field_to_an_event(case):
    place = case.place()
    case.put(place, {**case.event(place), "approved": True})


def write_a_line_in_another_spelling(case):
    place = case.place()
    case.copy.events[place] = json.dumps(case.event(place), ensure_ascii=True).encode()


def give_a_field_twice(case):
    place = case.place()
    case.copy.events[place] = b'{"actor":"mallory",' + case.copy.events[place][1:]


def insert_a_line_of_rubbish(case):
    rubbish = [b"{", b"null", b"[]", b"{}", b"\xff\xfe", b"\x00", b'"text"', b"NaN", b"[" * 5000, b"1" * 5000]
    case.copy.events.insert(case.place(), case.random.choice(rubbish))


# --- checkpoints, anchors and copies ---


def older(case, keep_events):
    """The log as it was at an earlier checkpoint."""
    keep = case.anchored_checkpoint()
    ends = {number: seq for each in case.log.signed[:keep] for number, seq, _ in each.heads}
    case.copy.checkpoints = case.copy.checkpoints[:keep]
    if not keep_events:
        case.copy.events = [
            line for line in case.copy.events if (e := json.loads(line))["seq"] <= ends.get(e["number"], 0)
        ]
    return keep


def put_an_older_copy_in_its_place(case):
    older(case, keep_events=False)


def put_an_older_copy_of_the_checkpoints_in_their_place(case):
    older(case, keep_events=True)


def go_on_from_an_older_copy(case):
    """Restore a backup and carry on with the right key: another history from there."""
    keep = case.anchored_checkpoint()
    log = case.log
    ends = {number: seq for each in log.signed[:keep] for number, seq, _ in each.heads}
    log.events = {number: log.events[number][:seq] for number, seq in ends.items()}
    log.stories = {number: type(log.stories[number])() for number in ends}
    log.signed = log.signed[:keep]
    for number in ends:
        log.append(number, "FactsReceived", {"restored": True})
    while len(log.signed) < len(case.anchor) + case.random.randrange(0, 2):
        log.append(1, "FactsReceived", {"restored": True})
        log.checkpoint()
    case.copy = Copy(log, case.anchor)


def fork_the_heads_of_a_checkpoint(case):
    """The same events, but one checkpoint signed with another head."""
    place = case.anchored_checkpoint()
    each = case.log.signed[place]
    number, seq, _ = each.heads[0]
    heads = ((number, seq, "f" * 64), *each.heads[1:])
    by = case.log.signer
    signature = by.sign(checkpoint_bytes(each.no, each.at, heads, each.previous, by.key_id))
    forged = Checkpoint(each.no, each.at, heads, each.previous, signature, by.key_id)
    case.copy.checkpoints[place] = canonical_bytes(checkpoint_json(forged))


def flip_a_byte_of_a_checkpoint(case):
    place = case.random.randrange(len(case.copy.checkpoints))
    case.copy.checkpoints[place] = other_byte(case.random, case.copy.checkpoints[place])


def delete_a_checkpoint(case):
    del case.copy.checkpoints[case.anchored_checkpoint()]


def swap_two_checkpoints(case):
    one, other = case.random.sample(range(len(case.copy.checkpoints)), 2)
    each = case.copy.checkpoints
    each[one], each[other] = each[other], each[one]


def swap_the_signatures_of_two_checkpoints(case):
    one, other = case.random.sample(range(len(case.copy.checkpoints)), 2)
    first, second = json.loads(case.copy.checkpoints[one]), json.loads(case.copy.checkpoints[other])
    first["signature"], second["signature"] = second["signature"], first["signature"]
    case.copy.checkpoints[one], case.copy.checkpoints[other] = canonical_bytes(first), canonical_bytes(second)


def repeat_a_checkpoint(case):
    place = case.random.randrange(len(case.copy.checkpoints))
    case.copy.checkpoints.insert(place, case.copy.checkpoints[place])


def insert_a_checkpoint_with_another_key(case):
    last = case.log.signed[-1]
    by = signer(9)
    made = Checkpoint(last.no + 1, last.at, (), checkpoint_hash(last), "", by.key_id)
    signature = by.sign(checkpoint_bytes(made.no, made.at, made.heads, made.previous, by.key_id))
    case.copy.checkpoints.append(canonical_bytes({**checkpoint_json(made), "signature": signature}))


def drop_all_checkpoints(case):
    case.copy.checkpoints = []


def flip_a_byte_of_the_anchor(case):
    place = case.random.randrange(len(case.copy.anchor))
    case.copy.anchor[place] = other_byte(case.random, case.copy.anchor[place])


def flip_a_byte_of_the_key(case):
    case.copy.key = other_byte(case.random, case.copy.key)


MUTATIONS = [
    flip_a_byte_of_an_event, flip_a_bit_of_an_event,
    *map(change_a_field, ["number", "seq", "kind", "at", "actor", "body", "commitment", "hash"]),
    change_an_event_and_its_own_hash, delete_an_event, delete_an_event_and_rehash_the_rest, insert_an_event,
    insert_an_event_and_rehash_the_rest, repeat_an_event, swap_two_events, swap_neighbours_and_rehash_the_rest,
    swap_the_bodies_of_two_events, truncate_the_events, truncate_an_onboarding, truncate_within_a_line,
    rewrite_history_and_rehash_the_whole_suffix, rewrite_history_and_sign_with_another_key,
    rewrite_history_and_replace_the_key, rewrite_history_with_the_stolen_signing_key, drop_a_whole_onboarding,
    renumber_an_onboarding, add_a_field_to_an_event, write_a_line_in_another_spelling, give_a_field_twice,
    insert_a_line_of_rubbish, put_an_older_copy_in_its_place, put_an_older_copy_of_the_checkpoints_in_their_place,
    go_on_from_an_older_copy, fork_the_heads_of_a_checkpoint, flip_a_byte_of_a_checkpoint, delete_a_checkpoint,
    swap_two_checkpoints, swap_the_signatures_of_two_checkpoints, repeat_a_checkpoint,
    insert_a_checkpoint_with_another_key, drop_all_checkpoints, flip_a_byte_of_the_anchor, flip_a_byte_of_the_key,
]  # fmt: skip
EACH = -(-(5_000 if TORTURE else 1_000) // len(MUTATIONS))


def is_found(folder):
    try:
        return bool(examine_folder(folder).problems)
    except CannotRead:
        return True


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda each: each.__name__)
def test_a_change_at_or_below_the_last_anchor_is_found(mutate, tmp_path):
    missed = []
    for seed in range(EACH):
        case = Case(seed)
        mutate(case)
        if not is_found(case.copy.write(tmp_path)):
            missed.append(seed)
    assert not missed


def test_the_mutations_are_as_many_as_promised():
    assert EACH * len(MUTATIONS) >= (5_000 if TORTURE else 1_000)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_rewritten_after_the_last_anchor_was_counted_as_not_anchored(seed, tmp_path):
    """Nobody can see it, and the report says of how many events that is so."""
    case = Case(seed)
    tail = [place for place in range(len(case.copy.events)) if place not in case.covered]
    unsigned = [
        place
        for place in tail
        if case.event(place)["seq"]
        > max(
            (s for each in case.log.signed for n, s, _ in each.heads if n == case.event(place)["number"]),
            default=0,
        )
    ]
    if not unsigned:
        pytest.skip("this log has no tail")
    place = case.random.choice(unsigned)
    case.put(place, {**case.event(place), "actor": "mallory"})
    case.rehash(case.event(place)["number"])
    report = examine_folder(case.copy.write(tmp_path))
    assert report.problems == []
    assert report.not_anchored == len(tail) > 0


# --- what the reader is told ---


def codes(case, folder):
    return {each.code for each in examine_folder(case.copy.write(folder)).problems}


@pytest.mark.parametrize(
    ("mutate", "code"),
    [
        (delete_an_event, "gap"), (repeat_an_event, "duplicate"), (change_a_field("body"), "hash"),
        (rewrite_history_and_rehash_the_whole_suffix, "head"), (drop_a_whole_onboarding, "missing-onboarding"),
        (truncate_an_onboarding, "missing-events"), (put_an_older_copy_in_its_place, "older-copy"),
        (rewrite_history_with_the_stolen_signing_key, "fork"), (go_on_from_an_older_copy, "fork"),
        (swap_the_signatures_of_two_checkpoints, "bad-signature"), (rewrite_history_and_sign_with_another_key, "wrong-key"),
        (add_a_field_to_an_event, "malformed"), (swap_two_checkpoints, "order"),
    ],
)  # fmt: skip
def test_each_kind_of_tampering_is_called_by_its_name(mutate, code, tmp_path):
    found = []
    for seed in range(8):
        case = Case(seed)
        mutate(case)
        found.append(code in codes(case, tmp_path))
    assert sum(found) >= 5


def test_a_history_signed_anew_with_the_right_key_is_pinned_to_the_event_that_the_anchor_knew(tmp_path):
    case = Case(0)
    rewrite_history_with_the_stolen_signing_key(case)
    problems = examine_folder(case.copy.write(tmp_path)).problems
    assert any(
        "the anchor's checkpoint" in each.text and each.seq for each in problems if each.code == "head"
    )


def resigned(case, place, **changes):
    """A checkpoint changed by somebody who has the key."""
    value = {**json.loads(case.copy.checkpoints[place]), **changes}
    by = case.log.signer
    each = checkpoint_from_json(value)
    signature = by.sign(checkpoint_bytes(each.no, each.at, each.heads, each.previous, by.key_id))
    case.copy.checkpoints[place] = canonical_bytes({**value, "signature": signature})


@pytest.mark.parametrize("place", [0, 2])
def test_a_checkpoint_has_to_go_on_from_the_one_before_it_whoever_signed(place, tmp_path):
    case = Case(0)
    resigned(case, place, previous="e" * 64)
    case.copy.anchor = []
    assert "checkpoint-chain" in codes(case, tmp_path)


def test_checkpoints_that_take_back_an_end_show_that_the_log_was_set_back(tmp_path):
    """Even without an anchor: a backup was restored, and the same key signed on."""
    case = Case(0)
    number, seq, _ = json.loads(case.copy.checkpoints[0])["heads"][0]
    last = json.loads(case.copy.checkpoints[-1])["heads"]
    earlier = [[number, seq, "f" * 64]]
    resigned(case, -1, heads=sorted(earlier + [each for each in last if each[0] != number]))
    case.copy.anchor = []
    assert "fork" in codes(case, tmp_path)


def test_a_repeated_checkpoint_is_found_though_it_says_the_same(tmp_path):
    case = Case(0)
    repeat_a_checkpoint(case)
    assert "fork" in codes(case, tmp_path)


@pytest.mark.parametrize("name", ["events.jsonl", "checkpoints.jsonl"])
def test_a_file_whose_last_line_does_not_end_was_cut_off(name, tmp_path):
    folder = Case(0).copy.write(tmp_path)
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    assert [each.code for each in examine_folder(folder).problems] == ["malformed"]


@pytest.mark.parametrize("file", ["events", "checkpoints"])
def test_a_field_that_nothing_covers_has_no_place_to_hide(file, tmp_path):
    case = Case(0)
    lines = getattr(case.copy, file)
    lines[0] = canonical_bytes({**json.loads(lines[0]), "approved": True})
    assert "malformed" in codes(case, tmp_path)


def test_two_lines_of_different_onboardings_in_another_order_are_found(tmp_path):
    case = Case(0)
    numbers = [json.loads(each)["number"] for each in case.copy.events]
    place = numbers.index(2)
    events = case.copy.events
    events[place - 1], events[place] = events[place], events[place - 1]
    assert "order" in codes(case, tmp_path)


def test_an_event_that_appears_twice_does_not_disturb_what_comes_after(tmp_path):
    case = Case(0)
    case.copy.events.insert(1, case.copy.events[0])
    assert codes(case, tmp_path) == {"duplicate"}


def test_a_lost_event_is_one_problem_and_not_a_hundred(tmp_path):
    case = Case(0)
    del case.copy.events[0]
    assert codes(case, tmp_path) <= {"gap", "release", "run"}


def test_an_early_event_repeated_at_the_end_is_out_of_order(tmp_path):
    case = Case(0)
    last = max(place for place in range(len(case.copy.events)) if case.event(place)["number"] == 1)
    case.copy.events.insert(last + 1, case.copy.events[0])
    assert codes(case, tmp_path) == {"order"}


@pytest.mark.parametrize(
    "mutate", [write_a_line_in_another_spelling, give_a_field_twice], ids=lambda each: each.__name__
)
def test_a_line_has_one_spelling_so_that_every_reader_reads_the_same(mutate, tmp_path):
    case = Case(1)
    mutate(case)
    assert "malformed" in codes(case, tmp_path)


def test_a_checkpoint_that_is_missing_is_said_to_be(tmp_path):
    case = Case(0)
    del case.copy.checkpoints[1]
    assert "missing-checkpoint" in codes(case, tmp_path)
