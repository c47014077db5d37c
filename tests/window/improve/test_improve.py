"""“Improve the model…” in the real window: corrections, the new model, the comparison, use and undo."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.past_evaluations import HOLDOUT
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.improve.dialog import ImproveDialog
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell.active_model import ActiveModel
from tests.catalogue.corrected_photos import set_values
from tests.trainer.blocks_model import blocks_model
from tests.trainer.colour_model import coloured_model, photos
from tests.trainer.synthetic import CLASSES, folder_tree
from tests.window.conftest import RecordedDialogs
from trainer.data.split_file import write_split
from trainer.model_files.library import SPLIT_SUFFIX, read_metadata
from trainer.model_files.replay_file import path_of
from trainer.preprocessing.photo import load_photo


@pytest.fixture
def model(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "nothing bundled")
    return blocks_model(own_home / "models" / "blocks.safetensors", swapped=True)


@pytest.fixture
def window(qtbot: QtBot, model: Path) -> Iterator[MainWindow]:
    settings = Settings()
    active_model = ActiveModel(settings)
    made = MainWindow(settings, active_model)
    with qtbot.waitExposed(made):
        made.show()
    active_model.begin()
    qtbot.waitUntil(lambda: active_model.state == "ready", timeout=60_000)
    yield made
    made.destroy_now()


@pytest.fixture
def catalogue(window: MainWindow, qtbot: QtBot) -> Catalogue:
    """The window's catalogue."""
    return catalogue_of(window, qtbot)


def catalogue_of(window: MainWindow, qtbot: QtBot) -> Catalogue:
    qtbot.waitUntil(lambda: window.catalogue_access.writable, timeout=30_000)
    assert window.catalogue_access.catalogue is not None
    return window.catalogue_access.catalogue


@pytest.fixture
def correct(catalogue: Catalogue, tmp_path: Path) -> Callable[[int], None]:
    """Correct so many photos of each class; the model predicted "left"."""

    def say(per_class: int) -> None:
        tree = folder_tree(tmp_path / "photos", per_class=per_class, seed=8)
        set_values(catalogue, {photo: name for name in CLASSES for photo in sorted((tree / name).iterdir())})

    return say


def digest(photo: Path) -> str:
    return load_photo(photo).digest


def opened(window: MainWindow, qtbot: QtBot) -> ImproveDialog:
    window.improve.action.trigger()
    dialog = window.improve.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)
    return dialog


def improved(window: MainWindow, qtbot: QtBot) -> ImproveDialog:
    dialog = opened(window, qtbot)
    dialog.improve_button.click()
    assert dialog.busy
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert dialog.result_page is not None, dialog.text.text()
    return dialog


def in_use(window: MainWindow) -> str:
    return window._active_model.name if window._active_model.state == "ready" else ""


def test_an_improved_model_is_used_and_undone(
    window: MainWindow, model: Path, correct: Callable[[int], None], qtbot: QtBot
) -> None:
    correct(15)
    before = hashlib.sha256(model.read_bytes()).hexdigest()
    dialog = improved(window, qtbot)
    page = dialog.result_page
    assert page is not None
    text = " ".join(label.text() for label in page.accuracies.findChildren(QLabel))
    assert "Your corrected photos" in text
    assert "What it knew before" in text
    assert "The new model is correct on" in text  # McNemar's test
    assert page.better.heading.startswith("Got better: ")
    assert len(page.better.indices) > 0
    assert len(page.worse.indices) == 0
    assert "predicted correctly" in page.heatmap.describe((0, 0))
    for place in (1, 2, 0):
        page.choice.button(place).click()
    table = page.classes.model()
    assert {table.index(row, 0).data() for row in range(table.rowCount())} == set(CLASSES)
    changes = [table.index(row, 4).data() for row in range(table.rowCount())]
    assert any(change.startswith("+") for change in changes)
    assert not dialog.improve_button.isVisible()

    dialog.use_button.click()
    qtbot.waitUntil(lambda: in_use(window) == "blocks improved", timeout=30_000)
    new = paths.models_dir() / "blocks improved.safetensors"
    assert read_metadata(new).origin.name == "blocks"
    assert path_of(new).is_file()
    assert hashlib.sha256(model.read_bytes()).hexdigest() == before
    qtbot.waitUntil(lambda: not dialog.busy and dialog.back_button.isVisible())
    dialog.back_button.click()
    qtbot.waitUntil(lambda: in_use(window) == "blocks", timeout=30_000)
    assert new.is_file()
    dialog.close()

    # Opening the dialog with an improved model offers the undo again.
    window._active_model.choose("blocks improved")
    qtbot.waitUntil(lambda: in_use(window) == "blocks improved", timeout=30_000)
    later = opened(window, qtbot)
    later.back_button.click()
    qtbot.waitUntil(lambda: in_use(window) == "blocks", timeout=30_000)
    later.close()


