"""How long the window blocks with a list of 100,000 photos: open, sort, filter, scroll, correct; its memory.

    python -m tests.benchmarks.tag_table [--photos 100000] [--keep FILE]

The catalogue is made as in ``tests.benchmarks.catalogue``. Each line has the median in milliseconds by the clock, how
long a person waits for the answer; the median of processor time of the whole program; and how long the window handled
no event at the longest, by the clock and in processor time of its thread, which does not depend on what else the
machine does. The limits: 1,000 to open 100,000 photos and 2,000 for a million; 100 for the first page of any sort or
filter; 50 for the window to be blocked (RAIL).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.lists.list_sources import Source
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.gc_control import Collector
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.table.cells import Column
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails
from tests.benchmarks.catalogue import CATEGORIES, fill

WATCH_MS = 2


class Watch:
    """Measures the longest time in which the window handles no event: by the clock, and of the processor."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self.begin()
        self._timer.start(WATCH_MS)

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, (now - self._last) * 1000 - WATCH_MS)
        self.longest_used = max(self.longest_used, (used - self._last_used) * 1000)
        self._last, self._last_used = now, used

    def begin(self) -> None:
        """Measure from now on."""
        self.longest = self.longest_used = 0.0
        self._last, self._last_used = time.perf_counter(), time.thread_time()


def wait(done: Callable[[], bool]) -> None:
    """Handle events until ``done``."""
    while not done():
        QApplication.processEvents()
        time.sleep(0.0005)


class Stage:
    """A table of photos with a catalogue, in a window."""

    def __init__(self) -> None:
        self.access, self.model, self.thumbnails = CatalogueAccess(), PhotoTableModel(), Thumbnails()
        self.list = PhotoList(self.access, self.model)
        self.corrections = Corrections(self.access, self.model)
        self.table = ResultsTable(self.model, self.thumbnails)
        self.table.resize(1248, 560)
        self.table.show()
        self.watch = Watch()

    def timed(self, name: str, *acts: Callable[[], object], rows: bool = False, runs: int = 5) -> None:
        """Run the acts in turn, several times; ``rows`` waits for the rows that they ask for."""
        taken, used, blocked, busy = [], [], [], []
        for _ in range(runs):
            for act in acts:
                self.settle()
                self.watch.begin()
                began, began_used = time.perf_counter(), time.process_time()
                act()
                if rows:
                    found: list[bool] = []
                    self.list.when_found(lambda found=found: found.append(True))  # type: ignore[misc]
                    wait(partial(bool, found))
                    self.table.grab()
                taken.append((time.perf_counter() - began) * 1000)
                used.append((time.process_time() - began_used) * 1000)
                self.settle()
                blocked.append(self.watch.longest)
                busy.append(self.watch.longest_used)
        show(name, statistics.median(taken), statistics.median(used), max(blocked), max(busy))

    def settle(self) -> None:
        """Wait for all answers."""
        wait(lambda: not (self.access.busy or self.list.busy))
        for _ in range(5):
            QApplication.processEvents()

    def close(self) -> None:
        self.list.shutdown()
        self.thumbnails.shutdown()
        self.access.shutdown()


def show(name: str, *figures: float) -> None:
    """Print a line."""
    print(f"{name:40} {' '.join(f'{each:9.1f}' for each in figures)}", flush=True)


def memory() -> float:
    """Of this process at its peak, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def measure(count: int) -> None:
    """Open the catalogue of the user's folder and print the times."""
    stage = Stage()
    before = memory()
    print(f"{f'{count:,} photos, milliseconds':40}     wait       CPU   blocked   its CPU")
    began, began_used = time.perf_counter(), time.process_time()
    stage.watch.begin()
    stage.access.open()
    wait(lambda: stage.model.rowCount() > 0)
    stage.table.grab()
    opened, used = (time.perf_counter() - began) * 1000, (time.process_time() - began_used) * 1000
    stage.settle()
    show("open, and show the first page", opened, used, stage.watch.longest, stage.watch.longest_used)
    list_, table = stage.list, stage.table
    for source in (Source.EVERYTHING, Source.CURRENT):
        stage.timed(f"list {source.value}", partial(list_.set_source, source), rows=True, runs=3)
    for column in Column:
        key = "name" if column == Column.PHOTO else column.name.lower()
        acts = (partial(list_.sort, key, True), partial(list_.sort, key, False))
        stage.timed(f"sort by {key}", *acts, rows=True, runs=3)
    list_.sort("arrival", False)
    for name, query in {
        "needs review": Query(status=Status.NEEDS_REVIEW),
        "one category": Query(values={"category": CATEGORIES[7]}),
        "a name": Query(text="img_0012"),
        "two words": Query(text="season 0077"),
        "nothing": Query(text="no such photo"),
    }.items():
        stage.timed(f"filter: {name}", partial(list_.set_filter, query), rows=True, runs=1)
        stage.timed("  and all", partial(list_.set_filter, Query()), rows=True, runs=1)
    stage.settle()
    bar = table.verticalScrollBar()
    places = iter(range(0, bar.maximum(), max(1, bar.maximum() // 400)))
    stage.timed("scroll to another place and paint", lambda: (bar.setValue(next(places)), table.grab()), runs=100)
    stage.timed("select all", table.selectAll, table.clearSelection)
    table.selectAll()
    stage.timed(
        "sort with all selected", partial(list_.sort, "name", True), partial(list_.sort, "name", False), rows=True
    )
    table.clearSelection()
    list_.sort("arrival", False)
    list_.set_filter(Query(status=Status.NEEDS_REVIEW))
    stage.settle()
    ids = iter(stage.model.ids[1000:1200].tolist())
    stage.timed(
        "correct a photo that leaves the list", lambda: stage.corrections.set_category([next(ids)], "Mine"), runs=20
    )
    stage.timed("undo", stage.corrections.undo, runs=10)
    list_.set_filter(Query())
    stage.settle()
    print(f"peak of memory, MB: {memory():.0f}, before opening {before:.0f}")
    stage.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="make the catalogue in this folder, or use the one that is there")
    given = parser.parse_args()
    application = QApplication([])
    theme.apply(application, "light")
    collector = Collector()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FASHIONLENS_HOME"] = str(given.keep or folder)
        if not paths.catalogue_file().exists():
            with Catalogue(paths.catalogue_file(), write=True) as catalogue:
                fill(catalogue, given.photos)
                operations.correct(catalogue, [1], {"category": CATEGORIES[0]})
        measure(given.photos)
    collector.stop()


if __name__ == "__main__":
    main()
