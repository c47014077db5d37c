"""How long the window blocks with a list of 100,000 photos: sort, filter, scroll, add rows.

    python -m tests.benchmarks.tag_table [--rows 100000]

Each line is the median and the slowest of several runs, in milliseconds of processor time of the window's thread, which
does not depend on what else the machine does. 50 ms is the limit for what a person does often (RAIL; Nielsen's 0.1 s
for everything).
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from fashionlens_gui.tagging.attributes import Attributes, AttributeTag
from fashionlens_gui.tagging.tag import Status, Tag
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag.table.columns import Columns, Filter
from fashionlens_gui.window.tag.table.results_model import Column, ResultsModel
from fashionlens_gui.window.tag.table.sort_filter_proxy import SortFilterProxy
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails
from trainer.inference.prediction import Ranking
from trainer.taxonomy import ATTRIBUTES

ATTRIBUTE_TAGS = [
    tuple(
        AttributeTag(name, f"{name} {number % 7}", 0.8, "model", Ranking((f"{name} {number % 7}",), (0.8,)))
        for name in ATTRIBUTES
    )
    for number in range(7)
]
CATEGORIES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


class Rows:
    """A stand-in for a session, with rows only."""

    def __init__(self, count: int) -> None:
        random = np.random.default_rng(0)
        self.rows = [self.tag(number, int(random.integers(10**7))) for number in range(count)]

    @staticmethod
    def tag(number: int, name: int) -> Tag:
        """An invented row."""
        file = f"season {number % 40}/IMG_{name:07d}.jpg"
        confidence = 0.4 + name % 600 / 1000
        labels = CATEGORIES[number % 10 :] + CATEGORIES[: number % 10]
        ranking = Ranking(labels, (confidence, *((1 - confidence) / 9,) * 9))
        status = Status.NEEDS_REVIEW if confidence < 0.6 else Status.OK
        attributes = ATTRIBUTE_TAGS[number % 7]
        path = Path("/photos") / file
        fields = (path, file, labels[0], confidence, labels[1], 0.1, status)
        return Tag(*fields, ranking=ranking, attributes=Attributes(attributes))  # type: ignore[arg-type]


def timed(name: str, *acts: Callable[[], object], runs: int = 7) -> None:
    """Run the acts in turn, several times, and print how long each took."""
    taken = []
    for _ in range(runs):
        for act in acts:
            began = time.thread_time()
            act()
            QApplication.processEvents()
            taken.append((time.thread_time() - began) * 1000)
    print(f"{name:44} {statistics.median(taken):7.1f}  {max(taken):7.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    application = QApplication([])
    theme.apply(application, "light")
    session = Rows(count)
    columns = Columns()
    columns.append(session.rows)
    model = ResultsModel()
    model.set_session(session, columns)  # type: ignore[arg-type]
    order = SortFilterProxy(model)
    thumbnails = Thumbnails()
    table = ResultsTable(order, thumbnails)
    table.resize(1248, 560)
    table.show()
    application.processEvents()
    up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
    print(f"{f'{count:,} rows, milliseconds':44}  median  slowest")
    timed("sort by name, the first time", lambda: order.sort(Column.PHOTO, up), runs=1)
    timed("sort by name", lambda: order.sort(Column.PHOTO, down), lambda: order.sort(Column.PHOTO, up))
    timed("sort by confidence", lambda: order.sort(Column.CONFIDENCE, down), lambda: order.sort(-1))
    timed("sort by category", lambda: order.sort(Column.CATEGORY, down), lambda: order.sort(-1))
    timed("filter by status", lambda: order.set_filter(Filter("ok")), lambda: order.set_filter(Filter()))
    timed("search a name", lambda: order.set_filter(Filter(text="123 img")), lambda: order.set_filter(Filter()))
    timed("sort by colour", lambda: order.sort(Column.COLOUR, down), lambda: order.sort(-1))
    timed("search an attribute", lambda: order.set_filter(Filter(text="season")), lambda: order.set_filter(Filter()))
    bar = table.verticalScrollBar()
    place = iter(range(0, bar.maximum(), bar.maximum() // 400))
    timed("scroll to another place and paint", lambda: (bar.setValue(next(place)), table.grab()), runs=100)
    timed("select all", table.selectAll, table.clearSelection)

    def more() -> None:
        size = len(session.rows)
        session.rows.extend(Rows.tag(number, number * 7919 % 10**7) for number in range(size, size + 100))
        model.grow()

    timed("100 new rows, in order of arrival", more, runs=20)
    order.sort(Column.PHOTO, up)
    timed("100 new rows, sorted by name", more, runs=20)
    timed("  and giving them their places", lambda: (more(), order.sort(Column.PHOTO, up)), runs=10)
    thumbnails.shutdown()


if __name__ == "__main__":
    main()
