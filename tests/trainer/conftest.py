"""Fixtures of the trainer tests."""

from __future__ import annotations

import pytest

from tests.trainer.bundled_taxonomy import FOLDER
from trainer import taxonomy
from trainer.taxonomy import Taxonomy


@pytest.fixture(scope="session")
def names() -> Taxonomy:
    """The bundled taxonomy."""
    return taxonomy.load(FOLDER)
