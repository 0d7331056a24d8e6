"""
The tables.

Instants are UTC. `number` is an onboarding's, `no` counts within it. There are no foreign keys to an onboarding: only
`transaction.append` writes these rows, after it has locked that onboarding. Rows of Event, Register and Checkpoint never
change; triggers see to it (`migrations/`).
"""

# mypy: disable-error-code="var-annotated"
# (without django-stubs' plugin a field's type is not known)

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q


class Onboarding(models.Model):
    """One onboarding. `version` is the seq of its last event and `head` that event's hash."""

    number = models.BigAutoField(primary_key=True)
    key = models.TextField(unique=True)
    version = models.IntegerField(default=0)
    head = models.CharField(max_length=64)
    unanchored = models.BooleanField(default=False)
    """Whether it has grown since the last checkpoint."""
    key_no = models.IntegerField(default=0)
    """Which key its private parts have: 0 none, and one more after every erasure."""
    title = models.TextField(default="")
    folded = models.TextField(default="")
    """What a search looks through."""
    lane = models.TextField(default="")
    segment = models.TextField(default="")
    stage = models.TextField(default="")
    state = models.TextField(default="")
    verdict = models.TextField(default="")
    tier = models.TextField(default="")
    register = models.IntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    legal_hold = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["wake_at", "number"], condition=Q(wake_at__isnull=False), name="onboarding_wake"
            ),
            models.Index(
                fields=["register", "number"], condition=Q(closed_at__isnull=True), name="onboarding_pinned"
            ),
            models.Index(fields=["number"], condition=Q(unanchored=True), name="onboarding_unanchored"),
        ]


class Event(models.Model):
    """Something that happened. `commitment` stands for its private part, or is empty."""

    pk = models.CompositePrimaryKey("number", "seq")
    number = models.BigIntegerField()
    seq = models.IntegerField()
    kind = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()
    body = models.TextField()
    commitment = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class EventSecret(models.Model):
    """The private part of an event, sealed. Erased: what is left is not what the commitment covers, or nothing is."""

    pk = models.CompositePrimaryKey("number", "seq")
    number = models.BigIntegerField()
    seq = models.IntegerField()
    ciphertext = models.BinaryField()
    erased = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class Attachment(models.Model):
    """The bytes of a file beside an onboarding. What opens them stands in the private part of its event, nowhere else."""

    pk = models.CompositePrimaryKey("number", "no")
    number = models.BigIntegerField()
    no = models.IntegerField()
    ciphertext = models.BinaryField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class SubjectKey(models.Model):
    """The key of an onboarding's private parts, wrapped under the master key."""

    number = models.BigIntegerField(primary_key=True)
    key_no = models.IntegerField()
    wrapped = models.BinaryField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class Review(models.Model):
    pk = models.CompositePrimaryKey("number", "no")
    number = models.BigIntegerField()
    no = models.IntegerField()
    case = models.TextField()
    about = models.TextField()
    tier = models.TextField()
    owner = models.TextField()
    claimed_by = models.TextField()
    status = models.TextField()
    opened_at = models.DateTimeField()
    at_risk_at = models.DateTimeField()
    breaches_at = models.DateTimeField()
    breached = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "breaches_at", "number", "no"], name="review_inbox"),
        ]


class Action(models.Model):
    pk = models.CompositePrimaryKey("number", "no")
    number = models.BigIntegerField()
    no = models.IntegerField()
    kind = models.TextField()
    status = models.TextField()
    target = models.TextField()
    digest = models.TextField()
    key = models.TextField()
    due_at = models.DateTimeField(null=True)
    attempt = models.IntegerField(default=0)
    worker = models.TextField(default="")
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    recipients = models.TextField(default="[]")
    """Keyed hashes, as JSON."""

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "number", "no"], condition=Q(status="released"), name="action_due"
            ),
            models.Index(
                fields=["lease_until", "number", "no"], condition=Q(status="attempting"), name="action_lost"
            ),
            models.Index(fields=["status", "number", "no"], name="action_status"),
        ]


class Run(models.Model):
    """One attempt at an action, for the caps."""

    pk = models.CompositePrimaryKey("number", "no", "attempt")
    number = models.BigIntegerField()
    no = models.IntegerField()
    attempt = models.IntegerField()
    target = models.TextField()
    started_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["started_at"], name="run_started"),
            models.Index(fields=["target", "started_at"], name="run_target"),
        ]


class RunRecipient(models.Model):
    pk = models.CompositePrimaryKey("recipient", "started_at", "number", "no", "attempt")
    recipient = models.TextField()
    started_at = models.DateTimeField()
    number = models.BigIntegerField()
    no = models.IntegerField()
    attempt = models.IntegerField()
    target = models.TextField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class Mark(models.Model):
    """The name of something that was handled. It is there or it is not."""

    name = models.TextField(primary_key=True)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class PauseSwitch(models.Model):
    scope = models.TextField(primary_key=True)
    by = models.TextField()
    reason = models.TextField()
    since = models.DateTimeField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class Fact(models.Model):
    """A named value about the whole store: `quarantine`, `scrub`."""

    name = models.TextField(primary_key=True)
    value = models.TextField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class Register(models.Model):
    """A published playbook. `files` is zlib over MessagePack: name to bytes."""

    version = models.IntegerField(primary_key=True)
    digest = models.TextField()
    author = models.TextField()
    publisher = models.TextField()
    published_at = models.DateTimeField()
    files = models.BinaryField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class SignedCheckpoint(models.Model):
    """A signed statement about the heads of all chains. `heads` is JSON: number, seq, hash."""

    no = models.IntegerField(primary_key=True)
    at = models.DateTimeField()
    heads = models.TextField()
    previous = models.CharField(max_length=64)
    signature = models.TextField()
    key_id = models.TextField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class Account(AbstractBaseUser):
    """A person who may sign in. The password is hashed with Argon2; without one it is unusable."""

    name = models.CharField(max_length=150, unique=True)
    title = models.TextField(default="", blank=True)
    email = models.EmailField(max_length=254, default="", blank=True)
    is_active = models.BooleanField(default=True, db_column="active")

    USERNAME_FIELD = "name"
    EMAIL_FIELD = "email"

    objects: ClassVar[BaseUserManager[Any]] = BaseUserManager()


class AccountRole(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="roles")
    role = models.TextField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "role"], name="account_role_once")
        ]


class DelegationRow(models.Model):
    from_user = models.TextField()
    to_user = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["from_user", "to_user", "starts_at"], name="delegation_once")
        ]
