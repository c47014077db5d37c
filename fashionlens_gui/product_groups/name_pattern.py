"""Patterns of file names, such as ``{sku}_{n}``: which part is the SKU, which the number of the photo.

A pattern has fields and text that must be there, without case. It describes the whole name without suffix; with slashes
the folders in front, too: ``{sku}/{*}`` takes the folder for the SKU. A name is matched in time proportional to its
length times that of the pattern, which no pattern can exceed (regular expressions can take for ever).

===========  =====================================================================
``{sku}``    one or more signs; as many as the rest of the pattern allows
``{n}``      the number of the photo: digits
``{view}``   letters, such as front or back
``{*}``      anything, or nothing
===========  =====================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from fashionlens_gui.product_groups.views import View, view_of
from trainer.errors import DataError
from trainer.spelling import normal_form

FIELDS = ("sku", "n", "view", "*")
_ALLOWED: dict[str, Callable[[str], bool]] = {
    "sku": lambda sign: sign != "/",
    "n": lambda sign: sign.isdecimal() and sign.isascii(),
    "view": lambda sign: sign.isalpha(),
    "*": lambda sign: sign != "/",
}
_LONGEST_PATTERN = 100
_LONGEST_NAME = 1000
_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a pattern finds in a name: the SKU, the number of the photo (None without one), the view."""

    sku: str
    number: int | None = None
    view: View = View.UNKNOWN

    @property
    def position(self) -> int:
        """By which the photos of a product are ordered: by view, front first, then by number."""
        views = list(View)
        return views.index(self.view) * _A_VIEW + (
            _A_VIEW - 1 if self.number is None else min(self.number, _A_VIEW - 2)
        )


_A_VIEW = 10**6


class NamePattern:
    """A pattern, checked.

    Raises:
        DataError: ``pattern_without_sku``, ``pattern_unknown_field``, ``pattern_field_twice``, ``pattern_braces`` or
            ``pattern_too_long``.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > _LONGEST_PATTERN:
            raise DataError("pattern_too_long", most=_LONGEST_PATTERN)
        self._parts: list[tuple[str, str]] = []  # name of a field and "", or "" and text
        for field, literal, brace in _PART.findall(text):
            if brace:
                raise DataError("pattern_braces", pattern=text)
            if literal:
                self._parts.append(("", normal_form(literal).casefold()))
                continue
            if field not in FIELDS:
                raise DataError("pattern_unknown_field", pattern=text, field=field, known=FIELDS)
            if field != "*" and (field, "") in self._parts:
                raise DataError("pattern_field_twice", pattern=text, field=field)
            self._parts.append((field, ""))
        if ("sku", "") not in self._parts:
            raise DataError("pattern_without_sku", pattern=text)
        self._folders = text.count("/")

    def match(self, file: str) -> NameParts | None:
        """What the pattern finds in a name with its folders (``/`` between them); None where it does not match."""
        folders, slash, name = normal_form(file[-_LONGEST_NAME:]).rpartition("/")
        stem = name.rpartition(".")[0] or name
        parts = [*folders.split("/"), stem] if slash else [stem]
        if len(parts) <= self._folders:
            return None
        text = "/".join(parts[-1 - self._folders :])
        found = self._fields(text)
        if found is None or not found["sku"].strip():
            return None
        number = found.get("n")
        view = view_of(found["view"]) if "view" in found else View.UNKNOWN
        return NameParts(found["sku"].strip(), None if number is None else int(number[-_DIGITS:]), view)

    def _fields(self, text: str) -> dict[str, str] | None:
        """The text of each field, where the whole text matches."""
        folded = [sign.casefold() for sign in text]
        size = len(text)
        # rest[e][i]: the parts from e on match the text from i on
        rest = [[False] * size + [True]]
        for name, literal in reversed(self._parts):
            after = rest[0]
            if literal:
                here = [_begins(folded, at, literal, after) for at in range(size + 1)]
            else:
                here = [False] * (size + 1)
                allowed = _ALLOWED[name]
                here[size] = name == "*" and after[size]
                for at in range(size - 1, -1, -1):
                    here[at] = allowed(text[at]) and (after[at + 1] or here[at + 1])
                    here[at] = here[at] or (name == "*" and after[at])
            rest.insert(0, here)
        if not rest[0][0]:
            return None
        found: dict[str, str] = {}
        at = 0
        for place, (name, literal) in enumerate(self._parts):
            if literal:
                at = _end(folded, at, literal)
                continue
            end, last = at, at
            while True:
                if rest[place + 1][end] and (end > at or name == "*"):
                    last = end
                if end == size or not _ALLOWED[name](text[end]):
                    break
                end += 1
            found[name] = text[at:last]
            at = last
        return found


_DIGITS = 9
"""Of a number; more would be a barcode."""


def _end(folded: list[str], at: int, literal: str) -> int:
    """Where a text ends that begins at a place: -1 where it is not there. Some signs are two letters without case."""
    done = 0
    while done < len(literal) and at < len(folded) and literal.startswith(folded[at], done):
        done += len(folded[at])
        at += 1
    return at if done == len(literal) else -1


def _begins(folded: list[str], at: int, literal: str, after: list[bool]) -> bool:
    end = _end(folded, at, literal)
    return end >= 0 and after[end]
