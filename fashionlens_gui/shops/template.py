"""Templates of cells: text with facts in braces, ``{audience|possessive} {colour|lower} {category}[ – {pattern}]``.

A fact may have filters behind bars, with arguments behind colons: ``{title|cut:150}``. A part in square brackets is
left out when its facts are empty, and so is the whole text when it has facts and all are empty; constants of the
profile, such as a currency, count only where there are no other facts. Braces and brackets of the text itself are
doubled. Nothing of a template is ever executed: facts are looked up, filters are the functions of
:data:`FILTERS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from fashionlens_gui.shops.names import Names
from trainer.errors import DataError

Facts = Callable[[str], str]
"""Gives the text of a fact by its name; empty when it is unknown."""

Filter = Callable[[str, Sequence[str], Names], str]
"""Text, arguments, names -> text."""

_TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{[^{}]*\}|[\[\]{}]|[^\[\]{}]+")
_FACT = re.compile(r"\w[\w .:#/()%-]*")
_SPACES = re.compile(" {2,}")
_POSSESSIVE = {"Men": "Men’s", "Women": "Women’s", "Boys": "Boys’", "Girls": "Girls’"}
_LIGATURES = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def slug(text: str, language: str = "en") -> str:
    """Lower-case ASCII letters, digits and hyphens; German umlauts as ``ae``, ``oe``, ``ue``."""
    text = unicodedata.normalize("NFC", text).casefold()
    text = (text.translate(_GERMAN) if language == "de" else text).translate(_LIGATURES)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def _cut(text: str, arguments: Sequence[str], names: Names) -> str:
    """At most so many characters, at a space where there is one in the last third."""
    most = int(arguments[0])
    if len(text) <= most:
        return text
    place = text.rfind(" ", most * 2 // 3, most + 1)
    return text[: place if place > 0 else most].rstrip(" ,;-–")


def _decimal(text: str, arguments: Sequence[str], names: Names) -> str:
    """A price as a number with a point: ``1.299,90 €`` is ``1299.90``; what is no number stays as it is."""
    found = re.fullmatch(r"[^\d-]{0,4}(\d[\d.,'’\s]*?)\s*[^\d]{0,4}", text.strip())
    if found is None:
        return text
    digits = re.sub(r"['’\s]", "", found[1])
    last = max(digits.rfind("."), digits.rfind(","))
    decimals = len(digits) - last - 1
    if last >= 0 and (decimals != 3 or len({*digits} & {".", ","}) == 2) and digits.count(digits[last]) == 1:
        return re.sub("[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    return re.sub("[.,]", "", digits)


def _first(text: str, arguments: Sequence[str], names: Names) -> str:
    return text[:1].upper() + text[1:]


FILTERS: Mapping[str, tuple[Filter, int]] = {
    "slug": (lambda text, _, names: slug(text, names.language), 0),
    "title": (lambda text, _, names: " ".join(word[:1].upper() + word[1:] for word in text.split(" ")), 0),
    "capital": (_first, 0),
    "upper": (lambda text, _, names: text.upper(), 0),
    "lower": (lambda text, _, names: text.lower(), 0),
    "plural": (lambda text, _, names: names.plural(text), 0),
    "possessive": (lambda text, _, names: _POSSESSIVE.get(text, text), 0),
    "cut": (_cut, 1),
    "decimal": (_decimal, 0),
    "url": (lambda text, _, names: quote(text, safe="/~"), 0),
    "replace": (lambda text, given, names: text.replace(given[0], given[1]), 2),
    "then": (lambda text, given, names: given[0] if text else "", 1),
    "default": (lambda text, given, names: text or given[0], 1),
    "html": (lambda text, _, names: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), 0),
}
"""Filters by name, each with the number of its arguments; ``then`` gives its argument where there is a text,
``default`` where there is none.
"""


@dataclass(frozen=True, slots=True)
class _Fact:
    name: str
    filters: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Section:
    parts: tuple[str | _Fact, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read.

    Attributes:
        text: As it was written.
        facts: Names of all its facts.
    """

    text: str
    facts: frozenset[str]
    _parts: tuple[str | _Fact | _Section, ...]

    def fill(self, facts: Facts, names: Names, constants: Container[str] = ()) -> str:
        """The text with its facts; the spaces that empty facts leave at the ends and in doubles are removed.

        Args:
            facts: Gives the text of each.
            names: For the filters.
            constants: Names of the facts that are the same for all products.
        """
        texts = []
        counted = {name for name in self.facts if name not in constants} or self.facts
        filled = not self.facts
        for part in self._parts:
            inside = part.parts if isinstance(part, _Section) else (part,)
            found = [_text(each, facts, names) for each in inside]
            pairs = [(each, text) for each, text in zip(inside, found, strict=True) if isinstance(each, _Fact)]
            named = [text for each, text in pairs if each.name in counted] or [text for _, text in pairs]
            filled = filled or any(text for each, text in pairs if each.name in counted)
            if not isinstance(part, _Section) or not named or any(named):
                texts += found
        if not filled:
            return ""
        joined = "".join(texts)
        return _SPACES.sub(" ", joined).strip(" ") if self.facts else joined


def _text(part: str | _Fact, facts: Facts, names: Names) -> str:
    if isinstance(part, str):
        return part
    text = facts(part.name)
    for name, arguments in part.filters:
        text = FILTERS[name][0](text, arguments, names)
    return text


def is_fact_name(name: str) -> bool:
    """Whether a template can name a fact so."""
    return _FACT.fullmatch(name) is not None


@lru_cache(maxsize=512)
def read_template(text: str) -> Template:
    """Read a template.

    Raises:
        DataError: ``template_invalid`` with the reason, a code: ``brace``, ``bracket``, ``fact``, ``filter`` or
            ``argument``, and the part of the text that is wrong.
    """
    parts: list[str | _Fact | _Section] = []
    inside: list[str | _Fact] | None = None
    names = set()
    for token in _TOKEN.findall(text):
        part: str | _Fact
        if token in ("[", "]"):
            if (token == "[") == (inside is not None):
                raise _invalid(text, "bracket", token)
            if inside is None:
                inside = []
            else:
                parts.append(_Section(tuple(inside)))
                inside = None
            continue
        if token in ("{", "}"):
            raise _invalid(text, "brace", token)
        if token in ("{{", "}}", "[[", "]]"):
            part = token[0]
        elif token.startswith("{"):
            part = _fact(text, token[1:-1])
            names.add(part.name)
        else:
            part = token
        (parts if inside is None else inside).append(part)
    if inside is not None:
        raise _invalid(text, "bracket", "[")
    return Template(text, frozenset(names), tuple(parts))


def _fact(text: str, content: str) -> _Fact:
    name, *filters = content.split("|")
    if not _FACT.fullmatch(name.strip()):
        raise _invalid(text, "fact", content)
    return _Fact(name.strip(), tuple(_filters(text, filters)))


def _filters(text: str, filters: Iterable[str]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for each in filters:
        name, *arguments = each.split(":")
        name = name.strip()
        if name not in FILTERS:
            raise _invalid(text, "filter", name)
        if len(arguments) != FILTERS[name][1] or (name == "cut" and not re.fullmatch("[1-9][0-9]{0,5}", arguments[0])):
            raise _invalid(text, "argument", each.strip())
        yield name, tuple(arguments)


def _invalid(text: str, reason: str, part: str) -> DataError:
    return DataError("template_invalid", template=text, problem=reason, part=part, filters=tuple(FILTERS))
