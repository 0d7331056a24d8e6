"""A screener that remembers whole answers: rehearsals ask the same thing of the same record many times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from holdshort.core.answers import Answer
from holdshort.core.playbook import Playbook
from holdshort.core.screening import Screener

_MOST_REMEMBERED = 20_000
_MOST_LATELY = 2_000


class RememberingScreener(Screener):
    """
    Answers as a Screener does; the same record at the same moment is screened once, however its moment is written and in
    whichever order its parts come.
    """

    def __init__(self, playbook: Playbook) -> None:
        super().__init__(playbook)
        self._answers: dict[tuple[str, datetime, bool], Answer] = {}
        self._lately: dict[int, tuple[Mapping[str, Any], datetime, Answer]] = {}

    def screen(self, record: Mapping[str, Any], line: int, now: datetime) -> Answer:
        # The very same record needs not even be read through: here records are values that nobody changes.
        seen = self._lately.get(id(record))
        if seen is not None and seen[0] is record and seen[1] == now:
            return seen[2] if seen[2].line == line else replace(seen[2], line=line)
        answer = self._answer(record, line, now)
        if len(self._lately) >= _MOST_LATELY:
            self._lately.clear()
        self._lately[id(record)] = record, now, answer
        return answer

    def _answer(self, record: Mapping[str, Any], line: int, now: datetime) -> Answer:
        stated = record.get("as_of")
        key = (
            content_of({name: value for name, value in record.items() if name != "as_of"}),
            self._now(record, now),
            stated is None or self._is_dated(stated),
        )
        known = self._answers.get(key)
        if known is None:
            known = super().screen(record, line, now)
            if len(self._answers) >= _MOST_REMEMBERED:
                self._answers.clear()
            self._answers[key] = known
        return known if known.line == line else replace(known, line=line)


def content_of(record: Mapping[str, Any]) -> str:
    """Everything that the record says, as text that is the same for the same content."""
    try:
        return json.dumps(record, default=repr, separators=(",", ":"), sort_keys=True)
    except TypeError:  # names that are no texts have no order
        return json.dumps(record, default=repr, separators=(",", ":"), skipkeys=False)
