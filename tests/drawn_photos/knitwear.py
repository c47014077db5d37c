"""Pullovers and hoodies."""

from __future__ import annotations

from tests.drawn_photos.cloth import Cloth, ribbed
from tests.drawn_photos.shapes import flipped, mirrored
from tests.drawn_photos.studio import Fold, Studio
from tests.drawn_photos.tops import body_folds, crew_collar, inside_of_neck, mirrored_folds


def pullover(studio: Studio, cloth: Cloth, rib: Cloth) -> None:
    """A knitted pullover with ribbed neck, cuffs and hem."""
    inside_of_neck(studio, rib, 80, 208, 262)
    sleeve = [
        (600, 236, 0),
        (676, 272),
        (732, 400),
        (776, 640),
        (798, 860, 0),
        (752, 880),
        (704, 872, 0),
        (676, 660),
        (636, 460),
    ]
    creases = [
        Fold(((650, 460), (690, 470), (730, 500)), 34, 6),
        Fold(((684, 620), (724, 650), (770, 640)), 30, 6),
        Fold(((700, 780), (744, 800), (790, 790)), 28, 5),
    ]
    cuff = [(796, 846, 0), (800, 920), (792, 958, 0), (754, 966), (712, 958, 0), (704, 910), (704, 858, 0), (750, 868)]
    for side, end, angle in ((sleeve, cuff, -11.0), (flipped(sleeve), flipped(cuff), 11.0)):
        folds = creases if side is sleeve else mirrored_folds(creases)
        studio.part(side, cloth, angle=angle, folds=folds, bulge=14, round_=20)
        studio.part(end, rib, angle=angle * 0.5, bulge=9, wrinkles=0.2, cast=0.2)
    body = mirrored(
        [
            (530, 214, 0),
            (620, 238),
            (664, 280),
            (658, 420),
            (650, 640),
            (654, 900),
            (650, 950, 0),
            (560, 964),
            (450, 966),
        ]
    )
    studio.part(
        [*body, (370, 214, 0), (390, 262), (450, 292), (510, 262)], cloth, folds=body_folds(950), bulge=17, round_=20
    )
    armhole = [(626, 242), (660, 310), (652, 440), (644, 540)]
    for edge in (armhole, flipped(armhole)):
        studio.seam(edge, 1.0)
    hem = mirrored([(450, 950), (560, 948), (648, 936, 0), (644, 980), (634, 1026, 0), (560, 1036), (450, 1038)])
    studio.part(hem, rib, bulge=9, wrinkles=0.2, cast=0.2)
    crew_collar(studio, rib, 80, 212, 262, 34)


def hoodie(studio: Studio, cloth: Cloth, cord: str) -> None:
    """A sweatshirt with hood, cords and a pocket for both hands."""
    hood = mirrored([(450, 118), (540, 130), (592, 196), (590, 270), (540, 320), (450, 336)])
    studio.part(hood, cloth, bulge=14, round_=20, folds=[Fold(((340, 210), (390, 150), (450, 136)), 30, 5)])
    opening = mirrored([(450, 160), (514, 170), (540, 220), (516, 286), (450, 330)])
    studio.part(opening, cloth, light=0.55, bulge=4, cast=0)
    sleeve = [
        (590, 250, 0),
        (672, 284),
        (736, 420),
        (786, 640),
        (808, 880, 0),
        (760, 900),
        (708, 892, 0),
        (680, 660),
        (636, 470),
    ]
    creases = [
        Fold(((650, 470), (700, 480), (742, 520)), 34, 6),
        Fold(((690, 640), (730, 664), (778, 652)), 30, 7),
        Fold(((704, 780), (750, 800), (798, 786)), 28, 6),
        Fold(((700, 840), (750, 850), (800, 842)), 22, 5),
    ]
    cuff = [(806, 866, 0), (806, 930), (798, 964, 0), (758, 972), (718, 964, 0), (710, 920), (708, 880, 0), (756, 888)]
    for side, end, angle in ((sleeve, cuff, -11.0), (flipped(sleeve), flipped(cuff), 11.0)):
        studio.part(
            side, cloth, angle=angle, folds=creases if side is sleeve else mirrored_folds(creases), bulge=15, round_=20
        )
        studio.part(end, ribbed(cloth), angle=angle * 0.5, bulge=9, wrinkles=0.2, cast=0.2)
    body = mirrored(
        [
            (528, 262, 0),
            (618, 258),
            (662, 296),
            (658, 430),
            (652, 640),
            (656, 900),
            (652, 950, 0),
            (560, 964),
            (450, 966),
        ]
    )
    studio.part(
        [*body, (372, 262, 0), (398, 312), (450, 352), (502, 312)], cloth, folds=body_folds(950), bulge=17, round_=20
    )
    hem = mirrored([(450, 950), (560, 948), (650, 936, 0), (646, 980), (636, 1028, 0), (560, 1038), (450, 1040)])
    studio.part(hem, ribbed(cloth), bulge=9, wrinkles=0.2, cast=0.2)
    pouch = mirrored([(450, 700), (548, 700, 0), (602, 800, 0), (612, 926, 0), (530, 934), (450, 936)])
    studio.part(pouch, cloth, bulge=7, folds=[Fold(((330, 830), (400, 850), (470, 840)), 30, 5)])
    for edge in ([(548, 706), (602, 802)], flipped([(548, 706), (602, 802)])):
        studio.stitches([(x - (8 if x > 450 else -8), y + 4) for x, y in edge], "#000000", opacity=0.35)
    for line in ([(516, 330), (526, 420), (520, 520)], [(384, 330), (376, 410), (384, 500)]):
        studio.line([(x + 3, y + 5) for x, y in line], "#000000", 8, 0.18)
        studio.line(line, cord, 7, 1.0)
        studio.line([*line[-1:], (line[-1][0], line[-1][1] + 22)], "#8b8f93", 9, 1.0)
