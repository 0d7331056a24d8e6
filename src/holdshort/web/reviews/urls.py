"""Addresses of one review; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.reviews import views

_ONE = "reviews/<int:number>.<int:no>"

urlpatterns: list[URLPattern] = [
    path(_ONE, views.show, name="review"),
    path(f"{_ONE}/packet", views.packet, name="review_packet"),
    path(f"{_ONE}/packet.html", views.packet_file, name="review_packet_file"),
    path(f"{_ONE}/packet.json", views.packet_json, name="review_packet_json"),
    path(f"{_ONE}/previews", views.preview, name="review_preview"),
    path(f"{_ONE}/decisions", views.decide, name="review_decide"),
    path(f"{_ONE}/decisions/<int:decision>/again", views.confirm_again, name="review_confirm_again"),
    path(f"{_ONE}/claims", views.claim, name="review_claim"),
    path(f"{_ONE}/reassignments", views.reassign, name="review_reassign"),
    path(f"{_ONE}/comments", views.comment, name="review_comment"),
    path(f"{_ONE}/gaps", views.report_gap, name="review_gap"),
    path(f"{_ONE}/files", views.attach_file, name="review_attach"),
]
