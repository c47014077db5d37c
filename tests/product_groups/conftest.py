"""Fixtures of the tests of products."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fashionlens_gui.catalogue.catalogue import Catalogue


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue, open for writing by Ada."""
    with Catalogue(tmp_path / "catalogue.sqlite", write=True, who="Ada") as catalogue:
        yield catalogue
