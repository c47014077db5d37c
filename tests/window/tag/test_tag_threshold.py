"""The slider of the review threshold: its text, its count, saving and reset; tagging again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fashionlens_gui.catalogue.visible_values import review_rule
from fashionlens_gui.settings import Settings
from fashionlens_gui.tagging.tag import MODEL_RULE, ReviewRule, Status, Tag
from fashionlens_gui.window.tag.table.threshold_bar import ThresholdBar, forecast, look_different, other_models
from tests.tiny_model import tiny_model
from tests.window.tag.conftest import Stage, close
from trainer.model_files.metadata import ReviewPoint

Photos = Callable[..., Path]
CURVE = (ReviewPoint(0.2, 1.0, 0.9), ReviewPoint(0.6, 0.8, 0.96), ReviewPoint(0.8, 0.76, 0.98), ReviewPoint(1, 0, 1))


@pytest.fixture
def with_curve(stage: Stage, photos: Photos) -> Stage:
    """Six tagged photos and a model with a review curve."""
    set_review_curve(stage)
    stage.drop(photos(*(f"{n}.png" for n in range(6))))
    stage.wait_until_done(rows=6)
    return stage


def set_review_curve(stage: Stage) -> None:
    """Give the model a review curve once it is loaded."""
    stage.qtbot.waitUntil(lambda: stage.active_model.state == "ready", timeout=60_000)
    entry = stage.active_model.entry
    assert entry is not None
    stage.active_model.entry = replace(entry, metadata=structs.replace(entry.metadata, review_curve=CURVE))
    stage.active_model.loading.emit(entry.path.stem)


def use_another_model(stage: Stage, folder: Path) -> None:
    """Use another model, which predicts other probabilities."""
    choose(stage, str(tiny_model(folder / "other.safetensors", name="other", seed=2)), "other")


def choose(stage: Stage, name_or_path: str, name: str) -> None:
    stage.active_model.choose(name_or_path)
    stage.qtbot.waitUntil(lambda: stage.active_model.name == name, timeout=20_000)
    set_review_curve(stage)


def probabilities(tag: Tag) -> list[float]:
    """The probabilities in the order of the labels' names."""
    assert tag.ranking is not None
    return [p for _label, p in sorted(zip(tag.ranking.labels, tag.ranking.probabilities, strict=True))]


def wait_for_threshold(stage: Stage, threshold: float | None) -> None:
    def applied() -> bool:
        with stage.catalogue().database.read() as database:
            return review_rule(database).below == threshold

    stage.qtbot.waitUntil(applied, timeout=5_000)
    stage.settle()


def test_forecast_describes_review_share_and_accuracy() -> None:
    like = "photos like those it was trained with"
    assert forecast(0.78, 0.98, "about") == (
        f"About 22 of 100 {like} will need review; about 98 of 100 of the others will be correct."
    )
    assert forecast(0.78, 0.989, "at least").endswith("at least 98 of 100 of the others will be correct.")
    one = "photo like those it was trained with"
    assert forecast(1.0, 0.9, "about") == f"Hardly any {one} will need review; about 90 of 100 will be correct."
    assert forecast(0.7, 0.999, "about").endswith("will need review; nearly all of the others will be correct.")
    assert forecast(0.0, 1.0, "about") == "Nearly all photos will need review."


def test_a_list_with_much_more_doubt_than_expected_looks_different() -> None:
    assert look_different(66, 100, 0.4) and not look_different(45, 100, 0.4)
    assert not look_different(9, 10, 0.4)  # too few photos to tell


