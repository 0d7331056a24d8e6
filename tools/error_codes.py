"""
Write docs/reference/errors.md from the code: every diagnostic's code, what it says and how it is mended.

Reads the sources, runs none of them. An expression inside a message shows as `…`. With `--check` nothing is written,
and the exit code is 1 where the page on disk is not the one that would be written.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAGE = "docs/reference/errors.md"
SOURCE = "src"
CODE = re.compile(r"[A-Z]{3,6}-\d{3}")
SEVERITIES = ("error", "warning", "note")
# Helpers whose place comes after the mend: note(row, code, message, mend, place).
NOTES = ("note", "_note")
# The families in the order of the page; one that is not here comes after them, under its own letters.
FAMILIES = {
    "FILE": "Opening and saving files",
    "TABLE": "The register as a table, and other tables",
    "YAML": "The playbook's YAML files",
    "PLAY": "playbook.toml and the folder",
    "GLOS": "glossary.yaml",
    "PATH": "clean-path.yaml",
    "ACT": "actions.yaml and action names in a cell",
    "REG": "Rows of the register",
    "RULE": "Conditions: triggers, checks, definitions",
    "LANE": "Lanes and segments of a row",
    "ROLE": "Roles in a cell",
    "REV": "Human review rules",
    "EVID": "Required evidence",
    "TEST": "Acceptance tests",
    "LINT": "Rows that run, and are doubtful all the same",
    "CHANGE": "Exporting, importing and comparing registers",
    "INIT": "Starting a playbook",
    "RECORD": "Records",
    "DOC": "Papers attached to a record",
    "IMPORT": "Tables turned into records",
    "ROW": "Rows of an imported table",
    "RUN": "Answering records",
    "FLOW": "Onboardings that pause: intake, decisions, actions, runs",
    "PUB": "Publishing a playbook",
    "USER": "People and their passwords",
    "PAUSE": "Pausing and resuming",
    "PACKET": "Review packets",
    "STORE": "The store",
    "AUDIT": "The audit log and its anchors",
    "ERASE": "Erasing a person's data",
}
INTRODUCTION = """\
# Every message, by its code

<!-- Written by tools/error_codes.py; run it again after a change to any message. -->

A message looks like this:

```
error[RULE-012]: no name is called `sucess criteria`
  --> register.xlsx, sheet 'Edge cases', cell F2 (CO-EDGE-001, column "Trigger")
   | deal is won and sucess criteria is missing
   |                 ^^^^^^^^^^^^^^^
   = did you mean `success criteria`?
```

