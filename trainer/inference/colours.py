"""The colours of the garment in a photo, measured from its pixels: numpy and Pillow only, safe to call from threads.

Background (:mod:`trainer.preprocessing.garment_mask`) and skin are removed. What is left is counted, whatever the order
of its pixels, in cells of CIELAB (sRGB IEC 61966-2-1, white point D65). The cells are gathered into clusters: k-means
from a start that is always the same, then clusters that differ as the light and dark sides of one cloth do are made
one. A cluster gets the name of the nearest colour of the palette (CIEDE2000; Sharma, Wu and Dalal 2005).

Cloth in folds keeps its hue, but both its lightness and its chroma rise and fall with the light. So differences in
lightness and chroma count less than those in hue, when clusters are made one (:data:`_LIGHTNESS`, :data:`_CHROMA`)
and, for lightness, when they are named: ``kL = 2`` is what textile makers use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from trainer.inference.prediction import Swatch
from trainer.preprocessing.garment_mask import garment_mask
from trainer.taxonomy import Colour

_MAX_SIZE = 120, 160  # pixels, short and long side at most: enough for stripes, little enough to be fast
_PAPER_TOLERANCE = 0.025 * 255  # tighter than for Fashion-MNIST: white cloth on white paper must be found
# Of the garment's middle: red cloth, which looks like skin, must not leave only its white stripes.
_MAX_SKIN_SHARE = 0.6
_MIN_COVER, _MAX_COVER = 0.02, 0.98  # of the photo; less or more of it is no garment told from its background
_SAME_PAPER = 4  # grey levels (of 255)
_MAX_PAPER = 1000  # pixels of the background that are looked at
_BLANK = 4.0  # CIELAB units that the middle of a photo differs from its border at least, where there is anything
_SHARE_DIGITS = 6  # so that a share is the same after it was stored as text
_BITS = 5  # of red, green and blue: colors that share them are counted as their mean
_CELL = np.array([4.0, 4.0, 4.0])  # CIELAB units
_CLUSTERS, _ROUNDS = 8, 8
_LIGHTNESS, _CHROMA = 0.4, 0.8  # weights of these differences, when that of hue is 1
_SCALE_C = np.array([_LIGHTNESS, 1.0, 1.0])
_MERGE_DISTANCE = 10.0  # clusters that differ less are the same cloth in another light
_MERGE_DISTANCE_IN_FAMILY = 18.0  # … and so are these, where their names are of one family
_MAX_SWATCHES = 4
_MIN_SHARE = 0.05
# Naming. Chosen on the products' training photos, by how often the first name's family was the label's.
_KL = 2.0  # CIEDE2000's weight of lightness for textiles
_GLARE = 0.02  # of white's light: what the sheen of black cloth adds to every colour …
_MAX_GLARE = 0.6  # … of its darkest channel: more would make dark blue purple
# Cloth in a photo is greyer than its name: its chroma counts as larger, by this share of it and this many CIELAB units
# at most.
_MORE_CHROMA, _MAX_MORE_CHROMA = 0.6, 8.0
_BASIC = 0.7  # weight of the distance to basic colour terms ("Blue"), which stand for more shades than others ("Teal")
# Degrees. CIELAB's hue drifts towards purple where blue is dark or strong (Hung and Berns 1995): turned back a little.
_BLUE_HUE, _BLUE_REACH, _BLUE_TURN = 297.0, 12.0, 5.0
_METALLIC = "Metallic"  # the family that gloss tells, not colour: nothing is called "Silver" that may be grey


def dominant_colours(pixels_HWC: np.ndarray, palette: Sequence[Colour]) -> tuple[Swatch, ...]:
    """The garment's colours.

    Args:
        pixels_HWC: uint8 RGB, H×W×3, 1×1 or more.

    Returns:
        4 at most, most share first, the same however the photo is turned and mirrored. Shares are of the garment's
        pixels and sum to 1 at most, since what takes up less than 5 % is left out. No two have the same name. Empty
        where the photo shows nothing but background, and where the palette is empty.
    """
    named = _named(palette)
    if not named:
        return ()
    image = _canonical(pixels_HWC)
    factor = min(_MAX_SIZE[0] / image.width, _MAX_SIZE[1] / image.height)
    if factor < 1:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        image = image.resize(size, Image.Resampling.BOX)
    srgb_NC = garment_pixels(np.asarray(image))
    if not len(srgb_NC):
        return ()
    means_KC, shares_K = _clusters(*_histogram(srgb_NC))
    return _swatches(means_KC, shares_K, named)


def _canonical(pixels_HWC: np.ndarray) -> Image.Image:
    """The photo turned and mirrored so that it is upright, with more green in its upper and in its left half."""
    image = Image.fromarray(pixels_HWC)
    green_HW = pixels_HWC[..., 1].astype(np.float32)
    # Sums of integers are exact as floats, whatever their order: as float32 up to 2^24, which is 65,793 pixels.
    rows_H = (green_HW @ np.ones(image.width, np.float32)).astype(np.float64)
    columns_W = (np.ones(image.height, np.float32) @ green_HW).astype(np.float64)
    if (image.width, columns_W @ columns_W) > (image.height, rows_H @ rows_H):
        image, rows_H, columns_W = image.transpose(Image.Transpose.TRANSPOSE), columns_W, rows_H
    for sums, turn in ((rows_H, Image.Transpose.FLIP_TOP_BOTTOM), (columns_W, Image.Transpose.FLIP_LEFT_RIGHT)):
        if sums @ np.arange(len(sums)) * 2 > sums.sum() * (len(sums) - 1):
            image = image.transpose(turn)
    return image


@dataclass(frozen=True, slots=True)
class _Name:
    name: str
    srgb: tuple[int, int, int]
    family: str
    weight: float


def _named(palette: Sequence[Colour]) -> tuple[_Name, ...]:
    return tuple(
        _Name(colour.name, colour.srgb, colour.family, _BASIC if colour.name == colour.family else 1.0)
        for colour in palette
        if colour.srgb is not None and colour.family != _METALLIC
    )


def garment_pixels(srgb_HWC: np.ndarray) -> np.ndarray:
    """N×3 uint8 RGB: pixels of the garment in a uint8 RGB photo; none where it shows nothing but background."""
    mask_HW = garment_mask(Image.fromarray(srgb_HWC), _PAPER_TOLERANCE, _MAX_SKIN_SHARE, any_way_up=True)
    if _MIN_COVER <= mask_HW.mean() <= _MAX_COVER:
        inner_HW = _eroded(mask_HW)
        if inner_HW.sum() < 0.4 * mask_HW.sum():  # a chain or a strap is all edge
            inner_HW = mask_HW
        height, width, _ = srgb_HWC.shape
        srgb_NC = srgb_HWC.reshape(-1, 3)
        garment_NC = srgb_NC.take(np.flatnonzero(_enlarged(inner_HW, height, width)), axis=0)
        background_M = np.flatnonzero(~_enlarged(mask_HW, height, width))
        return _without_paper(garment_NC, srgb_NC.take(background_M[:: 1 + len(background_M) // _MAX_PAPER], axis=0))
    if min(mask_HW.shape) >= 8 and _is_blank(srgb_HWC):
        return np.zeros((0, 3), np.uint8)
    return _middle(srgb_HWC).reshape(-1, 3)


def _without_paper(garment_NC: np.ndarray, background_MC: np.ndarray) -> np.ndarray:
    """The garment's pixels without a studio's paper as seen through a handle, a belt or between two shoes.

    Even paper is known to the last few grey levels, and cloth is hardly ever that even and that white.
    """
    paper_C = np.median(background_MC, axis=0)
    if _like(background_MC, paper_C).mean() < 0.75:
        return garment_NC
    kept_N = ~_like(garment_NC, paper_C)
    return garment_NC[kept_N] if kept_N.mean() >= 0.5 else garment_NC  # else it is white cloth on white paper


def _like(srgb_NC: np.ndarray, paper_C: np.ndarray) -> np.ndarray:
    """N bool: whether all channels are as the paper's."""
    least_C, most_C = np.ceil(paper_C - _SAME_PAPER).clip(0, 255), np.floor(paper_C + _SAME_PAPER).clip(0, 255)
    like_NC = (srgb_NC >= least_C.astype(np.uint8)) & (srgb_NC <= most_C.astype(np.uint8))
    return np.asarray(like_NC[:, 0] & like_NC[:, 1] & like_NC[:, 2])