def test_hidden_for_a_model_without_figures(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    assert not stage.panel.threshold.isVisible()


def test_slider_moves_the_threshold_and_counts_the_list(with_curve: Stage) -> None:
    bar = with_curve.panel.threshold
    assert bar.isVisible() and bar.slider.value() == 50 and not bar.reset_button.isEnabled()
    bar.slider.setFocus()
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    assert bar.text.text().startswith(
        "Hardly any photo like those it was trained with will need review; about 90 of 100 will be"
    )
    wait_for_threshold(with_curve, 0.0)
    with_curve.qtbot.waitUntil(lambda: bar.text.text().endswith("In this list: 0 of 6 photos."), timeout=5_000)
    assert {tag.status for tag in with_curve.tags()} == {"ok"}
    assert with_curve.panel.filters.status_chips[Status.NEEDS_REVIEW].count == 0
    bar.slider.setValue(70)
    assert bar.text.text().startswith(
        "About 22 of 100 photos like those it was trained with will need review; about 97"
    )
    QTest.keyClick(bar.slider, Qt.Key.Key_End)
    wait_for_threshold(with_curve, 1.0)
    with_curve.qtbot.waitUntil(lambda: bar.text.text().endswith("In this list: 6 of 6 photos."), timeout=5_000)
    assert with_curve.panel.tag_actions.review.text() == "Review 6 photos"


@pytest.mark.parametrize("way", ["button", "double-click"])
def test_reset_to_the_models_threshold(with_curve: Stage, way: str) -> None:
    bar, before = with_curve.panel.threshold, with_curve.tags()
    bar.slider.setValue(0)
    wait_for_threshold(with_curve, 0.0)
    if way == "button":
        QTest.mouseClick(bar.reset_button, Qt.MouseButton.LeftButton)
    else:
        QTest.mouseDClick(bar.slider, Qt.MouseButton.LeftButton)
    assert bar.slider.value() == 50 and bar.rule == MODEL_RULE
    wait_for_threshold(with_curve, None)
    assert with_curve.tags() == before
    assert Settings.load().review_below is None


def test_the_threshold_is_saved_and_applies_to_later_photos(with_curve: Stage, photos: Photos) -> None:
    with_curve.panel.threshold.slider.setValue(0)
    wait_for_threshold(with_curve, 0.0)
    assert Settings.load().review_below == 0.0
    with_curve.drop(photos("later.png", folder="later"))
    with_curve.wait_until_done(rows=7)
    assert with_curve.tags()[6].status == "ok"


def test_dragging_applies_once_when_the_slider_rests(with_curve: Stage) -> None:
    emitted: list[object] = []
    with_curve.panel.threshold.changed.connect(emitted.append)
    for place in range(50, 90):
        with_curve.panel.threshold.slider.setValue(place)
    wait_for_threshold(with_curve, 0.89)
    assert emitted == [ReviewRule(below=0.89)]


def test_a_threshold_can_be_reset_without_figures(qtbot) -> None:  # type: ignore[no-untyped-def]
    bar = ThresholdBar()
    qtbot.addWidget(bar)
    bar.resize(900, 40)  # in a narrow window the text is a tooltip
    bar.show_rule(ReviewRule(below=0.7))
    assert not bar.isHidden() and "no accuracy figures" in bar.text.text()
    with qtbot.waitSignal(bar.changed) as signal:
        bar.reset()
    assert signal.args == [MODEL_RULE]
    bar.show_rule(MODEL_RULE)
    assert bar.isHidden()


def test_text_for_photos_of_other_models() -> None:
    assert other_models({"tv": 3}, 5, "shop") == "3 of 5 photos in this list were tagged with “tv”, not with “shop”."
    assert other_models({"tv": 1}, 5, "shop") == "1 of 5 photos in this list was tagged with “tv”, not with “shop”."
    assert other_models({"tv": 5}, 5, "shop") == "All photos in this list were tagged with “tv”, not with “shop”."
    assert other_models({"tv": 1}, 1, "shop") == "The photo in this list was tagged with “tv”, not with “shop”."
    assert other_models({"a": 2, "b": 2}, 5, "shop") == (
        "4 of 5 photos in this list were tagged with other models than “shop”."
    )


def test_figures_are_not_shown_for_photos_of_another_model(with_curve: Stage, photos: Photos, tmp_path: Path) -> None:
    bar = with_curve.panel.threshold
    assert "In this list:" in bar.text.text() and not bar.retag_button.isVisible()
    use_another_model(with_curve, tmp_path)
    assert bar.text.text() == "All photos in this list were tagged with “tiny”, not with “other”."
    assert bar.retag_button.isVisible()
    with_curve.drop(photos("later.png", folder="later"))
    with_curve.wait_until_done(rows=7)
    assert bar.text.text() == "6 of 7 photos in this list were tagged with “tiny”, not with “other”."
    choose(with_curve, "tiny", "tiny")
    assert bar.text.text() == "1 of 7 photos in this list was tagged with “other”, not with “tiny”."


def test_photos_of_another_model_are_tagged_again_in_place_and_corrections_stay(
    with_curve: Stage, make_stage: Callable[..., Stage], tmp_path: Path
) -> None:
    panel, bar = with_curve.panel, with_curve.panel.threshold
    panel.corrections.set_category(with_curve.ids()[1:2], "Bag")
    before = with_curve.tags()
    before[4].path.unlink()
    use_another_model(with_curve, tmp_path)
    QTest.mouseClick(bar.retag_button, Qt.MouseButton.LeftButton)
    assert not bar.retag_button.isEnabled()
    with_curve.wait_until_done(rows=6)
    after = with_curve.tags()
    assert [tag.file for tag in after] == [tag.file for tag in before]
    assert (after[1].category, after[1].source) == ("Bag", "user")
    assert all(
        probabilities(now) != pytest.approx(probabilities(then))
        for now, then in zip(after[:4], before[:4], strict=True)
    )
    # The row of a deleted photo is kept.
    assert after[4] == before[4]
    assert bar.text.text() == "1 of 6 photos in this list was tagged with “tiny”, not with “other”."
    assert bar.retag_button.isEnabled()
    notice = panel.notice.text.text()
    assert notice.startswith("5 of 6 photos tagged again in ")
    kept = before[4].status == Status.OK  # not tagged again
    assert f" {panel.filters.status_chips[Status.OK].count - kept} OK" in notice, "as the list counts corrections"
    # After a restart the models are still known, and no import is unfinished.
    close(with_curve)
    again = make_stage(model=False)
    again.wait_until_open()
    assert again.panel.photo_list.state.figures.models == {"other": 5, "tiny": 1}
    assert not again.panel.unfinished_notice.has_message
    again.panel.tag_actions.undo.trigger()
    assert again.tags()[1].category == again.tags()[1].ranking.label  # type: ignore[union-attr]
