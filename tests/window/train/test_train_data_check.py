"""“Check the photos…” in the Train tab: findings and decisions; photo files do not change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QSize, Qt
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import workers
from fashionlens_gui.window.train.data_check.dialog import DataCheckDialog
from fashionlens_gui.window.train.form.form import TrainForm
from tests.trainer.product_photos import picture
from tests.window.conftest import RecordedDialogs
from trainer.control import WorkControl
from trainer.data.data_paths import FASHION_MNIST, DataPaths
from trainer.data.decisions import Decisions
from trainer.data_quality.decisions_file import read_decisions, write_decisions
from trainer.model_files.library import ModelLibrary
from trainer.training.runs.run import ModelSaved, train

PATIENCE_MS = 60_000
RED, BLUE, GREEN = "Shelf 1 red", "Shelf 2 blue", "Shelf 3 green & long"
COLOURS = {RED: (200, 30, 30), BLUE: (40, 60, 160)}


def spotted(number: int, fill: tuple[int, int, int]) -> Image.Image:
    """Cloth with random spots, which make it unique."""
    image = picture(number, fill, (255, 255, 255))
    rng = np.random.default_rng(number)
    for left, top in rng.integers((40, 50), (90, 130), (7, 2)).tolist():
        spot = tuple(min(255, level + 70) for level in fill)
        ImageDraw.Draw(image).ellipse((left, top, left + 16, top + 20), fill=spot)
    return image.resize((84, 112))


def tidy(root: Path, per_shelf: int) -> Path:
    for name, fill in COLOURS.items():
        (root / name).mkdir(parents=True)
        for number in range(per_shelf):
            spotted(number, fill).save(root / name / f"{number}.png")
    return root


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Blue photos in the red folder, a red photo in both, a broken one, and a small third category."""
    shop = tidy(tmp_path / "shop", per_shelf=14)
    (shop / GREEN).mkdir()
    for number in range(2):
        spotted(number, (30, 150, 60)).save(shop / GREEN / f"{number}.png")
    for number in (33, 40):
        spotted(number, COLOURS[BLUE]).save(shop / RED / f"blue {number}.png")
    shutil.copy(shop / RED / "3.png", shop / BLUE / "a red copy.png")
    (shop / RED / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    return shop


@pytest.fixture
def form(qtbot: QtBot) -> Iterator[TrainForm]:
    form = TrainForm(Settings())
    qtbot.addWidget(form)
    form.resize(1280, 720)
    form.show()
    yield form
    form.data.shutdown(PATIENCE_MS)
    workers.stop_all(PATIENCE_MS)


def check(form: TrainForm, source: Path, qtbot: QtBot) -> DataCheckDialog:
    form.data.set_source(str(source))
    qtbot.mouseClick(form.data.check_button, Qt.MouseButton.LeftButton)
    dialog = form.data.data_check
    assert dialog is not None and dialog.isVisible()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=PATIENCE_MS)
    return dialog


def press(dialog: DataCheckDialog, key: Qt.Key, qtbot: QtBot) -> Decisions:
    qtbot.keyClick(dialog.review.grid, key)
    return dialog.review.decisions


def test_label_issues_are_found_decided_with_the_keyboard_and_remembered(
    form: TrainForm, shop: Path, qtbot: QtBot
) -> None:
    before = {file: file.read_bytes() for file in shop.rglob("*") if file.is_file()}
    dialog = check(form, shop, qtbot)
    issues = {issue.file.name: issue for issue in dialog.review.grid.issue_model.issues}
    assert set(issues) == {"blue 33.png", "blue 40.png", "a red copy.png"}
    assert (issues["blue 33.png"].category, issues["blue 33.png"].suggestion) == (RED, BLUE)
    assert issues["a red copy.png"].copies == (shop / RED / "3.png",)
    words = dialog.findings.words()
    assert words[0] == "3 photos may be in the wrong category"
    assert any(word.startswith(f"{Path(RED) / 'broken.jpg'}: ") and "cut short" in word for word in words)
    assert "Your files are not changed" in dialog.text.text()

    first, second, third = (issue.file for issue in dialog.review.grid.issue_model.issues)
    elsewhere = dialog.review.chosen.suggestion if dialog.review.chosen else ""
    press(dialog, Qt.Key.Key_M, qtbot)
    press(dialog, Qt.Key.Key_L, qtbot)
    decided = press(dialog, Qt.Key.Key_K, qtbot)
    expected = Decisions().move(first, elsewhere).leave_out(second)
    assert decided == expected.keep(third)
    qtbot.keyClick(dialog.review.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert dialog.review.decisions == expected
    assert dialog.review.chosen is not None and dialog.review.chosen.file == third
    press(dialog, Qt.Key.Key_Left, qtbot)
    assert dialog.review.chosen.file == second
    qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: "1 in another category, 1 left out. Training will use" in form.data.decisions_label.text())
    job = form.new_run().job()
    assert job.decisions is not None and read_decisions(job.decisions) == expected
    assert {file: file.read_bytes() for file in shop.rglob("*") if file.is_file()} == before

    later = TrainForm(Settings())  # as after a restart
    qtbot.addWidget(later)
    later.show()
    again = check(later, shop, qtbot)
    assert later.new_run().job().decisions == job.decisions
    assert again.review.decisions == expected
    assert again.review.grid.issue_model.issues[0].file == third
    assert again.review.left == 1
    again.close_button.click()


