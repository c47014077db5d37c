"""T-shirts, tank tops, shirts, pullovers and hoodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.drawn_photos.cloth import Cloth, plain, ribbed
from tests.drawn_photos.shapes import Outline, flipped, mirrored
from tests.drawn_photos.studio import Fold, Studio

Decoration = Callable[[Studio], None]


def t_shirt(studio: Studio, cloth: Cloth, collar: str, decorate: Decoration | None = None) -> None:
    """A crew-neck T-shirt; ``decorate`` adds a print or a pocket."""
    inside_of_neck(studio, cloth, 82, 206, 270)
    sleeve = [(606, 232, 0), (680, 272), (762, 402), (806, 498, 0), (716, 556), (664, 566, 0), (628, 440)]
    creases = [Fold(((636, 410), (684, 400), (730, 420)), 24, 5), Fold(((644, 300), (700, 350), (736, 420)), 26, 5)]
    for side, angle in ((sleeve, -34.0), (flipped(sleeve), 34.0)):
        folds = creases if side is sleeve else mirrored_folds(creases)
        studio.part(side, cloth, angle=angle, folds=folds, bulge=11)
        studio.stitches([(x, y - 13) for x, y, *_ in side[3:6]], "#000000", opacity=0.22)
    body = mirrored(
        [
            (532, 210, 0),
            (622, 236),
            (662, 276),
            (654, 400),
            (646, 520),
            (642, 720),
            (652, 1002, 0),
            (560, 1018),
            (450, 1022),
        ]
    )
    studio.part([*body, (368, 210, 0), (384, 256), (450, 292), (516, 256)], cloth, folds=body_folds(1010), bulge=14)
    armhole = [(628, 240), (656, 312), (648, 440), (640, 520)]
    studio.seam(armhole, 0.8)
    studio.seam(flipped(armhole), 0.8)
    studio.stitches([(252, 986), (340, 998), (450, 1004), (560, 998), (648, 986)], "#000000", opacity=0.22)
    crew_collar(studio, plain(collar), 82, 208, 270, 24)
    if decorate:
        decorate(studio)


def tank_top(studio: Studio, cloth: Cloth, binding: str) -> None:
    """A sleeveless summer top with bound edges."""
    back = mirrored([(450, 262), (520, 250), (560, 196, 0), (606, 200, 0), (616, 330), (560, 420), (450, 430)])
    studio.part(back, replace(cloth, relief=None), light=0.66, bulge=4, cast=0)
    body = mirrored(
        [
            (450, 372),
            (528, 344),
            (562, 262),
            (566, 192, 0),
            (612, 194, 0),
            (618, 300),
            (640, 400),
            (664, 448, 0),
            (648, 600),
            (656, 760),
            (700, 1010, 0),
            (580, 1032),
            (450, 1036),
        ]
    )
    flare = [
        Fold(((x, 560), (x + (x - 450) * 0.12, 780), (x + (x - 450) * 0.34, 1026)), 44, 7)
        for x in (322, 400, 486, 560, 606)
    ]
    studio.part(body, cloth, folds=[*flare, Fold(((640, 470), (580, 520), (540, 600)), 30, 4)], bulge=14)
    neckline = [(336, 192), (338, 262), (372, 344), (450, 372), (528, 344), (562, 262), (564, 192)]
    armhole = [(612, 194), (618, 300), (640, 400), (664, 446)]
    for edge in (neckline, armhole, flipped(armhole)):
        studio.line(edge, binding, 11, 1.0)
        studio.seam(edge, 0.5)
    studio.stitches([(206, 994), (320, 1010), (450, 1018), (580, 1010), (694, 994)], "#000000", opacity=0.2)


def shirt(studio: Studio, cloth: Cloth, button: str, *, short: bool = False, pocket: bool = True) -> None:
    """A shirt with collar, button placket and cuffs."""
    inside_of_neck(studio, cloth, 74, 196, 262)
    if short:
        sleeve = [(604, 226, 0), (676, 262), (756, 400), (800, 506, 0), (720, 556), (668, 570, 0), (630, 430)]
        creases = [Fold(((640, 400), (690, 396), (736, 420)), 24, 5)]
    else:
        sleeve = [
            (600, 226, 0),
            (668, 258),
            (716, 380),
            (756, 620),
            (782, 868, 0),
            (742, 886),
            (700, 884, 0),
            (676, 640),
            (630, 430),
        ]
        creases = [
            Fold(((640, 400), (680, 420), (716, 460)), 26, 5),
            Fold(((672, 560), (706, 590), (748, 586)), 24, 6),
            Fold(((690, 640), (716, 610), (750, 622)), 22, 5),
            Fold(((700, 800), (728, 816), (766, 810)), 20, 4),
        ]
    for side, angle in ((sleeve, -12.0), (flipped(sleeve), 12.0)):
        folds = creases if side is sleeve else mirrored_folds(creases)
        studio.part(side, cloth, angle=angle * (2.6 if short else 1), folds=folds, bulge=11)
        if not short:
            cuff: Outline = [(778, 852, 0), (790, 936, 0), (748, 950), (704, 946, 0), (698, 866, 0), (740, 868)]
            cuff = cuff if side is sleeve else flipped(cuff)
            studio.part(cuff, cloth, angle=angle, bulge=7, wrinkles=0.3)
            studio.stitches([(x, y - 8) for x, y, *_ in cuff[1:4]], "#000000", opacity=0.25)
            studio.button(cuff[0][0] + (-22 if side is sleeve else 22), 908, 6, button)
    body = mirrored(
        [
            (524, 204, 0),
            (616, 228),
            (656, 270),
            (648, 420),
            (640, 640),
            (648, 900),
            (646, 960, 0),
            (590, 1016),
            (520, 1042),
            (450, 1046),
        ]
    )
    studio.part([*body, (376, 204, 0), (404, 250), (450, 306), (496, 250)], cloth, folds=body_folds(1020), bulge=14)
    _placket(studio, cloth, button)
    armhole = [(624, 232), (652, 300), (644, 430), (636, 520)]
    for edge in (armhole, flipped(armhole)):
        studio.seam(edge, 0.8)
    if pocket:
        patch: Outline = [(510, 430, 0), (598, 430, 0), (598, 516, 0), (554, 542, 0), (510, 516, 0)]
        studio.part(patch, cloth, bulge=2, wrinkles=0.2, cast=0.15)
        studio.stitches([(514, 442), (594, 442)], "#000000", opacity=0.3)
    _shirt_collar(studio, cloth)


def inside_of_neck(studio: Studio, cloth: Cloth, half: float, top: float, bottom: float) -> None:
    """The inside of the back, seen through the neck."""
    inside = mirrored(
        [
            (450, top - 10),
            (450 + half * 0.7, top - 8),
            (450 + half + 4, top),
            (450 + half * 0.8, bottom),
            (450, bottom + 34),
        ]
    )
    studio.part(inside, replace(cloth, relief=None), light=0.62, bulge=3, wrinkles=0.3, cast=0)
    studio.seam([(450 - half * 0.8, top + 10), (450, top + 16), (450 + half * 0.8, top + 10)], 0.7)


def crew_collar(studio: Studio, cloth: Cloth, half: float, top: float, bottom: float, width: float) -> None:
    """A ribbed band around the front of the neck."""
    outer = [
        (450 + half + 2, top - 2, 0),
        (450 + half * 0.84, bottom - 16),
        (450 + half * 0.45, bottom + 14),
        (450, bottom + 24),
    ]
    inner = [
        (450, bottom + 24 - width),
        (450 + half * 0.34, bottom + 15 - width),
        (450 + half * 0.62, bottom - 26),
        (450 + half - width * 0.8, top - 7, 0),
    ]
    band = [*outer, *flipped(list(reversed(outer[:-1]))), *flipped(list(reversed(inner[1:]))), *inner]
    studio.part(
        band, ribbed(cloth, 7, 0.5) if cloth.relief is None else cloth, round_=6, bulge=5, wrinkles=0, cast=0.25
    )


def body_folds(bottom: float) -> list[Fold]:
    """How a top hangs: from the armholes to the middle, and down to the hem at ``bottom``."""
    return [
        Fold(((642, 440), (596, 500), (562, 610)), 32, 6),
        Fold(((638, 540), (602, 660), (592, bottom - 190)), 36, 5),
        Fold(((616, bottom - 260), (602, bottom - 130), (622, bottom - 10)), 34, 5),
        Fold(((560, 330), (604, 376), (640, 430)), 28, 4),
        Fold(((516, bottom - 220), (530, bottom - 110), (524, bottom - 4)), 42, 4),
        Fold(((258, 460), (312, 530), (336, 640)), 32, 6),
        Fold(((264, 590), (298, 700), (294, bottom - 150)), 36, 5),
        Fold(((336, 330), (296, 380), (266, 430)), 28, 4),
        Fold(((374, bottom - 280), (366, bottom - 150), (380, bottom - 6)), 42, 4),
        Fold(((298, bottom - 170), (286, bottom - 90), (278, bottom - 10)), 30, 4),
    ]


def mirrored_folds(folds: list[Fold]) -> list[Fold]:
    """The same folds on the other side."""
    return [replace(fold, line=tuple(flipped(fold.line))) for fold in folds]


def _placket(studio: Studio, cloth: Cloth, button: str) -> None:
    strip: Outline = [(428, 292, 0), (472, 292, 0), (472, 1043, 0), (428, 1043, 0)]
    studio.part(strip, cloth, bulge=4, round_=6, wrinkles=0.3, cast=0.2)
    for x in (434, 466):
        studio.stitches([(x, 296), (x, 1036)], "#000000", opacity=0.22)
    for y in range(350, 1000, 104):
        studio.button(450, y, 8, button)


def _shirt_collar(studio: Studio, cloth: Cloth) -> None:
    stand = mirrored([(450, 226), (500, 216), (530, 186, 0), (536, 214), (496, 262), (450, 300)])
    studio.part(stand, replace(cloth, relief=None), light=0.74, bulge=3, wrinkles=0, cast=0.1)
    leaf: Outline = [
        (452, 286, 0),
        (500, 240),
        (528, 182, 0),
        (560, 206),
        (578, 262, 0),
        (532, 322, 0),
        (506, 354, 0),
        (478, 320),
    ]
    for side in (leaf, flipped(leaf)):
        studio.part(side, cloth, angle=-24 if side is leaf else 24, bulge=6, round_=9, wrinkles=0.3, cast=0.4)
        studio.stitches([(x + (-7 if side is leaf else 7), y - 5) for x, y, *_ in side[4:7]], "#000000", opacity=0.22)
    studio.button(450, 300, 7, "#e9e6df")
