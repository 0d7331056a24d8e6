"""Options that take several files in a row, as a shell's `*.jsonl` writes them: `--history a.jsonl b.jsonl`."""

from __future__ import annotations

from collections.abc import Iterable

import click


class ManyFiles(click.Command):
    """A command with a playbook first and an option `--history` that takes several files."""

    option = "--history"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-"):
            args = [args[0], *spread(args[1:], self.option)]
        return super().parse_args(ctx, args)


def spread(args: Iterable[str], option: str) -> list[str]:
    """Repeat `option` before each file that follows it."""
    spread_out: list[str] = []
    within = 0
    for arg in args:
        if arg == option:
            within = 1
        elif within and (arg == "-" or not arg.startswith("-")):
            if within > 1:
                spread_out.append(option)
            within += 1
        else:
            within = 0
        spread_out.append(arg)
    return spread_out
