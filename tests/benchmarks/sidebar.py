"""How long the window blocks while lists, filters and similar photos of 100,000 photos are chosen in the sidebar.

    python -m tests.benchmarks.sidebar [--photos 100000] [--keep FOLDER]

The catalogue is made as in ``tests.benchmarks.catalogue``. Each line has the medians in milliseconds until the first
page of the list is painted and until the counts of the sidebar are shown, and how long the window handled no event at
the longest, by the clock and in processor time of its thread. The limits: 100 for the first page of a list, 50 for the
window to be blocked (RAIL).
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.colour_search import NearColour
from fashionlens_gui.catalogue.lists.list_sources import Source
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.gc_control import Collector
from fashionlens_gui.window.tag.panel import TagPanel
from tests.benchmarks.catalogue import CATEGORIES, fill
from tests.benchmarks.search import spread_colours
from tests.benchmarks.tag_table import Watch, memory, show, wait
from trainer.model_files.library import ModelLibrary


class Stage:
    """The Tag tab without a model."""

    def __init__(self) -> None:
        settings = Settings(sidebar=True)
        self.access = CatalogueAccess()
        self.active_model = ActiveModel(settings, ModelLibrary([]))
        self.panel = TagPanel(self.active_model, settings, self.access)
        self.panel.resize(1248, 640)
        self.panel.show()
        self.access.open()
        self.watch = Watch()
        wait(lambda: self.panel.photo_list.ready)
        self.settle()

    def timed(self, name: str, *acts: Callable[[], object], runs: int = 3) -> None:
        """Run the acts in turn, several times."""
        listed, counted, blocked, busy = [], [], [], []
        for _ in range(runs):
            for act in acts:
                self.settle()
                self.watch.begin()
                began = time.perf_counter()
                act()
                wait(lambda: not self.panel.similar_list.busy)
                found: list[bool] = []
                self.panel.photo_list.when_found(lambda found=found: found.append(True))  # type: ignore[misc]
                wait(partial(bool, found))
                self.panel.table.viewport().repaint()
                listed.append((time.perf_counter() - began) * 1000)
                wait(lambda: not self.panel.sidebar.busy)
                counted.append((time.perf_counter() - began) * 1000)
                self.settle()
                blocked.append(self.watch.longest)
                busy.append(self.watch.longest_used)
        show(name, statistics.median(listed), statistics.median(counted), max(blocked), max(busy))

    def settle(self) -> None:
        """Wait for all answers."""
        panel = self.panel
        parts = (self.access, panel.photo_list, panel.sidebar, panel.similar_list, panel.navigator)
        wait(lambda: not (any(part.busy for part in parts) or panel.navigator.finding_review_order))
        for _ in range(5):
            QApplication.processEvents()

    def close(self) -> None:
        self.panel.shutdown()
        self.access.shutdown()
        self.active_model.shutdown()


def measure(count: int) -> None:
    """Open the catalogue of the user's folder and print the times."""
    stage = Stage()
    panel = stage.panel
    choose, want = panel.list_actions.choose_source, panel.filters.set_filter
    print(f"{f'{count:,} photos, milliseconds':40}      list    counts   blocked   its CPU")
    for part in ("lists", "filters"):
        panel.sidebar.show_part(part)
        for source in (Source.EVERYTHING, Source.NEEDS_REVIEW):
            stage.timed(f"list {source.value}, {part} shown", partial(choose, source))
    choose(Source.EVERYTHING)
    for name, query in {
        "one value": Query(values={"colour": ("Value 3",)}),
        "three values of two attributes": Query(
            values={"colour": ("Value 3", "Value 4"), "category": (CATEGORIES[7],)}
        ),
        "near a colour": Query(near_colour=NearColour((190, 40, 50))),
        "a word": Query(text="0077"),
        "a folder": Query(below=(Path("/photos/season 7"),)),
        "nothing": Query(text="no such photo"),
    }.items():
        stage.timed(f"filter: {name}", partial(want, query), panel.filters.reset)
    panel.sidebar.filters.tree.open_section("folder")
    stage.timed("filter with folders shown: one value", partial(want, Query(values={"colour": ("Value 3",)})))
    panel.filters.reset()
    stage.timed("similar photos, first", partial(panel.similar_list.find, 1), runs=1)
    stage.timed("similar photos", partial(panel.similar_list.find, 5000), partial(panel.similar_list.find, 9000))
    stage.timed("back to the list", panel.similar_list.back, runs=1)
    panel.sidebar.show_part("lists")
    ids = iter(range(100, 200))
    stage.timed("correct a photo", lambda: panel.corrections.set_category([next(ids)], "Mine"), runs=10)
    stage.settle()
    print(f"peak of memory, MB: {memory():.0f}")
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
                spread_colours(catalogue)
        measure(given.photos)
    collector.stop()


if __name__ == "__main__":
    main()