The first line says what is wrong, the arrow where, and the line after `=` how to mend it. An **error** keeps a row from
running, or a file from being read; a **warning** is worth a look; a **note** only tells. What a running store is asked and
does not do is `refused[FLOW-010]: …`; then nothing has happened. Below, `…` stands for whatever your file says there, or
for a name. Several messages may share a code; they are then about the same thing.
"""


@dataclass
class Said:
    """One way in which a code is used."""

    message: str
    mend: str
    severity: str


@dataclass
class Entry:
    code: str
    said: list[Said] = field(default_factory=list)


def find_codes(root: Path) -> dict[str, Entry]:
    """Every code in the sources with its messages, in the order of code and place."""
    entries: dict[str, Entry] = {}
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((root / SOURCE).rglob("*.py"))]
    raised = _raised(trees)
    for tree in trees:
        module = _Module(tree, raised)
        for node in ast.walk(tree):
            if _is_code(node):
                entries.setdefault(node.value, Entry(node.value))
        for function, call in module.calls():
            for code, said in module.said(function, call):
                if said not in entries[code].said:
                    entries[code].said.append(said)
    return dict(sorted(entries.items()))


def make_page(entries: Iterable[Entry]) -> str:
    """The whole page; the same sources give the same text."""
    families: dict[str, list[Entry]] = {}
    for entry in entries:
        families.setdefault(entry.code.split("-")[0], []).append(entry)
    order = [*FAMILIES, *sorted(family for family in families if family not in FAMILIES)]
    lines = [INTRODUCTION]
    for family in order:
        if family not in families:
            continue
        lines += [
            f"## {family}: {FAMILIES.get(family, family)}",
            "",
            "| code | it says | mend it |",
            "|---|---|---|",
        ]
        lines += [_row(entry) for entry in families[family]]
        lines.append("")
    return "\n".join(lines)


def _row(entry: Entry) -> str:
    said = [_with_severity(each) for each in entry.said if each.message] or [""]
    mends = [each.mend for each in entry.said if each.mend]
    return f"| {entry.code} | {_cell(said)} | {_cell(mends)} |"


def _with_severity(said: Said) -> str:
    return said.message if said.severity == "error" else f"({said.severity}) {said.message}"


def _cell(texts: Iterable[str]) -> str:
    joined = "<br>".join(dict.fromkeys(texts))
    return joined.replace("|", "\\|").replace("\n", " ")


def _is_code(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(CODE.fullmatch(node.value))


Raised = dict[str, list[tuple["_Module", ast.AST, ast.Call]]]
"""The name of an exception to the places that raise it."""


def _raised(trees: Iterable[ast.Module]) -> Raised:
    """Where each exception is raised with its own words, for messages that only pass those words on."""
    found: Raised = {}
    for tree in trees:
        module = _Module(tree, {})
        raises = {id(node.exc) for node in ast.walk(tree) if isinstance(node, ast.Raise)}
        for function, call in module.calls():
            if id(call) in raises and call.args and not _codes_of(call.args[0]):
                found.setdefault(_called(call), []).append((module, function, call))
    return found


class _Module:
    """One source file: its calls with the function around them, and what its local names may hold."""

    def __init__(self, tree: ast.Module, raised: Raised) -> None:
        self._tree = tree
        self._raised = raised
        self._caught = {
            node.name: _class_names(node.type)
            for node in ast.walk(tree)
            if isinstance(node, ast.ExceptHandler) and node.name and node.type
        }
        self._constants = _assigned(tree.body)
        self._functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}

    def calls(self) -> Iterator[tuple[ast.AST, ast.Call]]:
        yield from self._calls(self._tree, self._tree)

    def _calls(self, within: ast.AST, node: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else within
            if isinstance(child, ast.Call):
                yield within, child
            yield from self._calls(inner, child)

    def said(self, function: ast.AST, call: ast.Call) -> Iterator[tuple[str, Said]]:
        """What a call says with each code among its own arguments."""
        for place, argument in enumerate(call.args):
            for code in _codes_of(argument):
                yield code, self._said(function, call, call.args[place + 1 :])

    def _said(self, function: ast.AST, call: ast.Call, rest: list[ast.expr]) -> Said:
        severity = "error"
        named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        for node in [*rest, *named.values()]:
            if isinstance(node, ast.Constant) and node.value in ("warning", "note"):
                severity = node.value
        if _called(call) in NOTES:
            severity = "warning" if severity == "error" else severity
        # Where the text is the very next argument, the mend is the last of two (code, message, mend) or comes after
        # a place (code, message, where, mend). A tuple of field names may stand between code and message.
        rest = [node for node in rest if not (isinstance(node, ast.Constant) and node.value in SEVERITIES)]
        texts = [node for node in rest if not isinstance(node, ast.Tuple)]
        message_node = named.get("message", texts[0] if texts else None)
        message = self.template(function, message_node)
        passed_on = self._passed_on(message_node) if not message else []
        if passed_on:
            messages = (module.template(at, call.args[0]) for module, at, call in passed_on)
            mends = (module.template(at, node) for module, at, call in passed_on for node in call.args[1:2])
            return Said(_either(messages), _either(mends), severity)
        mend_node = named.get("mend")
        if mend_node is None and (len(texts) == 2 or (len(texts) > 2 and _called(call) in NOTES)):
            mend_node = texts[1]
        elif mend_node is None and len(texts) > 2:
            mend_node = texts[2] if len(rest) == len(texts) else texts[1]
        return Said(message, self.template(function, mend_node), severity)

    def _passed_on(self, node: ast.expr | None) -> list[tuple[_Module, ast.AST, ast.Call]]:
        """The places that raise what is caught and only passed on, as in `str(error)`."""
        if not (isinstance(node, ast.Call) and _called(node) == "str" and len(node.args) == 1):
            return []
        name = node.args[0].id if isinstance(node.args[0], ast.Name) else ""
        return [each for kind in self._caught.get(name, ()) for each in self._raised.get(kind, ())]

    def template(self, function: ast.AST, node: ast.expr | None, depth: int = 0) -> str:
        """A text with `…` for what is only known when it runs; '' where nothing of it is known."""
        options = [text for text in self._options(function, node, depth) if text.strip(" …`")]
        return " / ".join(dict.fromkeys(re.sub(r"…+", "…", text) for text in options))

    def _options(self, function: ast.AST, node: ast.expr | None, depth: int) -> list[str]:
        if node is None or depth > 4:
            return []
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            parts = (each.value if isinstance(each, ast.Constant) else "…" for each in node.values)
            return ["".join(map(str, parts))]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left = self._options(function, node.left, depth + 1) or ["…"]
            right = self._options(function, node.right, depth + 1) or ["…"]
            return [a + b for a in left for b in right][:4]
        if isinstance(node, ast.IfExp):
            return [
                *self._options(function, node.body, depth + 1),
                *self._options(function, node.orelse, depth + 1),
            ]
        if isinstance(node, ast.BoolOp):
            return [text for value in node.values for text in self._options(function, value, depth + 1)]
        if isinstance(node, ast.Name):
            local = _assigned(getattr(function, "body", []))
            values = local.get(node.id) or self._constants.get(node.id) or []
            found = [text for value in values for text in self._options(function, value, depth + 1)]
            return found or self._handed_in(function, node.id, depth + 1)
        if isinstance(node, ast.Call) and _called(node) in self._functions:
            called = self._functions[_called(node)]
            returned = [each.value for each in ast.walk(called) if isinstance(each, ast.Return)]
            return [text for value in returned for text in self._options(called, value, depth + 1)]
        return []

    def _handed_in(self, function: ast.AST, name: str, depth: int) -> list[str]:
        """What the calls of this function, in this file, hand in under a parameter's name."""
        if not isinstance(function, ast.FunctionDef):
            return []
        parameters = [each.arg for each in function.args.args if each.arg != "self"]
        if name not in parameters:
            return []
        place = parameters.index(name)
        handed = [
            (within, call.args[place])
            for within, call in self.calls()
            if _called(call) == function.name and len(call.args) > place
        ]
        return [text for within, node in handed for text in self._options(within, node, depth + 1)]


