"""Metrics, checked against manual calculations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from trainer.data.data_paths import DatasetInfo
from trainer.evaluation.calibration import accuracy_bound, fit_temperature, review_threshold
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.prediction import below_threshold


def evaluation() -> Evaluation:
    labels = np.array([0, 0, 0, 1, 1, 2])
    probabilities = np.array(
        [
            [0.9, 0.1, 0.0],
            [0.2, 0.8, 0.0],
            [0.3, 0.6, 0.1],
            [0.1, 0.9, 0.0],
            [0.1, 0.9, 0.0],
            [0.3, 0.5, 0.2],
        ],
        dtype=np.float32,
    )
    return Evaluation(
        "model", DatasetInfo(name="data"), ("a", "b", "c"), labels, probabilities.argmax(1), probabilities
    )


def test_metrics_match_a_manual_calculation() -> None:
    result = evaluation()
    assert result.n == 6
    assert result.accuracy == pytest.approx(3 / 6)
    assert result.confusion_KK.tolist() == [[1, 2, 0], [0, 2, 0], [0, 1, 0]]
    a, b, c = result.per_class()
    assert (a.precision, a.recall, a.f1, a.support) == pytest.approx((1, 1 / 3, 0.5, 3))
    assert (b.precision, b.recall, b.f1, b.support) == pytest.approx((2 / 5, 1, 4 / 7, 2))
    assert (c.precision, c.recall, c.f1, c.support) == (0, 0, 0, 1)


def test_cells_hold_exactly_their_images_most_confident_first() -> None:
    result = evaluation()
    assert result.cell(0, 1).tolist() == [1, 2]
    assert result.cell(2, 0).tolist() == []
    assert result.errors_of(0).tolist() == [1, 2]
    assert result.mistakes_by_confidence().tolist() == [1, 2, 5]
    every_cell = [index for actual in range(3) for predicted in range(3) for index in result.cell(actual, predicted)]
    assert sorted(every_cell) == list(range(6))


def test_calibration_error_matches_a_manual_calculation() -> None:
    # One bin has the three of 0.9 (all correct), the others one image each.
    expected = (abs(3 - 2.7) + 0.8 + 0.6 + 0.5) / 6
    assert evaluation().expected_calibration_error() == pytest.approx(expected, abs=1e-6)


def test_json_is_plain_and_complete() -> None:
    values = evaluation().to_json()
    assert set(values) >= {"accuracy", "per_class", "confusion_matrix", "n"}
    assert sum(map(sum, values["confusion_matrix"])) == values["n"] == 6
    assert values["per_class"]["b"]["support"] == 2


def test_temperature_undoes_overconfidence() -> None:
    generator = torch.Generator().manual_seed(3)
    honest = torch.randn(20_000, 4, generator=generator) * 1.5
    labels = torch.multinomial(honest.softmax(1), 1, generator=generator).flatten()
    assert fit_temperature(honest, labels) == pytest.approx(1.0, rel=0.05)
    assert fit_temperature(honest * 3, labels) == pytest.approx(3.0, rel=0.05)


def test_the_review_threshold_reaches_the_target_accuracy() -> None:
    confidences = np.array([0.99, 0.95, 0.9, 0.8, 0.7, 0.6])
    right = np.array([True, True, True, False, True, False])
    assert review_threshold(confidences, right, targets=(0.99,)) == pytest.approx(0.9)
    assert review_threshold(confidences, right, targets=(0.8,)) == pytest.approx(0.7)
    assert review_threshold(confidences, ~right, targets=(0.99,)) == 1.0


def _guarantee_kept(n: int, seed: int) -> bool:
    """Whether the guarantee holds for all photos when the threshold comes from n of them."""
    rng = np.random.default_rng(seed)

    def photos(count: int) -> tuple[np.ndarray, np.ndarray]:
        accuracies = 1 - 0.6 * rng.random(count) ** 3
        return accuracies, rng.random(count) < accuracies**1.5  # more confident than correct

    confidences, correct = photos(n)
    threshold = review_threshold(confidences, correct, targets=(0.95,))
    promised = accuracy_bound(int(correct[confidences >= threshold].sum()), int((confidences >= threshold).sum()))
    others, right = photos(20_000)
    return promised < 0.95 or right[others >= threshold].mean() >= 0.95


@pytest.mark.parametrize("n", [170, 1000])
def test_a_guaranteed_share_is_kept_on_other_photos_nine_times_of_ten(n: int) -> None:
    assert np.mean([_guarantee_kept(n, seed) for seed in range(300)]) >= 0.9


def test_many_photos_guarantee_more_than_few() -> None:
    correct = np.ones(400, bool)
    confidences = np.linspace(0.99, 0.6, 400)
    assert review_threshold(confidences, correct, targets=(0.98,)) == pytest.approx(0.6)
    assert accuracy_bound(400, 400) > 0.99 > 0.95 > accuracy_bound(40, 40) > 0.94
    assert accuracy_bound(0, 5) == 0.0
    error_rate = 1 - accuracy_bound(90, 100)
    at_most_ten = sum(math.comb(100, k) * error_rate**k * (1 - error_rate) ** (100 - k) for k in range(11))
    assert at_most_ten == pytest.approx(0.1, abs=1e-6)


def test_a_lower_share_is_guaranteed_where_photos_are_few() -> None:
    rng = np.random.default_rng(1)
    correct = np.append(np.ones(110, bool), rng.random(70) < 0.5)
    confidences = np.linspace(0.99, 0.5, 180)
    threshold = review_threshold(confidences, correct)
    kept = confidences >= threshold
    assert 0.95 <= accuracy_bound(int(correct[kept].sum()), int(kept.sum())) < 0.98
    assert review_threshold(confidences, correct, targets=(0.95,)) == threshold


def test_review_threshold_takes_equal_confidences_together() -> None:
    confidences = np.array([0.99] + [0.9] * 10)
    right = np.array([True, True, True] + [False] * 8)  # in any order
    assert review_threshold(confidences, right, targets=(0.95,)) == pytest.approx(0.99)
    assert review_threshold(confidences[1:], right[1:], targets=(0.95,)) == 1.0


def test_the_review_threshold_applies_at_its_minimum() -> None:
    confidences = np.array([0.9] * 3 + [0.6] * 2 + [0.4] * 40)
    right = np.array([True] * 3 + [False] * 2 + [True] * 40)
    threshold = review_threshold(confidences, right, targets=(0.9,))
    assert right[confidences >= threshold].mean() >= 0.9


def test_a_threshold_of_one_trusts_nothing_and_all_others_trust_certainty() -> None:
    certain = np.ones(20, np.float32)
    wrong_once = np.arange(20) > 0
    nothing = review_threshold(certain, wrong_once, targets=(0.99,))
    assert below_threshold(certain, nothing).all()
    assert below_threshold(1.0, nothing)
    sound = review_threshold(np.append(certain, np.float32(0.8)), np.append(certain > 0, False), targets=(0.99,))
    assert not below_threshold(certain, sound).any()
    assert below_threshold(float(np.nextafter(np.float32(1), np.float32(0))), sound)
