"""The mapping file: which column of which exported table is which field of a record."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, did_you_mean

FILE_BYTES = 1_000_000
PRESETS = Path(__file__).with_name("presets")
_FIELD = re.compile(r"[A-Za-z_][\w ]*(\.[A-Za-z_][\w ]*)*")
_SALESFORCE_18 = re.compile(r"[A-Za-z0-9]{18}")
_SYSTEM = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\[\])?")


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _words(value: Any) -> Any:
    """YAML reads an unquoted `true` or `1` as something else than text; here they are words."""
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in _listed(value)]


Words = Annotated[list[str], BeforeValidator(_words)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ColumnRule(_Part):
    """What becomes of one column."""

    field: str = Field(pattern=f"^{_FIELD.pattern}$")
    type: Literal["as is", "text", "yes/no", "json", "list"] = "as is"
    scale: float | None = None
    """Multiply a plain number, such as 0.01."""
    smallest_unit_of: str = Field("", alias="smallest unit of currency column")
    """The amount counts the smallest unit (cents) of the currency that stands in this column."""
    true_when: Words | None = Field(None, alias="true when")
    """The field is yes where the cell is one of these words, no where it is another, null where it is empty."""
    split_at: str = Field("", alias="split at")
    url_column: str = Field("", alias="url column")
    """Write `{"value": …, "url": …}`, the address taken from this column."""
    ours_only: bool = Field(False, alias="not in the record")
    """Read for joins and checks; never written into the record."""


def _rule(value: Any) -> Any:
    return {"field": value} if isinstance(value, str) else value


class TableRule(_Part):
    """What becomes of one table."""

    table: Words
    """Names of the table; the first is the one that joins use."""
    system: str = Field("", pattern=f"^({_SYSTEM.pattern})?$")
    """Where the fields belong: `crm`, `stakeholders[]`; `record` where the fields name their systems themselves."""
    per: Literal["row", "list item", "look-up"] = Field("row", alias="one record per")
    key: Words = Field(default_factory=list)
    columns: dict[str, Annotated[ColumnRule, BeforeValidator(_rule)]] = Field(default_factory=dict)
    constant: dict[str, Any] = Field(default_factory=dict)
    deleted: Words = Field(default_factory=list)
    """Columns that mark a row as deleted in its system."""
    deleted_field: str = Field("is_deleted", alias="deleted field")
    current: Words = Field(default_factory=list)
    """Columns that are no where the row is an older version."""
    join: Words = Field(default_factory=list)
    """Ways to the row that this one belongs to, tried in order: `contact.account_id = account.id then …`."""
    when_only_one: dict[str, str] = Field(default_factory=dict, alias="when only one")
    if_not_found: str = Field("", alias="if not found")
    wanted: list[str] = Field(default_factory=list)
    """Fields whose emptiness is worth a remark."""
    skip: Words = Field(default_factory=list)
    history: Words = Field(default_factory=list)
    """Names of tables with every version of the rows; read only where the table itself is not there."""
    locale: str = ""
    timezone: str = ""

    @property
    def name(self) -> str:
        return self.table[0]

    @property
    def mark_of_deletion(self) -> str:
        flat = self.system == "record" and "." not in self.deleted_field
        return f"crm.{self.deleted_field}" if flat else self.deleted_field

    @property
    def is_list(self) -> bool:
        return self.system.endswith("[]")

    @model_validator(mode="after")
    def _fits(self) -> TableRule:
        if self.per == "list item" and not self.is_list:
            raise ValueError(
                "`one record per: list item` wants a system that ends in `[]`, such as `stakeholders[]`"
            )
        if self.per == "row" and self.is_list:
            raise ValueError("a system that ends in `[]` wants `one record per: list item`")
        if self.per != "look-up" and not self.system:
            raise ValueError("`system` is missing")
        for way in self.join:
            read_way(way)
        return self


class Mapping(_Part):
    """A mapping file."""

    name: str = "mapping"
    about: str = ""
    locale: str = ""
    timezone: str = ""
    ids: Literal["as is", "salesforce"] = "as is"
    """`salesforce`: an ID of 15 characters and the same one of 18 are equal when tables are joined."""
    prefixes: Words = Field(default_factory=list, alias="column prefixes")
    """Left out when headers are compared: `property_closedate` is `closedate`."""
    table_prefixes: Words = Field(default_factory=list, alias="table prefixes")
    record: dict[str, Any] = Field(default_factory=dict)
    """Said of every record, such as `as_of`: nothing of the kind is made up where this is left out."""
    tables: list[TableRule] = Field(min_length=1)
    ignored: dict[str, str] = Field(default_factory=dict, alias="ignored tables")

    @model_validator(mode="after")
    def _joins_exist(self) -> Mapping:
        names = {plain(rule.name): rule for rule in self.tables}
        if len(names) < len(self.tables):
            raise ValueError("two tables have the same first name")
        for rule in self.tables:
            for way in rule.join:
                steps = read_way(way)
                for table in (end.table for step in steps for end in step):
                    if plain(table) not in names:
                        near = did_you_mean(table, (each.name for each in self.tables))
                        raise ValueError(
                            f"`{way}` names table `{table}`, which this mapping does not have"
                            + (f"; did you mean `{near}`?" if near else "")
                        )
                if plain(steps[0][0].table) != plain(rule.name):
                    raise ValueError(f"`{way}` has to begin with a column of `{rule.name}`")
        return self

    def rule(self, name: str) -> TableRule:
        return next(rule for rule in self.tables if plain(rule.name) == plain(name))


@dataclass(frozen=True, slots=True)
class End:
    """One side of a join: a table and the columns that may hold the ID, the first that is there counts."""

    table: str
    columns: tuple[str, ...]


Way = tuple[tuple[End, End], ...]


def read_way(text: str) -> Way:
    """Read `contact.id = role.contact_id then role.opportunity_id|Opportunity ID = opportunity.id`."""
    steps: list[tuple[End, End]] = []
    for part in re.split(r"\s+then\s+", text.strip()):
        left, equals, right = part.partition("=")
        if not equals:
            raise ValueError(f"`{text}` is no way to join; write `contact.account_id = account.id`")
        steps.append((_end(left, text), _end(right, text)))
    for (_, before), (after, _) in itertools.pairwise(steps):
        if plain(before.table) != plain(after.table):
            raise ValueError(f"`{text}` breaks: `{before.table}` is not `{after.table}`")
    return tuple(steps)


def _end(text: str, way: str) -> End:
    table, dot, columns = text.strip().partition(".")
    if not dot or not table.strip() or not columns.strip():
        raise ValueError(f"`{text.strip()}` in `{way}` is no `table.column`")
    return End(table.strip(), tuple(each.strip() for each in columns.split("|")))


def plain(header: str, prefixes: Iterable[str] = ()) -> str:
    """A header or table name without case, spaces, underscores and hyphens."""
    return _plain(header, tuple(prefixes))


@functools.lru_cache(maxsize=10_000)
def _plain(header: str, prefixes: tuple[str, ...]) -> str:
    folded = header.casefold().strip()
    for prefix in prefixes:
        if folded.startswith(prefix.casefold()) and len(folded) > len(prefix):
            folded = folded[len(prefix) :]
            break
    return re.sub(r"[\s_\-]+", "", folded)


def short_id(text: str) -> str:
    """The 15 characters by which Salesforce knows an ID of 18; any other text as it is."""
    return text[:15] if _SALESFORCE_18.fullmatch(text) else text


def preset_names() -> list[str]:
    """The presets that come with the product."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def load_preset(name: str) -> Mapping:
    """
    Return a preset by its name.

    Raises:
        HoldshortError: there is no preset of this name.
    """
    wanted = name.strip().casefold()
    if wanted not in preset_names():
        near = did_you_mean(wanted, preset_names())
        mend = f"did you mean `{near}`?" if near else "choose one of: " + ", ".join(preset_names())
        raise HoldshortError([Diagnostic("MAPPING-001", f"there is no preset `{name}`", Where(), mend)])
    return load_mapping(PRESETS / f"{wanted}.yaml")


