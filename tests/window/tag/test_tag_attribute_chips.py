"""Attributes in the viewer and for a selection: chips by keys, lists of values, colours, one step of undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from fashionlens_gui.tagging.attributes import Attributes, AttributeTag
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.window.photos.category_picker import Choice, matching
from fashionlens_gui.window.tag.table.results_model import Column
from tests.window.tag.conftest import Stage
from tests.window.tag.test_tag_review import CONTROL, press
from trainer.inference.prediction import Ranking, Swatch
from trainer.model_files.metadata import AttributeHead
from trainer.taxonomy import ATTRIBUTES

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
    attributes = Attributes(
        [
            said("colour", "Navy blue", "Black", 0.9),
            said("pattern", "Striped", "Checked", 0.4),
            said("audience", "Men", "Women", 0.8),
        ]
    )
    colours = (Swatch("Navy blue", NAVY, 0.71), Swatch("White", (250, 250, 250), 0.18))
    session = panel.session_loader.session
    assert session is not None
    session.add([Tagged(replace(tag, attributes=attributes, colours=colours)) for tag in stage.tags()])
    panel.model.refresh([0, 1, 2])
    panel.table.setFocus()
    panel.table.select_row(0)
    press(stage, Key.Key_Space)
    assert panel.pages.currentWidget() is panel.viewer
    return stage


def value(stage: Stage, row: int, name: str) -> tuple[str, str] | None:
    tag = stage.tags()[row].attributes.named(name)
    return None if tag is None else (tag.value, tag.source)


def test_chips_show_what_is_said_and_mark_what_is_unsure(dressed: Stage) -> None:
    details = dressed.panel.viewer.details
    shown = [name for name, chip in details.chips.items() if chip.isVisible()]
    assert shown == ["colour", "pattern", "audience"]
    words = {name: details.chips[name].accessibleName() for name in shown}
    assert words["colour"] == "Colour: Navy blue, 90 %"
    assert words["pattern"] == "Pattern: Striped, unsure"  # another model's: what it needed is not known
    assert details.colours.accessibleName() == "Colours in the photo: Navy blue 71 %, White 18 %"


def use_heads(stage: Stage, **heads: AttributeHead) -> None:
    """The model in use tagged the photos; it says so much of its attributes."""
    stage.qtbot.waitUntil(lambda: stage.active_model.state == "ready", timeout=60_000)
    entry, session = stage.active_model.entry, stage.panel.session_loader.session
    assert entry is not None and session is not None
    session.add([Tagged(tag) for tag in stage.tags()], entry.metadata.name)
    stage.active_model.entry = replace(entry, metadata=structs.replace(entry.metadata, attributes=heads))
    stage.active_model.loading.emit("tiny")


def test_unsure_below_what_the_attribute_needs_says_how_much_that_is(dressed: Stage) -> None:
    use_heads(dressed, pattern=AttributeHead(("Checked", "Striped"), review_below=0.62))
    chip = dressed.panel.viewer.details.chips["pattern"]
    assert chip.accessibleName() == "Pattern: Striped, 40 %, unsure"
    why = "The model is unsure: Striped (40 %). Each attribute has its own threshold; pattern needs 62 % or more."
    assert why in chip.toolTip()
    cell = dressed.panel.model.index(0, Column.PATTERN).data(Qt.ItemDataRole.ToolTipRole)
    assert cell == f"{why} Exported files leave it empty until you confirm it."
    use_heads(dressed, pattern=AttributeHead(("Checked", "Striped"), review_below=0.404))
    assert "pattern needs a little more than 40 %." in chip.toolTip()


def test_what_the_model_never_learnt_is_a_guess_without_a_percentage(dressed: Stage) -> None:
    session, panel = dressed.panel.session_loader.session, dressed.panel
    assert session is not None
    sure = AttributeTag("fabric", "Cotton", 0.98, "model", Ranking(("Cotton", "Silk"), (0.98, 0.02)), unsure=True)
    session.add([Tagged(replace(tag, attributes=Attributes((sure,)))) for tag in dressed.tags()])
    category = panel.model.tag(0).category
    head = AttributeHead(("Cotton", "Silk"), review_below=0.5, known_for=("Nothing of the kind",))
    use_heads(dressed, fabric=head)
    chip = panel.viewer.details.chips["fabric"]
    assert chip.accessibleName() == "Fabric: Cotton, a guess"
    why = f"“Cotton” is a guess: the model was not trained on fabric for {category}."
    assert why in chip.toolTip() and "%" not in chip.toolTip()
    cell = panel.model.index(0, Column.FABRIC).data(Qt.ItemDataRole.ToolTipRole)
    assert cell == f"{why} Exported files leave it empty until you confirm it."
    panel.attribute_editor.open_values("fabric")
    assert "98" not in panel.attribute_editor.value_picker.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    panel.attribute_editor.value_picker.hide()
    use_heads(dressed, fabric=structs.replace(head, known_for=(category,), review_below=0.985))
    assert chip.accessibleName() == "Fabric: Cotton, 98 %, unsure"
    use_heads(dressed, fabric=structs.replace(head, known_for=(), review_below=1.0))
    assert "the model was not trained on fabric." in chip.toolTip()


def test_models_of_categories_alone_have_no_card_of_attributes(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    stage.panel.table.setFocus()
    stage.panel.table.select_row(0)
    press(stage, Key.Key_Space)
    assert not stage.panel.viewer.details.isVisible()


def test_tab_enter_and_typing_set_an_attribute_and_u_takes_it_back(dressed: Stage) -> None:
    viewer, attribute_editor = dressed.panel.viewer, dressed.panel.attribute_editor
    press(dressed, Key.Key_Tab)
    assert viewer.details.chips["colour"].hasFocus()
    press(dressed, Key.Key_Down)
    press(dressed, Key.Key_Return)
    assert attribute_editor.value_picker.isVisible()
    assert attribute_editor.value_picker.list.item(0).text() == "Striped"  # the most probable first
    press(dressed, Key.Key_2)
    assert value(dressed, 0, "pattern") == ("Checked", "user")
    assert viewer.details.chips["pattern"].accessibleName() == "Pattern: Checked, set by you"
    assert viewer.position.text() == "1 of 3"  # an attribute alone does not turn the page
    press(dressed, Key.Key_U)
    assert value(dressed, 0, "pattern") == ("Striped", "model")
    press(dressed, Key.Key_Up)
    press(dressed, Key.Key_T)  # a letter searches at once
    assert attribute_editor.value_picker.search.text() == "t"
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
    assert viewer.details.chips["colour"].hasFocus()
    ranking = dressed.tags()[1].ranking
    assert ranking is not None
    press(dressed, Key.Key_2)
    assert dressed.tags()[1].category == ranking.labels[1]


def test_an_attribute_can_be_said_not_to_be_there(dressed: Stage) -> None:
    attribute_editor = dressed.panel.attribute_editor
    attribute_editor.open_values("pattern")
    QTest.keyClicks(attribute_editor.value_picker.search, "none of")
    QTest.keyClick(attribute_editor.value_picker.search, Key.Key_Return)
    assert value(dressed, 0, "pattern") == ("", "user")
    assert dressed.panel.viewer.details.chips["pattern"].accessibleName() == "Pattern: none, set by you"


def test_a_selection_gets_an_attribute_in_one_step(dressed: Stage) -> None:
    panel, before = dressed.panel, dressed.tags()
    press(dressed, Key.Key_Escape)
    panel.table.setFocus()
    press(dressed, Key.Key_A, CONTROL)
    press(dressed, Key.Key_F3)
    assert panel.attribute_editor.attribute_picker.prompt.text() == "Attribute of 3 photos"
    press(dressed, Key.Key_1)
    assert panel.attribute_editor.value_picker.prompt.text() == "Colour of 3 photos"
    for key in (Key.Key_R, Key.Key_E, Key.Key_D):
        press(dressed, key)
    press(dressed, Key.Key_Return)
    assert [value(dressed, row, "colour") for row in range(3)] == [("Red", "user")] * 3
    panel.tag_actions.undo.trigger()
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
    chips = dressed.panel.viewer.details.chips
    assert [name for name, chip in chips.items() if chip.isVisible()] == ["colour"]


def test_search_finds_other_words_behind_names() -> None:
    choices = [Choice("Jumper dress"), Choice("Pullover", words=("jumper", "sweater")), Choice("Jumpsuit")]
    assert [choice.label for choice in matching(choices, "jump")] == ["Jumper dress", "Jumpsuit", "Pullover"]
    assert [choice.label for choice in matching(choices, "sweater")] == ["Pullover"]