def test_undoing_an_improvement_restores_a_model_outside_the_models_folder(
    window: MainWindow, tmp_path: Path, correct: Callable[[int], None], qtbot: QtBot
) -> None:
    """Not the model of the same name in the models folder."""
    elsewhere = blocks_model(tmp_path / "a stick" / "blocks.safetensors", swapped=True)
    with qtbot.waitSignal(window._active_model.ready, timeout=30_000):
        window._active_model.choose(str(elsewhere))
    correct(15)
    dialog = improved(window, qtbot)
    dialog.use_button.click()
    qtbot.waitUntil(lambda: not dialog.busy and dialog.back_button.isVisible(), timeout=30_000)
    assert in_use(window) == "blocks improved"
    assert str(elsewhere) in dialog.text.text()
    assert dialog.back_button.text() == "Go back to “blocks”"
    dialog.back_button.click()
    assert "again" not in dialog.title.text()  # not before it does
    qtbot.waitUntil(lambda: dialog.title.text() == "“blocks” is used for tagging again", timeout=30_000)
    assert in_use(window) == "blocks"
    assert window._active_model.entry is not None
    assert window._active_model.entry.path == elsewhere
    dialog.close()


@pytest.mark.parametrize("damage", ["gone", "no model", "weights cut short"])
def test_a_model_that_cannot_be_restored_is_not_reported_as_active(
    window: MainWindow, model: Path, correct: Callable[[int], None], qtbot: QtBot, dialogs: RecordedDialogs, damage: str
) -> None:
    correct(15)
    dialog = improved(window, qtbot)
    dialog.use_button.click()
    qtbot.waitUntil(lambda: not dialog.busy and dialog.back_button.isVisible(), timeout=30_000)
    if damage == "gone":
        model.unlink()
    else:
        model.write_bytes(b"no model" if damage == "no model" else model.read_bytes()[:-1_000])
    dialog.back_button.click()
    qtbot.waitUntil(lambda: dialog.title.text() == "That did not work", timeout=30_000)
    assert "blocks" in dialog.text.text()
    dialog.close()


def test_keeping_the_old_model_leaves_no_files(
    window: MainWindow, correct: Callable[[int], None], qtbot: QtBot
) -> None:
    correct(10)
    there = sorted(paths.models_dir().iterdir())
    dialog = improved(window, qtbot)
    dialog.keep_button.click()
    assert sorted(paths.models_dir().iterdir()) == there
    assert in_use(window) == "blocks"


def test_without_enough_corrections_it_explains_what_to_do(
    window: MainWindow, correct: Callable[[int], None], qtbot: QtBot
) -> None:
    dialog = opened(window, qtbot)
    assert "not corrected or confirmed any photo yet" in dialog.text.text()
    assert not dialog.improve_button.isVisible()
    dialog.close()
    correct(3)
    dialog = opened(window, qtbot)
    assert "So far you corrected or confirmed 9 photos" in dialog.text.text()
    assert not dialog.improve_button.isVisible()
    dialog.close()


def test_without_a_replay_sample_it_warns_before_and_after(
    window: MainWindow, model: Path, correct: Callable[[int], None], qtbot: QtBot
) -> None:
    path_of(model).unlink()
    correct(10)
    dialog = opened(window, qtbot)
    assert "may forget" in dialog.text.text()
    dialog.improve_button.click()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert dialog.result_page is not None
    text = " ".join(label.text() for label in dialog.result_page.accuracies.findChildren(QLabel))
    assert "may forget" in text
    assert "What it knew before" not in text
    dialog.close()


