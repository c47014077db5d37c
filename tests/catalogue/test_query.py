"""Lists as queries: which photos, in which order."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.colour_search import NearColour
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import SORTS, Days, Query, counts, embeddings, find
from fashionlens_gui.catalogue.search.facets import facets
from fashionlens_gui.tagging.tag import Status
from tests.catalogue.catalogue_rows import add, broken, item


@pytest.fixture
def names(catalogue: Catalogue) -> dict[int, str]:
    """A catalogue with two imports; ids of its photos and their names."""
    ids = add(
        catalogue,
        item("shop/IMG 10.jpg", "Coat", 0.9),
        item("shop/img 2.jpg", "Bag", 0.40625),
        item("shop 2/ÄRMEL_1.jpg", "Dress", 0.6),
        broken("shop/broken.jpg"),
    )
    ids += add(catalogue, item("shop/IMG 10.jpg", "Coat", 0.9), item("100%.jpg", "Dress", 0.7, attributes={}))[1:]
    operations.correct(catalogue, ids[1:2], {"category": "hat", "colour": "Teal"})
    return dict(zip(ids, ("10", "2", "Ä", "broken", "%"), strict=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), "10 2 Ä broken %"),
        (Query(descending=True), "% broken Ä 2 10"),
        (Query(sort="name"), "% Ä broken 2 10"),
        (Query(sort="category"), "broken 10 Ä % 2"),  # without case
        (Query(sort="confidence"), "broken Ä % 10 2"),  # what a person set is last
        (Query(sort="confidence", descending=True), "2 10 % Ä broken"),
        (Query(status=Status.ERROR), "broken"),
        (Query(status=Status.OK, sort="name"), "% Ä 2 10"),
        (Query(values={"category": "Dress"}), "Ä %"),
        (Query(values={"colour": "Navy blue", "season": "Winter"}), "10 Ä"),
        (Query(values={"colour": ""}), "broken %"),
        (Query(corrected=True), "2"),
        (Query(corrected=False), ""),
        (Query(batch=1), "10 2 Ä broken"),
        (Query(batch=2), "10 %"),
        (Query(below=[Path("/photos/shop")]), "10 2 broken"),
        (Query(below=[Path("/photos/shop/broken.jpg"), Path("/photos/shop 2")]), "Ä broken"),
        (Query(below=[Path("/photos/sho")]), ""),
        (Query(text="IMG"), "10 2"),
        (Query(text="ärmel"), "Ä"),
        (Query(text="SHOP teal"), "2"),
        (Query(text="navy"), "10 Ä"),
        (Query(text="%"), "%"),
        (Query(text="L_1"), "Ä"),
        (Query(text="l_2"), ""),
        (Query(text="Armel"), "Ä"),
        (Query(text="dresses"), "Ä %"),
        (Query(text="mg"), ""),  # inside a word
        (Query(text='"navy blue"'), "10 Ä"),
        (Query(text='"blue navy"'), ""),
        (Query(text="blue OR hat) ("), ""),
        (Query(values={"category": ["Bag", "Dress", "coat"]}), "10 Ä %"),
        (Query(values={"category": ["Coat", "Dress"], "colour": "Navy blue"}), "10 Ä"),
        (Query(values={"category": []}), "10 2 Ä broken %"),
        (Query(status=[Status.ERROR, Status.OK], sort="name"), "% Ä broken 2 10"),
        (Query(near_colour=NearColour((20, 20, 60))), "10 2 Ä %"),
        (Query(near_colour=NearColour((20, 20, 60), least_share=0.75)), ""),
        (Query(near_colour=NearColour((200, 20, 60))), ""),
        (Query(added=Days(date(2020, 1, 1))), "10 2 Ä broken %"),
        (Query(added=Days(last=date(2020, 1, 1))), ""),
        (Query(gone=True), ""),
        (Query(gone=False), "10 2 Ä broken %"),
    ],
)
def test_photos_of_a_list(catalogue: Catalogue, names: dict[int, str], query: Query, expected: str) -> None:
    found = find(catalogue, query)
    assert found.dtype == np.int64
    assert [names[id_] for id_ in found.tolist()] == expected.split()


def test_a_large_import_is_found_as_a_small_one(
    catalogue: Catalogue, names: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = find(catalogue, Query(batch=2, sort="name"))
    monkeypatch.setattr("fashionlens_gui.catalogue.id_sets._FEW", 1)
    assert find(catalogue, Query(batch=2, sort="name")).tolist() == small.tolist()
    assert find(catalogue, Query(batch=99)).tolist() == []


def test_every_sort_gives_every_photo_and_uses_its_index(catalogue: Catalogue, names: dict[int, str]) -> None:
    for sort in SORTS:
        assert sorted(find(catalogue, Query(sort=sort)).tolist()) == list(names)
        column = {"arrival": "id", "name": "name_key", "second": "second_category", "near_colour": "id"}.get(sort, sort)
        with catalogue.database.read() as database:
            plan = database.execute(
                f"EXPLAIN QUERY PLAN SELECT id FROM photos WHERE hidden_by IS NULL ORDER BY {column}, id"
            ).fetchall()
        assert not any("TEMP B-TREE" in step[3] for step in plan), sort


def test_counts_of_a_list(catalogue: Catalogue, names: dict[int, str]) -> None:
    assert counts(catalogue, Query()) == {"ok": 4, "error": 1}
    assert counts(catalogue, Query(batch=2), "category") == {"Coat": 1, "Dress": 1}
    with pytest.raises(ValueError):
        counts(catalogue, Query(), "path")


def test_facets_count_what_could_be_chosen_beside_the_chosen_values(
    catalogue: Catalogue, names: dict[int, str]
) -> None:
    found = facets(catalogue, Query())
    assert found["category"] == {"Dress": 2, "": 1, "Coat": 1, "hat": 1}
    assert found["colour"] == {"": 2, "Navy blue": 2, "Teal": 1}
    assert found["status"] == {"ok": 4, "error": 1}
    chosen = Query(text="shop", values={"category": ["Coat"], "colour": ["Navy blue", "Teal"]})
    found = facets(catalogue, chosen, ["category", "colour", "season"])
    assert found == {
        "category": {"Coat": 1, "Dress": 1, "hat": 1},
        "colour": {"Navy blue": 1},
        "season": {"Winter": 1},
    }
    with pytest.raises(ValueError):
        facets(catalogue, Query(), ["path"])


def test_embeddings_are_one_array_of_one_model(catalogue: Catalogue) -> None:
    ids = add(catalogue, item("a.jpg"), broken("b.jpg"), item("c.jpg"))
    add(catalogue, item("d.jpg"), model=ModelIdentity("another"))
    ids_N, embeddings_ND = embeddings(catalogue)
    assert ids_N.tolist() == [ids[0], ids[2]]
    assert embeddings_ND.dtype == np.float16 and embeddings_ND.tolist() == [[0.5] * 4] * 2
    assert embeddings(catalogue, Query(text="c.jpg"))[0].tolist() == [ids[2]]
    assert embeddings(catalogue, Query(text="b.jpg"))[1].shape == (0, 0)
