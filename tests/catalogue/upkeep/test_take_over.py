"""Lists and corrections of earlier versions come into the catalogue with nothing lost, once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.imports.unfinished_imports import paths_done, unfinished_imports
from fashionlens_gui.catalogue.query import Query, embeddings, find
from fashionlens_gui.catalogue.upkeep.take_over import TakenOver, take_over
from fashionlens_gui.messages.photos import operation_text
from fashionlens_gui.tagging.csv_export import Options, record
from tests.catalogue.catalogue_rows import add, item
from tests.refused import refused

FILES = Path(__file__).parents[2] / "compatibility"
EXPECTED = json.loads((FILES / "lists" / "expected.json").read_text(encoding="utf-8"))
OPTIONS = Options(with_confidence=True, with_path=True)


def taken(catalogue: Catalogue, folder: Path) -> TakenOver:
    steps: Generator[Any, None, TakenOver] = take_over(
        catalogue, folder / "session.sqlite", folder / "corrections.sqlite"
    )
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def records(catalogue: Catalogue, batch: int) -> list[dict[str, Any]]:
    """The rows as JSON has them."""
    tags = catalogue.tags(find(catalogue, Query(batch=batch))).values()
    return [json.loads(json.dumps(record(tag, OPTIONS))) for tag in tags]


def check_steps(catalogue: Catalogue, batch: int, expected: dict[str, Any]) -> None:
    """Undo and redo, as far as that goes: the rows and what comes next are as the list had them after each step."""
    for name, step in (("undone", operations.undo), ("redone", operations.redo)):
        for rows_digest, *texts in expected[name]:
            assert step(catalogue)
            text = json.dumps(records(catalogue, batch))
            assert hashlib.blake2b(text.encode(), digest_size=8).hexdigest() == rows_digest
            assert [operation_text(catalogue.next_operation(back)) for back in (True, False)] == texts
        assert not step(catalogue)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder for files of earlier versions."""
    (tmp_path / "old").mkdir()
    return tmp_path / "old"


def copy_list(folder: Path) -> None:
    """A list after one that was cleared, with corrections of both; see ``tests/compatibility/lists/README.md``."""
    for name in ("session.sqlite", "corrections.sqlite"):
        shutil.copy(FILES / "lists" / name, folder)


@pytest.mark.parametrize(
    "kind", ["v0.1/session.sqlite", "v0.1/session_v2.sqlite", "lists/session.sqlite", "without corrections"]
)
def test_every_row_correction_and_step_comes_along(catalogue: Catalogue, old: Path, kind: str) -> None:
    copy_list(old)
    if kind == "without corrections":
        (old / "corrections.sqlite").unlink()
    elif kind.startswith("v0.1"):
        shutil.copy(FILES / kind, old / "session.sqlite")
        shutil.copy(FILES / "v0.1" / "corrections.sqlite", old)
    expected = EXPECTED.get(kind, EXPECTED["lists/session.sqlite"])
    before = {each.name: each.read_bytes() for each in old.iterdir()}
    found = taken(catalogue, old)
    catalogue.check()
    assert {each.name: each.read_bytes() for each in old.iterdir()} == before
    ids = find(catalogue, Query(batch=found.batch)).tolist()
    assert [tag.model for tag in catalogue.tags(ids).values()] == expected["models"]
    # Corrected in the list that was cleared; the last list has the model's category.
    known = {"kept.jpg": "Skirt"} if kind == "lists/session.sqlite" else {}
    for mine, theirs in zip(records(catalogue, found.batch), expected["rows"], strict=True):
        if theirs["file"] in known:
            assert mine["category"] == known[theirs["file"]] != theirs["category"]
        else:
            assert mine == theirs
    assert found.photos == len(ids)
    for id_, theirs in zip(ids, expected["history"], strict=True):
        mine = [
            [each.who, each.when, each.attribute, each.before, each.after, each.undone]
            for each in catalogue.history(id_)
        ]
        assert mine[len(mine) - len(theirs) :] == theirs
    kept, embeddings_ND = embeddings(catalogue)
    assert [ids.index(id_) for id_ in kept.tolist()] == expected["embeddings"]
    assert np.allclose(np.linalg.norm(embeddings_ND.astype(np.float32), axis=1), 1, atol=1e-2)
    assert operation_text(catalogue.next_operation(back=True)) == expected["undo"]
    assert operation_text(catalogue.next_operation(back=False)) == expected["redo"]
    if kind != "lists/session.sqlite":
        check_steps(catalogue, found.batch, expected)
    assert catalogue.statistics().unfinished == 1