def test_an_improved_model_that_cannot_be_saved_is_not_lost(
    window: MainWindow,
    correct: Callable[[int], None],
    qtbot: QtBot,
    dialogs: RecordedDialogs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    correct(10)
    dialog = improved(window, qtbot)
    here = paths.models_dir()
    nowhere = here.parent / "a file"
    nowhere.write_text("no folder")
    with monkeypatch.context() as without:
        without.setattr(paths, "models_dir", lambda: nowhere)
        dialog.use_button.click()
        qtbot.waitUntil(lambda: not dialog.busy)
    assert "could not be saved" in dialogs.errors[0]
    assert dialog.pages.currentWidget() is dialog.result_page
    dialog.use_button.click()
    qtbot.waitUntil(lambda: in_use(window) == "blocks improved", timeout=30_000)
    dialog.close()


def test_cancelled_half_way_it_leaves_nothing_behind(
    window: MainWindow, correct: Callable[[int], None], qtbot: QtBot
) -> None:
    correct(15)
    there = sorted(paths.models_dir().iterdir())
    dialog = opened(window, qtbot)
    dialog.improve_button.click()
    assert dialog.close_button.text() == "Cancel"
    dialog.close_button.click()
    assert not dialog.busy
    assert sorted(paths.models_dir().iterdir()) == there
    assert in_use(window) == "blocks"
    assert window.improve.action.isEnabled()


def test_photos_that_are_gone_are_an_explanation_not_a_crash(
    window: MainWindow, correct: Callable[[int], None], tmp_path: Path, qtbot: QtBot
) -> None:
    correct(5)
    for photo in (tmp_path / "photos").rglob("*.png"):
        photo.unlink()
    dialog = opened(window, qtbot)
    dialog.improve_button.click()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert "15 can no longer be read" in dialog.text.text()
    dialog.close()


def test_copies_of_two_pictures_are_an_explanation_not_a_new_model(
    window: MainWindow, catalogue: Catalogue, tmp_path: Path, qtbot: QtBot
) -> None:
    copies = {tmp_path / f"copy {number}.jpg": CLASSES[number % 2] for number in range(14)}
    for number, copy in enumerate(copies):
        Image.open(sorted(paths.samples_dir().glob("*.jpg"))[number % 2]).save(copy, quality=80 + number)
    set_values(catalogue, copies, digest_of=digest)
    dialog = opened(window, qtbot)
    dialog.improve_button.click()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert dialog.result_page is None
    assert "The 14 photos are copies of 2 pictures; it takes at least 4 different ones" in dialog.text.text()
    dialog.close()


def test_photos_that_were_replaced_since_are_left_out_and_counted(
    window: MainWindow, catalogue: Catalogue, tmp_path: Path, qtbot: QtBot
) -> None:
    tree = folder_tree(tmp_path / "photos", per_class=10, seed=8)
    set_values(catalogue, {each: each.parent.name for each in tree.rglob("*.png")}, digest_of=digest)
    for name in ("top 3", "top 4"):
        Image.open(tree / "top" / f"{name}.png").rotate(90).save(tree / "top" / f"{name}.png")
    page = improved(window, qtbot).result_page
    assert page is not None
    said_there = " ".join(label.text() for label in page.accuracies.findChildren(QLabel))
    assert "2 photos whose files hold other photos now than when you corrected them" in said_there
    window.improve.dialog.close()  # type: ignore[union-attr]


def test_colours_only_are_refitted_and_shown(
    own_home: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    coloured_model(own_home / "models" / "coloured.safetensors", predicted_as=(1, 2, 0), sample_labels=(0, 1, 2))
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "nothing bundled")
    settings = Settings()
    active_model = ActiveModel(settings)
    window = MainWindow(settings, active_model)
    try:
        active_model.begin()
        qtbot.waitUntil(lambda: active_model.state == "ready", timeout=60_000)
        taken, catalogue = photos(tmp_path / "photos", 45), catalogue_of(window, qtbot)
        set_values(catalogue, {file: colour for file, _, colour in taken}, "colour", "")
        set_values(catalogue, {file: "Winter" for file, _, _ in taken[:3]}, "season", "")
        dialog = opened(window, qtbot)
        assert "It is trained on the colour of 45 photos, on four fifths of them" in dialog.text.text()
        assert "Not trained yet: season (3 of 10)." in dialog.text.text()
        dialog.improve_button.click()
        qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
        page = dialog.result_page
        assert page is not None, dialog.text.text()
        texts = " ".join(label.text() for label in page.accuracies.findChildren(QLabel))
        assert "Your corrected photos: colour" in texts
        assert "Season stays as it was. See “All results”." in texts
        assert len(page.better.indices) > 0
        page.choice.button(3).click()
        overview = [label.text() for label in page.overview.findChildren(QLabel)]
        assert any(text.startswith("Trained on 3") for text in overview)
        assert "Stays as it was. 3 photos are too few; it takes at least 10." in overview
        dialog.use_button.click()
        qtbot.waitUntil(lambda: in_use(window) == "coloured improved", timeout=30_000)
        dialog.close()
    finally:
        window.destroy_now()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [(0.87349, 0.87151, "−0.1 points"), (0.5, 0.62, "+12.0 points"), (0.8731, 0.87349, "–"), (0.1, 0.1, "–")],
)
def test_points_are_the_difference_of_the_displayed_figures(old: float, new: float, expected: str) -> None:
    from fashionlens_gui.window.comparison.class_changes import points

    assert points(old, new) == expected


