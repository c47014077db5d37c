"""The geometry of the report's drawings: training curves, and the shades of a confusion matrix. No drawing here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

import numpy as np

from trainer import number_format
from trainer.evaluation.report.content import Matrix
from trainer.model_files.metadata import EpochMetrics

WIDTH, HEIGHT = 480.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 10.0, 10.0, 34.0
_ACCENT = np.array([0x23, 0x40, 0xD9])
_DARK_FROM = 0.62  # of the way to the accent: white is easier to read there
_NUMBERS_UP_TO = 20  # classes; a table of more does not fit a sheet with numbers in it
MOST_CONFUSED = 12


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, in the drawing's units, and what is written there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """One curve.

    Attributes:
        name: ``training`` or ``validation``.
        points: ``x,y`` pairs as SVG's polyline takes them.
        end: The last of them, for a dot: a single epoch has no line.
        last: Its value in words.
    """

    name: str
    points: str
    end: tuple[float, float]
    last: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves by epoch.

    Attributes:
        lines: The curves; those without any finite value are left out.
        across: Ticks of the epochs, in x.
        up: Ticks of the values, in y.
        kept: x of the epoch whose weights were saved; None when it is not known.
    """

    title: str
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    kept: float | None
    width: float = WIDTH
    height: float = HEIGHT
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    bottom: float = HEIGHT - _BOTTOM


def curves(history: Sequence[EpochMetrics], kept_epoch: float | None = None) -> tuple[Chart, ...]:
    """Loss and accuracy by epoch; empty without epochs. ``kept_epoch`` is the saved one, from 1."""
    if not history:
        return ()
    epochs = [each.epoch for each in history]
    loss = {"training": [e.training_loss for e in history], "validation": [e.validation_loss for e in history]}
    accuracy = {
        "training": [e.training_accuracy for e in history],
        "validation": [e.validation_accuracy for e in history],
    }
    return (
        _chart("Loss", epochs, loss, kept_epoch, share=False),
        _chart("Accuracy", epochs, accuracy, kept_epoch, share=True),
    )


def _chart(
    title: str, epochs: Sequence[int], series: dict[str, list[float]], kept: float | None, *, share: bool
) -> Chart:
    values = [value for each in series.values() for value in each if isfinite(value)] or [0.0]
    ticks = nice_ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]
    first, last = epochs[0], max(epochs[-1], epochs[0] + 1)

    def x(epoch: float) -> float:
        return round(_LEFT + (epoch - first) / (last - first) * (WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM), 1)

    digits = max(0, -floor(log10(ticks[1] - ticks[0]) + 1e-9) - (2 if share else 0))
    lines = []
    for name, each in series.items():
        at = [(x(epoch), y(value), value) for epoch, value in zip(epochs, each, strict=True) if isfinite(value)]
        if at:
            final = number_format.percent(at[-1][2]) if share else f"{at[-1][2]:.3f}"
            lines.append(Line(name, " ".join(f"{px},{py}" for px, py, _ in at), at[-1][:2], final))
    return Chart(
        title,
        tuple(lines),
        tuple(Tick(x(epoch), str(epoch)) for epoch in whole_ticks(first, epochs[-1])),
        tuple(Tick(y(tick), f"{tick:.{digits}%}" if share else f"{tick:.{digits}f}") for tick in ticks),
        x(kept) if kept is not None and epochs[0] <= kept <= epochs[-1] else None,
    )


def nice_ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round numbers, equally far apart, from at most ``low`` to at least ``high``; two or more."""
    span = high - low or abs(high) or 1.0
    rough = span / about
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(k * step for k in range(first, max(last, first + 1) + 1))


def whole_ticks(first: int, last: int, most: int = 8) -> Iterable[int]:
    """At most about ``most`` whole numbers from ``first`` to ``last``, among them both ends."""
    step = next(
        step
        for power in range(9)
        for step in (1 * 10**power, 2 * 10**power, 5 * 10**power)
        if (last - first) / step <= most
    )
    between = [k for k in range(first, last + 1) if k % step == 0 and k - first >= step / 2 and last - k >= step / 2]
    return sorted({first, *between, last})


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix; ``fill`` is empty and ``tooltip`` blank when its count is 0."""

    row: int
    column: int
    count: int
    fill: str
    dark: bool
    tooltip: str


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A matrix to draw; ``numbers`` tells whether there is room for numbers in the cells."""

    matrix: Matrix
    rows: tuple[tuple[Cell, ...], ...]
    row_sums: tuple[int, ...]
    column_sums: tuple[int, ...]
    numbers: bool


def heatmap(matrix: Matrix) -> Heatmap:
    """Shades by the share of the row; its square root, so that rare confusions are visible."""
    support_R = matrix.counts_RC.sum(axis=1)
    rows = tuple(
        tuple(_cell(matrix, row, column, int(support_R[row])) for column in range(len(matrix.predicted)))
        for row in range(len(matrix.actual))
    )
    return Heatmap(
        matrix,
        rows,
        tuple(int(n) for n in support_R),
        tuple(int(n) for n in matrix.counts_RC.sum(axis=0)),
        len(matrix.predicted) <= _NUMBERS_UP_TO,
    )


def _cell(matrix: Matrix, row: int, column: int, support: int) -> Cell:
    count = int(matrix.counts_RC[row, column])
    strength = float(np.sqrt(count / max(support, 1)))
    red, green, blue = (255 + (_ACCENT - 255) * strength).astype(int)
    tooltip = number_format.cell_sentence(matrix.actual[row], matrix.predicted[column], count, support) if count else ""
    return Cell(row, column, count, f"#{red:02x}{green:02x}{blue:02x}" if count else "", strength > _DARK_FROM, tooltip)
