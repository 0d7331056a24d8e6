"""Words by which work, rights and terms are promised: what a note may sell and a draft may hand out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

ScopeKind = Literal["scope", "training", "service level", "price"]

_WORDS: dict[ScopeKind, str] = {
    "scope": (
        r"sso|scim|saml|single sign[- ]on|sandbox|api(?: access)?|on[- ]prem(?:ise)?s?|"
        r"(?:custom|bespoke|tailored)(?: [\w-]+){0,2} (?:integration|connector|dashboard|report(?:s|ing)?|workflow|sso|api|development|fields?|scope|training)s?|"
        r"(?:sap|netsuite|salesforce|hubspot|workday|erp|crm|okta|azure ad|jira|slack|teams|oracle|dynamics|snowflake)(?:[- ]\w+){0,1}[- ](?:integration|connector|interface|sync)|"
        r"integrat(?:ion|ions|e|es|ed|ing)(?: with(?: \w+){1,2})?|connectors?|(?:data )?migrat(?:ion|ions|e|ing)|data import|dashboards?|"
        r"white[- ]?label(?:ling|ing)?|multi[- ]?(?:region|entity|tenant)|audit logs?|dedicated (?:environment|instance|server)|data residency|eu hosting"
    ),
    "training": r"(?:on[- ]?site |live |admin(?:istrator)? |end[- ]user |custom |free )?(?:training|workshop|enablement|train[- ]the[- ]trainer)(?: sessions?| days?)?",
    "service level": (
        r"sla|service[- ]levels?|up[- ]?time|response time|24/7|24x7|round the clock|premium support|priority support|phone support|dedicated (?:csm|manager|engineer|support)|"
        r"named (?:csm|contact|engineer)|hypercare|service credits?"
    ),
    "price": r"discount(?:s|ed)?|free of charge|for free|no (?:extra |additional )?(?:charge|cost|fee)s?|at no (?:extra |additional )?cost|waiv(?:e|ed|er|ing)|credit note|refund(?:s|ed)?|price (?:lock|cap|freeze|hold)|complimentary|money[- ]back",
}
PATTERN = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(f"(?P<{kind.replace(' ', '_')}>{words})" for kind, words in _WORDS.items())
    + r")(?![\w-])",
    re.IGNORECASE,
)


@lru_cache(maxsize=4_096)
def scope_words(text: str) -> tuple[tuple[ScopeKind, int, int], ...]:
    """Kind, start and end of every such word."""
    found: list[tuple[ScopeKind, int, int]] = []
    for each in PATTERN.finditer(text):
        kind = str(each.lastgroup).replace("_", " ")
        found.append((kind, *each.span()))  # type: ignore[arg-type]
    return tuple(found)


_SAME = {
    "single sign on": "sso",
    "saml": "sso",
    "api access": "api",
    "data migration": "migration",
    "migrate": "migration",
    "migrating": "migration",
}
_FORMS = re.compile(r"(?:ions|ion|ing|ed|es|s|e)$")


def key_of(words: str) -> str:
    """One spelling of one thing: `Single Sign-On` and `SSO`, `integrations` and `integration`."""
    plain = " ".join(words.casefold().replace("-", " ").split())
    plain = _SAME.get(plain, plain)
    return " ".join(_FORMS.sub("", word) if len(word) > 5 else word for word in plain.split())