def load_mapping(path: Path) -> Mapping:
    """
    Read a mapping file and report every fault in it at once.

    Raises:
        HoldshortError: missing, no YAML, a key twice, or not a mapping.
    """
    file = path.name
    try:
        data = path.read_bytes()[: FILE_BYTES + 1]
    except (OSError, ValueError) as error:
        raise _refusal(
            "MAPPING-002", f"there is no readable mapping file `{path}`", file, "check the name"
        ) from error
    if len(data) > FILE_BYTES:
        raise _refusal(
            "MAPPING-002", "the mapping file holds more than 1 MB", file, "a mapping names columns only"
        )
    try:
        content = yaml.load(data.decode("utf-8-sig"), Loader=_Loader)  # noqa: S506 - a safe loader, made stricter
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = Where(file=file, line=mark.line + 1 if mark else None)
        problem = getattr(error, "problem", None) or "it is not UTF-8 text"
        raise HoldshortError(
            [
                Diagnostic(
                    "MAPPING-003", f"the mapping file is not valid YAML: {problem}", where, "mend the line"
                )
            ]
        ) from error
    return read_mapping(content, file)


def read_mapping(content: Any, file: str = "mapping") -> Mapping:
    """
    Make a mapping of plain data.

    Raises:
        HoldshortError: with one diagnostic for each fault.
    """
    if not isinstance(content, dict):
        raise _refusal(
            "MAPPING-004", "a mapping file is an object with `tables`", file, "write `tables:` and a list"
        )
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise HoldshortError([_fault(each, content, file) for each in error.errors()]) from error


def _fault(each: Any, content: Any, file: str) -> Diagnostic:
    place = [str(part) for part in each["loc"] if not str(part).startswith("function-")]
    if len(place) > 1 and place[0] == "tables" and place[1].isdigit():
        rule = content["tables"][int(place[1])]
        name = rule.get("table") if isinstance(rule, dict) else None
        place[:2] = [f"table `{(name[0] if isinstance(name, list) and name else name) or place[1]}`"]
    what = each["msg"].removeprefix("Value error, ")
    mend = ""
    if each["type"] == "extra_forbidden":
        what = f"`{place[-1]}` is no part of a mapping"
        model = TableRule if len(place) == 2 else ColumnRule if len(place) > 2 else Mapping
        known = [part.alias or name for name, part in model.model_fields.items()]
        near = did_you_mean(place[-1], known)
        mend = f"did you mean `{near}`?" if near else "choose one of: " + ", ".join(known)
    elif each["type"] == "missing":
        what = f"`{place[-1]}` is missing"
    return Diagnostic(
        "MAPPING-005", what[:1].lower() + what[1:], Where(file=file, column=" > ".join(place)), mend
    )


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, and aliases, which are how a small file grows large."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            events: Any = self
            mark = events.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases (`*name`) are not read", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.MarkedYAMLError(problem=f"`{key.value}` stands twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _as_written(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)  # a date stays the text that was written


def _refusal(code: str, message: str, file: str, mend: str) -> HoldshortError:
    return HoldshortError([Diagnostic(code, message, Where(file=file), mend)])
