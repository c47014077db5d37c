"""Another person's corrections: taken over, with conflicts listed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fashionlens_gui.catalogue import database, operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_attributes import add_attribute, own_columns
from fashionlens_gui.catalogue.own_columns import own_attributes
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.upkeep.merge import merge
from tests.catalogue.catalogue_rows import add, item


@pytest.fixture
def theirs(catalogue: Catalogue, file: Path, tmp_path: Path) -> Iterator[Catalogue]:
    """A copy of the catalogue with three photos, which Bea writes; her photos are elsewhere."""
    add(catalogue, item("a.jpg"), item("b.jpg"), item("c.jpg"))
    operations.correct(catalogue, [3], {"category": "Hat"})
    catalogue.close()
    shutil.copy(file, tmp_path / "bea.sqlite")
    with Catalogue(tmp_path / "bea.sqlite", write=True, who="Bea") as opened:
        with opened.database.transaction(durable=False) as database:
            database.execute("UPDATE photos SET path = CAST('/bea' || CAST(path AS TEXT) AS BLOB)")
        yield opened


@pytest.fixture
def ours(theirs: Catalogue, file: Path) -> Iterator[Catalogue]:
    with Catalogue(file, write=True, who="Ada") as opened:
        yield opened


def categories(catalogue: Catalogue) -> list[str]:
    return [tag.category for tag in catalogue.tags(find(catalogue, Query())).values()]


def test_their_corrections_come_in_as_one_operation(ours: Catalogue, theirs: Catalogue) -> None:
    operations.correct(theirs, [1], {"category": "Skirt", "colour": "Teal"})
    operations.correct(theirs, [3], {"category": "Scarf"})  # over what Ada said before the copy
    add(theirs, item("d.jpg", folder="/bea"))
    operations.correct(theirs, find(theirs, Query(text="d.jpg")).tolist(), {"category": "Bag"})
    found = merge(ours, theirs.file)
    assert (found.changes.ids.tolist(), found.conflicts, found.unknown) == ([1, 3], [], 1)
    assert categories(ours) == ["Skirt", "Dress", "Scarf"]
    assert [(each.who, each.attribute, each.before, each.after) for each in ours.history(1)] == [
        ("Bea", "category", "Dress", "Skirt"),
        ("Bea", "colour", "Navy blue", "Teal"),
    ]
    assert not merge(ours, theirs.file).changes
    operations.undo(ours)
    assert categories(ours) == ["Dress", "Dress", "Hat"]
    assert ours.tags([1])[1].attributes.values()[0] == "Navy blue"


def test_conflicts_are_listed_and_not_overwritten(ours: Catalogue, theirs: Catalogue) -> None:
    operations.correct(ours, [1, 2], {"category": "Coat"})
    operations.correct(theirs, [1], {"category": "Skirt"})
    operations.correct(theirs, [2], {"category": "Coat"})
    found = merge(ours, theirs.file)
    assert not found.changes
    ((file, attribute, our_value, our_name, their_value, their_name),) = [
        (each.file, each.attribute, each.ours, each.our_name, each.theirs, each.their_name) for each in found.conflicts
    ]
    assert (file, attribute) == ("a.jpg", "category")
    assert (our_value, our_name, their_value, their_name) == ("Coat", "Ada", "Skirt", "Bea")
    assert categories(ours) == ["Coat", "Coat", "Hat"]
    taken = merge(ours, theirs.file, theirs=True)
    assert (taken.changes.ids.tolist(), len(taken.conflicts)) == ([1], 1)
    assert categories(ours) == ["Skirt", "Coat", "Hat"]


def test_what_changed_here_since_stays_without_a_conflict(ours: Catalogue, theirs: Catalogue) -> None:
    operations.correct(ours, [3], {"category": "Belt"})  # Bea still has the Hat of both
    found = merge(ours, theirs.file)
    assert (bool(found.changes), found.conflicts) == (False, [])
    assert categories(ours) == ["Dress", "Dress", "Belt"]


def test_their_own_attributes_come_in_by_name_and_added_values_are_offered(ours: Catalogue, theirs: Catalogue) -> None:
    add_attribute(ours, "Sleeve", ["Short", "Long"])
    add_attribute(theirs, "neckline", ["Round", "V-neck"])  # has the code of Ada's sleeve
    add_attribute(theirs, "sleeve", ["Short", "Long"])
    operations.correct(theirs, [1], {"neckline": "Round", "sleeve": "Long"})
    operations.correct(theirs, [2], {"sleeve": "Short"})
    operations.correct(ours, [2], {"sleeve": "Long"})
    operations.add_value(theirs, "colour", "Petrol")
    operations.add_value(theirs, "sleeve", "None at all")
    found = merge(ours, theirs.file)
    assert (found.changes.ids.tolist(), found.attributes, found.offered) == ([1], ("neckline",), 2)
    assert [(each.attribute, each.ours, each.theirs) for each in found.conflicts] == [("sleeve", "Long", "Short")]
    assert find(ours, Query(values={"neckline": ["Round"], "sleeve": ["Long"]})).tolist() == [1]
    assert ours.vocabulary()["colour"] == ["Petrol"]
    with ours.database.read() as database:
        assert {each.name: each.values for each in own_attributes(database)} == {
            "Sleeve": ("Long", "None at all", "Short"),
            "neckline": ("Round", "V-neck"),
        }
    operations.undo(ours)
    assert set(own_columns(ours).values()) == {"Sleeve"}
    assert find(ours, Query(values={"sleeve": ["Long"]})).tolist() == [2]
    operations.redo(ours)
    assert find(ours, Query(values={"neckline": ["Round"], "sleeve": ["Long"]})).tolist() == [1]
    assert merge(ours, theirs.file, theirs=True).changes.ids.tolist() == [2]
    assert find(ours, Query(values={"sleeve": ["Short"]})).tolist() == [2]
    assert not merge(ours, theirs.file).changes


def test_what_they_undid_or_forgot_does_not_come_in(ours: Catalogue, theirs: Catalogue) -> None:
    operations.correct(theirs, [1], {"category": "Skirt"})
    operations.undo(theirs)
    operations.correct(theirs, [2], {"category": "Skirt"})
    operations.forget(theirs, [2])
    assert not merge(ours, theirs.file).changes


def test_their_catalogue_of_an_earlier_version_comes_in_and_stays_as_it_is(
    ours: Catalogue, theirs: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations.correct(theirs, [1], {"category": "Skirt"})
    theirs.close()
    before = theirs.file.read_bytes()
    migrations = {database.FORMAT.version: "ALTER TABLE photos ADD COLUMN shop TEXT"}
    newer = replace(database.FORMAT, version=database.FORMAT.version + 1, migrations=migrations)
    monkeypatch.setattr(database, "FORMAT", newer)
    assert merge(ours, theirs.file).changes.ids.tolist() == [1]
    assert theirs.file.read_bytes() == before
