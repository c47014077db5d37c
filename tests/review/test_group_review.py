"""Unsure photos in groups: which photos share a group, what an odd one is asked as next, and undo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.catalogue.search.uncertainty import unsure_among
from fashionlens_gui.review.group_review import GroupReview, find_groups, open_review
from fashionlens_gui.review.photo_groups import FEWEST_OF_A_VALUE, MOST_IN_A_GROUP, group_photos
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import ReviewRule, predicted
from tests.catalogue.catalogue_rows import MODEL, add, broken
from trainer.inference.prediction import Prediction, Ranking
from trainer.preprocessing.photo import PhotoNote
from trainer.taxonomy import CATEGORY

RULE = ReviewRule(below=0.9)
LABELS = ("Dress", "Coat", "Skirt", "Cap")


def ranking(**probabilities: float) -> Ranking:
    """Of LABELS; those that are not given share the rest."""
    others = [label for label in LABELS if label not in probabilities]
    rest = (1 - sum(probabilities.values())) / max(1, len(others))
    all_of_them = probabilities | dict.fromkeys(others, rest)
    ordered = sorted(all_of_them, key=lambda label: -all_of_them[label])
    return Ranking(tuple(ordered), tuple(all_of_them[label] for label in ordered))


def tagged(
    name: str, category: Ranking, embedding: Sequence[float] = (1, 0), notes: tuple[PhotoNote, ...] = ()
) -> Tagged:
    colour = Ranking(("Red", "Blue"), (0.6, 0.4))
    vector = np.array(embedding, np.float32) / np.linalg.norm(embedding)
    prediction = Prediction(category, True, vector, {"colour": colour}, unsure=frozenset({"colour"}))
    tag = predicted(Path("/photos") / name, name, prediction, notes, RULE)
    return Tagged(tag, None, name, vector.astype(np.float16))


def added(catalogue: Catalogue, *items: Tagged) -> list[int]:
    operations.set_review_rule(catalogue, RULE)
    return add(catalogue, *items)


def opened(catalogue: Catalogue, name: str = CATEGORY) -> GroupReview:
    return open_review(catalogue, Query(), name)


def names(review: GroupReview) -> list[str]:
    return [review.file(photo) for photo in review.group.tolist()]


def regroup(review: GroupReview) -> None:
    review.follow(find_groups(*review.rest()))


def test_a_group_has_one_value_and_begins_with_photos_of_the_same_second_choice() -> None:
    count = 3 * MOST_IN_A_GROUP
    probabilities = np.tile(np.array([0.6, 0.3, 0.1], np.float32), (count, 1))
    probabilities[::2, 1:] = (0.1, 0.3)
    probabilities[0, 0] = 0.7
    embeddings = np.tile(np.array([1, 0], np.float32), (count, 1))
    embeddings[6:12] = (0, 1)
    groups = group_photos(probabilities, embeddings)
    assert [len(group) for group in groups] == [MOST_IN_A_GROUP] * 3
    assert sorted(np.concatenate(groups)) == list(range(count))
    first = next(group for group in groups if 0 in group)
    assert all(photo % 2 == 0 for photo in first)
    assert not {6, 8, 10} & set(first.tolist())  # 48 have that second choice; these look different
    assert group_photos(probabilities[:0], embeddings[:0]) == []


def test_rare_values_share_a_group_and_what_settles_most_comes_first() -> None:
    frequent = np.tile(np.array([0.5, 0.5, 0, 0], np.float32), (FEWEST_OF_A_VALUE, 1))
    frequent[:, 0] += 0.01
    surer = np.tile(np.array([0, 0.8, 0, 0], np.float32), (FEWEST_OF_A_VALUE, 1)) + np.float32(0.05)
    rare = np.array([[0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]], np.float32)
    probabilities = np.concatenate([frequent, surer, rare])
    embeddings = np.tile(np.array([1, 0], np.float32), (len(probabilities), 1))
    groups = group_photos(probabilities, embeddings)
    assert [sorted(group.tolist()) for group in groups] == [
        list(range(FEWEST_OF_A_VALUE, 2 * FEWEST_OF_A_VALUE)),
        list(range(FEWEST_OF_A_VALUE)),
        list(range(2 * FEWEST_OF_A_VALUE, len(probabilities))),
    ]


def test_only_unsure_photos_are_reviewed_and_not_those_that_need_a_closer_look(catalogue: Catalogue) -> None:
    unsure, sure, damaged, corrected, failed = ids = added(
        catalogue,
        tagged("unsure", ranking(Dress=0.6, Coat=0.3)),
        tagged("sure", ranking(Dress=0.95)),
        tagged("damaged", ranking(Dress=0.6), notes=(PhotoNote("damaged"),)),
        tagged("corrected", ranking(Dress=0.6)),
        broken("failed"),
    )
    operations.correct(catalogue, [corrected], {"category": "Cap"})
    operations.correct(catalogue, [sure], {"colour": "Blue"})
    review = opened(catalogue)
    assert names(review) == ["unsure"]
    assert [review.id_of(photo) for photo in review.group] == [unsure]
    assert review.path(int(review.group[0])) == Path("/photos/unsure")
    assert (review.left, review.groups) == (1, 1)
    assert review.answers() == [("Dress", pytest.approx(0.6)), ("Coat", pytest.approx(0.3)), *review.answers()[2:]]
    assert unsure_among(catalogue, ids, CATEGORY) == {unsure}
    colours = opened(catalogue, "colour")
    assert sorted(names(colours)) == ["corrected", "damaged", "unsure"]
    assert colours.values() == ["Red"]
    assert unsure_among(catalogue, ids, "colour") == {unsure, damaged, corrected}
    assert opened(catalogue, "fabric").left == 0  # the model does not know it
    operations.forget(catalogue, [unsure])
    assert opened(catalogue).left == 0 and unsure_among(catalogue, ids, CATEGORY) == set()
    assert failed not in unsure_among(catalogue, ids, "colour")


def test_only_the_photos_of_the_list_are_reviewed(catalogue: Catalogue) -> None:
    added(catalogue, tagged("before", ranking(Dress=0.6)))
    batch = operations.begin_import(catalogue, [Path("/photos")])
    photos.store(catalogue, batch, [tagged("now", ranking(Dress=0.6))], MODEL)
    assert names(open_review(catalogue, Query(batch=batch), CATEGORY)) == ["now"]
    assert names(open_review(catalogue, Query(batch=batch), "colour")) == ["now"]
    assert sorted(names(opened(catalogue))) == ["before", "now"]


def test_models_with_other_labels_and_embeddings_are_reviewed_together(catalogue: Catalogue) -> None:
    added(catalogue, tagged("a", ranking(Dress=0.6)), tagged("b", ranking(Dress=0.6)))
    other = tagged("c", Ranking(("Hat", "Dress"), (0.6, 0.4)), (1, 0, 0))
    add(catalogue, other, model=ModelIdentity("another"))
    review = opened(catalogue)
    assert sorted(names(review)) == ["a", "b", "c"]
    assert sorted(review.value(photo) for photo in review.group.tolist()) == ["Dress", "Dress", "Hat"]


def test_a_marked_photo_is_asked_again_with_its_next_value(catalogue: Catalogue) -> None:
    ids = added(
        catalogue, *(tagged(f"dress {number}", ranking(Dress=0.7, Coat=0.2)) for number in range(FEWEST_OF_A_VALUE))
    )
    review = opened(catalogue)
    odd = int(review.group[3])
    assert review.confirm([odd]) == {"Dress": [id_ for id_ in ids if id_ != review.id_of(odd)]}
    assert not len(review.group) and review.left == 1
    regroup(review)
    assert review.group.tolist() == [odd] and review.value(odd) == "Coat"
    for _ in LABELS[1:]:
        review.confirm([odd])
        regroup(review)
    assert (review.left, review.groups) == (0, 0)  # no label is left


def test_photos_that_get_another_value_leave_the_group(catalogue: Catalogue) -> None:
    added(catalogue, *(tagged(f"{number}", ranking(Dress=0.7)) for number in range(FEWEST_OF_A_VALUE)))
    review = opened(catalogue)
    some = review.group[:2].tolist()
    assert review.answer(some) == [review.id_of(photo) for photo in sorted(some)]
    assert len(review.group) == FEWEST_OF_A_VALUE - 2
    assert review.left == FEWEST_OF_A_VALUE - 2


def test_undo_shows_the_group_again_as_it_was(catalogue: Catalogue) -> None:
    dresses = [tagged(f"dress {number}", ranking(Dress=0.7, Coat=0.2)) for number in range(FEWEST_OF_A_VALUE)]
    coats = [tagged(f"coat {number}", ranking(Coat=0.6, Dress=0.2)) for number in range(FEWEST_OF_A_VALUE)]
    added(catalogue, *dresses, *coats)
    review = opened(catalogue)
    before, odd = review.group.tolist(), int(review.group[0])

    def change(changes: Changes) -> bool:
        return review.take_changes(changes.ids.tolist(), unsure_among(catalogue, changes.ids, CATEGORY))

    confirmed = operations.correct_each(catalogue, CATEGORY, review.confirm([odd]))
    assert len(confirmed.ids) == FEWEST_OF_A_VALUE - 1
    regroup(review)
    assert review.values() == ["Coat"]
    assert not change(confirmed)
    assert change(operations.undo(catalogue))
    assert review.group.tolist() == before
    assert review.value(odd) == "Dress"
    regroup(review)
    assert (review.left, review.groups) == (2 * FEWEST_OF_A_VALUE, 2)
    # Redone, or set elsewhere: they leave.
    assert change(operations.redo(catalogue))
    assert review.group.tolist() == [odd]
