"""Read a YAML file as plain data: no tags, no anchors, no duplicate keys, within limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

MOST_BYTES = 5_000_000
MOST_DEPTH = 20


def read_plain_yaml(path: Path) -> Any:
    """
    Return the data of a YAML file.

    Raises:
        HoldshortError: The file is too large, is no YAML, or uses what could blow it up or hide a value.
        OSError: The file cannot be opened.
    """
    data = path.read_bytes()
    if len(data) > MOST_BYTES:
        raise _refused(
            path,
            "YAML-001",
            f"the file has {len(data):,} bytes; {MOST_BYTES:,} are allowed",
            None,
            "split it",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(path, "YAML-002", "the file is not UTF-8 text", None, "save it as UTF-8") from None
    return parse_plain_yaml(text, path)


def parse_plain_yaml(text: str, path: Path) -> Any:
    """The same for text already read; `path` is only named in faults."""
    import yaml

    try:
        _check(text, path)
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise _refused(
            path,
            "YAML-003",
            f"this is not valid YAML: {problem}",
            line,
            "check indentation, quotes and colons on this line",
        ) from None
    except RecursionError:
        raise _refused(path, "YAML-004", "the file is nested too deeply", None, "flatten it") from None


def _check(text: str, path: Path) -> None:
    """Walk the events before anything is built, so that a small file cannot become a large one."""
    import yaml

    keys: list[tuple[set[str], bool]] = []
    faults: list[Diagnostic] = []
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            faults.append(
                _fault(
                    path,
                    "YAML-005",
                    "anchors and aliases (`&name`, `*name`) are not read",
                    line,
                    "write the value out",
                )
            )
        tag = getattr(event, "tag", None)
        if tag and not str(tag).startswith("tag:yaml.org"):
            faults.append(_fault(path, "YAML-006", f"the tag `{tag}` is not read", line, "take it out"))
        if isinstance(event, yaml.ScalarEvent) and keys and keys[-1][1]:
            if event.value in keys[-1][0]:
                faults.append(
                    _fault(path, "YAML-007", f"`{event.value}` stands twice", line, "keep one of the two")
                )
            keys[-1][0].add(event.value)
            keys[-1] = (keys[-1][0], False)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if keys and isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                keys[-1] = (keys[-1][0], _is_mapping(keys[-1]))
            keys.append(
                (set(), isinstance(event, yaml.MappingStartEvent))
                if isinstance(event, yaml.MappingStartEvent)
                else (_SEQUENCE, False)
            )
            if len(keys) > MOST_DEPTH:
                raise _refused(path, "YAML-004", "the file is nested too deeply", line, "flatten it")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            keys.pop()
        elif isinstance(event, yaml.ScalarEvent) and keys:
            keys[-1] = (keys[-1][0], _is_mapping(keys[-1]))
    if faults:
        raise HoldshortError(faults)


_SEQUENCE: set[str] = set()


def _is_mapping(level: tuple[set[str], bool]) -> bool:
    return level[0] is not _SEQUENCE


def _fault(path: Path, code: str, message: str, line: int | None, mend: str) -> Diagnostic:
    return Diagnostic(code, message, Where(path.name, line=line), mend)


def _refused(path: Path, code: str, message: str, line: int | None, mend: str) -> HoldshortError:
    return HoldshortError([_fault(path, code, message, line, mend)])
