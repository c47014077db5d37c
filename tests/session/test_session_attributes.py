"""Attributes, colours and the review threshold in the session's database."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.photos import step_text
from fashionlens_gui.session.session import Session
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import MODEL_RULE, AttributeTag, ReviewRule, Tag, failed, low_confidence, predicted
from tests.tagging.list_rows import with_values
from trainer.errors import PhotoError
from trainer.inference.prediction import Prediction, Ranking, Swatch
from trainer.preprocessing.photo import TOO_SMALL, PhotoNote
from trainer.taxonomy import ATTRIBUTES, COLOUR_FAMILY, Level

KNOWN = {
    "colour": Ranking(("Navy blue", "Black", "White", "Red"), (0.5, 0.25, 0.1875, 0.0625)),
    "pattern": Ranking(("Striped", "Solid"), (0.5, 0.5)),
    "season": Ranking(("Winter", "Summer", "Fall", "Spring"), (0.75, 0.125, 0.0625, 0.0625)),
}
COLOURS = (Swatch("Navy blue", (16, 24, 64), 0.7125), Swatch("White", (250, 250, 248), 0.1875))

ROOT = Path(__file__).resolve().parents[2]


OTHER_FORMAT = PhotoNote("other_format", {"suffix": ".jpg", "format": "PNG"})


def item(
    name: str,
    confidence: float = 0.75,
    *,
    doubted: bool = False,
    notes: tuple[PhotoNote, ...] = (),
    attributes: Mapping[str, Ranking] = KNOWN,
    unsure: frozenset[str] = frozenset({"pattern"}),
    review_below: float | None = None,
) -> Tagged:
    ranking = Ranking(("Dress", "Coat"), (confidence, 1 - confidence))
    prediction = Prediction(ranking, doubted, np.zeros(1, np.float32), attributes, COLOURS, unsure)
    return Tagged(
        predicted(Path("/photos") / name, name, prediction, notes, ReviewRule(below=review_below)),
        None,
        f"digest of {name}",
    )


def broken(name: str) -> Tagged:
    return Tagged(failed(Path("/photos") / name, name, PhotoError("photo_empty", name=name)))


def attribute_tag_of(session: Session, row: int, name: str) -> AttributeTag:
    found = session.rows[row].attributes.named(name)
    assert found is not None
    return found


def values(session: Session, name: str) -> list[str]:
    return [tag.attributes.values()[ATTRIBUTES.index(name)] for tag in session.rows]


def reopened(session: Session, file: Path) -> Session:
    session.close()
    again = Session(file)
    assert again.notices == []
    return again


# Rows


def test_the_prediction_becomes_the_row() -> None:
    tag = item("a.jpg").tag
    assert [(each.name, each.value, each.confidence, each.source, each.unsure) for each in tag.attributes] == [
        ("colour", "Navy blue", 0.5, "model", False),
        ("pattern", "Striped", 0.5, "model", True),
        ("season", "Winter", 0.75, "model", False),
    ]
    assert tag.colours == COLOURS
    assert tag.attributes.values() == ("Navy blue", "Striped", "", "", "Winter", "")
    assert tag.attributes.named("fabric") is None
    assert Tag(Path("/a"), "a").attributes.values() == ("",) * 6


def test_a_user_override_wins_and_the_prediction_is_kept() -> None:
    tag = with_values(item("a.jpg").tag, fabric="Wool", season="Summer")
    assert [each.name for each in tag.attributes] == ["colour", "pattern", "fabric", "season"]
    fabric, season = tag.attributes[2:]
    assert (fabric.value, fabric.confidence, fabric.source, fabric.ranking) == ("Wool", None, "user", None)
    assert (season.value, season.confidence, season.source, season.ranking) == ("Summer", None, "user", KNOWN["season"])
    assert (tag.category, tag.confidence, tag.source) == ("Dress", 0.75, "model")
    assert tag.with_user_category("Coat").attributes == tag.attributes
    with pytest.raises(ValueError, match="no attribute"):
        with_values(tag, category="Coat")


def test_an_unsure_attribute_is_empty_until_set_by_hand() -> None:
    tag = item("a.jpg", unsure=frozenset({"pattern", "season"})).tag
    pattern, season = tag.attributes.named("pattern"), tag.attributes.named("season")
    assert pattern is not None and season is not None
    assert (pattern.value, pattern.exported, pattern.exported_confidence) == ("Striped", "", None)
    assert (season.value, season.exported, season.exported_confidence) == ("Winter", "", None)
    confirmed = with_values(tag, pattern="Striped").attributes.named("pattern")
    assert confirmed is not None
    assert (confirmed.exported, confirmed.exported_confidence, confirmed.unsure) == ("Striped", None, False)


def test_attributes_and_colours_round_trip(file: Path) -> None:
    other = {"audience": Ranking(("Women", "Men"), (0.625, 0.375)), "colour": Ranking(("Red", "Blue"), (0.75, 0.25))}
    items = [item("a.jpg"), item("b.jpg", attributes=other, unsure=frozenset()), broken("c.jpg")]
    items.append(item("d.jpg", attributes={}))
    session = Session(file)
    session.add(items, "model")
    session = reopened(session, file)
    assert list(session.rows) == [each.tag for each in items]
    assert [tag.attributes.values() for tag in session.rows] == [each.tag.attributes.values() for each in items]
    assert attribute_tag_of(session, 1, "audience").ranking == other["audience"]
    assert list(session.rows[0].colours) == list(COLOURS)
    assert bool(session.rows[3].attributes) is False
    session.close()


def test_long_rankings_keep_the_most_probable_labels(file: Path) -> None:
    long = Ranking(tuple(f"pattern {n}" for n in range(300)), (0.5, 0.25, *([0.25 / 298] * 298)))
    short = Ranking(tuple(f"fabric {n}" for n in range(300)), (1.0, *([0.0] * 299)))
    session = Session(file)
    session.add([item("a.jpg", attributes={"pattern": long, "fabric": short})], "model")
    session = reopened(session, file)
    pattern, fabric = attribute_tag_of(session, 0, "pattern").ranking, attribute_tag_of(session, 0, "fabric").ranking
    assert pattern is not None and fabric is not None
    assert pattern.labels == ("pattern 0", "pattern 1", "pattern 2")
    assert pattern.probabilities == pytest.approx((0.5, 0.25, 0.25 / 298))
    assert fabric.labels == ("fabric 0", "fabric 1", "fabric 2")
    session.close()


def test_a_photo_tagged_again_gets_new_attributes_and_keeps_corrections(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg")], "old")
    session.correct_attribute([0], "season", "Spring")
    other = {"colour": Ranking(("Red", "Blue"), (0.75, 0.25)), "season": Ranking(("Fall", "Winter"), (0.75, 0.25))}
    assert session.add([item("a.jpg", attributes=other)], "new") == [0]
    for _ in range(2):
        assert session.rows[0].attributes.values() == ("Red", "", "", "", "Spring", "")
        assert attribute_tag_of(session, 0, "season").ranking == other["season"]
        session = reopened(session, file)
    session.close()


# Corrections


def test_an_attribute_is_set_for_many_photos_and_saved_at_once(file: Path) -> None:
    session = Session(file, who="Ada")
    session.add([item("a.jpg"), item("b.jpg"), broken("c.jpg"), item("d.jpg", attributes={})])
    assert session.correct_attribute([0, 2, 3, 3], "season", " Spring ") == [0, 2, 3]
    assert session.correct_attribute([0, 1], "season", "Spring") == [1]
    assert session.correct_attribute([0], "pattern", "") == [0]
    shutil.copytree(file.parent, file.parents[1] / "as after a crash")
    crashed = Session(file.parents[1] / "as after a crash" / file.name)
    assert list(crashed.rows) == list(session.rows)
    crashed.close()
    for _ in range(2):
        assert values(session, "season") == ["Spring"] * 4
        assert (attribute_tag_of(session, 2, "season").source, attribute_tag_of(session, 2, "season").ranking) == (
            "user",
            None,
        )
        assert session.rows[2].status == "error"
        assert (attribute_tag_of(session, 0, "pattern").value, attribute_tag_of(session, 0, "pattern").source) == (
            "",
            "user",
        )
        assert attribute_tag_of(session, 0, "pattern").ranking == KNOWN["pattern"]
        assert (session.rows[0].category, session.rows[0].source) == ("Dress", "model")
        history = [(each.who, each.attribute, each.before, each.after) for each in session.history(0)]
        assert history == [("Ada", "season", "Winter", "Spring"), ("Ada", "pattern", "Striped", "")]
        session = reopened(session, file)
    for name in ("category", "size"):
        with pytest.raises(ValueError, match="no attribute"):
            session.correct_attribute([0], name, "x")
    session.close()


def test_one_undo_history_for_category_and_attributes(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg"), item("sub/b.jpg"), item("c.jpg")])
    start = list(session.rows)
    session.correct_attribute([0, 1], "colour", "Teal")
    session.correct([1], "Skirt")
    session.correct_attribute([1, 2], "colour", "Red")
    session.correct_attribute([1], "pattern", "")
    states = [("no pattern for b.jpg", [1]), ("colour Red for 2 photos", [1, 2])]
    states += [("Skirt for b.jpg", [1]), ("colour Teal for 2 photos", [0, 1])]
    end = list(session.rows)
    colours = [["Teal", "Red", "Red"], ["Teal", "Teal", "Navy blue"], ["Teal", "Teal", "Navy blue"], ["Navy blue"] * 3]
    session = reopened(session, file)
    for (text, rows), after in zip(states, colours, strict=True):
        assert step_text(session.undo_step) == text
        assert session.undo() == rows
        assert values(session, "colour") == after
    assert not session.can_undo
    assert list(session.rows) == start
    session = reopened(session, file)
    assert list(session.rows) == start
    for text, rows in reversed(states):
        assert step_text(session.redo_step) == text
        assert session.redo() == rows
    assert list(session.rows) == end
    session = reopened(session, file)
    assert list(session.rows) == end
    assert session.rows[1].category == "Skirt"
    session.close()


def test_clear_removes_attributes_too(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg")])
    session.correct_attribute([0], "colour", "Teal")
    session.clear()
    session.add([item("b.jpg")])
    for _ in range(2):
        assert values(session, "colour") == ["Navy blue"]
        assert not session.can_undo
        session = reopened(session, file)
    session.close()


# The threshold of the review


def statuses(session: Session) -> list[str]:
    return [tag.status for tag in session.rows]


def test_a_threshold_of_one_has_certain_rows_reviewed_too(file: Path) -> None:
    session = Session(file)
    session.add([item("0.jpg", 1.0)])
    assert session.apply_review_rule(ReviewRule(below=0.99)) == []
    assert session.apply_review_rule(ReviewRule(below=1.0)) == [0]
    assert statuses(session) == ["needs review"]


def test_a_threshold_applies_to_all_rows_without_corrections_and_errors(file: Path) -> None:
    session = Session(file)
    session.add(
        [
            item("0.jpg", 0.9375),
            item("1.jpg", 0.625, doubted=True),
            item("2.jpg", 0.9375, notes=(TOO_SMALL,)),
            broken("3.jpg"),
            item("4.jpg", 0.625, doubted=True, notes=(OTHER_FORMAT,)),
            item("5.jpg", 0.625, doubted=True),
        ]
    )
    session.correct([5], "Hat")
    before = list(session.rows)
    assert statuses(session) == ["ok", "needs review", "needs review", "error", "needs review", "ok"]
    assert session.apply_review_rule(ReviewRule(below=0.5)) == [1, 4]
    assert statuses(session) == ["ok", "ok", "needs review", "error", "ok", "ok"]
    assert [session.rows[row].notes for row in (1, 2, 4)] == [(), (TOO_SMALL,), (OTHER_FORMAT,)]
    assert session.apply_review_rule(ReviewRule(below=0.9375)) == [1, 4]  # not below it
    assert session.apply_review_rule(ReviewRule(below=1.0)) == [0, 2]
    for _ in range(2):
        assert statuses(session) == ["needs review"] * 3 + ["error", "needs review", "ok"]
        assert session.rows[0].notes == (low_confidence("Coat"),)
        assert session.rows[2].notes == (TOO_SMALL, low_confidence("Coat"))
        assert session.rows[5].notes == (PhotoNote("changed_by_user", {"model_category": "Dress"}),)
        assert session.review_rule.below == 1.0
        session = reopened(session, file)
    assert step_text(session.undo_step) == "Hat for 5.jpg"
    session.undo()
    assert session.rows[5].status == "needs review"
    session.redo()
    assert session.apply_review_rule(MODEL_RULE) == [0, 2]
    assert list(session.rows) == before
    session = reopened(session, file)
    assert list(session.rows) == before
    with pytest.raises(ValueError):
        session.apply_review_rule(ReviewRule(below=1.5))
    session.close()


def test_the_levels_and_the_rule_are_kept(file: Path) -> None:
    below = {Level.CATEGORY: 0.9, Level.GOOGLE: 0.8, Level.GROUP: 0.7, COLOUR_FAMILY: 0.5}
    rankings = [("Sports shoes", "Heels"), ("Handbag", "Backpack"), ("T-shirt", "Jeans")]
    session = Session(file)
    for number, labels in enumerate(rankings):
        ranking = Ranking(labels, (0.5, 0.5))
        prediction = Prediction(ranking, True, np.zeros(1), KNOWN, (), frozenset({"colour"}), below)
        session.add([Tagged(predicted(Path(f"/{number}.jpg"), f"{number}.jpg", prediction), None, "")])
    before = list(session.rows)
    assert [tag.sure_of for tag in before] == [Level.GOOGLE, Level.GROUP, None]
    assert attribute_tag_of(session, 0, "colour").family_sure
    session = reopened(session, file)
    assert list(session.rows) == before
    session.correct([1], "Clutch")
    assert session.apply_review_rule(ReviewRule(Level.GOOGLE)) == [0]
    assert statuses(session) == ["ok", "ok", "needs review"]
    session = reopened(session, file)
    assert (statuses(session), session.review_rule) == (["ok", "ok", "needs review"], ReviewRule(Level.GOOGLE))
    assert attribute_tag_of(session, 0, "colour").family_sure
    session.undo()
    assert statuses(session) == ["ok", "needs review", "needs review"]
    assert session.apply_review_rule(ReviewRule(Level.GROUP)) == [1]
    assert session.apply_review_rule(MODEL_RULE) == [0, 1]
    assert list(session.rows) == before
    session.close()


def test_rows_of_an_earlier_version_are_sure_of_the_category_or_of_nothing(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg", doubted=True), item("b.jpg")])
    session.close()
    with contextlib.closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT doubted FROM photos ORDER BY id").fetchall() == [(1,), (0,)]
    session = Session(file)
    assert [tag.sure_of for tag in session.rows] == [None, Level.CATEGORY]
    assert session.apply_review_rule(ReviewRule(Level.GROUP)) == []
    session.close()


def test_later_rows_use_the_current_threshold(file: Path) -> None:
    session = Session(file)
    session.apply_review_rule(ReviewRule(below=0.875))
    session.add([item("a.jpg", 0.75), item("b.jpg", 0.75, review_below=0.875), item("c.jpg", 0.9375, doubted=True)])
    for _ in range(2):
        assert statuses(session) == ["needs review", "needs review", "ok"]
        session = reopened(session, file)
    session.apply_review_rule(MODEL_RULE)  # the thresholds of the models are still known
    assert statuses(session) == ["ok", "ok", "needs review"]
    session.clear()
    assert session.review_rule == MODEL_RULE
    session.close()


# Old files and many rows


def test_a_list_from_before_attributes_opens_with_nothing_lost(file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as old:
        old.executescript((ROOT / "tests" / "compatibility" / "v0.1" / "session_v1.sql").read_text(encoding="utf-8"))
    old.close()
    session = Session(file)
    for _ in range(2):
        assert session.notices == []
        rows = [(tag.file, tag.category, tag.confidence, tag.status, tag.source) for tag in session.rows]
        assert rows == [
            ("a.jpg", "Skirt", None, "ok", "user"),
            ("shop/b.jpg", "Scarf", None, "ok", "user"),
            ("c.jpg", "", None, "error", "model"),
            ("small.jpg", "Dress", 0.4375, "needs review", "model"),
            ("caf\\xe9.jpg", "Dress", 0.75, "ok", "model"),
            ("f.jpg", "Hat", 1.0, "ok", "model"),
        ]
        assert session.rows[1].ranking == Ranking(("Bag", "Coat", "Dress"), (0.40625, 0.375, 0.21875))
        assert [tag.attributes.values() for tag in session.rows] == [("",) * 6] * 6
        assert (step_text(session.undo_step), step_text(session.redo_step)) == ("Scarf for b.jpg", "Belt for c.jpg")
        assert [(each.who, each.before, each.after, each.attribute) for each in session.history(1)] == [
            ("Ada", "Bag", "Skirt", "category"),
            ("Ada", "Skirt", "Scarf", "category"),
        ]
        assert session.unfinished_imports()[0].paths == (Path("/photos/more"),)
        session = reopened(session, file)
    assert session.redo() == [2]
    assert session.rows[2].category == "Belt"
    session.correct_attribute([0], "colour", "Teal")
    assert [session.undo() for _ in range(4)] == [[0], [2], [1], [0, 1]]
    assert [tag.category for tag in session.rows[:3]] == ["Dress", "Bag", ""]
    assert session.rows[1].status == "needs review"
    assert session.apply_review_rule(ReviewRule(below=0.25)) == [1, 3]
    assert session.rows[3].notes == (PhotoNote("text", {"text": "Only 20 × 28 pixels."}), TOO_SMALL)
    session.close()


def test_damaged_attributes_rename_the_file(file: Path) -> None:
    session = Session(file)
    session.add([item("a.jpg")])
    session.close()
    with sqlite3.connect(file) as database:
        database.execute("UPDATE photos SET attributes = x'0001'")
    database.close()
    session = Session(file)
    assert "could not be read" in sentence(*session.notices)
    assert file.with_name("session.sqlite.bad").exists()
    session.close()


def test_many_rows_with_attributes_load_and_get_their_status(file: Path) -> None:
    many = {name: Ranking(tuple(f"{name} {n}" for n in range(20)), (0.5, *[0.5 / 19] * 19)) for name in ATTRIBUTES}
    session = Session(file)
    session.add([item(f"{n}.jpg", n % 100 / 100, attributes=many) for n in range(30_000)])
    session.close()
    session = Session(file)
    assert len(session.apply_review_rule(ReviewRule(below=0.5))) == 15_000
    assert len(session.rows) == 30_000 and sum(tag.status == "ok" for tag in session.rows) == 15_000
    assert session.rows[29_999].attributes.values()[5] == "audience 0"
    session.close()
