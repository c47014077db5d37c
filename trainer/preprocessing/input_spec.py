"""What a network expects at its input; stored in its model file so that photos are prepared as its training data was.

Shape letters used throughout the package: N images, C channels, H rows, W columns, K classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

if TYPE_CHECKING:
    import torch

PreparationName = Literal["fashion-mnist", "colour"]
_Side = Annotated[int, Meta(ge=8, le=1024)]
_Mean = Annotated[float, Meta(ge=-1000, le=1000)]
_Std = Annotated[float, Meta(ge=0.001, le=1000)]

# Pixels of the shortest side that photos are read at. JPEGs decode twice as fast as with 512, and what the networks of
# Fashion-MNIST get hardly differs: by 2.0 grey levels of 255 from what they get with 1,024 pixels, where 512 differ by
# 1.3 and 160 by 8.4 (means over 60 studio photos of 1800×2400).
DEFAULT_SHORT_SIDE = 256
_EIGHTH_OF_CATALOGUE_PHOTO = 225  # of the 1800×2400 that catalogues have: JPEGs are decoded to it directly
_SMALL_INPUT = 112  # pixels of the shortest side; colour inputs up to it do with an eighth


class InputSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """Size, colours and normalisation of a network's input.

    Attributes:
        preparation: How a photo becomes pixels: ``fashion-mnist`` (garment cut out, grey, inverted; Xiao et al. 2017)
            or ``colour`` (whole photo, RGB, fitted on white).
        channels: C, 1 or 3.
        height: H in pixels, 8 to 1024.
        width: W in pixels, 8 to 1024.
        mean: Per channel, of pixels scaled to [0, 1]; [-1000, 1000], beyond which a network would overflow.
        std: Per channel, of pixels scaled to [0, 1]; [0.001, 1000].
    """

    preparation: PreparationName
    channels: Literal[1, 3]
    height: _Side
    width: _Side
    mean: tuple[_Mean, ...]
    std: tuple[_Std, ...]

    def __post_init__(self) -> None:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError("mean and std need one number for each channel")

    @property
    def decode_short_side(self) -> int:
        """Pixels of the shortest side at which photos are read to be named.

        A small colour input hardly feels it when that is less: the product network's input differs by 0.19 grey levels
        (of 255) from that of photos read at 1,024 pixels, and by 0.18 with 256; no category of the same 60 changes. The
        preparation for Fashion-MNIST does (5.5 against 2.0).
        """
        small = self.preparation == "colour" and min(self.height, self.width) <= _SMALL_INPUT
        return _EIGHTH_OF_CATALOGUE_PHOTO if small else DEFAULT_SHORT_SIDE

    def normalize(self, images_NCHW: torch.Tensor) -> torch.Tensor:
        """Scale uint8 pixels [0, 255] to [0, 1], then to zero mean and unit deviation. Returns float32, N×C×H×W."""
        import torch

        mean = torch.tensor(self.mean, device=images_NCHW.device).view(1, -1, 1, 1)
        std = torch.tensor(self.std, device=images_NCHW.device).view(1, -1, 1, 1)
        return (images_NCHW.float() / 255 - mean) / std


# Mean and deviation of the 60,000 training images; the test images took no part.
FASHION_MNIST_INPUT = InputSpec("fashion-mnist", 1, 28, 28, (0.2860,), (0.3530,))
# A shop's own folders: colour matters there. Plain [-1, 1], since every shop's photos differ.
COLOUR_INPUT = InputSpec("colour", 3, 64, 64, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
