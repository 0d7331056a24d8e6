"""Triggers that keep what was written: events, published registers and checkpoints are added and never changed."""

from collections.abc import Iterator
from typing import Any

from django.db import migrations

IMMUTABLE = {
    "store_event": ("number", "seq"),
    "store_register": ("version",),
    "store_signedcheckpoint": ("no",),
}


def _sqlite(table: str, key: tuple[str, ...]) -> Iterator[str]:
    same = " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
    for word in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER {table}_no_{word.lower()} BEFORE {word} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} never change'); END"
        )
    # REPLACE deletes without telling the trigger above
    there_already = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 (our own names)
    yield (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {there_already} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} never change'); END"
    )


def _postgresql(table: str) -> Iterator[str]:
    yield (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION store_refuse_change()"
    )
    yield (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION store_refuse_change()"
    )


REFUSE = """
CREATE FUNCTION store_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(REFUSE, params=None)
    for table, key in IMMUTABLE.items():
        sqlite = schema_editor.connection.vendor == "sqlite"
        for statement in _sqlite(table, key) if sqlite else _postgresql(table):
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("store", "0001_tables")]  # noqa: RUF012 (Django's way)
    operations = [migrations.RunPython(make)]  # noqa: RUF012 (Django's way)
