"""What a person can do with the catalogue: one act, one undo, also after a restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue, Kind
from fashionlens_gui.catalogue.corrections import corrections
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.messages.photos import operation_text, row_message
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import MODEL_RULE, ReviewRule, Status, predicted
from tests.catalogue.catalogue_rows import MODEL, add, broken, item
from trainer.inference.prediction import Prediction, Ranking
from trainer.taxonomy import Level


def categories(catalogue: Catalogue) -> list[str]:
    return [tag.category for tag in catalogue.tags(find(catalogue, Query())).values()]


def next_texts(catalogue: Catalogue) -> tuple[str, str]:
    return operation_text(catalogue.next_operation(back=True)), operation_text(catalogue.next_operation(back=False))


def test_a_correction_replaces_what_is_seen_and_the_prediction_stays(catalogue: Catalogue, file: Path) -> None:
    a, b, c = add(catalogue, item("a.jpg"), item("b.jpg", "Bag", 0.40625), broken("c.jpg"))
    changes = operations.correct(catalogue, [c, a, b, a], {"category": " Skirt "})
    assert (changes.kinds, changes.ids.tolist()) == ({Kind.VALUES}, [a, b, c])
    assert operations.correct(catalogue, [b], {"category": "Bag"}).ids.tolist() == [b]
    assert not operations.correct(catalogue, [a], {"category": "Skirt"})
    catalogue.close()
    with Catalogue(file) as again:
        tags = again.tags([a, b, c])
        assert [(tag.category, tag.confidence, tag.status, tag.source) for tag in tags.values()] == [
            ("Skirt", None, "ok", "user"),
            ("Bag", None, "ok", "user"),
            ("Skirt", None, "ok", "user"),
        ]
        assert row_message(tags[a].notes) == "Set by hand; the model predicted Dress."
        assert row_message(tags[b].notes) == "Confirmed by hand."
        assert tags[a].ranking is not None and tags[a].ranking.label == "Dress"
        found = [(each.who, each.attribute, each.before, each.after, each.undone) for each in again.history(b)]
        assert found == [("Ada", "category", "Bag", "Skirt", False), ("Ada", "category", "Skirt", "Bag", False)]
        assert find(again, Query(status=Status.NEEDS_REVIEW)).tolist() == []
        assert find(again, Query(corrected=False)).tolist() == [b]
        assert find(again, Query(corrected=True)).tolist() == [a, c]


def test_one_act_on_several_attributes_is_one_undo_also_after_a_restart(catalogue: Catalogue, file: Path) -> None:
    ids = add(catalogue, item("a.jpg"), item("sub/b.jpg"), item("c.jpg"))
    before = catalogue.tags(ids)
    operations.correct(catalogue, ids[:2], {"category": "Skirt", "colour": "Teal", "fabric": "Wool", "season": ""})
    operations.correct(catalogue, ids[1:2], {"category": "Hat"})
    after = catalogue.tags(ids)
    assert after[ids[1]].attributes.values() == ("Teal", "", "Wool", "", "", "")
    assert next_texts(catalogue) == ("Hat for b.jpg", "")
    catalogue.close()
    with Catalogue(file, write=True) as again:
        assert operations.undo(again).ids.tolist() == [ids[1]]
        assert next_texts(again) == ("changes to 2 photos", "Hat for b.jpg")
        assert operations.undo(again).ids.tolist() == ids[:2]
        assert again.tags(ids) == before
        assert find(again, Query(values={"colour": "Teal"})).tolist() == []
        assert [operations.redo(again).ids.tolist() for _ in range(3)] == [ids[:2], [ids[1]], []]
        assert again.tags(ids) == after
        assert find(again, Query(values={"category": "Hat", "season": ""})).tolist() == [ids[1]]
        assert [each.undone for each in again.history(ids[0])] == [False] * 4


def test_a_group_with_several_values_is_one_undo(catalogue: Catalogue) -> None:
    dress, bag, other, untouched = ids = add(
        catalogue, item("a.jpg"), item("b.jpg", "Bag"), item("c.jpg"), item("d.jpg")
    )
    before = catalogue.tags(ids)
    changes = operations.correct_each(catalogue, "category", {"Dress": [dress, dress], "Bag": [bag], " Coat ": [other]})
    assert (changes.kinds, changes.ids.tolist()) == ({Kind.VALUES}, [dress, bag, other])
    assert categories(catalogue) == ["Dress", "Bag", "Coat", "Dress"]
    assert [tag.source for tag in catalogue.tags(ids).values()] == ["user"] * 3 + ["model"]
    assert find(catalogue, Query(corrected=False)).tolist() == [dress, bag]
    assert next_texts(catalogue) == ("changes to 3 photos", "")
    assert not operations.correct_each(catalogue, "category", {"Dress": [dress], "Bag": [bag]})
    operations.undo(catalogue)
    assert catalogue.tags(ids) == before
    operations.redo(catalogue)
    assert categories(catalogue) == ["Dress", "Bag", "Coat", "Dress"]
    operations.undo(catalogue)
    operations.correct_each(catalogue, "category", {"Dress": [dress], "Bag": [bag]})
    assert next_texts(catalogue) == ("confirming 2 photos", "")
    operations.correct_each(catalogue, "colour", {"": [bag]})
    assert next_texts(catalogue) == ("no colour for b.jpg", "")
    for name, values in (("category", {" ": [dress]}), ("size", {"XL": [dress]})):
        with pytest.raises(ValueError):
            operations.correct_each(catalogue, name, values)
    assert categories(catalogue)[untouched - 1] == "Dress"


def test_a_new_operation_ends_the_redo_but_not_the_history(catalogue: Catalogue) -> None:
    (id_,) = add(catalogue, item("a.jpg"))
    operations.correct(catalogue, [id_], {"category": "Skirt"})
    operations.correct(catalogue, [id_], {"category": "Hat"})
    operations.undo(catalogue)
    operations.correct(catalogue, [id_], {"category": "Scarf"})
    assert not operations.redo(catalogue)
    assert [(each.after, each.undone) for each in catalogue.history(id_)] == [
        ("Skirt", False),
        ("Hat", True),
        ("Scarf", False),
    ]
    operations.undo(catalogue)
    assert categories(catalogue) == ["Skirt"]


def test_confirming_a_group_is_one_act_and_leaves_out_what_a_person_set(catalogue: Catalogue) -> None:
    a, b, c = add(catalogue, item("a.jpg", confidence=0.40625), item("b.jpg"), broken("c.jpg"))
    operations.correct(catalogue, [b], {"category": "Hat"})
    changes = operations.confirm(catalogue, [a, b, c], ("category", "colour"))
    assert changes.ids.tolist() == [a, b]
    tags = catalogue.tags([a, b, c])
    assert [(tag.category, tag.status) for tag in tags.values()] == [("Dress", "ok"), ("Hat", "ok"), ("", "error")]
    assert [tag.corrected for tag in tags.values()] == [False, True, None]
    assert next_texts(catalogue)[0] == "confirming 2 photos"
    operations.undo(catalogue)
    assert [tag.corrected for tag in catalogue.tags([a, b, c]).values()] == [None, True, None]


def test_what_a_person_said_stays_when_a_photo_is_tagged_again(catalogue: Catalogue) -> None:
    (id_,) = add(catalogue, item("a.jpg"))
    operations.correct(catalogue, [id_], {"category": "Skirt", "colour": "Teal"})
    add(catalogue, item("a.jpg", "Bag", 0.9, digest="changed"))
    (tag,) = catalogue.tags([id_]).values()
    assert (tag.category, tag.attributes.values()[0]) == ("Skirt", "Teal")
    assert row_message(tag.notes) == "Set by hand; the model predicted Bag."
    operations.undo(catalogue)
    assert categories(catalogue) == ["Bag"]


def test_forgetting_removes_photos_and_undo_brings_them_back(catalogue: Catalogue, file: Path) -> None:
    a, b = add(catalogue, item("a.jpg"), item("b.jpg"))
    operations.correct(catalogue, [a], {"category": "Skirt"})
    changes = operations.forget(catalogue, [a])
    assert (changes.kinds, changes.ids.tolist()) == ({Kind.PHOTOS}, [a])
    assert categories(catalogue) == ["Dress"]
    assert not operations.forget(catalogue, [a]) and not operations.correct(catalogue, [a], {"category": "Hat"})
    assert next_texts(catalogue)[0] == "forgetting a.jpg"
    operations.undo(catalogue)
    assert categories(catalogue) == ["Skirt", "Dress"]
    operations.redo(catalogue)
    assert categories(catalogue) == ["Dress"]
    (again,) = add(catalogue, item("a.jpg"))  # tagged anew, it has no past
    assert again not in (a, b) and categories(catalogue) == ["Dress", "Dress"]
    assert catalogue.history(again) == []


def test_what_was_forgotten_is_deleted_after_a_month(catalogue: Catalogue, file: Path) -> None:
    a = add(catalogue, item("a.jpg"), item("b.jpg"))[0]
    operations.forget(catalogue, [a])
    catalogue.close()
    for age, left in (("-29 days", 2), ("-31 days", 1)):
        with Catalogue(file, write=True) as opened, opened.database.transaction(durable=False) as database:
            database.execute("UPDATE operations SET made_at = datetime('now', ?) WHERE kind = 'forget'", (age,))
        with Catalogue(file, write=True) as opened:
            with opened.database.read() as database:
                assert database.execute("SELECT count(*) FROM photos").fetchone() == (left,)
            opened.check()
    with Catalogue(file, write=True) as opened:
        operations.undo(opened)  # the import; what is deleted cannot come back
        assert categories(opened) == []


def test_undo_of_an_import_forgets_its_new_photos_alone(catalogue: Catalogue) -> None:
    add(catalogue, item("a.jpg"))
    add(catalogue, item("a.jpg"), item("b.jpg"), item("c.jpg"))
    assert next_texts(catalogue)[0] == "import of 2 photos"
    assert len(operations.undo(catalogue).ids) == 2
    assert catalogue.statistics().photos == 1
    operations.redo(catalogue)
    assert catalogue.statistics().photos == 3
    batch = operations.begin_import(catalogue, [Path("/photos")])
    photos.store(catalogue, batch, [replace(item("a.jpg"), photo=1)], MODEL)
    assert next_texts(catalogue)[0] == "import of 2 photos"  # nothing has come with this one yet
    photos.store(catalogue, batch, [item("new.jpg")], MODEL)
    assert next_texts(catalogue)[0] == "import of new.jpg"
    operations.undo(catalogue)
    assert not photos.store(catalogue, batch, [item("d.jpg")], MODEL)[0]  # its job still runs
    assert catalogue.statistics().photos == 3


def test_an_import_without_new_photos_is_nothing_to_undo(catalogue: Catalogue) -> None:
    add(catalogue, item("a.jpg"))
    add(catalogue, item("a.jpg"))
    assert next_texts(catalogue)[0] == "import of a.jpg"
    operations.undo(catalogue)
    assert catalogue.statistics().photos == 0


def test_values_that_people_add_or_set_are_kept(catalogue: Catalogue) -> None:
    (id_,) = add(catalogue, item("a.jpg"))
    changes = operations.add_value(catalogue, "colour", " Sea green ")
    assert (changes.kinds, list(changes.ids)) == ({Kind.VOCABULARY}, [])
    assert not operations.add_value(catalogue, "colour", "Sea green")
    assert next_texts(catalogue)[0] == "new colour “Sea green”"
    operations.correct(catalogue, [id_], {"category": "Kimono"})
    assert catalogue.vocabulary() == {"category": ["Kimono"], "colour": ["Sea green"]}
    operations.undo(catalogue)
    operations.undo(catalogue)
    assert catalogue.vocabulary() == {}
    operations.redo(catalogue)
    assert catalogue.vocabulary() == {"colour": ["Sea green"]}


def test_the_review_rule_moves_photos_between_ok_and_needs_review(catalogue: Catalogue) -> None:
    a, b, c = add(catalogue, item("a.jpg"), item("b.jpg", confidence=0.59375), item("c.jpg", confidence=0.40625))
    operations.correct(catalogue, [c], {"category": "Dress"})
    assert operations.set_review_rule(catalogue, ReviewRule(below=0.7)).ids.tolist() == [b]
    assert find(catalogue, Query(status=Status.NEEDS_REVIEW)).tolist() == [b]
    assert catalogue.tags([b])[b].status == "needs review"
    assert operations.set_review_rule(catalogue, ReviewRule(below=1)).ids.tolist() == [a]
    assert operations.set_review_rule(catalogue, MODEL_RULE).ids.tolist() == [a, b]
    assert not operations.set_review_rule(catalogue, MODEL_RULE)
    (d,) = add(catalogue, item("d.jpg", confidence=0.40625))
    assert find(catalogue, Query(status=Status.NEEDS_REVIEW)).tolist() == [d]


@pytest.mark.parametrize("below", [None, 0.0, 0.3, 0.55, 0.8, 1.0])
@pytest.mark.parametrize("level", Level)
def test_lists_and_rows_agree_on_what_needs_review(catalogue: Catalogue, level: Level, below: float | None) -> None:
    shoes = ("Casual shoes", "Sports shoes", "Dress", "Top")  # two of one group
    for number, confidence in enumerate((0.25, 0.375, 0.5, 0.625, 0.875)):
        rest = (1 - confidence) / 4
        ranking = Ranking(shoes, (confidence, 2 * rest, rest, rest))
        thresholds = {Level.CATEGORY: 0.7, Level.GOOGLE: 0.7, Level.GROUP: 0.6}
        prediction = Prediction(ranking, confidence < 0.7, np.ones(4), review_below=thresholds)
        tag = predicted(Path(f"/photos/{number}.jpg"), f"{number}.jpg", prediction)
        add(catalogue, Tagged(tag, None, "d", np.ones(4, np.float16)))
    operations.set_review_rule(catalogue, ReviewRule(level, below))
    ids = find(catalogue, Query())
    listed = {status: set(find(catalogue, Query(status=status)).tolist()) for status in Status}
    for id_, tag in catalogue.tags(ids).items():
        assert id_ in listed[tag.status]


def test_slips_of_the_caller_are_refused(catalogue: Catalogue) -> None:
    for act in (
        lambda: operations.correct(catalogue, [1], {"category": "  "}),
        lambda: operations.correct(catalogue, [1], {"size": "L"}),
        lambda: operations.add_value(catalogue, "size", "L"),
        lambda: operations.add_value(catalogue, "colour", ""),
        lambda: operations.set_review_rule(catalogue, ReviewRule(below=2)),
        lambda: find(catalogue, Query(sort="size")),
    ):
        with pytest.raises(ValueError):
            act()
    assert catalogue.next_operation(back=True) is None


def test_a_clock_that_is_set_back_changes_neither_undo_nor_what_counts(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id_,) = add(catalogue, item("a.jpg"))
    for time, value in (("2026-12-01T12:00:00+00:00", "Coat"), ("2019-01-01T00:00:00+00:00", "Skirt")):
        monkeypatch.setattr(operations, "now", lambda time=time: time)
        operations.correct(catalogue, [id_], {"category": value})
    assert [each.value for each in corrections(catalogue)] == ["Skirt"]
    operations.forget(catalogue, [id_])
    operations.undo(catalogue)
    operations.undo(catalogue)
    assert catalogue.tags([id_])[id_].category == "Coat"
    assert [each.value for each in corrections(catalogue)] == ["Coat"]
