"""The list as a query: sorting, filters, sources, the selection, and the rules of Qt's models."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fashionlens_gui.catalogue import backups, operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.lists.current_list import clear_list
from fashionlens_gui.catalogue.lists.list_sources import Source
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.visible_values import natural_key
from fashionlens_gui.tagging.tag import Status, Tag, predicted
from fashionlens_gui.window.tag import photo_list
from fashionlens_gui.window.tag.table.cells import Column
from tests.window.tag.listed_photos import ListedPhotos
from trainer.errors import SaveError
from trainer.inference.prediction import Prediction, Ranking
from trainer.preprocessing.photo import PhotoNote

Ascending, Descending = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def tag(file: str, category: str = "Bag", confidence: float = 0.9, status: str = "ok") -> Tag:
    if status == "error":
        return Tag(
            Path("/photos") / file, file, status=Status.ERROR, notes=(PhotoNote("photo_damaged", {"name": file}),)
        )
    ranking = Ranking((category, "Coat"), (confidence, 1 - confidence))
    prediction = Prediction(ranking, status == Status.NEEDS_REVIEW, np.zeros(1, np.float32))
    return predicted(Path("/photos") / file, file, prediction)


@pytest.fixture
def empty(qtbot: QtBot) -> Iterator[ListedPhotos]:
    made = ListedPhotos(qtbot)
    yield made
    made.close()


@pytest.fixture
def rows(empty: ListedPhotos) -> ListedPhotos:
    empty.add(
        tag("IMG 10.jpg", "Bag", 0.9),
        tag("img 2.jpg", "Coat", 0.4, "needs review"),
        tag("broken.jpg", status="error"),
        tag("IMG 1.jpg", "Dress", 0.99),
    )
    return empty


def test_names_sort_naturally(rows: ListedPhotos) -> None:
    assert natural_key("IMG 2") < natural_key("img 10")
    rows.sort(Column.PHOTO, Ascending)
    assert rows.files() == ["broken.jpg", "IMG 1.jpg", "img 2.jpg", "IMG 10.jpg"]
    rows.sort(Column.PHOTO, Descending)
    assert rows.files() == ["IMG 10.jpg", "img 2.jpg", "IMG 1.jpg", "broken.jpg"]
    rows.sort(-1)
    assert rows.files() == ["IMG 10.jpg", "img 2.jpg", "broken.jpg", "IMG 1.jpg"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column.CATEGORY, ["broken.jpg", "IMG 10.jpg", "img 2.jpg", "IMG 1.jpg"]),
        (Column.CONFIDENCE, ["broken.jpg", "img 2.jpg", "IMG 10.jpg", "IMG 1.jpg"]),
        (Column.STATUS, ["broken.jpg", "img 2.jpg", "IMG 10.jpg", "IMG 1.jpg"]),
    ],
)
def test_each_column_sorts(rows: ListedPhotos, column: int, expected: list[str]) -> None:
    rows.sort(column, Ascending)
    assert rows.files() == expected


def test_a_row_must_match_all_parts_of_a_filter(rows: ListedPhotos) -> None:
    rows.filter(Query(status=Status.OK))
    assert rows.files() == ["IMG 10.jpg", "IMG 1.jpg"]
    rows.filter(Query(status=Status.OK, values={"category": "Dress"}))
    assert rows.files() == ["IMG 1.jpg"]
    rows.filter(Query(values={"category": "No such"}))
    assert rows.files() == []
    rows.filter(Query(text="jpg img"))
    assert rows.files() == ["IMG 10.jpg", "img 2.jpg", "IMG 1.jpg"]


def test_search_finds_the_corrected_category(rows: ListedPhotos) -> None:
    rows.filter(Query(text="DRES"))
    assert rows.files() == ["IMG 1.jpg"]
    rows.set([0, 2], "category", "Sweatshirt")
    rows.filter(Query(text="sweatshirt"))
    assert rows.files() == ["IMG 10.jpg", "broken.jpg"]
    rows.filter(Query(text="sweatshirt img"))
    assert rows.files() == ["IMG 10.jpg"]
    rows.filter(Query(text="bag"))  # the model's category is not searched
    assert rows.files() == []
    rows.undo()
    assert rows.files() == ["IMG 10.jpg"]


def test_a_corrected_row_leaves_the_filter_until_undone(rows: ListedPhotos) -> None:
    rows.filter(Query(status=Status.NEEDS_REVIEW))
    rows.set([1], "category", "Dress")
    assert rows.files() == []
    rows.filter(Query(corrected=True))
    assert rows.files() == ["img 2.jpg"]
    rows.filter(Query(status=Status.NEEDS_REVIEW))
    rows.undo()
    assert rows.files() == ["img 2.jpg"]


def test_a_corrected_row_keeps_its_position_until_sorted_again(rows: ListedPhotos) -> None:
    rows.sort(Column.CATEGORY, Ascending)
    before = rows.files()
    rows.set([0], "category", "Sandal")
    assert rows.files() == before
    rows.filter(Query(text="img"))
    rows.sort(Column.CATEGORY, Ascending)
    before = rows.files()
    rows.set([0], "category", "Anorak")  # the list is asked for again: the words may no longer match
    assert rows.files() == before
    rows.sort(Column.CATEGORY, Ascending)
    assert rows.files()[0] == "IMG 10.jpg"
    rows.set([0], "category", "Sandal")
    rows.sort(Column.CATEGORY, Ascending)
    assert rows.files()[-1] == "IMG 10.jpg"


def test_rows_added_while_sorted_are_sorted_in(rows: ListedPhotos) -> None:
    rows.sort(Column.PHOTO, Ascending)
    rows.add(tag("aaa.jpg"), tag("zzz.jpg"))
    assert rows.files()[0] == "aaa.jpg"
    assert rows.files()[-1] == "zzz.jpg"


def test_rows_added_while_filtered_are_shown_if_they_match(rows: ListedPhotos) -> None:
    rows.filter(Query(status=Status.ERROR))
    rows.add(tag("fine.jpg"), tag("bad.jpg", status="error"))
    assert rows.files() == ["broken.jpg", "bad.jpg"]


def test_selection_and_current_row_survive_sorting_and_filtering(rows: ListedPhotos) -> None:
    first, last = rows.ids[0], rows.ids[3]
    for photo in (first, last):
        index = rows.model.index(rows.model.position_of(photo), 0)
        flags = QItemSelectionModel.SelectionFlag
        rows.view.selectionModel().setCurrentIndex(index, flags.Select | flags.Rows)
    rows.view.sortByColumn(Column.PHOTO, Ascending)
    rows.settle()
    assert sorted(rows.view.selected_photos()) == [first, last] and rows.view.current_photo() == last
    rows.filter(Query(text="img"))
    assert sorted(rows.view.selected_photos()) == [first, last] and rows.view.current_photo() == last
    assert rows.view.selected_count() == 2
    rows.filter(Query(text="10"))
    assert rows.view.selected_photos() == [first]


def test_home_and_end_select_the_first_and_last_row(rows: ListedPhotos) -> None:
    table, ids = rows.view, rows.ids
    key, none = Qt.Key, Qt.KeyboardModifier.NoModifier
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    table.select_position(1)
    for pressed, modifier, selected in (
        (key.Key_End, none, [ids[3]]),
        (key.Key_Home, none, [ids[0]]),
        (key.Key_End, control, [ids[3]]),
        (key.Key_Home, control, [ids[0]]),
        (key.Key_End, shift, ids),
    ):
        QTest.keyClick(table, pressed, modifier)
        assert (table.selected_photos(), table.current_photo()) == (selected, selected[-1])
    rows.filter(Query(values={"category": "No such"}))
    QTest.keyClick(table, key.Key_End)
    assert table.selected_photos() == []


def test_sources(rows: ListedPhotos) -> None:
    """The current list, the last import, all photos, and those that could not be read."""
    rows.change(clear_list)
    assert rows.files() == []
    rows.add(tag("second.jpg"))
    rows.add(tag("third.jpg"), tag("bad.jpg", status="error"))
    found = {}
    for source in Source:
        rows.list.set_source(source)
        rows.settle()
        found[source.value] = (rows.files(), rows.list.state.figures.photos)
    earlier = ["IMG 10.jpg", "img 2.jpg", "broken.jpg", "IMG 1.jpg"]
    new = ["second.jpg", "third.jpg", "bad.jpg"]
    assert found == {
        "current": (new, 3),
        "everything": ([*earlier, *new], 7),
        "needs_review": (["img 2.jpg"], 1),
        "corrected": ([], 0),
        "confirmed": ([], 0),
        "failed": (["broken.jpg", "bad.jpg"], 2),
        "gone": ([], 0),
    }
    rows.filter(Query(status=Status.OK))
    assert rows.files() == []
    assert rows.list.state.in_catalogue == 7


def test_forgotten_photos_leave_every_list_until_undone(rows: ListedPhotos) -> None:
    rows.corrections.forget(rows.ids[1:3])
    rows.settle()
    assert rows.files() == ["IMG 10.jpg", "IMG 1.jpg"]
    assert rows.list.state.in_catalogue == 2
    rows.undo()
    assert rows.files() == ["IMG 10.jpg", "img 2.jpg", "broken.jpg", "IMG 1.jpg"]


def test_a_value_that_could_not_be_stored_is_taken_back(rows: ListedPhotos, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **_more: object) -> None:
        raise SaveError("disk_full")

    rows.filter(Query(status=Status.NEEDS_REVIEW))
    monkeypatch.setattr(operations, "correct_each", full)
    rows.corrections.not_stored.connect(rows.list.ask_again)
    rows.corrections.set_category([rows.ids[1]], "Dress")
    assert rows.files() == []  # at once
    rows.settle()
    assert rows.files() == ["img 2.jpg"]
    assert rows.model.tag(rows.ids[1]).category == "Coat"


def test_the_list_follows_another_catalogue(rows: ListedPhotos, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup is restored while the list is being asked for."""
    errors: list[object] = []
    rows.list.failed.connect(errors.append)
    assert rows.access.catalogue is not None
    backup = backups.back_up(rows.access.catalogue.file)
    rows.add(tag("later.jpg"))
    closed = threading.Event()

    def find_when_closed(catalogue: Catalogue, query: Query) -> np.ndarray:
        assert closed.wait(5)
        return find(catalogue, query)

    def close(catalogue: Catalogue) -> None:
        catalogue.database.close()
        closed.set()

    with monkeypatch.context() as changed:
        changed.setattr(photo_list, "find", find_when_closed)
        changed.setattr(Catalogue, "close", close)
        rows.list.sort("name", False)
        rows.access.restore(backup)
        assert rows.files() == []
        rows.settle()
    assert rows.files() == ["broken.jpg", "IMG 1.jpg", "img 2.jpg", "IMG 10.jpg"]
    assert not errors


