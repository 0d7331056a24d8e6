"""The demo company: its onboardings as records, made from the starter's clean record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from holdshort.core.answers import Answer
from holdshort.core.playbook import Playbook
from holdshort.core.screening import Screener
from holdshort.importers.plain_yaml import parse_plain_yaml
from holdshort.service.acceptance import merged
from holdshort.service.load_playbook import load_playbook

_CLEAN = "clean-mid-market.json"
_IDS = ("D-2210", "A-118", "K-554", "O-771", "cu_118", "su_118")


@dataclass(frozen=True)
class DemoOnboarding:
    account: str
    say: str
    """What a colleague would tell you about it."""
    record: dict[str, Any]


@dataclass(frozen=True)
class DemoRun:
    """The demo's onboardings with their answers."""

    answered: tuple[tuple[DemoOnboarding, Answer], ...]
    playbook: Playbook

    def lessons(self) -> list[str]:
        """What a newcomer should look at next, with the figures of this run."""
        answers = [answer for _, answer in self.answered]
        clean = sum(1 for answer in answers if answer.verdict == "clean")
        held = [answer for answer in answers if answer.verdict == "held"]
        leaving = [kind.kind for kind in self.playbook.catalogue.kinds.values() if kind.stopped_by_hold]
        wide = sum(1 for answer in held if all(answer.actions[kind].state == "held" for kind in leaving))
        owners = len({answer.reviewer for answer in answers if answer.findings})
        return [
            f"{clean} of {len(answers)} proceed without anybody. {len(held)} are held: {wide} of them stop everything that "
            f"reaches the customer or a system, the others only what their rows name. {owners} different owners decide.",
            "",
            "What to look at next:",
            "  holdshort demo --out demo           the playbook, the records and a review packet for each stop (open demo/packets/index.html)",
            "  holdshort init my-playbook          your own copy; open my-playbook/register.xlsx in a spreadsheet",
            "  holdshort explain my-playbook CO-EDGE-002     how a row is understood, and records that fire it",
            "  holdshort lint my-playbook          what is wrong or doubtful after you have edited it",
            "  holdshort run my-playbook --records FILE      the same on your own records",
        ]


def run_demo(now: datetime) -> DemoRun:
    """Screen the demo's onboardings with the starter playbook."""
    playbook = load_playbook(Path(str(files("holdshort").joinpath("starter")))).playbook
    screener = Screener(playbook)
    answered = tuple(
        (each, screener.screen(each.record, line, now)) for line, each in enumerate(demo_onboardings(), 1)
    )
    return DemoRun(answered, playbook)


def write_demo(demo: DemoRun, folder: Path) -> list[str]:
    """
    Write the starter playbook, the demo's records and the packets of its stops into a new folder.

    Raises:
        HoldshortError: The folder exists and is not empty.
    """
    from holdshort.core.packet import build_packet, needs_packet
    from holdshort.service.init_playbook import init_playbook
    from holdshort.service.packet_folder import PacketFolder

    init_playbook(folder / "playbook")
    records = folder / "records.jsonl"
    lines = [json.dumps(each.record, ensure_ascii=False) for each, _ in demo.answered]
    records.write_text("\n".join(lines) + "\n", "utf-8")
    packets = PacketFolder(folder / "packets")
    now = datetime.now(UTC)
    for each, answer in demo.answered:
        if needs_packet(answer):
            packets.add(build_packet(answer, each.record, demo.playbook, now))
    said = packets.close()
    return [
        f"{folder / 'playbook'}: the playbook; its register is register.xlsx",
        f"{records}: the records",
        *said,
    ]


def demo_onboardings() -> list[DemoOnboarding]:
    """Return the demo company's onboardings in the order in which they came in."""
    package = files("holdshort")
    clean = package.joinpath("starter", "records", _CLEAN).read_text("utf-8")
    source = package.joinpath("demo", "onboardings.yaml")
    listed = parse_plain_yaml(source.read_text("utf-8"), Path("onboardings.yaml"))["onboardings"]
    return [_onboarding(entry, number, clean) for number, entry in enumerate(listed, 1)]


def _onboarding(entry: Mapping[str, Any], number: int, clean: str) -> DemoOnboarding:
    account = str(entry["account"])
    record = json.loads(_renamed(clean, account, number))
    change = json.loads(_renamed(json.dumps(entry["change"]), account, number))
    record = merged(record, change)
    record["record_id"] = f"demo-{number:02}"
    return DemoOnboarding(account, str(entry["say"]), record)


def _renamed(text: str, account: str, number: int) -> str:
    slug = re.sub(r"[^a-z]", "", account.lower().removesuffix("ltd"))
    text = text.replace("Old Mill Bakery Ltd", account).replace(
        "Old Mill Bakery", account.removesuffix(" Ltd")
    )
    text = text.replace("oldmill.example", f"{slug}.example").replace("bakery.lead@", "ops.lead@")
    for each in _IDS:
        text = text.replace(each, f"{each}-{number:02}")
    return text
