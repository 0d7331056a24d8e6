"""`holdshort run PLAYBOOK --records FILE…`: what may go on, what is held, why, and who decides."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from holdshort.core.answers import Answer
    from holdshort.service.run import Answered, Run

_MOST_FAULTS = 20
STOPPED = 130


class _ManyFiles(click.Command):
    """Lets `--records a.jsonl b.jsonl` name several files, as a shell's `*.jsonl` writes them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-"):
            args = [args[0], *_spread(args[1:], "--records")]
        return super().parse_args(ctx, args)


def _spread(args: Iterable[str], option: str) -> list[str]:
    spread: list[str] = []
    within = 0
    for arg in args:
        if arg == option:
            within = 1
        elif within and (arg == "-" or not arg.startswith("-")):
            if within > 1:
                spread.append(option)
            within += 1
        else:
            within = 0
        spread.append(arg)
    return spread


@click.command("run", cls=_ManyFiles)
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option(
    "--records",
    "sources",
    multiple=True,
    required=True,
    metavar="FILE...",
    help="One or more of .json, .jsonl or - (standard input); .csv, .tsv, .xlsx, .parquet with a mapping or preset.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Which column of an export is which field.",
)
@click.option("--preset", metavar="NAME", help="A mapping that comes along: salesforce, hubspot or stripe.")
@click.option(
    "--register",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Another register file to run with this playbook's words.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object a record, in input order (see `holdshort schema answers`).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a review packet for each onboarding with a finding.",
)
@click.option("--dry-run", is_flag=True, help="With --out: say which files would be written, and write none.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(["held", "needs-review", "clean", "not-triggered"]),
    help="Show (and write) only these; may be given more than once. The exit code and the counts cover all.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Read no more than N records.")
@click.option("--why", is_flag=True, help="Show for each finding the rule, the reasons and the evidence.")
@click.option("-q", "--quiet", is_flag=True, help="Only the summary line.")
def command(
    playbook: Path,
    sources: tuple[str, ...],
    mapping: Path | None,
    preset: str | None,
    register: Path | None,
    as_json: bool,
    out: Path | None,
    dry_run: bool,
    only: tuple[str, ...],
    limit: int | None,
    why: bool,
    quiet: bool,
) -> None:
    """Say for every record what may go on, what is held, why, and who decides, by the register of PLAYBOOK (a folder).

    Rows of the register that cannot be read, or have no acceptance test, do not run; they are named, and the rest answers.
    Nothing is sent or written to any system.

    Exit code 0: every record was answered by every row, whatever the answers are (a finding is what the run is
    for); 1: some records could not be read or some rows did not run, the others are answered; 2: usage, or not
    one record could be answered. 130: stopped by Ctrl-C.
    """
    if mapping and preset:
        raise click.UsageError("`--mapping` and `--preset` say the same thing twice; give one.")
    if dry_run and out is None:
        raise click.UsageError("`--dry-run` is about `--out`; name the folder it would write.")
    if sources.count("-") > 1:
        raise click.UsageError("standard input can be read only once; give `-` one time.")
    from holdshort.service.run import run_records

    now = datetime.now(UTC)
    stdin = sys.stdin.buffer if "-" in sources else None
    run = run_records(
        playbook, sources, now, mapping=mapping, preset=preset, register=register, limit=limit, stdin=stdin
    )
    for fault in run.loaded.errors:
        click.echo(f"{fault}\n", err=True)
    if run.rows_off:
        click.echo(
            f"{_rows_off(run.rows_off)}: what they would stop is not stopped. `holdshort lint` says why.\n",
            err=True,
        )
    wanted = {each.replace("-", " ") for each in only}
    try:
        code = _go(run, wanted, _outlets(run, as_json, out, dry_run, why, quiet), as_json)
    except KeyboardInterrupt:
        click.echo(f"\nStopped after {run.tally.answered} records; what is written is whole.", err=True)
        code = STOPPED
    sys.exit(code)


def _outlets(run: Run, as_json: bool, out: Path | None, dry_run: bool, why: bool, quiet: bool) -> list[Any]:
    outlets: list[Any] = []
    if out is not None:
        outlets.append(_Packets(run, out, dry_run))
    if as_json:
        outlets.append(_JsonLines())
    elif not quiet:
        outlets.append(_Blocks(run, why))
    return outlets


