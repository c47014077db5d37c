"""Fixtures of the tests of exports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fashionlens_gui.catalogue.catalogue import Catalogue


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the catalogue is."""
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def catalogue(file: Path) -> Iterator[Catalogue]:
    """An empty catalogue, open for writing by Ada."""
    with Catalogue(file, write=True, who="Ada") as catalogue:
        yield catalogue
