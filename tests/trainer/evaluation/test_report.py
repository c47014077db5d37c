"""Saved tables and formatted figures."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from tests.window.results.results_sample import evaluation
from trainer import number_format
from trainer.evaluation.report import tables


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_tables_round_trip() -> None:
    shown = evaluation(classes=("=cmd|' /C calc'!A0", 'a "quoted", name', "line\nbreak"))
    matrix = rows(tables.matrix_csv(shown))
    assert matrix[0][1:4] == ["'=cmd|' /C calc'!A0", 'a "quoted", name', "line\nbreak"]
    counts = np.array([[int(cell) for cell in row[1:]] for row in matrix[1:]])
    assert (counts[:3, :3] == shown.confusion_KK).all()
    assert counts[3, 3] == 44 and (counts[3, :3] == shown.confusion_KK.sum(axis=0)).all()
    figures = rows(tables.per_class_csv(shown))
    assert figures[1][1:] == ["0.7500", "0.6000", "0.6667", "15"]
    predictions = rows(tables.predictions_csv(shown))
    assert len(predictions) == 45
    assert [row[5] for row in predictions[1:]].count("no") == 9


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    # Newcombe 1998, “Two-sided confidence intervals for the single proportion”, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(right: int, n: int, low: float, high: float) -> None:
    assert number_format.wilson_interval(right, n) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_of_no_photos_is_zero_to_one() -> None:
    assert number_format.wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("share", "formatted"),
    [(0.9312, "93.1 %"), (1.0, "100.0 %"), (0.99996, "> 99.9 %"), (0.0, "0.0 %"), (0.0001, "< 0.1 %")],
)
def test_shares_are_never_rounded_to_perfection(share: float, formatted: str) -> None:
    assert number_format.percent(share).replace("\u00a0", " ") == formatted


def test_cells_are_described_in_plain_text() -> None:
    def formatted(*cell: object) -> str:
        return number_format.cell_sentence(*cell).replace("\u00a0", " ")  # type: ignore[arg-type]

    assert formatted("Shirt", "Coat", 128, 1000) == "128 of 1,000 Shirt photos were predicted as Coat (12.8 %)."
    assert formatted("Shirt", "Coat", 1, 1) == "The only Shirt photo was predicted as Coat."
    assert formatted("Shirt", "Coat", 0, 1) == "The only Shirt photo was not predicted as Coat."
    assert number_format.errors_sentence("Shirt", 0, 1) == "The only Shirt photo was not predicted as something else."
    assert number_format.false_positives_sentence("Coat", 0, 1) == "The only photo predicted as Coat is correct."
    assert formatted("Shirt", "Shirt", 2, 4) == "2 of 4 Shirt photos were correctly predicted as Shirt (50.0 %)."
    assert formatted("Shirt", "Coat", 0, 9) == "None of 9 Shirt photos were predicted as Coat."
    assert formatted("Shirt", "Coat", 0, 0) == "There are no Shirt photos in this test set."
