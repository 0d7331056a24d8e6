"""Whether a text is in a language that is not checked here: rough, and on the side of caution."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    "the and of to in is are we they will with for that this on as it not be by have has our you your at from or an "
    "no who what when would can may please need needs do does was were been he she i all but".split()
)
_OTHERS = {
    "German": "der die das und ist nicht wir sie ein eine mit für auf den dem des zu im von bis haben hat wird werden kein keine auch aber kunde".split(),
    "French": "le la les des et est pas nous vous une avec pour sur dans du au qui que ne sont avons sera ont cette ce il elle mais aux".split(),
    "Spanish": "el los las y es no nosotros una con para por en del que se está han será hemos esta este pero como más al su sus".split(),
    "Italian": "il lo gli e è non noi una con per che di del della sono abbiamo sarà questo ma come più nel al dei".split(),
    "Portuguese": "o os as e é não nós uma com para por em do da que se está foi será temos este mas como mais ao dos".split(),
    "Dutch": "de het een en is niet wij ze met voor op van te zijn heeft hebben wordt dat die maar ook naar".split(),
    "Polish": "i w na nie jest się z do że to są dla od po jak ale będzie mamy klient oraz".split(),
}  # fmt: skip
_FOREIGN = {name: frozenset(words) - _ENGLISH for name, words in _OTHERS.items()}
_SAMPLE = 4_000
_LATIN_END = "\u0250"


def is_foreign(text: str) -> bool:
    """
    Say whether a text is not English. Short texts without any sign pass for English.

    Another script in a fifth of the letters, or more small words of another language than of English, at least two.
    """
    return _is_foreign(text[:_SAMPLE])


@lru_cache(maxsize=2_048)
def _is_foreign(sample: str) -> bool:
    letters = [each for each in sample if each.isalpha()]
    if not letters:
        return False
    if sum(each >= _LATIN_END for each in letters) * 5 >= len(letters):
        return True
    words = [word.casefold() for word in _WORD.findall(sample)]
    english = sum(word in _ENGLISH for word in words)
    most = max(sum(word in known for word in words) for known in _FOREIGN.values())
    return most >= 2 and most > english
