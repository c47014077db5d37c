"""Attributes in the viewer and for a selection: chips by keys, lists of values, colours, one step of undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from fashionlens_gui.tagging.attributes import ATTRIBUTES, AttributeTag
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.window.category_picker import Choice, matching
from tests.window.tag.conftest import Stage
from tests.window.tag.test_tag_review import CONTROL, press
from trainer.inference.prediction import Ranking, Swatch

Photos = Callable[..., Path]
Key = Qt.Key
NAVY = (34, 48, 90)


def said(name: str, value: str, other: str, confidence: float) -> AttributeTag:
    ranking = Ranking((value, other), (confidence, 1 - confidence))
    return AttributeTag(name, value, confidence, "model", ranking, confidence < 0.5)


@pytest.fixture
def dressed(stage: Stage, photos: Photos) -> Stage:
    """Three photos with a colour, an unsure pattern and an audience, the first one open in the viewer."""
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    panel = stage.panel
    attributes = (
        said("colour", "Navy blue", "Black", 0.9),
        said("pattern", "Striped", "Checked", 0.4),
        said("audience", "Men", "Women", 0.8),
    )
    colours = (Swatch("Navy blue", NAVY, 0.71), Swatch("White", (250, 250, 250), 0.18))
    session = panel.last_list.session
    assert session is not None
    session.add([Tagged(replace(tag, attributes=attributes, colours=colours)) for tag in stage.tags()])
    panel.model.refresh([0, 1, 2])
    panel.table.setFocus()
    panel.table.select_row(0)
    press(stage, Key.Key_Space)
    assert panel.pages.currentWidget() is panel.viewer
    return stage


def value(stage: Stage, row: int, name: str) -> tuple[str, str] | None:
    tag = stage.tags()[row].attribute(name)
    return None if tag is None else (tag.value, tag.source)


def test_chips_show_what_is_said_and_mark_what_is_unsure(dressed: Stage) -> None:
    details = dressed.panel.viewer.details
    shown = [name for name, chip in details.chips.chips.items() if chip.isVisible()]
    assert shown == ["colour", "pattern", "audience"]
    words = {name: details.chips.chips[name].accessibleName() for name in shown}
    assert words["colour"] == "Colour: Navy blue, 90 %"
    assert words["pattern"] == "Pattern: Striped, 40 %, unsure"
    assert details.colours.accessibleName() == "Colours in the photo: Navy blue 71 %, White 18 %"


def test_models_of_categories_alone_have_no_card_of_attributes(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    stage.panel.table.setFocus()
    stage.panel.table.select_row(0)
    press(stage, Key.Key_Space)
    assert not stage.panel.viewer.details.isVisible()


def test_tab_enter_and_typing_set_an_attribute_and_u_takes_it_back(dressed: Stage) -> None:
    viewer, setter = dressed.panel.viewer, dressed.panel.setter
    press(dressed, Key.Key_Tab)
    assert viewer.details.chips.chips["colour"].hasFocus()
    press(dressed, Key.Key_Down)
    press(dressed, Key.Key_Return)
    assert setter.values.isVisible()
    assert setter.values.list.item(0).text() == "Striped"  # the most probable first
    press(dressed, Key.Key_2)
    assert value(dressed, 0, "pattern") == ("Checked", "user")
    assert viewer.details.chips.chips["pattern"].accessibleName() == "Pattern: Checked, set by you"
    assert viewer.position.text() == "1 of 3"  # an attribute alone does not turn the page
    press(dressed, Key.Key_U)
    assert value(dressed, 0, "pattern") == ("Striped", "model")
    press(dressed, Key.Key_Up)
    press(dressed, Key.Key_T)  # a letter searches at once
    assert setter.values.search.text() == "t"
    for key in (Key.Key_U, Key.Key_R, Key.Key_Q):
        press(dressed, key)
    press(dressed, Key.Key_Return)
    assert value(dressed, 0, "colour") == ("Turquoise blue", "user")
    press(dressed, Key.Key_Escape)
    assert viewer.hasFocus()
    press(dressed, Key.Key_Escape)
    assert dressed.panel.pages.currentWidget() is dressed.panel.list_page


def test_digits_and_arrows_stay_the_viewers_while_a_chip_has_the_keys(dressed: Stage) -> None:
    viewer = dressed.panel.viewer
    press(dressed, Key.Key_Tab)
    press(dressed, Key.Key_Right)
    assert viewer.position.text() == "2 of 3"
    assert viewer.details.chips.chips["colour"].hasFocus()
    ranking = dressed.tags()[1].ranking
    assert ranking is not None
    press(dressed, Key.Key_2)
    assert dressed.tags()[1].category == ranking.labels[1]


def test_an_attribute_can_be_said_not_to_be_there(dressed: Stage) -> None:
    setter = dressed.panel.setter
    setter.open_values("pattern")
    QTest.keyClicks(setter.values.search, "none of")
    QTest.keyClick(setter.values.search, Key.Key_Return)
    assert value(dressed, 0, "pattern") == ("", "user")
    assert dressed.panel.viewer.details.chips.chips["pattern"].accessibleName() == "Pattern: none, set by you"


def test_a_selection_gets_an_attribute_in_one_step(dressed: Stage) -> None:
    panel, before = dressed.panel, dressed.tags()
    press(dressed, Key.Key_Escape)
    panel.table.setFocus()
    press(dressed, Key.Key_A, CONTROL)
    press(dressed, Key.Key_F3)
    assert panel.setter.which.prompt.text() == "Attribute of 3 photos"
    press(dressed, Key.Key_1)
    assert panel.setter.values.prompt.text() == "Colour of 3 photos"
    for key in (Key.Key_R, Key.Key_E, Key.Key_D):
        press(dressed, key)
    press(dressed, Key.Key_Return)
    assert [value(dressed, row, "colour") for row in range(3)] == [("Red", "user")] * 3
    panel.undo_action.trigger()
    assert dressed.tags() == before


def test_the_menu_offers_the_attributes(dressed: Stage) -> None:
    panel = dressed.panel
    press(dressed, Key.Key_Escape)
    menu = panel.row_menu.build()
    inner = cast(QMenu, next(entry.menu() for entry in menu.actions() if entry.menu() is not None))
    assert [entry.text() for entry in inner.actions()] == ["Colour…", "Pattern…", "Audience…"]
    menu.deleteLater()


def test_attributes_switched_off_are_not_shown(dressed: Stage) -> None:
    for name in ATTRIBUTES[1:]:
        dressed.settings.switch_attribute(name, False)
    dressed.panel.review.refresh_viewer()
    chips = dressed.panel.viewer.details.chips.chips
    assert [name for name, chip in chips.items() if chip.isVisible()] == ["colour"]


def test_search_finds_other_words_behind_names() -> None:
    choices = [Choice("Jumper dress"), Choice("Pullover", words=("jumper", "sweater")), Choice("Jumpsuit")]
    assert [choice.label for choice in matching(choices, "jump")] == ["Jumper dress", "Jumpsuit", "Pullover"]
    assert [choice.label for choice in matching(choices, "sweater")] == ["Pullover"]