def test_a_photo_can_be_moved_to_any_category_by_keyboard_and_mouse(form: TrainForm, shop: Path, qtbot: QtBot) -> None:
    dialog = check(form, shop, qtbot)
    review = dialog.review
    picker = review.choices.picker
    first, second, third = (issue.file for issue in review.grid.issue_model.issues)

    qtbot.keyClick(review.grid, Qt.Key.Key_C)
    lines = [picker.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(picker.list.count())]
    assert picker.isVisible() and sorted(lines) == [RED, BLUE, GREEN] and lines[-1] == first.parent.name
    qtbot.keyClicks(picker.search, "green")
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert review.decisions == Decisions().move(first, GREEN)
    assert review.chosen is not None and review.chosen.file == second

    qtbot.mouseClick(review.choices.other_button, Qt.MouseButton.LeftButton)
    own = picker.list.findItems(second.parent.name, Qt.MatchFlag.MatchExactly)[0]
    qtbot.mouseClick(picker.list.viewport(), Qt.MouseButton.LeftButton, pos=picker.list.visualItemRect(own).center())
    assert review.decisions == Decisions().move(first, GREEN).keep(second), "its own category means: keep"

    qtbot.keyClick(review.grid, Qt.Key.Key_C)
    qtbot.keyClick(picker.search, Qt.Key.Key_Escape)
    assert not picker.isVisible() and review.chosen.file == third and review.left == 1
    for _ in range(2):
        qtbot.mouseClick(review.choices.undo_button, Qt.MouseButton.LeftButton)
    assert review.decisions == Decisions() and review.chosen.file == first
    dialog.close_button.click()
    assert read_decisions(paths.decisions_file(shop)) == Decisions()


