"""A group that is sure while the category is in doubt: in the table, in lists of choices, and as what must be sure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fashionlens_gui.catalogue.visible_values import review_rule
from fashionlens_gui.settings import Settings
from fashionlens_gui.tagging.attributes import AttributeTag
from fashionlens_gui.tagging.tag import ReviewRule, Tag, predicted
from fashionlens_gui.window.tag.table.cells import Column
from fashionlens_gui.window.tag.table.threshold_bar import ThresholdBar, forecast
from fashionlens_gui.window.tag.unsure_reason import unsure_reason
from fashionlens_gui.window.tag.vocabulary import category_choices
from tests.tiny_model import tiny_model
from tests.window.tag.conftest import Stage
from trainer.inference.prediction import Prediction, Ranking
from trainer.model_files import model_file
from trainer.model_files.library import read_metadata
from trainer.model_files.metadata import AttributeHead, LevelReview, ReviewPoint
from trainer.taxonomy import Level

SHOES = ("Sports shoes", "Casual shoes", "Heels", "Flats")
CURVE = (ReviewPoint(0.2, 1.0, 0.9, 0.89), ReviewPoint(1.0, 0.5, 1.0, 0.99))


@pytest.fixture
def shoes(stage: Stage, photos: Callable[..., Path], tmp_path: Path) -> Stage:
    """Three photos of which the model is sure that they are shoes, and of no kind of them."""
    path = tiny_model(tmp_path / "shoes.safetensors", name="shoes", classes=SHOES, review_below=1.0)
    model = model_file.load(path)
    levels = {Level.GROUP: LevelReview(0.5, CURVE)}
    model_file.save(path, model.network, structs.replace(model.metadata, levels=levels, review_curve=CURVE))
    stage.active_model.choose(str(path))
    stage.qtbot.waitUntil(lambda: stage.active_model.name == "shoes", timeout=20_000)
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    return stage


def rule_of(stage: Stage) -> ReviewRule:
    """The rule of the catalogue."""
    with stage.catalogue().database.read() as database:
        return review_rule(database)


def test_choosing_what_must_be_sure_decides_the_rows_again_but_not_those_of_a_person(shoes: Stage) -> None:
    bar = shoes.panel.threshold
    assert [tag.status for tag in shoes.tags()] == ["needs review"] * 3
    shoes.panel.corrections.set_category(shoes.ids()[1:2], "Heels")
    corrected = shoes.tags()[1]
    bar.level.setFocus()
    QTest.keyClick(bar.level, Qt.Key.Key_End)
    shoes.qtbot.waitUntil(lambda: rule_of(shoes) == ReviewRule(Level.GROUP), timeout=5_000)
    assert [tag.status for tag in shoes.tags()] == ["ok"] * 3
    assert shoes.tags()[1] == corrected
    assert Settings.load().must_be_sure_of == Level.GROUP
    assert bar.slider.value() == 50, "the model's threshold for the group"
    assert "will have the correct group" in bar.text.text()
    shoes.qtbot.waitUntil(lambda: "0 of 3 photos" in bar.text.text(), timeout=5_000)
    bar.slider.setValue(100)
    shoes.qtbot.waitUntil(lambda: rule_of(shoes) == ReviewRule(Level.GROUP, 1.0), timeout=5_000)
    QTest.keyClick(bar.level, Qt.Key.Key_Home)
    shoes.qtbot.waitUntil(lambda: rule_of(shoes) == ReviewRule(), timeout=5_000)
    assert [tag.status for tag in shoes.tags()] == ["needs review", "ok", "needs review"]


def test_the_table_shows_the_group_and_what_is_left(shoes: Stage) -> None:
    tag, index = shoes.tags()[0], shoes.panel.model.index(0, Column.CATEGORY)
    assert tag.choice is not None and tag.sure_of == Level.GROUP
    text = index.data()
    assert text.startswith("Shoes (") and text.endswith("?)") and " or " in text
    assert index.data(Qt.ItemDataRole.ToolTipRole).startswith("Sure of the group Shoes")
    shoes.panel.corrections.set_category(shoes.ids()[:1], "Heels")
    assert index.data() == "Heels"


def doubtful(pairs: dict[str, float]) -> Tag:
    below = {Level.CATEGORY: 0.9, Level.GOOGLE: 0.7, Level.GROUP: 0.7}
    ranking = Ranking(tuple(pairs), tuple(pairs.values()))
    return predicted(Path("/a.jpg"), "a.jpg", Prediction(ranking, True, np.zeros(1), review_below=below))


def test_the_categories_of_a_sure_group_are_offered_first() -> None:
    tag = doubtful({"Heels": 0.5, "Shirt": 0.25, "Flats": 0.1875, "Sandals": 0.0625})
    assert [label for label, _ in category_choices(tag, SHOES)][:4] == ["Heels", "Flats", "Sandals", "Shirt"]
    unsure = doubtful({"Heels": 0.5, "Shirt": 0.375, "Flats": 0.125})
    assert [label for label, _ in category_choices(unsure, SHOES)][:3] == ["Heels", "Shirt", "Flats"]


def test_a_colour_of_which_the_family_is_sure(tmp_path: Path) -> None:
    ranking = Ranking(("Navy blue", "Blue", "Teal"), (0.5, 0.375, 0.125))
    colour = AttributeTag("colour", "Navy blue", 0.5, "model", ranking, unsure=True, family_sure=True)
    head = AttributeHead(ranking.labels, review_below=0.8)
    metadata = read_metadata(tiny_model(tmp_path / "m.safetensors"))
    metadata = structs.replace(metadata, attributes={"colour": head})
    tag = tag_of(metadata.name)
    reason = unsure_reason(tag, colour, metadata)
    assert reason is not None and reason.explanation.endswith("It is sure of the family: Blue (navy or blue?)")


def tag_of(model: str) -> Tag:
    return Tag(Path("/a.jpg"), "a.jpg", "Dress", 0.9, model=model)


def test_the_forecast_names_the_level() -> None:
    assert forecast(0.78, 0.98, "about", Level.GROUP).endswith("of the others will have the correct group.")
    assert forecast(1.0, 0.98, "about", Level.GOOGLE).endswith("will have the correct Google product category.")


def test_a_chosen_level_is_shown_for_a_model_without_figures(qtbot) -> None:  # type: ignore[no-untyped-def]
    bar = ThresholdBar()
    qtbot.addWidget(bar)
    bar.show_rule(ReviewRule(Level.GROUP))
    assert not bar.isHidden() and bar.level.currentText() == "group"
