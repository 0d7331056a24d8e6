"""Which table of a mapping an exported table is, and which preset a set of tables fits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers.mapping_file import Mapping, TableRule, load_preset, plain, preset_names
from holdshort.importers.mapping_rows import Loaded
from holdshort.importers.row_notes import RowNote
from holdshort.importers.tables import Table, stem_of


def choose_mapping(tables: Sequence[Table]) -> tuple[Mapping, RowNote]:
    """
    Guess the preset whose tables and columns fit best, with a note that says so.

    Raises:
        HoldshortError: no preset fits.
    """
    scores: dict[str, int] = {}
    loaded = {name: load_preset(name) for name in preset_names()}
    for name, mapping in loaded.items():
        scores[name] = 0
        for table in tables:
            rule = rule_for(table, mapping)
            if rule is not None:
                bound = Loaded(table, rule, mapping)
                scores[name] += len(bound.bound)
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < 3 or list(scores.values()).count(scores[best]) > 1:
        raise HoldshortError(
            [
                Diagnostic(
                    "MAPPING-006", "no preset fits these tables well enough to be guessed", Where(),
                    "name one (" + ", ".join(preset_names()) + "), or write a mapping file",
                )
            ]
        )  # fmt: skip
    file = tables[0].file
    note = RowNote(
        file, 0, "", "IMPORT-001", f"preset `{best}` was guessed: {scores[best]} columns fit it",
        "name the preset to be sure", "note",
    )  # fmt: skip
    return loaded[best], note


def rule_for(table: Table, mapping: Mapping) -> TableRule | None:
    name = name_in(table, mapping)
    if name is not None:
        return next(
            rule for rule in mapping.tables if name in {plain(each) for each in (*rule.table, *rule.history)}
        )
    ignored = {plain(each) for each in mapping.ignored}
    if any(each in ignored for each in names_of(table, mapping)):
        return None
    best, best_score = None, 2
    for rule in mapping.tables:
        bound = Loaded(table, rule, mapping)
        score = len(bound.bound)
        if score > best_score and bound.has_key():
            best, best_score = rule, score
    return best


def names_of(table: Table, mapping: Mapping) -> list[str]:
    """The names that a table may go by: sheet, file; with and without `_data` and the mapping's prefixes."""
    names: list[str] = []
    for name in (table.name, stem_of(table.file), table.sheet):
        for text in (name, re.sub(r"[_\- ]data$", "", name, flags=re.IGNORECASE)):
            for folded in (plain(text), plain(text, mapping.table_prefixes)):
                if folded and folded not in names:
                    names.append(folded)
    return names


def name_in(table: Table, mapping: Mapping) -> str | None:
    known = {plain(each) for rule in mapping.tables for each in (*rule.table, *rule.history)}
    return next((name for name in names_of(table, mapping) if name in known), None)
