"""The order in which photos are most useful to correct: unsure ones first, one of each kind, corrected ones last."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import Query, embeddings_of, find
from fashionlens_gui.review.labelling_order import labelling_order, review_order
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import ReviewRule, predicted
from tests.catalogue.catalogue_rows import MODEL, add, broken
from trainer.inference.active_learning import CANDIDATES, CHOSEN, group_alike, select_for_labelling
from trainer.inference.prediction import Prediction, Ranking


def unit(*numbers: float) -> np.ndarray:
    vector = np.array(numbers, np.float32)
    return np.asarray(vector / np.linalg.norm(vector))


def tagged(name: str, confidence: float, embedding: np.ndarray | None, category: str = "Dress") -> Tagged:
    ranking = Ranking((category, "Coat"), (confidence, 1 - confidence))
    tag = predicted(Path("/photos") / name, name, Prediction(ranking, False, np.zeros(1, np.float32)))
    return Tagged(tag, None, name, None if embedding is None else embedding.astype(np.float16))


def names(catalogue: Catalogue, ids: np.ndarray) -> list[str]:
    tags = catalogue.tags(ids)
    return [tags[int(id_)].file for id_ in ids]


def test_different_photos_come_first(catalogue: Catalogue) -> None:
    ids = add(
        catalogue,
        tagged("sure", 0.99, unit(0, 0, 1)),
        tagged("doubtful", 0.51, unit(1, 0, 0)),
        tagged("similar", 0.52, unit(1, 0.01, 0)),
        tagged("another kind", 0.60, unit(0, 1, 0)),
        tagged("corrected", 0.50, unit(0.5, 0.5, 0.7)),
        tagged("of an old list", 0.55, None),
        broken("failed"),
    )
    operations.correct(catalogue, [ids[4]], {"category": "Dress"})
    found = names(catalogue, labelling_order(catalogue, Query()))
    assert found == ["doubtful", "another kind", "sure", "similar", "of an old list", "corrected", "failed"]
    operations.correct(catalogue, [ids[1]], {"category": "Dress"})  # its twin is of less use now
    found = names(catalogue, labelling_order(catalogue, Query()))
    assert found.index("another kind") < found.index("similar")
    assert names(catalogue, labelling_order(catalogue, Query(text="sim"))) == ["similar"]
    assert labelling_order(catalogue, Query(text="nothing has this name")).tolist() == []


def test_a_review_begins_with_photos_that_need_it_alike_ones_together(catalogue: Catalogue) -> None:
    add(
        catalogue,
        tagged("sure", 0.95, unit(0, 0, 1)),
        tagged("a dress", 0.51, unit(1, 0, 0)),
        tagged("a bag", 0.52, unit(0, 1, 0), "Bag"),
        tagged("another dress", 0.53, unit(0.9, 0.1, 0)),
    )
    operations.set_review_rule(catalogue, ReviewRule(below=0.9))
    assert names(catalogue, labelling_order(catalogue, Query()))[:2] == ["a dress", "a bag"]
    assert names(catalogue, review_order(catalogue, Query())) == ["a dress", "another dress", "a bag", "sure"]


def test_only_embeddings_of_one_model_are_compared(catalogue: Catalogue) -> None:
    ids = add(catalogue, tagged("a", 0.5, unit(1, 0, 0)), tagged("b", 0.6, unit(0, 1, 0)), tagged("c", 0.7, None))
    ids += add(catalogue, tagged("d", 0.8, unit(1, 0)), model=ModelIdentity("another"))
    found, embeddings_ND = embeddings_of(catalogue, np.array(ids[::-1], np.int64))
    assert found.tolist() == ids[:2]
    assert embeddings_ND.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert sorted(labelling_order(catalogue, Query()).tolist()) == ids
    assert embeddings_of(catalogue, np.zeros(0, np.int64))[1].shape == (0, 0)
    add(catalogue, tagged("a", 0.5, None), model=MODEL)  # tagged again
    assert embeddings_of(catalogue, np.array(ids[:1]))[0].tolist() == []


def test_many_photos_all_have_their_place(catalogue: Catalogue) -> None:
    generator = np.random.default_rng(1)
    many = CANDIDATES + 100
    add(
        catalogue,
        *(tagged(f"{n:05}", float(generator.uniform(0.5, 1)), unit(*generator.normal(size=4))) for n in range(many)),
    )
    order = labelling_order(catalogue, Query())
    assert sorted(order.tolist()) == find(catalogue, Query()).tolist()
    tags = catalogue.tags(order)
    confidences = [tags[int(id_)].confidence or 0.0 for id_ in order]
    assert confidences[CHOSEN:] == sorted(confidences[CHOSEN:])
    assert confidences[:CHOSEN] != sorted(confidences[:CHOSEN])


def test_ten_thousand_photos_are_ordered() -> None:
    generator = np.random.default_rng(1)
    embeddings_ND = generator.normal(size=(10_000, 384)).astype(np.float32)
    embeddings_ND /= np.linalg.norm(embeddings_ND, axis=1, keepdims=True)
    margins_N = generator.random(10_000)
    order = select_for_labelling(margins_N, embeddings_ND, embeddings_ND[:500])
    assert sorted(order.tolist()) == list(range(10_000))
    assert (np.diff(margins_N[order[CHOSEN:]]) >= 0).all()


def test_alike_photos_follow_each_other_in_blocks() -> None:
    order = np.array([5, 0, 3, 1, 4, 2, *range(6, 40)])
    labels = np.array([1, 0, 0, 1, 2, 0, *([3] * 34)])
    grouped = group_alike(order, labels)
    assert grouped[:6].tolist() == [5, 1, 2, 0, 3, 4]
    assert sorted(grouped[:20]) == sorted(order[:20])
    assert group_alike(order[:0], labels).tolist() == []
