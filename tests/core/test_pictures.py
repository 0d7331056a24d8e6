"""The two pictures are drawn from the register that is given, inert, and say in words what they show."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import holdshort
from holdshort.core.golive.items import ITEMS
from holdshort.core.pictures import CHECKLIST, HERO, STAGES, checklist, hero, wrapped
from holdshort.service.load_playbook import load_playbook
from holdshort.service.pictures import SLUG, draw_pictures, png_of

STARTER = Path(holdshort.__file__).parent / "starter"


@pytest.fixture(scope="module")
def playbook():
    return load_playbook(STARTER).playbook


@pytest.mark.shows("V1")
def test_every_row_of_the_register_is_a_mark_of_the_hero_image(playbook):
    few = replace(playbook, register=replace(playbook.register, cases=playbook.register.cases[:7]))
    for given in (playbook, few):
        tree = ElementTree.fromstring(hero(given))
        shapes = [each for each in tree.iter() if each.tag.endswith(("circle", "path"))]
        squares = [
            each for each in tree.iter() if each.tag.endswith("rect") and each.get("fill") == "#f2899a"
        ]
        assert len(shapes) + len(squares) == len(given.register.active) + 4  # the legend has one of each
        assert f"{len(given.register.active)} edge cases" in hero(given)


@pytest.mark.shows("V2", "P1", "P9")
def test_the_graphic_shows_nine_stages_then_eighteen_items(playbook):
    svg = checklist(playbook)
    places = [svg.index(f">{each.code} ") for each in (*STAGES, *ITEMS)]
    assert len(places) == 27
    assert places == sorted(places)
    assert f"{sum(len(each.tests) for each in playbook.register.active)} tests" in svg


@pytest.mark.shows("V1", "V2")
@pytest.mark.parametrize("draw", [hero, checklist])
def test_a_picture_loads_nothing_runs_nothing_and_has_a_title_and_a_description(playbook, draw):
    named = replace(playbook, settings=replace(playbook.settings, name='<script>x</script>"&', lane="<b>"))
    svg = draw(named)
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert not re.search(r"href|url\(|<image|<style|<foreignObject|https?://(?!www\.w3\.org/2000/svg)", svg)
    assert "<title" in svg
    assert "<desc" in svg


@pytest.mark.parametrize(("draw", "size"), [(hero, HERO), (checklist, CHECKLIST)])
def test_no_text_runs_out_of_its_picture(playbook, draw, size):
    tree = ElementTree.fromstring(draw(playbook))
    for each in tree.iter():
        if each.tag.endswith("text"):
            # A wide font's letters are about 0.62 of its size wide.
            assert (
                float(each.get("x")) + len(each.text) * float(each.get("font-size")) * 0.62 < size[0] + 20
            ), each.text
            assert float(each.get("y")) < size[1]


def test_texts_are_broken_between_words():
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("", 7) == [""]


@pytest.mark.shows("V1", "V2")
def test_the_png_has_the_size_of_the_picture_and_the_names_that_a_page_expects(tmp_path):
    pytest.importorskip("typst")
    written = draw_pictures(STARTER, tmp_path)
    assert [each.name for each in written if each.suffix == ".png"] == [
        f"{SLUG}-hero.png",
        f"{SLUG}-checklist.png",
    ]
    assert all(each.parent == tmp_path / "blog" / "images" for each in written)
    for path, size in zip(
        [each for each in written if each.suffix == ".png"], (HERO, CHECKLIST), strict=True
    ):
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG")
        assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == size


def test_a_text_of_the_playbook_cannot_leave_the_picture_on_its_way_to_png(playbook):
    pytest.importorskip("typst")
    named = replace(
        playbook, settings=replace(playbook.settings, name='````.text) #read("/etc/hostname") ```')
    )
    assert png_of(hero(named)).startswith(b"\x89PNG")
