"""Messages that may be the first to go alone, on the starter playbook (requirements L4), and those that a person sees first."""

from pathlib import Path

import pytest

import holdshort
from holdshort.core.gate import clear_to_run
from holdshort.service.load_playbook import load_playbook

STARTER = Path(holdshort.__file__).parent / "starter"


@pytest.fixture(scope="module")
def catalogue():
    return load_playbook(STARTER).playbook.catalogue


@pytest.mark.parametrize(
    ("kind", "mode", "verdict"),
    [
        pytest.param("send_reminder", "draft-first", "released", marks=pytest.mark.shows("L4.1")),
        pytest.param("internal_status_update", "draft-first", "released", marks=pytest.mark.shows("L4.3")),
        pytest.param("schedule_kickoff", "draft-first", "needs review", marks=pytest.mark.shows("L4.2")),
        pytest.param("schedule_kickoff", "live", "released", marks=pytest.mark.shows("L4.2")),
        pytest.param("send_customer_message", "live", "needs review", marks=pytest.mark.shows("L4.4")),
        pytest.param("send_timeline", "live", "needs review", marks=pytest.mark.shows("L4.5")),
        pytest.param("change_timeline", "live", "needs review", marks=pytest.mark.shows("L4.5")),
    ],
)
def test_what_may_go_alone_in_which_mode(catalogue, kind, mode, verdict):
    assert clear_to_run(kind, [], catalogue, mode).state == verdict


@pytest.mark.shows("L4.4")
def test_a_message_from_a_template_goes_once_the_csm_has_seen_it(catalogue):
    template = (STARTER / "messages" / "template-request.md").read_text("utf-8")
    assert "send_customer_message" in template
    owner = catalogue.find("send_customer_message").action_class.owner
    assert owner == "csm"