def test_a_photo_is_shown_large_and_decided_there(form: TrainForm, shop: Path, qtbot: QtBot) -> None:
    dialog = check(form, shop, qtbot)
    review = dialog.review
    first, second, third = (issue.file for issue in review.grid.issue_model.issues)
    qtbot.keyClick(review.grid, Qt.Key.Key_Space)
    large = review.large
    assert large is not None and large.isVisible() and large.shown == first
    qtbot.waitUntil(lambda: large.canvas.photo_size == QSize(84, 112), timeout=PATIENCE_MS)
    qtbot.keyClick(large.canvas, Qt.Key.Key_Right)
    assert large.shown == second and review.chosen is not None and review.chosen.file == second
    qtbot.keyClick(large.canvas, Qt.Key.Key_L)
    assert review.decisions == Decisions().leave_out(second) and large.shown == third
    qtbot.keyClick(large.canvas, Qt.Key.Key_Right)
    assert large.shown == third and not large.on_button.isEnabled(), "there is no next one"
    qtbot.keyClick(large.canvas, Qt.Key.Key_C)
    qtbot.keyClicks(large.choices.picker.search, "green")
    qtbot.keyClick(large.choices.picker.search, Qt.Key.Key_Return)
    assert review.decisions == Decisions().leave_out(second).move(third, GREEN) and large.shown == first
    qtbot.keyClick(large.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert review.decisions == Decisions().leave_out(second) and large.shown == third
    qtbot.keyClick(large.canvas, Qt.Key.Key_Left)
    assert large.shown == second and "Left out" in large.decision_text.text()
    qtbot.keyClick(large.canvas, Qt.Key.Key_Space)
    assert review.large is None and dialog.isVisible()
    assert review.chosen.file == second

    card = review.grid.visualRect(review.grid.issue_model.index(0)).center()
    qtbot.mouseClick(review.grid.viewport(), Qt.MouseButton.LeftButton, pos=card)
    qtbot.mouseDClick(review.grid.viewport(), Qt.MouseButton.LeftButton, pos=card)
    assert review.large is not None and review.large.shown == first
    first.unlink()
    review.large.close()
    qtbot.keyClick(review.grid, Qt.Key.Key_Space)
    gone = review.large
    assert gone is not None
    qtbot.waitUntil(lambda: first.name in gone.canvas.note, timeout=PATIENCE_MS)
    gone.close()
    dialog.close_button.click()


def test_a_training_uses_the_decisions(form: TrainForm, shop: Path) -> None:
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    form.data.set_source(str(shop))
    fingerprints = []
    for decided in (Decisions(), Decisions().move(shop / RED / "blue 33.png", BLUE).leave_out(shop / RED / "0.png")):
        write_decisions(paths.decisions_file(shop), decided)
        *_, saved = train(form.new_run().job(), DataPaths((), shop.parent), WorkControl())
        assert isinstance(saved, ModelSaved)
        fingerprints.append(saved.metadata.data_fingerprint)
    assert fingerprints[0] != fingerprints[1]


def test_a_decision_that_cannot_be_saved_is_reported_and_undone(
    form: TrainForm, shop: Path, qtbot: QtBot, own_home: Path, dialogs: RecordedDialogs
) -> None:
    dialog = check(form, shop, qtbot)
    (own_home / "decisions").write_text("a file where a folder belongs", encoding="utf-8")
    press(dialog, Qt.Key.Key_K, qtbot)
    qtbot.waitUntil(lambda: bool(dialogs.errors), timeout=PATIENCE_MS)
    assert dialog.review.decisions == Decisions() and not dialog.review.choices.undo_button.isEnabled()
    dialog.close_button.click()


def test_cancel_leaves_nothing(form: TrainForm, shop: Path, qtbot: QtBot, own_home: Path) -> None:
    form.data.set_source(str(shop))
    form.data.check_button.click()
    dialog = form.data.data_check
    assert dialog is not None and dialog.close_button.text() == "Cancel"
    dialog.close_button.click()
    assert form.data.data_check is None and form.data.check_button.isEnabled()
    qtbot.waitUntil(lambda: not workers.busy_slots(), timeout=PATIENCE_MS)
    assert not (own_home / "decisions").exists()
    assert form.new_run().job().decisions is None


def test_photos_without_problems(form: TrainForm, tmp_path: Path, qtbot: QtBot) -> None:
    dialog = check(form, tidy(tmp_path / "tidy", per_shelf=20), qtbot)
    assert dialog.title.text() == "No problems found"
    assert "40 photos of 2 categories can be read. Nothing needs your attention" in dialog.text.text()
    assert not dialog.review.isVisible()
    dialog.close_button.click()


def test_it_is_for_own_photos_once_they_are_chosen(form: TrainForm, tmp_path: Path, qtbot: QtBot) -> None:
    form.data.set_source(FASHION_MNIST)
    assert not form.data.check_button.isVisible()
    form.data.set_source("")
    assert form.data.check_button.isVisible() and not form.data.check_button.isEnabled()
    (tmp_path / "lonely").mkdir()
    dialog = check(form, tmp_path, qtbot)
    assert "two" in dialog.text.text() and dialog.close_button.text() == "Close"
    dialog.close_button.click()
    form.set_locked(True)
    assert not form.data.check_button.isEnabled()


def test_damaged_decisions_are_reported(form: TrainForm, shop: Path, qtbot: QtBot) -> None:
    file = paths.decisions_file(shop)
    write_decisions(file, Decisions())
    file.write_text("{", encoding="utf-8")
    dialog = check(form, shop, qtbot)
    assert "does not hold decisions" in dialog.text.text()
    qtbot.waitUntil(lambda: "does not hold decisions" in form.data.decisions_label.text())
    dialog.close_button.click()
