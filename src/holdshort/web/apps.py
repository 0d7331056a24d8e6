"""The Django app that holds what only the screens need: who is signed in where, and the views people saved."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "holdshort.web"
    label = "web"
    verbose_name = "Holdshort's screens"
    default_auto_field = "django.db.models.BigAutoField"
