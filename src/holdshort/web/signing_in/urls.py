"""Signing in and out."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.signing_in import elsewhere, views

urlpatterns: list[URLPattern] = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in/code", views.sign_in_code, name="sign_in_code"),
    path("sign-in/with/<str:name>", elsewhere.sign_in_with, name="sign_in_with"),
    path("sign-in/from/<str:name>", elsewhere.sign_in_from, name="sign_in_from"),
    path("sign-in/links/<str:token>", elsewhere.use_link, name="sign_in_link"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("demo/people", views.demo_people, name="demo_people"),
    path("demo/sign-in", views.demo_sign_in, name="demo_sign_in"),
]
