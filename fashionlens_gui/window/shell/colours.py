"""The colour tokens of the themes in ``resources/themes``; the theme module chooses between light and dark."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache

from PySide6.QtGui import QColor

from fashionlens_gui import paths
from trainer.errors import FashionLensError


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, each "#rrggbb".

    ``text`` and ``text_muted`` read on ``window``, ``surface``, ``surface_raised``, ``hover`` and ``selection``;
    ``accent``, ``ok``, ``review`` and ``error`` read as text on the first three; ``accent_text`` reads on ``accent``
    (all at least 4.5 : 1, WCAG 2.2 AA).
    """

    window: str
    surface: str
    surface_raised: str
    border: str
    text: str
    text_muted: str
    accent: str
    accent_text: str
    ok: str
    review: str
    error: str
    selection: str
    hover: str


_dark = False


def is_dark() -> bool:
    """Whether the dark colours are in use."""
    return _dark


def tokens() -> Tokens:
    """The colours in use."""
    return read("dark" if _dark else "light")


def use(dark: bool) -> None:
    """Switch the tokens. For the theme module only, which also repaints and emits the change."""
    global _dark
    _dark = dark


@cache
def read(name: str) -> Tokens:
    """The colours of "light" or "dark". Raises FashionLensError when the installation is damaged."""
    file = paths.resources_dir() / "themes" / f"{name}.json"
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Tokens(**{each.name: str(content[each.name]) for each in fields(Tokens)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FashionLensError("theme_damaged", repr(error), file=str(file)) from error


def blend(colour: str, background: str, share: float) -> QColor:
    """An opaque blend with ``share`` of ``colour``: Qt fills translucent shapes some twenty times slower."""
    top, below = QColor(colour), QColor(background)
    channels = ((top.red(), below.red()), (top.green(), below.green()), (top.blue(), below.blue()))
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in channels)
    return QColor(red, green, blue)
