"""The Models tab: the list and the details of models."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.past_evaluations import HOLDOUT, PastEvaluation
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.models.panel import ModelsPanel
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.model_card import ModelCardView
from tests.tiny_model import tiny_model
from tests.window.models.conftest import idle, listed, select_model, words_of


def test_own_models_are_listed_before_bundled_ones_and_the_active_one_is_selected(page: ModelsPanel) -> None:
    assert listed(page) == ["Your own", "autumn", "spring", "Bundled with FashionLens", "products"]
    assert page.list.entry is not None and page.list.entry.path.stem == "products"
    assert "in use" in page.details.state.text()
    assert not page.details.use.isEnabled()


def test_metadata_and_model_card_are_shown(page: ModelsPanel) -> None:
    select_model(page, "autumn")
    text = words_of(page)
    for part in ("10 categories", "nothing", "Small convolutional network", "autumn.safetensors, 3.3\u00a0MB"):
        assert part in text
    assert "10.0\u00a0%" in text
    assert page.details.card.toPlainText() == "Knows scarves well."
    select_model(page, "spring")
    assert "2 categories" in words_of(page)
    assert "Categories: Shirt, Bag" in page.details.card.toPlainText()


def test_the_list_compares_only_models_that_were_tested_on_the_same_photos(page: ModelsPanel, models: Path) -> None:
    def lines() -> dict[str, str]:
        items = [page.list.item(row) for row in range(page.list.count())]
        return {item.text(): item.data(Qt.ItemDataRole.AccessibleTextRole) or "" for item in items}

    assert not any("%" in line for line in lines().values()), "the figures in the files are of different photos"
    autumn, spring = (str(models / f"{name}.safetensors") for name in ("autumn", "spring"))
    page.hide()
    page._settings.evaluations = (
        PastEvaluation(autumn, HOLDOUT, 30, 30),
        PastEvaluation(autumn, "/photos/phone", 150, 200),
        PastEvaluation(spring, "/photos/phone", 170, 200),
        PastEvaluation(str(paths.bundled_models_dir() / "products.safetensors"), "/photos/studio", 99, 100),
    )
    page.show()  # as after an evaluation in Results
    assert "75.0\u00a0% of 200 photos in “phone”" in lines()["autumn"]
    assert "85.0\u00a0% of 200 photos in “phone”" in lines()["spring"]
    assert "%" not in lines()["products"]


def test_the_keyboard_reaches_models_only(page: ModelsPanel, qtbot: QtBot) -> None:
    page.list.setFocus()
    seen = []
    for _ in range(4):
        seen.append(page.list.currentItem().text())
        qtbot.keyClick(page.list, Qt.Key.Key_Up)
    assert seen == ["products", "spring", "autumn", "autumn"]


def test_a_model_card_opens_no_file_and_shows_no_html(qtbot: QtBot, tmp_path: Path) -> None:
    shutil.copy(next(paths.samples_dir().glob("*.jpg")), tmp_path / "secret.jpg")
    card = ModelCardView()
    qtbot.addWidget(card)
    card.show_markdown(
        f"![x]({(tmp_path / 'secret.jpg').as_uri()}) <img src='{tmp_path}/secret.jpg'> [here](file:///etc)"
    )
    card.resize(900, 600)
    card.show()
    qtbot.waitExposed(card)
    assert card.document().size().height() < 200, "a picture was loaded"
    assert not card.openLinks()


def test_without_any_model_it_explains_what_to_do(
    qtbot: QtBot, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert panel.actions_.import_.isEnabled()


def test_long_names_do_not_widen_it(page: ModelsPanel, models: Path, qtbot: QtBot) -> None:
    long = "a model with a very long name " * 4
    shutil.copy(models / "spring.safetensors", models / f"{long.strip()[:110]}.safetensors")
    page._active_model.refresh()
    idle(qtbot)
    select_model(page, long.strip()[:110])
    page.resize(960, 480)
    QApplication.processEvents()
    assert (page.width(), page.height()) == (960, 480)


def test_an_active_model_outside_the_models_folder_is_listed(page: ModelsPanel, tmp_path: Path, qtbot: QtBot) -> None:
    page._active_model.choose(str(tiny_model(tmp_path / "usb" / "visitor.safetensors")))
    idle(qtbot)
    assert listed(page)[-2:] == ["From elsewhere", "visitor"]
    select_model(page, "visitor")
    assert f"In {tmp_path / 'usb'}, in use" in page.details.state.text()
    assert not page.actions_.delete.isEnabled()
    page.details.use.click()
    select_model(page, "spring")
    page.use()
    idle(qtbot)
    assert "visitor" not in listed(page)
