"""How names are compared: ``T-Shirts``, ``t shirts`` and ``tshirts`` are the same. No torch."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence


def spelling_key(text: str) -> str:
    """Letters and digits only, without accents or case: how two spellings are compared.

    The vowels that Hindi, Thai and other scripts write as marks on a letter stay: they make other words.
    """
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    return "".join(sign for sign in plain if sign.isalnum() or _is_vowel(sign))


def normal_form(name: str) -> str:
    """A name in the form in which names are compared, NFC: macOS writes an é of a folder as two signs."""
    return unicodedata.normalize("NFC", name)


def _is_vowel(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M") and not "\u0300" <= sign <= "\u036f"


class ClassNames:
    """A model's classes, found by exact name; else ignoring capitals, then spaces and signs.

    Some may differ in nothing but signs or accents, as ``C`` and ``C++`` do.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self._ways = [(write, _by(write, classes)) for write in (str, _folded, spelling_key)]

    def matches(self, name: str) -> tuple[int, ...]:
        """Indices of the classes that match: one, none when the name is unknown, several when it is ambiguous."""
        return next((found for write, labels in self._ways if (found := labels.get(write(name), ()))), ())


def _folded(name: str) -> str:
    return normal_form(name).casefold()


def _by(write: Callable[[str], str], classes: Sequence[str]) -> dict[str, tuple[int, ...]]:
    labels: dict[str, tuple[int, ...]] = {}
    for label, name in enumerate(classes):
        if key := write(name):  # a name of signs alone has no key
            labels[key] = (*labels.get(key, ()), label)
    return labels
