"""Attributes in the viewer and of a selection: chips, keys, lists of values, colours and undo."""

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

from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.tagging import csv_export
from fashionlens_gui.tagging.attributes import Attributes, AttributeTag
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import Tag
from fashionlens_gui.window.photos.choice_picker import Choice, matching
from fashionlens_gui.window.tag.table.cells import Column
from tests.window.tag.conftest import Stage
from tests.window.tag.test_tag_review import CONTROL, press
from trainer.inference.prediction import Ranking, Swatch
from trainer.model_files.metadata import AttributeHead
from trainer.taxonomy import ATTRIBUTES

Photos = Callable[..., Path]
Key = Qt.Key
NAVY = (34, 48, 90)


def attribute_tag(name: str, value: str, other: str, confidence: float) -> AttributeTag:
    ranking = Ranking((value, other), (confidence, 1 - confidence))
    return AttributeTag(name, value, confidence, "model", ranking, confidence < 0.5)


def store(stage: Stage, change: Callable[[Tag], Tag], model: str = "another") -> None:
    """Store predictions of the photos of the list again, changed, as of this model."""
    rows = [Tagged(change(tag), digest=tag.file) for tag in stage.tags()]

    def store_again(catalogue: Catalogue) -> Changes:
        batch = operations.begin_import(catalogue, [])
        return photos.store(catalogue, batch, rows, ModelIdentity(model))[0]

    stage.access.perform(store_again)
    stage.settle()


@pytest.fixture
def with_attributes(stage: Stage, photos: Photos) -> Stage:
    """Three photos with a colour, an unsure pattern and an audience, the first one open in the viewer."""
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    panel = stage.panel
    attributes = Attributes(
        [
            attribute_tag("colour", "Navy blue", "Black", 0.9),
            attribute_tag("pattern", "Striped", "Checked", 0.4),
            attribute_tag("audience", "Men", "Women", 0.8),
        ]
    )
    colours = (Swatch("Navy blue", NAVY, 0.71), Swatch("White", (250, 250, 250), 0.18))
    store(stage, lambda tag: replace(tag, attributes=attributes, colours=colours))
    panel.table.setFocus()
    panel.table.select_position(0)
    press(stage, Key.Key_Space)
    assert panel.pages.currentWidget() is panel.viewer
    return stage


def value(stage: Stage, row: int, name: str) -> tuple[str, str] | None:
    tag = stage.tags()[row].attributes.named(name)
    return None if tag is None else (tag.value, tag.source)


def test_chips_show_values_and_mark_unsure_ones(with_attributes: Stage) -> None:
    details = with_attributes.panel.viewer.details
    shown = [name for name, chip in details.chips.items() if chip.isVisible()]
    assert shown == ["colour", "pattern", "audience"]
    words = {name: details.chips[name].accessibleName() for name in shown}
    assert words["colour"] == "Colour: Navy blue, 90 %"
    assert words["pattern"] == "Pattern: Striped, unsure"  # another model tagged it
    assert details.colours.accessibleName() == "Colours in the photo: Navy blue 71 %, White 18 %"


def use_heads(stage: Stage, **heads: AttributeHead) -> None:
    """Set the attribute heads of the model in use, which tagged the photos."""
    stage.qtbot.waitUntil(lambda: stage.active_model.state == "ready", timeout=60_000)
    entry = stage.active_model.entry
    assert entry is not None
    store(stage, lambda tag: tag, entry.metadata.name)
    stage.active_model.entry = replace(entry, metadata=structs.replace(entry.metadata, attributes=heads))
    stage.active_model.loading.emit("tiny")


def test_an_unsure_attribute_explains_its_threshold(with_attributes: Stage) -> None:
    use_heads(with_attributes, pattern=AttributeHead(("Checked", "Striped"), review_below=0.62))
    chip = with_attributes.panel.viewer.details.chips["pattern"]
    assert chip.accessibleName() == "Pattern: Striped, 40 %, unsure"
    why = "The model is unsure: Striped (40 %). Each attribute has its own threshold; pattern needs 62 % or more."
    assert why in chip.toolTip()
    cell = with_attributes.panel.model.index(0, Column.PATTERN).data(Qt.ItemDataRole.ToolTipRole)
    assert cell == f"{why} Exported files leave it empty until you confirm it."
    use_heads(with_attributes, pattern=AttributeHead(("Checked", "Striped"), review_below=0.404))
    assert "pattern needs a little more than 40 %." in chip.toolTip()


