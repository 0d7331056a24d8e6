"""The demo company: its onboardings as records, made from the starter's clean record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from holdshort.importers.plain_yaml import parse_plain_yaml
from holdshort.service.acceptance import merged

_CLEAN = "clean-mid-market.json"
_IDS = ("D-2210", "A-118", "K-554", "O-771", "cu_118", "su_118")


@dataclass(frozen=True)
class DemoOnboarding:
    account: str
    say: str
    """What a colleague would tell you about it."""
    record: dict[str, Any]


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
