"""Comments and reported gaps stand sealed in the log: it verifies over them, and a person goes out of them."""

import pytest

from holdshort.core.onboarding import commands as c
from tests.houses import house, published_house  # noqa: F401 (fixtures)

EMAIL = "managing.director@oldmill.example"


@pytest.mark.keeps("S27")
def test_what_people_said_is_sealed_verifies_and_can_be_erased(house):  # noqa: F811
    number = house.take_in(house.record("missing-success-criteria"))
    with house.opened() as opened:
        opened.flow.act(number, c.Comment("kit", f"@rae {EMAIL} wants to start in May", 1), "kit")
        opened.flow.act(number, c.ReportGap(1, "rae", f"the criteria are in a mail of {EMAIL}"), "rae")
    assert house.run("audit", "verify").code == 0
    assert (
        f"kit remarked on review 1 (for rae): @rae {EMAIL} wants to start in May"
        in house.run("audit", "log", number).said
    )
    disk = (house.folder / ".holdshort" / "holdshort.sqlite").read_bytes()
    assert b"wants to start in May" not in disk

    done = house.run("erase", number, "--person", EMAIL, "--request", "DSR-1", "--yes", "--json", as_="petra")
    assert done.code == 0, done.said
    said = house.run("audit", "log", number).said
    assert EMAIL not in said
    assert "wants to start in May" in said
    assert house.run("audit", "verify").code == 0
