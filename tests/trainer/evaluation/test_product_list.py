from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from tests.trainer.scripted_predictor import ScriptedPredictor, answer, photo, ranking, taxonomy
from trainer.control import WorkControl
from trainer.data.data_paths import DatasetInfo
from trainer.data.photo_store import open_store
from trainer.data.product_rows import ProductRow, RowLabel
from trainer.errors import Cancelled, DataError
from trainer.evaluation.evaluation import Evaluation
from trainer.evaluation.prediction_stream import restore_aspect
from trainer.evaluation.product_list import AttributeTally, ProductFigures, evaluate_rows
from trainer.preprocessing.photo import load_photo
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES, Level

Result = TypeVar("Result")


def result(work: Generator[Any, None, Result]) -> Result:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def row(
    number: int | str, article_type: str = "Shirts", colour: str = "Red", name: str = "", **more: str
) -> ProductRow:
    values = {"gender": "Men", "season": "Summer", "usage": "Casual", **more}
    return ProductRow(
        str(number), "val", values["gender"], article_type, colour, values["season"], values["usage"], name
    )


def evaluated(rows: list[ProductRow], folder: Path, predictor: ScriptedPredictor, **options: Any) -> ProductFigures:
    with open_store(folder) as store:
        work = evaluate_rows(
            predictor, taxonomy(), iter(rows), len(rows), store, WorkControl(), data_name="list", **options
        )
        return result(work)


# One attribute


def test_figures_are_those_of_the_whole_evaluation_at_once() -> None:
    classes = tuple("abcdef")
    rng = np.random.default_rng(3)
    probabilities_NK = rng.dirichlet(np.full(6, 0.4), 400).astype(np.float32)
    labels_N = np.where(rng.random(400) < 0.6, probabilities_NK.argmax(1), rng.integers(0, 5, 400))
    labels_N[labels_N == 5] = 0  # nothing is f, though some are called so
    whole = Evaluation("m", DatasetInfo(name="d"), classes, labels_N, probabilities_NK.argmax(1), probabilities_NK)
    tally = AttributeTally(classes)
    for label, row_K in zip(labels_N, probabilities_NK, strict=True):
        order = np.argsort(-row_K, kind="stable")
        ranked = type(ranking("ab"))(tuple(classes[k] for k in order), tuple(float(row_K[k]) for k in order))
        tally.add(RowLabel(classes[label], True), ranked, ranked.confidence >= 0.7, ranked.confidence >= 0.4)
    figures = tally.to_json()
    best = np.argsort(-probabilities_NK, axis=1)
    assert figures["n"] == 400
    for k in (1, 2, 3):
        assert figures[f"top{k}"] == (best[:, :k] == labels_N[:, None]).any(1).mean()
    assert figures["top1"] < figures["top2"] < figures["top3"] < 1
    f1 = [each.f1 for each in whole.per_class() if each.support]
    assert len(f1) == 5
    assert figures["macro_f1"] == pytest.approx(np.mean(f1))
    assert figures["ece"] == pytest.approx(whole.expected_calibration_error(), abs=1e-6)
    sure = whole.confidences_N >= 0.7
    right = labels_N == probabilities_NK.argmax(1)
    assert figures["selective"] == {"coverage": sure.mean(), "accuracy": right[sure].mean()}
    sure = whole.confidences_N >= 0.4
    assert figures["confident"] == {"coverage": sure.mean(), "accuracy": right[sure].mean()}
    assert tally.confusion_KK.tolist() == whole.confusion_KK.tolist()
    true, called, count = tally.confused(1)[0]
    mistakes = whole.confusion_KK - np.diag(np.diag(whole.confusion_KK))
    assert count == mistakes.max() == whole.confusion_KK[classes.index(true), classes.index(called)]


def test_macro_f1_matches_a_manual_calculation() -> None:
    tally = AttributeTally(("a", "b", "c"))
    for true, called in ("aa", "aa", "ab", "bb", "bc"):
        tally.add(RowLabel(true, True), ranking("abc", called), True, True)
    # a: 2·2/(3+2) = 0.8; b: 2·1/(2+2) = 0.5; c never is true
    assert tally.macro_f1() == pytest.approx(0.65)


def test_an_attribute_without_scored_photos_has_a_reason_instead_of_metrics() -> None:
    tally = AttributeTally(("a", "b"))
    assert tally.add(RowLabel(None, False), ranking("ab"), True, True) is None
    assert tally.add(RowLabel(None, True), ranking("ab"), True, True) is None
    assert tally.add(RowLabel("z", True), ranking("ab"), True, True) is None
    assert tally.add(RowLabel("a", True), None, True, True) is None
    assert tally.to_json() == {
        "n": 0,
        "top1": None,
        "top2": None,
        "top3": None,
        "macro_f1": None,
        "ece": None,
        "selective": {"coverage": None, "accuracy": None},
        "confident": {"coverage": None, "accuracy": None},
        "skipped": 4,
        "skipped_because": {"no label": 1, "not in the taxonomy": 1, "not known to the model": 2},
    }


