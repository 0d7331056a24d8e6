"""Other engines beside ours: ten conditions that all of them can say, and what each answers where a value is not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from bench.contestants import NOW, WRITTEN
from bench.made_records import typed_records
from bench.timing import Figure, each_of, processor_time, shown
from holdshort.core.reading import RecordReader
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.vocabulary import Vocabulary

PART = "4. peers"
Condition = tuple[tuple[str, str, Any], ...]
Engine = Callable[[list[Condition]], Callable[[dict[str, Any]], list[Any]]]


class Path(str):
    """The other side of a comparison, where it is a value of the record."""


# Each is a conjunction of comparisons: (path, operator, constant or path). Beside it the same in the rule language.
CONDITIONS: list[tuple[Condition, str]] = [
    ((("contract.plan", "!=", Path("order_form.plan")),), "contract plan differs from order form plan"),
    ((("provisioning.seats", ">", Path("contract.seats")),), "provisioned seats is more than contract seats"),
    (
        (("order_form.sso", "==", True), ("crm.security_review", "!=", "approved")),
        "SSO is yes and security review is not approved",
    ),
    ((("crm.arr", ">=", 100_000),), "ARR is at least 100,000"),
    ((("contract.status", "!=", "signed"),), "contract status is not signed"),
    ((("ai_output.confidence", "<", 0.8),), "AI confidence is below 0.8"),
    ((("crm.currency", "!=", Path("contract.currency")),), "CRM currency differs from contract currency"),
    (
        (("contract.dpa_required", "==", True), ("contract.dpa_signed", "==", False)),
        "DPA required is yes and DPA signed is no",
    ),
    ((("trigger.environment", "!=", "production"),), "environment is not production"),
    ((("billing.tax_status", "==", "failed"),), "billing tax status is failed"),
]
# What is asked of a record whose value is not there, null or of another kind.
QUESTIONS: list[tuple[Condition, str]] = [
    ((("contract.seats", "<", 100),), "contract seats is less than 100"),
    ((("contract.plan", "!=", "Pro"),), "contract plan is not Pro"),
]
STATES: list[tuple[str, dict[str, Any]]] = [
    ("missing", {"contract": {}}),
    ("null", {"contract": {"seats": None, "plan": None}}),
    ("wrong type", {"contract": {"seats": "about a hundred", "plan": ["Pro"]}}),
]


def ours(conditions: list[str]) -> Callable[[dict[str, Any]], list[Any]]:
    from holdshort.core.clause_parser import ClauseParser

    playbook = WRITTEN.loaded().playbook
    parser = ClauseParser(Vocabulary(playbook.glossary), playbook.catalogue)
    reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
    rules = CompiledRules([parser.condition(each) for each in conditions], reader, playbook.settings.calendar)
    return lambda record: rules.evaluate(record, NOW)


# --- one engine, one function: conditions to a function from a record to answers ---


def _infix(condition: Condition, conjunction: str, literal: Callable[[Any], str]) -> str:
    parts = [
        f"{path} {sign} {other if isinstance(other, Path) else literal(other)}"
        for path, sign, other in condition
    ]
    return f" {conjunction} ".join(parts)


def _json_logic(condition: Condition) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {sign: [{"var": path}, {"var": str(other)} if isinstance(other, Path) else other]}
        for path, sign, other in condition
    ]
    return parts[0] if len(parts) == 1 else {"and": parts}


def datalogic(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    import datalogic_py

    engine = datalogic_py.Engine()
    rules = [engine.compile(json.dumps(_json_logic(each))) for each in conditions]

    def answer(record: dict[str, Any]) -> list[Any]:
        data = datalogic_py.DataHandle(json.dumps(record))
        return [_tried(lambda rule=rule: rule.evaluate_data(data)) for rule in rules]

    return answer


def zen(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    import zen as engine

    rules = [engine.compile_expression(_infix(each, "and", json.dumps)) for each in conditions]
    return lambda record: [_tried(lambda rule=rule: rule.evaluate(record)) for rule in rules]


def json_logic(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    from json_logic import jsonLogic

    rules = [_json_logic(each) for each in conditions]
    return lambda record: [_tried(lambda rule=rule: jsonLogic(rule, record)) for rule in rules]


def rule_engine(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    import rule_engine as engine

    context = engine.Context(resolver=engine.resolve_item)
    rules = [engine.Rule(_infix(each, "and", json.dumps), context=context) for each in conditions]
    return lambda record: [_tried(lambda rule=rule: rule.matches(record)) for rule in rules]


def cel_python(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    import celpy

    environment = celpy.Environment()
    rules = [environment.program(environment.compile(_infix(each, "&&", json.dumps))) for each in conditions]

    def answer(record: dict[str, Any]) -> list[Any]:
        data = celpy.json_to_cel(record)
        return [_tried(lambda rule=rule: bool(rule.evaluate(data))) for rule in rules]

    return answer


def common_expression_language(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    import cel

    rules = [cel.compile(_infix(each, "&&", json.dumps)) for each in conditions]
    return lambda record: [_tried(lambda rule=rule: rule.execute(record)) for rule in rules]


def business_rules(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    """It compares with constants only and has no "differs": a condition that needs either is left out (None)."""
    from business_rules import engine, variables

    def kind(value: Any) -> Any:
        for python_type, rule_variable in (
            (bool, variables.boolean_rule_variable),
            (str, variables.string_rule_variable),
        ):
            if isinstance(value, python_type):
                return rule_variable
        return variables.numeric_rule_variable

    def getter(path: str) -> Callable[[Any], Any]:
        system, field = path.split(".")
        return lambda self: self.record[system].get(field)

    fields = {
        path.replace(".", "_"): kind(other)(getter(path))
        for each in [*conditions]
        for path, _, other in each
        if not isinstance(other, Path)
    }
    deal = type(
        "Deal",
        (variables.BaseVariables,),
        {"__init__": lambda self, record: setattr(self, "record", record), **fields},
    )

    def test(path: str, sign: str, other: Any) -> dict[str, Any]:
        name = path.replace(".", "_")
        if isinstance(other, bool):
            return {"name": name, "operator": "is_true" if other else "is_false", "value": True}
        if isinstance(other, str):
            is_equal = {"name": name, "operator": "equal_to", "value": other}
            return is_equal
        signs = {
            "<": "less_than",
            ">": "greater_than",
            ">=": "greater_than_or_equal_to",
            "<=": "less_than_or_equal_to",
        }
        return {"name": name, "operator": signs[sign], "value": other}

    def rule(condition: Condition) -> Callable[[Any], Any]:
        differs = len(condition) > 1 and any(sign == "!=" for _, sign, _ in condition)
        if differs or any(isinstance(other, Path) for _, _, other in condition):
            return lambda variables_: None
        tests = {"all": [test(*each) for each in condition]}
        turned = len(condition) == 1 and condition[0][1] == "!="
        return lambda values: engine.check_conditions_recursively(tests, values) != turned

    rules = [rule(each) for each in conditions]
    return lambda record: [_tried(lambda rule=rule: rule(deal(record))) for rule in rules]


def _tried(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:
        return type(error)


# --- the same in one list, which spares an engine all but one look at the record ---


def _listed(answers: list[Any]) -> list[Any]:
    return [bool(each) for each in answers]


def datalogic_list(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    import datalogic_py

    rule = datalogic_py.Engine().compile(json.dumps([_json_logic(each) for each in conditions]))
    return lambda record: _listed(rule.evaluate(record))


def zen_list(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    import zen as engine

    rule = engine.compile_expression(f"[{', '.join(_infix(each, 'and', json.dumps) for each in conditions)}]")
    return lambda record: _listed(rule.evaluate(record))


def cel_list(conditions: list[Condition]) -> Callable[[dict[str, Any]], list[Any]]:
    import cel

    rule = cel.compile(f"[{', '.join(_infix(each, '&&', json.dumps) for each in conditions)}]")
    return lambda record: _listed(rule.execute(record))


LISTS: dict[str, Engine] = {
    "datalogic-py": datalogic_list,
    "zen-engine": zen_list,
    "common-expression-language": cel_list,
}


# --- over columns: all records at once ---


def _columns(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    paths = dict.fromkeys(
        str(each) for condition, _ in CONDITIONS for path, _, other in condition
        for each in ((path, other) if isinstance(other, Path) else (path,))
    )  # fmt: skip
    return {
        path.replace(".", "_"): [
            (record.get(path.split(".")[0]) or {}).get(path.split(".")[1]) for record in records
        ]
        for path in paths
    }


def polars_columns(records: list[dict[str, Any]]) -> Callable[[], object]:
    import operator

    import polars

    signs = {"==": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt}
    frame = polars.DataFrame(_columns(records))

    def side(other: Any) -> Any:
        return polars.col(other.replace(".", "_")) if isinstance(other, Path) else polars.lit(other)

    tests = [
        polars.all_horizontal(
            [signs[sign](side(Path(path)), side(other)) for path, sign, other in condition]
        ).alias(str(at))
        for at, (condition, _) in enumerate(CONDITIONS)
    ]
    return lambda: frame.select(tests)


def duckdb_columns(records: list[dict[str, Any]]) -> Callable[[], object]:
    import duckdb
    import polars

    connection = duckdb.connect()
    connection.execute("SET threads TO 1")
    table = polars.DataFrame(_columns(records)).to_dict(as_series=False)
    names = list(table)
    kinds = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}

    def kind(values: list[Any]) -> str:
        return kinds[type(next((each for each in values if each is not None), ""))]

    connection.execute(f"CREATE TABLE deals ({', '.join(f'{name} {kind(table[name])}' for name in names)})")
    rows = list(zip(*(table[name] for name in names), strict=True))
    connection.executemany(f"INSERT INTO deals VALUES ({', '.join('?' for _ in names)})", rows)

    def literal(value: Any) -> str:
        return f"'{value}'" if isinstance(value, str) else str(value)

    tests = ", ".join(
        " AND ".join(
            f"{path.replace('.', '_')} {sign} {other.replace('.', '_') if isinstance(other, Path) else literal(other)}"
            for path, sign, other in condition
        )
        for condition, _ in CONDITIONS
    )
    return lambda: connection.execute(f"SELECT {tests} FROM deals").fetchall()


ROUTINE: dict[str, Engine] = {"datalogic-py": datalogic, "zen-engine": zen}
OTHERS: dict[str, Engine] = {
    "rule-engine": rule_engine,
    "json-logic-qubit": json_logic,
    "cel-python": cel_python,
    "common-expression-language": common_expression_language,
    "business-rules": business_rules,
}
COLUMNS = {"polars": polars_columns, "duckdb": duckdb_columns}


def run(quick: bool, every: bool = False) -> Iterator[Figure]:
    count, rounds = (300, 3) if quick else (1_000, 5)
    engines = {**ROUTINE, **(OTHERS if every else {})}
    conditions = [each for each, _ in CONDITIONS]
    mine = ours([said for _, said in CONDITIONS])
    records = list(typed_records(count, 3))
    for name, engine in engines.items():
        release = _version(name)
        if release is None:
            continue
        theirs = LISTS.get(name, engine)(conditions)
        differing = sum(
            bool(left) is not right for each in records for left, right in zip(theirs(each), mine(each), strict=True)
            if left is not None
        )  # fmt: skip
        ratios = [
            processor_time(lambda: each_of(theirs, records))  # noqa: B023
            / processor_time(lambda: each_of(mine, records))
            for _ in range(rounds)
        ]
        yield shown(
            PART,
            f"{name} {release}{' (one list)' if name in LISTS else ''}: its time against ours, 10 conditions",
            ratios,
            answers_that_differ=differing,
        )
    for name, columns in COLUMNS.items() if every else ():
        release = _version(name)
        if release is None:
            continue
        work = columns(records)
        ratios = [
            processor_time(work) / processor_time(lambda: each_of(mine, records)) for _ in range(rounds)
        ]
        yield shown(PART, f"{name} {release} over columns: its time against ours, 10 conditions", ratios)


def answers(every: bool = False) -> list[list[str]]:
    """A table: what each engine says where a value is missing, null or of another kind."""
    heads = [f"{said}; {state}" for _, said in QUESTIONS for state, _ in STATES]
    table = [["engine", *heads]]
    mine = ours([said for _, said in QUESTIONS])
    table.append(["Holdshort", *_row(mine)])
    for name, engine in {**ROUTINE, **(OTHERS if every else {})}.items():
        release = _version(name)
        if release is not None:
            table.append([f"{name} {release}", *_row(engine([each for each, _ in QUESTIONS]))])
    return table


def _row(engine: Callable[[dict[str, Any]], list[Any]]) -> list[str]:
    by_state = [engine(record) for _, record in STATES]
    return [_said(answer[question]) for question in range(len(QUESTIONS)) for answer in by_state]


def _said(answer: Any) -> str:
    if isinstance(answer, type):
        return "error"
    return {True: "true", False: "false", None: "cannot tell"}.get(answer, str(answer))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
