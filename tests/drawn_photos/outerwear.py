"""Coats and jackets."""

from __future__ import annotations

from dataclasses import replace

from tests.drawn_photos.cloth import Cloth, plain
from tests.drawn_photos.shapes import Outline, flipped, mirrored
from tests.drawn_photos.studio import Fold, Studio
from tests.drawn_photos.tops import mirrored_folds


def wool_coat(studio: Studio, cloth: Cloth, lining: str, button: str) -> None:
    """A double-breasted coat with broad lapels."""
    inside = mirrored([(450, 122), (520, 124), (556, 150), (560, 330), (510, 540), (450, 560)])
    studio.part(inside, plain(lining), light=0.6, bulge=3, cast=0)
    sleeve: Outline = [
        (606, 168, 0),
        (676, 204),
        (724, 340),
        (758, 560),
        (776, 800, 0),
        (730, 820),
        (680, 812, 0),
        (664, 600),
        (634, 400),
    ]
    creases = [Fold(((640, 400), (690, 420), (730, 470)), 36, 6), Fold(((668, 560), (712, 590), (756, 580)), 32, 6)]
    for side, angle in ((sleeve, -9.0), (flipped(sleeve), 9.0)):
        studio.part(
            side, cloth, angle=angle, folds=creases if side is sleeve else mirrored_folds(creases), bulge=15, round_=20
        )
        edge = [(x, y - 60) for x, y, *_ in side[4:7]]
        studio.seam(edge, 0.8)
        studio.button(side[6][0] + (18 if side is sleeve else -18), 776, 8, button)
    left = [
        (366, 150, 0),
        (288, 172),
        (246, 214),
        (252, 400),
        (262, 600),
        (236, 860),
        (214, 1104, 0),
        (330, 1124),
        (500, 1130, 0),
        (496, 800),
        (486, 520, 0),
        (400, 330),
    ]
    right = [
        (534, 150, 0),
        (612, 172),
        (654, 214),
        (648, 400),
        (638, 600),
        (664, 860),
        (686, 1104, 0),
        (560, 1124),
        (392, 1130, 0),
        (396, 800),
        (392, 540, 0),
        (500, 330),
    ]
    folds = [
        Fold(((640, 420), (600, 500), (584, 620)), 40, 6),
        Fold(((620, 640), (628, 860), (650, 1100)), 50, 7),
        Fold(((560, 760), (560, 940), (572, 1120)), 46, 6),
    ]
    studio.part(left, cloth, folds=mirrored_folds(folds), bulge=17, round_=22)
    studio.part(right, cloth, folds=folds, bulge=17, round_=22, cast=0.42)
    studio.seam([(392, 560), (398, 800), (394, 1126)], 0.6)
    for x, angle in ((578.0, 10.0), (322.0, -10.0)):
        flap: Outline = [
            (x - 56, 740, 0),
            (x + 52, 728 if x > 450 else 752, 0),
            (x + 56, 776 if x > 450 else 800, 0),
            (x - 54, 790, 0),
        ]
        studio.part(flap, cloth, angle=-angle, bulge=6, round_=8, wrinkles=0.3, cast=0.4)
    _lapels(studio, cloth)
    for y in (566, 668, 770):
        for x in (418, 520):
            studio.button(x, y, 15, button)


def _lapels(studio: Studio, cloth: Cloth) -> None:
    lapel: Outline = [
        (392, 552, 0),
        (470, 380),
        (560, 206, 0),
        (602, 262),
        (628, 318, 0),
        (574, 336, 0),
        (560, 400),
        (480, 520),
    ]
    other: Outline = [
        (486, 540, 0),
        (424, 380),
        (340, 206, 0),
        (298, 262),
        (272, 318, 0),
        (326, 336, 0),
        (340, 400),
        (420, 520),
    ]
    for side in (other, lapel):
        studio.part(side, cloth, angle=-28 if side is lapel else 28, bulge=8, round_=12, wrinkles=0.4, cast=0.45)
    collar: Outline = [
        (494, 326, 0),
        (520, 230),
        (528, 128, 0),
        (574, 150),
        (606, 246, 0),
        (624, 296, 0),
        (572, 306),
        (530, 322),
    ]
    for side in (collar, flipped(collar)):
        studio.part(side, cloth, angle=-40 if side is collar else 40, bulge=7, round_=11, wrinkles=0.4, cast=0.4)
    roll = mirrored([(450, 150), (500, 146), (530, 124, 0), (520, 176), (450, 196)])
    studio.part(roll, cloth, light=0.85, bulge=5, wrinkles=0.2, cast=0.2)


