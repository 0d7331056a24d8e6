"""The proofs of each house that this process serves."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from holdshort.service.proof_runs import ProofRuns

if TYPE_CHECKING:
    from holdshort.bootstrap import House

_lock = threading.Lock()
_runs: dict[Path, ProofRuns] = {}


def runs_of(house: House) -> ProofRuns:
    with _lock:
        if house.folder not in _runs:
            _runs[house.folder] = ProofRuns(house.folder, house.keys.parent / "proof")
        return _runs[house.folder]
