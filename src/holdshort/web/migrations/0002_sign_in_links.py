"""Accounts that are linked to a person at an identity provider, and links that wait to be used."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0001_screens")]  # noqa: RUF012 (made by Django)

    operations = [  # noqa: RUF012
        migrations.CreateModel(
            name="SignInLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=150)),
                ("provider", models.CharField(max_length=40)),
                ("issuer", models.CharField(max_length=300)),
                ("subject", models.CharField(default="", max_length=255)),
                ("email", models.CharField(default="", max_length=254)),
                ("token", models.CharField(default="", max_length=64)),
                ("until", models.DateTimeField(null=True)),
                ("since", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["account", "provider"], name="sign_in_link_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("subject", ""), _negated=True),
                        fields=["issuer", "subject"],
                        name="sign_in_link_one_person",
                    ),
                ],
            },
        ),
    ]
