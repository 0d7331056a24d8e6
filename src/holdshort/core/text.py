"""Text as people see it and compare it: cleaning, folding, company names, domains and mentions."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

# --- what a person sees -----------------------------------------------------------------------------------

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small span strike "
    "strong sub sup tt u var wbr".split()
)
_BLOCK = frozenset(
    "address article aside blockquote body br button caption center col colgroup dd details div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe img input legend li link main "
    "meta nav object ol option p pre script section select style summary svg table tbody td textarea tfoot th "
    "thead title tr ul video".split()
)
_TAG = re.compile(
    r"""</?([a-z][a-z0-9:-]{0,30}+)((?:[\s/](?>[^<>"']|"[^"]*+"|'[^']*+')*+)?)>""", re.IGNORECASE
)
_HIDDEN = re.compile(r"<!--|<(script|style|head|title)(?:\s[^<>]*+)?>", re.IGNORECASE)
_HIDDEN_END = {
    name: re.compile(rf"</{name}\s*+>", re.IGNORECASE) for name in ("script", "style", "head", "title")
} | {"": re.compile("-->")}
# The semicolon is asked for, so that `terms&copyright` keeps its words; a bare &nbsp is common in the wild.
_ENTITY = re.compile(r"&(?:#\d{1,7};|#x[\da-f]{1,6};|[a-z][a-z0-9]{1,31};|nbsp)", re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u070f\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U00013430-\U0001345f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_BLANK_LETTERS = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
_MARKS_IN_A_ROW = 30
_LONG = 5_000


def clean(raw: str) -> str:
    """
    Return what a person sees of a text: one line, no markup, nothing invisible.

    HTML tags go (block tags and `<br>` leave a space, inline tags leave nothing), and so do comments,
    scripts and styles; entities are decoded once; Unicode is brought to NFKC; zero-width, direction and
    control characters are dropped; every run of blanks becomes one space. `a < b` is no tag and stays.

    Source: situations S075 and S078.
    """
    if is_plain(raw):
        return " ".join(raw.split()) if "  " in raw or raw[:1] == " " or raw[-1:] == " " else raw
    return " ".join(_normal(_without_markup(raw)).split())


def is_plain(raw: str) -> bool:
    """Nothing in it is markup, invisible or from another alphabet: only its blanks may need cleaning."""
    return raw.isascii() and raw.isprintable() and "<" not in raw and "&" not in raw


def _lines(raw: str) -> str:
    """The same characters as `clean`, except that a line or block that ends leaves a newline."""
    lines = (" ".join(line.split()) for line in _normal(_without_markup(raw)).splitlines())
    return "\n".join(line for line in lines if line)


def _without_markup(raw: str) -> str:
    if "<" in raw:
        raw = _TAG.sub(_tag_leaves, _without_hidden(raw))
    return _ENTITY.sub(_entity, raw) if "&" in raw else raw


def _tag_leaves(tag: re.Match[str]) -> str:
    name, rest = tag[1].lower(), tag[2]
    # Without an attribute, `<b and c>` is a comparison: losing its words could lose a promise.
    if rest.strip(" \t\r\n/") and "=" not in rest:
        return tag[0]
    if name in _BLOCK:
        return "\n"
    # Names with a colon or hyphen are Outlook's (`o:p`) and web components'; `<anything>` else is text.
    return "" if name in _INLINE or ":" in name or "-" in name else tag[0]


def _entity(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def _without_hidden(text: str) -> str:
    """Drop comments, scripts and styles; one that never ends stays, so that nothing after it is lost."""
    kept, position, endless = [], 0, set()
    for start in _HIDDEN.finditer(text):
        name = (start[1] or "").lower()
        if start.start() < position or name in endless:
            continue
        end = _HIDDEN_END[name].search(text, start.end())
        if end is None:
            endless.add(name)  # looking again from every later start would take quadratic time
            continue
        kept.append(text[position : start.start()])
        position = end.end()
    return "".join([*kept, text[position:]])


def _normal(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    if text.isascii():
        return text
    if len(text) > _LONG:
        text = _tame(text)
    return _BLANK_LETTERS.sub(" ", unicodedata.normalize("NFKC", text))


def _tame(text: str) -> str:
    """Cut endless stacks of combining marks: normalising sorts each stack, in quadratic time."""
    kept, stack = [], 0
    for each in text:
        stack = stack + 1 if unicodedata.combining(each) else 0
        if stack <= _MARKS_IN_A_ROW:
            kept.append(each)
    return "".join(kept)


# --- for comparing ----------------------------------------------------------------------------------------

_KEPT_SIGNS = "+&%#<>."
_LONE_POINT = re.compile(r"(?<!\d)\.|\.(?!\d)")
_TRADE_MARKS = str.maketrans("", "", "\u2122\u2120")  # NFKC would spell them out: Acme™ is not AcmeTM


class _Folding(dict[int, str]):
    """Character table that learns: letters, marks, digits and a few signs stay, the rest is a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kept = char in _KEPT_SIGNS or unicodedata.category(char)[0] in "LN"
        kept = kept or unicodedata.category(char) in ("Mn", "Mc")
        return self.setdefault(code, char if kept else " ")


_FOLDING = _Folding()
_ASCII_FOLDING = "".join(_FOLDING[code] for code in range(128)).ljust(256).encode("ascii")
"""The same for `bytes.translate`, which is many times quicker; the upper half stays unused."""


def fold(raw: str) -> str:
    """
    Return a form in which two spellings of one choice are equal: `mid_market` and `Mid-Market`.

    Cleaned and case-folded; emoji, punctuation, underscore and hyphen count as a space. The signs
    `+ & % # < >`, digits and the points inside numbers stay. A text of signs alone is kept as it is, so
    that two of them do not become equal.
    """
    if is_plain(raw):
        lower = raw.lower()
        if lower.isalnum():
            return lower
        spaced = _LONE_POINT.sub(" ", lower) if "." in lower else lower
        words = spaced.encode("ascii").translate(_ASCII_FOLDING).decode("ascii")
        return " ".join(words.split()) or " ".join(lower.split())
    seen = " ".join(_normal(_without_markup(raw).translate(_TRADE_MARKS)).split()).casefold()
    words = _LONE_POINT.sub(" ", seen).translate(_FOLDING)
    return " ".join(words.split()) or seen


_LEGAL_FORMS = tuple(
    tuple(form.split())
    for form in (
        "ltd|limited|inc|incorporated|llc|l l c|llp|l l p|lp|l p|corp|corporation|co|company|and co|plc|p l c|pllc|"
        "pty|pty ltd|pte|pte ltd|pvt|pvt ltd|private limited|gmbh|g m b h|mbh|ag|a g|kg|k g|kgaa|ug|ohg|"
        "sa|s a|sas|s a s|sasu|sarl|s a r l|eurl|sl|s l|slu|s l u|sau|s a u|spa|s p a|srl|s r l|"
        "bv|b v|nv|n v|ab|aktiebolag|as|a s|asa|aps|a p s|oy|oyj|ou|oü|uab|sia|kft|zrt|nyrt|doo|d o o|"
        "sp z o o|sp zoo|spółka z o o|sp k|sro|s r o|spol s r o|kk|k k|kabushiki kaisha|gk|g k|godo kaisha|"
        "bhd|sdn bhd|ltda|eirl|sapi de cv|sa de cv|s a de c v|srl de cv|株|有|주|ооо|оао|зао|ао|пао"
    ).split("|")
)
_LONGEST_FORM = max(len(form) for form in _LEGAL_FORMS)
_FORMS = frozenset(_LEGAL_FORMS)
_LAST_WORDS = frozenset(form[-1] for form in _LEGAL_FORMS)
# Written without a blank before or after the name.
_JOINED_FORMS = ("株式会社", "有限会社", "合同会社", "股份有限公司", "有限责任公司", "有限公司", "주식회사")
_LEADING_FORMS = frozenset({("株",), ("有",), ("주",), ("ооо",), ("оао",), ("зао",), ("ао",), ("пао",)})
_UNACCENTED = str.maketrans(
    {"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_ACCENT = re.compile("[\u0300-\u036f]")


def company(raw: str) -> str:
    """
    Return a company name for comparing: `Northwind Freight Ltd.` equals `NORTHWIND  FREIGHT`.

    Folded; accents off, `&` read as `and`, a leading `the` and the legal form removed. A name made of
    nothing else (`The Limited`) keeps its words: the result is empty only for an empty name.
    """
    folded = fold(raw).replace("&", " and ")
    words = folded.split()
    words = _without_legal_form(words if folded.isascii() else _without_joined_form(words))
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if folded.isascii() and words:
        return " ".join(words)
    plain = unicodedata.normalize("NFKD", " ".join(words).translate(_UNACCENTED))
    return unicodedata.normalize("NFC", _ACCENT.sub("", plain)) or clean(raw).casefold()


def _without_joined_form(words: list[str]) -> list[str]:
    name = " ".join(words)
    for form in _JOINED_FORMS:
        bare = name.removeprefix(form).removesuffix(form).strip()
        name = bare or name
    return name.split()


def _without_legal_form(words: list[str]) -> list[str]:
    if len(words) > 1 and (words[0],) in _LEADING_FORMS:
        words = words[1:]
    # `Co., Ltd.` and `GmbH & Co. KG` pile up, so look again; the longest form first.
    size = _LONGEST_FORM
    while size and words and words[-1] in _LAST_WORDS:
        if len(words) > size and tuple(words[-size:]) in _FORMS:
            words, size = words[:-size], _LONGEST_FORM
        else:
            size -= 1
    return words


# --- domains ----------------------------------------------------------------------------------------------

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LAST_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_LONGEST_ADDRESS = 2_000
# An everyday address or bare domain, lower case where it counts: its domain is what is written.
_EVERYDAY = re.compile(
    r"(?:[A-Za-z0-9._+-]{1,60}@)?((?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,3}[a-z]{2,60})"
)


@lru_cache(maxsize=10_000)
def domain_of(address: str) -> str | None:
    """
    Return the domain of an e-mail address, web address or bare domain, or None where there is none.

    Lower case, ASCII (`bücher.example` and `xn--bcher-kva.example` are one). A text with two addresses,
    blanks inside or a host that is a number has no domain: a recipient in doubt must not pass for known.
    """
    if everyday := _EVERYDAY.fullmatch(address):
        return everyday[1]
    text = address.strip()
    if not text or len(text) > _LONGEST_ADDRESS:
        return None
    if text.endswith(">") and "<" in text:
        lead, _, text = text[:-1].rpartition("<")  # Jane Doe <jane@northwind.example>
        if any(each in lead for each in "@<>"):
            return None
    if text.lower().startswith("mailto:"):
        text, _, query = text[7:].partition("?")
        if re.search(r"(?:^|&)(?:to|cc|bcc)=", query, re.IGNORECASE):
            return None
    return _as_domain(_host(text))


def _host(text: str) -> str:
    scheme, slashes, rest = text.partition("://")
    if slashes and "@" not in scheme:
        # Browsers end the host at a backslash too, so `evil.example\@northwind.example` is evil's.
        return re.split(r"[/\\?#]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    if "@" in text:
        local, _, host = text.partition("@")
        # Source routes (`y%evil.example@…`) and a second address before the `@` are other people's mail.
        return "" if "@" in host or any(each.isspace() or each in "/\\%!,;:<>" for each in local) else host
    return re.split(r"[/?#]", text, maxsplit=1)[0].partition(":")[0]


def _as_domain(host: str) -> str | None:
    if not host or len(host) > 255:
        return None
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return None
    labels = name.split(".")
    sound = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    return name if sound and _LAST_LABEL.fullmatch(labels[-1]) else None


def within_domain(domain: str | None, allowed: Iterable[str]) -> bool:
    """Say whether a domain equals one of `allowed` or lies under it; no domain lies within nothing."""
    name = domain_of(domain) if domain else None
    if name is None:
        return False
    bases = (domain_of(each) for each in allowed)
    return any(base is not None and (name == base or name.endswith("." + base)) for base in bases)


# --- mentions ---------------------------------------------------------------------------------------------
# Every repetition below is bounded or possessive, and a phrase begins only where a word begins: the time
# grows with the length of the text, whoever wrote it.

_MONTH = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)"
)
_NUMBER = (
    r"(?:\d{1,15}(?:[.,]\d{1,6}){0,5}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    "|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:,? \d{4})?"
_DATE = (
    rf"(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|{_DAY} (?:of )?{_MONTH}{_YEAR}"
    rf"|{_MONTH} {_DAY}(?!\w){_YEAR}|{_MONTH} \d{{4}}|(?:end|start|beginning|middle|mid) of {_MONTH}{_YEAR}"
    rf"|(?:early|mid|late)[ -]{_MONTH}{_YEAR}|q[1-4]{_YEAR})"
)
_PLACEHOLDERS = {
    "{number}": _NUMBER,
    "{month}": _MONTH,
    "{weekday}": "(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tues?|wed|thu|thurs?|fri|sat|sun)\\b)",
    "{date}": _DATE,
    "{duration}": rf"(?:{_NUMBER}[ -]?(?:(?:business|working|calendar) )?"
    "(?:minute|hour|day|week|month|quarter|year)s?)",
}
PLACEHOLDERS = frozenset(_PLACEHOLDERS) | {"*"}
"""What a phrase may hold beside words."""

_ANY_WORDS = r"(?:[\s-](?>(?:[^\s.!?;-]|\.(?=\w)){1,60})){0,3}?"
_WORD_START = r"(?<!\w)"
_BETWEEN = r"(?: ?[-‐–_/] ?|\s)?"
# Written in one, with a hyphen or in two, whichever way the phrase has it.
_COMPOUNDS = {"golive": "go live", "kickoff": "kick off", "signoff": "sign off", "rollout": "roll out"}
_PHRASE_WORD = re.compile(r"\{[a-z]+\}|\*|[^\s_*{-]+|[{_-]")
# Scripts written without blanks have no word ends to look for.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Mention:
    """The first place where a text speaks of one of the phrases asked for."""

    phrase: str
    """The phrase as it was asked for."""
    start: int
    """First character of the mention in `clean(text)`."""
    end: int
    """One past its last character."""
    quote: str
    """The words themselves: `clean(text)[start:end]`."""


def find_mention(raw: str, phrases: Sequence[str]) -> Mention | None:
    """
    Find the first mention, in text order, of any of the phrases that its own clause does not negate.

    Whole words, any case, over `clean(raw)`; a hyphen is a blank, and both may be missing. Words of five
    letters and more match their forms in -s, -es, -ed, -ing, -ion(s), words in -y also -ies and -ied, shorter
    words a plural -s or -es (`integrate` finds `integrations`; `custom` does not find `customer`). Where two
    phrases begin at one place, the one listed first is reported.

    Args:
        raw: Text as it came, HTML or plain.
        phrases: Words, with `{number}`, `{month}`, `{weekday}`, `{date}`, `{duration}` and `*` (up to three
            words of any kind, not at an end). Other braces are ordinary characters.

    Source: situations S073 to S078; `docs` of the rule language, `mentions`.
    """
    pattern, kept = _compiled(tuple(phrases))
    if pattern is None:
        return None
    text = _short_lines(raw) if len(raw) <= _SHORT else _lines(raw)
    position, clauses = 0, None
    # Codes such as `custom_connector` speak of their words too.
    searched = text.replace("_", " ")
    while found := pattern.search(searched, position):
        clauses = clauses or _Clauses(searched)
        if not clauses.negate(found.start(), found.end()):
            quote = text[found.start() : found.end()].replace("\n", " ")
            return Mention(kept[(found.lastindex or 1) - 1], found.start(), found.end(), quote)
        # One on, not at the end of the match: a mention inside a longer negated one may still stand.
        position = found.start() + 1
    return None


# Several rows look at the same note one after the other; long texts are not kept in memory for that.
_SHORT = 20_000


@lru_cache(maxsize=1_024)
def _short_lines(raw: str) -> str:
    return _lines(raw)


def mentions(raw: str, phrases: Sequence[str]) -> bool:
    """Say whether `find_mention` finds any of the phrases."""
    return find_mention(raw, phrases) is not None


@lru_cache(maxsize=512)
def _compiled(phrases: tuple[str, ...]) -> tuple[re.Pattern[str] | None, tuple[str, ...]]:
    """One pattern for all phrases, a group for each, and the phrases in the order of their groups."""
    patterns = [(phrase, _phrase_pattern(phrase)) for phrase in phrases]
    kept = [(phrase, pattern) for phrase, pattern in patterns if pattern]
    if not kept:
        return None, ()
    # One look behind for all phrases that begin with a word keeps a long text quick.
    kept.sort(key=lambda pair: not pair[1].startswith(_WORD_START))
    spaced = [f"({pattern[len(_WORD_START) :]})" for _, pattern in kept if pattern.startswith(_WORD_START)]
    unspaced = [f"({pattern})" for _, pattern in kept if not pattern.startswith(_WORD_START)]
    whole = [f"{_WORD_START}(?:{'|'.join(spaced)})"] if spaced else []
    return re.compile("|".join(whole + unspaced), re.IGNORECASE), tuple(phrase for phrase, _ in kept)


def _phrase_pattern(phrase: str) -> str:
    words = [word for word in _PHRASE_WORD.findall(clean(phrase)) if word not in "_-"]
    words = [part for word in words for part in _COMPOUNDS.get(word.lower(), word).split()]
    while words and words[0] == "*":
        words.pop(0)
    while words and words[-1] == "*":
        words.pop()
    if not words:
        return ""
    pieces = [_word_start(words[0]), _piece(words[0])]
    for word in words[1:]:
        pieces.append(_ANY_WORDS if word == "*" else _BETWEEN + _piece(word))
    return "".join([*pieces, _word_end(words[-1])])


def _word_start(word: str) -> str:
    return "" if _UNSPACED.match(word) else _WORD_START


def _word_end(word: str) -> str:
    return "" if _UNSPACED.match(word[-1]) else r"(?!\w)"


def _piece(word: str) -> str:
    if word.lower() in _PLACEHOLDERS:
        return _PLACEHOLDERS[word.lower()]
    if not word.isalpha():
        return re.escape(word).replace("'", "['’]").replace("’", "['’]")
    return _word_forms(word.lower())


def beginning_of(word: str) -> str:
    """Letters with which a word of plain letters begins wherever a plain text mentions it, in lower case."""
    word = word.lower()
    return _piece(_COMPOUNDS.get(word, word).split()[0]).partition("(")[0]


def _word_forms(word: str) -> str:
    if len(word) < 3 or _UNSPACED.search(word):
        return re.escape(word)
    if len(word) < 5:
        return re.escape(word.removesuffix("s") if len(word) == 4 else word) + "(?:e?s)?"
    if yielding := re.fullmatch(r"(\w{2,}[^aeiou])(?:y|ies|ied|ying)", word):
        return re.escape(yielding[1]) + "(?:y|ies|ied|ying)"
    if silent := re.fullmatch(r"(\w{3,})(?:e)", word):
        return re.escape(silent[1]) + "(?:es?|ed|ing|ions?)"
    stem = _stem(word)
    doubled = re.escape(stem[-1]) + "?"  # commit, committed
    return f"{re.escape(stem)}(?:es?|s|{doubled}(?:ed|ing)|ions?)?"


def _stem(word: str) -> str:
    """Take one ending off; a short rest would be another word (`session` is not `sess`)."""
    if ion := re.fullmatch(r"(\w{4,}[st])ions?", word):
        return ion[1]
    if ending := re.fullmatch(r"(\w{4,})(?:ing|ed)s?", word):
        return re.sub(r"([bdgmnprt])\1$", r"\1", ending[1])
    if plural := re.fullmatch(r"(\w{3,}(?:x|ch|sh|ss))es", word):
        return plural[1]
    return re.sub(r"(?<=\w\w\w\w)(?<![sui])s$", "", word)


# --- negation ---------------------------------------------------------------------------------------------

_WINDOW = 120
_WORDS_BEFORE = 5
_CLAUSE_END = re.compile(
    r"[!?;\n]|\.(?!\d)|\b(?:but|however|although|except|unless|besides|apart from|other than)\b"
    # A comma alone joins a list (`no SSO, SCIM or migration`); with a new subject it starts a new clause.
    r"|,\s(?:and\s|so\s|then\s)?(?:we|they|i|it|he|she|you|customer|client|the\s(?:customer|client))\b",
    re.IGNORECASE,
)
# Said with a negator, meant otherwise.
_IDIOM = re.compile(
    r"\b(?:no (?:problems?|worries|doubt|questions?|matter|issues?|later than|earlier than|sooner than"
    r"|less than|fewer than|more than)|not (?:only|just|later than|earlier than|until|before|to mention|sure"
    r"|certain|clear)|(?:do not|don['’]?t|never) (?:forget|miss|worry|hesitate)|can(?:not|['’]?t) wait"
    r"|(?:not|cannot|can['’]?t|won['’]?t|don['’]?t|never|no)(?: [\w'’]{1,15}){0,3} without)\b",
    re.IGNORECASE,
)
_NT = r"(?:do|does|did|is|are|was|were|wo|ca|ai|has|have|had|would|could|should|must|need|might)n['’]?t"
_NEGATOR = re.compile(
    rf"(?<![\w'’-])(?:no|not|never|none|nothing|without|neither|nor|cannot|{_NT}|non)(?![\w'’])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w'’]+")
_REFUSED = (
    r"(?:needed|required|necessary|relevant|applicable|discussed|mentioned|planned|included|promised|wanted"
    r"|requested|agreed|offered|part of|in (?:the )?scope|of interest)"
)
_NEGATED_AFTER = re.compile(
    # `SSO: none` refuses, `SSO - no extra charge` does not.
    rf"(?:[^\w'’]+[\w'’]+){{0,3}}?(?:\s*[:=–-]\s*(?:no|none|nil|n/a)(?: {_REFUSED})?\s*$"
    rf"|[^\w'’]+(?:(?:not|never|no longer|{_NT})(?: (?:yet|been|be|currently|being))? {_REFUSED}"
    r"|out of scope|declined|ruled out|rejected|descoped|n/a)(?!\w))",
    re.IGNORECASE,
)
# Past here the words after a mention speak of something else: `SSO needed, migration not required`.
_NEXT_SUBJECT = re.compile(r"[,(]|(?<=[\w'’])\s(?:and|while)\s")


class _Clauses:
    """The clauses and negators of one text, looked up once however many mentions it holds."""

    def __init__(self, text: str) -> None:
        self._text = _IDIOM.sub(_masked, text)
        self._ends = [end.start() for end in _CLAUSE_END.finditer(self._text)]
        self._negators = [negator.span() for negator in _NEGATOR.finditer(self._text)]

    def negate(self, start: int, end: int) -> bool:
        """Say whether the clause around `text[start:end]` takes it back."""
        return self._before(start) or self._after(end)

    def _before(self, start: int) -> bool:
        nearest = bisect_right(self._negators, (start, 0)) - 1
        clause = bisect_right(self._ends, start - 1) - 1
        if nearest < 0 or (clause >= 0 and self._ends[clause] >= self._negators[nearest][0]):
            return False
        opened, closed = self._negators[nearest]
        if closed > start or start - closed > _WINDOW:
            return False
        between = len(_WORD.findall(self._text, closed, start))
        # `non-standard` speaks for the one word it is joined to.
        return between == 0 if self._text[opened:closed].lower() == "non" else between < _WORDS_BEFORE

    def _after(self, end: int) -> bool:
        clause = bisect_left(self._ends, end)
        stop = min(end + _WINDOW, self._ends[clause] if clause < len(self._ends) else len(self._text))
        return _NEGATED_AFTER.match(_NEXT_SUBJECT.split(self._text[end:stop], maxsplit=1)[0]) is not None


def _masked(idiom: re.Match[str]) -> str:
    return "~" * len(idiom[0])
