"""Takes the README's pictures from the real window: ``python3 dev.py screenshots`` or ``python -m tests.screenshots``.

Everything in them is real and nothing is anybody's photo: the Tag picture shows the drawn samples as the bundled model
tags them; for Train and Results the window itself trains a network on photos made from the same drawings (turned, moved
and lit differently) and evaluates it on others.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

# Before Qt is loaded: no screen is needed, and the pictures are twice as fine as the window is large.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "2")

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window import main_window
from fashionlens_gui.window.shell import theme, workers
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.gc_control import Collector
from fashionlens_gui.window.train.form.starting_point import StartingPoint

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1280, 800)
NAME = "drawn-clothes"
# First words of the samples' file names tell what they are; (part of the name, category).
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
    """Photos of the drawn samples as different cameras would take them, one folder for each category."""
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
    """The drawing turned, moved, squeezed, mirrored, lit and coloured differently."""
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
class Effort:
    """How much is trained for the pictures: photos of each drawing to learn from and to test on, and epochs."""

    learn: int = 16
    test: int = 8
    epochs: int = 12


QUICK = Effort(learn=3, test=2, epochs=3)


class Photographer:
    """Opens the window, does in it what a user would, and takes the pictures."""

    def __init__(self, folder: Path, effort: Effort) -> None:
        self.effort = effort
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        self.application = application
        theme.apply(application, "light")
        self.collector = Collector()  # as in the program itself, see there
        settings = Settings(theme="light")
        self.model = ActiveModel(settings)
        self.window = main_window.MainWindow(settings, self.model)
        self.window.resize(*SIZE)
        self.window.show()
        self.model.begin()

    def close(self) -> None:
        """End what runs and close the window."""
        self.window.destroy_now()
        self.collector.stop()

    def tag(self) -> Iterable[Path]:
        """The samples, tagged by the bundled model, in both themes, and one of them large."""
        self.window.tag_panel.add_samples()
        self._wait(lambda: self.model.state != "loading" and not workers.busy_slots())
        assert self.model.error is None, self.model.error
        yield self._take("tag")
        yield self._take("tag-dark", "dark")
        panel = self.window.tag_panel
        panel.table.select_row(0)
        panel.review.open_viewer()
        self._wait(lambda: not workers.busy_slots())
        yield self._take("review")
        panel.review.close_viewer()

    def train(self, photos: Path) -> Iterable[Path]:
        """A run on the drawings, done."""
        self.window.views.setCurrentIndex(main_window.TRAIN)
        panel = cast(Any, self.window.views.currentWidget()).panel
        self._wait(lambda: not workers.busy_slots())
        form = panel.form
        form.data.set_source(str(photos))
        # From nothing: what has seen clothes already makes no mistake on drawings, and there would be nothing to see.
        choice = form.starting_point.choice
        choice.setCurrentIndex([choice.itemData(place) for place in range(choice.count())].index(StartingPoint("cnn")))
        form.name.setText(NAME)
        form.epochs.setValue(self.effort.epochs)
        form.batch_size.setValue(16)
        panel.start_button.click()
        self._wait(lambda: not workers.busy_slots())
        assert (paths.models_dir() / f"{NAME}.safetensors").is_file(), "the training left no model"
        yield self._take("train")

    def results(self, photos: Path) -> Iterable[Path]:
        """That network on photos that it has not seen, with the images of one cell of the matrix."""
        self.window.views.setCurrentIndex(main_window.RESULTS)
        panel = cast(Any, self.window.views.currentWidget()).panel
        panel.show_model(paths.models_dir() / f"{NAME}.safetensors")
        self._wait(lambda: not workers.busy_slots())
        panel.bar.choose_folder(str(photos))
        panel.evaluate()
        self._wait(lambda: not workers.busy_slots())
        assert panel.view is not None, "the evaluation did not end well"
        confusion = panel.view.evaluation.confusion_KK.copy()
        np.fill_diagonal(confusion, 0)
        actual, predicted = np.unravel_index(confusion.argmax(), confusion.shape)
        if confusion[actual, predicted]:
            panel.view.show_cell(int(actual), int(predicted))
        self._wait(lambda: not workers.busy_slots())
        yield self._take("results")

    def _take(self, name: str, choice: str = "light") -> Path:
        theme.apply(self.application, choice)
        self._wait(lambda: True)
        file = self.folder / f"{name}.png"
        assert self.window.grab().save(str(file)), file
        theme.apply(self.application, "light")
        with Image.open(file) as picture:  # a third of the bytes, and no eye sees it
            picture.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(file, optimize=True)
        return file

    @staticmethod
    def _wait(done: Callable[[], bool], patience: float = 900.0, still: float = 0.8) -> None:
        """Let the window live until ``done`` has been true for a while."""
        end, still_since = time.monotonic() + patience, time.monotonic()
        while time.monotonic() - still_since < still:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            time.sleep(0.01)
            if not done():
                still_since = time.monotonic()
            assert time.monotonic() < end, "the window did not come to rest"


def take_all(folder: Path, effort: Effort) -> list[Path]:
    """Take all pictures into ``folder``; fills the working folder and the FashionLens folder."""
    photographer = Photographer(folder, effort)
    try:
        pictures = [*photographer.tag()]
        learn, test = Path("clothes"), Path("other-clothes")
        make_photos(learn, effort.learn, seed=1)
        make_photos(test, effort.test, seed=2)
        return [*pictures, *photographer.train(learn), *photographer.results(test)]
    finally:
        photographer.close()


def main() -> None:
    """Take them into resources/guide/screenshots, or where told."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description="Take the README's pictures.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "resources" / "guide" / "screenshots")
    parser.add_argument("--quick", action="store_true", help="train next to nothing, to see that it can be done")
    given = parser.parse_args()
    folder = given.folder.resolve()
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        # Relative, so that no picture shows where on this computer it was taken.
        os.chdir(place)
        os.environ["FASHIONLENS_HOME"] = "FashionLens"
        try:
            for picture in take_all(folder, QUICK if given.quick else Effort()):
                print(f"{picture.stat().st_size / 1000:5.0f} kB  {picture}")
        finally:
            os.chdir(before)  # Windows removes no folder that somebody is in


if __name__ == "__main__":
    main()
