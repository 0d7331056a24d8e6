"""
Random trees in the shapes that the parser makes, and random records of the corpus's glossary.

Everything is drawn from a `random.Random` or from hypothesis' stand-in for one, which can shrink what it found.
"""

from datetime import date, timedelta
from decimal import Decimal

from holdshort.core.rules import ast
from holdshort.core.rules.predicates import comparable

from .corpus import glossary

UNITS = ("days", "business days", "weeks")
CLOCK_UNITS = (*UNITS, "hours", "minutes")
COMPARISONS = ("at least", "at most", "more than", "less than", "exactly")
COUNTED = ("at least", "at most", "more than", "fewer than", "exactly")
PRESENCE = ("missing", "present", "provided", "conflicting", "stale", "ambiguous")
TEXTS = ("standard", "custom integration", "go-live", 'a "quoted" word', "by {month}", "none", "ä ö", "N/A")


class Trees:
    """Makes trees; `names` narrows the record's names that may be used."""

    def __init__(self, rng, names=None, depth=3):
        self.rng, self.depth = rng, depth
        self.glossary = glossary()
        chosen = (
            [self.glossary.names[each] for each in names] if names else list(self.glossary.names.values())
        )
        self.scalars = [each for each in chosen if not each.is_list]
        self.lists = [each for each in chosen if each.is_list]
        self.narrow = names is not None

    # --- conditions ---

    def condition(self, depth=None, scope=""):
        depth = self.depth if depth is None else depth
        if depth <= 0 or self.rng.random() < 0.3:
            return self.leaf(scope)
        kind = self.rng.choice(("and", "or", "not", "unless", "nested"))
        if kind == "and":
            return ast.And(self._parts(depth, scope, ast.And))
        if kind == "or":
            return ast.Or(self._parts(depth, scope, ast.Or))
        if kind == "not":
            return ast.Not(self.condition(depth - 1, scope))
        if kind == "unless":
            return ast.Unless(self.condition(depth - 1, scope), self.condition(depth - 1, scope))
        return self.quantified(depth - 1) if self.lists else self.leaf(scope)

    def _parts(self, depth, scope, kind):
        parts = []
        for _ in range(self.rng.randint(2, 3)):
            part = self.condition(depth - 1, scope)
            parts.extend(part.parts if isinstance(part, kind) else (part,))
        return tuple(parts)

    def leaf(self, scope=""):
        kinds = ["value"] * 5 + ["group", "agree"]
        if not self.narrow:
            kinds += ["always", "defined", "attached"]
        if self.lists:
            kinds += ["size", "include", "list value", "quantified"]
        if scope:
            kinds += ["field"] * 8
        kind = self.rng.choice(kinds)
        if kind == "always":
            return ast.Always(self.rng.random() < 0.5)
        if kind == "defined":
            return ast.Defined(self.rng.choice(sorted(self.glossary.definitions)))
        if kind == "attached":
            return ast.Attached(self.rng.choice(sorted(self.glossary.systems)), self._flip())
        if kind == "group":
            return self.group()
        if kind == "agree":
            first = self._scalar(scope)
            others = [each for each in self._visible(scope) if comparable(first.type, each.type)]
            names = [first, *(self.rng.choice(others) for _ in range(self.rng.randint(1, 2)))]
            return ast.Agree(tuple(each.name for each in names), self._flip())
        if kind == "size":
            return self.size(ast.NameRef(self.rng.choice(self.lists).name))
        if kind == "include":
            return self.include()
        if kind == "list value":
            name = self.rng.choice(self.lists)
            return ast.Presence(ast.NameRef(name.name), self.rng.choice(PRESENCE), self._flip())
        if kind == "quantified":
            return self.quantified(0)
        if kind == "field":
            return self.element(scope, in_where=True)
        name = self._scalar(scope)
        return self.predicate(ast.NameRef(name.name), name, scope)

    def group(self):
        fit = [each for each in self.scalars if "missing" not in each.spellings]
        first = self.rng.choice(fit or self.scalars)
        alike = [each for each in fit if each.type == first.type and each.options == first.options] or [first]
        names = [first, *(self.rng.choice(alike) for _ in range(self.rng.randint(0, 2)))]
        quantifier, count = self._quantifier()
        body = self._joined(lambda: self.predicate(ast.ItRef(), first, ""))
        return ast.Group(quantifier, count, tuple(each.name for each in names), body)

    def quantified(self, depth):
        name = self.rng.choice(self.lists)
        quantifier, count = self._quantifier()
        where = self.condition(depth, name.name) if self.rng.random() < 0.5 else None
        body = None
        if where is None or quantifier == "every" or self.rng.random() < 0.5:
            body = self._joined(lambda: self.element(name.name))
        return ast.Quantified(quantifier, count, name.name, where, body)

    def element(self, list_name, in_where=False):
        """Something said of an element of a list."""
        owner = self.glossary.list_of(list_name)
        if owner.value_type is not None:
            plain = _plain(owner)
            return self.predicate(ast.ItemRef(), plain, list_name)
        field = self.rng.choice(list(owner.fields.values()))
        if not field.is_list:
            return self.predicate(ast.FieldRef(field.name), field, list_name)
        if field.fields and self.rng.random() < 0.6:
            inner = self.rng.choice(sorted(field.fields))
            return ast.DistinctValues(
                ast.FieldRef(field.name), self.rng.choice(COMPARISONS), self.rng.randint(0, 3), inner
            )
        return self.size(ast.FieldRef(field.name))

    def size(self, term):
        return ast.ListSize(term, self.rng.choice(COMPARISONS), self.rng.randint(0, 3))

    def include(self):
        named = [
            each
            for each in self.lists
            if (by := self.glossary.list_of(each.name).named_by)
            and self.glossary.fields_of(each.name)[by].type == "choice"
        ]
        if not named:
            return self.size(ast.NameRef(self.rng.choice(self.lists).name))
        name = self.rng.choice(named)
        options = self.glossary.fields_of(name.name)[self.glossary.list_of(name.name).named_by].options
        items = []
        for _ in range(self.rng.randint(1, 3)):
            quantifier = self.rng.choice(("no", *COUNTED))
            count = 0 if quantifier == "no" else self.rng.randint(0, 2)
            items.append((quantifier, count, self.rng.choice(options)))
        joined = "or" if len(items) == 1 else self.rng.choice(("and", "or"))
        return ast.Include(name.name, tuple(items), joined)

    def _joined(self, one):
        alternatives = []
        for _ in range(self.rng.choice((1, 1, 1, 2))):
            parts = tuple(one() for _ in range(self.rng.choice((1, 1, 1, 2))))
            alternatives.append(parts[0] if len(parts) == 1 else ast.And(parts))
        return alternatives[0] if len(alternatives) == 1 else ast.Or(tuple(alternatives))

    def _quantifier(self):
        quantifier = self.rng.choice(("any", "every", "no", *COUNTED))
        return quantifier, 0 if quantifier in ("any", "every", "no") else self.rng.randint(0, 3)

    # --- predicates ---

    def predicate(self, term, name, scope):
        kinds = ["presence"]
        if name.type == "choice":
            kinds += ["equals"] * 3 + ["one of", "recognised", "mentions"]
        elif name.type in ("text", "name", "email", "zone"):
            kinds += ["equals", "one of"]
            if name.type != "zone":
                kinds += ["mentions", "in list"]
            if name.type == "text":
                kinds += ["contradicts", "domains", "word list"]
            if name.type == "email":
                kinds += ["domains"] * 2
        elif name.type == "yes/no":
            kinds += ["equals"] * 3
        elif name.type in ("number", "confidence", "money"):
            kinds += ["equals", "one of", "compare", "compare", "between", "differs by"]
        elif name.type in ("date", "time"):
            kinds += [
                "equals",
                "one of",
                "order",
                "order",
                "within",
                "distance",
                "overdue",
                "business day",
                "between",
            ]
        return self._predicate(self.rng.choice(kinds), term, name, scope)

    def _predicate(self, kind, term, name, scope):
        no = self._flip()
        if kind == "presence":
            return ast.Presence(term, self.rng.choice(PRESENCE), no)
        if kind == "equals":
            return ast.Equals(term, self._operand(name, scope, term), no)
        if kind == "one of":
            return ast.OneOf(term, tuple(self._literal(name) for _ in range(self.rng.randint(1, 3))), no)
        if kind == "recognised":
            return ast.Recognised(term, no)
        if kind == "mentions":
            return ast.Mentions(
                term, tuple(self.rng.choice(TEXTS) for _ in range(self.rng.randint(1, 2))), "", no
            )
        if kind == "word list":
            return ast.Mentions(term, (), "commitment words", no)
        if kind == "in list":
            return ast.InList(term, self._value_list(), no)
        if kind == "domains":
            return ast.InDomains(term, self._value_list(), no)
        if kind == "contradicts":
            return ast.Contradicts(term, self.rng.choice(("contract plan", "segment", "contract status")), no)
        if kind == "compare":
            return ast.Compare(term, self.rng.choice(COMPARISONS), self._operand(name, scope, term), no)
        if kind == "between":
            return ast.Between(term, self._operand(name, scope, term), self._operand(name, scope, term), no)
        if kind == "differs by":
            other = self._other(name, scope)
            if other is None:
                return ast.Presence(term, "missing", no)
            return ast.DiffersBy(term, other, self._amount(), self._flip(), "", no)
        if kind == "order":
            relation = self.rng.choice(("before", "after", "on", "on or before", "on or after"))
            return ast.Order(term, relation, self._operand(name, scope, term), no)
        if kind == "business day":
            return ast.BusinessDay(term, no)
        other = self._operand(name, scope, term)
        units = CLOCK_UNITS if name.type == "time" and self._is_time(other, scope) else UNITS
        unit = self.rng.choice(units)
        if kind == "within":
            return ast.Within(term, self._amount(), unit, other, no)
        if kind == "distance":
            side = self.rng.choice(("before", "after"))
            return ast.Distance(term, self.rng.choice(COMPARISONS), self._amount(), unit, side, other, no)
        unit = self.rng.choice(CLOCK_UNITS if name.type == "time" else UNITS)
        return ast.Overdue(term, self._amount(), unit, no)

    def _is_time(self, other, scope):
        match other:
            case ast.Now():
                return True
            case ast.NameRef(name):
                return self.glossary.names[name].type == "time"
            case ast.FieldRef(field):
                return self.glossary.fields_of(scope)[field].type == "time"
        return False

    def _operand(self, name, scope, term):
        if self.rng.random() < 0.35 and (other := self._other(name, scope)):
            return other
        return self._literal(name, moment=True)

    def _other(self, name, scope):
        """Another value that `name` can be compared with."""
        found = [ast.NameRef(each.name) for each in self._visible(scope) if comparable(name.type, each.type)]
        if scope:
            fields = self.glossary.fields_of(scope).values()
            found += [ast.FieldRef(each.name) for each in fields if comparable(name.type, each.type)]
        return self.rng.choice(found) if found else None

    def _literal(self, name, moment=False):
        if name.type == "choice":
            return ast.Choice(self.rng.choice(name.options))
        if name.type in ("text", "name", "email", "zone"):
            return ast.Text(self.rng.choice(TEXTS))
        if name.type == "yes/no":
            return ast.YesNo(self._flip())
        if name.type in ("number", "confidence"):
            if self.rng.random() < 0.2:
                return ast.Threshold(self.rng.choice(sorted(self.glossary.thresholds)))
            return ast.Number(self._amount() * self.rng.choice((1, 1, -1)))
        if name.type == "money":
            if self.rng.random() < 0.3:
                return ast.Number(self._amount())
            return ast.MoneyLiteral(self._amount(), self.rng.choice(("USD", "EUR", "GBP")))
        if moment and self.rng.random() < 0.3:
            return ast.Now() if name.type == "time" and self._flip() else ast.Today()
        return ast.Day(date(2026, 6, 8) + timedelta(days=self.rng.randint(-40, 40)))

    def _amount(self):
        return Decimal(
            self.rng.choice(("0", "1", "2", "3", "5", "14", "0.5", "0.8", "2.25", "100", "1000", "50000"))
        )

    def _value_list(self):
        lists = [each.name for each in self.glossary.names.values() if each.value_type is not None]
        return self.rng.choice(lists)

    def _scalar(self, scope):
        return self.rng.choice(self._visible(scope))

    def _visible(self, scope):
        """Names of the record that no field of the list at hand hides."""
        if not scope:
            return self.scalars
        hidden = {
            word
            for field in self.glossary.fields_of(scope).values()
            for word in (field.name, *field.synonyms)
        }
        return [each for each in self.scalars if each.name not in hidden] or self.scalars

    def _flip(self):
        return self.rng.random() < 0.4


