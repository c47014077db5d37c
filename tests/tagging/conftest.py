"""Photos, rows and models for the tests of tagging."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny_model import tiny_model


@pytest.fixture(scope="session")
def tiny_model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny.safetensors")


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    """Makes a small photo of a dark garment on white; ``name`` may have folders."""

    def make(name: str, shade: int = 60, size: tuple[int, int] = (40, 56)) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.full((size[1], size[0], 3), 255, np.uint8)
        pixels[8:-8, 8:-8] = shade
        Image.fromarray(pixels).save(path)
        return path

    return make
