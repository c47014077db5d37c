"""What the name of a photo says about its view: front, back, detail, or something that is no view of the product."""

from __future__ import annotations

import itertools
import re
from enum import StrEnum

from trainer.spelling import normal_form


class View(StrEnum):
    """Which view of a product a photo shows, by its name; ``unknown`` where the name says nothing."""

    FRONT = "front"
    BACK = "back"
    SIDE = "side"
    DETAIL = "detail"
    WORN = "worn"
    NO_PRODUCT = "no_product"
    UNKNOWN = "unknown"


_WORDS = {
    View.FRONT: "front main packshot primary hero cover vorne vorderseite avant devant delantero fronte",
    View.BACK: "back rear reverse hinten rueckseite rückseite dos arriere arrière espalda retro",
    View.SIDE: "side left right seite cote côté lado lato",
    View.DETAIL: "detail details closeup close zoom macro crop sole inside fabric texture dettaglio detalle détail",
    View.WORN: "model look lookbook worn onmodel lifestyle outfit getragen",
    View.NO_PRODUCT: "sizechart sizeguide sizes measurements swatch label carelabel hangtag barcode groessentabelle",
}
_VIEW_OF = {word: view for view, words in _WORDS.items() for word in words.split()}
_PAIRS = {"size chart": View.NO_PRODUCT, "size guide": View.NO_PRODUCT, "care label": View.NO_PRODUCT}
_WORD = re.compile(r"[^\W\d_]+")


def view_in_name(file: str, sku: str) -> View:
    """The view that the name of a photo says, apart from the SKU, which may hold such a word by chance."""
    stem = file.rpartition("/")[2].rpartition(".")[0].casefold()
    return view_of(stem.replace(sku.casefold(), " ", 1))


def view_of(text: str) -> View:
    """The view that a part of a file's name says, such as ``front`` or ``back 2``; the first word that says one."""
    words = [normal_form(word).casefold() for word in _WORD.findall(text)]
    for first, second in itertools.pairwise(words):
        if f"{first} {second}" in _PAIRS:
            return _PAIRS[f"{first} {second}"]
    return next((_VIEW_OF[word] for word in words if word in _VIEW_OF), View.UNKNOWN)
