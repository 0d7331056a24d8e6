"""The tables, as `models.py` had them first."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []  # noqa: RUF012 (made by Django)

    operations = [  # noqa: RUF012 (made by Django)
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("name", models.CharField(max_length=150, unique=True)),
                ("title", models.TextField(blank=True, default="")),
                ("email", models.EmailField(blank=True, default="", max_length=254)),
                ("is_active", models.BooleanField(db_column="active", default=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "number", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("seq", models.IntegerField()),
                ("kind", models.TextField()),
                ("at", models.DateTimeField()),
                ("actor", models.TextField()),
                ("body", models.TextField()),
                ("commitment", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("previous", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="EventSecret",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "number", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("seq", models.IntegerField()),
                ("ciphertext", models.BinaryField()),
                ("erased", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("value", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PauseSwitch",
            fields=[
                ("scope", models.TextField(primary_key=True, serialize=False)),
                ("by", models.TextField()),
                ("reason", models.TextField()),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Register",
            fields=[
                ("version", models.IntegerField(primary_key=True, serialize=False)),
                ("digest", models.TextField()),
                ("author", models.TextField()),
                ("publisher", models.TextField()),
                ("published_at", models.DateTimeField()),
                ("files", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="RunRecipient",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "recipient",
                        "started_at",
                        "number",
                        "no",
                        "attempt",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("recipient", models.TextField()),
                ("started_at", models.DateTimeField()),
                ("number", models.BigIntegerField()),
                ("no", models.IntegerField()),
                ("attempt", models.IntegerField()),
                ("target", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SignedCheckpoint",
            fields=[
                ("no", models.IntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("heads", models.TextField()),
                ("previous", models.CharField(max_length=64)),
                ("signature", models.TextField()),
                ("key_id", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("key_no", models.IntegerField()),
                ("wrapped", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "number", "no", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("no", models.IntegerField()),
                ("kind", models.TextField()),
                ("status", models.TextField()),
                ("target", models.TextField()),
                ("digest", models.TextField()),
                ("key", models.TextField()),
                ("due_at", models.DateTimeField(null=True)),
                ("attempt", models.IntegerField(default=0)),
                ("worker", models.TextField(default="")),
                ("lease_until", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("recipients", models.TextField(default="[]")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "released")),
                        fields=["due_at", "number", "no"],
                        name="action_due",
                    ),
                    models.Index(
                        condition=models.Q(("status", "attempting")),
                        fields=["lease_until", "number", "no"],
                        name="action_lost",
                    ),
                    models.Index(fields=["status", "number", "no"], name="action_status"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DelegationRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_user", models.TextField()),
                ("to_user", models.TextField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("from_user", "to_user", "starts_at"), name="delegation_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Onboarding",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.TextField(unique=True)),
                ("version", models.IntegerField(default=0)),
                ("head", models.CharField(max_length=64)),
                ("unanchored", models.BooleanField(default=False)),
                ("key_no", models.IntegerField(default=0)),
                ("title", models.TextField(default="")),
                ("folded", models.TextField(default="")),
                ("lane", models.TextField(default="")),
                ("segment", models.TextField(default="")),
                ("stage", models.TextField(default="")),
                ("state", models.TextField(default="")),
                ("verdict", models.TextField(default="")),
                ("tier", models.TextField(default="")),
                ("register", models.IntegerField(default=0)),
                ("opened_at", models.DateTimeField(null=True)),
                ("wake_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("legal_hold", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("wake_at__isnull", False)),
                        fields=["wake_at", "number"],
                        name="onboarding_wake",
                    ),
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["register", "number"],
                        name="onboarding_pinned",
                    ),
                    models.Index(
                        condition=models.Q(("unanchored", True)),
                        fields=["number"],
                        name="onboarding_unanchored",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "number", "no", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("no", models.IntegerField()),
                ("case", models.TextField()),
                ("about", models.TextField()),
                ("tier", models.TextField()),
                ("owner", models.TextField()),
                ("claimed_by", models.TextField()),
                ("status", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("at_risk_at", models.DateTimeField()),
                ("breaches_at", models.DateTimeField()),
                ("breached", models.BooleanField(default=False)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["status", "breaches_at", "number", "no"], name="review_inbox")
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "number",
                        "no",
                        "attempt",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("no", models.IntegerField()),
                ("attempt", models.IntegerField()),
                ("target", models.TextField()),
                ("started_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["started_at"], name="run_started"),
                    models.Index(fields=["target", "started_at"], name="run_target"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.TextField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="roles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "role"), name="account_role_once")
                ],
            },
        ),
    ]
