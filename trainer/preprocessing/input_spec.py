"""What a network expects at its input; stored in its model file so that photos are prepared as its training data was.

Shape letters used throughout the package: N images, C channels, H rows, W columns, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

PreparationName = Literal["fashion-mnist", "colour"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """Size, colours and normalisation of a network's input.

    Attributes:
        preparation: How a photo becomes pixels: ``fashion-mnist`` (garment cut out, grey, inverted; Xiao et al. 2017)
            or ``colour`` (whole photo, RGB, fitted on white).
        channels: C, 1 or 3.
        height: H in pixels.
        width: W in pixels.
        mean: Per channel, of pixels scaled to [0, 1].
        std: Per channel, of pixels scaled to [0, 1]; greater than 0.
    """

    preparation: PreparationName
    channels: int
    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def normalise(self, images_NCHW: torch.Tensor) -> torch.Tensor:
        """Scale uint8 pixels [0, 255] to [0, 1], then to zero mean and unit deviation. Returns float32, N×C×H×W."""
        import torch

        mean = torch.tensor(self.mean).view(1, -1, 1, 1)
        std = torch.tensor(self.std).view(1, -1, 1, 1)
        return (images_NCHW.float() / 255 - mean) / std


# Mean and deviation of the 60,000 training images; the test images took no part.
FASHION_MNIST_INPUT = InputSpec("fashion-mnist", 1, 28, 28, (0.2860,), (0.3530,))
# A shop's own folders: colour matters there. Plain [-1, 1], since every shop's photos differ.
COLOUR_INPUT = InputSpec("colour", 3, 64, 64, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
