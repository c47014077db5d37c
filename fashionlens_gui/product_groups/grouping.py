"""Grouping photos by a rule that people see: patterns of file names, folders, or a table that names file and SKU.

A preview says what a rule would do before anything changes; suggestions are rules that fit the names that are there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.database import set_setting, setting
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.product_groups import arranging
from fashionlens_gui.product_groups.arranging import sku_key
from fashionlens_gui.product_groups.name_pattern import NameParts, NamePattern
from fashionlens_gui.product_groups.views import View
from fashionlens_gui.tagging.tag import printable
from trainer.spelling import spelling_key

FOLDER_PATTERN = "{sku}/{*}"
"""The folder is the SKU."""
_RULE = "product_patterns"
_CANDIDATES = (
    *("{sku}_{n}", "{sku}-{n}", "{sku} ({n})", "{sku}({n})", "{sku} {n}", "{sku}.{n}"),
    *("{sku}_{view}", "{sku}-{view}", "{sku} {view}", "{sku}_{view}_{n}", "{sku}-{view}-{n}", "{sku}_{view}{n}"),
    *("{sku}_{n}_{*}", "{sku}-{n}-{*}", "{n}_{sku}", FOLDER_PATTERN),
)
_MOST_PHOTOS = 20  # of a product; more is rather a folder or a camera's counter
_HIGHEST_NUMBER = 40
_WORTH_SUGGESTING = 0.2
_SUGGESTIONS = 3
_MOST_PATTERNS = 4
_LEAST_GAIN = 0.02
_NAMES_OF_A_PART = 1000


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule does with names.

    Attributes:
        matches: Name and what the rule finds in it, in the order of the names; None where it does not match.
        products: Number of products.
        sizes: Number of products by their number of photos, ascending.
        alike: SKUs that differ in signs, zeros or letters that look alike, and may be one product.
    """

    matches: tuple[tuple[str, NameParts | None], ...]
    products: int
    sizes: Mapping[int, int]
    alike: tuple[tuple[str, ...], ...]

    @property
    def unmatched(self) -> tuple[str, ...]:
        return tuple(name for name, parts in self.matches if parts is None)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule that fits: its patterns, the share of photos that get into plausible products, [0, 1], the products."""

    patterns: tuple[str, ...]
    share: float
    products: int


def matcher(patterns: Sequence[str]) -> Sequence[NamePattern]:
    """Patterns, checked; see :class:`NamePattern` for the errors."""
    return [NamePattern(text) for text in patterns]


def match(patterns: Sequence[NamePattern], name: str) -> NameParts | None:
    """What the first pattern that matches finds."""
    return next((found for pattern in patterns if (found := pattern.match(name)) is not None), None)


def preview(names: Iterable[str], patterns: Sequence[str]) -> Preview:
    """What patterns do with names, of which the first that matches counts."""
    checked = matcher(patterns)
    matches = tuple((name, match(checked, name)) for name in names)
    skus: dict[str, str] = {}
    photos: Counter[str] = Counter()
    for _, parts in matches:
        if parts is not None:
            skus.setdefault(sku_key(parts.sku), parts.sku)
            photos[sku_key(parts.sku)] += 1
    sizes = Counter(photos.values())
    return Preview(matches, len(photos), dict(sorted(sizes.items())), _alike(skus.values()))


def _alike(skus: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    similar: dict[str, list[str]] = {}
    look = str.maketrans("oil", "011")
    for sku in skus:
        plain = spelling_key(sku).translate(look)
        similar.setdefault(plain.lstrip("0") or plain, []).append(sku)
    return tuple(tuple(found) for found in similar.values() if len(found) > 1)


def suggestions(names: Sequence[str]) -> list[Suggestion]:
    """Rules that fit names, best first; at most three, none where no rule groups a fifth of the photos.

    Where names are mixed, the first rule has several patterns. Of many names a sample of three parts is used.
    """
    names = _some(sorted(names))
    found = {text: parts for text in _CANDIDATES if any(parts := _matches(text, names))}
    shares = {text: _share_plausible(parts) for text, parts in found.items()}
    order = sorted(found, key=lambda text: -shares[text])
    rules: list[Suggestion] = []
    for text in order[:_SUGGESTIONS]:
        if shares[text] >= _WORTH_SUGGESTING:
            rules.append(_with_others(text, found, names) if not rules else _suggestion((text,), found[text]))
    return rules


def _some(names: list[str]) -> list[str]:
    if len(names) <= 3 * _NAMES_OF_A_PART:
        return names
    starts = (0, (len(names) - _NAMES_OF_A_PART) // 2, len(names) - _NAMES_OF_A_PART)
    return [name for start in starts for name in names[start : start + _NAMES_OF_A_PART]]


def _matches(text: str, names: Sequence[str]) -> list[NameParts | None]:
    pattern = NamePattern(text)
    parts = [pattern.match(name) for name in names]
    if "{view}" in text:  # other words are parts of SKUs
        parts = [each if each is not None and each.view != View.UNKNOWN else None for each in parts]
    return parts


def _suggestion(patterns: tuple[str, ...], parts: Sequence[NameParts | None]) -> Suggestion:
    skus = {sku_key(each.sku) for each in parts if each is not None}
    return Suggestion(patterns, _share_plausible(parts), len(skus))


def _with_others(text: str, found: Mapping[str, list[NameParts | None]], names: Sequence[str]) -> Suggestion:
    """A pattern with those that match what it leaves, as long as each brings more photos into plausible products. The
    first photo often has the SKU alone: A.jpg, A (2).jpg.
    """
    patterns: tuple[str, ...] = (text,)
    parts = found[text]
    others = {other: each for other, each in found.items() if "/" not in other and other != text}
    others["{sku}"] = _matches("{sku}", names)
    while len(patterns) < _MOST_PATTERNS and None in parts:
        merged = {other: [one or two for one, two in zip(parts, each, strict=True)] for other, each in others.items()}
        best = max(merged, key=lambda other: _share_plausible(merged[other]))
        if _share_plausible(merged[best]) < _share_plausible(parts) + _LEAST_GAIN:
            break
        patterns, parts = (*patterns, best), merged[best]
    return _suggestion(patterns, parts)


def _share_plausible(parts: Sequence[NameParts | None]) -> float:
    """The share of names in products of 2 to 20 photos with different small numbers or known views."""
    groups: dict[str, list[NameParts]] = {}
    for each in parts:
        if each is not None:
            groups.setdefault(sku_key(each.sku), []).append(each)
    good = 0
    for group in groups.values():
        numbers = [each.number for each in group if each.number is not None]
        twice = len({(each.number, each.view) for each in group}) < len(group)
        plausible = 2 <= len(group) <= _MOST_PHOTOS and max(numbers, default=0) <= _HIGHEST_NUMBER
        good += len(group) if plausible and not (numbers and twice) else 0
    return good / len(parts) if parts else 0.0


def names_of(catalogue: Catalogue, query: Query) -> dict[int, str]:
    """The paths of a list's photos by id, printable, with ``/`` between folders, in the order of the list."""
    ids = find(catalogue, query).tolist()
    with catalogue.database.read() as database:
        path_of = dict(database.execute("SELECT id, path FROM photos WHERE hidden_by IS NULL"))
    return {id_: _name(path_of[id_]) for id_ in ids if id_ in path_of}


