"""What every store promises, on memory, SQLite and PostgreSQL alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from holdshort.core.audit import GENESIS, Checkpoint, event_hash
from holdshort.core.canonical import NotCanonical
from holdshort.ports import Conflict, Delegation, PublishedRegister, Rows, Switch, User
from tests.store.kinds import NOON, action, after, event, grown, opened, review, row

# --- onboardings and events ---


def test_what_was_appended_comes_back_as_it_was(store):
    body = {"case": "CO-EDGE-002", "list": [1, 2.5, None, True], "text": "Ünïcode \u2028 ✓", "empty": {}}
    private = {"name": "Ann Ård", "notes": ["x" * 5000], "amount": 12.5}
    number = opened(store, "A/D/won", event("Received", private, **body), event("Screened", verdict="held"))
    first, second = store.history(number)
    assert (first.seq, first.kind, first.actor, first.at) == (1, "Received", "rae", NOON)
    assert first.body == body
    assert first.private == private
    assert (second.seq, second.body, second.private) == (2, {"verdict": "held"}, None)


def test_a_transaction_and_the_store_read_the_same_history(store):
    number = opened(store, "A", event(private={"name": "Ann"}), event(x=1))
    with store.transaction() as tx:
        inside = tx.history(number)
    assert inside == store.history(number)


def test_an_unknown_onboarding_has_no_history(store):
    with store.transaction() as tx:
        assert tx.history(7) == []
    assert store.history(7) == []
    assert store.onboarding(7) is None
    assert store.number_of("nobody") is None


def test_each_natural_key_has_one_onboarding(store):
    number = opened(store, "A/D/won")
    with store.transaction() as tx:
        with pytest.raises(Conflict):
            tx.open_onboarding("A/D/won")
        assert tx.number_of("A/D/won") == number
        other = tx.open_onboarding("A/E/won")
        tx.append(other, 0, [event()], Rows(row(other, "A/E/won")))
    assert other != number
    assert store.number_of("A/E/won") == other


def test_an_onboarding_without_events_is_in_no_list(store):
    with store.transaction() as tx:
        number = tx.open_onboarding("A")
        assert tx.history(number) == []
    assert store.onboarding(number) is None
    assert store.onboardings() == []
    assert store.number_of("A") == number


def test_nothing_of_a_transaction_that_fails_is_kept(store):
    number = opened(store, "A", reviews=[review(0, 1)])

    def act_and_fail():
        with store.transaction() as tx:
            tx.history(number)
            other = tx.open_onboarding("B")
            tx.append(other, 0, [event()], Rows(row(other, "B")))
            rows = Rows(
                row(number, "A", state="closed"), (review(number, 1, status="closed"),), (action(number, 1),)
            )
            tx.append(number, 1, [event()], rows)
            tx.mark("op:1")
            tx.set_switch(Switch("everything", "rae", "audit", NOON))
            tx.set_quarantine("restored")
            tx.put_user(User("rae", "Rae", "rae@example.com", frozenset({"RevOps"})))
            tx.publish(PublishedRegister(1, "d", "rae", "rae", NOON, {}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act_and_fail()
    assert store.number_of("B") is None
    assert len(store.history(number)) == 1
    assert store.onboarding(number).state == "open"
    assert [each.status for each in store.reviews(status="")] == ["open"]
    assert store.actions() == []
    assert store.latest_register() is None
    with store.transaction() as tx:
        assert not tx.marked("op:1")
        assert (tx.switches(), tx.quarantine(), tx.users()) == ([], "", [])


def test_only_the_version_that_was_read_can_be_continued(store):
    number = opened(store, "A", event(), event())
    for expected in (0, 1, 3):
        with pytest.raises(Conflict), store.transaction() as tx:
            tx.append(number, expected, [event()], Rows(row(number, "A", state="lost")))
    assert len(store.history(number)) == 2
    assert store.onboarding(number).state == "open"


def test_a_refused_append_leaves_the_transaction_usable(store):
    number = opened(store, "A")
    with store.transaction() as tx:
        with pytest.raises(Conflict):
            tx.append(number, 7, [event()], Rows(row(number, "A")))
        assert tx.mark("op:1")
        tx.append(number, 1, [event()], Rows(row(number, "A")))
    assert len(store.history(number)) == 2


def test_nothing_is_appended_to_an_unknown_onboarding_or_under_another_key(store):
    number = opened(store, "A")
    with pytest.raises(Conflict), store.transaction() as tx:
        tx.append(99, 0, [event()], Rows(row(99, "Z")))
    with pytest.raises(Conflict), store.transaction() as tx:
        tx.append(number, 1, [event()], Rows(row(number, "B")))
    assert len(store.history(number)) == 1


def test_one_transaction_may_append_several_times(store):
    with store.transaction() as tx:
        number = tx.open_onboarding("A")
        tx.append(number, 0, [event(no=1)], Rows(row(number, "A")))
        tx.append(number, 1, [event(no=2, private={"a": 1}), event(no=3)], Rows(row(number, "A")))
        assert [each.body["no"] for each in tx.history(number)] == [1, 2, 3]
        tx.append(number, 3, [event(no=4, private={"b": 2})], Rows(row(number, "A")))
    found = store.history(number)
    assert [each.seq for each in found] == [1, 2, 3, 4]
    assert [each.private for each in found] == [None, {"a": 1}, None, {"b": 2}]


def test_rows_may_change_without_an_event(store):
    number = opened(store, "A", actions=[action(0, 1)])
    grown(store, number, actions=[action(number, 1, worker="w1", lease_until=after(5))])
    assert len(store.history(number)) == 1
    assert store.actions()[0].worker == "w1"


def test_a_body_that_is_no_plain_json_is_kept_as_what_canonical_plain_makes_of_it(store):
    number = opened(store, "A", event(amount=Decimal("12.50"), on=NOON.date(), pair=(1, 2)))
    assert store.history(number)[0].body == {"amount": "12.5", "on": "2026-03-02", "pair": [1, 2]}


@pytest.mark.parametrize("part", ["body", "private"])
def test_what_has_no_json_form_is_refused_before_anything_is_written(store, part):
    value = {"share": float("nan")}
    bad = event(**value) if part == "body" else event(private=value)
    with pytest.raises(NotCanonical):
        opened(store, "A", bad)
    assert store.number_of("A") is None


def test_instants_come_back_in_utc_and_one_without_a_zone_is_refused(store):
    tokyo = timezone(timedelta(hours=9))
    number = opened(store, "A", event(at=datetime(2026, 1, 1, 3, 0, tzinfo=tokyo)))
    assert store.history(number)[0].at == datetime(2025, 12, 31, 18, 0, tzinfo=UTC)
    assert store.history(number)[0].at.tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        opened(store, "B", event(at=datetime(2026, 1, 1)))


def test_a_transaction_cannot_be_used_after_its_end_nor_within_another(store):
    with store.transaction() as tx, pytest.raises(RuntimeError), store.transaction():
        pass
    with pytest.raises(RuntimeError):
        tx.mark("late")
    with store.transaction() as again:
        assert not again.marked("late")


@pytest.mark.parametrize("wrong", ["a\x00b", "a\ud800b"])
def test_text_that_a_database_cannot_hold_does_no_harm(store, wrong):
    number = opened(
        store,
        "A",
        event(wrong, private={"t": wrong}, t=wrong),
        title=wrong,
        reviews=[review(0, 1, about=wrong)],
    )
    assert store.onboarding(number).title in (wrong, "a\ufffdb")
    assert store.reviews()[0].about in (wrong, "a\ufffdb")
    assert store.history(number)[0].body["t"] in (wrong, "a[U+D800]b")
    (one,) = store.envelopes()
    assert one.hash == event_hash(GENESIS, number, 1, one.kind, one.at, one.actor, one.body, one.commitment)


# --- the chain ---


def test_every_event_is_chained_to_the_one_before(store):
    number = opened(store, "A", event(private={"name": "Ann"}), event(x=1), event(x=1))
    grown(store, number, event(y=[1, {"z": 2.5}]))
    previous = GENESIS
    for one in store.envelopes():
        assert one.hash == event_hash(
            previous, one.number, one.seq, one.kind, one.at, one.actor, one.body, one.commitment
        )
        previous = one.hash
    assert [each.hash for each in store.history(number)][-1] == previous


def test_envelopes_come_by_number_and_seq_after_the_cursor(store):
    first = opened(store, "A", event(), event())
    second = opened(store, "B", event(private={"a": 1}))
    found = [(one.number, one.seq) for one in store.envelopes()]
    assert found == [(first, 1), (first, 2), (second, 1)]
    assert [(one.number, one.seq) for one in store.envelopes((first, 1))] == found[1:]
    assert [bool(one.commitment) for one in store.envelopes()] == [False, False, True]


def test_a_private_part_is_what_its_commitment_covers(store):
    import hashlib

    number = opened(store, "A", event(), event(private={"name": "Ann"}))
    (part,) = store.opened(number)
    commitment = next(one.commitment for one in store.envelopes() if one.seq == part.seq)
    assert hashlib.sha256(part.salt + part.text).hexdigest() == commitment
    assert part.text == b'{"name":"Ann"}'


def test_a_checkpoint_covers_the_heads_that_changed_since_the_last(store):
    first, second = opened(store, "A"), opened(store, "B", event(), event())
    heads = store.changed_heads()
    assert [(number, seq) for number, seq, _ in heads] == [(first, 1), (second, 2)]
    one = Checkpoint(1, NOON, tuple(heads), GENESIS, "ab" * 64, "key")
    store.add_checkpoint(one)
    assert store.changed_heads() == []
    grown(store, first, event())
    assert [(number, seq) for number, seq, _ in store.changed_heads()] == [(first, 2)]
    assert store.checkpoints() == [one]
    assert store.last_checkpoint() == one
    assert store.checkpoints(after=1) == []


def test_a_head_that_grew_while_a_checkpoint_was_made_is_in_the_next_one(store):
    number = opened(store, "A")
    heads = store.changed_heads()
    grown(store, number, event())
    store.add_checkpoint(Checkpoint(1, NOON, tuple(heads), GENESIS, "ab", "key"))
    assert [(number, seq) for number, seq, _ in store.changed_heads()] == [(number, 2)]


def test_a_checkpoint_number_is_given_once(store):
    one = Checkpoint(1, NOON, (), GENESIS, "ab", "key")
    store.add_checkpoint(one)
    with pytest.raises(Conflict):
        store.add_checkpoint(replace(one, signature="cd"))
    assert store.checkpoints() == [one]
    assert store.last_checkpoint() == one


# --- lists ---


def test_an_onboarding_row_comes_back_as_it_was(store):
    number = opened(store, "A", wake_at=after(5), closed_at=after(9), legal_hold=True, register=3)
    assert store.onboarding(number) == row(
        number, "A", wake_at=after(5), closed_at=after(9), legal_hold=True, register=3
    )


def test_onboardings_are_listed_by_number_after_a_cursor(store):
    numbers = [opened(store, f"K{no}") for no in range(5)]
    assert [each.number for each in store.onboardings(limit=2)] == numbers[:2]
    assert [each.number for each in store.onboardings(after=numbers[1], limit=2)] == numbers[2:4]


def test_onboardings_are_filtered_by_state_and_whether_they_are_open(store):
    first = opened(store, "A", state="paused")
    second = opened(store, "B", state="paused", closed_at=NOON)
    opened(store, "C")
    assert [each.number for each in store.onboardings(state="paused")] == [first, second]
    assert [each.number for each in store.onboardings(state="paused", open_only=True)] == [first]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("glass", "AB"),
        ("ÖSTERREICH", "A"),
        ("österreich", "A"),
        ("100%", "B"),
        ("0%x", ""),
        ("_", ""),
        ("!", ""),
        ("d-9", "B"),
    ],
)
def test_a_search_looks_for_plain_text_in_title_and_key_in_any_case(store, search, found):
    titles = {"A/D-1/won": "Österreich Glass", "B/D-9/won": "100% Glass"}
    numbers = {opened(store, key, title=title): key[0] for key, title in titles.items()}
    assert "".join(numbers[each.number] for each in store.onboardings(search=search)) == found


def test_reviews_come_most_urgent_first_and_go_on_after_the_last_one_seen(store):
    first = opened(
        store, "A", reviews=[review(0, 1, breaches_at=after(9)), review(0, 2, breaches_at=after(5))]
    )
    second = opened(
        store, "B", reviews=[review(0, 1, breaches_at=after(9)), review(0, 2, breaches_at=after(1))]
    )
    order = [f"{second}.2", f"{first}.2", f"{first}.1", f"{second}.1"]
    assert [each.id for each in store.reviews()] == order
    assert [each.id for each in store.reviews(limit=2)] == order[:2]
    assert [each.id for each in store.reviews(after=order[1])] == order[2:]
    assert store.reviews(after=order[3]) == []
    assert store.reviews(after="99.9") == []


def test_reviews_are_found_by_onboarding_owner_claim_status_and_clock(store):
    number = opened(
        store, "A",
        reviews=[
            review(0, 1, owner="RevOps", claimed_by="rae"),
            review(0, 2, owner="CS lead", breached=True, at_risk_at=after(1)),
            review(0, 3, owner="finance operations", status="decided", decided_at=NOON),
        ],
    )  # fmt: skip
    opened(store, "B", reviews=[review(0, 1, owner="security")])

    def found(**which):
        return [each.no for each in store.reviews(number=number, **which)]

    assert found() == [1, 2] or found() == [2, 1]
    assert found(owners=["RevOps", "security"]) == [1]
    assert found(claimed_by="rae") == [1]
    assert found(status="decided") == [3]
    assert sorted(found(status="")) == [1, 2, 3]
    assert found(breached=True) == [2]
    assert found(breached=False) == [1]
    assert found(at_risk_before=after(1)) == [2]
    assert len(store.reviews(owners=["RevOps", "security"])) == 2
    assert store.reviews(number=number, status="decided")[0] == review(
        number, 3, owner="finance operations", status="decided", decided_at=NOON
    )


def test_a_changed_row_takes_the_place_of_the_one_before(store):
    number = opened(store, "A", reviews=[review(0, 1), review(0, 2)], actions=[action(0, 1)])
    changed = review(number, 1, status="decided", claimed_by="rae", decided_at=after(3))
    grown(store, number, event(), reviews=[changed], actions=[action(number, 1, status="done", attempt=1)])
    assert store.reviews(status="decided") == [changed]
    assert [each.no for each in store.reviews()] == [2]
    assert [(each.status, each.attempt) for each in store.actions()] == [("done", 1)]


def test_actions_come_in_order_and_as_they_were(store):
    full = action(
        0, 2, status="attempting", due_at=NOON, attempt=2, worker="w", lease_until=after(1), started_at=NOON,
        recipients=("aa", "bb"),
    )  # fmt: skip
    number = opened(store, "A", actions=[action(0, 1), full, action(0, 10)])
    other = opened(store, "B", actions=[action(0, 1)])
    assert [each.id for each in store.actions()] == [
        f"{number}/a1",
        f"{number}/a2",
        f"{number}/a10",
        f"{other}/a1",
    ]
    assert store.actions(status="attempting") == [replace(full, number=number)]
    assert [each.no for each in store.actions(number=number, after=f"{number}/a2")] == [10]
    assert len(store.actions(limit=3)) == 3


def test_due_actions_are_released_and_their_time_has_come(store):
    number = opened(
        store, "A",
        actions=[
            action(0, 1, status="released", due_at=after(2)),
            action(0, 2, status="released", due_at=after(1)),
            action(0, 3, status="released", due_at=after(3)),
            action(0, 4, status="held", due_at=after(0)),
            action(0, 5, status="released", due_at=None),
        ],
    )  # fmt: skip
    assert [each.no for each in store.due_actions(after(2), 10)] == [2, 1]
    assert [each.no for each in store.due_actions(after(9), 2)] == [2, 1]
    assert store.due_actions(after(0), 10) == []
    grown(store, number, actions=[action(number, 2, status="attempting", due_at=after(1))])
    assert [each.no for each in store.due_actions(after(2), 10)] == [1]


def test_a_lost_run_is_an_attempt_whose_lease_ran_out(store):
    opened(
        store, "A",
        actions=[
            action(0, 1, status="attempting", attempt=1, lease_until=after(5)),
            action(0, 2, status="attempting", attempt=1, lease_until=after(2)),
            action(0, 3, status="done", attempt=1, lease_until=after(1)),
        ],
    )  # fmt: skip
    assert [each.no for each in store.lost_runs(after(3), 10)] == [2]
    assert [each.no for each in store.lost_runs(after(5), 10)] == [2, 1]
    assert store.lost_runs(after(1), 10) == []


def test_wakes_are_due_oldest_first(store):
    late, early, never = (
        opened(store, key, wake_at=at) for key, at in (("A", after(2)), ("B", after(1)), ("C", None))
    )
    assert store.due_wakes(after(2), 10) == [early, late]
    assert store.due_wakes(after(1), 10) == [early]
    assert store.due_wakes(after(2), 1) == [early]
    grown(store, early, event(), wake_at=None)
    assert store.due_wakes(after(9), 10) == [late]
    assert never not in store.due_wakes(after(9), 10)


def test_counts_say_what_headers_need(store):
    assert store.counts() == {"reviews.open": 0, "reviews.breached": 0}
    opened(
        store,
        "A",
        reviews=[review(0, 1, breached=True), review(0, 2)],
        actions=[action(0, 1)],
        state="paused",
    )
    opened(store, "B", reviews=[review(0, 1, status="decided", breached=True)])
    assert store.counts() == {
        "reviews.open": 2, "reviews.breached": 1, "actions.held": 1, "onboardings.open": 1, "onboardings.paused": 1,
    }  # fmt: skip


def test_open_onboardings_of_a_register_version_are_found(store):
    first = opened(store, "A", register=1)
    opened(store, "B", register=1, closed_at=NOON)
    second = opened(store, "C", register=2)
    assert list(store.pinned(1)) == [first]
    assert list(store.pinned(2)) == [second]
    grown(store, first, event(), register=2)
    assert list(store.pinned(1)) == []


# --- marks, switches, quarantine ---


def test_a_mark_is_made_once(store):
    with store.transaction() as tx:
        assert tx.mark("event:1")
        assert not tx.mark("event:1")
        assert tx.marked("event:1")
        assert not tx.marked("event:2")
    with store.transaction() as tx:
        assert not tx.mark("event:1")
        assert tx.mark("event:2")


def test_a_switch_is_on_until_it_is_cleared(store):
    everything = Switch("everything", "rae", "quarter end", NOON)
    with store.transaction() as tx:
        tx.set_switch(Switch("lane:PLG", "rae", "test", NOON))
        tx.set_switch(everything)
    with store.transaction() as tx:
        assert tx.switches() == [everything, Switch("lane:PLG", "rae", "test", NOON)]
        tx.set_switch(replace(everything, reason="still"))
        assert tx.clear_switch("lane:PLG")
        assert not tx.clear_switch("lane:PLG")
    with store.transaction() as tx:
        assert tx.switches() == [replace(everything, reason="still")]


def test_a_quarantine_stands_until_it_is_emptied(store):
    with store.transaction() as tx:
        assert tx.quarantine() == ""
        tx.set_quarantine("restored from a backup")
    with store.transaction() as tx:
        assert tx.quarantine() == "restored from a backup"
        tx.set_quarantine("")
    with store.transaction() as tx:
        assert tx.quarantine() == ""


# --- runs ---


def test_runs_are_counted_once_for_each_attempt(store):
    def attempt(no, at, **changed):
        return action(0, 1, status="attempting", attempt=no, started_at=at, **changed)

    number = opened(
        store, "A", actions=[attempt(1, after(1), target="mail", recipients=("ann", "bob", "ann"))]
    )
    for status in ("attempting", "failed"):
        changed = action(
            number, 1, status=status, attempt=1, started_at=after(1), target="mail", recipients=("ann",)
        )
        grown(store, number, event(), actions=[changed])
    again = action(
        number, 1, status="attempting", attempt=2, started_at=after(3), target="mail", recipients=("ann",)
    )
    grown(store, number, event(), actions=[again])
    opened(store, "B", actions=[attempt(1, after(2), target="crm", recipients=("ann",))])
    with store.transaction() as tx:
        assert tx.runs_started(NOON) == 3
        assert tx.runs_started(after(2)) == 2
        assert tx.runs_started(after(4)) == 0
        assert tx.runs_started(NOON, target="mail") == 2
        assert tx.runs_started(NOON, recipient="ann") == 3
        assert tx.runs_started(NOON, target="mail", recipient="ann") == 2
        assert tx.runs_started(NOON, target="mail", recipient="bob") == 1
        assert tx.runs_started(NOON, target="sms") == 0


# --- people ---


def test_a_user_signs_in_with_the_password_that_was_set_last(store):
    rae = User("rae", "Rae Olsen", "rae@example.com", frozenset({"RevOps", "CS lead"}))
    with store.transaction() as tx:
        tx.put_user(rae, "correct horse")
    assert store.password_is("rae", "correct horse")
    assert not store.password_is("rae", "wrong")
    with store.transaction() as tx:
        tx.put_user(replace(rae, title="Rae O.", roles=frozenset({"RevOps", "legal"})))
        assert tx.users() == [replace(rae, title="Rae O.", roles=frozenset({"RevOps", "legal"}))]
    assert store.password_is("rae", "correct horse")
    with store.transaction() as tx:
        tx.put_user(rae, "battery staple")
    assert not store.password_is("rae", "correct horse")
    assert store.password_is("rae", "battery staple")


def test_nobody_signs_in_who_is_unknown_inactive_or_without_a_password(store):
    with store.transaction() as tx:
        tx.put_user(User("gone", "", "", frozenset(), active=False), "pw")
        tx.put_user(User("bare", "", "", frozenset()))
        assert [user.name for user in tx.users()] == ["bare", "gone"]
    assert not any(store.password_is(name, "pw") for name in ("gone", "bare", "nobody"))
    assert not store.password_is("bare", "")


def test_a_delegation_with_the_same_people_and_start_takes_the_new_end(store):
    one = Delegation("rae", "sam", NOON, after(60))
    with store.transaction() as tx:
        tx.put_delegation(one)
        tx.put_delegation(Delegation("ann", "sam", NOON, after(10)))
    with store.transaction() as tx:
        tx.put_delegation(replace(one, ends_at=after(5)))
        assert tx.delegations() == [Delegation("ann", "sam", NOON, after(10)), replace(one, ends_at=after(5))]


# --- registers ---


def test_a_published_register_never_changes(store):
    files = {"register.xlsx": bytes(range(256)) * 40, "playbook.toml": b"name = 'x'"}
    first = PublishedRegister(1, "d1", "rae", "sam", NOON, files)
    with store.transaction() as tx:
        tx.publish(first)
    with store.transaction() as tx:
        with pytest.raises(Conflict):
            tx.publish(replace(first, digest="d2"))
        tx.publish(replace(first, version=2, files={}))
    assert store.register(1) == first
    assert store.register(1).files == files
    assert store.latest_register().version == 2
    assert store.register(3) is None


def test_there_is_no_latest_register_before_the_first(store):
    assert store.latest_register() is None


# --- erasure ---


def test_after_an_erasure_only_what_was_redacted_remains_and_the_chain_still_holds(store):
    number = opened(
        store, "A", event(private={"name": "Ann", "plan": "Pro"}), event(x=1), event(private={"n": "Bob"})
    )
    other = opened(store, "B", event(private={"name": "Eve"}))
    chain = [(one.hash, one.commitment) for one in store.envelopes()]
    with store.transaction() as tx:
        tx.erase(number, {1: {"plan": "Pro"}, 3: None})
        tx.append(
            number, 3, [event("Erased", private={"by": "rae"})], Rows(row(number, "A", title="(erased)"))
        )
    assert [each.private for each in store.history(number)] == [{"plan": "Pro"}, None, None, {"by": "rae"}]
    assert [each.private for each in store.history(other)] == [{"name": "Eve"}]
    now = {(one.number, one.seq): (one.hash, one.commitment) for one in store.envelopes()}
    assert [now[key] for key in ((number, 1), (number, 2), (number, 3), (other, 1))] == chain
    assert [part.seq for part in store.opened(number)] == [4]
    assert store.onboarding(number).title == "(erased)"


def test_a_private_part_that_is_not_named_is_erased_too(store):
    number = opened(store, "A", event(private={"a": 1}), event(private={"b": 1}))
    with store.transaction() as tx:
        tx.erase(number, {1: {"a": 1}})
    assert [each.private for each in store.history(number)] == [{"a": 1}, None]
    assert list(store.opened(number)) == []


def test_an_erasure_cannot_add_a_private_part_where_none_was(store):
    number = opened(store, "A", event())
    with pytest.raises(ValueError, match="private part"), store.transaction() as tx:
        tx.erase(number, {1: {"a": 1}})
    with store.transaction() as tx:
        tx.erase(number, {1: None})
        tx.erase(99, {})


def test_an_onboarding_may_be_erased_again(store):
    number = opened(store, "A", event(private={"name": "Ann"}))
    for kept in ({"plan": "Pro"}, None):
        with store.transaction() as tx:
            tx.erase(number, {1: kept})
        assert store.history(number)[0].private == kept
        grown(store, number, event(private={"more": 1}))
        assert store.history(number)[-1].private == {"more": 1}
