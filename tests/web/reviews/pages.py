"""Read a review's page as a person does: its forms with their fields, its alerts; and send a form back."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

from tests.web.screens import PASSWORD


def review_of(web_house, case, number=None):
    """Number and no of an open review on this row."""
    for row in web_house.house.store.reviews(limit=200, number=number):
        if row.case == case:
            return row.number, row.no
    raise AssertionError(f"no open review on {case}")


def address(number, no):
    return f"/reviews/{number}.{no}"


@dataclass
class Form:
    """One form of a page: where it goes, and what it would send as it stands."""

    action: str
    fields: dict = field(default_factory=dict)
    buttons: list = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []
        self.form = None
        self.area = self.select = None
        self.button = False

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.form = Form(a.get("action", ""))
            self.forms.append(self.form)
        elif self.form is None:
            return
        elif tag == "input" and a.get("name"):
            if a.get("type") in ("checkbox", "radio"):
                if "checked" in a:
                    self.form.fields.setdefault(a["name"], []).append(a["value"])
            else:
                self.form.fields.setdefault(a["name"], []).append(a.get("value", ""))
        elif tag == "textarea":
            self.area = a["name"]
            self.form.fields[self.area] = [""]
        elif tag == "select":
            self.select = a["name"]
        elif tag == "option" and self.select and ("selected" in a or self.select not in self.form.fields):
            self.form.fields[self.select] = [a.get("value", "")]
        elif tag == "button":
            self.button = True
            self.form.buttons.append("")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None
        elif tag == "button":
            self.button = False

    def handle_data(self, data):
        if self.form is None:
            return
        if self.area:
            self.form.fields[self.area][0] += data
        elif self.button:
            self.form.buttons[-1] += data


@dataclass
class Page:
    """An answer of the server to somebody who is signed in as `client`."""

    client: object
    answer: object

    @property
    def status(self):
        return self.answer.status_code

    @property
    def html(self):
        return self.answer.content.decode()

    @property
    def text(self):
        """Everything that stands on the page, without its markup, on one line."""
        bare = re.sub(r"<(script|style)\b.*?</\1>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())

    @property
    def forms(self):
        parser = _Forms()
        parser.feed(self.html)
        return parser.forms

    def form(self, slug):
        """The form of one of the nine decisions."""
        found = [each for each in self.forms if each.fields.get("decision") == [slug]]
        assert len(found) == 1, f"{slug}: {len(found)} forms"
        return found[0]

    def has_form(self, slug):
        return any(each.fields.get("decision") == [slug] for each in self.forms)

    def form_to(self, end):
        return next(each for each in self.forms if each.action.endswith(end))

    def send(self, form, where_="", **changed):
        """Send a form with some of its fields filled in otherwise; `None` leaves a field out."""
        fields = dict(form.fields)
        for name, value in changed.items():
            name = name.replace("__", "-")
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value if isinstance(value, list) else [value]
        return Page(self.client, self.client.post(where_ or form.action, fields, follow=True))

    def decide(self, slug, password=PASSWORD, **changed):
        form = self.form(slug)
        if "password" in form.fields:
            changed["password"] = password
        return self.send(form, **changed)


def open_page(client, where):
    return Page(client, client.get(where))