def _plain(owner):
    from dataclasses import replace

    return replace(
        owner, name=owner.item or owner.name, type=owner.value_type, value_type=None, fields={}, item=""
    )


# --- records -------------------------------------------------------------------------------------------------

GOOD = {
    "text": (
        "standard",
        "We build a custom integration",
        "go-live by May",
        "none",
        "Enterprise please",
        "x7",
    ),
    "name": ("Northwind Ltd", "NORTHWIND", "Acme GmbH"),
    "yes/no": (True, False, "yes", "No", 1, 0),
    "number": (0, 5, 100, 100.5, -3, "1,000", "250k"),
    "confidence": (0, 0.5, 0.8, 1),
    "money": (0, 100, 50000, 50000.0, "50,000.00", "$100", "€9.000,00", "250k"),
    "date": ("2026-06-08", "2026-05-06", "2026-07-04", "2026-06-05T22:00:00Z", "8 June 2026"),
    "time": ("2026-06-08T15:30:00Z", "2026-06-05T09:00:00+02:00", "2026-06-08", "2026-06-10 09:00"),
    "zone": ("Europe/Berlin", "America/New_York"),
    "email": ("ann@northwind.example", "Bo@Vendor.example"),
}
ODD = (
    "N/A",
    "tbd",
    "-",
    "",
    " ",
    "none",
    "03/04/2026",
    "1.000",
    "12,5",
    "maybe",
    7,
    0.25,
    True,
    [],
    ["a"],
    {},
    {"a": 1},
    "<b>x</b>",
    1e30,
)