def test_random_operations_agree_with_a_plain_list(empty: ListedPhotos) -> None:
    """Adding, correcting, undoing, filtering and sorting in any order give the rows of a plain list."""
    random, rows = np.random.default_rng(5), empty
    rows.add(tag("first 1.jpg"))
    wanted = Query()
    for step in range(60):
        kind, size = int(random.integers(6)), len(rows.ids)
        if kind == 0:
            statuses = random.choice(["ok", "needs review", "error"], 3)
            rows.add(*(tag(f"{step}-{n} {random.integers(99)}.jpg", status=str(s)) for n, s in enumerate(statuses)))
        elif kind == 1:
            some = sorted({int(row) for row in random.integers(0, size, 3)})
            rows.set(some, "category", str(random.choice(["Bag", "Hat", "Sock"])))
        elif kind == 2 and rows.access.undo_operation and rows.access.undo_operation.kind == "correct":
            rows.undo()
        elif kind == 3:
            status = [None, *Status][int(random.integers(4))]
            corrected = [None, True, False][int(random.integers(3))]
            wanted = Query(status, corrected=corrected, text=str(random.choice(["", "1", "4 jpg"])))
            rows.filter(wanted)
        else:
            rows.sort(int(random.integers(-1, 5)), Descending if kind == 4 else Ascending)
        assert rows.access.catalogue is not None
        assert sorted(rows.model.ids.tolist()) == sorted(find(rows.access.catalogue, wanted).tolist()), f"step {step}"
        assert rows.files() == [rows.model.tag(photo).file for photo in rows.model.ids.tolist()]
        assert rows.list.state.figures.photos == len(rows.ids)
