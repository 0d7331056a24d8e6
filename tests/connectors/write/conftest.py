import pytest

from tests.outside_world import OutsideWorld

from .worlds import Authority


@pytest.fixture(scope="session")
def authority():
    return Authority()


@pytest.fixture
def world(tmp_path):
    with OutsideWorld(tmp_path / "effects.jsonl") as running:
        yield running
