"""Lists and corrections of earlier versions come into the catalogue with nothing lost, once."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, embeddings, find
from fashionlens_gui.catalogue.take_over import TakenOver, take_over
from fashionlens_gui.catalogue.unfinished_imports import paths_done, unfinished_imports
from fashionlens_gui.corrections.store import read_corrections
from fashionlens_gui.messages.photos import operation_text, row_message, step_text
from fashionlens_gui.session.session import Session
from fashionlens_gui.tagging.tag import ReviewRule
from tests.catalogue.catalogue_rows import add, broken, item
from tests.refused import refused

FILES = Path(__file__).parents[1] / "compatibility" / "v0.1"


def taken(catalogue: Catalogue, folder: Path) -> TakenOver:
    steps: Generator[Any, None, TakenOver] = take_over(
        catalogue, folder / "session.sqlite", folder / "corrections.sqlite"
    )
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def rows(catalogue: Catalogue, batch: int) -> list[Any]:
    return list(catalogue.tags(find(catalogue, Query(batch=batch))).values())


def steps_back(session: Session, catalogue: Catalogue, batch: int) -> int:
    """Undo and redo in both, as far as that goes; the rows are the same after each step."""
    count = 0
    for of_session, of_catalogue in ((session.undo, operations.undo), (session.redo, operations.redo)):
        while of_session():
            count += 1
            assert of_catalogue(catalogue)
            assert rows(catalogue, batch) == list(session.rows)
            nexts = (catalogue.next_operation(back=True), catalogue.next_operation(back=False))
            assert [operation_text(each) for each in nexts] == [
                step_text(session.undo_step),
                step_text(session.redo_step),
            ]
        assert not of_catalogue(catalogue)
    return count


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder for files of earlier versions."""
    (tmp_path / "old").mkdir()
    return tmp_path / "old"


def made_today(folder: Path) -> None:
    """A list after one that was cleared, with corrections of both."""
    with contextlib.closing(Session(folder / "session.sqlite", "Ada", folder / "corrections.sqlite")) as session:
        session.add([item("cleared.jpg"), item("kept.jpg"), item("other.jpg", digest="before")], "shop")
        session.correct([0, 1, 2], "Skirt")
        session.correct_attribute([0], "colour", "Teal")
        session.correct([1], "Hat")
        session.undo()
        session.clear()
        session.add([item(f"{number}.jpg", "Coat", number / 32 + 0.1) for number in range(20)], "shop")
        session.add(
            [item("kept.jpg"), item("other.jpg", digest="after"), broken("b.jpg"), item("plain.jpg", attributes={})]
        )
        session.correct(range(3, 20), "Dress")
        session.correct_attribute([0, 3], "colour", "")
        session.correct_attribute([0, 3], "fabric", "Wool")
        session.correct([3, 4], "Kimono")
        session.undo()
        session.undo()
        session.apply_review_rule(ReviewRule(below=0.65))
        session.begin_import([Path("/a"), Path("/b c")])


@pytest.mark.parametrize("kind", ["session.sqlite", "session_v2.sqlite", "today", "today without corrections"])
def test_every_row_correction_and_step_comes_along(catalogue: Catalogue, old: Path, kind: str) -> None:
    if kind.startswith("today"):
        made_today(old)
        if kind != "today":
            (old / "corrections.sqlite").unlink()
    else:
        shutil.copy(FILES / kind, old / "session.sqlite")
        shutil.copy(FILES / "corrections.sqlite", old)
    before = {each.name: each.read_bytes() for each in old.iterdir()}
    found = taken(catalogue, old)
    catalogue.check()
    assert {each.name: each.read_bytes() for each in old.iterdir()} == before
    with contextlib.closing(Session(old / "session.sqlite")) as session:
        expected = list(session.rows)
        ids = find(catalogue, Query(batch=found.batch)).tolist()
        tags = catalogue.tags(ids)
        known = {"/photos/kept.jpg": "Skirt"} if kind == "today" else {}  # corrected in the list that was cleared
        for (_, tag), row in zip(tags.items(), expected, strict=True):
            assert tag.model == row.model
            if str(tag.path) in known and row.source == "model":
                assert tag.category == known[str(tag.path)]
            else:
                assert tag == row and row_message(tag.notes) == row_message(row.notes)
        assert found.photos == len(expected)
        for id_, row in zip(ids, range(len(expected)), strict=True):
            mine = [(each.who, each.when, each.attribute, each.before, each.after, each.undone)
                    for each in catalogue.history(id_)]  # fmt: skip
            theirs = [(each.who, each.when, each.attribute, each.before, each.after, each.undone)
                      for each in session.history(row)]  # fmt: skip
            assert mine[len(mine) - len(theirs) :] == theirs
        placed, expected_ND = session.embeddings()
        kept, embeddings_ND = embeddings(catalogue)
        assert [ids.index(id_) for id_ in kept.tolist()] == placed.tolist()
        assert np.array_equal(embeddings_ND, expected_ND.astype(np.float16)) or not len(placed)
        if kind != "today":
            assert steps_back(session, catalogue, found.batch) >= 6
    assert catalogue.statistics().unfinished == 1


