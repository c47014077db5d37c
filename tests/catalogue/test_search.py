"""Words, colours and saved searches: found at once, in step with what people do, undone as any other step."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Kind
from fashionlens_gui.catalogue.colour_search import NearColour, photos_near
from fashionlens_gui.catalogue.query import Days, Query, find
from fashionlens_gui.catalogue.schema import FORMAT, MIGRATIONS, TABLES, CatalogueError
from fashionlens_gui.catalogue.search.saved_searches import (
    delete_search,
    rename_search,
    save_search,
    saved_search,
    saved_searches,
)
from fashionlens_gui.catalogue.search_words import search_words
from fashionlens_gui.messages.photos import operation_text
from fashionlens_gui.tagging.tag import Status
from tests.catalogue.catalogue_rows import add, item
from tests.processes import unix
from trainer.inference.colours import ciede2000, lab


@pytest.mark.parametrize(
    ("typed", "value", "found"),
    [
        ("dress", "Dress", True),
        ("dresses", "Dress", True),
        ("shoe", "Casual shoes", True),
        ("shirts", "Sweatshirts", True),
        ("shirt", "T-shirt", True),
        ("t-shirts", "T-shirt", False),  # two words in one: no plural
        ("parties", "Party", True),
        ("party", "Parties", True),
        ("men", "Men", True),
        ("men", "Women", False),
        ("women", "Women", True),
        ("red", "Tapered", False),
        ("kleider", "Kleid", True),
        ("röcke", "Rock", True),
        ("rocke", "Röcke", True),
        ("Damen", "Dame", True),
        ("manteaux", "Manteau", True),
        ("vestidos", "Vestido", True),
        ("pantalones", "Pantalón", True),
        ("STRASSE", "Straße", True),
        ("blue", "Navy blue", True),
        ('"navy blue"', "Dark navy blue", True),
        ('"navy bl"', "Navy blue", False),
    ],
)
def test_words_match_values_in_singular_and_plural(typed: str, value: str, found: bool) -> None:
    (word,) = search_words(typed)
    assert word.is_in(value) is found


def test_plurals_accents_and_compounds_are_found_in_names(catalogue: Catalogue) -> None:
    names = ["Röcke/1.jpg", "Wintermantel.jpg", "party dresses.jpg", "robe d’été.jpg", "a-4711-b.jpg", "red/2.jpg"]
    ids = dict(zip(add(catalogue, *(item(name, attributes={}) for name in names)), names, strict=True))

    def found(text: str) -> list[str]:
        return [ids[id_] for id_ in find(catalogue, Query(text=text)).tolist()]

    assert found("rock") == found("röcke") == found("ROCKE") == names[:1]
    assert found("mantel") == names[1:2]
    assert found("dress") == names  # the category of all of them
    assert found("parties") == names[2:3]
    assert found("ete") == found("été robe") == names[3:4]
    assert found("71") == found("4711-b") == names[4:5]
    assert found("ed") == []
    assert found('""') == found(" ") == found('"') == names
    assert found("*") == found("NEAR(") == []


def test_the_index_follows_names_notes_and_undo(catalogue: Catalogue) -> None:
    a, b = add(catalogue, item("old.jpg"), item("b.jpg"))
    changes = operations.set_note(catalogue, [a, b], " Returned by customer\n")
    assert (changes.kinds, changes.ids.tolist()) == ({Kind.VALUES}, [a, b])
    assert not operations.set_note(catalogue, [a, b], "Returned by customer")
    assert operation_text(catalogue.next_operation(back=True)) == "note on 2 photos"
    assert find(catalogue, Query(text="customers")).tolist() == [a, b]
    operations.set_note(catalogue, [b], "")
    assert find(catalogue, Query(text="customer")).tolist() == [a]
    operations.undo(catalogue)
    assert find(catalogue, Query(text="customer")).tolist() == [a, b]
    operations.undo(catalogue)
    assert find(catalogue, Query(text="customer")).tolist() == []
    operations.redo(catalogue)
    assert find(catalogue, Query(text="customer")).tolist() == [a, b]
    operations.forget(catalogue, [a])
    assert find(catalogue, Query(text="customer")).tolist() == [b]
    operations.undo(catalogue)
    with catalogue.database.transaction(durable=False) as database:
        database.execute("UPDATE photos SET file = 'new.jpg', folded = 'new.jpg' WHERE id = ?", (a,))
        database.execute("DELETE FROM photos WHERE id = ?", (b,))
    assert [find(catalogue, Query(text=text)).tolist() for text in ("old", "new", "customer")] == [[], [a], [a]]
    catalogue.check()


def test_tables_of_the_shop_and_skus_are_searched(catalogue: Catalogue) -> None:
    a, b, _other = add(catalogue, item("front.jpg"), item("x/back.jpg"), item("other.jpg"))
    with catalogue.database.transaction(durable=False) as database:
        database.execute("INSERT INTO products (id, sku, key, name_key) VALUES (5, 'AB-77', 'ab-77', '')")
        database.execute("UPDATE photos SET product = 5 WHERE id = ?", (a,))
        for table, joined_on, key in ((1, "sku", "ab-77"), (2, "file", "back")):
            database.execute(
                "INSERT INTO shop_tables (id, name, path, sheet, joined_on, key_column, columns, digest, read_at) "
                "VALUES (?, ?, x'', '', ?, 'k', '[]', '', '')",
                (table, f"table {table}", joined_on),
            )
            database.execute("INSERT INTO shop_rows VALUES (?, 7, ?, ?)", (table, key, json.dumps(["Été", "Chloé"])))

    def found(text: str) -> list[int]:
        return find(catalogue, Query(text=text)).tolist()

    assert found("chloe ete") == [a, b]
    assert found("B-77") == [a]
    with catalogue.database.transaction(durable=False) as database:
        database.execute("UPDATE shop_tables SET removed_by = 1 WHERE id = 1")
    assert found("chloe") == [b]
    with catalogue.database.transaction(durable=False) as database:
        database.execute("DELETE FROM shop_tables WHERE id = 2")
    assert found("chloe") == []
    catalogue.check()


def test_colours_are_found_as_comparing_all_of_them_finds_them(catalogue: Catalogue) -> None:
    ids = add(catalogue, *(item(f"{number}.jpg") for number in range(60)))
    random = np.random.default_rng(3)
    srgb_NSC = random.integers(0, 256, (60, 3, 3)) // np.array([1, 1, 4])  # many are dark: their cells are wide
    share_NS = np.array([0.5, 0.25, 0.125])
    with catalogue.database.transaction(durable=False) as database:
        for id_, colours_SC in zip(ids, srgb_NSC.tolist(), strict=True):
            text = json.dumps([["x", *colour, share] for colour, share in zip(colours_SC, share_NS, strict=True)])
            columns = [name for _, name, *_ in database.execute("PRAGMA table_info(predictions)")]
            same = ", ".join(f"'{text}'" if name == "colours" else name for name in columns)
            database.execute(f"INSERT OR REPLACE INTO predictions SELECT {same} FROM predictions WHERE photo = {id_}")
    for wanted in ((10, 10, 10), (200, 30, 40), (128, 128, 128)):
        near = NearColour(wanted, within=20, least_share=0.125)
        distance_NS = ciede2000(lab(srgb_NSC), lab(np.array(wanted)), 2.0)
        share_N = (share_NS * (distance_NS <= 20)).sum(1)
        expected = [id_ for id_, share in zip(ids, share_N, strict=True) if share >= 0.125]
        assert find(catalogue, Query(near_colour=near)).tolist() == expected and expected
        amount_N = (share_NS * np.maximum(0, 1 - distance_NS / 20)).sum(1)
        ordered = [id_ for _, id_ in sorted(zip(-amount_N, ids, strict=True)) if id_ in expected]
        found = find(catalogue, Query(near_colour=near, sort="near_colour")).tolist()
        assert found[0] == ordered[0] and found[-1] == ordered[-1]
    with catalogue.database.read() as database, pytest.raises(ValueError):
        photos_near(database, NearColour((0, 0, 256)))


def test_saved_searches_are_kept_renamed_deleted_and_undone(catalogue: Catalogue, file: Path) -> None:
    query = Query(
        status=[Status.OK],
        below=[Path("/photos/été")],
        text="red dress",
        values={"colour": ["Red", "Pink"], "season": "Summer"},
        near_colour=NearColour((1, 2, 3)),
        added=Days(date(2026, 1, 2)),
        sort="name",
    )
    changes = save_search(catalogue, " Sale ", query)
    assert (changes.kinds, changes.ids.tolist()) == ({Kind.SEARCHES}, [])
    assert not save_search(catalogue, "Sale", query)
    save_search(catalogue, "Summer 2", Query())
    save_search(catalogue, "Summer 10", Query())
    assert [each.name for each in saved_searches(catalogue)] == ["Sale", "Summer 2", "Summer 10"]
    found = saved_search(catalogue, "sale")
    assert (list(found.below), found.values, found.status) == (query.below, query.values, [Status.OK])
    assert (found.near_colour, found.added, found.text, found.sort) == (
        query.near_colour, query.added, "red dress", "name",
    )  # fmt: skip
    rename_search(catalogue, "sale", "SALE")
    assert operation_text(catalogue.next_operation(back=True)) == "renaming a search to “SALE”"
    with pytest.raises(CatalogueError) as refused:
        rename_search(catalogue, "SALE", "summer 2")
    assert refused.value.code == "saved_search_exists"
    delete_search(catalogue, "Summer 2")
    assert [each.name for each in saved_searches(catalogue)] == ["SALE", "Summer 10"]
    for _ in range(2):
        operations.undo(catalogue)
    assert [each.name for each in saved_searches(catalogue)] == ["Sale", "Summer 2", "Summer 10"]
    operations.redo(catalogue)
    save_search(catalogue, "sale", Query(text="x"))
    assert saved_search(catalogue, "Sale").text == "x"
    operations.undo(catalogue)
    assert saved_search(catalogue, "Sale").text == "red dress"
    assert [each.name for each in saved_searches(catalogue)] == ["SALE", "Summer 2", "Summer 10"]
    for act in (lambda: saved_search(catalogue, "none"), lambda: delete_search(catalogue, "none")):
        with pytest.raises(CatalogueError) as missing:
            act()
        assert missing.value.code == "no_saved_search"
    with pytest.raises(ValueError):
        save_search(catalogue, "  ", Query())


@unix
def test_a_folder_whose_name_is_no_unicode_is_saved(catalogue: Catalogue) -> None:
    odd = Path(os.fsdecode(b"/photos/\xff"))
    save_search(catalogue, "odd", Query(below=[odd]))
    assert saved_search(catalogue, "odd").below == [odd]


def test_a_search_of_a_newer_version_is_left_out_and_named(catalogue: Catalogue) -> None:
    save_search(catalogue, "mine", Query())
    with catalogue.database.transaction(durable=False) as database:
        database.execute("""INSERT INTO saved_searches VALUES ('theirs', '{"status": "sold"}')""")
    assert [each.name for each in saved_searches(catalogue)] == ["mine"]
    with pytest.raises(CatalogueError) as refused:
        saved_search(catalogue, "theirs")
    assert refused.value.code == "saved_search_unreadable"


def test_a_catalogue_of_the_version_before_can_be_searched_at_once(catalogue: Catalogue, tmp_path: Path) -> None:
    """Words and colours of the photos that it has are indexed when it is opened for writing."""
    ids = add(catalogue, item("Röcke/1.jpg"), item("b.jpg"))
    old = tmp_path / "old.sqlite"
    before = MIGRATIONS.index(next(each for each in MIGRATIONS if "name_words" in each))
    with sqlite3.connect(old) as made, catalogue.database.read() as database:
        made.executescript(TABLES + "".join(MIGRATIONS[:before]))
        for table in ("operations", "models", "label_sets", "photos", "predictions"):
            columns = [name for _, name, *_ in made.execute(f"PRAGMA table_info({table})")]
            rows = database.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
            made.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows
            )
        made.execute(f"PRAGMA application_id = {FORMAT.application_id}")
        made.execute(f"PRAGMA user_version = {1 + before}")
    made.close()
    with Catalogue(old, write=True) as opened:
        assert find(opened, Query(text="rock")).tolist() == ids[:1]
        assert find(opened, Query(near_colour=NearColour((16, 24, 64)))).tolist() == ids
        opened.check()
