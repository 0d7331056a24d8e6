"""Writes the part of docs/reference/commands.md that speaks of commands on a running store, from their own help texts."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import click

from holdshort.cli.main import COMMANDS

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"
MARK = "<!-- what follows is made by tools/command_pages.py from the commands' own help -->"
EXIT = "Exit code 0: done, or the answer is yes; 1: refused, or the answer is no; 2: wrong usage, or nothing could be read."


def main() -> None:
    """The hand-written part stays; every command that it does not name is written anew."""
    kept = PAGE.read_text("utf-8").partition(MARK)[0].rstrip()
    parts = [kept, MARK]
    for name, (module, _) in COMMANDS.items():
        if f"\n## holdshort {name}\n" not in kept:
            parts.append(_section(name, import_module(f"holdshort.cli.commands.{module}").command))
    PAGE.write_text("\n\n".join(parts) + "\n", "utf-8")


def _section(name: str, command: click.Command) -> str:
    subs = getattr(command, "commands", {})
    lines = [f"## holdshort {name}", "", *([] if subs else [_usage(name, command), ""]), _help(command), ""]
    for sub, each in subs.items():
        lines += [
            f"### {name} {sub}",
            "",
            _usage(f"{name} {sub}", each),
            "",
            _help(each),
            "",
            *_options(each),
        ]
    if not getattr(command, "commands", {}) or _named(command):
        lines += _options(command)
    said = any("Exit code 0" in line for line in lines)
    return "\n".join(lines if said else [*lines, EXIT]).rstrip()


def _usage(name: str, command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command, info_name=name))
    return f"`holdshort {' '.join([name, *pieces])}`"


def _help(command: click.Command) -> str:
    """The help text; its examples, which `\b` keeps in lines, as code."""
    paragraphs = inspect.cleandoc(command.help or "").replace("\f", "").split("\n\n")
    return "\n\n".join(
        "```\n" + each.removeprefix("\b\n") + "\n```" if each.startswith("\b\n") else each
        for each in paragraphs
    )


def _named(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option)]


def _options(command: click.Command) -> list[str]:
    named = _named(command)
    if not named:
        return []
    rows = ["| option | |", "|---|---|"]
    for option in named:
        said = " ".join((option.help or "").split()).replace("|", "\\|")
        value = "" if option.is_flag else f" {(option.metavar or option.name or '').upper()}"
        names = ", ".join(f"`{each}`" for each in [*option.opts[1:], *option.secondary_opts])
        also = f" (also {names})" if names else ""
        first = f"`{option.opts[0]}{value}`".replace("|", "\\|")
        rows.append(f"| {first} | {said}{also} |")
    return [*rows, ""]


if __name__ == "__main__":
    main()
