"""
The tables behind the API. Instants are UTC.

What stands in `sealed` came from a customer's records or names what is to be done: it is sealed under the master key and
goes with its row, which no row outlives for long (`service.api_answers`, `service.incoming`).
"""

# mypy: disable-error-code="var-annotated"
# (without django-stubs' plugin a field's type is not known)

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q


class ApiKey(models.Model):
    """A key, of which only a hash is kept. `owner` answers for it; a person's key acts as its owner."""

    prefix = models.CharField(max_length=16, primary_key=True)
    digest = models.CharField(max_length=64)
    name = models.TextField(unique=True)
    kind = models.TextField()
    owner = models.TextField()
    scopes = models.TextField()
    """Sorted, with blanks between."""
    created_by = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class ApiAnswer(models.Model):
    """What was answered under an Idempotency-Key. `digest` is the request's, `sealed` the answer."""

    pk = models.CompositePrimaryKey("caller", "key")
    caller = models.TextField()
    key = models.TextField()
    digest = models.CharField(max_length=64)
    status = models.IntegerField()
    sealed = models.BinaryField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="api_answer_at")]


class Incoming(models.Model):
    """
    Something another system sent, durable before it is answered. `event` tells a repetition.

    `state`: waiting, done, failed. Once done nothing of the body is left.
    """

    source = models.TextField()
    event = models.TextField()
    channel = models.TextField()
    state = models.TextField()
    sealed = models.BinaryField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    number = models.BigIntegerField(null=True)
    why = models.TextField(default="")

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "event"], name="api_incoming_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="api_incoming_due"),
            models.Index(fields=["received_at"], name="api_incoming_at"),
        ]


class Subscription(models.Model):
    """Who wants to hear of what. The signing secret is derived from the master key, `id` and `secret_no`."""

    url = models.TextField()
    kinds = models.TextField()
    """Sorted, with blanks between; `*` for all of them."""
    secret_no = models.IntegerField(default=1)
    about = models.TextField(default="")
    created_by = models.TextField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class Delivery(models.Model):
    """
    One message to one subscriber: ids and kinds, nothing from a customer's record.

    `state`: waiting, delivered, failed. `event` is the webhook-id, the same for every try.
    """

    subscription = models.BigIntegerField()
    event = models.TextField()
    kind = models.TextField()
    body = models.TextField()
    state = models.TextField()
    tries = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)
    why = models.TextField(default="")

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "event"], name="api_delivery_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="api_delivery_due"),
            models.Index(fields=["created_at"], name="api_delivery_at"),
        ]
