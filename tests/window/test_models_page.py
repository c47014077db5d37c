"""The Models tab: what is told of models, and everything that can be done with them."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.active_model import ActiveModel
from fashionlens_gui.window.card_view import CardView
from fashionlens_gui.window.drop_overlay import DropOverlay
from fashionlens_gui.window.main_window import MODELS, MainWindow
from fashionlens_gui.window.models.name_dialog import NameDialog
from fashionlens_gui.window.models.panel import ModelsPanel
from fashionlens_gui.window.workers import running_work
from tests.tiny_model import tiny_model
from tests.window.conftest import Said
from trainer.model_files.library import read_metadata

ROOT = Path(__file__).resolve().parents[2]
CARD = "# autumn\n\nKnows **scarves** well.\n"


@pytest.fixture
def models(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder with “autumn”, which has a card, and “spring”; “products” came with the program."""
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "bundled")
    folder = own_home / "models"
    first = tiny_model(folder / "autumn.safetensors", name="autumn")
    first.with_suffix(".md").write_text(CARD, encoding="utf-8")
    tiny_model(folder / "spring.safetensors", name="spring", classes=("Shirt", "Bag"))
    tiny_model(own_home / "bundled" / "products.safetensors", name="products")
    return folder


@pytest.fixture
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the system's trash, which tests leave alone."""
    folder = tmp_path / "trash"
    folder.mkdir()
    monkeypatch.setattr("send2trash.send2trash", lambda file: shutil.move(file, folder / Path(file).name))
    return folder


@pytest.fixture
def page(qtbot: QtBot, models: Path) -> Iterator[ModelsPanel]:
    """The tab with “products” in use, in a window of its own."""
    settings = Settings()
    active = ActiveModel(settings)
    panel = ModelsPanel(active, settings)
    panel.resize(1280, 640)
    panel.show()
    with qtbot.waitSignal(active.ready, timeout=60_000):
        active.begin()
    idle(qtbot)
    yield panel
    panel.shutdown()
    active.shutdown()
    panel.deleteLater()
    active.deleteLater()


def idle(qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not running_work(), timeout=60_000)


def look_at(page: ModelsPanel, name: str) -> None:
    (item,) = page.list.findItems(name, Qt.MatchFlag.MatchExactly)
    page.list.setCurrentItem(item)


def listed(page: ModelsPanel) -> list[str]:
    return [page.list.item(row).text() for row in range(page.list.count())]


def words_of(page: ModelsPanel) -> str:
    QApplication.processEvents()  # new labels are shown, old ones go
    return "\n".join(label.text() for label in page.details.findChildren(QLabel) if not label.isHidden())


def button(page: ModelsPanel, text: str) -> QPushButton:
    return next(each for each in page.findChildren(QPushButton) if each.text() == text)


def type_name(dialog: NameDialog | None, name: str) -> QPushButton:
    """Into the dialog that is open; gives its button that agrees."""
    assert dialog is not None and dialog.is_open
    line = dialog.dialog.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    line.setText(name)
    return dialog.yes


# -- looking --------------------------------------------------------------------------------------------------------


def test_own_models_stand_before_those_of_the_program_and_the_one_in_use_is_looked_at(page: ModelsPanel) -> None:
    assert listed(page) == ["Your own", "autumn", "spring", "Came with FashionLens", "products"]
    assert page.list.entry is not None and page.list.entry.path.stem == "products"
    assert "it tags your photos" in page.details.state.text()
    assert not page.details.use.isEnabled()


def test_what_its_file_says_is_told_and_its_card_is_shown(page: ModelsPanel) -> None:
    look_at(page, "autumn")
    told = words_of(page)
    for part in ("10 categories", "nothing", "Small convolutional network", "autumn.safetensors, 3.3\u00a0MB"):
        assert part in told
    assert "10.0\u00a0%" in told
    assert page.details.card.toPlainText() == "Knows scarves well."
    look_at(page, "spring")
    assert "2 categories" in words_of(page)
    assert "Categories: Shirt, Bag" in page.details.card.toPlainText()
    assert "no card" in page.details.card.toPlainText()


