"""A server forks its workers after it has used the store: each of them writes as if it were the first."""

import os

import pytest

from tests.store.kinds import opened


@pytest.mark.keeps("S1")
def test_the_first_write_after_a_fork_is_kept_and_answered(place):
    store = place.open()
    opened(store, "A")
    store.close()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            opened(store, "B")
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert store.number_of("B") is not None
