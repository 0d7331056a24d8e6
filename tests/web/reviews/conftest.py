"""The demo's register is read once in a test run, where every house would read it anew."""

import pytest

from holdshort.service import programs
from tests.cli.live import remembered_program


@pytest.fixture(autouse=True)
def remembered_programs(monkeypatch):
    monkeypatch.setattr(programs, "program_of", remembered_program)
