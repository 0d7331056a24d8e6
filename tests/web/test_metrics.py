"""Metrics on screen: the headline first, and nothing counted from nothing."""

import pytest


@pytest.mark.shows("M12", "M16")
def test_metrics_show_the_headline_and_say_where_nothing_can_be_counted(client_as):
    shown = client_as("cs_leader").get("/metrics?days=90").content.decode()
    assert shown.index("The one that matters") < shown.index("M1 ")
    assert all(f"M{number} " in shown for number in range(1, 17))
    assert "cannot say" in shown
    assert client_as("cs_leader").get("/metrics?days=-3").status_code == 200
