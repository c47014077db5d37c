"""The training history: view, compare, rename, delete and restore runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.train.form.starting_point import StartingPoint
from fashionlens_gui.window.train.history.model import NAME
from fashionlens_gui.window.train.history.page import HistoryView
from fashionlens_gui.window.train.panel import TrainPanel
from fashionlens_gui.window.train.run_notices import RollbackNotice
from tests.trainer.synthetic import folder_tree
from trainer.errors import SaveError
from trainer.model_files.metadata import EpochMetrics
from trainer.recipe import DEFAULTS
from trainer.training.runs import run_record
from trainer.training.runs.run_record import RunRecord

PATIENCE_MS = 60_000


def record(name: str, day: int, accuracies: tuple[float, ...], fingerprint: str = "same") -> RunRecord:
    history = tuple(EpochMetrics(n, 1 / n, a - 0.1, 1 / n, a, 1.0) for n, a in enumerate(accuracies, 1))
    made = RunRecord(
        paths.run_history_dir() / f"{name}.json",
        name,
        "finished",
        DEFAULTS["cnn"],
        "/photos/autumn",
        "/out",
        "/checkpoint",
        f"2026-01-0{day}T10:00:00+00:00",
        history=history,
        data_fingerprint=fingerprint,
    )
    run_record.save(made)
    return made


@pytest.fixture
def view(qtbot: QtBot, own_home: Path) -> Iterator[HistoryView]:
    record("first", 1, (0.5, 0.6))
    record("second", 2, (0.7, 0.8, 0.9))
    record("third <b>", 3, (0.4,), fingerprint="other")
    made = HistoryView()
    qtbot.addWidget(made)
    made.resize(860, 600)
    with qtbot.waitSignal(made.read, timeout=PATIENCE_MS):
        made.show()
    yield made
    made.shutdown(PATIENCE_MS)


def names(view: HistoryView) -> list[str]:
    model = view.table.model()
    return [model.index(row, NAME).data() for row in range(model.rowCount())]


def choose(view: HistoryView, *rows: int) -> None:
    view.table.clearSelection()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in rows:
        view.table.selectionModel().select(view.table.model().index(row, 0), flags)


def words(view: HistoryView) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def test_newest_first_and_one_run_shows_its_curves(view: HistoryView) -> None:
    assert names(view) == ["third <b>", "second", "first"]
    choose(view, 1)
    assert view.charts is not None and view.charts.isVisible()
    assert view.charts.points(0, "accuracy")[1].tolist() == pytest.approx([70, 80, 90])
    assert view.charts.points(0, "loss")[0].tolist() == [1, 2, 3]


def test_several_runs_are_compared_on_one_plot_and_other_data_is_noted(view: HistoryView) -> None:
    choose(view, 1, 2)
    assert view.charts is not None
    assert view.charts.points(0, "accuracy")[1].tolist() == pytest.approx([70, 80, 90])
    assert view.charts.points(1, "accuracy")[1].tolist() == pytest.approx([50, 60])
    assert "second" in words(view) and "first" in words(view) and "different photos" not in words(view)
    assert not view.rename_button.isEnabled() and view.delete_button.isEnabled()
    choose(view, 0, 1)
    assert "different photos" in words(view) and "third&nbsp;&lt;b&gt;" in words(view), "names are taken literally"


def test_the_test_accuracy_has_a_column_that_sorts(view: HistoryView) -> None:
    for name, right in (("first", 0.9), ("second", 0.8414)):
        known = next(each for each in view.model.records if each.name == name)
        run_record.save(msgspec.structs.replace(known, figures={"test_accuracy": right, "test_photos": 120.0}))
    view.model.show(run_record.records(paths.run_history_dir()))
    heads = [view.model.headerData(column, Qt.Orientation.Horizontal) for column in range(view.model.columnCount())]
    column = heads.index("Held-out")
    view.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    assert names(view) == ["first", "second", "third <b>"]
    model = view.table.model()
    shown = [model.index(row, column).data() for row in range(3)]
    assert shown == ["90\u00a0% of 120", "84\u00a0% of 120", "–"]


def test_a_changed_name_is_saved(view: HistoryView, qtbot: QtBot) -> None:
    choose(view, 1)
    qtbot.mouseClick(view.rename_button, Qt.MouseButton.LeftButton)
    editor = view.table.findChild(QLineEdit)
    editor.setText("with fewer colours")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "second" not in names(view), timeout=PATIENCE_MS)  # Qt takes it over a little later
    assert names(view)[1] == "with fewer colours"
    assert run_record.records(paths.run_history_dir())[1].name == "with fewer colours"
    view.model.setData(view.model.index(0, NAME), "   ")
    assert names(view)[0] == "third <b>", "an empty name is not taken"


def test_a_run_deleted_by_key_can_be_restored(view: HistoryView, qtbot: QtBot) -> None:
    before = run_record.records(paths.run_history_dir())
    choose(view, 0, 2)
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    assert names(view) == ["second"]
    assert [kept.name for kept in run_record.records(paths.run_history_dir())] == ["second"]
    assert "2 runs are deleted" in view.notice.text.text() and "Models are not deleted" in view.notice.text.text()
    qtbot.mouseClick(view.notice.buttons[0], Qt.MouseButton.LeftButton)
    assert names(view) == ["third <b>", "second", "first"]
    assert run_record.records(paths.run_history_dir()) == before
    assert [chosen.name for chosen in view.chosen] == ["third <b>", "first"]


def test_an_error_when_saving_is_shown(view: HistoryView, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise SaveError("The disk is full.")

    monkeypatch.setattr(run_record, "write_text", full)
    view.model.setData(view.model.index(0, NAME), "another")
    assert names(view)[0] == "third <b>" and view.notice.text.text() == "The disk is full."


def test_an_empty_history(qtbot: QtBot, own_home: Path) -> None:
    view = HistoryView()
    qtbot.addWidget(view)
    with qtbot.waitSignal(view.read, timeout=PATIENCE_MS):
        view.show()
    assert "No trainings yet" in words(view) and not view.table.isVisible()


def test_a_training_with_a_rollback_reports_it_and_is_in_the_history(
    qtbot: QtBot, own_home: Path, tmp_path: Path
) -> None:
    settings = Settings()
    panel = TrainPanel(ActiveModel(settings), settings)
    qtbot.addWidget(panel)
    panel.resize(1200, 640)
    with qtbot.waitSignal(panel.interrupted.search_ended, timeout=PATIENCE_MS):
        panel.show()
    shown: list[str] = []
    panel._show_notice = lambda notice: shown.append(type(notice).__name__)  # type: ignore[method-assign]
    panel.form.data.set_source(str(folder_tree(tmp_path / "blocks", 8)))
    choice = panel.form.starting_point.choice
    choice.setCurrentIndex(next(i for i in range(choice.count()) if choice.itemData(i) == StartingPoint("cnn")))
    panel.form.epochs.setValue(1)
    run = panel.form.new_run()
    wild = msgspec.structs.replace(run.recipe, learning_rate=1e20, optimizer="sgd", batch_size=4)
    panel._run(replace(run, recipe=wild))
    with qtbot.waitSignal(panel.interrupted.search_ended, timeout=PATIENCE_MS):
        qtbot.waitUntil(lambda: panel.close_question() is None, timeout=PATIENCE_MS)
    assert shown.count(RollbackNotice.__name__) == 2 and "FailedNotice" in shown
    with qtbot.waitSignal(panel.history.read, timeout=PATIENCE_MS):
        qtbot.mouseClick(panel.history_button, Qt.MouseButton.LeftButton)
    (failed,) = panel.history.model.records
    assert failed.outcome == "failed" and failed.rollbacks == 2
    qtbot.mouseClick(panel.history.close_button, Qt.MouseButton.LeftButton)
    assert panel.monitor.isVisible() and not panel.history.isVisible()
    panel.shutdown()


def test_every_heading_and_figure_is_seen_whole(view: HistoryView, qtbot: QtBot) -> None:
    known = view.model.records[0]
    run_record.save(
        msgspec.structs.replace(known, figures={"test_accuracy": 0.84, "test_photos": 12_000.0}, seconds=12_000.0)
    )
    view.model.show([])
    with qtbot.waitSignal(view.read, timeout=PATIENCE_MS):
        view.reload()
    table, header = view.table, view.table.horizontalHeader()
    bold = QFont(table.font())
    bold.setWeight(QFont.Weight.DemiBold)
    for column in range(view.model.columnCount()):
        heading = str(view.model.headerData(column, Qt.Orientation.Horizontal))
        assert header.sectionSize(column) >= QFontMetrics(bold).horizontalAdvance(heading) + 16, heading
        if column not in (NAME, view.model.columnCount() - 1):
            for row in range(view.model.rowCount()):
                text = view.model.index(row, column).data()
                assert header.sectionSize(column) >= QFontMetrics(table.font()).horizontalAdvance(text) + 10, text
    assert header.length() <= table.viewport().width()  # as wide as it is in a window of 1280
    assert view.model.index(0, 6).data() == "3 h 20 min"


def test_the_epoch_whose_weights_are_kept_is_marked(view: HistoryView) -> None:
    finished = msgspec.structs.replace(record("kept", 1, (0.5, 0.9, 0.8)), figures={"best_epoch": 2.0})
    view.model.show([finished])
    view.table.selectRow(0)
    assert view._charts is not None
    assert view._charts.kept_points("accuracy").tolist() == [[2], [90]]
