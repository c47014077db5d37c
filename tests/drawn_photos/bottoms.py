"""Trousers, shorts, skirts and dresses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.drawn_photos.cloth import Cloth, plain
from tests.drawn_photos.shapes import Outline, flipped, mirrored
from tests.drawn_photos.studio import Fold, Studio
from tests.drawn_photos.tops import mirrored_folds


def trousers(studio: Studio, cloth: Cloth, thread: str, button: str, *, hem: float = 1122, crease: bool = True) -> None:
    """Long trousers; with contrasting ``thread`` they are jeans."""
    leg = [
        (446, 180, 0),
        (588, 128, 0),
        (606, 260),
        (614, 420),
        (602, 640),
        (578, 900),
        (568, hem, 0),
        (520, hem + 10),
        (468, hem + 4, 0),
        (464, 900),
        (466, 640),
        (456, 420, 0),
    ]
    folds = [
        Fold(((462, 400), (510, 380), (570, 330)), 30, 6),
        Fold(((466, 430), (520, 440), (590, 470)), 30, 5),
        Fold(((470, 640), (520, 664), (590, 650)), 26, 5),
        Fold(((474, 690), (520, 676), (586, 690)), 24, 4),
        Fold(((472, hem - 70), (510, hem - 54), (566, hem - 66)), 24, 5),
        Fold(((474, hem - 28), (520, hem - 38), (562, hem - 24)), 20, 4),
    ]
    if crease:
        folds.append(Fold(((536, 300), (532, 640), (520, hem - 6)), 16, 5))
    for side in (leg, flipped(leg)):
        studio.part(
            side, cloth, folds=folds if side is leg else mirrored_folds(folds), bulge=15, angle=-2 if side is leg else 2
        )
        studio.stitches([(x, y - 18) for x, y, *_ in side[6:9]], thread, opacity=0.6)
    _waist(studio, cloth, thread, button, 592, 116)
    studio.seam([(450, 176), (452, 300), (450, 420)], 1.2)
    fly = [(486, 178), (486, 290), (474, 344), (452, 372)]
    studio.stitches(fly, thread)
    pocket = [(520, 172), (556, 236), (604, 256)]
    for edge in (pocket, flipped(pocket)):
        studio.seam(edge, 1.1)
        studio.stitches([(x, y + 8) for x, y in edge], thread)


def shorts(studio: Studio, cloth: Cloth, thread: str, cord: str) -> None:
    """Wide shorts with a cord."""
    leg = [
        (446, 330, 0),
        (610, 290, 0),
        (648, 420),
        (682, 600),
        (706, 838, 0),
        (590, 862),
        (478, 858, 0),
        (468, 740),
        (452, 600, 0),
    ]
    folds = [
        Fold(((466, 590), (530, 540), (620, 480)), 34, 7),
        Fold(((470, 620), (540, 640), (660, 660)), 34, 5),
        Fold(((560, 380), (590, 560), (610, 840)), 40, 6),
        Fold(((510, 400), (520, 620), (520, 850)), 36, 5),
        Fold(((640, 500), (660, 660), (680, 830)), 30, 5),
    ]
    for side in (leg, flipped(leg)):
        studio.part(
            side, cloth, folds=folds if side is leg else mirrored_folds(folds), bulge=16, angle=-5 if side is leg else 5
        )
        studio.stitches([(x, y - 22) for x, y, *_ in side[4:7]], thread, opacity=0.5)
    _waist(studio, cloth, thread, "", 616, 268, gathered=True)
    studio.seam([(450, 330), (452, 460), (450, 600)], 1.1)
    pocket = [(556, 342), (586, 420), (650, 450)]
    for edge in (pocket, flipped(pocket)):
        studio.seam(edge, 1.1)
    for line in ([(436, 312), (420, 380), (428, 462)], [(464, 312), (484, 372), (474, 440)]):
        studio.line([(x + 3, y + 5) for x, y in line], "#000000", 7, 0.2)
        studio.line(line, cord, 6, 1.0)


def pleated_skirt(studio: Studio, cloth: Cloth) -> None:
    """A skirt in sharp pleats."""
    count, top, hem = 13, 300, 960
    lower = np.linspace(178, 722, count + 1)
    upper = np.linspace(312, 588, count + 1)
    for k in range(count):
        dip = 26 * np.cos((k - (count - 1) / 2) / count * 2.4)
        shape: Outline = [
            (upper[k] - 3, top, 0),
            (upper[k + 1] + 5, top, 0),
            (lower[k + 1] + 20, hem + dip, 0),
            (lower[k] - 2, hem + dip - 12, 0),
        ]
        middle = ((upper[k] + upper[k + 1]) / 2, top), ((lower[k] + lower[k + 1]) / 2, hem + dip)
        angle = float(np.degrees(np.arctan2(middle[0][0] - middle[1][0], hem - top)))
        folds = [Fold((middle[0], middle[1]), 22, 3)]
        studio.part(shape, cloth, folds=folds, angle=angle, bulge=6, round_=9, wrinkles=0.25, cast=0.42)
    band = mirrored([(450, 232), (584, 226, 0), (596, 316, 0), (450, 326)])
    studio.part(band, cloth, bulge=8, wrinkles=0.3)
    for y in (240, 312):
        studio.stitches([(316, y - 2), (450, y + 4), (584, y - 2)], "#000000", opacity=0.25)


def a_line_dress(studio: Studio, cloth: Cloth, belt: str) -> None:
    """A summer dress with short sleeves, a belt and a swinging skirt."""
    inside = mirrored([(450, 150), (510, 146), (534, 150), (524, 240), (480, 330), (450, 340)])
    studio.part(inside, replace(cloth, relief=None), light=0.62, bulge=3, wrinkles=0.3, cast=0)
    sleeve: Outline = [(574, 160, 0), (636, 190), (690, 280), (704, 340, 0), (650, 366), (604, 362, 0), (596, 280)]
    for side in (sleeve, flipped(sleeve)):
        studio.part(side, cloth, angle=-30 if side is sleeve else 30, bulge=11)
    skirt = mirrored(
        [(450, 506), (560, 500, 0), (604, 620), (668, 820), (738, 1056), (744, 1088, 0), (600, 1118), (450, 1124)]
    )
    hang = [
        Fold(((450 + d * 0.62, 520), (450 + d, 780), (450 + d * 1.5, 1104)), 46, 10)
        for d in (-168, -112, -60, -8, 52, 104, 160)
    ]
    studio.part(skirt, cloth, folds=hang, bulge=15, round_=20)
    bodice = mirrored([(530, 152, 0), (582, 164), (614, 206), (604, 320), (578, 420), (566, 520, 0), (450, 526)])
    folds = [
        Fold(((590, 360), (546, 420), (530, 510)), 26, 5),
        Fold(((310, 350), (350, 420), (372, 510)), 26, 5),
        Fold(((420, 400), (430, 460), (424, 516)), 24, 3),
    ]
    studio.part([*bodice, (370, 152, 0), (398, 214), (450, 286, 0), (502, 214)], cloth, folds=folds, bulge=15)
    neckline = [(370, 152), (398, 214), (450, 286, 0), (502, 214), (530, 152)]
    studio.seam(neckline, 0.9)
    sash = mirrored([(450, 490), (570, 482, 0), (574, 530, 0), (450, 540)])
    studio.part(sash, plain(belt), bulge=6, round_=8, wrinkles=0.5)
    for loop in (
        [(452, 510, 0), (500, 470), (536, 486), (520, 530), (470, 524)],
        [(448, 510, 0), (404, 476), (366, 490), (382, 530), (430, 524)],
    ):
        studio.part(loop, plain(belt), bulge=6, round_=8, wrinkles=0.6)
    for tail in (
        [(448, 512, 0), (462, 516, 0), (520, 660, 0), (488, 668, 0)],
        [(440, 514, 0), (456, 514, 0), (412, 690, 0), (380, 676, 0)],
    ):
        studio.part(tail, plain(belt), bulge=4, round_=6, wrinkles=0.6)
    studio.part(
        [(432, 494, 0), (468, 494, 0), (472, 530, 0), (430, 530, 0)], plain(belt), bulge=5, round_=6, wrinkles=0
    )


def shift_dress(studio: Studio, cloth: Cloth, trim: str) -> None:
    """A straight sleeveless dress with a little collar."""
    inside = mirrored([(450, 152), (512, 150), (536, 158), (510, 214), (450, 232)])
    studio.part(inside, replace(cloth, relief=None), light=0.6, bulge=3, wrinkles=0.3, cast=0)
    body = mirrored(
        [
            (534, 156, 0),
            (592, 176, 0),
            (596, 260),
            (634, 346, 0),
            (606, 520),
            (618, 680),
            (662, 900),
            (684, 1086, 0),
            (570, 1108),
            (450, 1112),
        ]
    )
    folds = [
        Fold(((626, 370), (560, 440), (540, 560)), 34, 6),
        Fold(((274, 370), (340, 440), (356, 560)), 34, 6),
        *[Fold(((450 + d, 640), (450 + d * 1.2, 860), (450 + d * 1.5, 1100)), 44, 8) for d in (-130, -66, 4, 74, 138)],
    ]
    studio.part([*body, (366, 156, 0), (390, 214), (450, 246), (510, 214)], cloth, folds=folds, bulge=15)
    leaf: Outline = [(450, 250, 0), (500, 222), (532, 158, 0), (566, 190), (566, 244), (520, 292), (470, 292)]
    for side in (leaf, flipped(leaf)):
        studio.part(side, plain(trim), bulge=6, round_=9, wrinkles=0.2, cast=0.4)
    hem = [(222, 1064), (330, 1084), (450, 1090), (570, 1084), (678, 1064)]
    studio.seam(hem, 0.7)
    armhole = [(592, 180), (596, 262), (630, 342)]
    for edge in (armhole, flipped(armhole)):
        studio.stitches([(x - (9 if x > 450 else -9), y) for x, y in edge], "#000000", opacity=0.25)


def _waist(
    studio: Studio, cloth: Cloth, thread: str, button: str, right: float, top: float, *, gathered: bool = False
) -> None:
    back = mirrored([(450, top + 14), (right - 14, top - 10), (right - 8, top + 22), (450, top + 44)])
    studio.part(back, cloth, light=0.6, bulge=2, wrinkles=0.2, cast=0)
    band = mirrored([(450, top + 26), (right, top, 0), (right + 3, top + 54, 0), (450, top + 80)])
    folds = [Fold(((x, top + 12), (x, top + 78)), 9, 3) for x in range(312, 600, 17)] if gathered else []
    studio.part(band, cloth, folds=folds, bulge=7, round_=10, wrinkles=0.3, cast=0.3)
    if gathered:
        return
    for offset in (8, 72):
        studio.stitches(
            [(900 - right + 4, top + offset - 26 + 22), (450, top + offset + 2), (right - 4, top + offset - 26 + 22)],
            thread,
        )
    for x in (366, 534):
        loop: Outline = [(x - 8, top + 6, 0), (x + 8, top + 6, 0), (x + 8, top + 76, 0), (x - 8, top + 76, 0)]
        studio.part(loop, cloth, bulge=3, round_=4, wrinkles=0, cast=0.35)
    studio.button(450, top + 54, 11, button)
