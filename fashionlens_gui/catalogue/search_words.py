"""The words of a search: what was typed, without accents and capitals, in singular and plural.

A word that was typed is found at the beginning of a word. One of four or more letters, or with a digit or a sign, is
found inside a word, too: “mantel” in “Wintermantel”, but not “men” in “Women”.

Plurals follow a few endings of English, German, French and Spanish, not a dictionary: a singular finds its plural,
because that begins with it, and a plural finds what is left without its ending.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_TYPED = re.compile(r'"([^"]*)"?|(\S+)')
_SIGNS = re.compile(r"[\W_]+")
_SHORT = 4  # letters: a shorter word is found at the beginning of words only
_SHORTEST_SINGULAR = 3
# Endings of a plural, and what the singular has in their place: dresses, shoes, parties, knives; Kleider, Röcke, Damen;
# manteaux, chevaux. “S” and “es” are also those of French and Spanish.
_SINGULARS = (
    ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", ""),
    ("er", ""), ("en", ""), ("e", ""), ("n", ""),
    ("eaux", "eau"), ("aux", "al"), ("x", ""),
)  # fmt: skip
_PLURALS = (("y", "ies"), ("fe", "ves"), ("f", "ves"), ("al", "aux"))  # that do not begin with their singular


@dataclass(frozen=True, slots=True)
class SearchWord:
    """A word that a photo must have.

    Attributes:
        typed: What was typed, without capitals.
        phrase: It was in quotation marks: its words follow each other, as they are.
        folded: ``typed`` without accents.
        others: Its other forms, which count as whole words only, without accents.
    """

    typed: str
    phrase: bool
    folded: str
    others: tuple[str, ...]

    @property
    def anywhere(self) -> bool:
        """Whether it is found inside words, too."""
        return not self.phrase and not (len(self.folded) < _SHORT and self.folded.isascii() and self.folded.isalpha())

    def expression(self) -> str:
        """For ``MATCH`` of FTS5; each part is quoted, so that no sign in it is an operator."""
        forms = (f'"{self.typed}"{"" if self.phrase else "*"}', *(f'"{other}"' for other in self.others))
        return " OR ".join(forms)

    def is_in(self, value: str) -> bool:
        """Whether it is in a short text, such as the value of an attribute."""
        text = folded(value)
        if self.anywhere and self.folded in text:
            return True
        words = _SIGNS.sub(" ", f" {text} ")
        wanted = _SIGNS.sub(" ", f" {self.folded}").rstrip()
        if wanted and (f"{wanted} " if self.phrase else wanted) in words:
            return True
        long = (other for other in self.others if len(other) >= _SHORT)
        return any(f" {other} " in words for other in self.others) or any(other in text for other in long)


def search_words(text: str) -> list[SearchWord]:
    """The words of what was typed; those in quotation marks are one."""
    found = []
    for phrase, word in _TYPED.findall(text.replace("\0", " ").casefold()):
        typed = (phrase or word).strip().replace('"', "")
        if typed:
            others = () if phrase else tuple(dict.fromkeys(_other_forms(folded(typed))))
            found.append(SearchWord(typed, bool(phrase), folded(typed), others))
    return found


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """A text without capitals and accents, as the index has it."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))


def _other_forms(word: str) -> Iterator[str]:
    if not word.isalpha():
        return
    for forms in (_SINGULARS, _PLURALS):
        for ending, instead in forms:
            stem = word.removesuffix(ending)
            if stem != word and len(stem) + len(instead) >= _SHORTEST_SINGULAR:
                yield stem + instead
