"""
The process that asks: reads a question a line from standard input, answers a line on standard output.

Its first line holds the settings; the key comes in the one environment variable that it is started with.
"""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import urlsplit

KEY = "HOLDSHORT_CHILD_MODEL_KEY"


def main() -> None:
    settings = json.loads(sys.stdin.readline())
    key = os.environ.pop(KEY, "")
    from holdshort.connectors.models import asking, egress

    _load_everything(settings, key)
    parts = urlsplit(asking.endpoint(settings))
    try:
        egress.close_all_ways_but(
            parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        )
    except OSError as error:
        _say({"ready": False, "away": f"{parts.hostname} cannot be found: {error}"})
        return
    _say({"ready": True})
    for line in sys.stdin:
        try:
            _say(asking.ask(settings, key, json.loads(line)))
        except Exception as error:
            # Whatever goes wrong here is a model that cannot be asked; nothing depends on it.
            _say({"away": f"{type(error).__name__}: {str(error)[:300]}"})


def _load_everything(settings: dict[str, object], key: str) -> None:
    """What is imported late would want to read files and start threads; do it before the ways are closed."""
    from holdshort.connectors.models import asking

    asking._model(settings, key or "none")
    import pydantic_ai.direct  # noqa: F401


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=True) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
