"""The test server itself: what judges the product has to be right."""

import json
import os
import signal
import urllib.request

import pytest

from holdshort.connectors.write.webhook import WebhookTarget
from tests.outside_world import MODES, OutsideWorld

from .worlds import PAYLOAD, SECRET, order


def hook(world):
    look_up = f"{world.url}/effects/{{key}}"
    return WebhookTarget("hook", world.url, SECRET, allowed_private_hosts=["127.0.0.1"], look_up_url=look_up)


@pytest.mark.parametrize("own_process", [False, True])
@pytest.mark.parametrize(("honours", "count"), [(True, 1), (False, 2)])
def test_a_key_has_one_effect_where_keys_are_honoured_and_two_where_not(
    tmp_path, own_process, honours, count
):
    with OutsideWorld(tmp_path / "e.jsonl", honours_keys=honours, own_process=own_process) as world:
        for _ in range(2):
            assert hook(world).perform(order(), 5).state == "done"
        assert len(world.effects("d1gest-1")) == count
    assert len(world.effects()) == count


def test_its_effects_outlast_its_own_death(tmp_path):
    world = OutsideWorld(tmp_path / "e.jsonl", own_process=True).start()
    world.set_mode("times out after acting")
    assert hook(world).perform(order(), 0.5).state == "uncertain"
    os.kill(world._process.pid, signal.SIGKILL)
    world.stop()
    assert [each["stored"] for each in world.effects()] == [PAYLOAD]
    again = OutsideWorld(tmp_path / "e.jsonl", own_process=True, port=world.port).start()
    try:
        assert hook(again).look_up("d1gest-1", 5).state == "done"
    finally:
        again.stop()


def test_without_a_look_up_it_tells_nothing(tmp_path):
    with OutsideWorld(tmp_path / "e.jsonl", answers_look_up=False) as world:
        hook(world).perform(order(), 5)
        assert hook(world).look_up("d1gest-1", 5) is None


def test_a_fault_concerns_its_kind_only(world):
    world.set_mode("refuses", "write_billing")
    assert hook(world).perform(order("k-1", kind="write_billing"), 5).state == "failed"
    assert hook(world).perform(order("k-2"), 5).state == "done"


def test_a_mode_that_there_is_not_is_refused(world):
    assert "works" in MODES
    with pytest.raises(AssertionError):
        world.set_mode("sings")


def test_it_takes_any_body(world):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for raw in (b"", b"[]", b"x", b"\xff"):
        with direct.open(urllib.request.Request(world.url, raw, method="POST"), timeout=5) as answer:
            assert json.loads(answer.read())["stored"] is None
