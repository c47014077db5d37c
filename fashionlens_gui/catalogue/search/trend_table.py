"""A trend as a table: a row for each value in each period."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue.search.trends import Trend
from fashionlens_gui.tagging.tag import printable


def trend_rows(found: Trend) -> list[dict[str, object]]:
    """Rows with ``period``, ``value``, ``amount``, ``share`` and ``change``; None where a figure is unknown."""
    shares_PV, changes_PV = found.shares_PV, found.changes_PV
    return [
        {
            "period": printable(period),
            "value": printable(value),
            "amount": whole_or_rounded(float(found.amounts_PV[p, v])),
            "share": _rounded(shares_PV[p, v]),
            "change": _rounded(changes_PV[p, v]),
        }
        for p, period in enumerate(found.periods)
        for v, value in enumerate(found.values)
    ]


def write_trend(found: Trend, file: Path) -> None:
    """Write :func:`trend_rows` as CSV."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, ["period", "value", "amount", "share", "change"])
        writer.writeheader()
        writer.writerows(trend_rows(found))


def whole_or_rounded(number: float) -> int | float:
    """An amount without the decimals that it does not have."""
    return int(number) if number == int(number) else round(number, 4)


def _rounded(number: float) -> float | None:
    return None if np.isnan(number) else round(float(number), 4)
