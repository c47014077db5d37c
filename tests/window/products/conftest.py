"""Fixtures of the tests of products in the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.product_groups import grouping
from fashionlens_gui.settings import Settings
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell.active_model import ActiveModel
from tests.catalogue.catalogue_rows import add, item

NAMES = ("A_1.jpg", "A_2.jpg", "A_3.jpg", "B_1.jpg", "B_2.jpg", "C_1.jpg", "C_2.jpg")


def other(tagged: Tagged) -> Tagged:
    """The photo is like none of the others."""
    return replace(tagged, embedding=np.array([1, -1, 1, -1], np.float16) / 2)


@pytest.fixture
def photo_ids(own_home: object) -> list[int]:
    """Three products: A with a photo of another product, B that is sure, C of which the model is not sure."""
    with Catalogue(paths.catalogue_file(), write=True, who="Ada") as catalogue:
        rows = [item(name, confidence=0.46 if name.startswith("C") else 0.9) for name in NAMES]
        rows[2] = other(item(NAMES[2], "Coat", 0.9))
        return add(catalogue, *rows)


@pytest.fixture
def grouped(photo_ids: list[int]) -> list[int]:
    """The photos in their products."""
    with Catalogue(paths.catalogue_file(), write=True, who="Ada") as catalogue:
        grouping.group_by_names(catalogue, grouping.Query(), ["{sku}_{n}"])
    return photo_ids


@pytest.fixture
def open_window(qtbot: QtBot, own_home: object) -> Iterator[Callable[[], MainWindow]]:
    """Opens windows whose catalogue is open."""
    made: list[MainWindow] = []

    def make() -> MainWindow:
        settings = Settings()
        window = MainWindow(settings, ActiveModel(settings))
        made.append(window)
        window.show()
        qtbot.waitUntil(lambda: not window.catalogue_access.busy, timeout=30_000)
        return window

    yield make
    for each in made:
        each.destroy_now()
