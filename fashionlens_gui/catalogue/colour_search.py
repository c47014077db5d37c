"""Photos by a colour: the measured colours of the garment, compared in CIELAB.

The table ``swatches`` repeats the measured colours of ``predictions``, which triggers keep in step. Its key begins with
a cell of the sRGB cube, so that a search reads the colours near the asked one only.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from fashionlens_gui.catalogue.id_sets import IdSet

_BITS = 4  # of each channel in a cell
_SHADE = 2**_BITS
LEAST_SHARE = 0.2  # of the garment
_LIGHTNESS = 2.0  # kL of CIEDE2000: cloth keeps its hue in folds and shadows, not its lightness

_COLUMNS = """
SELECT (json_extract(value, '$[1]') >> 4 << 8) | (json_extract(value, '$[2]') >> 4 << 4)
| (json_extract(value, '$[3]') >> 4), {0}.photo,
((json_extract(value, '$[1]') * 256 + json_extract(value, '$[2]')) * 256 + json_extract(value, '$[3]')) * 256
+ CAST(round(json_extract(value, '$[4]') * 255) AS INTEGER)""".replace("\n", " ")

SWATCH_TABLES = (
    """
CREATE TABLE swatches (
    cell INTEGER NOT NULL,                 -- the upper four bits of red, green and blue
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    packed INTEGER NOT NULL,               -- red, green, blue and share of the garment in 255ths, a byte each
    PRIMARY KEY (cell, photo, packed)
) WITHOUT ROWID;
CREATE INDEX swatches_by_photo ON swatches (photo);
"""
    f"CREATE TRIGGER swatches_measured AFTER INSERT ON predictions BEGIN "
    f"DELETE FROM swatches WHERE photo = new.photo; "
    f"INSERT OR IGNORE INTO swatches{_COLUMNS.format('new')} FROM json_each(coalesce(new.colours, '[]')); END;\n"
    f"INSERT OR IGNORE INTO swatches{_COLUMNS.format('predictions')} FROM predictions, json_each(colours) "
    "WHERE colours IS NOT NULL;\n"
)
"""The migration that adds the table, and fills it."""


@dataclass(frozen=True, slots=True)
class NearColour:
    """A colour that a garment has, or nearly.

    Attributes:
        srgb: Red, green and blue, [0, 255].
        within: The most that a colour of the garment differs from it: CIEDE2000 with kL = 2, above 0.
        least_share: The least share of the garment in such colours, [0, 1].
    """

    srgb: tuple[int, int, int]
    within: float = 12.0
    least_share: float = LEAST_SHARE


def photos_near(database: sqlite3.Connection, near: NearColour) -> tuple[IdSet, np.ndarray, np.ndarray]:
    """The photos of a colour.

    Returns:
        The set of them; and their ids, int64 (N,) ascending, and how much of the colour they have, float64 (N,): the
        sum of the shares of such colours, each less the more it differs.

    Raises:
        ValueError: A value of ``near`` is out of its range.
    """
    if len(near.srgb) != 3 or not all(0 <= channel <= 255 for channel in near.srgb):
        raise ValueError(f"no colour: {near.srgb}")
    if not near.within > 0 or not 0 <= near.least_share <= 1:
        raise ValueError(f"no distance and share: {near.within}, {near.least_share}")
    middles_KC, radius_K = _cells()
    cells = np.flatnonzero(_distances(middles_KC, near.srgb) <= near.within + radius_K).tolist()
    photos, packed = database.execute(
        "SELECT coalesce(group_concat(photo), ''), coalesce(group_concat(packed), '') "
        f"FROM swatches WHERE cell IN ({', '.join(map(str, cells))})"
    ).fetchone()
    if not photos:
        return IdSet.of(()), np.zeros(0, np.int64), np.zeros(0)
    photos_S, packed_S = (np.fromstring(text, np.int64, sep=",") for text in (photos, packed))
    srgb_SC = np.stack([packed_S >> shift & 255 for shift in (24, 16, 8)], axis=1).astype(np.uint8)
    share_S = (packed_S & 255) / 255
    distance_S = _distances(srgb_SC, near.srgb)
    close_S = distance_S <= near.within
    ids_N, place_S = np.unique(photos_S[close_S], return_inverse=True)
    share_S, distance_S = share_S[close_S], distance_S[close_S]
    enough_N = np.bincount(place_S, share_S, len(ids_N)) >= near.least_share - 0.5 / 255
    amount_N = np.bincount(place_S, share_S * (1 - distance_S / near.within), len(ids_N))
    ids_N = ids_N[enough_N]
    return IdSet.of(ids_N), ids_N, amount_N[enough_N]


@lru_cache(maxsize=1)
def _cells() -> tuple[np.ndarray, np.ndarray]:
    """The middle of each cell, uint8 4096×3, by its number, and how far its corners are from that, float64 4096."""
    cells_K = np.arange(_SHADE**3)
    first_KC = np.stack([cells_K >> 2 * _BITS, cells_K >> _BITS & _SHADE - 1, cells_K & _SHADE - 1], axis=1) * _SHADE
    middles_KC = (first_KC + _SHADE // 2).astype(np.uint8)
    corners = (first_KC + corner for corner in product((0, _SHADE - 1), repeat=3))
    return middles_KC, np.max([_distances(each.astype(np.uint8), middles_KC) for each in corners], axis=0)


def _distances(srgb_NC: np.ndarray, other: np.ndarray | tuple[int, int, int]) -> np.ndarray:
    """float64 N: uint8 colours from another one, or each from its own."""
    from trainer.inference.colours import ciede2000, lab

    return ciede2000(lab(srgb_NC), lab(np.asarray(other, np.uint8)), _LIGHTNESS)