def test_an_untrained_attribute_is_a_guess_without_a_percentage(with_attributes: Stage) -> None:
    panel = with_attributes.panel
    sure = AttributeTag("fabric", "Cotton", 0.98, "model", Ranking(("Cotton", "Silk"), (0.98, 0.02)), unsure=True)
    store(with_attributes, lambda tag: replace(tag, attributes=Attributes((sure,))))
    category = with_attributes.tags()[0].category
    head = AttributeHead(("Cotton", "Silk"), review_below=0.5, known_for=("Nothing of the kind",))
    use_heads(with_attributes, fabric=head)
    chip = panel.viewer.details.chips["fabric"]
    assert chip.accessibleName() == "Fabric: Cotton, a guess"
    why = f"“Cotton” is a guess: the model was not trained on fabric for {category}."
    assert why in chip.toolTip() and "%" not in chip.toolTip()
    cell = panel.model.index(0, Column.FABRIC).data(Qt.ItemDataRole.ToolTipRole)
    assert cell == f"{why} Exported files leave it empty until you confirm it."
    panel.attribute_editor.open_values("fabric")
    assert "98" not in panel.attribute_editor.value_picker.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    panel.attribute_editor.value_picker.hide()
    use_heads(with_attributes, fabric=structs.replace(head, known_for=(category,), review_below=0.985))
    assert chip.accessibleName() == "Fabric: Cotton, 98 %, unsure"
    use_heads(with_attributes, fabric=structs.replace(head, known_for=(), rare_in={"Cotton": (category,)}))
    assert f"“Cotton” is a guess: hardly any {category} in the training photos had this fabric." in chip.toolTip()
    use_heads(with_attributes, fabric=structs.replace(head, known_for=(), studio_only=True))
    assert "trained on fabric with studio photos, and this photo is unlike them." in chip.toolTip()
    use_heads(with_attributes, fabric=structs.replace(head, known_for=(), review_below=1.0))
    assert "the model was not trained on fabric." in chip.toolTip()


