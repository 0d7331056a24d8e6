"""The tables, as `models.py` had them first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []  # noqa: RUF012 (made by Django)

    operations = [  # noqa: RUF012 (made by Django)
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("prefix", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("name", models.TextField(unique=True)),
                ("kind", models.TextField()),
                ("owner", models.TextField()),
                ("scopes", models.TextField()),
                ("created_by", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.TextField()),
                ("kinds", models.TextField()),
                ("secret_no", models.IntegerField(default=1)),
                ("about", models.TextField(default="")),
                ("created_by", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ApiAnswer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "caller", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("caller", models.TextField()),
                ("key", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("status", models.IntegerField()),
                ("sealed", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="api_answer_at")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subscription", models.BigIntegerField()),
                ("event", models.TextField()),
                ("kind", models.TextField()),
                ("body", models.TextField()),
                ("state", models.TextField()),
                ("tries", models.IntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
                ("status", models.IntegerField(null=True)),
                ("why", models.TextField(default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["due_at", "id"],
                        name="api_delivery_due",
                    ),
                    models.Index(fields=["created_at"], name="api_delivery_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "event"), name="api_delivery_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Incoming",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.TextField()),
                ("event", models.TextField()),
                ("channel", models.TextField()),
                ("state", models.TextField()),
                ("sealed", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("tries", models.IntegerField(default=0)),
                ("number", models.BigIntegerField(null=True)),
                ("why", models.TextField(default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["due_at", "id"],
                        name="api_incoming_due",
                    ),
                    models.Index(fields=["received_at"], name="api_incoming_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "event"), name="api_incoming_once")
                ],
            },
        ),
    ]
