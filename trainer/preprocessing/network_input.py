"""A photo to the pixels a network takes: numpy and Pillow only, safe to call from many threads.

Two preparations (:attr:`InputSpec.preparation`):

``fashion-mnist``
    Makes a real photo look as the data set does, in the steps of Xiao, Rasul and Vollgraf 2017 (arXiv:1708.07747,
    section 2 and figure 1): trim to the garment, longest side to 28 pixels, sharpen with a Gaussian of radius and
    standard deviation 1.0, extend to a centred square, negate, 8-bit grey. The paper trims what is within 5 % of
    the corner pixel's colour; its photos came from one studio. Photos here have vignettes, shadows, walls and beds
    behind them, so :mod:`trainer.preprocessing.garment_mask` says where the background is, and it becomes exactly 0, as
    it is in the data set; :mod:`trainer.preprocessing.person_removal` removes the person who wears the garment. At the
    end the grey levels are stretched to the full range, as the data set's are.

    An image whose border is black (:func:`has_black_border`) is negative already, as files exported from Fashion-MNIST
    are: it is not negated again, and one that is 28×28 at most is not trimmed, scaled or sharpened either, so that
    such a file comes out pixel by pixel as it went in.

``colour``
    The whole photo in RGB, fitted on white with antialiasing.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from trainer.preprocessing.garment_mask import cut_out
from trainer.preprocessing.input_spec import InputSpec

_MIN_LONG_SIDE = 168  # pixels of the longest side at least; six times the data set's 28 are detail enough
_BLACK = 24  # grey level up to which a border pixel counts as black
_BLACK_SHARE = 0.5  # of the border; all but 10 of the 60,000 Fashion-MNIST training images have it
_MAX_GAIN = 4.0


def prepare(photo_pixels_HWC: np.ndarray, spec: InputSpec) -> np.ndarray:
    """The network's input.

    Args:
        photo_pixels_HWC: uint8 RGB, H×W×3, any size of 1×1 or more.

    Returns:
        uint8, C×H×W as ``spec`` says, before normalisation.
    """
    image = Image.fromarray(photo_pixels_HWC)
    if spec.preparation == "fashion-mnist":
        grey_HW = _like_fashion_mnist(image, spec)
        return np.repeat(grey_HW[None], spec.channels, axis=0)
    fitted = _letterboxed(image, spec)
    if spec.channels == 1:
        return np.array(fitted.convert("L"))[None]
    return np.ascontiguousarray(np.asarray(fitted).transpose(2, 0, 1))


def has_black_border(grey_HW: np.ndarray) -> bool:
    """Whether at least half of the outermost pixels are black: the image is negative, as Fashion-MNIST's are."""
    border = np.concatenate([grey_HW[0], grey_HW[-1], grey_HW[:, 0], grey_HW[:, -1]])
    return bool((border <= _BLACK).mean() >= _BLACK_SHARE)


def _like_fashion_mnist(image: Image.Image, spec: InputSpec) -> np.ndarray:
    side = min(spec.height, spec.width)
    coarse = max(1, max(image.size) // _MIN_LONG_SIDE)
    small = image.reduce(coarse) if coarse > 1 else image
    grey_HW = np.asarray(small.convert("L"))
    negative = has_black_border(grey_HW)
    if negative and max(small.size) <= side:
        return _centred(grey_HW, spec)
    cut = cut_out(small)
    garment_HW = np.asarray(_resized_crop(small, cut.box, side, Image.Resampling.BICUBIC).convert("L"), np.float32)
    cover_HW = np.asarray(
        _resized_crop(cut.mask, cut.box, side, Image.Resampling.BILINEAR, garment_HW.shape), np.float32
    )
    if max(small.size) > side:
        garment_HW = _sharpened(garment_HW)
    if not negative:
        garment_HW = 255 - garment_HW
    return _centred(_full_range(garment_HW.clip(0, 255) * (cover_HW / 255)), spec)


def _resized_crop(
    image: Image.Image,
    box: tuple[float, float, float, float],
    side: int,
    resampling: Image.Resampling,
    shape: tuple[int, ...] | None = None,
) -> Image.Image:
    """The part of ``image`` in ``box`` (fractions), its longest side ``side`` pixels, or just ``shape`` (h, w)."""
    left, right = box[0] * image.width, box[2] * image.width
    top, bottom = box[1] * image.height, box[3] * image.height
    if shape is None:
        factor = side / max(right - left, bottom - top)
        shape = max(1, round((bottom - top) * factor)), max(1, round((right - left) * factor))
    return image.resize((shape[1], shape[0]), resampling, box=(left, top, right, bottom))


def _sharpened(grey_HW: np.ndarray) -> np.ndarray:
    """ImageMagick's ``-sharpen 1x1``, which the data set was made with: a negative 3×3 Gaussian of standard deviation
    1 whose middle is minus twice the kernel's sum, normalised to sum 1; edges are repeated.
    """
    edge, corner = np.exp(-0.5), np.exp(-1.0)
    middle = 2 * (1 + 4 * edge + 4 * corner)
    p = np.pad(grey_HW, 1, mode="edge")
    sides = p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]
    corners = p[:-2, :-2] + p[:-2, 2:] + p[2:, :-2] + p[2:, 2:]
    return (middle * grey_HW - edge * sides - corner * corners) / (middle - 4 * edge - 4 * corner)


def _full_range(grey_HW: np.ndarray) -> np.ndarray:
    """uint8, stretched so that the brightest pixel is 255.

    The paper does not say so, but 99 of 100 images of the data set reach 254 or 255. Near-white garments are stretched
    :data:`_MAX_GAIN` times at most, since beyond that it is the photo's noise that grows.
    """
    gain = min(_MAX_GAIN, 255 / max(float(grey_HW.max()), 1.0))
    return np.rint(grey_HW * gain).astype(np.uint8)


def _centred(grey_HW: np.ndarray, spec: InputSpec) -> np.ndarray:
    result = np.zeros((spec.height, spec.width), np.uint8)
    height, width = grey_HW.shape
    top, left = (spec.height - height) // 2, (spec.width - width) // 2
    result[top : top + height, left : left + width] = grey_HW
    return result


def _letterboxed(image: Image.Image, spec: InputSpec) -> Image.Image:
    factor = min(spec.width / image.width, spec.height / image.height)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    scaled = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    result = Image.new("RGB", (spec.width, spec.height), (255, 255, 255))
    result.paste(scaled, ((spec.width - size[0]) // 2, (spec.height - size[1]) // 2))
    return result