def test_models_without_attributes_have_no_attribute_panel(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    stage.panel.table.setFocus()
    stage.panel.table.select_position(0)
    press(stage, Key.Key_Space)
    assert not stage.panel.viewer.details.isVisible()


def test_tab_enter_and_typing_set_an_attribute_and_undo_undoes_it(with_attributes: Stage) -> None:
    viewer, attribute_editor = with_attributes.panel.viewer, with_attributes.panel.attribute_editor
    press(with_attributes, Key.Key_Tab)
    assert viewer.details.chips["colour"].hasFocus()
    press(with_attributes, Key.Key_Down)
    press(with_attributes, Key.Key_Return)
    assert attribute_editor.value_picker.isVisible()
    assert attribute_editor.value_picker.list.item(0).text() == "Striped"  # the most probable first
    press(with_attributes, Key.Key_2)
    assert value(with_attributes, 0, "pattern") == ("Checked", "user")
    assert viewer.details.chips["pattern"].accessibleName() == "Pattern: Checked, set by you"
    assert viewer.position.text() == "1 of 3"  # the viewer stays at the photo
    press(with_attributes, Key.Key_Z, CONTROL)
    assert value(with_attributes, 0, "pattern") == ("Striped", "model")
    press(with_attributes, Key.Key_Tab)
    press(with_attributes, Key.Key_T)  # a letter searches at once
    assert attribute_editor.value_picker.search.text() == "t"
    for key in (Key.Key_U, Key.Key_R, Key.Key_Q):
        press(with_attributes, key)
    press(with_attributes, Key.Key_Return)
    assert value(with_attributes, 0, "colour") == ("Turquoise blue", "user")
    press(with_attributes, Key.Key_Tab)
    press(with_attributes, Key.Key_Escape)
    assert viewer.hasFocus()
    press(with_attributes, Key.Key_Escape)
    assert with_attributes.panel.pages.currentWidget() is with_attributes.panel.list_page


def test_enter_after_setting_an_attribute_keeps_it_and_accepts_the_photo(with_attributes: Stage) -> None:
    panel = with_attributes.panel
    panel.viewer.details.chips["audience"].setFocus(Qt.FocusReason.TabFocusReason)
    press(with_attributes, Key.Key_Space)
    press(with_attributes, Key.Key_2)
    press(with_attributes, Key.Key_Return)
    press(with_attributes, Key.Key_Left)
    assert value(with_attributes, 0, "audience") == ("Women", "user")
    assert with_attributes.tags()[0].source == "user"
    panel.attribute_editor.open_values("audience")  # the list selects the value in force, not the model's
    press(with_attributes, Key.Key_Return)
    assert value(with_attributes, 0, "audience") == ("Women", "user")
    panel.attribute_editor.open_values("audience")
    QTest.keyClicks(panel.attribute_editor.value_picker.search, "none of")
    press(with_attributes, Key.Key_Return)
    panel.attribute_editor.open_values("audience")
    press(with_attributes, Key.Key_Return)
    assert value(with_attributes, 0, "audience") == ("", "user")


def test_a_value_that_is_missing_can_be_added_and_is_offered_again(with_attributes: Stage) -> None:
    panel, picker = with_attributes.panel, with_attributes.panel.attribute_editor.value_picker
    panel.attribute_editor.open_values("fabric")
    place = picker.geometry()
    offered = [picker.list.item(n).text() for n in range(picker.list.count())]
    assert {"Wool", "Linen", "Polyester", "Viscose"} <= set(offered)  # models do not know these
    QTest.keyClicks(picker.search, "Velvet")
    assert picker.geometry() == place
    assert [picker.list.item(n).text() for n in range(picker.list.count())] == ["Add “Velvet”", "None of these"]
    QTest.keyClick(picker.search, Key.Key_Return)
    assert value(with_attributes, 0, "fabric") == ("Velvet", "user")
    assert csv_export.record(with_attributes.tags()[0])["fabric"] == "Velvet"
    panel.tag_actions.undo.trigger()
    press(with_attributes, Key.Key_Right)
    panel.attribute_editor.open_values("fabric")
    QTest.keyClicks(picker.search, "vel")
    assert picker.list.item(0).text() == "Velvet"
    picker.hide()


def test_the_viewer_handles_digits_and_arrows_while_a_chip_has_the_focus(with_attributes: Stage) -> None:
    viewer = with_attributes.panel.viewer
    press(with_attributes, Key.Key_Tab)
    press(with_attributes, Key.Key_Right)
    assert viewer.position.text() == "2 of 3"
    assert viewer.details.chips["colour"].hasFocus()
    ranking = with_attributes.tags()[1].ranking
    assert ranking is not None
    press(with_attributes, Key.Key_2)
    assert with_attributes.tags()[1].category == ranking.labels[1]


def test_an_attribute_can_be_set_to_none(with_attributes: Stage) -> None:
    attribute_editor = with_attributes.panel.attribute_editor
    attribute_editor.open_values("pattern")
    QTest.keyClicks(attribute_editor.value_picker.search, "none of")
    QTest.keyClick(attribute_editor.value_picker.search, Key.Key_Return)
    assert value(with_attributes, 0, "pattern") == ("", "user")
    assert with_attributes.panel.viewer.details.chips["pattern"].accessibleName() == "Pattern: none, set by you"


def test_a_selection_gets_an_attribute_in_one_step(with_attributes: Stage) -> None:
    panel, before = with_attributes.panel, with_attributes.tags()
    press(with_attributes, Key.Key_Escape)
    panel.table.setFocus()
    press(with_attributes, Key.Key_A, CONTROL)
    press(with_attributes, Key.Key_F3)
    assert panel.attribute_editor.attribute_picker.prompt.text() == "Attribute of 3 photos"
    press(with_attributes, Key.Key_1)
    assert panel.attribute_editor.value_picker.prompt.text() == "Colour of 3 photos"
    for key in (Key.Key_R, Key.Key_E, Key.Key_D):
        press(with_attributes, key)
    press(with_attributes, Key.Key_Return)
    assert [value(with_attributes, row, "colour") for row in range(3)] == [("Red", "user")] * 3
    panel.tag_actions.undo.trigger()
    assert with_attributes.tags() == before


def test_the_menu_lists_the_attributes(with_attributes: Stage) -> None:
    panel = with_attributes.panel
    press(with_attributes, Key.Key_Escape)
    menu = panel.row_menu.build()
    inner = cast(QMenu, next(entry.menu() for entry in menu.actions() if entry.menu() is not None))
    assert [entry.text() for entry in inner.actions()] == ["Colour…", "Pattern…", "Audience…"]
    menu.deleteLater()


def test_attributes_switched_off_are_not_shown(with_attributes: Stage) -> None:
    for name in ATTRIBUTES[1:]:
        with_attributes.settings.switch_attribute(name, False)
    with_attributes.panel.review.refresh_viewer()
    chips = with_attributes.panel.viewer.details.chips
    assert [name for name, chip in chips.items() if chip.isVisible()] == ["colour"]


def test_search_lists_synonyms_after_names() -> None:
    choices = [Choice("Jumper dress"), Choice("Pullover", synonyms=("jumper", "sweater")), Choice("Jumpsuit")]
    assert [choice.label for choice in matching(choices, "jump")] == ["Jumper dress", "Jumpsuit", "Pullover"]
    assert [choice.label for choice in matching(choices, "sweater")] == ["Pullover"]
