"""A window with a catalogue of products, for the tests of the dialogs about shops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell.active_model import ActiveModel
from tests.shops.shop_catalogue import add_product


@pytest.fixture
def photos(own_home: Path, tmp_path: Path) -> list[int]:
    """The catalogue has the dress A-1 with two photos and the shirt B-2 with one; their files are there."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a1.jpg", "a2.jpg", "b1.jpg"):
        Image.new("RGB", (900, 900), "white").save(folder / name)
    with Catalogue(paths.catalogue_file(), write=True, who="Ada") as catalogue:
        dress = add_product(catalogue, "A-1", ["a1.jpg", "a2.jpg"], folder=str(folder))
        return dress + add_product(catalogue, "B-2", ["b1.jpg"], folder=str(folder), category="Shirt")


@pytest.fixture
def window(qtbot: QtBot, photos: list[int]) -> Iterator[MainWindow]:
    """The window with the catalogue of ``photos``."""
    yield from opened(qtbot)


@pytest.fixture
def empty_window(qtbot: QtBot, own_home: Path) -> Iterator[MainWindow]:
    """The window with an empty catalogue."""
    yield from opened(qtbot)


def opened(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window whose catalogue is open; it is destroyed at the end."""
    settings = Settings()
    made = MainWindow(settings, ActiveModel(settings))
    made.show()
    qtbot.waitUntil(lambda: made.catalogue_access.writable and not made.catalogue_access.busy, timeout=30_000)
    yield made
    made.destroy_now()
