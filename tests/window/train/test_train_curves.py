"""The numbers behind the training charts."""

from __future__ import annotations

import time

import numpy as np
import pytest

from fashionlens_gui.window.train.charts.curves import LossCurve
from fashionlens_gui.window.train.charts.monitor import AdaptiveThrottle
from fashionlens_gui.window.train.charts.progress import three_digits
from trainer.number_format import about


def curve_of(losses: np.ndarray) -> LossCurve:
    curve = LossCurve()
    for loss in losses:
        curve.append(float(loss))
    return curve


def test_few_batches_are_drawn_as_they_are() -> None:
    steps, losses = curve_of(np.array([3.0, 2.0, 1.0])).raw(300)

    assert steps.tolist() == [1, 2, 3]
    assert losses.tolist() == [3, 2, 1]


def test_many_batches_become_few_points_and_keep_their_peaks_and_the_newest() -> None:
    values = np.ones(100_000)
    values[54_321] = 9.0
    values[-1] = 0.5
    curve = curve_of(values)

    steps, losses = curve.raw(300)
    smooth_steps, smooth = curve.smooth(300)

    assert len(steps) == len(losses) <= 2 * 300 + 512
    assert losses.max() == 9.0
    assert abs(steps[losses.argmax()] - 54_322) < 512
    assert losses[-1] == 0.5
    assert np.all(np.diff(steps) > 0)
    assert len(smooth) <= 301
    assert smooth_steps[-1] == 100_000
    assert smooth.max() < 1.5


def test_smoothing_follows_a_steep_start_and_smooths_the_rest() -> None:
    noise = np.random.default_rng(1).standard_normal(2000) * 0.2
    curve = curve_of(np.concatenate((np.linspace(2.3, 0.5, 40), 0.5 + noise)))

    _, smooth = curve.smooth(10_000)

    assert smooth[0] == pytest.approx(2.3)
    assert smooth[39] < 0.9
    assert smooth[500:].std() < 0.05


def test_the_axis_ignores_a_single_outlier() -> None:
    values = np.full(1000, 0.4)
    values[700] = 50.0

    assert curve_of(values).visible_top() < 2.0


def test_resuming_after_a_stop_keeps_the_curve_up_to_there() -> None:
    curve = curve_of(np.arange(10.0))

    curve.restart(6)
    curve.append(100.0)

    assert curve.raw(100)[0].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert curve.raw(100)[1].tolist() == [0, 1, 2, 3, 4, 5, 100]


def test_resuming_in_a_new_window_starts_at_the_batch_of_the_run() -> None:
    curve = LossCurve()

    curve.restart(500)
    curve.append(0.7)

    assert curve.raw(100)[0].tolist() == [501]


def test_thinning_a_long_run_is_quick() -> None:
    curve = curve_of(np.random.default_rng(1).random(100_000))
    began = time.thread_time()

    for _ in range(10):
        curve.raw(300), curve.smooth(300), curve.visible_top()

    assert (time.thread_time() - began) / 10 < 0.01


def paced(cores: float, cost: float) -> int:
    """Milliseconds between drawings of ``cost`` seconds where the program gets so many cores' time."""
    now = 0.0
    throttle = AdaptiveThrottle(0.02, clock=lambda: now, work_clock=lambda: now * cores)
    assert throttle.interval_ms == 100
    for _ in range(40):
        now += throttle.interval_ms / 1000
        throttle.record(cost)
    return throttle.interval_ms


def test_drawing_is_limited_to_its_share_of_time() -> None:
    assert paced(cores=1, cost=0.001) == 100
    assert paced(cores=1, cost=0.008) == pytest.approx(400, rel=0.05)
    assert paced(cores=2, cost=0.008) == pytest.approx(400, rel=0.05)
    assert paced(cores=1, cost=0.5) == 2000


def test_on_a_busy_computer_it_is_drawn_less_often() -> None:
    assert paced(cores=0.25, cost=0.004) == pytest.approx(800, rel=0.05)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "a few seconds"),
        (42, "about 40 s"),
        (70, "about 1 min"),
        (12 * 60, "about 12 min"),
        (59.6 * 60, "about 1.0 h"),
        (3600 + 22 * 60, "about 1.4 h"),
        (3 * 3600, "about 3.0 h"),
        (25 * 3600 + 1900, "about 26 h"),
    ],
)
def test_an_approximate_duration_is_short_and_stable(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_speed_has_three_digits() -> None:
    assert [three_digits(value) for value in (1234.6, 345.6, 8.44)] == ["1,230", "346", "8.4"]
