"""Which rows of several exported tables belong to the same record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from holdshort.importers.mapping_file import End, TableRule, Way, plain, read_way, short_id
from holdshort.importers.mapping_rows import Loaded
from holdshort.importers.tables import TableRow

Placed = tuple[Loaded, TableRow]


@dataclass(slots=True)
class Join:
    """How the rows of one table belong to rows of another; `by_root` is keyed by the place of the root's row."""

    rule: TableRule
    root: TableRule | None = None
    way: str = ""
    by_root: dict[int, list[tuple[Placed, list[Placed]]]] = field(default_factory=dict)
    unmatched: list[Placed] = field(default_factory=list)
    asked: dict[int, str] = field(default_factory=dict)
    """Rows of the root that name an ID of this table, whether it was found or not."""

    @property
    def is_joined(self) -> bool:
        return self.root is not None


class Joiner:
    """Works out the joins among the tables that are there."""

    def __init__(self, rows: Mapping[str, Sequence[Placed]], rules: Sequence[TableRule], ids: str) -> None:
        self._rows = {plain(name): list(placed) for name, placed in rows.items()}
        self._rules = {plain(rule.name): rule for rule in rules}
        self._ids = ids
        self._joins: dict[str, Join] = {}
        self._working: set[str] = set()

    def join(self, name: str) -> Join:
        """The join of a table; not joined where it is a root, or nothing matches."""
        name = plain(name)
        if name in self._joins:
            return self._joins[name]
        self._working.add(name)
        join = self._best(self._rules[name], self._rows.get(name, []))
        self._working.discard(name)
        self._joins[name] = join
        return join

    def _best(self, rule: TableRule, rows: list[Placed]) -> Join:
        tried = Join(rule, unmatched=list(rows))
        if not rows:
            return tried
        for text in rule.join:
            way = read_way(text)
            root = plain(way[-1][1].table)
            if not self._can_walk(way) or root in self._working or self._is_joined_itself(root):
                continue
            found = self._walk(rule, way, rows)
            if found.by_root:
                found.root, found.way = self._rules[root], text
                return found
            tried.asked, tried.way = found.asked or tried.asked, tried.way or text
        return tried

    def _is_joined_itself(self, name: str) -> bool:
        return self._rules[name].per == "look-up" or self.join(name).is_joined

    def _can_walk(self, way: Way) -> bool:
        return all(
            (placed := self._rows.get(plain(end.table)))
            and any(placed[0][0].has(each) for each in end.columns)
            for step in way
            for end in step
        )

    def _walk(self, rule: TableRule, way: Way, rows: list[Placed]) -> Join:
        join = Join(rule)
        indexes = [self._index(right) for _, right in way]
        places = {id(row): at for at, (_, row) in enumerate(self._rows[plain(way[-1][1].table)])}
        for placed in rows:
            paths: list[tuple[Placed, list[Placed]]] = [(placed, [])]
            for (left, _), index in zip(way, indexes, strict=True):
                paths = [
                    (target, [*links, target])
                    for current, links in paths
                    for target in index.get(self._value(current, left), [])
                ]
            if not paths:
                join.unmatched.append(placed)
            for target, links in paths:
                join.by_root.setdefault(places[id(target[1])], []).append((placed, links[:-1]))
        if len(way) == 1:
            for at, placed in enumerate(self._rows[plain(way[0][1].table)]):
                if self._value(placed, way[0][1]):
                    join.asked[at] = self._text(placed, way[0][1])
        return join

    def _index(self, end: End) -> dict[str, list[Placed]]:
        index: dict[str, list[Placed]] = {}
        for placed in self._rows[plain(end.table)]:
            value = self._value(placed, end)
            if value:
                index.setdefault(value, []).append(placed)
        return index

    def _value(self, placed: Placed, end: End) -> str:
        text = self._text(placed, end)
        return short_id(text) if self._ids == "salesforce" else text

    @staticmethod
    def _text(placed: Placed, end: End) -> str:
        loaded, row = placed
        for column in end.columns:
            if loaded.has(column):
                return loaded.text(row, column)
        return ""


def repeated_keys(placed: Iterable[Placed]) -> dict[str, list[Placed]]:
    """Rows of one table that share a key."""
    by_key: dict[str, list[Placed]] = {}
    for loaded, row in placed:
        key = loaded.key(row)
        if key:
            by_key.setdefault(key, []).append((loaded, row))
    return {key: rows for key, rows in by_key.items() if len(rows) > 1}