class Records:
    """Makes records of the corpus's glossary: good values and every way in which one can fail to be known."""

    def __init__(self, rng):
        self.rng, self.glossary = rng, glossary()

    def record(self):
        record = {"as_of": "2026-06-08T15:30:00Z"}
        systems = {}
        for name in self.glossary.names.values():
            for path in (*name.paths, *([name.ai_path] if name.ai_path else [])):
                systems.setdefault(path.steps[0].key, []).append((name, path))
        for key, places in systems.items():
            chance = self.rng.random()
            if chance < 0.06:
                continue
            if chance < 0.12:
                record[key] = self.rng.choice((None, {}, "odd", []))
                continue
            plain = [(name, path) for name, path in places if len(path.steps) > 1]
            if len(plain) < len(places) or places[0][1].steps[0].pick is not None:
                self._whole(record, key, places)
                continue
            record[key] = self._about()
            for name, path in plain:
                self._put(record[key], [step.key for step in path.steps[1:]], self.value(name))
            for currency in ("currency", "kickoff_timezone"):
                if self.rng.random() < 0.7:
                    record[key].setdefault(
                        currency, self.rng.choice(("USD", "EUR", None, "", "Europe/Berlin"))
                    )
        return record

    def _about(self):
        about = {}
        if self.rng.random() < 0.2:
            about["_as_of"] = self.rng.choice(("2026-06-01T00:00:00Z", "2025-01-01", "nonsense"))
        if self.rng.random() < 0.3:
            about["locale"] = self.rng.choice(("en-US", "de-DE", ""))
        return about

    def _whole(self, record, key, places):
        """A system that is itself a list."""
        name = places[0][0]
        if key == "reviews":
            kinds = ("security", "Security", "legal")
            states = ("approved", "pending", None, "odd")
            record[key] = [
                {"type": self.rng.choice(kinds), "status": self.rng.choice(states)}
                for _ in range(self.rng.randint(0, 2))
            ]
        else:
            self._put(record, [key], self.list_value(name))

    def _put(self, into, keys, value):
        if value is _LEAVE_OUT:
            return
        for key in keys[:-1]:
            into = into.setdefault(key, {})
        into[keys[-1]] = value

    def value(self, name):
        if name.is_list:
            return self.list_value(name)
        chance = self.rng.random()
        if chance < 0.12:
            return _LEAVE_OUT
        if chance < 0.2:
            return None
        if chance < 0.3:
            return self.rng.choice(ODD)
        value = self.good(name)
        if chance < 0.38:
            return {"value": value, "as_of": self.rng.choice(("2026-06-01", "2024-01-01T00:00:00Z", None))}
        return value

    def good(self, name):
        if name.type == "choice":
            return self.rng.choice((*name.options, *name.options, *name.spellings, "Unheard of"))
        return self.rng.choice(GOOD[name.type])

    def list_value(self, name):
        chance = self.rng.random()
        if chance < 0.08:
            return _LEAVE_OUT
        if chance < 0.14:
            return self.rng.choice((None, "TBD", "odd", 5, {}))
        return [self._element(name) for _ in range(self.rng.choice((0, 1, 1, 2, 3)))]

    def _element(self, name):
        if name.value_type is not None:
            plain = _plain(name)
            return self.rng.choice(ODD) if self.rng.random() < 0.15 else self._domain_or(plain)
        if self.rng.random() < 0.06:
            return self.rng.choice((None, "odd", 5, []))
        element = {}
        for field in name.fields.values():
            self._put(element, [step.key for step in field.paths[0].steps], self.value(field))
        return element

    def _domain_or(self, plain):
        if self.rng.random() < 0.5:
            return self.rng.choice(("northwind.example", "vendor.example", "none"))
        return self.good(plain)


_LEAVE_OUT = object()
