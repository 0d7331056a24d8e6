"""What only the screens keep: sessions, second factors, failed attempts, saved views, links to identity providers."""

# mypy: disable-error-code="var-annotated"
# (without django-stubs' plugin a field's type is not known)

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models


class SignedIn(AbstractBaseSession):
    """A session. Before somebody signs in `account` is empty."""

    account = models.CharField(max_length=150, default="", db_index=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    agent = models.TextField(default="")
    """The browser in its own words, cut short."""

    objects: ClassVar[BaseSessionManager[Any]] = BaseSessionManager()

    @classmethod
    def get_session_store_class(cls) -> Any:
        from holdshort.web.signing_in.sessions import SessionStore

        return SessionStore


class SavedView(models.Model):
    """A way of looking at the inbox: `query` is the address's own query string."""

    account = models.CharField(max_length=150)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="saved_view_once"),
        ]


class SecondFactor(models.Model):
    """
    Somebody's authenticator app. `secret` is sealed; before it was shown to work once, `since` is empty.

    `last_step` is the time step of the last code that was taken, so that none is taken twice. `recovery` are digests of
    the codes that are left, one a line.
    """

    account = models.CharField(max_length=150, primary_key=True)
    secret = models.TextField()
    since = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    recovery = models.TextField(default="")

    objects: ClassVar[models.Manager[Any]] = models.Manager()


class FailedAttempt(models.Model):
    """A password or code that was wrong: counted, to slow down whoever guesses."""

    account = models.CharField(max_length=150)
    address = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "at"], name="failed_attempt_account"),
            models.Index(fields=["address", "at"], name="failed_attempt_address"),
        ]


class SignInLink(models.Model):
    """
    That an account may sign in at an identity provider: as the person whom issuer and subject name, for good.

    Before it is used the first time `subject` is empty: then whoever has the one-time link (`token` is its digest, good
    `until` then) and the verified address `email` becomes that person.
    """

    account = models.CharField(max_length=150)
    provider = models.CharField(max_length=40)
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255, default="")
    email = models.CharField(max_length=254, default="")
    token = models.CharField(max_length=64, default="")
    until = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "provider"], name="sign_in_link_once"),
            models.UniqueConstraint(
                fields=["issuer", "subject"], condition=~models.Q(subject=""), name="sign_in_link_one_person"
            ),
        ]
