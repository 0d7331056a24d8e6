"""Addresses of the settings; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.settings_pages import account, pauses, people, playbook, views

_PERSON = "settings/people/<str:name>"

urlpatterns: list[URLPattern] = [
    path("settings", views.show, name="settings"),
    path("settings/sessions", account.my_sessions, name="my_sessions"),
    path("settings/sessions/ended", account.end_session, name="end_session"),
    path("settings/password", account.my_password, name="my_password"),
    path("settings/second-factor", account.my_second_factor, name="my_second_factor"),
    path("settings/second-factor/begun", account.begin_second_factor, name="begin_second_factor"),
    path("settings/second-factor/confirmed", account.confirm_second_factor, name="confirm_second_factor"),
    path("settings/second-factor/removed", account.remove_second_factor, name="remove_second_factor"),
    path("settings/away", account.away, name="away"),
    path("settings/away/set", account.delegate, name="delegate"),
    path("settings/away/ended", account.end_delegation, name="end_delegation"),
    path("settings/people", people.people, name="people"),
    path("settings/people/added", people.add, name="add_person"),
    path(_PERSON, people.person, name="person"),
    path(f"{_PERSON}/roles", people.change_roles, name="person_roles"),
    path(f"{_PERSON}/active", people.change_active, name="person_active"),
    path(f"{_PERSON}/password", people.renew_password, name="person_password"),
    path(f"{_PERSON}/second-factor", people.take_second_factor, name="person_second_factor"),
    path(f"{_PERSON}/sessions", people.end_sessions, name="person_sessions"),
    path(f"{_PERSON}/sign-in/<str:provider>", people.let_sign_in, name="person_sign_in"),
    path(f"{_PERSON}/sign-in/<str:provider>/ended", people.end_sign_in, name="person_sign_in_end"),
    path("settings/calendars", playbook.calendars, name="calendars"),
    path("settings/connectors", playbook.connectors, name="connectors"),
    path("settings/pauses", pauses.show, name="pauses"),
    path("settings/pauses/set", pauses.pause, name="pause"),
    path("settings/pauses/taken-back", pauses.resume, name="resume"),
    path("settings/quarantine/lifted", pauses.lift_quarantine, name="lift_quarantine"),
]