# A list of products


def test_each_attribute_is_compared_with_the_row(tmp_path: Path) -> None:
    for number in range(3):
        photo(tmp_path / f"{number}.png", number)
    predictor = ScriptedPredictor(
        [
            answer("Shirt", colour="Red", audience="Men", occasion="Casual", season="Summer", unsure=["colour"]),
            answer("T-shirt", "Shirt", colour=("Maroon", "Blue", "Red"), audience=("Women", "Men"), needs_review=True),
            answer("Heels", "Flats", "Jeans", colour="Red", audience="Women", unsure=["season"]),
        ]
    )
    rows = [
        row(0, name="Checked Shirt"),
        row(1, name="Number 1"),
        row(2, "Jeans", "Blue", gender="Women", season="Winter", usage=""),
    ]
    figures = evaluated(rows, tmp_path, predictor).to_json()
    assert list(figures)[4:11] == list(CATEGORY_AND_ATTRIBUTES)
    category = figures["category"]
    assert (category["n"], category["top1"], category["top2"], category["top3"]) == (3, 1 / 3, 2 / 3, 1)
    assert category["selective"] == category["confident"] == {"coverage": 2 / 3, "accuracy": 1 / 2}
    colour = figures["colour"]
    assert (colour["n"], colour["top1"], colour["top2"], colour["top3"]) == (3, 1 / 3, 1 / 3, 2 / 3)
    assert colour["selective"] == {"coverage": 2 / 3, "accuracy": 1 / 2}, "of the rows whose category is ok"
    assert colour["confident"] == {"coverage": 2 / 3, "accuracy": 0}, "of the photos whose colour is sure"
    names = taxonomy()
    same_family = names.colour("Maroon").family == names.colour("Red").family
    sure = {"coverage": 2 / 3, "accuracy": 1 / 2}
    assert figures["colour_family"] == {"n": 3, "top1": (1 + same_family) / 3, "selective": sure}
    assert figures["levels"]["category"] == {"n": 3, "top1": 1 / 3, "selective": sure}
    assert figures["levels"]["group"] == {"n": 3, "top1": 2 / 3, "selective": sure}, "a T-shirt is a top, as a shirt is"
    assert figures["audience"]["top1"] == 2 / 3
    assert (figures["occasion"]["n"], figures["occasion"]["skipped"]) == (2, 1)
    assert figures["season"]["confident"]["coverage"] == 2 / 3
    assert figures["pattern"]["n"] == 1  # of the checked shirt alone does the name say it
    assert figures["fabric"]["n"] == 1  # jeans are denim by their kind
    assert (figures["n"], figures["rows"], figures["skipped"]) == (3, 3, 0)


def test_a_photo_may_be_sure_of_its_group_alone(tmp_path: Path) -> None:
    for number in range(2):
        photo(tmp_path / f"{number}.png", number)
    categories = taxonomy().categories
    shoes = sum(each.group == "Shoes" for each in categories)
    together = 0.5 + (shoes - 1) * 0.5 / (len(categories) - 1)
    doubted = answer("Casual shoes", "Heels", confidence=0.5, needs_review=True)
    below = {Level.CATEGORY: 0.9, Level.GOOGLE: together + 0.001, Level.GROUP: together - 0.001}
    answers = [dataclasses.replace(doubted, review_below=below), answer("Jeans")]
    figures = evaluated([row(0, "Heels"), row(1, "Jeans")], tmp_path, ScriptedPredictor(answers)).to_json()
    levels = [figures["levels"][name] for name in ("category", "google", "group")]
    assert [level["top1"] for level in levels] == [0.5, 1, 1]
    assert [level["selective"]["coverage"] for level in levels] == [0.5, 0.5, 1]


def test_rows_that_cannot_be_scored_are_counted_with_their_reason(tmp_path: Path) -> None:
    photo(tmp_path / "0.png", 0)
    (tmp_path / "1.jpg").write_bytes(b"no picture")
    rows = [row(0, "Space suits"), row(0, "Other", colour=""), row(1), row("absent"), row(""), row(0)]
    found = evaluated(rows, tmp_path, ScriptedPredictor([answer("Shirt")]))
    figures = found.to_json()
    assert (figures["rows"], figures["n"], figures["skipped"]) == (6, 3, 3)
    assert figures["skipped_because"] == {"no photo": 2, "unreadable photo": 1}
    assert [error.parameters["name"] for error in found.skipped.errors] == ["1.jpg"]
    assert (figures["category"]["n"], figures["category"]["top1"]) == (1, 1)
    assert figures["category"]["skipped_because"] == {"not in the taxonomy": 2}
    assert (figures["colour"]["n"], figures["colour"]["skipped"]) == (2, 1)
    for name in ("category", "colour", "season", "fabric"):
        assert figures[name]["n"] + figures[name]["skipped"] + figures["skipped"] == figures["rows"]


