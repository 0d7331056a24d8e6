"""Who may sign in and what they are; whose reviews somebody else may decide for a while."""

from __future__ import annotations

from holdshort.ports import Delegation, User
from holdshort.store.sql import Sql, changing, utc

_USERS = """
SELECT a."name", a."title", a."email", a."active", r."role"
FROM store_account a LEFT JOIN store_accountrole r ON r."account_id" = a."id" ORDER BY a."name"
"""
_DELEGATION = ("from_user", "to_user", "starts_at", "ends_at")


def users(sql: Sql) -> list[User]:
    """Everybody, by name."""
    found: dict[str, User] = {}
    for name, title, email, active, role in sql.rows(_USERS):
        known = found.get(name)
        roles = (known.roles if known else frozenset()) | ({role} if role else frozenset())
        found[name] = User(name, title, email, roles, bool(active))
    return [found[name] for name in sorted(found)]


def put_user(alias: str, user: User, password: str | None) -> None:
    """Add or change somebody within the open transaction. A new one without a password cannot sign in with one."""
    from holdshort.store.models import Account, AccountRole

    account = Account.objects.using(alias).filter(name=user.name).first() or Account(name=user.name)
    account.title, account.email, account.is_active = user.title, user.email, user.active
    if password is not None or not account.password:
        account.set_password(password)
    account.save(using=alias)
    roles = AccountRole.objects.using(alias)
    roles.filter(account_id=account.pk).exclude(role__in=user.roles).delete()
    for role in sorted(user.roles):
        roles.get_or_create(account_id=account.pk, role=role)


def password_is(alias: str, name: str, password: str) -> bool:
    """Takes as long for somebody unknown."""
    from holdshort.store.models import Account

    account = Account.objects.using(alias).filter(name=name).first()
    if account is None:
        Account().set_password(password)
        return False
    return bool(account.check_password(password)) and bool(account.is_active)


def delegations(sql: Sql) -> list[Delegation]:
    found = sql.rows(
        'SELECT "from_user", "to_user", "starts_at", "ends_at" FROM store_delegationrow '
        'ORDER BY "from_user", "to_user", "starts_at"'
    )
    return [Delegation(one, other, utc(start), utc(end)) for one, other, start, end in found]


def put_delegation(sql: Sql, delegation: Delegation) -> None:
    """Add it; one with the same people and start takes the new end."""
    values = (
        delegation.from_user,
        delegation.to_user,
        sql.moment(delegation.starts_at),
        sql.moment(delegation.ends_at),
    )
    sql.add("store_delegationrow", _DELEGATION, [values], changing(_DELEGATION, 3))
