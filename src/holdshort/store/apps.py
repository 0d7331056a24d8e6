"""The Django app that holds Holdshort's tables."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "holdshort.store"
    label = "store"
    verbose_name = "Holdshort"
    default_auto_field = "django.db.models.BigAutoField"
