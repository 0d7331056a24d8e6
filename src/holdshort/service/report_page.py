"""Reports as one page that needs nothing else: no script, no network, no text of a register taken for markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5a6572;--line:#d6dbe1;--paper:#fff;--good:#17693a;--bad:#a3231b}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebef;--soft:#a3adb8;--line:#3a424b;--paper:#15181c;--good:#6fcf97;--bad:#ff8f85}}
body{margin:0 auto;max-width:60rem;padding:1.5rem;color:var(--ink);background:var(--paper);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p{margin:.25rem 0}.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}
section{border-top:1px solid var(--line);padding:.75rem 0}h3{font-size:1rem;margin:0}
ul{margin:.25rem 0;padding-left:1.25rem}li{overflow-wrap:anywhere}
code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
""".strip()


def document(title: str, parts: Iterable[str]) -> str:
    """A whole page; `parts` are made by the functions below or escaped already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def text(said: str) -> str:
    """Words of a register, to stand in the page as they are."""
    return escape("".join(each if each.isprintable() or each == "\n" else "\ufffd" for each in said))


def paragraph(said: str, look: str = "") -> str:
    shown = f' class="{look}"' if look else ""
    return f"<p{shown}>{text(said)}</p>"


def bullets(sentences: Iterable[str], look: str = "") -> str:
    shown = f' class="{look}"' if look else ""
    items = "".join(f"<li>{text(each)}</li>" for each in sentences)
    return f"<ul{shown}>{items}</ul>" if items else ""


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{text(each)}</th>' for each in titles)
    body = "".join("<tr>" + "".join(f"<td>{text(each)}</td>" for each in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
