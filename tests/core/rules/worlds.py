"""Small worlds: a few expected names of different systems, each in every state in which a value can be."""

from itertools import product

from holdshort.core.rules import ast
from holdshort.core.rules.reference import evaluate
from holdshort.core.rules.walk import nodes

from .corpus import glossary, situation

_TASK = {"title": "a", "owner": "customer", "status": "open", "due": "2026-05-01", "touches": []}
KNOWN = {
    "text": ("standard", "We build a custom integration", "other"),
    "name": ("Northwind Ltd", "Acme", "standard"),
    "yes/no": (True, False),
    "number": (0, 3, 1000),
    "money": (0, 3, 50000),
    "date": ("2026-06-01", "2026-06-08", "2026-07-10"),
    "time": ("2026-06-01T09:00:00Z", "2026-06-08T15:30:00Z", "2026-07-10T09:00:00Z"),
    "zone": ("Europe/Berlin", "America/New_York"),
    "email": ("ann@northwind.example", "bo@vendor.example"),
}
UNREADABLE = {
    "date": "03/04/2026",
    "time": "soon",
    "number": "1.000",
    "money": "1.000",
    "yes/no": "maybe",
    "zone": "Mars",
}
LISTS = {
    "integrations": ([], ["standard"], ["a", "b", "c"]),
    "customer domains": ([], ["vendor.example"], ["northwind.example", "vendor.example"]),
    "vendor domains": ([], ["vendor.example"]),
    "tasks": (
        [],
        [_TASK],
        [{**_TASK, "status": "done"}, {**_TASK, "due": "2026-07-01", "touches": [{"channel": "mail"}]}],
    ),
    "projects": ([], [{"opportunity_id": "a", "status": "active", "created_at": "2026-06-01", "budget": 3}]),
    "stakeholders": ([], [{"role": "admin", "email": "bo@vendor.example", "active": True}]),
}


def systems_of(name):
    return {path.steps[0].key for path in name.paths}


def pools():
    """Expected names that a world may use, by the systems that they occupy."""
    found = {}
    for name in glossary().names.values():
        plain = all(step.pick is None for path in name.paths for step in path.steps)
        usable = name.name in LISTS or (not name.is_list and name.type != "confidence")
        if name.expected and plain and usable and name.paths and name.ai_path is None:
            found.setdefault(frozenset(systems_of(name)), []).append(name)
    return found


def choose(rng, most):
    """Up to `most` names, no two of which share a system, so that each can be in any state."""
    groups = list(pools().items())
    rng.shuffle(groups)
    # One plain value at least, first; the rest may be lists.
    first = next(at for at, (_, found) in enumerate(groups) if not all(name.is_list for name in found))
    groups.insert(0, groups.pop(first))
    taken, names = set(), []
    for systems, found in groups:
        if len(names) < most and not systems & taken:
            names.append(rng.choice(found if names else [name for name in found if not name.is_list]))
            taken |= systems
    return names


def known_values(name):
    if name.is_list:
        return LISTS[name.name]
    return name.options[:3] if name.type == "choice" else KNOWN[name.type]


def states(name):
    """Pairs of a state's name and what it puts into the record, known states first."""
    found = [("known", _at(name, value)) for value in known_values(name)]
    found.append(("missing", _at(name, None)))
    found.append(("not provided", {}))
    if all(len(path.steps) > 1 for path in name.paths):
        found.append(("system null", {path.steps[0].key: None for path in name.paths}))
    if name.type in UNREADABLE and not name.any_answer_means_yes:
        found.append(("unreadable", _at(name, UNREADABLE[name.type])))
    if len(name.paths) > 1:
        first, second = (_put(path, value) for path, value in zip(name.paths, ("a1", "b2"), strict=False))
        found.append(("conflicting", {**first, **second}))
    return found


def _at(name, value):
    record = {}
    for path in name.paths:
        record |= _put(path, value)
    return record


def _put(path, value):
    keys = [step.key for step in path.steps]
    if len(keys) == 1:
        return {keys[0]: value}
    return {keys[0]: {keys[1]: value, "currency": "USD", "handoff": "x", "kickoff_timezone": "UTC"}}


def speaks_of_presence(condition):
    """Whether it asks if a value is there, in words or by way of a definition."""
    for node in nodes(condition):
        if isinstance(node, ast.Presence):
            return True
        if isinstance(node, ast.Defined) and speaks_of_presence(glossary().definitions[node.name]):
            return True
    return False


def world(condition, names):
    """The truth of `condition` for every combination of states of `names`."""
    table = {}
    options = [states(name) for name in names]
    for combination in product(*(range(len(each)) for each in options)):
        record = {"as_of": "2026-06-08T15:30:00Z"}
        for place, choice in enumerate(combination):
            record |= options[place][choice][1]
        table[combination] = evaluate(condition, situation(record))
    return table, options


def contradicted(condition, names):
    """
    Combinations that answer clear or matched though a completion of what is not known answers the opposite.

    Yields (states, answer, completed states, its answer), in words.
    """
    table, options = world(condition, names)
    known = [[at for at, (state, _) in enumerate(each) if state == "known"] for each in options]
    for combination, truth in table.items():
        open_places = [at for at, choice in enumerate(combination) if choice not in known[at]]
        if truth is None or not open_places:
            continue
        choices = [known[at] if at in open_places else [choice] for at, choice in enumerate(combination)]
        for completion in product(*choices):
            if table[completion] is not None and table[completion] != truth:
                yield (
                    _words(names, options, combination),
                    truth,
                    _words(names, options, completion),
                    table[completion],
                )
                break


def _words(names, options, combination):
    return {
        name.name: options[at][choice]
        for at, (name, choice) in enumerate(zip(names, combination, strict=True))
    }
