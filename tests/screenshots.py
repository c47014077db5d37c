"""Saves the README's screenshots of the real window: ``python3 dev.py screenshots`` or ``python -m tests.screenshots``.

The Tag screenshots show the drawn samples as tagged by the bundled model. For Train and Results the window trains a
network on augmented versions of the same drawings and evaluates it on others.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

# Qt reads these at import: no screen is needed, and the screenshots have twice the resolution of the window.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "2")

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from fashionlens_gui import paths
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.product_groups.grouping import group_by_names
from fashionlens_gui.settings import Settings
from fashionlens_gui.window import main_window
from fashionlens_gui.window.shell import theme, workers
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.gc_control import Collector
from fashionlens_gui.window.train.form.starting_point import StartingPoint

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1280, 800)
NAME = "drawn-clothes"
# (part of a sample's file name, category); the first match counts.
CATEGORIES = (
    ("t-shirt", "T-shirt"),
    ("tank-top", "T-shirt"),
    ("pullover", "Pullover"),
    ("hoodie", "Pullover"),
    ("shirt", "Shirt"),
    ("dress", "Dress"),
    ("coat", "Coat"),
    ("jacket", "Coat"),
    ("jeans", "Trousers"),
    ("chinos", "Trousers"),
    ("sneaker", "Shoe"),
    ("boot", "Shoe"),
    ("bag", "Bag"),
    ("backpack", "Bag"),
)


def make_photos(folder: Path, of_each: int, seed: int) -> None:
    """Write augmented photos of the drawn samples, one folder per category."""
    rng = np.random.default_rng(seed)
    for sample in sorted(paths.samples_dir().iterdir()):
        category = next((kind for part, kind in CATEGORIES if part in sample.stem), None)
        if category is None:
            continue
        with Image.open(sample) as file:
            drawn = ImageOps.exif_transpose(file).convert("RGBA")
        (folder / category).mkdir(parents=True, exist_ok=True)
        for number in range(of_each):
            _photo(drawn, rng).save(folder / category / f"{sample.stem}-{number:02}.jpg", quality=85)


def _photo(drawn: Image.Image, rng: np.random.Generator) -> Image.Image:
    """An augmented drawing: rotation, translation, scale, flip, brightness and saturation."""
    photo = Image.new("RGBA", drawn.size, "white")
    photo.alpha_composite(drawn)
    picture = photo.convert("RGB").resize((300, int(400 * rng.uniform(0.85, 1.1))))
    if rng.random() < 0.5:
        picture = ImageOps.mirror(picture)
    paper = cast("tuple[int, int, int]", picture.getpixel((2, 2)))
    turned = picture.rotate(rng.uniform(-12, 12), translate=tuple(rng.integers(-14, 15, 2)), fillcolor=paper)
    lit = ImageEnhance.Brightness(turned).enhance(rng.uniform(0.75, 1.1))
    return ImageEnhance.Color(lit).enhance(rng.uniform(0.0, 1.3))


@dataclass(frozen=True)
class TrainingSize:
    """Training and test photos per drawing, and epochs, for the screenshots."""

    learn: int = 16
    test: int = 8
    epochs: int = 12


QUICK = TrainingSize(learn=3, test=2, epochs=3)


class ScreenshotSession:
    """Opens the window, operates it and saves screenshots."""

    def __init__(self, folder: Path, size: TrainingSize) -> None:
        self.size = size
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        self.application = application
        theme.apply(application, "light")
        self.collector = Collector()  # as in the program
        settings = Settings(theme="light")
        self.model = ActiveModel(settings)
        self.window = main_window.MainWindow(settings, self.model)
        self.window.resize(*SIZE)
        self.window.show()
        self.model.begin()

    def close(self) -> None:
        """Stop running work and close the window."""
        self.window.destroy_now()
        self.collector.stop()

    def tag(self) -> Iterable[Path]:
        """The samples tagged by the bundled model in both themes, and the viewer."""
        self.window.tag_panel.add_samples()
        self._wait(lambda: self.model.state != "loading" and not workers.busy_slots())
        assert self.model.error is None, self.model.error
        yield self._save("tag")
        yield self._save("tag-dark", "dark")
        panel = self.window.tag_panel
        panel.table.select_position(0)
        panel.review.open_viewer()
        self._wait(lambda: not workers.busy_slots())
        yield self._save("review")
        panel.review.close_viewer()

    def groups(self, photos: Path) -> Iterable[Path]:
        """The first group of doubtful drawings that have the same category; the groups before it are confirmed."""
        self.window.views.setCurrentIndex(main_window.TAG)
        panel = self.window.tag_panel
        panel.add_paths([photos])
        self._wait(lambda: not workers.busy_slots())
        panel.tag_actions.review_groups.trigger()
        self._wait(lambda: not workers.busy_slots())
        page = panel.group_reviewer.page
        while " and " in page.heading.text() and not page.at_the_end:
            panel.group_reviewer.confirm()
            self._wait(lambda: not workers.busy_slots())
        yield self._save("groups")

    def train(self, photos: Path) -> Iterable[Path]:
        """A finished training on the drawings."""
        self.window.views.setCurrentIndex(main_window.TRAIN)
        panel = cast(Any, self.window.views.currentWidget()).panel
        self._wait(lambda: not workers.busy_slots())
        form = panel.form
        form.data.set_source(str(photos))
        # From random weights: a pretrained network makes no mistakes on drawings, so the results would be empty.
        choice = form.starting_point.choice
        choice.setCurrentIndex([choice.itemData(place) for place in range(choice.count())].index(StartingPoint("cnn")))
        form.name.setText(NAME)
        form.epochs.setValue(self.size.epochs)
        form.batch_size.setValue(16)
        panel.start_button.click()
        self._wait(lambda: not workers.busy_slots())
        assert (paths.models_dir() / f"{NAME}.safetensors").is_file(), "the training left no model"
        yield self._save("train")

    def results(self, photos: Path) -> Iterable[Path]:
        """The evaluation of that network on other photos, with the images of one cell of the matrix."""
        self.window.views.setCurrentIndex(main_window.RESULTS)
        panel = cast(Any, self.window.views.currentWidget()).panel
        panel.show_model(paths.models_dir() / f"{NAME}.safetensors")
        self._wait(lambda: not workers.busy_slots())
        panel.bar.choose_folder(str(photos))
        panel.evaluate()
        self._wait(lambda: not workers.busy_slots())
        assert panel.view is not None, "the evaluation failed"
        confusion = panel.view.evaluation.confusion_KK.copy()
        np.fill_diagonal(confusion, 0)
        actual, predicted = np.unravel_index(confusion.argmax(), confusion.shape)
        if confusion[actual, predicted]:
            panel.view.show_cell(int(actual), int(predicted))
        self._wait(lambda: not workers.busy_slots())
        yield self._save("results")

    def products(self) -> Iterable[Path]:
        """The photos of the drawings as products, and their export to a shop."""
        panel = self.window.tag_panel
        panel.group_reviewer.close()
        self.window.catalogue_access.perform(lambda opened: group_by_names(opened, Query(), ["{sku}-{n}"]))
        panel.browser.open_page("Products")
        self._wait(lambda: not workers.busy_slots())
        yield self._save("products")
        panel.browser.close_page()

    def _save(self, name: str, choice: str = "light") -> Path:
        theme.apply(self.application, choice)
        self._wait(lambda: True)
        file = self.folder / f"{name}.png"
        assert self.window.grab().save(str(file)), file
        theme.apply(self.application, "light")
        if self.size == QUICK:
            return file
        with Image.open(file) as picture:  # a third of the size without visible loss
            picture.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(file, optimize=True)
        return file

    @staticmethod
    def _wait(done: Callable[[], bool], patience: float = 900.0, still: float = 0.8) -> None:
        """Process events until ``done`` has been true for ``still`` seconds."""
        end, still_since = time.monotonic() + patience, time.monotonic()
        while time.monotonic() - still_since < still:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            time.sleep(0.01)
            if not done():
                still_since = time.monotonic()
            assert time.monotonic() < end, "timed out"


def save_all(folder: Path, size: TrainingSize) -> list[Path]:
    """Save all screenshots in ``folder``; writes to the working folder and the FashionLens folder."""
    session = ScreenshotSession(folder, size)
    try:
        pictures = [*session.tag()]
        learn, test = Path("clothes"), Path("other-clothes")
        make_photos(learn, size.learn, seed=1)
        make_photos(test, size.test, seed=2)
        return [*pictures, *session.train(learn), *session.results(test), *session.groups(test), *session.products()]
    finally:
        session.close()


def main() -> None:
    """Save the screenshots in resources/guide/screenshots or the given folder."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description="Save the README's screenshots.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "resources" / "guide" / "screenshots")
    parser.add_argument("--quick", action="store_true", help="train on a few photos only, as a test")
    given = parser.parse_args()
    folder = given.folder.resolve()
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        # Relative, so that no screenshot shows a path of this computer.
        os.chdir(place)
        os.environ["FASHIONLENS_HOME"] = "FashionLens"
        if given.quick:  # a graph takes longer than the training of a few photos
            data_paths = replace(paths.data_paths(), graphs=())
            paths.data_paths = lambda chosen="": data_paths
        try:
            for picture in save_all(folder, QUICK if given.quick else TrainingSize()):
                print(f"{picture.stat().st_size / 1000:5.0f} kB  {picture}")
        finally:
            os.chdir(before)  # Windows cannot remove the working folder


if __name__ == "__main__":
    main()
