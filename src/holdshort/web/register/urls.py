"""Addresses of the register's pages; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.register import editing, publishing, uploads, views

urlpatterns: list[URLPattern] = [
    path("register", views.rows, name="register"),
    path("register/changes", publishing.changes, name="register_changes"),
    path("register/changes/effects", publishing.effects, name="register_effects"),
    path("register/publish", publishing.publish, name="register_publish"),
    path("register/versions", publishing.versions, name="register_versions"),
    path("register/versions/<int:version>", publishing.version, name="register_version"),
    path("register/versions/<int:version>/go-back", publishing.go_back, name="register_go_back"),
    path("register/upload", uploads.upload, name="register_upload"),
    path("register/uploads/<str:name>", uploads.look, name="register_upload_look"),
    path("register/uploads/<str:name>/take", uploads.take, name="register_upload_take"),
    path("register/download", uploads.download, name="register_download"),
    path("register/rows/<str:case>", views.row, name="register_row"),
    path("register/rows/<str:case>/examples", views.examples, name="register_examples"),
    path("register/rows/<str:case>/<str:column>", editing.cell, name="register_cell"),
    path("register/rows/<str:case>/<str:column>/check", editing.check, name="register_check"),
]
