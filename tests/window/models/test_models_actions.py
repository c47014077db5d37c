"""The Models tab: the model that tags is chosen; own models are renamed and deleted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fashionlens_gui.settings import Settings
from fashionlens_gui.window.models.panel import ModelsPanel
from fashionlens_gui.window.shell.workers import busy_slots
from tests.window.conftest import RecordedDialogs
from tests.window.models.conftest import CARD, button, idle, listed, select_model, type_name, words_of
from trainer.model_files.library import read_metadata

ROOT = Path(__file__).resolve().parents[3]


def test_enter_activates_a_model_and_saves_it(page: ModelsPanel, qtbot: QtBot) -> None:
    select_model(page, "spring")
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    idle(qtbot)
    assert page._active_model.name == "spring"
    assert Settings.load().model == "spring"
    assert page.list.entry is not None and page.list.entry.path.stem == "spring"
    assert button(page, "In use").isEnabled() is False


def test_a_model_is_renamed_with_its_card_and_stays_active(page: ModelsPanel, models: Path, qtbot: QtBot) -> None:
    select_model(page, "autumn")
    (models / "autumn.split.csv").write_text("file,category,split\n")
    page.use()
    idle(qtbot)
    qtbot.keyClick(page.list, Qt.Key.Key_F2)
    for wrong, reason in (
        ("a/b", "cannot contain"),
        ("", "needs a name"),
        ("Spring", "already"),
        ("products", "already"),
    ):
        assert not type_name(page.dialog, wrong).isEnabled()
        assert page.dialog is not None and reason in page.dialog.problem.text()
    type_name(page.dialog, "Herbst 2026").click()
    idle(qtbot)
    assert sorted(file.name for file in models.iterdir()) == [
        "Herbst 2026.md", "Herbst 2026.safetensors", "Herbst 2026.split.csv", "spring.safetensors"
    ]  # fmt: skip
    assert read_metadata(models / "Herbst 2026.safetensors").name == "Herbst 2026"
    assert (models / "Herbst 2026.md").read_text(encoding="utf-8") == CARD.replace("autumn", "Herbst 2026")
    assert page._active_model.name == Settings.load().model == "Herbst 2026"
    assert page._active_model.state == "ready"
    assert page.list.entry is not None and page.list.entry.path.stem == "Herbst 2026"


def test_a_name_may_change_in_case_alone(page: ModelsPanel, models: Path, qtbot: QtBot) -> None:
    select_model(page, "autumn")
    page.rename()
    type_name(page.dialog, "Autumn").click()
    idle(qtbot)
    assert sorted(file.name for file in models.iterdir()) == ["Autumn.md", "Autumn.safetensors", "spring.safetensors"]


def test_bundled_models_are_read_only(page: ModelsPanel, dialogs: RecordedDialogs, qtbot: QtBot) -> None:
    select_model(page, "products")
    assert not button(page, "Rename…").isEnabled()
    assert not button(page, "Delete").isEnabled()
    assert "own models only" in button(page, "Delete").toolTip()
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    page.delete()
    page.rename()
    assert page.dialog is None
    assert dialogs.questions == []
    assert "products" in listed(page)


def test_a_rename_that_closing_interrupts_is_finished(page: ModelsPanel, models: Path, qtbot: QtBot) -> None:
    select_model(page, "autumn")
    page.use()
    idle(qtbot)
    page.rename()
    type_name(page.dialog, "Herbst").click()
    page.shutdown()
    assert busy_slots() == []
    assert (models / "Herbst.safetensors").is_file()
    assert not (models / "autumn.safetensors").exists()
    assert page._settings.model == "Herbst"


def test_a_deleted_model_is_in_the_trash_with_its_card(
    page: ModelsPanel, models: Path, trash: Path, dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    select_model(page, "autumn")
    (models / "autumn.replay.safetensors").write_bytes(b"what it rehearses")
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    idle(qtbot)
    assert dialogs.questions == []
    assert sorted(file.name for file in trash.iterdir()) == [
        "autumn.md", "autumn.replay.safetensors", "autumn.safetensors"
    ]  # fmt: skip
    assert listed(page) == ["Your own", "spring", "Bundled with FashionLens", "products"]
    assert "in the trash" in page.notice.text.text()


def test_the_model_in_use_is_deleted_after_a_question_and_another_takes_over(
    page: ModelsPanel, models: Path, trash: Path, dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    select_model(page, "spring")
    page.use()
    idle(qtbot)
    dialogs.agree = False
    page.delete()
    assert "“spring” is in use for tagging" in dialogs.questions[0]
    assert (models / "spring.safetensors").is_file()
    dialogs.agree = True
    page.delete()
    idle(qtbot)
    assert not (models / "spring.safetensors").exists()
    assert page._active_model.name == Settings.load().model == "products"
    assert page._active_model.state == "ready"


def test_the_last_model_can_be_deleted(
    page: ModelsPanel, models: Path, own_home: Path, trash: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(page._active_model.library, "folders", (models,))
    (models / "spring.safetensors").unlink()
    page._active_model.refresh()
    idle(qtbot)
    select_model(page, "autumn")
    page.use()
    idle(qtbot)
    page.delete()
    idle(qtbot)
    assert page._active_model.state == "failed"
    assert page._active_model.entry is None
    assert page.list.entry is None
    assert not page.details.isVisible()


def test_a_failing_trash_keeps_the_model(
    page: ModelsPanel, models: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def refuse(_file: Path) -> None:
        raise OSError("no trash here")

    monkeypatch.setattr("send2trash.send2trash", refuse)
    select_model(page, "spring")
    page.delete()
    idle(qtbot)
    assert "could not be moved to the trash" in page.notice.text.text()
    assert (models / "spring.safetensors").is_file()
    assert "spring" in listed(page)


@pytest.mark.skipif(sys.platform != "linux", reason="the trash of another system is the user's own")
def test_the_model_goes_to_the_system_trash(models: Path, tmp_path: Path) -> None:
    code = (
        "from fashionlens_gui import model_choice, paths; from trainer.model_files.library import ModelLibrary;"
        "model_choice.move_to_trash(ModelLibrary([paths.models_dir()]).entries()[0])"
    )
    environment = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path), "FASHIONLENS_HOME": str(models.parent)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, timeout=60)
    assert sorted(file.name for file in (tmp_path / "Trash" / "files").iterdir()) == ["autumn.md", "autumn.safetensors"]
    assert [file.name for file in models.iterdir()] == ["spring.safetensors"]


def test_a_model_that_could_not_be_loaded_can_be_tried_again(page: ModelsPanel, models: Path, qtbot: QtBot) -> None:
    active = page._active_model
    file = models / "autumn.safetensors"
    whole = file.read_bytes()
    (models.parent / "bundled" / "products.safetensors").unlink()
    page.refresh()
    select_model(page, "autumn")
    file.write_bytes(whole[:-100])
    with qtbot.waitSignal(active.failed, timeout=60_000):
        page.use()
    idle(qtbot)
    assert "could not be loaded" in words_of(page)
    file.write_bytes(whole)
    again = button(page, "Load again")
    assert again.isEnabled()
    with qtbot.waitSignal(active.ready, timeout=60_000):
        qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    idle(qtbot)
    assert button(page, "In use").isEnabled() is False
