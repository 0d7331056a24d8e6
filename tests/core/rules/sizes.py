"""How much a sweep tries: a little by default, very much with HOLDSHORT_TORTURE=1."""

import os

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))


def tries(usual: int, torture: int) -> int:
    return torture if TORTURE else usual