def _go(run: Run, wanted: set[str], outlets: list[Any], as_json: bool) -> int:
    faults = _Faults()
    with _Progress(visible=not sys.stdout.isatty() or not outlets) as progress:
        for each in run:
            progress.step(run.tally.answered + run.tally.unreadable)
            if each.answer is None:
                faults.add(each)
            elif not wanted or each.answer.verdict in wanted:
                for outlet in outlets:
                    outlet.take(each.answer, each.record)
    faults.end()
    said = [line for outlet in outlets for line in outlet.end()]
    for line in said:
        click.echo(line, err=as_json)
    if not as_json:
        from holdshort.cli.answer_view import summary

        click.echo(summary(run.tally) + (f". {_rows_off(run.rows_off)}" if run.rows_off else ""))
    if run.tally.remarks:
        click.echo(
            f"{run.tally.remarks} remarks on rows of the exports; `holdshort import` shows them.", err=True
        )
    return run.exit_code


def _rows_off(cases: tuple[str, ...]) -> str:
    shown = ", ".join(cases[:5]) + (f" and {len(cases) - 5} more" if len(cases) > 5 else "")
    return f"{len(cases)} row{'' if len(cases) == 1 else 's'} of the register did not run ({shown})"


class _JsonLines:
    """Answers as JSON lines, byte for byte as `Answer.to_json` says."""

    def __init__(self) -> None:
        import msgspec

        self._encode = msgspec.json.Encoder(enc_hook=str).encode
        self._write = sys.stdout.buffer.write

    def take(self, answer: Answer, record: dict[str, Any]) -> None:
        data = answer.to_json()
        try:
            line = self._encode(data)
        except (OverflowError, ValueError):
            # A whole number beyond 64 bits, which JSON allows and msgspec does not write.
            import json

            line = json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "replace")
        self._write(line + b"\n")

    def end(self) -> list[str]:
        sys.stdout.buffer.flush()
        return []


class _Blocks:
    def __init__(self, run: Run, why: bool) -> None:
        from holdshort.cli.answer_view import AnswerView, new_console

        self._view = AnswerView(new_console(), run.loaded.playbook, run.now, why)

    def take(self, answer: Answer, record: dict[str, Any]) -> None:
        self._view.show(answer, record)

    def end(self) -> list[str]:
        return []


class _Packets:
    """Review packets into a folder, one file for each onboarding with a finding."""

    def __init__(self, run: Run, folder: Path, dry_run: bool) -> None:
        from holdshort.service.packet_folder import PacketFolder

        self._playbook, self._now = run.loaded.playbook, run.now
        self._folder = PacketFolder(folder, dry_run=dry_run)

    def take(self, answer: Answer, record: dict[str, Any]) -> None:
        from holdshort.core.packet import build_packet, needs_packet

        if needs_packet(answer):
            self._folder.add(build_packet(answer, record, self._playbook, self._now))

    def end(self) -> list[str]:
        return self._folder.close()


class _Faults:
    """Says why records could not be read, the first ones in full."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, each: Answered) -> None:
        for fault in each.faults:
            if fault.severity == "error":
                self.count += 1
                if self.count <= _MOST_FAULTS:
                    click.echo(f"{fault}\n", err=True)

    def end(self) -> None:
        if self.count > _MOST_FAULTS:
            click.echo(f"… and {self.count - _MOST_FAULTS} more faults of records.\n", err=True)


class _Progress:
    """A count on standard error for input that takes a while; nothing where nobody is watching."""

    def __init__(self, visible: bool) -> None:
        self._on = visible and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._begun = datetime.now(UTC)

    def __enter__(self) -> _Progress:
        return self

    def step(self, count: int) -> None:
        if not self._on or (self._bar is None and count % 100):
            return
        if self._bar is None:
            if (datetime.now(UTC) - self._begun).total_seconds() < 1:
                return
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} records"), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("records", total=None)
            self._bar.start()
        self._bar.update(self._task, completed=count)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
