"""The category that a shop's table names, in a column of its own or in the title of the product."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from fashionlens_gui.bundled_taxonomy import bundled_taxonomy
from trainer.spelling import spelling_key
from trainer.taxonomy import CATEGORY, OTHER

_CATEGORY_COLUMNS = ("category", "producttype", "productcategory", "type", "articletype", "kategorie", "categorie")
_TITLE_COLUMNS = ("title", "name", "productname", "producttitle", "titel", "produktname", "productdisplayname", "nom")
_LEVELS = re.compile(r"[>/|]")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_MOST_WORDS = 3
_PARTS = re.compile(
    r"\b(?:with|and|for|mit|und|für|avec|et|pour|con|y|per|e)\b|[,&+(]", re.IGNORECASE
)  # what follows it has


def category_named(fields: Mapping[str, str]) -> str:
    """The category of the taxonomy that a product's fields name; empty where they name none, or an unknown one.

    A column with the category counts before the title. Of a path such as ``Clothing > Jeans`` the last level counts, of
    a title the last words that name a category, before such as “with”: a shirt dress with belt is a dress.
    """
    by_key = {spelling_key(name.rpartition(": ")[2]): value for name, value in fields.items()}
    for column in _CATEGORY_COLUMNS:
        for level in reversed(_LEVELS.split(by_key.get(column, ""))):
            if found := _of_label(level):
                return found
    return next((found for column in _TITLE_COLUMNS if (found := _in_title(by_key.get(column, "")))), "")


def title_of(fields: Mapping[str, str]) -> str:
    """The title of a product in its fields; empty where they have none."""
    by_key = {spelling_key(name.rpartition(": ")[2]): value for name, value in fields.items()}
    return next((by_key[column] for column in _TITLE_COLUMNS if by_key.get(column)), "")


@lru_cache(maxsize=4096)
def _in_title(title: str) -> str:
    for part in _PARTS.split(title):
        words = _WORD.findall(part)
        for end in range(len(words), 0, -1):
            for count in range(min(_MOST_WORDS, end), 0, -1):
                if found := _of_label(" ".join(words[end - count : end])):
                    return found
    return ""


@lru_cache(maxsize=4096)
def _of_label(text: str) -> str:
    taxonomy = bundled_taxonomy()
    if taxonomy is None or not spelling_key(text):
        return ""
    for form in (text, f"{text}s", text.removesuffix("s"), text.removesuffix("es")):
        found = taxonomy.of_label(CATEGORY, form)
        if found and found != OTHER:
            return found
    return ""
