"""Pixels as pictures that Qt draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    import numpy as np


def to_image(pixels_HWC: np.ndarray) -> QImage:
    """A picture that owns its memory, from uint8 H×W×3 (RGB) or H×W×1 (grey). May be called in any thread."""
    height, width, channels = pixels_HWC.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(pixels_HWC.tobytes(), width, height, channels * width, kind).copy()
