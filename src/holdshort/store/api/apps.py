"""The Django app that holds what other programs need: keys, answers to repeat, what came in, what goes out."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "holdshort.store.api"
    label = "api"
    verbose_name = "Holdshort's API"
    default_auto_field = "django.db.models.BigAutoField"
