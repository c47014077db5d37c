"""Google's product taxonomy, the part for apparel, bags and beauty: ids and paths."""

from __future__ import annotations

import re
from functools import lru_cache

from fashionlens_gui import paths
from trainer.errors import DataError
from trainer.spelling import spelling_key

APPAREL_AND_ACCESSORIES, CLOTHING, SHOES = 166, 1604, 187

_LINE = re.compile(r"(\d+) - (.+)")


@lru_cache(maxsize=1)
def google_paths() -> dict[int, str]:
    """The path of each id, such as ``Apparel & Accessories > Clothing > Dresses``.
    Raises DataError (``resource_damaged``): the installation is damaged.
    """
    file = paths.shops_dir() / "google-product-taxonomy.txt"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise DataError("resource_damaged", repr(error), file=str(file), problem=str(error)) from error
    return {int(found[1]): found[2] for line in lines if (found := _LINE.fullmatch(line))}


@lru_cache(maxsize=1)
def _ids() -> dict[str, int]:
    return {spelling_key(path): id_ for id_, path in google_paths().items()}


def google_id(text: str) -> int | None:
    """The id that a text means, an id or a path; None when this part of the taxonomy does not have it."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text) if int(text) in google_paths() else None
    return _ids().get(spelling_key(text))


def is_below(id_: int, parent: int) -> bool:
    """Whether a category is another one or below it."""
    names = google_paths()
    return id_ in names and f"{names[id_]} > ".startswith(f"{names[parent]} > ")