def test_the_keyboard_reaches_models_only(page: ModelsPanel, qtbot: QtBot) -> None:
    page.list.setFocus()
    seen = []
    for _ in range(4):
        seen.append(page.list.currentItem().text())
        qtbot.keyClick(page.list, Qt.Key.Key_Up)
    assert seen == ["products", "spring", "autumn", "autumn"]


def test_a_card_reaches_no_file_and_holds_no_page(qtbot: QtBot, tmp_path: Path) -> None:
    shutil.copy(next(paths.samples_dir().glob("*.jpg")), tmp_path / "secret.jpg")
    card = CardView()
    qtbot.addWidget(card)
    card.show_markdown(
        f"![x]({(tmp_path / 'secret.jpg').as_uri()}) <img src='{tmp_path}/secret.jpg'> [here](file:///etc)"
    )
    card.resize(900, 600)
    card.show()
    qtbot.waitExposed(card)
    assert card.document().size().height() < 200, "a picture was loaded"
    assert not card.openLinks()


def test_without_any_model_it_says_what_to_do(qtbot: QtBot, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "none")
    settings = Settings()
    panel = ModelsPanel(ActiveModel(settings), settings)
    qtbot.addWidget(panel)
    panel.show()
    assert listed(panel)[0] == "Your own"
    assert listed(panel)[1].startswith("None yet. Train one")
    shown = "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())
    assert "There is no model yet" in shown
    assert not panel.details.isVisible()
    assert panel.actions_.take_in.isEnabled()


def test_long_names_do_not_widen_it(page: ModelsPanel, models: Path) -> None:
    long = "a model with a very long name " * 4
    shutil.copy(models / "spring.safetensors", models / f"{long.strip()[:110]}.safetensors")
    page.refresh()
    look_at(page, long.strip()[:110])
    page.resize(960, 480)
    QApplication.processEvents()
    assert (page.width(), page.height()) == (960, 480)


def test_a_model_in_use_from_elsewhere_is_listed(page: ModelsPanel, tmp_path: Path, qtbot: QtBot) -> None:
    page._active_model.choose(str(tiny_model(tmp_path / "usb" / "visitor.safetensors")))
    idle(qtbot)
    assert listed(page)[-2:] == ["From elsewhere", "visitor"]
    look_at(page, "visitor")
    assert f"Lies in {tmp_path / 'usb'}; it tags your photos" in page.details.state.text()
    assert not page.actions_.delete.isEnabled()
    page.details.use.click()
    look_at(page, "spring")
    page.use()
    idle(qtbot)
    assert "visitor" not in listed(page)


# -- choosing, renaming -----------------------------------------------------------------------------------------------


def test_enter_lets_a_model_tag_and_that_is_kept(page: ModelsPanel, qtbot: QtBot) -> None:
    look_at(page, "spring")
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    idle(qtbot)
    assert page._active_model.name == "spring"
    assert Settings.load().model == "spring"
    assert page.list.entry is not None and page.list.entry.path.stem == "spring"
    assert button(page, "Tags your photos").isEnabled() is False


def test_a_model_is_renamed_with_its_card_and_goes_on_tagging(page: ModelsPanel, models: Path, qtbot: QtBot) -> None:
    look_at(page, "autumn")
    (models / "autumn.split.csv").write_text("file,category,split\n")
    page.use()
    idle(qtbot)
    qtbot.keyClick(page.list, Qt.Key.Key_F2)
    for wrong, reason in (("a/b", "cannot hold"), ("", "needs a name"), ("Spring", "already"), ("products", "already")):
        assert not type_name(page.dialog, wrong).isEnabled()
        assert page.dialog is not None and reason in page.dialog.problem.text()
    type_name(page.dialog, "Herbst 2026").click()
    idle(qtbot)
    assert sorted(file.name for file in models.iterdir()) == [
        "Herbst 2026.md", "Herbst 2026.safetensors", "Herbst 2026.split.csv", "spring.safetensors"
    ]  # fmt: skip
    assert read_metadata(models / "Herbst 2026.safetensors").name == "Herbst 2026"
    assert page._active_model.name == Settings.load().model == "Herbst 2026"
    assert page._active_model.state == "ready"
    assert page.list.entry is not None and page.list.entry.path.stem == "Herbst 2026"