def _middle(srgb_HWC: np.ndarray) -> np.ndarray:
    height, width, _ = srgb_HWC.shape
    return srgb_HWC[height // 4 : height - height // 4, width // 4 : width - width // 4]


def _is_blank(srgb_HWC: np.ndarray) -> bool:
    """Whether hardly a pixel of the middle differs from the middle's own usual colour."""
    lab_NC = lab(_middle(srgb_HWC).reshape(-1, 3))
    difference_N = np.abs(lab_NC - np.median(lab_NC, axis=0)).max(1)
    return bool(np.quantile(difference_N, 0.95) < _BLANK)


def _eroded(mask_HW: np.ndarray) -> np.ndarray:
    """Without the outermost pixels, where garment and background mix."""
    inner_HW = mask_HW.copy()
    inner_HW[1:] &= mask_HW[:-1]
    inner_HW[:-1] &= mask_HW[1:]
    inner_HW[:, 1:] &= mask_HW[:, :-1]
    inner_HW[:, :-1] &= mask_HW[:, 1:]
    return inner_HW


def _enlarged(mask_HW: np.ndarray, height: int, width: int) -> np.ndarray:
    rows = np.arange(height) * mask_HW.shape[0] // height
    columns = np.arange(width) * mask_HW.shape[1] // width
    return mask_HW.take(rows, axis=0).take(columns, axis=1)


# sRGB (IEC 61966-2-1) to light, and light to CIE XYZ relative to the white point D65.
_LINEAR_256 = np.where(
    np.arange(256) <= 0.04045 * 255, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_XYZ_CC = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE_C = _XYZ_CC.sum(1)
_TO_XYZ_CC = (_XYZ_CC / _WHITE_C[:, None]).T.astype(np.float32)
_FROM_XYZ_CC = np.linalg.inv(_XYZ_CC / _WHITE_C[:, None]).T
_KINK = 6 / 29


def lab(srgb_xC: np.ndarray) -> np.ndarray:
    """CIELAB of uint8 sRGB, float32: lightness 0 to 100, a and b about ±128; any shape that ends in 3."""
    return _lab_of_light(_LINEAR_256[srgb_xC])


def _lab_of_light(light_xC: np.ndarray) -> np.ndarray:
    xyz_xC = light_xC @ _TO_XYZ_CC
    f_xC = np.where(xyz_xC > _KINK**3, np.cbrt(xyz_xC), xyz_xC * np.float32(1 / (3 * _KINK**2)) + np.float32(4 / 29))
    x, y, z = np.moveaxis(f_xC, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _light(lab_xC: np.ndarray) -> np.ndarray:
    """The way back to linear red, green and blue [0, 1]; what no screen can show is outside of that."""
    y = (lab_xC[..., 0] + 16) / 116
    f_xC = np.stack([y + lab_xC[..., 1] / 500, y, y - lab_xC[..., 2] / 200], axis=-1)
    return np.where(f_xC > _KINK, f_xC**3, 3 * _KINK**2 * (f_xC - 4 / 29)) @ _FROM_XYZ_CC


def _srgb(lab_C: np.ndarray) -> tuple[int, int, int]:
    light_C = _light(lab_C).clip(0, 1)
    red, green, blue = np.rint(
        255 * np.where(light_C <= 0.0031308, 12.92 * light_C, 1.055 * light_C ** (1 / 2.4) - 0.055)
    )
    return int(red), int(green), int(blue)


def _histogram(srgb_NC: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(B×3 CIELAB, B pixel counts) of the colors that occur; sums of integers, so that their order is the same."""
    red_N, green_N, blue_N = (srgb_NC.T >> (8 - _BITS)).astype(np.intp)
    code_N = ((red_N << _BITS | green_N) << _BITS) | blue_N
    counts_B = np.bincount(code_N)
    (occurs_B,) = counts_B.nonzero()
    counts_B = counts_B[occurs_B].astype(np.float64)
    sums_CB = [np.bincount(code_N, srgb_NC[:, channel])[occurs_B] for channel in range(3)]
    means_BC = np.stack(sums_CB, axis=1) / counts_B[:, None]
    below_BC = means_BC.astype(np.intp)
    light_BC = _LINEAR_256[below_BC]
    light_BC += (means_BC - below_BC) * (_LINEAR_256[np.minimum(below_BC + 1, 255)] - light_BC)
    return _lab_of_light(light_BC), counts_B


def _clusters(lab_BC: np.ndarray, counts_B: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(K×3 mean CIELAB, K shares that sum to 1), in no particular order; no two are one cloth in another light."""
    cells_MC, weights_M = _cells(lab_BC, counts_B)
    cells_MC *= _SCALE_C
    weighted_MC = np.column_stack([weights_M[:, None] * cells_MC, weights_M])
    means_KC = _start(cells_MC, weights_M)
    before_M = np.zeros(0)
    for _ in range(_ROUNDS):
        of_M = _squares(cells_MC, means_KC).argmin(1)
        if np.array_equal(of_M, before_M):
            break
        before_M = of_M
        member_MK = of_M[:, None] == np.arange(len(means_KC))
        totals_KC = member_MK.T.astype(np.float64) @ weighted_MC
        totals_KC = totals_KC[totals_KC[:, 3] > 0]
        means_KC, sums_K = totals_KC[:, :3] / totals_KC[:, 3:], totals_KC[:, 3]
    return _made_one(means_KC / _SCALE_C, sums_K / weights_M.sum())


def _cells(lab_BC: np.ndarray, counts_B: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(M×3 mean colours of the cells that have pixels, M pixel counts)."""
    index_BC = np.rint(lab_BC / _CELL).astype(np.int32) + np.array([0, 64, 64])
    code_B = (index_BC[:, 0] * 128 + index_BC[:, 1]) * 128 + index_BC[:, 2]
    _, of_B = np.unique(code_B, return_inverse=True)
    weights_M = np.bincount(of_B, counts_B)
    totals_MC = np.stack([np.bincount(of_B, lab_BC[:, c] * counts_B) for c in range(3)], axis=1)
    return totals_MC / weights_M[:, None], weights_M


def _squares(cells_MC: np.ndarray, means_KC: np.ndarray) -> np.ndarray:
    """M×K squared distances, less the cells' own squared lengths, which make no difference to what is nearest."""
    return (means_KC * means_KC).sum(1) - 2 * (cells_MC @ means_KC.T)


def _start(cells_MC: np.ndarray, weights_M: np.ndarray) -> np.ndarray:
    """The fullest cell first, then again and again the cell that is both full and far from those there are."""
    chosen = [int(weights_M.argmax())]
    nearest_M = np.full(len(cells_MC), np.inf)
    while True:
        difference_MC = cells_MC - cells_MC[chosen[-1]]
        nearest_M = np.minimum(nearest_M, (difference_MC * difference_MC).sum(1))
        gain_M = weights_M * nearest_M
        best = int(gain_M.argmax())
        if len(chosen) == _CLUSTERS or gain_M[best] <= 0:
            return cells_MC[chosen]
        chosen.append(best)


def _made_one(means_KC: np.ndarray, shares_K: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two most alike clusters become one, until all that are left differ by more than light can make."""
    while len(means_KC) > 1:
        apart_KK = _apart(means_KC)
        first, second = sorted(divmod(int(apart_KK.argmin()), len(means_KC)))
        if apart_KK[first, second] >= _MERGE_DISTANCE:
            break
        share = shares_K[first] + shares_K[second]
        means_KC[first] = (means_KC[first] * shares_K[first] + means_KC[second] * shares_K[second]) / share
        shares_K[first] = share
        means_KC, shares_K = np.delete(means_KC, second, axis=0), np.delete(shares_K, second)
    return means_KC, shares_K


def _apart(means_KC: np.ndarray) -> np.ndarray:
    """K×K differences, infinite on the diagonal: lightness and chroma weighed, hue in full."""
    chroma_K = np.hypot(means_KC[:, 1], means_KC[:, 2])
    plane_KKC = means_KC[:, None, 1:] - means_KC[None, :, 1:]
    lightness2_KK = (means_KC[:, None, 0] - means_KC[None, :, 0]) ** 2
    chroma2_KK = (chroma_K[:, None] - chroma_K[None]) ** 2
    hue2_KK = np.maximum((plane_KKC * plane_KKC).sum(2) - chroma2_KK, 0)
    apart_KK = np.sqrt(_LIGHTNESS**2 * lightness2_KK + _CHROMA**2 * chroma2_KK + hue2_KK)
    np.fill_diagonal(apart_KK, np.inf)
    return apart_KK


def _swatches(means_KC: np.ndarray, shares_K: np.ndarray, named: tuple[_Name, ...]) -> tuple[Swatch, ...]:
    order_K = np.argsort(-shares_K, kind="stable")
    means_KC, shares_K = means_KC[order_K], shares_K[order_K]
    names, apart_KK = _names(means_KC, named), _apart(means_KC)
    for small in range(1, len(names)):
        for large in range(small):
            if names[large].family == names[small].family and apart_KK[large, small] < _MERGE_DISTANCE_IN_FAMILY:
                names[small] = names[large]  # the shaded side of a purple shirt, not a lavender one
                break
    swatches = []
    for name in dict.fromkeys(names):
        of_K = np.array([other == name for other in names])
        share = float(shares_K[of_K].sum())
        if share >= _MIN_SHARE:
            mean_C = shares_K[of_K] @ means_KC[of_K] / share
            swatches.append(Swatch(name.name, _srgb(mean_C), round(min(share, 1.0), _SHARE_DIGITS)))
    return tuple(sorted(swatches, key=lambda swatch: -swatch.share)[:_MAX_SWATCHES])


def _names(means_KC: np.ndarray, named: tuple[_Name, ...]) -> list[_Name]:
    """What each cluster is called: its colour without the sheen, and the nearest name."""
    light_KC = _light(means_KC).clip(0, 1)
    light_KC -= np.minimum(_GLARE, _MAX_GLARE * light_KC.min(1, keepdims=True))
    lab_KC = _lab_of_light(light_KC)
    chroma_K, hue_K = np.hypot(lab_KC[:, 1], lab_KC[:, 2]), np.degrees(np.arctan2(lab_KC[:, 2], lab_KC[:, 1])) % 360
    chroma_K += np.minimum(_MORE_CHROMA * chroma_K, _MAX_MORE_CHROMA)
    hue_K = np.radians(hue_K - _BLUE_TURN * np.exp(-(((hue_K - _BLUE_HUE) / _BLUE_REACH) ** 2)))
    lab_KC[:, 1], lab_KC[:, 2] = chroma_K * np.cos(hue_K), chroma_K * np.sin(hue_K)
    lab_PC, weight_P = _of_palette(named)
    nearest_K = (ciede2000(lab_KC[:, None], lab_PC[None], _KL) * weight_P).argmin(1)
    return [named[index] for index in nearest_K]


@lru_cache(maxsize=8)
def _of_palette(named: tuple[_Name, ...]) -> tuple[np.ndarray, np.ndarray]:
    return lab(np.array([one.srgb for one in named], np.uint8)).astype(np.float64), np.array(
        [one.weight for one in named]
    )


def ciede2000(first_xC: np.ndarray, second_xC: np.ndarray, kl: float = 1.0) -> np.ndarray:
    """CIEDE2000 between CIELAB colours (broadcast; the last axis is 3), as in Sharma, Wu and Dalal 2005.

    ``kl``, the parametric factor of lightness: above 1, lightness counts less.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(first_xC, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second_xC, np.float64), -1, 0)
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean7 / (mean7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180  # degrees from the first hue to the second, the short way
    grey = c1 * c2 == 0
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(np.where(grey, 0, turn)) / 2)
    mean_h = np.where(grey, h1 + h2, h1 + turn / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    sl = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    sc, sh = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    rotation = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    rotation = -rotation * np.sin(np.radians(60 * np.exp(-((((mean_h % 360) - 275) / 25) ** 2))))
    lightness, chroma, hue = (l2 - l1) / (kl * sl), (c2 - c1) / sc, hue / sh
    return np.sqrt(np.maximum(lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue, 0))
