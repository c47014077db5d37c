"""Sorting and filtering: the rules of Qt's models, the selection, speed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from fashionlens_gui.session.session import Session
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import Status, Tag, predicted
from fashionlens_gui.window.tag.table.columns import Columns, Filter, natural_key
from fashionlens_gui.window.tag.table.results_model import Column, ResultsModel
from fashionlens_gui.window.tag.table.sort_filter_proxy import SortFilterProxy
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails
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


class Rows:
    """A session in memory with its models."""

    def __init__(self, *tags: Tag) -> None:
        self.session = Session(None)
        self.model = ResultsModel()
        self.model.set_session(self.session, Columns())
        self.order = SortFilterProxy(self.model)
        self.testers = [QAbstractItemModelTester(model) for model in (self.model, self.order)]
        self.add(*tags)

    def add(self, *tags: Tag) -> None:
        self.session.add([Tagged(tag) for tag in tags])
        self.model.grow()

    def correct(self, rows: list[int], category: str) -> None:
        self.model.refresh(self.session.correct(rows, category))

    def shown(self) -> list[str]:
        return [self.order.index(position, 0).data() for position in range(self.order.rowCount())]


@pytest.fixture
def rows(qtbot: QtBot) -> Rows:
    return Rows(
        tag("IMG 10.jpg", "Bag", 0.9),
        tag("img 2.jpg", "Coat", 0.4, "needs review"),
        tag("broken.jpg", status="error"),
        tag("IMG 1.jpg", "Dress", 0.99),
    )


def test_names_sort_naturally(rows: Rows) -> None:
    assert natural_key("IMG 2") < natural_key("img 10")
    rows.order.sort(Column.PHOTO, Ascending)
    assert rows.shown() == ["broken.jpg", "IMG 1.jpg", "img 2.jpg", "IMG 10.jpg"]
    rows.order.sort(Column.PHOTO, Descending)
    assert rows.shown() == ["IMG 10.jpg", "img 2.jpg", "IMG 1.jpg", "broken.jpg"]
    rows.order.sort(-1)
    assert rows.shown() == ["IMG 10.jpg", "img 2.jpg", "broken.jpg", "IMG 1.jpg"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column.CATEGORY, ["broken.jpg", "IMG 10.jpg", "img 2.jpg", "IMG 1.jpg"]),
        (Column.CONFIDENCE, ["broken.jpg", "img 2.jpg", "IMG 10.jpg", "IMG 1.jpg"]),
        (Column.STATUS, ["IMG 10.jpg", "IMG 1.jpg", "img 2.jpg", "broken.jpg"]),
    ],
)
def test_each_column_sorts(rows: Rows, column: int, expected: list[str]) -> None:
    rows.order.sort(column, Ascending)
    assert rows.shown() == expected


def test_a_row_must_match_all_parts_of_a_filter(rows: Rows) -> None:
    rows.order.set_filter(Filter(status=Status.OK))
    assert rows.shown() == ["IMG 10.jpg", "IMG 1.jpg"]
    rows.order.set_filter(Filter(status=Status.OK, category="Dress"))
    assert rows.shown() == ["IMG 1.jpg"]
    rows.order.set_filter(Filter(category="No such"))
    assert rows.shown() == []
    rows.order.set_filter(Filter(text="jpg img"))
    assert rows.shown() == ["IMG 10.jpg", "img 2.jpg", "IMG 1.jpg"]


def test_search_finds_the_corrected_category(rows: Rows) -> None:
    rows.order.set_filter(Filter(text="DRES"))
    assert rows.shown() == ["IMG 1.jpg"]
    rows.correct([0, 2], "Sweatshirt")
    rows.order.set_filter(Filter(text="sweatshirt"))
    assert rows.shown() == ["IMG 10.jpg", "broken.jpg"]
    rows.order.set_filter(Filter(text="sweatshirt img"))
    assert rows.shown() == ["IMG 10.jpg"]
    rows.order.set_filter(Filter(text="bag"))  # the model's category is not searched
    assert rows.shown() == []
    rows.model.refresh(rows.session.undo())
    assert rows.shown() == ["IMG 10.jpg"]


def test_a_corrected_row_leaves_the_filter_until_undone(rows: Rows) -> None:
    rows.order.set_filter(Filter(status=Status.NEEDS_REVIEW))
    rows.correct([1], "Dress")
    assert rows.shown() == []
    rows.order.set_filter(Filter(corrected=True))
    assert rows.shown() == ["img 2.jpg"]
    rows.order.set_filter(Filter(status=Status.NEEDS_REVIEW))
    rows.model.refresh(rows.session.undo())
    assert rows.shown() == ["img 2.jpg"]


def test_a_corrected_row_keeps_its_position_until_sorted_again(rows: Rows) -> None:
    rows.order.sort(Column.CATEGORY, Ascending)
    before = rows.shown()
    rows.correct([0], "Sandal")
    assert rows.shown() == before
    rows.order.sort(Column.CATEGORY, Ascending)
    assert rows.shown()[-1] == "IMG 10.jpg"


def test_rows_added_while_sorted_are_sorted_in(rows: Rows, qtbot: QtBot) -> None:
    rows.order.sort(Column.PHOTO, Ascending)
    rows.add(tag("aaa.jpg"), tag("zzz.jpg"))
    qtbot.waitUntil(lambda: rows.shown()[0] == "aaa.jpg", timeout=3_000)
    assert rows.shown()[-1] == "zzz.jpg"


def test_rows_added_while_filtered_are_shown_if_they_match(rows: Rows) -> None:
    rows.order.set_filter(Filter(status=Status.ERROR))
    rows.add(tag("fine.jpg"), tag("bad.jpg", status="error"))
    assert rows.shown() == ["broken.jpg", "bad.jpg"]


def test_selection_and_current_row_survive_sorting_and_filtering(rows: Rows, qtbot: QtBot) -> None:
    thumbnails = Thumbnails()
    table = ResultsTable(rows.order, thumbnails)
    qtbot.addWidget(table)
    for row in (0, 3):
        index = rows.order.index(rows.order.position_of(row), 0)
        flags = QItemSelectionModel.SelectionFlag
        table.selectionModel().setCurrentIndex(index, flags.Select | flags.Rows)
    table.sortByColumn(Column.PHOTO, Ascending)
    assert sorted(table.selected_rows()) == [0, 3] and table.current_row() == 3
    rows.order.set_filter(Filter(text="img"))
    assert sorted(table.selected_rows()) == [0, 3] and table.current_row() == 3
    assert table.selected_count() == 2
    rows.order.set_filter(Filter(text="img 10"))
    assert table.selected_rows() == [0]
    thumbnails.shutdown()


def test_home_and_end_select_the_first_and_last_row(rows: Rows, qtbot: QtBot) -> None:
    thumbnails = Thumbnails()
    table = ResultsTable(rows.order, thumbnails)
    qtbot.addWidget(table)
    key, none = Qt.Key, Qt.KeyboardModifier.NoModifier
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    table.select_row(1)
    for pressed, modifier, selected in (
        (key.Key_End, none, [3]),
        (key.Key_Home, none, [0]),
        (key.Key_End, control, [3]),
        (key.Key_Home, control, [0]),
        (key.Key_End, shift, [0, 1, 2, 3]),
    ):
        QTest.keyClick(table, pressed, modifier)
        assert (table.selected_rows(), table.current_row()) == (selected, selected[-1])
    rows.order.set_filter(Filter(category="No such"))
    QTest.keyClick(table, key.Key_End)
    assert table.selected_rows() == []
    thumbnails.shutdown()


def test_random_operations_agree_with_a_plain_list(qtbot: QtBot) -> None:
    """Adding, correcting, undoing, filtering and sorting in any order give the rows of a plain list."""
    random = np.random.default_rng(5)
    rows = Rows()
    wanted = Filter()
    for step in range(150):
        kind = int(random.integers(6))
        size = len(rows.session.rows)
        if kind == 0 or size == 0:
            statuses = random.choice(["ok", "needs review", "error"], 3)
            rows.add(*(tag(f"{step}-{n} {random.integers(99)}.jpg", status=str(s)) for n, s in enumerate(statuses)))
        elif kind == 1:
            rows.correct([int(row) for row in random.integers(0, size, 3)], str(random.choice(["Bag", "Hat", "Sock"])))
        elif kind == 2:
            rows.model.refresh(rows.session.undo())
        elif kind == 3:
            status = [None, "ok", "needs review", "error"][int(random.integers(4))]
            corrected = [None, True, False][int(random.integers(3))]
            wanted = Filter(status, None, corrected, str(random.choice(["", "1", "4 jpg"])))
            rows.order.set_filter(wanted)
        else:
            rows.order.sort(int(random.integers(-1, 5)), Descending if kind == 4 else Ascending)
        expected = [
            each.file
            for each in rows.session.rows
            if wanted.status in (None, each.status)
            and wanted.corrected in (None, each.corrected)
            and all(word in each.file for word in wanted.text.split())
        ]
        assert sorted(rows.shown()) == sorted(expected), f"step {step}"
        counts = rows.model.columns.counts()
        assert sum(counts.values()) == len(rows.session.rows)