def test_unknown_classes_are_skipped(tmp_path: Path) -> None:
    photo(tmp_path / "0.png", 0)
    predictor = ScriptedPredictor([answer("Shirt")], without=["season"])
    figures = evaluated([row(0)], tmp_path, predictor).to_json()
    assert (figures["season"]["n"], figures["season"]["skipped"], figures["season"]["top1"]) == (0, 1, None)
    assert figures["colour"]["n"] == 1


def test_no_readable_photo_at_all_is_an_error(tmp_path: Path) -> None:
    photo(tmp_path / "0.png", 0)
    with pytest.raises(DataError, match=r"no_row_with_readable_photo.*'rows': 2"):
        evaluated([row(1), row(2)], tmp_path, ScriptedPredictor([answer("Shirt")]))


def test_squashed_photos_are_restored_to_their_aspect_and_others_are_unchanged(tmp_path: Path) -> None:
    photo(tmp_path / "0.png", 0, (60, 80))
    photo(tmp_path / "1.png", 0, (224, 224))
    rows = [row(0), row(1)]
    for aspect, shapes in (((3, 4), {(80, 60, 3), (224, 168, 3)}), (None, {(80, 60, 3), (224, 224, 3)})):
        predictor = ScriptedPredictor([answer("Shirt")])
        evaluated(rows, tmp_path, predictor, aspect=aspect)
        assert set(predictor.prepared_shapes) == shapes
    wide = restore_aspect(load_photo(photo(tmp_path / "2.png", 0, (90, 90))), (3, 1))
    assert wide.pixels_HWC.shape == (30, 90, 3)


# A stream


def test_rows_are_consumed_lazily(tmp_path: Path) -> None:
    photo(tmp_path / "0.png", 0)
    taken = named = most_ahead = 0

    def rows() -> Iterator[ProductRow]:
        nonlocal taken
        for _ in range(500):
            taken += 1
            yield row(0)

    def note() -> None:
        nonlocal most_ahead, named
        most_ahead = max(most_ahead, taken - named)
        named += 32

    predictor = ScriptedPredictor([answer("Shirt")])
    predictor.on_predict = note
    with open_store(tmp_path) as store:
        work = evaluate_rows(predictor, taxonomy(), rows(), 500, store, WorkControl(), data_name="list")
        next(work)
        assert taken <= 64
        figures = result(work)
    assert (figures.rows, figures.attributes["category"].n) == (500, 500)
    assert most_ahead <= 64


def test_ids_without_their_zeros_are_counted(tmp_path: Path) -> None:
    photo(tmp_path / "007.png", 0)
    with open_store(tmp_path) as store:
        work = evaluate_rows(
            ScriptedPredictor([answer("Shirt")]), taxonomy(), [row(7)], 1, store, WorkControl(), data_name="list"
        )
        figures = result(work)
    assert (figures.rows, figures.skipped.n, figures.to_json()["ids_without_zeros"]) == (1, 0, ["7"])


def test_memory_does_not_grow_with_the_number_of_photos(tmp_path: Path) -> None:
    photo(tmp_path / "0.png", 0, (100, 100))  # 30 kB when prepared, so a thousand of them would be 30 MB

    def peak(count: int) -> int:
        with open_store(tmp_path) as store:
            work = evaluate_rows(
                ScriptedPredictor([answer("Shirt")]),
                taxonomy(),
                (row(0) for _ in range(count)),
                count,
                store,
                WorkControl(),
                data_name="list",
            )
            tracemalloc.start()
            try:
                result(work)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    few = peak(100)
    assert few > 32 * 30_000  # the photos in flight are seen by this measurement
    assert peak(1000) - few < 900 * 3_000  # a tenth of a prepared photo for each further one


def test_it_stops_when_asked(tmp_path: Path) -> None:
    photo(tmp_path / "0.png", 0)
    control = WorkControl()
    with open_store(tmp_path) as store:
        rows = (row(0) for _ in range(10_000))
        work = evaluate_rows(
            ScriptedPredictor([answer("Shirt")]), taxonomy(), rows, 10_000, store, control, data_name="list"
        )
        next(work)
        control.stop()
        with pytest.raises(Cancelled):
            result(work)
