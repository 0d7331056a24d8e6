"""Write the two pictures of a register as PNG files, and as the SVG that they were made from."""

from __future__ import annotations

import re
from pathlib import Path

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.pictures import checklist, hero
from holdshort.importers.register_files import replace_file
from holdshort.service.load_playbook import load_playbook

SLUG = "how-to-document-customer-onboarding-edge-cases-before-adding-ai-automation"
FOLDER = Path("blog") / "images"
_SIZE = re.compile(r'<svg [^>]*\bwidth="(\d+)" height="(\d+)"')


def draw_pictures(playbook: Path, out: Path) -> list[Path]:
    """
    Draw both pictures from the register of a playbook into `blog/images/` below `out`.

    Raises:
        HoldshortError: The playbook cannot be read, nothing that makes PNGs is installed, or nothing can be written.
    """
    loaded = load_playbook(playbook).playbook
    folder = out / FOLDER
    written: list[Path] = []
    for name, svg in (("hero", hero(loaded)), ("checklist", checklist(loaded))):
        png = png_of(svg)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            fault = Diagnostic(
                "PIC-002",
                f"`{folder}` cannot be made: {error.strerror}",
                Where(str(folder)),
                "name a folder you may write to",
            )
            raise HoldshortError([fault]) from error
        for suffix, data in (("svg", svg.encode("utf-8")), ("png", png)):
            path = folder / f"{SLUG}-{name}.{suffix}"
            replace_file(path, data)
            written.append(path)
    return written


def png_of(svg: str) -> bytes:
    """
    The picture as PNG, one pixel for one unit of the SVG.

    Raises:
        HoldshortError: Neither of the two libraries that can draw it is installed.
    """
    try:
        return _by_typst(svg)
    except ImportError:
        pass
    try:
        return _by_resvg(svg)
    except ImportError:
        fault = Diagnostic(
            "PIC-001",
            "nothing that turns the picture into a PNG is installed",
            Where(),
            "install `typst` or `resvg-py` beside Holdshort: `pip install typst`",
        )
        raise HoldshortError([fault]) from None


def _by_typst(svg: str) -> bytes:
    import typst  # type: ignore[import-not-found,unused-ignore]

    found = _SIZE.search(svg)
    width, height = (found[1], found[2]) if found else ("1600", "900")
    # In a raw text of Typst nothing is read as markup; a fence longer than any in the picture cannot be closed by it.
    fence = "`" * (max((len(each) for each in re.findall("`+", svg)), default=2) + 3)
    source = (
        f"#set page(width: {width}pt, height: {height}pt, margin: 0pt)\n"
        f'#image(bytes({fence}xml {svg}{fence}.text), format: "svg", width: {width}pt, height: {height}pt)\n'
    )
    made = typst.compile(source.encode("utf-8"), format="png", ppi=72.0)
    return bytes(made)


def _by_resvg(svg: str) -> bytes:
    import resvg_py  # type: ignore[import-not-found,unused-ignore]

    return bytes(resvg_py.svg_to_bytes(svg_string=svg))