def denim_jacket(studio: Studio, cloth: Cloth, thread: str, button: str) -> None:
    """A jeans jacket with chest pockets."""
    inside = mirrored([(450, 168), (520, 166), (552, 184), (530, 260), (450, 300)])
    studio.part(inside, cloth, light=0.55, bulge=3, cast=0)
    sleeve: Outline = [
        (606, 216, 0),
        (680, 250),
        (738, 390),
        (780, 620),
        (800, 850, 0),
        (756, 868),
        (706, 860, 0),
        (678, 640),
        (634, 450),
    ]
    creases = [
        Fold(((640, 440), (690, 450), (740, 500)), 34, 7),
        Fold(((684, 600), (726, 630), (776, 618)), 28, 7),
        Fold(((692, 680), (730, 660), (780, 690)), 26, 5),
    ]
    cuff: Outline = [(798, 836, 0), (806, 912, 0), (760, 926), (710, 918, 0), (704, 846, 0), (752, 856)]
    for side, end, angle in ((sleeve, cuff, -11.0), (flipped(sleeve), flipped(cuff), 11.0)):
        studio.part(side, cloth, angle=angle, folds=creases if side is sleeve else mirrored_folds(creases), bulge=14)
        studio.part(end, cloth, angle=angle, bulge=8, wrinkles=0.3)
        for y in (10, 66):
            studio.stitches(
                [
                    (end[5][0] + (46 if side is sleeve else -46), end[5][1] - 16 + y),
                    (end[5][0], end[5][1] + y - 4),
                    (end[4][0], end[4][1] + y - 4),
                ],
                thread,
            )
    right: Outline = [
        (532, 190, 0),
        (618, 216),
        (664, 258),
        (656, 420),
        (642, 640),
        (628, 838, 0),
        (540, 850),
        (430, 852, 0),
        (430, 560),
        (430, 300, 0),
        (500, 264),
    ]
    left: Outline = [*flipped(right[:7]), (470, 852, 0), (470, 560), (470, 300, 0), (400, 264)]
    folds = [Fold(((650, 440), (604, 500), (580, 600)), 34, 6), Fold(((600, 640), (580, 740), (590, 840)), 34, 5)]
    studio.part(left, cloth, folds=mirrored_folds(folds), bulge=14)
    studio.part(right, cloth, folds=folds, bulge=14, cast=0.4)
    yoke = [(434, 412), (540, 406), (652, 398)]
    for edge in (yoke, flipped(yoke)):
        studio.seam(edge, 1.1)
        studio.stitches([(x, y + 8) for x, y in edge], thread)
        studio.stitches([(x, y + 16) for x, y in edge], thread)
    panel = [(500, 500), (510, 640), (520, 846)]
    panel2 = [(612, 500), (590, 640), (566, 846)]
    for edge in (panel, panel2, flipped(panel), flipped(panel2)):
        studio.seam(edge, 0.9)
        studio.stitches([(x + 7, y) for x, y in edge], thread)
    _denim_details(studio, cloth, thread, button)


def _denim_details(studio: Studio, cloth: Cloth, thread: str, button: str) -> None:
    flap: Outline = [(500, 418, 0), (614, 412, 0), (614, 452, 0), (558, 488, 0), (500, 458, 0)]
    for side in (flap, flipped(flap)):
        studio.part(side, cloth, bulge=4, round_=7, wrinkles=0.2, cast=0.4)
        centre = sum(p[0] for p in side) / 5
        studio.stitches(
            [(centre + (p[0] - centre) * 0.88, 440 + (p[1] - 440) * 0.82, 0) for p in side], thread, closed=True
        )
        studio.button(side[3][0], 464, 8, button)
    band = mirrored([(450, 836), (560, 834), (632, 826, 0), (628, 902, 0), (540, 914), (450, 916)])
    studio.part(band, cloth, bulge=7, wrinkles=0.3)
    for y in (848, 904):
        studio.stitches([(276, y - 10), (450, y), (624, y - 10)], thread)
    for x in (440, 462):
        studio.stitches([(x, 306), (x, 834)], thread)
    for y in (352, 446, 540, 634, 728, 810, 876):
        studio.button(450, y, 10, button)
    leaf: Outline = [
        (436, 300, 0),
        (490, 236),
        (522, 168, 0),
        (572, 196),
        (612, 268, 0),
        (560, 320),
        (506, 352, 0),
        (470, 322),
    ]
    for side in (flipped(leaf), leaf):
        studio.part(side, cloth, angle=-26 if side is leaf else 26, bulge=8, round_=10, wrinkles=0.4, cast=0.45)
        studio.stitches([(x + (-9 if side is leaf else 9), y - 7) for x, y, *_ in side[4:7]], thread)
    roll = mirrored([(450, 196), (496, 190), (524, 164, 0), (512, 214), (450, 230)])
    studio.part(roll, replace(cloth, relief=None), light=0.8, bulge=4, wrinkles=0.2, cast=0.2)