def group_by_names(catalogue: Catalogue, query: Query, patterns: Sequence[str], anew: bool = False) -> Changes:
    """Group a list's photos by patterns, which are remembered. Photos that none matches stay where they are.

    Args:
        catalogue: Open for writing.
        query: The list.
        patterns: The first that matches counts.
        anew: Also photos that a person put elsewhere.
    """
    checked = matcher(patterns)
    found = {id_: parts for id_, name in names_of(catalogue, query).items() if (parts := match(checked, name))}
    with catalogue.database.transaction(durable=True) as database:
        set_setting(database, _RULE, list(patterns))
        return arranging.group(catalogue, {id_: (each.sku, each.position) for id_, each in found.items()}, anew)


def match_table(names: Mapping[int, str], skus: Mapping[str, str]) -> tuple[dict[int, tuple[str, int]], list[str]]:
    """What a table of files and SKUs does with names: SKU and position by the photo's id, and the names without row.

    Args:
        names: See :func:`names_of`.
        skus: See :func:`fashionlens_gui.product_groups.table_joins.file_skus`; positions follow its order.
    """
    place_of = {key: place for place, key in enumerate(skus)}
    found: dict[int, tuple[str, int]] = {}
    unmatched = []
    for id_, name in names.items():
        stem = name.rpartition("/")[2].rpartition(".")[0].casefold()
        if stem in skus:
            found[id_] = (skus[stem], place_of[stem])
        else:
            unmatched.append(name)
    return found, unmatched


def matching_without_product(catalogue: Catalogue, patterns: Sequence[str]) -> list[int]:
    """Ids of the photos in no product that patterns match; not those that a person took out of a product."""
    checked = matcher(patterns)
    with catalogue.database.read() as database:
        rows = database.execute(
            "SELECT id, path FROM photos WHERE product IS NULL AND product_placed = 0 AND hidden_by IS NULL"
        ).fetchall()
    return [id_ for id_, path in rows if match(checked, _name(path)) is not None]


def _name(path: bytes) -> str:
    return printable(os.fsdecode(path)).replace(os.sep, "/")


def remembered_patterns(catalogue: Catalogue) -> tuple[str, ...]:
    """The patterns of the last grouping by names; none before there was one."""
    with catalogue.database.read() as database:
        return tuple(setting(database, _RULE) or ())
