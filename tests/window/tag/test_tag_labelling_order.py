"""“Show most useful to correct”: unsure photos first, one of each kind, corrected ones last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fashionlens_gui.session.labelling_order import labelling_order, review_order
from PySide6.QtCore import Qt

from fashionlens_gui.session.session import Session
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import ReviewRule, Status, predicted
from tests.window.tag.conftest import Stage
from trainer.inference.active_learning import CHOSEN, group_alike, select_for_labelling
from trainer.inference.prediction import Prediction, Ranking


def unit(*numbers: float) -> np.ndarray:
    vector = np.array(numbers, np.float32)
    return np.asarray(vector / np.linalg.norm(vector))


def tagged(name: str, confidence: float, embedding: np.ndarray | None) -> Tagged:
    ranking = Ranking(("Dress", "Coat"), (confidence, 1 - confidence))
    tag = predicted(Path("/photos") / name, name, Prediction(ranking, False, np.zeros(1, np.float32)))
    return Tagged(tag, None, name, None if embedding is None else embedding.astype(np.float16))


def test_labelling_order_puts_diverse_photos_first() -> None:
    session = Session(None)
    session.add(
        [
            tagged("sure", 0.99, unit(0, 0, 1)),
            tagged("doubtful", 0.51, unit(1, 0, 0)),
            tagged("similar", 0.52, unit(1, 0.01, 0)),
            tagged("another kind", 0.60, unit(0, 1, 0)),
            tagged("corrected", 0.50, unit(0.5, 0.5, 0.7)),
            tagged("of an old list", 0.55, None),
        ],
        "a model",
    )
    session.correct([4], "Dress")
    names = [session.rows[row].file for row in labelling_order(session)]
    assert names == ["doubtful", "another kind", "sure", "similar", "of an old list", "corrected"]
    session.correct([1], "Dress")  # its twin is of less use now
    names = [session.rows[row].file for row in labelling_order(session)]
    assert names.index("another kind") < names.index("similar")
    session.close()


def test_embeddings_are_restored_after_a_restart_and_removed_with_the_list(tmp_path: Path) -> None:
    file = tmp_path / "session.sqlite"
    session = Session(file)
    session.add([tagged("a", 0.9, unit(1, 2, 3)), tagged("b", 0.9, None), tagged("c", 0.9, unit(3, 2, 1))], "one")
    session.add([tagged("d", 0.9, unit(1, 0))], "another model")
    session.close()
    session = Session(file)
    rows, embeddings_ND = session.embeddings()
    assert rows.tolist() == [0, 2]
    assert embeddings_ND == pytest.approx(np.stack([unit(1, 2, 3), unit(3, 2, 1)]), abs=1e-3)
    session.add([tagged("a", 0.9, None)], "one")  # tagged again
    assert session.embeddings()[0].tolist() == [2]
    session.clear()
    assert session.embeddings()[0].tolist() == []
    session.close()


def test_ten_thousand_photos_are_ordered() -> None:
    generator = np.random.default_rng(1)
    embeddings_ND = generator.normal(size=(10_000, 384)).astype(np.float32)
    embeddings_ND /= np.linalg.norm(embeddings_ND, axis=1, keepdims=True)
    margins_N = generator.random(10_000)
    order = select_for_labelling(margins_N, embeddings_ND, embeddings_ND[:500])
    assert sorted(order.tolist()) == list(range(10_000))
    assert (np.diff(margins_N[order[CHOSEN:]]) >= 0).all()


def test_the_list_is_sorted_by_usefulness_until_a_column_is_clicked(stage: Stage, photos: Callable[..., Path]) -> None:
    stage.drop(photos(*(f"{letter}.png" for letter in "abcdefgh")))
    stage.wait_until_done(8)
    session = stage.panel.session_loader.session
    assert session is not None
    assert len(session.embeddings()[0]) == 8
    expected = [session.rows[row].file for row in labelling_order(session)]
    assert stage.shown() != expected

    def sort_by_usefulness() -> None:
        stage.panel.tag_actions.sort_by_usefulness.trigger()
        stage.qtbot.waitUntil(lambda: not stage.panel.navigator.busy)

    sort_by_usefulness()
    assert [Path(name).name for name in stage.shown()] == [Path(name).name for name in expected]
    assert stage.panel.table.current_row() == labelling_order(session)[0]
    assert "helps the model most" in stage.panel.notice.text.text()
    assert stage.panel.notice.buttons[0].text() == "Open the first photo"

    # Sorted again, corrected rows come last; a click on a heading sorts by the column.
    stage.panel.corrections.set_category([int(labelling_order(session)[0])], "Bag")
    sort_by_usefulness()
    assert Path(stage.shown()[-1]).name == Path(expected[0]).name
    stage.panel.table.sortByColumn(0, stage.panel.table.horizontalHeader().sortIndicatorOrder())
    assert [Path(name).name for name in stage.shown()] == sorted(Path(name).name for name in expected)


def test_alike_photos_follow_each_other_in_blocks() -> None:
    order = np.array([5, 0, 3, 1, 4, 2, *range(6, 40)])
    labels = np.array([1, 0, 0, 1, 2, 0, *([3] * 34)])
    grouped = group_alike(order, labels)
    assert grouped[:6].tolist() == [5, 1, 2, 0, 3, 4]
    assert sorted(grouped[:20]) == sorted(order[:20])
    assert group_alike(order[:0], labels).tolist() == []


def test_a_review_begins_with_what_teaches_most(stage: Stage, photos: Callable[..., Path]) -> None:
    """A list that is sorted by a column is reviewed in that order."""
    panel = stage.panel
    stage.drop(photos(*(f"{letter}.png" for letter in "abcdefgh")))
    stage.wait_until_done(8)
    panel.threshold.changed.emit(ReviewRule(below=1.0))  # all need review
    stage.wait_until_written()
    panel.navigator.find_review_order()
    stage.qtbot.waitUntil(lambda: not panel.navigator.finding_review_order)
    session, arrived = stage.session(), stage.shown()
    expected = [session.rows[row].file for row in review_order(session)]
    assert expected != [session.rows[row].file for row in range(8)]
    panel.tag_actions.review.trigger()
    assert [Path(name).name for name in stage.shown()] == [Path(name).name for name in expected]
    assert panel.table.current_row() == review_order(session)[0]
    panel.review.close_viewer()
    assert stage.shown() == arrived

    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    panel.tag_actions.review.trigger()
    assert [Path(name).name for name in stage.shown()] == sorted((Path(name).name for name in expected), reverse=True)
    panel.review.close_viewer()


def test_later_photos_follow(stage: Stage, photos: Callable[..., Path]) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(3)
    stage.panel.tag_actions.sort_by_usefulness.trigger()
    stage.qtbot.waitUntil(lambda: not stage.panel.navigator.busy)
    stage.drop(photos("x.png", "y.png", folder="more"))
    stage.wait_until_done(5)
    assert {Path(name).name for name in stage.shown()[3:]} == {"x.png", "y.png"}
    stage.panel.tag_actions.sort_by_usefulness.trigger()
    stage.qtbot.waitUntil(lambda: not stage.panel.navigator.busy)
    assert len(stage.shown()) == 5


def test_a_list_that_is_cleared_meanwhile_has_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(None)
    session.add([tagged("a", 0.5, unit(1, 0)), tagged("b", 0.6, unit(0, 1))], "a model")

    def cleared(session: Session) -> np.ndarray:
        order = labelling_order(session)
        session.clear()
        return order

    monkeypatch.setattr("fashionlens_gui.session.labelling_order.labelling_order", cleared)
    assert review_order(session).tolist() == []
    session.close()


def test_rows_without_confidence() -> None:
    session = Session(None)
    broken = tagged("broken", 0.9, None)
    session.add([replace(broken, tag=replace(broken.tag, confidence=None, status=Status.ERROR, ranking=None))])
    assert labelling_order(session).tolist() == [0]
    session.clear()
    assert labelling_order(session).tolist() == []
    session.close()
