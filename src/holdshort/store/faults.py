"""What a driver's error means: somebody wrote first, or the store is not to be had now, and how to mend that."""

from __future__ import annotations

import sqlite3

from holdshort.ports import Conflict, Unavailable
from holdshort.store.places import Place
from holdshort.store.sealing import CannotOpen, KeyProblem

_WRITE_FIRST = "somebody else wrote first; nothing was written"

# by the beginning of SQLite's name for the error: words, mend
_SQLITE: tuple[tuple[str, str, str], ...] = (
    (
        "SQLITE_BUSY",
        "{place} is locked by another program",
        "try again; see that no other program holds it open",
    ),
    ("SQLITE_LOCKED", "{place} is locked", "try again"),
    (
        "SQLITE_READONLY",
        "{place} cannot be written: it is read-only",
        "give its owner write access to file and folder",
    ),
    (
        "SQLITE_FULL",
        "the disk of {place} is full; nothing was written",
        "free some space; nothing else is needed",
    ),
    (
        "SQLITE_IOERR",
        "the disk of {place} refused to read or write",
        "look for a full or failing disk or a size limit, then run `holdshort doctor`",
    ),
    ("SQLITE_NOTADB", "{place} is not a database of Holdshort", "check the path; otherwise restore a backup"),
    ("SQLITE_CORRUPT", "{place} is damaged", "stop Holdshort, keep a copy, restore the last backup"),
    (
        "SQLITE_CANTOPEN",
        "{place} cannot be opened",
        "check that the file and its folder exist and may be written",
    ),
    ("SQLITE_PERM", "{place} may not be opened", "check who owns the file and its folder"),
    ("SQLITE_SCHEMA", "{place} was changed by another program", "try again"),
)

# by the beginning of the SQLSTATE
_POSTGRESQL: tuple[tuple[str, str, str], ...] = (
    ("28", "{place} refuses the sign-in", "check user and password in the URL"),
    ("3D", "{place} does not exist", "create it, or correct the name in the URL"),
    ("53100", "the disk of {place} is full; nothing was written", "free some space; nothing else is needed"),
    ("53300", "{place} has no connection left", "raise max_connections or run fewer programs"),
    ("53", "{place} is short of resources", "look at its log"),
    ("55P03", "{place} is locked by another transaction", "try again"),
    ("57014", "{place} took too long over a statement", "try again; look for long transactions there"),
    ("25006", "{place} is read-only: a replica, or set so", "name the primary in the URL"),
    ("25P03", "{place} ended a transaction that fell silent", "try again"),
    ("42501", "{place} refuses the right that this needs", "let the user in the URL own the tables"),
    ("58", "the disk of {place} refused to read or write", "look for a failing disk, and at its log"),
    ("XX", "{place} reports damage", "look at its log; restore the last backup"),
    ("57P", "{place} is going down or starting", "wait for it; nothing else is needed"),
    ("08", "{place} is away", "start it, or check the network; nothing else is needed"),
)

_CONFLICTS = ("23505", "23P01", "23000", "40001", "40P01")
"""Taken key, overlapping range, an immutable row, serialization failure, deadlock."""


def foretold(error: BaseException, place: Place, *, committing: bool = False) -> Exception | None:
    """
    The Conflict or Unavailable that a driver's error stands for; None where it is a fault of ours.

    Args:
        error: an error of Django's or of a driver.
        committing: it came in answer to COMMIT, so that a lost connection leaves the outcome unknown.
    """
    if isinstance(error, KeyProblem | CannotOpen):
        return Unavailable(str(error), getattr(error, "mend", "") or "restore the last backup, with its keys")
    if type(error).__module__.startswith("django.db"):
        error = error.__cause__ or error
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, place, committing)
    if hasattr(error, "sqlstate") and hasattr(error, "diag"):
        return _of_postgresql(error, place, committing)
    return None


def is_drivers(error: BaseException) -> bool:
    """Whether a database said it, so that PostgreSQL has given up the transaction."""
    return type(error).__module__.startswith(("django.db", "sqlite3", "psycopg"))


def _of_sqlite(error: sqlite3.Error, place: Place, committing: bool) -> Exception | None:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(
        ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_TRIGGER")
    ):
        return Conflict(_WRITE_FIRST)
    if "no such table" in str(error) or "no such column" in str(error):
        return not_ours(place)
    for start, words, mend in _SQLITE:
        if name.startswith(start):
            unknown = committing and start == "SQLITE_IOERR"
            return Unavailable(words.format(place=place.shown), mend, outcome_unknown=unknown)
    return None


def _of_postgresql(error: BaseException, place: Place, committing: bool) -> Exception | None:
    state = getattr(error, "sqlstate", None)
    if state is None:
        return _without_state(error, place, committing)
    if state in _CONFLICTS:
        return Conflict(_WRITE_FIRST)
    if state in ("42P01", "42703"):
        return not_ours(place)
    for start, words, mend in _POSTGRESQL:
        if state.startswith(start):
            unknown = committing and start in ("57P", "08", "58", "XX")
            return Unavailable(words.format(place=place.shown), mend, outcome_unknown=unknown)
    return None


def _without_state(error: BaseException, place: Place, committing: bool) -> Exception | None:
    """The driver itself speaks: there is no connection, or it broke off."""
    from psycopg import InterfaceError, OperationalError

    if not isinstance(error, OperationalError | InterfaceError):
        return None
    for state, hint in (
        ("28", "authentication failed"),
        ("3D", "does not exist"),
        ("25006", "is not writable"),
    ):
        if hint in str(error) or (state == "25006" and "read-only" in str(error)):
            words, mend = next((words, mend) for start, words, mend in _POSTGRESQL if start == state)
            return Unavailable(words.format(place=place.shown), mend)
    return Unavailable(
        f"{place.shown} is away",
        "start it, or check the network; nothing else is needed",
        outcome_unknown=committing,
    )


def not_ours(place: Place) -> Unavailable:
    return Unavailable(
        f"{place.shown} does not have the tables of this Holdshort",
        "check the path or URL, then run `holdshort doctor`",
    )
