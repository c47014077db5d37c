"""The README's screenshots: the whole window from tagging the samples to an evaluated training."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ("tag", "tag-dark", "review", "train", "results", "groups", "products")


@pytest.mark.slow
def test_every_screenshot_is_taken(tmp_path: Path) -> None:
    # On a crash the failed test shows the stack of every thread.
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.screenshots", "--quick", str(tmp_path)]
    process = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=540)
    assert process.returncode == 0, process.stdout + process.stderr
    images = {name: QImage(str(tmp_path / f"{name}.png")) for name in PICTURES}
    assert {(image.width(), image.height()) for image in images.values()} == {(2560, 1600)}
    corner = {name: image.pixelColor(8, 1590).lightness() for name, image in images.items()}
    assert corner["tag-dark"] < 60
    assert all(corner[name] > 200 for name in PICTURES if name != "tag-dark")