def _either(texts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(each for each in texts if each))


def _class_names(node: ast.expr) -> list[str]:
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    return [
        each.attr if isinstance(each, ast.Attribute) else each.id
        for each in nodes
        if isinstance(each, ast.Name | ast.Attribute)
    ]


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _codes_of(node: ast.expr) -> list[str]:
    """The code that an argument is, or the two between which it chooses."""
    if isinstance(node, ast.IfExp):
        return [*_codes_of(node.body), *_codes_of(node.orelse)]
    return [node.value] if _is_code(node) else []  # type: ignore[attr-defined]


def _assigned(body: list[ast.stmt]) -> dict[str, list[ast.expr]]:
    """What each name is set to anywhere in these statements; functions inside them are their own matter."""
    found: dict[str, list[ast.expr]] = {}
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(statement.value)
        elif (
            isinstance(statement, ast.AnnAssign)
            and statement.value
            and isinstance(statement.target, ast.Name)
        ):
            found.setdefault(statement.target.id, []).append(statement.value)
        for inner in ("body", "orelse", "finalbody"):
            for name, values in _assigned(getattr(statement, inner, [])).items():
                found.setdefault(name, []).extend(values)
        for handler in getattr(statement, "handlers", []):
            for name, values in _assigned(handler.body).items():
                found.setdefault(name, []).extend(values)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or with --check say whether it is current; 0 is well, 1 is not."""
    parser = argparse.ArgumentParser(description="Write the reference of diagnostic codes.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not current")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    options = parser.parse_args(arguments)
    entries = find_codes(options.root)
    page, target = make_page(entries.values()), options.root / PAGE
    if not options.check:
        target.write_text(page, encoding="utf-8")
        print(f"wrote {PAGE}: {len(entries)} codes")
        return 0
    if not target.exists() or target.read_text(encoding="utf-8") != page:
        print(f"error: {PAGE} is not current; `python tools/error_codes.py` writes it", file=sys.stderr)
        return 1
    print(f"errors: {len(entries)} codes, the page is current")
    return 0


if __name__ == "__main__":
    sys.exit(main())