def test_corrections_of_cleared_lists_stay_in_force(catalogue: Catalogue, old: Path) -> None:
    made_today(old)
    found = taken(catalogue, old)
    assert found.others == 1
    everything = {tag.path.name: tag for tag in catalogue.tags(find(catalogue, Query())).values()}
    assert (everything["cleared.jpg"].category, everything["cleared.jpg"].attributes.values()[0]) == ("Skirt", "Teal")
    (id_,) = find(catalogue, Query(text="kept.jpg")).tolist()
    said = [(each.after, each.undone) for each in catalogue.history(id_)]
    assert said[:2] == [("Skirt", False), ("Hat", True)]
    (other,) = find(catalogue, Query(text="other.jpg")).tolist()
    assert catalogue.history(other)[0].after == "Skirt"  # of the file as it was then: history, not in force
    values = {(each.file, each.attribute): each.value for each in read_corrections(old / "corrections.sqlite")}
    for (path, attribute), value in values.items():
        if not path.endswith("other.jpg"):
            tag = everything[Path(path).name]
            found_value = tag.category if attribute == "category" else tag.attributes.named(attribute).value  # type: ignore[union-attr]
            assert found_value == value, (path, attribute)


def test_an_import_that_was_cut_short_has_its_photos(catalogue: Catalogue, old: Path) -> None:
    with contextlib.closing(Session(old / "session.sqlite")) as session:
        session.begin_import([Path("/photos/new"), Path("/photos/b.jpg")])
        session.add([item("a.jpg"), item("b.jpg"), item("c.jpg", folder="/photos/new")])
    taken(catalogue, old)
    (unfinished,) = unfinished_imports(catalogue)
    assert paths_done(catalogue, unfinished.batch) == {Path("/photos/new/c.jpg"), Path("/photos/b.jpg")}


def test_a_list_from_before_attributes_is_taken_over(catalogue: Catalogue, old: Path) -> None:
    with contextlib.closing(sqlite3.connect(old / "session.sqlite")) as made:
        made.executescript((FILES / "session_v1.sql").read_text(encoding="utf-8"))
    found = taken(catalogue, old)
    with contextlib.closing(Session(old / "session.sqlite")) as session:
        assert rows(catalogue, found.batch) == list(session.rows)
        assert steps_back(session, catalogue, found.batch) >= 3


def test_it_happens_once_and_what_the_catalogue_knows_is_not_lost(catalogue: Catalogue, old: Path) -> None:
    with refused("nothing_to_take_over"):
        taken(catalogue, old)
    (known,) = add(catalogue, item("1.jpg", "Bag", 0.9))
    made_today(old)
    found = taken(catalogue, old)
    assert catalogue.tags([known])[known].category == "Bag"
    assert known in find(catalogue, Query(batch=found.batch))
    count = catalogue.statistics().photos
    with refused("already_taken_over"):
        taken(catalogue, old)
    assert catalogue.statistics().photos == count


@pytest.mark.parametrize("kind", ["open", "text", "cut", "newer", "rows"])
def test_files_that_cannot_be_read_are_left_alone(catalogue: Catalogue, old: Path, kind: str) -> None:
    made_today(old)
    session = old / "session.sqlite"
    if kind == "open":
        with contextlib.closing(Session(session)), refused("earlier_file_in_use"):
            taken(catalogue, old)
    elif kind == "rows":
        with contextlib.closing(sqlite3.connect(session)) as changed, changed:
            changed.execute("UPDATE photos SET ranking = x'01020304' WHERE file = '3.jpg'")
        found = taken(catalogue, old)
        (id_,) = find(catalogue, Query(batch=found.batch, text="3.jpg")).tolist()[:1]
        assert catalogue.tags([id_])[id_].category == "Dress"  # what a person set is kept, the prediction is not
        return
    else:
        content = session.read_bytes()
        if kind == "newer":
            with contextlib.closing(sqlite3.connect(session)) as changed:
                changed.execute("PRAGMA user_version = 99")
        else:
            session.write_bytes(b"Dear diary" * 99 if kind == "text" else content[: len(content) // 2])
        before = session.read_bytes()
        with refused("catalogue_too_new" if kind == "newer" else "earlier_file_damaged"):
            taken(catalogue, old)
        assert session.read_bytes() == before
    assert catalogue.statistics().photos == 0
