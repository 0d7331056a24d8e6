"""How far stated confidence may be trusted is told from outcomes, with the share that could pass."""

from decimal import Decimal

import pytest

from holdshort.core.calibration import Label
from holdshort.service.decided_cases import measured_table


@pytest.mark.shows("M9")
@pytest.mark.keeps("S19")
def test_coverage_is_told_where_enough_outcomes_prove_a_threshold():
    sure = [Label("date", "notes", True, Decimal("0.9"))] * 300
    unsure = [Label("date", "notes", each % 2 == 0, Decimal("0.4")) for each in range(100)]
    few = [Label("plan", "notes", True, Decimal("0.9"))] * 199
    date, plan = measured_table([*sure, *unsure, *few])
    assert (date.coverage, date.threshold) == (0.75, Decimal("0.9"))
    assert (plan.coverage, plan.threshold, plan.reliability.is_calibrated) == (0.0, None, False)
    assert date.to_json()["coverage"] == 0.75
