"""Read a YAML file as plain data: no tags, no anchors, no duplicate keys, within limits."""

from __future__ import annotations

from dataclasses import dataclass, field
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

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        root = _Tree(path, loader).read()
        return loader.construct_document(root) if root is not None else None
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
    finally:
        loader.dispose()


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been met; of a mapping, keys and values in turn."""

    start: Any
    items: list[Any] = field(default_factory=list)
    keys: set[str] | None = None
    """Of a mapping, the keys met so far."""


class _Tree:
    """Builds the nodes of a file from its events, and refuses what must not be built before it is."""

    def __init__(self, path: Path, loader: Any) -> None:
        self._path, self._loader = path, loader
        self._open: list[_Open] = []
        self._roots: list[Any] = []
        self._second: Any = None
        self._faults: list[Diagnostic] = []

    def read(self) -> Any:
        """Return the node of the one document, or None where the file holds none."""
        from yaml.composer import ComposerError

        while self._loader.check_event():
            self._take(self._loader.get_event())
        if self._faults:
            raise HoldshortError(self._faults)
        if self._second is not None:
            raise ComposerError(None, None, "but found another document", self._second)
        return self._roots[0] if self._roots else None

    def _take(self, event: Any) -> None:
        import yaml

        line = event.start_mark.line + 1 if event.start_mark else None
        self._refuse_reference(event, line)
        if isinstance(event, yaml.ScalarEvent):
            tag = event.tag
            if tag is None or tag == "!":
                tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
            node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark, style=event.style)  # type: ignore[arg-type]  # stubs know two kinds of mark
            self._note_key(event.value, line)
            self._add(node)
        elif isinstance(event, yaml.CollectionStartEvent):
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            self._open.append(_Open(event, keys=set() if is_mapping else None))
            if len(self._open) > MOST_DEPTH:
                raise _refused(self._path, "YAML-004", "the file is nested too deeply", line, "flatten it")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._add(self._closed(event))
        elif isinstance(event, yaml.DocumentStartEvent) and self._roots and self._second is None:
            self._second = event.start_mark

    def _closed(self, event: Any) -> Any:
        import yaml

        done = self._open.pop()
        kind = yaml.SequenceNode if done.keys is None else yaml.MappingNode
        tag = done.start.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(kind, None, done.start.implicit)
        items = (
            done.items if done.keys is None else list(zip(done.items[::2], done.items[1::2], strict=False))
        )
        return kind(tag, items, done.start.start_mark, event.end_mark, flow_style=done.start.flow_style)

    def _add(self, node: Any) -> None:
        (self._open[-1].items if self._open else self._roots).append(node)

    def _note_key(self, text: str, line: int | None) -> None:
        parent = self._open[-1] if self._open else None
        if parent is None or parent.keys is None or len(parent.items) % 2:
            return
        if text in parent.keys:
            self._faults.append(
                _fault(self._path, "YAML-007", f"`{text}` stands twice", line, "keep one of the two")
            )
        parent.keys.add(text)

    def _refuse_reference(self, event: Any, line: int | None) -> None:
        import yaml

        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._faults.append(
                _fault(
                    self._path,
                    "YAML-005",
                    "anchors and aliases (`&name`, `*name`) are not read",
                    line,
                    "write the value out",
                )
            )
        tag = getattr(event, "tag", None)
        if tag and not str(tag).startswith("tag:yaml.org"):
            self._faults.append(
                _fault(self._path, "YAML-006", f"the tag `{tag}` is not read", line, "take it out")
            )
        if isinstance(event, yaml.AliasEvent):
            # Stands in for what it names, so that the keys after it are still told from values.
            self._add(yaml.ScalarNode("tag:yaml.org,2002:str", "", event.start_mark, event.end_mark))  # type: ignore[arg-type]  # stubs know two kinds of mark


def _fault(path: Path, code: str, message: str, line: int | None, mend: str) -> Diagnostic:
    return Diagnostic(code, message, Where(path.name, line=line), mend)


def _refused(path: Path, code: str, message: str, line: int | None, mend: str) -> HoldshortError:
    return HoldshortError([_fault(path, code, message, line, mend)])
