"""Attributes that people define: defined, labelled, trained, predicted, and found like the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_attributes import add_attribute, own_columns, remove_attribute, train
from fashionlens_gui.catalogue.own_columns import own_attributes
from fashionlens_gui.catalogue.query import Query, counts, find
from fashionlens_gui.catalogue.search.facets import facets
from fashionlens_gui.messages import sentence
from fashionlens_gui.product_groups import arranging
from fashionlens_gui.product_groups.products import products
from fashionlens_gui.tagging.csv_export import Options, record
from fashionlens_gui.tagging.job_events import Tagged
from tests.catalogue.catalogue_rows import add, item
from trainer.errors import DataError

KINDS = ("Round", "V-neck")
_DIRECTIONS = np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0]


def photo(kind: int, number: int, noise: float = 0.35, category: str = "Dress") -> Tagged:
    """A photo whose embedding shows its kind, more or less clearly."""
    rng = np.random.default_rng([kind, number])
    vector = _DIRECTIONS[kind] + noise * rng.normal(size=8) / np.sqrt(8)
    name = f"{KINDS[kind]} {number}.jpg"
    return replace(item(name, category, 0.9), embedding=(vector / np.linalg.norm(vector)).astype(np.float16))


@pytest.fixture
def shop(catalogue: Catalogue) -> tuple[Catalogue, dict[str, list[int]]]:
    """An attribute “neckline”, 60 photos of each value, and their ids."""
    ids = {name: add(catalogue, *(photo(kind, number) for number in range(60))) for kind, name in enumerate(KINDS)}
    add_attribute(catalogue, "neckline", KINDS)
    return catalogue, ids


def label(catalogue: Catalogue, ids: dict[str, list[int]], count: int) -> None:
    for value, photos in ids.items():
        operations.correct(catalogue, photos[:count], {"neckline": value})


def test_trained_values_are_found_counted_sorted_and_exported(shop: tuple[Catalogue, dict[str, list[int]]]) -> None:
    catalogue, ids = shop
    label(catalogue, ids, 20)
    _, attribute = train(catalogue, "Neckline")
    head = attribute.head
    assert head is not None and head.promised == 0.9 and head.accuracy == 1.0 and head.photos == 40
    counted = counts(catalogue, Query(), "neckline")
    assert sum(counted.values()) == 120 and min(counted["Round"], counted["V-neck"]) > 50
    found = {value: set(find(catalogue, Query(values={"neckline": value}))) for value in KINDS}
    assert found["Round"] <= set(ids["Round"]) and len(found["Round"]) == counted["Round"]
    assert found["V-neck"] <= set(ids["V-neck"])
    assert find(catalogue, Query(sort="neckline", descending=True))[0] in found["V-neck"]
    faceted = facets(catalogue, Query(values={"neckline": ["Round"]}), ["neckline", "status"])
    assert faceted == {"neckline": counted, "status": {"ok": counted["Round"]}}
    assert found["Round"] <= set(find(catalogue, Query(text="round")))
    sure = max(found["V-neck"] - set(ids["V-neck"][:20]))
    (tag,) = catalogue.tags([sure]).values()
    own = Options(own=own_columns(catalogue), with_confidence=True)
    row = record(tag, own)
    assert list(row)[-2:] == ["neckline", "neckline_confidence"] and row["neckline"] == "V-neck"
    assert row["neckline_confidence"] > 0.5


def test_photos_that_are_tagged_later_are_predicted_too(shop: tuple[Catalogue, dict[str, list[int]]]) -> None:
    catalogue, ids = shop
    label(catalogue, ids, 20)
    train(catalogue, "neckline")
    (new, other) = add(catalogue, photo(1, 100), photo(1, 101, category="Bag"))
    found = find(catalogue, Query(values={"neckline": "V-neck"}))
    assert new in found and other not in found  # no labelled photo is a bag
    add(catalogue, replace(photo(0, 100), tag=photo(1, 100).tag))  # the file has changed
    assert new in find(catalogue, Query(values={"neckline": "Round"}))


def test_with_few_or_unclear_labels_nothing_is_sure(shop: tuple[Catalogue, dict[str, list[int]]]) -> None:
    catalogue, ids = shop
    label(catalogue, ids, 5)
    _, attribute = train(catalogue, "neckline")
    assert attribute.head is not None and attribute.head.promised is None
    assert counts(catalogue, Query(), "neckline") == {"": 110, "Round": 5, "V-neck": 5}
    (tag,) = catalogue.tags([ids["Round"][-1]]).values()
    assert (tag.own[0].value, tag.own[0].unsure, tag.own[0].exported) == ("Round", True, "")
    wrong = {KINDS[1 - place]: ids[name] for place, name in enumerate(KINDS)}
    for name in KINDS:  # half of the labels are wrong
        operations.correct(catalogue, ids[name][:40:2], {"neckline": name})
        operations.correct(catalogue, wrong[name][1:40:2], {"neckline": name})
    _, attribute = train(catalogue, "neckline")
    assert attribute.head is not None and attribute.head.promised is None


def test_copies_of_one_photo_prove_nothing(shop: tuple[Catalogue, dict[str, list[int]]]) -> None:
    catalogue, _ = shop
    copies = {
        name: add(catalogue, *(replace(photo(kind, 0), tag=photo(kind, 200 + n).tag) for n in range(30)))
        for kind, name in enumerate(KINDS)
    }
    label(catalogue, copies, 30)
    _, attribute = train(catalogue, "neckline")
    assert attribute.head is not None and attribute.head.promised is None


def test_what_a_person_sets_counts_and_is_undone(shop: tuple[Catalogue, dict[str, list[int]]]) -> None:
    catalogue, ids = shop
    label(catalogue, ids, 20)
    train(catalogue, "neckline")
    last = ids["Round"][-1]
    operations.correct(catalogue, [last], {"neckline": "V-neck"})
    assert last in find(catalogue, Query(values={"neckline": "V-neck"}))
    assert catalogue.statistics().corrected == 0  # the model predicts no neckline
    assert catalogue.vocabulary() == {}
    operations.undo(catalogue)
    assert last in find(catalogue, Query(values={"neckline": "Round"}))
    remove_attribute(catalogue, "neckline")
    with pytest.raises(DataError) as error:
        find(catalogue, Query(values={"neckline": "Round"}))
    assert "no attribute “neckline”" in sentence(error.value)
    operations.undo(catalogue)
    assert last in find(catalogue, Query(values={"neckline": "Round"}))


def test_adding_is_undone_and_the_name_is_free_again(catalogue: Catalogue) -> None:
    add_attribute(catalogue, "style", ("Boho", "Formal"))
    operations.undo(catalogue)
    add_attribute(catalogue, "Style", ("A", "B", "C"))
    with catalogue.database.read() as database:
        assert [(each.name, each.values) for each in own_attributes(database)] == [("Style", ("A", "B", "C"))]


def test_a_product_has_the_value_of_its_photos(shop: tuple[Catalogue, dict[str, list[int]]]) -> None:
    catalogue, ids = shop
    arranging.group(catalogue, {id_: ("A", place) for place, id_ in enumerate(ids["V-neck"][-3:])})
    label(catalogue, ids, 20)
    train(catalogue, "neckline")
    (code,) = own_columns(catalogue)
    assert products(catalogue)[0].values[code] == "V-neck"


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("colour", ("A", "B"), "already"),
        ("Neckline", ("A", "B"), "already"),
        (" ", ("A", "B"), "cannot be the name"),
        ("style", ("A", "a"), "two or more values"),
        ("style", ("A",), "two or more values"),
    ],
)
def test_a_wrong_definition_is_explained(catalogue: Catalogue, name: str, values: tuple[str, ...], words: str) -> None:
    add_attribute(catalogue, "neckline", KINDS)
    with pytest.raises(DataError) as error:
        add_attribute(catalogue, name, values)
    assert words in sentence(error.value)


def test_training_without_labels_says_how_many_are_missing(shop: tuple[Catalogue, dict[str, list[int]]]) -> None:
    catalogue, ids = shop
    operations.correct(catalogue, ids["Round"][:4], {"neckline": "Round"})
    with pytest.raises(DataError) as error:
        train(catalogue, "neckline")
    assert "4 of “Round”" in sentence(error.value)
