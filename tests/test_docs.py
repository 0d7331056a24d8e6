"""The documentation names everything that there is, and its links lead somewhere."""

import re
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
import yaml

from holdshort.cli.main import COMMANDS
from holdshort.core.actions import MODES, read_catalogue
from holdshort.core.columns import COLUMNS, TIERS
from holdshort.core.glossary import VALUE_TYPES
from holdshort.core.glossary_reading import _NAME_KEYS
from holdshort.core.roles import TITLES

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")]
    if path.is_file()
)
DECISIONS = ("accept route", "correct route", "request information", "approve kickoff", "approve with conditions",
             "approve message", "reject", "escalate", "override")  # fmt: skip

sys.path.insert(0, str(ROOT / "tools"))
error_codes = import_module("error_codes")


@cache
def page(name):
    return (ROOT / name).read_text("utf-8")


def section(command):
    """What commands.md says of one command."""
    found = re.search(
        rf"^## holdshort {re.escape(command)}$(.*?)(?=^## |\Z)",
        page("docs/reference/commands.md"),
        re.M | re.S,
    )
    assert found, f"docs/reference/commands.md has no section `## holdshort {command}`"
    return found.group(1)


def options(command):
    """Every option of a command and of its subcommands."""
    for each in getattr(command, "commands", {}).values():
        yield from options(each)
    yield from (name for each in command.params if isinstance(each, click.Option) for name in each.opts)


# --- commands ---


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_its_options_and_exit_codes(name):
    text = section(name)
    assert "Exit code 0" in text
    module = f"holdshort.cli.commands.{COMMANDS[name][0]}"
    if find_spec(module) is None:
        pytest.skip("not there yet")
    command = import_module(module).command
    assert [option for option in options(command) if f"`{option}" not in text] == []
    for sub in getattr(command, "commands", {}):
        assert f"### {name} {sub}" in text


def test_the_reference_names_no_command_that_there_is_not():
    named = re.findall(r"^## holdshort (\S+)$", page("docs/reference/commands.md"), re.M)
    assert sorted(named) == sorted(COMMANDS)


# --- messages ---


def test_every_diagnostic_code_of_the_code_is_on_the_page():
    used = set()
    for path in (ROOT / "src").rglob("*.py"):
        used.update(re.findall(r'"([A-Z]{3,6}-\d{3})"', path.read_text("utf-8")))
    listed = set(re.findall(r"^\| ([A-Z]{3,6}-\d{3}) \|", page("docs/reference/errors.md"), re.M))
    assert used - listed == set(), "run `python tools/error_codes.py`"


def test_the_page_of_messages_is_current(capsys):
    assert error_codes.main(["--check"]) == 0, capsys.readouterr().err


def test_every_code_says_something():
    rows = re.findall(r"^\| ([A-Z]{3,6}-\d{3}) \| (.*?) \|", page("docs/reference/errors.md"), re.M)
    assert [code for code, said in rows if not said.strip()] == []


def test_words_that_are_only_passed_on_are_those_of_whoever_raised_them(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(
        'def f(x):\n'
        '    raise Away(f"{x} is gone", "bring it back")\n'
        'def g():\n'
        '    try:\n'
        '        f(1)\n'
        '    except Away as away:\n'
        '        raise Refused("ABC-003", str(away), away.mend)\n',
        "utf-8",
    )  # fmt: skip
    said = error_codes.find_codes(tmp_path)["ABC-003"].said[0]
    assert (said.message, said.mend) == ("… is gone", "bring it back")


def test_a_message_is_found_with_its_severity_and_mend_however_it_is_built(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(
        'def f(x):\n'
        '    mend = "write it" if x else f"say `{x}`"\n'
        '    raise Problem([Diagnostic("ABC-001", f"`{x}` is bad", Where(x), mend, "warning")])\n'
        'def g(code, message, place, mend): ...\n'
        'g("ABC-002", "it is " + str(1), "here", near(1))\n'
        'def near(x):\n'
        '    return "take it out"\n',
        "utf-8",
    )  # fmt: skip
    entries = error_codes.find_codes(tmp_path)
    said = entries["ABC-001"].said[0]
    assert (said.message, said.mend, said.severity) == ("`…` is bad", "write it / say `…`", "warning")
    said = entries["ABC-002"].said[0]
    assert (said.message, said.mend, said.severity) == ("it is …", "take it out", "error")


# --- words ---


@pytest.mark.shows(*(f"B{number}" for number in range(1, 16)))
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_every_column_is_explained_to_whoever_writes_a_row(column):
    assert f"| {column.title} |" in page("docs/how-to/write-a-row.md")


@pytest.mark.parametrize("key", sorted(_NAME_KEYS))
def test_every_key_of_a_glossary_name_is_in_the_reference(key):
    assert key in page("docs/reference/playbook.md") + page("docs/how-to/import-your-export.md")


def test_every_type_mode_and_tier_is_in_the_reference():
    playbook, language = page("docs/reference/playbook.md"), page("docs/reference/language.md")
    assert [each for each in VALUE_TYPES if each not in playbook] == []
    assert [each for each in MODES if each not in playbook] == []
    assert [each for each in TIERS if f"`{each}`" not in language] == []


def test_every_action_class_role_and_decision_is_in_the_reference():
    text = page("docs/reference/actions.md")
    data = yaml.safe_load((ROOT / "src/holdshort/starter/actions.yaml").read_text("utf-8"))
    catalogue, faults = read_catalogue(data, "actions.yaml")
    assert not faults
    assert [kind for kind in catalogue.kinds if f"`{kind}`" not in text] == []
    assert [prefix for prefix in catalogue.prefixes if f"`{prefix}`" not in text] == []
    assert [group for group in catalogue.groups() if f"`{group}`" not in text] == []
    assert [title for title in TITLES.values() if f"`{title}`" not in text] == []
    assert [each for each in DECISIONS if f"| {each} |" not in text] == []
    classes = re.findall(r"^\| (\S+) \| (?:`[^`]+`)? ?\|", text, re.M)
    assert set(catalogue.classes) <= set(classes)


# --- links ---


def links(path):
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S)
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", target)]


@cache
def anchors(path):
    text = path.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path):
    for target in links(path):
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{target} does not exist"
        assert ROOT in [there, *there.parents], f"{target} leads out of the project"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), f"{file or path.name} has no heading `{anchor}`"


def test_every_page_can_be_reached_from_the_readme():
    seen, open_pages = set(), [ROOT / "README.md"]
    while open_pages:
        path = open_pages.pop()
        if path in seen or path.suffix != ".md" or not path.is_file():
            continue
        seen.add(path)
        open_pages += [(path.parent / target.partition("#")[0]).resolve() for target in links(path)]
    # A decision record is listed in the index of decisions by hand, when it is accepted.
    docs = [each for each in (ROOT / "docs").rglob("*.md") if each.parent.name != "decisions"]
    lost = [each for each in docs if each not in seen]
    assert [each.relative_to(ROOT).as_posix() for each in lost] == []