def test_one_sided_corrections_are_named(
    window: MainWindow, catalogue: Catalogue, tmp_path: Path, qtbot: QtBot
) -> None:
    tree = folder_tree(tmp_path / "photos", per_class=12, seed=8)
    counts = dict(zip(CLASSES, (12, 2, 1), strict=True))
    set_values(
        catalogue, {photo: name for name in CLASSES for photo in sorted((tree / name).iterdir())[: counts[name]]}
    )
    dialog = opened(window, qtbot)
    assert f"12 of your 15 corrections are “{CLASSES[0]}”." in dialog.text.text()
    dialog.close()


def test_few_photos_are_no_proof_and_a_folder_is_offered(
    window: MainWindow, correct: Callable[[int], None], tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct(15)
    dialog = improved(window, qtbot)
    assert dialog.result_page is not None
    text = " ".join(label.text() for label in dialog.result_page.accuracies.findChildren(QLabel))
    assert "too few to judge" in text
    assert "unlikely to be chance" not in text
    assert dialog.keep_button.isDefault()
    folder = folder_tree(tmp_path / "kept aside", per_class=20, seed=9)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    dialog.test_button.click()
    qtbot.waitUntil(lambda: dialog.comparison_dialog is not None, timeout=60_000)
    assert dialog.comparison_dialog is not None
    comparison = dialog.comparison_dialog.comparison
    assert comparison.n == 60
    assert comparison.new_accuracy > comparison.old_accuracy + 0.2
    assert "unlikely to be chance" in " ".join(
        label.text() for label in dialog.comparison_dialog.column.findChildren(QLabel)
    )
    dialog.comparison_dialog.close()
    assert dialog.use_button.isVisible()
    dialog.close()


def test_results_offers_the_held_out_photos_of_an_improved_model(
    window: MainWindow, model: Path, correct: Callable[[int], None], tmp_path: Path, qtbot: QtBot
) -> None:
    tree = folder_tree(tmp_path / "kept aside", per_class=3, seed=9)
    held_out = [(str(photo), photo.parent.name) for photo in sorted(tree.rglob("*.png"))]
    write_split(model.with_suffix(SPLIT_SUFFIX), {"test": held_out})
    correct(15)
    dialog = improved(window, qtbot)
    dialog.use_button.click()
    qtbot.waitUntil(lambda: in_use(window) == "blocks improved", timeout=30_000)
    dialog.close()
    results = window._results_page.ensure()
    results.show_model(paths.models_dir() / "blocks improved.safetensors")
    qtbot.waitUntil(lambda: results.view is not None and results.view.evaluation is not None, timeout=60_000)
    assert results.view is not None and results.view.evaluation is not None
    assert results.bar.source == HOLDOUT
    assert results.view.evaluation.n == len(held_out)
