"""A screen of text: headings, labelled lines and lists that wrap under themselves; what others wrote is made safe first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from holdshort.core.visible import one_line, visible

if TYPE_CHECKING:
    from rich.text import Text

SHAPES = {"hold": "■", "high": "▲", "medium": "●", "low": "○", "none": "✓"}
STYLES = {"hold": "bold red", "high": "bold yellow", "medium": "yellow", "low": "green", "none": "green"}


def badge(tier: str) -> str:
    """Word and shape together: `▲ high`; `✓ clean` where no row found anything."""
    return f"{SHAPES.get(tier, '·')} {'clean' if tier == 'none' else tier}"


class Screen:
    """Writes to standard output, as wide as the terminal and at most 120."""

    def __init__(self) -> None:
        from holdshort.cli.answer_view import new_console

        self._console = new_console()

    def head(self, *parts: tuple[str, str], cut: bool = False) -> None:
        """One line of pieces, each with its style; with `cut` what does not fit is left out."""
        from rich.text import Text

        text = Text()
        for words, style in parts:
            if words:
                text.append(("  " if text else "") + _kept_width(words), style)
        if cut:
            self._console.print(text, overflow="ellipsis", no_wrap=True)
        else:
            self._console.print(text)

    def section(self, title: str) -> None:
        from rich.text import Text

        self._console.print()
        self._console.print(Text(title, "bold"))

    def line(self, text: str, style: str = "", indent: int = 2) -> None:
        """A paragraph that wraps under its own beginning."""
        from rich.padding import Padding
        from rich.text import Text

        self._console.print(
            Padding(Text(one_line(text), style, overflow="fold"), (0, 0, 0, indent), expand=False)
        )

    def lines(self, texts: Iterable[str], mark: str = "·", indent: int = 2, style: str = "") -> None:
        """A list, each entry under its mark."""
        self.rows(((mark, each) for each in texts), indent=indent, label_style=style, text_style=style)

    def rows(
        self,
        rows: Iterable[tuple[str, str]],
        indent: int = 2,
        label_style: str = "dim",
        text_style: str = "",
        min_width: int = 0,
    ) -> None:
        """Labels on the left, texts on the right that wrap in their column."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2, 0, 0), expand=False)
        grid.add_column(no_wrap=True, min_width=min_width or None)
        grid.add_column(overflow="fold", ratio=1)
        for label, text in rows:
            grid.add_row(Text(one_line(label), label_style), Text(one_line(text), text_style))
        if grid.row_count:
            self._console.print(Padding(grid, (0, 0, 0, indent), expand=False))

    def quoted(self, text: str, indent: int = 6) -> None:
        """A text of several lines that somebody else wrote, each line behind a bar."""
        from rich.padding import Padding

        for each in visible(text).splitlines() or [""]:
            self._console.print(Padding(_barred(each), (0, 0, 0, indent), expand=False))

    def blank(self) -> None:
        self._console.print()


def _kept_width(words: str) -> str:
    """One line of safe text with the blanks around it, which put columns under each other."""
    inner = words.strip(" ")
    before, _, after = words.partition(inner) if inner else (words, "", "")
    return f"{before}{one_line(inner)}{after}"


def _barred(line: str) -> Text:
    from rich.text import Text

    return Text("│ ", "dim").append(line, "not dim")
