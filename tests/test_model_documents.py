"""The README, the model cards and the window give the figures that are in the headers of the model files."""

from __future__ import annotations

from pathlib import Path

import pytest

from fashionlens_gui import paths
from trainer.model_files.library import read_metadata
from trainer.number_format import percent
from trainer.training.runs.holdout import ACCURACY

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8").replace("\u00a0", " ")
BENCHMARKED = ("fashion-mnist-resnet", "fashion-mnist-cnn")


def plain(share: float, digits: int) -> str:
    return percent(share, digits).replace("\u00a0", " ")


def test_the_readme_has_the_figures_of_the_bundled_models() -> None:
    folder = paths.bundled_models_dir()
    products = read_metadata(folder / "products.safetensors")
    assert f"knows {len(products.classes)} categories" in README
    for figure in ("validation_accuracy", "validation_phone_accuracy", "validation_ok_accuracy"):
        assert plain(products.figures[figure], 1) in README, figure
    shares = [read_metadata(folder / f"{name}.safetensors").figures[ACCURACY] for name in BENCHMARKED]
    assert f"10,000 test images | {plain(shares[0], 2)} | {plain(shares[1], 2)} |" in README


@pytest.mark.parametrize("name", BENCHMARKED)
def test_the_model_card_has_the_figures_in_the_header(name: str) -> None:
    card = (paths.bundled_models_dir() / f"{name}.md").read_text(encoding="utf-8").replace("\u00a0", " ")
    figures = read_metadata(paths.bundled_models_dir() / f"{name}.safetensors").figures
    assert f"10,000 test images** | **{plain(figures[ACCURACY], 2)}**" in card
    assert f"5,000 validation images | {plain(figures['validation_accuracy'], 2)}" in card
