import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from holdshort.cli.main import cli
from holdshort.core.screening import Screener
from holdshort.service.load_playbook import load_playbook
from holdshort.service.schemas import AnswerModel, answers_schema, records_schema
from tests.playbooks import conflicting, record, write_playbook

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
_TYPES = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None),
}  # fmt: skip


def faults(schema, value, root=None, place="$"):
    """A small validator for the keywords that the schemas use; it refuses those that it does not know."""
    root = root or schema
    if schema is True:
        return []
    known = {"$schema", "$id", "$defs", "title", "description", "default", "type", "properties", "required", "items",
             "additionalProperties", "enum", "const", "anyOf", "$ref", "minimum"}  # fmt: skip
    assert set(schema) <= known, set(schema) - known
    found = []
    if "$ref" in schema:
        found += faults(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, root, place)
    if "anyOf" in schema and all(faults(each, value, root, place) for each in schema["anyOf"]):
        found.append(f"{place}: fits none of anyOf")
    if "type" in schema:
        wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(
            isinstance(value, _TYPES[each]) and (each == "boolean" or value is not True) for each in wanted
        ):
            found.append(f"{place}: {value!r} is no {wanted}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} is not in the list")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [f"{place}: lacks {each}" for each in schema.get("required", []) if each not in value]
        for key, inner in value.items():
            rule = properties.get(key, schema.get("additionalProperties", True))
            found += (
                [f"{place}: {key} is no part"]
                if rule is False
                else faults(rule, inner, root, f"{place}.{key}")
            )
    if isinstance(value, list) and "items" in schema:
        for number, inner in enumerate(value):
            found += faults(schema["items"], inner, root, f"{place}[{number}]")
    return found


@pytest.fixture(scope="module")
def starter():
    return Screener(load_playbook(Path(str(files("holdshort").joinpath("starter")))).playbook)


def run(*args):
    return CliRunner().invoke(cli, ["schema", *args])


def test_each_schema_prints_as_json_and_states_its_dialect():
    for name in ("records", "answers"):
        result = run(name)
        assert result.exit_code == 0
        assert json.loads(result.output)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_without_a_name_both_are_printed():
    assert set(json.loads(run().output)) == {"records", "answers"}


def test_an_unknown_name_is_exit_code_two():
    assert run("packets").exit_code == 2


def test_records_and_answers_of_the_open_situations_fit(shared_data, starter):
    path = shared_data / "situations.open.jsonl"
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        data = json.loads(text)["record"]
        answer = json.loads(json.dumps(starter.screen(data, line, NOW).to_json()))
        assert faults(records_schema(), data) == []
        assert faults(answers_schema(), answer) == []
        AnswerModel.model_validate(answer)


def test_answers_of_a_small_playbook_fit(tmp_path):
    screener = Screener(load_playbook(write_playbook(tmp_path / "p")).playbook)
    for data in (
        record(),
        conflicting(),
        record(crm={"stage": "open"}),
        record(handoff={"success_criteria": "TBD"}),
    ):
        assert faults(answers_schema(), json.loads(json.dumps(screener.screen(data, 1, NOW).to_json()))) == []


def test_an_answer_with_a_part_too_many_or_too_few_does_not_fit(tmp_path):
    screener = Screener(load_playbook(write_playbook(tmp_path / "p")).playbook)
    answer = screener.screen(conflicting(), 1, NOW).to_json()
    lacking = {key: value for key, value in answer.items() if key != "gaps"}

    assert faults(answers_schema(), {**answer, "more": 1})
    assert faults(answers_schema(), lacking)
    assert faults(answers_schema(), {**answer, "verdict": "approved"})
    with pytest.raises(ValidationError):
        AnswerModel.model_validate({**answer, "more": 1})


def test_a_system_that_is_no_object_does_not_fit():
    assert faults(records_schema(), {"crm": "closed won"})
    assert faults(records_schema(), {"notes": {"text": "x"}})
    assert not faults(records_schema(), {"crm": None, "notes": [], "anything": 1})
