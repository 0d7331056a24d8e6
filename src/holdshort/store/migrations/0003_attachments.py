"""The bytes of files that people put beside onboardings."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0002_immutable")]  # noqa: RUF012 (Django's way)

    operations = [  # noqa: RUF012 (Django's way)
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "number", "no", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("no", models.IntegerField()),
                ("ciphertext", models.BinaryField()),
            ],
        ),
    ]
