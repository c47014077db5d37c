"""The Results tab with real model files, photos, evaluations and saved files."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.past_evaluations import HOLDOUT
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.comparison.dialog import ComparisonDialog
from fashionlens_gui.window.gallery.large_view import LargeView
from fashionlens_gui.window.results.export import ExportFormat
from fashionlens_gui.window.results.panel import ResultsPanel
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.workers import busy_slots
from tests.tiny_model import tiny_model, tiny_product_model
from tests.trainer.blocks_model import blocks_model as blocks_model_file
from tests.trainer.evaluation.test_product_list import result
from tests.trainer.scripted_predictor import photo, taxonomy
from tests.trainer.synthetic import CLASSES, folder_tree
from tests.window.conftest import RecordedDialogs
from trainer.control import WorkControl
from trainer.data.data_paths import FASHION_MNIST
from trainer.data.folder_categories import FolderCategories
from trainer.data.photo_store import open_store
from trainer.data.split_file import write_split
from trainer.data_quality.decisions_file import read_decisions
from trainer.evaluation.class_folders import evaluate_folders
from trainer.evaluation.compare import compare_folders
from trainer.evaluation.folder_classes import own_class_names
from trainer.evaluation.report.tables import matrix_csv
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.number_format import percent

PATIENCE_MS = 60_000
PER_CLASS = 6
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    root = folder_tree(tmp_path / "blocks", PER_CLASS)
    (root / CLASSES[0] / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return root


@pytest.fixture
def blocks_model(own_home: Path) -> Path:
    return tiny_model(own_home / "models" / "blocks.safetensors", classes=CLASSES)


@pytest.fixture
def open_panel(qtbot: QtBot) -> Iterator[Callable[[], ResultsPanel]]:
    panels: list[ResultsPanel] = []

    def open_() -> ResultsPanel:
        settings = Settings.load()
        panel = ResultsPanel(ActiveModel(settings), settings)
        qtbot.addWidget(panel)
        panel.resize(1280, 620)
        panels.append(panel)
        with qtbot.waitExposed(panel):
            panel.show()
        qtbot.waitUntil(lambda: not busy_slots())  # the models are listed
        return panel

    yield open_
    for panel in panels:
        panel.shutdown()


def evaluated(qtbot: QtBot, panel: ResultsPanel) -> None:
    qtbot.waitUntil(
        lambda: panel.view is not None and panel.view.isVisible() and panel.view.evaluation is not None,
        timeout=PATIENCE_MS,
    )


def test_without_a_model_it_explains_where_to_get_one(
    open_panel: Callable[[], ResultsPanel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: tmp_path / "nothing bundled")
    panel = open_panel()
    assert panel.placeholder.title.text() == "No model yet"
    assert not panel.placeholder.button.isVisible()
    assert panel.close_question() is None


def test_evaluating_a_folder_and_looking_at_a_cell(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], blocks_model: Path, photos: Path
) -> None:
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    qtbot.mouseClick(panel.placeholder.button, LEFT)
    evaluated(qtbot, panel)
    view = panel.view
    assert view is not None and view.evaluation is not None
    assert view.evaluation.n == 3 * PER_CLASS
    assert view.summary.unreadable.isVisible()  # the broken one is excluded and reported
    counts = view.evaluation.confusion_KK
    actual, predicted = divmod(int(counts.argmax()), 3)
    place = view.heatmap.cell_position(actual, predicted).toPoint()
    qtbot.mouseClick(view.heatmap.canvas.viewport(), LEFT, pos=place)
    assert view.gallery.indices.tolist() == view.evaluation.cell(actual, predicted).tolist()
    assert len(view.gallery.indices) == counts.max()


def test_a_photo_in_the_wrong_folder_counts_where_it_belongs(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], own_home: Path, photos: Path
) -> None:
    good = blocks_model_file(own_home / "models" / "good.safetensors")
    shutil.copy(photos / CLASSES[1] / f"{CLASSES[1]} 0.png", photos / CLASSES[0] / "wrong.png")
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.show_model(good)
    evaluated(qtbot, panel)
    view = panel.view
    assert view is not None and view.evaluation is not None
    mistakes = [Path(view.evaluation.images.files[k]).name for k in view.gallery.indices]
    cards = view.gallery.view
    cards.setCurrentIndex(cards.cards.cell(mistakes.index("wrong.png")))
    qtbot.keyClick(view.gallery.view, Qt.Key.Key_Return)
    large = next(each for each in view.findChildren(LargeView) if each.isVisible())
    qtbot.mouseClick(large.wrong_folder, LEFT)
    qtbot.keyClick(large.picker.search, Qt.Key.Key_Return)  # the predicted one is the first
    assert not large.wrong_folder.isVisible() and large.undo.isVisible()
    large.close()
    mistakes.remove("wrong.png")
    assert [Path(view.evaluation.images.files[k]).name for k in view.gallery.indices] == mistakes
    assert view.summary.remark.text() == "Your decisions on these photos: 1 in another category."
    accuracy = view.evaluation.accuracy
    assert accuracy == 1 - len(mistakes) / view.evaluation.n and view.evaluation.n == 3 * PER_CLASS + 1
    assert (photos / CLASSES[0] / "wrong.png").is_file()
    qtbot.waitUntil(lambda: not busy_slots())
    assert read_decisions(paths.decisions_file(photos)).moved == {str(photos / CLASSES[0] / "wrong.png"): CLASSES[1]}
    panel.shutdown()

    panel = open_panel()  # after a restart, and in the next test, it still counts there
    assert f"{percent(accuracy)} of 19 photos" in panel.placeholder.text.text()
    panel.evaluate()
    evaluated(qtbot, panel)
    view = panel.view
    assert view is not None and view.evaluation is not None and view.evaluation.accuracy == accuracy
    row = [Path(file).name for file in view.evaluation.images.files].index("wrong.png")
    view.strip.opened.emit(np.array([row]), 0)
    large = next(each for each in view.findChildren(LargeView) if each.isVisible())
    qtbot.mouseClick(large.undo, LEFT)
    large.close()
    assert view.evaluation.accuracy < accuracy
    qtbot.waitUntil(lambda: not busy_slots())
    assert not read_decisions(paths.decisions_file(photos)).moved


def test_two_models_are_compared_on_the_photos_shown(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], own_home: Path, blocks_model: Path, photos: Path
) -> None:
    blocks_model_file(own_home / "models" / "good.safetensors")
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.show_model(blocks_model)
    evaluated(qtbot, panel)
    qtbot.waitUntil(lambda: not busy_slots())
    menu = panel.bar.compare.menu()
    menu.aboutToShow.emit()
    assert panel.bar.compare.isVisible() and "blocks" not in [action.text() for action in menu.actions()]
    next(action for action in menu.actions() if action.text() == "good").trigger()
    qtbot.waitUntil(lambda: bool(panel.findChildren(ComparisonDialog)), timeout=PATIENCE_MS)
    dialog = panel.findChildren(ComparisonDialog)[0]
    text = " ".join(label.text() for label in dialog.findChildren(QLabel))
    with open_store(photos) as store:
        names = own_class_names(CLASSES)
        models = [Predictor.load(own_home / "models" / f"{name}.safetensors") for name in ("blocks", "good")]
        figures = result(compare_folders(*models, names, names, store, WorkControl(), data_name="blocks"))
    assert percent(figures.old_accuracy) in text and percent(figures.new_accuracy) in text
    assert (dialog.comparison.n, dialog.comparison.test()) == (figures.n, figures.test())
    assert dialog.comparison.per_class() == figures.per_class()
    assert f"Only good is correct: {len(figures.better)} photos" in text
    assert panel.bar.model is not None and panel.bar.model.path == blocks_model, "what is shown stays"
    assert len(panel._settings.evaluations) == 2
    dialog.close()


def test_the_focus_goes_from_the_button_to_the_results(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], blocks_model: Path, photos: Path
) -> None:
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.placeholder.button.setFocus()
    qtbot.keyClick(panel.placeholder.button, Qt.Key.Key_Space)
    assert panel.focusWidget() is panel.bar.cancel
    evaluated(qtbot, panel)
    qtbot.waitUntil(lambda: not busy_slots())
    assert panel.view is not None and panel.focusWidget() is panel.view.heatmap.canvas
    panel.bar.evaluate.setFocus()
    qtbot.keyClick(panel.bar.evaluate, Qt.Key.Key_Space)
    qtbot.keyClick(panel.bar.cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not busy_slots())
    assert panel.isAncestorOf(panel.focusWidget())


def test_after_a_restart_the_last_evaluation_is_offered(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], blocks_model: Path, photos: Path
) -> None:
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.show_model(blocks_model)
    evaluated(qtbot, panel)
    assert panel.view is not None and panel.view.evaluation is not None
    accuracy = percent(panel.view.evaluation.accuracy)
    panel.shutdown()

    panel = open_panel()
    assert (panel.bar.models.currentText(), panel.bar.source) == ("blocks", str(photos))
    assert panel.bar.sources.currentText() == "Folder “blocks”"
    assert f"Last time it was correct on {accuracy} of 18 photos in “blocks”." in panel.placeholder.text.text()
    qtbot.mouseClick(panel.placeholder.button, LEFT)
    evaluated(qtbot, panel)


def test_switching_back_is_instant(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], own_home: Path, blocks_model: Path, photos: Path
) -> None:
    other = tiny_model(own_home / "models" / "other.safetensors", classes=CLASSES, seed=2)
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.show_model(blocks_model)
    evaluated(qtbot, panel)
    view = panel.view
    assert view is not None
    first = view.evaluation
    panel.show_model(other)
    qtbot.waitUntil(lambda: view.evaluation is not first, timeout=PATIENCE_MS)
    panel.bar.models.setCurrentIndex(panel.bar.models.findText("blocks"))
    assert view.evaluation is first and view.isVisible()  # at once: nothing is evaluated again
    # A model that was overwritten under the same name is another model.
    time.sleep(0.02)
    tiny_model(blocks_model, classes=CLASSES, seed=3)
    panel.show_model(blocks_model)
    qtbot.waitUntil(lambda: view.evaluation is not first and view.isVisible(), timeout=PATIENCE_MS)


def test_a_model_outside_the_models_folder_can_be_shown(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], tmp_path: Path, photos: Path, dialogs: RecordedDialogs
) -> None:
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.show_model(tiny_model(tmp_path / "elsewhere" / "mine.safetensors", classes=CLASSES))
    evaluated(qtbot, panel)
    assert panel.bar.models.currentText() == "mine"
    panel.show_model(tmp_path / "gone.safetensors")
    assert panel._opener.wait()
    assert "no model file" in dialogs.errors[0]


def test_held_out_photos_are_the_first_choice(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], own_home: Path, blocks_model: Path, photos: Path
) -> None:
    kept = [(str(file), file.parent.name) for file in sorted(photos.rglob("*[01].png"))]
    hold_out(blocks_model, kept)
    other = tiny_model(own_home / "models" / "other.safetensors", classes=CLASSES, seed=2)
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.show_model(blocks_model)  # as “Test it in Results” does
    assert panel._opener.wait()
    assert panel.bar.sources.currentText() == "Held-out photos (6)"
    evaluated(qtbot, panel)
    view = panel.view
    assert view is not None and view.evaluation is not None
    assert view.evaluation.confusion_KK.sum(axis=1).tolist() == [2, 2, 2]
    actual, predicted = divmod(int(view.evaluation.confusion_KK.argmax()), 3)
    qtbot.mouseClick(view.heatmap.canvas.viewport(), LEFT, pos=view.heatmap.cell_position(actual, predicted).toPoint())
    shown = view.gallery.indices.tolist()
    assert shown and {view.evaluation.images.files[index] for index in shown} <= {file for file, _ in kept}

    panel.bar.models.setCurrentIndex(panel.bar.models.findText("other"))
    assert panel.bar.source == FASHION_MNIST and panel.bar.sources.findData(HOLDOUT) < 0
    panel.bar.models.setCurrentIndex(panel.bar.models.findText("blocks"))
    assert panel.bar.source == HOLDOUT and view.isVisible()  # nothing is evaluated again
    panel.bar.choose_folder(str(photos))
    panel.bar.models.setCurrentIndex(panel.bar.models.findText("other"))
    panel.bar.models.setCurrentIndex(panel.bar.models.findText("blocks"))
    assert panel.bar.source == str(photos), "a folder that was chosen stays"

    shutil.rmtree(photos)
    panel.show_model(other)
    assert panel._opener.wait()
    panel.cancel()
    qtbot.waitUntil(lambda: panel.bar.models.isEnabled(), timeout=PATIENCE_MS)
    panel._active_model.refresh()  # as when the tab is shown again
    qtbot.waitUntil(lambda: not busy_slots(), timeout=PATIENCE_MS)
    panel.bar.models.setCurrentIndex(panel.bar.models.findText("blocks"))
    assert panel.bar.sources.findData(HOLDOUT) < 0, "what is not there any more is not offered"


def hold_out(model: Path, photos: list[tuple[str, str]]) -> None:
    """Write the split beside the model and the test accuracy in it, as a training does."""
    loaded = model_file.load(model)
    figures = {"test_accuracy": 0.5, "test_photos": float(len(photos))}
    model_file.save(model, loaded.network, replace(loaded.metadata, figures=figures))
    write_split(model.with_suffix(".split.csv"), {"test": photos})


def test_a_wrong_folder_is_explained_and_can_be_tried_again(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], model_file: Path, photos: Path
) -> None:
    panel = open_panel()
    panel.bar.choose_folder(str(photos))  # blocks; the model knows garments
    qtbot.mouseClick(panel.placeholder.button, LEFT)
    qtbot.waitUntil(lambda: "No folder in" in panel.placeholder.text.text(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: panel.bar.sources.isEnabled())
    assert panel.placeholder.button.text() == "Try again"


def test_a_product_model_is_evaluated_on_folders_named_by_photo_set_classes(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], own_home: Path, tmp_path: Path
) -> None:
    file = tiny_product_model(own_home / "models" / "products.safetensors")
    for number, place in enumerate(("pants/0", "pants/1", "hat/2", "longsleeve/3", "dresses/4", "odds/5")):
        photo(tmp_path / "phone" / f"{place}.png", number)
    panel = open_panel()
    panel.show_model(file)
    assert panel._opener.wait()
    panel.bar.choose_folder(str(tmp_path / "phone"))
    panel.evaluate()
    evaluated(qtbot, panel)
    view = panel.view
    assert view is not None and view.evaluation is not None
    meanings = FolderCategories(taxonomy())
    with open_store(tmp_path / "phone") as store:
        predictor = Predictor.load(file)
        figures = result(evaluate_folders(predictor, meanings, store, WorkControl(), data_name="phone"))
    assert (view.evaluation.n, view.evaluation.accuracy) == (5, figures.top1)
    for index, path in enumerate(view.evaluation.images.files if view.evaluation.images is not None else ()):
        folder = Path(path).parent.name
        assert view.evaluation.classes[view.evaluation.labels_N[index]] == folder
        called = view.evaluation.classes[view.evaluation.predictions_N[index]]
        assert called == folder or called not in meanings.categories_of(folder)
    # Rows and columns are what occurs, under the folders' own names; a category without photos is not the worst one.
    folders, called = ("dresses", "hat", "longsleeve", "pants"), set(view.evaluation.predictions_N.tolist())
    assert view.evaluation.actual_classes == folders
    assert set(view.evaluation.predicted_classes[4:]) == {view.evaluation.classes[k] for k in called if k > 3}
    table = view.table.model()
    shown = [[str(table.index(row, column).data()) for column in (0, 4)] for row in range(table.rowCount())]
    assert sorted(shown) == [["dresses", "1"], ["hat", "1"], ["longsleeve", "1"], ["pants", "2"]]
    assert view.heatmap.describe((3, -1)).endswith("of 2 pants photos were predicted as something else (100.0\u00a0%).")
    assert len(matrix_csv(view.evaluation).splitlines()) == 1 + len(folders) + 1
    assert "“pants”" in view.summary.remark.text() and "several categories" in view.summary.remark.text()
    assert [Path(each.file).name for each in view.evaluation.unreadable] == ["5.png"]
    assert view.evaluation.unreadable[0].error.parameters == {"folder": "odds"}


def test_folders_unknown_to_a_product_model_are_listed(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], own_home: Path, photos: Path
) -> None:
    file = tiny_product_model(own_home / "models" / "products.safetensors")
    panel = open_panel()
    panel.show_model(file)
    assert panel._opener.wait()
    for folder in photos.iterdir():
        folder.rename(photos / f"shelf {folder.name}")
    panel.bar.choose_folder(str(photos))
    panel.evaluate()
    qtbot.waitUntil(lambda: "No folder in" in panel.placeholder.text.text(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: panel.bar.sources.isEnabled())
    assert f"“shelf {CLASSES[0]}”" in panel.placeholder.text.text()
    assert "Backpack" not in panel.placeholder.text.text()


def test_cancelling_gives_the_offer_back(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], blocks_model: Path, tmp_path: Path
) -> None:
    many = folder_tree(tmp_path / "many", 400)
    panel = open_panel()
    panel.bar.choose_folder(str(many))
    qtbot.mouseClick(panel.placeholder.button, LEFT)
    qtbot.waitUntil(lambda: panel.bar.progress.value() > 0, timeout=PATIENCE_MS)
    qtbot.mouseClick(panel.bar.cancel, LEFT)
    qtbot.waitUntil(lambda: panel.placeholder.button.isVisible(), timeout=5_000)
    assert panel.placeholder.button.text() == "Evaluate"
    assert panel.view is None or panel.view.evaluation is None


def test_matrix_mistakes_metrics_and_report_can_be_saved(
    qtbot: QtBot,
    open_panel: Callable[[], ResultsPanel],
    blocks_model: Path,
    photos: Path,
    tmp_path: Path,
    dialogs: RecordedDialogs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.evaluate()
    evaluated(qtbot, panel)
    folder = tmp_path / "saved"
    folder.mkdir()
    for product in ExportFormat:
        target = folder / product.suggested_name(panel.view.evaluation)  # type: ignore[union-attr,arg-type]
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=target: (str(name), ""))
        panel.bar.save_asked.emit(product)
        qtbot.waitUntil(lambda path=target: path.is_file(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not panel.saver.busy)
    assert len(list(folder.iterdir())) == len(ExportFormat)
    picture = QImage(str(next(folder.glob("*.png"))))
    assert picture.width() > 600 and picture.pixelColor(1, 1).lightness() > 240
    with next(folder.glob("*matrix.csv")).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][1:4] == list(CLASSES)
    assert rows[-1][-1] == str(3 * PER_CLASS)
    page = next(folder.glob("*.html")).read_text(encoding="utf-8")
    assert "blocks" in page and "broken.png" in page and "http" not in page
    # On a write error the old file stays and the user is informed.
    (folder / "taken").mkdir()
    panel.save_to(ExportFormat.REPORT, folder / "taken")
    qtbot.waitUntil(lambda: bool(dialogs.errors), timeout=PATIENCE_MS)
    assert "could not be saved" in dialogs.errors[0]


def test_closing_while_it_evaluates_waits_for_the_thread(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], blocks_model: Path, photos: Path
) -> None:
    panel = open_panel()
    panel.bar.choose_folder(str(photos))
    panel.evaluate()
    panel.shutdown()  # the no_leaks fixture checks the threads


def test_the_window_stays_responsive_when_results_arrive(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], blocks_model: Path
) -> None:
    """Measured in CPU time of this thread, which does not depend on other load."""
    from fashionlens_gui.window.confusion_matrix.heatmap import ConfusionHeatmap
    from fashionlens_gui.window.results.results_view import ResultsView
    from tests.window.results.results_sample import large_evaluation

    view = ResultsView(ConfusionHeatmap())
    qtbot.addWidget(view)
    view.resize(1280, 600)
    with qtbot.waitExposed(view):
        view.show()
    evaluation = large_evaluation()
    _ = evaluation.confusion_KK, evaluation.confidences_N
    spent = []
    for _ in range(3):
        start = time.thread_time()
        view.show_evaluation(evaluation)
        spent.append(time.thread_time() - start)
    assert min(spent) < 0.05
    QTimer.singleShot(0, view.stop_loading)
    qtbot.wait(20)


def test_a_product_model_is_not_offered_fashion_mnist(
    qtbot: QtBot, open_panel: Callable[[], ResultsPanel], own_home: Path
) -> None:
    tiny_model(own_home / "models" / "garments.safetensors", name="garments")
    file = tiny_product_model(own_home / "models" / "of a very long name that wraps in the middle of it.safetensors")
    panel = open_panel()
    panel.show_model(file)
    assert panel._opener.wait()
    assert panel.bar.sources.findData(FASHION_MNIST) < 0
    assert panel.bar.sources.currentIndex() < 0 and panel.bar.sources.placeholderText() == "Choose a folder…"
    assert panel.placeholder.button.text() == "Choose a folder…"
    panel.resize(900, 500)
    title = panel.placeholder.title
    assert f"“{file.stem}”" in title.text()
    qtbot.waitUntil(lambda: title.height() >= title.heightForWidth(title.width()))
    assert title.width() <= panel.width()

    panel.bar.models.setCurrentIndex(panel.bar.models.findText("garments"))
    assert panel.bar.sources.currentData() == FASHION_MNIST