def test_a_name_may_change_in_case_alone(page: ModelsPanel, models: Path, qtbot: QtBot) -> None:
    look_at(page, "autumn")
    page.rename()
    type_name(page.dialog, "Autumn").click()
    idle(qtbot)
    assert sorted(file.name for file in models.iterdir()) == ["Autumn.md", "Autumn.safetensors", "spring.safetensors"]


def test_what_came_with_the_program_stays_as_it_is(page: ModelsPanel, said: Said, qtbot: QtBot) -> None:
    look_at(page, "products")
    assert not button(page, "Rename…").isEnabled()
    assert not button(page, "Delete").isEnabled()
    assert "came with FashionLens" in button(page, "Delete").toolTip()
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    page.delete()
    page.rename()
    assert page.dialog is None
    assert said.questions == []
    assert "products" in listed(page)


def test_a_rename_that_closing_interrupts_is_finished(page: ModelsPanel, models: Path, qtbot: QtBot) -> None:
    look_at(page, "autumn")
    page.use()
    idle(qtbot)
    page.rename()
    type_name(page.dialog, "Herbst").click()
    page.shutdown()
    assert running_work() == []
    assert (models / "Herbst.safetensors").is_file()
    assert not (models / "autumn.safetensors").exists()
    assert page._settings.model == "Herbst"


# -- export, import ---------------------------------------------------------------------------------------------------


def test_an_exported_model_comes_back_under_another_name(
    page: ModelsPanel, models: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    look_at(page, "autumn")
    page.export_to(tmp_path / "autumn.zip")
    idle(qtbot)
    assert "saved as autumn.zip" in page.notice.text.text()
    page.import_files([tmp_path / "autumn.zip"])
    qtbot.waitUntil(lambda: page.importing.dialog is not None, timeout=60_000)
    assert page.importing.dialog is not None and page.importing.dialog.name == "autumn 2"
    page.importing.dialog.dialog.reject()
    assert page.notice.isHidden(), "it says that something goes on"
    page.import_files([tmp_path / "autumn.zip"])
    qtbot.waitUntil(lambda: page.importing.dialog is not None and page.importing.dialog.is_open, timeout=60_000)
    type_name(page.importing.dialog, "winter").click()
    idle(qtbot)
    assert "“winter” is imported" in page.notice.text.text()
    assert page.list.entry is not None and page.list.entry.path == models / "winter.safetensors"
    assert (models / "winter.md").read_text(encoding="utf-8") == CARD


def test_of_several_files_it_says_what_became_of_each(
    page: ModelsPanel, models: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    good = tiny_model(tmp_path / "good.safetensors", name="good")
    again = shutil.copy(good, tmp_path / "spring.safetensors")
    evil = tmp_path / "evil.safetensors"
    evil.write_bytes(pickle.dumps({"a": 1}))
    page.import_files([evil, Path(again), good])
    qtbot.waitUntil(lambda: page.importing.dialog is not None, timeout=60_000)
    assert page.importing.dialog is not None
    page.importing.dialog.dialog.reject()  # this one not, the next all the same
    qtbot.waitUntil(lambda: "“good” is imported" in page.notice.text.text(), timeout=60_000)
    idle(qtbot)
    assert "“evil.safetensors” is a pickle" in page.notice.text.text()
    assert sorted(file.stem for file in models.glob("*.safetensors")) == ["autumn", "good", "spring"]


def test_a_model_is_imported_where_it_is_dropped(models: Path, tmp_path: Path, qtbot: QtBot) -> None:
    model = tiny_model(tmp_path / "dropped.safetensors", name="dropped")
    settings = Settings()
    window = MainWindow(settings, ActiveModel(settings))
    with qtbot.waitExposed(window):
        window.show()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(model))])
    left, none, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    QApplication.sendEvent(window.windowHandle(), QDragEnterEvent(QPoint(300, 300), copy, data, left, none))
    overlay = window.findChild(DropOverlay)
    assert "import this model" in "\n".join(label.text() for label in overlay.findChildren(QLabel))
    QApplication.sendEvent(window.windowHandle(), QDropEvent(QPointF(300, 300), copy, data, left, none))
    assert window.views.currentIndex() == MODELS
    qtbot.waitUntil(lambda: (models / "dropped.safetensors").is_file(), timeout=60_000)
    idle(qtbot)
    window.shut_down()
    window.close()
    window.deleteLater()


