"""The session: rows, corrections, undo and restoring."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui.messages.photos import row_message, step_text
from fashionlens_gui.session.session import Session
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import Tag, failed, predicted
from tests.tagging.list_rows import categories, item
from trainer.control import WorkControl
from trainer.errors import PhotoError
from trainer.inference.prediction import Prediction, Ranking


def broken(name: str) -> Tagged:
    return Tagged(failed(Path("/photos") / name, name, PhotoError("photo_empty", name=name)))


def test_rows_round_trip(file: Path) -> None:
    items = [item("a.jpg"), item("b.jpg", (0.40625, 0.375, 0.21875), ("Bag", "Coat", "Dress")), broken("c.jpg")]
    session = Session(file)
    assert session.add(items, "model 1") == []
    session.add([item("d.jpg", (1.0,), ("Hat",))], "model 2")
    before = list(session.rows)
    session.close()
    session = Session(file)
    assert list(session.rows) == before
    assert before[:3] == [each.tag for each in items]
    assert session.notices == []
    assert session.paths() == [Path("/photos") / name for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg")]
    session.close()


def test_a_correction_replaces_the_prediction_which_is_stored(file: Path) -> None:
    session = Session(file, who="Ada")
    session.add([item("a.jpg"), item("b.jpg", (0.375, 0.375, 0.25)), broken("c.jpg")])
    assert session.correct([0, 1, 2], "Skirt") == [0, 1, 2]
    assert session.correct([1], "Dress") == [1]
    for _ in range(2):
        a, b, c = session.rows
        assert (a.category, a.confidence, a.second_category, a.status, a.source) == ("Skirt", None, "", "ok", "user")
        assert row_message(a.notes) == "Set by hand; the model predicted Dress."
        assert a.ranking is not None
        assert a.ranking.label == "Dress"
        assert (b.category, row_message(b.notes)) == ("Dress", "Confirmed by hand.")
        assert (c.status, row_message(c.notes)) == (
            "ok",
            "Set by hand. c.jpg is empty (0 bytes). It may be only in the cloud: make it available on this computer. "
            "Or copy it again.",
        )
        events = [(each.who, each.before, each.after, each.undone) for each in session.history(1)]
        assert events == [("Ada", "Dress", "Skirt", False), ("Ada", "Skirt", "Dress", False)]
        assert [each.before for each in session.history(2)] == [""]
        assert session.history(0)[0].when.startswith("20")
        session.close()
        session = Session(file)
    session.close()


def test_undo_and_redo_one_step_each_also_after_a_restart(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg"), item("sub/b.jpg"), item("c.jpg")])
    assert (session.can_undo, session.can_redo, session.undo(), session.redo()) == (False, False, [], [])
    session.correct([0, 2], "Skirt")
    session.correct([1], "Hat")
    assert step_text(session.undo_step) == "Hat for b.jpg"
    session.close()

    session = Session(file)
    assert session.undo() == [1]
    assert categories(session) == ["Skirt", "Dress", "Skirt"]
    assert (step_text(session.undo_step), step_text(session.redo_step)) == ("Skirt for 2 photos", "Hat for b.jpg")
    assert session.undo() == [0, 2]
    assert categories(session) == ["Dress"] * 3
    assert session.rows[0] == item("a.jpg").tag
    session.close()

    session = Session(file)
    assert (session.can_undo, step_text(session.redo_step)) == (False, "Skirt for 2 photos")
    assert session.redo() == [0, 2]
    assert session.redo() == [1]
    assert session.redo() == []
    assert categories(session) == ["Skirt", "Hat", "Skirt"]
    session.close()


def test_a_new_correction_ends_the_redo_but_not_the_history(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg")])
    session.correct([0], "Skirt")
    session.correct([0], "Hat")
    session.undo()
    session.correct([0], "Scarf")
    assert not session.can_redo
    assert [(each.after, each.undone) for each in session.history(0)] == [
        ("Skirt", False),
        ("Hat", True),
        ("Scarf", False),
    ]
    assert session.undo() == [0]
    assert categories(session) == ["Skirt"]
    session.close()


def test_setting_the_same_label_again_adds_no_step(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg"), item("b.jpg")])
    session.correct([0], "Skirt")
    assert session.correct([0], " Skirt ") == []
    assert session.correct([0, 1, 1], "Skirt") == [1]
    assert step_text(session.undo_step) == "Skirt for b.jpg"
    with pytest.raises(ValueError):
        session.correct([0], "  ")
    session.close()


def test_a_photo_tagged_again_keeps_its_row_name_and_correction(file: Path) -> None:
    session = Session(file)
    session.add([broken("shop/a.jpg"), item("b.jpg"), item("c.jpg")])
    session.correct([1], "Skirt")
    again = Tagged(item("shop/a.jpg").tag, None, "new")
    again = Tagged(Tag(**{**{n: getattr(again.tag, n) for n in Tag.__slots__}, "file": "a.jpg"}), None, "new")
    assert session.add([item("d.jpg"), again, item("b.jpg", (0.5, 0.25, 0.25), ("Bag", "Coat", "Dress"))]) == [0, 1]
    for _ in range(2):
        assert [tag.file for tag in session.rows] == ["shop/a.jpg", "b.jpg", "c.jpg", "d.jpg"]
        assert categories(session) == ["Dress", "Skirt", "Dress", "Dress"]
        assert row_message(session.rows[1].notes) == "Set by hand; the model predicted Bag."
        session.close()
        session = Session(file)
    session.close()


def test_non_unicode_names_round_trip(file: Path) -> None:
    path = Path("/photos/caf\udce9.jpg")
    session = Session(file)
    prediction = Prediction(Ranking(("Dre\udcffss", "Coat"), (0.75, 0.25)), False, np.zeros(1, np.float32))
    session.add([Tagged(predicted(path, "caf\\xe9.jpg", prediction))])
    session.begin_import([path])
    session.close()
    session = Session(file)
    assert session.rows[0].path == path
    assert session.rows[0].category == "Dre\\xffss"
    assert session.unfinished_imports()[0].paths[0] == path
    session.close()


def test_unfinished_drops_are_offered_again(file: Path) -> None:
    session = Session(file)
    done, open_ = session.begin_import([Path("/a")]), session.begin_import([Path("/b"), Path("/c d")])
    session.finish_import(done)
    session.close()
    session = Session(file)
    (drop,) = session.unfinished_imports()
    assert (drop.id, drop.paths) == (open_, (Path("/b"), Path("/c d")))
    session.finish_import(drop.id)
    assert session.unfinished_imports() == []
    session.close()


def test_clear_removes_everything(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg")])
    session.correct([0], "Skirt")
    session.begin_import([Path("/b")])
    session.clear()
    session.add([item("b.jpg")])
    for _ in range(2):
        assert [tag.file for tag in session.rows] == ["b.jpg"]
        assert (session.can_undo, session.unfinished_imports()) == (False, [])
        session.close()
        session = Session(file)
    session.close()


def test_rows_answer_as_any_sequence_does_also_once_corrected(tmp_path: Path) -> None:
    with contextlib.closing(Session(tmp_path / "session.sqlite")) as session:
        session.add([item("a.jpg"), item("b.jpg"), item("c.jpg")])
        session.correct([2], "Coat")
        assert session.rows[-1] == session.rows[2] == session.rows[1:][1] == list(session.rows)[2]
        assert (session.rows[-1].category, session.rows[-2].source) == ("Coat", "model")
        session.add([item(f"later {number}.jpg") for number in range(5_000)])
        assert session.correct_attribute([5_002], "fabric", "Wool") == [5_002]
        assert session.rows[-1].attributes.named("fabric").value == "Wool"  # type: ignore[union-attr]
        with pytest.raises(IndexError):
            session.rows[5_003]
        session.clear()
        session.add([item("a.jpg")])
        assert session.rows[0].source == "model"


def test_pending_labels_are_shown_until_their_change_ends_and_are_never_compared_with(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg"), item("b.jpg")])
    session.correct([0], "Skirt")
    rows = session.rows
    for change, category in ((1, "Coat"), (2, "Bag")):
        rows.set_pending(change, [0, 1], "category", category)
    rows.set_pending(3, [0], "season", "Winter")
    assert [row.category for row in rows] == ["Bag", "Bag"] and rows[-2].attributes.values()[-2] == "Winter"
    assert row_message(rows[0].notes) == "Set by hand; the model predicted Dress."  # not: predicted Skirt
    assert rows.written(0).category == "Skirt" and not session.would_change([0], "category", "Skirt")
    rows.end_pending(1, [0, 1], "category")
    assert rows[0].category == "Bag"  # the later change is still pending
    rows.end_pending(2, [0, 1], "category")
    assert [row.category for row in rows] == ["Skirt", "Dress"] and rows[0].attributes.values()[-2] == "Winter"
    session.clear()
    session.add([item("c.jpg")])
    assert rows[0] == item("c.jpg").tag
    session.close()


def test_nothing_is_added_once_the_work_is_stopped(file: Path) -> None:
    session, control = Session(file), WorkControl()
    session.add([item("a.jpg")], control=control)
    control.stop()
    assert session.add([item("b.jpg")], control=control) == []
    assert categories(session) == ["Dress"]
    session.close()
