"""`python -m bench [NAME …] [--quick] [--all-peers] [--json FILE]`: the figures of docs/bench.md, as ratios of one run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from bench import columns, lines, one_record, peers, startup, workflow
from bench.timing import Figure

PAGE = Path(__file__).parents[1] / "docs" / "bench.md"
PARTS: dict[str, Callable[[bool], Iterable[Figure]]] = {
    "record": one_record.run,
    "lines": lines.run,
    "startup": startup.run,
    "columns": columns.run,
    "workflow": workflow.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(PARTS)}, peers; without any: all"
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer records and rounds; docs/bench.md stays as it is"
    )
    parser.add_argument("--all-peers", action="store_true", help="every peer of bench/requirements.txt")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round")
    options = parser.parse_args()
    wanted = options.names or [*PARTS, "peers"]
    if unknown := set(wanted) - {*PARTS, "peers"}:
        parser.error(f"there is no part `{sorted(unknown)[0]}`")
    figures: list[Figure] = []
    for name in wanted:
        made = peers.run(options.quick, options.all_peers) if name == "peers" else PARTS[name](options.quick)
        for figure in made:
            figures.append(figure)
            print(_line(figure), flush=True)
    answers = peers.answers(options.all_peers) if "peers" in wanted else []
    for row in answers:
        print(" | ".join(row))
    facts = _facts()
    if options.json:
        data = {"machine": facts, "figures": [each.to_json() for each in figures], "answers": answers}
        options.json.write_text(json.dumps(data, indent=1, default=str) + "\n", "utf-8")
    if not options.quick and not options.names:
        PAGE.write_text(_page(figures, answers, facts, options.all_peers), "utf-8")
        print(f"wrote {PAGE}")
    sys.exit(0)


def _facts() -> dict[str, str]:
    return {
        "Python": platform.python_version(),
        "cores": str(os.cpu_count()),
        "machine": f"{platform.system()} {platform.machine()}",
        "load at the end": f"{os.getloadavg()[0]:.1f}",
    }


def _line(figure: Figure) -> str:
    low, middle, high = (_number(each) for each in (min(figure.values), figure.middle, max(figure.values)))
    met = {True: "met", False: "NOT met", None: ""}[figure.is_met]
    return f"{figure.what}: {middle} {figure.unit} ({low} to {high}) {figure.target} {met}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _page(figures: list[Figure], answers: list[list[str]], facts: dict[str, str], every: bool) -> str:
    command = f"python -m bench{' --all-peers' if every else ''}"
    text = [
        "# How fast it is",
        "",
        f"Made by `{command}` in `bench/.venv`; `make bench` makes that environment and runs it with two peers.",
        "Both sides of a ratio ran in the same process and in turns,",
        "several rounds; the table shows the smallest, the middle and the largest. A ratio above 1 means that Holdshort is",
        "faster, except where the target says *at most*; for peers it is their time divided by ours. Times are processor",
        "time unless the line says otherwise.",
        "",
        "; ".join(f"{name}: {value}" for name, value in facts.items()) + ".",
        "",
    ]
    for part in dict.fromkeys(each.part for each in figures):
        text += [
            f"## {part}",
            "",
            "| what | min | median | max | | target | met |",
            "|---|---|---|---|---|---|---|",
        ]
        for each in (figure for figure in figures if figure.part == part):
            numbers = " | ".join(
                _number(value) for value in (min(each.values), each.middle, max(each.values))
            )
            met = {True: "yes", False: "**no**", None: ""}[each.is_met]
            said = "".join(f"; {name.replace('_', ' ')}: {value}" for name, value in each.notes.items())
            text.append(f"| {each.what}{said} | {numbers} | {each.unit} | {each.target} | {met} |")
        text.append("")
    if answers:
        text += [
            "## What is answered where a value is not there",
            "",
            "| " + " | ".join(answers[0]) + " |",
            "|" + "---|" * len(answers[0]),
            *("| " + " | ".join(row) + " |" for row in answers[1:]),
            "",
        ]
    return "\n".join([*text, *_NOTES, ""])


_NOTES = (
    "## What is compared",
    "",
    "- *Plain functions* (`bench/plain_rules.py`) are the fifty rows of `bench/playbook` as a competent engineer writes",
    "  them: one function a row, True or False. They do not know placeholders (`TBD`), money or dates written as text,",
    "  other spellings of a choice, currencies that differ, negated words in a note, legal forms beyond five, or *cannot",
    "  tell*. What is missing counts as not so, and what cannot be read raises; the runner catches it and counts it as no.",
    "- Records are made with a fixed seed (`bench/made_records.py`), new ones in every round, so that names, ids and",
    "  addresses are met for the first time, as in real exports; dates and choices repeat.",
    "- *With evidence* is what `holdshort run` does for a record: truth of all rows, and for each that matches or cannot",
    "  tell its reasons, its facts with system and field, what it stops, the verdict on every action, the gaps, the owner.",
    "- The file of records is read strictly (no key twice, no NaN, at most 64 deep) and answered with the whole JSON answer;",
    "  the plain side writes the numbers of the rows that say yes.",
    "- Peers get ten conditions without dates or lists, which all of them can say, compiled beforehand where they can be.",
)

if __name__ == "__main__":
    main()