def test_corrections_of_cleared_lists_stay_in_force(catalogue: Catalogue, old: Path) -> None:
    copy_list(old)
    found = taken(catalogue, old)
    assert found.others == 1
    everything = {tag.path.name: tag for tag in catalogue.tags(find(catalogue, Query())).values()}
    assert (everything["cleared.jpg"].category, everything["cleared.jpg"].attributes.values()[0]) == ("Skirt", "Teal")
    (id_,) = find(catalogue, Query(text="kept.jpg")).tolist()
    said = [(each.after, each.undone) for each in catalogue.history(id_)]
    assert said[:2] == [("Skirt", False), ("Hat", True)]
    (other,) = find(catalogue, Query(text="other.jpg")).tolist()
    assert catalogue.history(other)[0].after == "Skirt"  # of the file as it was then: history, not in force
    for path, attribute, value in EXPECTED["corrections"]:
        if not path.endswith("other.jpg"):
            tag = everything[Path(path).name]
            found_value = tag.category if attribute == "category" else tag.attributes.named(attribute).value  # type: ignore[union-attr]
            assert found_value == value, (path, attribute)


def test_an_import_that_was_cut_short_has_its_photos(catalogue: Catalogue, old: Path) -> None:
    copy_list(old)
    with contextlib.closing(sqlite3.connect(old / "session.sqlite")) as made, made:
        made.execute("DELETE FROM drops")
        made.execute("UPDATE photos SET path = CAST('/photos/new/c.jpg' AS BLOB) WHERE file = '3.jpg'")
        paths = b"/photos/new\0/photos/4.jpg"
        made.execute("INSERT INTO drops (paths, begun) VALUES (?, '2026-12-01T00:00:00+00:00')", (paths,))
    taken(catalogue, old)
    (unfinished,) = unfinished_imports(catalogue)
    assert paths_done(catalogue, unfinished.batch) == {Path("/photos/new/c.jpg"), Path("/photos/4.jpg")}


def test_a_list_from_before_attributes_is_taken_over(catalogue: Catalogue, old: Path) -> None:
    with contextlib.closing(sqlite3.connect(old / "session.sqlite")) as made:
        made.executescript((FILES / "v0.1" / "session_v1.sql").read_text(encoding="utf-8"))
    found, expected = taken(catalogue, old), EXPECTED["v0.1/session_v1.sql"]
    assert records(catalogue, found.batch) == expected["rows"]
    check_steps(catalogue, found.batch, expected)


def test_it_happens_once_and_what_the_catalogue_knows_is_not_lost(catalogue: Catalogue, old: Path) -> None:
    with refused("nothing_to_take_over"):
        taken(catalogue, old)
    (known,) = add(catalogue, item("1.jpg", "Bag", 0.9))
    copy_list(old)
    found = taken(catalogue, old)
    assert catalogue.tags([known])[known].category == "Bag"
    assert known in find(catalogue, Query(batch=found.batch))
    count = catalogue.statistics().photos
    with refused("already_taken_over"):
        taken(catalogue, old)
    assert catalogue.statistics().photos == count


@pytest.mark.parametrize("kind", ["open", "text", "cut", "newer", "rows"])
def test_files_that_cannot_be_read_are_left_alone(catalogue: Catalogue, old: Path, kind: str) -> None:
    copy_list(old)
    session = old / "session.sqlite"
    if kind == "open":
        with contextlib.closing(sqlite3.connect(session, isolation_level=None)) as opened:
            opened.execute("PRAGMA locking_mode = EXCLUSIVE")  # as the window had it
            opened.execute("BEGIN EXCLUSIVE")
            with refused("earlier_file_in_use"):
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