# -- deleting -------------------------------------------------------------------------------------------------------


def test_a_deleted_model_lies_in_the_trash_with_its_card(
    page: ModelsPanel, models: Path, trash: Path, said: Said, qtbot: QtBot
) -> None:
    look_at(page, "autumn")
    (models / "autumn.replay.safetensors").write_bytes(b"what it rehearses")
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    idle(qtbot)
    assert said.questions == []
    assert sorted(file.name for file in trash.iterdir()) == [
        "autumn.md", "autumn.replay.safetensors", "autumn.safetensors"
    ]  # fmt: skip
    assert listed(page) == ["Your own", "spring", "Came with FashionLens", "products"]
    assert "in the trash" in page.notice.text.text()


def test_the_model_in_use_is_deleted_after_a_question_and_another_takes_over(
    page: ModelsPanel, models: Path, trash: Path, said: Said, qtbot: QtBot
) -> None:
    look_at(page, "spring")
    page.use()
    idle(qtbot)
    said.agree = False
    page.delete()
    assert "“spring” tags your photos" in said.questions[0]
    assert (models / "spring.safetensors").is_file()
    said.agree = True
    page.delete()
    idle(qtbot)
    assert not (models / "spring.safetensors").exists()
    assert page._active_model.name == Settings.load().model == "products"
    assert page._active_model.state == "ready"


def test_the_last_model_may_go_too(
    page: ModelsPanel, models: Path, own_home: Path, trash: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(page._active_model.library, "folders", (models,))
    (models / "spring.safetensors").unlink()
    page.refresh()
    look_at(page, "autumn")
    page.use()
    idle(qtbot)
    page.delete()
    idle(qtbot)
    assert page._active_model.state == "failed"
    assert page._active_model.entry is None
    assert page.list.entry is None
    assert not page.details.isVisible()


def test_a_trash_that_refuses_leaves_the_model(
    page: ModelsPanel, models: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def refuse(_file: Path) -> None:
        raise OSError("no trash here")

    monkeypatch.setattr("send2trash.send2trash", refuse)
    look_at(page, "spring")
    page.delete()
    idle(qtbot)
    assert "could not be moved to the trash" in page.notice.text.text()
    assert (models / "spring.safetensors").is_file()
    assert "spring" in listed(page)


@pytest.mark.skipif(sys.platform != "linux", reason="the trash of another system is the user's own")
def test_the_system_s_own_trash_takes_it(models: Path, tmp_path: Path) -> None:
    code = (
        "from fashionlens_gui import own_models, paths; from trainer.model_files.library import ModelLibrary;"
        "own_models.move_to_trash(ModelLibrary([paths.models_dir()]).entries()[0])"
    )
    environment = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path), "FASHIONLENS_HOME": str(models.parent)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, timeout=60)
    assert sorted(file.name for file in (tmp_path / "Trash" / "files").iterdir()) == ["autumn.md", "autumn.safetensors"]
    assert [file.name for file in models.iterdir()] == ["spring.safetensors"]
