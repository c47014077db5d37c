"""The lists that people choose from, as queries; photos by folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files.folders import folders
from fashionlens_gui.catalogue.lists.list_sources import (
    NamedQuery,
    Source,
    counts_of,
    filtered,
    last_imports,
    list_counts,
    place_name,
    query_of,
    query_to_keep,
)
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.search.facets import facets
from fashionlens_gui.tagging.tag import Status
from tests.catalogue.catalogue_rows import add, broken, item


@pytest.fixture
def shop(catalogue: Catalogue) -> list[int]:
    """Two imports; the second photo needs review, the third could not be read, the fourth is corrected."""
    ids = add(catalogue, item("a.jpg"), item("b.jpg", "Coat", 0.4), broken("c.jpg"))
    ids += add(catalogue, item("d.jpg", "Bag", folder="/photos/summer"), item("e.jpg", "Bag", folder="/photos/summer"))
    operations.correct(catalogue, ids[3:4], {"category": "Coat"})
    return ids


def test_the_counts_are_those_of_the_lists(catalogue: Catalogue, shop: list[int]) -> None:
    counts = list_counts(catalogue)
    assert counts == {source: len(find(catalogue, query_of(source, catalogue))) for source in Source}
    assert (counts[Source.EVERYTHING], counts[Source.NEEDS_REVIEW], counts[Source.CORRECTED]) == (5, 1, 1)
    operations.forget(catalogue, shop[1:2])
    assert list_counts(catalogue)[Source.NEEDS_REVIEW] == 0


def test_imports_without_photos_in_lists_are_left_out(catalogue: Catalogue, shop: list[int]) -> None:
    second, first = last_imports(catalogue, 10)
    assert (first.photos, second.photos, second.unfinished) == (3, 2, False)
    assert find(catalogue, Query(batch=first.batch)).tolist() == shop[:3]
    assert [each.batch for each in last_imports(catalogue, 1)] == [second.batch]
    operations.forget(catalogue, shop[3:])
    assert last_imports(catalogue, 10) == [first]
    assert place_name([Path("/x/one"), Path("/x/two"), Path("/x/three")]) == "one and 2 more"


@pytest.mark.parametrize("source", [*Source, NamedQuery("bags", Query(values={"category": ("Bag", "Dress")}))])
def test_a_filter_chooses_among_the_photos_of_a_source(catalogue: Catalogue, shop: list[int], source: Source) -> None:
    for wanted in (Query(values={"category": "Coat"}), Query(status=Status.OK, sort="name", descending=True)):
        every = find(catalogue, wanted)
        expected = every[np.isin(every, find(catalogue, query_of(source, catalogue)))]
        assert find(catalogue, filtered(query_of(source, catalogue), wanted)).tolist() == expected.tolist()
        if source is not Source.CURRENT:
            kept = query_to_keep(source, wanted)
            assert find(catalogue, kept).tolist() == expected.tolist()


def test_facets_of_a_source_count_its_photos_alone(catalogue: Catalogue, shop: list[int]) -> None:
    query = filtered(query_of(Source.NEEDS_REVIEW, catalogue), Query())
    assert facets(catalogue, query, ["category", "status"]) == {"category": {"Coat": 1}, "status": {"needs review": 1}}
    some = Query(photos=shop[3:])
    assert find(catalogue, some).tolist() == shop[3:] and len(find(catalogue, Query(photos=[]))) == 0


def test_folders_count_as_if_none_was_chosen(catalogue: Catalogue, shop: list[int]) -> None:
    everything = {Path("/photos"): 3, Path("/photos/summer"): 2}
    assert folders(catalogue, Query(below=[Path("/photos/summer")])) == everything
    assert folders(catalogue, Query(values={"category": "Coat"})) == {Path("/photos"): 1, Path("/photos/summer"): 1}


def test_a_search_for_a_removed_attribute_has_no_count(catalogue: Catalogue, shop: list[int]) -> None:
    assert counts_of(catalogue, [Query(), Query(values={"own_7": "Long"})]) == [5, -1]
